"""Sealing of rows: every owner has a random data key of its own, kept wrapped in the table `keys`.

Owners, and what is sealed with their key:
  escalation/<reference>   its fields, approval reasons, history details, and messages about it
  conversation/<id>        its answers and what is pending; destroyed when the conversation ends
  delivery/<key>           a message that belongs to no escalation yet; destroyed when it is delivered
  heard/<event>            what somebody did that cannot be heard yet; destroyed when it is heard
  person/<id>              what they said of themselves; destroyed when they leave
  unfiled                  history details that belong to no escalation
Destroying a wrapped key erases all that was sealed with it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, select

from bot.errors import SealBroken, StoreError
from bot.store import tables
from bot.store.keeping import add_missing
from bot.store.prepared import Prepared
from bot.store.sealing import Keyring, new_key, open_sealed, seal

BRIEF = ("conversation/", "delivery/", "heard/")
"""Owners that begin so are sealed for soon after they came to be: most have no key yet when one is wanted."""

_JSON = json.JSONEncoder(allow_nan=False, separators=(",", ":"))

# Made once: that takes longer than asking; and for one, which is what is wanted most, asking takes less.
_OF_OWNER = Prepared(select(tables.keys).where(tables.keys.c.owner == bindparam("owner")))
_OF_OWNERS = select(tables.keys).where(tables.keys.c.owner.in_(bindparam("owners", expanding=True)))
_THIS = Prepared(delete(tables.keys).where(tables.keys.c.owner == bindparam("this")))


def of_escalation(reference: str) -> str:
    """The owner of what belongs to this escalation; "" is what belongs to none."""
    return f"escalation/{reference}" if reference else "unfiled"


def of_conversation(conversation_id: str) -> str:
    """The owner of a conversation's answers."""
    return f"conversation/{conversation_id}"


def of_delivery(key: str, reference: str) -> str:
    """The owner of a delivery's message: its escalation if it has one, else the delivery itself."""
    return of_escalation(reference) if reference else f"delivery/{key}"


def of_heard(event: str) -> str:
    """The owner of what somebody did and was not heard yet."""
    return f"heard/{event}"


def of_person(person_id: str) -> str:
    """The owner of what somebody said of themselves."""
    return f"person/{person_id}"


class Vault:
    """Seals and opens JSON within one transaction."""

    def __init__(self, connection: Connection, keyring: Keyring) -> None:
        self._connection = connection
        self._keyring = keyring
        self._opened: dict[str, bytes] = {}

    def seal(self, owner: str, field: str, value: Any) -> bytes:
        """The value, sealed. Raises StoreError when it is not JSON; the message never shows the value."""
        return seal(self._key(owner, make=True), _plain(owner, field, value), owner, field)

    def open(self, owner: str, field: str, sealed: bytes) -> Any:
        """What was sealed. Raises SealBroken when it was moved, changed, or its key is gone."""
        return json.loads(self._open(owner, field, sealed))

    def holds(self, owner: str, field: str, sealed: bytes, value: Any) -> bool:
        """Whether this value is what was sealed; as JSON, in which true is not 1."""
        return self._open(owner, field, sealed) == _plain(owner, field, value)

    def fetch(self, owners: Collection[str] | Select[str]) -> None:
        """Reads the keys of many owners at once, before many values are opened."""
        if isinstance(owners, Collection) and not owners:
            return
        for row in _of(self._connection, owners):
            self._opened[row.owner] = self._keyring.unwrap(bytes(row.sealed_key), row.owner, row.wrapped_by)

    def make(self, owners: Collection[str]) -> None:
        """Makes the keys of those who have none yet, before many values are sealed."""
        self.fetch([owner for owner in owners if owner not in self._opened and not owner.startswith(BRIEF)])
        made = {owner: new_key() for owner in owners if owner not in self._opened}
        rows = [
            {"owner": owner, "wrapped_by": self._keyring.current, "sealed_key": self._keyring.wrap(key, owner)}
            for owner, key in made.items()
        ]
        if rows and not add_missing(self._connection, tables.keys, rows):
            self.fetch(made)
        self._opened = made | self._opened  # what was read counts

    def destroy(self, owner: str) -> None:
        """Erases all that was sealed for this owner, by destroying its key."""
        self._opened.pop(owner, None)
        _THIS.do(self._connection, {"this": owner})

    def _open(self, owner: str, field: str, sealed: bytes) -> bytes:
        return open_sealed(self._key(owner, make=False), bytes(sealed), owner, field)

    def _key(self, owner: str, *, make: bool) -> bytes:
        if owner not in self._opened:
            (self.make if make else self.fetch)([owner])
        if owner not in self._opened:
            raise SealBroken(
                f"The content of {owner} cannot be opened: its key was destroyed. If that was not meant, "
                "restore a backup of the database."
            )
        return self._opened[owner]


def _of(connection: Connection, owners: Collection[str] | Select[str]) -> Iterable[Any]:
    """The rows of the keys of these owners."""
    if not isinstance(owners, Collection):
        return connection.execute(select(tables.keys).where(tables.keys.c.owner.in_(owners)))
    if len(owners) == 1:
        return _OF_OWNER.rows(connection, {"owner": next(iter(owners))})
    return connection.execute(_OF_OWNERS, {"owners": list(owners)})


def _plain(owner: str, field: str, value: Any) -> bytes:
    try:
        # ASCII with escapes: half a surrogate pair, which UTF-8 cannot carry, is kept as it is.
        return _JSON.encode(value).encode("ascii")
    except (TypeError, ValueError):
        # "from None": the original error may quote the value.
        raise StoreError(
            f"The content {field!r} of {owner} cannot be stored, because it is not JSON; nothing was saved."
        ) from None
