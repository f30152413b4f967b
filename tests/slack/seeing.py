"""Who and what is there, and what people see."""

from __future__ import annotations

from tests.slack.faults import Fault
from tests.slack.reading import text_of
from tests.slack.server import Server
from tests.slack.views import View
from tests.slack.workspace import Post, Room


class Seen(Server):
    """People are given by user id, or by how their name begins; channels by id or name."""

    # ── who and what is there ────────────────────────────────────────────────────────────────────────────

    def person(self, name: str, email: str = "") -> str:
        """Somebody new. Their user id."""
        return self.workspace.add_member(name, email).id

    def id_of(self, name: str) -> str:
        """A user id as it is, or that of whoever's name begins so."""
        members = self.workspace.members
        return name if name in members else next(one.id for one in members.values() if one.name.startswith(name))

    def channel(self, name: str, *members: str, private: bool = False, with_bot: bool = True) -> str:
        """A new channel. Its id."""
        inside = {self.id_of(member) for member in members}
        return self.workspace.add_room(name, inside, private=private, with_bot=with_bot).id

    def direct(self, user: str) -> str:
        """The id of somebody's direct messages with the bot."""
        with self.workspace.lock:
            return self.workspace.direct(self.id_of(user)).id

    def fail(self, method: str, *faults: Fault, place: str = "") -> None:
        """What goes wrong at the next calls of this method ("*": any), in this channel or with this user only."""
        self.faults.add(method, place, *faults)

    # ── what people see ──────────────────────────────────────────────────────────────────────────────────

    def last(self, user: str) -> Post:
        """The newest message of the bot to this person."""
        return [post for post in self.workspace.in_room(self.direct(user)) if post.bot][-1]

    def sees(self, user: str) -> str:
        """The newest message of the bot to this person, as text."""
        posts = [post for post in self.workspace.in_room(self.direct(user)) if post.bot]
        return text_of(posts[-1].blocks) if posts else "(nothing)"

    def reads(self, channel: str) -> str:
        """Everything that stands in a channel, by its id or name, threads included."""
        room = self.room(channel)
        return "\n".join(text_of(post.blocks) or post.text for post in self.workspace.in_room(room.id))

    def thread(self, channel: str, root: str) -> list[Post]:
        return [post for post in self.workspace.in_room(self.room(channel).id) if root in {post.ts, post.thread_ts}]

    def whispered(self, user: str) -> list[str]:
        """What was said to this person alone in passing: answers to commands, ephemeral messages."""
        said = [post for post in self.workspace.whispers if post.only_for == self.id_of(user)]
        return [text_of(post.blocks) or post.text for post in said]

    def modal(self, user: str) -> View | None:
        """The modal that stands open before this person."""
        return self.views.top(self.id_of(user))

    def home(self, user: str) -> str:
        """What the App Home shows to this person."""
        home = self.views.homes.get(self.id_of(user))
        return text_of(home.body["blocks"]) if home is not None else "(nothing)"

    def room(self, channel: str) -> Room:
        return self.workspace.rooms.get(channel) or self.workspace.named(channel)
