"""A whole bot in a fake workspace: people type and press there, and the bot hears them as Slack tells it.

Everything goes over real HTTP, or through a real websocket; the people are those of the demonstration.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from pydantic import SecretStr
from sqlalchemy import func, select

from bot.chat.console.people import PEOPLE
from bot.chat.pace import Pace
from bot.config import SHIPPED, SlackAccess
from bot.escalation import Escalation
from bot.metrics import Metrics
from bot.ports import Answered, Person
from bot.precedence import Precedence
from bot.store.tables import metadata
from bot.wiring import Parts
from bot.wiring.addressed import on
from bot.wiring.slack import InSlack
from tests.abroad import Abroad, Running
from tests.looping import Looping
from tests.slack.fake import Ack, SlackFake
from tests.slack.reading import text_of
from tests.slack.workspace import Post

Mode = Literal["HTTP", "Socket Mode"]
MODES: tuple[Mode, ...] = ("HTTP", "Socket Mode")


class SlackWorld(Abroad):
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

    @property
    def fake(self) -> Looping:
        return self.slack

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

    # ── who ──────────────────────────────────────────────────────────────────────────────────────────────

    def person(self, name: str) -> str:
        return f"slack:{self.slack.team}:{self.slack.id_of(name)}"

    def alike(self, somebody: Person, user: str) -> Person:
        """Another one like this, who is this user."""
        return replace(somebody, id=self.person(user), name=self.slack.workspace.members[user].name)

    # ── what there is ────────────────────────────────────────────────────────────────────────────────────

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
