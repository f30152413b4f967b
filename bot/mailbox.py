"""Looks into the mailbox that letters come from: which of them came back, and what is left of those that are over.

Rule 1: a letter that came back is noted with the letter, once; until that is saved it is kept in mind.
Rule 2: nothing is removed that may still be sent, or be on its way: only what is over for long enough.
Rule 3: whatever is wrong with the mailbox is logged by its kind, tried again, and stops nothing else.
Rule 4: what anybody may have written changes nothing: whoever counts on the letter is asked to look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from bot import decisions, looking, ports
from bot.calendars import Calendar
from bot.conflicts import after_conflicts
from bot.errors import DeliveryError, TryLater
from bot.flows import faces
from bot.flows.context import Context
from bot.messages import Button, Buttons, Message, Words
from bot.policies import Policies
from bot.ports import Delivery, Due, Store, Transaction
from bot.sent_letters import gone, may_come_back, sent_again
from bot.troubles import is_away
from bot.words import Words as Catalogue

log = structlog.get_logger()

EVERY = timedelta(minutes=5)
LOOK_BACK = timedelta(days=14)
"""No mail server tries for longer, and a bot that was away for so long still finds out."""
OVER = timedelta(days=1)
"""What is left of a letter that is over stays for so long, for whoever was told to look at it."""


@dataclass(frozen=True)
class _Back:
    """What is known of a letter that came back, and for how long it is kept in mind."""

    returned: ports.Returned
    until: datetime


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
    _back: dict[str, _Back] = field(default_factory=dict, init=False)
    """By its key, what is not noted yet."""

    def is_time(self) -> bool:
        now = self.now()
        return self._looked is None or not timedelta() <= now - self._looked < EVERY

    def look(self) -> None:
        """Raises StoreError where the store is away."""
        now = self._looked = self.now()
        since = now - LOOK_BACK
        with _going_on("the mailbox could not be looked into"):
            self._find(since, now)
        self._back = {key: back for key, back in self._back.items() if back.until > now}
        for key in list(self._back):
            with _going_on("a letter that came back could not be noted"):
                if after_conflicts(lambda key=key: self._note(key)):  # type: ignore[misc]
                    del self._back[key]
        with _going_on("the mailbox could not be cleared"):
            for key in self.store.letters_over(since, now - OVER):
                self._clear(key)

    # ── what came back ───────────────────────────────────────────────────────────────────────────────────

    def _find(self, since: datetime, now: datetime) -> None:
        found = self.mailbox.came_back(since, lambda: self.store.letters_taken(since - LOOK_BACK))
        for key, returned in found.items():
            before = self._back.get(key)
            self._back[key] = _Back(returned.and_also(before.returned if before else None), now + LOOK_BACK)

    def _note(self, key: str) -> bool:
        """Whether there is nothing more to note of it."""
        returned = self._back[key].returned
        with self.store.transaction() as tx:
            due = tx.delivery(key)
            if due is not None and due.state != "done":
                return False
            if due is not None and due.made == "file":
                tx.add_deliveries([self._copy_came_back(due)])
            elif due is not None:
                self._letter_came_back(tx, due, returned)
        return True

    def _letter_came_back(self, tx: Transaction, due: Due, returned: ports.Returned) -> None:
        """Whoever leads it is asked to look where it is not sure: also where it did not reach somebody to whom it was
        handed on from the mailbox it was sent to."""
        number = due.to.partition("/")[2]
        c = looking.world(tx, self.words, self.policies, self.calendars, due.reference, self.now())
        if c is None or not may_come_back(letter := c.escalation.fields[f"letter.{number}"]):
            return
        if not returned.reached_not(str(letter["to"])):
            log.warning("a letter may have come back", delivery=due.key)
            tx.add_deliveries(_asked_to_look(c, number, due))
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


def _asked_to_look(c: Context, number: str, due: Due) -> list[Delivery]:
    """The raiser, once; unless it was sent once more since."""
    escalation = c.escalation
    if sent_again(escalation, number):
        return []
    letter, reference = escalation.fields[f"letter.{number}"], escalation.reference
    title = c.policy_of(escalation).form(letter["form"]).title
    text = c.words("returned.doubted", reference=reference, title=title, place=letter["to"])
    note = Button(c.words("note.returned"), "start", f"returned {reference}")
    buttons = (Buttons((note,)),) if number in gone(escalation) else ()
    message = Message(
        c.words("returned.summary_doubted", reference=reference),
        (Words(text, "warning"), *buttons, *faces.ownership(c, escalation)),
    )
    return [Delivery(f"{due.key}/doubted", "direct", escalation.raiser, message, reference=reference)]


@contextmanager
def _going_on(trouble: str) -> Iterator[None]:
    """The outer edge of the mailbox: whatever is in it, all else goes on; but not where nothing can be saved."""
    try:
        yield
    except Exception as error:
        if is_away(error):
            raise
        log.warning(trouble, error=type(error).__name__)
