"""When something is to be looked at again: timers, the hours in which people are nudged, and recurring rules.

Rule 1: pure. Moments, zones and calendars arrive as arguments; what comes back is in the zone given.
Rule 2: a timer says when to look. What is said then is decided then, from the record.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from bot.calendars import ONE_DAY, Calendar

ONE_WEEK = timedelta(days=7)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
CLOCKS_CHANGE = (time(1), time(3))
"""Between these a clock stands twice on one day of the year, or never, here or elsewhere: nothing recurs then."""


@dataclass(frozen=True)
class Timer:
    """Something that is to be looked at, at the aware moment `due`. One for each key.

    `owner` is whose timers are looked at and replaced together: an escalation's reference, "snoozed/<reference>",
    "person/<id>" for drafts, "digest/<policy>". `about` says what of it, and is never content: "limit/stage-2", the id
    of a conversation or a person, the moment since which a digest is to tell. `rule` is "" for once, or such as
    "monday 09:00" in `zone`.
    """

    key: str
    kind: Literal["nudge", "snoozed", "draft", "digest"]
    due: datetime
    owner: str
    about: str = ""
    rule: str = ""
    zone: str = ""

    def __post_init__(self) -> None:
        if self.due.tzinfo is None:
            raise ValueError(f"The timer {self.key} is due at {self.due}, but it is not said in which zone.")


@dataclass(frozen=True)
class Hours:
    """When people may be nudged: on working days, from `opens` until just before `closes`, in the zone."""

    opens: time
    closes: time
    zone: ZoneInfo
    calendar: Calendar

    def __post_init__(self) -> None:
        if self.opens >= self.closes:
            raise ValueError(f"Hours from {self.opens} until {self.closes} are never open.")

    def are_open(self, moment: datetime) -> bool:
        local = moment.astimezone(self.zone)
        return self.calendar.is_working(local.date()) and self.opens <= local.time() < self.closes

    def on(self, day: date) -> datetime:
        """The opening of this day, whether or not it is a working day."""
        return _moment(day, self.opens, self.zone)

    def next_open(self, moment: datetime) -> datetime:
        """The moment itself if the hours are open then; else the next opening."""
        if self.are_open(moment):
            return moment
        local = moment.astimezone(self.zone)
        passed = local.time() >= self.closes
        return self.on(_working(local.date() + ONE_DAY * passed, self.calendar))


def next_weekly(rule: str, zone: ZoneInfo, calendar: Calendar, after: datetime) -> datetime:
    """The first moment strictly after `after` at which the rule comes round: "monday 09:00".

    Where its day is no working day, it comes on the next one. Weeks without any working day are not made up for.
    """
    weekday, at = _read(rule)

    def of_week(day: date) -> datetime:
        return _moment(_working(day, calendar), at, zone)

    today = after.astimezone(zone).date()
    day = today - ONE_DAY * ((today.weekday() - weekday) % len(WEEKDAYS))
    # What was due in a week before has passed, or there was no working day since, and it comes together with this one.
    passed = after.astimezone(UTC)  # two moments of one zone would be compared by the clock on the wall
    while of_week(day) <= passed:
        day += ONE_WEEK
    return of_week(day)


def _read(rule: str) -> tuple[int, time]:
    weekday, _, at = rule.partition(" ")
    if weekday not in WEEKDAYS:
        raise ValueError(f"The rule {rule!r} names no weekday. Write one like 'monday 09:00'.")
    found = time.fromisoformat(at)
    if CLOCKS_CHANGE[0] <= found < CLOCKS_CHANGE[1]:
        raise ValueError(f"The rule {rule!r} lies in the hours in which clocks change. Choose another hour.")
    return WEEKDAYS.index(weekday), found


def _working(day: date, calendar: Calendar) -> date:
    """This day, or the next working day after it."""
    return day if calendar.is_working(day) else calendar.add(day, 1)


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, zone)
