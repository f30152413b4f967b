"""Every test of the store runs twice: on a SQLite file, and on a real PostgreSQL started for the session."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, text

from bot.store import Database, open_database
from bot.wiring import DATABASE, KEYRING
from tests.databases import PostgreSQL
from tests.talking import empty


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


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Nothing is there yet; or the tables are, for tests that want a `database`."""
    begun, keyring = "database" in request.fixturenames, tmp_path / "keyring.json"
    if begun:
        shutil.copy(empty() / KEYRING, keyring)
    if request.param == "sqlite":
        folder = tmp_path / "database"
        if begun:
            folder.mkdir()
            shutil.copy(empty() / DATABASE, folder / "escalations.db")
        yield Place(f"sqlite:///{folder / 'escalations.db'}", keyring, folder)
        return
    server: PostgreSQL = request.getfixturevalue("postgresql")
    url = server.like(request.getfixturevalue("empty_postgresql")) if begun else server.make()
    yield Place(url, keyring, server.files)
    server.drop(url)


@pytest.fixture(scope="session")
def empty_postgresql(postgresql: PostgreSQL) -> str:
    """A database with the tables and nothing in them, to be copied: making the tables takes longer than most tests."""
    url = postgresql.make()
    database = open_database(url, empty() / KEYRING)
    database.migrate()
    database.close()
    return url


@pytest.fixture
def database(place: Place) -> Iterator[Database]:
    database = place.open()
    yield database
    database.close()
