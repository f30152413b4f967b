"""The console's web server: the page, what it shows, and what people do in it as `ports.Heard`."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import anyio
from sse_starlette import EventSourceResponse
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from bot.chat.block_kit import given, pressed
from bot.chat.console import mailbox as mail
from bot.chat.console.chat import ConsoleChat, Said, channel_place, direct_place
from bot.chat.console.clock import DemoClock
from bot.chat.console.guard import Guard, check_loopback
from bot.errors import EscalationBotError
from bot.ports import Answered, Command, Heard, Person, Pressed, Typed

__all__ = ["check_loopback", "console_app"]

STATIC = Path(__file__).parent / "static"
LOOK_FOR_MAIL = 2.0
"""Seconds between two looks into the mailbox folder, while a page is open."""
SHOWN_AS = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
STEPS = range(1, 21)


class Unreadable(EscalationBotError):
    """The page sent something that the console cannot read."""


def console_app(
    *,
    chat: ConsoleChat,
    hear: Callable[[Heard], Answered],
    people: Sequence[Person],
    clock: DemoClock,
    move_on: Callable[[int], None],
    mailbox: Path,
    channels: Sequence[str],
    commands: Sequence[tuple[str, str]],
    partnerships: Sequence[str] = (),
) -> Starlette:
    """The console as an ASGI application, to be served on a loopback address only (see `check_loopback`).

    `hear` and `move_on` are called in worker threads. `commands` are (word, description), without the slash;
    `partnerships` are the names that the page greets with. EscalationBotError from `hear` or `move_on` is
    shown to the person who caused it; any other error is a fault, and is left to the server.
    """
    token = secrets.token_urlsafe(24)
    console = _Console(chat, hear, tuple(people), clock, move_on, mailbox, tuple(channels), tuple(commands))
    page = (STATIC / "index.html").read_text(encoding="utf-8").replace("{{token}}", token)
    console.settings["partnerships"] = list(partnerships)

    async def index(_: Request) -> Response:
        return HTMLResponse(page)

    routes = [
        Route("/", index),
        Route("/state", console.state),
        Route("/events", console.events),
        Route("/hear", console.hear_one, methods=["POST"]),
        Route("/delete", console.delete, methods=["POST"]),
        Route("/clock", console.move, methods=["POST"]),
        Route("/mailbox", console.letters),
        Route("/mailbox/{id}/{n:int}", console.attachment),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    return Starlette(
        routes=routes,
        middleware=[Middleware(Guard, token=token)],
        exception_handlers={EscalationBotError: _problem},
    )


async def _problem(_: Request, error: Exception) -> Response:
    return JSONResponse({"problem": str(error)}, 422)


@dataclass
class _Console:
    """The routes, and what they share."""

    chat: ConsoleChat
    hear: Callable[[Heard], Answered]
    people: tuple[Person, ...]
    clock: DemoClock
    move_on: Callable[[int], None]
    mailbox: Path
    channels: tuple[str, ...]
    commands: tuple[tuple[str, str], ...]
    settings: dict[str, Any] = field(default_factory=dict)
    pages: set[Callable[[], None]] = field(default_factory=set)
    """How to tell each open page that something changed that the chat does not know of."""

    def state(self, request: Request) -> Response:
        """GET /state?person=: everything that one person can see."""
        person = self._person(request.query_params.get("person") or self.people[0].id)
        latest = self.chat.latest()
        now = self.clock.now()
        return JSONResponse(
            self.settings
            | {
                "me": person.id,
                "clock": {"text": spoken(now), "iso": now.isoformat()},
                "people": [
                    {
                        "id": p.id,
                        "name": p.name,
                        "role": p.role,
                        "agency": p.agency,
                        "latest": latest.get(direct_place(p.id), 0),
                    }
                    for p in self.people
                ],
                "commands": [{"word": word, "description": description} for word, description in self.commands],
                "direct": [self._shown(said) for said in self.chat.said(direct_place(person.id))],
                "channels": [
                    {
                        "name": name,
                        "latest": latest.get(channel_place(name), 0),
                        "messages": [self._shown(said) for said in self.chat.said(channel_place(name))],
                    }
                    for name in self.channels
                ],
                "mail": mail.ids(self.mailbox),
            }
        )

    async def events(self, request: Request) -> Response:
        """GET /events: a server-sent event whenever something changed; the page then asks for /state."""
        loop = asyncio.get_running_loop()
        changed, ending = asyncio.Event(), anyio.Event()

        def tell() -> None:
            with suppress(RuntimeError):  # the server has stopped: nobody is left to be told
                loop.call_soon_threadsafe(changed.set)

        async def stream() -> AsyncIterator[dict[str, str]]:
            stop = self.chat.listen(tell)
            self.pages.add(tell)
            letters = await run_in_threadpool(mail.ids, self.mailbox)
            try:
                yield {"event": "changed", "data": "{}"}
                while not ending.is_set():
                    await _first_of(changed, ending)
                    found = await run_in_threadpool(mail.ids, self.mailbox)
                    if changed.is_set() or found != letters:
                        changed.clear()
                        letters = found
                        yield {"event": "changed", "data": "{}"}
            finally:
                stop()
                self.pages.discard(tell)

        # The grace period lets the stream end by itself when the server stops.
        return EventSourceResponse(stream(), ping=20, shutdown_event=ending, shutdown_grace_period=2)

    async def hear_one(self, request: Request) -> Response:
        """POST /hear: a person typed, started or pressed something."""
        heard, shown, root = self._heard(await _body(request))
        if shown:
            await run_in_threadpool(self.chat.type, heard.event, heard.person, shown, root)
        if root and isinstance(heard.what, Typed) and not heard.what.text:
            # Colleagues talk with each other; a platform tells the bot only of what mentions it.
            return JSONResponse({"deliveries": [], "again": False})
        answered = await run_in_threadpool(self.hear, heard)
        return JSONResponse({"deliveries": list(answered.deliveries), "again": answered.again})

    async def delete(self, request: Request) -> Response:
        """POST /delete {person, message}: a person takes back what they typed."""
        body = await _body(request)
        await run_in_threadpool(self.chat.delete, _text(body, "message"), self._person(_text(body, "person")).id)
        return JSONResponse({})

    async def move(self, request: Request) -> Response:
        """POST /clock {working_days}: the demonstration's clock goes on."""
        days = (await _body(request)).get("working_days")
        if type(days) is not int or days not in STEPS:  # True is an int, too
            raise Unreadable(f"The clock moves on by {STEPS[0]} to {STEPS[-1]} working days at once.")
        await run_in_threadpool(self.move_on, days)
        for tell in tuple(self.pages):
            tell()
        return JSONResponse({"text": spoken(self.clock.now())})

    def letters(self, request: Request) -> Response:
        """GET /mailbox: all letters, newest first."""
        found = [
            {
                "id": letter.id,
                "from": letter.sender,
                "to": letter.to,
                "subject": letter.subject,
                "date": letter.date,
                "body": letter.body,
                "attachments": [{"name": file.name, "size": len(file.content)} for file in letter.files],
            }
            for letter in mail.letters(self.mailbox)
        ]
        return JSONResponse(found)

    def attachment(self, request: Request) -> Response:
        """GET /mailbox/{id}/{n}: the n-th attachment, counted from 0, as a download."""
        letter = mail.letter(self.mailbox, request.path_params["id"])
        n = request.path_params["n"]
        if letter is None or n >= len(letter.files):
            return JSONResponse({"problem": "There is no such attachment in the mailbox."}, 404)
        file = letter.files[n]
        # Nothing of the letter decides how a browser treats the file, except two endings that are known.
        name = re.sub(r"[^A-Za-z0-9._-]", "_", file.name)[-100:]
        return Response(
            file.content,
            media_type=SHOWN_AS.get(Path(name).suffix.lower(), "application/octet-stream"),
            headers={"content-disposition": f'attachment; filename="{name}"'},
        )

    def _person(self, person_id: str) -> Person:
        for person in self.people:
            if person.id == person_id:
                return person
        raise Unreadable(f"“{person_id}” is not one of the people of the demonstration. Please load the page again.")

    def _heard(self, body: Mapping[str, Any]) -> tuple[Heard, str, str]:
        """What was heard, the text to show as said by the person, and the thread's first message."""
        event, person = _text(body, "event"), self._person(_text(body, "person")).id
        root = str(body.get("root") or "")
        thread = self.chat.reference_of_thread(root) if root else ""
        what = body.get("what")
        if not event or not isinstance(what, dict):
            raise Unreadable("The page sent something without saying what it is. Please load the page again.")
        match what.get("kind"):
            case "command":
                word, text = _text(what, "word"), _text(what, "text")
                return Heard(event, person, Command(word, text), thread), f"/{word} {text}".strip(), root
            case "typed":
                text, shown = _text(what, "text"), _text(what, "shown") or _text(what, "text")
                return Heard(event, person, Typed(text), thread), shown, root
            case "pressed":
                values = what.get("values")
                action, value = pressed(_text(what, "action_id"))
                held = given(values if isinstance(values, dict) else {})
                return (
                    Heard(event, person, Pressed(action, value, held, _text(what, "message")), thread),
                    "",
                    root,
                )
            case kind:
                raise Unreadable(f"The console does not know “{kind}”. Please load the page again.")

    def _shown(self, said: Said) -> dict[str, Any]:
        names = {person.id: person.name for person in self.people}
        return {
            "id": said.id,
            "under": said.under,
            "author": said.author,
            "name": names.get(said.author, "Escalation Bot"),
            "key": said.key,
            "at": f"{said.at:%H:%M}",
            "day": spoken_day(said.at),
            "summary": said.summary,
            "text": said.text,
            "blocks": said.blocks,
            "version": said.version,
        }


def spoken_day(at: datetime) -> str:
    """Tuesday 3 March 2026."""
    return f"{at:%A} {at.day} {at:%B %Y}"


def spoken(at: datetime) -> str:
    """Tuesday 3 March 2026, 10:00."""
    return f"{spoken_day(at)}, {at:%H:%M}"


async def _first_of(*events: asyncio.Event | anyio.Event) -> None:
    """Wait until one of them is set, or until it is time to look for mail."""
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, timeout=LOOK_FOR_MAIL, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waiting:
            one.cancel()


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except ValueError as error:  # includes text that is not UTF-8
        raise Unreadable("The page sent something that is not JSON. Please load the page again.") from error
    if not isinstance(body, dict):
        raise Unreadable("The page sent something that the console cannot read. Please load the page again.")
    return body


def _text(body: Mapping[str, Any], key: str) -> str:
    value = body.get(key)
    return value if isinstance(value, str) else ""
