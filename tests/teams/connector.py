"""What the connector does: Bot Framework's REST API, version 3, as Teams serves it. The caller holds the lock."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.teams.checks import check_activity
from tests.teams.tenants import Json, Member, Post, Room, TeamsError, Tenants

Where = Mapping[str, str]
PAGE = 200
CONVERSATION, ACTIVITY = "/conversations/{conversation}", "/activities/{activity}"


class Connector:
    """A call is an operation, where it goes by path and query, and a body."""

    def __init__(self, tenants: Tenants) -> None:
        self._there = tenants
        self._operations: dict[str, Callable[[Where, Json], tuple[int, Json]]] = {
            "create": self._create,
            "say": self._say,
            "change": self._change,
            "delete": self._delete,
            "members": self._members,
            "member": self._member,
            "team": self._team,
            "channels": self._channels,
        }

    @staticmethod
    def routes() -> list[tuple[str, str, str]]:
        return [
            ("POST", "/conversations", "create"),
            ("POST", f"{CONVERSATION}/activities", "say"),
            ("POST", f"{CONVERSATION}{ACTIVITY}", "say"),
            ("PUT", f"{CONVERSATION}{ACTIVITY}", "change"),
            ("DELETE", f"{CONVERSATION}{ACTIVITY}", "delete"),
            ("GET", f"{CONVERSATION}/pagedmembers", "members"),
            ("GET", f"{CONVERSATION}/members/{{member}}", "member"),
            ("GET", "/teams/{team}", "team"),
            ("GET", "/teams/{team}/conversations", "channels"),
        ]

    def answer(self, operation: str, where: Where, body: Json) -> tuple[int, Json]:
        """Status and answer. Raises TeamsError."""
        return self._operations[operation](where, body)

    def place(self, operation: str, where: Where, body: Json) -> str:
        """The conversation that a call is about, without its thread; of a new chat, the person's Entra object id."""
        if operation != "create":
            return where.get("conversation", where.get("team", "")).partition(";")[0]
        members = body.get("members") or [{}]
        given = str(members[0].get("id", ""))
        known = [one.id for one in self._there.members.values() if given in {one.account, one.id}]
        return known[0] if known else str((body.get("channelData") or {}).get("channel", {}).get("id", given))

    # ── conversations ────────────────────────────────────────────────────────────────────────────────────

    def _create(self, where: Where, body: Json) -> tuple[int, Json]:
        data = body.get("channelData") or {}
        if body.get("isGroup"):
            return self._begin_thread(str((data.get("channel") or {}).get("id", "")), body)
        members = body.get("members") or []
        if len(members) != 1 or not isinstance(members[0].get("id"), str):
            raise TeamsError(400, "BadSyntax", "Incorrect conversation creation parameters")
        try:
            member = self._there.member(members[0]["id"])
        except TeamsError:
            raise TeamsError(400, "BadSyntax", "Failed to decrypt pairwise id") from None
        tenant = (data.get("tenant") or {}).get("id") or body.get("tenantId")
        if tenant != member.tenant:
            raise TeamsError(403, "ForbiddenOperationException", "The user is in another tenant.")
        if member.deleted:
            raise TeamsError(404, "UserNotFound", "The user was not found.")
        if not member.has_app:
            raise TeamsError(403, "ForbiddenOperationException", "Bot is not installed in user's personal scope")
        return 201, {"id": self._there.personal(member.id).id}

    def _begin_thread(self, channel: str, body: Json) -> tuple[int, Json]:
        room = self._room(channel)
        if "activity" not in body:
            raise TeamsError(400, "BadSyntax", "Incorrect conversation creation parameters")
        post = self._posted(room, "", body["activity"])
        return 201, {"id": f"{room.id};messageid={post.id}", "activityId": post.id}

    def _say(self, where: Where, body: Json) -> tuple[int, Json]:
        id, _, root = where["conversation"].partition(";messageid=")
        room = self._room(id)
        if root and room.kind != "channel":
            raise TeamsError(400, "BadSyntax", "Only channels have threads.")
        if root and not self._is_root(room, root):
            raise TeamsError(404, "ConversationNotFound", "Conversation not found.")
        return 201, {"id": self._posted(room, root, body).id}

    def _is_root(self, room: Room, root: str) -> bool:
        """Replies to a message that was deleted stand below its tombstone."""
        first = self._there.posts.get((room.id, root))
        return (first is not None and not first.root) or any(each.root == root for each in self._there.in_room(room.id))

    def _posted(self, room: Room, root: str, activity: Json) -> Post:
        self._may_write(room)
        cards = check_activity(activity)
        text, summary = str(activity.get("text") or ""), str(activity.get("summary") or "")
        post = Post(self._there.new_id(), room.id, self._there.bot, text, summary, cards, root, bot=True)
        return self._there.add_post(post)

    def _change(self, where: Where, body: Json) -> tuple[int, Json]:
        post = self._own(where)
        cards = check_activity(body)
        post.change(str(body.get("text") or ""), str(body.get("summary") or ""), cards)
        return 200, {"id": post.id}

    def _delete(self, where: Where, body: Json) -> tuple[int, Json]:
        post = self._own(where)
        del self._there.posts[post.room, post.id]
        return 200, {}

    def _own(self, where: Where) -> Post:
        """A message of the bot's that it may change."""
        id, _, root = where["conversation"].partition(";messageid=")
        room = self._room(id)
        self._may_write(room)
        post = self._there.posts.get((room.id, where["activity"]))
        if post is None or (root and post.thread != root):
            raise TeamsError(404, "ActivityNotFoundInConversation", "The message was not found in the conversation.")
        if not post.bot:
            raise TeamsError(403, "NotEnoughPermissions", "The bot may not change what somebody else wrote.")
        return post

    def _room(self, id: str) -> Room:
        room = self._there.rooms.get(id)
        if room is None:
            raise TeamsError(404, "ConversationNotFound", "Conversation not found.")
        return room

    def _may_write(self, room: Room) -> None:
        if room.kind == "personal":
            member = self._there.members[room.person]
            if member.blocked:
                raise TeamsError(403, "ConversationBlockedByUser", "User blocked the conversation with the bot.")
            if member.deleted:
                raise TeamsError(403, "MessageWritesBlocked", "Message writes are blocked.")
        self._is_inside(room)

    def _is_inside(self, room: Room) -> None:
        if not self._there.has_bot(room):
            raise TeamsError(403, "BotNotInConversationRoster", "The bot is not part of the conversation roster.")

    # ── who and what is there ────────────────────────────────────────────────────────────────────────────

    def _members(self, where: Where, body: Json) -> tuple[int, Json]:
        room = self._room(where["conversation"].partition(";")[0])
        self._is_inside(room)
        inside = self._there.inside(room)
        start, length = int(where.get("continuationToken", 0)), min(int(where.get("pageSize", PAGE)), PAGE * 5 // 2)
        page = inside[start : start + length]
        told: Json = {"members": [shown(member) for member in page]}
        more = start + length < len(inside)
        return 200, told | ({"continuationToken": str(start + length)} if more else {})

    def _member(self, where: Where, body: Json) -> tuple[int, Json]:
        room = self._room(where["conversation"].partition(";")[0])
        self._is_inside(room)
        member = self._there.member(where["member"])
        if not self._there.is_inside(member, room):
            raise TeamsError(404, "MemberNotFoundInConversation", "Member not found.")
        return 200, shown(member)

    def _team(self, where: Where, body: Json) -> tuple[int, Json]:
        team = self._there.teams.get(where["team"])
        if team is None or not team.has_app:
            raise TeamsError(403, "BotNotInConversationRoster", "The bot is not part of the conversation roster.")
        count = sum(1 for room in self._there.rooms.values() if room.team == team.id)
        return 200, {
            "id": team.id, "name": team.name, "aadGroupId": team.group, "tenantId": team.tenant,
            "channelCount": count, "memberCount": len(team.members),
        }  # fmt: skip

    def _channels(self, where: Where, body: Json) -> tuple[int, Json]:
        self._team(where, body)
        rooms = [room for room in self._there.rooms.values() if room.team == where["team"] and not room.private]
        return 200, {"conversations": [{"id": room.id, "name": room.name} for room in rooms]}


def shown(member: Member) -> Json:
    given, _, family = member.name.partition(" ")
    return {
        "id": member.account, "objectId": member.id, "aadObjectId": member.id, "name": member.name,
        "givenName": given, "surname": family, "email": member.email, "userPrincipalName": member.principal,
        "tenantId": member.tenant, "userRole": member.role,
    }  # fmt: skip
