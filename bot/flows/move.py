"""Moving up a stage: asked by the raiser, answered by the manager in the thread, never blocked by silence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot import dates
from bot.escalation import Approval, Escalation
from bot.fields import Choice, Choices, Day, Paragraph, Professional
from bot.flows.approving import deciders, leaves_out, may_go_on, without_an_answer
from bot.flows.context import Asking, Context, ask, choose, stage_in_words
from bot.flows.moved_on import NothingToDo, it_moved_on, moved_on
from bot.flows.noted import no_reply_noted
from bot.flows.questions import Question
from bot.flows.saying import agencies_of
from bot.flows.staging import Entering, agreed_date, as_printed, entering
from bot.messages import Part, Words
from bot.policy import Stage, as_taken


@dataclass(frozen=True)
class AskApproval:
    """Ask those who may answer whether the escalation may go to `stage`."""

    reference: str
    stage: str
    reason: str
    may_answer: tuple[str, ...]
    entering: Entering


@dataclass(frozen=True)
class MoveNow:
    """Go to `stage` now. `without` says why no approval given here is needed: "" or the reason, recorded."""

    reference: str
    stage: str
    reason: str
    entering: Entering
    approved_outside: Mapping[str, str] | None
    without_approval: str = ""


@dataclass(frozen=True)
class Decline:
    """The manager declines, with a reason."""

    approval: str
    reason: str


def move(c: Context) -> Asking:
    """To the next stage. Returns AskApproval, MoveNow or NothingToDo."""
    escalation = c.escalation
    policy = c.policy_of(escalation)
    present = policy.stage(escalation.stage)
    if moved_on(c):
        return it_moved_on(c)
    steps = policy.next_steps(escalation.stage)
    if not steps:
        return NothingToDo("move.at_the_top", {"reference": escalation.reference, "stage": stage_in_words(present)})
    target = yield from _which_step(c, steps)
    return (yield from _to(c, present, target, c.words("move.reason", stage=present.label)))


def _which_step(c: Context, steps: Sequence[Stage]) -> Asking:
    """The next stage; where the policy leaves it open whether one is entered at all, people decide."""
    if len(steps) == 1:
        return steps[0]
    offered = {stage.id: stage_in_words(stage) for stage in steps}
    before = tuple(Words(f"{stage.label}: {stage.optional}") for stage in steps if stage.optional)
    heading = c.words("flow.move")
    chosen = yield from choose(
        "which_step", c.words("move.which_step"), offered, before=before, heading=heading, private=False
    )
    return next(stage for stage in steps if stage.id == chosen)


def jump(c: Context) -> Asking:
    """Straight to a later stage, by the policy's own rule, or, where it has none, with a warning.

    Returns AskApproval, MoveNow or NothingToDo. (Trafford: "Go straight to stage 3-4 if resolution requires this
    level of response." Where a policy is silent a jump needs a reason and a word with one's safeguarding lead.)
    """
    policy = c.policy_of(c.escalation)
    present = policy.stage(c.escalation.stage)
    if moved_on(c):
        return it_moved_on(c)
    if policy.skips.allowed == "next_only":
        return NothingToDo("jump.not_allowed", {"rule": policy.skips.words or policy.skips.hint})
    stages, rule = _later_stages(c, present)
    if not stages:
        values = {"reference": c.escalation.reference, "stage": stage_in_words(present)}
        return NothingToDo("jump.none", values)
    chosen = yield from choose(
        "to_stage",
        c.words("jump.which"),
        {stage.id: stage_in_words(stage) for stage in stages},
        before=(Words(rule),),
        heading=c.words("flow.jump"),
        private=False,
    )
    target = next(stage for stage in stages if stage.id == chosen)
    return (yield from _to(c, present, target, c.words("jump.reason", stage=target.label)))


def _later_stages(c: Context, present: Stage) -> tuple[list[Stage], str]:
    """The stages beyond the next one that may be jumped to, and what the policy, or we, say about that."""
    policy = c.policy_of(c.escalation)
    beyond = [stage for stage in policy.above(present.id) if stage not in policy.next_steps(present.id)]
    rule = policy.skips.words or policy.skips.hint or c.words("jump.silent")
    if policy.skips.allowed == "to_stages":
        beyond = [stage for stage in beyond if stage.id in policy.skips.to]
    return beyond, rule


def _to(c: Context, present: Stage, target: Stage, why: str) -> Asking:
    asked = next((a for a in reversed(c.approvals) if a.kind == "move" and a.stage == target.id), None)
    if asked is not None and asked.answer in {"", "declined"}:
        return (yield from _after_asking(c, present, target, asked, why))
    return (yield from _first_time(c, present, target, why))


def _first_time(c: Context, present: Stage, target: Stage, why: str) -> Asking:
    escalation = c.escalation
    policy = c.policy_of(escalation)
    about = Question("reason", why, Paragraph(), before=_about_stage(c, target), heading=_title(c, target))
    reason = yield from ask(about)
    plan = yield from entering(
        c,
        policy,
        target,
        priority=escalation.priority,
        agencies=agencies_of(escalation),
        course=escalation.course,
        proposed=escalation.person(target.id, "challenged") or None,
    )
    free = _needs_no_approval(c, target)
    may_answer = () if free else deciders(c, escalation, present, target, plan.people)
    if may_answer:
        names = " or ".join(c.people[person].name for person in may_answer)
        text = c.words("move.will_ask", names=names, stage=target.label)
        yield from _confirm(c, target, text, c.words("move.ask_them"))
        return AskApproval(escalation.reference, target.id, reason, may_answer, plan)
    outside = None if free else (yield from _approved_outside(c, target))
    text = c.words("move.will_move", stage=target.label)
    yield from _confirm(c, target, text, c.words("move.go", stage=target.label))
    without = "" if outside else free or c.words("move.no_manager_here")
    return MoveNow(escalation.reference, target.id, reason, plan, outside, without)


def _needs_no_approval(c: Context, target: Stage) -> str:
    """Why nobody has to be asked: the other side's silence, by the policy, which opens the next stage and no later one;
    or a jump that is the raiser's to decide."""
    policy = c.policy_of(c.escalation)
    stage = policy.stage(c.escalation.stage)
    if leaves_out(policy, stage.id, target.id):
        return c.words("jump.raiser_decides") if policy.skips.decided_by == "raiser" else ""
    if stage.no_reply and no_reply_noted(c.escalation, stage.id):
        return c.words("move.no_reply", words=stage.no_reply.words)
    return ""


def _approved_outside(c: Context, target: Stage) -> Asking:
    """Who decides is not here, so the raiser records who agreed and when: everything works from one side."""
    policy = c.policy_of(c.escalation)
    decides = policy.skips.decided_by if leaves_out(policy, c.escalation.stage, target.id) else "manager"
    who = yield from ask(
        Question(
            "agreed_by",
            c.words(f"move.agreed_by_{decides}", team=policy.partnership.team),
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


def _after_asking(c: Context, present: Stage, target: Stage, asked: Approval, why: str) -> Asking:
    """It was asked before: wait, ask again, or go on where silence or a decline may not block any longer."""
    escalation = c.escalation
    name = "move.declined_before" if asked.answer == "declined" else "move.waiting"
    state = c.words(name, asked=dates.in_words(asked.asked_on), stage=target.label)
    wait = without_an_answer(c, escalation, asked)
    if may_go_on(c, escalation, asked):
        options = {"on": c.words("move.go_on"), "again": c.words("move.ask_again"), "wait": c.words("move.wait")}
    else:
        if asked.answer == "":
            return NothingToDo("move.still_waiting", {"state": state, "wait": wait})
        options = {"again": c.words("move.ask_again"), "wait": c.words("move.wait")}
    before = (Words(state, "strong"), Words(wait))
    what_now = c.words("move.what_now")
    choice = yield from choose("go_on", what_now, options, before=before, heading=_title(c, target), private=False)
    if choice == "wait":
        return NothingToDo("move.waits", {"reference": escalation.reference})
    if choice == "again":
        return (yield from _first_time(c, present, target, why))
    reason = yield from ask(Question("why", c.words("move.why_on"), Paragraph(), heading=_title(c, target)))
    proposed = proposal(escalation, target.id)
    plan = Entering.from_json(proposed)
    as_planned = as_taken(target, plan.branch, escalation.priority)
    agreed = yield from agreed_date(c, c.policy_of(escalation), as_planned, c.today)
    text = c.words("move.will_move", stage=target.label)
    yield from _confirm(c, target, text, c.words("move.go", stage=target.label))
    first_reason = str(proposed.get("reason") or reason)
    return MoveNow(escalation.reference, target.id, first_reason, replace(plan, agreed=agreed), None, reason)


def proposal(escalation: Escalation, stage: str) -> Mapping[str, Any]:
    """What was proposed when approval was asked for: a reason and an `Entering`; it counts once it is approved."""
    return dict(escalation.fields.get(f"move.{stage}") or {})


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
    limit = Words(c.words("move.limit", limit=target.limit.words), "quiet")
    return Words(stage_in_words(target), "strong"), *as_printed(target), limit


def _confirm(c: Context, target: Stage, text: str, go: str) -> Asking:
    kind = Choice(options=(Choices(id="go", label=go),))
    yield from ask(Question("confirm", text, kind, is_review=True, heading=_title(c, target), private=False))
