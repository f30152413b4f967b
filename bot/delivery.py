"""Carries deliveries out after the transaction that wrote them: look again, do it, keep the receipt.

Rule 1: nothing is done inside a transaction, and one destination's trouble never stops another's.
Rule 2: what is no longer wanted is not said.
Rule 3: a delivery that cannot be carried out becomes a sentence for the person who can mend it; it is never dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot import access, decisions
from bot.calendars import Calendar
from bot.decisions import Effects, keep, settled
from bot.errors import Conflict, EscalationBotError, Refused, TryLater
from bot.escalation import Status
from bot.flows.context import Context
from bot.making import Making
from bot.messages import Message, Words
from bot.policies import Policies
from bot.ports import Chat, Delivery, Documents, Due, Mailer, Store
from bot.words import Words as Catalogue

log = structlog.get_logger()

WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=1),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=4),
)
"""How long is waited after each failed attempt; about five hours in total, then it is given up and a person is told."""


TRIES = 4
AT_ONCE = 50
LEASE = timedelta(minutes=1)
"""So long a claimed delivery is its claimer's; every call to a remote gives up well before."""


@dataclass(frozen=True)
class Carrier:
    """Everything that carrying out needs."""

    store: Store
    chat: Chat
    mailer: Mailer
    documents: Documents
    policies: Policies
    calendars: Mapping[str, Calendar]
    words: Catalogue
    now: Callable[[], datetime]
    lease: timedelta = LEASE
    waits: tuple[timedelta, ...] = WAITS

    @property
    def making(self) -> Making:
        return Making(self.store, self.chat, self.documents, self.policies, self.calendars, self.words, self.now)

    def carry_all(self) -> int:
        """Carry out everything whose turn it is, in the order in which it was written. Returns how many there were."""
        count = 0
        while claimed := self.claim(AT_ONCE):
            count += sum(self.carry(due) for due in claimed)
        return count

    def carry_stream(self, stream: str) -> int:
        """The same for what is kept in order in this stream."""
        count = 0
        while claimed := self.claim(1, stream=stream):
            count += sum(self.carry(due) for due in claimed)
        return count

    def claim(self, limit: int, *, besides: Collection[str] = (), stream: str = "") -> list[Due]:
        """Those whose turn it is; they are the caller's to carry."""
        now = self.now()
        return self.store.claim(now, now + self.lease, limit, besides=besides, stream=stream)

    def give_back(self, due: Due) -> None:
        """It was claimed and not begun: somebody else may have it at once."""
        self.store.postpone(due.key, self.now())

    def carry(self, due: Due) -> bool:
        """Carry out what was claimed, or note why not. Whether nothing more is to be done about it."""
        try:
            if due.first_state in {"dead", "dropped"}:
                return self._end_with(due)
            if (hours := self.making.hours(due)) is not None and not hours.are_open(self.now()):
                self.store.postpone(due.key, hours.next_open(self.now()))
                return False
            message = None if due.kind == "letter" else self.making.message(due)
            if not self._wanted(due) or (message is None and due.kind != "letter"):
                self.store.drop(due.key, self.now())
                return True
            receipt = self._do(due, message)
        except TryLater as later:
            self._failed(due, str(later), later.after)
            return False
        except Refused as refused:
            self._give_up(due, str(refused))
            return False
        except Exception as error:  # the outer edge of one delivery: no fault in one may stop the others
            # Only the kind of error is logged: its text could hold an answer.
            log.error("delivery failed", delivery=due.key, error=type(error).__name__)
            self._failed(due, f"an unexpected fault ({type(error).__name__})", None)
            return False
        # Before its receipt is noted: after a crash it is found to have left already, and noted then.
        if not self._after_letter(due, lambda c, number: decisions.letter_left(c, number, receipt, self.now())):
            self.store.postpone(due.key, self.now() + self.waits[0])
            return False
        self.store.done(due.key, receipt, self.now())
        log.info("delivered", delivery=due.key, kind=due.kind)
        return True

    def _end_with(self, due: Due) -> bool:
        """It belongs to something that will not be said: nobody waits for it any longer."""
        if due.first_state == "dropped":
            self.store.drop(due.key, self.now())
            return True
        why = {trouble.key: trouble.reason for trouble in self.store.troubled()}.get(due.first, "")
        self.store.failed(due.key, f"It belongs to a message that could not be said: {why}", None, self.now())
        log.error("delivery given up with the one before it", delivery=due.key)
        return False

    def _do(self, due: Due, message: Message | None) -> str:
        match due.kind, message:
            case "direct", Message():
                return self.chat.direct(due.key, due.to, message)
            case "thread", Message():
                return self.chat.thread(due.key, due.to, due.first_receipt, message)
            case "edit", Message():
                return self.chat.edit(due.key, due.first_receipt, message)
        return self.mailer.send(self.making.letter(due))

    def _wanted(self, due: Due) -> bool:
        """Looked at again just before: an edit that a later one overtook, a reminder of what has been done."""
        if due.kind == "edit":
            return not self.store.superseded(due.key)
        if "/remind-words/" not in due.key:
            return True
        with self.store.transaction() as tx:
            escalation = access.as_the_bot(tx.escalation(due.reference))
        if escalation is None or escalation.status is not Status.OPEN or escalation.raiser != due.to:
            return False
        return not escalation.fields.get("words_said")

    def _after_letter(self, due: Due, decide: Callable[[Context, str], Effects]) -> bool:
        """What became of a letter changes the record once, in one transaction with all that follows from it.

        Other deliveries change nothing.

        False where others were faster every time: it is looked at again later, and the mail knows its key.
        """
        if due.kind != "letter":
            return True
        _, _, number = due.to.partition("/")
        for _ in range(TRIES):
            try:
                with self.store.transaction() as tx:
                    c = self.making.context(tx, due.reference)
                    if c is None or settled(c.escalation.fields[f"letter.{number}"]):
                        return True
                    done = decide(c, number)
                    keep(tx, c, done)
                    tx.add_deliveries(done.deliveries)
                    return True
            except Conflict:
                log.info("looked at again after a conflict", delivery=due.key)
        return False

    def _failed(self, due: Due, reason: str, after: timedelta | None) -> None:
        if due.attempts >= len(self.waits):
            self._give_up(due, reason)
            return
        self.store.failed(due.key, reason, self.now() + (after or self.waits[due.attempts]), self.now())
        log.warning("delivery will be tried again", delivery=due.key, attempt=due.attempts + 1)

    def _give_up(self, due: Due, reason: str) -> None:
        """Give it up, and tell the raiser, who still owns the escalation."""
        if not self._after_letter(due, lambda c, number: decisions.letter_given_up(c, number, reason, self.now())):
            return
        self.store.failed(due.key, reason, None, self.now())
        log.error("delivery given up", delivery=due.key, kind=due.kind)
        if due.kind == "letter" or not due.reference or due.key.endswith("/given-up"):
            return
        try:
            with self.store.transaction() as tx:
                escalation = access.as_the_bot(tx.escalation(due.reference))
                if escalation is not None:
                    text = self.words(f"given_up.{due.kind}", reference=due.reference, reason=reason)
                    message = Message(text, (Words(text, "warning"),))
                    tell = Delivery(
                        f"{due.key}/given-up", "direct", escalation.raiser, message, reference=due.reference
                    )
                    tx.add_deliveries([tell])
        except EscalationBotError as error:
            log.error("nobody could be told", delivery=due.key, error=type(error).__name__)
