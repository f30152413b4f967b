"""The timetable as lines of text, and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, assert_never

from bot.dates import echo, in_words
from bot.dates_command.given import Given, remarks
from bot.deadlines import (
    ClockDue,
    Deadline,
    clock_standing,
    clocks,
    not_begun,
    progress,
    standing,
    timetable,
)
from bot.policy import Agreed, Cumulative, FurtherAndTotal, NoClock, PerStage, Stage, Within

SIDES = {"raising": "raising side", "challenged": "challenged side", "partnership": "partnership"}


def dates_lines(given: Given) -> list[str]:
    """The timetable as lines of text; a blank line comes before each stage, and its clocks are listed under it."""
    policy, course = given.policy, given.course
    words = policy.vocabulary.concern_date
    lines = [
        f"{policy.name}, version {policy.version}",
        *(f"{name}: {chosen}" for name, chosen in given.choices),
        f"{words[:1].upper()}{words[1:]}: {echo(course.concern, given.today, given.calendar)}",
        f"Today: {in_words(given.today)}",
        f"Calendar: {given.calendar.name}",
        *remarks(given),
    ]
    for one in timetable(policy, course, given.calendar):
        lines += ["", _title(given, one), *_lines_of(given, one)]
        for clock in clocks(policy, one.stage, course, given.calendar):
            lines += _clock_lines(given, clock, warned=bool(one.warnings))
    return lines


def _title(given: Given, one: Deadline) -> str:
    title = given.policy.stage(one.stage).title
    name = f"{one.label}: {title}" if title else one.label
    return f"{name} (optional)" if one.optional else name


def _lines_of(given: Given, one: Deadline) -> Iterator[str]:
    facts = [
        ("Begins" if one.forecast else "Began", _day(one.entered, note="forecast" if one.forecast else "")),
        ("Aim for", _day(one.soft, one.soft_at, "provisional" if one.provisional and one.due is None else "")),
        ("Due", _day(one.due, one.due_at, "provisional" if one.provisional else "") or "no date"),
        ("Stands", _stands(given, one)),
        ("Rule", one.rule),
        *(("Note", warning) for warning in one.warnings),
    ]
    yield from (f"  {name + ':':<11}{fact}" for name, fact in facts if fact)


def _clock_lines(given: Given, one: ClockDue, *, warned: bool) -> Iterator[str]:
    """`warned`: the stage has said already that its time meets a closure."""
    yield f"  – {one.label} ({SIDES[one.owner]})"
    facts = [
        ("Aim for", _day(one.soft, one.soft_at)),
        ("Due", _day(one.due, one.due_at, "provisional" if one.provisional else "") or "no date"),
        ("Done", _day(one.done_on)),
        ("Stands", _clock_stands(given, one)),
        ("Rule", one.rule),
        *(("Note", warning) for warning in one.warnings if not warned),
    ]
    yield from (f"    {name + ':':<9}{fact}" for name, fact in facts if fact)


def _day(day: date | None, at: datetime | None = None, note: str = "") -> str:
    if day is None:
        return ""
    hour = f"{at:%H:%M} on " if at and at.date() == day else ""
    return f"{hour}{in_words(day)}" + (f" ({note})" if note else "")


def dates_json(given: Given) -> list[dict[str, Any]]:
    """The timetable as JSON, one object a stage.

    Keys: stage, label, title, optional, entered, forecast, soft, due (YYYY-MM-DD or null), soft_at, due_at (the moment
    with its offset, for limits in hours, or null), shorter, behind (working days), provisional, working_day, of,
    counted_from (null where the stage has no clock or has not begun), waits_for, standing, progress, rule and warnings
    (sentences), and clocks. `working_day` runs on past `of` when the stage is late; both are null for limits in other
    units. `standing` is "on time", "soft passed", "due today", "late", "no date", "not begun" or "not entered"; of a
    stage that was left it is "on time" or "late", as it was on that day. A clock has clock, label, owner, done_by and
    done_on, and what it shares with a stage; its standing may also be "done", "done in time" or "done late".
    """
    return [_stage_json(given, one) for one in timetable(given.policy, given.course, given.calendar)]


def _stage_json(given: Given, one: Deadline) -> dict[str, Any]:
    start, of = _span(given, one)
    return {
        "stage": one.stage,
        "label": one.label,
        "title": given.policy.stage(one.stage).title,
        "optional": one.optional,
        "entered": _iso(one.entered),
        "forecast": one.forecast,
        **_dates_json(one),
        "behind": one.behind,
        "working_day": max(given.calendar.count(start, given.today), 0) if start and of is not None else None,
        "of": of,
        "counted_from": _iso(start),
        "standing": _standing(given, one),
        "progress": _stands(given, one),
        "clocks": [
            _clock_json(given, clock) for clock in clocks(given.policy, one.stage, given.course, given.calendar)
        ],
    }


def _clock_json(given: Given, one: ClockDue) -> dict[str, Any]:
    return {
        "clock": one.clock,
        "label": one.label,
        "owner": one.owner,
        "done_by": one.done_by,
        "done_on": _iso(one.done_on),
        **_dates_json(one),
        "counted_from": _iso(one.counted_from),
        "standing": _clock_stands(given, one),
    }


def _clock_stands(given: Given, one: ClockDue) -> str:
    """A clock of a stage still ahead has not begun either; the first stage begins with the concern."""
    ahead = one.forecast and one.stage != given.policy.ladder[0].id
    return "not begun" if ahead and not one.done_on else clock_standing(one, given.today, given.calendar, given.now)


def _dates_json(one: Deadline | ClockDue) -> dict[str, Any]:
    return {
        "soft": _iso(one.soft),
        "soft_at": _iso(one.soft_at),
        "due": _iso(one.due),
        "due_at": _iso(one.due_at),
        "shorter": one.shorter,
        "provisional": one.provisional,
        "waits_for": one.waits_for,
        "rule": one.rule,
        "warnings": list(one.warnings),
    }


def _iso(day: date | datetime | None) -> str | None:
    return day.isoformat() if day else None


def _stands(given: Given, one: Deadline) -> str:
    """Progress at a stage that is still ahead or stood at; for one left behind, when it was left."""
    left, course = _left_for(given, one), given.course
    if left is None:
        return progress(
            given.policy, one, concern=course.concern, today=given.today, calendar=given.calendar, now=given.now
        )
    moved = f"moved on to {left.label} on {in_words(course.entered[left.id])}"
    if one.entered is None:
        return f"not entered; {moved}"
    if one.due is None:
        return moved
    return f"{moved}, {'after its date' if _when_left(given, one, left) == 'late' else 'in time'}"


def _standing(given: Given, one: Deadline) -> str:
    """The same in one word for programs; the two never contradict each other."""
    left = _left_for(given, one)
    if left is None:
        if not_begun(given.policy, one, concern=given.course.concern, today=given.today):
            return "not begun"
        return standing(one, given.today, given.calendar, given.now)
    if one.entered is None:
        return "not entered"
    was = _when_left(given, one, left)
    return was if was in {"late", "no date"} else "on time"


def _when_left(given: Given, one: Deadline, left: Stage) -> str:
    """How it stood when it was left, by the moment where that is known."""
    return standing(one, given.course.entered[left.id], given.calendar, given.course.entered_at.get(left.id))


def _left_for(given: Given, one: Deadline) -> Stage | None:
    """The stage for which this one was left, or passed over."""
    return next((stage for stage in given.policy.above(one.stage) if stage.id in given.course.entered), None)


def _span(given: Given, one: Deadline) -> tuple[date | None, int | None]:
    """The day from which a stage's limit runs, once it does, and how many working days it has."""
    limit, calendar = given.policy.stage(one.stage).limit, given.calendar
    begun = not not_begun(given.policy, one, concern=given.course.concern, today=date.max)
    start = one.counted_from if begun else None
    if one.shorter and one.due:
        from_day = one.counted_from or one.entered or given.course.concern
        return from_day, calendar.count(from_day, one.due)
    match limit:
        case NoClock():
            return None, None
        case Cumulative() | PerStage():
            return start, limit.days
        case FurtherAndTotal():
            return start, limit.further
        case Agreed():
            return start, calendar.count(one.entered, one.due) if one.entered and one.due else limit.cap
        case Within():
            last = one.due or one.soft
            in_days = one.counted_from is not None and last is not None and not one.any_day
            return start, calendar.count(one.counted_from, last) if in_days and one.counted_from and last else None
        case _:
            assert_never(limit)
