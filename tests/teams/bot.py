"""A whole bot in a fake Teams: people type and press there, and the bot hears them as Teams tells it.

Everything goes over real HTTP, with signed tokens both ways; the people are those of the demonstration.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import select

from bot.chat.console.people import PEOPLE
from bot.chat.pace import Pace
from bot.chat.teams.ids import Place, person_of
from bot.config import SHIPPED
from bot.escalation import Escalation
from bot.metrics import Metrics
from bot.ports import Answered, Person
from bot.precedence import Precedence
from bot.store.tables import metadata
from bot.teams_settings import TeamsAccess
from bot.wiring import Parts
from bot.wiring.addressed import on
from bot.wiring.teams import InTeams
from tests.abroad import Abroad, Running
from tests.looping import Looping
from tests.mail.certificates import authority, make, serving, trusting
from tests.teams.fake import Ack, TeamsFake
from tests.teams.login import SECRET
from tests.teams.tenants import Post

TEAM = "Escalations"


class TeamsWorld(Abroad):
    """What is written for a `World` can be played here unchanged."""

    def __init__(
        self, folder: Path, *, now: str = "2026-03-02T10:00", policies: Path = SHIPPED, known: bool = True
    ) -> None:
        """Unless they are `known`, nobody has been looked up yet."""
        secure = serving(folder, make("127.0.0.1", authority()))
        self.teams = TeamsFake(clock=lambda: self.moment.timestamp(), secure=secure)
        self.teams.start()
        self.teams.inbound.ack_within = 30  # of real seconds: how long a busy machine takes is not what is tested
        for person in PEOPLE:
            self.teams.person(person.name, person.email)
        self.teams.new_team(TEAM, *(person.name for person in PEOPLE))
        self.metrics = Metrics()
        self.strangers = not known
        super().__init__(folder, now, policies, quick=True)

    @property
    def fake(self) -> Looping:
        return self.teams

    # ── coming and going ─────────────────────────────────────────────────────────────────────────────────

    def _open(self) -> Parts:
        parts = super()._open()
        rooms = self.teams.tenants.rooms.values()
        for name in sorted({version.policy.channel for version in parts.policies.versions()} - {r.name for r in rooms}):
            self.teams.channel(name, TEAM)
        self.platform = InTeams(self.access, self.metrics, Precedence(), Pace(at_once=10_000), trusting())
        parts = on(self.platform, parts)
        self.running = Running(self.platform.app(parts, parts.assistant.hear))
        self.teams.inbound.messaging_url = self.running.url.replace("/slack/events", "/teams/messages")
        return parts

    @property
    def access(self) -> TeamsAccess:
        teams = self.teams
        channels = {room.name: room.id for room in teams.tenants.rooms.values() if room.kind == "channel"}
        return TeamsAccess(
            teams.app, teams.tenant, channels, "secret", SecretStr(SECRET), teams.authority, teams.metadata_url,
            teams.service_urls,
        )  # fmt: skip

    # ── who ──────────────────────────────────────────────────────────────────────────────────────────────

    def person(self, name: str) -> str:
        return person_of(self.teams.tenant, self.teams.id_of(name))

    def alike(self, somebody: Person, user: str) -> Person:
        """Another one like this, who is this user."""
        return replace(somebody, id=self.person(user), name=self.teams.who(user).name)

    # ── what there is ────────────────────────────────────────────────────────────────────────────────────

    def stored(self) -> dict[str, list[Any]]:
        """Everything in the database: the same as before where nothing was done."""
        with self.parts.database.reading() as connection:
            return {
                name: sorted(map(tuple, connection.execute(select(table)).all()), key=str)
                for name, table in metadata.tables.items()
            }

    # ── what people do ───────────────────────────────────────────────────────────────────────────────────

    def told(self, ack: Ack) -> Answered:
        """Teams has told the bot, which has taken it; and whatever is to be said because of it has been said."""
        assert ack.ok, f"Teams was answered {ack.tries} {ack.body}."
        self.carried()
        return Answered(())

    def carried(self) -> None:
        self.platform.arrivals.newcomers.let_in()
        self.parts.carrier.carry_all()
        self.teams.settle()

    def types(self, person: str, text: str, thread: str = "") -> Answered:
        if not thread:
            return self.told(self.teams.types(self.user(person), text))
        root = self.root(thread)
        return self.told(self.teams.types(self.user(person), f"@Escalation Bot {text}", root.room, root.id))

    def presses(
        self, who: str, label: str, changed: Mapping[str, str | Sequence[str]] | None = None, among: object = None
    ) -> Answered:
        post = among if isinstance(among, Post) else None
        return self.told(self.teams.presses(self.user(who), label, changed, post))

    # ── what people see ──────────────────────────────────────────────────────────────────────────────────

    def sees(self, person: str) -> str:
        return self.teams.sees(self.user(person))

    def channel(self, name: str) -> str:
        return self.teams.reads(name)

    def everything_public(self) -> str:
        """All that stands in channels; and of private messages what a locked screen shows, and every id."""
        bots = [post for post in self.teams.tenants.posts.values() if post.bot]
        public = [self.teams.read(post) for post in bots if self.teams.room(post.room).kind == "channel"]
        shown = [f"{card['fallbackText']} {card.get('speak')} {_ids(card)}" for post in bots for card in post.cards]
        return "\n".join([*public, *shown, *(post.summary for post in bots)])

    def face(self, escalation: Escalation) -> str:
        return self.teams.read(self.root(escalation.reference))

    def root(self, reference: str) -> Post:
        """The first message of an escalation's thread."""
        with self.parts.database.look() as tx:
            found = tx.escalation(reference)
            assert found is not None
            due = tx.delivery(found.thread)
        assert due is not None
        place = Place.read(due.receipt)
        return self.teams.tenants.posts[place.conversation, place.activity]


def _ids(card: object) -> list[str]:
    """Every id of a card, and everything that its buttons carry."""
    found: list[str] = []

    def look(at: object) -> None:
        if isinstance(at, dict):
            found.extend(str(value) for name, value in at.items() if name in {"id", "verb", "data"})
            for each in at.values():
                look(each)
        if isinstance(at, list):
            for each in at:
                look(each)

    look(card)
    return found
