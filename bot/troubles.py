"""What cannot be said or sent is told to whoever can mend it, each thing once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot import decisions
from bot.conflicts import after_conflicts
from bot.errors import SealBroken, StoreError
from bot.making import Making
from bot.ports import Delivery, Due, Store, Transaction
from bot.words import Words as Catalogue

log = structlog.get_logger()

LETTER_WAITS = timedelta(hours=1)
"""After so long its raiser is told that a letter has not left yet, since somebody counts on it."""


@dataclass(frozen=True)
class Troubles:
    """Tells of deliveries at the moment `now`."""

    store: Store
    making: Making
    words: Catalogue
    administrators: Sequence[str]
    now: datetime

    def waits(self, due: Due, reason: str) -> None:
        """A letter that cannot leave for an hour is known to whoever counts on it, once."""
        if due.kind != "letter" or due.since is None or self.now - due.since < LETTER_WAITS:
            return
        with self.store.look() as tx:
            c = self.making.context(tx, due.reference)
        self._add(decisions.tell_that_a_letter_waits(self.words, due, reason, c.escalation.raiser if c else ""))

    def shut(self, reason: str) -> None:
        """Administrators are told once a day, as soon as anything can be said at all; until then the log tells."""
        log.error("nothing can be said or sent until this is mended", reason=reason)
        self._add(decisions.tell_that_it_is_shut(self.words, reason, self.administrators, self.now))

    def _add(self, told: Sequence[Delivery]) -> None:
        with self.store.look() as tx:
            new = [each for each in told if tx.delivery(each.key) is None]
        if new:
            with self.store.transaction() as tx:
                tx.add_deliveries(new)

    def ends(self, due: Due, reason: str, *, held: bool, documents: Mapping[str, str]) -> None:
        """It is given up, or held for a person to look; whoever can mend it is told in the same transaction.

        `documents` are the digests of what a letter holds that may have arrived.
        """
        log.error("delivery held" if held else "delivery given up", delivery=due.key, kind=due.kind)
        try:
            after_conflicts(lambda: self._give_up(due, reason, held=held, documents=documents))
        except Exception as error:  # it is better known to the operator alone than to nobody
            if is_away(error):
                raise
            log.error("nobody could be told", delivery=due.key, error=type(error).__name__)
            with self.store.transaction() as tx:
                tx.give_up(due.key, reason, self.now, held=held, lease=due.lease)

    def _give_up(self, due: Due, reason: str, *, held: bool, documents: Mapping[str, str]) -> None:
        with self.store.transaction() as tx:
            if tx.give_up(due.key, reason, self.now, held=held, lease=due.lease):
                self._tell(tx, due, reason, held=held, documents=documents)

    def _tell(self, tx: Transaction, due: Due, reason: str, *, held: bool, documents: Mapping[str, str]) -> None:
        about = due
        if decisions.TROUBLE in due.about:
            # Whoever was told of it cannot be reached: somebody else is told, of that.
            original = tx.delivery(due.about[decisions.TROUBLE])
            if original is None or original.state not in {"dead", "held"}:
                return
            about, reason, held = original, self.reason(original.key), original.state == "held"
        decisions.tell_of_trouble(
            tx, self.making.context(tx, about.reference), self.words, about, reason, held=held,
            unreachable="" if about is due else due.to, administrators=tuple(self.administrators), now=self.now,
            documents=documents,
        )  # fmt: skip

    def reason(self, key: str) -> str:
        return next((trouble.reason for trouble in self.store.troubled() if trouble.key == key), "")


def is_away(error: Exception) -> bool:
    """Whether nothing can be noted at all; what cannot be opened is one delivery's own fault."""
    return isinstance(error, StoreError) and not isinstance(error, SealBroken)
