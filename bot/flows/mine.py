"""What concerns somebody: what they are asked, what they lead, what names them, what reached them, and drafts.

It is a private message; what has reached a partnership's team stands in it with dates and titles only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot import dates
from bot.access import Reported
from bot.deadlines import deadline
from bot.escalation import Approval, Conversation, Escalation, Status
from bot.flows import deputies, faces
from bot.flows.approving import approvers
from bot.flows.context import Context, due_in_words, stage_in_words
from bot.flows.drafts import draft_parts
from bot.flows.hours import HOME
from bot.messages import Button, Buttons, Facts, Heading, Message, Part, Words
from bot.words import Words as Catalogue

Waiting = tuple[Approval, Escalation]
"""A request that waits for the person, and what it is about."""


AT_MOST = 30
"""So many parts fit into one message on every platform."""


@dataclass(frozen=True)
class LeftOut:
    """How many there are beside those that are shown: requests, reported ones, drafts."""

    asked: int = 0
    reported: int = 0
    drafts: int = 0


def my_escalations(
    c: Context,
    shown: Sequence[Escalation],
    more: int,
    drafts: Sequence[Conversation],
    waiting: Sequence[Waiting] = (),
    reported: Sequence[Reported] = (),
    left_out: LeftOut | None = None,
) -> list[Message]:
    """What waits for me, what I lead, what names me, what was reported to my team, and drafts to resume.

    `more` are ended, or too many. It is one message, or several where one would be too long.
    """
    left = left_out or LeftOut()
    groups = [_request(c, approval, escalation) for approval, escalation in waiting]
    groups += _left_out(c, "mine.more_asked", left.asked)
    groups += [_one(c, escalation) for escalation in shown]
    if not shown and not reported:
        groups.append((Words(c.words("mine.none")),))
    if more:
        groups.append((Words(c.words("mine.more", n=more), "quiet"),))
    groups += _reported(c, reported)
    groups += _left_out(c, "mine.more_reported", left.reported)
    groups += [draft_parts(c, [draft]) for draft in drafts]
    groups += _left_out(c, "mine.more_drafts", left.drafts)
    title = c.words("mine.title")
    return [Message(title, (Heading(title), *parts)) for parts in _packed(groups)]


def _left_out(c: Context, name: str, n: int) -> list[tuple[Part, ...]]:
    return [(Words(c.words(name, n=n), "quiet"),)] if n else []


def home(c: Context, groups: Sequence[Message], *, more: bool = False) -> Message:
    """A page of the person's own: how to begin, and `my_escalations`, as of this moment."""
    title = c.words("mine.title")
    start = Buttons(
        (
            Button(c.words("act.escalate"), "start", "escalate", "primary"),
            Button(c.words("nudge.act_received"), "start", "received"),
        )
    )
    parts = [part for message in groups for part in message.parts if not isinstance(part, Heading)]
    left_out = [Words(c.words("mine.rest"), "quiet")] if more else []
    at = c.now.astimezone(ZoneInfo(HOME)) if c.now else None
    as_of = [Words(c.words("mine.as_of", day=dates.in_words(at.date()), hour=f"{at:%H:%M}"), "quiet")] if at else []
    danger = Words(c.words("danger.always"), "warning")
    return Message(title, (danger, start, Heading(title), *as_of, *parts, *left_out, *deputies.home_parts(c)))


def welcome(words: Catalogue, said: str = "help.hello") -> Message:
    """What somebody sees who has nothing to do with the bot yet. `said` is the name of what it says of itself."""
    start = Buttons((Button(words("act.escalate"), "start", "escalate", "primary"),))
    hello = words(said)
    return Message(hello, (Words(words("danger.always"), "warning"), Words(hello), start))


def _packed(groups: Sequence[tuple[Part, ...]]) -> list[tuple[Part, ...]]:
    """The groups in order, as many together as fit."""
    packed: list[tuple[Part, ...]] = [()]
    for group in groups:
        if packed[-1] and len(packed[-1]) + len(group) > AT_MOST:
            packed.append(())
        packed[-1] += group
    return packed


def _reported(c: Context, reported: Sequence[Reported]) -> list[tuple[Part, ...]]:
    if not reported:
        return []
    opening = Words(c.words("mine.reported", partnership=reported[0].policy.partnership.short), "strong")
    facts: list[tuple[Part, ...]] = [(reported_facts(c, each), *_to_record(c, each)) for each in reported]
    return [(opening, *facts[0]), *facts[1:], (Words(c.words("mine.reported_only"), "quiet"),)]


def _to_record(c: Context, one: Reported) -> tuple[Part, ...]:
    """Where a form came: its last part, where that is the partnership's own; and that it did not arrive after all.
    Nothing where it went to somebody in their stead."""
    sent = {title for title, _ in one.sent}
    own = any(
        form.title in sent and section.who == "partnership" for form in one.policy.forms for section in form.sections
    )
    record = (Button(c.words("act.record"), "start", f"record {one.reference}"),) if own else ()
    returned = Button(c.words("note.returned"), "start", f"returned {one.reference}")
    return (Buttons((*record, returned)),) if sent and one.has_it else ()


def _one(c: Context, escalation: Escalation) -> tuple[Part, ...]:
    facts = faces.facts(c, escalation, today=True)
    if escalation.raiser == c.me.id:
        return facts, *faces.what_next(c, escalation)
    present = c.policy_of(escalation).stage(escalation.stage)
    approves = c.me.id in approvers(c, escalation, present)
    named = Words(c.words("mine.you_approve" if approves else "mine.named"), "quiet")
    return facts, named, Buttons((faces.why_button(c, escalation),))


def _request(c: Context, approval: Approval, escalation: Escalation) -> tuple[Part, ...]:
    """What the person is asked, with the buttons to answer it."""
    policy = c.policy_of(escalation)
    asked = dates.in_words(approval.asked_on)
    if approval.kind == "move":
        stage = stage_in_words(policy.stage(approval.stage))
        text = c.words("mine.asked_to_move", reference=approval.reference, stage=stage, asked=asked)
        yes = Button(c.words("approval.approve"), "approve", approval.key, "primary")
        return Words(text, "strong"), Buttons((yes, Button(c.words("approval.decline"), "decline", approval.key)))
    form = policy.form(approval.form.partition("/")[0]).title
    text = c.words("mine.asked_to_sign", reference=approval.reference, title=form, asked=asked)
    yes = Button(c.words("sign.confirm"), "sign", approval.key, "primary")
    return Words(text, "strong"), Buttons((yes, Button(c.words("sign.decline"), "decline", approval.key)))


def reported_facts(c: Context, one: Reported) -> Facts:
    """Reference, stage, dates, status and the titles of what was sent."""
    policy, stage = one.policy, one.policy.stage(one.stage)
    zone = ZoneInfo(policy.clock.zone)
    rows = [
        (c.words("face.reference"), one.reference),
        (policy.vocabulary.stage, stage_in_words(stage)),
        (c.words("face.status"), c.words(f"status.{one.status.value}")),
        (c.words("mine.began"), dates.in_words(one.opened.astimezone(zone).date())),
    ]
    if one.status is Status.OPEN:
        due = deadline(policy, one.stage, one.course, c.calendar_of(policy))
        rows.append((c.words("face.due"), due_in_words(due, c.words, c.today)))
    elif one.resolved_on:
        rows.append((c.words("mine.resolved"), dates.in_words(one.resolved_on)))
    rows += [(title, c.words("mine.sent", day=dates.in_words(at.astimezone(zone).date()))) for title, at in one.sent]
    return Facts(tuple(rows))
