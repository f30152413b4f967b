"""What Teams has told of once, and where the bot has said something, as it is kept: each in a short transaction.

Teams lets nobody look for a message. So where a message stands that is said in another's stead is written down, and
what was said already of what is said in several parts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.chat.here import held_here, holds_elsewhere
from bot.chat.teams.ids import Place
from bot.chat.teams.tenant import Tenant
from bot.messages import Message
from bot.ports import Reference, Store, Transaction
from bot.words import Words

CHANNELS = "19:"
"""How the ids of channels begin."""


class References:
    """Safe in several threads. `store` may be given later, before anything is said."""

    def __init__(self, store: Store | None = None) -> None:
        self.store = store

    @property
    def _store(self) -> Store:
        if self.store is None:
            raise RuntimeError("Nothing can be said in Teams before there is a store.")
        return self.store

    def at(self, place: str) -> Reference | None:
        with self._store.look() as tx:
            return tx.reference_at(place)

    def with_conversation(self, conversation: str) -> Reference | None:
        with self._store.look() as tx:
            return tx.reference_with(conversation)

    def newest_address(self) -> str:
        """Where Teams has told last that it is reached; "" if it has told nothing yet."""
        with self._store.look() as tx:
            newest = tx.newest_reference()
        return newest.service_url if newest else ""

    def channels(self) -> list[Reference]:
        with self._store.look() as tx:
            return tx.references_to(CHANNELS)

    def keep(self, reference: Reference) -> None:
        with self._store.transaction() as tx:
            tx.keep_reference(reference)

    def drop(self, place: str) -> None:
        with self._store.transaction() as tx:
            tx.drop_reference(place)

    def as_here(self, message: Message, tenant: Tenant, words: Words) -> Message:
        """Whoever its inputs hold is called by the id under which they are known here, and whoever it asks as Teams
        calls them towards this bot, where it has told that."""
        if not message.asks and not holds_elsewhere(message, tenant.platform):
            return message
        with self._store.look() as tx:
            ids = [each.id for person in message.asks for each in tx.accounts(person) if not each.gone]
            asks = dict.fromkeys(_called(tx, each, tenant) for each in (*message.asks, *ids))
            held = held_here(tx, message, tenant.platform, words)
        return replace(held, asks=tuple(asks))

    # ── what stands where ────────────────────────────────────────────────────────────────────────────────

    def instead_of(self, gone: Place) -> Place | None:
        """What is changed now where that was to be."""
        return self._read(f"instead/{gone.id}")

    def note_instead(self, gone: Place, place: Place) -> None:
        self._note({f"instead/{gone.id}": place.id})

    def goes_on_under(self, root: Place) -> Place | None:
        """The message under which a thread goes on whose first one is gone."""
        return self._read(f"goes on/{root.id}")

    def note_goes_on(self, root: Place, place: Place) -> None:
        self._note({f"goes on/{root.id}": place.id})

    def part(self, key: str, number: int) -> str:
        """The activity that says this part of a delivery; "" if none does."""
        place = self._read(_part(key, number))
        return place.activity if place else ""

    def note_part(self, key: str, number: int, place: Place) -> None:
        self._note({_part(key, number): place.id})

    def forget_parts(self, key: str, numbers: Iterable[int]) -> None:
        self._note({_part(key, number): "" for number in numbers})

    def _read(self, what: str) -> Place | None:
        with self._store.look() as tx:
            found = tx.said_at(what)
        return Place.read(found) if found else None

    def _note(self, noted: dict[str, str]) -> None:
        if noted:
            with self._store.transaction() as tx:
                for what, place in noted.items():
                    tx.keep_said_at(what, place)


def _called(tx: Transaction, person: str, tenant: Tenant) -> str:
    told = tx.reference_at(person)
    return told.account if told is not None and told.account and told.bot == tenant.bot else person


def _part(key: str, number: int) -> str:
    return f"part/{key}/{number}"
