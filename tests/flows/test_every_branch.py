"""Every conversation under every policy, at every stage and status: each branch is walked to its decision.

A branch is one order of questions. In each branch every choice is taken once, and every question that may be skipped
is answered once and skipped once. Walked are the branches that differ from the likely one by two turns; under the
invented policies, which ask more, by one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any, Literal

import pytest

from bot.chat import block_kit
from bot.decisions import CHANGES
from bot.escalation import Approval, Conversation, Escalation, Status
from bot.fields import Choice, Line, Many, Paragraph, Professional, Rows, YesNo
from bot.flows import FLOWS
from bot.flows.changing import PassOn, Reopen, Withdraw
from bot.flows.context import Context
from bot.flows.conversation import Act, turn
from bot.flows.dating import AgreeDate, CorrectDate, SoonerDate
from bot.flows.deputies import NameDeputy
from bot.flows.escalate import CallForHelp, Raise, TalkFirst
from bot.flows.filing import FileIt
from bot.flows.move import AskApproval, Decline, MoveNow
from bot.flows.moved_on import NothingToDo
from bot.flows.noting import Note
from bot.flows.posting import Posted, Returned
from bot.flows.questions import Question, Step, Walk, walk
from bot.flows.receiving import Received
from bot.flows.recording import Record
from bot.flows.report import Report
from bot.flows.resolve import Resolve
from bot.flows.routing import AnotherRoute
from bot.flows.showing import question_message
from bot.flows.snoozing import Snooze
from bot.flows.update import Progress, WordsSaid
from bot.flows.urgency import SetPriority
from bot.flows.why import Explained
from bot.forms_due import fillings
from bot.messages import Button, Buttons, Heading, Message
from bot.policy import Judging
from bot.talk import PINNED
from tests.chat.meaning import assert_the_same_everywhere
from tests.flows.contexts import (
    ASHA,
    BEN,
    CERYS,
    DIRECTORY,
    ERIN,
    INVENTED,
    POLICIES,
    REFERENCE,
    TODAY,
    WORDS,
    beside,
    context,
    escalation,
    only,
    reported,
    taken,
)
from tests.slack.checks import schema_faults

DECISIONS: dict[str, set[type]] = {
    "escalate": {CallForHelp, AnotherRoute, TalkFirst, Raise},
    "received": {CallForHelp, Received},
    "report": {Report, NothingToDo},
    "update": {Progress},
    "say": {WordsSaid},
    "move": {AskApproval, MoveNow, NothingToDo},
    "jump": {AskApproval, MoveNow, NothingToDo},
    "decline": {Decline},
    "resolve": {Resolve, NothingToDo},
    "note": {Note, Posted, Returned},
    "agree": {AgreeDate, NothingToDo},
    "sooner": {SoonerDate, NothingToDo},
    "correct": {CorrectDate},
    "pass": {PassOn},
    "withdraw": {Withdraw},
    "reopen": {Reopen},
    "snooze": {Snooze},
    "file": {FileIt, NothingToDo},
    "record": {Record, NothingToDo},
    "returned": {Returned, NothingToDo},
    "deputy": {NameDeputy},
    "why": {Explained},
    "priority": {SetPriority, NothingToDo},
}
ANSWERS: tuple[Literal["", "declined", "approved", "withdrawn", "gone_on"], ...] = (
    "", "declined", "approved", "withdrawn", "gone_on",
)  # fmt: skip
MOST_BRANCHES = 200
TURNS = {True: 2, False: 1}
"""How many turns a branch may differ from the likely one by, whether its policy is a shipped one or not."""
EVERY = (*sorted(POLICIES), *sorted(INVENTED))
every_policy = pytest.mark.parametrize("policy", EVERY)
every_flow = pytest.mark.parametrize("flow", sorted(FLOWS))


# ── worlds ───────────────────────────────────────────────────────────────────────────────────────────────


def worlds(flow: str, policy: str) -> Iterator[tuple[str, Context]]:
    """Every world in which this conversation may be held under this policy, with a name for messages."""
    if flow in {"escalate", "received"}:
        yield policy, context(**only(policy))
        yield "all policies", context(policies=beside(policy))
        return
    if flow == "deputy":
        yield "of somebody who has none", context()
        yield "of somebody who has one", context(me=DIRECTORY[BEN])
        return
    for about in escalations(policy):
        for name, one in variants(flow, about):
            yield f"{policy} {about.stage} {about.status.value} {name}", one


def escalations(policy: str) -> Iterator[Escalation]:
    """At every stage and status; of invented policies at every stage of every ladder, and ended at the last."""
    if policy in POLICIES:
        for stage in range(1, len(POLICIES[policy].ladder) + 1):
            for status in Status:
                yield escalation(policy, stage, status)
        return
    for ladder in [each.id for each in INVENTED[policy].ladders] or [""]:
        last = len(taken(policy, ladder).ladder)
        for stage in range(1, last + 1):
            for status in Status if stage == last else (Status.OPEN,):
                yield escalation(policy, stage, status, ladder_id=ladder)


def variants(flow: str, about: Escalation) -> Iterator[tuple[str, Context]]:
    yield "as it is", context(about)
    if flow == "report" and about.status is Status.CLOSED:
        return  # it is resolved, too, and there all of these are walked
    if flow == "report":
        policy = context(about).policy_of(about)
        everything = {filling.key: "2026-03-20T10:00" for filling in fillings(policy, about)}
        yield "all sent", context(replace(about, sent=everything))
        yield "all kept", context(about.with_fields(kept=sorted(everything)))
        yield "of other subjects", context(replace(about, subject="themed"))
    if flow == "record":
        policy = context(about).policy_of(about)
        sent = {filling.key: "2026-03-20T10:00" for filling in fillings(policy, about)}
        yield "all with the partnership", context(reported(about, sent))
    if flow == "file":
        yield "without a mailbox", context(about, me=replace(DIRECTORY[ASHA], email=""))
    if flow == "note":
        actions = [{"action": "Visit", "by_whom": "Grace Madeup", "date": ""}]
        further = about.with_fields(other_agencies=[{"agency": "Example Constabulary"}], actions=actions)
        yield "several agencies, and actions to do", context(further)
    if flow in {"note", "returned"}:
        form = context(about).policy_of(about).forms[0]
        letter = {
            "form": form.id, "instance": "all", "moment": form.moments[0].id, "to": "asha@example.org",
            "by_post": ["1 Nowhere Square"], "made": "2026-03-20", "left": "2026-03-20T10:00:00+00:00",
        }  # fmt: skip
        letters = {f"letter.{n}": letter for n in (1, 2)}
        yield "letters to post", context(about.with_fields(**letters))
        posted = {name: {**each, "posted": "2026-03-21"} for name, each in letters.items()}
        yield "letters that were posted", context(about.with_fields(**posted))
    if flow in {"sooner", "correct"}:
        early = replace(about, entered={about.stage: about.concern}, agreed={about.stage: date(2026, 3, 3)})
        yield "early", context(early, today=about.concern)
        short = replace(early, sooner={about.stage: about.concern}, days={"decision_received": about.concern})
        yield "with a shorter date", context(short, today=about.concern)
    if flow == "resolve":
        for who in ("raising_manager", "both_managers", "partnership"):
            policy = beside(about.policy)[about.policy]
            stages = [stage.model_copy(update={"judged_by": Judging(who=who)}) for stage in policy.stages]
            judged = policy.model_copy(update={"stages": stages})
            yield f"judged by {who}", context(about, policies={policy.id: judged})
    if flow == "pass":
        yield "by a colleague", context(about, me=DIRECTORY[ERIN])
    if flow in {"report", "move", "jump", "say"}:
        nobody: dict[str, Any] = {name: {} for name in about.fields if name.startswith("people.")}
        yield "nobody recorded", context(about.with_fields(**nobody))
    if flow in PINNED:
        yield "pinned", pinned(context(about), PINNED[flow](context(about)))
    if flow in {"move", "jump"}:
        yield "moved on meanwhile", pinned(context(about), {"from": "another stage"})
        policy = context(about).policy_of(about)
        after = policy.after(about.stage) if flow == "move" else policy.ladder[-1]
        for answer in ANSWERS if about.policy in POLICIES else ANSWERS[:2]:
            for name, asked_on in (("asked today", TODAY), ("asked long ago", about.concern)):
                asked = Approval(
                    f"{REFERENCE}.1", REFERENCE, "move", ASHA, asked_on, (BEN, CERYS),
                    stage=after.id if after else "", answer=answer,
                )  # fmt: skip
                yield f"{name}, {answer or 'no answer'}", context(about, approvals=(asked,))
                yield f"{name}, {answer or 'no answer'}, early", context(about, approvals=(asked,), today=about.concern)


def pinned(world: Context, seed: Mapping[str, str]) -> Context:
    """As when the conversation was begun with this."""
    return replace(world, seed={**world.seed, **seed})


# ── walking ──────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Way:
    """One conversation, held to its end."""

    steps: tuple[Step, ...]
    decision: Any

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(step.question.name for step in self.steps)

    @property
    def answers(self) -> dict[str, Any]:
        return {
            step.question.name: {"skipped": True} if step.value is None else {"value": step.value}
            for step in self.steps
        }


Likely = Callable[[Question], Any]


def example(question: Question) -> Any:
    return question.kind.example()


def held(make: Callable[[], Any], fixed: dict[str, Any], likely: Likely = example) -> Way:
    """Hold the conversation with these answers, and the likely one wherever none is given."""
    steps: list[Step] = []
    generator = make()
    try:
        question = next(generator)
        while True:
            value = fixed[question.name] if question.name in fixed else likely(question)
            steps.append(Step(question, value))
            assert len(steps) < 200, f"{question.name} is asked again and again"
            question = generator.send(value)
    except StopIteration as end:
        return Way(tuple(steps), end.value)


def others(step: Step) -> list[Any]:
    """What else may be answered: the other choices, the proposal, and nothing where it may be skipped."""
    question = step.question
    match question.kind:
        case YesNo():
            found: list[Any] = [True, False]
        case Choice(options=options):
            found = [option.id for option in options]
        case _:
            found = [] if question.prefill is None else [question.prefill]
    return [value for value in [*found, *([None] if question.optional else [])] if value != step.value]


def branches(make: Callable[[], Any], turns: int) -> Iterator[tuple[Way, list[Way]]]:
    """Each branch that differs from the likely one by so many turns, with what comes of every other answer in it."""
    begun = [(held(make, {}), 0, 0)]
    known: set[tuple[str, ...]] = set()
    while begun:
        way, start, turned = begun.pop()
        if way.names in known:
            continue
        known.add(way.names)
        assert len(known) <= MOST_BRANCHES
        near = []
        for place, step in enumerate(way.steps[start:], start):
            before = {each.question.name: each.value for each in way.steps[:place]}
            for value in others(step):
                other = held(make, {**before, step.question.name: value})
                near.append(other)
                if other.names != way.names and turned < turns:
                    begun.append((other, place + 1, turned + 1))
        yield way, near


def making(flow: str, world: Context) -> Callable[[], Any]:
    return lambda: FLOWS[flow](world)


@cache
def walked(flow: str, policy: str) -> list[tuple[str, Context, Way, list[Way]]]:
    return [
        (name, world, way, near)
        for name, world in worlds(flow, policy)
        for way, near in branches(making(flow, world), TURNS[policy in POLICIES])
    ]  # fmt: skip


# ── decisions ────────────────────────────────────────────────────────────────────────────────────────────


@every_policy
@every_flow
def test_every_branch_reaches_a_decision_and_asks_nothing_twice(flow: str, policy: str) -> None:
    for name, _, way, near in walked(flow, policy):
        for each in (way, *near):
            assert type(each.decision) in DECISIONS[flow], (name, each.names)
            assert len(set(each.names)) == len(each.names), (name, each.names)
            json.dumps(each.answers)


@every_flow
def test_every_decision_is_reached_under_some_policy(flow: str) -> None:
    reached = {
        type(each.decision)
        for policy in EVERY
        for _, _, way, near in walked(flow, policy)
        for each in (way, *near)
    }  # fmt: skip
    assert reached == DECISIONS[flow]


def test_every_decision_is_carried_out_in_one_way() -> None:
    said = {CallForHelp, TalkFirst, AnotherRoute, Received, Explained, NothingToDo, Decline, Raise, NameDeputy}
    assert {decision for reached in DECISIONS.values() for decision in reached} == said | CHANGES.keys()
    assert not said & CHANGES.keys()


@every_policy
@every_flow
def test_every_question_has_a_label_and_a_heading_of_one_line(flow: str, policy: str) -> None:
    for name, _, way, _ in walked(flow, policy):
        for step in way.steps:
            question = step.question
            assert question.label.strip(), (name, question.name)
            assert "{" not in question.label + question.heading + question.hint, (name, question.name)
            assert "\n" not in question.heading, (name, question.name)


@every_policy
@every_flow
def test_the_engine_comes_to_the_same_end_as_the_conversation_itself(flow: str, policy: str) -> None:
    for name, world, way, _ in walked(flow, policy):
        end = walk(making(flow, world), way.answers)
        assert end.question is None, (name, way.names)
        assert end.decision == way.decision, name
        assert tuple(step.question.name for step in end.path) == way.names


@every_policy
@every_flow
def test_back_leads_from_anywhere_to_the_first_question_and_loses_nothing(flow: str, policy: str) -> None:
    seen = set()
    for name, world, way, _ in walked(flow, policy):
        if way.names in seen or not way.steps:
            continue
        seen.add(way.names)
        answers = way.answers
        del answers[way.names[-1]]
        state = Conversation("c1", ASHA, flow, answers=answers)
        for expected in reversed(way.names[:-1]):
            state = turn(state, making(flow, world), Act("back"), world.reading()).conversation
            assert state.editing == expected, name
            assert state.pending == {}
        assert state.answers == answers


# ── what is shown ────────────────────────────────────────────────────────────────────────────────────────


DRAWN: set[Message] = set()
"""Many worlds ask the same questions: each message is drawn once."""


def check_drawing(message: Message, where: tuple[str, ...]) -> None:
    """The message keeps its own limits, draws to Block Kit that Slack takes, and is the same on every platform."""
    if message in DRAWN:
        return
    DRAWN.add(message)
    assert_the_same_everywhere(message)
    blocks = block_kit.blocks(message)
    assert len(blocks) <= block_kit.BLOCKS, where
    assert schema_faults(blocks) == [], where
    assert all(len(part.text) <= 150 for part in message.parts if isinstance(part, Heading)), where
    assert all(len(button.label) <= 75 for button in buttons_of(message)), where


def buttons_of(message: Message) -> list[Button]:
    return [button for part in message.parts if isinstance(part, Buttons) for button in part.buttons]


def shown(flow: str, way: Way, place: int, *, answered: bool) -> Message:
    """The question at this place, for the first time or opened again."""
    steps = way.steps[:place]
    question = way.steps[place].question
    answers = way.answers if answered else {step.question.name: way.answers[step.question.name] for step in steps}
    state = Conversation("c1", ASHA, flow, REFERENCE, answers=answers, editing=question.name if answered else "")
    return question_message(state, Walk(steps, question, ahead=lambda: len(way.steps) - place), WORDS)


@every_policy
@every_flow
def test_every_question_draws_to_what_slack_takes(flow: str, policy: str) -> None:
    seen = set()
    for name, _, way, _ in walked(flow, policy):
        for place, step in enumerate(way.steps):
            question = step.question
            # The same question stands in many branches; a review shows all that was answered before it.
            key = (question.name, question.label, question.before, place if question.is_review else 0)
            if key in seen:
                continue
            seen.add(key)
            for answered in (False, True):
                check_drawing(shown(flow, way, place, answered=answered), (name, question.name))


LONG = "Kit Marker was seen on Monday – and nobody wrote it down. " * 518  # 30,044 characters


def long_answers(question: Question) -> Any:
    """The longest that a practitioner gives, with a child's name in it."""
    match question.kind:
        case Paragraph():
            return LONG[:30_000].strip()
        case Line():
            return LONG[:500].strip()
        case Many(options=options):
            return [{"option": o.id, "qualifiers": list(o.qualifiers), "note": "Kit Marker"} for o in options]
        case Rows(columns=columns):
            return [{c.id: "2026-03-02" if c.answer == "date" else "Kit Marker" for c in columns}] * 3
        case Professional() as kind:
            return {**kind.example(), "name": "Pat Professional"}
        case _:
            return question.kind.example()


@every_policy
@pytest.mark.parametrize("flow", ["escalate", "report", "resolve", "move"])
def test_the_longest_answers_are_drawn_too_and_stand_where_answers_may(flow: str, policy: str) -> None:
    top = escalation(policy, len(taken(policy).ladder) - (flow == "move"), Status.RESOLVED)
    world = context(**only(policy)) if flow == "escalate" else context(top)
    way = held(making(flow, world), {"in_danger": False, "talked": "yes"}, long_answers)
    for place, step in enumerate(way.steps):
        for answered in (False, True):
            message = shown(flow, way, place, answered=answered)
            check_drawing(message, (policy, step.question.name))
            public = [message.summary, *(button.label + button.value for button in buttons_of(message))]
            public += [part.text for part in message.parts if isinstance(part, Heading)]
            assert not any("Kit Marker" in text for text in public), step.question.name


@every_policy
@every_flow
def test_the_line_for_notifications_names_nobody(flow: str, policy: str) -> None:
    seen = set()
    for _, world, way, _ in walked(flow, policy):
        names = (*(person.name for person in world.people.values()), "Sam Example")
        for place, step in enumerate(way.steps):
            # What is said of a question is made of its own words, and of its place among the others.
            key = (names, step.question.name, step.question.label, step.question.heading, place)
            if key in seen:
                continue
            seen.add(key)
            summary = shown(flow, way, place, answered=False).summary
            assert not [name for name in names if name in summary]
