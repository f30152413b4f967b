"""The worker for one process: threads of its own, woken after each message, that carry out what is due.

It needs nothing but the store. One thread looks what is due and shares it out, some carry it, and one looks whether
anything is to be said that nobody asked for. Nothing is lost with the process: what it had in hand has a lease.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from queue import SimpleQueue
from time import monotonic
from typing import Any

import structlog

from bot.delivery import Carrier
from bot.errors import SchemaMismatch
from bot.ports import Due, Handed

log = structlog.get_logger()

THREADS, AT_ONE_PLACE = 8, 2
"""So many deliveries are carried at a time, and so many of them to one place: others need not wait for a slow one."""

LOOKS_EVERY, TICKS_EVERY = timedelta(seconds=2), timedelta(seconds=5)
"""Nothing wakes it when the time of something comes, so it looks by itself."""

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=1), timedelta(seconds=30)
"""Between two looks while the database is away."""

STOPS_WITHIN = timedelta(seconds=25)
"""Longer than a call to a remote takes."""


class Embedded:
    """Implements `ports.Worker`. `tick` is called by itself and whenever it is woken, in a thread of its own."""

    def __init__(
        self,
        carrier: Carrier,
        tick: Callable[[], object] = lambda: None,
        *,
        threads: int = THREADS,
        at_one_place: int = AT_ONE_PLACE,
        looks_every: timedelta = LOOKS_EVERY,
        ticks_every: timedelta = TICKS_EVERY,
    ) -> None:
        self.stopped = ""
        """Why it takes no more work, as a sentence; "" while it does."""
        self._carrier, self._tick = carrier, tick
        self._size, self._at_one_place = threads, at_one_place
        self._looks_every, self._ticks_every = looks_every, ticks_every
        self._stopping = threading.Event()
        self._look_now, self._tick_now = threading.Event(), threading.Event()
        self._lock = threading.Lock()
        self._waiting: list[Due] = []
        """Claimed, but too many are under way to its place."""
        self._in_hand: dict[str, str] = {}
        """Key -> place of what is being carried."""
        self._orders: SimpleQueue[Due | None] = SimpleQueue()
        self._looking: list[threading.Thread] = []
        self._carrying: list[threading.Thread] = []

    def schedule(self, connection: Any, handed: Sequence[Handed]) -> None:
        """What is due stands in the store; there it is found. Timers have not changed because of it."""
        self._look_now.set()

    def wake(self) -> None:
        """Something may be due."""
        self._tick_now.set()
        self._look_now.set()

    def start(self) -> None:
        self._looking = [
            _thread("look", self._keep_at, self._look, self._look_now, self._looks_every),
            _thread("tick", self._keep_at, self._tick_once, self._tick_now, self._ticks_every),
        ]
        self._carrying = [_thread(f"carry {number}", self._carry) for number in range(1, self._size + 1)]
        for each in (*self._carrying, *self._looking):
            each.start()

    def stop(self) -> None:
        """Finish what is in hand, give back what was claimed and not begun."""
        until = monotonic() + STOPS_WITHIN.total_seconds()
        self._stopping.set()
        self.wake()
        _join(self._looking, until)
        self._give_back(self._waiting)
        for _ in self._carrying:
            self._orders.put(None)
        if left := _join(self._carrying, until):
            log.error("the worker did not finish in time", deliveries=left)

    # ── looking ──────────────────────────────────────────────────────────────────────────────────────────

    def _keep_at(self, look: Callable[[], None], now: threading.Event, every: timedelta) -> None:
        """Again and again until it stops: when woken, and by itself; less and less often while that fails."""
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            try:
                look()
            except SchemaMismatch as error:
                self._take_no_more(error)
            except Exception as error:  # the outer edge of the worker: whatever happened, it looks again
                log.error("the worker will look again", error=type(error).__name__, seconds=pause.total_seconds())
                self._stopping.wait(pause.total_seconds())
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                pause = FIRST_PAUSE
                now.wait(every.total_seconds())
                now.clear()

    def _take_no_more(self, error: SchemaMismatch) -> None:
        """Another version of the program has changed the tables: from now on the work is that one's."""
        if not self.stopped:
            log.error("the worker takes no more work", reason=str(error))
        self.stopped = str(error)
        self._stopping.set()
        self.wake()

    def _tick_once(self) -> None:
        self._tick()
        self._look_now.set()

    def _look(self) -> None:
        """Share out what is due, until nothing is, or nobody is free."""
        while not self._stopping.is_set():
            self._give_back(self._late())
            with self._lock:
                free = self._size - len(self._in_hand)
                places = Counter([*self._in_hand.values(), *(due.place for due in self._waiting)])
            if not free:
                return
            busy = [place for place, count in places.items() if count >= self._at_one_place]
            claimed = self._carrier.claim(free, besides=busy)
            if not claimed:
                return
            self._keep(claimed)
            self._share_out()

    def _late(self) -> list[Due]:
        """What has waited here so long that it could not be carried within its lease."""
        with self._lock:
            late = [due for due in self._waiting if not self._carrier.in_time(due)]
            self._waiting = [due for due in self._waiting if due not in late]
        return late

    def _keep(self, claimed: Sequence[Due]) -> None:
        """A clock that was moved on ends the lease of what waits or is in hand here, and it is claimed once more."""
        keys = {due.key for due in claimed}
        with self._lock:
            self._waiting = [due for due in self._waiting if due.key not in keys]
            self._waiting += [due for due in claimed if due.key not in self._in_hand]

    def _share_out(self) -> None:
        """Whatever waits and is free to go is begun."""
        with self._lock:
            for due in tuple(self._waiting):
                if self._stopping.is_set() or len(self._in_hand) == self._size:
                    return
                if Counter(self._in_hand.values())[due.place] < self._at_one_place:
                    self._waiting.remove(due)
                    self._in_hand[due.key] = due.place
                    self._orders.put(due)

    def _give_back(self, those: Sequence[Due]) -> None:
        for due in those:
            try:
                self._carrier.give_back(due)
            except Exception as error:  # its lease will end
                log.warning("could not be given back", delivery=due.key, error=type(error).__name__)

    # ── carrying ─────────────────────────────────────────────────────────────────────────────────────────

    def _carry(self) -> None:
        """One of those who carry: one delivery after the other, until there will be none."""
        while (due := self._orders.get()) is not None:
            try:
                self._carrier.carry(due)
            except SchemaMismatch as error:
                self._take_no_more(error)
            except Exception as error:  # the outer edge of one delivery: its lease will end
                log.error("delivery left to its lease", delivery=due.key, error=type(error).__name__)
            with self._lock:
                del self._in_hand[due.key]
            self._share_out()
            self._look_now.set()


def _thread(name: str, target: Callable[..., None], *args: object) -> threading.Thread:
    """A daemon: a call that never ends must not keep the process from ending."""
    return threading.Thread(target=target, args=args, name=f"embedded {name}", daemon=True)


def _join(threads: Sequence[threading.Thread], until: float) -> int:
    """Waits for them until then. Returns how many are left."""
    for each in threads:
        each.join(max(0.0, until - monotonic()))
    return sum(each.is_alive() for each in threads)
