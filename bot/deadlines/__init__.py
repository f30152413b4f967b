"""When a stage is due, how far along it is, and in words why.

Rule 1: pure. Policy, dates and calendar in; dates and sentences out.
Rule 2: the day from which days are counted is never counted itself.
Rule 3: nothing is late before its day is over, and no date beyond the calendar's sure days is given as sure.
"""

from bot.deadlines.checks import check_agreed, check_sooner
from bot.deadlines.closures import closures_met, warnings_of
from bot.deadlines.course import ClockDue, Course, Dated, Deadline, Standing
from bot.deadlines.stages import clocks, deadline, owed, timetable
from bot.deadlines.standing import (
    ClockStanding,
    clock_standing,
    is_over,
    last_day,
    not_begun,
    progress,
    standing,
    time_taken,
)

__all__ = [
    "ClockDue",
    "ClockStanding",
    "Course",
    "Dated",
    "Deadline",
    "Standing",
    "check_agreed",
    "check_sooner",
    "clock_standing",
    "clocks",
    "closures_met",
    "deadline",
    "is_over",
    "last_day",
    "not_begun",
    "owed",
    "progress",
    "standing",
    "time_taken",
    "timetable",
    "warnings_of",
]  # fmt: skip
