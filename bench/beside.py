"""Servers beside what is measured, each in a process of its own, so that their work is not counted as the bot's."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

Converse = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]
"""What is done with one connection."""


@contextmanager
def beside(converse: Converse) -> Iterator[str]:
    """The address of one. It ends with whoever measures, however they end."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listening:
        process = os.fork()
        if not process:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            asyncio.run(_serve(listening, converse))
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)


async def _serve(listening: socket.socket, converse: Converse) -> None:
    server = await asyncio.start_server(converse, sock=listening)
    asyncio.get_running_loop().call_later(0, _end_with, os.getppid())
    await server.serve_forever()


def _end_with(parent: int) -> None:
    if os.getppid() != parent:
        os._exit(0)
    asyncio.get_running_loop().call_later(1, _end_with, parent)
