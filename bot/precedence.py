"""Whoever is heard goes first: what is carried out beside it waits until nobody is, but never for long."""

from __future__ import annotations

from datetime import timedelta
from threading import Condition
from time import monotonic

CALM = timedelta(milliseconds=20)
"""So long nobody has to be heard: whoever has just been answered often does the next thing at once."""

AT_MOST = timedelta(seconds=1)
"""However many are heard, one after the other, nothing waits for longer each time."""


class Precedence:
    """Of one process, for all of its threads."""

    def __init__(self, calm: timedelta = CALM, at_most: timedelta = AT_MOST) -> None:
        self._calm, self._at_most = calm.total_seconds(), at_most.total_seconds()
        self._changed = Condition()
        self._waiting, self._last = 0, -self._calm

    def begin(self) -> None:
        """Somebody waits to be heard."""
        with self._changed:
            self._waiting += 1

    def end(self) -> None:
        """They have been."""
        with self._changed:
            self._waiting -= 1
            self._last = monotonic()
            if not self._waiting:
                self._changed.notify_all()

    def give_way(self) -> None:
        """Returns when nobody waits to be heard."""
        until = monotonic() + self._at_most
        with self._changed:
            while (left := until - (now := monotonic())) > 0:
                pause = left if self._waiting else self._last + self._calm - now
                if pause <= 0:
                    return
                self._changed.wait(min(pause, left))
