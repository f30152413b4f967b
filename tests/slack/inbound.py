"""What Slack sends to the app, signed over HTTP or through Socket Mode, and how often it tries."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlencode

import aiohttp

from tests.slack.sockets import NotAcknowledged, Sockets
from tests.slack.workspace import APP, DOMAIN, SIGNING_SECRET, TEAM, Json, Workspace

Kind = Literal["events_api", "interactive", "slash_commands"]
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


@dataclass(frozen=True)
class Ack:
    """What the app answered. `tries` is what became of each attempt: "200", "500", "http_timeout" …"""

    tries: tuple[str, ...]
    body: Any = None
    took: float = 0
    """Seconds of the last attempt, by the watch."""

    @property
    def ok(self) -> bool:
        return bool(self.tries) and self.tries[-1] == "200"


@dataclass
class Inbound:
    """Where the app listens, and how patient Slack is. Everything async runs in the fake's own loop."""

    workspace: Workspace
    sockets: Sockets
    request_url: str = ""
    socket_mode: bool = False
    ack_within: float = 3.0
    watch: Callable[[], float] = time.monotonic
    """By which it is told how long an answer took."""
    pauses: tuple[float, ...] = (0, 0, 0)
    """How long is waited before each further attempt for an event; Slack's own are none, a minute, five minutes."""
    secret: str = SIGNING_SECRET
    acks: list[tuple[Kind, Json, Ack]] = field(default_factory=list)
    """Everything that the app was told, and what it answered."""
    tried: list[str] = field(default_factory=list)
    """What became of each attempt, as it ends."""

    def signed(self, body: str, content: str = FORM, at: float | None = None) -> dict[str, str]:
        """Headers of a request of Slack's. `at` is another moment than now, in seconds."""
        moment = str(int(time.time() if at is None else at))
        signature = hmac.new(self.secret.encode(), f"v0:{moment}:{body}".encode(), hashlib.sha256).hexdigest()
        agent = "Slackbot 1.0 (+https://api.slack.com/robots)"
        told = {"X-Slack-Request-Timestamp": moment, "X-Slack-Signature": f"v0={signature}"}
        return told | {"Content-Type": content, "User-Agent": agent}

    def event(self, event: Json) -> Json:
        """An event in the envelope in which the Events API sends it."""
        now = int(self.workspace.clock())
        return {
            "token": "made-up", "team_id": TEAM, "api_app_id": APP, "event": event, "type": "event_callback",
            "event_id": self.workspace.new_id("Ev"), "event_time": now, "is_ext_shared_channel": False,
            "authorizations": [{"team_id": TEAM, "user_id": self.workspace.bot.id, "is_bot": True}],
        }  # fmt: skip

    @property
    def listens(self) -> bool:
        return self.socket_mode or bool(self.request_url)

    async def tell(self, kind: Kind, payload: Json) -> Ack:
        """Tell the app, again if it is an event that it does not take. Nothing is told where nobody listens."""
        if not self.listens:
            return Ack(())
        async with aiohttp.ClientSession() as session:
            ack = await self._attempts(session, kind, payload)
        self.acks.append((kind, payload, ack))
        return ack

    async def _attempts(self, session: aiohttp.ClientSession, kind: Kind, payload: Json) -> Ack:
        ack, wanted = await self._tried(session, kind, payload, 0, "")
        tries = list(ack.tries)
        for number, pause in enumerate(self.pauses if kind == "events_api" else (), 1):
            if ack.ok or not wanted:
                break
            await asyncio.sleep(pause)
            reason = "http_error" if tries[-1].isdigit() else tries[-1]
            ack, wanted = await self._tried(session, kind, payload, number, reason)
            tries += ack.tries
        return Ack(tuple(tries), ack.body, ack.took)

    async def _tried(
        self, session: aiohttp.ClientSession, kind: Kind, payload: Json, number: int, reason: str
    ) -> tuple[Ack, bool]:
        ack, wanted = await self._attempt(session, kind, payload, number, reason)
        self.tried += ack.tries
        return ack, wanted

    async def _attempt(
        self, session: aiohttp.ClientSession, kind: Kind, payload: Json, number: int, reason: str
    ) -> tuple[Ack, bool]:
        """What became of it, and whether the app would be told again."""
        began = self.watch()
        if self.socket_mode:
            try:
                answer = await self.sockets.tell(kind, payload, self.ack_within, number, reason)
            except NotAcknowledged as lost:
                return Ack((str(lost),), took=self.watch() - began), True
            return Ack(("200",), answer or None, self.watch() - began), False
        body, content = _body(kind, payload)
        headers = self.signed(body, content)
        if number:
            headers |= {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": reason}
        try:
            patience = aiohttp.ClientTimeout(total=self.ack_within)
            async with session.post(self.request_url, data=body.encode(), headers=headers, timeout=patience) as said:
                text = await said.text()
                again = said.headers.get("X-Slack-No-Retry") != "1"
                return Ack((str(said.status),), _read(text), self.watch() - began), again
        except TimeoutError:
            return Ack(("http_timeout",), took=self.watch() - began), True
        except aiohttp.ClientError:
            return Ack(("connection_failed",), took=self.watch() - began), True

    def command(self, user: str, room: Json, word: str, text: str, trigger: str, response_url: str) -> Json:
        return {
            "token": "made-up", "team_id": TEAM, "team_domain": DOMAIN, "channel_id": room["id"],
            "channel_name": room["name"], "user_id": user, "user_name": self._name(user), "command": word,
            "text": text, "api_app_id": APP, "is_enterprise_install": "false", "response_url": response_url,
            "trigger_id": trigger,
        }  # fmt: skip

    def interaction(self, kind: str, user: str, trigger: str, **more: Any) -> Json:
        who = {"id": user, "username": self._name(user), "name": self._name(user), "team_id": TEAM}
        return {
            "type": kind, "user": who, "api_app_id": APP, "token": "made-up", "trigger_id": trigger,
            "team": {"id": TEAM, "domain": DOMAIN}, "enterprise": None, "is_enterprise_install": False, **more,
        }  # fmt: skip

    def _name(self, user: str) -> str:
        return self.workspace.members[user].name.lower().replace(" ", ".")


def _body(kind: Kind, payload: Json) -> tuple[str, str]:
    match kind:
        case "events_api":
            return json.dumps(payload), JSON
        case "interactive":
            return urlencode({"payload": json.dumps(payload)}), FORM
        case "slash_commands":
            return urlencode(payload), FORM


def _read(text: str) -> Any:
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text
