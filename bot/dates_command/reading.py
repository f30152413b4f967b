"""From the options of the command line to what a timetable is asked for with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.calendars import Calendar
from bot.dates_command.given import Given, check_dates
from bot.dates_command.typed import branches, certain_day, clock_dates, known_id, stage_dates, stage_moments
from bot.deadlines import Course
from bot.policy import Ladder, Policy, Priority


@dataclass(frozen=True)
class Typed:
    """The options as they were typed; each under its own name."""

    concern: str
    entered: tuple[str, ...] = ()
    agreed: tuple[str, ...] = ()
    sooner: tuple[str, ...] = ()
    notice: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    decision_received: str | None = None
    raised: str | None = None
    initial_concern: str | None = None
    ladder: str = ""
    branch: tuple[str, ...] = ()
    priority: str = ""
    today: str | None = None


DAYS = {"decision_received": "--decision", "raised": "--raised", "initial_concern": "--initial-concern"}
"""Anchors that are days of the whole escalation, and their options."""


def read_typed(whole: Policy, calendar: Calendar, now: datetime, typed: Typed) -> Given:
    """What the options mean; `now` is the real moment. Raises InvalidAnswer, which names the option, if they cannot."""
    real = now.date()
    today = certain_day("--today", typed.today, real) if typed.today is not None else real
    ladder = known_id("--ladder", typed.ladder, {each.id: each.label for each in whole.ladders}, "ladders")
    urgencies = whole.priorities.of if whole.priorities else []
    priority = known_id("--priority", typed.priority, {each.id: each.label for each in urgencies}, "priorities")
    policy = whole.taken(ladder, {}, priority)
    chosen = branches(policy, typed.branch, option="--branch")
    policy = whole.taken(ladder, chosen, priority)
    given = Given(
        policy,
        calendar,
        _course(policy, typed, today),
        today,
        now if typed.today is None else None,
        tuple(_choices(whole, policy, typed, chosen)),
    )
    check_dates(given, today=today if typed.today is not None else None)
    return given


def _course(policy: Policy, typed: Typed, today: date) -> Course:
    entered, moments = stage_moments(policy, typed.entered, today, option="--entered")
    days = {name: getattr(typed, name) for name in DAYS}
    return Course(
        concern=certain_day("--concern", typed.concern, today),
        entered=entered,
        entered_at=moments,
        agreed=stage_dates(policy, typed.agreed, today, option="--agreed"),
        sooner=stage_dates(policy, typed.sooner, today, option="--sooner"),
        notices=stage_dates(policy, typed.notice, today, option="--notice"),
        done=clock_dates(policy, typed.done, today, option="--done"),
        days={name: certain_day(DAYS[name], day, today) for name, day in days.items() if day is not None},
    )


def _choices(whole: Policy, taken: Policy, typed: Typed, chosen: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What is counted with, where there is a choice; the first of several is assumed, and that is said."""
    if whole.ladders:
        yield "Ladder", _choice(whole.ladders, typed.ladder, "--ladder")
    if whole.priorities:
        yield "Priority", _choice(whole.priorities.of, typed.priority, "--priority")
    for stage in taken.ladder:
        if stage.branches:
            branch = next((each for each in stage.branches if each.id == chosen.get(stage.id)), None)
            offered = ", ".join(f"{stage.id}={each.id}" for each in stage.branches)
            yield f"Branch of {stage.label}", branch.label if branch else f"none chosen; --branch takes {offered}"


def _choice(known: Sequence[Ladder] | Sequence[Priority], wanted: str, option: str) -> str:
    first = f"{known[0].label} (assumed; {option} takes {', '.join(each.id for each in known)})"
    return next((each.label for each in known if each.id == wanted.strip().lower()), first)
