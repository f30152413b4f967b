"""Reads what Teams tells of: who did what, and where. Nothing of it is trusted to be as Teams would tell it.

Rule 1: an event's id is that of what somebody did, where they did it: Teams counts messages in each conversation anew.
What it tells again has the same id, and is the same event.
Rule 2: a person is their tenant and their Entra object id, never a name. Nobody of another tenant is heard.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bot.chat import adaptive_cards
from bot.chat.adaptive_cards import REFRESH
from bot.chat.bodies import Body, Unreadable, optional, part, text
from bot.chat.teams.ids import GUID, UNDER, Place, is_channel, person_of, platform_of
from bot.chat.teams.manifest import UPDATE
from bot.errors import EscalationBotError
from bot.metrics import Request
from bot.ports import Command, Heard, Pressed, Typed

CHANNEL = "msteams"
ACTION, FETCH, SUBMIT = "adaptiveCard/action", "composeExtension/fetchTask", "composeExtension/submitAction"
SHOW = "show"
"""The start word that the message extension of a message means: what can be done with that escalation."""
AT_ANY_TIME = frozenset({"escalate", "my escalations", "resume"})
"""Start words that Teams suggests, and that answer nothing."""
ROOM = re.compile(r"[^\s/]{1,500}")
ID = re.compile(r"[^\s/]{1,200}")
MARKED_UP = {"xml", "html"}
"""What Teams says of a text in which signs are escaped. What people type comes as "plain"."""
FILES = ("image/", "audio/", "video/", "application/vnd.microsoft.teams.file.")
"""How the types of attachments begin that somebody has put there. The others are what they typed, marked up."""
MARKUP = re.compile(r"</?at(?:\s[^<>]{0,100})?>", re.IGNORECASE)

Kind = Literal["message", "press", "refresh", "show", "update", "installation", ""]


class Stranger(EscalationBotError):
    """Somebody of another tenant, or nobody at all."""


@dataclass(frozen=True)
class Told:
    """What somebody did. `root` is the id of the message whose thread it was done in, "" in a chat of one's own;
    `at` is the id of the message whose card was pressed, and `elsewhere` whether that stands where others see it."""

    heard: Heard
    root: str = ""
    at: str = ""
    elsewhere: bool = False


@dataclass(frozen=True)
class Reader:
    """Knows in which tenant the bot is, and what its start words are."""

    tenant: str
    app: str
    commands: frozenset[str]

    @property
    def platform(self) -> str:
        return platform_of(self.tenant)

    # ── what it is ───────────────────────────────────────────────────────────────────────────────────────

    def kind(self, activity: Body) -> Kind:
        """What it is that somebody has to be heard for; "" where there is nothing."""
        if optional(activity, "channelId") != CHANNEL:
            return ""
        match optional(activity, "type"):
            case "message":
                return "message" if self._is_for_us(activity) else ""
            case "invoke":
                return self._invoked(activity)
            case "conversationUpdate":
                return "update"
            case "installationUpdate":
                return "installation"
            case _:
                return ""

    def _is_for_us(self, activity: Body) -> bool:
        """Whether it is said to the bot, by a person."""
        said_by = optional(activity, "from", "id")
        if said_by.startswith("28:") or optional(activity, "from", "role") == "bot" or not said_by:
            return False
        match optional(activity, "conversation", "conversationType"):
            case "personal":
                return True
            case "channel":
                return bool(self._own_mentions(activity)) or _is_press(activity)
            case _:
                return False

    def _invoked(self, activity: Body) -> Kind:
        match optional(activity, "name"):
            case name if name == ACTION:
                verb = optional(activity, "value", "action", "verb")
                automatic = optional(activity, "value", "trigger") == "automatic"
                return "refresh" if verb == REFRESH or automatic else "press"
            case name if name in {FETCH, SUBMIT} and optional(activity, "value", "commandId") == UPDATE:
                return "show"
            case _:
                return ""

    # ── who, and where ───────────────────────────────────────────────────────────────────────────────────

    def person(self, activity: Body) -> str:
        """Whoever did it. Raises Stranger for anybody of another tenant, and for whoever has no account."""
        self.check_tenant(activity)
        who, account = part(activity, "from"), optional(activity, "from", "aadObjectId").lower()
        if "anonymous" in {optional(who, "userRole"), optional(who, "role")}:
            raise Stranger("Somebody without a name did something; nothing was done.")
        if not GUID.fullmatch(account):
            raise Stranger("Somebody without an account did something; nothing was done.")
        return person_of(self.tenant, account)

    def check_tenant(self, activity: Body) -> None:
        """Raises Stranger for whatever is of another tenant, or does not say of which."""
        named = {
            optional(activity, "conversation", "tenantId").lower(),
            optional(activity, "channelData", "tenant", "id").lower(),
            optional(activity, "from", "tenantId").lower(),
        } - {""}
        if named != {self.tenant}:
            raise Stranger("Another tenant told something; nothing was done.")

    def room(self, activity: Body) -> tuple[str, str]:
        """The conversation, and the first message of the thread in it; "" where there is none."""
        conversation = text(activity, "conversation", "id")
        if not ROOM.fullmatch(conversation):
            raise Unreadable("What Teams sent comes from nowhere; nothing was done.")
        room, _, first = conversation.partition(UNDER)
        if optional(activity, "conversation", "conversationType") == "channel" and not is_channel(room):
            raise Unreadable("What Teams sent comes from a channel that is none; nothing was done.")
        return room, first

    def _event(self, kind: str, activity: Body) -> str:
        return "/".join((self.platform, kind, self.room(activity)[0], identifier(activity, "id")))

    def _root(self, activity: Body) -> str:
        """The id of the first message of its thread; "" in a chat of one's own."""
        room, first = self.room(activity)
        if optional(activity, "conversation", "conversationType") == "personal":
            return ""
        return Place(room, first or identifier(activity, "id")).id

    # ── what ─────────────────────────────────────────────────────────────────────────────────────────────

    def message(self, activity: Body) -> Told:
        """What somebody typed to the bot, or pressed on a card that sends a message."""
        person = self.person(activity)
        if _is_press(activity):
            pressed = self._pressed(part(activity, "value"))
            return Told(Heard(self._event("press", activity), person, pressed), at=self._shown(activity))
        typed = self.plain(activity)
        root = self._root(activity)
        what = Typed(typed) if root else self._meant(typed)
        if isinstance(what, Typed):
            what = replace(what, files=_has_files(activity))
        return Told(Heard(self._event("message", activity), person, what), root)

    def press(self, activity: Body) -> Told:
        """A button, with what the inputs of its card hold."""
        person = self.person(activity)
        pressed = self._pressed(part(part(activity, "value"), "action"))
        elsewhere = optional(activity, "conversation", "conversationType") != "personal"
        heard = Heard(self._event("press", activity), person, pressed)
        return Told(heard, at=self._shown(activity), elsewhere=elsewhere)

    def show(self, activity: Body) -> Told:
        """The message extension of a message: to go on with the escalation in whose thread it stands."""
        person = self.person(activity)
        room, first = self.room(activity)
        chosen = part(part(activity, "value"), "messagePayload")
        first = first or optional(chosen, "replyToId") or optional(chosen, "id")
        root = Place(room, first).id if first and is_channel(room) else ""
        return Told(Heard(self._event("show", activity), person, Command(SHOW)), root)

    def _pressed(self, value: Body) -> Pressed:
        return adaptive_cards.pressed(value, platform=self.platform)

    def _shown(self, activity: Body) -> str:
        """The id of the message whose card it is; "" where Teams does not say."""
        room, first = self.room(activity)
        message = optional(activity, "replyToId")
        return Place(room, message, "" if first == message else first).id if ID.fullmatch(message) else ""

    def _meant(self, typed: str) -> Command | Typed:
        """A start word with a slash, or one that nobody would say to a question. Whether any other is meant as a start
        word or as an answer depends on what is being asked."""
        whole = " ".join(typed.casefold().split())
        if whole in AT_ANY_TIME:
            return Command(whole.replace(" ", "-"))
        if not whole.startswith("/"):
            return Typed(typed)
        if (joined := whole[1:].replace(" ", "-")) in self.commands:
            return Command(joined)
        word, _, rest = typed[1:].partition(" ")
        return Command(word.casefold(), rest.strip()) if word.casefold() in self.commands else Typed(typed)

    def outside(self, heard: Heard) -> Heard:
        """A mention in a channel and in no escalation's thread: only start words count. What is an answer to a question
        that somebody is asked in private is not taken from there."""
        if not isinstance(heard.what, Typed):
            return heard
        word, _, rest = heard.what.text.lstrip(" ,:/").partition(" ")
        known = word.casefold() in self.commands
        return replace(heard, what=Command(word.casefold(), rest.strip()) if known else Command("help"))

    # ── text ─────────────────────────────────────────────────────────────────────────────────────────────

    def plain(self, activity: Body) -> str:
        """As it was typed, sign for sign, with the mentions that Teams names: somebody who is mentioned is their id,
        where Teams says it, or their name; the bot is nothing. Only what Teams calls markup is read as such."""
        typed = optional(activity, "text")
        for mention in self._mentions(activity):
            mark = optional(mention, "text")
            typed = typed.replace(mark, self._mentioned(part(mention, "mentioned"), mark), 1) if mark else typed
        if optional(activity, "textFormat") in MARKED_UP:
            typed = html.unescape(MARKUP.sub("", typed))
        return typed.replace("\N{NO-BREAK SPACE}", " ").replace("\r\n", "\n").replace("\r", "\n").strip()

    def _mentioned(self, who: Body, mark: str) -> str:
        if self._is_the_bot(who):
            return ""
        account = (optional(who, "aadObjectId") or optional(who, "objectId")).lower()
        return person_of(self.tenant, account) if GUID.fullmatch(account) else MARKUP.sub("", mark)

    def _mentions(self, activity: Body) -> Sequence[Body]:
        entities = activity.get("entities") or []
        if not isinstance(entities, list):
            raise Unreadable("What Teams sent has entities that cannot be read; nothing was done.")
        return [each for each in entities if isinstance(each, Mapping) and each.get("type") == "mention"]

    def _own_mentions(self, activity: Body) -> Sequence[Body]:
        return [each for each in self._mentions(activity) if self._is_the_bot(part(each, "mentioned"))]

    def _is_the_bot(self, who: Body) -> bool:
        return optional(who, "id") == f"28:{self.app}"


def request_of(kind: Kind) -> Request:
    """What kind of thing Teams told, for whoever counts."""
    match kind:
        case "press" | "refresh":
            return "press"
        case "show":
            return "shortcut"
        case _:
            return "event"


def _has_files(activity: Body) -> bool:
    attached = activity.get("attachments")
    if not isinstance(attached, list):
        return False
    return any(optional(each, "contentType").startswith(FILES) for each in attached if isinstance(each, Mapping))


def _is_press(activity: Body) -> bool:
    """Whether a message comes from a button of a card, and not from what somebody typed."""
    value = activity.get("value")
    return isinstance(value, Mapping) and "action" in value


# ── parts of an activity ─────────────────────────────────────────────────────────────────────────────────────


PARTS = ("from", "recipient", "conversation", "channelData", "value")


def check(activity: Body) -> None:
    """Raises Unreadable for what cannot be what Teams sends."""
    for name in PARTS:
        if name != "value" or optional(activity, "type") == "invoke":
            part(activity, name)
    text(activity, "type")


def identifier(body: Body, *names: str) -> str:
    """An id that stands there. Raises Unreadable where there is none."""
    found = text(body, *names)
    if not ID.fullmatch(found):
        raise Unreadable(f"What Teams sent has a {'.'.join(names)!r} that is no id; nothing was done.")
    return found
