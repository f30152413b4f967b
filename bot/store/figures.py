"""What the operator watches, each by one query that stays cheap however much has been done with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, func, literal_column, or_, select, union_all

from bot.metrics import Figures
from bot.store import escalations
from bot.store.sealing import Keyring
from bot.store.tables import ARMED, DEAD, HELD, SENDING, WAITING, deliveries, timers
from bot.store.vault import Vault

OVERDUE = timedelta(minutes=5)
"""Several looks: a timer that is still armed so long after its moment has been missed."""


def figures(connection: Connection, keyring: Keyring, now: datetime) -> Figures:
    return Figures(
        deliveries=_by_state(connection),
        oldest=_oldest(connection, now),
        timers_overdue=_overdue(connection, now),
        open=escalations.open_courses(connection, Vault(connection, keyring)),
    )


def _is(*states: str) -> ColumnElement[bool]:
    """Literals: with bound values neither database can see that a partial index holds all such rows."""
    return deliveries.c.state.in_([literal_column(f"'{state}'") for state in states])


def _by_state(connection: Connection) -> Mapping[str, int]:
    counted = select(deliveries.c.state, func.count()).group_by(deliveries.c.state)
    # One part for each index.
    both = union_all(counted.where(_is(WAITING, SENDING)), counted.where(_is(DEAD, HELD)))
    found = dict.fromkeys((WAITING, SENDING, DEAD, HELD), 0)
    found.update((state, number) for state, number in connection.execute(both))
    return found


def _oldest(connection: Connection, now: datetime) -> float:
    """In seconds, since it could have been said."""
    since = func.coalesce(deliveries.c.not_before, deliveries.c.written)
    first = connection.scalar(select(func.min(since)).where(_is(WAITING, SENDING), since <= now, _not_put_off(now)))
    return 0.0 if first is None else (now - first).total_seconds()


def undelivered(connection: Connection, before: datetime, now: datetime) -> bool:
    """Whether something could have been said before then and still waits, or was given up or held before then."""
    since = func.coalesce(deliveries.c.not_before, deliveries.c.written)
    waits = select(deliveries.c.key).where(_is(WAITING, SENDING), since <= before, _not_put_off(now))
    given_up = select(deliveries.c.key).where(_is(DEAD, HELD), deliveries.c.settled <= before)
    return any(connection.execute(each.limit(1)).first() is not None for each in (waits, given_up))


def _not_put_off(now: datetime) -> ColumnElement[bool]:
    """What was put off until later, without a try, is not late."""
    return or_(deliveries.c.attempts > 0, _is(SENDING), deliveries.c.due <= now)


def _overdue(connection: Connection, now: datetime) -> int:
    armed = timers.c.state == literal_column(f"'{ARMED}'")
    return connection.scalars(select(func.count()).where(armed, timers.c.next_look <= now - OVERDUE)).one()
