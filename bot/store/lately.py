"""When somebody was last heard, for whoever looks after the bot.

It is written in the transaction that hears them, by each process once a minute at most, so that it costs nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy import Connection, func, insert, select, update

from bot.store.tables import meta, unheard

HEARD = "last_heard"
AT_MOST_EVERY = timedelta(minutes=1)


class Lately:
    """What this process last wrote down. Safe in several threads."""

    def __init__(self) -> None:
        self._noted: datetime | None = None
        self._lock = Lock()

    def heard(self, connection: Connection, now: datetime) -> None:
        """Somebody is heard now. Where that transaction is undone, the next minute's is written down."""
        with self._lock:
            # Also a clock that was put back: what would come to be is not the last time.
            if self._noted is not None and timedelta() <= now - self._noted < AT_MOST_EVERY:
                return
            self._noted = now
        value = {"value": now.isoformat()}
        if connection.execute(update(meta).where(meta.c.name == HEARD).values(value)).rowcount == 0:
            connection.execute(insert(meta), {"name": HEARD, **value})


def last_heard(connection: Connection) -> datetime | None:
    """To the minute; None if nobody has been heard yet."""
    value = connection.scalars(select(meta.c.value).where(meta.c.name == HEARD)).one_or_none()
    return None if value is None else datetime.fromisoformat(value)


def unheard_since(connection: Connection) -> datetime | None:
    """Since when the oldest waits that was told and could not be heard yet; None if nothing does."""
    since: datetime | None = connection.scalar(select(func.min(unheard.c.written)))
    return since
