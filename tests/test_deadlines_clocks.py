"""What people set or leave open: clocks within a stage, shorter dates, optional stages and local closures."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.deadlines import (
    ClockDue,
    Course,
    Deadline,
    check_sooner,
    clock_standing,
    clocks,
    closures_met,
    deadline,
    not_begun,
    progress,
    standing,
    timetable,
    warnings_of,
)
from bot.errors import InvalidAnswer
from tests.ladders import CONCERN, ENGLAND, PLAIN, at, day, days, policy_of, within

# ── clocks within a stage ────────────────────────────────────────────────────────────────────────────────


def clock(name: str, owner: str, done_by: str, limit: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "label": f"To {name}", "owner": owner, "done_by": done_by, "limit": limit}


CLOCKS = [
    clock("say", "raising", "words_said", within("immediately")),
    clock("acknowledge", "challenged", "acknowledged", within("hours", 24)),
    clock("reply", "challenged", "replied", within("working_days", 2, "previous_step")),
    clock("meet", "raising", "meeting", {"rule": "no_clock", "words": "as soon as possible", "printed": True}),
    clock("write-up", "partnership", "written_up", within("days", 5, "previous_step", step="reply")),
]
SEVERAL = policy_of("Stage", [PLAIN, PLAIN], more={1: {"clocks": CLOCKS}})
BEGUN = Course(CONCERN, {"stage-1": day("2 Mar")}, entered_at={"stage-1": at("2 Mar 14:30")})


def of(name: str, given: Course) -> ClockDue:
    return next(one for one in clocks(SEVERAL, "stage-1", given, ENGLAND) if one.clock == name)


def test_every_clock_of_a_stage_has_an_owner_and_a_day_of_its_own() -> None:
    found = clocks(SEVERAL, "stage-1", BEGUN, ENGLAND)
    assert [(one.clock, one.owner, one.done_by, one.due) for one in found] == [
        ("say", "raising", "words_said", day("2 Mar")),
        ("acknowledge", "challenged", "acknowledged", day("3 Mar")),
        ("reply", "challenged", "replied", None),
        ("meet", "raising", "meeting", None),
        ("write-up", "partnership", "written_up", None),
    ]
    assert found[1].due_at == at("3 Mar 14:30")
    assert found[1].rule.endswith("are counted. It is to be done by the hour it is due.")
    assert (found[3].printed, found[3].waits_for) == ("as soon as possible", "")
    assert clocks(SEVERAL, "stage-2", BEGUN, ENGLAND) == []
    with pytest.raises(KeyError):
        clocks(SEVERAL, "stage-9", BEGUN, ENGLAND)


def test_a_clock_after_another_waits_until_that_is_done() -> None:
    assert "counted from the day on which this is done: “To acknowledge”, which has not happened yet" in (
        of("reply", BEGUN).rule
    )
    acknowledged = replace(BEGUN, done={"stage-1/acknowledge": day("3 Mar")})
    assert of("reply", acknowledged).due == day("5 Mar")
    assert "when this was done: “To acknowledge”" in of("reply", acknowledged).rule
    replied = replace(BEGUN, done={"stage-1/reply": day("4 Mar")})
    assert of("write-up", replied).due == day("9 Mar")


def test_a_clock_of_another_stage_or_the_end_of_a_stage_can_be_the_step_before() -> None:
    later = [
        clock("one", "raising", "replied", within("working_days", 1, "previous_step", step="stage-1/reply")),
        clock("two", "raising", "replied", within("working_days", 1, "previous_step", step="stage-1")),
        clock("three", "raising", "replied", within("working_days", 1, "previous_step", step="stage-1/none")),
    ]
    policy = policy_of("Stage", [PLAIN, PLAIN], more={1: {"clocks": CLOCKS}, 2: {"clocks": later}})
    given = Course(CONCERN, {"stage-1": day("2 Mar"), "stage-2": day("9 Mar")}, done={"stage-1/reply": day("4 Mar")})
    assert [one.due for one in clocks(policy, "stage-2", given, ENGLAND)] == [*days("5 Mar, 10 Mar"), None]


def test_the_first_clock_has_no_step_before_it_and_counts_from_the_end_of_the_stage_before() -> None:
    first = [clock("one", "raising", "replied", within("working_days", 1, "previous_step"))]
    policy = policy_of("Stage", [PLAIN, PLAIN], more={2: {"clocks": first}})
    given = Course(CONCERN, {"stage-1": day("2 Mar"), "stage-2": day("9 Mar")})
    assert clocks(policy, "stage-2", given, ENGLAND)[0].due == day("10 Mar")


@pytest.mark.parametrize(
    ("name", "done", "today", "stands"),
    [
        ("say", None, "2 Mar", "due today"),
        ("say", None, "3 Mar", "late"),
        ("say", "2 Mar", "9 Mar", "done in time"),
        ("say", "3 Mar", "9 Mar", "done late"),
        ("acknowledge", "3 Mar", "9 Mar", "done in time"),
        ("meet", None, "9 Mar", "no date"),
        ("meet", "4 Mar", "9 Mar", "done"),
    ],
)
def test_a_clock_that_is_done_keeps_its_date_and_says_whether_in_time(
    name: str, done: str | None, today: str, stands: str
) -> None:
    given = replace(BEGUN, done={f"stage-1/{name}": day(done)} if done else {})
    assert clock_standing(of(name, given), day(today), ENGLAND) == stands
    assert of(name, given).due == of(name, BEGUN).due


def test_a_clock_in_hours_is_late_after_its_moment() -> None:
    one = of("acknowledge", BEGUN)
    stands = [clock_standing(one, day("3 Mar"), ENGLAND, at(now)) for now in ("3 Mar 14:30", "3 Mar 14:31")]
    assert stands == ["due today", "late"]


def test_a_clock_may_have_a_shorter_date_of_its_own() -> None:
    sooner = replace(BEGUN, sooner={"stage-1/acknowledge": day("2 Mar"), "stage-1": day("4 Mar")})
    one = of("acknowledge", sooner)
    assert (one.key, one.due, one.due_at, one.shorter) == ("stage-1/acknowledge", day("2 Mar"), None, True)
    assert not of("say", sooner).shorter


@pytest.mark.parametrize(
    ("limit", "due"),
    [
        ({"rule": "cumulative", "words": "w", "days": 3}, "5 Feb"),
        ({"rule": "per_stage", "words": "w", "days": 3}, "5 Mar"),
        ({"rule": "agreed", "words": "w", "cap": 10}, "6 Mar"),
        ({"rule": "further_and_total", "words": "w", "further": 2, "total": 40}, "4 Mar"),
    ],
)
def test_a_clock_can_have_every_rule_that_a_stage_can(limit: dict[str, Any], due: str) -> None:
    policy = policy_of("Stage", [PLAIN], more={1: {"clocks": [clock("reply", "challenged", "replied", limit)]}})
    given = replace(BEGUN, agreed={"stage-1/reply": day("6 Mar")})
    assert clocks(policy, "stage-1", given, ENGLAND)[0].due == day(due)


# ── a shorter date for this child ────────────────────────────────────────────────────────────────────────

LIMITS: dict[str, dict[str, Any]] = {
    "cumulative": {"rule": "cumulative", "words": "w", "days": 8, "soft_days": 2},
    "per_stage": {"rule": "per_stage", "words": "w", "days": 8, "soft_days": 2},
    "further_and_total": {"rule": "further_and_total", "words": "w", "further": 8, "total": 8},
    "agreed": {"rule": "agreed", "words": "w", "cap": 8},
    "no_clock": {"rule": "no_clock", "words": "No limit is printed."},
    "working_days": within("working_days", 8, soft={"amount": 2, "unit": "working_days"}),
    "hours": within("hours", 240),
    "weeks": within("weeks", 2),
    "target": within("working_days", 8, where_possible=True),
    "unknown": within("working_days", 8, "notice_sent"),
}
WITHOUT_LIMIT = {"no_clock", "target", "unknown"}


def due_with(rule: str, sooner: str | None, **more: Any) -> Deadline:
    given = Course(day("2 Mar"), {"stage-1": day("2 Mar")}, sooner={"stage-1": day(sooner)} if sooner else {}, **more)
    return deadline(policy_of("Stage", [LIMITS[rule]]), "stage-1", given, ENGLAND)


@pytest.mark.parametrize("rule", LIMITS)
def test_a_shorter_date_is_the_due_date_under_every_rule(rule: str) -> None:
    one = due_with(rule, "5 Mar")
    assert (one.due, one.due_at, one.shorter) == (day("5 Mar"), None, True)
    kind = "date" if rule == "no_clock" else "shorter date"
    assert f"A {kind} was set for this child: Thursday 5 March 2026" in one.rule
    assert "so no date is given" not in one.rule
    assert standing(one, day("6 Mar"), ENGLAND) == "late"
    assert progress(policy_of("Stage", [LIMITS[rule]]), one, concern=day("2 Mar"), today=day("3 Mar"), calendar=ENGLAND)


@pytest.mark.parametrize("rule", sorted(LIMITS.keys() - WITHOUT_LIMIT))
def test_a_date_beyond_the_limit_gives_way_to_it(rule: str) -> None:
    one, plain = due_with(rule, "1 Apr"), due_with(rule, None)
    assert (one.due, one.due_at, one.soft, one.shorter) == (plain.due, plain.due_at, plain.soft, False)
    assert "Wednesday 1 April 2026 was set for this child, but this is the latest that the policy allows." in one.rule


def test_a_target_that_a_shorter_date_overtakes_is_dropped() -> None:
    assert due_with("cumulative", "4 Mar").soft is None
    assert due_with("cumulative", "5 Mar").soft == day("4 Mar")
    assert due_with("target", "5 Mar").soft is None


def test_of_an_agreed_and_a_shorter_date_the_earlier_is_due() -> None:
    assert due_with("agreed", "5 Mar", agreed={"stage-1": day("4 Mar")}).due == day("4 Mar")
    assert due_with("agreed", "5 Mar", agreed={"stage-1": day("6 Mar")}).due == day("5 Mar")


def test_an_hour_comes_before_the_end_of_the_same_day() -> None:
    begun = Course(CONCERN, {"stage-1": day("2 Mar")}, sooner={"stage-1": day("3 Mar")})
    moment = replace(begun, entered_at={"stage-1": at("2 Mar 14:30")})
    one = deadline(policy_of("Stage", [within("hours", 24)]), "stage-1", moment, ENGLAND)
    assert (one.due_at, one.shorter) == (at("3 Mar 14:30"), False)


def test_a_date_on_the_last_day_itself_changes_nothing() -> None:
    assert due_with("per_stage", "12 Mar") == due_with("per_stage", None)


def test_a_day_beyond_the_calendar_is_provisional_even_where_people_set_it() -> None:
    assert due_with("no_clock", "2 Mar 2029").provisional
    assert not due_with("no_clock", "2 Apr").provisional


@pytest.mark.parametrize(("rule", "stands"), [("hours", "late"), ("per_stage", "due today")])
def test_a_shorter_date_that_became_a_bank_holiday_lasts_no_longer_than_its_limit(rule: str, stands: str) -> None:
    begun = Course(day("1 Apr"), {"stage-1": day("1 Apr")}, sooner={"stage-1": day("3 Apr")})
    one = deadline(policy_of("Stage", [LIMITS[rule]]), "stage-1", begun, ENGLAND)
    assert standing(one, day("6 Apr"), ENGLAND) == stands


def test_progress_counts_to_the_shorter_date() -> None:
    policy = policy_of("Stage", [LIMITS["no_clock"]])
    said = progress(policy, due_with("no_clock", "5 Mar"), concern=day("2 Mar"), today=day("4 Mar"), calendar=ENGLAND)
    assert said == "working day 2 of 3, to the shorter date"


def test_a_shorter_date_changes_what_follows_and_not_a_stage_that_was_passed_over() -> None:
    policy = policy_of("Stage", [PLAIN, PLAIN, PLAIN])
    given = Course(day("2 Mar"), {"stage-1": day("2 Mar")}, sooner={"stage-1": day("4 Mar")})
    assert [one.due for one in timetable(policy, given, ENGLAND)] == days("4 Mar, 11 Mar, 18 Mar")
    over = Course(CONCERN, {"stage-1": CONCERN, "stage-3": day("2 Mar")}, sooner={"stage-2": day("3 Mar")})
    assert deadline(policy, "stage-2", over, ENGLAND).due is None


@pytest.mark.parametrize(
    ("rule", "sooner", "words"),
    [
        ("cumulative", "13 Mar", "Friday 13 March 2026 is later than the policy allows: its own limit for Stage 1 is"),
        ("hours", "12 Mar", "Thursday 12 March 2026 is later than the policy allows"),
        ("cumulative", "27 Feb", "Friday 27 February 2026 is before Stage 1 began."),
        ("no_clock", "27 Feb", "Friday 27 February 2026 is before Stage 1 began."),
        ("no_clock", "7 Mar", "Saturday 7 March 2026 is not a working day (a weekend)."),
        ("no_clock", "3 Apr", "Friday 3 April 2026 is not a working day (Good Friday)."),
    ],
)
def test_a_date_that_is_not_shorter_or_no_working_day_is_refused(rule: str, sooner: str, words: str) -> None:
    given = Course(day("2 Mar"), {"stage-1": day("2 Mar")})
    with pytest.raises(InvalidAnswer) as refused:
        check_sooner(policy_of("Stage", [LIMITS[rule]]), "stage-1", day(sooner), given, ENGLAND)
    assert str(refused.value).startswith(words)
    assert "Please give a working day from Monday 2 March 2026" in str(refused.value)


def test_a_shorter_date_is_not_before_the_stage_began_even_if_it_is_after_the_concern() -> None:
    later = Course(day("2 Mar"), {"stage-1": day("4 Mar")})
    with pytest.raises(InvalidAnswer, match="Tuesday 3 March 2026 is before Stage 1 began"):
        check_sooner(policy_of("Stage", [PLAIN]), "stage-1", day("3 Mar"), later, ENGLAND)
    ahead = Course(day("2 Mar"), {"stage-1": day("2 Mar")})
    check_sooner(policy_of("Stage", [PLAIN, PLAIN]), "stage-2", day("4 Mar"), ahead, ENGLAND)


def test_any_working_day_up_to_the_limit_may_be_set_and_an_earlier_choice_does_not_narrow_it() -> None:
    given = Course(day("2 Mar"), {"stage-1": day("2 Mar")}, sooner={"stage-1": day("4 Mar")})
    for text in ("2 Mar", "5 Mar", "12 Mar"):
        check_sooner(policy_of("Stage", [LIMITS["per_stage"]]), "stage-1", day(text), given, ENGLAND)
    check_sooner(policy_of("Stage", [LIMITS["no_clock"]]), "stage-1", day("1 Jul"), given, ENGLAND)


@given(st.sampled_from(sorted(LIMITS)), st.dates(date(2026, 3, 2), date(2026, 4, 30)))
def test_a_shorter_date_never_makes_a_limit_later(rule: str, sooner: date) -> None:
    given = Course(day("2 Mar"), {"stage-1": day("2 Mar")})
    policy = policy_of("Stage", [LIMITS[rule]])
    plain = deadline(policy, "stage-1", given, ENGLAND)
    one = deadline(policy, "stage-1", replace(given, sooner={"stage-1": sooner}), ENGLAND)
    assert one.due == min(plain.due or sooner, sooner)
    assert one.soft is None or one.soft <= one.due


# ── optional stages ──────────────────────────────────────────────────────────────────────────────────────

OPTIONAL = policy_of("Stage", [PLAIN, PLAIN, PLAIN], more={2: {"optional": "if the manager deems it appropriate"}})


def test_a_forecast_is_as_if_an_optional_stage_were_not_used() -> None:
    one, two, three = timetable(OPTIONAL, Course(day("2 Mar"), {"stage-1": day("2 Mar")}), ENGLAND)
    assert [each.due for each in (one, two, three)] == days("9 Mar, 16 Mar, 16 Mar")
    assert [each.optional for each in (one, two, three)] == [False, True, False]
    assert two.rule.endswith("This stage is optional: “if the manager deems it appropriate”.")


def test_an_optional_stage_that_is_used_counts_as_any_other() -> None:
    used = Course(day("2 Mar"), {"stage-1": day("2 Mar"), "stage-2": day("4 Mar")})
    _, two, three = timetable(OPTIONAL, used, ENGLAND)
    assert (two.due, three.entered, three.due) == (day("11 Mar"), day("11 Mar"), day("18 Mar"))
    assert "optional" not in two.rule


def test_an_optional_stage_that_was_left_out_has_no_date() -> None:
    first = policy_of("Stage", [PLAIN, PLAIN], more={1: {"optional": "where it helps"}})
    one, two = timetable(first, Course(day("2 Mar"), {"stage-2": day("3 Mar")}), ENGLAND)
    assert (one.entered, one.due, one.passed_over, two.due) == (None, None, True, day("10 Mar"))
    forecast = timetable(first, Course(day("2 Mar")), ENGLAND)
    assert [each.entered for each in forecast] == [day("2 Mar"), day("2 Mar")]


def test_after_an_optional_first_stage_that_is_used_the_next_has_not_begun() -> None:
    policy = policy_of("Stage", [PLAIN, PLAIN], more={1: {"optional": "where it helps"}})
    for entered, begun in [({}, True), ({"stage-1": day("2 Mar")}, False)]:
        one = deadline(policy, "stage-2", Course(day("2 Mar"), entered), ENGLAND)
        assert not_begun(policy, one, concern=day("2 Mar"), today=day("20 Mar")) is not begun


def test_the_step_before_is_the_last_stage_that_was_used() -> None:
    limits = [PLAIN, PLAIN, within("working_days", 1, "previous_step")]
    policy = policy_of("Stage", limits, more={2: {"optional": "if need be"}})
    begun = {"stage-1": day("2 Mar")}
    assert deadline(policy, "stage-3", Course(CONCERN, begun), ENGLAND).counted_from == day("9 Mar")
    used = Course(CONCERN, {**begun, "stage-2": day("4 Mar")})
    assert deadline(policy, "stage-3", used, ENGLAND).counted_from == day("11 Mar")


# ── local closures ───────────────────────────────────────────────────────────────────────────────────────

EASTER = {"name": "Easter school holidays", "first": day("30 Mar"), "last": day("10 Apr")}
CONFERENCE = {"name": "Staff conference", "first": day("19 Mar"), "last": day("20 Mar")}
INSET = {"name": "Staff training day", "first": day("11 Mar"), "last": day("11 Mar")}


def met(limit: dict[str, Any], entered: str, today: str | None = None) -> list[str]:
    policy = policy_of("Stage", [limit], closures=[EASTER, INSET, CONFERENCE])
    one = deadline(policy, "stage-1", Course(day(entered), {"stage-1": day(entered)}), ENGLAND)
    return [each.name for each in closures_met(policy, one, ENGLAND, day(today) if today else None)]


@pytest.mark.parametrize(
    ("limit", "entered", "names"),
    [
        (PLAIN, "24 Mar", ["Easter school holidays"]),  # due on 31 March
        (PLAIN, "20 Mar", []),  # due on 27 March
        (PLAIN, "4 Mar", ["Staff training day"]),
        (PLAIN, "3 Apr", []),  # due on 13 April
        (within("days", 2), "10 Mar", []),  # due on 12 March, with a working day left after the closure
        (within("days", 3), "9 Apr", ["Easter school holidays"]),  # Sunday 12 April: Friday is the only working day
        (within("days", 4), "18 Mar", ["Staff conference"]),  # Sunday 22 March; the day of entering is not counted
        (within("working_days", 5, where_possible=True), "24 Mar", ["Easter school holidays"]),
        ({"rule": "no_clock", "words": "w"}, "1 Apr", []),
    ],
)
def test_a_closure_is_met_by_the_last_day_or_by_every_working_day_until_it(
    limit: dict[str, Any], entered: str, names: list[str]
) -> None:
    assert met(limit, entered) == names


def test_the_days_left_are_those_from_today() -> None:
    limit = within("days", 9)
    assert met(limit, "3 Apr", today="3 Apr") == ["Easter school holidays"]  # due on Sunday 12 April
    assert met(limit, "26 Mar") == ["Easter school holidays"]  # due on Saturday 4 April
    assert met(within("days", 17), "26 Mar", today="27 Mar") == []
    assert met(within("days", 17), "26 Mar", today="30 Mar") == ["Easter school holidays"]


def test_a_closure_is_told_and_moves_no_date() -> None:
    policy = policy_of("Stage", [PLAIN], closures=[EASTER, INSET])
    given = Course(day("24 Mar"), {"stage-1": day("24 Mar")})
    one = deadline(policy, "stage-1", given, ENGLAND)
    assert one.due == deadline(policy_of("Stage", [PLAIN]), "stage-1", given, ENGLAND).due == day("31 Mar")
    assert one.warnings == (
        "Tuesday 31 March 2026 falls into this closure: Easter school holidays (Monday 30 March 2026 to Friday 10 April"
        " 2026). The clock goes on all the same: find out early who can be reached then.",
    )
    sunday = deadline(
        policy_of("Stage", [within("days", 3)], closures=[EASTER]), "stage-1", Course(day("9 Apr")), ENGLAND
    )
    assert sunday.warnings[0].startswith("Every working day before Sunday 12 April 2026 falls into this closure:")
    assert warnings_of(policy, one, ENGLAND, day("26 Mar")) == one.warnings


def test_a_clock_within_a_stage_warns_as_a_stage_does() -> None:
    limit = within("working_days", 5)
    policy = policy_of(
        "Stage", [PLAIN], more={1: {"clocks": [clock("reply", "challenged", "replied", limit)]}}, closures=[EASTER]
    )
    found = clocks(policy, "stage-1", Course(day("24 Mar")), ENGLAND)
    assert len(found[0].warnings) == 1
