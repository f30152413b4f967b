"""The figures in a limit's printed words are compared with those that the file counts: a note, not a fault."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from bot.config import SHIPPED
from bot.policy import AnyLimit
from bot.policy.limits import Limit
from bot.policy_files import check
from bot.policy_files.figures import notes
from tests import invented
from tests.own_policies import SOUND

LIMIT: TypeAdapter[AnyLimit] = TypeAdapter(AnyLimit)


def noted(words: str, language: str = "en-GB", **limit: Any) -> list[str]:
    return list(notes(LIMIT.validate_python({"words": words, "rule": "per_stage", **limit}), language))


HOURS_AND_DAYS = {
    "rule": "within",
    "allow": {"amount": 48, "unit": "hours"},
    "as_well": {"amount": 2, "unit": "working_days"},
}
FURTHER = {"rule": "further_and_total", "further": 2, "total": 4}


@pytest.mark.parametrize(
    ("words", "limit", "said"),
    [
        ("Within 8 working days", {"days": 10}, "the words say 8, the file counts 10."),
        ("within eight working days", {"days": 10}, "the words say 8, the file counts 10."),
        ("Within 1-3 working days of initial concern", {"days": 3}, "the words say 1 and 3, the file counts 3."),
        ("Within 24 hours", {"days": 1}, "the words say 24, the file counts 1."),
        ("Within further 2 working days (5 days total)", FURTHER, "the words say 2 and 5, the file counts 2 and 4."),
        ("48 hours (two working days)", {"days": 2}, "the words say 48 and 2, the file counts 2."),
        ("within 5 days", {"rule": "no_clock", "printed": True}, "the words say 5, the file counts nothing."),
        ("without delay", {"days": 5}, "the words say no number, the file counts 5."),
        ("10 calendar days", {"days": 10}, "the words say calendar days, the file counts working days."),
        (
            "10 working days",
            {"rule": "within", "allow": {"amount": 10, "unit": "days"}},
            "the words say working days, the file counts calendar days.",
        ),
        ("o fewn 5 diwrnod gwaith", {"days": 10}, "the words say 5, the file counts 10."),
    ],
)
def test_words_and_numbers_that_differ_are_noted(words: str, limit: dict[str, Any], said: str) -> None:
    assert noted(words, **limit) == [said]


@pytest.mark.parametrize(
    ("words", "limit"),
    [
        ("Within 1-3 working days of initial concern", {"days": 3, "soft_days": 1}),
        ("within twenty-five working days", {"days": 25}),
        ("within five (5) working days", {"days": 5}),
        ("Stage 2: within 3 days of Stage 1", {"days": 3}),
        ("within a week", {"days": 5}),
        ("two weeks", {"days": 10}),
        ("10 days (2 weeks)", {"days": 10}),
        ("Within further 2 working days (4 days total)", FURTHER),
        ("48 hours (two working days)", HOURS_AND_DAYS),
        ("without delay", {"rule": "no_clock", "printed": True}),
        ("on the same working day", {"rule": "within", "allow": {"unit": "same_working_day"}}),
    ],
)
def test_words_and_numbers_that_agree_are_not(words: str, limit: dict[str, Any]) -> None:
    assert noted(words, **limit) == []


def test_numbers_that_are_written_as_words_of_another_language_are_not_missed() -> None:
    assert noted("o fewn pum diwrnod gwaith", language="cy", days=5) == []


def test_the_note_stands_below_its_limit_in_the_summary_and_is_no_fault(tmp_path: Path) -> None:
    file = tmp_path / "sound.yml"
    file.write_text(SOUND.replace("days: 3", "days: 4", 1), encoding="utf-8")
    faults, lines = check([file], SHIPPED / "calendars")
    assert not faults
    assert "  Please check: the words say 3, the file counts 4." in lines


@pytest.mark.parametrize("name", invented.NAMES)
def test_no_invented_policy_counts_other_days_than_its_words_say(name: str) -> None:
    limits = [part for part in invented.parts(invented.ALL[name]) if isinstance(part, Limit)]
    assert limits
    assert [said for one in limits for said in notes(one, invented.ALL[name].language)] == []  # type: ignore[arg-type]
