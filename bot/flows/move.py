"""Moving up a stage: asked by the raiser, answered by the manager in the thread, never blocked by silence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot import dates
from bot.escalation import Approval, Escalation
from bot.fields import Choice, Choices, Day, Paragraph, Professional
from bot.flows.context import Asking, Context, ask, choose, stage_in_words
from bot.flows.conversation import Question
from bot.flows.staging import agreed_date, people_at
from bot.messages import Part, Words
from bot.policy import Stage


@dataclass(frozen=True)
class AskApproval:
    """Ask the manager, or their deputy, whether the escalation may go to `stage`."""

    reference: str
    stage: str
    reason: str
    may_answer: tuple[str, ...]
    people: Mapping[str, Mapping[str, str]]
    agreed: date | None


@dataclass(frozen=True)
class MoveNow:
    """Go to `stage` now. `without` says why no approval given here is needed: "" or the reason, recorded."""

    reference: str
    stage: str
    reason: str
    people: Mapping[str, Mapping[str, str]]
    agreed: date | None
    approved_outside: Mapping[str, str] | None
    without_approval: str = ""


@dataclass(frozen=True)
class NothingToDo:
    """The conversation ended without a change; `words` names the sentence that says why."""

    words: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Decline:
    """The manager declines, with a reason."""

    approval: str
    reason: str


def move(c: Context) -> Asking:
    """A conversation that returns AskApproval, MoveNow or NothingToDo."""
    escalation = c.escalation
    policy = c.policy_of(escalation)
    present = policy.stage(escalation.stage)
    target = policy.after(escalation.stage)
    if target is None:
        return NothingToDo("move.at_the_top", {"reference": escalation.reference, "stage": stage_in_words(present)})
    pending = next((a for a in reversed(c.approvals) if a.kind == "move" and a.stage == target.id), None)
    if pending is not None and pending.answer in {"", "declined"}:
        return (yield from _after_asking(c, escalation, target, pending))
    return (yield from _first_time(c, escalation, present, target))


def _first_time(c: Context, escalation: Escalation, present: Stage, target: Stage) -> Asking:
    policy = c.policy_of(escalation)
    reason = yield from ask(
        Question(
            "reason",
            c.words("move.reason", stage=present.label),
            Paragraph(),
            before=_about_stage(c, target),
            heading=_title(c, target),
        )
    )
    people = yield from people_at(c, target, _proposed(escalation, target))
    agreed = yield from agreed_date(c, policy, target, c.today)
    may_answer = approvers(c, escalation, present)
    if may_answer:
        names = " or ".join(c.people[person].name for person in may_answer)
        yield from _confirm(
            c, target, c.words("move.will_ask", names=names, stage=target.label), c.words("move.ask_them")
        )
        return AskApproval(escalation.reference, target.id, reason, may_answer, people, agreed)
    outside = yield from _approved_outside(c, target)
    yield from _confirm(
        c, target, c.words("move.will_move", stage=target.label), c.words("move.go", stage=target.label)
    )
    return MoveNow(
        escalation.reference,
        target.id,
        reason,
        people,
        agreed,
        outside,
        "" if outside else c.words("move.no_manager_here"),
    )


def approvers(c: Context, escalation: Escalation, present: Stage) -> tuple[str, ...]:
    """Who may approve: the manager named for the present stage and their deputy, if they are here; never the raiser."""
    named = (
        escalation.person(present.id, "raising"),
        escalation.fields.get(f"people.{present.id}.deputy") or {},
    )
    found = [person.get("person", "") for person in named]
    return tuple(dict.fromkeys(p for p in found if p in c.people and p != escalation.raiser))


def _approved_outside(c: Context, target: Stage) -> Asking:
    """The manager is not here, so the raiser records who agreed and when: everything works from one side."""
    who = yield from ask(
        Question(
            "agreed_by",
            c.words("move.agreed_by"),
            Professional(needed=("name", "role")),
            hint=c.words("move.agreed_by_help"),
            optional=True,
            heading=_title(c, target),
            private=False,
        )
    )
    if not who:
        return None
    on = yield from ask(
        Question(
            "agreed_on",
            c.words("move.agreed_on"),
            Day(),
            prefill=c.today.isoformat(),
            heading=_title(c, target),
            private=False,
        )
    )
    return {**who, "on": on}


def _after_asking(c: Context, escalation: Escalation, target: Stage, pending: Approval) -> Asking:
    """It was asked before: wait, ask again, or go on where silence or a decline may not block any longer."""
    policy = c.policy_of(escalation)
    asked = dates.in_words(pending.asked_on)
    state = c.words(
        "move.declined_before" if pending.answer == "declined" else "move.waiting",
        asked=asked,
        stage=target.label,
    )
    if not may_go_on(c, escalation, pending):
        wait = c.words("move.may_go_on_from", day=dates.in_words(free_from(c, escalation, pending)))
        if pending.answer == "":
            return NothingToDo("move.still_waiting", {"state": state, "wait": wait})
        options = {"again": c.words("move.ask_again"), "wait": c.words("move.wait")}
    else:
        wait = c.words("move.may_go_on_now")
        options = {
            "on": c.words("move.go_on"),
            "again": c.words("move.ask_again"),
            "wait": c.words("move.wait"),
        }
    before = (Words(state, "strong"), Words(wait))
    choice = yield from choose(
        "go_on", c.words("move.what_now"), options, before=before, heading=_title(c, target), private=False
    )
    if choice == "wait":
        return NothingToDo("move.waits", {"reference": escalation.reference})
    if choice == "again":
        return (yield from _first_time(c, escalation, policy.stage(escalation.stage), target))
    why = yield from ask(Question("why", c.words("move.why_on"), Paragraph(), heading=_title(c, target)))
    people = {
        side: escalation.fields.get(f"people.{target.id}.{side}") or {} for side in ("raising", "deputy", "challenged")
    }
    agreed = yield from agreed_date(c, policy, target, c.today)
    yield from _confirm(
        c, target, c.words("move.will_move", stage=target.label), c.words("move.go", stage=target.label)
    )
    reason = str(escalation.fields.get(f"move.{target.id}.reason") or why)
    return MoveNow(escalation.reference, target.id, reason, people, agreed, None, why)


def free_from(c: Context, escalation: Escalation, pending: Approval) -> date:
    """From when the raiser may go on without the answer: the day the stage is due; without one, days of silence."""
    policy = c.policy_of(escalation)
    waited = c.calendar_of(policy).add(pending.asked_on, policy.clock.approval_wait_days)
    return c.deadline_of(escalation).due or waited


def may_go_on(c: Context, escalation: Escalation, pending: Approval) -> bool:
    """A decline or silence may delay, but never block beyond the deadline."""
    return c.today >= free_from(c, escalation, pending)


def decline(c: Context) -> Asking:
    """The manager's reason; returns Decline."""
    label = c.words("decline.reason")
    reason = yield from ask(
        Question("reason", label, Paragraph(), hint=c.words("decline.help"), heading=c.words("flow.decline"))
    )
    return Decline(c.seed["approval"], reason)


def _title(c: Context, target: Stage) -> str:
    return c.words("move.title", reference=c.escalation.reference, stage=target.label)


def _about_stage(c: Context, target: Stage) -> tuple[Part, ...]:
    words = [
        Words(stage_in_words(target), "strong"),
        *(Words(text) for text in (*target.verbatim, *target.duties)),
    ]
    return (*words, Words(c.words("move.limit", limit=target.limit.words), "quiet"))


def _proposed(escalation: Escalation, target: Stage) -> Mapping[str, str] | None:
    return escalation.person(target.id, "challenged") or None


def _confirm(c: Context, target: Stage, text: str, go: str) -> Asking:
    kind = Choice(options=(Choices(id="go", label=go),))
    yield from ask(Question("confirm", text, kind, is_review=True, heading=_title(c, target), private=False))
