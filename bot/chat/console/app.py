"""The console's web server: the page, what it shows, and what people do in it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from bot.chat.console import mailbox as mail
from bot.chat.console.chat import ConsoleChat, Said, channel_place, direct_place
from bot.chat.console.guard import Guard, check_loopback
from bot.chat.console.live import Live
from bot.chat.console.reading import Reader, Unreadable, body_of, text_of
from bot.errors import EscalationBotError, Unavailable
from bot.ports import Answered, Heard, Person, Typed

__all__ = ["check_loopback", "console_app"]

STATIC = Path(__file__).parent / "static"
SHOWN_AS = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
STEPS = range(1, 21)
TEAMS = "teams"


def console_app(
    *,
    chat: ConsoleChat,
    hear: Callable[[Heard], Answered],
    people: Sequence[Person],
    now: Callable[[], datetime],
    move_on: Callable[[int], None] | None,
    mailbox: Path,
    channels: Sequence[str],
    commands: Sequence[tuple[str, str]],
    partnerships: Sequence[str] = (),
) -> Starlette:
    """The console as an ASGI application, to be served on a loopback address only (see `check_loopback`).

    `hear` and `move_on` are called in worker threads; without `move_on` the clock cannot be moved. `commands` are
    (word, description), without the slash; `partnerships` are the names that the page greets with.
    EscalationBotError from `hear` or `move_on` is shown to the person who caused it, Unavailable so that the same can
    be tried again; any other error is a fault, and is left to the server.
    `app.state.end_streams()` lets a server that is stopped otherwise than by a signal stop at once.
    """
    token = secrets.token_urlsafe(24)
    live = Live(chat, mailbox)
    console = _Console(chat, hear, tuple(people), now, move_on, mailbox, tuple(channels), tuple(commands), live)
    page = (STATIC / "index.html").read_text(encoding="utf-8").replace("{{token}}", token)
    console.settings["partnerships"] = list(partnerships)

    async def index(_: Request) -> Response:
        return HTMLResponse(page)

    routes = [
        Route("/", index),
        Route("/state", console.state),
        Route("/events", live.events),
        Route("/hear", console.hear_one, methods=["POST"]),
        Route("/delete", console.delete, methods=["POST"]),
        *([Route("/clock", console.move, methods=["POST"])] if move_on else []),
        Route("/mailbox", console.letters),
        Route("/mailbox/{id}/{n:int}", console.attachment),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    app = Starlette(
        routes=routes,
        middleware=[Middleware(Guard, token=token)],
        exception_handlers={EscalationBotError: _problem},
    )
    app.state.end_streams = live.end
    return app


async def _problem(_: Request, error: Exception) -> Response:
    return JSONResponse({"problem": str(error)}, 503 if isinstance(error, Unavailable) else 422)


@dataclass
class _Console:
    """The routes, and what they share."""

    chat: ConsoleChat
    hear: Callable[[Heard], Answered]
    people: tuple[Person, ...]
    now: Callable[[], datetime]
    move_on: Callable[[int], None] | None
    mailbox: Path
    channels: tuple[str, ...]
    commands: tuple[tuple[str, str], ...]
    live: Live
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def reader(self) -> Reader:
        return Reader(self.people, self.chat)

    def state(self, request: Request) -> Response:
        """GET /state?person=&look=: everything that one person can see; as in Slack, or with look=teams as in Teams."""
        person = self.reader.person(request.query_params.get("person") or self.people[0].id)
        look = request.query_params.get("look", "")
        latest = self.chat.latest()
        now = self.now()
        return JSONResponse(
            self.settings
            | {
                "me": person.id,
                "clock": {"text": spoken(now), "iso": now.isoformat(), "moves": self.move_on is not None},
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
                "direct": [self._shown(said, look) for said in self.chat.said(direct_place(person.id))],
                "channels": [
                    {
                        "name": name,
                        "latest": latest.get(channel_place(name), 0),
                        "messages": [self._shown(said, look) for said in self.chat.said(channel_place(name))],
                    }
                    for name in self.channels
                ],
                "mail": mail.ids(self.mailbox),
            }
        )

    async def hear_one(self, request: Request) -> Response:
        """POST /hear: a person typed, started or pressed something."""
        heard, shown, root = self.reader.heard(await body_of(request))
        if shown:
            await run_in_threadpool(self.chat.type, heard.event, heard.person, shown, root)
        if root and isinstance(heard.what, Typed) and not heard.what.text:
            # Colleagues talk with each other; a platform tells the bot only of what mentions it.
            return JSONResponse({"deliveries": [], "again": False})
        answered = await run_in_threadpool(self.hear, heard)
        return JSONResponse({"deliveries": list(answered.deliveries), "again": answered.again})

    async def delete(self, request: Request) -> Response:
        """POST /delete {person, message}: a person takes back what they typed."""
        body = await body_of(request)
        await run_in_threadpool(
            self.chat.delete, text_of(body, "message"), self.reader.person(text_of(body, "person")).id
        )
        return JSONResponse({})

    async def move(self, request: Request) -> Response:
        """POST /clock {working_days}: the demonstration's clock goes on."""
        days = (await body_of(request)).get("working_days")
        if self.move_on is None or type(days) is not int or days not in STEPS:  # True is an int, too
            raise Unreadable(f"The clock moves on by {STEPS[0]} to {STEPS[-1]} working days at once.")
        await run_in_threadpool(self.move_on, days)
        self.live.tell()
        return JSONResponse({"text": spoken(self.now())})

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

    def _shown(self, said: Said, look: str) -> dict[str, Any]:
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
            **({"cards": said.cards} if look == TEAMS and said.cards else {"blocks": said.blocks}),
            "version": said.version,
        }


def spoken_day(at: datetime) -> str:
    """Tuesday 3 March 2026."""
    return f"{at:%A} {at.day} {at:%B %Y}"


def spoken(at: datetime) -> str:
    """Tuesday 3 March 2026, 10:00."""
    return f"{spoken_day(at)}, {at:%H:%M}"
