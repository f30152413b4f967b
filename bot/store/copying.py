"""Moves everything from a SQLite file to PostgreSQL: in one transaction there, compared before it is committed.

The SQLite file keeps its content, and gets a mark with which no version of the program goes on with it, also not one
that is running: two databases that both live would say everything twice, and each would miss what the other heard.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, RowMapping, Table, delete, func, insert, select

from bot.errors import ConfigError, SchemaMismatch, StoreError
from bot.store import explaining, history
from bot.store.database import Database
from bot.store.engines import make_engine, plain_errors, read_url, shown
from bot.store.opening import open_existing
from bot.store.schema import MOVED, head, revision
from bot.store.sealing import Keyring
from bot.store.tables import keys, meta, metadata

BATCH = 500
"""So many rows are in memory at once."""

WHOLE = 2**256


def copy(source: str, target: str, keyring: Path, tell: Callable[[str], None]) -> None:
    """Copies every table and marks the source as moved; `tell` hears of each table.

    Raises ConfigError or SchemaMismatch when one of the two cannot be used for it, and StoreError when the copy is
    not the same. The target is then as it was before.
    """
    _check_kinds(read_url(source), read_url(target))
    old = open_existing(source, keyring)
    old.close()
    new = Database(target, old.keyring)
    new.close()
    # Both take their turn to write, so that nothing is written to either meanwhile. The target commits first.
    with _begun(source) as reading, _begun(target) as writing:
        if revision(reading) != head():
            raise SchemaMismatch(f"{old.name} was moved or migrated just now, so nothing was copied.")
        _prepare(writing, new)
        for table in metadata.sorted_tables:
            tell(f"{table.name}: {_move(reading, writing, table)}")
        _count_on(writing)
        _check(writing, old.keyring, new.name)
        _mark(reading, f"{MOVED}{head()}")


def take_back(source: str) -> None:
    """Takes the mark away, so that the SQLite file may be used again."""
    name = shown(read_url(source))
    with _begun(source) as connection:
        found = revision(connection) or ""
        if not found.startswith(MOVED):
            raise ConfigError(f"{name} was not moved to another database, so there is nothing to take back.")
        _mark(connection, found.removeprefix(MOVED))


def _check_kinds(source: URL, target: URL) -> None:
    if source.get_backend_name() != "sqlite" or target.get_backend_name() != "postgresql":
        raise ConfigError(
            f"A copy goes from a SQLite file to PostgreSQL, not from {shown(source)} to {shown(target)}. Name the "
            "file with --from, like sqlite:///data/escalations.db, and PostgreSQL in DATABASE_URL or with --to."
        )


@contextmanager
def _begun(url: str) -> Iterator[Connection]:
    engine = make_engine(read_url(url), writes=True)
    try:
        with plain_errors(), engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def _prepare(writing: Connection, new: Database) -> None:
    """Makes the tables where there are none yet. Raises when there is anything in them."""
    found = revision(writing)
    if found is None:
        new.upgrade(writing)
    elif found != head():
        raise SchemaMismatch(
            f"The tables in {new.name} are not those of this version of the program ({found}, not {head()}). "
            "Copy to a new database, or to one that this version has migrated."
        )
    # The end mark of an empty history is there already; that of the source takes its place.
    writing.execute(delete(meta))
    filled = [table.name for table in metadata.sorted_tables if writing.execute(select(table).limit(1)).first()]
    if filled:
        raise ConfigError(
            f"There is something in {new.name} already ({', '.join(filled)}), so nothing was copied. Copy to an empty "
            "database. If an earlier copy put it there, `escalation-bot verify` tells whether it is whole."
        )


def _move(reading: Connection, writing: Connection, table: Table) -> int:
    """Copies the rows of one table, and compares each with what the target has now. Returns how many there are."""
    copied = 0, 0
    for rows in _batches(reading, table):
        writing.execute(insert(table), [dict(row) for row in rows])
        copied = _added(copied, rows)
    found = 0, 0
    for rows in _batches(writing, table):
        found = _added(found, rows)
    if found != copied:
        raise StoreError(
            f"The table {table.name} is not the same after copying ({copied[0]} rows were read, {found[0]} are "
            "there), so nothing was kept of the copy. Go on with the SQLite file, and ask whoever looks after the "
            "program."
        )
    return copied[0]


def _batches(connection: Connection, table: Table) -> Iterator[list[RowMapping]]:
    rows = connection.execute(select(table), execution_options={"yield_per": BATCH}).mappings()
    for batch in rows.partitions():
        yield list(batch)


def _added(before: tuple[int, int], rows: list[RowMapping]) -> tuple[int, int]:
    """(how many, sum of their hashes): the same whatever the order, in which the two databases differ."""
    count, total = before
    return count + len(rows), (total + sum(_hash(row) for row in rows)) % WHOLE


def _hash(row: RowMapping) -> int:
    values = json.dumps(dict(row), sort_keys=True, default=_plain)
    return int.from_bytes(hashlib.sha256(values.encode("ascii")).digest(), "big")


def _plain(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else value.isoformat()


def _count_on(writing: Connection) -> None:
    """New rows are numbered after those that were copied."""
    for table in metadata.sorted_tables:
        column = table.autoincrement_column
        counter = column is not None and writing.scalar(select(func.pg_get_serial_sequence(table.name, column.name)))
        if column is not None and counter:
            after = writing.scalar(select(func.coalesce(func.max(column), 0) + 1))
            # Unlike setval, this is undone with the transaction.
            writing.exec_driver_sql(f"ALTER SEQUENCE {counter} RESTART WITH {after}")


def _check(writing: Connection, keyring: Keyring, name: str) -> None:
    """Raises unless the keyring opens what was copied, and the history is whole and explains every record."""
    for row in writing.execute(select(keys), execution_options={"yield_per": BATCH}):
        keyring.unwrap(bytes(row.sealed_key), row.owner, row.wrapped_by)
    if faults := [*history.check(writing, keyring), *explaining.unexplained(writing, keyring)]:
        raise StoreError(
            f"What would stand in {name} is at fault, so nothing was kept of the copy. Run `escalation-bot verify` "
            "on the SQLite file; if it finds the same, restore a backup of it.\n" + "\n".join(faults)
        )


def _mark(connection: Connection, found: str) -> None:
    connection.exec_driver_sql("UPDATE alembic_version SET version_num = ?", (found,))
