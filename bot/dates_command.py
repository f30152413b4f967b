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
from bot.deadlines import Course, Deadline, check_agreed, not_begun, progress, standing, timetable
from bot.errors import Doubtful, InvalidAnswer
from bot.policy import Agreed, Cumulative, FurtherAndTotal, NoClock, PerStage, Policy, Stage, Within

EARLIEST, LATEST = date(1990, 1, 1), date(2100, 12, 31)
"""Days outside cannot be meant."""
ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


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
        *remarks(policy, concern=concern, entered=entered, today=today),
    ]
    for one in timetable(policy, Course(concern, entered, agreed), calendar):
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
    `standing` is "on time", "soft passed", "due today", "late", "no date", "not begun" or "not entered"; of a stage
    that was left it is "on time" or "late", as it was on that day.
    """
    made = []
    for one in timetable(policy, Course(concern, entered, agreed), calendar):
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
                "standing": _standing(policy, one, calendar, concern=concern, entered=entered, today=today),
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
    left = _left_for(policy, one, entered)
    if left is None:
        return progress(policy, one, concern=concern, today=today, calendar=calendar)
    moved = f"moved on to {left.label} on {in_words(entered[left.id])}"
    if one.entered is None:
        return f"not entered; {moved}"
    if one.due is None:
        return moved
    return f"{moved}, {'after its date' if standing(one, entered[left.id], calendar) == 'late' else 'in time'}"


def _standing(
    policy: Policy,
    one: Deadline,
    calendar: Calendar,
    *,
    concern: date,
    entered: Mapping[str, date],
    today: date,
) -> str:
    """The same in one word for programs; the two never contradict each other."""
    left = _left_for(policy, one, entered)
    if left is None:
        if not_begun(policy, one, concern=concern, today=today):
            return "not begun"
        return standing(one, today, calendar)
    if one.entered is None:
        return "not entered"
    was = standing(one, entered[left.id], calendar)
    return was if was in {"late", "no date"} else "on time"


def _left_for(policy: Policy, one: Deadline, entered: Mapping[str, date]) -> Stage | None:
    """The stage for which this one was left, or passed over."""
    ladder = policy.ladder
    place = next(n for n, stage in enumerate(ladder) if stage.id == one.stage)
    return next((stage for stage in ladder[place + 1 :] if stage.id in entered), None)


def _span(policy: Policy, one: Deadline, concern: date, calendar: Calendar) -> tuple[date | None, int | None]:
    """The day from which a stage's working days are counted, and how many it has."""
    limit = policy.stage(one.stage).limit
    entry = one.entered if not one.forecast or one.entered == concern else None
    match limit:
        case NoClock() | Within():
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


def stage_dates(policy: Policy, pairs: Sequence[str], today: date, *, option: str) -> dict[str, date]:
    """Days by stage id from texts like "stage-2=2026-03-09", which were given with this option.

    The date is one that `certain_day` takes. Raises InvalidAnswer, which names the option.
    """
    found: dict[str, date] = {}
    for pair in pairs:
        stage, equals, typed = pair.partition("=")
        if not equals:
            like = f"{policy.ladder[-1].id}=2026-03-27"
            raise InvalidAnswer(f"{option}: “{_shown(pair)}” is not STAGE=DATE. Please give it like {like}.")
        try:
            key = stage_id(policy, stage)
        except InvalidAnswer as unknown:
            raise InvalidAnswer(f"{option}: {unknown}") from None
        if key in found:
            label = policy.stage(key).label
            raise InvalidAnswer(f"{option}: {label} is given twice. Please give one date for each stage.")
        found[key] = certain_day(f"{option} {_shown(stage)}", typed, today)
    return found


def certain_day(option: str, typed: str, today: date) -> date:
    """The day typed for an option: YYYY-MM-DD, or anything that is read without an assumption.

    Nobody can be asked back on a command line, so what would be assumed is refused. Raises InvalidAnswer, which
    names the option.
    """
    typed = typed.strip()
    try:
        day = date.fromisoformat(typed) if ISO.fullmatch(typed) else read_date(typed, today=today, expect="any")
    except Doubtful as doubt:
        meant = in_words(date.fromisoformat(doubt.value))
        raise InvalidAnswer(
            f"{option}: “{_shown(typed)}” may mean {meant}, but {doubt.because}. If it does, please type {doubt.value}."
        ) from None
    except InvalidAnswer as invalid:
        raise InvalidAnswer(f"{option}: {invalid}") from None
    except ValueError:
        raise InvalidAnswer(f"{option}: “{typed}” is not a day of the calendar. Please correct it.") from None
    if not EARLIEST <= day <= LATEST:
        raise InvalidAnswer(
            f"{option}: “{_shown(typed)}” is too far away to be meant: the years {EARLIEST.year} to {LATEST.year} are"
            " counted. Please correct the year."
        )
    return day


def check_dates(
    policy: Policy,
    calendar: Calendar,
    *,
    concern: date,
    entered: Mapping[str, date],
    agreed: Mapping[str, date],
    today: date | None,
) -> None:
    """Whether an escalation can have these dates; raises InvalidAnswer with the reason if it cannot.

    `today` is the day that was given to count with. Without one nothing is refused for being still to come, because
    people plan ahead; `remarks` says it.
    """
    words = policy.vocabulary.concern_date
    if today and concern > today:
        raise InvalidAnswer(
            f"--concern: {in_words(concern)} is in the future: today is {in_words(today)}. Please correct one of them."
        )
    last, since = concern, f"the {words}"
    for stage in policy.ladder:
        day = entered.get(stage.id)
        if day is None:
            continue
        said = f"--entered: {stage.label} is given as entered on {in_words(day)}, which is"
        if day < last:
            raise InvalidAnswer(f"{said} before {since}, {in_words(last)}. Please correct one of them.")
        if today and day > today:
            raise InvalidAnswer(f"{said} in the future: today is {in_words(today)}. Please correct one of them.")
        last, since = day, f"the day on which {stage.label} was entered"
    _check_agreed_days(policy, calendar, concern=concern, entered=entered, agreed=agreed)


def _check_agreed_days(
    policy: Policy, calendar: Calendar, *, concern: date, entered: Mapping[str, date], agreed: Mapping[str, date]
) -> None:
    for one in timetable(policy, Course(concern, entered, agreed), calendar):
        if one.stage not in agreed:
            continue
        if one.entered is None and isinstance(policy.stage(one.stage).limit, Agreed):
            raise InvalidAnswer(
                f"--agreed: it is not known when {one.label} begins, so no date can be agreed for it. Please give it"
                f" with --entered {one.stage}=DATE, or leave the agreed date out."
            )
        try:
            check_agreed(policy, one.stage, agreed[one.stage], entered_on=one.entered or concern, calendar=calendar)
        except InvalidAnswer as refused:
            raise InvalidAnswer(f"--agreed: {refused}") from None


def remarks(policy: Policy, *, concern: date, entered: Mapping[str, date], today: date) -> list[str]:
    """A line for each date that is still to come, so that a slip in the year is seen."""
    words = policy.vocabulary.concern_date
    days = [(f"the {words}", concern)] + [
        (f"the day on which {stage.label} is entered", entered[stage.id])
        for stage in policy.ladder
        if stage.id in entered
    ]
    return [f"Please note: {said}, {in_words(day)}, is in the future." for said, day in days if day > today]


def _shown(typed: str) -> str:
    return "".join(c if c.isprintable() else " " for c in typed[:60]).strip()
