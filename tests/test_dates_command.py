"""The dates command: what it prints, what it gives to programs, and how stages and dates are typed."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import bot
from bot.calendars import load
from bot.dates_command import (
    Given,
    certain_day,
    check_dates,
    dates_json,
    dates_lines,
    remarks,
    stage_dates,
    stage_id,
)
from bot.deadlines import Course
from bot.errors import InvalidAnswer
from bot.policy import Policy

ENGLAND = load(Path(bot.__file__).parent.parent / "policies" / "calendars" / "england-and-wales.json")
CONCERN, TODAY = date(2026, 3, 2), date(2026, 3, 9)
NONE: Mapping[str, date] = {}


def policy_of(*stages: tuple[str, str, dict[str, Any]], word: str = "Stage") -> Policy:
    """A policy whose stages are given as (id, label, limit)."""
    people = {"role": "Manager"}
    return Policy.model_validate(
        {
            "id": "test",
            "version": "7",
            "name": "A policy for tests",
            "partnership": {"name": "A partnership", "short": "AP", "team": "AP team"},
            "provenance": {
                "snapshot_notice": "Not the policy.",
                "sources": [{"title": "Invented"}],
                "made_on": date(2026, 1, 1),
            },
            "vocabulary": {"stage": word},
            "clock": {"anchor": "initial_concern", "calendar": "england-and-wales"},
            "danger": {"children_services": "Children’s services"},
            "advice": {"ownership": ["You still own it."]},
            "channel": "escalations",
            "stages": [
                {
                    "id": name,
                    "label": label,
                    "title": f"{label} title",
                    "raising": people,
                    "challenged": people,
                    "limit": limit,
                }
                for name, label, limit in stages
            ],
        }
    )


WITHIN_3 = {"rule": "cumulative", "words": "Within 1-3 working days", "days": 3, "soft_days": 1}
WITHIN_8 = {"rule": "cumulative", "words": "Within 8 working days", "days": 8}
FROM_CONCERN = policy_of(("stage-1", "Stage 1", WITHIN_3), ("stage-2", "Stage 2", WITHIN_8))
STEPS = policy_of(
    ("step-1", "Step 1", {"rule": "further_and_total", "words": "Within 2", "further": 2, "total": 2}),
    ("step-2", "Step 2", {"rule": "further_and_total", "words": "Further 2 (4)", "further": 2, "total": 4}),
    word="Step",
)
MIXED = policy_of(
    ("talk", "A first talk", {"rule": "no_clock", "words": "No limit is stated"}),
    ("managers", "Managers", {"rule": "agreed", "words": "At most 10 working days", "cap": 10}),
    ("board", "The board", {"rule": "per_stage", "words": "Within 5 working days", "days": 5}),
)


def given(
    policy: Policy,
    *,
    today: date = TODAY,
    concern: date = CONCERN,
    entered: Mapping[str, date] = NONE,
    agreed: Mapping[str, date] = NONE,
) -> Given:
    return Given(policy, ENGLAND, Course(concern, entered, agreed), today)


def printed(policy: Policy, *, today: date = TODAY, concern: date = CONCERN, **entered: date) -> str:
    began = {name.replace("_", "-"): day for name, day in entered.items()}
    return "\n".join(dates_lines(given(policy, today=today, concern=concern, entered=began)))


def test_the_timetable_reads_as_text() -> None:
    assert printed(FROM_CONCERN, stage_1=date(2026, 3, 2), stage_2=date(2026, 3, 5)).splitlines() == [
        "A policy for tests, version 7",
        "Date of initial concern: Monday 2 March 2026 (5 working days ago)",
        "Today: Monday 9 March 2026",
        "Calendar: England and Wales",
        "",
        "Stage 1: Stage 1 title",
        "  Began:     Monday 2 March 2026",
        "  Aim for:   Tuesday 3 March 2026",
        "  Due:       Thursday 5 March 2026",
        "  Stands:    moved on to Stage 2 on Thursday 5 March 2026, in time",
        "  Rule:      “Within 1-3 working days”: 3 working days (aim for 1) counted from Monday 2 March 2026"
        " (date of initial concern); that day, weekends and bank holidays are not counted."
        " Resolve it or move on by the end of the day it is due.",
        "",
        "Stage 2: Stage 2 title",
        "  Began:     Thursday 5 March 2026",
        "  Due:       Thursday 12 March 2026",
        "  Stands:    working day 5 of 8",
        "  Rule:      “Within 8 working days”: 8 working days counted from Monday 2 March 2026"
        " (date of initial concern); that day, weekends and bank holidays are not counted."
        " Resolve it or move on by the end of the day it is due.",
    ]


def test_a_stage_not_yet_begun_is_marked_as_forecast() -> None:
    assert "  Begins:    Thursday 5 March 2026 (forecast)" in printed(FROM_CONCERN, stage_1=CONCERN)


def test_a_stage_left_after_its_date_or_passed_over_says_so() -> None:
    late = printed(STEPS, step_1=CONCERN, step_2=date(2026, 3, 9))
    assert "moved on to Step 2 on Monday 9 March 2026, after its date" in late
    assert "1 working day behind the overall plan" in late
    over = printed(MIXED, talk=CONCERN, board=TODAY)
    assert "not entered; moved on to The board on Monday 9 March 2026" in over
    assert "  Stands:    moved on to The board on Monday 9 March 2026\n" in over


def test_a_stage_without_a_date_says_no_date() -> None:
    assert printed(MIXED).count("  Due:       no date") == 3


def test_a_date_beyond_the_published_holidays_is_marked_as_provisional() -> None:
    text = printed(FROM_CONCERN, concern=date(2028, 12, 20))
    assert "  Due:       Wednesday 3 January 2029 (provisional)" in text
    assert "  Due:       Wednesday 27 December 2028 (provisional)" in text


def test_programs_get_dates_numbers_and_the_rule() -> None:
    began = {"step-1": date(2026, 3, 2), "step-2": date(2026, 3, 9)}
    first, second = dates_json(given(STEPS, entered=began, today=date(2026, 3, 10)))
    assert json.loads(json.dumps(second)) == second
    rule = second.pop("rule")
    assert rule.startswith("“Further 2 (4)”: 2 working days counted from Monday 9 March 2026")
    assert second == {
        "stage": "step-2",
        "label": "Step 2",
        "title": "Step 2 title",
        "optional": False,
        "entered": "2026-03-09",
        "forecast": False,
        "soft": None,
        "soft_at": None,
        "due": "2026-03-11",
        "due_at": None,
        "shorter": False,
        "behind": 1,
        "provisional": False,
        "waits_for": "",
        "warnings": [],
        "clocks": [],
        "working_day": 1,
        "of": 2,
        "counted_from": "2026-03-09",
        "standing": "on time",
        "progress": "working day 1 of 2 at this stage, 1 working day behind the overall plan",
    }
    assert (first["due"], first["standing"], first["working_day"]) == ("2026-03-04", "late", 6)


def test_programs_get_null_where_nothing_is_counted() -> None:
    talk, managers, board = dates_json(given(MIXED, entered={"talk": CONCERN}, today=TODAY))
    assert [stage["due"] for stage in (talk, managers, board)] == [None, None, None]
    assert [stage["working_day"] for stage in (talk, managers, board)] == [None, None, None]
    assert [stage["of"] for stage in (talk, managers, board)] == [None, 10, 5]


def test_programs_get_the_working_days_of_an_agreed_date() -> None:
    agreed = {"managers": date(2026, 3, 13)}
    managers = dates_json(given(MIXED, entered={"managers": CONCERN}, agreed=agreed, today=TODAY))[1]
    assert (managers["due"], managers["working_day"], managers["of"]) == ("2026-03-13", 5, 9)


# ── stages and dates as typed ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("typed", ["2", "step 2", "Step-2", "stage-2", "STAGE 2", "step2", "step_2", "level 2", " 02 "])
def test_a_stage_is_known_by_id_label_or_number(typed: str) -> None:
    assert stage_id(STEPS, typed) == "step-2"


def test_a_stage_without_a_number_is_known_by_name_or_place() -> None:
    assert [stage_id(MIXED, typed) for typed in ("the board", "BOARD", "3", "stage 3")] == ["board"] * 4


@pytest.mark.parametrize("typed", ["", "0", "3", "stage", "steps 2", "2 3", "two", "step-2\ud83d"])
def test_an_unknown_stage_is_answered_with_the_list(typed: str) -> None:
    with pytest.raises(InvalidAnswer) as refused:
        stage_id(STEPS, typed)
    assert str(refused.value).endswith("Please give one of: step-1 (Step 1), step-2 (Step 2).")
    assert str(refused.value).encode()


def test_dates_of_stages_are_read_as_iso_or_as_people_write_them() -> None:
    pairs = ["1=2026-03-02", "Step 2 = 9 March 2026"]
    assert stage_dates(STEPS, pairs, TODAY, option="--entered") == {
        "step-1": date(2026, 3, 2),
        "step-2": date(2026, 3, 9),
    }
    assert stage_dates(STEPS, ["1=2022-03-01"], TODAY, option="--entered") == {"step-1": date(2022, 3, 1)}
    assert stage_dates(STEPS, [], TODAY, option="--entered") == {}


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        (["step-2"], "is not STAGE=DATE. Please give it like step-2=2026-03-27"),
        (["9=2026-03-02"], "“9” is not a stage of A policy for tests"),
        (["1=2026-03-02", "step 1=2026-03-03"], "Step 1 is given twice"),
        (["1=2026-02-30"], "“2026-02-30” is not a day of the calendar"),
        (["1=0026-03-02"], "too far away to be meant"),
        (["1=9999-12-31"], "too far away to be meant"),
        (
            ["1=2 March"],
            "“2 March” may mean Monday 2 March 2026, but no year was given. If it does, please type 2026-03-02.",
        ),
        (["1=soon"], "“soon” is not a date I can read"),
        (["1="], "--entered 1: No date was given"),
    ],
)
def test_anything_less_than_certain_is_refused_with_the_reason(pairs: list[str], words: str) -> None:
    with pytest.raises(InvalidAnswer) as refused:
        stage_dates(STEPS, pairs, TODAY, option="--entered")
    assert str(refused.value).startswith("--entered")
    assert words in str(refused.value)


@pytest.mark.parametrize("typed", ["1989-12-31", "2101-01-01", "0026-03-02", "9999-12-31"])
def test_years_that_cannot_be_meant_are_refused_with_the_name_of_the_option(typed: str) -> None:
    with pytest.raises(InvalidAnswer, match=r"^--concern: .* is too far away to be meant: the years 1990 to 2100"):
        certain_day("--concern", typed, TODAY)


# ── dates that an escalation cannot have ─────────────────────────────────────────────────────────────────


def refusal(policy: Policy, today: date | None = TODAY, concern: date = CONCERN, **days: Mapping[str, date]) -> str:
    typed = given(policy, concern=concern, entered=days.get("entered", NONE), agreed=days.get("agreed", NONE))
    with pytest.raises(InvalidAnswer) as refused:
        check_dates(typed, today=today)
    return str(refused.value)


def test_stages_are_entered_in_their_order_after_the_concern_and_before_today() -> None:
    early, late = date(2026, 3, 3), date(2026, 3, 5)
    assert refusal(STEPS, entered={"step-1": late, "step-2": early}) == (
        "--entered: Step 2 is given as entered on Tuesday 3 March 2026, which is before the day on which Step 1 was"
        " entered, Thursday 5 March 2026. Please correct one of them."
    )
    assert "before the date of initial concern, Monday 2 March 2026" in refusal(
        STEPS, entered={"step-2": date(2026, 3, 1)}
    )
    assert "in the future: today is Monday 9 March 2026" in refusal(STEPS, entered={"step-2": date(2026, 3, 10)})
    assert refusal(STEPS, concern=date(2026, 3, 10)).startswith(
        "--concern: Tuesday 10 March 2026 is in the future: today is Monday 9 March 2026."
    )


def test_two_stages_may_be_entered_on_one_day_and_one_may_be_passed_over() -> None:
    for entered in ({"step-1": CONCERN, "step-2": CONCERN}, {"step-2": TODAY}):
        check_dates(given(STEPS, entered=entered), today=TODAY)


def test_where_no_today_is_given_a_date_to_come_is_remarked_on_and_not_refused() -> None:
    concern, entered = date(2026, 3, 10), {"step-1": date(2026, 3, 11)}
    check_dates(given(STEPS, concern=concern, entered=entered), today=None)
    expected = [
        "Please note: the date of initial concern, Tuesday 10 March 2026, is in the future.",
        "Please note: the day on which Step 1 is entered, Wednesday 11 March 2026, is in the future.",
    ]
    assert remarks(given(STEPS, concern=concern, entered=entered)) == expected
    assert printed(STEPS, concern=concern, step_1=entered["step-1"]).splitlines()[4:6] == expected
    assert remarks(given(STEPS, entered={"step-1": TODAY})) == []


def test_a_date_that_may_not_be_agreed_is_refused() -> None:
    entered = {"managers": CONCERN}
    too_late = refusal(MIXED, entered=entered, agreed={"managers": date(2026, 3, 17)})
    assert too_late.startswith("--agreed: Tuesday 17 March 2026 is too late")
    assert "(a weekend)" in refusal(MIXED, entered=entered, agreed={"managers": date(2026, 3, 7)})
    assert refusal(MIXED, agreed={"talk": TODAY}).startswith("--agreed: A first talk has no date to agree")
    assert "The board has no date to agree: the policy says" in refusal(MIXED, agreed={"board": TODAY})
    unknown = refusal(MIXED, agreed={"managers": TODAY})
    assert "not known when Managers begins" in unknown
    assert "--entered managers=DATE" in unknown
    check_dates(given(MIXED, entered=entered, agreed={"managers": date(2026, 3, 16)}), today=TODAY)


def test_an_agreed_date_of_a_stage_to_come_is_measured_from_its_forecast() -> None:
    two = policy_of(
        *((f"stage-{n}", f"Stage {n}", {"rule": "agreed", "words": "At most 10", "cap": 10}) for n in (1, 2))
    )
    agreed = {"stage-1": date(2026, 3, 4), "stage-2": date(2026, 3, 18)}
    check_dates(given(two, agreed=agreed), today=TODAY)
    assert "Stage 2 began on Wednesday 4 March 2026" in refusal(two, agreed={**agreed, "stage-2": date(2026, 3, 19)})


def test_what_programs_get_in_one_word_never_contradicts_the_sentence() -> None:
    today = date(2026, 3, 20)
    entered = {"talk": CONCERN}
    stages = dates_json(given(MIXED, entered=entered, today=today))
    assert [(one["standing"], one["progress"]) for one in stages[1:]] == [("not begun", "not begun")] * 2
    assert stages[0]["standing"] == "no date"
    began = {"step-1": CONCERN, "step-2": date(2026, 3, 4)}
    first, second = dates_json(given(STEPS, entered=began, today=today))
    assert (first["standing"], first["progress"][-7:]) == ("on time", "in time")
    assert (second["standing"], second["progress"]) == ("late", "10 working days after its date")
    over = dates_json(given(STEPS, entered={"step-2": CONCERN}, today=today))
    assert over[0]["standing"] == "on time"
