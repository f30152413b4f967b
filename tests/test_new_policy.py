"""Starting a policy file by asking: from a pipe, as a person would type it."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.config import SHIPPED
from bot.errors import InvalidAnswer
from bot.policy import Policy
from bot.policy_files import check, load, questions, summary, written
from bot.policy_files.started import Started
from bot.policy_files.starting import Ask

CALENDARS = SHIPPED / "calendars"
TODAY = date(2026, 3, 2)

ABOUT = [
    "Examplebury SCP",
    "ESCP",
    "ESCP Office",
    "Examplebury Policy",
    "examplebury",
    "",
    "social care in Examplebury",
]
TIME = ["2", "", ""]
STAGE_1 = ["", "Line manager", "", "1", "3", "within 3 working days", "yes"]
STAGE_2 = ["", "Director", "Chair", "6", "as soon as possible", "no"]
FORM = ["yes", "Report to ESCP", "1", "2", "", "office@escp.example.org"]
ALL = [*ABOUT, *TIME, *STAGE_1, *STAGE_2, "", *FORM]


def typed(lines: list[str], *arguments: Path | str) -> Result:
    said = "".join(f"{line}\n" for line in lines)
    return CliRunner().invoke(main, ["new-policy", *map(str, arguments)], input=said, catch_exceptions=False)


def started(folder: Path, lines: list[str]) -> Policy:
    file = folder / "new.yml"
    done = typed(lines, file)
    assert done.exit_code == 0, done.output
    assert check([file], CALENDARS, TODAY)[0] == []
    return load(file, CALENDARS)


def test_what_was_answered_stands_in_a_file_that_passes_the_check(tmp_path: Path) -> None:
    said = "\n".join(summary(started(tmp_path, ALL)))
    assert "Form: Report to ESCP\n" in said
    for words in (
        "Examplebury SCP (ESCP). Policy examplebury, version 1.",
        "Threads are in the channel examplebury-escalations; forms are received by ESCP Office.",
        "Days run from the day on which it was raised",
        "Working days of england-and-wales",
        "If a child is in danger: 999, and social care in Examplebury.",
        "For the challenged side: Line manager",
        "Limit as printed: within 3 working days\n  Read as: at the latest 3 working days after the day on which",
        "For the challenged side: Chair\n  Limit as printed: as soon as possible\n  Read as: no due date",
        "Whoever raised the escalation stays responsible for moving it on until it is resolved.",
        "On reaching Stage 2: filled by the raiser; due on entering Stage 2 or any later one.",
        "Goes to ESCP Office, by mail: office@escp.example.org.",
        "1. Which paper is this file made from",
    ):
        assert words in said


def test_it_says_what_to_do_next_and_how_the_file_is_checked(tmp_path: Path) -> None:
    said = typed(ALL, tmp_path / "new.yml").stdout
    assert f"{tmp_path / 'new.yml'} is written." in said
    assert f"escalation-bot check {tmp_path / 'new.yml'}" in said


def test_each_question_has_a_line_of_help_and_what_cannot_be_read_is_asked_again(tmp_path: Path) -> None:
    lines = list(ALL)
    lines[4:5] = ["Example Bury!", "sefton", "examplebury"]
    lines[lines.index("3") : lines.index("3")] = ["three", "0", "401"]
    lines[-1:] = ["the office", "office@escp.example.org"]
    done = typed(lines, tmp_path / "new.yml")
    assert done.exit_code == 0
    for words in (
        "Error: “Example Bury!” cannot be used. Please type at most 60 small letters, digits and dashes",
        f"Error: “sefton” is the policy in {SHIPPED / 'sefton.yml'}. Please give this one another name.",
        "Error: “three” is not a whole number from 1 to 400. Please type one.",
        "Error: “401” is not a whole number from 1 to 400. Please type one.",
        "Error: “the office” is not an e-mail address I can use.",
        "What is the partnership called, in full?\n  For example: Examplebury Safeguarding Children Partnership",
    ):
        assert words in done.stdout
    assert "office@escp.example.org" in (tmp_path / "new.yml").read_text("utf-8")


@pytest.mark.parametrize("anchor", ["1", "2", "3"])
def test_a_limit_of_every_kind_can_be_begun_with(tmp_path: Path, anchor: str) -> None:
    limits = [["1", "3"], ["2", "2", "5"], ["3", "10"], ["4", "7"], ["5", "48"]]
    stages = [["", "A", "B", *limit, f"limit {n}", "yes"] for n, limit in enumerate(limits)]
    ladder = [line for stage in stages for line in stage]
    policy = started(tmp_path, [*ABOUT, anchor, "", "scotland", *ladder, "", "A", "B", "6", "", "no", "", "no"])
    told = [stage.limit.model_dump(exclude_unset=True, exclude={"words", "allow"}) for stage in policy.stages]
    assert told == [
        {"rule": "cumulative", "days": 3},
        {"rule": "further_and_total", "further": 2, "total": 5},
        {"rule": "per_stage", "days": 10},
        {"rule": "agreed", "cap": 7},
        {"rule": "within", "since": "stage_entry"},
        {"rule": "no_clock"},
    ]
    assert (policy.clock.calendar, policy.forms) == ("scotland", [])


def test_where_the_clock_begins_anew_at_each_stage_nothing_is_counted_from_the_first_day(tmp_path: Path) -> None:
    file = tmp_path / "new.yml"
    done = typed([*ABOUT, "4", "", "", "", "A", "B", "2", "9", "nine days", "no", "", "no"], file)
    assert "and so many in all" not in done.stdout
    assert load(file, CALENDARS).stages[0].limit.rule == "agreed"


def test_days_from_the_first_day_cannot_fall(tmp_path: Path) -> None:
    again = ["", "Director", "", "1", "2", "5", "within 5 working days", "no"]
    done = typed([*ABOUT, *TIME, *STAGE_1, *again, "", "no"], tmp_path / "new.yml")
    assert "Error: “2” is not a whole number from 3 to 400." in done.stdout
    assert check([tmp_path / "new.yml"], CALENDARS, TODAY)[0] == []


def test_a_file_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "mine.yml"
    file.write_text("mine", "utf-8")
    done = typed(ALL, file)
    assert done.exit_code == 1
    assert f"Error: {file} is there already, and is never overwritten." in done.stderr
    assert (done.stdout, file.read_text("utf-8")) == ("", "mine")


@pytest.mark.parametrize(
    ("name", "says"), [("new.txt", "does not end with .yml"), ("none/new.yml", "There is no folder")]
)
def test_a_file_that_cannot_be_is_refused_before_anything_is_asked(tmp_path: Path, name: str, says: str) -> None:
    done = typed(ALL, tmp_path / name)
    assert (done.exit_code, done.stdout) == (1, "")
    assert says in done.stderr


def test_who_stops_in_the_middle_has_written_nothing(tmp_path: Path) -> None:
    done = typed(ALL[:9], tmp_path / "new.yml")
    assert done.exit_code == 1
    assert "Nothing was written." in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_without_a_name_the_file_stands_with_the_others_under_its_short_name(tmp_path: Path) -> None:
    (tmp_path / "calendars").symlink_to(CALENDARS)
    runner = CliRunner(env={"ESCALATION_BOT_POLICIES": str(tmp_path)})
    done = runner.invoke(main, ["new-policy"], input="".join(f"{line}\n" for line in ALL), catch_exceptions=False)
    assert done.exit_code == 0
    assert "1  England and Wales" in done.output
    assert load(tmp_path / "examplebury.yml").id == "examplebury"


def answered(dice: random.Random) -> Started:
    """Every question answered by chance, with what people paste and mistype among it."""
    words = ["Stage 1", "stage-1", 'the "Board"', "a: b", "# no", "- x", "{}", "’“–”", "\u0000\u0007\u2028", "x" * 130]
    asking = questions({"england-and-wales": "England and Wales", "scotland": "Scotland"}, lambda _: None)
    ask: Ask = next(asking)
    while True:
        choices = [*words, *map(str, range(9)), "yes", "no", "no", "a@example.org", ask.default, ask.default]
        try:
            value = ask.read(dice.choice(choices))
        except InvalidAnswer:
            continue
        try:
            ask = asking.send(value)
        except StopIteration as end:
            made: Started = end.value
            return made


@pytest.mark.parametrize("seed", range(15))
def test_whatever_is_answered_makes_a_file_that_passes_the_check(tmp_path: Path, seed: int) -> None:
    answers = answered(random.Random(seed))
    file = tmp_path / "new.yml"
    file.write_text(written(answers, TODAY), "utf-8")
    assert check([file], CALENDARS, TODAY)[0] == []
    policy = load(file, CALENDARS)
    assert (policy.name, policy.partnership.team) == (answers.name, answers.team)
    assert [stage.raising.role for stage in policy.stages] == [stage.raising for stage in answers.stages]
