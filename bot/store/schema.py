"""Which tables a database has, and whether they are those of this version of the program."""

from __future__ import annotations

from collections.abc import Set
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.exc import DBAPIError

from bot.errors import SchemaMismatch
from bot.store.prepared import run

MIGRATIONS = Path(__file__).parent / "migrations"

MOVED = "moved/"
"""Begins the revision of a database whose content was moved to another one; what it was before follows."""


REVISION = "SELECT version_num FROM alembic_version"


@cache
def revisions() -> Set[str]:
    """All that this version of the program knows. The name of a migration's file begins with its revision."""
    return {path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py")}


@cache
def head() -> str:
    """The revision of the tables that this version of the program knows."""
    return max(revisions())


def revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.exec_driver_sql(REVISION).scalar()
    return found


def upgrade(connection: Connection) -> None:
    """In the transaction of this connection."""
    # Here and not above: it is slow to import, and a start changes no tables.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


# ── what is refused; `name` is the database's ────────────────────────────────────────────────────────────


def refuse_others(found: str | None, name: str) -> None:
    """Older tables, newer ones, or none."""
    if found is None:
        raise SchemaMismatch(f"The database {name} has no tables yet; migrate it first.")
    refuse_newer(found, name)
    if found != head():
        raise SchemaMismatch(
            f"The tables in {name} are older ({found}) than this version of the program; "
            "make a backup, then migrate them."
        )


def refuse_newer(found: str, name: str) -> None:
    _refuse_moved(found, name)
    if found not in revisions():
        raise SchemaMismatch(
            f"The tables in {name} are newer ({found}) than this version of the program; "
            "install the newer version again."
        )


def refuse_changed(connection: Connection, another: Engine, name: str) -> None:
    """In every transaction that writes: tables that were changed meanwhile are not written to by this version.

    `another` asks further where, after an error, nothing can be asked on this connection any more.
    """
    try:
        (found,), *_ = run(connection, REVISION, rows=True) or [("",)]
    except DBAPIError as error:
        if not inspect(another).has_table("alembic_version"):
            raise SchemaMismatch(f"The database {name} has no tables yet; migrate it first.") from error
        raise
    if found != head():
        _refuse_moved(found, name)
        raise SchemaMismatch(
            f"The tables in {name} were changed to {found} while this version of the program ({head()}) was "
            "running. Nothing was saved. Install the version that belongs to the tables, and start it again."
        )


def _refuse_moved(found: str, name: str) -> None:
    if found.startswith(MOVED):
        raise SchemaMismatch(
            f"Everything in {name} was moved to another database by `escalation-bot copy`. "
            "Name that one in DATABASE_URL."
        )
