"""Where somebody is told something who may have several ids: the same for every platform, and for several together."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot import accounts
from bot.errors import Refused, Shut
from bot.messages import Message
from bot.people import Reach
from bot.ports import Chat, Due, Store
from bot.wiring.parts import Parts
from bot.wiring.platforms import Platform


@dataclass(frozen=True)
class Addressed:
    """Fulfils `ports.Chat`: whoever is told something is, under an id of theirs on a platform that is `served` now."""

    chat: Chat
    store: Store
    served: Reach

    def direct(self, key: str, person: str, message: Message) -> str:
        """Where that is refused, as where somebody has removed the bot, or nothing can be said until somebody mends
        that, they are told under another id of theirs. It waits where one of these may take it later."""
        troubles: list[Refused | Shut] = []
        for each in self._addresses(person):
            try:
                return self.chat.direct(key, each, message)
            except (Refused, Shut) as trouble:  # nothing was said there
                troubles.append(trouble)
        raise next((each for each in troubles if isinstance(each, Shut)), troubles[0])

    def thread(self, key: str, channel: str, under: str, message: Message) -> str:
        return self.chat.thread(key, channel, under, message)

    def edit(self, key: str, message_id: str, message: Message) -> str:
        return self.chat.edit(key, message_id, message)

    def find(self, due: Due) -> str:
        if due.kind != "direct":
            return self.chat.find(due)
        asked = (self.chat.find(replace(due, to=each)) for each in self._addresses(due.to))
        return next(filter(None, asked), "")

    def link(self, channel: str, message_id: str) -> str:
        return self.chat.link(channel, message_id)

    def _addresses(self, person: str) -> list[str]:
        with self.store.look() as tx:
            return accounts.addresses(tx, person, self.served)


def on(platform: Platform, parts: Parts) -> Parts:
    """A bot whose people are those of this platform, and are told there what it says."""
    chat = Addressed(platform.chat, parts.database, platform.place)
    return replace(
        parts,
        carrier=replace(parts.carrier, chat=chat),
        assistant=replace(parts.assistant, served=platform.place),
    )
