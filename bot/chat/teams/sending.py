"""What the bot says in Teams: `ports.Chat` on the Bot Framework's connector.

Teams lets nobody look for a message without rights to read everything that is written. So what may have been said, and
may not, is said again: its buttons carry the delivery's key, and a press on either counts once.

Rule 1: nothing is lost because somebody deleted a message, or Teams does not let it be changed any more. A reply to a
thread that is gone is said in the channel, and the thread goes on under it. What was to be changed is said anew where
it stood, and from then on that is changed. A note says why, and it is written down what stands in whose stead.
Rule 2: where there is much to say in one conversation, it is said as fast as Teams takes it. What has to wait is put
off, and keeps nobody else.
Rule 3: what needs several cards is said in several messages; the last of them is the message, and when that is changed
the others are taken away.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

import structlog

from bot.chat.adaptive_cards import cards
from bot.chat.pace import Pace
from bot.chat.teams.calling import Connector, Errand, Fixed, Gone, Unknown
from bot.chat.teams.chats import Chats
from bot.chat.teams.ids import Place, in_thread, is_channel
from bot.chat.teams.posting import Drawn, Posting, pace_of_teams
from bot.chat.teams.references import References
from bot.chat.teams.tenant import Tenant
from bot.errors import PolicyError, Refused
from bot.messages import Message, Words
from bot.ports import Due

log = structlog.get_logger()

DEEP_LINKS = "https://teams.microsoft.com/l/message"


class TeamsChat:
    """Fulfils `ports.Chat` for one tenant. Safe in several threads."""

    def __init__(
        self,
        connector: Connector,
        tenant: Tenant,
        references: References,
        *,
        pace: Pace | None = None,
    ) -> None:
        self._connector, self._tenant, self._references = connector, tenant, references
        self._words = connector.words
        self._chats = Chats(tenant, references, connector.words)
        self._posting = Posting(connector.words, pace or pace_of_teams(), references, tenant.bot, tenant.id)

    # ── ports.Chat ───────────────────────────────────────────────────────────────────────────────────────

    def direct(self, key: str, person: str, message: Message) -> str:
        """Say something to one person, in their chat with the bot. Returns the message's id."""
        object_id = self._tenant.object_id(person)
        if not object_id:
            raise Refused(self._words("teams.elsewhere"))
        drawn, reference = self._drawn(key, message), self._chats.told(person)
        errand = self._connector.errand()
        if reference is not None:
            try:
                return self._post(errand, key, reference.conversation, drawn).id
            except Unknown:  # it is not the chat with them any more
                self._references.drop(person)
        chat = self._chats.opened(errand, person, object_id)
        return self._post(errand, key, chat.conversation, drawn).id

    def thread(self, key: str, channel: str, under: str, message: Message) -> str:
        """Post in a channel; a reply goes where its thread is, whatever the channel is called by now."""
        drawn = self._drawn(key, message)
        if not under:
            room = self._channel(channel)
            return self._post(self._connector.errand(), key, room, drawn).id
        alone = self._drawn(key, self._noted("teams.thread_gone", message))
        return self._reply(self._connector.errand(), key, Place.read(under).root, drawn, alone).id

    def edit(self, key: str, message_id: str, message: Message) -> str:
        """Change a message said before, or what stands in its stead; say it anew where that is gone.

        Done twice, it comes to the same.
        """
        place, drawn, errand = Place.read(message_id), self._drawn(key, message), self._connector.errand()
        shown = self._references.instead_of(place) or place
        if len(drawn.cards) > 1:
            return self._replace(errand, key, place, shown, drawn).id
        try:
            return self._change(errand, place, shown, drawn).id
        except (Gone, Unknown):
            noted = self._drawn(key, self._noted("teams.message_gone", message))
            return self._anew(errand, key, place, shown, noted, gone=True).id
        except Fixed:
            noted = self._drawn(key, self._noted("teams.message_fixed", message))
            return self._anew(errand, key, place, shown, noted).id

    def find(self, due: Due) -> str:
        """Nothing: Teams cannot be asked, so that it is said again."""
        return ""

    def link(self, channel: str, message_id: str) -> str:
        """Where Teams shows the message; "" in personal chats."""
        place = Place.read(message_id)
        if not is_channel(place.conversation):
            return ""
        path = "/".join(quote(each, safe="") for each in (place.conversation, place.activity))
        return f"{DEEP_LINKS}/{path}?tenantId={self._tenant.id}&parentMessageId={quote(place.root.activity, safe='')}"

    def as_here(self, message: Message) -> Message:
        """As it is drawn in this tenant: with people by their accounts in it."""
        return self._references.as_here(message, self._tenant, self._words)

    # ── where to ─────────────────────────────────────────────────────────────────────────────────────────

    def _channel(self, name: str) -> str:
        """Ids only: a name can be given to another channel any day, and nobody would notice who reads there."""
        channel = self._tenant.channels.get(name, name)
        if not is_channel(channel):
            raise Refused(self._words("teams.no_id", channel=name))
        return channel

    def _towards(self, errand: Errand, conversation: str) -> Errand:
        """Where Teams said that this channel or chat is reached."""
        reference = self._references.with_conversation(conversation)
        return errand.towards(reference.service_url if reference else "")

    # ── saying ───────────────────────────────────────────────────────────────────────────────────────────

    def _post(self, errand: Errand, key: str, conversation: str, drawn: Drawn, thread: str = "") -> Place:
        return self._posting.post(self._towards(errand, conversation), key, conversation, drawn, thread)

    def _reply(self, errand: Errand, key: str, root: Place, drawn: Drawn, alone: Drawn) -> Place:
        """Under the first message of a thread; `alone` in the channel where that is gone, and the thread goes on
        there."""
        under = self._references.goes_on_under(root) or root
        try:
            return self._post(errand, key, under.conversation, drawn, under.activity)
        except (Gone, Unknown):
            said = self._post(errand, key, root.conversation, alone)
        self._references.note_goes_on(root, said.root)
        return said

    def _change(self, errand: Errand, place: Place, shown: Place, drawn: Drawn) -> Place:
        there, where = self._towards(errand, shown.conversation), _where(shown)
        there.change("edit", where, "activities", shown.activity, body=self._posting.activity(where, drawn))
        if not shown.before:
            return shown
        self._remove(there, shown, *shown.before.split("+"))
        alone = shown._replace(before="")
        self._references.note_instead(place, alone)
        return alone

    def _anew(self, errand: Errand, key: str, place: Place, shown: Place, drawn: Drawn, *, gone: bool = False) -> Place:
        """In the thread in which it stood, or in the chat. A thread whose beginning is gone goes on under it."""
        if shown.thread:
            said = self._reply(errand, key, shown.root, drawn, drawn)
        else:
            said = self._post(errand, key, shown.conversation, drawn)
        self._references.note_instead(place, said)
        if gone and is_channel(shown.conversation) and not shown.thread:
            self._references.note_goes_on(shown.root, said.root)
        return said

    def _replace(self, errand: Errand, key: str, place: Place, shown: Place, drawn: Drawn) -> Place:
        """What needs several cards is said anew, and what it stands for is taken away where nobody answers below it."""
        said = self._anew(errand, key, place, shown, drawn)
        if not is_channel(shown.conversation):
            there = self._towards(errand, shown.conversation)
            self._remove(there, shown, shown.activity, *filter(None, shown.before.split("+")))
        return said

    def _remove(self, errand: Errand, place: Place, *activities: str) -> None:
        for activity in activities:
            try:
                errand.remove("remove", _where(place), "activities", activity)
            except Refused as refusal:  # somebody has done so already
                log.info("a part of a message is not taken away", error=type(refusal).__name__)

    def _drawn(self, key: str, message: Message) -> Drawn:
        """Its buttons tell the key, so that a press on what has been changed since is known."""
        try:
            return Drawn(message.summary, cards(self.as_here(message), platform=self._tenant.platform, key=key))
        except (PolicyError, ValueError) as error:
            raise Refused(self._words("teams.not_taken")) from error

    def _noted(self, name: str, message: Message) -> Message:
        return replace(message, parts=(Words(self._words(name), "quiet"), *message.parts))


def _where(place: Place) -> str:
    """The conversation in which it stands, as Teams calls it: in a channel that is a thread."""
    return in_thread(place.conversation, place.root.activity) if is_channel(place.conversation) else place.conversation
