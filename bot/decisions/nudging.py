"""What follows when the moment of a nudge has come, and which moments are ahead once a record has changed.

The words are made when they are said (`flows.nudges.said`): a delivery holds only what it is about and for whom.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.decisions.effects import Effects, as_it_is
from bot.escalation import Escalation
from bot.flows import nudges
from bot.flows.context import Context
from bot.flows.nudges import Nudge
from bot.ports import Delivery, Transaction
from bot.timers import Timer


def fire(c: Context, escalation: Escalation, timers: Sequence[Timer], now: datetime) -> Effects:
    """One message to the thread and to each reader of all that is to be said now.

    `timers` are all of this escalation's whose moment has come: what one reader is told is one message a moment. The
    record is not changed; the history says who was reminded of what. It is not asked outside the policy's hours.
    """
    c = nudges.at(c, escalation, now)
    done = Effects("nudge", "bot", now, escalation)
    told = nudges.to_say(c, escalation, timers, now)
    by_person = {person: list(theirs) for person, theirs in nudges.readers(c, escalation, told).items()}
    by_person |= _no_longer_snoozed(c, escalation, timers, now)
    if not told and not by_person:
        return done
    prefix = f"{escalation.reference}/nudge/{_moment(told, timers, now)}"
    if told:
        thread = Delivery(f"{prefix}/thread", "thread", c.policy_of(escalation).channel, under=escalation.thread)
        done.deliveries.append(_made(escalation, thread, told, ""))
    for person, theirs in by_person.items():
        done.deliveries.append(_made(escalation, Delivery(f"{prefix}/{person}", "direct", person), theirs, person))
    late = {each.name: days for each in told if (days := nudges.late_by(c, escalation, each)) is not None}
    done.note("nudged", nudges=[each.name for each in told], readers=list(by_person), working_days_late=late)
    return done


def _no_longer_snoozed(
    c: Context, escalation: Escalation, timers: Sequence[Timer], now: datetime
) -> dict[str, list[Nudge]]:
    """Whoever wanted to be reminded later is told, now, of all that has come up and is still owed."""
    wanted = {timer.about for timer in timers if timer.kind == "snoozed"}
    everybody = nudges.readers(c, escalation, nudges.come_by(c, escalation, now)) if wanted else {}
    return {person: list(theirs) for person, theirs in everybody.items() if person in wanted}


def _moment(told: Sequence[Nudge], timers: Sequence[Timer], now: datetime) -> str:
    """The last moment of those that have come, as it stands in keys: the same for whoever looks at the same timers."""
    due = {timer.about: timer.due for timer in timers if timer.kind == "nudge"}
    come = [moment for each in told if (moment := each.schedule.last(due[each.name], now))]
    come += [timer.due for timer in timers if timer.kind == "snoozed"]
    return f"{max(each.astimezone(UTC) for each in come):%Y-%m-%dT%H:%MZ}"


def _made(escalation: Escalation, delivery: Delivery, told: Sequence[Nudge], reader: str) -> Delivery:
    return replace(
        delivery,
        reference=escalation.reference,
        made="nudge",
        about={"nudges": [each.name for each in told], "reader": reader},
    )


def wanted(tx: Transaction, c: Context, escalation: Escalation, now: datetime) -> list[Timer]:
    """Exactly what the record owes is to be looked at again: each nudge at its next moment."""
    owed = nudges.owed(nudges.at(c, escalation, now), escalation)
    planned, names = nudges.timers_of(escalation, owed, now), {each.name for each in owed}
    return nudges.rearmed(tx.timers(escalation.reference), planned, names, now)


def rearm(tx: Transaction, c: Context, escalation: Escalation, now: datetime) -> None:
    """From now on that is armed."""
    tx.set_timers(escalation.reference, wanted(tx, c, escalation, now))


def edit_changed(tx: Transaction, c: Context, before: Escalation, done: Effects) -> None:
    """What nudges have said stands with its date as it is now, where the decision changed that.

    The newest in each place. What it was compared with is the record before, not what was shown first: a date may be
    changed, and changed back.
    """
    now, said = done.now, tx.nudges_said(before.reference)
    if not said:
        return
    was = nudges.shown(nudges.at(c, before, now), before)
    shows = nudges.shown(nudges.at(as_it_is(c, done), done.escalation, now), done.escalation)
    for due in said:
        names: list[str] = [name for name in due.about.get("nudges") or () if name in shows]
        if any(name in was and was[name] != shows[name] for name in names):
            about: dict[str, Any] = {"nudges": names, "reader": due.about.get("reader") or ""}
            edit = Delivery(done.key(), "edit", due.key, reference=before.reference, made="nudge", about=about)
            done.deliveries.append(edit)
