"""The `dates` command: every due date of a policy for one date of concern, and why, without an escalation.

It reads what was typed and writes lines or JSON; the counting is in `deadlines`.
"""

from bot.dates_command.given import Given, check_dates, remarks
from bot.dates_command.reading import Typed, read_typed
from bot.dates_command.shown import dates_json, dates_lines
from bot.dates_command.typed import (
    branches,
    certain_day,
    clock_dates,
    known_id,
    stage_dates,
    stage_id,
    stage_moments,
)

__all__ = [
    "Given", "Typed", "branches", "certain_day", "check_dates", "clock_dates", "dates_json", "dates_lines", "known_id",
    "read_typed", "remarks", "stage_dates", "stage_id", "stage_moments",
]  # fmt: skip
