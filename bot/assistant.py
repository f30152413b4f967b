"""Hears one message: one transaction, one answer.

A repeated event is answered as it was the first time. Everything that is said is a delivery, written in the same
transaction as the conversation and the escalation; nothing is sent from here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog

from bot.calendars import Calendar
from bot.desk import Desk
from bot.errors import Conflict, EscalationBotError, NotAllowed
from bot.hearing import Hearing
from bot.messages import Message, Words
from bot.policy import Policy
from bot.ports import Answered, Delivery, Heard, Store
from bot.words import Words as Catalogue

log = structlog.get_logger()

TRIES = 4


@dataclass(frozen=True)
class Assistant:
    """The bot, without a platform. `now` gives an aware datetime."""

    store: Store
    policies: Mapping[str, Policy]
    calendars: Mapping[str, Calendar]
    words: Catalogue
    now: Callable[[], datetime]

    def hear(self, heard: Heard) -> Answered:
        """Answer one event; the same event is answered the same way twice."""
        for attempt in range(1, TRIES + 1):
            try:
                return self._once(heard)
            except Conflict:
                # Somebody else was faster: look at the world again and repeat; nothing was saved.
                log.info("heard again after a conflict", attempt=attempt)
            except EscalationBotError:
                raise
            except Exception as error:  # the outer edge of one message: no traceback reaches a person
                # Only the kind of error is logged: its text could hold an answer.
                log.error("message failed", error=type(error).__name__, event=_digest(heard.event))
                return self._apologise(heard)
        return self._apologise(heard)

    def _once(self, heard: Heard) -> Answered:
        with self.store.transaction() as tx:
            before = tx.answered(heard.event)
            if before is not None:
                return before
            person = tx.person(heard.person)
            if person is None:
                raise NotAllowed("I do not know you yet. Please ask whoever runs this bot to add you.")
            desk = Desk(self.policies, self.calendars, self.words, tx, heard, person, self.now(), _digest(heard.event))
            Hearing(desk).run()
            tx.add_deliveries(desk.out)
            answered = Answered(tuple(each.key for each in desk.out))
            tx.remember(heard.event, heard.person, answered)
            return answered

    def _apologise(self, heard: Heard) -> Answered:
        """Nothing of the failed message was saved; what was given before it still is."""
        with self.store.transaction() as tx:
            if (before := tx.answered(heard.event)) is not None:
                return before
            text = self.words("error.unexpected", event=_digest(heard.event))
            delivery = Delivery(
                f"sorry/{_digest(heard.event)}",
                "direct",
                heard.person,
                Message(text, (Words(text, "warning"),)),
            )
            tx.add_deliveries([delivery])
            answered = Answered((delivery.key,))
            tx.remember(heard.event, heard.person, answered)
            return answered


def _digest(event: str) -> str:
    return hashlib.sha256(event.encode()).hexdigest()[:12]
