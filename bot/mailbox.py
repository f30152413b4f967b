"""Looks into the mailbox that letters come from: which of them came back, and what is left of those that are over.

Rule 1: a letter that came back is noted with the letter, once; so nothing else has to be remembered.
Rule 2: nothing is removed that may still be sent, or be on its way: only what is over for long enough.
Rule 3: whatever is wrong with the mailbox is logged by its kind, tried again, and stops nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from bot import decisions, looking, ports
from bot.calendars import Calendar
from bot.conflicts import after_conflicts
from bot.errors import DeliveryError, TryLater
from bot.messages import Message, Words
from bot.policies import Policies
from bot.ports import Delivery, Due, Store, Transaction
from bot.sent_letters import may_come_back
from bot.troubles import is_away
from bot.words import Words as Catalogue

log = structlog.get_logger()

EVERY = timedelta(minutes=5)
LOOK_BACK = timedelta(days=14)
"""No mail server tries for longer, and a bot that was away for so long still finds out."""
OVER = timedelta(days=1)
"""What is left of a letter that is over stays for so long, for whoever was told to look at it."""


@dataclass
class Postman:
    """Each replica has one; `look` is for one thread at a time."""

    mailbox: ports.Mailbox
    store: Store
    policies: Policies
    calendars: Mapping[str, Calendar]
    words: Catalogue
    now: Callable[[], datetime]
    _looked: datetime | None = field(default=None, init=False)
    _cleared: set[str] = field(default_factory=set, init=False)

    def is_time(self) -> bool:
        now = self.now()
        return self._looked is None or not timedelta() <= now - self._looked < EVERY

    def look(self) -> None:
        """Raises StoreError where the store is away."""
        now = self._looked = self.now()
        since = now - LOOK_BACK
        try:
            returned = self.mailbox.came_back(since, lambda: self.store.letters_taken(since - LOOK_BACK))
            for key in returned:
                after_conflicts(lambda key=key: self._note(key))  # type: ignore[misc]
            for key in self.store.letters_over(since, now - OVER):
                self._clear(key)
        except Exception as error:  # the outer edge of the mailbox: whatever is in it, all else goes on
            if is_away(error):
                raise
            log.warning("the mailbox could not be looked into", error=type(error).__name__)

    # ── what came back ───────────────────────────────────────────────────────────────────────────────────

    def _note(self, key: str) -> None:
        with self.store.transaction() as tx:
            due = tx.delivery(key)
            if due is None or due.state != "done":
                return
            if due.made == "file":
                tx.add_deliveries([self._copy_came_back(due)])
            else:
                self._letter_came_back(tx, due)

    def _letter_came_back(self, tx: Transaction, due: Due) -> None:
        number = due.to.partition("/")[2]
        c = looking.world(tx, self.words, self.policies, self.calendars, due.reference, self.now())
        if c is None or not may_come_back(c.escalation.fields[f"letter.{number}"]):
            return
        log.warning("a letter came back", delivery=due.key)
        done = decisions.letter_came_back(c, number, "bot", self.now())
        decisions.keep(tx, c, done)
        tx.add_deliveries(done.deliveries)

    def _copy_came_back(self, due: Due) -> Delivery:
        """Whoever asked for it is told, once."""
        text = self.words("returned.file", reference=due.reference)
        message = Message(self.words("returned.summary_file", reference=due.reference), (Words(text, "warning"),))
        return Delivery(f"{due.key}/returned", "direct", due.about["person"], message, reference=due.reference)

    # ── what is over ─────────────────────────────────────────────────────────────────────────────────────

    def _clear(self, key: str) -> None:
        """A draft that nobody will send does not stay in the mailbox, with a child's name in it."""
        with self.store.look() as tx:
            due = tx.delivery(key)
        if key in self._cleared or due is None or due.state not in {"dead", "done"}:
            return
        try:
            self.mailbox.clear(key)
        except TryLater:
            raise
        except DeliveryError as error:
            log.warning("what is left of a letter could not be removed", delivery=key, error=type(error).__name__)
        self._cleared.add(key)
