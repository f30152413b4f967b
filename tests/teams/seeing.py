"""Who and what is there, and what people see."""

from __future__ import annotations

import re

from tests.teams.faults import Fault, Operation
from tests.teams.reading import text_of
from tests.teams.server import Server
from tests.teams.tenants import TENANT, Member, Post, Room, Team

PART = re.compile(r"\(part ([2-9]|\d\d+) of \d+\)$")


class Seen(Server):
    """People are given by Entra object id, or by how their name begins; channels and teams by id or name."""

    # ── who and what is there ────────────────────────────────────────────────────────────────────────────

    def person(self, name: str, email: str = "", tenant: str = TENANT) -> str:
        """Somebody new, for whom the app is installed. Their Entra object id."""
        return self.tenants.add_member(name, email, tenant).id

    def who(self, name: str) -> Member:
        members = self.tenants.members
        return members[name] if name in members else next(m for m in members.values() if m.name.startswith(name))

    def id_of(self, name: str) -> str:
        return self.who(name).id

    def new_team(self, name: str, *members: str, tenant: str = TENANT) -> str:
        """A new team, with the app installed. Its id, which is that of its first channel as well."""
        return self.tenants.add_team(name, {self.id_of(member) for member in members}, tenant).id

    def channel(self, name: str, team: str = "", *, private: bool = False) -> str:
        """A new channel of a team, or of the first there is. Its id."""
        return self.tenants.add_channel(self.team(team), name, private=private).id

    def team(self, name: str = "") -> Team:
        teams = self.tenants.teams
        return teams.get(name) or next(team for team in teams.values() if name in {"", team.name})

    def room(self, channel: str) -> Room:
        return self.tenants.rooms.get(channel) or self.tenants.named(channel)

    def personal(self, user: str) -> Room:
        with self.tenants.lock:
            return self.tenants.personal(self.id_of(user))

    def fail(self, operation: Operation, *faults: Fault, place: str = "") -> None:
        """What goes wrong at the next calls of this operation, at this place only: a conversation, or the Entra object
        id of whom a chat is begun with."""
        self.faults.add(operation, place, *faults)

    # ── what people see ──────────────────────────────────────────────────────────────────────────────────

    def said(self, user: str) -> list[Post]:
        """Everything that the bot has said to this person alone, in order."""
        return [post for post in self.tenants.in_room(self.personal(user).id) if post.bot]

    def last(self, user: str) -> Post:
        return self.said(user)[-1]

    def sees(self, user: str) -> str:
        """The newest message of the bot to this person, as text, with all its parts if it was said in several."""
        posts = self.said(user)
        parts = [posts.pop()] if posts else []
        while posts and parts[0].cards and PART.search(parts[0].cards[0]["fallbackText"]):
            parts.insert(0, posts.pop())
        return "\n".join(self.read(post, user) for post in parts) or "(nothing)"

    def read(self, post: Post, user: str = "") -> str:
        """A message as text, as this person sees it."""
        return text_of(post.seen_by(self.id_of(user) if user else "")) or post.text

    def reads(self, channel: str) -> str:
        """Everything that stands in a channel, by its id or name, threads included."""
        return "\n".join(self.read(post) for post in self.tenants.in_room(self.room(channel).id))

    def thread(self, channel: str, root: str) -> list[Post]:
        return [post for post in self.tenants.in_room(self.room(channel).id) if post.thread == root]
