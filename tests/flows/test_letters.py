"""What the other side reads of what it owes: by which day, or in which words, and what within the stage."""

from __future__ import annotations

from datetime import date

import pytest

from bot.flows import faces, letters
from tests.flows.contexts import context, escalation
from tests.flows.test_faces import rows
from tests.flows.test_reasons import at, northmoor


@pytest.mark.parametrize(
    ("policy", "stage", "ladder", "said"),
    [
        ("herefordshire", 1, "", "to be resolved at this stage, or moved on: by the end of"),
        ("llanfair", 4, "general", "where possible by the end of"),
        ("alderwick", 2, "", "The policy says of this stage: “Without delay”."),
        ("islands", 1, "", "No day is set for this stage; please let us settle it as soon as it is needed."),
    ],
)
def test_the_stage_is_owed_by_its_day_or_its_target_or_else_in_the_words_of_the_policy(
    policy: str, stage: int, ladder: str, said: str
) -> None:
    about = escalation(policy, stage, ladder_id=ladder)
    assert said in letters.owed(context(about, today=date(2026, 3, 4)), about)


def test_what_the_other_side_owes_within_the_stage_is_said_with_its_own_date_and_what_others_owe_is_not() -> None:
    about = at("step-2")
    said = letters.owed(northmoor(about), about)
    assert "“Acknowledge the request in writing”:" in said
    assert "Tell the other agency" not in said


def test_what_was_acknowledged_is_owed_no_more() -> None:
    about = at("step-2")
    noted = about.with_fields(clocks_met={"step-2/acknowledge": "2026-03-24"})
    assert "Acknowledge the request" not in letters.owed(northmoor(noted), noted)


def test_before_the_partnership_nobody_of_the_other_agency_is_taken_for_it() -> None:
    about = escalation("herefordshire", 4)
    said = " ".join(getattr(part, "text", "") for part in letters.moved(context(about), about))
    assert "There it is before: HSCP Strategic Partners Board, via Chair." in said
    assert "whoever acts for" not in said


def test_an_owner_of_the_other_side_is_not_taken_for_the_manager_of_ones_own_with_the_same_role() -> None:
    about = at("step-2")
    typed = {"name": "Mum of Kit Marker", "person": ""}
    unknown = about.with_fields(**{"people.step-2.challenged": typed})
    shown = rows(faces.face(northmoor(unknown), unknown))
    assert shown["Owner"] == "Line manager (challenged side)"


def test_that_nothing_is_counted_yet_is_said_once() -> None:
    about = at("step-4")
    shown = dict(faces.facts(northmoor(about), about, today=True).rows)
    assert str(shown).count("nothing is counted until the notice is sent") == 1
