"""Rows of the table `accounts`: who is known under several ids, and under which of them they spoke last."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update

from bot.people import Account
from bot.store.keeping import keep
from bot.store.prepared import Prepared
from bot.store.tables import accounts

# Made once: that takes longer than asking.
_ONE = Prepared(select(accounts).where(accounts.c.id == bindparam("this")))
_OF_PERSON = Prepared(select(accounts).where(accounts.c.person == bindparam("this")))
_NOT_LAST = update(accounts).where(accounts.c.person == bindparam("this")).values(last=False)
_NOW_LAST = update(accounts).where(accounts.c.id == bindparam("this")).values(last=True)


def one(connection: Connection, account: str) -> Account | None:
    row = _ONE.first(connection, {"this": account})
    return None if row is None else _account(row)


def several(connection: Connection, person: str) -> list[Account]:
    rows = _OF_PERSON.rows(connection, {"this": person}) if person else connection.execute(select(accounts)).all()
    # Sorted here, not by the databases: their alphabets differ.
    return sorted(map(_account, rows), key=lambda each: each.id)


def keep_one(connection: Connection, account: Account) -> None:
    row = {
        "id": account.id,
        "person": account.person,
        "mailbox": account.mailbox,
        "since": account.since,
        "gone": account.gone,
    }
    keep(connection, accounts, "id", row)


def drop(connection: Connection, account: str) -> None:
    connection.execute(delete(accounts).where(accounts.c.id == account))


def address(connection: Connection, person: str) -> str:
    """Where they spoke last; where that is gone, where they were known first, or else where they still are."""
    rows = _OF_PERSON.rows(connection, {"this": person})
    there = sorted((not row.last, row.id != person, row.id) for row in rows if not row.gone)
    return there[0][-1] if there else person


def spoke(connection: Connection, account: Account) -> None:
    """Under this one now. Nothing is written where it was this one before."""
    if address(connection, account.person) == account.id:
        return
    connection.execute(_NOT_LAST, {"this": account.person})
    connection.execute(_NOW_LAST, {"this": account.id})


def _account(row: Any) -> Account:
    return Account(row.id, row.person, row.mailbox, row.since, row.gone)
