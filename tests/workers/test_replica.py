"""A replica ticks by itself, waits for a database that is away, and leaves the work to a newer version."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.errors import SchemaMismatch, StoreError
from bot.ports import Handed
from bot.workers.replica import Replica

SOON = 120


class Told:
    """A worker that does what it is told, and says what it was told."""

    def __init__(self, carry: Callable[[str], object]) -> None:
        self.carry, self.started, self.stopped = carry, False, threading.Event()
        self.handed: list[Handed] = []

    def schedule(self, connection: Any, handed: Sequence[Handed]) -> None:
        self.handed += handed

    def start(self) -> None:
        self.started = True

    def stop(self) -> None:
        self.stopped.set()


class Ticks:
    """Ticks that end as was arranged, one after the other; then they go well."""

    def __init__(self) -> None:
        self.count, self.failing = 0, list[Exception]()
        self.enough = threading.Event()

    def __call__(self) -> None:
        self.count += 1
        if self.failing:
            raise self.failing.pop(0)
        if self.count >= 3:
            self.enough.set()


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def made() -> list[Told]:
    return []


@pytest.fixture
def replica(ticks: Ticks, made: list[Told]) -> Iterator[Replica]:
    def make(carry: Callable[[str], object]) -> Told:
        made.append(Told(carry))
        return made[-1]

    def carry_stream(stream: str) -> None:
        if stream == "changed":
            raise SchemaMismatch("The tables were changed.")

    replica = Replica(make, carry_stream, ticks, ticks_every=timedelta(milliseconds=1))
    yield replica
    replica.stop()


def test_it_ticks_by_itself_and_stops_the_worker_when_it_is_stopped(
    replica: Replica, ticks: Ticks, made: list[Told]
) -> None:
    replica.start()
    assert ticks.enough.wait(SOON)
    assert (made[0].started, made[0].stopped.is_set()) == (True, False)
    replica.stop()
    assert made[0].stopped.is_set()
    assert replica.stopped == ""
    count = ticks.count
    time.sleep(0.01)
    assert ticks.count == count


def test_what_is_due_is_told_to_the_worker_whether_or_not_it_works_here(replica: Replica, made: list[Told]) -> None:
    replica.schedule(None, [Handed("d/1", "direct/console:asha")])
    assert made[0].handed == [Handed("d/1", "direct/console:asha")]
    assert not made[0].started


def test_a_database_that_is_away_is_waited_for(replica: Replica, ticks: Ticks, made: list[Told]) -> None:
    ticks.failing = [StoreError("away, and this is a secret")]
    with capture_logs() as logs:
        replica.start()
        assert ticks.enough.wait(SOON)
    assert [(entry["event"], entry["error"]) for entry in logs] == [("the tick will look again", "StoreError")]
    assert not made[0].stopped.is_set()


@pytest.mark.parametrize("noticed_by", ["tick", "stream"])
def test_it_takes_no_more_work_once_another_version_has_changed_the_tables(
    replica: Replica, ticks: Ticks, made: list[Told], noticed_by: str
) -> None:
    ticks.failing = [SchemaMismatch("The tables were changed.")] if noticed_by == "tick" else []
    replica.start()
    if noticed_by == "stream":
        with pytest.raises(SchemaMismatch):
            made[0].carry("changed")
    assert made[0].stopped.wait(SOON)
    assert replica.stopped == "The tables were changed."


def test_stopping_what_was_never_started_does_nothing(replica: Replica, made: list[Told]) -> None:
    replica.stop()
    assert not made[0].stopped.is_set()
