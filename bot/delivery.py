"""Carries deliveries out after the transaction that wrote them: look again, do it, keep the receipt.

Rule 1: nothing is done inside a transaction, and one destination's trouble never stops another's.
Rule 2: what is no longer wanted is not said.
Rule 3: a delivery that cannot be carried out becomes a sentence for the person who can mend it; it is never dropped.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from bot import access, decisions, report
from bot.calendars import Calendar
from bot.decisions import Effects, keep, settled
from bot.errors import Conflict, EscalationBotError, Refused, TryLater
from bot.escalation import Status
from bot.flows.context import Context
from bot.messages import Message, Words
from bot.policies import Policies
from bot.ports import Attachment, Chat, Delivery, Documents, Due, Letter, Mailer, Store, Transaction
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

    def carry_all(self) -> int:
        """Carry out everything whose turn it is, in the order in which it was written. Returns how many there were."""
        count = 0
        while claimed := self._claim():
            count += sum(self.carry(due) for due in claimed)
        return count

    def _claim(self) -> list[Due]:
        return self.store.claim(self.now(), self.now() + LEASE, AT_ONCE)

    def carry(self, due: Due) -> bool:
        """Carry out what was claimed, or note why not. Whether nothing more is to be done about it."""
        try:
            if due.first_state in {"dead", "dropped"}:
                return self._end_with(due)
            if not self._wanted(due):
                self.store.drop(due.key, self.now())
                return True
            receipt = self._do(due)
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
            self.store.postpone(due.key, self.now() + WAITS[0])
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

    def _do(self, due: Due) -> str:
        match due.kind:
            case "direct":
                return self.chat.direct(due.key, due.to, _message(due))
            case "thread":
                return self.chat.thread(due.key, due.to, due.first_receipt, _message(due))
            case "edit":
                return self.chat.edit(due.key, due.first_receipt, _message(due))
            case "letter":
                return self.mailer.send(self.letter(due))

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

    def letter(self, due: Delivery) -> Letter:
        """The letter as it was confirmed, with the answers of that moment; outside, the reference only."""
        reference, _, number = due.to.partition("/")
        with self.store.transaction() as tx:
            escalation = access.as_the_bot(tx.escalation(reference))
        if escalation is None:
            raise Refused(f"The escalation {reference} is not in the store, so its report cannot be made.")
        content = escalation.fields[f"letter.{number}"]
        policy = self.policies.of_escalation(escalation)
        form = policy.form(content["form"])
        document = report.document(policy, form, reference=reference, answers=content["answers"])
        name = f"{report.file_name(form, reference)}.{self.documents.ending}"
        attachment = Attachment(name, self.documents.media_type, self.documents.make(document))
        body = self.words(
            "letter.body",
            title=form.title,
            reference=reference,
            partnership=policy.partnership.name,
            ownership="\n".join(policy.advice.ownership),
        )
        if role := content.get("hand_on"):
            body = self.words("letter.hand_on", role=role) + "\n\n" + body
        subject = self.words("letter.subject", title=form.title, reference=reference)
        return Letter(due.key, (content["to"],), subject, body, (attachment,), tuple(content["by_post"]))

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
                    c = self._context(tx, due.reference)
                    if c is None or settled(c.escalation.fields[f"letter.{number}"]):
                        return True
                    done = decide(c, number)
                    keep(tx, done)
                    tx.add_deliveries(done.deliveries)
                    return True
            except Conflict:
                log.info("looked at again after a conflict", delivery=due.key)
        return False

    def _context(self, tx: Transaction, reference: str) -> Context | None:
        """The world as the raiser of this escalation may see it."""
        escalation = access.as_the_bot(tx.escalation(reference))
        raiser = tx.person(escalation.raiser) if escalation else None
        if escalation is None or raiser is None:
            return None
        zone = ZoneInfo(self.policies.of_escalation(escalation).clock.zone)
        now = self.now()
        people = {person.id: person for person in tx.people()}
        approvals = tuple(tx.approvals(escalation.reference))
        return Context(
            self.words, now.astimezone(zone).date(), raiser, self.policies, self.calendars, people, escalation,
            approvals, now=now,
        )  # fmt: skip

    def _failed(self, due: Due, reason: str, after: timedelta | None) -> None:
        if due.attempts >= len(WAITS):
            self._give_up(due, reason)
            return
        self.store.failed(due.key, reason, self.now() + (after or WAITS[due.attempts]), self.now())
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


class Relay:
    """The simple worker: one thread of this process, woken after each message and looking again by itself."""

    def __init__(self, carrier: Carrier, every: timedelta = timedelta(seconds=2)) -> None:
        self._carrier = carrier
        self._every = every.total_seconds()
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Something may be due."""
        self._wake.set()

    def stop(self) -> None:
        """Finish the delivery in hand and stop."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._stopping:
            try:
                self._carrier.carry_all()
            except Exception as error:  # the outer edge of the worker: whatever happened, it looks again
                log.error("the relay will look again", error=type(error).__name__)
            self._wake.wait(self._every)
            self._wake.clear()


def _message(due: Due) -> Message:
    if due.message is None:
        raise Refused(f"The words of the delivery {due.key} are missing from the store.")
    return due.message
