"""What follows when an escalation becomes more or less urgent."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.decisions.effects import Effects, renew_dates, say_in_thread, tell_named
from bot.escalation import Step, take
from bot.flows import faces, letters
from bot.flows.context import Context
from bot.flows.urgency import SetPriority
from bot.messages import Message, Words


def set_priority(c: Context, d: SetPriority, prefix: str, now: datetime) -> Effects:
    """The limits of the new priority hold from now on; the old one stays in the history with the reason."""
    before = c.escalation.priority
    escalation = replace(take(c.escalation, Step.UPDATE), priority=d.priority)
    done = Effects(prefix, c.me.id, now, escalation)
    done.note("priority changed", before=before, after=d.priority, reason=d.reason, agreed_by=d.agreed_by)
    renew_dates(c, done)
    say_in_thread(c, done, "priority.posted")
    text = c.words("priority.kept", reference=d.reference)
    done.tell(c.me.id, Message(text, (Words(text), *letters.priority(c, escalation), *faces.ownership(c, escalation))))
    tell_named(c, done, "manager.dates")
    return done
