"""A whole bot in a fake workspace: people type and press there, and the bot hears them as Slack tells it.

Everything goes over real HTTP, or through a real websocket; the people are those of the demonstration.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import uvicorn
from pydantic import SecretStr
from sqlalchemy import func, select

from bot.chat.console.people import PEOPLE
from bot.chat.pace import Pace
from bot.config import SHIPPED, SlackAccess
from bot.escalation import Escalation
from bot.metrics import Metrics
from bot.ports import Answered, Heard, Person
from bot.precedence import Precedence
from bot.store.tables import metadata
from bot.wiring import Parts
from bot.wiring.addressed import on
from bot.wiring.slack import InSlack
from tests.flows.contexts import escalation
from tests.slack.fake import Ack, SlackFake
from tests.slack.reading import text_of
from tests.slack.workspace import Post
from tests.talking import World

Mode = Literal["HTTP", "Socket Mode"]
MODES: tuple[Mode, ...] = ("HTTP", "Socket Mode")


class Running:
    """A web application, in a thread of its own, until it is told to stop."""

    def __init__(self, app: object) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_level="critical", access_log=False, timeout_graceful_shutdown=5)  # type: ignore[arg-type]
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._listener]}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/slack/events"

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._listener.close()


class SlackWorld(World):
    """What is written for a `World` can be played here unchanged."""

    def __init__(
        self,
        folder: Path,
        mode: Mode = "HTTP",
        *,
        now: str = "2026-03-02T10:00",
        policies: Path = SHIPPED,
        known: bool = True,
    ) -> None:
        """Unless they are `known`, nobody has been looked up yet."""
        self.mode = mode
        self.slack = SlackFake(clock=lambda: self.moment.timestamp())
        self.slack.start()
        self.slack.inbound.ack_within = 30  # of real seconds: how long a busy machine takes is not what is tested
        for person in PEOPLE:
            self.slack.person(person.name, person.email)
        self.metrics = Metrics()
        self.strangers = not known
        super().__init__(folder, now, policies, quick=True)

    def known(self) -> tuple[Person, ...]:
        if self.strangers:
            return ()
        return tuple(replace(each, id=self._moved(each.id), deputy=self._moved(each.deputy)) for each in PEOPLE)

    # ── coming and going ─────────────────────────────────────────────────────────────────────────────────

    def _open(self) -> Parts:
        parts = super()._open()
        channels = {version.policy.channel for version in parts.policies.versions()}
        rooms = self.slack.workspace.rooms.values()
        for name in sorted(channels - {room.name for room in rooms}):
            self.slack.channel(name, *(person.name for person in PEOPLE))
        access = SlackAccess(
            SecretStr(self.slack.bot_token),
            SecretStr(self.slack.signing_secret if self.mode == "HTTP" else ""),
            SecretStr(self.slack.app_token),
            self.slack.team,
            self.slack.base_url,
            {room.name: room.id for room in rooms if room.name},
        )
        self.platform = InSlack(access, self.metrics, Precedence(), Pace(at_once=10_000))  # nobody waits here
        parts = on(self.platform, parts)
        self.running = Running(self.platform.app(parts, parts.assistant.hear))
        if self.mode == "HTTP":
            self.slack.inbound.request_url = self.running.url
        else:
            self.slack.inbound.socket_mode = True
        return parts

    def _stop(self) -> None:
        self.running.stop()
        self.platform.close()

    def restart(self) -> None:
        self._stop()
        self.metrics = Metrics()
        super().restart()

    def close(self) -> None:
        self._stop()
        super().close()
        self.slack.stop()

    # ── who ──────────────────────────────────────────────────────────────────────────────────────────────

    def _moved(self, person: str) -> str:
        """Whoever is "console:asha", or only "asha", in the demonstration."""
        return self.person(person.removeprefix("console:").capitalize()) if person else ""

    def person(self, name: str) -> str:
        return f"slack:{self.slack.team}:{self.slack.id_of(name)}"

    def alike(self, somebody: Person, user: str) -> Person:
        """Another one like this, who is this user."""
        return replace(somebody, id=self.person(user), name=self.slack.workspace.members[user].name)

    def user(self, person: str) -> str:
        return person.rpartition(":")[2]

    # ── what there is ────────────────────────────────────────────────────────────────────────────────────

    def raised(self, reference: str) -> Escalation:
        """Asha has raised this one; Ben and Cerys act for her side, Grace for the other."""
        made = escalation("herefordshire")
        moved = replace(
            made, reference=reference, thread=f"{reference}/thread", raiser=self._moved(made.raiser),
            fields=self._all_moved(made.fields),
        )  # fmt: skip
        self.has(moved)
        return moved

    def _all_moved(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: self._all_moved(each) for name, each in value.items()}
        return self._moved(value) if isinstance(value, str) and value.startswith("console:") else value

    def counts(self) -> dict[str, int]:
        """How many rows there are in each table: the same as before where nothing was done."""
        with self.parts.database.reading() as connection:
            return {
                name: connection.execute(select(func.count()).select_from(table)).scalar_one()
                for name, table in metadata.tables.items()
            }

    # ── what people do ───────────────────────────────────────────────────────────────────────────────────

    def told(self, ack: Ack) -> Answered:
        """Slack has told the bot, which has taken it; and whatever is to be said because of it has been said."""
        assert ack.ok, f"Slack was answered {ack.tries}."
        self.carried()
        return Answered(())

    def carried(self) -> None:
        self.platform.arrivals.newcomers.let_in()
        self.platform.homes.look()
        self.parts.carrier.carry_all()
        self.slack.settle()

    def hear(self, heard: Heard) -> Answered:
        raise AssertionError("Here people do things in Slack.")

    def types(self, person: str, text: str, thread: str = "") -> Answered:
        if not thread:
            return self.told(self.slack.types(self.user(person), "/escalation-help" if text == "/help" else text))
        root = self.root(thread)
        return self.told(self.slack.types(self.user(person), f"@Escalation Bot {text}", root.room, root.ts))

    def presses(
        self, who: str, label: str, changed: Mapping[str, str | Sequence[str]] | None = None, among: object = None
    ) -> Answered:
        post = among if isinstance(among, Post) else None
        return self.told(self.slack.presses(self.user(who), label, changed, post))

    def filling(self, person: str, label: str, value: str) -> tuple[str, str | list[str]]:
        return label, value

    # ── what people see ──────────────────────────────────────────────────────────────────────────────────

    def sees(self, person: str) -> str:
        return self.slack.sees(self.user(person))

    def channel(self, name: str) -> str:
        return self.slack.reads(name)

    def everything_public(self) -> str:
        """All that stands in channels; and of private messages what a locked screen shows, and every id."""
        posts = [*self.slack.workspace.posts.values(), *self.slack.workspace.whispers]
        bots = [post for post in posts if post.bot]
        rooms = [room.id for room in self.slack.workspace.rooms.values() if room.kind != "im"]
        public = [text_of(post.blocks) for post in bots if post.room in rooms]
        return "\n".join([*public, *(post.text for post in bots), *(f"{post.metadata} {_ids(post)}" for post in bots)])

    def face(self, escalation: Escalation) -> str:
        return text_of(self.root(escalation.reference).blocks).replace("- [", "[")  # how a checklist is written

    def root(self, reference: str) -> Post:
        """The first message of an escalation's thread."""
        with self.parts.database.look() as tx:
            found = tx.escalation(reference)
            assert found is not None
            due = tx.delivery(found.thread)
        assert due is not None
        room, _, ts = due.receipt.partition("/")
        return self.slack.workspace.posts[room, ts]


def _ids(post: Post) -> list[str]:
    """Every id and value of the blocks of a message."""
    found: list[str] = []

    def look(at: object) -> None:
        if isinstance(at, dict):
            found.extend(str(value) for name, value in at.items() if name in {"block_id", "action_id", "value"})
            for each in at.values():
                look(each)
        if isinstance(at, list):
            for each in at:
                look(each)

    look(post.blocks)
    return found
