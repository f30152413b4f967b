"""Resolving, and closing once everything that is due has reached its recipients."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.decisions.effects import Effects, renew_face, say_in_thread, tell_named, withdraw_requests
from bot.escalation import Escalation, Status, Step, take
from bot.escalation import resolve as resolved
from bot.flows import faces, letters
from bot.flows.context import Context
from bot.flows.noted import action_in_words, open_actions
from bot.flows.resolve import Resolve, to_file
from bot.forms_due import outstanding
from bot.messages import Button, Buttons, Heading, Message, Part, Points, Words
from bot.sent_letters import letters_of, settled


def resolve(c: Context, d: Resolve, prefix: str, now: datetime) -> Effects:
    """End it well: closed at once where no report is due, else when the last one has reached its recipients."""
    answers = {**d.answers, "actions": _all_actions(c.escalation, d), "resolution_noted_on": c.today.isoformat()}
    done = Effects(prefix, c.me.id, now, resolved(c.escalation, d.on, answers))
    done.note("resolved", stage=done.escalation.resolved_at, on=d.on.isoformat(), answers=dict(d.answers))
    withdraw_requests(c, done)
    close_if_complete(c, done)
    renew_face(c, done)
    say_in_thread(c, done, "resolve.posted")
    done.tell(c.me.id, _ended(c, done.escalation, d))
    tell_named(c, done, "resolve.manager")
    return done


def _all_actions(escalation: Escalation, d: Resolve) -> list[Mapping[str, str]]:
    """Those agreed now, after those of an earlier ending that nobody has noted as done: opening again drops none."""
    agreed = list(d.answers.get("actions") or ())
    now = {action_in_words(action) for action in agreed}
    return [*(each for each in open_actions(escalation) if action_in_words(each) not in now), *agreed]


def _ended(c: Context, escalation: Escalation, d: Resolve) -> Message:
    """What is still to do: the forms, the statement to send to everybody, the debrief, and each agency's record."""
    status = c.words(f"status.{escalation.status.value}")
    summary = c.words("resolve.done", reference=escalation.reference, status=status)
    parts: list[Part] = [Heading(summary), *faces.due_reports(c, escalation)]
    parts += letters.outcome(c, escalation, d.on, d.answers)
    if not (d.answers.get("debrief") or {}).get("debrief"):
        parts.append(Words(c.words("resolve.debrief_open")))
    if duties := to_file(c, c.policy_of(escalation)):
        parts += [Words(c.words("resolve.file_it"), "strong"), Points(duties)]
    note = Button(c.words("act.note"), "start", f"note {escalation.reference}")
    copy = Button(c.words("act.file"), "start", f"file {escalation.reference}")
    return Message(summary, (*parts, Words(c.words("resolve.told")), Buttons((copy, note))))


def close_if_complete(c: Context, done: Effects) -> bool:
    """Close it if it is resolved, no form is outstanding and every letter has left. Returns whether it was closed."""
    escalation = done.escalation
    waiting = [number for number, letter in letters_of(escalation).items() if not settled(letter)]
    if escalation.status is not Status.RESOLVED or waiting or outstanding(c.policy_of(escalation), escalation):
        return False
    done.escalation = take(escalation, Step.CLOSE)
    done.note("closed")
    return True
