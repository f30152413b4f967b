"""The record: its reference, the whole table of steps, moving and ending."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from bot.errors import InvalidAnswer, NotAllowed
from bot.escalation import STEPS, Escalation, Status, Step, move_to, new_reference, resolve, take

AT = datetime(2026, 3, 12, 9, 30, tzinfo=UTC)
ESCALATION = Escalation(
    reference="E-4KX-7PW",
    policy="herefordshire",
    policy_version="1",
    raiser="console:asha",
    raiser_agency="Millbrook School",
    challenged_agency="Example County",
    subject="child",
    stage="stage-1",
    concern=date(2026, 3, 2),
    opened=datetime(2026, 3, 3, 10, tzinfo=UTC),
    entered={"stage-1": date(2026, 3, 3)},
)

TABLE = """
              open       resolved  closed  withdrawn
    update    open       resolved  closed  withdrawn
    ask       open       -         -       -
    answer    open       resolved  closed  withdrawn
    move      open       -         -       -
    resolve   resolved   -         -       -
    report    open       resolved  closed  withdrawn
    close     -          closed    -       -
    withdraw  withdrawn  -         -       -
    come_back -          -         resolved -
    reopen    -          open      open    open
"""
HEADER, *LINES = [line.split() for line in TABLE.strip().splitlines()]
CELLS = [
    (Step[line[0].upper()], Status(column), cell)
    for line in LINES
    for column, cell in zip(HEADER, line[1:], strict=True)
]


def test_the_table_names_every_step_and_every_status() -> None:
    assert {step for step, _, _ in CELLS} == set(Step)
    assert {status for _, status, _ in CELLS} == set(Status) == set(STEPS)


@pytest.mark.parametrize(("step", "status", "after"), CELLS, ids=lambda value: getattr(value, "value", value))
def test_a_step_leads_where_the_table_says_or_is_refused(step: Step, status: Status, after: str) -> None:
    before = replace(ESCALATION, status=status)
    if after == "-":
        with pytest.raises(NotAllowed, match=rf"E-4KX-7PW is {status.value}, .*: {step.value}\."):
            take(before, step)
    else:
        assert take(before, step) == replace(before, status=Status(after))


def test_nothing_but_opening_it_again_or_a_form_that_comes_back_leads_back_from_an_end() -> None:
    order = list(Status)
    back = {
        step for status in order for step, after in STEPS[status].items() if order.index(after) < order.index(status)
    }
    assert back == {Step.REOPEN, Step.COME_BACK}


# ── the reference ────────────────────────────────────────────────────────────────────────────────────────


def test_a_reference_is_spoken_aloud_easily() -> None:
    made = [new_reference() for _ in range(2000)]
    assert all(re.fullmatch(r"E-[2-9][A-Z]{2}-[2-9][A-Z]{2}", reference) for reference in made)
    assert not set("".join(made)) & set("01IO")


def test_references_hold_no_words_and_use_every_sign_they_may() -> None:
    made = [new_reference() for _ in range(5000)]
    assert not any(re.search("[A-Z]{3}", reference) for reference in made)
    assert set("".join(made)) == set("-ABCDEFGHJKLMNPQRSTUVWXYZ23456789")


def test_references_do_not_repeat_in_practice() -> None:
    made = [new_reference() for _ in range(500)]
    assert len(set(made)) >= 498


# ── moving, and ending ───────────────────────────────────────────────────────────────────────────────────


def test_moving_keeps_the_days_and_moments_at_which_stages_were_entered() -> None:
    second = move_to(ESCALATION, "stage-2", date(2026, 3, 10), AT)
    third = move_to(second, "stage-3", date(2026, 3, 12), AT)
    assert (third.stage, third.status) == ("stage-3", Status.OPEN)
    assert dict(third.entered) == {
        "stage-1": date(2026, 3, 3), "stage-2": date(2026, 3, 10), "stage-3": date(2026, 3, 12),
    }  # fmt: skip
    assert dict(third.entered_at) == {"stage-2": AT, "stage-3": AT}
    assert dict(ESCALATION.entered) == {"stage-1": date(2026, 3, 3)}


def test_resolving_notes_the_day_and_the_stage_and_keeps_the_answers_beside_the_others() -> None:
    ended = resolve(ESCALATION.with_fields(tried="Called"), date(2026, 3, 20), {"lessons": "Ask earlier"})
    assert (ended.status, ended.resolved_on, ended.resolved_at) == (Status.RESOLVED, date(2026, 3, 20), "stage-1")
    assert dict(ended.fields) == {"tried": "Called", "lessons": "Ask earlier"}


def test_it_cannot_be_resolved_before_the_concern() -> None:
    assert resolve(ESCALATION, ESCALATION.concern, {}).resolved_on == ESCALATION.concern
    with pytest.raises(InvalidAnswer, match=r"01/03/2026, before the concern on 02/03/2026\."):
        resolve(ESCALATION, date(2026, 3, 1), {})


def test_what_has_ended_is_neither_moved_nor_resolved_again() -> None:
    ended = resolve(ESCALATION, date(2026, 3, 20), {})
    with pytest.raises(NotAllowed):
        move_to(ended, "stage-2", date(2026, 3, 21), AT)
    with pytest.raises(NotAllowed):
        resolve(ended, date(2026, 3, 21), {})


def test_people_are_found_by_stage_and_side() -> None:
    grace = {"name": "Grace Madeup"}
    named = ESCALATION.with_fields(**{"people.stage-1.challenged": grace, "people.stage-2.raising": None})
    assert named.person("stage-1", "challenged") == grace
    assert named.person("stage-1", "raising") == {}
    assert named.person("stage-2", "raising") == {}


def test_more_fields_leave_the_record_before_as_it_was() -> None:
    changed = ESCALATION.with_fields(tried="Called").with_fields(tried="Wrote", lessons="None")
    assert dict(changed.fields) == {"tried": "Wrote", "lessons": "None"}
    assert dict(ESCALATION.fields) == {}
