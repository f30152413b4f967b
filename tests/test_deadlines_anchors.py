"""From which day a limit runs, what it waits for, and limits of two figures: ranges, pairs and targets."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from bot.deadlines import Course, check_sooner, deadline, owed, progress, standing
from bot.errors import InvalidAnswer
from bot.policy import Form
from tests.ladders import CONCERN, ENGLAND, PLAIN, at, day, found, ladder, policy_of, within

# ── anchors ─────────────────────────────────────────────────────────────────────────────────────────────────


def counted_from(since: str, given: Course, anchor: str = "initial_concern", **more: Any) -> date | None:
    policy = ladder(within("working_days", 1, since, **more), anchor)
    return deadline(policy, "stage-2", given, ENGLAND).counted_from


@pytest.mark.parametrize("since", ["initial_concern", "decision_received", "raised"])
def test_the_clocks_own_day_is_that_anchor_where_the_policy_says_so_and_no_other_is_given(since: str) -> None:
    entered = {"stage-1": day("5 Mar")}
    assert counted_from(since, Course(day("2 Mar"), entered), anchor=since) == day("2 Mar")
    given = Course(day("2 Mar"), entered, days={since: day("3 Mar")})
    assert counted_from(since, given, anchor=since) == day("3 Mar")


def test_it_was_raised_when_its_first_stage_was_entered() -> None:
    assert counted_from("raised", Course(CONCERN, {"stage-1": day("5 Mar"), "stage-2": day("9 Mar")})) == day("5 Mar")
    assert counted_from("raised", Course(CONCERN, {"stage-2": day("9 Mar")})) == day("9 Mar")
    assert counted_from("raised", Course(CONCERN)) == CONCERN


def test_a_clock_that_runs_from_each_stage_does_so() -> None:
    entered = Course(CONCERN, {"stage-1": day("5 Mar"), "stage-2": day("9 Mar")})
    assert counted_from("clock", entered, anchor="stage_entry") == day("9 Mar")
    assert counted_from("clock", entered, anchor="raised") == CONCERN


@pytest.mark.parametrize(("raised_on", "end"), [("2 Mar", "4 Mar 14:30"), ("3 Mar", "4 Mar 00:00")])
@pytest.mark.parametrize("since", ["clock", "raised"])
def test_a_clock_from_raising_has_a_moment_if_the_first_stage_was_entered_that_day(
    since: str, raised_on: str, end: str
) -> None:
    given = Course(day("2 Mar"), {"stage-1": day(raised_on)}, entered_at={"stage-1": at(f"{raised_on} 14:30")})
    assert deadline(ladder(within("hours", 48, since), "raised"), "stage-2", given, ENGLAND).due_at == at(end)


@pytest.mark.parametrize("since", ["stage_entry", "previous_step"])
def test_hours_are_forecast_from_the_moment_at_which_the_stage_before_is_due(since: str) -> None:
    policy = policy_of("Stage", [within("hours", 24), within("hours", 4, since)])
    given = Course(CONCERN, {"stage-1": day("2 Mar")}, entered_at={"stage-1": at("2 Mar 14:30")})
    assert deadline(policy, "stage-2", given, ENGLAND).due_at == at("3 Mar 18:30")


@pytest.mark.parametrize("since", ["initial_concern", "decision_received"])
def test_a_day_that_was_never_told_is_waited_for(since: str) -> None:
    one = deadline(ladder(within("hours", 48, since), "raised"), "stage-2", Course(CONCERN), ENGLAND)
    assert (one.due, one.soft, one.due_at, one.counted_from) == (None, None, None, None)
    assert one.rule.startswith("“As it is printed”: counted from the day ")
    assert one.rule.endswith("which is not recorded yet, so no date is given.")
    assert one.waits_for.endswith(" is recorded")


def test_a_notice_that_was_not_sent_is_waited_for() -> None:
    policy = ladder(within("working_days", 2, "notice_sent"))
    entered = {"stage-1": day("2 Mar"), "stage-2": day("4 Mar")}
    one = deadline(policy, "stage-2", Course(CONCERN, entered), ENGLAND)
    assert one.due is None
    assert one.rule == (
        "“As it is printed”: counted from the day on which the notice is sent, which has not happened yet,"
        " so no date is given."
    )
    assert progress(policy, one, concern=CONCERN, today=day("5 Mar"), calendar=ENGLAND) == (
        "nothing is counted until the notice is sent"
    )


@pytest.mark.parametrize(("one_per", "counted"), [("escalation", day("3 Mar")), ("stage", None)])
def test_a_stage_without_a_notice_of_its_own_goes_by_the_last_one_that_was_sent(
    one_per: str, counted: date | None
) -> None:
    moment = {"id": "m", "label": "M", "due": {"on": "entering", "every": True}, "send": True}
    form = Form.model_validate(
        {
            "id": "notice", "title": "Notice", "file_name": "notice", "headings": ["Notice"], "one_per": one_per,
            "moments": [moment], "sections": [{"id": "s", "moment": "m"}],
            "recipients": [{"id": "r", "name": "R", "email": "r@example.org"}],
        }
    )  # fmt: skip
    policy = ladder(within("working_days", 2, "notice_sent")).model_copy(update={"forms": [form]})
    entered = {"stage-1": day("2 Mar"), "stage-2": day("4 Mar")}
    given = Course(CONCERN, entered, notices={"stage-1": day("3 Mar")})
    assert deadline(policy, "stage-2", given, ENGLAND).counted_from == counted


def test_a_stage_ends_when_a_later_one_is_entered_and_until_then_its_end_is_forecast() -> None:
    limits = [
        PLAIN,
        PLAIN,
        within("working_days", 2, "previous_step"),
        within("days", 1, "previous_step", step="stage-1"),
    ]
    policy = policy_of("Stage", limits)
    begun = {"stage-1": day("2 Mar"), "stage-2": day("4 Mar")}
    third = deadline(policy, "stage-3", Course(CONCERN, begun), ENGLAND)
    assert (third.counted_from, third.due, third.forecast) == (day("11 Mar"), day("13 Mar"), True)
    assert "when Stage 2 is forecast to end" in third.rule
    fourth = deadline(policy, "stage-4", Course(CONCERN, begun), ENGLAND)
    assert (fourth.counted_from, fourth.due) == (day("4 Mar"), day("5 Mar"))
    assert "when Stage 1 ended" in fourth.rule
    on = Course(CONCERN, {**begun, "stage-4": day("6 Mar")})
    assert deadline(policy, "stage-3", on, ENGLAND).counted_from == day("6 Mar")
    assert deadline(policy, "stage-4", on, ENGLAND).counted_from == day("4 Mar")


def test_a_stage_whose_end_cannot_be_forecast_is_waited_for() -> None:
    words_only = {"rule": "no_clock", "words": "without delay", "printed": True}
    policy = policy_of("Stage", [words_only, within("working_days", 2, "previous_step")])
    one = deadline(policy, "stage-2", Course(CONCERN, {"stage-1": CONCERN}), ENGLAND)
    assert "counted from the day on which Stage 1 ends, which has not happened yet, so no date" in one.rule
    assert deadline(policy, "stage-1", Course(CONCERN), ENGLAND).printed == "without delay"


def test_the_first_stage_has_no_step_before_it_and_counts_from_its_beginning() -> None:
    policy = policy_of("Stage", [within("working_days", 2, "previous_step")])
    assert deadline(policy, "stage-1", Course(CONCERN, {"stage-1": day("2 Mar")}), ENGLAND).due == day("4 Mar")


def test_a_step_of_another_ladder_is_no_reason_to_fail() -> None:
    policy = policy_of("Stage", [PLAIN, within("working_days", 2, "previous_step", step="elsewhere")])
    one = deadline(policy, "stage-2", Course(CONCERN), ENGLAND)
    assert (one.due, one.waits_for) == (None, "“elsewhere” is over")


@pytest.mark.parametrize(
    ("other", "counts"),
    [
        ({"amount": 1, "unit": "weeks"}, "the 1 week counts"),
        ({"unit": "same_working_day"}, "the same working day counts"),
        ({"unit": "immediately"}, "acting at once counts"),
    ],
)
def test_the_winner_is_named_as_it_is_counted(other: dict[str, Any], counts: str) -> None:
    assert f"where they differ, {counts}." in found(within("hours", 48, as_well=other, wins="as_well"), "2 Mar").rule


# ── ranges, pairs and targets ───────────────────────────────────────────────────────────────────────────────


def test_a_range_has_a_target_and_a_last_day() -> None:
    one = found(within("working_days", 3, soft={"amount": 1, "unit": "working_days"}), "2 Mar")
    assert (one.soft, one.due) == (day("3 Mar"), day("5 Mar"))
    assert "3 working days (aim for 1 working day) counted from" in one.rule
    hours = found(within("hours", 8, soft={"amount": 4, "unit": "hours"}), "2 Mar 09:15")
    assert (hours.soft, hours.soft_at, hours.due_at) == (day("2 Mar"), at("2 Mar 13:15"), at("2 Mar 17:15"))


@pytest.mark.parametrize(
    ("wins", "start", "due", "end"),
    [
        # 48 hours from Friday afternoon end on Sunday, two working days with Tuesday.
        ("allow", "6 Mar 16:00", "8 Mar", "8 Mar 16:00"),
        ("as_well", "6 Mar 16:00", "10 Mar", None),
        ("earlier", "6 Mar 16:00", "8 Mar", "8 Mar 16:00"),
        ("later", "6 Mar 16:00", "10 Mar", None),
        # On the same day the hour comes before the end of it.
        ("earlier", "2 Mar 16:00", "4 Mar", "4 Mar 16:00"),
        ("later", "2 Mar 16:00", "4 Mar", None),
    ],
)
def test_of_a_pair_that_is_printed_as_equal_the_declared_one_counts(
    wins: str, start: str, due: str, end: str | None
) -> None:
    one = found(within("hours", 48, as_well={"amount": 2, "unit": "working_days"}, wins=wins), start)
    assert (one.due, one.due_at) == (day(due), at(end) if end else None)


def test_the_rule_names_the_winner_and_what_the_other_would_be() -> None:
    pair: dict[str, Any] = {"as_well": {"amount": 2, "unit": "working_days"}}
    assert found(within("hours", 48, wins="as_well", **pair), "6 Mar 16:00").rule == (
        "“As it is printed”: 2 working days counted from Friday 6 March 2026 (when Stage 2 began); that day, weekends"
        " and bank holidays are not counted. It is printed as equal to 48 hours, which is 16:00 on Sunday 8 March"
        " 2026; where they differ, the 2 working days count. Resolve it or move on by the end of the day it is due."
    )
    assert found(within("hours", 48, **pair), "6 Mar 16:00").rule == (
        "“As it is printed”: 48 hours counted from 16:00 on Friday 6 March 2026 (when Stage 2 began); nights, weekends"
        " and bank holidays are counted. It is printed as equal to 2 working days, which is Tuesday 10 March 2026;"
        " where they differ, the 48 hours count. Sunday 8 March 2026 is a weekend; the last working day before it is"
        " Friday 6 March 2026. Resolve it or move on by the hour it is due."
    )
    assert (
        "where they differ, the earlier one counts" in found(within("hours", 48, wins="earlier", **pair), "2 Mar").rule
    )


def test_a_last_day_that_is_no_working_day_is_said_with_the_one_before() -> None:
    easter = found(within("weeks", 1), "30 Mar")
    assert (
        "Monday 6 April 2026 is Easter Monday; the last working day before it is Thursday 2 April 2026." in easter.rule
    )
    assert "the next working day, as that is a weekend" in found(within("immediately"), "7 Mar").rule


def test_a_target_is_aimed_for_and_is_never_late() -> None:
    policy = ladder(within("working_days", 2, where_possible=True))
    entered = Course(CONCERN, {"stage-2": day("2 Mar")})
    one = deadline(policy, "stage-2", entered, ENGLAND)
    assert (one.soft, one.due) == (day("4 Mar"), None)
    assert "This is a target: it is aimed for, and passing it is no breach." in one.rule
    stands = [standing(one, day(text), ENGLAND) for text in ("2 Mar", "4 Mar", "5 Mar", "1 Dec")]
    assert stands == ["on time", "on time", "soft passed", "soft passed"]
    said = [progress(policy, one, concern=CONCERN, today=day(text), calendar=ENGLAND) for text in ("3 Mar", "6 Mar")]
    assert said == ["working day 1 of 2 (a target)", "2 working days after its target"]


# ── limits that say by when a stage is to be reached ────────────────────────────────────────────────────────

REACH = policy_of(
    "Stage",
    [
        {"rule": "cumulative", "words": "Within 1 day of the concern", "days": 1},
        {"rule": "cumulative", "words": "Within 4 days of the concern", "days": 4},
        {"rule": "per_stage", "words": "Within 3 days", "days": 3},
    ],
    limit_means="reach",
)


@pytest.mark.parametrize(
    ("stage", "entered", "due"),
    [
        ("stage-1", {"stage-1": "2 Mar"}, "6 Mar"),  # the next one is to be reached by then
        ("stage-2", {"stage-1": "2 Mar", "stage-2": "5 Mar"}, None),  # reached, and the next has its own days
        ("stage-3", {"stage-1": "2 Mar", "stage-2": "5 Mar", "stage-3": "9 Mar"}, "12 Mar"),
    ],
)
def test_what_has_been_reached_is_owed_no_longer_and_the_next_limit_is(
    stage: str, entered: dict[str, str], due: str | None
) -> None:
    course = Course(day("2 Mar"), {name: day(on) for name, on in entered.items()})
    found = owed(REACH, stage, course, ENGLAND)
    assert found.due == (day(due) if due else None)
    if stage == "stage-3":
        assert "Resolve it or move on by" in found.rule


def test_a_shorter_date_is_owed_also_where_the_stage_has_been_reached() -> None:
    course = Course(day("2 Mar"), {"stage-1": day("2 Mar")}, sooner={"stage-1": day("4 Mar")})
    assert owed(REACH, "stage-1", course, ENGLAND).due == day("4 Mar")
    with pytest.raises(InvalidAnswer, match="later than the policy allows"):
        check_sooner(REACH, "stage-1", day("9 Mar"), course, ENGLAND)
    check_sooner(REACH, "stage-1", day("5 Mar"), course, ENGLAND)
