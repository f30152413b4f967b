"""When people are reminded of something: moments in the hours in which people may be nudged.

Rule 1: every moment lies on a working day and in the hours.
Rule 2: pure. What is owed by which day comes from outside, and nothing here knows what it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile

from bot.timers import Hours

ONE_MINUTE, ONE_HOUR = timedelta(minutes=1), timedelta(hours=1)
TWO_WEEKS, A_WEEK = 10, 5
"""Working days. What is still open after two weeks is told once a week at most, with all else that is: nobody is to
read the same every day."""
AT_MOST_BEFORE = 4 * ONE_HOUR
"""What is allowed in hours is reminded of a quarter of them before its end: between one and four hours."""


@dataclass(frozen=True)
class Schedule:
    """The moments `once`, in order; then the opening of `first`, and again every so many working days until `until`;
    from `slow_from` on once a week at most, when the week opens."""

    hours: Hours
    once: tuple[datetime, ...] = ()
    first: date | None = None
    every: int = 0
    until: date | None = None
    slow_from: date | None = None

    def moments(self) -> Iterator[datetime]:
        """All of them, in order: without end, where it has none."""
        yield from self.once
        day = self.first
        while day is not None and (self.until is None or day <= self.until):
            yield self.hours.on(day)
            day = self._next(day) if self.every else None

    def _next(self, day: date) -> date:
        if self.every > A_WEEK or not self.is_long(day):
            return self.hours.calendar.add(day, self.every)
        monday = day + timedelta(days=7 - day.weekday())
        return monday if self.hours.calendar.is_working(monday) else self.hours.calendar.add(monday, 1)

    def after(self, moment: datetime) -> datetime | None:
        """The first one strictly after this moment."""
        # Two moments of one zone would be compared by the clock on the wall.
        passed = moment.astimezone(UTC)
        return next((each for each in self.moments() if each > passed), None)

    def last(self, since: datetime, now: datetime) -> datetime | None:
        """The last one from `since` until `now`, both included."""
        first, end = since.astimezone(UTC), now.astimezone(UTC)
        come = [each for each in takewhile(lambda each: each <= end, self.moments()) if each >= first]
        return come[-1] if come else None

    def is_long(self, today: date) -> bool:
        """Whether it has been told of for two weeks."""
        return self.slow_from is not None and today >= self.slow_from

    def slows_down(self, today: date) -> bool:
        """Whether it is told of less often than it was."""
        return self.is_long(today) and 0 < self.every < A_WEEK

    def is_last(self, now: datetime) -> bool:
        """Whether nothing comes after what has come by now."""
        return self.until is not None and self.has_begun(now) and self.after(now) is None

    def has_begun(self, now: datetime) -> bool:
        first = next(self.moments(), None)
        return first is not None and first <= now.astimezone(UTC)


def repeated(hours: Hours, since: date, days: int, begun: date, until: date | None = None) -> Schedule:
    """So many working days after this day, and again after so many; 0 days is never. None came before `begun`."""
    if not days:
        return Schedule(hours)
    first = hours.calendar.add(since, days)
    return Schedule(hours, (), first, days, until, _slow_from(hours, first, begun))


def _slow_from(hours: Hours, first: date, begun: date) -> date:
    return hours.calendar.add(max(first, begun), TWO_WEEKS)


def on_day(hours: Hours, day: date) -> Schedule:
    """Once: when this day opens, or the next working day where it is none."""
    return Schedule(hours, (hours.on(day if hours.calendar.is_working(day) else hours.calendar.add(day, 1)),))


def around_day(hours: Hours, last: date, begun: date, *, before: int, late_every: int) -> Schedule:
    """Before a last day, on it, and every so many working days after it."""
    calendar, day = hours.calendar, _working_day_until(hours, last)
    ahead = (hours.on(calendar.add(day, -before)),) if before else ()
    once = (*ahead, hours.on(day))
    if not late_every:
        return Schedule(hours, once)
    late = calendar.add(day, late_every)
    return Schedule(hours, once, late, late_every, slow_from=_slow_from(hours, late, begun))


def around_moment(
    hours: Hours, ends: datetime, day: date, allowed: timedelta, begun: date, *, before: int, late_every: int
) -> Schedule:
    """Before a limit in hours, when the day opens on which or with which it ends, as soon as people may be nudged after
    it, and every so many working days from then on.

    Where it ran already when that day opened, the opening is also the reminder before it, if both are on one day.
    """
    calendar, ends = hours.calendar, ends.astimezone(UTC)
    opening = hours.on(_working_day_until(hours, day))
    ahead = _open_until(hours, ends - min(max(allowed / 4, ONE_HOUR), AT_MOST_BEFORE))
    ran_already = ends - allowed < opening < ends
    wanted = {opening, *([ahead] if before and not (ran_already and ahead.date() == opening.date()) else [])}
    once = sorted((each for each in wanted if each < ends), key=lambda each: each.astimezone(UTC))
    if not late_every:
        return Schedule(hours, tuple(once))
    passed = hours.next_open(ends + ONE_MINUTE).astimezone(hours.zone)
    late = calendar.add(passed.date(), late_every)
    return Schedule(hours, (*once, passed), late, late_every, slow_from=_slow_from(hours, late, begun))


def _working_day_until(hours: Hours, day: date) -> date:
    """The day itself, or the last working day before it: afterwards it would be too late."""
    return day if hours.calendar.is_working(day) else hours.calendar.add(day, -1)


def _open_until(hours: Hours, moment: datetime) -> datetime:
    """The moment itself, or, where people may not be nudged then, an hour before they last could be."""
    if hours.are_open(moment):
        return moment.astimezone(hours.zone)
    local = moment.astimezone(hours.zone)
    passed = hours.calendar.is_working(local.date()) and local.time() >= hours.closes
    day = local.date() if passed else hours.calendar.add(local.date(), -1)
    return max(hours.on(day), datetime.combine(day, hours.closes, hours.zone) - ONE_HOUR)
