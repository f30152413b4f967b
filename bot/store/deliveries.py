"""Rows of the table `deliveries`: what is to be said or sent, what became of it, and the receipt afterwards.

How they are written is in `writing`, whose turn it is in `claiming`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext, suppress
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, ScalarSelect, bindparam, func, literal_column, select, update

from bot.errors import SealBroken, StoreError
from bot.messages import Message
from bot.ports import Due, Trouble
from bot.store import message_json
from bot.store.tables import AT_ONCE, DEAD, DONE, DROPPED, HELD, SENDING, WAITING, deliveries
from bot.store.vault import Vault, of_delivery

# Literals: with bound values neither database can see that the partial index holds all such rows.
_BELONGS = deliveries.c.first != literal_column("''")
IS_TROUBLED = deliveries.c.state.in_([literal_column(f"'{DEAD}'"), literal_column(f"'{HELD}'")])


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────

_THIS = deliveries.alias("this")


def _of_this(column: str) -> ScalarSelect[Any]:
    return select(_THIS.c[column]).where(_THIS.c.key == bindparam("key")).scalar_subquery()


# Made once: that takes longer than asking.
_LATER_EDIT = (
    select(deliveries.c.key)
    .where(_BELONGS, deliveries.c.first == _of_this("first"), deliveries.c.number > _of_this("number"))
    .where(deliveries.c.kind == "edit")
    .limit(1)
)
_SAID_ANEW = (
    select(deliveries.c.reference)
    .join(_THIS, _THIS.c.key == deliveries.c.first)
    .where(deliveries.c.kind == "edit", deliveries.c.receipt == bindparam("receipt"))
    .where(_BELONGS, _THIS.c.kind == "thread")
    .limit(1)
)
"""What was changed in a thread and stands elsewhere, since it was not there any more. It is looked for seldom."""
_LATER_NUDGES = (
    select(deliveries)
    .where(deliveries.c.reference == _of_this("reference"), deliveries.c.place == _of_this("place"))
    .where(deliveries.c.number > _of_this("number"))
    .where(deliveries.c.made == "nudge", deliveries.c.kind != "edit")
    .where(deliveries.c.state.in_([WAITING, SENDING, DONE]))
    .order_by(deliveries.c.number)
)


def find(connection: Connection, vault: Vault, key: str) -> Due | None:
    """The delivery, whether or not it has been carried out; its message is None when it has."""
    row = find_row(connection, key)
    return None if row is None else opened(connection, vault, [row])[0]


def find_row(connection: Connection, key: str, *, lock: bool = False) -> Row[Any] | None:
    """With `lock`, nobody else changes it before the transaction ends."""
    wanted = select(deliveries).where(deliveries.c.key == key)
    return connection.execute(wanted.with_for_update() if lock else wanted).one_or_none()


def receipt(connection: Connection, key: str) -> str:
    """The remote's id of what this delivery said; "" while it has not been carried out."""
    return connection.scalars(select(deliveries.c.receipt).where(deliveries.c.key == key)).one_or_none() or ""


def reference_of(connection: Connection, receipt: str) -> str:
    """The escalation of whose thread this is a message, by the remote's id of it; "" if it is of none."""
    if not receipt:
        return ""
    # A literal: with a bound value neither database can see that the partial index holds all such rows.
    of_thread = deliveries.c.kind == literal_column("'thread'"), deliveries.c.receipt == receipt
    found = connection.scalars(select(deliveries.c.reference).where(*of_thread).limit(1)).first()
    return found or connection.scalars(_SAID_ANEW, {"receipt": receipt}).first() or ""


def superseded(connection: Connection, key: str) -> bool:
    """Whether a later edit of the same message has been written."""
    return connection.execute(_LATER_EDIT, {"key": key}).first() is not None


def nudges_said(connection: Connection, vault: Vault, reference: str) -> list[Due]:
    """What nudges have said about this escalation, or are saying: the newest in each place, in the order of writing."""
    said = deliveries.c.made == "nudge", deliveries.c.kind != "edit", deliveries.c.state != DROPPED
    newest = select(func.max(deliveries.c.number)).where(deliveries.c.reference == reference, *said)
    rows = select(deliveries).where(deliveries.c.number.in_(newest.group_by(deliveries.c.place)))
    return opened(connection, vault, connection.execute(rows.order_by(deliveries.c.number)).all())


def nudges_after(connection: Connection, vault: Vault, key: str) -> list[Due]:
    """What nudges have said, or are to say, in the same place about the same escalation after this one."""
    return opened(connection, vault, connection.execute(_LATER_NUDGES, {"key": key}).all())


def letters_taken(connection: Connection, since: datetime) -> list[str]:
    """Keys of the letters that the mail has taken since then."""
    return _letters(connection, deliveries.c.state == DONE, deliveries.c.settled >= since)


def letters_over(connection: Connection, since: datetime, before: datetime) -> list[str]:
    """Keys of those that were given up in this time, or of which a person has said then that they have arrived."""
    said = (deliveries.c.state == DONE) & (deliveries.c.receipt == "")
    of_them = said | (deliveries.c.state == DEAD)
    return _letters(connection, of_them, deliveries.c.settled >= since, deliveries.c.settled < before)


def _letters(connection: Connection, *which: ColumnElement[bool]) -> list[str]:
    wanted = select(deliveries.c.key).where(deliveries.c.kind == "letter", *which).order_by(deliveries.c.number)
    return list(connection.scalars(wanted))


def troubled(connection: Connection) -> list[Trouble]:
    """What was given up or is held, in the order of writing."""
    rows = connection.execute(select(deliveries).where(IS_TROUBLED).order_by(deliveries.c.number))
    return [
        Trouble(row.key, row.kind, row.place, row.reference, row.state, row.attempts, row.last_error, row.settled)
        for row in rows
    ]


def opened(connection: Connection, vault: Vault, rows: Sequence[Row[Any]], *, all_or_none: bool = True) -> list[Due]:
    """The rows with their words, and with what became of what they follow.

    Without `all_or_none`, one whose words cannot be opened comes without them, and keeps no other back.
    """
    before = _outcomes(connection, {row.first for row in rows if row.first})
    with nullcontext() if all_or_none else suppress(SealBroken):
        vault.fetch({of_delivery(row.key, row.reference) for row in rows if row.sealed_message is not None})
    found = []
    for row in rows:
        message = None
        with nullcontext() if all_or_none else suppress(SealBroken):
            message = _words(row, vault)
        found.append(_due(row, message, *before.get(row.first, ("", ""))))
    return found


def _words(row: Row[Any], vault: Vault) -> Message | None:
    if row.sealed_message is None:
        return None
    return message_json.from_json(vault.open(of_delivery(row.key, row.reference), field(row.key), row.sealed_message))


def _outcomes(connection: Connection, keys: set[str]) -> Mapping[str, tuple[str, str]]:
    """(state, receipt) of each."""
    if not keys:
        return {}
    wanted = select(deliveries.c.key, deliveries.c.state, deliveries.c.receipt).where(deliveries.c.key.in_(keys))
    return {row.key: (row.state, row.receipt) for row in connection.execute(wanted)}


def _due(row: Row[Any], message: Message | None, first_state: Any, first_receipt: str) -> Due:
    return Due(
        key=row.key,
        kind=row.kind,
        to=row.destination,
        message=message,
        under=row.under,
        reference=row.reference,
        not_before=row.not_before,
        made=row.made,
        about=row.about,
        attempts=row.attempts,
        receipt=row.receipt,
        state=row.state,
        place=row.place,
        stream=row.stream,
        since=row.not_before or row.written,
        doubtful=row.doubtful,
        lease=row.due if row.state == SENDING else None,
        first=row.first,
        first_receipt=first_receipt,
        first_state=first_state,
    )


# ── what became of it ────────────────────────────────────────────────────────────────────────────────────
#
# `lease` is the one under which the caller claimed it: what is theirs no longer, they can only note as carried out.


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
    if row.state in {DONE, DROPPED}:
        return
    values = {"state": DONE, "attempts": row.attempts + 1, "receipt": given, "details": dict(details or {})}
    _settle(connection, key, now, **values, due=None, doubtful=False, sealed_message=None)
    _forget_words(vault, row)


def drop(connection: Connection, vault: Vault, key: str, now: datetime, lease: datetime | None) -> None:
    """Not wanted any more, and not said. What was carried out stays so."""
    if (row := _unsettled(connection, key, lease)) is not None:
        _settle(connection, key, now, state=DROPPED, due=None, sealed_message=None)
        _forget_words(vault, row)


def failed(
    connection: Connection,
    key: str,
    reason: str,
    again_at: datetime | None,
    now: datetime,
    *,
    doubtful: bool,
    lease: datetime | None,
    count_to: int | None = None,
) -> bool:
    """Notes why, and when to try again; None gives it up. What was carried out meanwhile stays so.

    Returns whether it was noted.
    """
    if (row := _unsettled(connection, key, lease)) is None:
        return False
    values = {
        "state": WAITING if again_at else DEAD,
        "attempts": row.attempts + 1 if count_to is None else max(row.attempts, min(row.attempts + 1, count_to)),
        "due": again_at,
        "last_error": storable(reason),
        "doubtful": row.doubtful or doubtful,
    }
    _settle(connection, key, None if again_at else now, **values)
    return True


def hold(connection: Connection, key: str, reason: str, now: datetime, lease: datetime | None) -> bool:
    """Nobody can tell whether it was carried out. Returns whether it was noted."""
    if _unsettled(connection, key, lease) is None:
        return False
    _settle(connection, key, now, state=HELD, due=None, last_error=storable(reason), doubtful=True)
    return True


def postpone(connection: Connection, key: str, until: datetime | None, lease: datetime | None) -> None:
    """Not its time: waits until then, as if nobody had looked; None: for nothing."""
    if _unsettled(connection, key, lease) is not None:
        _settle(connection, key, None, state=WAITING, due=until or AT_ONCE)


def again(connection: Connection, vault: Vault, key: str) -> Due | None:
    """Begun again from its first attempt, with all that was given up because of it; None where it is no trouble.

    What may have arrived stays doubtful, so that the remote is asked first. Of what was held, a person has said that
    it has not arrived.
    """
    row = find_row(connection, key, lock=True)
    if row is None or row.state not in {DEAD, HELD}:
        return None
    doubtful = row.doubtful and row.state != HELD
    _settle(connection, key, None, state=WAITING, attempts=0, due=AT_ONCE, doubtful=doubtful)
    belongs = select(deliveries.c.key).where(_BELONGS, deliveries.c.first == key, deliveries.c.state == DEAD)
    for follower in connection.scalars(belongs).all():
        again(connection, vault, follower)
    return find(connection, vault, key)


def settle(connection: Connection, vault: Vault, key: str, given: str, now: datetime) -> Due | None:
    """A person says that it has arrived after all; None where it is neither given up nor held."""
    row = find_row(connection, key, lock=True)
    if row is None or row.state not in {DEAD, HELD}:
        return None
    done(connection, vault, key, given, now, None)
    return find(connection, vault, key)


def _settle(connection: Connection, key: str, settled: datetime | None, **values: Any) -> None:
    """Nobody has it any longer."""
    values |= {"handed": None, "settled": settled}
    connection.execute(update(deliveries).where(deliveries.c.key == key).values(values))


def _forget_words(vault: Vault, row: Row[Any]) -> None:
    if not row.reference:
        vault.destroy(of_delivery(row.key, ""))


def _unsettled(connection: Connection, key: str, lease: datetime | None) -> Row[Any] | None:
    """The row, if something can still become of it, and if it is still the claimer's where a lease is given."""
    row = _row(connection, key)
    lost = lease is not None and (row.state != SENDING or row.due != lease)
    return None if lost or row.state in {DONE, DROPPED} else row


def _row(connection: Connection, key: str) -> Row[Any]:
    row = find_row(connection, key, lock=True)
    if row is None:
        raise StoreError(f"There is no delivery {key!r} in the database, so nothing was noted about it.")
    return row


def field(key: str) -> str:
    return f"delivery/{key}"


def storable(reason: str) -> str:
    """A remote's words as text that both databases take: PostgreSQL refuses NUL, UTF-8 half surrogates."""
    return reason.replace("\0", "").encode(errors="replace").decode()
