"""Reads what Slack tells of: who did what, and where. Nothing of it is trusted to be as Slack would tell it.

Rule 1: an event's id is that of what somebody did. A message is one however often, and as however many kinds of event,
it is told; a press is one press of one button by one person.
Rule 2: a person is their team and user id, never a name. Whoever belongs to another workspace is not heard.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.chat.block_kit import given, pressed, shown_by
from bot.chat.bodies import Body, Unreadable, optional, part, text
from bot.chat.slack.finding import Place
from bot.chat.slack.manifest import RAISE, start_word
from bot.chat.slack.people import SLACKBOT
from bot.chat.slack.sending import Workspace
from bot.errors import EscalationBotError
from bot.flows.paging import by_question
from bot.metrics import Request
from bot.ports import Command, Heard, Pressed, Typed

Given = Mapping[str, str | Sequence[str]]

OWN_WORDS = {"", "file_share", "thread_broadcast", "me_message"}
"""Subtypes of messages in which somebody says something; of all others nobody has to be heard."""
MARKED_UP = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")
SHOW = "show"
"""The start word that the shortcut of a message means: what can be done with that escalation."""


class Stranger(EscalationBotError):
    """Somebody, or something, of another workspace."""


@dataclass(frozen=True)
class Told:
    """What somebody did. `root` is the id of the message whose thread it was done in, "" in direct messages."""

    heard: Heard
    root: str = ""


@dataclass(frozen=True)
class Reader:
    """Knows where the bot is, and what its start words are."""

    workspace: Workspace
    commands: frozenset[str]

    # ── who ──────────────────────────────────────────────────────────────────────────────────────────────

    def _person(self, user: str, team: str, enterprise: str = "") -> str:
        """Their id. Raises Stranger for whoever is of another workspace.

        In an organisation of several workspaces Slack may name another one, or the organisation itself; whoever is
        really a stranger there is known as one when they are looked up.
        """
        if team not in {self.workspace.team, enterprise} and not (enterprise and team.startswith("T")):
            raise Stranger("Somebody of another workspace did something; nothing was done.")
        return self.workspace.person(user)

    def _who(self, body: Body) -> str:
        """Who pressed something, or picked a shortcut."""
        team = text(body, "user", "team_id") if "team_id" in part(body, "user") else text(body, "team", "id")
        return self._person(text(body, "user", "id"), team, optional(body, "enterprise", "id"))

    def _event(self, *names: str) -> str:
        return "/".join((self.workspace.platform, *names))

    # ── what ─────────────────────────────────────────────────────────────────────────────────────────────

    def command(self, body: Body) -> Told:
        """A start word with a slash."""
        person = self._person(text(body, "user_id"), text(body, "team_id"), optional(body, "enterprise_id"))
        what = Command(start_word(text(body, "command")), self.plain(optional(body, "text")))
        return Told(Heard(self._event("command", text(body, "trigger_id")), person, what))

    def press(self, body: Body) -> Told:
        """A button, with what the inputs beside it hold."""
        (button,) = body["actions"]
        where = optional(body, "container", "message_ts") or optional(body, "container", "view_id")
        action, value = pressed(text(button, "action_id"))
        what = Pressed(action, value, self._given(part(body, "state")), shown_by(optional(button, "block_id")))
        once = (text(body, "trigger_id"), text(body, "user", "id"), where, text(button, "action_id"))
        return Told(Heard(self._event("press", *once, optional(button, "action_ts")), self._who(body), what))

    def _given(self, state: Body) -> Given:
        """What the inputs hold."""
        try:
            return given(part(state, "values"), platform=self.workspace.platform)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise Unreadable("Inputs came that cannot be read; nothing was done.") from error

    def page(self, body: Body) -> Told:
        """What was given on a page. Handed in twice in the same state it is another event, as what is given may be
        another thing; whether all of it is there already is seen when it is heard."""
        view = part(body, "view")
        event = self._event("page", text(view, "id"), text(view, "hash"), text(body, "trigger_id"))
        what = Pressed("fill", "", self._given(part(view, "state")), text(view, "private_metadata"))
        return Told(Heard(event, self._who(body), what))

    def shortcut(self, body: Body) -> Told:
        """A shortcut: to begin; or, of a message, to go on with the escalation in whose thread it stands."""
        event = self._event("shortcut", text(body, "trigger_id"))
        if text(body, "callback_id") == RAISE:
            return Told(Heard(event, self._who(body), Command("escalate")))
        message = part(body, "message")
        root = optional(message, "thread_ts") or text(message, "ts")
        return Told(Heard(event, self._who(body), Command(SHOW)), Place(text(body, "channel", "id"), root).id)

    def message(self, body: Body) -> Told | None:
        """What somebody typed to the bot, or in a channel with a mention of it; None for all that is not for it."""
        event = part(body, "event")
        if "bot_id" in event or optional(event, "subtype") not in OWN_WORDS or event.get("hidden"):
            return None
        channel, ts, typed = text(event, "channel"), text(event, "ts"), optional(event, "text")
        private = optional(event, "channel_type") == "im" or channel.startswith("D")
        if not private and not self._is_mentioned(typed):
            return None  # people talk with each other
        if optional(event, "user") in {"", self.workspace.bot, SLACKBOT}:
            return None
        team = optional(event, "user_team") or optional(event, "team") or text(body, "team_id")
        person = self._person(text(event, "user"), team, _organisation(body))
        what = Typed(self.plain(typed), files=bool(event.get("files")))
        heard = Heard(self._event("message", channel, ts), person, what)
        return Told(heard, "" if private else Place(channel, optional(event, "thread_ts") or ts).id)

    def _is_mentioned(self, typed: str) -> bool:
        return re.search(rf"<@{re.escape(self.workspace.bot)}[|>]", typed) is not None

    def outside(self, heard: Heard) -> Heard:
        """A mention in a channel and in no escalation's thread: only start words count. What is an answer to a question
        that somebody is asked in private is not taken from there."""
        if not isinstance(heard.what, Typed):
            return heard
        word, _, rest = heard.what.text.lstrip(" ,:/").partition(" ")
        known = word.casefold() in self.commands
        return replace(heard, what=Command(word.casefold(), rest.strip()) if known else Command("help"))

    # ── text ─────────────────────────────────────────────────────────────────────────────────────────────

    def plain(self, typed: str) -> str:
        """As it was typed: without Slack's own marks. Somebody who is mentioned is their id, the bot nothing."""
        bare = MARKED_UP.sub(self._unmarked, typed)
        return bare.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").strip()

    def _unmarked(self, found: re.Match[str]) -> str:
        what, label = found[1], found[2] or ""
        match what[0], what[1:]:
            case "@", user:
                return "" if user == self.workspace.bot else self.workspace.person(user)
            case "#", channel:
                return f"#{label or channel}"
            case "!", special:
                return label or f"@{special.partition('^')[0]}"
            case _:
                address = what.removeprefix("mailto:").removeprefix("tel:")
                as_typed = label == "" or address.endswith(label) or what.startswith("tel:")
                return label or address if as_typed else f"{label} ({address})"


def _organisation(body: Body) -> str:
    """The bot's own, of which an event is told. In a channel that is shared, the event itself may be of another one."""
    granted = body.get("authorizations")
    first = granted[0] if isinstance(granted, list) and granted else {}
    own = optional(first, "enterprise_id") if isinstance(first, Mapping) else ""
    return own or optional(body, "enterprise_id")


PARTS = ("event", "view", "container", "message", "state", "channel")


def check(body: Any) -> None:
    """Raises Unreadable for what Slack's own library would stumble over."""
    if not isinstance(body, Mapping):
        raise Unreadable("What Slack sent is no object; nothing was done.")
    for name in PARTS:
        part(body, name)
    actions = body.get("actions")
    if "actions" in body and not (isinstance(actions, list) and len(actions) == 1 and isinstance(actions[0], Mapping)):
        raise Unreadable("A press came without one thing that was pressed; nothing was done.")
    if part(body, "view"):
        text(body, "view", "type")


def kind_of(body: Body) -> Request:
    """What kind of thing Slack told."""
    if "command" in body:
        return "command"
    match body.get("type"):
        case "block_actions":
            return "press"
        case "shortcut" | "message_action":
            return "shortcut"
        case "view_submission" | "view_closed":
            return "form"
        case _:
            return "event"


def errors(body: Body, problems: Mapping[str, str]) -> dict[str, str]:
    """What is wrong in a page, by the ids of the blocks where it is said; what is wrong with all of it at the first."""
    values = part(part(part(body, "view"), "state"), "values")
    blocks: dict[str, str] = {}
    for block, held in values.items():
        for name in by_question(given({block: held})):
            blocks.setdefault(name, block)
    first = next(iter(values), "")
    return {blocks.get(name, first): problem for name, problem in problems.items()}
