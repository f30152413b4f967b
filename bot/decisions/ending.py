"""Resolving, and closing once nothing is outstanding."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.decisions.effects import Effects, renew_face
from bot.escalation import Status, Step, take
from bot.escalation import resolve as resolved
from bot.flows import faces
from bot.flows.context import Context
from bot.flows.resolve import Resolve
from bot.forms_due import outstanding
from bot.messages import Heading, Message, Part, Points, Words


def resolve(c: Context, d: Resolve, prefix: str, now: datetime) -> Effects:
    """End it well: closed at once where no report is due, else when the last one has been sent."""
    done = Effects(prefix, c.me.id, now, resolved(c.escalation, d.on, d.answers))
    done.note("resolved", stage=done.escalation.resolved_at, on=d.on.isoformat())
    close_if_complete(c, done)
    escalation = done.escalation
    renew_face(c, done)
    done.post(c.policy_of(escalation).channel, faces.thread_note(c, escalation, "resolve.posted"))
    summary = c.words(
        "resolve.done", reference=escalation.reference, status=c.words(f"status.{escalation.status.value}")
    )
    duties = tuple(duty.words for duty in c.policy_of(escalation).record_duties)
    parts: list[Part] = [Heading(summary), *faces.due_reports(c, escalation)]
    parts += [Words(c.words("resolve.file_it"), "strong"), Points(duties)] if duties else []
    parts += [Words(c.words("resolve.told"))]
    done.tell(c.me.id, Message(summary, tuple(parts)))
    for approval in c.approvals:
        if approval.answer == "" and approval.kind == "move":
            withdrawn = replace(approval, answer="withdrawn")
            done.approvals.append(withdrawn)
            done.edit(approval.post, faces.approval_outcome(c, escalation, withdrawn))
    return done


def close_if_complete(c: Context, done: Effects) -> None:
    escalation = done.escalation
    if escalation.status is Status.RESOLVED and not outstanding(c.policy_of(escalation), escalation):
        done.escalation = take(escalation, Step.CLOSE)
        done.note("closed")
