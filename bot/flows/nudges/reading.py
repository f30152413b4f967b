"""Who is reminded directly: whoever owes the move, and, once it is late, those who answer for them.

Rule 1: nobody is told what `access` would not let them see.
Rule 2: where whoever owes it is not here, the raiser is told, and has to tell them.
Rule 3: the raiser, who keeps the responsibility, learns at once that a limit has passed. Those who answer for people
are told from the second working day after it, never before; and of what has been open for two weeks, or ends unsettled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from bot import access
from bot.deadlines import ClockDue, is_over, last_day
from bot.escalation import Escalation
from bot.flows.context import Context
from bot.flows.nudges.nudge import Nudge

Phase = Literal["ahead", "today", "late", "passed"]
"""`passed`: its hour, today."""
TO_OTHERS = 2
"""From so many working days after a limit, or of waiting for an answer, more people than its owner are told."""


def readers(c: Context, escalation: Escalation, nudges: Sequence[Nudge]) -> Mapping[str, list[Nudge]]:
    """Which of these each person is told, now. A person who snoozed them is told none until then."""
    found: dict[str, list[Nudge]] = {}
    for nudge in nudges:
        for person in dict.fromkeys(_of(c, escalation, nudge)):
            if person in c.people and may_read(c, escalation, nudge, person) and not snoozed(c, person):
                found.setdefault(person, []).append(nudge)
    return found


def snoozed(c: Context, person: str) -> bool:
    until = c.snoozes.get(person)
    return until is not None and c.now is not None and c.now < until


def may_read(c: Context, escalation: Escalation, nudge: Nudge, person: str) -> bool:
    """Whoever may see it; whoever was asked about it; the partnership's team what it owes itself, once it is theirs."""
    if access.may_see(person, escalation, c.people):
        return True
    if nudge.asked is not None and not nudge.asked.answer:
        return access.may_answer(person, nudge.asked, escalation)
    policy = c.policy_of(escalation)
    of_theirs = nudge.owner.side == "partnership"
    return of_theirs and person in c.people and access.may_see_reported(c.people[person], escalation, policy)


def _of(c: Context, escalation: Escalation, nudge: Nudge) -> Iterable[str]:
    match nudge.kind:
        case "limit" | "target":
            yield from owners(c, escalation, nudge) or raisers(c, escalation)
            if isinstance(nudge.dated, ClockDue) and nudge.dated.done_by == "words_said":
                yield from raisers(c, escalation)  # it is they who say them
            late = late_by(c, escalation, nudge)
            if late is not None and late >= (0 if nudge.kind == "limit" else TO_OTHERS):
                yield from raisers(c, escalation)
            if nudge.kind == "limit" and late is not None and late >= TO_OTHERS:
                yield from _besides(c, escalation, nudge)
        case "answer":
            yield from nudge.owner.people or raisers(c, escalation)
            if waited(c, escalation, nudge) >= TO_OTHERS:
                yield from raisers(c, escalation)
            yield from _in_the_end(c, escalation, nudge)
        case "free":
            yield from raisers(c, escalation)
        case "promised":
            yield from owners(c, escalation, nudge)
            if phase(c, escalation, nudge) == "late":
                yield from (*raisers(c, escalation), *managers(c, escalation))
            yield from _in_the_end(c, escalation, nudge)
        case "no_reply":
            yield from (*raisers(c, escalation), *managers(c, escalation))
            yield from _in_the_end(c, escalation, nudge)
        case "no_date" | "acknowledged":
            yield from owners(c, escalation, nudge)
            yield from raisers(c, escalation)
            yield from _in_the_end(c, escalation, nudge)
        case _:
            yield from raisers(c, escalation)
            yield from _in_the_end(c, escalation, nudge)


def owners(c: Context, escalation: Escalation, nudge: Nudge) -> tuple[str, ...]:
    """Who owes it, if they are here and may see it."""
    here = nudge.owner.people
    if nudge.owner.side == "partnership":
        here = tuple(each.id for each in c.people.values() if each.partnership == escalation.policy)
    return tuple(person for person in here if may_read(c, escalation, nudge, person))


def raisers(c: Context, escalation: Escalation) -> tuple[str, ...]:
    """Whoever raised it; where they have left, who acts for their side, since somebody has to learn of it."""
    if escalation.raiser in c.people:
        return (escalation.raiser,)
    deputy = escalation.deputy(escalation.stage).get("person", "")
    here = (*managers(c, escalation), *([deputy] if deputy in c.people else []))
    others = access.raising_side(escalation, c.people) - access.challenged_side(escalation, c.people)
    return here or tuple(sorted(person for person in others if person in c.people))


def managers(c: Context, escalation: Escalation) -> tuple[str, ...]:
    """Who acts for the raiser's side at the present stage, and speaks with the other side there, if they are here."""
    person = escalation.person(escalation.stage, "raising").get("person", "")
    return (person,) if person in c.people else ()


def _besides(c: Context, escalation: Escalation, nudge: Nudge) -> Iterable[str]:
    """Who acts for the raiser's side, their deputy, who answers for its owner, the raiser's own safeguarding lead."""
    acting = managers(c, escalation)
    yield from acting
    yield escalation.deputy(escalation.stage).get("person", "")
    yield from (c.people[person].deputy for person in (*acting, *nudge.owner.people) if person in c.people)
    yield (escalation.fields.get("people.lead") or {}).get("person", "")


def _in_the_end(c: Context, escalation: Escalation, nudge: Nudge) -> Iterable[str]:
    """The same, where it has been open for long, or nobody is reminded of it after this."""
    if nudge.schedule.is_long(c.today) or (c.now is not None and nudge.is_last(c.now)):
        yield from _besides(c, escalation, nudge)


# ── how late it is ───────────────────────────────────────────────────────────────────────────────────────


def waited(c: Context, escalation: Escalation, nudge: Nudge) -> int:
    """For how many working days it has been waited for, from the day that caused it."""
    calendar = c.calendar_of(c.policy_of(escalation))
    return calendar.count(nudge.since, c.today) if nudge.since and nudge.since < c.today else 0


def late_by(c: Context, escalation: Escalation, nudge: Nudge) -> int | None:
    """By how many working days its end has passed; None while it has not, or where it has none."""
    dated, calendar = nudge.dated, c.calendar_of(c.policy_of(escalation))
    if dated is None or nudge.kind not in {"limit", "target"}:
        return None
    of_target = nudge.kind == "target"
    day, ends = (dated.soft, dated.soft_at) if of_target else (last_day(dated, calendar), dated.due_at)
    if day is None or not is_over(day, ends, c.today, c.now):
        return None
    return max(calendar.count(day, c.today), 0)


def phase(c: Context, escalation: Escalation, nudge: Nudge) -> Phase:
    """Where its end stands; what has none is always ahead."""
    late = late_by(c, escalation, nudge)
    if late is not None:
        return "late" if late else "passed"
    if nudge.kind == "promised" and nudge.since is not None:
        return "late" if c.today > nudge.since else "today" if c.today == nudge.since else "ahead"
    if nudge.dated is None or nudge.kind not in {"limit", "target"}:
        return "ahead"
    day = nudge.dated.soft if nudge.kind == "target" else nudge.dated.due
    return "today" if day is not None and c.today >= day else "ahead"
