"""Socket Mode: the bot connects to Slack, and is told through that connection what Slack would else call it with.

Slack's own client looks after the connection: it makes another when Slack asks for it, and when it is silent.
"""

from __future__ import annotations

import asyncio
from time import monotonic

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.socket_mode.async_internals import send_async_response
from slack_bolt.adapter.socket_mode.internals import build_headers
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.slack.app import Acknowledged, answered, silent
from bot.chat.slack.reading import kind_of

log = structlog.get_logger()

LOOKS_EVERY = 3.0
"""Seconds between two signs of life; a connection that gave none for four times as long is replaced."""


class _Handler(AsyncSocketModeHandler):
    """What Slack tells goes to the app, and its answer back."""

    acknowledged: Acknowledged

    async def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]
        began = monotonic()
        try:
            request = AsyncBoltRequest(mode="socket_mode", body=req.payload, headers=build_headers(req))
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            log.warning("Slack told something that cannot be read", error=type(error).__name__)
            return
        answer = await answered(self.app, request)
        await send_async_response(client, req, answer, began)
        self.acknowledged(kind_of(request.body), monotonic() - began)


class Socket:
    """One connection. Everything is called in the web server's loop, but `is_connected`."""

    def __init__(self, app: AsyncApp, app_token: str, base_url: str, acknowledged: Acknowledged) -> None:
        self._app, self._token, self._base_url, self._acknowledged = app, app_token, base_url, acknowledged
        self._client: SocketModeClient | None = None
        self._connecting: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Connect, and stay connected; where Slack is away, as soon as it is back."""
        web = AsyncWebClient(base_url=self._base_url, logger=silent())
        handler = _Handler(self._app, self._token, silent(), web, ping_interval=LOOKS_EVERY)
        handler.acknowledged = self._acknowledged
        self._client = handler.client
        # They take the proxy of the environment for every host; without, aiohttp and its settings decide.
        web.proxy = self._client.proxy = None
        self._connecting = asyncio.create_task(self._client.connect())  # type: ignore[no-untyped-call]

    async def stop(self) -> None:
        if self._connecting is not None:
            self._connecting.cancel()
        if self._client is not None:
            await self._client.close()  # type: ignore[no-untyped-call]

    def is_connected(self) -> bool:
        """Whether the connection stands."""
        client = self._client
        session = client.current_session if client is not None else None
        return client is not None and session is not None and not session.closed and not client.stale
