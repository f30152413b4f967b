"""The auditor: every escalation that is going on has an owner, a next date or a reason for none, and its timers.

Rule 1: what can be put right is put right: timers are armed as the record says. What cannot is a breach.
Rule 2: a breach is an alarm, in the log, in a figure, and to the administrators: when it is found, and then once each
day when people are at work. It says a reference and what is wrong, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import structlog

from bot import decisions
from bot.calendars import Calendar
from bot.errors import Conflict, SchemaMismatch
from bot.escalation import REFERENCE, Status
from bot.flows.context import Context
from bot.flows.hours import HOME
from bot.flows.reasons import next_move
from bot.looking import world
from bot.messages import Message, Words
from bot.people import Person
from bot.policies import Policies
from bot.ports import Delivery, Store, Transaction
from bot.words import Words as Catalogue

log = structlog.get_logger()

Breach = Literal["no_raiser", "no_owner", "no_date", "unread", "put_off"]
AT_ONCE = 25
"""So many are looked at in one tick and transaction; others wait for their turn."""
ALARMS_AGAIN = timedelta(hours=9)
"""So long after midnight administrators are told again of what is still wrong: nobody is woken each night."""
WRONG_CLOCK = timedelta(days=2)
"""What was put off for longer was put off by a clock that was wrong, or can be put off once more."""

LONGEST_WAIT = timedelta(hours=5)
"""Longer than any lease, any wait for another try and any limit of a place, so far as clocks are right."""


@dataclass(frozen=True)
class Watch:
    """What looking after all that is going on needs."""

    store: Store
    policies: Policies
    calendars: Mapping[str, Calendar]
    words: Catalogue
    now: Callable[[], datetime]
    administrators: Sequence[str] = ()
    """Ids of the people who are told of what only they can mend."""

    def people(self) -> dict[str, Person]:
        with self.store.look() as tx:
            return {person.id: person for person in tx.people()}

    def context(self, tx: Transaction, reference: str, people: Mapping[str, Person], now: datetime) -> Context | None:
        """The world as the raiser of an escalation may see it; None where there is none."""
        return world(tx, self.words, self.policies, self.calendars, reference, now, people=people)

    def alarm(self, tx: Transaction, owner: str, breach: Breach, now: datetime, error: str = "") -> None:
        """`owner` is a reference, or whose timers it is about."""
        log.error("audit", reference=owner, breach=breach, error=error)
        text = self.words(f"audit.{breach}", reference=owner)
        day = (now.astimezone(ZoneInfo(HOME)) - ALARMS_AGAIN).date().isoformat()
        message = Message(text, (Words(text, "warning"),))
        reference = owner if REFERENCE.fullmatch(owner) else ""
        alarm = Delivery("", "direct", "", message, reference=reference, about={"audit": breach})
        keys = {person: f"{owner}/audit/{breach}/{day}/{person}" for person in self.administrators}
        tx.add_deliveries([replace(alarm, key=key, to=person) for person, key in keys.items()])


@dataclass(frozen=True)
class _Seen:
    """What is wrong with one escalation. `mend`: what is armed is not what its record says, because of older data,
    another calendar or a changed policy file."""

    breaches: tuple[Breach, ...] = ()
    error: str = ""
    mend: bool = False


@dataclass
class Auditor:
    """Goes through all that is going on, some at each look, and begins anew an hour after it began."""

    watch: Watch
    audited: Callable[[int], None] = lambda _: None
    """Told after each round how many breaches there were."""
    every: timedelta = timedelta(hours=1)
    breaches: int = field(default=0, init=False)
    """In the last round that was finished."""
    _begun: datetime | None = field(default=None, init=False)
    _left: list[str] = field(default_factory=list, init=False)
    _found: int = field(default=0, init=False)

    def is_time(self) -> bool:
        """Whether a round is to begin: at the start, every hour, and when the clock was put back."""
        if self._left:
            return False
        return self._begun is None or not timedelta() <= self.watch.now() - self._begun < self.every

    def begin(self) -> None:
        self._begun, self._found = self.watch.now(), 0
        with self.watch.store.transaction() as tx:
            tx.put_off_at_most(self._begun + WRONG_CLOCK)
            tx.wait_at_most(self._begun + LONGEST_WAIT, self._begun + WRONG_CLOCK)
            self._left = tx.references()
        self._end_if_done()

    def look(self) -> None:
        """At some of what this round has left."""
        if not self._left:
            return
        some, self._left = self._left[:AT_ONCE], self._left[AT_ONCE:]
        people = self.watch.people()
        with self.watch.store.look() as tx:
            seen = {reference: self._seen(tx, reference, people) for reference in some}
        for reference, one in seen.items():
            self._found += len(one.breaches)
            if (one.breaches or one.mend) and not self._put_right(reference, one, people):
                self._found += 1
        self._end_if_done()

    def _end_if_done(self) -> None:
        if not self._left:
            self.breaches = self._found
            self.audited(self.breaches)

    def _seen(self, tx: Transaction, reference: str, people: Mapping[str, Person]) -> _Seen:
        now = self.watch.now()
        try:
            c = self.watch.context(tx, reference, people, now)
            if c is None:
                return _Seen()
            mend = set(decisions.wanted(tx, c, c.escalation, now)) != set(tx.timers(reference))
            goes_on = c.escalation.status in {Status.OPEN, Status.RESOLVED}
            return _Seen(tuple(breaches(c)) if goes_on else (), mend=mend)
        except Exception as error:  # the outer edge of one escalation: what is wrong with it hides no other's breach
            return _Seen(("unread",), type(error).__name__)

    def _put_right(self, reference: str, seen: _Seen, people: Mapping[str, Person]) -> bool:
        """By itself, as nothing is wrong with most. Whether that could be written."""
        try:
            self._write(reference, seen, people)
        except (Conflict, SchemaMismatch):
            raise
        except Exception as error:  # the outer edge of one escalation: the others of this look are put right
            log.error("not put right", reference=reference, error=type(error).__name__)
            return False
        return True

    def _write(self, reference: str, seen: _Seen, people: Mapping[str, Person]) -> None:
        now = self.watch.now()
        with self.watch.store.transaction() as tx:
            for breach in seen.breaches:
                self.watch.alarm(tx, reference, breach, now, seen.error)
            c = self.watch.context(tx, reference, people, now) if seen.mend else None
            if c is not None:
                before = tx.timers(reference)
                decisions.rearm(tx, c, c.escalation, now)
                log.warning("timers mended", reference=reference, before=len(before), after=len(tx.timers(reference)))


def breaches(c: Context) -> list[Breach]:
    """What is wrong with who owes the next move of an escalation, and by when."""
    move, found = next_move(c, c.escalation), list[Breach]()
    if c.escalation.raiser not in c.people:
        found.append("no_raiser")
    if move.owner is None or not (move.owner.people or move.owner.role.strip()):
        found.append("no_owner")
    if move.by is None and not move.why_none:
        found.append("no_date")
    return found
