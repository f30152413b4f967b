"""One person's own reminders about an escalation are put off; its record is not changed, and nobody else is told."""

from __future__ import annotations

from datetime import datetime

from bot import dates
from bot.decisions.effects import Effects
from bot.flows import faces
from bot.flows.context import Context
from bot.flows.hours import hours
from bot.flows.reasons import next_move
from bot.flows.snoozing import Snooze
from bot.messages import Message, Part, Words
from bot.ports import Transaction
from bot.timers import Timer


def snooze(c: Context, d: Snooze, prefix: str, now: datetime) -> Effects:
    """Quiet until then, and one look at what is owed when that has come; or as before, from now on."""
    until = hours(c.policy_of(c.escalation), c.calendars).on(d.until) if d.until else now
    done = Effects(prefix, c.me.id, now, c.escalation, snoozed={c.me.id: until})
    done.note("snoozed", until=until.isoformat())
    own = faces.ownership(c, c.escalation) if c.me.id == c.escalation.raiser else ()
    parts = (*_kept(c, d, until), *own)
    done.tell(c.me.id, Message(c.words("snooze.title", reference=d.reference), parts))
    return done


def _kept(c: Context, d: Snooze, until: datetime) -> tuple[Part, ...]:
    """Until when it is quiet, and that nothing else has changed: whose it is, and by when."""
    facts = faces.facts(c, c.escalation, today=True)
    if d.until is None:
        return Words(c.words("snooze.ended", reference=d.reference), "strong"), facts
    text = c.words("snooze.kept", reference=d.reference, day=dates.in_words(d.until), hour=f"{until:%H:%M}")
    by = next_move(c, c.escalation).by
    late = (Words(c.words("snooze.over"), "warning"),) if by is not None and by < d.until else ()
    return Words(text, "strong"), facts, *late, Words(c.words("snooze.stands"))


def snoozed(reference: str) -> str:
    """Whose the timers are that look again when a silence is over: they outlive those that follow from the record."""
    return f"snoozed/{reference}"


def keep_snoozes(tx: Transaction, done: Effects) -> None:
    """Until when, and a timer for the moment at which that is over, if it is still to come."""
    owner = snoozed(done.escalation.reference)
    for person, until in done.snoozed.items():
        tx.snooze(done.escalation.reference, person, until)
        others = [timer for timer in tx.timers(owner) if timer.about != person]
        own = [Timer(f"{owner}/{person}", "snoozed", until, owner, person)] if until > done.now else []
        tx.set_timers(owner, [*others, *own])
