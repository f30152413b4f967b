"""Connections to SQLite and PostgreSQL, and whose turn it is to write.

A writer takes its turn when its transaction begins: BEGIN IMMEDIATE on SQLite, an advisory lock on
PostgreSQL. So what a transaction has read cannot be changed by another before it ends, in this process or in
another one.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InvalidatePoolError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from bot.errors import ConfigError, Conflict, StoreError
from bot.store.prepared import run

WAIT_SECONDS = 5
"""How long a writer waits for a writer in another process."""

CONNECTIONS = {"writes": (1, 1), "reads": (2, 8), "notes": (8, 8)}
"""To PostgreSQL: so many are kept, and so many more are opened in a rush. One process has one writer at a time."""

FRESH = timedelta(seconds=1)
"""A connection that was used within this time is not asked whether it still stands."""

ALIVE = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,  # while something is on its way, the three above do nothing
}
"""A connection to PostgreSQL that is silently cut off is noticed within half a minute, not after hours."""

TURN = 0x45534341
"""Number of the advisory lock that says whose turn it is to write: "ESCA"."""

NETWORK = {
    "nfs",
    "nfs4",
    "cifs",
    "smb2",
    "smb3",
    "smbfs",
    "afs",
    "ceph",
    "glusterfs",
    "fuse.sshfs",
    "fuse.glusterfs",
}
"""Types of file systems on which SQLite's write-ahead log is not safe."""

LOST_TURN = {"55P03", "40001", "40P01"}
"""PostgreSQL: lock not available, serialisation failure, deadlock."""


def read_url(url: str) -> URL:
    """The address of the database. Raises ConfigError when it is neither a SQLite file nor PostgreSQL."""
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):  # the latter quotes what stands where a port belongs
        address = URL.create("unknown")
    name = address.get_backend_name()
    if name == "postgresql" or (name == "sqlite" and address.database not in (None, "", ":memory:")):
        return address
    raise ConfigError(
        f"{shown(address)!r} is not the address of a database that the bot can use; "
        "write sqlite:///data/escalations.db or postgresql://user@host/name."
    )


def shown(address: URL) -> str:
    """The address as it may stand in a message: what follows its question mark may hold a password, too."""
    return address.set(query={}).render_as_string(hide_password=True)


def make_engine(address: URL, *, writes: bool, rebuilds: bool = False, alone: bool = True) -> Engine:
    """An engine whose transactions write (one at a time), or only read one unchanging state.

    `rebuilds` is for migrations: a table that others refer to may be dropped and made again. `alone=False` writes
    without waiting for its turn where the database can lock single rows.
    """
    # hide_parameters: neither an error nor a log line may quote what was to be stored.
    options: dict[str, Any] = {"hide_parameters": True}
    if address.get_backend_name() == "postgresql":
        options["connect_args"] = {name: value for name, value in ALIVE.items() if name not in address.query}
        kept, more = CONNECTIONS["reads" if not writes else "writes" if alone else "notes"]
        options |= {"pool_size": kept, "max_overflow": more}
        if not writes:
            options["isolation_level"] = "REPEATABLE READ"
    try:
        engine = create_engine(address, **options)
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"The package {error.name!r} for PostgreSQL is not installed; run: pip install 'escalation-bot[postgres]'"
        ) from error
    if engine.dialect.name == "sqlite":
        _prepare_file(Path(address.database or ""))
        event.listen(engine, "connect", partial(_set_up_sqlite, writes=writes, foreign_keys=not rebuilds))
        event.listen(engine, "begin", partial(_begin, "BEGIN IMMEDIATE" if writes else "BEGIN"))
        return engine
    event.listen(engine, "connect", partial(_set_up_postgresql, writes=writes))
    event.listen(engine, "checkin", _note_use)
    event.listen(engine, "checkout", partial(_ask_whether_alive, engine))
    if writes and alone:
        event.listen(engine, "begin", partial(_begin, f"SELECT pg_advisory_xact_lock({TURN})"))
    return engine


def _set_up_sqlite(connection: Any, _record: object, *, writes: bool, foreign_keys: bool) -> None:
    # Off: otherwise Python's driver begins transactions itself, late, and not around changes of tables.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={WAIT_SECONDS * 1000}")
    mode = cursor.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    cursor.execute("PRAGMA synchronous=FULL")  # NORMAL may lose the last commits when the power fails
    cursor.execute(f"PRAGMA foreign_keys={'ON' if foreign_keys else 'OFF'}")
    cursor.execute("PRAGMA cache_size=-8000")  # kB: with 2,000, pages that every message reads are read from the disk
    cursor.execute("PRAGMA secure_delete=ON")  # a destroyed key leaves no copy in the file's free pages
    if not writes:
        cursor.execute("PRAGMA query_only=ON")
    cursor.close()
    if mode != "wal":
        raise ConfigError("SQLite cannot keep a write-ahead log beside the database here; choose a local folder.")


def _set_up_postgresql(connection: Any, _record: object, *, writes: bool) -> None:
    """Once for each connection, not for each transaction: every question costs as much as the work itself."""
    connection.execute(f"SET lock_timeout = '{WAIT_SECONDS}s'")
    # Plans are kept: one of the time when a table was small would read all of it, again and again, when it is large.
    connection.execute("SET enable_seqscan = off")
    connection.commit()
    connection.read_only = not writes


def _note_use(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info["used"] = monotonic()


def _ask_whether_alive(engine: Engine, connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
    """One that has not been used for a while may be dead; then all are made anew."""
    if monotonic() - record.info.get("used", monotonic()) > FRESH.total_seconds():
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error


def _begin(statement: str, connection: Connection) -> None:
    run(connection, statement)


def _prepare_file(path: Path) -> None:
    """Makes the file for its owner only: names of staff in it are not sealed."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if sys.platform == "linux":
            kind = file_system(path.parent.resolve(), Path("/proc/self/mounts").read_text(encoding="utf-8"))
            if kind in NETWORK:
                raise ConfigError(
                    f"The database {path} is on a network drive ({kind}), where SQLite may lose what was "
                    "written; choose a local folder, or PostgreSQL."
                )
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise ConfigError(
            f"The database {path} cannot be opened ({error.strerror}); choose a folder that the bot may write to."
        ) from error


def file_system(folder: Path, mounts: str) -> str:
    """The type of the file system that the folder is on, from the lines of /proc/mounts; "" if unknown."""
    found, kind = Path(), ""
    for line in mounts.splitlines():
        _, mounted, this_kind, *_ = line.split()
        at = Path(mounted.replace("\\040", " "))
        if folder.is_relative_to(at) and len(at.parts) >= len(found.parts):
            found, kind = at, this_kind
    return kind


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turns the library's errors into ours. What the driver said stays as the cause; it has no parameters."""
    try:
        yield
    except DBAPIError as error:
        lost = getattr(error.orig, "sqlstate", None) in LOST_TURN
        if lost or getattr(error.orig, "sqlite_errorname", "").startswith("SQLITE_BUSY"):
            raise Conflict("Another process was writing to the database; read again and repeat.") from error
        if _is_away(error):
            raise StoreError(
                f"The database cannot be reached ({type(error.orig).__name__}); nothing was saved. Check that it is "
                "running, and that the address, the name and the password in DATABASE_URL are right."
            ) from error
        raise StoreError(
            f"The database could not do what was asked ({type(error.orig).__name__}); nothing was saved. "
            "Check that it is running and that its disk is not full."
        ) from error
    except SQLAlchemyError as error:
        raise StoreError(f"The database could not be used ({type(error).__name__}); nothing was saved.") from error


def _is_away(error: DBAPIError) -> bool:
    """Whether PostgreSQL was not reached, or has gone away in the middle."""
    return type(error.orig).__module__.startswith("psycopg") and (
        error.statement is None or error.connection_invalidated
    )
