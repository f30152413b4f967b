"""Moving to another stage: asked, approved, declined, or gone on with."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.decisions.effects import Effects, renew_face, tell_manager
from bot.escalation import Approval, Step, move_to, take
from bot.flows import faces
from bot.flows.context import Context, due_in_words, stage_in_words
from bot.flows.move import AskApproval, Decline, MoveNow
from bot.messages import Button, Buttons, Heading, Message, Part, Points, Words


def ask_approval(c: Context, d: AskApproval, prefix: str, now: datetime) -> Effects:
    """Post the request in the thread, and tell the manager and the deputy where it is."""
    people = {f"people.{d.stage}.{side}": dict(person) for side, person in d.people.items() if person}
    extra = {
        f"move.{d.stage}.reason": d.reason,
        f"move.{d.stage}.agreed": d.agreed.isoformat() if d.agreed else "",
    }
    escalation = take(c.escalation, Step.ASK).with_fields(**people, **extra)
    done = Effects(prefix, c.me.id, now, escalation)
    for old in c.approvals:
        if old.kind == "move" and old.answer in {"", "declined"} and old.stage == d.stage:
            withdrawn = replace(old, answer="withdrawn" if old.answer == "" else old.answer)
            done.approvals.append(withdrawn)
            if old.answer == "":
                done.edit(old.post, faces.approval_outcome(c, escalation, withdrawn))
    asked = Approval(
        f"{escalation.reference}.{prefix}",
        escalation.reference,
        "move",
        c.me.id,
        c.today,
        d.may_answer,
        d.stage,
    )
    post = done.post(c.policy_of(escalation).channel, faces.approval_post(c, escalation, asked))
    done.approvals.append(replace(asked, post=post))
    done.note("asked for approval", stage=d.stage, of=list(d.may_answer), reason=d.reason)
    stage = c.policy_of(escalation).stage(d.stage).label
    for person in d.may_answer:
        text = c.words("approval.please", reference=escalation.reference, stage=stage, raiser=c.me.name)
        notice = (Words(text), Words(c.words("approval.reason_given"), "quiet"), Words(d.reason, "quote"))
        where = Words(c.words("approval.where", channel=c.policy_of(escalation).channel))
        done.tell(
            person,
            Message(c.words("approval.summary", reference=escalation.reference, stage=stage), (*notice, where)),
        )
    names = " or ".join(c.people[person].name for person in d.may_answer)
    text = c.words("approval.asked", names=names, reference=escalation.reference, stage=stage)
    done.tell(c.me.id, Message(text, (Words(text), *faces.ownership(c, escalation))))
    return done


def approve(c: Context, approval: Approval, prefix: str, now: datetime) -> Effects:
    """The manager approves: the escalation moves, and the request shows who said so."""
    agreed = str(c.escalation.fields.get(f"move.{approval.stage}.agreed") or "")
    moved = move_to(c.escalation, approval.stage, c.today, datetime.fromisoformat(agreed).date() if agreed else None)
    answered = replace(approval, answer="approved", answered_by=c.me.id)
    done = Effects(prefix, c.me.id, now, moved, approvals=[answered])
    reason = str(c.escalation.fields.get(f"move.{approval.stage}.reason") or "")
    _moved(c, done, reason, approved_by=c.me.id)
    done.edit(approval.post, faces.approval_outcome(c, moved, answered))
    return done


def decline(c: Context, d: Decline, approval: Approval, prefix: str, now: datetime) -> Effects:
    """The manager declines: the raiser learns why, and from when they may go on all the same."""
    escalation = take(c.escalation, Step.ANSWER)
    answered = replace(approval, answer="declined", answered_by=c.me.id, reason=d.reason)
    done = Effects(prefix, c.me.id, now, escalation, approvals=[answered])
    done.note("declined", stage=approval.stage, reason=d.reason)
    done.edit(approval.post, faces.approval_outcome(c, escalation, answered))
    stage = c.policy_of(escalation).stage(approval.stage).label
    text = c.words("decline.told", name=c.me.name, reference=escalation.reference, stage=stage)
    parts = (
        Words(text, "strong"),
        Words(d.reason, "quote"),
        Words(c.words("decline.not_the_end")),
        *faces.ownership(c, escalation),
    )
    move = Buttons((Button(c.words("act.move"), "start", f"move {escalation.reference}"),))
    done.tell(escalation.raiser, Message(text, (*parts, move)))
    thanks = c.words("decline.thanks", reference=escalation.reference)
    done.tell(c.me.id, Message(thanks, (Words(thanks),)))
    return done


def move_now(c: Context, d: MoveNow, prefix: str, now: datetime) -> Effects:
    """Go on: agreed outside, or after silence or a decline that may not block any longer."""
    people = {f"people.{d.stage}.{side}": dict(person) for side, person in d.people.items() if person}
    moved = move_to(c.escalation.with_fields(**people), d.stage, c.today, d.agreed)
    done = Effects(prefix, c.me.id, now, moved)
    for old in c.approvals:
        if old.kind == "move" and old.stage == d.stage and old.answer in {"", "declined"}:
            gone_on = replace(old, answer="gone_on", answered_by=c.me.id, reason=old.reason)
            done.approvals.append(gone_on)
            done.edit(old.post, faces.approval_outcome(c, moved, gone_on))
    details: dict[str, Any] = {"without_approval": d.without_approval} if d.without_approval else {}
    _moved(c, done, d.reason, approved_outside=dict(d.approved_outside or {}), **details)
    return done


def _moved(c: Context, done: Effects, reason: str, **how: Any) -> None:
    """What every move causes: history, the face, a line in the thread, notices, and the form that is now due."""
    escalation = done.escalation
    policy = c.policy_of(escalation)
    stage = policy.stage(escalation.stage)
    line = c.words("move.line", stage=stage_in_words(stage), reason=reason)
    updates = [*(escalation.fields.get("updates") or ()), {"on": c.today.isoformat(), "text": line}]
    escalation = done.escalation = escalation.with_fields(updates=updates)
    done.note("moved", stage=stage.id, reason=reason, **how)
    renew_face(c, done)
    done.post(policy.channel, faces.thread_note(c, escalation, "move.posted", stage=stage.label))
    summary = c.words("move.moved", reference=escalation.reference, stage=stage_in_words(stage))
    due = Words(c.words("move.due", due=due_in_words(c.deadline_of(escalation), c.words)))
    rule = Words(c.deadline_of(escalation).rule, "quiet")
    duties = Points(tuple(stage.duties)) if stage.duties else None
    parts: list[Part] = [
        Heading(summary),
        due,
        rule,
        *([duties] if duties else []),
    ]
    parts += [*faces.ownership(c, escalation), *faces.what_next(c, escalation)]
    done.tell(escalation.raiser, Message(summary, tuple(parts)))
    tell_manager(c, done, stage.id)
