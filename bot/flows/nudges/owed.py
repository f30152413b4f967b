"""What people are to be reminded of, as the record stands, and when: one small function for each kind.

Rule 1: nothing is counted here. Who owes what by when, `reasons`, `approving`, `forms_due` and `deadlines` say.
Rule 2: days count from what caused it, as working days of the policy's calendar; 0 days is never.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

from bot.deadlines import ClockDue, Deadline, last_day
from bot.escalation import Approval, Escalation, Status
from bot.flows.approving import free_from
from bot.flows.context import Context
from bot.flows.hours import hours
from bot.flows.noted import (
    ANSWERING,
    answered,
    filings,
    notes_of,
    partnership_acknowledged,
    promises,
    sent_to_partnership,
    silent_sides,
)
from bot.flows.nudges.limits import allowed, has_date, limit_of
from bot.flows.nudges.schedule import Schedule, around_day, around_moment, on_day, repeated
from bot.flows.reasons import Owner, latest_request, not_filed, open_clocks, owner_of
from bot.forms_due import WHOLE, Filling, due_since, outstanding
from bot.policy import Agreed, Policy, RecordDuty
from bot.timers import Hours

A_MONTH = 20
"""Working days. What has ended is reminded of for so long: somebody who has moved on is not asked about it for ever."""

Kind = Literal[
    "limit", "target", "answer", "free", "no_date", "waits", "words", "no_reply", "promised", "form", "acknowledged",
    "file",
]  # fmt: skip
"""In the order in which they are said. `free`: from when the raiser may go on without an answer; `promised`: by when
the other side said that it would reply."""


@dataclass(frozen=True)
class Nudge:
    """One thing that is owed. `about` says which: a stage, a clock ("stage-2/reply"), a part of a form; never content.

    `dated` is the limit that it comes from, `since` the day that caused it, `asked` the request, `filling` the form.
    """

    kind: Kind
    about: str
    schedule: Schedule
    owner: Owner
    dated: Deadline | ClockDue | None = None
    since: date | None = None
    asked: Approval | None = None
    filling: Filling | None = None

    @property
    def name(self) -> str:
        """As timers and deliveries know it: "limit/stage-2"."""
        return f"{self.kind}/{self.about}"

    @property
    def is_about_words(self) -> bool:
        """Whether it is dealt with by saying that this is an escalation."""
        return self.kind == "words" or (isinstance(self.dated, ClockDue) and self.dated.done_by == "words_said")

    def is_last(self, now: datetime) -> bool:
        """Whether nobody is reminded of it any more, although it is still owed."""
        return self.kind in {"acknowledged", "file"} and self.schedule.is_last(now)

    @property
    def shown(self) -> str:
        """The date that people read in it and that may be put right, to be compared; "" where it shows none."""
        match self.kind, self.dated:
            case "target", Deadline() | ClockDue() as dated:
                return f"{dated.soft} {dated.soft_at or ''}".strip()
            case "limit" | "no_date", Deadline() | ClockDue() as dated:
                return f"{dated.due} {dated.due_at or ''}".strip()
            case (("free" | "words" | "promised" | "form"), _):
                return str(self.since or "")
            case _:
                return ""


def at(c: Context, escalation: Escalation, now: datetime) -> Context:
    """The world at this moment, with the day that it is where the policy's clock stands."""
    zone = ZoneInfo(c.policy_of(escalation).clock.zone)
    return replace(c, about=escalation, now=now, today=now.astimezone(zone).date())


def owed(c: Context, escalation: Escalation) -> list[Nudge]:
    """Everything that is owed now. What has ended owes its forms, that they arrived, and its filing only."""
    looked = _Looked(c, escalation)
    kinds: list[Callable[[_Looked], Iterator[Nudge]]] = [_forms, _acknowledged, _file]
    if escalation.status is Status.OPEN:
        kinds = [_limits, _targets, _answers, _no_date, _waits, _words, _no_reply, _promised]
        kinds += [_forms, _acknowledged, _file]
    return [nudge for kind in kinds for nudge in kind(looked)]


@dataclass(frozen=True)
class _Looked:
    """The record, and what follows from it for several kinds."""

    c: Context
    escalation: Escalation

    @cached_property
    def policy(self) -> Policy:
        return self.c.policy_of(self.escalation)

    @cached_property
    def hours(self) -> Hours:
        return hours(self.policy, self.c.calendars)

    @cached_property
    def dated(self) -> list[Deadline | ClockDue]:
        """The stage's own limit, and every clock of it that is open."""
        return [self.c.deadline_of(self.escalation), *open_clocks(self.c, self.escalation)]

    @cached_property
    def entered(self) -> date:
        """The day on which the present stage began."""
        return self.escalation.entered.get(self.escalation.stage, self.raised)

    @cached_property
    def raised(self) -> date:
        return self.escalation.opened.astimezone(self.hours.zone).date()

    @cached_property
    def last_update(self) -> date:
        """The last day on which anybody noted that something had happened."""
        updates = self.escalation.fields.get("updates") or ()
        return max((date.fromisoformat(update["on"]) for update in updates), default=date.min)

    @cached_property
    def begun(self) -> date:
        """The day since which people are reminded of what is owed now, however old the dates of it are."""
        again = self.escalation.fields.get("reopened_on") or self.raised.isoformat()
        return max(self.raised, self.entered, date.fromisoformat(again), self.ended or self.raised)

    @cached_property
    def asked(self) -> Approval | None:
        return latest_request(self.c, self.policy, self.escalation)

    @cached_property
    def raiser(self) -> Owner:
        raiser = self.escalation.raiser
        if raiser in self.c.people:
            return Owner("raising", (raiser,), self.c.words("face.raiser"))
        return Owner("raising", (), self.c.words("nudge.whoever"))

    def owner_of(self, dated: Deadline | ClockDue) -> Owner:
        return owner_of(self.c, self.policy, self.escalation, dated)

    def about(self, dated: Deadline | ClockDue) -> str:
        """The present stage, also where the limit that it owes is the next one's; or the clock within it."""
        return dated.key if isinstance(dated, ClockDue) else self.escalation.stage

    @cached_property
    def ended(self) -> date | None:
        """The day on which it was noted that it has ended; None while it is open, or where that is not known."""
        escalation, noted = self.escalation, self.escalation.fields.get("resolution_noted_on")
        if escalation.status is Status.OPEN:
            return None
        return escalation.withdrawn_on or (date.fromisoformat(noted) if noted else escalation.resolved_on)

    def after(self, since: date, days: int, until: date | None = None) -> Schedule:
        return repeated(self.hours, since, days, self.begun, until)

    def for_a_month_after(self, since: date, days: int) -> Schedule:
        """The same, but for a month only once it has ended."""
        if self.ended is None:
            return self.after(since, days)
        return self.after(since, days, self.hours.calendar.add(max(since, self.ended), max(A_MONTH, days)))


# ── limits and targets ───────────────────────────────────────────────────────────────────────────────────


def _limits(looked: _Looked) -> Iterator[Nudge]:
    for one in looked.dated:
        if one.due is not None:
            day = last_day(one, looked.hours.calendar) or one.due
            schedule = _around(looked, one, day, one.due_at, looked.policy.nudges.late_every_days)
            yield Nudge("limit", looked.about(one), schedule, looked.owner_of(one), one)


def _targets(looked: _Looked) -> Iterator[Nudge]:
    """A target is reminded of once it has passed only where no limit follows it, which does so then."""
    for one in looked.dated:
        if one.soft is not None:
            late = looked.policy.nudges.late_every_days if one.due is None else 0
            schedule = _around(looked, one, one.soft, one.soft_at, late)
            yield Nudge("target", looked.about(one), schedule, looked.owner_of(one), one)


def _around(looked: _Looked, one: Deadline | ClockDue, day: date, ends: datetime | None, late_every: int) -> Schedule:
    before = looked.policy.nudges.before_days
    if ends is None:
        return around_day(looked.hours, day, looked.begun, before=before, late_every=late_every)
    so_long = allowed(limit_of(looked.policy, one), of_target=day == one.soft and ends == one.soft_at)
    return around_moment(looked.hours, ends, day, so_long, looked.begun, before=before, late_every=late_every)


# ── requests ─────────────────────────────────────────────────────────────────────────────────────────────


def _answers(looked: _Looked) -> Iterator[Nudge]:
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


# ── what is still missing ────────────────────────────────────────────────────────────────────────────────


def _no_date(looked: _Looked) -> Iterator[Nudge]:
    """The parties are to agree a date, and have not. On its last day, and after it, the limit itself is said."""
    yield from _no_day_at_all(looked)
    for one in looked.dated:
        is_open = isinstance(limit_of(looked.policy, one), Agreed) and not one.shorter
        if is_open and one.due and looked.about(one) not in looked.escalation.agreed:
            since = one.counted_from or looked.entered
            until = looked.hours.calendar.add(one.due, -1)
            schedule = looked.after(since, looked.policy.nudges.no_date_days, until)
            yield Nudge("no_date", looked.about(one), schedule, looked.owner_of(one), one, since)


def _no_day_at_all(looked: _Looked) -> Iterator[Nudge]:
    """The policy sets no day for the stage, and nobody has: days of silence are all that tells that it stands still."""
    stage = looked.dated[0]
    if not has_date(stage) and not stage.waits_for:
        since = max(looked.entered, looked.last_update)
        schedule = looked.after(since, looked.policy.nudges.no_date_days)
        yield Nudge("no_date", looked.escalation.stage, schedule, looked.owner_of(stage), stage, since)


def _waits(looked: _Looked) -> Iterator[Nudge]:
    """Nothing is counted for the stage until something has happened, such as that the notice is sent."""
    stage = looked.dated[0]
    if stage.waits_for and stage.due is None and stage.soft is None:
        schedule = looked.after(looked.entered, looked.policy.nudges.form_days)
        yield Nudge("waits", looked.escalation.stage, schedule, looked.raiser, stage, looked.entered)


def _words(looked: _Looked) -> Iterator[Nudge]:
    """Nobody has noted that the words were said, and no clock of the stage asks for that by a date of its own."""
    by_clock = any(isinstance(one, ClockDue) and one.done_by == "words_said" and has_date(one) for one in looked.dated)
    if not looked.escalation.fields.get("words_said") and not by_clock:
        schedule = looked.after(looked.raised, looked.policy.nudges.words_days)
        yield Nudge("words", WHOLE, schedule, looked.raiser, since=looked.raised)


def _no_reply(looked: _Looked) -> Iterator[Nudge]:
    """The words were said, nothing was heard since, and no clock says by when something has to be."""
    escalation, stage = looked.escalation, looked.policy.stage(looked.escalation.stage)
    said = (escalation.fields.get("words_said") or {}).get("on")
    if not said:
        return
    since = max(date.fromisoformat(said), looked.entered, _silent_until(looked))
    schedule = looked.after(_with_no_date(looked, since), looked.policy.nudges.no_reply_days)
    clocks = [clock for clock in stage.clocks if clock.done_by in ANSWERING]
    if not clocks and not answered(escalation, "acknowledged", stage.id):
        yield Nudge("no_reply", stage.id, schedule, _silent(looked, "acknowledged"), since=since)
    for one in [] if promises(escalation) else looked.dated:
        if isinstance(one, ClockDue) and one.done_by in ANSWERING and not has_date(one) and not one.waits_for:
            yield Nudge("no_reply", looked.about(one), schedule, _silent(looked, one.done_by), one, since)


def _with_no_date(looked: _Looked, since: date) -> date:
    """From when to count, so that what is missing is told on the same days, not on every day one of it."""
    days, told = looked.policy.nudges.no_reply_days, next(_no_date(looked), None)
    if told is None or told.since is None or days != looked.policy.nudges.no_date_days:
        return since
    day = told.since
    while day < since:
        day = looked.hours.calendar.add(day, days)
    return day


def _promised(looked: _Looked) -> Iterator[Nudge]:
    """The other side said by when it would reply, and it is not noted that it has. Whoever said it and wanted to be
    reminded is, the working day before; the raiser, once that day is over."""
    stage, days = looked.policy.stage(looked.escalation.stage), looked.policy.nudges.no_reply_days
    for side, note in promises(looked.escalation).items():
        by, person = date.fromisoformat(note["reply_by"]), note.get("remind") or ""
        schedule = (
            around_day(looked.hours, by, looked.begun, before=1, late_every=days) if person else looked.after(by, days)
        )
        owner = Owner("challenged", (person,) if person in looked.c.people else (), stage.challenged.role)
        yield Nudge("promised", f"{stage.id}/{side}", schedule, owner, since=by)


def _silent_until(looked: _Looked) -> date:
    """The last day of which it is noted that there had been no reply at this stage."""
    here = (note for note in notes_of(looked.escalation) if note["stage"] == looked.escalation.stage)
    return max((date.fromisoformat(note["on"]) for note in here if note["what"] == "no_reply"), default=date.min)


def _silent(looked: _Looked, what: str) -> Owner:
    """Who is named for the agencies of which this is not noted at the present stage, if all of them are here."""
    escalation, stage = looked.escalation, looked.policy.stage(looked.escalation.stage)
    named = [escalation.fields.get(f"people.{stage.id}.{side}") or {} for side in silent_sides(escalation, what)]
    people = tuple(who.get("person", "") for who in named)
    here = all(person in looked.c.people for person in people)
    return Owner("challenged", people if here else (), stage.challenged.role)


# ── forms and records ────────────────────────────────────────────────────────────────────────────────────


def _forms(looked: _Looked) -> Iterator[Nudge]:
    for filling in outstanding(looked.policy, looked.escalation):
        since = due_since(looked.policy, filling, looked.escalation) or looked.entered
        schedule = looked.after(since, looked.policy.nudges.form_days)
        yield Nudge("form", filling.key, schedule, looked.raiser, since=since, filling=filling)


def _acknowledged(looked: _Looked) -> Iterator[Nudge]:
    sent = sent_to_partnership(looked.policy, looked.escalation)
    if sent and not partnership_acknowledged(looked.policy, looked.escalation):
        schedule = looked.for_a_month_after(max(sent), looked.policy.nudges.acknowledged_days)
        owner = Owner("partnership", (), looked.policy.partnership.team)
        yield Nudge("acknowledged", WHOLE, schedule, owner, since=max(sent))


def _file(looked: _Looked) -> Iterator[Nudge]:
    if _is_to_file(looked):
        escalation = looked.escalation
        since = looked.ended or looked.entered
        about = escalation.stage if escalation.status is Status.OPEN else WHOLE
        schedule = looked.for_a_month_after(since, looked.policy.nudges.file_days)
        yield Nudge("file", about, schedule, looked.raiser, since=since)


def _is_to_file(looked: _Looked) -> bool:
    """Whether a record that the policy wants by now is not noted: by each agency, or by anybody."""
    escalation, duties = looked.escalation, duties_now(looked.policy, looked.escalation)
    if any(duty.who == "each_agency" for duty in looked.policy.record_duties):
        return any(not_filed(looked.policy, escalation))
    return bool(duties) and not filings(escalation)


def duties_now(policy: Policy, escalation: Escalation) -> list[RecordDuty]:
    """What the policy wants recorded by now: at each stage, and more once it has ended."""
    now = {"each_stage"} if escalation.status is Status.OPEN else {"each_stage", "close"}
    return [duty for duty in policy.record_duties if duty.when in now]
