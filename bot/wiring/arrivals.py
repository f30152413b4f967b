"""Who comes, stays and goes, on whichever platforms people are: the same for all of them, once in a process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Protocol, TypeVar

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute

from bot.errors import StoreError, Unavailable
from bot.newcomers import Newcomers
from bot.ports import Answered, Heard, Person, Profiles
from bot.roster import Roster
from bot.whereabouts import Whereabouts
from bot.wiring.parts import Parts
from bot.wiring.platforms import Hear
from bot.words import load as load_words

log = structlog.get_logger()

T = TypeVar("T")
G = TypeVar("G")


class Thread(Protocol):
    """What runs beside the requests, in a thread of its own."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


@dataclass(frozen=True)
class Served:
    """What one platform adds to the web application. `running` holds as long as requests are taken."""

    routes: Sequence[BaseRoute]
    running: Callable[[], AbstractAsyncContextManager[None]]


class Arrivals:
    """Hears people of these platforms, which their ids begin with, and looks up whom it does not know."""

    def __init__(self, parts: Parts, hear: Hear, profiles: Profiles, *platforms: str) -> None:
        hears, database = parts.assistant, parts.database
        roster = Roster(
            database, hears.policies, hears.calendars, hears.words, hears.now, hears.administrators, parts.teams,
            tuple(f"{each}:" for each in platforms),
        )  # fmt: skip
        self._database = database
        self._words = load_words("en-GB")
        self.newcomers = Newcomers(
            database, profiles, hear, *platforms, changed=roster.changed, teams=parts.teams, now=hears.now,
            waits=self._words("error.waits"), shut=parts.carrier.shut,
        )  # fmt: skip
        # One for each platform: while one is away, whoever leaves the other is found out all the same.
        self.whereabouts = tuple(
            Whereabouts(database, profiles, roster.changed, self.newcomers.meet, each, always=parts.teams)
            for each in platforms
        )
        self._taken = roster.told
        self._told: list[Callable[[], None]] = []

    def heard(self, tell: Callable[[], None]) -> None:
        """`tell` is called whenever something was heard, on whichever platform."""
        self._told.append(tell)

    def hear(self, heard: Heard) -> Answered | None:
        """The answer; None where somebody has to be looked up first. Raises Unavailable."""
        answered = self.or_away(self.newcomers.hear)(heard)
        for tell in self._told:
            tell()
        return answered

    def changed(self, profile: Person) -> None:
        """Their platform tells that somebody is now this; where that is not to be believed, it is asked. Raises
        Unavailable."""
        if not self.or_away(self._taken)(profile):
            self.newcomers.look_again(profile.id)

    def thread_of(self, message: str) -> str:
        """The escalation in whose thread this message of the platform's stands; "" if there is none. Raises
        Unavailable."""

        def look(message: str) -> str:
            with self._database.look() as tx:
                return tx.reference_of(message)

        return self.or_away(look)(message)

    def or_away(self, work: Callable[[G], T]) -> Callable[[G], T]:
        """While the store is away nothing is taken, and whoever told it is told so."""

        def attempt(given: G) -> T:
            try:
                return work(given)
            except StoreError as error:
                log.error("nothing was taken", error=type(error).__name__)
                raise Unavailable(self._words("error.away")) from error

        return attempt

    def app(self, *served: Served) -> Starlette:
        """The web application in which all of them are reached."""

        @asynccontextmanager
        async def running(_: Starlette) -> AsyncIterator[None]:
            async with AsyncExitStack() as stack:
                for each in (beside(self.newcomers, *self.whereabouts), *(one.running() for one in served)):
                    await stack.enter_async_context(each)
                yield

        return Starlette(routes=[route for each in served for route in each.routes], lifespan=running)


@asynccontextmanager
async def beside(*threads: Thread) -> AsyncIterator[None]:
    """They run as long as requests are taken."""
    for each in threads:
        each.start()
    try:
        yield
    finally:
        for each in threads:
            await run_in_threadpool(each.stop)
