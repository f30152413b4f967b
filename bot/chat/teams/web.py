"""Where Teams calls over HTTP: one address for everything. Nothing is read before it is known to come from Teams.

It is the adapter through which Microsoft's library is mounted here: the library listens nowhere itself.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from time import monotonic
from typing import Any

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.chat.bodies import Body, Unreadable, optional
from bot.chat.teams.app import Listeners, Turn, status_of
from bot.chat.teams.library import PATH, outline
from bot.chat.teams.reading import check, request_of
from bot.chat.teams.verifying import Unproved, Verifier
from bot.errors import Unavailable
from bot.metrics import Request as Kind

log = structlog.get_logger()

LONGEST_BODY = 1_000_000
"""Longer than anything that Teams sends: a message has a tenth of it at most."""

Acknowledged = Callable[[Kind, float], None]
"""Is told what kind of thing Teams told, and how many seconds it waited for the answer."""
Handler = Callable[[Any], Awaitable[Any]]


@dataclass(frozen=True)
class _InHand:
    """A request whose token is good, while the library has it."""

    token: str
    turn: Turn


_in_hand: ContextVar[_InHand] = ContextVar("in_hand")


class Door:
    """Fulfils `HttpServerAdapter`. What it lets in is heard by the listeners."""

    def __init__(self, verifier: Verifier, listeners: Listeners, acknowledged: Acknowledged) -> None:
        self._verifier, self._listeners, self._acknowledged = verifier, listeners, acknowledged
        self._handler: Handler | None = None

    @property
    def route(self) -> Route:
        return Route(PATH, self.take, methods=["POST"])

    # ── the library's side ───────────────────────────────────────────────────────────────────────────────

    def register_route(self, method: str, path: str, handler: Handler) -> None:
        if (method, path) != ("POST", PATH):
            raise AssertionError(f"Nothing is served at {path}.")
        self._handler = handler

    def serve_static(self, path: str, directory: str) -> None:
        """Nothing is."""

    async def start(self, port: int) -> None:
        raise AssertionError("The web server is the bot's own.")

    async def stop(self) -> None:
        """It is not the library's to stop."""

    def verified(self, token: str) -> None:
        """Raises Unproved for any token but that of the request in hand."""
        if token != _in_hand.get().token:
            raise Unproved("Its token was not verified.")

    async def taken(self) -> Any:
        """What the library calls for a request that it has understood."""
        turn = _in_hand.get().turn
        turn.reached = True
        try:
            turn.answer = await self._listeners.hear(turn)
        except Exception as error:
            turn.error = error
            raise
        return None

    # ── Teams' side ──────────────────────────────────────────────────────────────────────────────────────

    async def take(self, request: Request) -> Response:
        began = monotonic()
        try:
            address, token = await self._admitted(request)
            turn = Turn(await self._read(request, address))
        except (Unproved, Unreadable, Unavailable, _TooLong) as refused:
            return _refused(refused)
        answer = await self._answered(turn, token)
        self._acknowledged(request_of(turn.kind), monotonic() - began)
        return answer

    async def _admitted(self, request: Request) -> tuple[str, str]:
        authorization = request.headers.get("authorization", "")
        return await self._verifier.verified(authorization), authorization.partition(" ")[2]

    async def _read(self, request: Request, address: str) -> Body:
        body = await _body(request)
        try:
            activity = json.loads(body.decode())
        except (RecursionError, ValueError):
            raise Unreadable("It is nothing that Teams sends.") from None
        if not isinstance(activity, Mapping):
            raise Unreadable("It is nothing that Teams sends.")
        if optional(activity, "serviceUrl").rstrip("/") != address:
            raise Unproved("It does not come from where its token says.")
        return activity

    async def _answered(self, turn: Turn, token: str) -> Response:
        """Whatever happens, it is an answer."""
        try:
            check(turn.activity)
            turn.kind = self._listeners.reader.kind(turn.activity)
            if not turn.kind:
                return Response(status_code=501 if optional(turn.activity, "type") == "invoke" else 200)
            await self._through_the_library(turn, token)
        except Exception as error:  # the outer edge of what was told
            return self._failed(turn, error)
        if turn.error is not None:
            return self._failed(turn, turn.error)
        if not turn.reached:
            return self._failed(turn, Unreadable("It is nothing that Teams sends."))
        return Response() if turn.answer is None else JSONResponse(turn.answer)

    async def _through_the_library(self, turn: Turn, token: str) -> None:
        if self._handler is None:
            raise Unavailable("The bot is only just starting.")
        held = _in_hand.set(_InHand(token, turn))
        try:
            await self._handler({"body": outline(turn.activity), "headers": {"authorization": f"Bearer {token}"}})
        finally:
            _in_hand.reset(held)

    def _failed(self, turn: Turn, error: Exception) -> Response:
        """A clear status, and what kind of thing it was in the log: none of its content."""
        status = status_of(error)
        told = log.error if status == 500 else log.warning
        told("Teams told something that was not taken", status=status, error=type(error).__name__, told=turn.kind)
        if (said := self._listeners.not_taken(turn, error)) is not None:
            return JSONResponse(said)
        return Response(status_code=status)


class _TooLong(Exception):
    """Longer than anything that Teams sends."""


async def _body(request: Request) -> bytes:
    """The whole of it. Raises _TooLong."""
    told = request.headers.get("content-length", "0")
    if not told.isdecimal() or int(told) > LONGEST_BODY:
        raise _TooLong
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > LONGEST_BODY:
                raise _TooLong
    except ClientDisconnect:
        return b""
    return bytes(body)


def _refused(why: Exception) -> Response:
    status = {Unproved: 401, Unreadable: 400, Unavailable: 503, _TooLong: 413}[type(why)]
    log.warning("a request was refused", status=status, why=str(why) or "longer than anything that Teams sends")
    return Response(status_code=status)
