"""Rows of the tables `conversation_references` and `said_at`: where a platform is reached, and where things stand."""

from __future__ import annotations

from sqlalchemy import Connection, Row, bindparam, delete, select

from bot.ports import Reference
from bot.store.keeping import keep
from bot.store.tables import conversation_references, said_at

# Made once: that takes longer than asking.
_ONE = select(conversation_references).where(conversation_references.c.place == bindparam("this"))
_WITH = (
    select(conversation_references)
    .where(conversation_references.c.conversation == bindparam("this"))
    .order_by(conversation_references.c.since.desc())
    .limit(1)
)
_NEWEST = select(conversation_references).order_by(conversation_references.c.since.desc()).limit(1)
_SAID = select(said_at.c.place).where(said_at.c.what == bindparam("this"))


def reference_at(connection: Connection, place: str) -> Reference | None:
    row = connection.execute(_ONE, {"this": place}).one_or_none()
    return None if row is None else _reference(row)


def reference_with(connection: Connection, conversation: str) -> Reference | None:
    """The one that was told last."""
    row = connection.execute(_WITH, {"this": conversation}).first()
    return None if row is None else _reference(row)


def newest_reference(connection: Connection) -> Reference | None:
    row = connection.execute(_NEWEST).first()
    return None if row is None else _reference(row)


def references_to(connection: Connection, beginning: str) -> list[Reference]:
    """Those whose place begins so."""
    places = conversation_references.c.place
    wanted = select(conversation_references).where(places.startswith(beginning, autoescape=True))
    # Sorted here, not by the databases: their alphabets differ.
    return sorted((_reference(row) for row in connection.execute(wanted)), key=lambda each: each.place)


def keep_reference(connection: Connection, reference: Reference) -> None:
    row = {
        "place": reference.place,
        "conversation": reference.conversation,
        "service_url": reference.service_url,
        "tenant": reference.tenant,
        "bot": reference.bot,
        "since": reference.since,
        "team": reference.team,
        "account": reference.account,
        "version": reference.version,
    }
    keep(connection, conversation_references, "place", row)


def drop_reference(connection: Connection, place: str) -> None:
    connection.execute(delete(conversation_references).where(conversation_references.c.place == place))


def where_said(connection: Connection, what: str) -> str:
    return connection.scalars(_SAID, {"this": what}).one_or_none() or ""


def keep_said_at(connection: Connection, what: str, place: str) -> None:
    """With "" it is forgotten."""
    if place:
        keep(connection, said_at, "what", {"what": what, "place": place})
    else:
        connection.execute(delete(said_at).where(said_at.c.what == what))


def _reference(row: Row[tuple[str, ...]]) -> Reference:
    return Reference(**row._mapping)
