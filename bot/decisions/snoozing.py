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
    """Quiet until then, and one look at what is owed when that has come."""
    escalation = c.escalation
    until = hours(c.policy_of(escalation), c.calendars).on(d.until)
    done = Effects(prefix, c.me.id, now, escalation, snoozed={c.me.id: until})
    done.note("snoozed", until=until.isoformat())
    day = dates.in_words(d.until)
    text = c.words("snooze.kept", reference=d.reference, day=day, hour=f"{until:%H:%M}")
    by = next_move(c, escalation).by
    over = by is not None and by < d.until
    late: tuple[Part, ...] = (Words(c.words("snooze.over"), "warning"),) if over else ()
    parts = (Words(text, "strong"), faces.facts(c, escalation, today=True), *late, Words(c.words("snooze.stands")))
    own = faces.ownership(c, escalation) if c.me.id == escalation.raiser else ()
    done.tell(c.me.id, Message(c.words("snooze.title", reference=d.reference), (*parts, *own)))
    return done


def snoozed(reference: str) -> str:
    """Whose the timers are that look again when a silence is over: they outlive those that follow from the record."""
    return f"snoozed/{reference}"


def keep_snoozes(tx: Transaction, done: Effects) -> None:
    """Until when, and a timer for the moment at which that is over."""
    owner = snoozed(done.escalation.reference)
    for person, until in done.snoozed.items():
        tx.snooze(done.escalation.reference, person, until)
        others = [timer for timer in tx.timers(owner) if timer.about != person]
        tx.set_timers(owner, [*others, Timer(f"{owner}/{person}", "snoozed", until, owner, person)])
