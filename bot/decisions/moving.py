"""Moving to another stage: asked, approved, declined, or gone on with."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.decisions.effects import Effects, as_it_is, renew_face, say_in_thread, tell_manager, withdraw_requests
from bot.decisions.entering import enter, not_taken
from bot.errors import NotAllowed
from bot.escalation import Approval, Escalation, Step, take
from bot.flows import faces, letters
from bot.flows.approving import leaves_out, without_an_answer
from bot.flows.context import Context, stage_in_words
from bot.flows.move import AskApproval, Decline, MoveNow, proposal
from bot.flows.staging import Entering
from bot.messages import Button, Buttons, Heading, Message, Part, Points, Words


def ask_approval(c: Context, d: AskApproval, prefix: str, now: datetime) -> Effects:
    """Post the request in the thread, and tell the manager and the deputy where it is.

    The people and the date proposed for the next stage are kept with the request: they count once it is approved.
    """
    proposed = {"reason": d.reason, **d.entering.as_json()}
    escalation = take(c.escalation, Step.ASK).with_fields(**{f"move.{d.stage}": proposed})
    policy = c.policy_of(escalation)
    done = Effects(prefix, c.me.id, now, escalation)
    withdraw_requests(c, done)
    key = f"{escalation.reference}.{prefix}"
    asked = Approval(key, escalation.reference, "move", c.me.id, c.today, d.may_answer, d.stage)
    done.approvals.append(replace(asked, post=done.key()))
    done.post(policy.channel, faces.approval_post(as_it_is(c, done), escalation, asked))
    renew_face(c, done)
    done.note("asked for approval", stage=d.stage, of=list(d.may_answer), reason=d.reason)
    stage = policy.stage(d.stage).label
    for person in d.may_answer:
        done.tell(person, _please_approve(c, escalation, stage, d.reason))
    names = " or ".join(c.people[person].name for person in d.may_answer)
    text = c.words("approval.asked", names=names, reference=escalation.reference, stage=stage)
    wait = Words(without_an_answer(c, escalation, asked))
    done.tell(c.me.id, Message(text, (Words(text), wait, *faces.ownership(c, escalation))))
    return done


def _please_approve(c: Context, escalation: Escalation, stage: str, reason: str) -> Message:
    text = c.words("approval.please", reference=escalation.reference, stage=stage, raiser=c.me.name)
    policy = c.policy_of(escalation)
    present = policy.stage(escalation.stage).label
    now = Words(c.words("approval.now", stage=present, due=c.due_of(escalation)))
    where = Words(c.words("approval.where", channel=policy.channel))
    never = Words(c.words("approval.never_blocks"), "quiet")
    given = (Words(c.words("approval.reason_given"), "quiet"), Words(reason, "quote"))
    return Message(
        c.words("approval.summary", reference=escalation.reference, stage=stage),
        (Words(text), *given, now, where, never),
    )


def approve(c: Context, approval: Approval, prefix: str, now: datetime) -> Effects:
    """The manager approves: the escalation moves, and the request shows who said so."""
    proposed = proposal(c.escalation, approval.stage)
    answered = replace(approval, answer="approved", answered_by=c.me.id)
    plan = Entering.from_json(proposed)
    done = _at(c, approval.stage, plan, prefix, now)
    done.approvals.append(answered)
    withdraw_requests(c, done, besides=approval.key)
    _moved(c, done, plan, str(proposed.get("reason") or ""), approved_by=c.me.id)
    done.edit(approval.post, faces.approval_outcome(as_it_is(c, done), done.escalation, answered))
    return done


def _at(c: Context, stage: str, plan: Entering, prefix: str, now: datetime) -> Effects:
    """At the stage, as it was planned. Dates that the policy no longer allows are not taken over."""
    policy = c.policy_of(c.escalation)
    places = [each.id for each in policy.ladder]
    if places.index(stage) <= places.index(c.escalation.stage):
        present = policy.stage(c.escalation.stage)
        raise NotAllowed(c.words("move.moved_on", reference=c.escalation.reference, stage=stage_in_words(present)))
    passed = policy.ladder[places.index(c.escalation.stage) + 1 : places.index(stage)]
    moved = enter(c, c.escalation, stage, plan, now)
    done = Effects(prefix, c.me.id, now, moved)
    if plan.sooner and moved.sooner.get(stage) == plan.sooner:
        done.note("date made sooner", stage=stage, on=plan.sooner.isoformat(), reason=plan.why_sooner)
    if left_out := [each.id for each in passed if not each.optional]:
        done.note("jumped", over=left_out, to=stage)
    return done


def decline(c: Context, d: Decline, approval: Approval, prefix: str, now: datetime) -> Effects:
    """The manager declines: the raiser learns why, and from when they may go on all the same."""
    escalation = take(c.escalation, Step.ANSWER)
    answered = replace(approval, answer="declined", answered_by=c.me.id, reason=d.reason)
    done = Effects(prefix, c.me.id, now, escalation, approvals=[answered])
    done.note("declined", stage=approval.stage, reason=d.reason)
    done.edit(approval.post, faces.approval_outcome(as_it_is(c, done), escalation, answered))
    renew_face(c, done)
    stage = c.policy_of(escalation).stage(approval.stage).label
    text = c.words("decline.told", name=c.me.name, reference=escalation.reference, stage=stage)
    parts = (
        Words(text, "strong"),
        Words(d.reason, "quote"),
        Words(f"{c.words('decline.not_the_end')} {without_an_answer(c, escalation, answered)}"),
        *faces.ownership(c, escalation),
    )
    flow = "jump" if leaves_out(c.policy_of(escalation), escalation.stage, approval.stage) else "move"
    again = Buttons((Button(c.words(f"act.{flow}"), "start", f"{flow} {escalation.reference}"),))
    done.tell(escalation.raiser, Message(text, (*parts, again)))
    thanks = c.words("decline.thanks", reference=escalation.reference)
    done.tell(c.me.id, Message(thanks, (Words(thanks),)))
    return done


def move_now(c: Context, d: MoveNow, prefix: str, now: datetime) -> Effects:
    """Go on: agreed outside, or after silence or a decline that may not block any longer."""
    done = _at(c, d.stage, d.entering, prefix, now)
    for old in c.approvals:
        if old.kind == "move" and old.stage == d.stage and old.answer in {"", "declined"}:
            gone_on = replace(old, answer="gone_on", answered_by=c.me.id, reason=old.reason)
            done.approvals.append(gone_on)
            done.edit(old.post, faces.approval_outcome(as_it_is(c, done), done.escalation, gone_on))
    withdraw_requests(c, done)
    details: dict[str, Any] = {"without_approval": d.without_approval} if d.without_approval else {}
    _moved(c, done, d.entering, d.reason, approved_outside=dict(d.approved_outside or {}), **details)
    return done


def _moved(c: Context, done: Effects, plan: Entering, reason: str, **how: Any) -> None:
    """What every move causes: history, the face, a line in the thread, notices, and the form that is now due."""
    escalation = done.escalation
    policy = c.policy_of(escalation)
    stage = policy.stage(escalation.stage)
    skipped = [entry.details["over"] for entry in done.history if entry.what == "jumped"]
    if skipped:
        jumps = [*(escalation.fields.get("jumps") or ()), {"to": stage.id, "over": skipped[0], "reason": reason}]
        escalation = escalation.with_fields(jumps=jumps)
    line = c.words("move.line", stage=stage_in_words(stage), reason=reason)
    updates = [*(escalation.fields.get("updates") or ()), {"on": c.today.isoformat(), "text": line}]
    escalation = done.escalation = escalation.with_fields(updates=updates)
    done.note("moved", stage=stage.id, reason=reason, **how)
    renew_face(c, done)
    say_in_thread(c, done, "move.posted", stage=stage.label)
    summary = c.words("move.moved", reference=escalation.reference, stage=stage_in_words(stage))
    due = Words(c.words("move.due", due=c.due_of(escalation)))
    rule = Words(c.deadline_of(escalation).rule, "quiet")
    closed = [Words(text, "warning") for text in c.warnings_of(escalation)]
    duties = Points(tuple(stage.to_do)) if stage.to_do else None
    parts: list[Part] = [
        Heading(summary),
        due,
        rule,
        *not_taken(c, escalation, plan),
        *closed,
        *([duties] if duties else []),
    ]
    parts += [*letters.moved(c, escalation), *faces.ownership(c, escalation), *faces.what_next(c, escalation)]
    tell_manager(c, done, stage.id)
    done.tell(escalation.raiser, Message(summary, tuple(parts)))
