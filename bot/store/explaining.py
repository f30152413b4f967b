"""Whether every record is what its history says: each history is played again and compared."""

from __future__ import annotations

from sqlalchemy import Connection, select

from bot.errors import SealBroken
from bot.replay import is_explained
from bot.store import tables
from bot.store.database import Database
from bot.store.sealing import Keyring
from bot.store.transaction import Records


def unexplained_records(database: Database) -> list[str]:
    """Every record that its history does not explain, as a sentence with its reference; [] when there is none."""
    with database.reading() as connection:
        return unexplained(connection, database.keyring)


def unexplained(connection: Connection, keyring: Keyring) -> list[str]:
    """The same, on a connection that sees one unchanging state of the database."""
    records = Records(connection, keyring)
    of_all = select(tables.escalations.c.reference).order_by(tables.escalations.c.number)
    faults = (_fault(records, reference) for reference in connection.scalars(of_all).all())
    return [fault for fault in faults if fault]


def _fault(records: Records, reference: str) -> str:
    try:
        escalation = records.escalation(reference)
        if escalation is None or is_explained(escalation, records.history(reference)):
            return ""
    except SealBroken:
        return f"{reference}: its content cannot be opened, so it cannot be compared with its history."
    return (
        f"{reference}: the record is not what its history says. One of the two was changed outside the bot: "
        "compare them with a backup."
    )
