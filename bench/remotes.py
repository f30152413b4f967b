"""Remotes that are never at fault: one behind HTTP that takes its time, and one in the bot's own process."""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager

import httpx

from bench.beside import beside
from bot.messages import Message
from bot.ports import Due, Letter

TAKES = 0.01
"""Seconds that the one behind HTTP takes to answer."""
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"


class Remote:
    """Both a chat and a mailer. Without an address, it is in the bot's own process and takes no time."""

    def __init__(self, address: str) -> None:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
        self._client = httpx.Client(base_url=address, limits=limits) if address else None

    def direct(self, key: str, person: str, message: Message) -> str:
        return self._say(key, person, message.summary)

    def thread(self, key: str, channel: str, under: str, message: Message) -> str:
        return self._say(key, channel, message.summary)

    def edit(self, key: str, message_id: str, message: Message) -> str:
        return self._say(key, message_id, message.summary)

    def send(self, letter: Letter) -> str:
        return self._say(letter.key, "", letter.subject)

    def find(self, what: Due | str) -> str:
        return ""

    def link(self, channel: str, message_id: str) -> str:
        return ""

    def _say(self, key: str, to: str, text: str) -> str:
        if self._client is not None:
            self._client.post("/", json={"key": key, "to": to, "text": text}).raise_for_status()
        return key


def behind_http() -> AbstractContextManager[str]:
    """The address of one in a process of its own."""
    return beside(_answer)


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection, which stays open; just enough of HTTP for our own client."""
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            await reader.readexactly(int(length.partition(b":")[2]))
            await asyncio.sleep(TAKES)
            writer.write(ANSWER)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        return
    finally:
        writer.close()
