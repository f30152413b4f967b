"""“Why can’t I close this?” All reasons at once, each with what can be done about it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.access import may_answer, may_do
from bot.flows import faces
from bot.flows.context import Asking, Context
from bot.flows.reasons import Reason, approvals_of, to_close, to_move
from bot.messages import Button, Buttons, Heading, Message, Part, Points, Words

ASKED = re.compile(
    r"""why \??
    | why [ ] (?: can[’']?t | can[ ]?not ) [ ] (?: i | we ) [ ] (?: close | resolve | end | move | go )
      (?: [ ] (?: this | it | on | up | e-\w{3}-\w{3} ) )* [ ]? \??""",
    re.IGNORECASE | re.VERBOSE,
)
"""What people type: “why”, “Why can’t I close this?”, “why can't we move E-4KX-7PW on”."""


@dataclass(frozen=True)
class Explained:
    """Why it does not go on, and why it is not closed. Nothing is changed by it."""

    reference: str
    moving: tuple[Reason, ...]
    closing: tuple[Reason, ...]


def is_asked(typed: str) -> bool:
    """Whether somebody asks it in their own words; nothing longer, which would be an answer to something else."""
    return ASKED.fullmatch(" ".join(typed.split())) is not None


def why(c: Context) -> Asking:
    """Asks nothing. Returns Explained."""
    yield from ()
    return Explained(c.escalation.reference, tuple(to_move(c, c.escalation)), tuple(to_close(c, c.escalation)))


def explanation(c: Context, d: Explained) -> Message:
    """Both lists, and a button for whatever the person may do about it."""
    title = c.words("why.title", reference=d.reference)
    parts = (
        Heading(title),
        *_listed(c, "moving", d.moving),
        *_listed(c, "closing", d.closing),
        *_what_to_do(c, d),
        *(faces.ownership(c, c.escalation) if c.me.id == c.escalation.raiser else ()),
    )
    return Message(title, parts)


def _listed(c: Context, what: str, reasons: Sequence[Reason]) -> tuple[Part, ...]:
    holding = tuple(c.words(f"why.{each.name}", **each.values) for each in reasons if each.holds)
    beside = tuple(c.words(f"why.{each.name}", **each.values) for each in reasons if not each.holds)
    parts: list[Part] = [Words(c.words(f"why.list_{what}" if holding else f"why.free_{what}"), "strong")]
    parts += [Points(holding)] if holding else []
    parts += [Words(c.words("why.beside"), "quiet"), Points(beside)] if beside else []
    return tuple(parts)


def _what_to_do(c: Context, d: Explained) -> tuple[Part, ...]:
    reasons = (*d.moving, *d.closing)
    flows = [flow for flow in dict.fromkeys(each.do for each in reasons) if flow]
    mine = [flow for flow in flows if may_do(flow, c.me.id, c.escalation, c.people)]
    buttons = [*_answers(c), *(Button(c.words(f"act.{flow}"), "start", f"{flow} {d.reference}") for flow in mine)]
    others = () if mine == flows else (Words(c.words("why.ask_the_lead"), "quiet"),)
    return (Buttons(tuple(buttons)), *others) if buttons else others


def _answers(c: Context) -> list[Button]:
    """For whoever is asked for approval: it waits for them."""
    for asked in approvals_of(c, c.escalation):
        if asked.kind == "move" and not asked.answer and may_answer(c.me.id, asked, c.escalation):
            yes = Button(c.words("approval.approve"), "approve", asked.key, "primary")
            return [yes, Button(c.words("approval.decline"), "decline", asked.key)]
    return []
