"""What the other side reads of what it owes: by which day, or in which words, and what within the stage."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from bot.decisions.effects import Effects, tell_manager
from bot.flows import faces, letters
from bot.messages import Message, Part, words_of
from tests.flows.contexts import ASHA, context, escalation
from tests.flows.test_faces import rows
from tests.flows.test_reasons import at, northmoor


@pytest.mark.parametrize(
    ("policy", "stage", "ladder", "said"),
    [
        ("herefordshire", 1, "", "to be resolved at this stage, or moved on: by the end of"),
        ("llanfair", 4, "general", "where possible by the end of"),
        ("alderwick", 6, "", "The policy says of this stage: “As soon as possible”."),
        ("alderwick", 2, "", "the next stage, Alert 3, is to be reached if it is not resolved: aim for Wednesday"),
        ("alderwick", 3, "", "No day is set for this stage; please let us settle it as soon as it is needed."),
        ("alderwick", 4, "", "to be resolved at this stage, or moved on: by the end of Monday 9 March 2026."),
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


def test_where_the_policy_sets_no_day_a_date_is_asked_for_and_is_not_called_a_shorter_one() -> None:
    about = escalation("islands", 2)
    text = words_of(Message("", letters.sooner(context(about), about, date(2026, 3, 20))))
    assert "The policy sets no day for it, so I ask for it to be settled by Friday 20 March 2026." in text


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


def test_a_sentence_ends_once_also_where_nothing_is_counted_yet() -> None:
    said = letters.owed(northmoor(at("step-2")), at("step-2"))
    assert "nothing is counted until" in said
    assert ".." not in said


HOSPITAL = {"other_agencies": [{"agency": "Example Hospital"}]}
ROBIN = {"people.stage-2.challenged.1": {"name": "Robin Fictitious", "agency": "Example Hospital"}}


@pytest.mark.parametrize(
    ("fields", "greeted"),
    [
        ({}, "Dear Hugh Imaginary\n"),
        (HOSPITAL, "Dear Hugh Imaginary and colleague\n"),
        (HOSPITAL | ROBIN, "Dear Hugh Imaginary and Robin Fictitious\n"),
        (HOSPITAL | ROBIN | {"people.stage-2.challenged": {}}, "Dear Robin Fictitious and colleague\n"),
        (HOSPITAL | {"people.stage-2.challenged": {}}, "Dear colleague\n"),
    ],
)
def test_a_text_is_for_every_agency_that_is_challenged(fields: dict[str, Any], greeted: str) -> None:
    about = escalation("herefordshire", 2, fields=fields)
    assert greeted in text_of(letters.corrected(context(about), about))


def test_whoever_is_named_for_the_next_stage_is_not_asked_who_that_is() -> None:
    about = escalation("herefordshire", 2)
    said = text_of(letters.moved(context(about), about))
    assert "Dear Hugh Imaginary\n" in said
    assert "I understand that you act for Example County Children's Social Care at this stage" in said
    assert "tell me who that is" not in said


def test_every_agency_that_is_challenged_is_told_of_the_next_stage() -> None:
    about = escalation("herefordshire", 2, fields=HOSPITAL)
    whole = "whoever acts for Example County Children's Social Care and Example Hospital at this stage"
    assert whole in text_of(letters.moved(context(about), about))


@pytest.mark.parametrize(("side", "name"), [("challenged", "Hugh Imaginary"), ("challenged.1", "Robin Fictitious")])
def test_a_reminder_goes_to_the_agency_that_has_not_replied(side: str, name: str) -> None:
    about = escalation("herefordshire", 2, fields=HOSPITAL | ROBIN)
    said = text_of(letters.no_reply(context(about), about, date(2026, 3, 5), "Example Hospital", side))
    assert f"Dear {name}\n" in said
    assert "I will take it to the next stage" in said


def test_a_reminder_at_the_last_stage_promises_no_further_one() -> None:
    about = escalation("herefordshire", 4)
    said = text_of(letters.no_reply(context(about), about, date(2026, 3, 5), "", "challenged"))
    assert "next stage" not in said
    assert "If I hear nothing, I will tell HSCP Partnership Team" in said


def test_a_manager_who_is_not_in_this_chat_is_sent_what_is_asked_of_them_and_by_when() -> None:
    ruth = {"name": "Ruth Elsewhere", "role": "Head of Year", "person": ""}
    about = escalation("herefordshire", 1, fields=HOSPITAL | {"people.stage-1.raising": ruth})
    done = Effects("p", ASHA, datetime(2026, 3, 4, 10, tzinfo=UTC), about)
    tell_manager(context(about, today=date(2026, 3, 4)), done, "stage-1")
    (told,) = done.deliveries
    assert told.message is not None
    assert (told.to, "Ruth" in told.message.summary) == (ASHA, False)
    said = words_of(told.message)
    assert "Dear Ruth Elsewhere\n" in said
    assert "with Example County Children's Social Care and Example Hospital;" in said
    assert "by the end of Thursday 5 March 2026." in said
    assert "Asha Example" in said


def text_of(parts: tuple[Part, ...]) -> str:
    return words_of(Message("", parts))
