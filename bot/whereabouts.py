"""Whether people are still there is asked at the start, and daily: their platform says so once, and may say so in vain.

Only of those on whom something depends: who leads or is named in what has not been closed, who is asked something, who
answers for one of these, and who is in a partnership's team. One at a time and slowly, in a thread of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator
from datetime import timedelta

import structlog

from bot import access
from bot.errors import EscalationBotError, Refused, TryLater
from bot.ports import Person, Profiles, Store, Transaction

log = structlog.get_logger()

ASKS_EVERY = timedelta(days=1)
PACE = timedelta(seconds=3)
"""Between two people: what newcomers wait for is asked with the same allowance."""
FIRST_AFTER = timedelta(minutes=1)
"""A start has more urgent things to do."""
AGAIN_AFTER = timedelta(minutes=10)
"""Where it could not be asked."""


class Whereabouts:
    """Asks platforms, whose ids of people begin with `platforms`, and tells `changed` what they say.

    `always` are asked after whether anything depends on them or not; who of them is not known yet is `met`.
    """

    def __init__(
        self,
        store: Store,
        profiles: Profiles,
        changed: Callable[[Person], None],
        met: Callable[[Person], None],
        *platforms: str,
        always: Collection[str] = (),
        pace: timedelta = PACE,
    ) -> None:
        self._store, self._profiles, self._changed, self._met = store, profiles, changed, met
        self._platforms = tuple(f"{each}:" for each in platforms)
        self._always, self.pace = tuple(always), pace
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep_at, name="whereabouts", daemon=True)

    def concerned(self) -> list[str]:
        """Everybody of these platforms on whom something depends, each once."""
        with self._store.look() as tx:
            named = [*self._always, *dict.fromkeys(_named(tx))]
            deputies = [found.deputy for each in named if (found := tx.person(each)) and found.deputy]
            ids = [account for each in dict.fromkeys((*named, *deputies)) for account in _accounts(tx, each)]
        return [each for each in dict.fromkeys(ids) if each.startswith(self._platforms)]

    def look(self) -> timedelta:
        """Ask after all of them. Returns when to ask again."""
        for person in self.concerned():
            while (wait := self._look_at(person)) is not None:
                if self._stopping.wait(wait.total_seconds()):
                    return AGAIN_AFTER
            if self._stopping.wait(self.pace.total_seconds()):
                return AGAIN_AFTER
        return ASKS_EVERY

    def _look_at(self, person: str) -> timedelta | None:
        """How long to wait before they are asked after again; None where it is known how things stand."""
        try:
            self._tell(self._profiles.look_up(person), person)
        except TryLater as later:
            return later.after or AGAIN_AFTER
        except Refused:
            # It may be us who are refused: nobody has left because of that.
            log.warning("nobody could be asked after")
        return None

    def _tell(self, found: Person, person: str) -> None:
        with self._store.look() as tx:
            known = tx.person(person) is not None or tx.account(person) is not None
        (self._changed if known else self._met)(found)

    # ── in a thread of its own ───────────────────────────────────────────────────────────────────────────

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _keep_at(self) -> None:
        again = FIRST_AFTER
        while not self._stopping.wait(again.total_seconds()):
            try:
                again = self.look()
            except EscalationBotError as error:
                log.error("it was not asked whether people are there", error=type(error).__name__)
                again = AGAIN_AFTER


def _accounts(tx: Transaction, person: str) -> list[str]:
    """Under which ids they are to be asked after: on each platform another."""
    return [each.id for each in tx.accounts(person)] or [person]


def _named(tx: Transaction) -> Iterator[str]:
    for each in access.as_the_bot(tx.escalations(open_only=True)):
        yield each.raiser
        yield from sorted(access.raising_side(each, {}) | access.challenged_side(each, {}))
        for asked in access.as_the_bot(tx.approvals(each.reference)):
            yield from () if asked.answer else asked.may_answer
