"""Carries deliveries out after the transaction that wrote them: all rules of that, once, whoever the worker is.

Rule 1: nothing is done inside a transaction. A delivery is claimed, which is committed, before anything is done.
Rule 2: where the outcome of an attempt is unknown, the remote is asked before it is done again; where it cannot be
asked, a person is. An edit may be done twice.
Rule 3: what is not wanted any more is not said; what is said is as things stand at that moment.
Rule 4: what cannot be carried out becomes a sentence for whoever can mend it; it is never lost.
Rule 5: one destination's trouble never stops another's, and one delivery's never another delivery.
Rule 6: nothing is given up because a remote is away, shut, or has much to do: it waits for as long as that lasts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot import decisions
from bot.calendars import Calendar
from bot.conflicts import after_conflicts
from bot.decisions import keep
from bot.errors import Away, CannotTell, Conflict, Refused, Shut, TryLater, Unclear
from bot.escalation import Entry
from bot.making import Making
from bot.messages import Message
from bot.policies import Policies
from bot.ports import Chat, DeliveryKind, Documents, Due, Letter, Mailer, State, Store
from bot.sent_letters import settled
from bot.troubles import Troubles, is_away
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

LIMITED, AWAY = 1, 2
"""So far at most attempts are counted that failed because there was much to do at its place, or because nobody reaches
the remote; and so it is tried again every ten minutes in the end."""

AT_ONCE = 50
LEASE = timedelta(minutes=1)
"""So long a claimed delivery is its claimer's. It is begun in the first third or given back, so that a question to the
remote and the call itself, of which each ends within `ports.ANSWERS_WITHIN`, are over before the lease is."""


def nobody(kind: DeliveryKind, state: State) -> None:
    """Where nobody counts."""


def to_nobody() -> None:
    """Where nobody is heard in the same process."""


@dataclass(frozen=True)
class Carrier:
    """Everything that carrying out needs. `observe` hears what became of each attempt."""

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
    administrators: tuple[str, ...] = ()
    observe: Callable[[DeliveryKind, State], None] = nobody
    for_filing: tuple[Documents, ...] = ()
    """In which formats people get what they file; () for that of letters only."""
    give_way: Callable[[], None] = to_nobody
    """Called before anything is claimed or begun: whoever is heard at that moment goes first."""

    @property
    def making(self) -> Making:
        parts = self.store, self.chat, self.documents, self.policies, self.calendars, self.words, self.now
        return Making(*parts, self.for_filing)

    @property
    def _troubles(self) -> Troubles:
        return Troubles(self.store, self.making, self.words, self.administrators, self.now())

    # ── what is due ──────────────────────────────────────────────────────────────────────────────────────

    def carry_all(self) -> int:
        """Carry out everything whose turn it is, one after the other. Returns how many are over and done with."""
        count = 0
        while claimed := self.claim(AT_ONCE):
            count += sum(self.carry(due) in {"done", "dropped"} for due in claimed)
        return count

    def carry_stream(self, stream: str) -> int:
        """The same for what is kept in order in this stream."""
        count = 0
        while claimed := self.claim(1, stream=stream):
            count += sum(self.carry(due) in {"done", "dropped"} for due in claimed)
        return count

    def claim(self, limit: int, *, besides: Collection[str] = (), stream: str = "") -> list[Due]:
        """Those whose turn it is; they are the caller's to carry."""
        self.give_way()
        now = self.now()
        return self.store.claim(now, now + self.lease, limit, besides=besides, stream=stream)

    def in_time(self, due: Due) -> bool:
        """Whether it may still be begun under its lease."""
        return self._left(due) >= 2 / 3

    def give_back(self, due: Due) -> State:
        """It was claimed and not begun: anybody may have it at once."""
        self.store.postpone(due.key, None, lease=due.lease)
        return "waiting"

    def shut(self, reason: str) -> None:
        """A remote does not let the bot do its work: whoever looks after it is told."""
        self._troubles.shut(reason)

    # ── one delivery ─────────────────────────────────────────────────────────────────────────────────────

    def carry(self, due: Due) -> State:
        """Carry out what was claimed, or note why not. Raises StoreError where nothing could be noted: its lease ends,
        and it is looked at again."""
        self.give_way()
        try:
            state = self._carry(due)
        except Refused as refused:
            state = self._give_up(due, str(refused))
        except Conflict:  # others were faster every time: its lease ends, and the remote is asked
            state = "sending"
        except Exception as error:  # the outer edge of one delivery; nothing was begun that could be doubtful
            if is_away(error):
                raise
            state = self._later(due, self._fault(due, error))
        log.info("delivery", delivery=due.key, kind=due.kind, state=state)
        self.observe(due.kind, state)
        return state

    def _carry(self, due: Due) -> State:
        if not self.in_time(due):
            return self.give_back(due)
        if due.first_state in {"dead", "dropped"}:
            return self._end_with(due)
        if due.doubtful and (state := self._ask(due)) is not None:
            return state
        hours = self.making.hours(due)
        if hours is not None and not hours.are_open(self.now()):
            self.store.postpone(due.key, hours.next_open(self.now()), lease=due.lease)
            return "waiting"
        wanted = self._wanted(due)
        if wanted is None:
            self.store.drop(due.key, self.now(), lease=due.lease)
            return "dropped"
        if self._left(due) < 1 / 2:
            # To make it took long, or this process was paused: others may have it by now.
            return self.give_back(due)
        return self._do(due, wanted)

    def _left(self, due: Due) -> float:
        """The part of the lease that is left. A call to a remote gives up within half of it."""
        return 1.0 if due.lease is None else (due.lease - self.now()) / self.lease

    def _end_with(self, due: Due) -> State:
        """It belongs to something that will not be said: nobody waits for it any longer."""
        if due.first_state == "dropped":
            self.store.drop(due.key, self.now(), lease=due.lease)
            return "dropped"
        reason = self.words("given_up.belongs", reason=self._troubles.reason(due.first))
        self.store.failed(due.key, reason, None, self.now(), lease=due.lease)
        return "dead"

    def _ask(self, due: Due) -> State | None:
        """What an attempt before came to, as the remote knows it; None where it is to be done, or may be done again."""
        try:
            receipt = self.mailer.find(due.key) if due.kind == "letter" else self.chat.find(due)
            return self._done(due, receipt, None) if receipt else None
        except CannotTell as error:
            if due.kind == "edit" or self._wanted(due) is None:
                return None
            return self._give_up(due, str(error), held=True)
        except TryLater as later:
            return self._put_off(due, later, unknown=True)
        except Exception as error:  # the remote's part of it: whatever happened there, the outcome stays unknown
            return self._unknown(due, error)

    def _wanted(self, due: Due) -> Message | Letter | None:
        """What is to be said, as it is at this moment; None if it is not wanted any more."""
        if due.kind == "letter":
            return self.making.letter(due)
        if due.kind == "edit" and self.store.superseded(due.key):
            return None
        return self.making.message(due)

    def _do(self, due: Due, wanted: Message | Letter) -> State:
        try:
            return self._done(due, self._call(due, wanted), wanted)
        except Refused as refused:
            return self._give_up(due, str(refused))
        except TryLater as later:
            return self._put_off(due, later, unknown=isinstance(later, Unclear))
        except Exception as error:  # the call was begun: whatever happened, it may have been done
            return self._unknown(due, error)

    def _call(self, due: Due, wanted: Message | Letter) -> str:
        if isinstance(wanted, Letter):
            return self.mailer.send(wanted)
        match due.kind:
            case "direct":
                return self.chat.direct(due.key, due.to, wanted)
            case "edit" if not due.first_receipt:
                raise Refused(self.words("given_up.no_place"))
            case "edit":
                return self.chat.edit(due.key, due.first_receipt, wanted)
            case _:
                return self.chat.thread(due.key, due.to, due.first_receipt, wanted)

    # ── what became of it ────────────────────────────────────────────────────────────────────────────────

    def _done(self, due: Due, receipt: str, said: Message | Letter | None) -> State:
        """The receipt is kept, whoever has it meanwhile; with a letter, what follows from its having left.

        `said` is None where an earlier attempt did it: a letter is always made the same.
        """
        if due.made == "file":
            self._copy_left(due, receipt, said if isinstance(said, Letter) else None)
        elif due.kind == "letter":
            letter = said if isinstance(said, Letter) else self.making.letter(due)
            after_conflicts(lambda: self._letter_left(due, receipt, letter))
        else:
            self.store.done(due.key, receipt, self.now())
        return "done"

    def _copy_left(self, due: Due, receipt: str, letter: Letter | None) -> None:
        """Which files it was is known only to whoever sent it: made again, it would hold what has happened since."""
        details = {"to": ", ".join(letter.to), "documents": letter.digests} if letter else {}
        with self.store.transaction() as tx:
            entry = Entry(due.reference, "copy sent", due.about["person"], self.now(), {**details, "receipt": receipt})
            tx.add_history([entry])
            tx.done(due.key, receipt, self.now())

    def _letter_left(self, due: Due, receipt: str, letter: Letter | None) -> None:
        number = due.to.partition("/")[2]
        with self.store.transaction() as tx:
            c = self.making.context(tx, due.reference)
            if c is not None and not settled(c.escalation.fields[f"letter.{number}"]):
                done = decisions.letter_left(c, number, receipt, self.now(), letter.digests if letter else {})
                keep(tx, c, done)
                tx.add_deliveries(done.deliveries)
            tx.done(due.key, receipt, self.now())

    def _unknown(self, due: Due, error: Exception) -> State:
        """Something went wrong at the remote, or in noting what it did: it is asked before anything is done again."""
        if is_away(error):
            raise error
        return self._later(due, self._fault(due, error), unknown=True)

    def _put_off(self, due: Due, later: TryLater, *, unknown: bool) -> State:
        """The remote did not do it now; `unknown`: or perhaps it has."""
        if isinstance(later, Shut):
            self.shut(str(later))
        if isinstance(later, Away):
            self._troubles.waits(due, str(later))
            return self._wait(due, str(later), self._pause(due, AWAY), unknown=unknown, count_to=AWAY)
        if later.after is None:
            return self._later(due, str(later), unknown=unknown)
        after = min(later.after, self.waits[-1])
        if due.place:
            self.store.slow_down(due.place, self.now() + after)
        if after < self._pause(due):  # its place has much to do, that is all
            return self._wait(due, str(later), after, unknown=unknown, count_to=LIMITED)
        return self._later(due, str(later), after, unknown=unknown)

    def _later(self, due: Due, reason: str, after: timedelta = timedelta(0), *, unknown: bool = False) -> State:
        """It is tried again, not before the remote asked for it; or not any more."""
        if due.attempts >= len(self.waits):
            return self._give_up(due, reason, held=unknown)
        return self._wait(due, reason, max(after, self._pause(due)), unknown=unknown)

    def _pause(self, due: Due, most: int | None = None) -> timedelta:
        """How long is waited after the attempts that there were, of which so many count at most."""
        last = len(self.waits) - 1
        return self.waits[min(due.attempts, last if most is None else most, last)]

    def _wait(
        self, due: Due, reason: str, pause: timedelta, *, unknown: bool = False, count_to: int | None = None
    ) -> State:
        now = self.now()
        self.store.failed(
            due.key, reason, now + pause, now, doubtful=unknown, lease=due.lease, count_to=count_to
        )  # fmt: skip
        return "waiting"

    def _give_up(self, due: Due, reason: str, *, held: bool = False) -> State:
        self._troubles.ends(due, reason, held=held, documents=self._documents(due) if held else {})
        return "held" if held else "dead"

    def _documents(self, due: Due) -> Mapping[str, str]:
        """The digests of what was made, and may have arrived; a letter is always made the same."""
        if due.kind != "letter" or due.made:
            return {}
        try:
            letter = self.making.letter(due)
        except Exception as error:  # whoever has to look at it is told all the same
            self._fault(due, error)
            return {}
        return letter.digests if letter else {}

    def _fault(self, due: Due, error: Exception) -> str:
        # Only the kind of error is logged and kept: its text could hold an answer.
        log.error("delivery failed", delivery=due.key, error=type(error).__name__)
        return self.words("given_up.fault", kind=type(error).__name__)
