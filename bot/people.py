"""Somebody who can talk with the bot: an entry of the directory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

Reach = str | tuple[str, ...]
"""What ids of people begin with on the platforms that are served now; "" where that is any."""


@dataclass(frozen=True)
class Person:
    """`id` is platform and id in one, "console:asha"; `deputy` is the person id of who answers for them.

    `partnership` is the id of the policy whose partnership team they are in, "" for everybody else. Whoever has `left`
    has no account any more: nothing is asked of them or told to them, and they see nothing. A `guest` is let into some
    channels of the platform only: they can be named and take part, and answer for nobody but themselves.

    `email_verified` is said by a platform that has just been asked, of a mailbox that it knows to be theirs. The
    directory does not keep it: mailboxes change hands.
    """

    id: str
    name: str
    role: str
    agency: str
    email: str
    deputy: str = ""
    partnership: str = ""
    left: bool = False
    guest: bool = False
    email_verified: bool = False

    def details(self) -> dict[str, str]:
        """As a Professional answer."""
        return {
            "name": self.name,
            "role": self.role,
            "agency": self.agency,
            "email": self.email,
            "person": self.id,
        }


@dataclass(frozen=True)
class Account:
    """One of several ids under which one person is known, each on another platform: `id` is that one, `person` the id
    of their entry in the directory.

    They are one person because both platforms reported the same `mailbox` at the moment `since`. An account that was
    taken away is `gone`: nothing is heard from it and nothing said to it.
    """

    id: str
    person: str
    mailbox: str
    since: datetime
    gone: bool = False


class Directory(Mapping[str, Person]):
    """Everybody whom the bot knows, by id, as long as whoever is asked for them can be asked.

    One is asked for where one is wanted, and everybody only where everybody is: there may be thousands. Nobody who has
    left is in it, whoever is asked; and `everybody` need not tell of whom nobody can reach.
    """

    def __init__(self, one: Callable[[str], Person | None], everybody: Callable[[], Iterable[Person]]) -> None:
        self._one, self._everybody = one, everybody
        self._known: dict[str, Person | None] = {}
        self._all: dict[str, Person] | None = None

    def __getitem__(self, person_id: str) -> Person:
        if not person_id:  # nobody is called nothing
            raise KeyError(person_id)
        if self._all is not None and person_id in self._all:
            return self._all[person_id]
        if person_id not in self._known:
            found = self._one(person_id)
            self._known[person_id] = None if found is None or found.left else found
        person = self._known[person_id]
        if person is None:
            raise KeyError(person_id)
        return person

    def __iter__(self) -> Iterator[str]:
        return iter(self._whole())

    def __len__(self) -> int:
        return len(self._whole())

    def _whole(self) -> Mapping[str, Person]:
        if self._all is None:
            self._all = {person.id: person for person in self._everybody()}
        return self._all


class Pickable(Mapping[str, Mapping[str, str]]):
    """The people as `fields.Reading` wants them."""

    def __init__(self, people: Mapping[str, Person]) -> None:
        self._people = people

    def __getitem__(self, person_id: str) -> Mapping[str, str]:
        return self._people[person_id].details()

    def __iter__(self) -> Iterator[str]:
        return iter(self._people)

    def __len__(self) -> int:
        return len(self._people)
