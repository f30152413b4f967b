"""The fake's HTTP server: the connector, the keys and the login, in a loop of its own in a thread of its own."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import jwt
from aiohttp import web

from tests.looping import Looping
from tests.teams.connector import Connector
from tests.teams.faults import Fault, Faults
from tests.teams.inbound import Inbound
from tests.teams.login import Login
from tests.teams.tenants import Json, TeamsError, Tenants
from tests.teams.tokens import ISSUER, METADATA, Keys

REGION, ANYWHERE = "emea", "teams"
"""Where the tenant is at first, and where calls for any region are taken."""


@dataclass(frozen=True)
class Called:
    """A call that was made, whatever became of it."""

    operation: str
    place: str
    body: Json


class Server(Looping):
    """`latency` is how long every call takes. `calls` are all that were made, in order. `secure` is how the login is
    served over TLS, as msal asks no other; without it the login is there in the clear."""

    def __init__(self, clock: Callable[[], float], secure: ssl.SSLContext | None = None) -> None:
        super().__init__("fake Teams")
        self.tenants = Tenants(clock)
        self.keys, self.login_keys = Keys(), Keys("login")
        self.login = Login(self.login_keys)
        self.faults = Faults()
        self.connector = Connector(self.tenants)
        self.calls: list[Called] = []
        self.latency = 0.0
        self.region = REGION
        """Where the tenant is; calls to where it was are refused."""
        self._secure = secure
        self._ports: list[int] = []
        self._busy = 0

    # ── coming and going ─────────────────────────────────────────────────────────────────────────────────

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._ports[0]}"

    @property
    def service_url(self) -> str:
        """Where the bot answers, as every activity says."""
        return f"{self.base_url}/{self.region}/"

    @property
    def service_urls(self) -> tuple[str, ...]:
        """What the addresses begin with at which it takes what bots say; first where nothing was told."""
        return f"{self.base_url}/{ANYWHERE}/", f"{self.base_url}/"

    @property
    def metadata_url(self) -> str:
        return f"{self.base_url}{METADATA}"

    @property
    def authority(self) -> str:
        """Where the bot logs in."""
        return f"https://127.0.0.1:{self._ports[1]}" if self._secure else self.base_url

    async def _listen(self) -> None:
        self.inbound = Inbound(self.tenants, self.keys, lambda: self.service_url)
        app = web.Application(client_max_size=2**24)
        app.router.add_get(METADATA, self._metadata)
        app.router.add_get("/v1/.well-known/keys", self._jwks)
        app.router.add_get("/{tenant}/v2.0/.well-known/openid-configuration", self._discovered)
        app.router.add_post("/{tenant}/oauth2/v2.0/token", self._logged_in)
        for method, path, operation in self.connector.routes():
            app.router.add_route(method, "/{region}/v3" + path, self._answering(operation))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        for secure in (None, self._secure) if self._secure else (None,):
            await web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=secure).start()
        self._ports = [address[1] for address in self._runner.addresses]

    async def _close(self) -> None:
        await self.inbound.close()
        await self._runner.cleanup()

    async def _settled(self) -> None:
        while self._busy:  # noqa: ASYNC110 - what is waited for is in many hands
            await asyncio.sleep(0.005)

    # ── keys and login ───────────────────────────────────────────────────────────────────────────────────

    async def _metadata(self, request: web.Request) -> web.StreamResponse:
        return await self._met("keys", "", {}, request, lambda: (200, self.keys.metadata(self.base_url)))

    async def _jwks(self, request: web.Request) -> web.StreamResponse:
        return await self._met("keys", "", {}, request, lambda: (200, self.keys.jwks()))

    async def _discovered(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(self.login.discovery(f"https://{request.host}", request.match_info["tenant"]))

    async def _logged_in(self, request: web.Request) -> web.StreamResponse:
        given = {name: str(value) for name, value in (await request.post()).items()}
        tenant = request.match_info["tenant"]
        return await self._met("login", tenant, {}, request, lambda: self.login.answer(tenant, given))

    # ── the connector ────────────────────────────────────────────────────────────────────────────────────

    def _answering(self, operation: str) -> Callable[[web.Request], Coroutine[Any, Any, web.StreamResponse]]:
        async def answered(request: web.Request) -> web.StreamResponse:
            body: Json = json.loads(await request.text() or "{}")
            where = {**request.query, **request.match_info}
            place = self.connector.place(operation, where, body)

            def work() -> tuple[int, Json]:
                try:
                    self._admit(request)
                    with self.tenants.lock:
                        return self.connector.answer(operation, where, body)
                except TeamsError as error:
                    return error.status, error.answer

            return await self._met(operation, place, body, request, work)

        return answered

    def _admit(self, request: web.Request) -> None:
        """Who calls, and where. Raises TeamsError."""
        if request.match_info["region"] not in {self.region, ANYWHERE}:
            raise TeamsError(403, "InvalidBotApiHost", "The bot api host is invalid.")
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        try:
            claims = self.login_keys.claims(token, ISSUER)
        except jwt.PyJWTError:
            raise TeamsError(401, "Unauthorized", "Authorization has been denied for this request.") from None
        if scheme != "Bearer" or claims.get("appid") != self.login.application:
            raise TeamsError(401, "BotNotRegistered", "No registration found for this bot.")

    async def _met(
        self, operation: str, place: str, body: Json, request: web.Request, work: Callable[[], tuple[int, Json]]
    ) -> web.StreamResponse:
        """What comes of a call, with whatever goes wrong with it."""
        self._busy += 1
        try:
            self.calls.append(Called(operation, place, body))
            if self.latency:
                await asyncio.sleep(self.latency)
            fault = self.faults.meets(operation, {place})
            return _answer(*work()) if fault is None else await _troubled(fault, request, work)
        finally:
            self._busy -= 1


def _answer(status: int, body: Json) -> web.Response:
    return web.json_response(body, status=status)


async def _troubled(fault: Fault, request: web.Request, work: Callable[[], tuple[int, Json]]) -> web.StreamResponse:
    done = _answer(*work()) if fault.done else None
    match fault.what:
        case "limited":
            headers = {} if fault.seconds is None else {"Retry-After": str(int(fault.seconds))}
            return web.json_response(
                {"error": {"code": "Throttled", "message": "Too many requests."}}, status=429, headers=headers
            )
        case "broken":
            return web.Response(status=fault.status, text="<html>Service Error</html>", content_type="text/html")
        case "refused":
            return _answer(fault.status, TeamsError(fault.status, fault.code).answer)
        case "slow":
            await asyncio.sleep(fault.seconds or 0)
            return done or _answer(*work())
        case "dropped":
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
