"""Who is in what was heard: whoever did it, was picked or is mentioned in it, or whose mailbox is given in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeGuard

from bot import accounts
from bot.mailboxes_given import mailboxes
from bot.ports import Command, Heard, Pressed, Store, Transaction, Typed

ASKED_FOR = 600.0
"""For so many seconds it is believed that a mailbox is of nobody on the platform."""
GUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


class Acquaintances:
    """Knows of whom nobody has to be asked. `platforms` are what the ids of people begin with, without the colon.

    Safe in several threads.
    """

    def __init__(self, store: Store, platforms: Sequence[str], clock: Callable[[], float]) -> None:
        self._store, self._clock = store, clock
        self._served = tuple(f"{each}:" for each in platforms)
        self._id = re.compile(rf"(?:{'|'.join(map(re.escape, platforms))}):(?:{GUID}|[A-Z0-9]+)")
        self._known: set[str] = set()
        """Nobody who is known is ever forgotten, unless they may have left."""
        self._asked: dict[str, float] = {}
        """Mailbox -> until when it need not be asked whose it is."""

    def forget(self, person: str) -> None:
        """It is looked up again whether they are known."""
        self._known.discard(person)

    def is_asked(self, mailbox: str) -> bool:
        """It need not be asked again for a while, if it is one."""
        if "@" not in mailbox:
            return False
        now = self._clock()
        self._asked = {each: until for each, until in self._asked.items() if until > now} | {mailbox: now + ASKED_FOR}
        return True

    def _people(self, heard: Heard) -> Iterator[str]:
        """Whoever did it, was picked in it, or is mentioned in it."""
        yield heard.person
        match heard.what:
            case Pressed(given=given):
                yield from (each for each in given.values() if self._is_id(each))
            case Typed(text=text) | Command(text=text):
                yield from self._id.findall(text)

    def unknown(self, heard: Heard, *, doer: bool = True) -> list[str]:
        """Whoever has to be looked up; without the doer, who is refused when they are heard, if nobody knows them."""
        nobodys = self._nobodys(heard)
        asked = dict.fromkeys(each for each in self._people(heard) if each not in self._known)
        if not doer:
            asked.pop(heard.person, None)
        if not asked:
            return nobodys
        with self._store.look() as tx:
            unknown = [each for each in asked if (found := tx.speaker(each)) is None or found.left]
        self._known.update(each for each in asked if each not in unknown)
        return [*unknown, *nobodys]

    def _nobodys(self, heard: Heard) -> list[str]:
        """Mailboxes in it of which it is not known whose they are."""
        now = self._clock()
        asked = [each for each in dict.fromkeys(mailboxes(heard)) if self._asked.get(each, now) <= now]
        if not asked:
            return []
        with self._store.look() as tx:
            known = {person.email.casefold() for person in accounts.reachable(tx, self._served)}
        return [each for each in asked if each not in known]

    def as_known(self, heard: Heard) -> Heard:
        """Whoever is picked in it is called by the id of their entry in the directory, and whoever is mentioned in
        what was typed by their name."""
        match heard.what:
            case Pressed(given=given) if any(self._is_id(each) for each in given.values()):
                with self._store.look() as tx:
                    picked = {name: self._entry(tx, value) for name, value in given.items()}
                return replace(heard, what=replace(heard.what, given=picked))
            case Typed(text=text) | Command(text=text) if self._id.search(text):
                with self._store.look() as tx:
                    named = self._id.sub(lambda found: _name(tx, found[0]), text)
                return replace(heard, what=replace(heard.what, text=named))
        return heard

    def _is_id(self, value: object) -> TypeGuard[str]:
        return isinstance(value, str) and self._id.fullmatch(value) is not None

    def _entry(self, tx: Transaction, value: str | Sequence[str]) -> str | Sequence[str]:
        found = tx.speaker(value) if self._is_id(value) else None
        return found.id if found else value


def _name(tx: Transaction, person: str) -> str:
    """Whoever cannot be looked up is called as their platform calls them: they are not left out."""
    found = tx.speaker(person)
    return found.name if found else f"@{person.rpartition(':')[2]}"
