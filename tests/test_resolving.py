"""Ending well: who says that it is resolved, how it ended, the statement for everybody, and what is still to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot import decisions
from bot.decisions import Effects
from bot.escalation import Escalation, Status
from bot.flows.moved_on import NothingToDo
from bot.flows.resolve import OUTCOMES, resolve
from bot.messages import Message, words_of
from bot.policy import Policy
from tests.flows.contexts import ASHA, BEN, POLICIES, WORDS, context, escalation
from tests.flows.test_every_branch import Way, held
from tests.invented import NORTHMOOR
from tests.test_noting import at

NOW = datetime(2026, 3, 27, 10, tzinfo=UTC)
ACTIONS = [
    {"action": "Visit", "by_whom": "Grace", "date": "2026-04-02"},
    {"action": "Meet", "by_whom": "Ben", "date": ""},
]


def resolving(about: Escalation, policy: Policy = NORTHMOOR, **answers: Any) -> Way:
    world = context(about, policies={policy.id: policy})
    return held(lambda: resolve(world), {"resolved_on": "2026-03-26", **answers})


def ended(about: Escalation, policy: Policy = NORTHMOOR, **answers: Any) -> Effects:
    way = resolving(about, policy, **answers)
    return decisions.resolve(context(about, policies={policy.id: policy}), way.decision, "p", NOW)


def told(done: Effects, person_id: str = ASHA) -> str:
    return next(words_of(each.message) for each in done.deliveries if each.to == person_id and each.message)


@pytest.mark.parametrize(
    ("stage", "words", "asked", "stays"),
    [
        ("step-2", "The manager of the agency that raised it decides", ["judged_raising"], "ask your manager today"),
        ("step-4", "Both senior managers agree", ["judged_raising", "judged_challenged"], "ask both managers today"),
        ("step-5", "The Partnership Executive decides.", ["judged_partnership"], "ask NSCP Business Unit today"),
    ],
)
def test_whoever_the_policy_names_says_that_it_is_resolved_and_never_holds_it_up(
    stage: str, words: str, asked: list[str], stays: str
) -> None:
    way = resolving(at(stage), judged_raising="Ben Sample", judged_challenged="Grace Madeup")
    assert words in words_of(Message("", tuple(way.steps[0].question.before)))
    assert [name for name in way.names if name.startswith("judged_")] == asked
    assert way.decision.answers["judged"]["who"] == NORTHMOOR.stage(stage).judged_by.who
    assert len(way.decision.answers["judged"]["by"]) == len(asked)
    not_yet = resolving(at(stage), judged="not_yet").decision
    assert isinstance(not_yet, NothingToDo)
    said = WORDS(not_yet.words, **not_yet.values)
    assert stays in said
    assert "you still own it" in said
    assert ("/move" in said) == (stage != "step-5")


def test_the_managers_on_record_are_proposed_and_may_be_others() -> None:
    way = resolving(at("step-4"))
    proposed = {step.question.name: step.question.prefill for step in way.steps}
    assert (proposed["judged_raising"], proposed["judged_challenged"]) == ("Ben Sample", "Grace Madeup")


@pytest.mark.parametrize("policy", sorted(POLICIES))
def test_where_the_raiser_judges_nobody_else_is_asked_for(policy: str) -> None:
    way = resolving(escalation(policy), POLICIES[policy])
    assert not [name for name in way.names if name.startswith("judged")]
    assert way.decision.answers["judged"] == {"who": "raiser", "by": ["Asha Example"]}


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_how_it_ended_is_kept_and_stands_in_the_statement_with_what_is_to_be_done(outcome: str) -> None:
    done = ended(at("step-2"), outcome=outcome, agreed_outcome="A plan for Kit Marker.", actions=ACTIONS)
    text = told(done)
    assert done.escalation.fields["outcome"] == outcome
    assert "ended on Thursday 26 March 2026, at Step 2" in text
    assert f"{WORDS(f'resolve.outcome_{outcome}')}:\nA plan for Kit Marker." in text
    assert "– Visit (Grace, Thursday 2 April 2026)\n– Meet (Ben)" in text
    assert "[Note what happened]" in text
    public = [words_of(each.message) for each in done.deliveries if each.kind != "direct" and each.message]
    public += [each.message.summary for each in done.deliveries if each.message]
    assert not [each for each in public if "Kit" in each or "Visit" in each]


def test_a_debrief_that_has_not_taken_place_is_asked_for() -> None:
    open_still = {"outcome": True, "debrief": False}
    assert "A debrief has not taken place yet." in told(ended(at("step-2"), debrief=open_still))
    assert "A debrief has not taken place yet." not in told(ended(at("step-2")))


def test_each_agency_is_asked_to_file_it_on_the_record_that_the_policy_names() -> None:
    policy = POLICIES["herefordshire"]
    duty = policy.record_duties[0].model_copy(update={"where": "the child’s file"})
    policy = policy.model_copy(update={"record_duties": [duty]})
    text = told(ended(escalation("herefordshire"), policy))
    assert f"{duty.words} (the child’s file)" in text
    for agency in ("Millbrook Example Primary School", "Example County Children's Social Care"):
        assert f"{agency}: ask them, and note it when they have filed it" in text


def test_the_history_holds_every_answer_and_the_manager_is_told_without_any() -> None:
    done = ended(at("step-2"), agreed_outcome="A plan for Kit Marker.")
    entry = next(each for each in done.history if each.what == "resolved")
    assert entry.details["answers"]["agreed_outcome"] == "A plan for Kit Marker."
    assert "Kit" not in told(done, BEN)


def test_resolving_again_after_opening_again_keeps_the_newer_outcome() -> None:
    first = ended(at("step-2"), outcome="agreed").escalation
    again = replace(first, status=Status.OPEN, resolved_on=None, resolved_at="")
    assert ended(again, outcome="overtaken").escalation.fields["outcome"] == "overtaken"


def test_actions_that_are_still_to_be_done_outlive_opening_and_resolving_again() -> None:
    rows = [{"action": action, "by_whom": "Grace", "date": ""} for action in ("Visit", "Call", "Write")]
    visit, call, write = rows
    notes = [{"what": "action", "on": "2026-03-25", "stage": "step-3", "text": "Visit (Grace)"}]
    before = at("step-3", actions=[visit, call], notes=notes)
    assert ended(before, actions=[write]).escalation.fields["actions"] == [call, write]
    assert ended(before, actions=[call]).escalation.fields["actions"] == [call]
    assert ended(before, actions=None).escalation.fields["actions"] == [call]
