"""How fast messages may follow each other in one channel or chat: a few at once, and then one after the other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

AT_ONCE = 5
EVERY = timedelta(seconds=1)
"""As fast as Slack takes them in one channel."""


@dataclass
class Pace:
    """Safe in several threads. Other processes are not counted: of what they say too much, the platform tells."""

    at_once: int = AT_ONCE
    every: timedelta = EVERY
    clock: Callable[[], float] = time.monotonic
    _full_at: dict[str, float] = field(default_factory=dict, init=False)
    """Channel -> when as many as `at_once` may be said again."""
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def pause(self, channel: str) -> timedelta:
        """How long nothing more may be said there; none, and then something is said."""
        every, now = self.every.total_seconds(), self.clock()
        with self._lock:
            full_at = max(self._full_at.get(channel, now), now)
            too_early = full_at + every - now - self.at_once * every
            if too_early > 1e-6:
                return timedelta(seconds=too_early)
            self._full_at = {each: at for each, at in self._full_at.items() if at > now}
            self._full_at[channel] = full_at + every
        return timedelta(0)
