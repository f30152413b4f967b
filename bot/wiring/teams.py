"""Microsoft Teams: how the bot hears and says something there."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import structlog
from starlette.applications import Starlette

from bot import access, decisions
from bot.chat.pace import Pace
from bot.chat.teams import library
from bot.chat.teams.app import Ears, Listeners, Shown
from bot.chat.teams.comings import Comings
from bot.chat.teams.ids import Place, is_channel
from bot.chat.teams.reading import Reader
from bot.chat.teams.sending import TeamsChat
from bot.chat.teams.verifying import Verifier
from bot.chat.teams.web import Door
from bot.chat.turns import Turns
from bot.errors import ConfigError, DeliveryError, Shut
from bot.flows.mine import welcome
from bot.hearing import COMMANDS
from bot.messages import Message
from bot.metrics import Metrics
from bot.ports import Delivery, Heard, Person
from bot.precedence import Precedence
from bot.teams_settings import TeamsAccess
from bot.wiring.arrivals import Arrivals, Served
from bot.wiring.parts import Parts
from bot.wiring.platforms import Hear
from bot.wiring.tenant import Reached
from bot.words import load as load_words

log = structlog.get_logger()


class InTeams:
    """A tenant. Raises ConfigError where Microsoft does not let the bot in."""

    people: tuple[Person, ...] = ()

    def __init__(
        self,
        access: TeamsAccess,
        metrics: Metrics,
        precedence: Precedence,
        pace: Pace | None = None,
        trusted: ssl.SSLContext | None = None,
    ) -> None:
        library.check_installed()
        self._metrics, self._words = metrics, load_words("en-GB")
        self._reached = reached = Reached(access, self._words, metrics.limited, trusted)
        self._log_in()
        self._tenant, self._references = reached.tenant, reached.references
        self.profiles = reached.profiles()
        self._turns = Turns(self._words("error.away"), precedence)
        self.chat = TeamsChat(reached.connector, reached.tenant, reached.references, pace=pace)

    def _log_in(self) -> None:
        try:
            self._reached.tokens.token()
        except Shut as refused:
            self._reached.close()
            raise ConfigError(f"Microsoft does not let the bot log in for Teams: {refused}") from refused
        except DeliveryError as away:  # what was said meanwhile waits, and is not lost
            log.warning("Microsoft was asked in vain", error=type(away).__name__)

    def _check_channels(self, parts: Parts) -> None:
        for policy in (version.policy for version in parts.policies.versions()):
            if not self.has_channel(policy.channel):
                raise ConfigError(
                    f"The policy {policy.id} posts in the channel “{policy.channel}”, and it is not known which that "
                    "is in Teams. Add its id to ESCALATION_BOT_TEAMS_CHANNELS, like "
                    f"{policy.channel}=19:0123abcd@thread.tacv2; “Get link to channel” in Teams holds it."
                )

    # ── the platform ─────────────────────────────────────────────────────────────────────────────────────

    @property
    def place(self) -> str:
        return f"{self._tenant.platform}:"

    def check_host(self, host: str) -> None:
        """Any will do: what does not come from Teams is refused."""

    def reached(self, address: object) -> str:
        return f"Listening to Teams in the tenant {self._tenant.id} at http://{address}{library.PATH}"

    def has_channel(self, name: str) -> bool:
        return is_channel(self._tenant.channels.get(name, name))

    def has_said(self, message: str) -> bool:
        return ":" in Place.read(message).conversation

    def app(self, parts: Parts, hear: Hear) -> Starlette:
        self._check_channels(parts)
        self._references.store = parts.database
        arrivals = Arrivals(parts, hear, self.profiles, self._tenant.platform)
        return arrivals.app(self.served(parts, arrivals))

    def served(self, parts: Parts, arrivals: Arrivals) -> Served:
        """What is to be served for Teams."""
        self._references.store = parts.database
        self.arrivals = arrivals
        verifier = Verifier(self._reached.keys(), self._tenant.app, self._reached.addresses.believed)
        door = Door(verifier, self._listeners(parts, arrivals), self._metrics.acknowledged)

        @asynccontextmanager
        async def running() -> AsyncIterator[None]:
            # Not before: whoever only carries out what is due hears nobody.
            made = library.library(self._tenant.app, self._tenant.id, self._token, door, door.taken)
            await library.begin(made, door.verified)
            yield

        return Served([door.route], running)

    async def _token(self) -> str:
        return await asyncio.to_thread(self._reached.tokens.token)

    def _listeners(self, parts: Parts, arrivals: Arrivals) -> Listeners:
        reader = Reader(self._tenant.id, self._tenant.app, frozenset(COMMANDS))
        hears = parts.assistant
        ears = Ears(
            arrivals.hear,
            arrivals.thread_of,
            lambda at, keys: self._changed_to(parts, at, keys),
            arrivals.or_away(lambda pressed: self._page(parts, pressed)),
            lambda person, key, at: self._stands(parts, person, key, at),
        )
        comings = Comings(
            parts.database,
            self._tenant,
            self._words,
            hears.now,
            lambda person: self._greet(parts, person),
            lambda text: self._mend(parts, text),
            lambda channel: self._is_needed(parts, channel),
        )
        return Listeners(reader, ears, comings, self._turns, self._words)

    def _changed_to(self, parts: Parts, at: str, keys: Sequence[str]) -> Shown | None:
        with parts.database.look() as tx:
            for due in (tx.delivery(key) for key in reversed(keys)):
                if due is None or due.kind != "edit" or due.message is None:
                    continue
                if self._is_at(due.first_receipt, at):
                    return due.key, self.chat.as_here(due.message)
        return None

    def _page(self, parts: Parts, pressed: Heard) -> Message | None:
        page = parts.assistant.page(pressed)
        return self.chat.as_here(page) if page is not None else None

    def _is_at(self, said: str, at: str) -> bool:
        """Whether what was said there, or what stands in its stead, is the message with the id `at`."""
        meant, seen = Place.read(said), Place.read(at)
        shown = self._references.instead_of(meant) or meant
        return (shown.conversation, shown.activity) == (seen.conversation, seen.activity)

    def _stands(self, parts: Parts, person: str, key: str, at: str) -> Message | None:
        asked = (parts.assistant.stands(each, key) for each in (person, *self._asked_at(parts, key, at)))
        message = next((each for each in asked if each is not None), None)
        return self.chat.as_here(message) if message is not None else None

    def _asked_at(self, parts: Parts, key: str, at: str) -> Sequence[str]:
        """Whoever is asked by the message that is looked at: it shows the same to everybody who sees it."""
        with parts.database.look() as tx:
            asked = tx.approval(key)
            posted = tx.delivery(asked.post) if asked is not None else None
        if asked is None or posted is None or not (at and posted.receipt):
            return ()
        return asked.may_answer if self._is_at(posted.receipt, at) else ()

    def _greet(self, parts: Parts, person: str) -> None:
        """Once for each day on which somebody adds the bot, as Teams tells of that in two ways."""
        today = parts.assistant.now().date().isoformat()
        key = f"hello/{hashlib.sha256(f'{person} {today}'.encode()).hexdigest()[:12]}"
        with parts.database.transaction() as tx:
            tx.add_deliveries([Delivery(key, "direct", person, welcome(self._words, "teams.hello"))])

    def _is_needed(self, parts: Parts, channel: str) -> bool:
        with parts.database.look() as tx:
            open_ones = access.as_the_bot(tx.escalations(open_only=True))
            threads = [due for each in open_ones if (due := tx.delivery(each.thread)) is not None]
        return any(Place.read(due.receipt).conversation == channel for due in threads)

    def _mend(self, parts: Parts, text: str) -> None:
        hears = parts.assistant
        told = decisions.tell_of_a_place(self._words, text, hears.administrators, hears.now())
        with parts.database.transaction() as tx:
            tx.add_deliveries(told)

    def close(self) -> None:
        self._reached.close()
