"""What one message costs with the timers and deliveries that it writes, and without them."""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from bench.bots import know_everybody, on
from bench.databases import Databases
from bench.escalations import RAISED, RAISERS, Raising, manager
from bench.remotes import Remote
from bot.assistant import Assistant
from bot.ports import Command, Delivery, Heard, Pressed
from bot.store import Database
from bot.store.transaction import Records
from bot.timers import Timer
from bot.wiring import Parts


class Unwritten(Records):
    """A transaction that keeps neither timers nor deliveries."""

    def set_timers(self, owner: str, wanted: Sequence[Timer]) -> None:
        """Not written."""

    def add_deliveries(self, wanted: Sequence[Delivery]) -> None:
        """Not written."""


class WithoutBoth(Database):
    """A store that has only such transactions."""

    @contextmanager
    def transaction(self) -> Iterator[Records]:
        with self._writing() as connection:
            yield Unwritten(connection, self.keyring, self.clock, self.schedule)


@dataclass(frozen=True)
class Cost:
    """Of one message, in seconds: how long it takes, and how much processor time."""

    took: float
    process: float
    server: float


@dataclass
class _Samples:
    took: list[float] = field(default_factory=list)
    process: list[float] = field(default_factory=list)
    server: list[float] = field(default_factory=list)

    def cost(self) -> Cost:
        return Cost(statistics.median(self.took), statistics.median(self.process), statistics.mean(self.server))


class Messages:
    """Two bots on one database: one writes both, one does not. The first prepares what is measured."""

    def __init__(self, databases: Databases, like: Parts) -> None:
        self.databases, self.url = databases, databases.make()
        self.parts = on(like, self.url, databases.keyring, lambda: RAISED, Remote(""))
        know_everybody(self.parts)
        self.without = WithoutBoth(self.url, self.parts.database.keyring, clock=lambda: RAISED)
        self.numbers = itertools.count()

    def close(self) -> None:
        self.without.close()
        self.parts.database.close()
        self.databases.drop(self.url)

    def cost(self, prepare: Callable[[Messages], Heard], rounds: int, size: int) -> tuple[Cost, Cost]:
        """With and without both, in turns; the first round warms up."""
        bots = self.parts.assistant, replace(self.parts.assistant, store=self.without)
        samples = _Samples(), _Samples()
        for number in range(rounds + 1):
            for bot, found in zip(bots, samples, strict=True):
                heard = [prepare(self) for _ in range(size)]
                self._round(bot, heard, found if number else _Samples())
        return samples[0].cost(), samples[1].cost()

    def _round(self, bot: Assistant, heard: Sequence[Heard], found: _Samples) -> None:
        server, process = self.databases.cpu(), time.process_time()
        for each in heard:
            began = time.perf_counter()
            bot.hear(each)
            found.took.append(time.perf_counter() - began)
        found.process.append((time.process_time() - process) / len(heard))
        found.server.append((self.databases.cpu() - server) / len(heard))


def answer(messages: Messages) -> Heard:
    """Somebody answers the first question of a conversation."""
    number = next(messages.numbers)
    person = RAISERS[number].id
    asked = messages.parts.assistant.hear(Heard(f"ask-{number}", person, Command("escalate")))
    return Heard(f"answer-{number}", person, Pressed("answer", "no", message=asked.deliveries[-1]))


def move(messages: Messages) -> Heard:
    """A manager approves, and the escalation moves to the next stage."""
    number = next(messages.numbers)
    with messages.parts.database.transaction() as tx:
        approval = Raising(messages.parts).one_asked(tx, number)
    return Heard(f"move-{number}", manager(number).id, Pressed("approve", approval.key))


KINDS: Mapping[str, Callable[[Messages], Heard]] = {"one answered question": answer, "one stage move": move}
