"""Procrastinate as the worker: a job exists with the transaction that wrote it, and whatever is lost is found again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta

import psycopg
import pytest
import structlog
from sqlalchemy import Engine, create_engine, text

from bot.errors import SchemaMismatch, StoreError
from bot.ports import Handed
from bot.workers.procrastinate import ProcrastinateWorker
from bot.workers.procrastinate_tables import conninfo, migrations, prepare
from tests.databases import PostgreSQL

SOON = 120
"""Seconds within which something has to have happened; on a busy machine it may take much of them."""

TAKE = "UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT max(id) FROM procrastinate_workers)"


class Carried:
    """What workers carried, and whether ever two of them had the same stream in hand."""

    def __init__(self) -> None:
        self.streams: list[str] = []
        self.takes = 0.0
        self.most_at_once: dict[str, int] = {}
        self.started, self.may_end = threading.Event(), threading.Event()
        self.may_end.set()
        self._lock = threading.Lock()
        self._now: dict[str, int] = {}

    def __call__(self, stream: str) -> None:
        with self._lock:
            self._now[stream] = self._now.get(stream, 0) + 1
            self.most_at_once[stream] = max(self.most_at_once.get(stream, 0), self._now[stream])
        self.started.set()
        self.may_end.wait(SOON)
        time.sleep(self.takes)
        with self._lock:
            self._now[stream] -= 1
            self.streams.append(stream)


class Place:
    """A database with Procrastinate's tables, and workers on it."""

    def __init__(self, url: str, stack: ExitStack) -> None:
        self.url, self._stack = url, stack
        self.engine: Engine = create_engine(url, pool_pre_ping=True)
        self.carried = Carried()
        stack.callback(self.engine.dispose)

    def worker(self, carry: Callable[[str], object] | None = None, silent: float = 30) -> ProcrastinateWorker:
        """One that works until the test ends, or is stopped."""
        worker = ProcrastinateWorker(self.url, carry or self.carried, concurrency=4, silent=timedelta(seconds=silent))
        worker.start()
        self._stack.callback(worker.stop)
        return worker

    def schedule(self, *streams: str, and_then: str = "") -> None:
        with self.engine.begin() as connection:
            ProcrastinateWorker(self.url, print).schedule(connection, handed(*streams))
            if and_then:
                connection.execute(text(and_then))

    def jobs(self) -> int:
        with self.engine.connect() as connection:
            return int(connection.scalar(text("SELECT count(*) FROM procrastinate_jobs")) or 0)

    def tables(self) -> list[str]:
        """Everything that Procrastinate made, as the database describes it."""
        functions = "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname LIKE 'procrastinate%' ORDER BY 1"
        columns = (
            "SELECT table_name || '.' || column_name || ' ' || data_type FROM information_schema.columns "
            "WHERE table_name LIKE 'procrastinate%' ORDER BY 1"
        )
        with self.engine.connect() as connection:
            return [*connection.scalars(text(functions)), *connection.scalars(text(columns))]

    def comment(self) -> str:
        with self.engine.connect() as connection:
            return str(connection.scalar(text("SELECT obj_description('procrastinate_jobs'::regclass, 'pg_class')")))


def handed(*streams: str) -> list[Handed]:
    return [Handed(f"key of {stream}/{number}", stream) for number, stream in enumerate(streams)]


def soon(happened: Callable[[], object]) -> None:
    end = time.monotonic() + SOON
    while not happened():
        assert time.monotonic() < end, "It did not happen."
        time.sleep(0.02)


@pytest.fixture(scope="module")
def database(postgresql: PostgreSQL) -> Iterator[str]:
    url = postgresql.make()
    prepare(url)
    yield url
    postgresql.drop(url)


@pytest.fixture
def place(database: str) -> Iterator[Place]:
    with ExitStack() as stack:
        place = Place(database, stack)
        yield place
        place.carried.may_end.set()
    with psycopg.connect(conninfo(database), autocommit=True) as connection:
        connection.execute("DELETE FROM procrastinate_jobs")


@pytest.fixture
def untouched(postgresql: PostgreSQL) -> Iterator[Place]:
    """A database in which there is nothing yet."""
    url = postgresql.make()
    with ExitStack() as stack:
        yield Place(url, stack)
    postgresql.drop(url)


# ── jobs ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_committed_is_carried_and_leaves_no_job_behind(place: Place) -> None:
    place.worker()
    place.schedule("ESC-1", "ESC-2")
    soon(lambda: sorted(place.carried.streams) == ["ESC-1", "ESC-2"])
    soon(lambda: place.jobs() == 0)


def test_what_is_rolled_back_was_never_scheduled(place: Place) -> None:
    worker = place.worker()
    with place.engine.connect() as connection:
        worker.schedule(connection, handed("undone"))
        assert connection.scalar(text("SELECT count(*) FROM procrastinate_jobs")) == 1
        connection.rollback()
    place.schedule("done")
    soon(lambda: place.carried.streams)
    assert place.carried.streams == ["done"]


def test_a_job_holds_two_keys_and_nothing_of_what_is_to_be_said(place: Place) -> None:
    place.schedule("ESC-1")
    with place.engine.connect() as connection:
        (held,) = connection.scalars(text("SELECT args FROM procrastinate_jobs"))
    assert held == {"key": "key of ESC-1/0", "stream": "ESC-1"}


def test_where_nothing_is_due_nothing_is_scheduled(place: Place) -> None:
    place.schedule()
    assert place.jobs() == 0


def test_where_the_tables_are_missing_the_operator_is_told_and_nothing_is_saved(untouched: Place) -> None:
    with pytest.raises(StoreError, match="its tables have been migrated"):
        untouched.schedule("ESC-1")


def test_several_replicas_never_have_one_stream_in_hand_at_the_same_time(place: Place) -> None:
    place.carried.takes = 0.01
    for _ in range(3):
        place.worker()
    streams = [f"ESC-{number % 4}" for number in range(40)]
    place.schedule(*streams)
    soon(lambda: sorted(place.carried.streams) == sorted(streams))
    assert set(place.carried.most_at_once.values()) == {1}
    soon(lambda: place.jobs() == 0)


def test_a_job_that_fails_is_logged_without_what_the_error_says_and_harms_no_other(place: Place) -> None:
    def carry(stream: str) -> None:
        if stream == "broken":
            raise ValueError("Kit Marker")
        place.carried(stream)

    with structlog.testing.capture_logs() as logs:
        place.worker(carry)
        place.schedule("broken", "whole")
        soon(lambda: place.carried.streams == ["whole"])
        soon(lambda: place.jobs() == 0)
    assert {"delivery": "key of broken/0", "error": "ValueError"}.items() <= logs[0].items()
    assert "Kit Marker" not in repr(logs)


# ── stopping, dying, and the database going away ─────────────────────────────────────────────────────────────


def test_a_worker_that_is_stopped_finishes_what_it_has_in_hand_and_takes_nothing_more(place: Place) -> None:
    worker = place.worker()
    place.carried.may_end.clear()
    place.schedule("ESC-1")
    assert place.carried.started.wait(SOON)
    stopping = threading.Thread(target=worker.stop)
    stopping.start()
    place.schedule("ESC-1")
    place.carried.may_end.set()
    stopping.join(SOON)
    assert place.carried.streams == ["ESC-1"]
    assert place.jobs() == 1
    worker.start()
    soon(lambda: place.carried.streams == ["ESC-1", "ESC-1"])


def test_a_database_that_goes_away_and_comes_back_is_found_again(place: Place, postgresql: PostgreSQL) -> None:
    place.worker()
    place.schedule("before")
    soon(lambda: place.carried.streams == ["before"])
    with structlog.testing.capture_logs() as logs, postgresql.away():
        soon(lambda: any("try again" in entry["event"] for entry in logs))
    place.schedule("afterwards")
    soon(lambda: place.carried.streams == ["before", "afterwards"])


def test_what_a_dead_replica_had_in_hand_does_not_block_its_stream(place: Place) -> None:
    dead = "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 h')"
    place.schedule(and_then=dead)
    place.schedule("ESC-1", and_then=TAKE)
    place.worker(silent=0.5)
    place.schedule("ESC-1")
    soon(lambda: place.carried.streams == ["ESC-1", "ESC-1"])
    soon(lambda: place.jobs() == 0)


def test_a_job_whose_end_could_not_be_written_does_not_block_its_stream(place: Place) -> None:
    place.worker(silent=0.5)
    place.schedule("first")
    soon(lambda: place.carried.streams and place.jobs() == 0)
    # As if this worker had done it, and the database had been away just when it wrote that down.
    place.schedule("ESC-1", and_then=TAKE)
    place.schedule("ESC-1")
    soon(lambda: place.carried.streams == ["first", "ESC-1", "ESC-1"])


# ── Procrastinate's own tables ───────────────────────────────────────────────────────────────────────────────


def test_its_tables_are_upgraded_from_an_older_version(place: Place, untouched: Place) -> None:
    *before, _, last = migrations()
    with psycopg.connect(conninfo(untouched.url), autocommit=True) as connection:
        for step in before:
            connection.execute(step.read_bytes())
        connection.execute(f"COMMENT ON TABLE procrastinate_jobs IS 'up to {before[-1].stem}'".encode())
    assert untouched.tables() != place.tables()
    prepare(untouched.url)
    assert untouched.tables() == place.tables()
    assert untouched.comment().endswith(last.stem)


def test_its_tables_are_made_once(place: Place) -> None:
    place.schedule("ESC-1")
    before = place.tables()
    prepare(place.url)
    assert place.tables() == before
    assert place.jobs() == 1


def test_tables_of_a_newer_version_are_left_alone(untouched: Place) -> None:
    prepare(untouched.url)
    untouched.schedule(and_then="COMMENT ON TABLE procrastinate_jobs IS 'up to 99.00.00_01_unheard_of'")
    with pytest.raises(SchemaMismatch, match="newer"):
        prepare(untouched.url)
