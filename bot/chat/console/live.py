"""Tells every open page when something changed, over server-sent events, until the server stops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import anyio
from sse_starlette import EventSourceResponse
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from bot.chat.console import mailbox as mail
from bot.chat.console.chat import ConsoleChat

LOOK_ELSEWHERE = 2.0
"""Seconds between two looks for what nobody tells of, while a page is open."""
CHANGED = {"event": "changed", "data": "{}"}


class Live:
    """The event streams of all open pages."""

    def __init__(self, chat: ConsoleChat, mailbox: Path) -> None:
        self._chat = chat
        self._mailbox = mailbox
        self._pages: set[Callable[[], None]] = set()
        self._ended = False

    def tell(self) -> None:
        """Tell the pages of a change that the chat does not know of."""
        for wake in tuple(self._pages):
            wake()

    def end(self) -> None:
        """End all streams, from whichever thread. A server that is stopping would otherwise wait for them.

        Where uvicorn is stopped by a signal, sse-starlette notices and ends them too; a server in a thread
        hears no signals.
        """
        self._ended = True
        self.tell()

    def _elsewhere(self) -> tuple[list[str], int]:
        """What others change without telling: letters, and what another process says in the chat."""
        return mail.ids(self._mailbox), self._chat.changes_elsewhere()

    async def events(self, request: Request) -> Response:
        """GET /events: a server-sent event whenever something changed; the page then asks for /state."""
        loop = asyncio.get_running_loop()
        changed, stopping = asyncio.Event(), anyio.Event()

        def wake() -> None:
            with suppress(RuntimeError):  # the server has stopped: nobody is left to be told
                loop.call_soon_threadsafe(changed.set)

        async def stream() -> AsyncIterator[dict[str, str]]:
            stop = self._chat.listen(wake)
            self._pages.add(wake)
            seen = await run_in_threadpool(self._elsewhere)
            try:
                yield CHANGED
                while not (self._ended or stopping.is_set()):
                    await _first_of(changed, stopping)
                    if self._ended:
                        break
                    found = await run_in_threadpool(self._elsewhere)
                    if changed.is_set() or found != seen:
                        changed.clear()
                        seen = found
                        yield CHANGED
            finally:
                stop()
                self._pages.discard(wake)

        # The grace period lets the stream end by itself when the server stops.
        return EventSourceResponse(stream(), ping=20, shutdown_event=stopping, shutdown_grace_period=2)


async def _first_of(*events: asyncio.Event | anyio.Event) -> None:
    """Wait until one of them is set, or until it is time to look elsewhere."""
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, timeout=LOOK_ELSEWHERE, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waiting:
            one.cancel()
