"""Starts the far side and the replicas, kills what it is told to, waits until all is said, and counts."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from bot.config import SHIPPED
from bot.store import open_database
from bot.workers.procrastinate_tables import prepare
from tests.kills import counting
from tests.kills.counting import Count
from tests.kills.moves import PEOPLE, POLICY
from tests.kills.replica import Clock, Plan

STARTS = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
"""A Monday, in the hours in which people are nudged."""

DAY_EVERY = 3
"""After so many kills it is a day later, in the middle of whatever is going on: reminders come due."""

DRAINED_WITHIN = 240.0
"""Seconds after the last move; far more than leases and waits need."""


class Kills:
    """One database, the far side, and replicas by name."""

    def __init__(self, url: str, folder: Path, seed: int, sink: str, nursery: subprocess.Popen[str]) -> None:
        self.url, self.folder, self.lot = url, folder, random.Random(seed)
        self.clock = Clock.make(folder / "clock", STARTS)
        self.far = httpx.Client(base_url=sink, timeout=120)
        self._sink, self._nursery = sink, nursery
        self._running: dict[str, int] = {}
        self._starts = 0

    # ── replicas ─────────────────────────────────────────────────────────────────────────────────────────────

    def start(self, name: str, moves: float = 20) -> None:
        self._starts += 1
        plan = Plan(name, self.url, str(self.folder), self._sink, self._starts, moves)
        assert self._nursery.stdin is not None
        assert self._nursery.stdout is not None
        self._nursery.stdin.write(json.dumps(asdict(plan)) + "\n")
        self._nursery.stdin.flush()
        self._running[name] = int(self._nursery.stdout.readline())

    def kill(self, name: str) -> None:
        """Now, whatever it is doing; comes back when it is gone."""
        pid = self._running.pop(name)
        self._signal(name, pid, signal.SIGKILL)
        _wait_until_gone(pid)

    def _signal(self, name: str, pid: int, what: signal.Signals) -> None:
        try:
            os.kill(pid, what)
        except ProcessLookupError:
            log = "\n".join((self.folder / "log").read_text("utf-8").splitlines()[-30:])
            raise AssertionError(
                f"The replica {name!r} had ended by itself. The newest lines of the log:\n{log}"
            ) from None

    def kill_at_random(self, times: int, moves: float = 20) -> None:
        """Any of them, at any moment, again and again; each is started anew at once. At times a day has passed.

        So many have moved or arrived before each kill, by lot, that it meets everything at work on a slow machine too.
        """
        for number in range(1, times + 1):
            self.wait_for(self.lot.randint(1, 12))
            if number % DAY_EVERY == 0:
                self.clock.move(timedelta(days=1))
            time.sleep(self.lot.uniform(0, 0.2))
            name = self.lot.choice(sorted(self._running))
            self.kill(name)
            self.start(name, moves)

    def wait_for(self, more: int) -> None:
        """Until so many more deliveries have arrived."""
        until, end = self.arrived() + more, time.monotonic() + 120
        while self.arrived() < until and time.monotonic() < end:
            time.sleep(0.02)

    def stop_moving(self) -> None:
        """All end as they should, and come back only to carry out what is left."""
        ending = dict(self._running)
        for name, pid in ending.items():
            self._signal(name, pid, signal.SIGTERM)
        for name, pid in ending.items():
            _wait_until_gone(pid)
            self.start(name, moves=0)

    def end(self) -> None:
        for pid in self._running.values():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    # ── what became of it ────────────────────────────────────────────────────────────────────────────────────

    def drain(self) -> float:
        """Wait until nothing is left to be carried out, or for so long that it never will be. Returns the seconds."""
        began = time.monotonic()
        while counting.unsettled(self.url, self.clock.now()) and time.monotonic() < began + DRAINED_WITHIN:
            time.sleep(0.2)
        return time.monotonic() - began

    def promises(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "promises").read_text("utf-8").splitlines()]

    def heard(self) -> list[dict[str, Any]]:
        return list(self.far.post("/heard", json={}).json())

    def arrived(self) -> int:
        return int(self.far.post("/count", json={}).json())

    def set(self, **values: object) -> None:
        """How the far side behaves from now on."""
        self.far.post("/set", json=values)

    def count(self) -> Count:
        heard = self.heard()
        (self.folder / "heard").write_text("\n".join(map(json.dumps, heard)), "utf-8")  # to look into afterwards
        return counting.count(self.url, self.clock.now(), heard, self.promises())


def _wait_until_gone(pid: int) -> None:
    """The nursery forgets its children by itself."""
    with suppress(ProcessLookupError):
        while True:
            os.kill(pid, 0)
            time.sleep(0.01)


@contextmanager
def kills(url: str, folder: Path, seed: int) -> Iterator[Kills]:
    """Everything ready, and nothing running yet; everything ended afterwards."""
    _prepare(url, folder)
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with (folder / "log").open("wb") as log:
        python = [sys.executable, "-m"]
        pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": log, "text": True}
        sink = subprocess.Popen([*python, "tests.kills.sink", str(seed)], env=environment, **pipes)
        nursery = subprocess.Popen([*python, "tests.kills.replica", str(folder)], env=environment, **pipes)
        assert sink.stdout is not None
        running = Kills(url, folder, seed, sink.stdout.readline().strip(), nursery)
        try:
            yield running
        finally:
            running.end()
            running.far.close()
            for process in (nursery, sink):
                process.kill()
                process.communicate()


def _prepare(url: str, folder: Path) -> None:
    policies = folder / "policies"
    shutil.copytree(SHIPPED / "calendars", policies / "calendars")
    shutil.copy(SHIPPED / f"{POLICY}.yml", policies)
    database = open_database(url, folder / "keyring.json")
    database.migrate()
    if not url.startswith("sqlite"):
        prepare(url)
    with database.transaction() as tx:
        for person in PEOPLE:
            tx.keep_person(person)
    database.close()
