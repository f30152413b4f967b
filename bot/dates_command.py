"""The `dates` command: every due date of a policy for one date of concern, and why, without an escalation.

It reads what was typed and writes lines or JSON; the counting is in `deadlines.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, assert_never

from bot.calendars import Calendar
from bot.dates import echo, in_words, read_date
from bot.deadlines import Deadline, progress, standing, timetable
from bot.errors import Doubtful, InvalidAnswer
from bot.policy import Agreed, Cumulative, FurtherAndTotal, NoClock, PerStage, Policy, Stage

EARLIEST, LATEST = date(1990, 1, 1), date(2100, 12, 31)
"""Days outside cannot be meant."""


def dates_lines(
    policy: Policy,
    calendar: Calendar,
    *,
    concern: date,
    entered: Mapping[str, date],
    agreed: Mapping[str, date],
    today: date,
) -> list[str]:
    """The timetable as lines of text; a blank line comes before each stage."""
    words = policy.vocabulary.concern_date
    lines = [
        f"{policy.name}, version {policy.version}",
        f"{words[:1].upper()}{words[1:]}: {echo(concern, today, calendar)}",
        f"Today: {in_words(today)}",
        f"Calendar: {calendar.name}",
    ]
    for one in timetable(policy, concern=concern, entered=entered, agreed=agreed, calendar=calendar):
        title = policy.stage(one.stage).title
        lines += ["", f"{one.label}: {title}" if title else one.label]
        facts = [
            ("Begins" if one.forecast else "Began", _day(one.entered, "forecast" if one.forecast else "")),
            ("Aim for", _day(one.soft)),
            ("Due", _day(one.due, "provisional" if one.provisional else "") or "no date"),
            ("Stands", _stands(policy, one, calendar, concern=concern, entered=entered, today=today)),
            ("Rule", one.rule),
        ]
        lines += [f"  {name + ':':<11}{fact}" for name, fact in facts if fact]
    return lines


def dates_json(
    policy: Policy,
    calendar: Calendar,
    *,
    concern: date,
    entered: Mapping[str, date],
    agreed: Mapping[str, date],
    today: date,
) -> list[dict[str, Any]]:
    """The timetable as JSON, one object a stage.

    Keys: stage, label, title, entered, forecast, soft, due (YYYY-MM-DD or null), behind (working days),
    provisional, working_day, of, counted_from (null where the stage has no clock or has not begun), standing,
    progress and rule (sentences). `working_day` runs on past `of` when the stage is late.
    """
    made = []
    for one in timetable(policy, concern=concern, entered=entered, agreed=agreed, calendar=calendar):
        start, of = _span(policy, one, concern, calendar)
        made.append(
            {
                "stage": one.stage,
                "label": one.label,
                "title": policy.stage(one.stage).title,
                "entered": _iso(one.entered),
                "forecast": one.forecast,
                "soft": _iso(one.soft),
                "due": _iso(one.due),
                "behind": one.behind,
                "provisional": one.provisional,
                "working_day": max(calendar.count(start, today), 0) if start else None,
                "of": of,
                "counted_from": _iso(start),
                "standing": standing(one, today, calendar),
                "progress": _stands(policy, one, calendar, concern=concern, entered=entered, today=today),
                "rule": one.rule,
            }
        )
    return made


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _day(day: date | None, note: str = "") -> str:
    return in_words(day) + (f" ({note})" if note else "") if day else ""


def _stands(
    policy: Policy,
    one: Deadline,
    calendar: Calendar,
    *,
    concern: date,
    entered: Mapping[str, date],
    today: date,
) -> str:
    """Progress at a stage that is still ahead or stood at; for one left behind, when it was left."""
    ladder = policy.ladder
    place = next(n for n, stage in enumerate(ladder) if stage.id == one.stage)
    left = next((stage for stage in ladder[place + 1 :] if stage.id in entered), None)
    if left is None:
        return progress(policy, one, concern=concern, today=today, calendar=calendar)
    moved = f"moved on to {left.label} on {in_words(entered[left.id])}"
    if one.entered is None:
        return f"not entered; {moved}"
    if one.due is None:
        return moved
    return f"{moved}, {'after its date' if standing(one, entered[left.id], calendar) == 'late' else 'in time'}"


def _span(policy: Policy, one: Deadline, concern: date, calendar: Calendar) -> tuple[date | None, int | None]:
    """The day from which a stage's working days are counted, and how many it has."""
    limit = policy.stage(one.stage).limit
    entry = one.entered if not one.forecast or one.entered == concern else None
    match limit:
        case NoClock():
            return None, None
        case Cumulative():
            return concern, limit.days
        case PerStage():
            return entry, limit.days
        case FurtherAndTotal():
            return entry, limit.further
        case Agreed():
            return entry, calendar.count(one.entered, one.due) if one.entered and one.due else limit.cap
        case _:
            assert_never(limit)


def stage_id(policy: Policy, typed: str) -> str:
    """The id of the stage meant by its id, label or number, in any case: "2", "Step 2", "stage-2".

    Raises InvalidAnswer naming the stages.
    """
    wanted = _plain(typed)
    own = _plain(policy.vocabulary.stage)
    numbered = re.fullmatch(rf"(?:(?:stage|step|level|{re.escape(own)}) ?)?0*(\d{{1,4}})", wanted)
    for stage in policy.ladder:
        if wanted in {_plain(stage.id), _plain(stage.label)} or (numbered and _number(policy, stage) == numbered[1]):
            return stage.id
    offered = ", ".join(f"{stage.id} ({stage.label})" for stage in policy.ladder)
    raise InvalidAnswer(f"“{_shown(typed)}” is not a stage of {policy.name}. Please give one of: {offered}.")


def _plain(text: str) -> str:
    return " ".join(re.split(r"[\s_-]+", text.casefold())).strip()


def _number(policy: Policy, stage: Stage) -> str:
    """The number that the policy gives the stage; its place in the ladder if it gives none."""
    printed = re.search(r"\d+", stage.label) or re.search(r"\d+$", stage.id)
    return printed.group().lstrip("0") if printed else str(policy.ladder.index(stage) + 1)


def stage_dates(policy: Policy, pairs: Sequence[str], today: date) -> dict[str, date]:
    """Days by stage id from texts like "stage-2=2026-03-09".

    The date is YYYY-MM-DD, or anything that is read without an assumption. Raises InvalidAnswer otherwise.
    """
    found: dict[str, date] = {}
    for pair in pairs:
        stage, equals, typed = pair.partition("=")
        if not equals:
            raise InvalidAnswer(
                f"“{_shown(pair)}” is not STAGE=DATE. Please give it like {policy.ladder[-1].id}=2026-03-27."
            )
        key = stage_id(policy, stage)
        if key in found:
            raise InvalidAnswer(f"{policy.stage(key).label} is given twice. Please give one date for each stage.")
        found[key] = _certain(typed.strip(), today)
    return found


def _certain(typed: str, today: date) -> date:
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", typed):
        try:
            day = date.fromisoformat(typed)
        except ValueError:
            raise InvalidAnswer(f"“{typed}” is not a day of the calendar. Please correct it.") from None
        if not EARLIEST <= day <= LATEST:
            raise InvalidAnswer(f"“{typed}” is too far away to be meant. Please correct the year.")
        return day
    try:
        return read_date(typed, today=today, expect="any")
    except Doubtful as doubt:
        meant = in_words(date.fromisoformat(doubt.value))
        raise InvalidAnswer(
            f"“{_shown(typed)}” may mean {meant}, but {doubt.because}. If it does, please type {doubt.value}."
        ) from None


def _shown(typed: str) -> str:
    return "".join(c if c.isprintable() else " " for c in typed[:60]).strip()
