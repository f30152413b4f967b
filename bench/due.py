"""So many timers are due at one moment: how fast is everything said that follows, how late, and at what cost."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, create_engine, select, update

from bench.bots import Bot, Clock, know_everybody, on
from bench.databases import Databases
from bench.escalations import NUDGED, RAISED, Raising
from bench.remotes import Remote
from bot.messages import Message
from bot.store.tables import ARMED, DONE, deliveries, timers
from bot.wiring import Parts

NOTHING = Message("Nothing", ())
GIVEN_UP_AFTER = 3600.0


@dataclass(frozen=True)
class Burst:
    """What became of one burst, in seconds; `process` and `server` of processor time, all together."""

    deliveries: int
    took: float
    half: float
    nearly_all: float
    process: float
    server: float


def filled(databases: Databases, like: Parts, count: int) -> str:
    """A database with so many escalations, of which nothing is left to be said."""
    url = databases.make()
    parts = on(like, url, databases.keyring, lambda: RAISED, Remote(""))
    know_everybody(parts)
    Raising(parts).raise_many(count)
    parts.database.close()
    with _connected(url) as connection:
        said = {"state": DONE, "due": None, "receipt": deliveries.c.key, "settled": RAISED, "sealed_message": None}
        connection.execute(update(deliveries).values(said))
        if databases.server:
            connection.exec_driver_sql("TRUNCATE procrastinate_jobs CASCADE")
    databases.count_rows(url)
    return url


def burst(databases: Databases, like: Parts, filled: str, replicas: int, remote: str, ticks_every: timedelta) -> Burst:
    """On a copy of that database. `remote` is an address, or ""."""
    url = databases.copy(filled)
    clock = Clock(RAISED)

    def make() -> Parts:
        return on(like, url, databases.keyring, clock.now, Remote(remote))

    bots = [Bot(make, url, ticks_every) for _ in range(replicas)]
    try:
        clock.set(NUDGED - ticks_every)
        before, server = [bot.used() for bot in bots], databases.cpu()
        _wait_until_said(url, clock)
        process = sum(bot.used().cpu - earlier.cpu for bot, earlier in zip(bots, before, strict=True))
        server = databases.cpu() - server
    finally:
        for bot in bots:
            bot.stop()
    late = _late(url)
    databases.drop(url)
    parts = statistics.quantiles(late, n=100, method="inclusive")
    return Burst(len(late), max(late), parts[49], parts[98], process, server)


def bare(remote: str, calls: int, at_once: int) -> Burst:
    """The calls alone, so many at a time."""
    far, late = Remote(remote), []
    began, cpu = time.perf_counter(), time.process_time()

    def call(number: int) -> None:
        far.direct(str(number), "somebody", NOTHING)
        late.append(time.perf_counter() - began)

    with ThreadPoolExecutor(at_once) as threads:
        list(threads.map(call, range(calls)))
    parts = statistics.quantiles(late, n=100, method="inclusive")
    return Burst(calls, max(late), parts[49], parts[98], time.process_time() - cpu, 0)


def _wait_until_said(url: str, clock: Clock) -> None:
    end = time.monotonic() + GIVEN_UP_AFTER
    while clock.now() < NUDGED or _is_left(url):
        if time.monotonic() > end:
            raise TimeoutError("Not everything was said.")
        time.sleep(0.1)


def _is_left(url: str) -> bool:
    armed = select(timers.c.key).where(timers.c.state == ARMED, timers.c.due <= NUDGED)
    waiting = select(deliveries.c.key).where(deliveries.c.due.is_not(None))
    with _connected(url) as connection:
        return any(connection.execute(each.limit(1)).first() for each in (armed, waiting))


def _late(url: str) -> list[float]:
    """Of everything that was said, how long after the moment, in seconds."""
    with _connected(url) as connection:
        said = select(deliveries.c.settled).where(deliveries.c.made == "nudge", deliveries.c.state == DONE)
        return [(moment - NUDGED).total_seconds() for moment in connection.scalars(said)]


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()
