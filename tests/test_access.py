"""Who may see and do what: each condition by itself, and refusals that reveal nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from bot.access import (
    REFUSAL,
    let_act,
    let_answer,
    let_see,
    may_act,
    may_answer,
    may_see,
    named_people,
)
from bot.errors import NotAllowed
from bot.escalation import Approval, Escalation, Status

ASHA, BEN, CERYS, ERIN, GRACE, HUGH = (f"console:{n}" for n in ("asha", "ben", "cerys", "erin", "grace", "hugh"))


def professional(person: str) -> dict[str, str]:
    return {"name": "Somebody", "role": "", "agency": "Millbrook School", "email": "", "person": person}


ESCALATION = Escalation(
    reference="E-4KX-7PW",
    policy="herefordshire",
    policy_version="1",
    raiser=ASHA,
    raiser_agency="Millbrook School",
    challenged_agency="Example County",
    subject="child",
    stage="stage-2",
    concern=date(2026, 3, 2),
    opened=datetime(2026, 3, 3, 10, tzinfo=UTC),
    fields={
        "people.stage-1.raising": professional(BEN),
        "people.stage-1.deputy": professional(CERYS),
        "people.stage-1.challenged": professional(GRACE),
        "people.stage-2.raising": professional(""),
        "people.stage-2.challenged": None,
        "raiser": professional(ERIN),
        "counterpart": professional(HUGH),
    },
)
REQUEST = Approval(
    key="E-4KX-7PW.1",
    reference="E-4KX-7PW",
    kind="move",
    asked_by=ASHA,
    asked_on=date(2026, 3, 10),
    may_answer=(BEN, CERYS),
    stage="stage-3",
)
EVERYBODY = (ASHA, BEN, CERYS, ERIN, GRACE, HUGH, "", "console:stranger", "Ben Sample", "Millbrook School")


# ── seeing ───────────────────────────────────────────────────────────────────────────────────────────────


def test_those_recorded_at_any_stage_on_either_side_are_named_deputies_included() -> None:
    assert named_people(ESCALATION) == {BEN, CERYS, GRACE}


def test_the_raiser_and_those_who_are_named_may_see_it_and_nobody_else() -> None:
    assert [person for person in EVERYBODY if may_see(person, ESCALATION)] == [ASHA, BEN, CERYS, GRACE]


def test_standing_in_an_answer_lets_nobody_in() -> None:
    # A counterpart is written down before they know of it, and the raiser's details may be anybody's.
    assert not may_see(HUGH, ESCALATION)
    assert not may_see(ERIN, ESCALATION)


@pytest.mark.parametrize("person", EVERYBODY)
def test_the_door_opens_for_those_who_may_see(person: str) -> None:
    if may_see(person, ESCALATION):
        assert let_see(person, ESCALATION) is ESCALATION
    else:
        with pytest.raises(NotAllowed):
            let_see(person, ESCALATION)


def refusal(door: object, *args: object) -> str:
    with pytest.raises(NotAllowed) as caught:
        door(*args)  # type: ignore[operator]
    return str(caught.value)


@pytest.mark.parametrize("door", [let_see, let_act])
def test_the_refusal_is_the_same_whether_it_exists_or_not(door: object) -> None:
    exists, does_not = refusal(door, "console:stranger", ESCALATION), refusal(door, "console:stranger", None)
    assert exists == does_not == REFUSAL
    assert ESCALATION.reference not in exists


def test_even_the_raiser_learns_nothing_of_what_does_not_exist() -> None:
    assert refusal(let_see, ASHA, None) == refusal(let_act, ASHA, None) == REFUSAL


# ── acting ───────────────────────────────────────────────────────────────────────────────────────────────


def test_only_the_raiser_may_act() -> None:
    assert [person for person in EVERYBODY if may_act(person, ESCALATION)] == [ASHA]
    assert let_act(ASHA, ESCALATION) is ESCALATION


@pytest.mark.parametrize("person", [BEN, CERYS, GRACE])
def test_whoever_sees_it_is_told_who_may_act_on_it(person: str) -> None:
    said = refusal(let_act, person, ESCALATION)
    assert ESCALATION.reference in said
    assert "raised it" in said


# ── answering a request ──────────────────────────────────────────────────────────────────────────────────


def test_only_the_manager_named_in_the_request_and_their_deputy_may_answer_it() -> None:
    assert [person for person in EVERYBODY if may_answer(person, REQUEST, ESCALATION)] == [BEN, CERYS]
    assert let_answer(BEN, REQUEST, ESCALATION) is REQUEST


def test_nobody_answers_their_own_request_even_if_they_are_named_in_it() -> None:
    own = replace(REQUEST, asked_by=BEN)
    assert not may_answer(BEN, own, ESCALATION)
    assert "your own request" in refusal(let_answer, BEN, own, ESCALATION)


def test_the_raiser_never_answers_even_if_somebody_else_asked_and_named_them() -> None:
    named = replace(REQUEST, asked_by=GRACE, may_answer=(ASHA, BEN))
    assert not may_answer(ASHA, named, ESCALATION)
    assert "your own request" in refusal(let_answer, ASHA, named, ESCALATION)


def test_who_may_answer_was_fixed_when_it_was_asked() -> None:
    later = ESCALATION.with_fields(**{"people.stage-2.raising": professional(ERIN)})
    assert not may_answer(ERIN, REQUEST, later)
    assert may_answer(BEN, REQUEST, replace(ESCALATION, fields={}))


@pytest.mark.parametrize("person", [GRACE, "console:stranger"])
def test_others_who_press_are_told_whose_it_is_and_that_nothing_changed(person: str) -> None:
    said = refusal(let_answer, person, REQUEST, ESCALATION)
    assert said == "Only the manager named in this request, or their deputy, can answer it. Nothing was changed."


def test_a_request_that_does_not_exist_is_refused_as_everything_else_that_does_not() -> None:
    assert refusal(let_answer, BEN, None, ESCALATION) == REFUSAL
    assert refusal(let_answer, BEN, REQUEST, None) == REFUSAL
    assert refusal(let_answer, BEN, None, None) == REFUSAL


@pytest.mark.parametrize("status", Status)
def test_what_has_ended_is_seen_by_the_same_people(status: Status) -> None:
    ended = replace(ESCALATION, status=status)
    assert [person for person in EVERYBODY if may_see(person, ended)] == [ASHA, BEN, CERYS, GRACE]
