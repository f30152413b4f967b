"""Whoever is heard goes first: what is carried out beside it waits until nobody is, but never for long."""

from __future__ import annotations

from datetime import timedelta
from threading import Lock
from time import monotonic, sleep

CALM = timedelta(milliseconds=20)
"""So long nobody has to be heard: whoever has just been answered often does the next thing at once."""

LOOKS_EVERY = CALM.total_seconds()
"""Seconds between two looks whether somebody waits."""

AT_MOST = timedelta(seconds=1)
"""However many are heard, one after the other, nothing waits for longer each time."""


class Precedence:
    """Of one process, for all of its threads."""

    def __init__(self, calm: timedelta = CALM, at_most: timedelta = AT_MOST) -> None:
        self._calm, self._at_most = calm.total_seconds(), at_most.total_seconds()
        self._changing = Lock()
        self._watching = Lock()
        """One thread watches until it is calm, and the others wait for that one: whoever is heard is not to wake them
        all, each time."""
        self._waiting, self._last = 0, -self._calm

    def begin(self) -> None:
        """Somebody waits to be heard."""
        with self._changing:
            self._waiting += 1

    def end(self) -> None:
        """They have been."""
        with self._changing:
            self._waiting -= 1
            self._last = monotonic()

    def give_way(self) -> None:
        """Returns when nobody waits to be heard."""
        until = monotonic() + self._at_most
        if not self._watching.acquire(timeout=self._at_most):
            return
        try:
            while (left := until - (now := monotonic())) > 0:
                pause = LOOKS_EVERY if self._waiting else self._last + self._calm - now
                if pause <= 0:
                    return
                sleep(min(pause, left))
        finally:
            self._watching.release()
