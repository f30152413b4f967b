"""A whole bot that makes moves and carries out what they cause, until somebody kills it.

Run as `python -m tests.kills.replica <folder>`: what all need is read once, then each line on standard input (the JSON
of a `Plan`) starts one more, and its process id is printed. A replica is a fork: to kill one and start it costs little.
"""

from __future__ import annotations

import json
import mmap
import os
import random
import signal
import struct
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from bot.errors import EscalationBotError
from bot.ports import Worker
from bot.store import open_database
from bot.wiring.parts import Parts, build, start_logging
from bot.workers import replica as beside
from bot.workers.embedded import Embedded
from bot.workers.procrastinate import ProcrastinateWorker
from tests.kills.moves import Mover
from tests.kills.remote import Remote

LEASE = timedelta(seconds=3)
WAITS = (timedelta(seconds=0.5), timedelta(seconds=1), timedelta(seconds=2), *[timedelta(seconds=4)] * 6)
SILENT = timedelta(seconds=2)
TICKS_EVERY = timedelta(seconds=0.3)


@dataclass(frozen=True)
class Plan:
    """What one replica is to do. `moves` is how many a second it makes at most; 0 is none."""

    name: str
    url: str
    folder: str
    sink: str
    seed: int
    moves: float

    @property
    def files(self) -> Path:
        return Path(self.folder)


class Clock:
    """The real time, moved by as much as a file says: everybody who reads it can be moved at once."""

    def __init__(self, file: Path) -> None:
        with file.open("r+b") as opened:
            self._seconds = mmap.mmap(opened.fileno(), 8)

    @staticmethod
    def make(file: Path, starts: datetime) -> Clock:
        file.write_bytes(struct.pack("d", (starts - datetime.now(UTC)).total_seconds()))
        return Clock(file)

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=struct.unpack("d", self._seconds[:8])[0])

    def move(self, by: timedelta) -> None:
        self._seconds[:8] = struct.pack("d", struct.unpack("d", self._seconds[:8])[0] + by.total_seconds())


class Replica:
    """In its own process."""

    def __init__(self, plan: Plan, like: Parts) -> None:
        self.plan, self.nursery = plan, os.getppid()
        self.stopping = threading.Event()
        remote, clock = Remote(plan.sink, LEASE.total_seconds() / 2), Clock(plan.files / "clock")
        database = open_database(plan.url, plan.files / "keyring.json", clock=clock.now)
        database.check_schema()
        carrier = replace(
            like.carrier, store=database, now=clock.now, chat=remote, mailer=remote, lease=LEASE, waits=WAITS
        )
        assistant = replace(like.assistant, store=database, now=clock.now)
        ticker = replace(like.ticker, store=database, now=clock.now)
        self.parts = replace(like, database=database, assistant=assistant, carrier=carrier, ticker=ticker)
        self.worker = self._worker()
        self.parts.database.schedule = self.worker.schedule
        self.promises = os.open(plan.files / "promises", os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def _worker(self) -> Worker:
        carrier, tick = self.parts.carrier, self.parts.ticker.tick
        if self.plan.url.startswith("sqlite"):
            return Embedded(carrier, tick, looks_every=TICKS_EVERY, ticks_every=TICKS_EVERY)

        def make(carry_stream: Callable[[str], object]) -> Worker:
            return ProcrastinateWorker(self.plan.url, carry_stream, silent=SILENT)

        return beside.Replica(make, carrier.carry_stream, tick, ticks_every=TICKS_EVERY)

    def run(self) -> None:
        signal.signal(signal.SIGTERM, lambda *_: self.stopping.set())
        self.worker.start()
        threading.Thread(target=self._keep_at, args=[self._end_with_nursery, 1], daemon=True).start()
        if self.plan.moves:
            lot = random.Random(f"{self.plan.name} {self.plan.seed}")
            mover = Mover(self.parts, lot, self._promised, name=f"{self.plan.name}.{self.plan.seed}")
            self._keep_at(mover.move, 1 / self.plan.moves)
        self.stopping.wait()
        self.worker.stop()

    def _keep_at(self, what: Callable[[], object], pause: float) -> None:
        while not self.stopping.wait(pause):
            try:
                what()
            except EscalationBotError as error:  # the database is away: nothing was saved, so nothing was promised
                structlog.get_logger().warning("not done", error=type(error).__name__)

    def _end_with_nursery(self) -> None:
        """Where the tests themselves are killed, nothing of theirs goes on."""
        if os.getppid() != self.nursery:
            os._exit(1)

    def _promised(self, event: str, what: str, reference: str, stage: str) -> None:
        """It has been committed: from now on it counts."""
        line = {"event": event, "what": what, "reference": reference, "stage": stage, "at": time.time()}
        os.write(self.promises, json.dumps(line).encode() + b"\n")


def _read_once(folder: Path) -> Parts:
    """A bot on a database of its own, closed again: its policies and words are those of every replica."""
    remote = Remote("http://127.0.0.1", 1)
    parts = build(
        policies=folder / "policies", database_url=f"sqlite:///{folder / 'nursery.db'}",
        keyring=folder / "nursery.json", chat=remote, mailer=remote, now=lambda: datetime.now(UTC),
    )  # fmt: skip
    parts.database.close()
    return parts


def main(folder: Path) -> None:
    start_logging("warning")
    parts = _read_once(folder)
    # Nobody waits for a replica that has been killed.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        child = os.fork()
        if not child:
            try:
                Replica(Plan(**json.loads(line)), parts).run()
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(0)
        print(child, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
