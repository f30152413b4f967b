"""What was told is heard one thing after the other, in the order of its coming, outside the web server's own thread.

The store has one writer, so that more threads would only wait for each other there, in no order.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from bot.errors import Unavailable
from bot.precedence import Precedence

T = TypeVar("T")

AT_MOST = 500
"""So many wait at most: whoever comes after them would hear nothing in time, and is better told so at once."""


class Turns:
    """One thread. `full` is said to whoever comes when too many wait; all who wait have precedence."""

    def __init__(self, full: str, precedence: Precedence, at_most: int = AT_MOST) -> None:
        self._full, self._precedence, self._at_most = full, precedence, at_most
        self._waiting = 0
        self._thread = ThreadPoolExecutor(1, "hear")

    async def take(self, work: Callable[[], T]) -> T:
        """What comes of it, when its turn has come. Raises Unavailable where too many wait, or it is stopping."""
        if self._waiting >= self._at_most:
            raise Unavailable(self._full)
        self._begin()
        try:
            turn = self._thread.submit(work)
        except RuntimeError as stopped:
            self._done()
            raise Unavailable(self._full) from stopped
        turn.add_done_callback(self._done)
        return await asyncio.shield(asyncio.wrap_future(turn))

    def _begin(self) -> None:
        self._waiting += 1
        self._precedence.begin()

    def _done(self, _: object = None) -> None:
        self._waiting -= 1
        self._precedence.end()

    def stop(self) -> None:
        """What has been taken is finished; nothing more is taken."""
        self._thread.shutdown()
