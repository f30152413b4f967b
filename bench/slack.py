"""Slack, as far as a bot needs it to start and to say something; and what Slack tells a bot, signed.

What it is asked, and how often, is counted.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx

from bench.beside import Converse, beside

TEAM, BOT, CHANNEL = "T00000001", "U00000001", "C00000001"
SECRET = "a secret of nobody's"  # noqa: S105 - it opens nothing
TOKEN = "xoxb-of-nobody"  # noqa: S105
FORM = "application/x-www-form-urlencoded"
PATH = "/slack/events"
API = "API_URL"
"""What the address of the Web API is called in the environment of the bare apps."""


def user(number: int) -> str:
    return f"U{number + 1000:08}"


def person(number: int) -> str:
    """The id under which the bot knows them."""
    return f"slack:{TEAM}:{user(number)}"


# ── what Slack tells ─────────────────────────────────────────────────────────────────────────────────────────


def command(number: int) -> bytes:
    """Somebody types /escalate."""
    return _told({
        "token": "made-up", "team_id": TEAM, "team_domain": "example", "channel_id": "D00000001",
        "channel_name": "directmessage", "user_id": user(number), "user_name": "somebody", "command": "/escalate",
        "text": "", "api_app_id": "A00000001", "is_enterprise_install": "false", "trigger_id": f"1.command.{number}",
        "response_url": "https://hooks.example.org/commands/1",
    })  # fmt: skip


def press(number: int, shown_in: str) -> bytes:
    """Somebody answers the first question: no child is in immediate danger."""
    who = {"id": user(number), "username": "somebody", "name": "somebody", "team_id": TEAM}
    place = {"type": "message", "message_ts": f"{1000 + number}.000100", "channel_id": "D00000001"}
    block = f"1:{shown_in}"
    button = {
        "action_id": "answer:no", "block_id": block, "text": {"type": "plain_text", "text": "No"}, "value": "no",
        "type": "button", "action_ts": f"{2000 + number}.000200",
    }  # fmt: skip
    payload: dict[str, Any] = {
        "type": "block_actions", "user": who, "api_app_id": "A00000001", "token": "made-up", "container": place,
        "trigger_id": f"1.press.{number}", "team": {"id": TEAM, "domain": "example"}, "enterprise": None,
        "is_enterprise_install": False, "channel": {"id": "D00000001", "name": "directmessage"},
        "state": {"values": {}}, "response_url": "https://hooks.example.org/actions/1", "actions": [button],
    }  # fmt: skip
    return _told({"payload": json.dumps(payload)})


def _told(form: dict[str, str]) -> bytes:
    """A whole request of HTTP, signed at this moment."""
    body, moment = urlencode(form), str(int(time.time()))
    signature = hmac.new(SECRET.encode(), f"v0:{moment}:{body}".encode(), hashlib.sha256).hexdigest()
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: bench\r\nContent-Type: {FORM}\r\nContent-Length: {len(body)}\r\n"
        f"X-Slack-Request-Timestamp: {moment}\r\nX-Slack-Signature: v0={signature}\r\n\r\n"
    )
    return f"{head}{body}".encode()


# ── what Slack is asked ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class WebApi:
    """In a process of its own."""

    url: str

    def calls(self) -> int:
        """How often it has been called so far."""
        return int(httpx.post(f"{self.url}calls").json()["calls"])


@contextmanager
def web_api() -> Iterator[WebApi]:
    with beside(_counting()) as address:
        yield WebApi(f"{address}/api/")


def _counting() -> Converse:
    calls = 0

    def answer(method: str) -> dict[str, Any]:
        nonlocal calls
        if method == "calls":
            return {"calls": calls}
        calls += 1
        return {"ok": True} | _answers(method, calls)

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await _read_body(reader, head)
                body = json.dumps(answer(head.split(b" ", 2)[1].decode().rpartition("/")[2])).encode()
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                    b"x-oauth-scopes: chat:write\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    return converse


async def _read_body(reader: asyncio.StreamReader, head: bytes) -> None:
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    for line in lengths:
        await reader.readexactly(int(line.partition(b":")[2]))


def _answers(method: str, number: int) -> dict[str, Any]:
    match method:
        case "auth.test":
            url = "https://example.slack.com/"
            return {
                "team_id": TEAM,
                "user_id": BOT,
                "bot_id": "B00000001",
                "url": url,
                "team": "example",
                "user": "bot",
            }
        case "conversations.open":
            return {"channel": {"id": "D00000001"}}
        case _:
            return {"channel": "D00000001", "ts": f"{number}.000100", "message": {}}
