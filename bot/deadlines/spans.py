"""How long an allowance lasts from a day or a moment. No policy and no escalation: time only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.calendars import Calendar
from bot.policy import Allowance

ONE_DAY = timedelta(days=1)
MIDNIGHT = time()


@dataclass(frozen=True)
class Start:
    """From when a limit is counted. `at` is the moment, where it is known; `said` both in words, and why."""

    day: date
    at: datetime | None
    why: str
    """Which day it is: "when Stage 1 began", "date of initial concern"."""
    forecast: bool = False


@dataclass(frozen=True)
class End:
    """When a limit ends: with a day, or, for limits in hours, at a moment."""

    day: date
    at: datetime | None = None
    any_day: bool = False

    @property
    def by_the_hour(self) -> bool:
        """Whether it ends within its day, and not with it."""
        return self.at is not None and self.at.date() == self.day

    def over(self, zone: ZoneInfo) -> datetime:
        """The moment from which it is over."""
        return self.at or first_minute(self.day + ONE_DAY, zone)


def first_minute(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, MIDNIGHT, zone)


def end_of(allow: Allowance, start: Start, calendar: Calendar, zone: ZoneInfo) -> End:
    """When the allowance ends. Nothing at all (an amount of 0) ends as `immediately` does."""
    if not allow.amount or allow.unit in {"same_working_day", "immediately"}:
        return End(same_working_day(start.day, calendar))
    if allow.unit == "working_days":
        return End(calendar.add(start.day, allow.amount))
    if allow.unit == "hours":
        return _hours(allow.amount, start.at or first_minute(start.day, zone), zone)
    return End(start.day + ONE_DAY * allow.amount * (7 if allow.unit == "weeks" else 1), any_day=True)


def same_working_day(day: date, calendar: Calendar) -> date:
    """The day itself, or the next working day if it is none."""
    return day if calendar.is_working(day) else calendar.add(day, 1)


def _hours(n: int, start: datetime, zone: ZoneInfo) -> End:
    # In UTC, because an hour stays an hour when the clocks go forward or back; begun minutes are not given away.
    at = (start.astimezone(UTC) + timedelta(hours=n)).astimezone(zone).replace(second=0, microsecond=0)
    day = at.date()
    # What ends at 00:00 ends with the day before: "by the end of Monday", and on Tuesday it is late.
    return End(day - ONE_DAY if at.time() == MIDNIGHT else day, at, any_day=True)
