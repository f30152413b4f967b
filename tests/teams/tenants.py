"""What Teams knows: tenants with their people, teams with channels, personal chats, messages. No HTTP; the caller holds
`lock`."""

from __future__ import annotations

import copy
import itertools
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
Filled = dict[tuple[str, int, str], str]
"""(person, which card, id of the input) -> what somebody has put into it."""

TENANT = "7e4a2c10-5b3d-4f66-9a01-000000000001"
BOT_APP = "b07a2c10-5b3d-4f66-9a01-00000000b07a"
BOT_NAME = "Escalation Bot"
_IDS = uuid.UUID("5d1c1f0e-0d9a-4f0b-8a43-7f6a9b3c2d10")


class TeamsError(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, code: str, message: str = "") -> None:
        super().__init__(code)
        self.status = status
        self.answer: Json = {"error": {"code": code, "message": message or code}}


@dataclass
class Member:
    """`id` is the Entra object id, `account` what Teams calls them towards this bot."""

    id: str
    account: str
    name: str
    email: str
    tenant: str
    principal: str = ""
    role: Literal["user", "guest", "anonymous"] = "user"
    deleted: bool = False
    has_app: bool = True
    """Whether the app is installed for this person, so that the bot may begin a chat."""
    blocked: bool = False
    """Whether this person has blocked the bot."""


@dataclass
class Team:
    id: str
    name: str
    group: str
    tenant: str
    members: set[str] = field(default_factory=set)
    has_app: bool = True


@dataclass
class Room:
    """A channel of a team, or somebody's chat with the bot."""

    id: str
    kind: Literal["personal", "channel"]
    tenant: str
    name: str = ""
    team: str = ""
    person: str = ""
    private: bool = False
    """A private channel: bots cannot post there."""


@dataclass
class Post:
    """A message. `cards` are what everybody sees, `replaced` what one person sees instead of a card until the message
    is changed: the answer to a press."""

    id: str
    room: str
    author: str
    text: str = ""
    summary: str = ""
    cards: list[Json] = field(default_factory=list)
    root: str = ""
    bot: bool = False
    edited: int = 0
    replaced: dict[tuple[str, int], Json] = field(default_factory=dict)
    filled: Filled = field(default_factory=dict)
    ever: list[Json] = field(default_factory=list)
    """Every card that ever stood there, for everybody or for one person."""

    def __post_init__(self) -> None:
        self.ever += self.cards

    @property
    def thread(self) -> str:
        return self.root or self.id

    def seen_by(self, person: str) -> list[Json]:
        return [self.replaced.get((person, n), card) for n, card in enumerate(self.cards)]

    def change(self, text: str, summary: str, cards: list[Json]) -> None:
        self.text, self.summary, self.cards = text, summary, cards
        self.edited += 1
        self.ever += cards
        self.replaced.clear()
        self.filled.clear()


class Tenants:
    """Everything that is there, in one tenant or in several, with one bot in it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self.members: dict[str, Member] = {}
        self.teams: dict[str, Team] = {}
        self.rooms: dict[str, Room] = {}
        self.posts: dict[tuple[str, str], Post] = {}
        self._order: dict[str, list[str]] = {}
        """Room -> the ids of its messages, as they came."""
        self.bot = f"28:{BOT_APP}"
        self.version = "1.0.0"
        """Of the bot's app that everybody has, as it is told of their own chats; "" where it is not told."""
        self.told: dict[str, list[str]] = {}
        """What somebody was shown in passing: the words of an answer that was no card."""
        self._counts: dict[str, itertools.count[int]] = {}
        self._last = 0

    # ── ids ──────────────────────────────────────────────────────────────────────────────────────────────

    def guid(self, kind: str) -> str:
        """The next one of its kind: the same ones every time."""
        number = next(self._counts.setdefault(kind, itertools.count(1)))
        return str(uuid.uuid5(_IDS, f"{kind}/{number}"))

    def new_id(self) -> str:
        """The millisecond it is, and always later than the one before."""
        self._last = max(int(self.clock() * 1000), self._last + 1)
        return str(self._last)

    # ── people and rooms ─────────────────────────────────────────────────────────────────────────────────

    def add_member(self, name: str, email: str = "", tenant: str = TENANT) -> Member:
        id = self.guid("person")
        account = f"29:1-{id.replace('-', '')}_{len(self.members):04d}"
        self.members[id] = member = Member(id, account, name, email, tenant, principal=email)
        return member

    def add_team(self, name: str, members: set[str], tenant: str = TENANT) -> Team:
        """With its first channel, which has the team's id."""
        id = f"19:{self.guid('team').replace('-', '')}@thread.tacv2"
        self.teams[id] = team = Team(id, name, self.guid("group"), tenant, members)
        self.rooms[id] = Room(id, "channel", tenant, "General", id)
        return team

    def add_channel(self, team: Team, name: str, *, private: bool = False) -> Room:
        id = f"19:{self.guid('channel').replace('-', '')}@thread.tacv2"
        self.rooms[id] = room = Room(id, "channel", team.tenant, name, team.id, private=private)
        return room

    def personal(self, person: str) -> Room:
        """Somebody's chat with the bot; made where there is none yet."""
        id = f"a:1-{person.replace('-', '')}_chat"
        return self.rooms.setdefault(id, Room(id, "personal", self.members[person].tenant, person=person))

    def named(self, name: str) -> Room:
        return next(room for room in self.rooms.values() if room.name == name)

    def member(self, id: str) -> Member:
        """By their Entra object id, by what Teams calls them, or by the name with which they sign in."""
        for member in self.members.values():
            if id.lower() in {member.id, member.principal.lower()} or id == member.account:
                return member
        raise TeamsError(404, "MemberNotFoundInConversation", "Member not found.")

    def inside(self, room: Room) -> list[Member]:
        return [member for member in self.members.values() if self.is_inside(member, room)]

    def is_inside(self, member: Member, room: Room) -> bool:
        inside = {room.person} if room.kind == "personal" else self.teams[room.team].members
        return member.id in inside and not member.deleted

    def has_bot(self, room: Room) -> bool:
        if room.kind == "personal":
            return self.members[room.person].has_app
        return self.teams[room.team].has_app and not room.private

    # ── messages ─────────────────────────────────────────────────────────────────────────────────────────

    def add_post(self, post: Post) -> Post:
        self.posts[post.room, post.id] = post
        self._order.setdefault(post.room, []).append(post.id)
        return post

    def in_room(self, room: str) -> list[Post]:
        """In the order in which they were posted; those deleted are gone."""
        found = (self.posts.get((room, id)) for id in self._order.get(room, ()))
        return [post for post in found if post is not None]

    def shown(self, post: Post) -> Json:
        """As an activity of its author's."""
        attachments = [
            {"contentType": "application/vnd.microsoft.card.adaptive", "content": copy.deepcopy(card)}
            for card in post.cards
        ]
        return {"type": "message", "id": post.id, "text": post.text, "attachments": attachments}
