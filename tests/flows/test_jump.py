"""Straight to a later stage: what is offered under each policy, what is said about it, and what the form says of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.decisions import approve, ask_approval, move_now
from bot.decisions.effects import Effects
from bot.escalation import Escalation, Status
from bot.flows.context import Context
from bot.flows.move import AskApproval, MoveNow
from bot.flows.moved_on import NothingToDo
from bot.flows.prefill import prefill
from bot.forms_due import outstanding
from bot.messages import Words
from tests.flows.contexts import BEN, CERYS, DIRECTORY, POLICIES, REFERENCE, context, escalation, person
from tests.flows.held import asked, ends

DELE, IRIS = "console:dele", "console:iris"
NOW = datetime(2026, 3, 27, 10, tzinfo=UTC)
REASON = "the child is moved tomorrow."
JUMPS = [
    (name, place, target)
    for name, policy in POLICIES.items()
    for place in range(len(policy.ladder))
    for target in range(place + 2, len(policy.ladder))
    if policy.skips.allowed != "to_stages" or policy.ladder[target].id in policy.skips.to
]
every_jump = pytest.mark.parametrize(("policy", "place", "target"), JUMPS)


def offered(world: Context) -> list[str]:
    question = asked("jump", world).get("to_stage")
    return [option.id for option in question.kind.options] if question else []  # type: ignore[attr-defined]


def said_before(world: Context) -> str:
    return "\n".join(part.text for part in asked("jump", world)["to_stage"].before if isinstance(part, Words))


def jumped(policy: str, place: int, target: int, **answers: Any) -> Effects:
    """Asked for, and approved by the present stage's manager."""
    about = escalation(policy, place + 1)
    to = POLICIES[policy].ladder[target].id
    decision = ends(
        "jump", context(about), to_stage=to, reason=REASON, raising=person(BEN), deputy=None, challenged=None, **answers
    )
    assert isinstance(decision, AskApproval)
    asking = ask_approval(context(about), decision, "one", NOW)
    (approval,) = asking.approvals
    world = context(asking.escalation, me=DIRECTORY[decision.may_answer[0]], approvals=(approval,))
    return approve(world, approval, "two", NOW)


def test_every_policy_lets_somebody_jump_to_its_last_two_stages() -> None:
    assert {(name, target) for name, place, target in JUMPS if place == 0} == {
        (name, target) for name in POLICIES for target in (2, 3)
    }


@pytest.mark.parametrize("policy", sorted(POLICIES))
def test_what_is_offered_lies_beyond_the_next_stage_and_what_the_policy_says_stands_above_it(policy: str) -> None:
    ladder = [stage.id for stage in POLICIES[policy].ladder]
    for place in range(len(ladder)):
        world = context(escalation(policy, place + 1))
        wanted = [ladder[target] for name, here, target in JUMPS if (name, here) == (policy, place)]
        assert offered(world) == wanted
        if not wanted:
            assert ends("jump", world).words == "jump.none"


def test_trafford_says_its_own_rule() -> None:
    said = said_before(context(escalation("trafford")))
    assert said == "Go straight to stage 3-4 if resolution requires this level of response."


@pytest.mark.parametrize("policy", ["herefordshire", "sefton", "islands"])
def test_where_the_policy_is_silent_a_warning_sends_to_the_safeguarding_lead(policy: str) -> None:
    assert "does not describe leaving out a" in said_before(context(escalation(policy)))
    assert "Speak to your safeguarding lead before you do." in said_before(context(escalation(policy)))


@pytest.mark.parametrize("policy", sorted(POLICIES))
def test_a_jump_is_never_without_a_reason(policy: str) -> None:
    reason = asked("jump", context(escalation(policy)))["reason"]
    assert not reason.optional
    assert "straight to" in reason.label


@every_jump
def test_a_jump_moves_once_and_the_history_says_what_it_left_out(policy: str, place: int, target: int) -> None:
    ladder = [stage.id for stage in POLICIES[policy].ladder]
    done = jumped(policy, place, target)
    moved = done.escalation
    assert moved.stage == ladder[target]
    assert set(moved.entered) == {*ladder[: place + 1], ladder[target]}
    whats = [(entry.what, entry.by) for entry in done.history]
    assert whats == [("jumped", BEN if place == 0 else "console:erin"), ("moved", whats[0][1])]
    assert done.history[0].details == {"over": ladder[place + 1 : target], "to": ladder[target]}
    assert done.history[1].details["reason"] == REASON
    # The channel reads where it is, and nothing about why.
    assert REASON not in str([each.message for each in done.deliveries if each.kind == "thread"])


@every_jump
def test_a_jump_that_nobody_here_can_approve_is_on_record_the_same_way(policy: str, place: int, target: int) -> None:
    about = escalation(policy, place + 1)
    alone = about.with_fields(**{name: {} for name in about.fields if name.startswith("people.")})
    to = POLICIES[policy].ladder[target].id
    decision = ends("jump", context(alone), to_stage=to, reason=REASON, agreed_by=None)
    assert isinstance(decision, MoveNow)
    done = move_now(context(alone), decision, "one", NOW)
    assert [entry.what for entry in done.history] == ["jumped", "moved"]
    assert done.history[1].details["without_approval"]


def test_the_next_stage_alone_is_no_jump() -> None:
    about = escalation("sefton")
    decision = ends("move", context(about), reason="No answer.")
    approval = ask_approval(context(about), decision, "one", NOW)
    world = context(approval.escalation, me=DIRECTORY[BEN], approvals=tuple(approval.approvals))
    assert [entry.what for entry in approve(world, approval.approvals[0], "two", NOW).history] == ["moved"]


@pytest.mark.parametrize("flow", ["move", "jump"])
@pytest.mark.parametrize("policy", sorted(POLICIES))
def test_what_was_begun_at_another_stage_ends_with_where_it_is_now(policy: str, flow: str) -> None:
    about = escalation(policy, 2)
    seed = {"reference": REFERENCE, "from": POLICIES[policy].ladder[0].id}
    decision = ends(flow, context(about, seed=seed))
    assert isinstance(decision, NothingToDo)
    assert decision.words == "move.moved_on"
    assert POLICIES[policy].ladder[1].label in decision.values["stage"]


# ── the form ─────────────────────────────────────────────────────────────────────────────────────────────────

TRIED = next(field for _, field in POLICIES["trafford"].forms[0].fields() if field.prefill == "tried_before")


@pytest.mark.parametrize(
    ("place", "target", "line"),
    [
        (0, 2, "Stage 2: Not attempted – escalated straight to Stage 3 because the child is moved tomorrow."),
        (0, 3, "Stage 2, Stage 3: Not attempted – escalated straight to Stage 4 because the child is moved tomorrow."),
        (1, 3, "Stage 3: Not attempted – escalated straight to Stage 4 because the child is moved tomorrow."),
    ],
)
def test_traffords_notice_says_which_challenge_was_not_attempted_and_why(place: int, target: int, line: str) -> None:
    about = jumped("trafford", place, target, agreed=None).escalation
    assert str(prefill(context(about), about, TRIED)).split("\n")[-1] == line


def test_without_a_jump_nothing_is_said_to_have_been_left_out() -> None:
    about = escalation("trafford", 3)
    assert "Not attempted" not in str(prefill(context(about), about, TRIED))


def owed(about: Escalation) -> list[str]:
    return [filling.key for filling in outstanding(POLICIES[about.policy], about)]


@pytest.mark.parametrize("target", [2, 3])
def test_herefordshires_report_is_owed_after_jumping_over_stage_2(target: int) -> None:
    about = jumped("herefordshire", 0, target).escalation
    assert owed(about) == ["report-to-hscp/all/entry"]
    # Once it was sent, entering the stages above asks for it no second time.
    sent = replace(about, sent={"report-to-hscp/all/entry": "2026-03-27T10:00"})
    assert owed(sent) == []


@every_jump
def test_whatever_was_left_out_every_policys_form_is_owed_once_it_is_resolved(
    policy: str, place: int, target: int
) -> None:
    """As it would have been, had each stage been entered."""
    about = jumped(policy, place, target).escalation
    ended = replace(about, status=Status.RESOLVED, resolved_at=about.stage, resolved_on=NOW.date())
    whole = escalation(policy, target + 1)
    climbed = replace(whole, status=Status.RESOLVED, resolved_at=whole.stage, resolved_on=NOW.date())
    assert bool(owed(ended)) == bool(owed(climbed))


@pytest.mark.parametrize(
    ("decides", "may_answer"),
    [("manager", (BEN, CERYS)), ("safeguarding_lead", (DELE,)), ("partnership", (IRIS,)), ("raiser", None)],
)
def test_a_jump_is_decided_by_whom_the_policy_names(decides: Any, may_answer: tuple[str, ...] | None) -> None:
    whole = POLICIES["herefordshire"]
    policy = whole.model_copy(update={"skips": whole.skips.model_copy(update={"decided_by": decides})})
    about = escalation("herefordshire", 1, fields={"people.lead": person(DELE)})
    given: dict[str, Any] = {"reason": REASON, "raising": person(BEN), "deputy": None, "challenged": None}
    decision = ends("jump", context(about, policies={policy.id: policy}), to_stage="stage-4", **given)
    if may_answer is None:
        assert isinstance(decision, MoveNow)
        assert decision.without_approval == "The policy leaves this to whoever raised it."
        return
    assert isinstance(decision, AskApproval)
    assert decision.may_answer == may_answer
    # The next stage stays the manager's to approve, whoever decides on jumps.
    following = ends("move", context(about, policies={policy.id: policy}), **given)
    assert following.may_answer == (BEN, CERYS)
