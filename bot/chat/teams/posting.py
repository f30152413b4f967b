"""Posts one message, at its conversation's pace; and in several where it needs more than one card.

Each part is said once: which were, is written down until the last one was, so that a crash says none of them again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.chat.adaptive_cards import Card
from bot.chat.pace import Pace
from bot.chat.teams.calling import Answer, Errand
from bot.chat.teams.ids import Place, in_thread
from bot.chat.teams.references import References
from bot.errors import TryLater, Unclear
from bot.words import Words

CARD = "application/vnd.microsoft.card.adaptive"
AT_ONCE, EVERY = 4, timedelta(milliseconds=500)
"""So many messages at once, and then one after the other, Teams takes in one conversation: by what it says today, eight
in two seconds and sixty in thirty."""


def pace_of_teams() -> Pace:
    return Pace(AT_ONCE, EVERY)


@dataclass(frozen=True)
class Drawn:
    """A message as Teams takes it. `summary` is what a locked screen shows."""

    summary: str
    cards: Sequence[Card]


@dataclass(frozen=True)
class Posting:
    """`bot` is how Teams calls the bot, `tenant` the id of where it is."""

    words: Words
    pace: Pace
    references: References
    bot: str
    tenant: str

    def post(self, errand: Errand, key: str, conversation: str, drawn: Drawn, thread: str = "") -> Place:
        """The last of several activities is the one that has its place."""
        *parts, last = drawn.cards
        before = [
            self._part(errand, key, number, conversation, Drawn(drawn.summary, [card]), thread)
            for number, card in enumerate(parts, 1)
        ]
        said = self._say(errand, key, conversation, Drawn(drawn.summary, [last]), thread)
        self.references.forget_parts(key, range(1, len(before) + 1))
        return said._replace(before="+".join(before))

    def activity(self, conversation: str, drawn: Drawn) -> Answer:
        """With its one card, or the last one."""
        return {
            "type": "message",
            "from": {"id": self.bot},
            "conversation": {"id": conversation},
            "channelData": {"tenant": {"id": self.tenant}},
            "summary": drawn.summary,
            "attachments": [{"contentType": CARD, "content": drawn.cards[-1]}],
        }

    def _part(self, errand: Errand, key: str, number: int, conversation: str, drawn: Drawn, thread: str) -> str:
        """Its activity; it is said unless it was before."""
        if said := self.references.part(key, number):
            return said
        place = self._say(errand, key, conversation, drawn, thread)
        self.references.note_part(key, number, place)
        return place.activity

    def _say(self, errand: Errand, key: str, conversation: str, drawn: Drawn, thread: str) -> Place:
        if pause := self.pace.pause(conversation):
            raise TryLater(self.words("teams.pace"), pause)
        where = in_thread(conversation, thread)
        told: dict[str, Any] = errand.say("post", where, "activities", body=self.activity(where, drawn))
        if not isinstance(activity := told.get("id"), str) or not activity:
            raise Unclear(self.words("teams.broken"))
        return Place.of(where, activity)
