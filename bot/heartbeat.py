"""Calls an address outside while all is well: whoever listens there notices when it falls silent."""

from __future__ import annotations

import threading
from datetime import timedelta
from time import monotonic

import structlog

log = structlog.get_logger()

AT_MOST_EVERY = timedelta(minutes=1)
SECONDS = 5.0
"""So long the address has to answer."""


class Heartbeat:
    """Called in a thread of its own: whoever says that all is well never waits. The address is a secret."""

    def __init__(self, url: str, *, at_most_every: timedelta = AT_MOST_EVERY) -> None:
        self._url = url
        self._every = at_most_every.total_seconds()
        self._last = float("-inf")
        self._calling = threading.Lock()

    def is_time(self) -> bool:
        """Whether it was not called for a while, and is not being called."""
        return monotonic() - self._last >= self._every and not self._calling.locked()

    def beat(self) -> None:
        """Call; nobody waits for the answer."""
        if self._calling.acquire(blocking=False):
            self._last = monotonic()
            threading.Thread(target=self._call, name="heartbeat", daemon=True).start()

    def _call(self) -> None:
        import httpx  # here: it takes long to load, and only where an address is named is it needed

        try:
            httpx.get(self._url, timeout=SECONDS).raise_for_status()
        except Exception as error:  # the outer edge of the thread; what it says could hold the address
            log.warning("heartbeat not heard", error=type(error).__name__)
        finally:
            self._calling.release()
