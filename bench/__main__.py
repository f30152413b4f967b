"""Runs the benchmarks and prints a table of each. See README.md.

WHAT chooses some of them, RUNS how often each is run that is run several times. QUICK=1 runs them with next to nothing,
to show that they run: its figures mean nothing.
"""

from __future__ import annotations

import os
import platform
import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import astuple, dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median

from bench.acks import BARE, BOTS, Load, Measured, measured_app, measured_bot
from bench.bots import built
from bench.databases import Databases, both
from bench.documents import measured as measured_documents
from bench.due import Burst, bare, burst, filled
from bench.idle import idle
from bench.mail import measured as measured_mail
from bench.messages import KINDS, Cost, Messages
from bench.remotes import behind_http
from bench.slack import WebApi, web_api
from bot.wiring import Parts, start_logging
from bot.workers.embedded import TICKS_EVERY


@dataclass(frozen=True)
class Size:
    runs: int = 3
    timers: int = 10_000
    replicas: tuple[int, ...] = (1, 3)
    remotes: tuple[str, ...] = ("10 ms", "0 ms")
    ticks_every: timedelta = TICKS_EVERY
    armed: tuple[int, ...] = (1_000, 1_000_000)
    warm_up: float = 8
    seconds: float = 30
    messages: int = 15
    loads: tuple[Load, ...] = ((200, 1), (300, 10), (300, 50))
    apps: tuple[str, ...] = tuple(BARE)
    bots: tuple[str, ...] = tuple(BOTS)
    bots_on: tuple[str, ...] = ("SQLite", "PostgreSQL")
    documents: int = 40
    letters: int = 200


WHOLE = Size()
QUICK = Size(
    1, 4, (2,), ("10 ms",), timedelta(seconds=0.1), (10,), 0, 0.1, 1, ((2, 2),), ("Bolt that only acks",), ("bot",),
    ("SQLite",), 1, 2,
)  # fmt: skip


@dataclass(frozen=True)
class Benchmarks:
    """What all are run with."""

    size: Size
    like: Parts
    databases: tuple[Databases, Databases]
    remote: str
    slack: WebApi

    def acks(self) -> None:
        """How soon what Slack tells is acknowledged."""
        _title(f"What Slack tells, until it is acknowledged; {self.size.runs} runs: median (least to most)")
        _row("what listens", "request", "in flight", "p50", "p99", "a second", "CPU, process", "Slack is asked")
        found: dict[str, list[Measured]] = defaultdict(list)
        for _ in range(self.size.runs):  # all in turn, for the machine does not stay as fast as it is
            for name in self.size.apps:
                found[name].append(measured_app(BARE[name], self.slack, self.size.loads))
            for databases in self.databases:
                for name in self.size.bots if databases.kind in self.size.bots_on else ():
                    measured = measured_bot(BOTS[name], databases, self.slack, self.size.loads)
                    found[f"{name}, {databases.kind}"].append(measured)
        for name, runs in found.items():
            _acked(name, runs)
        _title("What listens")
        _row("what listens", "answers after", "memory")
        for name, runs in found.items():
            _row(name, _span([run.started for run in runs], "s"), f"{max(run.memory for run in runs):.0f} MB")

    def documents(self) -> None:
        """What a document costs, beside libraries that only open and save one."""
        _title(f"One document, medians of {self.size.documents}, CPU")
        _row("document", "takes", "a second", "kilobytes")
        for made in measured_documents(self.size.documents):
            _row(made.name, _ms(made.takes), f"{1 / made.takes:,.0f}", f"{made.size / 1000:,.0f}")

    def mail(self) -> None:
        """What a letter costs, beside bare calls."""
        _title(f"One letter of 40 kB through Microsoft 365, medians of {self.size.letters}")
        _row("way", "calls", "takes", "CPU")
        for way in measured_mail(self.size.letters):
            _row(way.name, str(way.calls), _ms(way.takes), _ms(way.cpu))

    def due(self) -> None:
        """Everything that is due at one moment, beside the bare calls."""
        _title(f"{self.size.timers:,} timers due at once, medians of {self.size.runs}")
        _row("worker", "remote", "deliveries", "a second", "p50", "p99", "CPU each, bot", "CPU each, database")
        remotes = {takes: self.remote if takes == "10 ms" else "" for takes in self.size.remotes}
        for takes, address in remotes.items():
            for at_once in (8, 48):
                self._burst(
                    f"none: {at_once} calls at a time", takes, partial(bare, address, 2 * self.size.timers, at_once)
                )
        for databases in self.databases:
            base = filled(databases, self.like, self.size.timers)
            for takes, address in remotes.items():
                for replicas in self.size.replicas if databases.server else (1,):
                    run = partial(burst, databases, self.like, base, replicas, address, self.size.ticks_every)
                    self._burst(f"{_adapter(databases)} × {replicas}", takes, run)

    def _burst(self, name: str, takes: str, run: Callable[[], Burst]) -> None:
        runs = [run() for _ in range(self.size.runs)]
        said, took, half, nearly_all, process, server = map(median, zip(*map(astuple, runs), strict=True))
        times = f"{half:.1f} s", f"{nearly_all:.1f} s"
        _row(name, takes, f"{said:,.0f}", f"{said / took:,.0f}", *times, _ms(process / said), _ms(server / said))

    def idle(self) -> None:
        """A bot with nothing to do."""
        _title(f"Nothing to do, for {self.size.seconds:.0f} s")
        _row("worker", "timers for later", "CPU, bot", "CPU, database", "queries a second", "transactions a second")
        for databases in self.databases:
            for armed in self.size.armed:
                found = idle(databases, self.like, armed, self.size.warm_up, self.size.seconds)
                counted = f"{found.queries:.1f}", f"{found.transactions:.1f}" if databases.server else "–"
                _row(_adapter(databases), f"{armed:,}", f"{found.process:.2%}", f"{found.server:.2%}", *counted)

    def message(self) -> None:
        """What a message costs with and without what it writes to be said and to be looked at."""
        _title(f"One message, medians of {self.size.runs} × {self.size.messages}")
        _row("database", "message", "timers and deliveries", "takes", "CPU, bot", "CPU, database")
        for databases in self.databases:
            messages = Messages(databases, self.like)
            for name, prepare in KINDS.items():
                both = messages.cost(prepare, self.size.runs, self.size.messages)
                for written, cost in zip(("written", "not written"), both, strict=True):
                    _row(databases.kind, name, written, *map(_ms, astuple(cost)))
                _row(databases.kind, name, "**their cost**", *map(_ms, astuple(_difference(*both))))
            messages.close()


def _acked(name: str, runs: Sequence[Measured]) -> None:
    for same in zip(*(run.acked for run in runs), strict=True):
        half = _span([each.waited.half * 1000 for each in same], "ms")
        nearly_all = _span([each.waited.nearly_all * 1000 for each in same], "ms")
        rate = median(each.waited.rate for each in same)
        cpu, calls = median(each.cpu for each in same), median(each.calls for each in same)
        _row(name, same[0].what, str(same[0].in_flight), half, nearly_all, f"{rate:,.0f}", _ms(cpu), f"{calls:.1f}")


def _span(found: Sequence[float], unit: str) -> str:
    """Of several runs the median, the least and the most."""
    return f"{median(found):.1f} {unit} ({min(found):.1f} to {max(found):.1f})"


def _adapter(databases: Databases) -> str:
    return "Procrastinate on PostgreSQL" if databases.server else "embedded on SQLite"


def _difference(one: Cost, other: Cost) -> Cost:
    return Cost(one.took - other.took, one.process - other.process, one.server - other.server)


def _title(text: str) -> None:
    print(f"\n{text}; load of the machine before: {os.getloadavg()[0]:.1f}\n", flush=True)


def _row(*cells: str) -> None:
    print("|", " | ".join(cells), "|", flush=True)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def main() -> None:
    start_logging("warning")
    size = QUICK if os.environ.get("QUICK") else WHOLE
    if runs := os.environ.get("RUNS"):
        size = replace(size, runs=int(runs))
    print(f"Python {platform.python_version()}, built with {platform.python_compiler()}")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        address = stack.enter_context(behind_http())
        slack = stack.enter_context(web_api())
        benchmarks = Benchmarks(size, built(folder), stack.enter_context(both(folder)), address, slack)
        for what in os.environ.get("WHAT", "").split() or ("acks", "message", "documents", "mail", "idle", "due"):
            getattr(benchmarks, what)()


if __name__ == "__main__":
    main()
