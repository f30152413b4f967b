"""Socket Mode: the bot connects to Slack, and is told through that connection what Slack would else call it with.

Slack's own client looks after the connection: it makes another when Slack asks for it, and when it is silent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from ssl import create_default_context
from time import monotonic

import structlog
from slack_bolt.adapter.socket_mode.async_base_handler import AsyncBaseSocketModeHandler
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


Proxy = Callable[[str], str]
"""The proxy through which an address is reached; "" where it is reached directly."""


class _Client(SocketModeClient):
    """Each connection is made to an address that Slack names just before, and through the proxy for that one."""

    through: Proxy

    async def issue_new_wss_url(self) -> str:
        address: str = await super().issue_new_wss_url()
        self.proxy = self.through(address) or None
        return address


class _Handler(AsyncBaseSocketModeHandler):
    """What Slack tells goes to the app, and its answer back."""

    app: AsyncApp

    def __init__(self, app: AsyncApp, app_token: str, web: AsyncWebClient, acknowledged: Acknowledged) -> None:
        self.app, self.app_token, self.acknowledged = app, app_token, acknowledged
        self.client: _Client = _Client(app_token, silent(), web, ping_interval=LOOKS_EVERY)
        self.client.socket_mode_request_listeners.append(self.handle)  # type: ignore[arg-type]

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

    def __init__(
        self, app: AsyncApp, app_token: str, base_url: str, acknowledged: Acknowledged, through: Proxy = lambda _: ""
    ) -> None:
        self._app, self._token, self._base_url, self._acknowledged = app, app_token, base_url, acknowledged
        self._through = through
        self._client: SocketModeClient | None = None
        self._connecting: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Connect, and stay connected; where Slack is away, as soon as it is back."""
        web = AsyncWebClient(base_url=self._base_url, logger=silent(), ssl=create_default_context())
        # It takes the proxy of the environment for every address.
        web.proxy = self._through(self._base_url) or None
        self._client = _Handler(self._app, self._token, web, self._acknowledged).client
        self._client.through = self._through
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
