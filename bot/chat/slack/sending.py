"""What the bot says in Slack: `ports.Chat` on Slack's Web API.

A message carries the key of its delivery in its metadata, by which it is found again.

Rule 1: nothing is lost because somebody deleted a message, or Slack does not let it be changed any more. A reply to a
thread that is gone is said in the channel, and the thread goes on under it. What was to be changed is said anew where
it stood, and from then on that is changed. A note says why, and metadata says in whose stead it stands.
Rule 2: where there is much to say in one channel, it is said as fast as Slack takes it. What has to wait is put off,
and keeps nobody else.
Rule 3: what is too long for one message is said in several; the last of them is the message, and when that is changed
the others are taken away.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import structlog

from bot.chat.block_kit import Block, blocks
from bot.chat.here import held_here, holds_elsewhere
from bot.chat.pace import Pace
from bot.chat.slack.calling import Answer, Errand, Fixed, Gone, LacksScope, Slack
from bot.chat.slack.finding import (
    GOES_ON,
    INSTEAD,
    NOTHING,
    Place,
    find_anew,
    find_in_channel,
    find_reply,
    find_stand_in,
    metadata,
)
from bot.chat.slack.fitting import BYTES, in_several, longest_text, size
from bot.chat.slack.posting import Posting
from bot.errors import CannotTell, DeliveryError, PolicyError, Refused
from bot.messages import Message, Tone, Words
from bot.ports import Due, Store

log = structlog.get_logger()

PLATFORM = "slack"
CHANNEL_ID = re.compile(r"[CG][A-Z0-9]{6,}")
ROOM_ID = re.compile(r"[CDG][A-Z0-9]{6,}")
"""A channel's, or somebody's direct messages'."""
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

    def __init__(
        self,
        slack: Slack,
        workspace: Workspace,
        *,
        known_seconds: float = KNOWN_SECONDS,
        pace: Pace | None = None,
    ) -> None:
        self._slack, self._words = slack, slack.words
        self._workspace = workspace
        self.store: Store | None = None
        """Where people's accounts are kept, once it is known."""
        self._known_seconds = known_seconds
        self._posting = Posting(slack.words, pace or Pace())
        self._direct: dict[str, tuple[str, float]] = {}
        """User -> their direct messages, and until when they are believed to read them."""
        self._instead: dict[Place, Place] = {}
        """What is gone or cannot be changed -> what is changed in its stead, as far as this process has seen."""
        self._goes_on: dict[Place, Place] = {}
        """The first message of a thread that is gone -> that under which it goes on."""

    # ── ports.Chat ───────────────────────────────────────────────────────────────────────────────────────

    def direct(self, key: str, person: str, message: Message) -> str:
        """Say something to one person. Returns the message's id."""
        errand = self._slack.errand()
        return self._post(errand, key, self._opened(errand, person), message).id

    def thread(self, key: str, channel: str, under: str, message: Message) -> str:
        """Post in a channel; a reply goes where its thread is, whatever the channel is called by now."""
        errand = self._slack.errand()
        if under:
            return self._reply(errand, key, Place.read(under), message).id
        return self._post(errand, key, self._channel(channel), message).id

    def edit(self, key: str, message_id: str, message: Message) -> str:
        """Change a message said before, or what stands in for it; say it anew where both are gone.

        Done twice, it comes to the same.
        """
        errand, place = self._slack.errand(), Place.read(message_id)
        shown = self._instead.get(place, place)
        if size(self._drawn(key, message)["blocks"]) > BYTES:
            return self._replace(errand, key, place, shown, message)
        try:
            return self._change(errand, key, shown, message).id
        except (Gone, Fixed) as refusal:
            why: type[Refused] = type(refusal)
        instead = self._stand_in(errand, place)
        if instead is not None and instead != shown:
            self._instead[place] = instead
            try:
                return self._change(errand, key, instead, message).id
            except (Gone, Fixed) as refusal:
                why = type(refusal)
        note = "slack.message_gone" if why is Gone else "slack.message_fixed"
        return self._anew(errand, key, place, self._noted(note, message), why).id

    def find(self, due: Due) -> str:
        """Where it stands, if an earlier attempt said it. An edit may be done again."""
        if due.kind == "edit":
            return ""
        errand = self._slack.errand()
        try:
            if due.kind == "thread" and due.first_receipt:
                return find_reply(errand, Place.read(due.first_receipt), due.key, due.since, self._posting.parts)
            channel = self._opened(errand, due.to) if due.kind == "direct" else self._channel(due.to)
            return find_in_channel(errand, channel, due.key, due.since, self._posting.parts)
        except (Refused, LacksScope) as refused:
            raise CannotTell(self._words("slack.cannot_ask", reason=str(refused))) from refused

    def link(self, channel: str, message_id: str) -> str:
        """Where Slack shows the message."""
        place, address = Place.read(message_id), self._workspace.address.rstrip("/")
        if not address:
            return ""
        of_thread = f"?thread_ts={place.thread}&cid={place.channel}" if place.thread else ""
        return f"{address}/archives/{place.channel}/p{place.ts.replace('.', '')}{of_thread}"

    def opened(self, person: str) -> str:
        """Their direct messages, where they have been opened already: nothing is asked of Slack."""
        return self._direct.get(person.removeprefix(self._workspace.person("")), ("", 0.0))[0]

    def as_here(self, message: Message) -> Message:
        """As it is drawn in this workspace: with people by their accounts in it."""
        platform = self._workspace.platform
        if self.store is None or not holds_elsewhere(message, platform):
            return message
        with self.store.look() as tx:
            return held_here(tx, message, platform, self._words)

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
        under = self._goes_on.get(root, root)
        try:
            said = self._post(errand, key, under.channel, message, under.ts)
        except Gone:
            noted = self._noted("slack.thread_gone", message)
            self._goes_on[root] = said = self._post(errand, key, root.channel, noted, of_another={GOES_ON: root.ts})
            return said
        if not said.thread:
            # The thread is gone. Slack says nothing of it, and has put the reply into the channel.
            self._stands_alone(errand, key, said, root, message)
        return said

    def _stands_alone(self, errand: Errand, key: str, said: Place, root: Place, message: Message) -> None:
        """Let it say why. It has been said: what goes wrong from here on does not matter."""
        self._goes_on[root] = said
        noted = self._noted("slack.thread_gone", message)
        try:
            self._change(errand, key, said, noted, metadata=metadata(key, {GOES_ON: root.ts}))
        except DeliveryError as error:
            log.warning("a reply stands in the channel and does not say why", delivery=key, error=type(error).__name__)

    def _anew(self, errand: Errand, key: str, gone: Place, message: Message, why: type[Refused]) -> Place:
        """In the thread in which it stood, or in the channel. A thread whose beginning is gone goes on under it."""
        said = self._post(errand, key, gone.channel, message, gone.thread, {INSTEAD: gone.ts})
        self._instead[gone] = said
        if why is Gone and not gone.thread:
            self._goes_on[gone] = said
        return said

    def _stand_in(self, errand: Errand, gone: Place) -> Place | None:
        try:
            return find_stand_in(errand, gone)
        except (Refused, LacksScope):  # nobody may look there: then it is said anew
            return None

    def _post(
        self,
        errand: Errand,
        key: str,
        channel: str,
        message: Message,
        under: str = "",
        of_another: Mapping[str, str] = NOTHING,
    ) -> Place:
        return self._posting.post(errand, key, channel, self._drawn(key, message), under, of_another)

    def _change(self, errand: Errand, key: str, place: Place, message: Message, **more: Answer) -> Place:
        """Metadata that is not given stays as it is."""
        errand.do("chat.update", channel=place.channel, ts=place.ts, **self._drawn(key, message), **more)
        self._remove(errand, place.channel, *filter(None, place.before.split("+")))
        return place

    def _replace(self, errand: Errand, key: str, place: Place, shown: Place, message: Message) -> str:
        """What is too long for the message that is to be changed is said anew, and that one taken away."""
        said = find_anew(errand, place, key) or self._anew(errand, key, place, message, Fixed).id
        if shown.channel.startswith("D"):
            self._remove(errand, shown.channel, shown.ts, *filter(None, shown.before.split("+")))
        return said

    def _remove(self, errand: Errand, channel: str, *those: str) -> None:
        for ts in those:
            try:
                errand.do("chat.delete", channel=channel, ts=ts)
            except Refused as refusal:  # somebody has done so already
                log.info("a part of a message is not taken away", error=type(refusal).__name__)

    def _drawn(self, key: str, message: Message) -> Answer:
        """Its buttons tell the key, so that a press on what has been changed since is known."""
        drawn = self._fitting(key, self.as_here(message))
        return {"text": message.summary.translate(ESCAPES), "blocks": drawn, "parse": "none"}

    def _fitting(self, key: str, message: Message, emptied: frozenset[str] = frozenset()) -> list[Block]:
        """Inputs stand in one message. The longest texts that are too much for it are not in them, and it says so."""
        longest = longest_text(message, besides=emptied)
        shown = self._noted("slack.too_much", message, "warning") if emptied else message
        try:
            drawn = self._blocks(key, shown, emptied)
        except Refused:
            if not longest:
                raise
        else:
            if not longest or size(in_several(drawn)[-1]) <= BYTES:
                return drawn
        return self._fitting(key, message, emptied | {longest})

    def _blocks(self, key: str, message: Message, emptied: frozenset[str]) -> list[Block]:
        try:
            return blocks(message, platform=self._workspace.platform, key=key, emptied=emptied)
        except (PolicyError, ValueError) as error:
            raise Refused(self._words("slack.not_taken")) from error

    def _noted(self, name: str, message: Message, tone: Tone = "quiet") -> Message:
        return replace(message, parts=(Words(self._words(name), tone), *message.parts))
