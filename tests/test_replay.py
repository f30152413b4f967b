"""The history explains the record: what each line says of it, and what is found when one does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.escalation import Entry, Escalation, Status
from bot.replay import ALL, EXPLAINS, RECORD, explained, is_explained, recorded, replayed, unexplained
from tests.flows.contexts import BEN, GRACE, person
from tests.flows.contexts import escalation as raised_under

NOW = datetime(2026, 3, 27, 12, tzinfo=UTC)
BEGUN = raised_under("herefordshire", 1)


def line(what: str, **details: Any) -> Entry:
    return Entry(BEGUN.reference, what, "console:asha", NOW, details)


def moved(escalation: Escalation) -> Escalation:
    there = replace(escalation, stage="stage-2", entered={**escalation.entered, "stage-2": date(2026, 3, 5)})
    return there.with_people("stage-2", {"raising": person(BEN), "challenged": {"name": "Pat Elsewhere", "person": ""}})


def history(*steps: tuple[Escalation, list[Entry]]) -> list[Entry]:
    """The lines of several decisions, one after the other; each comes to the record beside it."""
    lines: list[Entry] = []
    before = None
    for after, entries in steps:
        lines += explained(before, after, entries)
        before = after
    return lines


def test_the_first_line_says_everything_that_the_record_starts_with() -> None:
    (raised,) = explained(None, BEGUN, [line("raised", stage="stage-1")])
    assert raised.details["stage"] == "stage-1"
    assert raised.details[RECORD].keys() == ALL
    assert replayed([raised]) == recorded(BEGUN)


def test_a_change_stands_with_the_line_that_explains_it_and_an_unchanged_part_with_none() -> None:
    lines = explained(BEGUN, moved(BEGUN), [line("jumped"), line("moved"), line("updated")])
    assert [each.details.keys() for each in lines] == [set(), {RECORD}, set()]
    assert lines[1].details[RECORD].keys() == {"stage", "entered", "people"}


def test_played_again_the_history_gives_the_record() -> None:
    there = moved(BEGUN)
    passed = replace(there, raiser=GRACE)
    ended = replace(passed, status=Status.CLOSED, resolved_on=date(2026, 3, 9), resolved_at="stage-2")
    lines = history(
        (BEGUN, [line("raised")]),
        (BEGUN, [line("viewed")]),
        (there, [line("moved")]),
        (passed, [line("passed on")]),
        (ended, [line("resolved"), line("closed")]),
    )
    assert replayed(lines) == recorded(ended)
    assert is_explained(ended, lines)
    assert unexplained(lines) == []
    assert not is_explained(passed, lines)


def test_nobody_who_was_only_typed_stands_in_it_by_name() -> None:
    assert recorded(moved(BEGUN))["people"]["stage-2.challenged"] == ""
    assert "Pat Elsewhere" not in str(recorded(moved(BEGUN)))


def test_what_was_typed_is_no_part_of_it() -> None:
    told = BEGUN.with_fields(tried="I rang about Kit Marker.", notes=[{"text": "Kit Marker"}])
    assert recorded(told) == recorded(BEGUN)


@pytest.mark.parametrize("hours", [-7, 0, 1, 12])
def test_a_moment_is_the_same_in_every_zone(hours: int) -> None:
    zone = timezone(timedelta(hours=hours))
    there = replace(BEGUN, opened=BEGUN.opened.astimezone(zone), entered_at={"stage-1": NOW.astimezone(zone)})
    assert recorded(there) == recorded(replace(BEGUN, entered_at={"stage-1": NOW}))


def test_a_change_that_no_line_explains_is_found_and_not_lost() -> None:
    lines = history((BEGUN, [line("raised")]), (replace(BEGUN, raiser=GRACE), [line("updated")]))
    assert unexplained(lines) == ["updated: raiser"]
    assert replayed(lines)["raiser"] == GRACE


def test_a_change_without_any_line_is_a_defect_and_names_what_changed_only() -> None:
    with pytest.raises(ValueError, match=r"was changed \(raiser\), and no line of history says so") as caught:
        explained(BEGUN, replace(BEGUN, raiser=GRACE), [])
    assert GRACE not in str(caught.value)


def test_a_decision_that_changes_nothing_that_is_looked_at_leaves_its_lines_alone() -> None:
    lines = [line("updated", text="They met.")]
    assert explained(BEGUN, BEGUN.with_fields(updates=[{"text": "They met."}]), lines) == lines
    assert explained(BEGUN, BEGUN, []) == []


def test_one_that_was_begun_before_histories_said_how_is_not_called_wrong() -> None:
    assert is_explained(BEGUN, [line("raised", stage="stage-1"), line("viewed")])
    assert not is_explained(BEGUN, [line("viewed")])
    assert not is_explained(BEGUN, [])


def test_the_table_names_parts_that_there_are() -> None:
    assert {part for parts in EXPLAINS.values() for part in parts} == ALL == recorded(BEGUN).keys()


DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))
STAGES = st.sampled_from(["stage-1", "stage-2", "stage-3"])
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "stage": STAGES,
        "status": st.sampled_from(Status),
        "raiser": st.sampled_from([BEN, GRACE]),
        "concern": DAYS,
        "entered": st.dictionaries(STAGES, DAYS),
        "agreed": st.dictionaries(STAGES, DAYS),
        "sooner": st.dictionaries(STAGES, DAYS),
        "days": st.dictionaries(st.just("decision_received"), DAYS),
        "resolved_on": st.none() | DAYS,
        "sent": st.dictionaries(st.just("form/all/entry"), st.just("2026-03-20T10:00")),
        "priority": st.sampled_from(["", "urgent"]),
    },
)


@given(st.lists(st.tuples(CHANGES, st.sampled_from([*EXPLAINS, "updated"])), max_size=8))
def test_whatever_changes_under_whatever_line_the_history_gives_the_record(
    steps: list[tuple[dict[str, Any], str]],
) -> None:
    record, lines = BEGUN, explained(None, BEGUN, [line("raised")])
    for changes, what in steps:
        after = replace(record, **changes)
        lines += explained(record, after, [line(what), line("viewed")])
        record = after
    assert replayed(lines) == recorded(record)
    assert is_explained(record, lines)
