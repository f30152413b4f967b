"""What a bot costs that has nothing to do, while so many timers are armed for later."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import create_engine, text

from bench.bots import Bot, Clock, know_everybody, on
from bench.databases import Databases
from bench.escalations import RAISED
from bench.remotes import Remote
from bot.timers import Timer
from bot.wiring import Parts
from bot.workers.embedded import TICKS_EVERY

DOUBLE = text(
    "INSERT INTO timers (key, kind, due, next_look, owner, about, rule, zone, state) "
    "SELECT key || '+' || :number, kind, due, next_look, owner, about, rule, zone, state FROM timers LIMIT :missing"
)


@dataclass(frozen=True)
class Idle:
    """In a second: shares of one core that were used, the bot's own statements, and the server's transactions."""

    process: float
    server: float
    queries: float
    transactions: float


def idle(databases: Databases, like: Parts, count: int, warm_up: float, seconds: float) -> Idle:
    url = databases.make()
    clock = Clock(RAISED)

    def make() -> Parts:
        return on(like, url, databases.keyring, clock.now, Remote(""))

    parts = make()
    know_everybody(parts)
    _fill(databases, parts, url, count)
    bot = Bot(make, url, TICKS_EVERY)
    try:
        time.sleep(warm_up)
        before, server, transactions = bot.used(), databases.cpu(), databases.transactions(url)
        began = time.perf_counter()
        time.sleep(seconds)
        after, took = bot.used(), time.perf_counter() - began
        server, transactions = databases.cpu() - server, databases.transactions(url) - transactions
    finally:
        bot.stop()
    databases.drop(url)
    queries = (after.queries - before.queries) / took
    return Idle((after.cpu - before.cpu) / took, server / took, queries, transactions / took)


def _fill(databases: Databases, parts: Parts, url: str, count: int) -> None:
    """A few are armed as the bot does it, and copied."""
    few = min(count, 1000)
    with parts.database.transaction() as tx:
        tx.set_timers(
            "E", [Timer(f"nudge/{n}", "nudge", RAISED + timedelta(days=1, minutes=n), "E") for n in range(few)]
        )
    parts.database.close()
    engine = create_engine(url)
    with engine.begin() as connection:
        for number in itertools.count(1):
            if not (missing := count - few):
                break
            few += connection.execute(DOUBLE, {"number": str(number), "missing": missing}).rowcount
    engine.dispose()
    databases.count_rows(url)
