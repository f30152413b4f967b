"""When stages are due: the golden dates of four policies, and the sentences around them."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.deadlines import Course, Deadline, check_agreed, deadline, progress, standing, time_taken, timetable
from bot.errors import InvalidAnswer
from bot.policy import Policy
from tests.ladders import CALENDARS, ENGLAND, SCOTLAND, day, days, policy_of


def cumulative(words: str, days: int, soft: int | None = None) -> dict[str, Any]:
    return {"rule": "cumulative", "words": words, "days": days, "soft_days": soft}


def further(words: str, days: int, total: int) -> dict[str, Any]:
    return {"rule": "further_and_total", "words": words, "further": days, "total": total}


HEREFORDSHIRE = policy_of(
    "Stage",
    [
        cumulative("Within 1-3 working days of initial concern", 3, soft=1),
        cumulative("Within 8 working days of initial concern", 8),
        cumulative("Within 13 working days of initial concern", 13),
        cumulative("Within 20 working days of initial concern", 20),
    ],
)
SEFTON = policy_of(
    "Step",
    [
        further("Within 2 working days", 2, 2),
        further("Within further 2 working days (4 days total)", 2, 4),
        further("Within further 2 working days (6 days total)", 2, 6),
        further("Within further 5 working days (11 days total)", 5, 11),
    ],
)
TRAFFORD = policy_of("Stage", [{"rule": "agreed", "words": "should not exceed 10 working days", "cap": 10}] * 3)
ISLANDS = policy_of("stage", [{"rule": "no_clock", "words": "No time limit is stated."}] * 3)
PER_STAGE = policy_of("Stage", [{"rule": "per_stage", "words": "Within 5 working days", "days": 5, "soft_days": 3}] * 2)
ALL = (HEREFORDSHIRE, SEFTON, TRAFFORD, ISLANDS, PER_STAGE)

NONE: Mapping[str, date] = {}


def due_at(policy: Policy, stage: str, concern: str, agreed: Mapping[str, date] = NONE, **entered: str) -> Deadline:
    """`entered` by stage id with _ for -."""
    began = {name.replace("_", "-"): day(text) for name, text in entered.items()}
    return deadline(policy, stage, Course(day(concern), began, agreed), ENGLAND)


def said(policy: Policy, one: Deadline, concern: str, today: str) -> str:
    return progress(policy, one, concern=day(concern), today=day(today), calendar=ENGLAND)


# ── golden dates ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("concern", "soft", "due"),
    [
        ("2 Mar", "3 Mar", "5 Mar, 12 Mar, 19 Mar, 30 Mar"),
        ("1 Apr", "2 Apr", "8 Apr, 15 Apr, 22 Apr, 1 May"),
        ("4 Apr", "7 Apr", "9 Apr, 16 Apr, 23 Apr, 5 May"),
        ("22 Dec 2025", "23 Dec 2025", "29 Dec 2025, 6 Jan, 13 Jan, 22 Jan"),
    ],
)
def test_every_limit_counts_from_the_initial_concern_in_herefordshire(concern: str, soft: str, due: str) -> None:
    found = timetable(HEREFORDSHIRE, Course(day(concern), {}, {}), ENGLAND)
    assert [one.due for one in found] == days(due)
    assert [one.soft for one in found] == [day(soft), None, None, None]


@pytest.mark.parametrize(
    ("concern", "due"),
    [("1 Apr", "7 Apr, 9 Apr, 13 Apr, 20 Apr"), ("22 May", "27 May, 29 May, 2 Jun, 9 Jun")],
)
def test_the_running_totals_of_sefton_are_met_when_every_step_takes_its_time(concern: str, due: str) -> None:
    found = timetable(SEFTON, Course(day(concern), {}, {}), ENGLAND)
    assert [one.due for one in found] == days(due)
    assert [one.entered for one in found] == [day(concern), *days(due)[:3]]
    assert all(one.forecast and not one.behind for one in found)


def test_an_early_move_in_sefton_brings_the_next_step_forward() -> None:
    assert due_at(SEFTON, "step-2", "2 Mar", step_1="2 Mar", step_2="3 Mar").due == day("5 Mar")


def test_a_late_move_in_sefton_gets_its_further_days_and_is_flagged_as_behind() -> None:
    late = due_at(SEFTON, "step-2", "2 Mar", step_1="2 Mar", step_2="9 Mar")
    assert (late.due, late.behind) == (day("11 Mar"), 1)
    assert "ran out on Friday 6 March 2026 (1 working day behind the overall plan)" in late.rule


def test_a_step_begun_on_the_last_day_of_its_total_is_due_that_day() -> None:
    last = due_at(SEFTON, "step-2", "2 Mar", step_2="6 Mar")
    assert (last.due, last.behind) == (day("6 Mar"), 0)


@pytest.mark.parametrize(("entered", "cap"), [("1 Apr", "17 Apr"), ("22 Dec 2025", "8 Jan")])
def test_without_an_agreed_date_the_longest_allowed_applies_in_trafford(entered: str, cap: str) -> None:
    found = due_at(TRAFFORD, "stage-1", entered, stage_1=entered)
    assert found.due == day(cap)
    assert "no date is agreed yet" in found.rule


def test_an_agreed_date_is_the_due_date() -> None:
    found = due_at(TRAFFORD, "stage-1", "1 Apr", {"stage-1": day("10 Apr")}, stage_1="1 Apr")
    assert found.due == day("10 Apr")
    assert "the date agreed. The policy allows until Friday 17 April 2026" in found.rule


def test_a_recorded_date_beyond_the_cap_gives_way_to_the_cap() -> None:
    found = due_at(TRAFFORD, "stage-1", "1 Apr", {"stage-1": day("20 Apr")}, stage_1="1 Apr")
    assert found.due == day("17 Apr")
    assert "Monday 20 April 2026 was agreed, but the policy allows no later than this" in found.rule


def test_a_limit_of_each_stage_counts_from_its_beginning() -> None:
    found = due_at(PER_STAGE, "stage-2", "2 Mar", stage_2="9 Mar")
    assert (found.soft, found.due) == (day("12 Mar"), day("16 Mar"))


def test_without_a_clock_there_is_no_date() -> None:
    found = timetable(ISLANDS, Course(day("2 Mar"), {"stage-1": day("2 Mar")}, {}), ENGLAND)
    assert [one.due for one in found] == [None, None, None]
    assert [one.entered for one in found] == [day("2 Mar"), None, None]
    assert [one.forecast for one in found] == [False, True, True]
    assert "so no date is given" in found[0].rule


def test_the_time_taken_is_told_in_both_units() -> None:
    assert time_taken(day("2 Mar"), day("1 May"), ENGLAND) == "60 calendar days (42 working days)"
    assert time_taken(day("8 May 2028"), day("10 May 2028"), CALENDARS["guernsey"]) == "2 calendar days (1 working day)"
    assert time_taken(day("20 Dec 2028"), day("3 Jan 2029"), ENGLAND).endswith(" working days, provisional)")


# ── forecasts, stages passed over, and the horizon ───────────────────────────────────────────────────────


def test_only_the_ladder_has_deadlines_and_in_its_order() -> None:
    found = timetable(SEFTON, Course(day("2 Mar"), {}, {}), ENGLAND)
    assert [one.stage for one in found] == ["step-1", "step-2", "step-3", "step-4"]
    with pytest.raises(KeyError):
        due_at(SEFTON, "pre-escalation", "2 Mar")


def test_a_forecast_starts_where_the_last_stage_entered_is_due() -> None:
    third = due_at(SEFTON, "step-3", "2 Mar", step_1="2 Mar", step_2="9 Mar")
    assert (third.entered, third.due, third.behind, third.forecast) == (day("11 Mar"), day("13 Mar"), 1, True)
    assert "is forecast to begin" in third.rule


def test_the_first_stage_begins_on_the_anchor_where_nothing_else_is_said() -> None:
    first = due_at(SEFTON, "step-1", "2 Mar", step_2="9 Mar")
    assert (first.entered, first.due, first.forecast) == (day("2 Mar"), day("4 Mar"), False)


def test_a_stage_passed_over_has_no_beginning_and_says_so() -> None:
    over = due_at(TRAFFORD, "stage-2", "2 Mar", stage_1="2 Mar", stage_3="4 Mar")
    assert (over.entered, over.due, over.forecast) == (None, None, False)
    assert "the escalation went on to Stage 3 without it" in over.rule


def test_a_stage_after_one_without_a_clock_waits_for_its_beginning() -> None:
    mixed = policy_of(
        "Stage",
        [
            {"rule": "no_clock", "words": "No limit"},
            {"rule": "per_stage", "words": "Within 5 working days", "days": 5},
            cumulative("Within 20 working days of initial concern", 20),
        ],
    )
    found = timetable(mixed, Course(day("2 Mar"), {}, {}), ENGLAND)
    assert [one.due for one in found] == [None, None, day("30 Mar")]
    assert "it is not known when it begins" in found[1].rule


@pytest.mark.parametrize("policy", [HEREFORDSHIRE, SEFTON, TRAFFORD, PER_STAGE])
def test_dates_beyond_the_published_holidays_are_provisional_and_say_so(policy: Policy) -> None:
    concern = day("20 Dec 2028")
    found = timetable(policy, Course(concern, {}, {}), ENGLAND)
    last = found[-1]
    assert last.due is not None
    assert last.due > ENGLAND.sure_to
    assert last.provisional
    assert (
        "Provisional: bank holidays are known only from Monday 1 January 2024 to Tuesday 26 December 2028" in last.rule
    )
    earlier = timetable(policy, Course(day("2 Mar"), {}, {}), ENGLAND)
    assert not any(one.provisional or "Provisional" in one.rule for one in earlier)


def test_a_concern_before_the_calendar_begins_is_provisional_too() -> None:
    assert due_at(HEREFORDSHIRE, "stage-1", "1 Dec 2023").provisional


def test_what_is_forecast_from_a_provisional_date_is_provisional_too() -> None:
    one, two = timetable(PER_STAGE, Course(day("28 Dec 2023")), ENGLAND)
    assert (one.due, one.provisional) == (day("5 Jan 2024"), True)
    assert (two.due, two.provisional) == (day("12 Jan 2024"), True)
    entered = Course(day("28 Dec 2023"), {"stage-2": day("5 Jan 2024")})
    assert not deadline(PER_STAGE, "stage-2", entered, ENGLAND).provisional


def test_an_agreed_date_is_provisional_when_its_latest_date_is() -> None:
    agreed = {"stage-1": day("22 Dec 2028")}
    assert due_at(TRAFFORD, "stage-1", "20 Dec 2028", agreed, stage_1="20 Dec 2028").provisional


# ── words ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_rule_quotes_the_policy_and_says_what_was_counted_from_when() -> None:
    assert due_at(HEREFORDSHIRE, "stage-1", "2 Mar").rule == (
        "“Within 1-3 working days of initial concern”: 3 working days (aim for 1) counted from Monday 2 March 2026"
        " (date of initial concern); that day, weekends and bank holidays are not counted."
        " Resolve it or move on by the end of the day it is due."
    )
    assert "earlier of" not in due_at(SEFTON, "step-1", "2 Mar", step_1="2 Mar").rule
    assert due_at(SEFTON, "step-2", "2 Mar", step_2="3 Mar").rule == (
        "“Within further 2 working days (4 days total)”: the earlier of 2 working days counted from"
        " Tuesday 3 March 2026 (when Step 2 began), and 4 working days in all counted from Monday 2 March 2026"
        " (date of initial concern); that day, weekends and bank holidays are not counted."
        " Resolve it or move on by the end of the day it is due."
    )


@pytest.mark.parametrize(
    ("means", "words"), [("conclude", "Resolve it"), ("reach", "is to be reached"), ("respond", "A response")]
)
def test_a_rule_says_what_the_limit_asks_for(means: str, words: str) -> None:
    policy = policy_of("Stage", [cumulative("Within 8 working days", 8)], limit_means=means)
    assert words in due_at(policy, "stage-1", "2 Mar").rule


@pytest.mark.parametrize(
    ("today", "words"),
    [
        ("1 Mar", "working day 0 of 8, day 1 is Tuesday 3 March 2026 (of 20 for all stages)"),
        ("2 Mar", "working day 0 of 8, day 1 is Tuesday 3 March 2026 (of 20 for all stages)"),
        ("9 Mar", "working day 5 of 8 (of 20 for all stages)"),
        ("8 Mar", "working day 4 of 8 (of 20 for all stages)"),
        ("12 Mar", "working day 8 of 8 (of 20 for all stages)"),
        ("13 Mar", "1 working day after its date"),
        ("17 Mar", "3 working days after its date"),
    ],
)
def test_progress_counts_the_working_days_since_the_concern(today: str, words: str) -> None:
    assert said(HEREFORDSHIRE, due_at(HEREFORDSHIRE, "stage-2", "2 Mar", stage_2="5 Mar"), "2 Mar", today) == words


def test_progress_at_the_top_names_one_number_only() -> None:
    assert said(HEREFORDSHIRE, due_at(HEREFORDSHIRE, "stage-4", "2 Mar"), "2 Mar", "23 Mar") == "working day 15 of 20"


def test_progress_on_the_weekend_after_the_date_counts_no_day_yet() -> None:
    friday = due_at(SEFTON, "step-2", "2 Mar", step_2="4 Mar")
    assert friday.due == day("6 Mar")
    assert said(SEFTON, friday, "2 Mar", "7 Mar") == "its date has just passed"


def test_progress_in_sefton_names_the_step_and_the_total() -> None:
    on_time = due_at(SEFTON, "step-2", "2 Mar", step_2="4 Mar")
    assert said(SEFTON, on_time, "2 Mar", "5 Mar") == "working day 1 of 2 at this stage, 3 of 4 in all"
    begun = "working day 0 of 2 at this stage (day 1 is Thursday 5 March 2026), 2 of 4 in all"
    assert said(SEFTON, on_time, "2 Mar", "4 Mar") == begun
    behind = due_at(SEFTON, "step-2", "2 Mar", step_2="9 Mar")
    words = said(SEFTON, behind, "2 Mar", "10 Mar")
    assert words == "working day 1 of 2 at this stage, 1 working day behind the overall plan"


def test_progress_in_sefton_names_no_day_at_the_step_that_comes_after_the_due_date() -> None:
    late_raised = due_at(SEFTON, "step-1", "2 Mar", step_1="4 Mar")
    assert late_raised.due == day("4 Mar")
    assert said(SEFTON, late_raised, "2 Mar", "4 Mar") == "working day 2 of 2 in all"


def test_progress_counts_to_the_agreed_date_or_to_the_cap() -> None:
    agreed = due_at(TRAFFORD, "stage-1", "1 Apr", {"stage-1": day("10 Apr")}, stage_1="1 Apr")
    assert said(TRAFFORD, agreed, "1 Apr", "7 Apr") == "working day 2 of 5"
    assert (
        said(TRAFFORD, due_at(TRAFFORD, "stage-1", "1 Apr", stage_1="1 Apr"), "1 Apr", "7 Apr") == "working day 2 of 10"
    )


def test_progress_of_a_stage_that_has_not_begun_is_no_number() -> None:
    assert said(TRAFFORD, due_at(TRAFFORD, "stage-2", "1 Apr", stage_1="1 Apr"), "1 Apr", "7 Apr") == "not begun"
    assert said(PER_STAGE, due_at(PER_STAGE, "stage-1", "2 Mar"), "2 Mar", "4 Mar") == "working day 2 of 5"


def test_without_a_clock_the_age_is_told() -> None:
    first = due_at(ISLANDS, "stage-1", "2 Mar", stage_1="13 Mar")
    words = "open for 12 working days (16 calendar days), 3 of them working days at this stage"
    assert said(ISLANDS, first, "2 Mar", "18 Mar") == words
    assert said(ISLANDS, due_at(ISLANDS, "stage-1", "2 Mar"), "2 Mar", "3 Mar") == (
        "open for 1 working day (1 calendar day)"
    )


def test_a_stage_without_a_clock_that_has_not_begun_is_not_begun() -> None:
    second = due_at(ISLANDS, "stage-2", "2 Mar", stage_1="13 Mar")
    assert said(ISLANDS, second, "2 Mar", "18 Mar") == "not begun"
    planned = due_at(ISLANDS, "stage-1", "2 Mar", stage_1="13 Mar")
    assert said(ISLANDS, planned, "2 Mar", "12 Mar") == "not begun"
    assert said(ISLANDS, due_at(ISLANDS, "stage-1", "2 Mar"), "2 Mar", "1 Mar") == "not begun"


def test_our_own_words_are_not_quoted_as_if_the_partnership_had_printed_them() -> None:
    rule = due_at(ISLANDS, "stage-1", "2 Mar").rule
    assert rule == "The policy sets no number of days, so no date is given. No time limit is stated."
    with pytest.raises(InvalidAnswer) as refused:
        check_agreed(ISLANDS, "stage-1", day("3 Mar"), entered_on=day("2 Mar"), calendar=ENGLAND)
    assert str(refused.value) == "stage 1 has no date to agree: the policy sets no number of days for it."


@pytest.mark.parametrize(
    ("today", "expected"),
    [("3 Mar", "on time"), ("4 Mar", "soft passed"), ("5 Mar", "due today"), ("6 Mar", "late")],
)
def test_a_stage_is_late_only_when_its_day_is_over(today: str, expected: str) -> None:
    assert standing(due_at(HEREFORDSHIRE, "stage-1", "2 Mar"), day(today), ENGLAND) == expected


def test_a_stage_without_a_date_is_never_late() -> None:
    assert standing(due_at(ISLANDS, "stage-1", "2 Mar"), day("1 Dec"), ENGLAND) == "no date"


def test_a_due_day_that_became_a_bank_holiday_lasts_until_the_next_working_day() -> None:
    world_cup = {"stage-1": day("15 Jun")}
    found = deadline(
        TRAFFORD,
        "stage-1",
        Course(day("5 Jun"), {"stage-1": day("5 Jun")}, world_cup),
        SCOTLAND,
    )
    assert standing(found, day("16 Jun"), SCOTLAND) == "due today"
    assert standing(found, day("17 Jun"), SCOTLAND) == "late"


# ── agreeing on a date ───────────────────────────────────────────────────────────────────────────────────


def test_a_date_within_the_cap_may_be_agreed() -> None:
    for text in ("1 Apr", "10 Apr", "17 Apr"):
        check_agreed(TRAFFORD, "stage-2", day(text), entered_on=day("1 Apr"), calendar=ENGLAND)


@pytest.mark.parametrize(
    ("agreed", "words"),
    [
        ("20 Apr", "Monday 20 April 2026 is too late: the policy says “should not exceed 10 working days”"),
        ("31 Mar", "Tuesday 31 March 2026 is before Stage 2 began"),
        ("11 Apr", "Saturday 11 April 2026 is not a working day (a weekend)"),
        ("6 Apr", "Monday 6 April 2026 is not a working day (Easter Monday)"),
    ],
)
def test_another_date_is_refused_with_the_last_day_possible(agreed: str, words: str) -> None:
    with pytest.raises(InvalidAnswer) as refused:
        check_agreed(TRAFFORD, "stage-2", day(agreed), entered_on=day("1 Apr"), calendar=ENGLAND)
    assert str(refused.value).startswith(words)
    assert "from Wednesday 1 April 2026 to Friday 17 April 2026." in str(refused.value)


def test_no_date_can_be_agreed_where_the_policy_sets_it() -> None:
    with pytest.raises(InvalidAnswer, match="Step 1 has no date to agree"):
        check_agreed(SEFTON, "step-1", day("3 Mar"), entered_on=day("2 Mar"), calendar=ENGLAND)


# ── for any policy and any dates ─────────────────────────────────────────────────────────────────────────


@given(
    st.sampled_from(ALL),
    st.dates(date(2024, 1, 1), date(2028, 12, 31)),
    st.lists(st.integers(0, 30), max_size=4),
    st.integers(0, 60),
)
def test_deadlines_hold_together_whenever_stages_are_entered(
    policy: Policy, concern: date, gaps: list[int], later: int
) -> None:
    entered, began = {}, concern
    for stage, gap in zip(policy.ladder, gaps, strict=False):
        began += timedelta(days=gap)
        entered[stage.id] = began
    today = began + timedelta(days=later)
    for one in timetable(policy, Course(concern, entered, {}), ENGLAND):
        assert one == deadline(policy, one.stage, Course(concern, entered, {}), ENGLAND)
        assert one.forecast == (one.stage not in entered)
        assert one.behind >= 0
        assert one.rule.endswith(".")
        assert progress(policy, one, concern=concern, today=today, calendar=ENGLAND)
        if one.due:
            assert ENGLAND.is_working(one.due)
            assert one.soft is None or one.soft <= one.due
            assert one.provisional or ENGLAND.is_sure(one.due)
            assert (standing(one, today, ENGLAND) == "late") == (today > one.due)
