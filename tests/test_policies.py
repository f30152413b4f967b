"""The four shipped policies say what the partnerships' papers say, word for word, and how they are read."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot import policy
from bot.fields import Many
from bot.policy import Form, Policy
from bot.policy_files import check, summary
from tests.flows.contexts import POLICIES as SHIPPED

FOLDER = Path(policy.__file__).parent.parent.parent / "policies"
VERBATIM = Path(__file__).parent / "data" / "verbatim"
NAMES = ("herefordshire", "islands", "sefton", "trafford")


def texts(value: Any) -> Iterator[str]:
    """Every text in a policy, whatever key it stands under."""
    match value:
        case str():
            yield value
        case dict():
            for part in value.values():
                yield from texts(part)
        case list() | tuple():
            for part in value:
                yield from texts(part)


def the_form(name: str) -> Form:
    (form,) = SHIPPED[name].forms
    return form


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yml")), ids=lambda path: path.stem)
def test_a_shipped_policy_has_no_faults_and_can_be_summed_up(path: Path) -> None:
    faults, lines = check([path], FOLDER / "calendars")
    assert faults == []
    assert path.stem in SHIPPED
    assert lines == summary(SHIPPED[path.stem])


def test_the_four_policies_are_shipped() -> None:
    assert set(NAMES) <= set(SHIPPED)


@pytest.mark.parametrize("name", NAMES)
def test_every_word_of_the_paper_is_in_the_policy(name: str) -> None:
    held = list(texts(SHIPPED[name].model_dump(mode="json")))
    printed = (VERBATIM / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    assert len(printed) > 15
    assert [line for line in printed if not any(line in text for text in held)] == []


@pytest.mark.parametrize("name", NAMES)
def test_labels_headings_and_printed_limits_are_the_words_of_the_paper(name: str) -> None:
    printed = " ".join((VERBATIM / f"{name}.txt").read_text(encoding="utf-8").split())
    form = the_form(name)
    shown = [*form.headings, *form.opening, *form.closing]
    for section in form.sections:
        shown += [section.heading, *section.before, *section.notes, *section.after]
        for one in section.fields:
            shown += [one.label, one.help, one.group]
            if one.prefill != "debrief" and isinstance(one.answer, Many):
                shown += [option.label for option in one.answer.options]
    shown += [stage.limit.words for stage in SHIPPED[name].stages if stage.limit.rule != "no_clock"]
    # Two paragraphs of the Herefordshire form are listed there in three pieces.
    missing = [text for text in shown if text not in printed and "Completed forms should be sent" not in text]
    assert missing == []


@pytest.mark.parametrize("name", NAMES)
def test_a_policy_says_that_it_is_a_snapshot_and_what_a_person_must_check(name: str) -> None:
    provenance = SHIPPED[name].provenance
    assert "snapshot" in provenance.snapshot_notice
    assert "does not replace the p" in provenance.snapshot_notice
    assert "person must check" in provenance.snapshot_notice
    assert provenance.made_on == date(2026, 11, 21)
    assert provenance.checked_on is None
    assert len(provenance.open_questions) > 8
    assert all(question.endswith((".", "?")) for question in provenance.open_questions)


READINGS = {
    "herefordshire": "1 2 3 4 5 6 7 8 8a 8b 8c 30 31 32",
    "sefton": "3 6 16 17 18 19 20 21 22 30 31 32",
    "islands": "6 23 24 25 26 27 28 29 30 31 32",
    "trafford": "3 6 9 10 11 12 13 14 15 31 32",
}


@pytest.mark.parametrize("name", NAMES)
def test_every_reading_of_the_policy_is_explained_in_a_comment(name: str) -> None:
    text = (FOLDER / f"{name}.yml").read_text(encoding="utf-8")
    explained = re.findall(r"^ *# D-(\w+): .{20,}", text, flags=re.MULTILINE)
    assert set(READINGS[name].split()) == set(explained)


# ── stages ───────────────────────────────────────────────────────────────────────────────────────────────

STAGES: dict[str, dict[str, tuple[str, str, dict[str, object]]]] = {
    "herefordshire": {
        "pre": ("practitioner", "counterpart practitioner", {"rule": "no_clock"}),
        "stage-1": (
            "Line/Team Manager",
            "Line/Team Manager",
            {"rule": "cumulative", "words": "Within 1-3 working days of initial concern", "soft_days": 1, "days": 3},
        ),
        "stage-2": (
            "Safeguarding Lead/Service Manager/Head of Service",
            "Safeguarding Lead/Service Manager/Head of Service",
            {"rule": "cumulative", "words": "Within 8 working days of initial concern", "days": 8},
        ),
        "stage-3": (
            "Executive Leader/Director/Senior Manager",
            "Executive Leader/ Director/Senior Manager",
            {"rule": "cumulative", "words": "Within 13 working days of initial concern", "days": 13},
        ),
        "stage-4": (
            "Executive Leader/Director/Senior Manager",
            "HSCP Strategic Partners Board, via Chair",
            {"rule": "cumulative", "words": "Within 20 working days of initial concern", "days": 20},
        ),
    },
    "sefton": {
        "step-1": ("Professional", "Professional", {"words": "Within 2 working days", "further": 2, "total": 2}),
        "step-2": (
            "Manager",
            "Manager",
            {"words": "Within further 2 working days (4 days total)", "further": 2, "total": 4},
        ),
        "step-3": (
            "Senior Manager",
            "Senior Manager",
            {"words": "Within further 2 working days (6 days total)", "further": 2, "total": 6},
        ),
        "step-4": (
            "Senior Manager",
            "Sefton Safeguarding Children Partnership (SSCP) Members",
            {"words": "Within further 5 working days (11 days total)", "further": 5, "total": 11},
        ),
    },
    "trafford": {
        "stage-1": ("Practitioner", "Practitioner", {"rule": "agreed", "cap": 10}),
        "stage-2": ("Line manager", "Line manager", {"rule": "agreed", "cap": 10}),
        "stage-3": (
            "next level of management in the organisation",
            "next level of management in the organisation",
            {"rule": "agreed", "cap": 10},
        ),
        "stage-4": (
            "next level of management in the organisation",
            "Trafford Strategic Safeguarding Partnership",
            {"rule": "agreed", "cap": 10, "words": "Each stage should not exceed 10 working days."},
        ),
    },
}


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_has_both_roles_and_its_limit(name: str) -> None:
    stages = SHIPPED[name].stages
    assert [stage.id for stage in stages] == list(STAGES[name])
    for stage in stages:
        raising, challenged, limit = STAGES[name][stage.id]
        assert (stage.raising.role, stage.challenged.role) == (raising, challenged)
        assert limit.items() <= stage.limit.model_dump().items()


def test_islands_has_stages_without_names_or_limits() -> None:
    stages = SHIPPED["islands"].stages
    assert [stage.id for stage in stages] == ["stage-1", "stage-2", "stage-3", "stage-4"]
    assert {stage.limit.rule for stage in stages} == {"no_clock"}
    assert not any(stage.title for stage in stages)


def test_sefton_gives_examples_for_each_side_of_each_step() -> None:
    by_step = {stage.id: stage.raising.examples for stage in SHIPPED["sefton"].stages}
    assert by_step["step-1"] == ["Front line professional"]
    assert {"Named Nurse", "Detective Inspector", "Front line staff manager", "Team Manager"} <= set(by_step["step-2"])
    assert {"Superintendent", "Detective Chief Inspector", "Designated Professional"} <= set(by_step["step-3"])


@pytest.mark.parametrize(
    ("name", "anchor", "calendar"),
    [
        ("herefordshire", "initial_concern", "england-and-wales"),
        ("sefton", "decision_received", "england-and-wales"),
        ("trafford", "stage_entry", "england-and-wales"),
        ("islands", "raised", "guernsey"),
    ],
)
def test_days_are_counted_from_the_day_and_in_the_calendar_of_the_policy(name: str, anchor: str, calendar: str) -> None:
    clock = SHIPPED[name].clock
    assert (clock.anchor, clock.calendar, clock.limit_means) == (anchor, calendar, "conclude")
    assert (clock.zone, clock.day_ends_at) == ("Europe/London", "17:00")


def test_only_herefordshire_has_a_stage_before_the_clock() -> None:
    before = {name: [stage.id for stage in SHIPPED[name].stages if stage.before_clock] for name in NAMES}
    assert before == {"herefordshire": ["pre"], "islands": [], "sefton": [], "trafford": []}


def test_only_herefordshire_has_escalations_about_a_theme() -> None:
    assert SHIPPED["herefordshire"].subjects == ["child", "themed"]
    assert {tuple(SHIPPED[name].subjects) for name in ("islands", "sefton", "trafford")} == {("child",)}


def test_only_trafford_describes_going_straight_to_a_later_stage() -> None:
    words = {name: SHIPPED[name].skips.words for name in NAMES}
    assert words.pop("trafford") == "Go straight to stage 3-4 if resolution requires this level of response."
    assert set(words.values()) == {""}
    assert all(SHIPPED[name].skips.hint and SHIPPED[name].skips.reason_required for name in words)


def test_a_step_of_sefton_is_called_a_step() -> None:
    assert {name: SHIPPED[name].vocabulary.stage for name in NAMES}["sefton"] == "Step"


# ── words ────────────────────────────────────────────────────────────────────────────────────────────────


def test_advice_is_all_there() -> None:
    advice = {name: SHIPPED[name].advice for name in NAMES}
    assert len(advice["herefordshire"].key_messages) == 4
    assert len(advice["trafford"].examples) == 8
    assert len(advice["trafford"].principles) == 6
    assert len(advice["trafford"].standing_instructions) == 4
    assert advice["herefordshire"].before_escalating[0].startswith("Pre-escalation: Before raising")
    assert advice["herefordshire"].ownership[0].startswith("Please note that, after submitting")


def test_safeguarding_leads_are_consulted_at_each_stage_of_trafford() -> None:
    for stage in SHIPPED["trafford"].stages:
        assert "Discuss with your designated lead for safeguarding at each stage." in stage.consult
    assert "Inform the lead professional/ chair at this stage." in SHIPPED["trafford"].stages[0].inform


def test_no_sentence_of_advice_is_said_twice() -> None:
    advice = SHIPPED["trafford"].advice
    said = [*advice.before_escalating, *advice.standing_instructions]
    assert sum("Ensure your safeguarding lead is consulted" in text for text in said) == 1
    assert len(set(said)) == len(said)


@pytest.mark.parametrize(("name", "what"), [("sefton", "table of steps"), ("trafford", "the diagram")])
def test_what_is_printed_beside_the_form_and_left_out_of_it_is_asked_about(name: str, what: str) -> None:
    questions = SHIPPED[name].provenance.open_questions
    assert any(what in question and "not printed in the" in question for question in questions)


def test_no_shipped_form_is_missed_by_going_straight_to_a_later_stage() -> None:
    assert not any("never asked" in line for name in NAMES for line in summary(SHIPPED[name]))


def test_record_duties_and_reports_are_those_of_the_papers() -> None:
    duties = {name: [(duty.who, duty.when) for duty in SHIPPED[name].record_duties] for name in NAMES}
    assert duties == {
        "herefordshire": [("each_agency", "each_stage")],
        "islands": [("each_agency", "each_stage")],
        "sefton": [],
        "trafford": [("everyone", "each_stage"), ("each_agency", "close")],
    }
    assert {name: SHIPPED[name].reporting.period for name in NAMES}["trafford"] == "quarterly"


def test_typing_errors_of_the_papers_are_kept() -> None:
    def held(one: Policy) -> str:
        return " ".join(texts(one.model_dump(mode="json")))

    assert "Signature of challenged manger" in held(SHIPPED["islands"])
    assert "including details or how the resolution" in held(SHIPPED["trafford"])
    assert "Children supported who cared for or care experienced" in held(SHIPPED["trafford"])
    assert "and the escalated to next level" in held(SHIPPED["trafford"])
    assert "Executive Leader/ Director" in held(SHIPPED["herefordshire"])
