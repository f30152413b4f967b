"""What people are to be reminded of, as the record stands, and when: one small function for each kind.

Rule 1: nothing is counted here. Who owes what by when, `reasons`, `approving`, `forms_due` and `deadlines` say.
Rule 2: days count from what caused it, as working days of the policy's calendar; 0 days is never.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.deadlines import ClockDue, Deadline, last_day
from bot.escalation import Escalation, Status
from bot.flows.approving import free_from
from bot.flows.context import Context
from bot.flows.noted import filings, partnership_acknowledged, sent_to_partnership
from bot.flows.nudges.limits import allowed, limit_of
from bot.flows.nudges.missing import no_date, no_reply, promised, waits, words
from bot.flows.nudges.nudge import Looked, Nudge
from bot.flows.nudges.schedule import Schedule, around_day, around_moment, on_day
from bot.flows.reasons import Owner, not_filed
from bot.forms_due import WHOLE, due_since, find, outstanding
from bot.policy import Policy, RecordDuty
from bot.sent_letters import filling_of, to_post


def at(c: Context, escalation: Escalation, now: datetime) -> Context:
    """The world at this moment, with the day that it is where the policy's clock stands."""
    zone = ZoneInfo(c.policy_of(escalation).clock.zone)
    return replace(c, about=escalation, now=now, today=now.astimezone(zone).date())


def owed(c: Context, escalation: Escalation) -> list[Nudge]:
    """Everything that is owed now. What has ended owes its forms, that they arrived, and its filing only."""
    looked = Looked(c, escalation)
    kinds: list[Callable[[Looked], Iterator[Nudge]]] = [_forms, _acknowledged, _file]
    if escalation.status is Status.OPEN:
        kinds = [_limits, _targets, _answers, no_date, waits, words, no_reply, promised, *kinds]
    return [nudge for kind in kinds for nudge in kind(looked)]


# ── limits and targets ───────────────────────────────────────────────────────────────────────────────────


def _limits(looked: Looked) -> Iterator[Nudge]:
    for one in looked.dated:
        if one.due is not None:
            day = last_day(one, looked.hours.calendar) or one.due
            schedule = _around(looked, one, day, one.due_at, looked.policy.nudges.late_every_days)
            yield Nudge("limit", looked.about(one), schedule, looked.owner_of(one), one)


def _targets(looked: Looked) -> Iterator[Nudge]:
    """A target is reminded of once it has passed only where no limit follows it, which does so then."""
    for one in looked.dated:
        if one.soft is not None:
            late = looked.policy.nudges.late_every_days if one.due is None else 0
            schedule = _around(looked, one, one.soft, one.soft_at, late)
            yield Nudge("target", looked.about(one), schedule, looked.owner_of(one), one)


def _around(looked: Looked, one: Deadline | ClockDue, day: date, ends: datetime | None, late_every: int) -> Schedule:
    before = looked.policy.nudges.before_days
    if ends is None:
        return around_day(looked.hours, day, looked.begun, before=before, late_every=late_every)
    so_long = allowed(limit_of(looked.policy, one), of_target=day == one.soft and ends == one.soft_at)
    return around_moment(looked.hours, ends, day, so_long, looked.begun, before=before, late_every=late_every)


# ── requests ─────────────────────────────────────────────────────────────────────────────────────────────


def _answers(looked: Looked) -> Iterator[Nudge]:
    """Who was asked to approve a move and has not answered; and that the raiser may go on without it from today."""
    c, asked = looked.c, looked.asked
    if asked is None:
        return
    role = looked.policy.stage(looked.escalation.stage).raising.role
    if not asked.answer:
        here = tuple(person for person in asked.may_answer if person in c.people)
        owner = Owner("raising", here, role)
        yield Nudge("answer", asked.stage, looked.after(asked.asked_on, 1), owner, since=asked.asked_on, asked=asked)
    day = free_from(c, looked.escalation, asked)
    yield Nudge("free", asked.stage, on_day(looked.hours, day), looked.raiser, since=day, asked=asked)


# ── forms and records ────────────────────────────────────────────────────────────────────────────────────


def _forms(looked: Looked) -> Iterator[Nudge]:
    posts = (find(looked.policy, filling_of(letter)) for letter in to_post(looked.escalation).values())
    owed = {each.key: each for each in (*outstanding(looked.policy, looked.escalation), *posts) if each}
    for filling in owed.values():
        since = due_since(looked.policy, filling, looked.escalation) or looked.entered
        schedule = looked.after(since, looked.policy.nudges.form_days)
        yield Nudge("form", filling.key, schedule, looked.raiser, since=since, filling=filling)


def _acknowledged(looked: Looked) -> Iterator[Nudge]:
    sent = sent_to_partnership(looked.policy, looked.escalation)
    if sent and not partnership_acknowledged(looked.policy, looked.escalation):
        schedule = looked.for_a_month_after(max(sent), looked.policy.nudges.acknowledged_days)
        owner = Owner("partnership", (), looked.policy.partnership.team)
        yield Nudge("acknowledged", WHOLE, schedule, owner, since=max(sent))


def _file(looked: Looked) -> Iterator[Nudge]:
    if _is_to_file(looked):
        escalation = looked.escalation
        since = looked.ended or looked.entered
        about = escalation.stage if escalation.status is Status.OPEN else WHOLE
        schedule = looked.for_a_month_after(since, looked.policy.nudges.file_days)
        yield Nudge("file", about, schedule, looked.raiser, since=since)


def _is_to_file(looked: Looked) -> bool:
    """Whether a record that the policy wants by now is not noted: by each agency, or by anybody."""
    escalation, duties = looked.escalation, duties_now(looked.policy, looked.escalation)
    if any(duty.who == "each_agency" for duty in looked.policy.record_duties):
        return any(not_filed(looked.policy, escalation))
    return bool(duties) and not filings(escalation)


def duties_now(policy: Policy, escalation: Escalation) -> list[RecordDuty]:
    """What the policy wants recorded by now: at each stage, and more once it has ended."""
    now = {"each_stage"} if escalation.status is Status.OPEN else {"each_stage", "close"}
    return [duty for duty in policy.record_duties if duty.when in now]
