"""Procrastinate's own tables, in the same database: made and upgraded here, and by nothing else.

Procrastinate keeps no note of how far its tables have come, so a comment on one of them does.
"""

from __future__ import annotations

from pathlib import Path

import psycopg
from procrastinate.schema import SchemaManager
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Literal
from sqlalchemy import make_url

from bot.errors import SchemaMismatch, StoreError
from bot.store.engines import ALIVE

LOCK = 0x45534350
"""Number of the advisory lock under which they are changed: "ESCP"."""

FIRST_KNOWN = "03.04.00_50_post_add_retry_failed_job_procedure"
"""The last step of Procrastinate 3.10.0, the first version that this program can use."""


def prepare(url: str) -> None:
    """Bring them to this version of Procrastinate. Raises SchemaMismatch when they are newer."""
    try:
        with psycopg.connect(conninfo(url), autocommit=True) as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            _upgrade(connection, migrations())
    except psycopg.Error as error:
        raise StoreError(
            f"The worker's own tables could not be made or upgraded ({type(error).__name__}). Check that the database "
            "is running and that its user may make tables, then migrate again."
        ) from error


def check(url: str) -> None:
    """Raises SchemaMismatch unless they are there and are those of this version of Procrastinate."""
    try:
        with psycopg.connect(conninfo(url)) as connection:
            came_to = _came_to(connection)
    except psycopg.Error as error:
        raise StoreError(
            f"The database cannot be reached ({type(error).__name__}). Check that it is running."
        ) from error
    newest = migrations()[-1].stem
    if came_to is None or (came_to or FIRST_KNOWN) < newest:
        raise SchemaMismatch(
            "The worker's own tables are missing in the database, or older than this version of the program. "
            "Run `escalation-bot migrate`."
        )
    if came_to > newest:
        raise _newer(came_to)


def conninfo(url: str) -> str:
    """SQLAlchemy's address of a database as psycopg writes it."""
    address = make_url(url)
    _, parameters = address.get_dialect()().create_connect_args(address)
    return make_conninfo("", **{**ALIVE, **parameters})


def migrations() -> list[Path]:
    """Every step from the first version to this one, in order. Each may need that the one before is committed."""
    return sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))


def _upgrade(connection: psycopg.Connection, steps: list[Path]) -> None:
    names = [step.stem for step in steps]
    came_to = _came_to(connection)
    if came_to is None:
        with connection.transaction():
            connection.execute(SchemaManager.get_schema())
            _note(connection, names[-1])
        return
    # Made by hand, with Procrastinate's own command: by a version not older than the first that we ask for.
    came_to = came_to or FIRST_KNOWN
    if came_to > names[-1]:
        raise _newer(came_to)
    for step in steps:
        if step.stem > came_to:
            with connection.transaction():
                connection.execute(step.read_bytes())
                _note(connection, step.stem)


def _newer(came_to: str) -> SchemaMismatch:
    return SchemaMismatch(
        f"Procrastinate's tables in the database are newer ({came_to}) than this version of the program; "
        "install the newer version again."
    )


def _came_to(connection: psycopg.Connection) -> str | None:
    """The last step that was taken, "" if that is not noted, None if there are no tables."""
    row = connection.execute(
        "SELECT obj_description(to_regclass('procrastinate_jobs'), 'pg_class'), "
        "to_regclass('procrastinate_jobs') IS NOT NULL"
    ).fetchone()
    comment, are_there = row or (None, False)
    return (comment or "").rpartition(" ")[2] if are_there else None


def _note(connection: psycopg.Connection, step: str) -> None:
    text = Literal(f"Jobs of Escalation Bot; made by Procrastinate up to {step}")
    connection.execute(SQL("COMMENT ON TABLE procrastinate_jobs IS {}").format(text))
