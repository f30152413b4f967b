"""Whose turn it is to carry a delivery out, and which deliveries' turn it is.

A claim is a lease, committed before anything is done. It is over when it is settled, or when its time has run out:
then whoever claims it next cannot know whether it was done, and it is doubtful.

In a stream, the oldest goes first. What is being carried out holds the later ones up; so does what is due. In a thread,
so does what waits for another try, or a reply would overtake the one before it. Direct messages are each by themselves.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    and_,
    bindparam,
    exists,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from bot.ports import Due, Handed
from bot.store.deliveries import opened
from bot.store.tables import DEAD, DONE, DROPPED, SENDING, WAITING, Moment, deliveries, limited_places
from bot.store.vault import Vault

NOW = bindparam("now", type_=Moment)
"""Bound when a query runs, so that what takes long to put together is put together once."""


def _is(rows: FromClause, *states: str) -> ColumnElement[bool]:
    """Literals: with bound values neither database can see that a partial index holds all such rows."""
    return rows.c.state.in_([literal_column(f"'{state}'") for state in states])


def _come(rows: FromClause) -> ColumnElement[bool]:
    """Waiting, and its time has come."""
    return and_(_is(rows, WAITING), or_(rows.c.next_try.is_(None), rows.c.next_try <= NOW))


def _ready() -> ColumnElement[bool]:
    """Its time has come, or whoever claimed it has not settled it in time; and its place may be gone to."""
    abandoned = and_(_is(deliveries, SENDING), deliveries.c.lease_until <= NOW)
    limited = exists().where(limited_places.c.place == deliveries.c.place, limited_places.c.until > NOW)
    return and_(_is(deliveries, WAITING, SENDING), or_(_come(deliveries), abandoned), ~limited)


def _held_up() -> ColumnElement[bool]:
    """By an earlier one of its stream, or by what has to be carried out before."""
    earlier, first = deliveries.alias("earlier"), deliveries.alias("first_one")
    retried = and_(earlier.c.attempts > 0, earlier.c.stream.not_like("direct/%"))
    goes_first = or_(_is(earlier, SENDING), _come(earlier), retried)
    return or_(
        exists().where(
            earlier.c.stream == deliveries.c.stream,
            earlier.c.number < deliveries.c.number,
            _is(earlier, WAITING, SENDING),
            goes_first,
        ),
        and_(
            deliveries.c.first != "",
            exists().where(first.c.key == deliveries.c.first, ~_is(first, DONE, DROPPED, DEAD)),
        ),
    )


def _not_told_lately() -> ColumnElement[bool]:
    """No worker was told, or it found that another had it, or that its place was not to be gone to."""
    return or_(
        deliveries.c.handed.is_(None),
        deliveries.c.handed <= bindparam("long_ago", type_=Moment),
        and_(_is(deliveries, SENDING), deliveries.c.handed < deliveries.c.lease_until),
        exists().where(limited_places.c.place == deliveries.c.place, deliveries.c.handed < limited_places.c.until),
    )


CLAIMABLE = (
    select(deliveries)
    .where(_ready(), ~_held_up())
    .order_by(deliveries.c.number)
    .with_for_update(skip_locked=True, of=deliveries)
)
TO_HAND = (
    select(deliveries.c.key, deliveries.c.stream)
    .where(_ready(), _not_told_lately())
    .order_by(deliveries.c.number)
    .with_for_update(skip_locked=True, of=deliveries)
)


def claim(
    connection: Connection,
    vault: Vault,
    now: datetime,
    until: datetime,
    limit: int,
    *,
    besides: Collection[str],
    stream: str,
) -> list[Due]:
    """Takes a lease on those whose turn it is, in the order of writing. See `ports.Store.claim`."""
    wanted = CLAIMABLE.limit(limit)
    if besides:
        wanted = wanted.where(deliveries.c.place.not_in(besides))
    if stream:
        wanted = wanted.where(deliveries.c.stream == stream)
    rows = connection.execute(wanted, {"now": now}).all()
    if not rows:
        return []
    keys = [row.key for row in rows]
    abandoned = [row.key for row in rows if row.state == SENDING]
    connection.execute(update(deliveries).where(deliveries.c.key.in_(keys)).values(state=SENDING, lease_until=until))
    if abandoned:
        connection.execute(update(deliveries).where(deliveries.c.key.in_(abandoned)).values(doubtful=True))
    claimed = opened(connection, vault, rows)
    return [replace(due, lease=until, doubtful=due.doubtful or due.key in abandoned) for due in claimed]


def slow_down(connection: Connection, place: str, until: datetime) -> None:
    """Nothing is ready to go there before; a limit that ends later stays."""
    made = (postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert)(limited_places)
    later = limited_places.c.until < made.excluded.until
    made = made.on_conflict_do_update(index_elements=["place"], set_={"until": made.excluded.until}, where=later)
    connection.execute(made, {"place": place, "until": until})


def to_hand(connection: Connection, now: datetime, limit: int, again_after: timedelta) -> list[Handed]:
    """What is ready and no worker was told of lately; from now on one was. The oldest first.

    `again_after` is longer than the worst backlog, or every look would hand the same ones again and starve them.
    """
    moments = {"now": now, "long_ago": now - again_after}
    found = [Handed(row.key, row.stream) for row in connection.execute(TO_HAND.limit(limit), moments)]
    if found:
        told = update(deliveries).where(deliveries.c.key.in_([each.key for each in found]))
        connection.execute(told.values(handed=now))
    return found
