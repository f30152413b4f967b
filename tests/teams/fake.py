"""The whole fake, with what people do in it: `fake.types`, `fake.presses`. What they see is in `seeing`.

People are given by Entra object id, or by how their name begins; inputs, options and buttons by their labels.
"""

from __future__ import annotations

import copy
import html
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.teams.checks import faults_of
from tests.teams.inbound import Ack, team_data
from tests.teams.reading import Button, Fills, called, fill, missing, text_of, values
from tests.teams.seeing import Seen
from tests.teams.tenants import BOT_APP, BOT_NAME, TENANT, Json, Member, Post, Room

__all__ = ["Ack", "TeamsFake"]

MENTION = f"@{BOT_NAME}"
CARD = "application/vnd.microsoft.card.adaptive"


class TeamsFake(Seen):
    """A Teams with a bot in it. `clock` gives the seconds of ids and times; what is sent to the bot is signed with the
    real time, as whoever verifies it looks at that."""

    tenant, app = TENANT, BOT_APP

    def __init__(self, clock: Callable[[], float] = time.time, secure: ssl.SSLContext | None = None) -> None:
        super().__init__(clock, secure)

    def __enter__(self) -> TeamsFake:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # ── what people type ─────────────────────────────────────────────────────────────────────────────────

    def types(self, user: str, text: str, channel: str = "", thread: str = "") -> Ack:
        """Type it: to the bot, or in a channel, where it is told only what mentions it. Waits for the bot's answer."""
        who = self.who(user)
        assert not who.deleted, "Who has left cannot type anything."
        room = self.room(channel) if channel else self.personal(user)
        assert self.tenants.is_inside(who, room), "Nobody types in a channel of a team that they are not in."
        with self.tenants.lock:
            post = Post(self.tenants.new_id(), room.id, who.account, text.replace(MENTION, _at(BOT_NAME)), root=thread)
            self.tenants.add_post(post)
            mentions = self._mentions(post.text)
        if not self.tenants.has_bot(room) or (room.kind == "channel" and not mentions) or who.blocked:
            return Ack(())
        marked = f"<p>{html.escape(text)}</p>" if mentions or "\n" in text else ""
        return self._tell(self.inbound.message(who, room, post, marked, entities=mentions))

    def _mentions(self, text: str) -> list[Json]:
        named = {"id": self.tenants.bot, "name": BOT_NAME}
        return [{"type": "mention", "text": _at(BOT_NAME), "mentioned": named}] if _at(BOT_NAME) in text else []

    # ── what people press ────────────────────────────────────────────────────────────────────────────────

    def presses(self, user: str, label: str, given: Fills | None = None, among: Post | None = None) -> Ack:
        """Press what has this label, with these values in the inputs, in the newest message that shows it, private ones
        first. What the bot answers stands in the card's stead for this person."""
        who = self.who(user)
        post = among or self._shows(who, label)
        with self.tenants.lock:
            cards = post.seen_by(who.id)
            fill(cards, who.id, post.filled, given or {}, self.tenants.members)
            button = _button(cards, label)
            empty = missing(cards, button, who.id, post.filled)
            assert not empty, f"Teams does not send it while these are empty: {empty}"
            activity, edited = self._pressed(who, post, button), post.edited
        ack = self._tell(activity)
        if ack.ok and ack.needs:
            with self.tenants.lock:
                self._answered(who, post, button.card, ack.body, edited)
        return ack

    def looks(self, user: str, post: Post) -> Ack:
        """Somebody sees a message. Where a card of it names them, their Teams asks by itself how it stands now."""
        who = self.who(user)
        for n, card in enumerate(post.cards):
            refresh = card.get("refresh") or {}
            if {who.account, f"8:orgid:{who.id}"} & set(refresh.get("userIds") or ()):
                activity, edited = self._pressed(who, post, Button(n, refresh["action"]), "automatic"), post.edited
                ack = self._tell(activity)
                if ack.ok:
                    with self.tenants.lock:
                        self._answered(who, post, n, ack.body, edited)
                return ack
        return Ack(())

    def fills(self, user: str, given: Fills) -> None:
        """Put values into inputs of the newest message to this person."""
        with self.tenants.lock:
            post, who = self.last(user), self.who(user)
            fill(post.seen_by(who.id), who.id, post.filled, given, self.tenants.members)

    def _pressed(self, who: Member, post: Post, button: Button, trigger: str = "manual") -> Json:
        room, element = self.tenants.rooms[post.room], button.element
        held = values(post.seen_by(who.id), button.card, who.id, post.filled)
        if element.get("associatedInputs") == "none" or trigger == "automatic":
            held = {}
        data = {**copy.deepcopy(element["data"]), **held} if "data" in element else held
        root = post.thread if room.kind == "channel" else ""
        if element["type"] == "Action.Submit":
            empty = Post(self.tenants.new_id(), room.id, who.account, root=root)
            return self.inbound.message(who, room, empty, "", value=data, replyToId=post.id)
        action = {name: element[name] for name in ("type", "id", "title", "verb") if name in element}
        value = {"action": action | {"data": data}, "trigger": trigger}
        activity = self.inbound.invoke(who, room, root, "adaptiveCard/action", value, replyToId=post.id)
        activity["channelData"] |= {"source": {"name": "message"}, "legacy": {"replyToId": f"1:{post.id}"}}
        return activity

    def _answered(self, who: Member, post: Post, card: int, body: Any, edited: int) -> None:
        """What Teams makes of the answer to a press. A change of the message that came first is not undone by it."""
        kind, value = str(body.get("type")), body["value"]
        if kind == CARD:
            wrong = faults_of(value)
            assert not wrong, f"Teams would show an error instead of this card: {wrong}"
            post.ever.append(value)
            if post.edited == edited:
                post.replaced[who.id, card] = copy.deepcopy(value)
            post.filled = {place: held for place, held in post.filled.items() if place[:2] != (who.id, card)}
        elif kind == "application/vnd.microsoft.activity.message":
            self.tenants.told.setdefault(who.id, []).append(str(value))
        else:
            raise AssertionError(f"Teams does not know an answer of the type {kind!r}.")

    def uses(
        self, user: str, command: str, post: Post | None = None, *, fetch: bool = True, data: Json | None = None
    ) -> Ack:
        """The action of the message extension that has this id: on a message, or, without one, where one writes.
        `fetch`: its manifest says that the bot is asked for a dialog first."""
        who = self.who(user)
        room = self.tenants.rooms[post.room] if post else self.personal(user)
        root = post.thread if post and room.kind == "channel" else ""
        value: Json = {
            "commandId": command,
            "commandContext": "message" if post else "compose",
            "context": {"theme": "default"},
        }
        if data is not None:
            value["data"] = data
        if post is not None:
            value["messagePayload"] = self._payload(post)
        name = "composeExtension/fetchTask" if fetch else "composeExtension/submitAction"
        ack = self._tell(self.inbound.invoke(who, room, root, name, value))
        if ack.ok:
            task = ack.body["task"]
            assert task["type"] == "message", "This fake shows no dialogs yet."
            self.tenants.told.setdefault(who.id, []).append(task["value"])
        return ack

    def _payload(self, post: Post) -> Json:
        at = datetime.fromtimestamp(int(post.id) / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        attachments = self.tenants.shown(post)["attachments"]
        marks = "".join(f'<attachment id="{n}"></attachment>' for n, _ in enumerate(attachments))
        return {
            "linkToMessage": f"https://teams.microsoft.com/l/message/{post.room}/{post.id}", "id": post.id,
            "replyToId": post.root or None, "createdDateTime": at, "lastModifiedDateTime": None, "deleted": False,
            "subject": "", "summary": None, "importance": "normal", "locale": "en-gb",
            "body": {"contentType": "html", "content": marks or html.escape(post.text)},
            "from": self._author(post), "reactions": [], "mentions": [],
            "attachments": [{"id": str(n), "contentType": CARD} for n, _ in enumerate(attachments)],
        }  # fmt: skip

    def _author(self, post: Post) -> Json:
        if post.bot:
            app = {"applicationIdentityType": "bot", "id": BOT_APP, "displayName": BOT_NAME}
            return {"device": None, "conversation": None, "user": None, "application": app}
        member = self.tenants.member(post.author)
        user = {"userIdentityType": "aadUser", "id": member.id, "displayName": member.name}
        return {"device": None, "conversation": None, "user": user, "application": None}

    # ── what happens to the app and to teams ─────────────────────────────────────────────────────────────

    def installs(self, user: str, team: str = "") -> list[Ack]:
        """For this person alone, or into a team. The bot is told that it is a member, and that it was installed."""
        who = self.who(user)
        room = self.tenants.rooms[self.team(team).id] if team else self.personal(user)
        self._set_app(room, there=True)
        self.tenants.members[who.id].blocked = False
        bot = [{"id": self.tenants.bot}]
        added = self.inbound.update(
            who, room, "conversationUpdate", membersAdded=bot, data={"eventType": "teamMemberAdded"} if team else {}
        )
        selected = {"settings": {"selectedChannel": {"id": room.id}}} if team else {}
        return [
            self._tell(added),
            self._tell(self.inbound.update(who, room, "installationUpdate", action="add", data=selected)),
        ]

    def removes(self, user: str, team: str = "") -> list[Ack]:
        """Somebody removes the app for themselves, or from a team."""
        who = self.who(user)
        room = self.tenants.rooms[self.team(team).id] if team else self.personal(user)
        self._set_app(room, there=False)
        gone = self.inbound.update(who, room, "installationUpdate", action="remove")
        told = [self._tell(gone)]
        if team:
            bot = [{"id": self.tenants.bot}]
            data = {"eventType": "teamMemberRemoved"}
            told.append(self._tell(self.inbound.update(who, room, "conversationUpdate", membersRemoved=bot, data=data)))
        return told

    def blocks(self, user: str) -> None:
        """Somebody blocks the bot. Nobody is told."""
        self.who(user).blocked = True

    def renames(self, user: str, team: str, name: str) -> Ack:
        named = self.team(team)
        named.name = name
        return self._team_event(user, named.id, "teamRenamed")

    def renames_channel(self, user: str, channel: str, name: str) -> Ack:
        room = self.room(channel)
        room.name = name
        data = {"eventType": "channelRenamed", "channel": {"id": room.id, "name": name}}
        return self._tell(
            self.inbound.update(self.who(user), self.tenants.rooms[room.team], "conversationUpdate", data=data)
        )

    def deletes_channel(self, user: str, channel: str) -> Ack:
        with self.tenants.lock:
            room = self.room(channel)
            del self.tenants.rooms[room.id]
        data = {"eventType": "channelDeleted", "channel": {"id": room.id, "name": room.name}}
        return self._tell(
            self.inbound.update(self.who(user), self.tenants.rooms[room.team], "conversationUpdate", data=data)
        )

    def joins(self, user: str, team: str) -> Ack:
        """Somebody becomes a member of a team."""
        who, joined = self.who(user), self.team(team)
        joined.members.add(who.id)
        told = [{"id": who.account, "aadObjectId": who.id}]
        return self._team_event(user, joined.id, "teamMemberAdded", membersAdded=told)

    def leaves(self, user: str, team: str) -> Ack:
        who, left = self.who(user), self.team(team)
        left.members.discard(who.id)
        told = [{"id": who.account, "aadObjectId": who.id}]
        return self._team_event(user, left.id, "teamMemberRemoved", membersRemoved=told)

    def moves(self, region: str) -> None:
        """Microsoft moves the tenant: from now on it is called at another address, as the next activity says."""
        self.region = region

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────

    def _team_event(self, user: str, team: str, event: str, **more: Any) -> Ack:
        room, data = self.tenants.rooms[team], {"eventType": event, "team": team_data(self.tenants.teams[team])}
        return self._tell(self.inbound.update(self.who(user), room, "conversationUpdate", data=data, **more))

    def _set_app(self, room: Room, *, there: bool) -> None:
        with self.tenants.lock:
            if room.kind == "channel":
                self.tenants.teams[room.team].has_app = there
            else:
                self.tenants.members[room.person].has_app = there

    def _tell(self, activity: Json) -> Ack:
        return self.run(self.inbound.tell(activity), within=self.inbound.longest)

    def _shows(self, who: Member, label: str) -> Post:
        """The newest message that shows this button to them: private ones first."""
        rooms = [room for room in self.tenants.rooms.values() if self.tenants.is_inside(who, room)]
        for kind in ("personal", "channel"):
            posts = [post for room in rooms if room.kind == kind for post in self.tenants.in_room(room.id)]
            for post in sorted(posts, key=lambda post: int(post.id), reverse=True):
                if called(post.seen_by(who.id), label):
                    return post
        raise AssertionError(f"There is no button {label!r}. The last message is:\n{self.sees(who.id)}")


def _button(cards: list[Json], label: str) -> Button:
    found = called(cards, label)
    if not found:
        raise AssertionError(f"There is no button {label!r} in:\n{text_of(cards)}")
    return found[0]


def _at(name: str) -> str:
    return f"<at>{name}</at>"
