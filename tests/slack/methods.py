"""The methods of the Web API, each with the scopes that it needs. What is in `views` is there.

Limits, errors and answers as in docs.slack.dev/reference/methods.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.slack.checks import check_blocks, check_length, check_metadata, check_text
from tests.slack.views import Views
from tests.slack.workspace import APP, BOT_ID, DOMAIN, TEAM, Json, Post, Room, SlackError, Workspace

READ = {"public": "channels:read", "private": "groups:read", "im": "im:read"}
HISTORY = {"public": "channels:history", "private": "groups:history", "im": "im:history"}
MOST = 999
OF_KIND = {"apps.connections.open": "app", "apps.manifest.export": "configuration"}
"""Methods that take another kind of token than a bot's."""


@dataclass(frozen=True)
class Call:
    """One call as it was made. `scopes` are those of its token."""

    method: str
    args: Json
    scopes: frozenset[str] = frozenset()

    def need(self, scope: str) -> None:
        if scope not in self.scopes:
            raise SlackError("missing_scope", needed=scope, provided=",".join(sorted(self.scopes)))

    def text(self, name: str) -> str:
        return str(self.args.get(name) or "")

    def flag(self, name: str) -> bool:
        return str(self.args.get(name, "")).lower() in {"1", "true"}


class Methods:
    """Answers calls. `new_socket` gives the address of another websocket."""

    def __init__(self, workspace: Workspace, views: Views, new_socket: Callable[[], str]) -> None:
        self.workspace, self.views, self.new_socket = workspace, views, new_socket
        self.known: Mapping[str, Callable[[Call], Json]] = {
            "auth.test": self.auth_test,
            "apps.connections.open": self.open_connection,
            "apps.manifest.export": self.export_manifest,
            "bots.info": self.bot_info,
            "chat.delete": self.delete,
            "chat.getPermalink": self.permalink,
            "chat.postEphemeral": self.post_ephemeral,
            "chat.postMessage": self.post_message,
            "chat.update": self.update,
            "conversations.history": self.history,
            "conversations.info": self.room_info,
            "conversations.members": self.room_members,
            "conversations.open": self.open_direct,
            "conversations.replies": self.replies,
            "users.info": self.user_info,
            "users.list": self.user_list,
            "users.lookupByEmail": self.user_by_email,
            "views.open": lambda call: self.views.open(call.text("trigger_id"), self._view(call)),
            "views.publish": lambda call: self.views.publish(call.text("user_id"), self._view(call), call.text("hash")),
            "views.push": lambda call: self.views.push(call.text("trigger_id"), self._view(call)),
            "views.update": lambda call: self.views.update(
                call.text("view_id"), call.text("external_id"), self._view(call), call.text("hash")
            ),
        }

    def answer(self, method: str, token: str, args: Json) -> Json:
        """What Slack answers; `workspace.lock` is held."""
        try:
            if method not in self.known:
                raise SlackError("unknown_method")
            return {"ok": True, **self.known[method](self._authorised(method, token, args))}
        except SlackError as error:
            return error.answer

    def _authorised(self, method: str, given: str, args: Json) -> Call:
        if not given:
            raise SlackError("not_authed")
        token = self.workspace.tokens.get(given)
        if token is None:
            raise SlackError("invalid_auth")
        if token.trouble:
            raise SlackError(token.trouble)
        if token.kind != OF_KIND.get(method, "bot"):
            raise SlackError("not_allowed_token_type")
        return Call(method, args, frozenset(token.scopes))

    def _view(self, call: Call) -> Json:
        view = call.args.get("view")
        if not isinstance(view, dict):
            raise SlackError("invalid_arguments", response_metadata={"messages": ["[ERROR] missing required: view"]})
        return view

    # ── the app itself ───────────────────────────────────────────────────────────────────────────────────

    def auth_test(self, call: Call) -> Json:
        bot = self.workspace.bot
        return {
            "url": f"https://{DOMAIN}.slack.com/", "team": "Example", "team_id": TEAM, "user": bot.name,
            "user_id": bot.id, "bot_id": BOT_ID, "is_enterprise_install": self.workspace.org_wide,
        }  # fmt: skip

    def open_connection(self, call: Call) -> Json:
        call.need("connections:write")
        if not self.workspace.socket_mode:
            raise SlackError("forbidden_team")
        return {"url": self.new_socket()}

    def export_manifest(self, call: Call) -> Json:
        if call.text("app_id") != APP:
            raise SlackError("app_not_found")
        return {"manifest": self.workspace.manifest}

    def bot_info(self, call: Call) -> Json:
        call.need("users:read")
        if call.text("bot") != BOT_ID:
            raise SlackError("bot_not_found")
        bot = self.workspace.bot
        return {"bot": {"id": BOT_ID, "app_id": APP, "user_id": bot.id, "name": bot.name, "deleted": False}}

    # ── saying something ─────────────────────────────────────────────────────────────────────────────────

    def post_message(self, call: Call) -> Json:
        call.need("chat:write")
        room = self._writable(call)
        post = self._post(call, room)
        if thread := call.text("thread_ts"):
            root = self.workspace.posts.get((room.id, thread))
            if root is not None and root.thread_ts:
                raise SlackError("cannot_reply_to_message")
            # A reply to what was deleted is not refused: it stands in the channel.
            post.thread_ts = thread if root is not None else ""
        self.workspace.add_post(post)
        self.workspace.happened(room, post)
        return {"channel": room.id, "ts": post.ts, "message": self.workspace.shown(post, metadata=True)}

    def post_ephemeral(self, call: Call) -> Json:
        call.need("chat:write")
        room = self._writable(call)
        post = self._post(call, room)
        if call.text("user") not in room.members:
            raise SlackError("user_not_in_channel")
        post.only_for, post.thread_ts = call.text("user"), call.text("thread_ts")
        self.workspace.whispers.append(post)
        return {"message_ts": post.ts}

    def update(self, call: Call) -> Json:
        call.need("chat:write")
        room = self.workspace.room_for_bot(call.text("channel"))
        if room.archived:
            raise SlackError("is_inactive")
        post = self._own(call, room, "cant_update_message")
        new = self._post(call, room, post.ts)
        post.text, post.blocks, post.edited = new.text, new.blocks, True
        if "metadata" in call.args:
            post.metadata = new.metadata
        self.workspace.happened(room, post, subtype="message_changed", message=self.workspace.shown(post), hidden=True)
        return {"channel": room.id, "ts": post.ts, "text": post.text, "message": self.workspace.shown(post)}

    def delete(self, call: Call) -> Json:
        call.need("chat:write")
        room = self.workspace.room_for_bot(call.text("channel"))
        post = self._own(call, room, "cant_delete_message")
        self.workspace.remove(post)
        self.workspace.happened(room, post, subtype="message_deleted", deleted_ts=post.ts, hidden=True)
        return {"channel": room.id, "ts": post.ts}

    def permalink(self, call: Call) -> Json:
        room = self.workspace.room_for_bot(call.text("channel"))
        ts = call.text("message_ts")
        if (room.id, ts) not in self.workspace.posts:
            raise SlackError("message_not_found")
        address = f"https://{DOMAIN}.slack.com/archives/{room.id}/p{ts.replace('.', '')}"
        return {"channel": room.id, "permalink": address}

    def _writable(self, call: Call) -> Room:
        """By id only: names are ambiguous to people, though Slack takes some."""
        room = self.workspace.room_for_bot(call.text("channel"))
        if room.archived:
            raise SlackError("is_archived")
        if self.workspace.bot.id not in room.members and "chat:write.public" not in call.scopes:
            raise SlackError("not_in_channel")
        return room

    def _own(self, call: Call, room: Room, otherwise: str) -> Post:
        post = self.workspace.posts.get((room.id, call.text("ts")))
        if post is None or post.tombstone:
            raise SlackError("message_not_found")
        if post.author != self.workspace.bot.id:
            raise SlackError(otherwise)
        return post

    def _post(self, call: Call, room: Room, ts: str = "") -> Post:
        """A message of the bot as the call describes it; not yet in its room."""
        text, blocks, metadata = call.text("text"), call.args.get("blocks") or [], call.args.get("metadata") or None
        check_text(text, blocks)
        check_length(blocks)
        check_blocks(blocks, set(self.workspace.members))
        if metadata is not None:
            check_metadata(metadata)
        named = [{"block_id": f"b{self.workspace.number('block')}", **block} for block in blocks]
        author = self.workspace.bot.id
        return Post(ts or self.workspace.new_ts(), room.id, author, text, named, metadata=metadata, bot=True)

    # ── rooms ────────────────────────────────────────────────────────────────────────────────────────────

    def open_direct(self, call: Call) -> Json:
        call.need("im:write")
        users = call.text("users").split(",")
        if len(users) != 1 or not users[0]:
            raise SlackError("users_list_not_supplied")
        member = self.workspace.members.get(users[0])
        if member is None:
            raise SlackError("user_not_found")
        if member.is_bot:
            raise SlackError("cannot_dm_bot")
        if member.deleted:
            raise SlackError("user_disabled")
        return {"channel": {"id": self.workspace.direct(member.id).id}}

    def room_info(self, call: Call) -> Json:
        room = self.workspace.room_for_bot(call.text("channel"))
        call.need(READ[room.kind])
        return {"channel": self._described(room)}

    def room_members(self, call: Call) -> Json:
        room = self.workspace.room_for_bot(call.text("channel"))
        call.need(READ[room.kind])
        chosen, meta = _page(sorted(room.members), call)
        return {"members": chosen, **meta}

    def _described(self, room: Room) -> Json:
        said = {"id": room.id, "name": room.name, "is_archived": room.archived, "is_im": room.kind == "im"}
        private = room.kind == "private"
        said["is_ext_shared"] = room.shared
        return said | {"is_private": private, "is_member": self.workspace.bot.id in room.members}

    def history(self, call: Call) -> Json:
        """What stands in the room itself, the newest first."""
        room = self._readable(call)
        posts = [post for post in self.workspace.in_room(room.id) if not post.thread_ts]
        return self._messages(call, posts[::-1])

    def replies(self, call: Call) -> Json:
        """A thread with its first message, the oldest first; asked for by that, or by any reply."""
        room = self._readable(call)
        found = self.workspace.posts.get((room.id, call.text("ts")))
        root = self.workspace.posts.get((room.id, found.root)) if found is not None else None
        if root is None:
            raise SlackError("thread_not_found")
        return self._messages(call, self.workspace.replies(root), [root])

    def _readable(self, call: Call) -> Room:
        room = self.workspace.room_for_bot(call.text("channel"))
        call.need(HISTORY[room.kind])
        if self.workspace.bot.id not in room.members:
            raise SlackError("not_in_channel")
        return room

    def _messages(self, call: Call, posts: list[Post], always: list[Post] | None = None) -> Json:
        oldest, latest = float(call.text("oldest") or 0), float(call.text("latest") or "inf")
        edges = {oldest, latest} if call.flag("inclusive") else set()
        inside = [post for post in posts if oldest < float(post.ts) < latest or float(post.ts) in edges]
        metadata = call.flag("include_all_metadata")
        chosen, meta = _page([*(always or []), *inside], call)
        return {"messages": [self.workspace.shown(post, metadata=metadata) for post in chosen], **meta}

    # ── people ───────────────────────────────────────────────────────────────────────────────────────────

    def user_info(self, call: Call) -> Json:
        call.need("users:read")
        if call.text("user") not in self.workspace.members:
            raise SlackError("user_not_found")
        return {"user": self.person(call.text("user"), call.scopes)}

    def user_list(self, call: Call) -> Json:
        call.need("users:read")
        chosen, meta = _page(list(self.workspace.members), call)
        return {"members": [self.person(each, call.scopes) for each in chosen], **meta}

    def user_by_email(self, call: Call) -> Json:
        call.need("users:read.email")
        for member in self.workspace.members.values():
            if member.email and member.email == call.text("email") and not member.deleted:
                return {"user": self.person(member.id, call.scopes)}
        raise SlackError("users_not_found")

    def person(self, user: str, scopes: frozenset[str]) -> Json:
        member = self.workspace.members[user]
        profile = {"real_name": member.name, "display_name": member.name.split()[0]}
        if "users:read.email" in scopes and member.email:
            profile["email"] = member.email
        said = {"id": member.id, "team_id": TEAM, "name": member.name.lower().replace(" ", "."), "profile": profile}
        more = {"real_name": member.name, "deleted": member.deleted, "is_bot": member.is_bot}
        return said | more | {"is_email_confirmed": True} | member.more


def _page(items: list[Any], call: Call) -> tuple[list[Any], Json]:
    """So many as were asked for, and where the next ones begin."""
    start, limit = int(call.text("cursor") or 0), min(int(call.text("limit") or 100), MOST)
    more = len(items) > start + limit
    cursor = str(start + limit) if more else ""
    return items[start : start + limit], {"has_more": more, "response_metadata": {"next_cursor": cursor}}
