"""What a replica does beside a worker that is told: it ticks, and stops where the tables are another version's."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import structlog

from bot.errors import SchemaMismatch
from bot.ports import Handed, Worker

log = structlog.get_logger()

TICKS_EVERY = timedelta(seconds=5)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=1), timedelta(seconds=30)
"""Between two ticks while the database is away."""


class Replica:
    """Implements `ports.Worker` with the worker that `make` gives, which is called with what carries a stream."""

    def __init__(
        self,
        make: Callable[[Callable[[str], object]], Worker],
        carry_stream: Callable[[str], object],
        tick: Callable[[], object],
        *,
        ticks_every: timedelta = TICKS_EVERY,
    ) -> None:
        self.stopped = ""
        """Why it takes no more work, as a sentence; "" while it does."""
        self._worker = make(self._carry)
        self._carry_stream, self._tick, self._ticks_every = carry_stream, tick, ticks_every
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tick", daemon=True)

    def schedule(self, connection: Any, handed: Sequence[Handed]) -> None:
        self._worker.schedule(connection, handed)

    def start(self) -> None:
        self._worker.start()
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _carry(self, stream: str) -> None:
        try:
            self._carry_stream(stream)
        except SchemaMismatch as error:
            self._take_no_more(error)
            raise

    def _take_no_more(self, error: SchemaMismatch) -> None:
        """Another version of the program has changed the tables: from now on the work is that one's."""
        if not self.stopped:
            log.error("the worker takes no more work", reason=str(error))
        self.stopped = str(error)
        self._stopping.set()

    def _run(self) -> None:
        """Ticks until it stops, less and less often while that fails; then it stops the worker, from outside of it."""
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            try:
                self._tick()
            except SchemaMismatch as error:
                self._take_no_more(error)
            except Exception as error:  # the outer edge of the tick: whatever happened, it looks again
                log.error("the tick will look again", error=type(error).__name__, seconds=pause.total_seconds())
                self._stopping.wait(pause.total_seconds())
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                pause = FIRST_PAUSE
                self._stopping.wait(self._ticks_every.total_seconds())
        self._worker.stop()
