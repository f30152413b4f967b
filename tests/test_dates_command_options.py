"""The options of the dates command: ladders, branches, priorities, shorter dates, notices, hours and clocks."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bot.cli import main
from bot.dates_command import Given, Typed, dates_json, dates_lines, read_typed, remarks
from bot.errors import InvalidAnswer
from bot.policy import Policy
from tests.ladders import ENGLAND, PLAIN, at, day, policy_of, within

PEOPLE = {"role": "Manager"}
CLOCKS = [
    {"id": "reply", "label": "Reply in writing", "owner": "challenged", "done_by": "replied",
     "limit": within("hours", 24)},
    {"id": "meet", "label": "Meet", "owner": "raising", "done_by": "meeting",
     "limit": within("working_days", 1, "previous_step")},
]  # fmt: skip
SECOND = {
    "clocks": CLOCKS,
    "limits": [{"priority": "risk", "limit": within("hours", 24)}],
    "branch_question": "Is it urgent?",
    "branches": [
        {"id": "urgent", "label": "Urgent", "limit": within("same_working_day")},
        {"id": "other", "label": "Not urgent", "limit": within("working_days", 10)},
    ],
}
LIMITS = [
    PLAIN,
    PLAIN,
    within("working_days", 2, "notice_sent"),
    within("weeks", 1, "decision_received", where_possible=True),
]
CLOSURE = {"name": "School holidays", "first": day("9 Mar"), "last": day("20 Mar")}


def whole() -> Policy:
    """Four stages of every shape, two ladders and two priorities."""
    made = policy_of("Stage", LIMITS, more={2: SECOND, 3: {"optional": "if need be"}}, closures=[CLOSURE])
    ladders = [
        {"id": "any", "label": "Any other matter", "stages": ["stage-1", "stage-2", "stage-3", "stage-4"]},
        {"id": "conference", "label": "A conference", "stages": ["stage-1", "stage-4"]},
    ]
    priorities = {
        "question": "How urgent?",
        "of": [{"id": "standard", "label": "Standard"}, {"id": "risk", "label": "Risk of harm"}],
    }
    return Policy.model_validate({**made.model_dump(), "ladders": ladders, "priorities": priorities})


WHOLE = whole()


def read(today: str | None = "2026-03-05", policy: Policy = WHOLE, **typed: Any) -> Given:
    options = {"concern": "2026-03-02", "entered": ("1=2026-03-02", "2=2026-03-03T14:30"), **typed}
    return read_typed(policy, ENGLAND, at("5 Mar 10:00"), Typed(today=today, **options))


def due(given: Given) -> dict[str, str | None]:
    return {stage["stage"]: stage["due_at"] or stage["due"] for stage in dates_json(given)}


def test_every_option_of_the_command_line_is_taken() -> None:
    file = Path(__file__).parent / "data" / "policies" / "northmoor.yml"
    options = [
        "--concern", "2026-03-02", "--entered", "step-1=2026-03-02", "--entered", "step-2=2026-03-03 14:30",
        "--sooner", "step-2=2026-03-04", "--notice", "step-4=2026-03-05", "--done", "step-2/acknowledge=2026-03-03",
        "--decision", "2026-02-27", "--raised", "2026-03-02", "--initial-concern", "2026-02-26", "--priority",
        "standard", "--today", "2026-03-05", "--json",
    ]  # fmt: skip
    done = CliRunner().invoke(main, ["dates", str(file), *options], catch_exceptions=False)
    assert done.exit_code == 0
    two = json.loads(done.stdout)[1]
    assert (two["due"], two["shorter"], two["clocks"][2]["due"]) == ("2026-03-04", True, "2026-03-04")
    refused = CliRunner().invoke(main, ["dates", str(file), *options, "--ladder", "x", "--branch", "step-1=x"])
    assert "--ladder: the policy has no ladders" in refused.stderr


def test_the_first_ladder_and_priority_are_assumed_and_that_is_said() -> None:
    assert dates_lines(read())[1:4] == [
        "Ladder: Any other matter (assumed; --ladder takes any, conference)",
        "Priority: Standard (assumed; --priority takes standard, risk)",
        "Branch of Stage 2: none chosen; --branch takes stage-2=urgent, stage-2=other",
    ]
    chosen = read(ladder="any", priority="RISK", branch=("2=other",))
    assert dates_lines(chosen)[1:4] == [
        "Ladder: Any other matter",
        "Priority: Risk of harm",
        "Branch of Stage 2: Not urgent",
    ]


def test_ladder_branch_and_priority_change_what_is_counted() -> None:
    assert due(read())["stage-2"] == "2026-03-10"
    assert due(read(priority="risk"))["stage-2"] == "2026-03-04T14:30:00+00:00"
    assert due(read(branch=("stage-2=urgent",)))["stage-2"] == "2026-03-03"
    assert list(due(read(ladder="conference", entered=()))) == ["stage-1", "stage-4"]


def test_a_shorter_date_a_notice_a_decision_and_a_clock_that_is_done_are_counted_with() -> None:
    given = read(
        sooner=("2=2026-03-06",),
        notice=("stage-3=2026-03-04",),
        decision_received="2026-03-02",
        done=("2/reply=2026-03-04", "stage 2/Meet=2026-03-05"),
        agreed=(),
    )
    one, two, three, four = dates_json(given)
    assert (two["due"], two["shorter"], two["working_day"], two["of"]) == ("2026-03-06", True, 2, 3)
    assert (three["due"], three["optional"], three["counted_from"]) == ("2026-03-06", True, "2026-03-04")
    assert (four["soft"], four["due"], four["standing"]) == ("2026-03-09", None, "on time")
    assert [(each["clock"], each["done_on"], each["standing"]) for each in two["clocks"]] == [
        ("reply", "2026-03-04", "done in time"),
        ("meet", "2026-03-05", "done in time"),
    ]
    assert one["clocks"] == []
    assert json.loads(json.dumps(dates_json(given))) == dates_json(given)


def test_other_days_that_limits_run_from_can_be_given() -> None:
    given = read(raised="2026-03-03", initial_concern="2026-02-27")
    assert given.course.days == {"raised": day("3 Mar"), "initial_concern": day("27 Feb")}


def test_hours_clocks_and_closures_are_shown_under_their_stage() -> None:
    lines = dates_lines(read(priority="risk"))
    begins = lines.index("Stage 2: Managers of rank 2")
    ends = lines.index("Stage 3: Managers of rank 3 (optional)")
    assert [line for line in lines[begins:ends] if "Rule:" not in line] == [
        "Stage 2: Managers of rank 2",
        "  Began:     Tuesday 3 March 2026",
        "  Due:       14:30 on Wednesday 4 March 2026",
        "  Stands:    1 calendar day after its date",
        "  – Reply in writing (challenged side)",
        "    Due:     14:30 on Wednesday 4 March 2026",
        "    Stands:  late",
        "  – Meet (raising side)",
        "    Due:     no date",
        "    Stands:  no date",
        "",
    ]
    assert "  Due:       no date" in lines[ends:]
    plain = dates_lines(read())
    assert plain[plain.index("  Due:       Tuesday 10 March 2026") + 3].startswith(
        "  Note:      Tuesday 10 March 2026 falls into this closure: School holidays"
    )
    assert [stage["warnings"] != [] for stage in dates_json(read())] == [True, True, False, False]


def test_the_real_day_is_judged_by_its_moment_and_a_given_one_as_a_whole() -> None:
    typed: dict[str, Any] = {"priority": "risk", "entered": ("1=2026-03-02", "2=2026-03-04 09:30")}
    real, whole_day = (dates_json(read(today, **typed))[1] for today in (None, "2026-03-05"))
    assert (real["standing"], real["progress"]) == ("late", "its time has just passed")
    assert (whole_day["standing"], whole_day["progress"]) == ("due today", "until 09:30 on Thursday 5 March 2026")


def test_a_stage_is_left_in_time_by_the_hour_where_that_is_given() -> None:
    hours = policy_of("Stage", [within("hours", 4), PLAIN])
    stood = [
        dates_json(read(policy=hours, entered=("1=2026-03-02 09:00", f"2=2026-03-02 {hour}")))[0]["standing"]
        for hour in ("13:00", "13:01")
    ]
    assert stood == ["on time", "late"]


def test_clocks_of_a_stage_still_ahead_have_not_begun() -> None:
    ahead = dates_json(read(today="2026-03-30", entered=("1=2026-03-02",)))[1]
    assert [each["standing"] for each in ahead["clocks"]] == ["not begun", "not begun"]
    first = policy_of("Stage", [PLAIN], more={1: {"clocks": CLOCKS[:1]}})
    assert dates_json(read(policy=first, entered=()))[0]["clocks"][0]["standing"] == "late"


def test_what_has_been_done_in_the_future_is_remarked_on() -> None:
    given = read(
        today=None,
        concern="2026-03-02",
        notice=("3=2026-03-06",),
        done=("2/reply=2026-03-06",),
        decision_received="2026-03-06",
        sooner=("2=2026-03-09",),
    )
    assert remarks(given) == [
        f"Please note: {what}, Friday 6 March 2026, is in the future."
        for what in (
            "the day of “decision received”",
            "the day on which this is done: “Reply in writing”",
            "the day on which the notice of Stage 3 is sent",
        )
    ]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"ladder": "x"}, "--ladder: “x” is not known. Please give one of: any (Any other matter), conference (A conf"),
        (
            {"priority": "x"},
            "--priority: “x” is not known. Please give one of: standard (Standard), risk (Risk of",
        ),
        (
            {"branch": ("2=x",)},
            "--branch stage-2: “x” is not known. Please give one of: urgent (Urgent), other (",
        ),
        ({"branch": ("1=x",)}, "--branch stage-1: the policy has no branches at this stage, so “x” is none."),
        ({"branch": ("2",)}, "--branch: “2” is not STAGE=ID. Please give it like stage-2=urgent."),
        ({"branch": ("9=urgent",)}, "--branch: “9” is not a stage of A policy for tests. Please give one of: stage-1"),
        ({"sooner": ("9=2026-03-04",)}, "--sooner: “9” is not a stage of A policy for tests."),
        ({"sooner": ("2=2026-03-11",)}, "--sooner: Wednesday 11 March 2026 is later than the policy allows"),
        ({"sooner": ("2=2026-03-08",)}, "--sooner: Sunday 8 March 2026 is not a working day"),
        ({"notice": ("3",)}, "--notice: “3” is not STAGE=DATE."),
        (
            {"done": ("2=2026-03-04",)},
            "--done: “2=2026-03-04” is not STAGE/CLOCK=DATE. Please give one of: stage",
        ),
        (
            {"done": ("2/say=2026-03-04",)},
            "--done: “2/say” is not a clock of A policy for tests. Please give one of:",
        ),
        ({"done": ("9/reply=2026-03-04",)}, "--done: “9” is not a stage of"),
        ({"done": ("2/reply=soon",)}, "--done 2/reply: “soon” is not a date I can read"),
        ({"decision_received": "soon"}, "--decision: “soon” is not a date I can read"),
        ({"initial_concern": "2026-02-30"}, "--initial-concern: “2026-02-30” is not a day of the calendar"),
        ({"entered": ("2=2026-03-04 25:30",)}, "--entered: “25:30” is not an hour of the day."),
    ],
)
def test_what_is_not_known_is_answered_with_what_is(typed: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidAnswer) as refused:
        read(**typed)
    assert str(refused.value).startswith(words)


def test_a_policy_without_choices_says_so() -> None:
    simple = policy_of("Stage", [PLAIN, PLAIN])
    cases: list[tuple[dict[str, Any], str]] = [
        ({"ladder": "x"}, "--ladder: the policy has no ladders, so “x” is none. Please leave it out."),
        ({"priority": "x"}, "--priority: the policy has no priorities, so “x” is none. Please leave it out."),
        ({"done": ("2/x=2026-03-04",)}, "--done: “2/x” is not a clock of A policy for tests. The policy has no clocks"),
    ]
    for typed, words in cases:
        with pytest.raises(InvalidAnswer) as refused:
            read(policy=simple, **typed)
        assert str(refused.value).startswith(words)
    assert dates_lines(read(policy=simple))[1].startswith("Date of initial concern:")


@pytest.mark.parametrize("typed", ["2026-03-03T14:30", "2026-03-03 14:30", "3 March 2026, 14:30", "3/3/2026 at 9:05"])
def test_an_hour_may_be_given_with_the_day(typed: str) -> None:
    hour = typed[-5:].strip().zfill(5)
    found = read(entered=(f"2={typed}",)).course
    assert found.entered == {"stage-2": day("3 Mar")}
    assert found.entered_at == {"stage-2": at(f"3 Mar {hour}")}
    assert isinstance(found.entered_at["stage-2"], datetime)
