"""What SQLAlchemy has put together for SQLite is kept for all databases of a process of tests.

It keeps that for each engine. Here each test has a database of its own, and a bot that is started again has another.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, event


class Compiled(dict[Any, Any]):
    """By the statement, whichever dialect object it was put together for: those for SQLite are all alike."""

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get(key[1:], default)

    def __setitem__(self, key: tuple[Any, ...], made: Any) -> None:
        super().__setitem__(key[1:], made)


COMPILED = Compiled()


def share() -> None:
    event.listen(Engine, "engine_connect", _with_what_is_compiled)


def _with_what_is_compiled(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.execution_options(compiled_cache=COMPILED)
