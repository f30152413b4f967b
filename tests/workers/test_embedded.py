"""The worker of one process: at once when it is woken, by itself when it is not, and no place waits for another."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import cast

import pytest
import structlog

from bot.delivery import Carrier
from bot.errors import SchemaMismatch, StoreError
from bot.messages import Message
from bot.ports import Due, State
from bot.workers import embedded
from bot.workers.embedded import Embedded
from tests.posting import CHANNEL, Forgetful, Post, TroubledChat
from tests.scenes import Play

NEVER = timedelta(hours=1)
SOON = timedelta(milliseconds=5)
PATIENCE = 120
"""Seconds within which something has to happen that happens at once."""


class Bell:
    """Rings each time something happens, so that a test can wait for it without sleeping."""

    def __init__(self) -> None:
        self._rung = threading.Semaphore(0)

    def ring(self) -> None:
        self._rung.release()

    def wait(self, times: int = 1) -> None:
        for _ in range(times):
            assert self._rung.acquire(timeout=PATIENCE), "It did not happen in time."


@dataclass
class Round:
    """Stands for a carrier: what is due, and what becomes of it. Carrying waits where a gate is closed."""

    due: list[Due] = field(default_factory=list)
    gates: dict[str, threading.Event] = field(default_factory=dict)
    faults: list[Exception] = field(default_factory=list)
    breaks: dict[str, Exception] = field(default_factory=dict)
    claims: Bell = field(default_factory=Bell)
    begins: Bell = field(default_factory=Bell)
    ends: Bell = field(default_factory=Bell)
    begun: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    back: list[str] = field(default_factory=list)
    late: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, *keys: str) -> None:
        """The place is what stands before the stroke."""
        with self.lock:
            self.due += [Due(key, "direct", place, place=place) for key in keys for place in [key.partition("/")[0]]]

    def close(self, place: str) -> threading.Event:
        return self.gates.setdefault(place, threading.Event())

    def claim(self, limit: int, *, besides: Collection[str] = ()) -> list[Due]:
        self.claims.ring()
        if self.faults:
            raise self.faults.pop(0)
        with self.lock:
            claimed = [due for due in self.due if due.place not in besides][:limit]
            self.due = [due for due in self.due if due not in claimed]
        return claimed

    def carry(self, due: Due) -> None:
        self.begun.append(due.key)
        self.begins.ring()
        if due.place in self.gates:
            assert self.gates[due.place].wait(PATIENCE)
        if due.key in self.breaks:
            raise self.breaks[due.key]
        self.ended.append(due.key)
        self.ends.ring()

    def in_time(self, due: Due) -> bool:
        return due.key not in self.late

    def give_back(self, due: Due) -> None:
        """Only then does what is in hand come to its end."""
        self.back.append(due.key)
        for gate in self.gates.values():
            gate.set()


@contextmanager
def at_work(round_: Round, tick: Callable[[], object] = lambda: None, **more: object) -> Iterator[Embedded]:
    every = {"looks_every": NEVER, "ticks_every": NEVER}
    worker = Embedded(cast(Carrier, round_), tick, **{**every, **more})  # type: ignore[arg-type]
    worker.start()
    try:
        yield worker
    finally:
        for gate in round_.gates.values():
            gate.set()
        worker.stop()
    assert [each for each in threading.enumerate() if each.name.startswith("embedded")] == []


def test_what_waits_is_carried_out_at_the_start_and_what_comes_when_it_is_woken() -> None:
    round_ = Round()
    round_.put("ben/1")
    with at_work(round_) as worker:
        round_.ends.wait()
        round_.put("ben/2")
        worker.wake()
        round_.ends.wait()
    assert round_.ended == ["ben/1", "ben/2"]


def test_a_hint_of_the_store_wakes_it() -> None:
    round_ = Round()
    with at_work(round_) as worker:
        round_.claims.wait()
        round_.put("ben/1")
        worker.schedule(None, [])
        round_.ends.wait()


def test_it_looks_by_itself() -> None:
    round_ = Round()
    with at_work(round_, looks_every=SOON):
        round_.claims.wait(2)
        round_.put("ben/1")
        round_.ends.wait()


def test_it_ticks_at_the_start_by_itself_and_whenever_it_is_woken_and_carries_what_came_of_that() -> None:
    round_, ticks = Round(), Bell()

    def tick() -> None:
        round_.put("ben/1")
        ticks.ring()

    with at_work(round_, tick) as worker:
        ticks.wait()
        round_.ends.wait()
        worker.wake()
        ticks.wait()
        round_.ends.wait()
    with at_work(Round(), tick, ticks_every=SOON):
        ticks.wait(2)


def test_a_place_that_does_not_answer_delays_no_other_and_gets_few_at_a_time() -> None:
    round_ = Round()
    gate = round_.close("slow")
    round_.put(*(f"slow/{number}" for number in range(20)))
    with at_work(round_, threads=4) as worker:
        round_.begins.wait(2)
        round_.put(*(f"quick/{number}" for number in range(20)))
        worker.wake()
        round_.ends.wait(20)
        assert sorted(round_.begun)[20:] == ["slow/0", "slow/1"]
        gate.set()
        round_.ends.wait(20)
    assert len(set(round_.ended)) == 40


def test_stopping_finishes_what_is_in_hand_and_gives_back_what_was_not_begun() -> None:
    round_ = Round()
    round_.close("slow")
    round_.put(*(f"slow/{number}" for number in range(5)))
    with at_work(round_, threads=4) as worker:
        round_.begins.wait(2)
        round_.claims.wait(2)
        worker.stop()
        assert sorted(round_.ended) == ["slow/0", "slow/1"]
        assert sorted([*round_.back, *(due.key for due in round_.due)]) == ["slow/2", "slow/3", "slow/4"]


def test_what_waits_too_long_for_a_slow_place_is_given_back_before_its_lease_ends() -> None:
    """Else whoever has it next could not know that it was never begun."""
    round_ = Round()
    round_.close("slow")
    round_.put("slow/0", "slow/1")
    with at_work(round_, at_one_place=1) as worker:
        round_.claims.wait(2)
        round_.late.add("slow/1")
        worker.wake()
        round_.ends.wait()
        assert (round_.back, round_.begun) == (["slow/1"], ["slow/0"])


def test_after_stopping_nothing_more_is_begun() -> None:
    round_ = Round()
    with at_work(round_) as worker:
        worker.stop()
        round_.put("ben/1")
        worker.wake()
    assert round_.begun == []


def test_one_that_was_never_started_can_be_stopped() -> None:
    Embedded(cast(Carrier, Round())).stop()


@pytest.mark.parametrize("fault", [StoreError("The database is away."), RuntimeError("not thought of")])
def test_it_comes_back_by_itself_when_the_database_was_away(monkeypatch: pytest.MonkeyPatch, fault: Exception) -> None:
    monkeypatch.setattr(embedded, "FIRST_PAUSE", SOON)
    round_ = Round(faults=[fault, fault, fault])
    round_.put("ben/1")
    with structlog.testing.capture_logs() as logs, at_work(round_):
        round_.ends.wait()
    assert [entry["seconds"] for entry in logs] == [0.005, 0.01, 0.02]
    assert type(fault).__name__ in str(logs)
    assert str(fault) not in str(logs)


def test_a_fault_in_one_delivery_leaves_it_to_its_lease_and_stops_no_other() -> None:
    round_ = Round(breaks={"ben/1": StoreError("Its receipt could not be kept.")})
    round_.put("ben/1", "ben/2")
    with at_work(round_, threads=1):
        round_.ends.wait()
    assert round_.ended == ["ben/2"]


CHANGED = SchemaMismatch("The tables were changed.")


@pytest.mark.parametrize("where", ["claim", "carry", "tick"])
def test_it_takes_no_more_work_when_the_tables_are_those_of_another_version_and_says_so(where: str) -> None:
    round_ = Round()

    def tick() -> None:
        if where == "tick":
            raise CHANGED

    if where == "claim":
        round_.faults.append(CHANGED)
    if where == "carry":
        round_.breaks["ben/1"] = CHANGED
    round_.put("ben/1")
    with structlog.testing.capture_logs() as logs, at_work(round_, tick) as worker:
        for thread in [each for each in threading.enumerate() if each.name in {"embedded look", "embedded tick"}]:
            thread.join(PATIENCE)
        assert worker.stopped == "The tables were changed."
        round_.put("ben/2")
        worker.wake()
    assert round_.ended in ([], ["ben/1"])
    assert [entry["event"] for entry in logs] == ["the worker takes no more work"]


# ── with a real bot behind it ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def post(raised: Play) -> Post:
    return Post(raised)


class Gated(TroubledChat):
    """A chat of which the messages to one place do not come to an end before a gate is opened."""

    def __init__(self, post: Post, slow: str = "console:ben") -> None:
        super().__init__(post.trouble)
        self.slow, self.gate = slow, threading.Event()
        self.begun, self.ended = Bell(), Bell()

    @contextmanager
    def going_to(self, place: str) -> Iterator[None]:
        if place == self.slow:
            self.begun.ring()
            assert self.gate.wait(PATIENCE)
        yield
        self.ended.ring()

    def direct(self, key: str, person: str, message: Message) -> str:
        with self.going_to(person):
            super().direct(key, person, message)
        return f"id of {key}"

    def thread(self, key: str, channel: str, under: str, message: Message) -> str:
        with self.going_to(channel):
            super().thread(key, channel, under, message)
        return f"id of {key}"


def test_everything_else_is_said_while_one_person_cannot_be_reached(post: Post) -> None:
    chat = Gated(post)
    post.put(*(post.tell(f"slow-{number}") for number in range(5)))
    worker = Embedded(replace(post.carrier, chat=chat), looks_every=NEVER, ticks_every=NEVER)
    worker.start()
    try:
        chat.begun.wait()
        post.put(*(post.tell(f"grace-{number}", "console:grace") for number in range(5)))
        post.put(post.root("r"), post.reply("r1", "r"), post.reply("r2", "r"))
        worker.wake()
        chat.ended.wait(8)
        assert [key for key in post.said() if key.startswith("r")] == ["r", "r1", "r2"]
        assert [key for key in post.said() if key.startswith("g")] == [f"grace-{number}" for number in range(5)]
        assert post.trouble.tried.count("slow-0") == 0
        chat.gate.set()
        chat.ended.wait(5)
    finally:
        chat.gate.set()
        worker.stop()
    assert post.said()[-5:] == [f"slow-{number}" for number in range(5)]


def test_a_clock_that_is_moved_on_in_the_midst_of_a_call_begins_nothing_twice(post: Post) -> None:
    chat, looked = Gated(post), Bell()
    carrier = replace(post.carrier, chat=chat, store=Forgetful(post.world.parts.database, asked=looked.ring))
    post.put(post.tell("slow"))
    worker = Embedded(carrier, looks_every=NEVER, ticks_every=NEVER)
    worker.start()
    try:
        chat.begun.wait()
        looked.wait(2)
        post.world.moment += timedelta(days=1)
        worker.wake()
        looked.wait(2)
    finally:
        chat.gate.set()
        worker.stop()
    assert (post.trouble.tried, post.trouble.asked, post.due("slow").state) == (["slow"], [], "done")


class Opening(Carrier):
    """Opens the gate once it has given something back."""

    def give_back(self, due: Due) -> State:
        state = super().give_back(due)
        cast(Gated, self.chat).gate.set()
        return state


def test_what_was_claimed_and_not_begun_is_anybodys_as_soon_as_it_stops(post: Post) -> None:
    chat, looked = Gated(post, CHANNEL), Bell()
    carrier = replace(post.carrier, chat=chat, store=Forgetful(post.world.parts.database, asked=looked.ring))
    post.put(post.root("one"), post.root("other"))
    worker = Embedded(Opening(**vars(carrier)), at_one_place=1, looks_every=NEVER, ticks_every=NEVER)
    worker.start()
    chat.begun.wait()
    looked.wait(2)
    assert post.due("other").state == "sending"
    worker.stop()
    assert (post.said(), post.due("one").state, post.due("other").state) == (["one"], "done", "waiting")
    post.carry()
    assert (post.said(), post.trouble.asked) == (["one", "other"], [])
