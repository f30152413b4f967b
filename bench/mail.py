"""What a letter costs through Microsoft 365, beside bare calls of httpx that carry the same."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from statistics import median

import httpx

from bench.beside import beside
from bot.entra import Tokens
from bot.mail.graph import Graph, GraphDrafts, GraphSender
from bot.mail.graph.writing import draft, message
from bot.mail.letters import Envelope, addressed
from bot.ports import Attachment, Letter
from bot.words import load

ENVELOPE = Envelope("bot@example.org")
LETTER = Letter(
    "E-4KX-7PW/letter/",
    ("office@example.org",),
    "Report: E-4KX-7PW",
    "The facts stand in the attached document only.",
    (Attachment("report-E-4KX-7PW.docx", "application/octet-stream", os.urandom(40_000)),),
    domains=("example.org",),
)


@dataclass(frozen=True)
class Way:
    """`takes` and `cpu`: seconds for each letter, the medians."""

    name: str
    calls: int
    takes: float
    cpu: float


class Given(Tokens):
    """A token that is there already: to get one costs nothing for an hour."""

    def __init__(self) -> None:
        """Nothing."""

    def token(self) -> str:
        return "token"


def measured(times: int) -> Iterator[Way]:
    """Each way of sending, and the same calls with the same contents made by httpx alone."""
    ready = addressed(LETTER, ENVELOPE, load())
    with _graph() as url, httpx.Client(base_url=f"{url}/v1.0/users/bot@example.org", timeout=9) as client:
        graph = Graph(url, "bot@example.org", Given(), client, load())
        only, whole = {"message": message(ready, files=True)}, draft(ready)

        def bare_drafts(_: Letter) -> None:
            for method, path, body in (
                ("GET", "/messages?", None),
                ("POST", "/messages", whole),
                ("GET", "/messages?", None),
                ("GET", "/messages/1/attachments", None),
                ("POST", "/messages/1/send", None),
            ):
                client.request(method, path, json=body)

        yield _way("httpx: one call", 1, lambda _: client.post("/sendMail", json=only), times)
        yield _way("send only", 1, GraphSender(graph, ENVELOPE, load()).send, times)
        yield _way("httpx: five calls", 5, bare_drafts, times)
        yield _way("drafts", 5, GraphDrafts(graph, ENVELOPE, load()).send, times)


def _way(name: str, calls: int, send: Callable[[Letter], object], times: int) -> Way:
    send(LETTER)
    took, cpu = [], []
    for number in range(times):
        letter = replace(LETTER, key=f"{LETTER.key}{number}")
        began, worked = time.perf_counter(), time.process_time()
        send(letter)
        took.append(time.perf_counter() - began)
        cpu.append(time.process_time() - worked)
    return Way(name, calls, median(took), median(cpu))


# ── a Microsoft Graph that is never at fault, in a process of its own ────────────────────────────────────────


def _graph() -> AbstractContextManager[str]:
    drafts: list[dict[str, object]] = []

    def answer(line: bytes) -> object:
        if line.startswith(b"POST") and line.endswith(b"/messages"):
            drafts.append({"id": "1", "isDraft": True, "subject": LETTER.subject, "toRecipients": [_to(LETTER.to[0])]})
        elif line.endswith(b"/send"):
            drafts.clear()
        elif line.endswith(b"/attachments") or b"/attachments?" in line:
            return {"value": [{"name": LETTER.attachments[0].name, "size": 99_999}]}
        return {"value": drafts}

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.split(b"\r\n")
                lengths = [line for line in lines if line.lower().startswith(b"content-length:")]
                await reader.readexactly(int(lengths[0].partition(b":")[2]) if lengths else 0)
                body = json.dumps(answer(lines[0].rpartition(b" ")[0])).encode()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    return beside(connected)


def _to(address: str) -> dict[str, object]:
    return {"emailAddress": {"address": address}}
