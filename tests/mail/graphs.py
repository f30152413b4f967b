"""A letter, and the two ways of sending it through a Microsoft 365 of our own."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest
import structlog

from bot.entra import Application, Proof, Secret, Tokens
from bot.errors import DeliveryError, Shut, TryLater, Unclear
from bot.mail.graph import Graph, GraphDrafts, GraphSender
from bot.mail.letters import Envelope
from bot.ports import Attachment, Letter, Mailer
from bot.store import Keyring
from bot.words import load
from tests.mail.exchange import Exchange

TYPED = "kit.marker"
REPORT = Attachment("report-to-hscp-E-4KX-7PW.docx", "application/vnd.example", bytes(range(256)) * 9)
LETTER = Letter(
    "E-4KX-7PW/letter/1",
    (f"{TYPED}@example.org", "lead@example.org"),
    "Report to HSCP: E-4KX-7PW",
    "Please find the report attached.",
    (REPORT,),
    domains=("example.org", "nowhere.example.org"),
)
RING = Keyring({"k-1": bytes(32), "k-2": bytes(range(32))}, "k-2")
ENVELOPE = Envelope("bot@example.org", "[secure]", ("X-Encrypt", "yes"), lambda key: RING.marks(key.encode()))

Way = Callable[[Graph], Mailer]


def drafts(graph: Graph) -> Mailer:
    return GraphDrafts(graph, ENVELOPE, load())


def sender(graph: Graph) -> Mailer:
    return GraphSender(graph, ENVELOPE, load())


def http(trusted: ssl.SSLContext, *, transport: httpx.BaseTransport | None = None) -> httpx.Client:
    return httpx.Client(verify=trusted, transport=transport, trust_env=False)


def graph(
    exchange: Exchange, client: httpx.Client, proof: Proof | None = None, mailbox: str = "bot@example.org"
) -> Graph:
    application = Application("tenant-1", "app-1", proof or Secret("hush"), exchange.base_url)
    tokens = Tokens(application, exchange.base_url, client, load())
    return Graph(exchange.base_url, mailbox, tokens, client, load())


def fails(mailer: Mailer, letter: Letter = LETTER) -> DeliveryError:
    """What sending it raises, which says nothing that was typed, also not in a log."""
    with structlog.testing.capture_logs() as logs, pytest.raises(DeliveryError) as raised:
        mailer.send(letter)
    assert not any(word in f"{raised.value} {logs}" for word in (TYPED, "Kit Marker", "4KX", "hush"))
    assert str(raised.value).endswith(".")
    return raised.value


def is_put_off(error: DeliveryError) -> bool:
    """Nothing has left, nobody has to mend anything, and it is tried again."""
    return isinstance(error, TryLater) and not isinstance(error, Unclear | Shut)


def small(number: int) -> Letter:
    return replace(LETTER, key=f"E-4KX-7PW/letter/{number}")


def impatient(graph: Graph, seconds: float = 0.3) -> Graph:
    return replace(graph, errand_seconds=seconds)
