"""Somebody who is not known yet: they are looked up on their platform, and heard then.

Whoever speaks for the first time, is picked for the first time or is mentioned for the first time has to be looked up,
which takes a call to the platform; and what people do is taken before anything is called. So it is kept, as safely as
all else, and heard as soon as everybody in it is known. The answer needs the platform anyway, so nobody waits longer
because of that; nor is anything lost while the platform is away, or when this process ends in between.

Where there is another platform beside theirs, it may be away for long while they could be answered: nobody waits for it
without an end, or in silence. Nor in silence where their own answers, and does not let the bot look people up.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from time import monotonic
from types import MappingProxyType

import structlog

from bot import accounts
from bot.acquaintances import Acquaintances
from bot.errors import Away, EscalationBotError, NotAllowed, Refused, Shut, TryLater
from bot.flows.paging import still_before_them
from bot.messages import Message, Words
from bot.ports import Answered, Delivery, Heard, Person, Pressed, Profiles, Store
from bot.teams import Teams

log = structlog.get_logger()

LOOKS_EVERY = timedelta(seconds=10)
"""What another process has kept and could not hear is heard here."""
PAUSE = timedelta(seconds=2)
AT_ONCE, NOT_WAITING = float("-inf"), float("inf")
"""Moments: before all others, and after all others."""
PATIENCE = 30.0
"""So many seconds somebody waits for another platform than their own, which does not answer; and without a word, where
the bot may not look people up."""


class Newcomers:
    """Hears whom it knows at once, and all others when they are known. `platforms` are what the ids of people begin
    with; `changed` is told of somebody who had left and is back, and of whoever was asked after. `waits` is said to
    whoever has to wait for long, once; `shut` is told why the bot may not look people up.

    Safe in several threads; several processes may do the same at once: what is heard twice is answered once.
    """

    def __init__(
        self,
        store: Store,
        profiles: Profiles,
        hear: Callable[[Heard], Answered],
        *platforms: str,
        changed: Callable[[Person], None] = lambda _: None,
        teams: Teams = MappingProxyType({}),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = monotonic,
        waits: str = "",
        shut: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._waits, self._shut = waits, shut
        self._store, self._profiles, self._hear = store, profiles, hear
        self._changed, self._teams, self._now, self._clock = changed, teams, now, clock
        self._served = tuple(f"{each}:" for each in platforms)
        self._known = Acquaintances(store, platforms, clock)
        self._behind: set[str] = set()
        """Whose earlier deeds are kept: a later one is not heard before them."""
        self._waiting: dict[str, float] = {}
        """Whose deeds are kept -> until when they wait. Nobody else waits for them."""
        self._since: dict[str, float] = {}
        """What is kept, by its event -> since when it could not be heard."""
        self._doubtful: dict[str, float] = {}
        """Of whom something was told that may be past -> until when it waits that they are asked after. Nothing waits
        for them: they are asked after when they act."""
        self._letting_in = threading.Lock()
        self._keeping = threading.Lock()
        """Held by whoever keeps something, or sees that nothing of somebody's is kept any more."""
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._keep_at, name="newcomers", daemon=True)

    def hear(self, heard: Heard) -> Answered | None:
        """The answer; None where somebody has to be looked up first."""
        if heard.person not in self._behind and (
            not self._known.unknown(heard, doer=False) or self._is_too_late(heard)
        ):
            try:
                return self._hear(self._known.as_known(heard))
            except NotAllowed:  # nobody knows them, or they have left: who they are is looked up, and if they are back
                self._known.forget(heard.person)
        with self._keeping, self._store.transaction() as tx:
            self._behind.add(heard.person)
            before = tx.answered(heard.event)
            if before is None:
                tx.keep_unheard(heard)
        self._wake.set()
        return before

    def look_again(self, person: str) -> None:
        """Ask their platform soon who somebody is."""
        self._doubtful.setdefault(person, AT_ONCE)
        self._wake.set()

    def _is_too_late(self, heard: Heard) -> bool:
        """A page of which nothing will be taken: it has to be told so while all that was given still stands in it."""
        if not isinstance(heard.what, Pressed) or heard.what.action != "fill":
            return False
        with self._store.look() as tx:
            speaker = tx.speaker(heard.person)
            conversation = tx.conversation(speaker.id) if speaker else None
        return conversation is None or not still_before_them(conversation, heard.what.message)

    def let_in(self, *, due_only: bool = False) -> timedelta | None:
        """Look up whoever has to be, and hear what was kept; `due_only`: but of those who have to wait still. Returns
        how long the first of them has to, if somebody has."""
        with self._letting_in:
            return self._let_in(self._clock() if due_only else NOT_WAITING)

    def _let_in(self, moment: float) -> timedelta | None:
        with self._store.look() as tx:
            kept = tx.unheard()
        self._since = {heard.event: self._since[heard.event] for heard in kept if heard.event in self._since}
        waiting = {person: until for person, until in self._waiting.items() if until > moment}
        for heard in kept:
            # What somebody did is heard in its order.
            if heard.person not in waiting and (pause := self._try(heard)) is not None:
                waiting[heard.person] = self._in(pause)
        self._waiting = waiting
        with self._keeping, self._store.look() as tx:
            self._behind &= {heard.person for heard in tx.unheard()}
        for person, until in list(self._doubtful.items()):
            if until <= moment:
                self._look_again(person)
        first = min((*waiting.values(), *self._doubtful.copy().values()), default=None)
        return None if first is None else timedelta(seconds=max(first - self._clock(), 0))

    def _look_again(self, person: str) -> None:
        self._doubtful.pop(person, None)  # first: what is told meanwhile is looked at too
        try:
            self._changed(self._profiles.look_up(person))
        except Refused:
            log.warning("nobody could be asked after")
        except EscalationBotError as error:
            self._doubtful[person] = self._in((error.after if isinstance(error, TryLater) else None) or PAUSE)

    def _in(self, pause: timedelta) -> float:
        return self._clock() + pause.total_seconds()

    # ── in a thread of its own ───────────────────────────────────────────────────────────────────────────

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def _keep_at(self) -> None:
        while not self._stopping.is_set():
            try:
                pause = self.let_in(due_only=True)
            except Exception as error:  # the outer edge of the thread: whatever happened, it looks again
                log.error("newcomers wait", error=type(error).__name__)
                self._stopping.wait(PAUSE.total_seconds())
                continue
            # Whoever comes meanwhile does not wait for those who have to.
            self._wake.wait(min(LOOKS_EVERY if pause is None else pause, LOOKS_EVERY).total_seconds())
            self._wake.clear()

    # ── one that was kept ────────────────────────────────────────────────────────────────────────────────

    def _try(self, heard: Heard) -> timedelta | None:
        """Hear it, if everybody in it can be known now; else how long to wait."""
        self._known.forget(heard.person)  # it was kept because they were not, be it by another process
        try:
            refused = {person: self._look_up(person, heard) for person in self._known.unknown(heard)}
            self._hear_at_last(heard, refused.get(heard.person, ""))
        except TryLater as later:
            self._since.setdefault(heard.event, self._clock())
            if isinstance(later, Shut):
                self._shut(str(later))
            if self._waits and (self._waits_for_another(heard) or self._waits_for_permission(heard, later)):
                self._say(f"waits/{_digest(heard)}", heard.person, self._waits)
            return later.after or PAUSE
        except EscalationBotError as error:
            log.error("newcomers wait", error=type(error).__name__)
            return PAUSE
        return None

    def _has_waited_long(self, heard: Heard) -> bool:
        return self._clock() - self._since.get(heard.event, self._clock()) >= PATIENCE

    def _waits_for_permission(self, heard: Heard, later: TryLater) -> bool:
        """Whether they have waited for long for a platform that answers, and does not let the bot look anybody up."""
        return self._has_waited_long(heard) and (isinstance(later, Shut) or not isinstance(later, Away))

    def _waits_for_another(self, heard: Heard) -> bool:
        """Whether they have waited for long, and not for their own platform: there they can be answered."""
        if len(self._served) < 2 or not self._has_waited_long(heard):
            return False
        try:
            self._profiles.look_up(heard.person)
        except TryLater:
            return False
        except Refused:  # so it answers
            return True
        return True

    def _look_up(self, person: str, heard: Heard) -> str:
        """Why they cannot be known; "" where they can."""
        try:
            found = self._profiles.look_up(person)
        except TryLater as later:
            # Whose mailbox it is, only another platform could say: it is taken as given.
            if "@" in person and self._waits_for_another(heard):
                return str(later)
            raise
        except Refused as refused:
            # Whoever was picked cannot be picked; whoever speaks is told; whose mailbox it is, is somebody elsewhere.
            if not self._known.is_asked(person):
                log.warning("nobody could be looked up")
            return str(refused)
        self.meet(found)
        self._known.is_asked(person)
        return ""

    def meet(self, found: Person) -> None:
        """Somebody comes into the directory, or comes back. Raises TryLater where it cannot be asked now whether they
        are somebody who is in it."""
        asked: dict[str, Person | None] = {}
        while unasked := self._comes(found, asked):
            asked |= {each: self._as_they_are(each) for each in unasked}

    def _comes(self, found: Person, asked: Mapping[str, Person | None]) -> list[str]:
        """Who has to be asked after first; nothing has happened then."""
        with self._store.transaction() as tx:
            had_left = accounts.had_left(tx, found.id)
            if tx.person(found.id) is None and tx.account(found.id) is None:
                return accounts.comes(tx, found, self._teams, self._now(), asked, self._served)
        if had_left and not found.left:
            self._changed(found)
        return []

    def _as_they_are(self, person: str) -> Person | None:
        """Somebody who is known, as their platform knows them now."""
        try:
            found = self._profiles.look_up(person)
        except Refused:  # it may be us who are refused: nobody has left because of that, and nobody is anybody else
            return None
        self._changed(found)
        return found

    def _hear_at_last(self, heard: Heard, refused: str) -> None:
        try:
            self._hear(self._known.as_known(heard))
        except NotAllowed as refusal:
            self._turn_away(heard, refused or str(refusal))
        with self._store.transaction() as tx:
            tx.drop_unheard(heard.event)

    def _turn_away(self, heard: Heard, text: str) -> None:
        with self._store.look() as tx:
            if tx.person(heard.person) is not None or tx.account(heard.person) is not None:
                return  # they have left: nothing reaches them
        self._say(f"nobody/{_digest(heard)}", heard.person, text)

    def _say(self, key: str, person: str, text: str) -> None:
        with self._store.transaction() as tx:
            tx.add_deliveries([Delivery(key, "direct", person, Message(text, (Words(text),)))])


def _digest(heard: Heard) -> str:
    return hashlib.sha256(heard.event.encode()).hexdigest()[:12]
