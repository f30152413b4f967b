"""Limits that are any allowance from any day: their ends, and the sentence that says how they were counted."""

from __future__ import annotations

from datetime import date
from typing import assert_never

from bot.calendars import Calendar
from bot.dates import in_words
from bot.deadlines.anchors import Waits, start_of
from bot.deadlines.asked import DAY_ENDS, HOUR_ENDS, Asked
from bot.deadlines.counted import Counted
from bot.deadlines.spans import End, Start, end_of
from bot.deadlines.telling import EVERY_DAY, EVERY_HOUR, NOT_COUNTED, moment, said, so_long, why_closed
from bot.policy import Allowance, Within

TARGET = "This is a target: it is aimed for, and passing it is no breach."


def within(asked: Asked, limit: Within) -> Counted:
    start = start_of(asked, limit)
    if isinstance(start, Waits):
        return Counted(f"{asked.printed} {start.said}{asked.no_date}.", waits_for=start.until)
    allow, other = _winner_first(asked, limit, start)
    end = _end(asked, allow, start)
    soft = _end(asked, limit.soft, start) if limit.soft else None
    rule = [
        f"{asked.printed} {_counting(allow, limit.soft, start, asked.calendar)}.",
        _pair(limit, allow, other, _end(asked, other, start)) if other else "",
        _falls_on(end, asked.calendar),
        TARGET if limit.where_possible else asked.means(HOUR_ENDS if end.by_the_hour else DAY_ENDS),
    ]
    used = (start.day, end.day) if start.forecast or not end.any_day else ()
    if limit.where_possible:
        soft, due = end, None
    else:
        due = end
    return Counted(" ".join(part for part in rule if part), used, soft, due, since=start.day)


def _end(asked: Asked, allow: Allowance, start: Start) -> End:
    return end_of(allow, start, asked.calendar, asked.zone)


def _winner_first(asked: Asked, limit: Within, start: Start) -> tuple[Allowance, Allowance | None]:
    """The figure of a pair that counts, and the other one."""
    first, second = limit.allow, limit.as_well
    if second is None:
        return first, None
    ends = [_end(asked, each, start).over(asked.zone) for each in (first, second)]
    second_wins = (
        limit.wins == "as_well"
        or (limit.wins == "earlier" and ends[1] < ends[0])
        or (limit.wins == "later" and ends[1] > ends[0])
    )
    return (second, first) if second_wins else (first, second)


def _pair(limit: Within, counts: Allowance, other: Allowance, end: End) -> str:
    which = f"the {limit.wins} one counts" if limit.wins in {"earlier", "later"} else _it_counts(counts)
    return f"It is printed as equal to {so_long(other)}, which is {said(end)}; where they differ, {which}."


def _it_counts(allow: Allowance) -> str:
    if not allow.amount:
        return "acting at once counts" if allow.unit == "immediately" else "the same working day counts"
    return f"the {so_long(allow)} {'counts' if allow.amount == 1 else 'count'}"


def _counting(allow: Allowance, soft: Allowance | None, start: Start, calendar: Calendar) -> str:
    aim = f" (aim for {so_long(soft)})" if soft else ""
    day = f"{in_words(start.day)} ({start.why})"
    match allow.unit:
        case "working_days":
            return f"{so_long(allow)}{aim} counted from {day}; {NOT_COUNTED}"
        case "days" | "weeks":
            return f"{so_long(allow)}{aim} counted from {day}; {EVERY_DAY}"
        case "hours" if start.at:
            return f"{so_long(allow)}{aim} counted from {moment(start.at)} ({start.why}); {EVERY_HOUR}"
        case "hours":
            unknown = "because the hour is not known"
            return f"{so_long(allow)}{aim} counted from the first minute of {day}, {unknown}; {EVERY_HOUR}"
        case "same_working_day":
            return f"the same working day as {day}{_if_none(start.day, calendar)}"
        case "immediately":
            return f"at once, or at the latest by the end of {day}{_if_none(start.day, calendar)}"
        case _:
            assert_never(allow.unit)


def _if_none(day: date, calendar: Calendar) -> str:
    return "" if calendar.is_working(day) else f", or of the next working day, as that is {why_closed(day, calendar)}"


def _falls_on(end: End, calendar: Calendar) -> str:
    if calendar.is_working(end.day):
        return ""
    before = in_words(calendar.add(end.day, -1))
    return f"{in_words(end.day)} is {why_closed(end.day, calendar)}; the last working day before it is {before}."
