"""`/snooze`: one's own reminders about an escalation are quiet until a working day.

Rule: nothing else changes. The deadline stands, the thread is still reminded, and so is everybody else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import partial

from bot import dates
from bot.calendars import Calendar
from bot.errors import InvalidAnswer
from bot.flows import faces
from bot.flows.context import Asking, Context, ask, choose
from bot.flows.questions import Question
from bot.flows.staging import CheckedDay
from bot.messages import Words

ASKED = re.compile(r"(?:please )?remind me (?:again )?later", re.IGNORECASE)
"""What people type instead of /snooze."""
LATER = (1, 2, 5)
"""After so many working days, with one press."""
LONGEST = 20
"""Working days: a longer silence would let it be forgotten."""


@dataclass(frozen=True)
class Snooze:
    """Somebody wants no reminders about it until this working day opens; None: from now on as before."""

    reference: str
    until: date | None


def is_asked(typed: str) -> bool:
    """Whether somebody asks for it in their own words."""
    return ASKED.fullmatch(" ".join(typed.split()).rstrip(".!")) is not None


def snooze(c: Context) -> Asking:
    """Returns Snooze."""
    escalation, calendar = c.escalation, c.calendar_of(c.policy_of(c.escalation))
    heading = c.words("snooze.title", reference=escalation.reference)
    before = (faces.facts(c, escalation, today=True), Words(c.words("snooze.stands"), "quiet"))
    # Each choice is a day, so that a button pressed on another day can only mean the day that stands on it.
    days = [calendar.add(c.today, n) for n in LATER]
    offered = {day.isoformat(): c.words("snooze.until", day=dates.in_words(day)) for day in days}
    offered["another"] = c.words("snooze.another")
    if _is_quiet(c):
        offered["now"] = c.words("snooze.as_before")
    chosen = yield from choose("until", c.words("snooze.ask"), offered, before=before, heading=heading, private=False)
    if chosen == "now":
        return Snooze(escalation.reference, None)
    if chosen != "another":
        return Snooze(escalation.reference, date.fromisoformat(chosen))
    kind = CheckedDay(expect="future", check=partial(_to_come, c.today, calendar))
    label, hint = c.words("snooze.on"), c.words("snooze.on_help")
    typed = yield from ask(
        Question("on", label, kind, hint=hint, heading=heading, calendar=calendar, private=False)
    )  # fmt: skip
    return Snooze(escalation.reference, working_day(calendar, date.fromisoformat(typed)))


def _is_quiet(c: Context) -> bool:
    until = c.snoozes.get(c.me.id)
    return until is not None and c.now is not None and c.now < until


def working_day(calendar: Calendar, day: date) -> date:
    """The day itself, or the next working day after it."""
    return day if calendar.is_working(day) else calendar.add(day, 1)


def _to_come(today: date, calendar: Calendar, on: date) -> None:
    first, last = calendar.add(today, 1), calendar.add(today, LONGEST)
    if not first <= working_day(calendar, on) <= last:
        raise InvalidAnswer(
            f"Reminders can be put off until a day from {dates.in_words(first)} to {dates.in_words(last)}, and not "
            f"until {dates.in_words(on)}. Please give another day."
        )
