"""Whatever is killed, whenever: each delivery arrives once, and nothing else does.

`make kills KILLS=300` kills more often than the usual run of the tests, and prints what was counted.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from tests.databases import PostgreSQL
from tests.kills.counting import Count
from tests.kills.harness import Kills, kills

KILLS = int(os.environ.get("KILLS", "3"))
AWAY = float(os.environ.get("AWAY", "1"))
"""Seconds for which the database is gone."""
SEED = int(os.environ.get("SEED", "1"))

pytestmark = pytest.mark.timeout(600 + 20 * KILLS)


class Ground:
    """Where it happens: one process on a SQLite file, or three on PostgreSQL."""

    def __init__(self, kills: Kills, server: PostgreSQL | None, say: Callable[[str], None]) -> None:
        self.kills, self.server, self._say = kills, server, say
        self.name = "Procrastinate, three replicas" if server else "embedded, one process"
        self.replicas = ("one", "two", "three") if server else ("one",)

    def start(self) -> None:
        for name in self.replicas:
            self.kills.start(name)

    def count(self) -> Count:
        """Of everything, when nobody moves any more and all is said."""
        self.kills.stop_moving()
        seconds = self.kills.drain()
        count = self.kills.count()
        self._say(f"{self.name}: {count}, drained in {seconds:.0f} s")
        return count


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Something for whoever runs it by hand."""

    def shown(line: str) -> None:
        with capsys.disabled():
            print(f"\n{line}")

    return shown


def on_sqlite(folder: Path, say: Callable[[str], None], stack: ExitStack) -> Ground:
    url = f"sqlite:///{folder / 'escalations.db'}"
    return Ground(stack.enter_context(kills(url, folder, SEED)), None, say)


def on_postgresql(server: PostgreSQL, folder: Path, say: Callable[[str], None], stack: ExitStack) -> Ground:
    url = server.make()
    stack.callback(server.drop, url)
    return Ground(stack.enter_context(kills(url, folder, SEED)), server, say)


@pytest.fixture(params=["sqlite", "postgresql"])
def ground(request: pytest.FixtureRequest, tmp_path: Path, say: Callable[[str], None]) -> Iterator[Ground]:
    with ExitStack() as stack:
        if request.param == "sqlite":
            yield on_sqlite(tmp_path, say, stack)
        else:
            yield on_postgresql(request.getfixturevalue("postgresql"), tmp_path, say, stack)


def test_nothing_is_lost_and_nothing_is_said_twice(ground: Ground) -> None:
    ground.start()
    ground.kills.kill_at_random(KILLS)
    # The clock was ahead and is put right.
    ground.kills.clock.move(-timedelta(seconds=5))
    ground.kills.wait_for(10)
    # It was a whole day ahead.
    ground.kills.clock.move(-timedelta(days=1))
    ground.kills.wait_for(10)
    if ground.server:
        # One never comes back; and the database is away for a while.
        ground.kills.kill("two")
        with ground.server.away():
            time.sleep(AWAY)
        ground.kills.wait_for(10)
        # It stands still, without a word, in the midst of whatever is going on.
        with ground.server.frozen():
            time.sleep(AWAY)
        ground.kills.wait_for(10)
    count = ground.count()
    assert count.wrong == {}
    assert count.held == []
    assert len(count.moves) > KILLS


def test_where_the_far_side_cannot_be_asked_a_person_is_and_nothing_is_said_twice(
    tmp_path: Path, say: Callable[[str], None]
) -> None:
    with ExitStack() as stack:
        ground = on_sqlite(tmp_path, say, stack)
        ground.kills.set(can_be_asked=False, takes=0.3)
        ground.start()
        ground.kills.kill_at_random(2)
        count = ground.count()
    assert count.held
    # A change is made again rather than held, or left to a newer one: it comes to the same.
    assert set(count.wrong) <= {"repeated", "cancelled"}
