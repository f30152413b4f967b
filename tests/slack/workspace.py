"""What a workspace knows: members, rooms, messages, tokens. No HTTP; the caller holds `lock`."""

from __future__ import annotations

import copy
import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.chat.slack import manifest

Json = dict[str, Any]
Filled = dict[tuple[str, str, str], Json]
"""(user, block_id, action_id) -> the state of an input that somebody changed."""

TEAM, DOMAIN, APP, BOT_ID = "T00000001", "example", "A00000001", "B00000001"
BOT_TOKEN, APP_TOKEN, SIGNING_SECRET = "xoxb-made-up", "xapp-made-up", "made-up-signing-secret"
CONFIGURATION_TOKEN = "xoxe.xoxp-made-up"
SCOPES = manifest.scopes()


class SlackError(Exception):
    """An answer that is not ok."""

    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code)
        self.answer: Json = {"ok": False, "error": code, **more}


@dataclass
class Token:
    kind: Literal["bot", "app", "configuration"]
    scopes: set[str]
    trouble: str = ""
    """The error that every call with it is answered with: "token_revoked", "account_inactive"."""


@dataclass
class Member:
    id: str
    name: str
    email: str = ""
    deleted: bool = False
    is_bot: bool = False
    more: Json = field(default_factory=dict)
    """What else Slack tells of them: that they are a guest, of which workspaces they are."""


@dataclass
class Room:
    """A channel, public or private, or somebody's direct messages with the bot."""

    id: str
    name: str
    kind: Literal["public", "private", "im"]
    members: set[str] = field(default_factory=set)
    archived: bool = False
    shared: bool = False
    """With another organisation."""


@dataclass
class Post:
    ts: str
    room: str
    author: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str = ""
    metadata: Json | None = None
    bot: bool = False
    edited: bool = False
    tombstone: bool = False
    only_for: str = ""
    """Who alone sees it, once: an ephemeral message."""
    filled: Filled = field(default_factory=dict)

    @property
    def root(self) -> str:
        return self.thread_ts or self.ts


class Workspace:
    """One workspace with one app in it. `events` is what the app is still to be told."""

    def __init__(self, clock: Callable[[], float], scopes: frozenset[str] = SCOPES) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self.members: dict[str, Member] = {}
        self.rooms: dict[str, Room] = {}
        self.posts: dict[tuple[str, str], Post] = {}
        self.whispers: list[Post] = []
        self.events: list[Json] = []
        self._counts: dict[str, itertools.count[int]] = {}
        self._last_ts = (0, 0)
        self.bot = self.add_member("Escalation Bot", is_bot=True)
        self.tokens = {
            BOT_TOKEN: Token("bot", set(scopes)),
            APP_TOKEN: Token("app", {"connections:write"}),
            CONFIGURATION_TOKEN: Token("configuration", set()),
        }
        self.manifest: Json = {}
        """The app as its owner has set it up."""
        self.socket_mode = True
        """Whether it is switched on for the app."""
        self.org_wide = False
        """Whether the app was installed for a whole organisation."""

    # ── ids ──────────────────────────────────────────────────────────────────────────────────────────────

    def number(self, kind: str) -> int:
        return next(self._counts.setdefault(kind, itertools.count(1)))

    def new_id(self, letter: str) -> str:
        return f"{letter}{self.number(letter):08d}"

    def new_ts(self) -> str:
        """The second it is, and a number that makes it unique: always later than the one before."""
        second, last = int(self.clock()), self._last_ts
        self._last_ts = (second, 100) if second > last[0] else (last[0], last[1] + 100)
        return f"{self._last_ts[0]}.{self._last_ts[1]:06d}"

    # ── people and rooms ─────────────────────────────────────────────────────────────────────────────────

    def add_member(self, name: str, email: str = "", *, is_bot: bool = False) -> Member:
        member = Member(self.new_id("U"), name, email, is_bot=is_bot)
        self.members[member.id] = member
        return member

    def add_room(self, name: str, members: set[str], *, private: bool = False, with_bot: bool = True) -> Room:
        inside = members | ({self.bot.id} if with_bot else set())
        room = Room(self.new_id("C"), name, "private" if private else "public", inside)
        self.rooms[room.id] = room
        return room

    def direct(self, user: str) -> Room:
        """Somebody's direct messages with the bot; made where there are none yet."""
        for room in self.rooms.values():
            if room.kind == "im" and user in room.members:
                return room
        room = Room(self.new_id("D"), "", "im", {user, self.bot.id})
        self.rooms[room.id] = room
        return room

    def named(self, name: str) -> Room:
        return next(room for room in self.rooms.values() if room.name == name)

    def room_for_bot(self, room_id: str) -> Room:
        """As the bot may see it: a private channel that it is not in is not there for it."""
        room = self.rooms.get(room_id)
        if room is None or (room.kind == "private" and self.bot.id not in room.members):
            raise SlackError("channel_not_found")
        return room

    # ── messages ─────────────────────────────────────────────────────────────────────────────────────────

    def add_post(self, post: Post) -> Post:
        self.posts[post.room, post.ts] = post
        return post

    def in_room(self, room: str) -> list[Post]:
        """In the order in which they were posted; those deleted are gone."""
        return [post for post in self.posts.values() if post.room == room]

    def replies(self, post: Post) -> list[Post]:
        return [each for each in self.in_room(post.room) if each.thread_ts == post.ts]

    def remove(self, post: Post) -> None:
        """A message that has replies leaves a stone in its place; any other is gone."""
        if not post.thread_ts and self.replies(post):
            post.tombstone, post.blocks, post.metadata = True, [], None
            post.text, post.author = "This message was deleted.", "USLACKBOT"
        else:
            del self.posts[post.room, post.ts]

    def shown(self, post: Post, *, metadata: bool = False) -> Json:
        """The message as JSON. Without `metadata`, its payload is not told, as to apps that declare no such event."""
        said: Json = {"type": "message", "user": post.author, "ts": post.ts, "text": post.text, "team": TEAM}
        if post.tombstone:
            said |= {"subtype": "tombstone", "hidden": True}
        if post.blocks:
            said["blocks"] = copy.deepcopy(post.blocks)
        if post.bot:
            said |= {"bot_id": BOT_ID, "app_id": APP}
        if post.edited:
            said["edited"] = {"user": post.author, "ts": post.ts}
        if post.thread_ts:
            said["thread_ts"] = post.thread_ts
        elif replies := self.replies(post):
            said |= {"thread_ts": post.ts, "reply_count": len(replies)}
        if post.metadata:
            told = post.metadata if metadata else {"event_type": post.metadata["event_type"], "event_payload": {}}
            said["metadata"] = copy.deepcopy(told)
        return said

    def happened(self, room: Room, post: Post, **more: Any) -> None:
        """The app is to be told of a message: its own as well."""
        kind = {"public": "channel", "private": "group", "im": "im"}[room.kind]
        said = {"channel": room.id, "channel_type": kind, "event_ts": post.ts}
        if "subtype" in more:
            self.events.append({"type": "message", "ts": self.new_ts(), **said, **more})
        else:
            self.events.append({**self.shown(post), **said, **more})
