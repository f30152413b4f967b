"""The words that sentences about dates are made of."""

from __future__ import annotations

from datetime import date, datetime

from bot.calendars import Calendar
from bot.dates import in_words
from bot.deadlines.spans import End
from bot.policy import Allowance

NOT_COUNTED = "that day, weekends and bank holidays are not counted"
EVERY_DAY = "that day is not counted, weekends and bank holidays are"
EVERY_HOUR = "nights, weekends and bank holidays are counted"


def days(n: int, kind: str = "working") -> str:
    return f"{n} {kind} {'day' if n == 1 else 'days'}"


def so_long(allow: Allowance) -> str:
    """How long an allowance is: "2 working days", "48 hours", "at once"."""
    n = allow.amount
    match allow.unit:
        case "working_days":
            return days(n)
        case "days":
            return days(n, "calendar")
        case "weeks":
            return f"{n} {'week' if n == 1 else 'weeks'}"
        case "hours":
            return f"{n} {'hour' if n == 1 else 'hours'}"
        case "same_working_day":
            return "the same working day"
        case "immediately":
            return "at once"


def moment(at: datetime) -> str:
    """14:30 on Wednesday 4 March 2026."""
    return f"{at:%H:%M} on {in_words(at.date())}"


def sentence(words: str) -> str:
    return words if words.endswith((".", "!", "?")) else f"{words}."


def unsure(calendar: Calendar) -> str:
    return (
        f"Provisional: bank holidays are known only from {in_words(calendar.sure_from)} to"
        f" {in_words(calendar.sure_to)}, so this may still move."
    )


def said(end: End) -> str:
    """The end of a limit: a day, or an hour of it."""
    return moment(end.at) if end.at and end.by_the_hour else in_words(end.day)


def why_closed(day: date, calendar: Calendar) -> str:
    """Why this is no working day: "a weekend", "Easter Monday"."""
    return calendar.closed.get(day, "a weekend")
