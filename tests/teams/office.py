"""The bot's part that says things in Teams, without the part that hears: on a store of its own, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import httpx

from bot.chat.pace import Pace
from bot.chat.teams.addresses import Addresses
from bot.chat.teams.calling import CALL_SECONDS, Connector
from bot.chat.teams.ids import Place
from bot.chat.teams.people import Profiles
from bot.chat.teams.references import References
from bot.chat.teams.sending import TeamsChat
from bot.chat.teams.tenant import Tenant
from bot.delivery import Carrier
from bot.messages import Button, Buttons, Message, Words
from bot.ports import Delivery, Due, Reference
from bot.words import load
from tests.talking import World
from tests.teams.fake import TeamsFake
from tests.teams.tenants import BOT_APP, TENANT, Member, Post

CONTENT = "Kit Marker was seen on Monday."
CHANNEL = "example-escalations"
WORDS = load()
numbers = count(1)


@dataclass
class Proof:
    """The bot's token. It is not asked for again before it is forgotten."""

    teams: TeamsFake
    kept: str = ""
    forgotten: int = 0

    def token(self) -> str:
        self.kept = self.kept or self.teams.login.token()
        return self.kept

    def forget(self) -> None:
        self.kept, self.forgotten = "", self.forgotten + 1


@dataclass
class Office:
    """Each test has a channel and a person of its own."""

    teams: TeamsFake
    world: World
    http: httpx.Client
    proof: Proof
    number: int = field(default_factory=lambda: next(numbers))
    limits: list[str] = field(default_factory=list)
    """What Teams asked to wait with."""

    def __post_init__(self) -> None:
        self.user = self.teams.person(f"Person{self.number} Example", f"person{self.number}@example.org")
        self.room = self.teams.channel(f"escalations-{self.number}")
        self.person = f"teams:{TENANT}:{self.user}"
        self.root = self.key("root")
        self.chat = self.opened()

    # ── the bot ──────────────────────────────────────────────────────────────────────────────────────────

    @property
    def tenant(self) -> Tenant:
        return Tenant(TENANT, BOT_APP, {CHANNEL: self.room})

    @property
    def references(self) -> References:
        return References(self.world.parts.database)

    def connector(self, *, url: str = "", seconds: float = 0, errand_seconds: float = 7) -> Connector:
        begin = url or self.teams.service_url, f"{self.teams.base_url}/"
        wait = httpx.Timeout(seconds) if seconds else CALL_SECONDS
        return Connector(
            self.http, self.proof, Addresses(begin), WORDS, self.limits.append, self.references.newest_address,
            errand_seconds, wait,
        )  # fmt: skip

    def opened(self, *, url: str = "", seconds: float = 0, pace: Pace | None = None) -> TeamsChat:
        """A chat as after a restart: it remembers nothing."""
        connector = self.connector(url=url, seconds=seconds)
        quick = pace or Pace(at_once=1000)
        return TeamsChat(connector, self.tenant, self.references, pace=quick)

    @property
    def profiles(self) -> Profiles:
        return Profiles(self.connector(), self.tenant, self.references)

    @property
    def carrier(self) -> Carrier:
        administrator = f"teams:{TENANT}:{self.teams.id_of('Administrator')}"
        return replace(self.world.parts.carrier, chat=self.chat, administrators=(administrator,))

    def say(self, *wanted: Delivery) -> None:
        with self.world.parts.database.transaction() as tx:
            tx.add_deliveries(wanted)
        self.carrier.carry_all()

    def later(self, hours: float = 0, seconds: float = 0) -> None:
        self.world.moment += timedelta(hours=hours, seconds=seconds)
        self.carrier.carry_all()

    def due(self, key: str) -> Due:
        with self.world.parts.database.look() as tx:
            found = tx.delivery(self.key(key))
        assert found is not None
        return found

    def reason(self, key: str) -> str:
        return {one.key: one.reason for one in self.world.parts.database.troubled()}[self.key(key)]

    def is_told(self, place: str, conversation: str, address: str = "", team: str = "") -> Reference:
        """Teams has told where the bot is reached."""
        url = address or self.teams.service_url
        told = Reference(place, conversation, url, TENANT, f"28:{BOT_APP}", self.world.moment, team)
        self.references.keep(told)
        return told

    # ── deliveries ───────────────────────────────────────────────────────────────────────────────────────

    def key(self, key: str) -> str:
        return f"k{self.number}/{key}"

    def direct(self, key: str = "direct") -> Delivery:
        return Delivery(self.key(key), "direct", self.person, message(key))

    def begin(self, key: str = "root", channel: str = CHANNEL) -> Delivery:
        return Delivery(self.key(key), "thread", channel, message(key))

    def reply(self, key: str = "reply") -> Delivery:
        return Delivery(self.key(key), "thread", CHANNEL, message(key), self.root)

    def edit(self, key: str = "edit", of: str = "root") -> Delivery:
        return Delivery(self.key(key), "edit", self.key(of), message(key))

    # ── what stands in Teams ─────────────────────────────────────────────────────────────────────────────

    @property
    def member(self) -> Member:
        return self.teams.who(self.user)

    def showing(self, text: str) -> list[Post]:
        """Every message of this test that shows this text now, in order."""
        rooms = self.room, self.teams.personal(self.user).id
        posts = [post for room in rooms for post in self.teams.tenants.in_room(room) if post.bot]
        return [post for post in posts if text in self.teams.read(post)]

    def at(self, key: str) -> Post:
        """The message that a delivery's receipt names."""
        place = Place.read(self.due(key).receipt)
        post = self.teams.tenants.posts[place.conversation, place.activity]
        assert post.root == place.thread
        return post

    def reads(self, key: str) -> list[str]:
        return self.teams.read(self.at(key)).splitlines()

    def calls(self, operation: str) -> int:
        return sum(call.operation == operation for call in self.teams.calls)

    def deletes(self, post: Post) -> None:
        del self.teams.tenants.posts[post.room, post.id]


def message(said: str) -> Message:
    return Message(f"{said}: a summary", (Words(f"{said}! {CONTENT}"),))


def long(said: str = "long") -> Message:
    """Longer than two messages, with a button at its end."""
    told = [Words(f"{said} {number}: {'A paragraph and its words. ' * 50}") for number in range(30)]
    return Message(f"{said}: a summary", (*told, Buttons((Button("Continue", "answer", "4"),))))


@contextmanager
def workplace(folder: Path) -> Iterator[tuple[TeamsFake, World, httpx.Client, Proof]]:
    """A team and an administrator."""
    world = World(folder, quick=True)
    with TeamsFake(clock=lambda: world.moment.timestamp()) as teams, httpx.Client(trust_env=False) as http:
        administrator = teams.person("Administrator Example")
        teams.new_team("Escalations", administrator)
        yield teams, world, http, Proof(teams)
    world.close()
