"""The far side: a remote that keeps a list of what reached it, and is as unreliable as real ones are.

Run as a process of its own, so that no kill reaches it: `python -m tests.kills.sink <seed>` prints its address.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from dataclasses import dataclass, field
from typing import Any

TAKES = 0.05
"""Seconds that it takes to answer."""

FAULTS = {"busy": 0.02, "error": 0.025, "error after": 0.025, "no answer": 0.02}
"""How often: 429; 500 with nothing done; 500 although it was done; done, and the connection closed without a word."""


@dataclass
class Sink:
    """What it has heard, in order. `takes` and `can_be_asked` are set from outside, by `/set`."""

    lot: random.Random
    heard: list[dict[str, Any]] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)
    takes: float = TAKES
    can_be_asked: bool = True
    is_faulty: bool = True

    async def answer(self, path: str, body: dict[str, Any]) -> tuple[int, Any] | None:
        """Status and content; None closes the connection without an answer."""
        match path:
            case "/say":
                return await self._say(body)
            case "/find":
                return (200, {"id": self.ids.get(body["key"], "")}) if self.can_be_asked else (501, {})
            case "/count":
                return 200, len(self.heard)
            case "/heard":
                return 200, self.heard
            case "/set":
                for name, value in body.items():
                    setattr(self, name, value)
                return 200, {}
        return 404, {}

    async def _say(self, body: dict[str, Any]) -> tuple[int, Any] | None:
        fault = self._fault()
        await asyncio.sleep(self.takes * self.lot.uniform(0.5, 1.5))
        if fault == "busy":
            return 429, {}
        if fault == "error":
            return 500, {}
        self.heard.append({**body, "at": time.time()})
        self.ids.setdefault(body["key"], f"{len(self.heard)}")
        if fault == "error after":
            return 500, {}
        return None if fault == "no answer" else (200, {"id": self.ids[body["key"]]})

    def _fault(self) -> str:
        drawn = self.lot.random()
        for fault, share in FAULTS.items():
            drawn -= share
            if drawn < 0 and self.is_faulty:
                return fault
        return ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, which stays open; just enough of HTTP for our own client."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *lines = head.decode("latin-1").split("\r\n")
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
                content = await reader.readexactly(int(headers.get("content-length", 0)))
                answer = await self.answer(first.split()[1], json.loads(content or b"{}"))
                if answer is None:
                    return
                writer.write(_response(*answer))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return  # whoever called is gone
        finally:
            writer.close()


def _response(status: int, content: Any) -> bytes:
    body = json.dumps(content).encode()
    after = "Retry-After: 1\r\n" if status == 429 else ""
    return f"HTTP/1.1 {status} -\r\nContent-Length: {len(body)}\r\n{after}\r\n".encode() + body


async def main(seed: int) -> None:
    sink = Sink(random.Random(seed))
    server = await asyncio.start_server(sink.serve, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    # Until whoever started it has ended, however that was.
    async with server:
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
