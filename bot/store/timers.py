"""Rows of the tables `timers` and `snoozes`: what is to be looked at when, and who wants no nudges until when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, literal_column, select, update

from bot.store.keeping import keep
from bot.store.prepared import Prepared
from bot.store.tables import ARMED, CANCELLED, FIRED, snoozes, timers
from bot.timers import Timer

# A literal: with a bound value neither database can see that the partial index holds all such rows, and SQLite puts the
# statement together anew for each value.
_IS_ARMED = timers.c.state == literal_column(f"'{ARMED}'")


# Made once: that takes longer than asking.
_OF_OWNER = Prepared(
    select(timers).where(timers.c.owner == bindparam("owner"), _IS_ARMED).order_by(timers.c.due, timers.c.key)
)
_CANCEL = update(timers).where(timers.c.key.in_(bindparam("unwanted", expanding=True))).values(state=CANCELLED)
_SNOOZED = select(snoozes).where(snoozes.c.reference == bindparam("reference"))


def armed(connection: Connection, owner: str) -> list[Timer]:
    return [_timer(row) for row in _OF_OWNER.rows(connection, {"owner": owner})]


def replace(connection: Connection, before: Sequence[Timer], wanted: Sequence[Timer]) -> None:
    """Exactly the wanted ones are armed from now on, in place of those that were `before`, all of one owner. A row that
    stays as it is is not written again."""
    keys = {timer.key for timer in wanted}
    unwanted = [timer.key for timer in before if timer.key not in keys]
    if unwanted:
        connection.execute(_CANCEL, {"unwanted": unwanted})
    stay = {timer.key: timer for timer in before}
    for timer in wanted:
        if stay.get(timer.key) != timer:
            keep(connection, timers, "key", {"key": timer.key} | _armed(timer))


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
    rows = connection.execute(_SNOOZED, {"reference": reference})
    return {row.person: row.until for row in rows}


def snooze(connection: Connection, reference: str, person: str, until: datetime) -> None:
    keep(connection, snoozes, ("reference", "person"), {"reference": reference, "person": person, "until": until})


def _timer(row: Row[Any]) -> Timer:
    return Timer(row.key, row.kind, row.due, row.owner, row.about, row.rule, row.zone)
