"""What was told is heard one thing after the other, in the order of its coming, in the thread that reads requests.

A thread beside that one would not hear anybody sooner: the store has one writer, and Python carries out one thread at a
time. But each message would go from one processor to another and back, and neither remembers what the other has read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from bot.errors import Unavailable
from bot.precedence import Precedence

T = TypeVar("T")

AT_MOST = 500
"""So many wait at most: whoever comes after them would hear nothing in time, and is better told so at once."""


class Turns:
    """`full` is said to whoever comes when too many wait; all who wait have precedence."""

    def __init__(self, full: str, precedence: Precedence, at_most: int = AT_MOST) -> None:
        self._full, self._precedence, self._at_most = full, precedence, at_most
        self._waiting = 0
        self._turn = asyncio.Lock()

    async def take(self, work: Callable[[], T]) -> T:
        """What comes of it, when its turn has come. Raises Unavailable where too many wait."""
        if self._waiting >= self._at_most:
            raise Unavailable(self._full)
        self._waiting += 1
        self._precedence.begin()
        try:
            async with self._turn:
                # Between two turns, what has arrived is read: it may need no turn, or be told that too many wait.
                await asyncio.sleep(0)
                return work()
        finally:
            self._waiting -= 1
            self._precedence.end()
