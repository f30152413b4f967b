"""Bots in processes of their own, as an operator runs them."""

from __future__ import annotations

import mmap
import multiprocessing
import os
import shutil
import signal
import struct
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

from sqlalchemy import Engine, event

from bench.escalations import MANAGERS, OTHER_SIDE, POLICY, RAISED, RAISERS
from bench.remotes import Remote
from bot.config import SHIPPED
from bot.ports import Worker
from bot.store import open_database
from bot.wiring import Parts, build
from bot.workers.embedded import TICKS_EVERY, Embedded
from bot.workers.procrastinate import ProcrastinateWorker
from bot.workers.replica import Replica


class Clock:
    """The real time, moved: for everybody who was forked since it was made."""

    def __init__(self, starts: datetime) -> None:
        self._seconds = mmap.mmap(-1, 8)
        self.set(starts)

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=struct.unpack("d", self._seconds[:8])[0])

    def set(self, moment: datetime) -> None:
        self._seconds[:8] = struct.pack("d", (moment - datetime.now(UTC)).total_seconds())


def built(folder: Path) -> Parts:
    """A bot with one policy: what it has read serves all others."""
    policies = folder / "policies"
    shutil.copytree(SHIPPED / "calendars", policies / "calendars")
    shutil.copy(SHIPPED / f"{POLICY}.yml", policies)
    url, keyring, far = f"sqlite:///{folder / 'first.db'}", folder / "first.json", Remote("")
    return build(policies=policies, database_url=url, keyring=keyring, chat=far, mailer=far, now=lambda: RAISED)


def on(like: Parts, url: str, keyring: Path, now: Callable[[], datetime], far: Remote) -> Parts:
    """The same bot on another database, where everybody is known."""
    database = open_database(url, keyring, clock=now)
    parts = replace(
        like,
        database=database,
        assistant=replace(like.assistant, store=database, now=now),
        carrier=replace(like.carrier, store=database, now=now, chat=far, mailer=far),
        ticker=replace(like.ticker, store=database, now=now),
    )
    database.schedule = worker(url, parts, TICKS_EVERY).schedule
    return parts


def know_everybody(parts: Parts) -> None:
    parts.know((*RAISERS, *MANAGERS, OTHER_SIDE))


def worker(url: str, parts: Parts, ticks_every: timedelta) -> Worker:
    """With all its other figures as they are in use."""
    if url.startswith("sqlite"):
        return Embedded(parts.carrier, parts.ticker.tick, ticks_every=ticks_every)

    def make(carry_stream: Callable[[str], object]) -> Worker:
        return ProcrastinateWorker(url, carry_stream)

    return Replica(make, parts.carrier.carry_stream, parts.ticker.tick, ticks_every=ticks_every)


@dataclass(frozen=True)
class Used:
    """Since its process began: seconds of processor time, and statements that it sent itself."""

    cpu: float
    queries: int

    def since(self, before: Used) -> Used:
        return Used(self.cpu - before.cpu, self.queries - before.queries)


class Bot:
    """At work from the moment when it is made until it is stopped. `make` is called in its own process."""

    def __init__(self, make: Callable[[], Parts], url: str, ticks_every: timedelta) -> None:
        self._pipe, theirs = multiprocessing.Pipe()
        self._process = os.fork()
        if not self._process:
            self._pipe.close()
            _be(make, url, ticks_every, theirs)
        theirs.close()
        self._pipe.recv()

    def used(self) -> Used:
        self._pipe.send("used")
        used: Used = self._pipe.recv()
        return used

    def stop(self) -> None:
        self._pipe.send("stop")
        os.waitpid(self._process, 0)


def _be(make: Callable[[], Parts], url: str, ticks_every: timedelta, pipe: Any) -> NoReturn:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        queries = 0

        def count(*_: object) -> None:
            nonlocal queries
            queries += 1

        parts = make()
        event.listen(Engine, "before_cursor_execute", count)
        at_work = worker(url, parts, ticks_every)
        parts.database.schedule = at_work.schedule
        at_work.start()
        pipe.send("ready")
        while pipe.recv() == "used":
            pipe.send(Used(time.process_time(), queries))
        at_work.stop()
    except EOFError:
        pass  # whoever measured is gone
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)
