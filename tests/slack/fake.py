"""The whole fake, with what people do in it: `fake.types`, `fake.presses`. What they see is in `seeing`.

People are given by user id, or by the first word of their name; inputs, options and buttons by their labels.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from bot.chat.slack import manifest
from tests.slack.inbound import Ack, Kind
from tests.slack.reading import Button, Fills, buttons, fill, missing, text_of, values
from tests.slack.seeing import Seen
from tests.slack.views import View
from tests.slack.workspace import APP_TOKEN, BOT_TOKEN, SCOPES, SIGNING_SECRET, TEAM, Json, Post, Room

__all__ = ["Ack", "SlackFake"]

SUBSCRIBED = manifest.events()
ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


class SlackFake(Seen):
    """A workspace with an app in it. `subscribed` are the events that its manifest asks for.

    `clock` gives the seconds of ids, trigger ids and response_urls; what is sent to the app is signed with the real
    time, as whoever verifies it looks at that.
    """

    team, bot_token, app_token, signing_secret = TEAM, BOT_TOKEN, APP_TOKEN, SIGNING_SECRET

    def __init__(
        self,
        clock: Callable[[], float] = time.time,
        scopes: frozenset[str] = SCOPES,
        subscribed: frozenset[str] = SUBSCRIBED,
    ) -> None:
        super().__init__(clock, scopes)
        self.subscribed = subscribed

    def __enter__(self) -> SlackFake:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # ── what people type ─────────────────────────────────────────────────────────────────────────────────

    def types(self, user: str, text: str, channel: str = "", thread: str = "") -> Ack:
        """Type it: to the bot, or in a channel; a line that begins with / is a command. Waits for the app's answer."""
        user, room = self.id_of(user), self.room(channel or self.direct(user))
        assert not self.workspace.members[user].deleted, "Who was deactivated cannot type anything."
        assert user in room.members, "Nobody types in a channel that they are not in."
        if text.startswith("/"):
            assert not thread, "Commands cannot be used in threads."
            return self._commands(user, room, *text.split(maxsplit=1))
        with self.workspace.lock:
            post = Post(self.workspace.new_ts(), room.id, user, self._sent(text), thread_ts=thread)
            self.workspace.add_post(post)
            events = self._message_events(room, post)
        acks = [self._tell("events_api", self.inbound.event(event)) for event in events]
        return acks[0] if acks else Ack(())

    def _commands(self, user: str, room: Room, word: str, text: str = "") -> Ack:
        with self.workspace.lock:
            trigger, url = self.views.new_trigger(user), self.new_response_url(room.id, user)
            shown = {"id": room.id, "name": "directmessage" if room.kind == "im" else room.name}
            payload = self.inbound.command(user, shown, word, self._sent(text), trigger, url)
        ack = self._tell("slash_commands", payload)
        if ack.ok and ack.body:
            with self.workspace.lock:
                self.respond(room.id, user, ack.body if isinstance(ack.body, dict) else {"text": ack.body})
        return ack

    def _message_events(self, room: Room, post: Post) -> list[Json]:
        """A mention is told twice: as a mention and as a message."""
        kind = {"public": "channel", "private": "group", "im": "im"}[room.kind]
        said = self.workspace.shown(post) | {
            "channel": room.id, "channel_type": kind, "event_ts": post.ts, "client_msg_id": f"message-{post.ts}",
        }  # fmt: skip
        if self.workspace.bot.id not in room.members:
            return []
        events = [said] if f"message.{kind if kind == 'im' else kind + 's'}" in self.subscribed else []
        if f"<@{self.workspace.bot.id}>" in post.text and room.kind != "im" and "app_mention" in self.subscribed:
            mention = {name: value for name, value in said.items() if name not in {"channel_type"}}
            events.append(mention | {"type": "app_mention"})
        return events

    def _sent(self, text: str) -> str:
        """As Slack passes typed text on: signs escaped, mentions and addresses marked up."""
        sent = "".join(ESCAPED.get(sign, sign) for sign in text)
        sent = sent.replace(f"@{self.workspace.bot.name}", f"<@{self.workspace.bot.id}>")
        return re.sub(r"\b([\w.+-]+@[\w-]+(?:\.[\w-]+)+)", r"<mailto:\1|\1>", sent)

    def edits(self, post: Post, text: str) -> Ack:
        """Whoever typed it changes it."""
        with self.workspace.lock:
            before = self.workspace.shown(post)
            post.text, post.edited = self._sent(text), True
            more = {"subtype": "message_changed", "message": self.workspace.shown(post), "previous_message": before}
            self.workspace.happened(self.workspace.rooms[post.room], post, **more)
        return self._flush()

    def deletes(self, post: Post) -> Ack:
        """Somebody who may takes a message away: whoever typed it, or an administrator."""
        with self.workspace.lock:
            before = self.workspace.shown(post)
            self.workspace.remove(post)
            more = {"subtype": "message_deleted", "deleted_ts": post.ts, "previous_message": before}
            self.workspace.happened(self.workspace.rooms[post.room], post, **more)
        return self._flush()

    # ── what people press ────────────────────────────────────────────────────────────────────────────────

    def presses(self, user: str, label: str, given: Fills | None = None, among: Post | None = None) -> Ack:
        """Press what has this label, with these values in the inputs: in the modal that is open, in the newest
        message that shows it, private ones first, or in the App Home."""
        user = self.id_of(user)
        if among is None and (view := self.modal(user)) is not None:
            return self._presses_in_modal(user, view, label, given or {})
        post = among or self._shows(user, label)
        if post is None:
            return self._presses_in_view(user, self._home_with(user, label), label, given or {})
        with self.workspace.lock:
            fill(post.blocks, user, post.filled, given or {}, self.workspace.members)
            payload = self._message_action(user, post, _button(post.blocks, label))
        return self._tell("interactive", payload)

    def fills(self, user: str, given: Fills) -> None:
        """Put values into inputs of the modal that is open, or of the newest message to this person."""
        user = self.id_of(user)
        with self.workspace.lock:
            view = self.modal(user)
            shown = self.last(user) if view is None else view
            blocks = shown.blocks if isinstance(shown, Post) else shown.body["blocks"]
            fill(blocks, user, shown.filled, given, self.workspace.members)

    def closes(self, user: str) -> Ack:
        """Close the topmost modal. The app is told if it wanted to be."""
        view = self.modal(user)
        assert view is not None, "No modal is open."
        self.views.stacks[view.user].remove(view)
        if not view.body.get("notify_on_close"):
            return Ack(())
        payload = self.inbound.interaction("view_closed", view.user, "", view=self.views.shown(view), is_cleared=False)
        return self._tell("interactive", payload)

    def opens_home(self, user: str) -> Ack:
        user = self.id_of(user)
        home = self.views.homes.get(user)
        more = {"view": self.views.shown(home)} if home is not None else {}
        event = {"type": "app_home_opened", "user": user, "channel": self.direct(user), "tab": "home", **more}
        return self._event(event)

    def picks_shortcut(self, user: str, callback_id: str, post: Post | None = None) -> Ack:
        """A global shortcut, or with `post` one of a message."""
        user = self.id_of(user)
        more: Json = {"callback_id": callback_id, "action_ts": f"{time.time():.6f}"}
        with self.workspace.lock:
            if post is not None:
                more |= {"message_ts": post.ts, "message": self.workspace.shown(post), "channel": self._channel(post)}
                more["response_url"] = self.new_response_url(post.room, user)
            kind = "shortcut" if post is None else "message_action"
            payload = self.inbound.interaction(kind, user, self.views.new_trigger(user), **more)
        return self._tell("interactive", payload)

    def deactivates(self, user: str, *, deleted: bool = True) -> Ack:
        """An administrator takes somebody's account away, or gives it back."""
        with self.workspace.lock:
            member = self.workspace.members[self.id_of(user)]
            member.deleted = deleted
            event = {"type": "user_change", "user": self.methods.person(member.id, frozenset()), "cache_ts": 0}
        return self._event(event)

    # ── Socket Mode ──────────────────────────────────────────────────────────────────────────────────────

    def disconnects(self, reason: str = "refresh_requested", *, warn: bool = False, close: bool = True) -> None:
        """Tell all connections to go, and close them."""
        self.run(self.sockets.disconnect(reason, warn=warn, close=close))

    def cuts(self) -> None:
        """All connections break."""
        self.run(self.sockets.cut())

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────

    def _channel(self, post: Post) -> Json:
        room = self.workspace.rooms[post.room]
        return {"id": room.id, "name": "directmessage" if room.kind == "im" else room.name}

    def _tell(self, kind: Kind, payload: Json) -> Ack:
        return self.run(self.inbound.tell(kind, payload))

    def _event(self, event: Json) -> Ack:
        return self._tell("events_api", self.inbound.event(event)) if event["type"] in self.subscribed else Ack(())

    def _flush(self) -> Ack:
        """Tell what happened to a message, and wait for the answer."""
        with self.workspace.lock:
            events, self.workspace.events = self.workspace.events, []
        acks = [self._tell("events_api", self.inbound.event(event)) for event in events]
        return acks[-1] if acks else Ack(())

    def _shows(self, user: str, label: str) -> Post | None:
        rooms = [room for room in self.workspace.rooms.values() if user in room.members]
        posts = [post for room in rooms for post in self.workspace.in_room(room.id)]
        whispers = [post for post in self.workspace.whispers if post.only_for == user]
        shown = [post for post in [*whispers, *posts] if any(each.label == label for each in buttons(post.blocks))]
        private = [post for post in shown if self.workspace.rooms[post.room].kind == "im"]
        return (private or shown)[-1] if shown else None

    def _home_with(self, user: str, label: str) -> View:
        home = self.views.homes.get(user)
        if home is None or not any(each.label == label for each in buttons(home.body["blocks"])):
            raise AssertionError(f"There is no button {label!r}. The last message is:\n{self.sees(user)}")
        return home

    def _message_action(self, user: str, post: Post, button: Button) -> Json:
        whisper = bool(post.only_for)
        container = {"type": "message", "message_ts": post.ts, "channel_id": post.room, "is_ephemeral": whisper}
        if post.thread_ts:
            container["thread_ts"] = post.thread_ts
        return self.inbound.interaction(
            "block_actions", user, self.views.new_trigger(user), container=container, channel=self._channel(post),
            message=self.workspace.shown(post), state={"values": values(post.blocks, user, post.filled)},
            response_url=self.new_response_url(post.room, user, post.ts), actions=[_action(button)],
        )  # fmt: skip

    def _presses_in_modal(self, user: str, view: View, label: str, given: Fills) -> Ack:
        submit, close = (view.body.get(name, {}).get("text") for name in ("submit", "close"))
        if label == submit:
            return self._submits(user, view, given)
        return self.closes(user) if label == close else self._presses_in_view(user, view, label, given)

    def _presses_in_view(self, user: str, view: View, label: str, given: Fills) -> Ack:
        with self.workspace.lock:
            blocks = view.body["blocks"]
            fill(blocks, user, view.filled, given, self.workspace.members)
            button, modal = _button(blocks, label), view.body["type"] == "modal"
            shown = self.views.shown(view, values(blocks, user, view.filled))
            payload = self.inbound.interaction(
                "block_actions", user, self.views.new_trigger(user, modal=modal), view=shown,
                container={"type": "view", "view_id": view.id}, actions=[_action(button)],
            )  # fmt: skip
        return self._tell("interactive", payload)

    def _submits(self, user: str, view: View, given: Fills) -> Ack:
        with self.workspace.lock:
            blocks = view.body["blocks"]
            fill(blocks, user, view.filled, given, self.workspace.members)
            empty = missing(blocks, user, view.filled)
            assert not empty, f"Slack does not send it while these are empty: {empty}"
            shown = self.views.shown(view, values(blocks, user, view.filled))
            trigger = self.views.new_trigger(user, modal=True)
            payload = self.inbound.interaction("view_submission", user, trigger, view=shown, response_urls=[])
        ack = self._tell("interactive", payload)
        if ack.ok:
            with self.workspace.lock:
                self.views.answered(view, ack.body or {})
        return ack


def _button(blocks: list[Json], label: str) -> Button:
    found = [each for each in buttons(blocks) if each.label == label]
    if not found:
        raise AssertionError(f"There is no button {label!r} in:\n{text_of(blocks)}")
    return found[0]


def _action(button: Button) -> Json:
    told: dict[str, Any] = {name: button.element[name] for name in ("action_id", "text", "value", "style", "type")
                            if name in button.element}  # fmt: skip
    return {"block_id": button.block_id, "action_ts": f"{time.time():.6f}", **told}
