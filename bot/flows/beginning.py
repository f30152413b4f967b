"""What the buttons say that begin a conversation about an escalation: which, at which stage, and what they answer.

Rule: such a value holds ids, and nothing that anybody typed.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.escalation import Conversation, Escalation

CHOSEN, FROM = "chosen", "from"
"""Kept in a conversation's seed: what was chosen by the button, and the stage at which the button was shown."""


def value(flow: str, reference: str, *, chosen: str = "", stage: str = "") -> str:
    """ "note E-4KX-7PW chosen=replied from=stage-2"."""
    given = {CHOSEN: chosen, FROM: stage}
    return " ".join([flow, reference, *(f"{name}={what}" for name, what in given.items() if what)])


def value_read(text: str) -> tuple[str, str, dict[str, str]]:
    """The conversation, the reference, and what it begins with."""
    flow, _, rest = text.partition(" ")
    reference, _, given = rest.partition(" ")
    pairs = (each.partition("=") for each in given.split())
    return flow, reference, {name: what for name, _, what in pairs if name in {CHOSEN, FROM}}


def is_begun(draft: Conversation, flow: str, escalation: Escalation, seed: Mapping[str, str]) -> bool:
    """Whether this draft is what somebody wants to begin; a button begins what it says, at the present stage."""
    if (draft.flow, draft.about) != (flow, escalation.reference):
        return False
    if not seed:
        return True
    here = draft.seed.get(FROM, escalation.stage) == escalation.stage == seed.get(FROM, escalation.stage)
    return here and seed.get(CHOSEN, "") in {"", draft.seed.get(CHOSEN, "")}
