"""Requests over HTTP, so many in flight at a time, and how long each waited for its answer."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Waited:
    """Seconds for each request, and for all of them together."""

    each: Sequence[float]
    took: float

    @property
    def half(self) -> float:
        return statistics.median(self.each)

    @property
    def nearly_all(self) -> float:
        """99 of 100."""
        return sorted(self.each)[(len(self.each) * 99 - 1) // 100]

    @property
    def rate(self) -> float:
        return len(self.each) / self.took


def send(port: int, requests: Sequence[bytes], in_flight: int) -> Waited:
    """Each must be answered with 200: nothing else is worth measuring."""
    return asyncio.run(_send(port, requests, in_flight))


async def _send(port: int, requests: Sequence[bytes], in_flight: int) -> Waited:
    waiting, each = iter(requests), list[float]()
    ways = [await asyncio.open_connection("127.0.0.1", port) for _ in range(min(in_flight, len(requests)))]
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for reader, writer in ways:
            group.create_task(_one_after_the_other(reader, writer, waiting, each))
    took = time.perf_counter() - began
    for _, writer in ways:
        writer.close()
        await writer.wait_closed()
    return Waited(each, took)


async def _one_after_the_other(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, waiting: Iterator[bytes], each: list[float]
) -> None:
    for request in waiting:
        began = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        each.append(time.perf_counter() - began)
        status, _, headers = head.partition(b"\r\n")
        if b" 200 " not in status:
            raise RuntimeError(f"It was answered {status.decode()!r}.")
        lengths = [line for line in headers.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        await reader.readexactly(int(lengths[0].partition(b":")[2]))
