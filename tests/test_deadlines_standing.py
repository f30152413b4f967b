"""How a limit of any allowance stands: by the moment, by the day, and in words."""

from __future__ import annotations

import pytest

from bot.deadlines import Course, deadline, not_begun, progress, standing
from tests.ladders import CONCERN, ENGLAND, at, course, day, ladder, within


@pytest.mark.parametrize(
    ("now", "stands", "said"),
    [
        ("2 Mar 14:30", "on time", "48 hours left"),
        ("3 Mar 14:31", "soft passed", "23 hours left"),
        ("4 Mar 00:01", "due today", "14 hours left"),
        ("4 Mar 14:00", "due today", "less than an hour left"),
        ("4 Mar 14:30", "due today", "less than an hour left"),
        ("4 Mar 14:31", "late", "its time has just passed"),
        ("4 Mar 16:00", "late", "1 hour after its time"),
        ("9 Mar 16:00", "late", "5 calendar days after its time"),
    ],
)
def test_a_limit_in_hours_is_late_after_its_moment(now: str, stands: str, said: str) -> None:
    policy = ladder(within("hours", 48, soft={"amount": 24, "unit": "hours"}))
    one = deadline(policy, "stage-2", course("stage_entry", day("2 Mar"), at("2 Mar 14:30")), ENGLAND)
    moment = at(now)
    assert standing(one, moment.date(), ENGLAND, moment) == stands
    assert progress(policy, one, concern=CONCERN, today=moment.date(), calendar=ENGLAND, now=moment) == said


def test_without_the_moment_a_limit_in_hours_is_judged_by_its_day() -> None:
    policy = ladder(within("hours", 48))
    one = deadline(policy, "stage-2", course("stage_entry", day("2 Mar"), at("2 Mar 14:30")), ENGLAND)
    assert [standing(one, day(text), ENGLAND) for text in ("3 Mar", "4 Mar", "5 Mar")] == [
        "on time",
        "due today",
        "late",
    ]
    said = [progress(policy, one, concern=CONCERN, today=day(text), calendar=ENGLAND) for text in ("3 Mar", "5 Mar")]
    assert said == ["until 14:30 on Wednesday 4 March 2026", "1 calendar day after its date"]


def test_a_calendar_day_is_not_made_longer_by_the_weekend_that_it_falls_on() -> None:
    policy = ladder(within("days", 5))
    one = deadline(policy, "stage-2", course("stage_entry", day("2 Mar")), ENGLAND)
    assert one.due == day("7 Mar")
    assert [standing(one, day(text), ENGLAND) for text in ("7 Mar", "8 Mar")] == ["due today", "late"]
    said = [progress(policy, one, concern=CONCERN, today=day(text), calendar=ENGLAND) for text in ("5 Mar", "8 Mar")]
    assert said == ["calendar day 3 of 5", "1 calendar day after its date"]


@pytest.mark.parametrize(
    ("unit", "today", "said"),
    [
        ("same_working_day", "2 Mar", "until the end of Monday 2 March 2026"),
        ("immediately", "3 Mar", "1 working day after its date"),
        ("working_days", "2 Mar", "working day 0 of 2, day 1 is Tuesday 3 March 2026"),
        ("working_days", "3 Mar", "working day 1 of 2"),
    ],
)
def test_progress_is_told_in_the_units_of_the_limit(unit: str, today: str, said: str) -> None:
    policy = ladder(within(unit, 2 if unit == "working_days" else 0))
    one = deadline(policy, "stage-2", course("stage_entry", day("2 Mar")), ENGLAND)
    assert progress(policy, one, concern=CONCERN, today=day(today), calendar=ENGLAND) == said


@pytest.mark.parametrize(
    ("since", "given", "begun"),
    [
        ("clock", Course(CONCERN), True),
        ("decision_received", Course(CONCERN, days={"decision_received": CONCERN}), True),
        ("decision_received", Course(CONCERN), False),
        ("raised", Course(CONCERN, {"stage-1": CONCERN}), True),
        ("notice_sent", Course(CONCERN, {"stage-1": CONCERN}), False),
        ("notice_sent", Course(CONCERN, {"stage-1": CONCERN, "stage-2": CONCERN}), True),
        ("stage_entry", Course(CONCERN, {"stage-1": CONCERN}), False),
        ("previous_step", Course(CONCERN, {"stage-1": CONCERN}), False),
        ("previous_step", Course(CONCERN, {"stage-1": CONCERN, "stage-2": CONCERN}), True),
    ],
)
def test_a_limit_from_a_day_of_the_whole_escalation_runs_before_its_stage_does(
    since: str, given: Course, begun: bool
) -> None:
    policy = ladder(within("working_days", 2, since))
    one = deadline(policy, "stage-2", given, ENGLAND)
    assert not_begun(policy, one, concern=CONCERN, today=CONCERN) is not begun


def test_a_clock_that_runs_from_each_stage_has_not_begun_before_its_stage() -> None:
    policy = ladder(within("working_days", 2, "clock"), anchor="stage_entry")
    one = deadline(policy, "stage-2", Course(CONCERN, {"stage-1": CONCERN}), ENGLAND)
    assert not_begun(policy, one, concern=CONCERN, today=day("1 Dec"))
