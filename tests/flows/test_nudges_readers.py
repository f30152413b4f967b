"""Who is reminded: whoever owes it, and those who answer for them once it is late; and nobody who may not see it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from bot.escalation import Approval, Escalation, Status
from bot.flows import nudges
from bot.flows.context import Context
from tests.flows.contexts import (
    ASHA,
    BEN,
    CERYS,
    DIRECTORY,
    ERIN,
    GRACE,
    INVENTED,
    REFERENCE,
    context,
    escalation,
    person,
    reported,
)
from tests.flows.test_nudges import SAID, at, changed, moment

DELE, IRIS = "console:dele", "console:iris"
LEAD = {"people.lead": person(DELE)}
NOT_HERE = {"name": "Pat Elsewhere", "person": ""}


def world(about: Escalation, now: str, **more: Any) -> Context:
    return nudges.at(context(about, **more), about, moment(now))


def readers(about: Escalation, name: str, now: str, **more: Any) -> list[str]:
    c = world(about, now, **more)
    of_it = [each for each in nudges.owed(c, about) if each.name == name]
    assert len(of_it) == 1
    return [person.removeprefix("console:") for person in nudges.readers(c, about, of_it)]


LIMITED = at("herefordshire", "stage-1", "2026-03-02T10:00", fields=LEAD)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-03-04T09:00", ["ben"]),
        ("2026-03-05T09:00", ["ben"]),
        ("2026-03-06T09:00", ["ben", "asha"]),
        ("2026-03-09T09:00", ["ben", "asha", "cerys", "dele"]),
        ("2026-03-30T09:00", ["ben", "asha", "cerys", "dele"]),
    ],
)
def test_before_a_limit_its_owner_is_reminded_after_it_the_raiser_too_and_then_those_who_answer_for_them(
    now: str, expected: list[str]
) -> None:
    assert readers(LIMITED, "limit/stage-1", now) == expected


def test_of_a_deputy_who_is_named_nowhere_the_directory_knows() -> None:
    nobody = LIMITED.with_fields(**{"people.stage-1.deputy": {}})
    assert readers(nobody, "limit/stage-1", "2026-03-09T09:00") == ["ben", "asha", "cerys", "dele"]


def test_where_the_owner_is_not_here_the_raiser_is_reminded_from_the_beginning() -> None:
    away = LIMITED.with_fields(**{"people.stage-1.raising": NOT_HERE, "people.stage-1.deputy": {}})
    assert readers(away, "limit/stage-1", "2026-03-04T09:00") == ["asha"]
    assert readers(away, "limit/stage-1", "2026-03-09T09:00") == ["asha", "dele"]


def test_somebody_who_has_left_is_not_written_to() -> None:
    here = {key: each for key, each in DIRECTORY.items() if key not in {BEN, CERYS}}
    assert readers(LIMITED, "limit/stage-1", "2026-03-09T09:00", people=here) == ["asha", "dele"]


def test_where_the_raiser_has_left_whoever_acts_for_their_side_is_reminded() -> None:
    here = {key: each for key, each in DIRECTORY.items() if key != ASHA}
    assert readers(LIMITED, "words/all", "2026-03-09T09:00", people=here) == ["ben", "cerys"]


CLOCKED = at("northmoor", "step-2", "2026-03-24T09:30", fields=LEAD)


def test_a_clock_of_the_challenged_side_is_theirs_and_the_raiser_s_where_they_are_not_here() -> None:
    assert readers(CLOCKED, "limit/step-2/acknowledge", "2026-03-24T10:00") == ["grace"]
    away = CLOCKED.with_fields(**{"people.step-2.challenged": NOT_HERE})
    assert readers(away, "limit/step-2/acknowledge", "2026-03-24T10:00") == ["asha"]


def test_once_it_is_late_the_raiser_is_told_at_once_and_their_side_from_the_second_working_day() -> None:
    assert readers(CLOCKED, "limit/step-2/acknowledge", "2026-03-24T13:31") == ["grace", "asha"]
    assert readers(CLOCKED, "limit/step-2/acknowledge", "2026-03-25T10:00") == ["grace", "asha"]
    assert readers(CLOCKED, "limit/step-2/acknowledge", "2026-03-26T10:00") == ["grace", "asha", "ben", "cerys", "dele"]


def test_where_the_raiser_and_their_manager_have_left_whoever_else_is_named_on_their_side_is_reminded() -> None:
    here = {key: each for key, each in DIRECTORY.items() if key not in {ASHA, BEN, CERYS}}
    assert readers(LIMITED, "words/all", "2026-03-09T09:00", people=here) == ["dele"]
    both_sides = LIMITED.with_fields(**{"people.stage-1.challenged": person(DELE)})
    assert readers(both_sides, "words/all", "2026-03-09T09:00", people=here) == []


def test_what_is_open_for_two_weeks_or_told_for_the_last_time_those_who_answer_for_the_raiser_hear_of() -> None:
    about = at("islands", "stage-3", "2026-04-01T10:00", fields=LEAD)
    name = "form/resolution-form/stage-3/stage"
    assert readers(about, name, "2026-04-17T09:00") == ["asha"]
    assert readers(about, name, "2026-04-20T09:00") == ["asha", "ben", "cerys", "dele"]
    ended = escalation("herefordshire", 2, Status.CLOSED, fields=LEAD)
    slow = {"policies": {"herefordshire": changed("herefordshire", file_days=15)}}
    assert readers(ended, "file/all", "2026-04-15T09:00", **slow) == ["asha"]
    assert readers(ended, "file/all", "2026-04-21T09:00", **slow) == ["asha", "erin", "cerys", "dele"]


def test_that_the_words_are_to_be_said_by_a_date_the_raiser_is_told_as_well() -> None:
    assert readers(CLOCKED, "limit/step-2/say", "2026-03-24T10:00") == ["ben", "asha"]


def test_what_the_partnership_owes_its_people_here_are_told() -> None:
    """Of the invented Northmoor partnership: at its own stage it may know of the escalation."""
    there = at("northmoor", "step-5", "2026-03-24T09:30")
    people = {**DIRECTORY, IRIS: replace(DIRECTORY[IRIS], partnership="northmoor")}
    assert readers(there, "limit/step-5/convene", "2026-03-24T10:00", people=people) == ["iris"]
    # Iris is of another partnership.
    assert readers(there, "limit/step-5/convene", "2026-03-24T10:00") == ["asha"]


def test_what_the_partnership_may_not_know_of_yet_the_raiser_is_told_instead() -> None:
    there = at("northmoor", "step-5", "2026-03-24T09:30")
    policy = INVENTED["northmoor"]
    stages = [each.model_copy(update={"kind": "formal"}) for each in policy.stages]
    people = {**DIRECTORY, IRIS: replace(DIRECTORY[IRIS], partnership="northmoor")}
    more = {"people": people, "policies": {"northmoor": policy.model_copy(update={"stages": stages})}}
    assert readers(there, "limit/step-5/convene", "2026-03-24T10:00", **more) == ["asha"]


def test_before_a_form_was_sent_the_partnership_learns_nothing_and_afterwards_only_what_it_owes() -> None:
    about = at("islands", "stage-3", "2026-04-01T10:00")
    people = {**DIRECTORY, IRIS: replace(DIRECTORY[IRIS], partnership="islands")}
    sent = reported(about, {"resolution-form/stage-3/stage": "2026-04-01T10:00+00:00"})
    assert readers(sent, "acknowledged/all", "2026-04-10T09:00", people=people) == ["iris", "asha"]
    for each in (about, sent):
        c = world(each, "2026-04-10T09:00", people=people)
        others = [nudge for nudge in nudges.owed(c, each) if nudge.kind != "acknowledged"]
        assert IRIS not in nudges.readers(c, each, others)


ASKED = Approval(f"{REFERENCE}.1", REFERENCE, "move", ASHA, date(2026, 3, 2), (ERIN,), stage="stage-2")


def test_whoever_was_asked_is_reminded_also_where_they_may_see_nothing_else_of_it() -> None:
    assert readers(LIMITED, "answer/stage-2", "2026-03-03T09:00", approvals=(ASKED,)) == ["erin"]
    assert readers(LIMITED, "free/stage-2", "2026-03-05T09:00", approvals=(ASKED,)) == ["asha"]


def test_a_raiser_whose_request_is_not_answered_learns_it_on_the_second_working_day() -> None:
    assert readers(LIMITED, "answer/stage-2", "2026-03-04T09:00", approvals=(ASKED,)) == ["erin", "asha"]
    weeks_later = readers(LIMITED, "answer/stage-2", "2026-03-17T09:00", approvals=(ASKED,))
    assert weeks_later == ["erin", "asha", "ben", "cerys", "dele"]


def test_where_nobody_who_was_asked_is_here_the_raiser_learns_that_nobody_answers() -> None:
    here = {key: each for key, each in DIRECTORY.items() if key != ERIN}
    assert readers(LIMITED, "answer/stage-2", "2026-03-03T09:00", approvals=(ASKED,), people=here) == ["asha"]


def test_a_target_that_passed_is_no_breach_so_only_its_owner_and_then_the_raiser_hear_of_it() -> None:
    about = at("llanfair", "stage-4", "2026-03-02T10:00", fields=LEAD)
    assert readers(about, "target/stage-4", "2026-03-31T09:00") == ["ben"]
    assert readers(about, "target/stage-4", "2026-04-01T09:00") == ["ben", "asha"]


@pytest.mark.parametrize(
    ("about", "name", "expected"),
    [
        (at("trafford", "stage-2", "2026-04-01T10:00"), "no_date/stage-2", ["ben", "asha"]),
        (at("islands", "stage-2", "2026-04-01T10:00"), "no_date/stage-2", ["ben", "asha"]),
        (
            at("islands", "stage-1", "2026-04-01T10:00", fields={"words_said": SAID}),
            "no_reply/stage-1",
            ["asha", "ben"],
        ),
        (at("islands", "stage-3", "2026-04-01T10:00"), "form/resolution-form/stage-3/stage", ["asha"]),
        (at("islands", "stage-3", "2026-04-01T10:00"), "file/stage-3", ["asha"]),
        (at("northmoor", "step-4", "2026-04-01T10:00"), "waits/step-4", ["asha"]),
    ],
)
def test_what_only_the_raiser_can_do_or_note_the_raiser_is_reminded_of(
    about: Escalation, name: str, expected: list[str]
) -> None:
    assert readers(about, name, "2026-04-10T09:00") == expected


# ── snoozed ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_snooze_silences_one_person_for_one_escalation_until_its_moment() -> None:
    snoozes = {BEN: moment("2026-03-09T12:00"), GRACE: moment("2026-03-30T12:00")}
    late = ["asha", "cerys", "dele"]
    assert readers(LIMITED, "limit/stage-1", "2026-03-09T11:59", snoozes=snoozes) == late
    assert readers(LIMITED, "limit/stage-1", "2026-03-09T12:00", snoozes=snoozes) == ["ben", *late]
