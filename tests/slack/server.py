"""The fake's HTTP server: the Web API, response_urls and the websocket, in a loop of its own in a thread of its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.looping import Looping
from tests.slack.checks import check_blocks, check_text
from tests.slack.faults import Fault, Faults
from tests.slack.inbound import Inbound
from tests.slack.methods import Methods
from tests.slack.sockets import Sockets
from tests.slack.views import Views
from tests.slack.workspace import SCOPES, Json, Post, SlackError, Workspace

NESTED = ("blocks", "view", "metadata")
USES, MINUTES = 5, 30


@dataclass(frozen=True)
class Called:
    """A call that was made, whatever became of it."""

    method: str
    args: Json


@dataclass
class ResponseUrl:
    room: str
    user: str
    until: float
    about: str = ""
    """ts of the message that was pressed; "" for commands."""
    uses: int = 0


class Server(Looping):
    """`latency` is how long every call takes. `calls` are all that were made, in order."""

    def __init__(self, clock: Callable[[], float], scopes: frozenset[str] = SCOPES) -> None:
        super().__init__("fake Slack")
        self.workspace = Workspace(clock, scopes)
        self.views = Views(self.workspace)
        self.faults = Faults()
        self.calls: list[Called] = []
        self.latency = 0.0
        self._port = 0
        self._busy = 0
        self._tasks: set[asyncio.Task[Any]] = set()
        self._response_urls: dict[str, ResponseUrl] = {}

    # ── coming and going ─────────────────────────────────────────────────────────────────────────────────

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}/api/"

    async def _listen(self) -> None:
        self.sockets = Sockets(self.workspace, lambda: f"ws://127.0.0.1:{self._port}/link/")
        self.inbound = Inbound(self.workspace, self.sockets)
        self.methods = Methods(self.workspace, self.views, self.sockets.new_ticket)
        app = web.Application(client_max_size=2**24)
        app.router.add_post("/api/{method}", self._api)
        app.router.add_post("/response/{name}", self._response)
        app.router.add_get("/link/", self.sockets.connect)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def _close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for connection in list(self.sockets.open):
            await connection.socket.close()
        await self._runner.cleanup()

    async def _settled(self) -> None:
        while self._busy or self._tasks:  # noqa: ASYNC110 - two kinds of things are waited for
            await asyncio.sleep(0.005)

    # ── the Web API ──────────────────────────────────────────────────────────────────────────────────────

    async def _api(self, request: web.Request) -> web.StreamResponse:
        self._busy += 1
        try:
            args, token = await _given(request)
            method = request.match_info["method"]
            self.calls.append(Called(method, args))
            if self.latency:
                await asyncio.sleep(self.latency)
            fault = self.faults.meets(method, args)
            if fault is None:
                return self._answered(method, token, args)
            return await self._troubled(fault, request, method, token, args)
        finally:
            self._busy -= 1

    def _answered(self, method: str, token: str, args: Json) -> web.Response:
        with self.workspace.lock:
            answer = self.methods.answer(method, token, args)
            scopes = self.workspace.tokens[token].scopes if token in self.workspace.tokens else set()
        self.tell_events()
        return web.json_response(answer, headers={"X-OAuth-Scopes": ",".join(sorted(scopes))})

    async def _troubled(
        self, fault: Fault, request: web.Request, method: str, token: str, args: Json
    ) -> web.StreamResponse:
        done = self._answered(method, token, args) if fault.done else None
        match fault.what:
            case "limited":
                headers = {"Retry-After": str(int(fault.seconds))}
                return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
            case "broken":
                return web.Response(status=fault.status, text="<html>Server Error</html>", content_type="text/html")
            case "refused":
                return web.json_response({"ok": False, "error": fault.error})
            case "slow":
                await asyncio.sleep(fault.seconds)
                return done or self._answered(method, token, args)
            case "dropped":
                if request.transport is not None:
                    request.transport.abort()
                return web.Response()

    # ── what the app is told by the way ──────────────────────────────────────────────────────────────────

    def tell_events(self) -> None:
        """Events that calls caused; in the loop."""
        with self.workspace.lock:
            events, self.workspace.events = self.workspace.events, []
        for event in events:
            task = self.loop.create_task(self.inbound.tell("events_api", self.inbound.event(event)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    # ── response_url ─────────────────────────────────────────────────────────────────────────────────────

    def new_response_url(self, room: str, user: str, about: str = "") -> str:
        name = f"{self.workspace.number('response')}"
        self._response_urls[name] = ResponseUrl(room, user, self.workspace.clock() + MINUTES * 60, about)
        return f"http://127.0.0.1:{self._port}/response/{name}"

    async def _response(self, request: web.Request) -> web.StreamResponse:
        args = await request.json()
        with self.workspace.lock:
            place = self._response_urls.get(request.match_info["name"])
            if place is None or place.uses >= USES or self.workspace.clock() > place.until:
                return web.json_response({"ok": False, "error": "used_url"}, status=404)
            place.uses += 1
            try:
                self.respond(place.room, place.user, args, place.about)
            except SlackError as error:
                return web.json_response(error.answer, status=400)
        self.tell_events()
        return web.json_response({"ok": True})

    def respond(self, room: str, user: str, args: Json, about: str = "") -> None:
        """What an app answers to a command or to a press: to that person alone, unless it says otherwise."""
        post = self.workspace.posts.get((room, about))
        if args.get("delete_original") and post is not None:
            self.workspace.remove(post)
            return
        text, blocks = str(args.get("text") or ""), args.get("blocks") or []
        check_text(text, blocks)
        check_blocks(blocks, set(self.workspace.members))
        if args.get("replace_original") and post is not None:
            post.text, post.blocks, post.edited = text, blocks, True
            return
        named = [{"block_id": f"b{self.workspace.number('block')}", **block} for block in blocks]
        said = Post(self.workspace.new_ts(), room, self.workspace.bot.id, text, named, bot=True)
        if args.get("response_type") == "in_channel":
            self.workspace.add_post(said)
        else:
            said.only_for = user
            self.workspace.whispers.append(said)


async def _given(request: web.Request) -> tuple[Json, str]:
    """The arguments of a call, and its token."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if request.content_type == "application/json":
        args: Json = json.loads(await request.text() or "{}")
    else:
        args = {name: str(value) for name, value in {**request.query, **await request.post()}.items()}
    for name in NESTED:
        if isinstance(args.get(name), str):
            args[name] = json.loads(args[name])
    return args, token if scheme == "Bearer" else str(args.pop("token", ""))
