"""How a stage or a clock stands today, and how far along it is in plain words.

Rule 1: nothing is late before its day is over, or, for limits in hours, before its moment has passed.
Rule 2: a target that has passed is no breach.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Literal, assert_never

from bot.calendars import Calendar
from bot.dates import in_words
from bot.deadlines.course import ClockDue, Dated, Deadline, Standing
from bot.deadlines.telling import days, moment
from bot.policy import Agreed, Cumulative, FurtherAndTotal, NoClock, PerStage, Policy, Within

ClockStanding = Standing | Literal["done", "done in time", "done late"]


def standing(one: Dated, today: date, calendar: Calendar, now: datetime | None = None) -> Standing:
    """How the stage stands today. It is late only when the due day is over; at once after its moment, given `now`.

    A due day that has become a bank holiday since people set it counts as the next working day.
    """
    if one.due is None:
        if one.soft is None:
            return "no date"
        return "soft passed" if is_over(one.soft, one.soft_at, today, now) else "on time"
    if is_over(last_day(one, calendar), one.due_at, today, now):
        return "late"
    if today >= one.due:
        return "due today"
    if one.soft and is_over(one.soft, one.soft_at, today, now):
        return "soft passed"
    return "on time"


def last_day(one: Dated, calendar: Calendar) -> date | None:
    """The last day on which it is not late."""
    due = one.due
    return due if due is None or one.any_day or calendar.is_working(due) else calendar.add(due, 1)


def is_over(day: date | None, at: datetime | None, today: date, now: datetime | None = None) -> bool:
    """Whether a day is over, or, where both are known, the moment at which it ends has passed."""
    if at and now:
        return now > at
    return day is not None and today > day


def clock_standing(one: ClockDue, today: date, calendar: Calendar, now: datetime | None = None) -> ClockStanding:
    """How a clock stands; once it is done, whether that was in time ("done" where it had no last day)."""
    if one.done_on is None:
        return standing(one, today, calendar, now)
    last = last_day(one, calendar)
    if last is None:
        return "done"
    return "done in time" if one.done_on <= last else "done late"


def not_begun(policy: Policy, deadline: Deadline, *, concern: date, today: date) -> bool:
    """Whether nothing is counted for the stage yet: its clock runs from its own beginning, which is still ahead.

    A limit counted from the concern, or from another day of the whole escalation, runs for every stage at once. So
    does the first stage, which begins with it. A stage that was entered has begun, even if its limit waits.
    """
    if _runs_already(policy, deadline):
        return False
    entry = deadline.entered
    first = deadline.stage in _may_be_first(policy) and entry == concern
    return entry is None or entry > today or (deadline.forecast and not first)


def _may_be_first(policy: Policy) -> set[str]:
    """The lowest stage, and those above it as far as the ones below may be left out."""
    return {each.id for n, each in enumerate(policy.ladder) if all(below.optional for below in policy.ladder[:n])}


def _runs_already(policy: Policy, deadline: Deadline) -> bool:
    limit = policy.stage(deadline.stage).limit
    if not isinstance(limit, Within):
        return isinstance(limit, Cumulative)
    since = policy.clock.anchor if limit.since == "clock" else limit.since
    return deadline.counted_from is not None and since not in {"stage_entry", "previous_step"}


def progress(
    policy: Policy, deadline: Deadline, *, concern: date, today: date, calendar: Calendar, now: datetime | None = None
) -> str:
    """How far along the stage is, in plain words: "working day 5 of 8 (of 20 for all stages)".

    A stage of which `not_begun` is true is "not begun".
    """
    if not_begun(policy, deadline, concern=concern, today=today):
        return "not begun"
    if standing(deadline, today, calendar, now) == "late":
        return _late(deadline, today, calendar, now)
    if deadline.shorter:
        return f"{_along(deadline, today, calendar, now)}, to the shorter date"
    if deadline.waits_for:
        return f"nothing is counted until {deadline.waits_for}"
    return _as_the_limit_counts(policy, deadline, concern, today, calendar, now)


def _as_the_limit_counts(
    policy: Policy, deadline: Deadline, concern: date, today: date, calendar: Calendar, now: datetime | None
) -> str:
    limit = policy.stage(deadline.stage).limit
    start = deadline.counted_from or deadline.entered or concern
    match limit:
        case NoClock():
            return _age(deadline, concern, today, calendar)
        case Cumulative():
            whole = policy.ladder[-1].limit
            of_all = isinstance(whole, Cumulative) and whole.days > limit.days
            more = f" (of {whole.days} for all stages)" if isinstance(whole, Cumulative) and of_all else ""
            return _day_of(start, limit.days, today, calendar) + more
        case FurtherAndTotal():
            return _of_both(limit, deadline, start, concern, today, calendar)
        case Agreed() | PerStage() | Within():
            return _along(deadline, today, calendar, now)
        case _:
            assert_never(limit)


def _of_both(
    limit: FurtherAndTotal, deadline: Deadline, start: date, concern: date, today: date, calendar: Calendar
) -> str:
    """Of the days at the stage and those in all: both; but of the total alone, where it ends before the others do."""
    in_all = f"{max(calendar.count(concern, today), 0)} of {limit.total} in all"
    if deadline.due and not deadline.behind and deadline.due < calendar.add(start, limit.further):
        return f"working day {in_all}"
    n = calendar.count(start, today) if today > start else 0
    first = "" if n else f" (day 1 is {in_words(calendar.add(start, 1))})"
    behind = f"{days(deadline.behind)} behind the overall plan"
    return f"working day {n} of {limit.further} at this stage{first}, {behind if deadline.behind else in_all}"


def _age(deadline: Deadline, concern: date, today: date, calendar: Calendar) -> str:
    age = f"open for {days(calendar.count(concern, today))} ({days((today - concern).days, 'calendar')})"
    if deadline.forecast or deadline.entered is None:
        return age
    return f"{age}, {calendar.count(deadline.entered, today)} of them working days at this stage"


def _late(one: Dated, today: date, calendar: Calendar, now: datetime | None) -> str:
    if one.due_at and now:
        return _after(now - one.due_at, "its time")
    return _days_after(one.due or today, "its date", one, today, calendar)


def _along(one: Deadline, today: date, calendar: Calendar, now: datetime | None) -> str:
    """How far along something is that ends at its last day, or at its target where it has no last day."""
    last, at = (one.due, one.due_at) if one.due else (one.soft, one.soft_at)
    if last is None:
        return ""
    if one.due is None and is_over(last, at, today, now):
        return _after(now - at, "its target") if now and at else _days_after(last, "its target", one, today, calendar)
    return _until(one, last, at, today, calendar, now) + ("" if one.due else " (a target)")


def _until(
    one: Deadline, last: date, at: datetime | None, today: date, calendar: Calendar, now: datetime | None
) -> str:
    if at:
        return _left(at - now) if now else f"until {moment(at)}"
    start = one.counted_from or one.entered or last
    if one.any_day:
        return f"calendar day {max((today - start).days, 0)} of {(last - start).days}"
    of = calendar.count(start, last)
    return _day_of(start, of, today, calendar) if of > 0 else f"until the end of {in_words(last)}"


def _left(left: timedelta) -> str:
    hours = int(left / timedelta(hours=1))
    return f"{hours} {'hour' if hours == 1 else 'hours'} left" if hours else "less than an hour left"


def _after(over: timedelta, what: str) -> str:
    hours = int(over / timedelta(hours=1))
    if hours >= 48:
        return f"{days(hours // 24, 'calendar')} after {what}"
    return f"{hours} {'hour' if hours == 1 else 'hours'} after {what}" if hours else f"{what} has just passed"


def _days_after(last: date, what: str, one: Dated, today: date, calendar: Calendar) -> str:
    over = (today - last).days if one.any_day else calendar.count(last, today)
    return f"{days(over, 'calendar' if one.any_day else 'working')} after {what}" if over else f"{what} has just passed"


def _day_of(start: date, of: int, today: date, calendar: Calendar) -> str:
    n = calendar.count(start, today) if today > start else 0
    if n == 0:
        return f"working day 0 of {of}, day 1 is {in_words(calendar.add(start, 1))}"
    return f"working day {n} of {of}"


def time_taken(start: date, end: date, calendar: Calendar) -> str:
    """From the first to the last day in both units: "60 calendar days (42 working days)"."""
    provisional = "" if calendar.is_sure(start) and calendar.is_sure(end) else ", provisional"
    return f"{days((end - start).days, 'calendar')} ({days(calendar.count(start, end))}{provisional})"
