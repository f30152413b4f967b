"""What keeps an escalation from moving or closing, and who owes the next move by when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest

from bot.decisions import decline
from bot.escalation import Approval, Escalation, Status
from bot.flows import faces
from bot.flows.context import Context
from bot.flows.move import Decline
from bot.flows.reasons import NextMove, Reason, next_move, to_close, to_move
from bot.flows.why import Explained, explanation, is_asked, why
from bot.messages import words_of
from tests.flows.contexts import (
    ASHA,
    BEN,
    CERYS,
    DIRECTORY,
    ERIN,
    GRACE,
    HUGH,
    POLICIES,
    REFERENCE,
    TODAY,
    WORDS,
    context,
    escalation,
    person,
)
from tests.invented import ALL as INVENTED
from tests.invented import NORTHMOOR
from tests.talking import buttons_of

EARLY = date(2026, 3, 3)
"""Before any stage of Herefordshire's ladder is due."""
ASKED = Approval(f"{REFERENCE}.1", REFERENCE, "move", ASHA, EARLY, (BEN, CERYS), stage="stage-2")


def names(reasons: list[Reason], *, holding: bool | None = None) -> list[str]:
    return [each.name for each in reasons if holding in {None, each.holds}]


def moving(about: Escalation, today: date = EARLY, **more: Any) -> list[Reason]:
    return to_move(context(about, today=today, **more), about)


def closing(about: Escalation, today: date = EARLY, **more: Any) -> list[Reason]:
    return to_close(context(about, today=today, **more), about)


def only(reasons: list[Reason], name: str) -> Reason:
    (found,) = (each for each in reasons if each.name == name)
    return found


def at(stage: str, **fields: Any) -> Escalation:
    """Of the invented Northmoor policy, at this stage since Tuesday 24 March 2026, 09:00."""
    begun = escalation("trafford", fields=fields)
    return replace(
        begun.with_people(stage, {"raising": person(BEN), "challenged": person(GRACE)}),
        policy="northmoor",
        policy_version=NORTHMOOR.version,
        stage=stage,
        entered={stage: date(2026, 3, 24)},
        entered_at={stage: datetime(2026, 3, 24, 9, tzinfo=ZoneInfo("Europe/London"))},
        subject="child",
    )


def northmoor(about: Escalation, today: date = date(2026, 3, 24), **more: Any) -> Context:
    return context(about, today=today, policies={"northmoor": NORTHMOOR}, **more)


# ── moving ───────────────────────────────────────────────────────────────────────────────────────────────


def test_where_nothing_is_missing_it_can_move() -> None:
    assert moving(escalation("herefordshire", 1)) == []


def test_while_the_manager_is_asked_it_says_who_since_when_and_from_when_it_may_go_on_without() -> None:
    reason = only(moving(escalation("herefordshire", 1), approvals=(ASKED,)), "asked")
    assert reason.holds
    assert reason.do == ""
    assert reason.values == {
        "names": "Ben Sample or Cerys Specimen",
        "asked": "Tuesday 3 March 2026",
        "stage": "Stage 2",
        "day": "Thursday 5 March 2026",
    }


def test_a_decline_holds_it_until_the_date_and_may_be_asked_again() -> None:
    declined = replace(ASKED, answer="declined", answered_by=BEN, reason="Kit Marker is being seen.")
    reason = only(moving(escalation("herefordshire", 1), approvals=(declined,)), "declined")
    assert (reason.holds, reason.do, reason.values["day"]) == (True, "move", "Thursday 5 March 2026")
    assert "Kit Marker" not in str(reason)


@pytest.mark.parametrize(("answer", "name"), [("", "asked_go_on"), ("declined", "declined_go_on")])
def test_on_the_day_the_stage_is_due_neither_silence_nor_a_decline_holds_it(answer: Any, name: str) -> None:
    asked = replace(ASKED, answer=answer)
    (reason,) = moving(escalation("herefordshire", 1), date(2026, 3, 5), approvals=(asked,))
    assert (reason.name, reason.holds, reason.do) == (name, False, "move")


@pytest.mark.parametrize("answer", ["approved", "withdrawn", "gone_on"])
def test_a_request_that_is_past_holds_nothing(answer: Any) -> None:
    assert moving(escalation("herefordshire", 1), approvals=(replace(ASKED, answer=answer),)) == []


def test_a_request_for_a_stage_that_was_reached_since_or_of_another_escalation_holds_nothing() -> None:
    there = escalation("herefordshire", 2)
    sent = replace(there, sent={"report-to-hscp/all/entry": "2026-03-20T10:00"})
    assert moving(sent, approvals=(ASKED,)) == []
    assert moving(escalation("herefordshire", 1), approvals=(replace(ASKED, reference="E-2AB-3CD"),)) == []


def test_at_the_top_of_the_ladder_there_is_nowhere_to_go_and_it_is_resolved_instead() -> None:
    top = replace(escalation("herefordshire", 4), sent={"report-to-hscp/all/entry": "2026-03-20T10:00"})
    (reason,) = moving(top)
    assert (reason.name, reason.do, reason.holds) == ("at_the_top", "resolve", True)


def test_a_manager_who_is_not_recorded_or_not_here_does_not_hold_it_but_is_said() -> None:
    begun = escalation("herefordshire", 1)
    nobody = begun.with_fields(**{"people.stage-1.raising": {}, "people.stage-1.deputy": {}})
    outside = begun.with_fields(
        **{"people.stage-1.raising": {"name": "Pat", "person": ""}, "people.stage-1.deputy": {}}
    )
    assert [(each.name, each.holds, each.do) for each in moving(nobody)] == [("no_manager", False, "move")]
    assert [(each.name, each.holds, each.do) for each in moving(outside)] == [("manager_not_here", False, "move")]


def test_where_the_raiser_acts_at_the_stage_alone_nobody_is_missing() -> None:
    own = escalation("trafford", 1).with_fields(**{"people.stage-1.raising": person(ASHA), "people.stage-1.deputy": {}})
    assert "manager_not_here" not in names(moving(own))


def test_that_nobody_has_told_them_is_said_until_somebody_has() -> None:
    silent = escalation("herefordshire", 1, fields={"words_said": None})
    (reason,) = moving(silent)
    assert (reason.name, reason.holds, reason.do) == ("not_told", False, "say")


@pytest.mark.parametrize("status", [Status.RESOLVED, Status.CLOSED, Status.WITHDRAWN])
def test_what_has_ended_moves_no_more(status: Status) -> None:
    (reason,) = moving(escalation("herefordshire", 2, status))
    assert (reason.name, reason.do) == ("ended", "reopen")
    assert reason.values == {"status": WORDS(f"status.{status.value}")}


def test_the_clocks_of_the_stage_that_are_open_are_said_with_their_dates() -> None:
    about = at("step-2", clocks_met={"step-2/acknowledge": "2026-03-24"})
    open_ones = [each for each in to_move(northmoor(about), about) if each.name == "clock_open"]
    assert [each.values["what"] for each in open_ones] == [
        clock.label for clock in NORTHMOOR.stage("step-2").clocks if clock.id != "acknowledge"
    ]
    assert open_ones[1].values["due"] == "by the end of Wednesday 25 March 2026"
    assert {each.holds for each in open_ones} == {False}


# ── closing ──────────────────────────────────────────────────────────────────────────────────────────────


def test_an_open_one_is_not_closed_because_it_is_not_resolved() -> None:
    assert names(closing(escalation("herefordshire", 1)), holding=True) == ["not_resolved"]


def test_who_says_that_it_is_resolved_is_told_in_the_policy_s_words() -> None:
    about = at("step-2")
    reason = only(to_close(northmoor(about), about), "judged_by")
    assert reason.values == {
        "stage": "Step 2",
        "words": "The manager of the agency that raised it decides whether it is resolved.",
    }


def test_a_form_that_is_due_holds_up_closing_and_is_named_with_its_moment() -> None:
    about = escalation("herefordshire", 2)
    reason = only(closing(about), "form_due")
    assert reason.values == {"title": "Report to HSCP", "part": "On reaching Stage 2"}
    assert (reason.holds, reason.do) == (True, "report")
    assert names(moving(about)) == ["form_due"]
    assert names(moving(about), holding=True) == []


def letter(**more: Any) -> Mapping[str, Any]:
    return {"form": "report-to-hscp", "instance": "all", "moment": "entry", "answers": {"1.1": "Kit Marker"}, **more}


def test_a_form_that_was_refused_is_said_to_be_due_again_and_what_stood_on_it_is_not() -> None:
    refused = escalation("herefordshire", 2, fields={"letter.1": letter(given_up="2026-03-20T10:00")})
    assert names(closing(refused), holding=True) == ["not_resolved", "form_refused"]
    assert "Kit Marker" not in str(closing(refused))


def test_a_form_that_arrived_once_and_is_due_anew_was_not_refused() -> None:
    again = escalation("herefordshire", 2, fields={"letter.1": letter(left="2026-03-20T10:00")})
    assert names(closing(again), holding=True) == ["not_resolved", "form_due"]


def test_a_form_that_has_not_left_yet_holds_up_closing_once_and_there_is_nothing_to_do() -> None:
    every = {
        f"report-to-hscp/all/{moment.id}": "2026-03-27T10:00" for moment in POLICIES["herefordshire"].forms[0].moments
    }
    on_the_way = {"letter.1": letter(), "letter.2": letter(), "letter.3": letter(left="2026-03-27T10:00")}
    resolved = replace(escalation("herefordshire", 2, Status.RESOLVED, fields=on_the_way), sent=every)
    reason = only(closing(resolved, TODAY), "on_its_way")
    assert (reason.holds, reason.do, reason.values) == (True, "", {"title": "Report to HSCP"})
    left = resolved.with_fields(**{name: letter(left="2026-03-27T10:00") for name in on_the_way})
    assert names(closing(left, TODAY), holding=True) == []


def test_agencies_that_have_not_filed_it_are_counted_and_never_named() -> None:
    policy = POLICIES["herefordshire"]
    assert any(duty.who == "each_agency" for duty in policy.record_duties)
    filed = [{"what": "filed", "stage": "stage-2", "on": "2026-03-27", "side": "raising"}]
    about = escalation(
        "herefordshire", 2, Status.RESOLVED, fields={"other_agencies": [{"agency": "Police"}], "notes": filed}
    )
    reason = only(closing(about, TODAY), "not_filed")
    assert (reason.values, reason.holds, reason.do) == ({"n": 2, "of": 3}, False, "note")
    every = [*filed, *({**filed[0], "side": side} for side in ("challenged", "challenged.1"))]
    assert "not_filed" not in names(closing(about.with_fields(notes=every), TODAY))


def test_what_is_closed_or_withdrawn_says_that_it_can_be_opened_again() -> None:
    for status in (Status.CLOSED, Status.WITHDRAWN):
        assert names(closing(escalation("herefordshire", 1, status), TODAY), holding=True) == ["ended"]


# ── who owes the next move ───────────────────────────────────────────────────────────────────────────────


def owes(move: NextMove) -> tuple[str, tuple[str, ...], str, date | None]:
    assert move.owner is not None
    return move.owner.side, move.owner.people, move.what, move.by


def test_who_acts_at_the_stage_owes_the_next_move_by_its_date() -> None:
    about = escalation("herefordshire", 1)
    assert owes(next_move(context(about), about)) == ("raising", (BEN,), "stage", date(2026, 3, 5))


def test_whoever_is_not_here_owes_it_by_the_role_that_the_policy_gives() -> None:
    about = escalation("herefordshire", 1).with_fields(**{"people.stage-1.raising": {"name": "Pat", "person": ""}})
    move = next_move(context(about), about)
    assert move.owner is not None
    assert (move.owner.people, move.owner.role) == ((), "Line/Team Manager")


def test_while_they_are_asked_the_manager_and_the_deputy_owe_an_answer() -> None:
    about = escalation("herefordshire", 1)
    asked = next_move(context(about, today=EARLY, approvals=(ASKED,)), about)
    assert owes(asked) == ("raising", (BEN, CERYS), "answer", date(2026, 3, 5))
    declined = next_move(context(about, today=EARLY, approvals=(replace(ASKED, answer="declined"),)), about)
    assert declined.what == "stage"


def test_where_the_policy_has_no_days_an_answer_is_waited_for_until_the_raiser_may_go_on() -> None:
    about = escalation("islands", 1)
    asked = replace(ASKED, stage=POLICIES["islands"].ladder[1].id)
    move = next_move(context(about, today=EARLY, approvals=(asked,)), about)
    assert (move.what, move.by, move.due) == ("answer", date(2026, 3, 5), None)


def test_where_there_is_no_date_the_reason_is_stated() -> None:
    about = escalation("islands", 1)
    move = next_move(context(about), about)
    assert (move.by, move.why_none) == (None, "no limit")


@pytest.mark.parametrize(
    ("met", "side", "people", "clock"),
    [
        ((), "challenged", (GRACE,), "acknowledge"),  # four hours come before the end of the day
        (("acknowledge",), "raising", (BEN,), "say"),
        (("acknowledge", "say"), "challenged", (GRACE,), "reply"),
        (("acknowledge", "say", "reply"), "raising", (BEN,), "meet"),
    ],
)
def test_what_is_due_first_within_the_stage_decides_who_owes_the_next_move(
    met: tuple[str, ...], side: str, people: tuple[str, ...], clock: str
) -> None:
    about = at("step-2", clocks_met={f"step-2/{name}": "2026-03-24" for name in met})
    move = next_move(northmoor(about), about)
    assert move.owner is not None
    assert (move.owner.side, move.owner.people, move.what) == (side, people, "clock")
    assert move.due is not None
    assert move.due.key == f"step-2/{clock}"  # type: ignore[union-attr]


def test_what_the_partnership_owes_is_its_teams() -> None:
    about = at("step-5")
    move = next_move(northmoor(about), about)
    assert move.owner is not None
    assert (move.owner.side, move.owner.role) == ("partnership", NORTHMOOR.partnership.team)


def test_once_resolved_the_raiser_owes_the_form_and_when_it_has_ended_nobody_owes_anything() -> None:
    resolved = escalation("herefordshire", 2, Status.RESOLVED)
    assert owes(next_move(context(resolved), resolved)) == ("raising", (ASHA,), "report", None)
    closed = escalation("herefordshire", 2, Status.CLOSED)
    assert next_move(context(closed), closed) == NextMove(None, "nothing", why_none="ended")


EVERY = {**POLICIES, **INVENTED}


@pytest.mark.parametrize("name", sorted(EVERY))
@pytest.mark.parametrize("answer", [None, "", "declined"])
def test_every_open_one_has_an_owner_and_a_next_date_or_a_stated_reason(name: str, answer: Any) -> None:
    policy = EVERY[name].taken()
    for place, stage in enumerate(policy.ladder):
        begun = at(stage.id) if name == "northmoor" else escalation("trafford")
        about = replace(begun, policy=name, policy_version=policy.version, stage=stage.id, entered={stage.id: EARLY})
        target = policy.ladder[min(place + 1, len(policy.ladder) - 1)].id
        asked = () if answer is None else (replace(ASKED, stage=target, answer=answer),)
        move = next_move(context(about, policies=EVERY, approvals=asked), about)
        assert move.owner is not None
        assert move.owner.people or move.owner.role
        assert (move.by is None) is bool(move.why_none), (name, stage.id, move)


# ── asking ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "typed",
    ["why", "Why?", "why can’t I close this?", "Why can't I close this", "why cannot we move on?", "WHY CANT I MOVE IT",
     "why can’t I move E-4KX-7PW?", "why can not I resolve this ?", "  why   can't I go on?"],
)  # fmt: skip
def test_it_is_asked_in_plain_words(typed: str) -> None:
    assert is_asked(typed)


@pytest.mark.parametrize(
    "typed",
    ["", "why not", "Why can’t I move the child to safety?", "why can't they close this", "because why?",
     "Why can’t I close this? I rang twice about Kit Marker."],
)  # fmt: skip
def test_an_answer_that_begins_so_is_an_answer(typed: str) -> None:
    assert not is_asked(typed)


def explained(about: Escalation, me: str = ASHA, **more: Any) -> str:
    c = context(about, today=EARLY, me=DIRECTORY[me], **more)
    with pytest.raises(StopIteration) as end:
        next(why(c))
    assert isinstance(end.value.value, Explained)
    return words_of(explanation(c, end.value.value))


def test_each_reason_is_said_with_a_button_for_what_to_do_once() -> None:
    said = explained(escalation("herefordshire", 2, fields={"words_said": None}))
    assert "It is not closed, because:\n- It is not resolved yet: it stands at Stage 2." in said
    assert "- Report to HSCP is due and has not been sent (On reaching Stage 2)." in said
    assert "Nothing keeps it from moving to a further stage.\nAlso still to be done" in said
    assert said.count("[Fill in the report]") == 1
    assert "You keep the responsibility for moving this on." in said


def test_the_manager_who_is_asked_can_answer_there_and_is_told_whose_the_rest_is() -> None:
    said = explained(escalation("herefordshire", 1), BEN, approvals=(ASKED,))
    assert "[Approve] [Decline]" in said
    assert "Whoever raised it can do these." in said
    assert "[Resolve]" not in said
    assert "You keep the responsibility" not in said
    assert "[Approve]" not in explained(escalation("herefordshire", 1), ERIN, approvals=(ASKED,))


def test_where_nothing_holds_it_up_it_says_so() -> None:
    every = {
        f"report-to-hscp/all/{moment.id}": "2026-03-27T10:00" for moment in POLICIES["herefordshire"].forms[0].moments
    }
    notes = [
        {"what": "filed", "stage": "stage-2", "on": "2026-03-27", "side": side} for side in ("raising", "challenged")
    ]
    said = explained(
        replace(escalation("herefordshire", 2, Status.RESOLVED, fields={"notes": notes}), sent=every), HUGH
    )
    assert "Nothing keeps it from being closed." in said


@pytest.mark.parametrize("answer", ["", "declined"])
def test_a_jump_that_was_asked_for_or_declined_does_not_keep_it_from_the_next_stage(
    answer: Literal["", "declined"],
) -> None:
    about = escalation("herefordshire")
    day = date(2026, 3, 3)
    straight = Approval("k", about.reference, "move", ASHA, day, (BEN,), "stage-3", answer=answer)
    (reason,) = [each for each in to_move(context(about, today=day, approvals=(straight,)), about) if each.do == "jump"]
    assert not reason.holds
    assert reason.values["stage"] == "Stage 3"


def test_whoever_decides_on_a_jump_sees_that_it_is_one_and_asking_again_is_one_too() -> None:
    about = escalation("herefordshire")
    straight = Approval("k", about.reference, "move", ASHA, date(2026, 3, 3), (BEN,), "stage-3", post="post")
    assert "May it go straight to Stage 3" in words_of(faces.approval_post(context(about), about, straight))
    world = context(about, me=DIRECTORY[BEN], approvals=(straight,))
    done = decline(world, Decline("k", "Not yet."), straight, "p", datetime(2026, 3, 3, 10, tzinfo=UTC))
    told = next(each.message for each in done.deliveries if each.to == ASHA and each.message)
    assert [button.value for button in buttons_of(told)] == [f"jump {about.reference}"]
