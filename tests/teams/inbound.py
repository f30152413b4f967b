"""What Teams sends to the bot, each signed, and how often it tries; written as Microsoft documents it."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp

from tests.teams.tenants import BOT_APP, BOT_NAME, Json, Member, Post, Room, Team, Tenants
from tests.teams.tokens import ISSUER, Keys

NEEDS = {
    "adaptiveCard/action": frozenset({"statusCode", "type", "value"}),
    "composeExtension/fetchTask": frozenset({"task"}),
    "composeExtension/submitAction": frozenset({"task"}),
}
AGAIN = {"412", "429", "500", "502", "503", "504", "timeout", "connection_failed"}


@dataclass(frozen=True)
class Ack:
    """What the bot answered. `tries` is what became of each attempt: "200", "500", "timeout" …"""

    tries: tuple[str, ...]
    body: Any = None
    took: float = 0
    """Seconds of the last attempt, by the watch."""

    needs: frozenset[str] = frozenset()
    """What an answer has to hold: of an invoke Microsoft says so, and shows nothing of what is answered otherwise."""

    @property
    def ok(self) -> bool:
        """Whether it was taken; the answer to a press says so itself as well."""
        body = self.body if isinstance(self.body, dict) else {}
        taken = {"200"} if self.needs else {"200", "201", "202"}
        came = bool(self.tries) and self.tries[-1] in taken and self.needs <= body.keys()
        return came and 200 <= body.get("statusCode", 200) < 300


@dataclass
class Inbound:
    """Where the bot listens, and how patient Teams is. Everything async runs in the fake's own loop."""

    tenants: Tenants
    keys: Keys
    service_url: Callable[[], str]
    messaging_url: str = ""
    audience: str = BOT_APP
    ack_within: float = 15.0
    watch: Callable[[], float] = time.monotonic
    pauses: tuple[float, ...] = (0, 0)
    """How long is waited before each further attempt."""
    acks: list[tuple[Json, Ack]] = field(default_factory=list)
    """Everything that the bot was told, and what it answered."""
    _session: aiohttp.ClientSession | None = None

    def token(self, **claims: Any) -> str:
        """As Teams signs what it sends."""
        return self.keys.sign(**{"aud": self.audience, "iss": ISSUER, "serviceurl": self.service_url(), **claims})

    @property
    def longest(self) -> float:
        """So many seconds it takes to tell something, at most."""
        return (1 + len(self.pauses)) * self.ack_within + sum(self.pauses) + 30

    @property
    def listens(self) -> bool:
        return bool(self.messaging_url)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def tell(self, activity: Json) -> Ack:
        """Tell the bot, again if it does not take it; a press is tried once. Nothing is told where nobody listens."""
        if not self.listens:
            return Ack(())
        token = self.token()
        ack = await self.attempt(activity, token)
        tries = list(ack.tries)
        for pause in () if activity.get("name") == "adaptiveCard/action" else self.pauses:
            if tries[-1] not in AGAIN:
                break
            await asyncio.sleep(pause)
            ack = await self.attempt(activity, token)
            tries += ack.tries
        whole = Ack(tuple(tries), ack.body, ack.took, NEEDS.get(activity.get("name", ""), frozenset()))
        self.acks.append((activity, whole))
        return whole

    async def attempt(self, activity: Json | str, token: str | None) -> Ack:
        """Once, with this token; None: with none."""
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, force_close=True))
        body = activity if isinstance(activity, str) else json.dumps(activity)
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Microsoft-SkypeBotApi/3.0"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        began, patience = self.watch(), aiohttp.ClientTimeout(total=self.ack_within)
        try:
            async with self._session.post(
                self.messaging_url, data=body.encode(), headers=headers, timeout=patience
            ) as said:
                return Ack((str(said.status),), _read(await said.text()), self.watch() - began)
        except TimeoutError:
            return Ack(("timeout",), took=self.watch() - began)
        except aiohttp.ClientError:
            return Ack(("connection_failed",), took=self.watch() - began)

    # ── activities ───────────────────────────────────────────────────────────────────────────────────────

    def message(self, who: Member, room: Room, post: Post, html: str, **more: Any) -> Json:
        """Something typed; in a channel only what mentions the bot is told."""
        said: Json = {
            "type": "message", "id": post.id, "text": post.text, "textFormat": "plain",
            "attachments": [{"contentType": "text/html", "content": html}] if html else [],
        }  # fmt: skip
        return self._activity(who, room, post.root or (post.id if room.kind == "channel" else ""), **(said | more))

    def invoke(self, who: Member, room: Room, root: str, name: str, value: Json, **more: Any) -> Json:
        told = {"type": "invoke", "id": f"f:{uuid.uuid4()}", "name": name, "value": value}
        return self._activity(who, room, root, **(told | more))

    def update(self, who: Member, room: Room, kind: str, *, data: Json | None = None, **more: Any) -> Json:
        """conversationUpdate or installationUpdate."""
        told = self._activity(who, room, "", type=kind, id=f"f:{uuid.uuid4()}", **more)
        told["channelData"] |= data or {}
        return told

    def _activity(self, who: Member, room: Room, root: str, **more: Any) -> Json:
        now = datetime.fromtimestamp(self.tenants.clock(), UTC)
        at = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        mentions = more.pop("entities", [])
        return {
            "timestamp": at, "localTimestamp": at, "channelId": "msteams", "serviceUrl": self.service_url(),
            "from": {"id": who.account, "name": who.name, "aadObjectId": who.id},
            "conversation": conversation(room, root), "recipient": {"id": self.tenants.bot, "name": BOT_NAME},
            "entities": [*mentions, {"locale": "en-GB", "country": "GB", "platform": "Windows",
                                     "timezone": "Europe/London", "type": "clientInfo"}],
            "channelData": self._data(room), "locale": "en-GB", "localTimezone": "Europe/London", **more,
        }  # fmt: skip

    def _data(self, room: Room) -> Json:
        data: Json = {"tenant": {"id": room.tenant}}
        if room.kind == "personal" and self.tenants.version:
            data["app"] = {"id": BOT_APP, "version": self.tenants.version}
        if room.kind == "channel":
            team = self.tenants.teams[room.team]
            data |= {
                "teamsChannelId": room.id,
                "teamsTeamId": team.id,
                "channel": {"id": room.id},
                "team": team_data(team),
            }
        return data


def conversation(room: Room, root: str = "") -> Json:
    shown: Json = {"conversationType": room.kind, "tenantId": room.tenant, "id": room.id}
    if room.kind == "channel":
        shown |= {"isGroup": True, "id": f"{room.id};messageid={root}" if root else room.id}
    return shown


def team_data(team: Team) -> Json:
    return {"id": team.id, "aadGroupId": team.group, "name": team.name}


def _read(text: str) -> Any:
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text
