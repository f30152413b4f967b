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
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from bot.ports import Due, Handed
from bot.store.deliveries import opened
from bot.store.moments import Moment
from bot.store.tables import AT_ONCE, DEAD, DONE, DROPPED, SENDING, WAITING, deliveries, limited_places
from bot.store.vault import Vault

NOW = bindparam("now", type_=Moment)
"""Bound when a query runs, so that what takes long to put together is put together once."""


def _is(rows: FromClause, *states: str) -> ColumnElement[bool]:
    """Literals: with bound values neither database can see that a partial index holds all such rows."""
    return rows.c.state.in_([literal_column(f"'{state}'") for state in states])


def _ready() -> ColumnElement[bool]:
    """Its time has come, or whoever claimed it has not settled it in time; and its place may be gone to."""
    limited = select(limited_places.c.place).where(limited_places.c.until > NOW)
    return and_(deliveries.c.due <= NOW, deliveries.c.place.not_in(limited))


def _its_turn() -> ColumnElement[bool]:
    """No earlier one of its stream holds it up: what itself waits for another does not."""
    one = deliveries.alias("one")
    retried = and_(one.c.attempts > 0, one.c.stream.not_like("direct/%"))
    goes_first = or_(_is(one, SENDING), and_(one.c.due <= NOW, _waits_for_none(one)), retried)
    of_stream = select(one.c.number).where(one.c.stream == deliveries.c.stream, _is(one, WAITING, SENDING), goes_first)
    return deliveries.c.number == of_stream.order_by(one.c.number).limit(1).scalar_subquery()


def _waits_for_none(rows: FromClause) -> ColumnElement[bool]:
    """What has to be carried out before it was, or never will be."""
    before = deliveries.alias("before")
    # Not "exists", which PostgreSQL may answer by reading every delivery there is.
    state = select(before.c.state).where(before.c.key == rows.c.first).scalar_subquery()
    return or_(rows.c.first == "", func.coalesce(state, DONE).in_([DONE, DROPPED, DEAD]))


def _not_told_lately() -> ColumnElement[bool]:
    """No worker was told, or it found that another had it, or that its place was not to be gone to."""
    return or_(
        deliveries.c.handed.is_(None),
        deliveries.c.handed <= bindparam("long_ago", type_=Moment),
        and_(_is(deliveries, SENDING), deliveries.c.handed < deliveries.c.due),
        exists().where(limited_places.c.place == deliveries.c.place, deliveries.c.handed < limited_places.c.until),
    )


def _some(wanted: Select[Any]) -> Select[Any]:
    """So many; those that another transaction is at are left to it."""
    return wanted.limit(bindparam("limit")).with_for_update(skip_locked=True, of=deliveries)


# Each is in the order of an index, so that that one is used.
BY_DUE = deliveries.c.due, deliveries.c.number
OF_STREAM = and_(deliveries.c.stream == bindparam("stream"), _is(deliveries, WAITING, SENDING))
BESIDES = deliveries.c.place.not_in(bindparam("besides", expanding=True))
CLAIMABLE = select(deliveries).where(_ready(), _its_turn(), _waits_for_none(deliveries))
CLAIMABLE_ANYWHERE = _some(CLAIMABLE.where(BESIDES).order_by(*BY_DUE))
CLAIMABLE_OF_STREAM = _some(CLAIMABLE.where(BESIDES, OF_STREAM).order_by(deliveries.c.number))
TO_HAND = _some(select(deliveries.c.key, deliveries.c.stream).where(_ready(), _not_told_lately()).order_by(*BY_DUE))


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
    """Takes a lease on those whose turn it is. See `ports.Store.claim`."""
    given = {"now": now, "limit": limit, "besides": list(besides)} | ({"stream": stream} if stream else {})
    rows = connection.execute(CLAIMABLE_OF_STREAM if stream else CLAIMABLE_ANYWHERE, given).all()
    if not rows:
        return []
    keys = [row.key for row in rows]
    abandoned = [row.key for row in rows if row.state == SENDING]
    connection.execute(update(deliveries).where(deliveries.c.key.in_(keys)).values(state=SENDING, due=until))
    if abandoned:
        connection.execute(update(deliveries).where(deliveries.c.key.in_(abandoned)).values(doubtful=True))
    claimed = opened(connection, vault, rows, all_or_none=False)
    return [replace(due, lease=until, doubtful=due.doubtful or due.key in abandoned) for due in claimed]


def slow_down(connection: Connection, place: str, until: datetime) -> None:
    """Nothing is ready to go there before; a limit that ends later stays."""
    made = (postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert)(limited_places)
    later = limited_places.c.until < made.excluded.until
    made = made.on_conflict_do_update(index_elements=["place"], set_={"until": made.excluded.until}, where=later)
    connection.execute(made, {"place": place, "until": until})


def wait_at_most(connection: Connection, waits: datetime, put_off: datetime) -> None:
    """What waits beyond these by a clock that was wrong has its turn. See `ports.Transaction.wait_at_most`."""
    rightly = func.coalesce(deliveries.c.not_before, AT_ONCE)
    tried = or_(_is(deliveries, SENDING), deliveries.c.attempts > 0)
    unsettled = update(deliveries).where(_is(deliveries, WAITING, SENDING))
    wrongly = unsettled.where(deliveries.c.due > waits, deliveries.c.due > rightly)
    connection.execute(wrongly.where(or_(tried, deliveries.c.due > put_off)).values(due=rightly, handed=None))
    connection.execute(unsettled.where(deliveries.c.handed > waits).values(handed=None))
    connection.execute(delete(limited_places).where(limited_places.c.until > waits))


def to_hand(connection: Connection, now: datetime, limit: int, again_after: timedelta) -> list[Handed]:
    """What is ready and no worker was told of lately; from now on one was. The oldest first.

    `again_after` is longer than the worst backlog, or every look would hand the same ones again and starve them.
    """
    given = {"now": now, "long_ago": now - again_after, "limit": limit}
    found = [Handed(row.key, row.stream) for row in connection.execute(TO_HAND, given)]
    if found:
        told = update(deliveries).where(deliveries.c.key.in_([each.key for each in found]))
        connection.execute(told.values(handed=now))
    return found
