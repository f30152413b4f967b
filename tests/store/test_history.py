"""The history only grows, and every way of changing it behind the bot's back is found."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from bot.errors import StoreError
from bot.escalation import Entry
from bot.store import Database, Keyring, verify
from bot.store.sealing import new_key
from bot.store.tables import history, meta
from tests.store.conftest import Place
from tests.store.examples import NOON

ENTRIES = [
    Entry("E-4KX-7PW", "opened", "console:asha", NOON, {"child": "Wren Oakley"}),
    Entry("E-2AA-3BB", "opened", "console:ben", NOON),
    Entry("E-4KX-7PW", "moved", "bot", NOON, {"to": "stage-2"}),
    Entry("", "refused", "console:carl", NOON, {"asked_for": "E-9ZZ-9ZZ"}),
    Entry("E-4KX-7PW", "viewed", "console:ben", NOON),
]


@pytest.fixture
def kept(database: Database) -> Database:
    with database.transaction() as tx:
        tx.add_history(ENTRIES[:2])
    with database.transaction() as tx:
        tx.add_history(ENTRIES[2:])
    return database


@contextmanager
def tampering(place: Place) -> Iterator[Connection]:
    """A connection of somebody who may change the tables, and has taken the triggers away."""
    with place.outside() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("DROP TRIGGER history_no_update")
            connection.exec_driver_sql("DROP TRIGGER history_no_delete")
        else:
            connection.exec_driver_sql("DROP TRIGGER history_no_change ON history")
        yield connection


def rehash(connection: Connection) -> None:
    """Computes every hash anew, as anybody can who has read the program."""
    last = "0" * 64
    for row in connection.execute(select(history).order_by(history.c.number)).all():
        at = row.at.astimezone(UTC).isoformat(timespec="microseconds")
        sealed = bytes(row.sealed_details).hex()
        line = [row.number, row.reference, row.sequence, row.what, row.by, at, sealed, last]
        hashed = hashlib.sha256(json.dumps(line).encode()).hexdigest()
        connection.execute(update(history).where(history.c.number == row.number).values(previous=last, hash=hashed))
        last = hashed


def test_entries_come_back_numbered_within_their_escalation(kept: Database) -> None:
    with kept.transaction() as tx:
        of_it = tx.history("E-4KX-7PW")
        assert [(entry.sequence, entry.what, entry.at, entry.details) for entry in of_it] == [
            (1, "opened", NOON, {"child": "Wren Oakley"}),
            (2, "moved", NOON, {"to": "stage-2"}),
            (3, "viewed", NOON, {}),
        ]
        assert [entry.details for entry in tx.history("")] == [{"asked_for": "E-9ZZ-9ZZ"}]
        assert tx.history("E-9ZZ-9ZZ") == []


def test_an_untouched_history_has_no_faults(kept: Database) -> None:
    assert verify(kept) == []


def test_an_empty_history_has_no_faults(database: Database) -> None:
    assert verify(database) == []


@pytest.mark.parametrize("statement", ["UPDATE history SET by = 'bot'", "DELETE FROM history"])
def test_the_database_itself_refuses_to_change_history(kept: Database, place: Place, statement: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"), place.outside() as connection:
        connection.exec_driver_sql(statement)
    assert verify(kept) == []


@pytest.mark.parametrize(
    "change",
    [
        {"by": "console:carl"},
        {"what": "closed"},
        {"at": datetime(2026, 3, 28, tzinfo=UTC)},
        {"sealed_details": b"\1anything"},
        {"reference": "E-2AA-3BB", "sequence": 9},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_entry_is_found(kept: Database, place: Place, change: dict[str, Any]) -> None:
    with tampering(place) as connection:
        connection.execute(update(history).where(history.c.number == 3).values(change))
    (fault,) = verify(kept)
    assert fault.startswith("Entry 3 of the history")
    assert fault.endswith("was changed after it was written.")


def test_missing_entries_are_found(kept: Database, place: Place) -> None:
    with tampering(place) as connection:
        connection.execute(delete(history).where(history.c.number == 2))
    assert verify(kept) == ["Entry 2 of the history is missing."]
    with place.outside() as connection:
        connection.execute(delete(history).where(history.c.number == 1))
    assert verify(kept) == ["Entries 1 to 2 of the history are missing."]


def test_a_cut_end_is_found(kept: Database, place: Place) -> None:
    with tampering(place) as connection:
        connection.execute(delete(history).where(history.c.number > 3))
    assert verify(kept) == ["The history ends at entry 3, but 5 entries were written: the end was cut off."]


def test_an_end_cut_off_before_more_was_written_is_found(kept: Database, place: Place) -> None:
    with tampering(place) as connection:
        connection.execute(delete(history).where(history.c.number == 5))
    with kept.transaction() as tx:
        tx.add_history([Entry("E-2AA-3BB", "viewed", "bot", NOON)])
    assert verify(kept) == ["Entry 5 of the history is missing."]


def test_an_emptied_history_is_found(kept: Database, place: Place) -> None:
    with tampering(place) as connection:
        connection.execute(delete(history))
    assert verify(kept) == ["The history ends at entry 0, but 5 entries were written: the end was cut off."]


def test_an_added_entry_is_found(kept: Database, place: Place) -> None:
    with tampering(place) as connection:
        last = connection.execute(select(history).where(history.c.number == 5)).one()._asdict()
        connection.execute(insert(history), last | {"number": 6, "sequence": 4})
        rehash(connection)
    assert verify(kept) == ["The history has entries after entry 5, the last that this bot wrote."]


def test_a_replaced_entry_with_its_own_hash_is_found(kept: Database, place: Place) -> None:
    with tampering(place) as connection:
        untouched = connection.execute(select(history).where(history.c.number == 4)).one()._asdict()
        connection.execute(update(history).where(history.c.number == 3).values(by="console:carl"))
        rehash(connection)
        connection.execute(update(history).where(history.c.number == 4).values(untouched))
    assert "Entry 4 of the history (no escalation, 'refused') does not follow" in verify(kept)[0]


def test_a_history_recomputed_from_end_to_end_is_found(kept: Database, place: Place) -> None:
    with tampering(place) as connection:
        connection.execute(update(history).where(history.c.number == 3).values(by="console:carl"))
        rehash(connection)
    assert verify(kept) == ["Entry 5, the last of the history, is not the one that this bot wrote there."]


def test_a_forged_end_mark_is_found_and_nothing_is_added_after_it(kept: Database, place: Place) -> None:
    with tampering(place) as connection:
        connection.execute(delete(history).where(history.c.number > 3))
        last = connection.scalars(select(history.c.hash).where(history.c.number == 3)).one()
        mark = json.loads(connection.scalars(select(meta.c.value)).one())
        forged = json.dumps(mark | {"count": 3, "hash": last})
        connection.execute(update(meta).values(value=forged))
    assert "end mark of the history is missing, or was not signed" in verify(kept)[0]
    with pytest.raises(StoreError, match="Nothing can be added"), kept.transaction() as tx:
        tx.add_history(ENTRIES)


def test_a_removed_end_mark_is_found_also_after_a_restart(kept: Database, place: Place) -> None:
    with tampering(place) as connection:
        connection.execute(delete(history))
        connection.execute(delete(meta))
    kept.migrate()
    assert "end mark of the history is missing" in verify(kept)[0]


def test_an_end_mark_signed_by_another_keyring_is_not_believed(kept: Database, place: Place) -> None:
    stranger = Database(place.url, Keyring({"k": new_key()}, "k"))
    assert "not signed with this keyring" in verify(stranger)[0]
    stranger.close()
