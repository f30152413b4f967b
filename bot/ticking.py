"""The tick: what is to be looked at now becomes what is to be said, and the worker is told of what waits to be said.

Rule 1: the timers that have come, what is said because of them, and when to look again are one transaction.
Rule 2: what cannot be looked at is logged by reference and kind of error, put off by an hour, and stops nothing else.
Rule 3: nothing here trusts that the clock runs evenly, or that no other replica ticks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from bot.calendars import Calendar
from bot.policies import Policies
from bot.ports import Store, Transaction
from bot.timers import Timer
from bot.words import Words as Catalogue

log = structlog.get_logger()

TIMERS, OWNERS = 500, 25
"""So many timers are found in one transaction, and those of so many owners looked at: others wait for their turn."""
PUT_OFF = timedelta(hours=1)
HANDED = 500
HANDED_AGAIN = timedelta(minutes=10)
"""Longer than the worst backlog takes: what waits for a busy worker is not handed to it over and over."""


@dataclass(frozen=True)
class Ticker:
    """Everything that looking again needs. Each replica has one; `tick` is for one thread at a time."""

    store: Store
    policies: Policies
    calendars: Mapping[str, Calendar]
    words: Catalogue
    now: Callable[[], datetime]

    def tick(self) -> None:
        """Look at all that is due. Raises StoreError when the store itself cannot be used."""
        while self.store.timers_due(self.now()):
            if not self._some():
                break
        self.store.to_hand(self.now(), HANDED, HANDED_AGAIN)

    def _some(self) -> int:
        """Looks at some of the owners whose timers have come, in one transaction. Returns how many they were."""
        owners: list[str] = []
        try:
            with self.store.transaction() as tx:
                now = self.now()
                owners += list(dict.fromkeys(timer.owner for timer in tx.due_timers(now, TIMERS)))[:OWNERS]
                for owner in owners:
                    self._look(tx, owner, now)
        except Exception as error:  # nothing of it was saved: each is looked at by itself, to find whose fault it is
            log.warning("looked at one by one", owners=len(owners), error=type(error).__name__)
            if not owners:
                raise
            for owner in owners:
                self._alone(owner)
        return len(owners)

    def _alone(self, owner: str) -> None:
        try:
            with self.store.transaction() as tx:
                self._look(tx, owner, self.now())
        except Exception as error:  # the outer edge of one owner: whatever is wrong with it, the others go on
            # Only the kind of error is logged: its text could hold an answer.
            log.error("timers put off", owner=owner, error=type(error).__name__)
            with self.store.transaction() as tx:
                now = self.now()
                self._arm(tx, owner, tx.timers(owner), now)

    def _look(self, tx: Transaction, owner: str, now: datetime) -> None:
        """Everything of one owner that is due now, together."""
        armed = tx.timers(owner)
        due = [timer for timer in armed if timer.due <= now]
        if due:
            self._arm(tx, owner, armed, now)

    def _arm(self, tx: Transaction, owner: str, wanted: Sequence[Timer], now: datetime) -> None:
        """None of them is due any longer, so that each look comes to an end."""
        later = now + PUT_OFF
        tx.set_timers(owner, [timer if timer.due > now else replace(timer, due=later) for timer in wanted])
