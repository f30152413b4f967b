"""The store itself: keeps the tables of a database current, and gives out transactions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Lock, get_ident
from typing import Any

from sqlalchemy import Connection, Engine, select

from bot.errors import ConfigError, StoreError
from bot.metrics import Figures
from bot.policies import Kept, Use
from bot.ports import Due, Handed, Trouble
from bot.store import claiming, deliveries, figures, history, policies, schema, tables, timers
from bot.store.engines import make_engine, plain_errors, read_url, shown
from bot.store.lately import Lately, last_heard, unheard_since
from bot.store.sealing import Keyring
from bot.store.transaction import Records, Schedule, nobody, real_time
from bot.store.vault import Vault


class Database:
    """Implements `ports.Store`. One transaction at a time writes; reading waits for nobody.

    What happens to deliveries is noted beside that on PostgreSQL, where a locked row is enough. `schedule` tells a
    worker of what was written; `clock` says when that was.
    """

    def __init__(self, url: str, keyring: Keyring, *, clock: Callable[[], datetime] = real_time) -> None:
        self._address = read_url(url)
        self.name = shown(self._address)
        self.keyring = keyring
        self.clock = clock
        self.schedule: Schedule = nobody
        self._writer = make_engine(self._address, writes=True)
        self._reader = make_engine(self._address, writes=False)
        self._notes = make_engine(self._address, writes=True, alone=False)
        # In line here, in memory, not in the database: there, waiting is by chance and some wait long.
        self._turn = Lock()
        self._whose_turn = 0
        self._lately = Lately()

    def close(self) -> None:
        """Closes the connections. Another use opens them again."""
        for engine in (self._writer, self._reader, self._notes):
            engine.dispose()

    # ── tables ───────────────────────────────────────────────────────────────────────────────────────────

    def migrate(self) -> None:
        """Brings the tables to this version of the program, wholly or not at all.

        Raises SchemaMismatch when they are newer, and ConfigError when the keyring is not this database's.
        """
        rebuilding = make_engine(self._address, writes=True, rebuilds=True)
        try:
            with self._writing(rebuilding) as connection:
                self.upgrade(connection)
                check = "PRAGMA foreign_key_check"
                if connection.dialect.name == "sqlite" and connection.exec_driver_sql(check).first():
                    raise StoreError(
                        f"The migration of {self.name} would leave rows that refer to nothing; "
                        "it was undone. Keep using the version of the program that you had."
                    )
        finally:
            rebuilding.dispose()

    def upgrade(self, connection: Connection) -> None:
        """The same, in the transaction of this connection."""
        found = schema.revision(connection)
        if found is not None:
            schema.refuse_newer(found, self.name)
            self._check_keyring(connection)
        schema.upgrade(connection)
        if found is None:
            history.begin(connection, self.keyring)

    def check_schema(self) -> None:
        """Raises SchemaMismatch when the tables are older or newer than the program, or not there.

        Raises ConfigError when the keyring lacks a key that something in the database is sealed with.
        """
        with self.reading() as connection:
            schema.refuse_others(schema.revision(connection), self.name)
            self._check_keyring(connection)

    def check_current(self) -> None:
        """Raises StoreError when the database is away, SchemaMismatch when another version has changed its tables."""
        with self.reading() as connection:
            self._check_revision(connection)

    def _check_revision(self, connection: Connection) -> None:
        schema.refuse_changed(connection, self._reader, self.name)

    def _check_keyring(self, connection: Connection) -> None:
        used = connection.scalars(select(tables.keys.c.wrapped_by).distinct())
        missing = sorted(key_id for key_id in used if key_id not in self.keyring)
        if missing:
            raise ConfigError(
                f"What is in {self.name} is sealed with the key {missing[0]!r}, which is not in the keyring "
                f"{self.keyring.where}. Restore the keyring file that belongs to this database."
            )

    # ── ports.Store ──────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def transaction(self) -> Iterator[Records]:
        """Everything in it is saved when it is left, or nothing if it is left by an error."""
        with self._writing() as connection:
            yield Records(connection, self.keyring, self.clock, self.schedule, self._lately)

    @contextmanager
    def look(self) -> Iterator[Records]:
        """The same for reading: one unchanging state, without waiting for a turn. Whatever is written is refused."""
        with self.reading() as connection:
            yield Records(connection, self.keyring, self.clock)

    def claim(
        self, now: datetime, until: datetime, limit: int, *, besides: Collection[str] = (), stream: str = ""
    ) -> list[Due]:
        with self._noting() as connection:
            vault = Vault(connection, self.keyring)
            return claiming.claim(connection, vault, now, until, limit, besides=besides, stream=stream)

    def receipt(self, key: str) -> str:
        with self.reading() as connection:
            return deliveries.receipt(connection, key)

    def superseded(self, key: str) -> bool:
        with self.reading() as connection:
            return deliveries.superseded(connection, key)

    def done(self, key: str, receipt: str, now: datetime, details: Mapping[str, Any] | None = None) -> None:
        with self._noting() as connection:
            deliveries.done(connection, Vault(connection, self.keyring), key, receipt, now, details)

    def drop(self, key: str, now: datetime, *, lease: datetime | None = None) -> None:
        with self._noting() as connection:
            deliveries.drop(connection, Vault(connection, self.keyring), key, now, lease)

    def failed(
        self,
        key: str,
        reason: str,
        again_at: datetime | None,
        now: datetime,
        *,
        doubtful: bool = False,
        lease: datetime | None = None,
        count_to: int | None = None,
    ) -> None:
        with self._noting() as connection:
            deliveries.failed(
                connection, key, reason, again_at, now, doubtful=doubtful, lease=lease, count_to=count_to
            )  # fmt: skip

    def postpone(self, key: str, until: datetime | None, *, lease: datetime | None = None) -> None:
        with self._noting() as connection:
            deliveries.postpone(connection, key, until, lease)

    def hold(self, key: str, reason: str, now: datetime) -> None:
        with self._noting() as connection:
            deliveries.hold(connection, key, reason, now, None)

    def slow_down(self, place: str, until: datetime) -> None:
        with self._noting() as connection:
            claiming.slow_down(connection, place, until)

    def to_hand(self, now: datetime, limit: int, again_after: timedelta) -> list[Handed]:
        """The worker is told in the same transaction."""
        with self._noting() as connection:
            handed = claiming.to_hand(connection, now, limit, again_after)
            if handed:
                self.schedule(connection, handed)
            return handed

    def letters_taken(self, since: datetime) -> list[str]:
        with self.reading() as connection:
            return deliveries.letters_taken(connection, since)

    def letters_over(self, since: datetime, before: datetime) -> list[str]:
        with self.reading() as connection:
            return deliveries.letters_over(connection, since, before)

    def troubled(self) -> list[Trouble]:
        with self.reading() as connection:
            return deliveries.troubled(connection)

    def undelivered(self, before: datetime, now: datetime) -> bool:
        with self.reading() as connection:
            return figures.undelivered(connection, before, now)

    def timers_due(self, now: datetime) -> bool:
        with self.reading() as connection:
            return timers.any_due(connection, now)

    def figures(self, now: datetime) -> Figures:
        """What the operator watches."""
        with self.reading() as connection:
            return figures.figures(connection, self.keyring, now)

    def last_heard(self) -> datetime | None:
        """When somebody was heard, to the minute; None if nobody was yet."""
        with self.reading() as connection:
            return last_heard(connection)

    def unheard_since(self) -> datetime | None:
        """Since when the oldest waits that could not be heard yet; None if nothing does."""
        with self.reading() as connection:
            return unheard_since(connection)

    # ── policies ─────────────────────────────────────────────────────────────────────────────────────────

    def policies_kept(self) -> list[Kept]:
        """Every version of every policy that was ever kept."""
        with self.reading() as connection:
            return policies.kept(connection)

    def policies_used(self) -> dict[tuple[str, str], Use]:
        """How much was begun under each (policy, version)."""
        with self.reading() as connection:
            return policies.used(connection)

    def keep_policies(self, versions: Iterable[Kept], now: datetime) -> None:
        """Keep the versions, in place of what was kept of them before."""
        with self._writing() as connection:
            policies.keep(connection, versions, now)

    # ── connections ──────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one unchanging state of the database and must not write."""
        with plain_errors(), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def _noting(self) -> Iterator[Connection]:
        """A short transaction about deliveries only. SQLite has one writer, so there it takes its turn like others."""
        if self._notes.dialect.name == "sqlite":
            with self._writing() as connection:
                yield connection
            return
        self._refuse_second()
        with plain_errors(), self._notes.begin() as connection:
            self._check_revision(connection)
            yield connection

    def _refuse_second(self) -> None:
        if self._whose_turn == get_ident():
            raise StoreError("A transaction is open in this thread already; finish it before the next begins.")

    @contextmanager
    def _writing(self, rebuilding: Engine | None = None) -> Iterator[Connection]:
        self._refuse_second()
        with self._turn:
            self._whose_turn = get_ident()
            try:
                with plain_errors(), (rebuilding or self._writer).begin() as connection:
                    if rebuilding is None:
                        self._check_revision(connection)
                    yield connection
            finally:
                self._whose_turn = 0
