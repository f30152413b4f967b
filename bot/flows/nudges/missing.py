"""What has not happened yet, or is not noted: a date, the words, a reply."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from bot.deadlines import ClockDue
from bot.flows.noted import ANSWERING, answered, notes_of, promises, silent_sides
from bot.flows.nudges.limits import has_date, limit_of
from bot.flows.nudges.nudge import Looked, Nudge
from bot.flows.nudges.schedule import around_day
from bot.flows.reasons import Owner
from bot.forms_due import WHOLE
from bot.policy import Agreed


def no_date(looked: Looked) -> Iterator[Nudge]:
    """The parties are to agree a date, and have not. On its last day, and after it, the limit itself is said."""
    yield from _no_day_at_all(looked)
    for one in looked.dated:
        is_open = isinstance(limit_of(looked.policy, one), Agreed) and not one.shorter
        if is_open and one.due and looked.about(one) not in looked.escalation.agreed:
            since = one.counted_from or looked.entered
            until = looked.hours.calendar.add(one.due, -1)
            schedule = looked.after(since, looked.policy.nudges.no_date_days, until)
            yield Nudge("no_date", looked.about(one), schedule, looked.owner_of(one), one, since)


def _no_day_at_all(looked: Looked) -> Iterator[Nudge]:
    """The policy sets no day for the stage, and nobody has: days of silence are all that tells that it stands still."""
    stage = looked.dated[0]
    if not has_date(stage) and not stage.waits_for:
        since = max(looked.entered, looked.last_update)
        schedule = looked.after(since, looked.policy.nudges.no_date_days)
        yield Nudge("no_date", looked.escalation.stage, schedule, looked.owner_of(stage), stage, since)


def waits(looked: Looked) -> Iterator[Nudge]:
    """Nothing is counted for the stage until something has happened, such as that the notice is sent."""
    stage = looked.dated[0]
    if stage.waits_for and not has_date(stage):
        schedule = looked.after(looked.entered, looked.policy.nudges.form_days)
        yield Nudge("waits", looked.escalation.stage, schedule, looked.raiser, stage, looked.entered)


def words(looked: Looked) -> Iterator[Nudge]:
    """Nobody has noted that the words were said, and no clock of the stage asks for that by a date of its own."""
    by_clock = any(isinstance(one, ClockDue) and one.done_by == "words_said" and has_date(one) for one in looked.dated)
    if not looked.escalation.fields.get("words_said") and not by_clock:
        schedule = looked.after(looked.raised, looked.policy.nudges.words_days)
        yield Nudge("words", WHOLE, schedule, looked.raiser, since=looked.raised)


def no_reply(looked: Looked) -> Iterator[Nudge]:
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


def _with_no_date(looked: Looked, since: date) -> date:
    """From when to count, so that what is missing is told on the same days, not on every day one of it."""
    days, told = looked.policy.nudges.no_reply_days, next(no_date(looked), None)
    if told is None or told.since is None or days != looked.policy.nudges.no_date_days:
        return since
    day = told.since
    while day < since:
        day = looked.hours.calendar.add(day, days)
    return day


def promised(looked: Looked) -> Iterator[Nudge]:
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


def _silent_until(looked: Looked) -> date:
    """The last day of which it is noted that there had been no reply at this stage."""
    here = (note for note in notes_of(looked.escalation) if note["stage"] == looked.escalation.stage)
    return max((date.fromisoformat(note["on"]) for note in here if note["what"] == "no_reply"), default=date.min)


def _silent(looked: Looked, what: str) -> Owner:
    """Who is named for the agencies of which this is not noted at the present stage, if all of them are here."""
    escalation, stage = looked.escalation, looked.policy.stage(looked.escalation.stage)
    named = [escalation.fields.get(f"people.{stage.id}.{side}") or {} for side in silent_sides(escalation, what)]
    people = tuple(who.get("person", "") for who in named)
    here = all(person in looked.c.people for person in people)
    return Owner("challenged", people if here else (), stage.challenged.role)
