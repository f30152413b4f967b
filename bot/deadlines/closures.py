"""Local closures, such as school holidays: the clock goes on, and whoever is given a date that meets one is warned."""

from __future__ import annotations

from datetime import date, timedelta

from bot.calendars import Calendar
from bot.dates import in_words
from bot.deadlines.course import Dated
from bot.policy import Closure, Policy

ONE_DAY = timedelta(days=1)


def closures_met(policy: Policy, one: Dated, calendar: Calendar, today: date | None = None) -> list[Closure]:
    """The closures into which the last day falls, or every working day until it, from `today` if that is given."""
    last = one.due or one.soft
    if last is None or not policy.clock.closures:
        return []
    left = _working_days(_first(one, last, today), last, calendar)
    return [each for each in policy.clock.closures if _within(each, last) or (left and _all_within(each, left))]


def warnings_of(policy: Policy, one: Dated, calendar: Calendar, today: date | None = None) -> tuple[str, ...]:
    """A sentence for each closure that is met."""
    last = one.due or one.soft
    met = closures_met(policy, one, calendar, today) if last else []
    return tuple(_sentence(closure, last) for closure in met if last)


def _first(one: Dated, last: date, today: date | None) -> date:
    """The first day that is left: today, or the first that is counted."""
    begun = one.counted_from + ONE_DAY if one.counted_from else last
    return max(begun, today) if today else begun


def _working_days(first: date, last: date, calendar: Calendar) -> list[date]:
    days = (first + ONE_DAY * n for n in range((last - first).days + 1))
    return [day for day in days if calendar.is_working(day)]


def _within(closure: Closure, day: date) -> bool:
    return closure.first <= day <= closure.last


def _all_within(closure: Closure, days: list[date]) -> bool:
    return all(_within(closure, day) for day in days)


def _sentence(closure: Closure, last: date) -> str:
    closed = f"{closure.name} ({in_words(closure.first)} to {in_words(closure.last)})"
    met = f"{in_words(last)} falls into this closure: {closed}."
    if not _within(closure, last):
        met = f"Every working day before {in_words(last)} falls into this closure: {closed}."
    return f"{met} The clock goes on all the same: find out early who can be reached then."
