"""Socket Mode: websockets that the app opens, through which it is told what happens, each thing through one of them."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from tests.slack.workspace import APP, Json, Workspace

MOST = 10


class NotAcknowledged(Exception):
    """The app did not say that it has it: in time, or before its connection went."""


@dataclass
class Connection:
    request: web.Request
    socket: web.WebSocketResponse
    waiting: dict[str, asyncio.Future[Json]] = field(default_factory=dict)
    leaving: bool = False
    """It was told to go: it gets nothing new."""


class Sockets:
    """Everything here runs in the fake's own loop."""

    def __init__(self, workspace: Workspace, address: Callable[[], str]) -> None:
        self.workspace, self.address = workspace, address
        self.tickets: set[str] = set()
        self.open: list[Connection] = []
        self.most = MOST
        self.refusing = 0
        """So many of the next connections fail, after their tickets have been taken."""
        self.arrived = asyncio.Event()
        self._turn = itertools.count()

    def new_ticket(self) -> str:
        ticket = f"ticket-{self.workspace.number('ticket')}"
        self.tickets.add(ticket)
        return f"{self.address()}?ticket={ticket}&app_id={APP}"

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """One connection for as long as it stands. Its ticket is good once."""
        ticket = request.query.get("ticket", "")
        if ticket not in self.tickets:
            return web.Response(status=404)
        self.tickets.discard(ticket)
        if self.refusing or not self.workspace.socket_mode:
            self.refusing = max(0, self.refusing - 1)
            return web.Response(status=503)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        connection = Connection(request, socket)
        if len(self.usable()) >= self.most:
            await self._leave(connection, "too_many_websockets")
            return socket
        self.open.append(connection)
        hello = {"type": "hello", "num_connections": len(self.open), "connection_info": {"app_id": APP}}
        await socket.send_json(hello | {"debug_info": {"host": "fake", "approximate_connection_time": 18060}})
        self.arrived.set()
        try:
            await self._listen(connection)
        finally:
            self._gone(connection)
        return socket

    async def _listen(self, connection: Connection) -> None:
        async for message in connection.socket:
            if message.type is WSMsgType.TEXT:
                answer = json.loads(message.data)
                waiting = connection.waiting.pop(answer.get("envelope_id", ""), None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(answer.get("payload") or {})

    def _gone(self, connection: Connection) -> None:
        self.open.remove(connection)
        for waiting in connection.waiting.values():
            if not waiting.done():
                waiting.set_exception(NotAcknowledged("connection_lost"))
        if not self.usable():
            self.arrived.clear()

    def usable(self) -> list[Connection]:
        return [each for each in self.open if not each.leaving and not each.socket.closed]

    async def tell(self, kind: str, payload: Json, within: float, attempt: int = 0, reason: str = "") -> Json:
        """Through one of the connections; waits for one where there is none. What the app answered with its ack."""
        envelope_id = f"envelope-{self.workspace.number('envelope')}"
        envelope: Json = {"envelope_id": envelope_id, "type": kind, "payload": payload}
        envelope["accepts_response_payload"] = kind != "events_api"
        if kind == "events_api":
            envelope |= {"retry_attempt": attempt, "retry_reason": reason}
        try:
            async with asyncio.timeout(within):
                while not self.usable():
                    await self.arrived.wait()
                connection = self.usable()[next(self._turn) % len(self.usable())]
                answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
                connection.waiting[envelope_id] = answer
                await connection.socket.send_json(envelope)
                return await answer
        except TimeoutError:
            raise NotAcknowledged("timeout") from None
        except ConnectionError:
            raise NotAcknowledged("connection_lost") from None

    async def disconnect(self, reason: str, *, warn: bool, close: bool) -> None:
        """Tell every connection to go, "warning" beforehand where asked, and close it."""
        for connection in list(self.usable()):
            if warn:
                await self._say_leave(connection, "warning")
            await self._leave(connection, reason, close=close)

    async def cut(self) -> None:
        """Every connection breaks, without a word."""
        for connection in list(self.open):
            connection.leaving = True
            if connection.request.transport is not None:
                connection.request.transport.abort()

    async def _leave(self, connection: Connection, reason: str, *, close: bool = True) -> None:
        await self._say_leave(connection, reason)
        connection.leaving = True
        if close:
            await connection.socket.close()

    async def _say_leave(self, connection: Connection, reason: str) -> None:
        await connection.socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "fake"}})
