"""Whether people may set a date: one agreed by both sides, or a shorter one than the policy's for this child."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from bot.calendars import Calendar
from bot.dates import in_words
from bot.deadlines.course import Course
from bot.deadlines.stages import deadline, owed
from bot.deadlines.telling import why_closed
from bot.errors import InvalidAnswer
from bot.policy import Agreed, NoClock, Policy


def check_agreed(policy: Policy, stage_id: str, day: date, *, entered_on: date, calendar: Calendar) -> None:
    """Whether the parties may agree on this day; raises InvalidAnswer with the reason if they may not."""
    stage = policy.stage(stage_id)
    if not isinstance(stage.limit, Agreed):
        if isinstance(stage.limit, NoClock):
            raise InvalidAnswer(f"{stage.label} has no date to agree: the policy sets no number of days for it.")
        raise InvalidAnswer(f"{stage.label} has no date to agree: the policy says “{stage.limit.words}”.")
    cap = calendar.add(entered_on, stage.limit.cap)
    until = f"Please agree on a working day from {in_words(entered_on)} to {in_words(cap)}."
    if day > cap:
        raise InvalidAnswer(
            f"{in_words(day)} is too late: the policy says “{stage.limit.words}”, and {stage.label} began on"
            f" {in_words(entered_on)}. {until}"
        )
    if day < entered_on:
        raise InvalidAnswer(f"{in_words(day)} is before {stage.label} began. {until}")
    _check_working(day, calendar, until)


def check_sooner(policy: Policy, stage_id: str, day: date, course: Course, calendar: Calendar) -> None:
    """Whether this may be the shorter date of the stage; raises InvalidAnswer with the reason if it may not.

    It is a working day, not before the stage began, and not after the policy's own limit, where that has a date.
    """
    others = {name: on for name, on in course.sooner.items() if name != stage_id}
    limit = owed(policy, stage_id, replace(course, sooner=others), calendar)
    stage = deadline(policy, stage_id, course, calendar)
    began = course.concern if stage.forecast or stage.entered is None else stage.entered
    to = f" to {in_words(limit.due)}" if limit.due else " on"
    until = f"Please give a working day from {in_words(began)}{to}."
    if limit.due and day > limit.due:
        raise InvalidAnswer(
            f"{in_words(day)} is later than the policy allows: its own limit for {limit.label} is"
            f" {in_words(limit.due)}. {until}"
        )
    if day < began:
        raise InvalidAnswer(f"{in_words(day)} is before {stage.label} began. {until}")
    _check_working(day, calendar, until)


def _check_working(day: date, calendar: Calendar, until: str) -> None:
    if not calendar.is_working(day):
        raise InvalidAnswer(f"{in_words(day)} is not a working day ({why_closed(day, calendar)}). {until}")
