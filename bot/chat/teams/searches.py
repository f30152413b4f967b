"""Where somebody was looked for in vain, while there are more teams than can be asked at a time: the next attempt goes
on from there, so that it comes to an end however many there are."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

REMEMBERED = 600.0
"""For so many seconds somebody who was not in a team is believed not to be: they may join it."""


@dataclass(frozen=True)
class Search:
    """One person's. `asked` are the teams, each by the conversation that was asked, in which they are not."""

    until: float
    asked: set[str] = field(default_factory=set)


class Searches:
    """Those that are put off, by whom they are for. Safe in several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._put_off: dict[str, Search] = {}

    def new(self) -> Search:
        return Search(time.monotonic() + REMEMBERED)

    def taken_up(self, wanted: str) -> Search:
        """Where it was put off; from the beginning, if it was not, or long ago."""
        with self._lock:
            found = self._put_off.pop(wanted, None)
        return found if found is not None and time.monotonic() < found.until else self.new()

    def put_off(self, wanted: str, search: Search) -> None:
        now = time.monotonic()
        with self._lock:
            self._put_off = {each: one for each, one in self._put_off.items() if now < one.until} | {wanted: search}
