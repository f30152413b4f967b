"""Everything that a timetable is asked for with, and whether an escalation can have these dates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from bot.calendars import Calendar
from bot.dates import in_words
from bot.deadlines import Course, check_agreed, check_sooner, timetable
from bot.errors import InvalidAnswer
from bot.policy import Agreed, Policy


@dataclass(frozen=True)
class Given:
    """`policy` is on its ladder, in its branches and under its priority. `now` is given where today is the real day."""

    policy: Policy
    calendar: Calendar
    course: Course
    today: date
    now: datetime | None = None
    choices: tuple[tuple[str, str], ...] = ()
    """What was chosen or assumed where the policy has several: ("Ladder", "A decision"), …"""


def check_dates(given: Given, *, today: date | None) -> None:
    """Whether an escalation can have these dates; raises InvalidAnswer with the reason if it cannot.

    `today` is the day that was given to count with. Without one nothing is refused for being still to come, because
    people plan ahead; `remarks` says it.
    """
    concern, words = given.course.concern, given.policy.vocabulary.concern_date
    if today and concern > today:
        raise InvalidAnswer(
            f"--concern: {in_words(concern)} is in the future: today is {in_words(today)}. Please correct one of them."
        )
    last, since = concern, f"the {words}"
    for stage in given.policy.ladder:
        day = given.course.entered.get(stage.id)
        if day is None:
            continue
        said = f"--entered: {stage.label} is given as entered on {in_words(day)}, which is"
        if day < last:
            raise InvalidAnswer(f"{said} before {since}, {in_words(last)}. Please correct one of them.")
        if today and day > today:
            raise InvalidAnswer(f"{said} in the future: today is {in_words(today)}. Please correct one of them.")
        last, since = day, f"the day on which {stage.label} was entered"
    _check_agreed_days(given)
    _check_sooner_days(given)


def _check_agreed_days(given: Given) -> None:
    policy, course = given.policy, given.course
    for one in timetable(policy, course, given.calendar):
        if one.stage not in course.agreed:
            continue
        if one.entered is None and isinstance(policy.stage(one.stage).limit, Agreed):
            raise InvalidAnswer(
                f"--agreed: it is not known when {one.label} begins, so no date can be agreed for it. Please give it"
                f" with --entered {one.stage}=DATE, or leave the agreed date out."
            )
        began = one.entered or course.concern
        try:
            check_agreed(policy, one.stage, course.agreed[one.stage], entered_on=began, calendar=given.calendar)
        except InvalidAnswer as refused:
            raise InvalidAnswer(f"--agreed: {refused}") from None


def _check_sooner_days(given: Given) -> None:
    for stage, day in given.course.sooner.items():
        try:
            check_sooner(given.policy, stage, day, given.course, given.calendar)
        except InvalidAnswer as refused:
            raise InvalidAnswer(f"--sooner: {refused}") from None


def remarks(given: Given) -> list[str]:
    """A line for each date that is still to come, so that a slip in the year is seen."""
    ahead = [(said, day) for said, day in _happened(given) if day > given.today]
    return [f"Please note: {said}, {in_words(day)}, is in the future." for said, day in ahead]


def _happened(given: Given) -> Iterator[tuple[str, date]]:
    """What can have happened only until today; dates agreed or set are meant to be ahead."""
    policy, course = given.policy, given.course
    yield f"the {policy.vocabulary.concern_date}", course.concern
    for name, day in course.days.items():
        yield f"the day of “{name.replace('_', ' ')}”", day
    for stage in policy.ladder:
        if stage.id in course.entered:
            yield f"the day on which {stage.label} is entered", course.entered[stage.id]
        if stage.id in course.notices:
            yield f"the day on which the notice of {stage.label} is sent", course.notices[stage.id]
        for clock in stage.clocks:
            if day_done := course.done.get(f"{stage.id}/{clock.id}"):
                yield f"the day on which this is done: “{clock.label}”", day_done
