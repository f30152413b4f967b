"""Which part of which form is due when, in each of the shipped policies."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bot.escalation import Escalation, Status
from bot.forms_due import (
    Filling,
    fillings,
    instances,
    is_early,
    moments_up_to,
    next_filling,
    opened_early,
    outstanding,
    sent_with,
    stages_of,
    triggered,
    was_sent,
)
from bot.policy import Ladder, Moment, Policy, Trigger
from tests.flows.contexts import POLICIES as SHIPPED

NAMES = sorted(SHIPPED)
CONCERN = date(2026, 3, 2)


def at(name: str, stage: int, status: Status = Status.OPEN, *, without: tuple[int, ...] = ()) -> Escalation:
    """An escalation that has reached the n-th stage of the ladder, through all those below but `without`."""
    ladder = [each.id for each in SHIPPED[name].ladder]
    entered = {
        stage_id: CONCERN + timedelta(days=place)
        for place, stage_id in enumerate(ladder[:stage])
        if place + 1 not in without
    }
    ended = status is not Status.OPEN
    return Escalation(
        reference="E-4KX-7PW", policy=name, policy_version="1", raiser="console:asha", raiser_agency="School",
        challenged_agency="County", subject="child", stage=ladder[stage - 1], concern=CONCERN,
        opened=datetime(2026, 3, 2, 10, tzinfo=UTC), status=status, entered=entered,
        resolved_on=date(2026, 4, 1) if ended else None, resolved_at=ladder[stage - 1] if ended else "",
    )  # fmt: skip


def keys(found: list[Filling]) -> list[str]:
    return [filling.key for filling in found]


def due(name: str, escalation: Escalation) -> list[str]:
    return keys(outstanding(SHIPPED[name], escalation))


def sent(escalation: Escalation, *filled: str) -> Escalation:
    return replace(escalation, sent=dict.fromkeys(filled, "2026-04-01T10:00:00+00:00"))


# Due while open, and once resolved there, at the stages 1 to 4 of the ladder; nothing has been sent before.
DUE: dict[str, dict[Status, list[list[str]]]] = {
    "herefordshire": {
        Status.OPEN: [[], ["report-to-hscp/all/entry"], ["report-to-hscp/all/entry"], ["report-to-hscp/all/entry"]],
        Status.RESOLVED: [[], *[["report-to-hscp/all/entry", "report-to-hscp/all/resolution"]] * 3],
    },
    "sefton": {
        Status.OPEN: [[], [], [], []],
        Status.RESOLVED: [[], [], *[["report-to-sscp/all/resolution"]] * 2],
    },
    "islands": {
        Status.OPEN: [
            [],
            [],
            ["resolution-form/stage-3/stage"],
            ["resolution-form/stage-3/stage", "resolution-form/stage-4/stage"],
        ],
        Status.RESOLVED: [
            [],
            [],
            ["resolution-form/stage-3/stage", "resolution-form/stage-3/monitoring"],
            ["resolution-form/stage-3/stage", "resolution-form/stage-4/stage", "resolution-form/stage-4/monitoring"],
        ],
    },
    "trafford": {
        Status.OPEN: [[], [], ["notice/all/entry"], ["notice/all/entry"]],
        Status.RESOLVED: [[], [], *[["notice/all/entry", "notice/all/outcome"]] * 2],
    },
}


def test_the_table_is_about_every_shipped_policy() -> None:
    assert sorted(DUE) == NAMES


@pytest.mark.parametrize("stage", [1, 2, 3, 4])
@pytest.mark.parametrize("status", [Status.OPEN, Status.RESOLVED])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_due_at_a_stage_and_on_resolving_there(name: str, status: Status, stage: int) -> None:
    assert due(name, at(name, stage, status)) == DUE[name][status][stage - 1]


@pytest.mark.parametrize("name", NAMES)
def test_what_was_sent_is_not_due_again(name: str) -> None:
    for stage in (1, 2, 3, 4):
        ended = at(name, stage, Status.RESOLVED)
        assert due(name, sent(ended, *due(name, ended))) == []


@pytest.mark.parametrize("name", NAMES)
def test_everything_that_is_due_is_for_the_raiser_to_fill(name: str) -> None:
    for stage in (1, 2, 3, 4):
        found = fillings(SHIPPED[name], at(name, stage, Status.RESOLVED))
        assert found
        assert all(filling.moment.who != "partnership" for filling in found)


def test_a_stage_that_was_left_out_asks_for_no_form() -> None:
    assert due("islands", at("islands", 4, without=(1, 2, 3))) == ["resolution-form/stage-4/stage"]


def test_islands_keep_one_form_for_each_stage_at_which_it_is_due() -> None:
    (form,) = SHIPPED["islands"].forms
    policy = SHIPPED["islands"]
    assert instances(policy, form, at("islands", 1)) == ["stage-1"]
    assert instances(policy, form, at("islands", 2)) == ["stage-2"]
    assert instances(policy, form, at("islands", 3)) == ["stage-3"]
    assert instances(policy, form, at("islands", 4)) == ["stage-3", "stage-4"]
    stored = {filling.stored for filling in fillings(SHIPPED["islands"], at("islands", 4))}
    assert stored == {"form.resolution-form.stage-3", "form.resolution-form.stage-4"}


@pytest.mark.parametrize("name", ["herefordshire", "sefton", "trafford"])
def test_the_other_forms_are_one_document_for_the_whole_escalation(name: str) -> None:
    (form,) = SHIPPED[name].forms
    assert all(instances(SHIPPED[name], form, at(name, stage)) == ["all"] for stage in (1, 2, 3, 4))


# ── what is filled next ──────────────────────────────────────────────────────────────────────────────────


def following(name: str, escalation: Escalation) -> str:
    (form,) = SHIPPED[name].forms
    return next_filling(SHIPPED[name], escalation, form).key


def test_what_is_due_is_filled_first_and_in_order() -> None:
    ended = at("herefordshire", 3, Status.RESOLVED)
    assert following("herefordshire", ended) == "report-to-hscp/all/entry"
    assert following("herefordshire", sent(ended, "report-to-hscp/all/entry")) == "report-to-hscp/all/resolution"


def test_islands_fill_the_lowest_stage_first_then_the_present_one() -> None:
    there = at("islands", 4)
    assert following("islands", there) == "resolution-form/stage-3/stage"
    assert following("islands", sent(there, "resolution-form/stage-3/stage")) == "resolution-form/stage-4/stage"


def test_a_form_may_be_begun_before_it_is_due() -> None:
    assert following("herefordshire", at("herefordshire", 1)) == "report-to-hscp/all/entry"
    assert following("sefton", at("sefton", 1)) == "report-to-sscp/all/details"
    assert following("islands", at("islands", 1)) == "resolution-form/stage-1/stage"
    assert following("trafford", at("trafford", 1)) == "notice/all/entry"


def test_what_was_kept_or_sent_is_followed_by_what_is_still_open() -> None:
    there = sent(at("herefordshire", 2), "report-to-hscp/all/entry")
    assert following("herefordshire", there) == "report-to-hscp/all/progress"
    kept = there.with_fields(kept=["report-to-hscp/all/progress"])
    assert following("herefordshire", kept) == "report-to-hscp/all/progress"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("stage", [1, 2, 3, 4])
def test_what_can_only_be_said_after_resolving_is_not_asked_before(name: str, stage: int) -> None:
    there = at(name, stage)
    everything = {filling.key: "2026-04-01" for filling in fillings(SHIPPED[name], there)}
    for escalation in (there, replace(there, sent=everything)):
        (form,) = SHIPPED[name].forms
        moment = next_filling(SHIPPED[name], escalation, form).moment
        assert moment.due is None or moment.due.on == "entering" or moment.opens is not None


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("stage", [1, 2, 3, 4])
def test_a_form_that_has_all_been_sent_can_be_sent_once_more(name: str, stage: int) -> None:
    ended = at(name, stage, Status.CLOSED)
    everything = sent(ended, *keys(fillings(SHIPPED[name], ended)))
    (form,) = SHIPPED[name].forms
    again = next_filling(SHIPPED[name], everything, form)
    assert was_sent(again, everything)
    assert not was_sent(again, ended)


def test_one_instance_that_was_sent_does_not_count_for_another() -> None:
    there = sent(at("islands", 4), "resolution-form/stage-3/stage")
    assert [was_sent(filling, there) for filling in fillings(SHIPPED["islands"], there)] == [True, True, False, False]


def test_whether_it_is_early() -> None:
    def early(name: str, escalation: Escalation) -> list[str]:
        return keys(
            [filling for filling in fillings(SHIPPED[name], escalation) if is_early(SHIPPED[name], filling, escalation)]
        )

    hscp, sscp = "report-to-hscp/all/", "report-to-sscp/all/"
    assert early("herefordshire", at("herefordshire", 1)) == [hscp + "entry", hscp + "progress", hscp + "resolution"]
    assert early("herefordshire", at("herefordshire", 2)) == [hscp + "resolution"]
    assert early("herefordshire", at("herefordshire", 2, Status.RESOLVED)) == []
    assert early("sefton", at("sefton", 2)) == [sscp + "details", sscp + "resolution"]
    assert early("sefton", at("sefton", 3)) == [sscp + "resolution"]
    assert early("islands", at("islands", 4, Status.RESOLVED)) == ["resolution-form/stage-3/monitoring"]


@pytest.mark.parametrize("name", NAMES)
def test_a_moment_is_asked_with_all_that_comes_before_it_in_the_form(name: str) -> None:
    (form,) = SHIPPED[name].forms
    own = [moment.id for moment in form.moments if moment.who != "partnership"]
    ended = at(name, 4, Status.RESOLVED)
    for filling in fillings(SHIPPED[name], ended):
        upto = moments_up_to(SHIPPED[name], filling, ended)
        assert upto == own[: len(upto)]
        assert upto[-1] == filling.moment.id


def test_nothing_is_due_without_a_trigger_and_none_fires_at_other_stages() -> None:
    assert not triggered(SHIPPED["sefton"], None, at("sefton", 4, Status.CLOSED), "all")
    policy = SHIPPED["trafford"]
    (form,) = policy.forms
    outcome = form.moment("outcome").due
    assert triggered(policy, outcome, at("trafford", 3, Status.RESOLVED), "all")
    assert triggered(policy, outcome, at("trafford", 3, Status.CLOSED), "all")
    assert not triggered(policy, outcome, at("trafford", 3), "all")
    assert not triggered(policy, outcome, at("trafford", 2, Status.RESOLVED), "all")


# ── every kind of trigger ────────────────────────────────────────────────────────────────────────────────

EVERY_KIND: dict[str, dict[str, Any]] = {
    "details": {},
    "entry": {"send": True, "due": {"on": "entering", "from_stage": "stage-2"}},
    "left": {"send": True, "due": {"on": "leaving", "stages": ["stage-3", "stage-2"]}},
    "theirs": {"send": True, "due": {"on": "entering", "every": True}, "who": "challenged"},
    "end": {"send": True, "due": {"on": "resolving", "every": True}},
    "given-up": {"send": True, "due": {"on": "withdrawing", "from_stage": "stage-3"}},
}
MOMENTS = [Moment.model_validate({"id": name, "label": name, **more}) for name, more in EVERY_KIND.items()]


def policy_with(one_per: str = "escalation", ladder: list[str] | None = None) -> Policy:
    """Herefordshire's stages with a form that has a moment of every kind."""
    whole = SHIPPED["herefordshire"]
    form = whole.forms[0].model_copy(update={"id": "f", "one_per": one_per, "moments": MOMENTS})
    made = whole.model_copy(update={"forms": [form]})
    if ladder is None:
        return made
    ladders = [Ladder.model_validate({"id": "short", "label": "Short", "stages": ladder})]
    return made.model_copy(update={"ladders": ladders}).taken("short")


@pytest.mark.parametrize(
    ("trigger", "stages"),
    [
        ({"stages": ["stage-4", "stage-2"]}, ["stage-2", "stage-4"]),
        ({"from_stage": "stage-3"}, ["stage-3", "stage-4"]),
        ({"every": True}, ["stage-1", "stage-2", "stage-3", "stage-4"]),
        ({"stages": ["stage-1"], "from_stage": "stage-4"}, ["stage-1", "stage-4"]),
        ({}, []),
    ],
)
def test_a_trigger_waits_at_its_stages_lowest_first(trigger: dict[str, Any], stages: list[str]) -> None:
    made = Trigger.model_validate({"on": "entering", **trigger})
    assert stages_of(made, SHIPPED["herefordshire"]) == stages


def test_a_trigger_counts_the_stages_of_the_ladder_that_the_escalation_is_on() -> None:
    short = policy_with(ladder=["stage-3", "stage-1"])
    assert stages_of(Trigger(on="entering", every=True), short) == ["stage-3", "stage-1"]
    assert stages_of(Trigger(on="entering", from_stage="stage-3"), short) == ["stage-3", "stage-1"]
    assert stages_of(Trigger(on="entering", from_stage="stage-2"), short) == []


def due_of(made: Policy, escalation: Escalation) -> list[str]:
    return [filling.key.removeprefix("f/") for filling in outstanding(made, escalation)]


@pytest.mark.parametrize(
    ("escalation", "expected"),
    [
        (at("herefordshire", 1), []),
        (at("herefordshire", 2), ["entry"]),
        (at("herefordshire", 3), ["entry", "left"]),
        # Stage 2 was jumped over: it was never entered, so it was never left; a later stage was entered all the same.
        (at("herefordshire", 3, without=(2,)), ["entry"]),
        (at("herefordshire", 2, Status.WITHDRAWN), ["entry"]),
        (at("herefordshire", 3, Status.WITHDRAWN), ["entry", "left", "given-up"]),
        (at("herefordshire", 1, Status.RESOLVED), ["end"]),
        (at("herefordshire", 3, Status.CLOSED), ["entry", "left", "end"]),
    ],
)
def test_what_is_due_on_entering_leaving_resolving_and_withdrawing(escalation: Escalation, expected: list[str]) -> None:
    assert due_of(policy_with(), escalation) == [f"all/{moment}" for moment in expected]


def test_a_form_for_each_stage_is_due_for_the_stages_that_were_entered_left_or_ended_at() -> None:
    made = policy_with("stage")
    assert due_of(made, at("herefordshire", 3)) == ["stage-2/entry", "stage-2/left", "stage-3/entry"]
    withdrawn = due_of(made, at("herefordshire", 3, Status.WITHDRAWN))
    assert withdrawn == ["stage-2/entry", "stage-2/left", "stage-3/entry", "stage-3/given-up"]
    ended = due_of(made, at("herefordshire", 2, Status.RESOLVED))
    assert ended == ["stage-2/entry", "stage-2/end"]


def test_what_the_other_side_fills_is_offered_and_never_due() -> None:
    made = policy_with()
    there = at("herefordshire", 2)
    assert "f/all/theirs" in keys(fillings(made, there))
    assert keys(opened_early(made, there)) == ["f/all/theirs"]
    assert opened_early(made, there.with_fields(kept=["f/all/theirs"])) == []


def test_what_was_jumped_by_an_ending_is_not_asked_on_the_way_to_another() -> None:
    made = policy_with()
    withdrawn = at("herefordshire", 3, Status.WITHDRAWN)
    (given_up,) = [filling for filling in fillings(made, withdrawn) if filling.moment.id == "given-up"]
    assert moments_up_to(made, given_up, withdrawn) == ["details", "entry", "left", "theirs", "given-up"]
    jumped = at("herefordshire", 4, Status.RESOLVED, without=(2, 3))
    (end,) = [filling for filling in fillings(made, jumped) if filling.moment.id == "end"]
    assert moments_up_to(made, end, jumped) == ["details", "entry", "theirs", "end"]


@pytest.mark.parametrize("status", [Status.OPEN, Status.RESOLVED])
def test_what_waits_for_an_ending_is_not_asked_before_it(status: Status) -> None:
    made = policy_with()
    there = at("herefordshire", 3, status)
    everything = replace(there, sent={filling.key: "2026-04-01" for filling in fillings(made, there)})
    last = next_filling(made, everything, made.forms[0]).moment.id
    assert last == ("theirs" if status is Status.OPEN else "end")


def test_what_was_sent_with_a_later_moment_has_been_sent() -> None:
    made = policy_with()
    there = sent(at("herefordshire", 2), "f/all/entry")
    (entry,) = [filling for filling in fillings(made, there) if filling.moment.id == "entry"]
    assert sent_with(made, entry, there) == {"details", "entry"}
    assert sent_with(made, entry, at("herefordshire", 2)) == set()
