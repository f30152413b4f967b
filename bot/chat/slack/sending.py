"""What the bot says in Slack: `ports.Chat` on Slack's Web API.

A message carries the key of its delivery in its metadata, by which it is found again. Its id is "<channel>/<ts>".

Rule: nothing is lost because somebody deleted a message. A reply to a thread that is gone, and a change of a message
that is gone, is said anew in the same channel, with a note that says why. Its metadata says in whose stead it stands;
from then on that is what is changed, and in whose thread is replied.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import structlog

from bot.chat.block_kit import blocks
from bot.chat.slack.calling import Answer, Errand, Gone, Slack
from bot.chat.slack.finding import Place, find_in_channel, find_reply, find_stand_in, metadata
from bot.errors import CannotTell, DeliveryError, PolicyError, Refused
from bot.messages import Message, Words
from bot.ports import Due

log = structlog.get_logger()

PLATFORM = "slack"
CHANNEL_ID = re.compile(r"[CG][A-Z0-9]{6,}")
KNOWN_SECONDS = 600
"""How long a person's direct messages are known. Slack takes what is said to somebody who was deactivated as if it
could be read; only when their direct messages are opened does it say so."""
ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


@dataclass(frozen=True)
class Workspace:
    """Where the bot is. `channels` are the ids of channels that a policy calls by a name."""

    team: str
    address: str = ""
    channels: Mapping[str, str] = field(default_factory=dict)
    bot: str = ""
    """The bot's own user id."""

    @property
    def platform(self) -> str:
        """What the ids of its people begin with."""
        return f"{PLATFORM}:{self.team}"

    def person(self, user: str) -> str:
        """The id under which the bot knows a user of it."""
        return f"{self.platform}:{user}"


def sign_in(slack: Slack, channels: Mapping[str, str]) -> Workspace:
    """The workspace that the token is for. Raises TryLater or Refused."""
    told = slack.errand().ask("auth.test")
    return Workspace(told["team_id"], told["url"], channels, told["user_id"])


class SlackChat:
    """Fulfils `ports.Chat` for one workspace. Safe in several threads."""

    def __init__(self, slack: Slack, workspace: Workspace, *, known_seconds: float = KNOWN_SECONDS) -> None:
        self._slack, self._words = slack, slack.words
        self._workspace = workspace
        self._known_seconds = known_seconds
        self._direct: dict[str, tuple[str, float]] = {}
        """User -> their direct messages, and until when they are believed to read them."""
        self._instead: dict[Place, Place] = {}
        """What is gone -> what stands in for it, as far as this process has seen."""

    # ── ports.Chat ───────────────────────────────────────────────────────────────────────────────────────

    def direct(self, key: str, person: str, message: Message) -> str:
        """Say something to one person. Returns the message's id."""
        errand = self._slack.errand()
        return _place(self._post(errand, key, self._opened(errand, person), message)).id

    def thread(self, key: str, channel: str, under: str, message: Message) -> str:
        """Post in a channel; a reply goes where its thread is, whatever the channel is called by now."""
        errand = self._slack.errand()
        if under:
            return self._reply(errand, key, Place.read(under), message).id
        return _place(self._post(errand, key, self._channel(channel), message)).id

    def edit(self, key: str, message_id: str, message: Message) -> str:
        """Change a message said before, or what stands in for it; say it anew where both are gone.

        Done twice, it comes to the same.
        """
        errand, place = self._slack.errand(), Place.read(message_id)
        shown = self._instead.get(place, place)
        try:
            return self._change(errand, key, shown, message).id
        except Gone:
            instead = self._stand_in(errand, place)
        if instead is not None and instead != shown:
            try:
                self._instead[place] = instead
                return self._change(errand, key, instead, message).id
            except Gone:
                pass
        return self._anew(errand, key, place, self._noted("slack.message_gone", message)).id

    def find(self, due: Due) -> str:
        """Where it stands, if an earlier attempt said it. An edit may be done again."""
        if due.kind == "edit":
            return ""
        errand = self._slack.errand()
        try:
            if due.kind == "thread" and due.under:
                return find_reply(errand, Place.read(due.first_receipt), due.key, due.since)
            channel = self._opened(errand, due.to) if due.kind == "direct" else self._channel(due.to)
            return find_in_channel(errand, channel, due.key, due.since)
        except Refused as refused:
            raise CannotTell(self._words("slack.cannot_ask", reason=str(refused))) from refused

    def link(self, channel: str, message_id: str) -> str:
        """Where Slack shows the message."""
        place, address = Place.read(message_id), self._workspace.address.rstrip("/")
        return f"{address}/archives/{place.channel}/p{place.ts.replace('.', '')}" if address else ""

    # ── where to ─────────────────────────────────────────────────────────────────────────────────────────

    def _opened(self, errand: Errand, person: str) -> str:
        """The person's direct messages."""
        user = person.removeprefix(self._workspace.person(""))
        if user in {"", person}:
            raise Refused(self._words("slack.elsewhere"))
        channel, until = self._direct.get(user, ("", 0.0))
        if time.monotonic() >= until:
            channel = errand.ask("conversations.open", users=user)["channel"]["id"]
            self._direct[user] = (channel, time.monotonic() + self._known_seconds)
        return channel

    def _channel(self, name: str) -> str:
        """Ids only: a name can be given to another channel any day, and nobody would notice who reads there."""
        channel = self._workspace.channels.get(name, name)
        if CHANNEL_ID.fullmatch(channel) is None:
            raise Refused(self._words("slack.no_id", channel=name))
        return channel

    # ── saying ───────────────────────────────────────────────────────────────────────────────────────────

    def _reply(self, errand: Errand, key: str, root: Place, message: Message) -> Place:
        under = self._instead.get(root, root)
        try:
            answer = self._post(errand, key, under.channel, message, thread_ts=under.ts)
        except Gone:
            return self._anew(errand, key, root, self._noted("slack.thread_gone", message))
        said = _place(answer)
        if "thread_ts" not in answer.get("message", {}):
            # The thread is gone. Slack says nothing of it, and has put the reply into the channel.
            self._stands_alone(errand, key, said, root, message)
        return said

    def _stands_alone(self, errand: Errand, key: str, said: Place, root: Place, message: Message) -> None:
        """Let it say why. It has been said: what goes wrong from here on does not matter."""
        self._instead[root] = said
        noted = self._noted("slack.thread_gone", message)
        try:
            self._change(errand, key, said, noted, metadata=metadata(key, root.ts))
        except DeliveryError as error:
            log.warning("a reply stands in the channel and does not say why", delivery=key, error=type(error).__name__)

    def _anew(self, errand: Errand, key: str, gone: Place, message: Message) -> Place:
        said = _place(self._post(errand, key, gone.channel, message, instead_of=gone.ts))
        self._instead[gone] = said
        return said

    def _stand_in(self, errand: Errand, gone: Place) -> Place | None:
        try:
            return find_stand_in(errand, gone)
        except Refused:  # nobody may look there: then it is said anew
            return None

    def _post(
        self, errand: Errand, key: str, channel: str, message: Message, *, instead_of: str = "", **more: str
    ) -> Answer:
        return errand.do(
            "chat.postMessage", channel=channel, **self._drawn(key, message), **more,
            metadata=metadata(key, instead_of), unfurl_links=False, unfurl_media=False,
        )  # fmt: skip

    def _change(self, errand: Errand, key: str, place: Place, message: Message, **more: Answer) -> Place:
        """Metadata that is not given stays as it is."""
        drawn = self._drawn(key, message)
        return _place(errand.do("chat.update", channel=place.channel, ts=place.ts, **drawn, **more))

    def _drawn(self, key: str, message: Message) -> Answer:
        """Its buttons tell the key, so that a press on what has been changed since is known."""
        try:
            drawn = blocks(message, platform=self._workspace.platform, key=key)
        except (PolicyError, ValueError) as error:
            raise Refused(self._words("slack.not_taken")) from error
        return {"text": message.summary.translate(ESCAPES), "blocks": drawn, "parse": "none"}

    def _noted(self, name: str, message: Message) -> Message:
        return replace(message, parts=(Words(self._words(name), "quiet"), *message.parts))


def _place(answer: Answer) -> Place:
    return Place(answer["channel"], answer["ts"])
