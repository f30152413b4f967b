"""Statements that are carried out for nearly every message: put together once, then given to the driver as they are.

SQLAlchemy takes ten times as long over each as SQLite takes to carry it out, and whoever has pressed a button waits for
a dozen of them. Only the way to the driver is shorter: what is asked, how values are kept and read, the connection and
its transaction are SQLAlchemy's, and so are the errors.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.base import Executable

Values = Mapping[str, Any]
Convert = Callable[[Any], Any]


class Prepared:
    """One statement, and the names of the values that are given with it. A list of values is not one of them: each
    value has a name of its own."""

    def __init__(self, statement: Executable, names: Iterable[str] | None = None) -> None:
        self._statement = statement
        self._names = None if names is None else [*names]
        self._ready: dict[str, _Ready] = {}

    def rows(self, connection: Connection, values: Values) -> list[Any]:
        """What it finds: tuples whose items have the names of the columns."""
        ready = self._for(connection.dialect)
        return [ready.read(row) for row in run(connection, ready.text, ready.given(values), rows=True)]

    def first(self, connection: Connection, values: Values) -> Any:
        """The first that it finds; None if there is none."""
        return next(iter(self.rows(connection, values)), None)

    def do(self, connection: Connection, *values: Values) -> int:
        """Carries it out with each of these. Returns how many rows that has changed."""
        ready = self._for(connection.dialect)
        given = [ready.given(each) for each in values]
        if len(given) == 1:
            return int(run(connection, ready.text, given[0]))
        return int(run(connection, ready.text, given, many=True)) if given else 0

    def _for(self, dialect: Dialect) -> _Ready:
        if dialect.name not in self._ready:
            self._ready[dialect.name] = _Ready(self._statement, self._names, dialect)
        return self._ready[dialect.name]


class _Ready:
    """For one kind of database."""

    def __init__(self, statement: Executable, names: list[str] | None, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect, column_keys=names)  # type: ignore[attr-defined]
        self.text: str = compiled.string
        self._positions: Sequence[str] = compiled.positiontup or ()
        given = names or ()
        self._fixed = {
            name: value for name, value in compiled.params.items() if value is not None and name not in given
        }
        for column in compiled.insert_prefetch:
            default = column.default
            self._fixed[column.key] = default.arg(None) if default.is_callable else default.arg
        kept = {name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in compiled.binds.items()}
        self._kept: list[tuple[str, Convert]] = [(name, convert) for name, convert in kept.items() if convert]
        # What is the same for each row is turned into what the driver takes once.
        self._fixed |= {name: convert(self._fixed[name]) for name, convert in self._kept if name in self._fixed}
        columns = [*statement.selected_columns] if isinstance(statement, Select) else []
        read = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
        self._read: list[tuple[int, Convert]] = [(n, convert) for n, convert in enumerate(read) if convert]
        self._row = _tuples([column.name for column in columns])

    def given(self, values: Values) -> Any:
        all_of_them = {**self._fixed, **values}
        for name, convert in self._kept:
            if name in values:
                all_of_them[name] = convert(values[name])
        return [all_of_them[name] for name in self._positions] if self._positions else all_of_them

    def read(self, found: Sequence[Any]) -> Any:
        if not self._read:
            return self._row._make(found)
        values = [*found]
        for n, convert in self._read:
            values[n] = convert(values[n])
        return self._row._make(values)


def _tuples(names: list[str]) -> Any:
    return namedtuple("Row", names)


def run(connection: Connection, text: str, values: Any = (), *, rows: bool = False, many: bool = False) -> Any:
    """Gives a text to the driver. Returns what it finds, or how many rows it has changed. `many`: with each of these
    values, one after the other."""
    driver = connection.connection
    try:
        cursor = driver.cursor()
        try:
            (cursor.executemany if many else cursor.execute)(text, values)
            return cursor.fetchall() if rows else max(cursor.rowcount, 0)
        finally:
            cursor.close()
    except connection.dialect.loaded_dbapi.Error as error:
        raise _failed(connection, text, error) from error


def _failed(connection: Connection, text: str, error: Exception) -> BaseException:
    """As SQLAlchemy says it, without the values. A connection that is lost is not used again, nor are those beside
    it."""
    lost = connection.dialect.is_disconnect(error, connection.connection.dbapi_connection, None)  # type: ignore[arg-type]
    if lost:
        connection.invalidate(error)
        connection.engine.dispose()  # whatever cut this one off has most often cut off all
    base = connection.dialect.loaded_dbapi.Error
    return DBAPIError.instance(text, None, error, base, hide_parameters=True, connection_invalidated=lost)
