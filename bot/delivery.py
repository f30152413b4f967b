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

import structlog

from bot import report
from bot.errors import EscalationBotError, Refused, TryLater
from bot.escalation import Entry, Status
from bot.messages import Message, Words
from bot.policy import Policy
from bot.ports import Attachment, Chat, Delivery, Documents, Due, Letter, Mailer, Store
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


@dataclass(frozen=True)
class Carrier:
    """Everything that carrying out needs."""

    store: Store
    chat: Chat
    mailer: Mailer
    documents: Documents
    policies: Mapping[str, Policy]
    words: Catalogue
    now: Callable[[], datetime]

    def carry_all(self) -> int:
        """Carry out what is due, in the order in which it was written. Returns how many were carried out."""
        count = 0
        stuck: set[str] = set()
        while True:
            due = [each for each in self.store.due(self.now()) if each.key not in stuck]
            if not due:
                return count
            for each in due:
                if self._carry(each):
                    count += 1
                else:
                    stuck.add(each.key)

    def _carry(self, due: Due) -> bool:
        try:
            if not self._wanted(due):
                self.store.done(due.key, "not wanted any more", self.now())
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
        self.store.done(due.key, receipt, self.now())
        if due.kind == "letter":
            self._letter_left(due, receipt)
        log.info("delivered", delivery=due.key, kind=due.kind)
        return True

    def _do(self, due: Due) -> str:
        match due.kind:
            case "direct":
                return self.chat.direct(due.key, due.to, _message(due))
            case "thread":
                root = self.store.receipt(due.under) if due.under else ""
                if due.under and not root:
                    raise TryLater("The first message of the thread has not been posted yet.")
                return self.chat.thread(due.key, due.to, root, _message(due))
            case "edit":
                shown = self.store.receipt(due.to)
                if not shown:
                    raise TryLater("The message to change has not been posted yet.")
                return self.chat.edit(due.key, shown, _message(due))
            case "letter":
                return self.mailer.send(self.letter(due))

    def _wanted(self, due: Due) -> bool:
        """Looked at again just before: an edit that a later one overtook, a reminder of what has been done."""
        if due.kind == "edit":
            return not self.store.superseded(due.key)
        if "/remind-words/" not in due.key:
            return True
        with self.store.transaction() as tx:
            escalation = tx.escalation(due.reference)
        return escalation is not None and escalation.status is Status.OPEN and not escalation.fields.get("words_said")

    def letter(self, due: Delivery) -> Letter:
        """The letter as it was confirmed, with the answers of that moment; outside, the reference only."""
        reference, _, number = due.to.partition("/")
        with self.store.transaction() as tx:
            escalation = tx.escalation(reference)
        if escalation is None:
            raise Refused(f"The escalation {reference} is not in the store, so its report cannot be made.")
        content = escalation.fields[f"letter.{number}"]
        policy = self.policies[escalation.policy]
        form = policy.form(content["form"])
        document = report.document(policy, form, reference=reference, answers=content["answers"])
        name = f"{report.file_name(form, reference)}.{self.documents.ending}"
        attachment = Attachment(name, self.documents.media_type, self.documents.make(document))
        body = self.words(
            "letter.body",
            title=form.title,
            reference=reference,
            partnership=policy.partnership.name,
            part=form.moment(content["moment"]).label,
            ownership="\n".join(policy.advice.ownership),
        )
        subject = self.words("letter.subject", title=form.title, reference=reference)
        return Letter(due.key, (content["to"],), subject, body, (attachment,), tuple(content["by_post"]))

    def _letter_left(self, due: Due, receipt: str) -> None:
        with self.store.transaction() as tx:
            tx.add_history(
                [
                    Entry(
                        due.reference,
                        "report sent",
                        "bot",
                        self.now(),
                        {"delivery": due.key, "receipt": receipt},
                    )
                ]
            )

    def _failed(self, due: Due, reason: str, after: timedelta | None) -> None:
        if due.attempts >= len(WAITS):
            self._give_up(due, reason)
            return
        self.store.failed(due.key, reason, self.now() + (after or WAITS[due.attempts]), self.now())
        log.warning("delivery will be tried again", delivery=due.key, attempt=due.attempts + 1)

    def _give_up(self, due: Due, reason: str) -> None:
        """Give it up, and tell the raiser, who still owns the escalation."""
        self.store.failed(due.key, reason, None, self.now())
        log.error("delivery given up", delivery=due.key, kind=due.kind)
        if not due.reference or due.key.endswith("/given-up"):
            return
        try:
            with self.store.transaction() as tx:
                escalation = tx.escalation(due.reference)
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
        self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._stopping:
            try:
                self._carrier.carry_all()
            except EscalationBotError as error:
                log.error("the relay will look again", error=type(error).__name__)
            self._wake.wait(self._every)
            self._wake.clear()


def _message(due: Due) -> Message:
    if due.message is None:
        raise Refused(f"The words of the delivery {due.key} are missing from the store.")
    return due.message
