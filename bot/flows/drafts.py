"""Conversations that wait to be gone on with: put aside, or left in the middle. When people are told, and what.

Rule: what was answered in them is never said; it could be anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot import access, dates
from bot.calendars import Calendar
from bot.escalation import Approval, Conversation, Escalation
from bot.flows.context import Context
from bot.flows.hours import HOME, USUAL, hours
from bot.flows.present_version import POLICY
from bot.messages import Button, Buttons, Heading, Message, Part, Words
from bot.people import Person
from bot.policies import Policies
from bot.policy import Policy
from bot.timers import Timer

TOUCHED = "touched"
"""Kept in a conversation's seed: the moment at which its person last did something in it."""
AGAIN_AFTER = (2, 5)
"""So many working days after they were told of it, people are told again; after the last of these no more."""
SHOWN_AT_ONCE = 12
"""So many drafts fit into one message on every platform."""


def touched(draft: Conversation, now: datetime) -> Conversation:
    """Its person has just done something in it."""
    return replace(draft, seed={**draft.seed, TOUCHED: now.isoformat()})


def touched_at(draft: Conversation) -> datetime | None:
    """The moment at which its person last did something in it, where it is known."""
    return datetime.fromisoformat(draft.seed[TOUCHED]) if TOUCHED in draft.seed else draft.started


def was_left_by(draft: Conversation, moment: datetime) -> bool:
    """Whether nothing was done in it since."""
    at = touched_at(draft)
    return at is None or at <= moment


def is_waiting(draft: Conversation) -> bool:
    """Whether anything was given in it that could be gone on with."""
    return bool(draft.answers or draft.pending)


def may_go_on(
    draft: Conversation, about: Escalation | None, approval: Approval | None, people: Mapping[str, Person]
) -> bool:
    """Whether its person can still do what it is for. `about`, `approval`: what it names, where it names any."""
    if draft.about and about is None:
        return False
    if about is not None and not access.is_open_to(draft.flow, about):
        return False
    if draft.flow == "decline":
        return approval is not None and not approval.answer
    return about is None or access.may_do(draft.flow, draft.person, about, people)


# ── when ─────────────────────────────────────────────────────────────────────────────────────────────────


def policy_of(policies: Policies, draft: Conversation, about: Escalation | None, now: datetime) -> Policy | None:
    """The escalation's that it is about, or the one that was chosen in it; None where it has come to none yet."""
    if about is not None:
        return policies.of_escalation(about)
    chosen = draft.seed.get(POLICY) or (draft.answers.get("partnership") or {}).get("value") or ""
    return policies.current(now.astimezone(ZoneInfo(HOME)).date()).get(chosen)


def timer(
    draft: Conversation, policy: Policy | None, calendars: Mapping[str, Calendar], after: datetime
) -> Timer | None:
    """When its person is told of it next, strictly after a moment; None where they are not told any more."""
    if not is_waiting(draft) or TOUCHED not in draft.seed:
        return None
    due = next((due for due in _moments(draft, policy, calendars) if due > after), None)
    return Timer(f"draft/{draft.id}", "draft", due, owner_of(draft.person), draft.id) if due else None


def owner_of(person: str) -> str:
    """Whose timers those of a person's drafts are."""
    return f"person/{person}"


def _moments(draft: Conversation, policy: Policy | None, calendars: Mapping[str, Calendar]) -> Iterator[datetime]:
    """Every moment at which its person is told of it, if they leave it as it is."""
    when = hours(policy, calendars)
    first = (policy.nudges if policy else USUAL).draft_days
    if not first:
        return
    day = datetime.fromisoformat(draft.seed[TOUCHED]).astimezone(when.zone).date()
    for days in (first, *AGAIN_AFTER):
        day = when.calendar.add(day, days)
        yield when.on(day)


# ── what ─────────────────────────────────────────────────────────────────────────────────────────────────


def waiting(c: Context, drafts: Sequence[Conversation]) -> Message:
    """That these wait, each with Resume and Erase."""
    title = c.words("draft.waiting")
    shown = drafts[-SHOWN_AT_ONCE:]
    parts: list[Part] = [Heading(title)]
    if any(draft.flow == "escalate" for draft in shown):
        parts += [Words(c.words("draft.danger"), "warning"), Words(c.words("draft.not_raised"), "strong")]
    parts += draft_parts(c, shown)
    parts.append(Words(c.words("draft.stays"), "quiet"))
    return Message(title, tuple(parts))


def draft_parts(c: Context, drafts: Iterable[Conversation]) -> tuple[Part, ...]:
    """Drafts, each with Resume and Erase."""
    parts: list[Part] = []
    for draft in drafts:
        at = touched_at(draft)
        day = dates.in_words(at.astimezone(ZoneInfo(HOME)).date()) if at else ""
        title = c.words(f"flow.{draft.flow}") + (f" {draft.about}" if draft.about else "")
        resume = Button(c.words("draft.resume"), "resume", draft.id, "primary")
        parts.append(Words(c.words("draft.line", title=title, day=day, answers=len(draft.answers)), "strong"))
        parts.append(Buttons((resume, Button(c.words("draft.erase"), "discard", draft.id))))
    return tuple(parts)
