"""Rows of the table `deliveries`: what is to be said or sent, until it was, and the receipt afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, literal_column, or_, select, update

from bot.errors import StoreError
from bot.ports import Delivery, Due
from bot.store import message_json
from bot.store.tables import DEAD, DONE, WAITING, deliveries
from bot.store.vault import Vault, of_delivery

# A literal: with a bound value neither database can see that the partial index holds all such rows.
_IS_WAITING = deliveries.c.state == literal_column(f"'{WAITING}'")


def add(connection: Connection, vault: Vault, wanted: Sequence[Delivery]) -> None:
    """Writes them in order; a key that is there already is left as it is."""
    asked = {delivery.key for delivery in wanted}
    known = set(connection.scalars(select(deliveries.c.key).where(deliveries.c.key.in_(asked))))
    for delivery in wanted:
        if delivery.key in known:
            continue
        known.add(delivery.key)
        sealed = None
        if delivery.message is not None:
            owner = of_delivery(delivery.key, delivery.reference)
            sealed = vault.seal(owner, _field(delivery.key), message_json.to_json(delivery.message))
        row = {
            "key": delivery.key,
            "kind": delivery.kind,
            "destination": delivery.to,
            "under": delivery.under,
            "reference": delivery.reference,
            "sealed_message": sealed,
            "not_before": delivery.not_before,
            "next_try": delivery.not_before,
        }
        connection.execute(insert(deliveries), row)


def find(connection: Connection, vault: Vault, key: str) -> Due | None:
    """The delivery, whether or not it has been carried out; its message is None when it has."""
    row = connection.execute(select(deliveries).where(deliveries.c.key == key)).one_or_none()
    return None if row is None else _due(row, vault)


def due(connection: Connection, vault: Vault, now: datetime, limit: int) -> list[Due]:
    """Those whose time has come, in the order in which they were written."""
    come = or_(deliveries.c.next_try.is_(None), deliveries.c.next_try <= now)
    waiting = select(deliveries).where(_IS_WAITING, come).order_by(deliveries.c.number).limit(limit)
    rows = connection.execute(waiting).all()
    vault.fetch({of_delivery(row.key, row.reference) for row in rows})
    return [_due(row, vault) for row in rows]


def receipt(connection: Connection, key: str) -> str:
    """The remote's id of what this delivery said; "" while it has not been carried out."""
    return connection.scalars(select(deliveries.c.receipt).where(deliveries.c.key == key)).one_or_none() or ""


def superseded(connection: Connection, key: str) -> bool:
    """Whether a later edit of the same message has been written."""
    own = select(deliveries).where(deliveries.c.key == key).subquery()
    later = select(deliveries.c.key).where(
        deliveries.c.kind == "edit",
        deliveries.c.destination == own.c.destination,
        deliveries.c.number > own.c.number,
    )
    return connection.execute(later.limit(1)).first() is not None


def done(
    connection: Connection,
    vault: Vault,
    key: str,
    given: str,
    now: datetime,
    details: Mapping[str, Any] | None,
) -> None:
    """Erases the message and keeps the receipt. A second time changes nothing: the first receipt stays."""
    row = _row(connection, key)
    if row.state == DONE:
        return
    values = {
        "state": DONE,
        "attempts": row.attempts + 1,
        "receipt": given,
        "details": dict(details or {}),
        "settled": now,
        "sealed_message": None,
        "lease_until": None,
    }
    connection.execute(update(deliveries).where(deliveries.c.key == key).values(values))
    if not row.reference:
        vault.destroy(of_delivery(key, ""))


def failed(connection: Connection, key: str, reason: str, again_at: datetime | None, now: datetime) -> None:
    """Notes why, and when to try again; None gives it up. What was carried out meanwhile stays so."""
    row = _row(connection, key)
    if row.state == DONE:
        return
    values = {
        "state": WAITING if again_at else DEAD,
        "attempts": row.attempts + 1,
        "next_try": again_at,
        "lease_until": None,
        "last_error": _storable(reason),
        "settled": None if again_at else now,
    }
    connection.execute(update(deliveries).where(deliveries.c.key == key).values(values))


def given_up(connection: Connection) -> list[tuple[str, str]]:
    """(key, why) of those that were given up, in the order in which they were written."""
    dead = select(deliveries.c.key, deliveries.c.last_error).where(deliveries.c.state == DEAD)
    return [(row.key, row.last_error) for row in connection.execute(dead.order_by(deliveries.c.number))]


def _row(connection: Connection, key: str) -> Row[Any]:
    row = connection.execute(select(deliveries).where(deliveries.c.key == key)).one_or_none()
    if row is None:
        raise StoreError(f"There is no delivery {key!r} in the database, so nothing was noted about it.")
    return row


def _due(row: Row[Any], vault: Vault) -> Due:
    message = None
    if row.sealed_message is not None:
        owner = of_delivery(row.key, row.reference)
        message = message_json.from_json(vault.open(owner, _field(row.key), row.sealed_message))
    return Due(
        key=row.key,
        kind=row.kind,
        to=row.destination,
        message=message,
        under=row.under,
        reference=row.reference,
        not_before=row.not_before,
        attempts=row.attempts,
        receipt=row.receipt,
    )


def _field(key: str) -> str:
    return f"delivery/{key}"


def _storable(reason: str) -> str:
    """A remote's words as text that both databases take: PostgreSQL refuses NUL, UTF-8 half surrogates."""
    return reason.replace("\0", "").encode(errors="replace").decode()
