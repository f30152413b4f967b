"""The append-only log: each row carries the hash of the row before, and the end is signed.

Somebody with the database alone could change a row and recompute every hash after it. So the number of rows
and the last hash also stand in `meta`, signed by a key derived from the keyring: without it the end cannot be
moved.
What this cannot show: a database replaced whole, history and end mark, by an older copy of itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, func, insert, select, update

from bot.errors import StoreError
from bot.escalation import Entry
from bot.store import tables
from bot.store.sealing import Keyring
from bot.store.vault import Vault, of_escalation

if TYPE_CHECKING:
    from bot.store.database import Database

START = "0" * 64
"""What stands as the hash before the first row."""

HEAD = "history head"


@dataclass(frozen=True)
class Head:
    """Where the log ends."""

    count: int
    hash: str

    def content(self) -> bytes:
        return json.dumps([HEAD, self.count, self.hash]).encode()


def begin(connection: Connection, keyring: Keyring) -> None:
    """Writes the end mark of an empty log: once, when the tables are made."""
    connection.execute(insert(tables.meta), {"name": HEAD, "value": _signed(Head(0, START), keyring)})


def append(connection: Connection, keyring: Keyring, vault: Vault, entries: Sequence[Entry]) -> None:
    """Adds the entries in order. Raises StoreError when the end mark is missing or not genuine."""
    head = _head(connection, keyring)
    if head is None:
        raise StoreError(
            "Nothing can be added to the history: its end mark is missing or was not written by this bot. "
            "Verify the history, and restore a backup if it finds faults."
        )
    last = func.coalesce(func.max(tables.history.c.sequence), 0)
    for entry in entries:
        sequence = 1 + connection.scalars(select(last).where(tables.history.c.reference == entry.reference)).one()
        row: dict[str, Any] = {
            "number": head.count + 1,
            "reference": entry.reference,
            "sequence": sequence,
            "what": entry.what,
            "by": entry.by,
            "at": entry.at,
            "sealed_details": vault.seal(of_escalation(entry.reference), _field(sequence), dict(entry.details)),
            "previous": head.hash,
        }
        row["hash"] = _hash(**row)
        connection.execute(insert(tables.history), row)
        head = Head(head.count + 1, row["hash"])
    if entries:
        signed = update(tables.meta).where(tables.meta.c.name == HEAD).values(value=_signed(head, keyring))
        connection.execute(signed)


def read(connection: Connection, vault: Vault, reference: str) -> list[Entry]:
    """The entries of one escalation in order; of "" those that belong to none."""
    of_it = select(tables.history).where(tables.history.c.reference == reference)
    owner = of_escalation(reference)
    return [
        Entry(
            reference=row.reference,
            what=row.what,
            by=row.by,
            at=row.at,
            details=vault.open(owner, _field(row.sequence), row.sealed_details),
            sequence=row.sequence,
        )
        for row in connection.execute(of_it.order_by(tables.history.c.sequence))
    ]


def verify(database: Database) -> list[str]:
    """Every fault in the history as a sentence; [] when it is as it was written."""
    with database.reading() as connection:
        return check(connection, database.keyring)


def check(connection: Connection, keyring: Keyring) -> list[str]:
    """The same, on a connection that sees one unchanging state of the database."""
    head = _head(connection, keyring)
    of_all = select(tables.history).order_by(tables.history.c.number)
    faults, number, last = [], 0, START
    for row in connection.execute(of_all, execution_options={"yield_per": 1000}):
        faults += _faults(row, number, last)
        number, last = row.number, row.hash
    return faults + _faults_at_the_end(head, Head(number, last))


def is_signed(connection: Connection, keyring: Keyring) -> bool:
    """Whether the end mark was written with this keyring."""
    return _head(connection, keyring) is not None


def _faults(row: Row[Any], number: int, last: str) -> list[str]:
    """What is wrong with this row, when the row before it was `number` and had the hash `last`."""
    faults = []
    missing = row.number - number - 1
    if missing == 1:
        faults.append(f"Entry {number + 1} of the history is missing.")
    elif missing > 1:
        faults.append(f"Entries {number + 1} to {row.number - 1} of the history are missing.")
    named = f"Entry {row.number} of the history ({row.reference or 'no escalation'}, {row.what!r})"
    values = row._asdict()
    if _hash(**{name: values[name] for name in values if name != "hash"}) != row.hash:
        faults.append(f"{named} was changed after it was written.")
    elif not missing and row.previous != last:
        faults.append(f"{named} does not follow from the entry before it: one of the two was replaced.")
    return faults


def _faults_at_the_end(head: Head | None, found: Head) -> list[str]:
    if head is None:
        return [
            "The end mark of the history is missing, or was not signed with this keyring: entries may have "
            "been removed from the end or replaced. Check that the keyring file belongs to this database."
        ]
    if found.count < head.count:
        return [f"The history ends at entry {found.count}, but {head.count} entries were written: the end was cut off."]
    if found.count > head.count:
        return [f"The history has entries after entry {head.count}, the last that this bot wrote."]
    if found.hash != head.hash:
        return [f"Entry {found.count}, the last of the history, is not the one that this bot wrote there."]
    return []


def _field(sequence: int) -> str:
    return f"history/{sequence}"


def _hash(
    *,
    number: int,
    reference: str,
    sequence: int,
    what: str,
    by: str,
    at: datetime,
    sealed_details: bytes,
    previous: str,
) -> str:
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    # The sealed bytes, so that the log can be checked after its content has been erased.
    row = [number, reference, sequence, what, by, moment, bytes(sealed_details).hex(), previous]
    return hashlib.sha256(json.dumps(row).encode("ascii")).hexdigest()


def _signed(head: Head, keyring: Keyring) -> str:
    key_id, signature = keyring.sign(head.content())
    return json.dumps({"count": head.count, "hash": head.hash, "key": key_id, "signature": signature})


def _head(connection: Connection, keyring: Keyring) -> Head | None:
    """The end mark, None when it is missing, damaged or not signed by this ring."""
    stored = connection.scalars(select(tables.meta.c.value).where(tables.meta.c.name == HEAD)).one_or_none()
    try:
        mark = json.loads(stored or "")
        head = Head(int(mark["count"]), str(mark["hash"]))
        genuine = keyring.signed(head.content(), str(mark["key"]), str(mark["signature"]))
    except (ValueError, KeyError, TypeError):
        return None
    return head if genuine else None
