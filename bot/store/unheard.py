"""Rows of the table `unheard`: what somebody did and cannot be heard yet, sealed until it is."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from bot.ports import Heard
from bot.store import heard_json
from bot.store.tables import unheard
from bot.store.vault import Vault, of_heard


def keep_one(connection: Connection, vault: Vault, heard: Heard, now: datetime) -> None:
    """The same event once."""
    if connection.execute(select(unheard.c.number).where(unheard.c.event == heard.event)).first() is not None:
        return
    sealed = vault.seal(of_heard(heard.event), "heard", heard_json.to_json(heard))
    row = {"event": heard.event, "person": heard.person, "sealed_heard": sealed, "written": now}
    connection.execute(insert(unheard), row)


def all_of_them(connection: Connection, vault: Vault) -> list[Heard]:
    """In the order of their coming."""
    rows = connection.execute(select(unheard).order_by(unheard.c.number)).all()
    return [heard_json.from_json(vault.open(of_heard(row.event), "heard", row.sealed_heard)) for row in rows]


def drop(connection: Connection, vault: Vault, event: str) -> None:
    connection.execute(delete(unheard).where(unheard.c.event == event))
    vault.destroy(of_heard(event))
