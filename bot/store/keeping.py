"""Rows that are written whether or not they are there already: one statement where there would be two.

Each is put together once: that takes longer than carrying it out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from bot.store.prepared import Prepared

INSERTS: Mapping[str, Callable[[Table], Any]] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def keep(connection: Connection, table: Table, key: str | tuple[str, ...], row: Mapping[str, Any]) -> None:
    """Insert the row; or, where there is one with this key, change what is given."""
    keys = (key,) if isinstance(key, str) else key
    _kept(connection.dialect.name, table, keys, tuple(row)).do(connection, row)


def add_missing(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Insert those that are not there yet. Returns whether none was."""
    return bool(rows) and _added(connection.dialect.name, table, tuple(rows[0])).do(connection, *rows) == len(rows)


@cache
def _kept(dialect: str, table: Table, keys: tuple[str, ...], names: tuple[str, ...]) -> Prepared:
    made = INSERTS[dialect](table)
    given = {name: made.excluded[name] for name in names if name not in keys}
    return Prepared(made.on_conflict_do_update(index_elements=keys, set_=given), names)


@cache
def _added(dialect: str, table: Table, names: tuple[str, ...]) -> Prepared:
    return Prepared(INSERTS[dialect](table).on_conflict_do_nothing(), names)
