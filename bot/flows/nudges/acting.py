"""The buttons of a nudge: what its reader can begin from there, each as near to the end as can be.

Rule: a button says at which stage it was shown, where what it is for belongs to that stage; one that was overtaken then
changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot import access
from bot.deadlines import ClockDue
from bot.escalation import Escalation
from bot.flows import beginning, faces
from bot.flows.approving import leaves_out
from bot.flows.context import Context
from bot.flows.nudges.limits import limit_of
from bot.flows.nudges.nudge import Nudge
from bot.flows.nudges.reading import phase
from bot.messages import Button, Buttons, Part
from bot.policy import Agreed, Policy, Within
from bot.sent_letters import is_to_post

Act = tuple[str, str]
"""A conversation, and what is chosen in it by pressing the button; "" for nothing."""
HEARD = ("acknowledged", "replied", "no_reply")
"""What the raiser may have heard of the other side, or not."""
AT_ANY_STAGE = ("words", "form", "acknowledged")
"""Kinds that stay owed when the stage is left."""


def buttons(c: Context, escalation: Escalation, nudges: Sequence[Nudge], reader: str) -> tuple[Part, ...]:
    """What this reader, or in the thread anybody who may, can begin from here; snoozing is for one's own messages."""
    reference = escalation.reference
    shown: list[Button] = []
    for nudge in nudges:
        asked = nudge.asked
        if nudge.kind == "answer" and asked and (not reader or access.may_answer(reader, asked, escalation)):
            shown += [
                Button(c.words("approval.approve"), "approve", asked.key, "primary"),
                Button(c.words("approval.decline"), "decline", asked.key),
            ]
    left = escalation.raiser not in c.people
    if left and (not reader or access.may_pass(reader, escalation, c.people)):
        shown.append(Button(c.words("nudge.take_over"), "start", f"pass {reference}", "primary"))
    elif not reader or access.may_act(reader, escalation):
        shown += _of_raiser(c, escalation, nudges)
    if reader and any(_may_acknowledge(nudge, reader) for nudge in nudges):
        shown.append(Button(c.words("nudge.act_received"), "start", "received"))
    if not reader or access.may_do("why", reader, escalation, c.people):
        shown.append(faces.why_button(c, escalation))
    if reader and access.may_do("snooze", reader, escalation, c.people):
        shown.append(Button(c.words("act.snooze"), "start", f"snooze {reference}"))
    return (Buttons(tuple(dict.fromkeys(shown))),) if shown else ()


def _may_acknowledge(nudge: Nudge, reader: str) -> bool:
    clock = nudge.dated
    return isinstance(clock, ClockDue) and clock.done_by == "acknowledged" and reader in nudge.owner.people


def _of_raiser(c: Context, escalation: Escalation, nudges: Sequence[Nudge]) -> list[Button]:
    """One for each act, whatever of several things it deals with."""
    stages: dict[Act, str] = {}
    for nudge in nudges:
        stage = "" if nudge.kind in AT_ANY_STAGE else escalation.stage
        for act in _acts(c, escalation, nudge):
            # What deals with something that stays owed does so after this stage too.
            stages[act] = stages.get(act, stage) and stage
    return [_button(c, escalation, act, stage) for act, stage in stages.items()]


def _button(c: Context, escalation: Escalation, act: Act, stage: str) -> Button:
    flow, chosen = act
    match flow, chosen:
        case "note", what if what:
            label = c.words(f"note.{what}")
        case "say", "":
            label = c.words("nudge.show_words")
        case "sooner", "" if c.deadline_of(escalation).due is None:
            label = c.words("nudge.set_date")
        case _:
            label = c.words(f"act.{flow}")
    return Button(label, "start", beginning.value(flow, escalation.reference, chosen=chosen, stage=stage))


def _acts(c: Context, escalation: Escalation, nudge: Nudge) -> list[Act]:
    """The conversations of the raiser that deal with it, the nearest first."""
    policy = c.policy_of(escalation)
    on: Act = ("move" if policy.above(escalation.stage) else "resolve", "")
    late = phase(c, escalation, nudge) in {"late", "passed"}
    match nudge.kind, nudge.dated:
        case "limit" | "target", ClockDue(done_by="words_said"):
            return [*_SAY, *([on] if late else [])]
        case "limit" | "target", ClockDue(done_by=done_by):
            return [("note", done_by), *([on] if late else [])]
        case "limit" | "target", _:
            return [("note", ""), on, *_of_limit(c, policy, escalation, nudge)]
        case "free", _:
            return [("jump" if leaves_out(policy, escalation.stage, nudge.about) else "move", "")]
        case "no_date", dated:
            of_policy = dated is not None and dated.due is not None
            return [("agree", ""), ("sooner", "")] if of_policy else [("sooner", ""), ("note", ""), on]
        case "waits", dated:
            limit = limit_of(policy, dated) if dated else None
            return [("report" if isinstance(limit, Within) and limit.since == "notice_sent" else "note", "")]
        case "words", _:
            return _SAY
        case "no_reply", _:
            return [*(("note", what) for what in HEARD), on]
        case "promised", _:
            return [("note", "replied"), *([("note", "no_reply"), on] if late else [])]
        case "form", _:
            posting = nudge.filling is not None and is_to_post(nudge.filling.key, escalation)
            return [("note", "posted") if posting else ("report", "")]
        case "acknowledged", _:
            return [("note", "partnership_acknowledged")]
        case "file", _:
            return [("note", "filed")]
        case _:
            return []


_SAY: list[Act] = [("say", "yes"), ("say", "")]


def _of_limit(c: Context, policy: Policy, escalation: Escalation, nudge: Nudge) -> list[Act]:
    """While it is ahead, another date; on its last day and after it, resolving."""
    if phase(c, escalation, nudge) != "ahead":
        return [("resolve", "")]
    agree = nudge.dated is not None and isinstance(limit_of(policy, nudge.dated), Agreed)
    return [*([("agree", "")] if agree else []), ("sooner", "")]
