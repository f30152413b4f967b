"""Rows of the table `people`: the directory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from bot.people import Person
from bot.store.keeping import keep
from bot.store.prepared import Prepared
from bot.store.tables import people
from bot.store.vault import Vault, of_person

# Made once: that takes longer than asking.
_ONE = Prepared(select(people).where(people.c.id == bindparam("id")))
_KEEP_OWN = update(people).where(people.c.id == bindparam("this")).values(sealed_own=bindparam("sealed"))
_THERE = select(people).where(people.c.gone.is_(False))


class People:
    """Those of one transaction. Whom it has asked for it knows until it changes somebody: nobody else can."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection, self._vault = connection, vault
        self._known: dict[str, Row[Any] | None] = {}

    def one(self, person_id: str) -> Person | None:
        row = self._row(person_id)
        return None if row is None else _person(row)

    def _row(self, person_id: str) -> Row[Any] | None:
        if person_id not in self._known:
            self._known[person_id] = _ONE.first(self._connection, {"id": person_id})
        return self._known[person_id]

    def there(self) -> list[Person]:
        """Everybody who has not left."""
        # Sorted here, not by the databases: their alphabets differ.
        everybody = map(_person, self._connection.execute(_THERE))
        return sorted(everybody, key=lambda person: (person.name.casefold(), person.id))

    def keep(self, person: Person) -> None:
        row = {
            "id": person.id,
            "name": person.name,
            "role": person.role,
            "agency": person.agency,
            "email": person.email,
            "deputy": person.deputy,
            "partnership": person.partnership,
            "gone": person.left,
            "guest": person.guest,
        }
        self._known.clear()
        keep(self._connection, people, "id", row)

    def own_facts(self, person_id: str) -> dict[str, str]:
        row = self._row(person_id)
        if row is None or not row.sealed_own:
            return {}
        return dict(self._vault.open(of_person(person_id), "own", row.sealed_own))

    def keep_own_facts(self, person_id: str, facts: Mapping[str, str]) -> None:
        owner = of_person(person_id)
        if not facts:
            self._vault.destroy(owner)
        sealed = self._vault.seal(owner, "own", dict(facts)) if facts else None
        self._known.clear()
        self._connection.execute(_KEEP_OWN, {"this": person_id, "sealed": sealed})


def _person(row: Row[Any]) -> Person:
    return Person(row.id, row.name, row.role, row.agency, row.email, row.deputy, row.partnership, row.gone, row.guest)
