"""Socket Mode: the bot connects to Slack, and is told through that connection what Slack would else call it with.

Slack's own client looks after the connection: it makes another when Slack asks for it, and when it is silent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from ssl import create_default_context
from time import monotonic
from typing import Any

import structlog
from aiohttp import ClientWebSocketResponse
from slack_bolt.adapter.socket_mode.async_base_handler import AsyncBaseSocketModeHandler
from slack_bolt.adapter.socket_mode.async_internals import send_async_response
from slack_bolt.adapter.socket_mode.internals import build_headers
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.slack.app import Acknowledged, answered, silent
from bot.chat.slack.calling import CODE
from bot.chat.slack.reading import kind_of

log = structlog.get_logger()

LOOKS_EVERY = 3.0
"""Seconds between two signs of life; a connection that gave none for four times as long is replaced. Nor is another
asked for more often."""
ANSWERS_WITHIN = 3.0
"""Seconds after which an answer is of no use to Slack."""


Proxy = Callable[[str], str]
"""The proxy through which an address is reached; "" where it is reached directly."""


class _Session:
    """Connects. An address is good once: where nobody answers there, Slack is asked for another."""

    def __init__(self, client: SocketModeClient) -> None:
        self._client, self._session = client, client.aiohttp_client_session
        self.close = self._session.close

    @property
    def closed(self) -> bool:
        return self._session.closed

    async def ws_connect(self, *args: Any, **more: Any) -> ClientWebSocketResponse:
        try:
            connection: ClientWebSocketResponse = await self._session.ws_connect(*args, **more)
        except Exception:
            self._client.wss_uri = None
            raise
        return connection


class _Client(SocketModeClient):
    """Each connection is made to an address that Slack names just before, and through the proxy for that one."""

    _not_before = 0.0
    """Slack may send every connection away again at once, as where there are too many."""
    _refusal = ""

    def __init__(self, app_token: str, web: AsyncWebClient, through: Proxy) -> None:
        super().__init__(app_token, silent(), web, ping_interval=LOOKS_EVERY)
        self._through = through
        self._reconnecting = asyncio.Lock()
        self.aiohttp_client_session = _Session(self)  # type: ignore[assignment]

    async def connect_to_new_endpoint(self, force: bool = False) -> None:
        """That Slack says so, and that it closes the connection, are two reasons to make one other, and not two."""
        before = self.current_session
        async with self._reconnecting:
            if self.current_session is before or not await self.is_connected():
                await super().connect_to_new_endpoint(force)

    async def issue_new_wss_url(self) -> str:
        await asyncio.sleep(self._not_before - monotonic())
        self._not_before = monotonic() + LOOKS_EVERY
        try:
            address: str = await super().issue_new_wss_url()
        except Exception as error:
            self._note(error)
            raise
        self._refusal = ""
        self.proxy = self._through(address) or None
        return address

    def _note(self, error: Exception) -> None:
        """Said once: it is tried again as long as it takes."""
        said = str(error.response.get("error", "")) if isinstance(error, SlackApiError) else ""
        refusal = said if CODE.fullmatch(said) else type(error).__name__
        if refusal != self._refusal:
            log.error("no connection to Slack", error=refusal)
        self._refusal = refusal


class _Handler(AsyncBaseSocketModeHandler):
    """What Slack tells goes to the app, and its answer back."""

    app: AsyncApp

    def __init__(self, app: AsyncApp, client: _Client, acknowledged: Acknowledged) -> None:
        self.app, self.client, self.acknowledged = app, client, acknowledged
        self.in_hand = 0
        self.client.socket_mode_request_listeners.append(self.handle)  # type: ignore[arg-type]

    async def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]
        self.in_hand += 1
        try:
            await self._answer(client, req)
        finally:
            self.in_hand -= 1

    async def _answer(self, client: SocketModeClient, req: SocketModeRequest) -> None:
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
        self._handler: _Handler | None = None
        self._client: _Client | None = None
        self._connecting: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Connect, and stay connected; where Slack is away, as soon as it is back."""
        web = AsyncWebClient(base_url=self._base_url, logger=silent(), ssl=create_default_context())
        # It takes the proxy of the environment for every address.
        web.proxy = self._through(self._base_url) or None
        self._client = client = _Client(self._token, web, self._through)
        self._handler = _Handler(self._app, client, self._acknowledged)
        self._connecting = asyncio.create_task(client.connect())  # type: ignore[no-untyped-call]

    async def stop(self) -> None:
        """What has been told is answered before the connection is closed."""
        if self._connecting is not None:
            self._connecting.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(ANSWERS_WITHIN):
                while self._handler is not None and self._handler.in_hand:  # noqa: ASYNC110 - it is seldom waited for
                    await asyncio.sleep(0.01)
        if self._client is not None:
            await self._client.close()  # type: ignore[no-untyped-call]

    def is_connected(self) -> bool:
        """Whether the connection stands."""
        client = self._client
        session = client.current_session if client is not None else None
        return client is not None and session is not None and not session.closed and not client.stale
