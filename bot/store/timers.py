"""Rows of the tables `timers` and `snoozes`: what is to be looked at when, and who wants no nudges until when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, literal_column, select, update

from bot.store.tables import ARMED, CANCELLED, FIRED, snoozes, timers
from bot.timers import Timer

# A literal: with a bound value neither database can see that the partial index holds all such rows.
_IS_ARMED = timers.c.state == literal_column(f"'{ARMED}'")


def armed(connection: Connection, owner: str) -> list[Timer]:
    of_owner = select(timers).where(timers.c.owner == owner, timers.c.state == ARMED)
    return [_timer(row) for row in connection.execute(of_owner.order_by(timers.c.due, timers.c.key))]


def replace(connection: Connection, owner: str, wanted: Sequence[Timer]) -> None:
    """Exactly the wanted ones are armed for this owner. A row that stays as it is is not written again."""
    keys = {timer.key for timer in wanted}
    ours = select(timers).where((timers.c.owner == owner) | timers.c.key.in_(keys))
    rows = {row.key: row for row in connection.execute(ours)}
    unwanted = [key for key, row in rows.items() if row.state == ARMED and key not in keys]
    if unwanted:
        connection.execute(update(timers).where(timers.c.key.in_(unwanted)).values(state=CANCELLED))
    new = [{"key": timer.key} | _armed(timer) for timer in wanted if timer.key not in rows]
    if new:
        connection.execute(insert(timers), new)
    for timer in wanted:
        row = rows.get(timer.key)
        if row is not None and (row.state != ARMED or _timer(row) != timer):
            connection.execute(update(timers).where(timers.c.key == timer.key).values(_armed(timer)))


def _armed(timer: Timer) -> dict[str, Any]:
    return {
        "kind": timer.kind,
        "due": timer.due,
        "next_look": timer.due,
        "owner": timer.owner,
        "about": timer.about,
        "rule": timer.rule,
        "zone": timer.zone,
        "state": ARMED,
    }


def due(connection: Connection, now: datetime, limit: int) -> list[Timer]:
    """Armed ones whose moment has come and that are not put off, the first one first.

    Those that another transaction is at are left to it.
    """
    come = select(timers).where(_IS_ARMED, timers.c.next_look <= now)
    come = come.order_by(timers.c.next_look, timers.c.key).limit(limit)
    return [_timer(row) for row in connection.execute(come.with_for_update(skip_locked=True))]


def any_due(connection: Connection, now: datetime) -> bool:
    come = select(timers.c.key).where(_IS_ARMED, timers.c.next_look <= now).limit(1)
    return connection.execute(come).first() is not None


def put_off(connection: Connection, keys: Sequence[str], until: datetime) -> None:
    """Nobody looks at them before; when they were due stays."""
    connection.execute(update(timers).where(timers.c.key.in_(keys)).values(next_look=until))


def put_off_at_most(connection: Connection, until: datetime) -> None:
    """What was put off until later than that, by a clock that was wrong, is looked at when it is due."""
    wrongly = update(timers).where(_IS_ARMED, timers.c.next_look > until, timers.c.due < timers.c.next_look)
    connection.execute(wrongly.values(next_look=timers.c.due))


def fired(connection: Connection, keys: Sequence[str], now: datetime) -> None:
    connection.execute(update(timers).where(timers.c.key.in_(keys)).values(state=FIRED, fired=now))


def snoozed(connection: Connection, reference: str) -> dict[str, datetime]:
    rows = connection.execute(select(snoozes).where(snoozes.c.reference == reference))
    return {row.person: row.until for row in rows}


def snooze(connection: Connection, reference: str, person: str, until: datetime) -> None:
    of_them = (snoozes.c.reference == reference, snoozes.c.person == person)
    if connection.execute(update(snoozes).where(*of_them).values(until=until)).rowcount == 0:
        connection.execute(insert(snoozes), {"reference": reference, "person": person, "until": until})


def _timer(row: Row[Any]) -> Timer:
    return Timer(row.key, row.kind, row.due, row.owner, row.about, row.rule, row.zone)
