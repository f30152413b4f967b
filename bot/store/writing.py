"""Deliveries as they are written: where each goes, what it is kept in order with, and its words, sealed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Text, bindparam, insert, select

from bot.ports import Delivery, Handed
from bot.store import message_json
from bot.store.deliveries import field
from bot.store.prepared import Prepared
from bot.store.tables import AT_ONCE, deliveries
from bot.store.vault import Vault, of_delivery

MAIL = "mail"
"""The place of letters."""

# Made once: that takes longer than asking.
_COLUMNS = (
    "key", "kind", "destination", "under", "reference", "place", "stream", "first", "made", "about", "sealed_message",
    "written", "not_before", "due", "handed",
)  # fmt: skip
_NEW = Prepared(insert(deliveries).inline(), _COLUMNS)


@cache
def _there(how_many: int) -> Prepared:
    """Asks for so many at once: "key_0", "key_1" …"""
    these = [bindparam(f"key_{n}", type_=Text) for n in range(how_many)]
    wanted = select(deliveries.c.key, deliveries.c.place, deliveries.c.stream)
    return Prepared(wanted.where(deliveries.c.key.in_(these)))


@dataclass(frozen=True)
class _Way:
    """Where a delivery goes, what it is kept in order with, and what has to be carried out before."""

    place: str
    stream: str
    first: str = ""


def add(connection: Connection, vault: Vault, wanted: Sequence[Delivery], now: datetime) -> list[Handed]:
    """Writes them in order; a key that is there already is left as it is. Returns those that are due at once."""
    now = now.astimezone(UTC)  # once for all rows: that takes long
    asked: dict[str, Delivery] = {}
    for delivery in wanted:
        asked.setdefault(delivery.key, delivery)
    changed = {each.to for each in asked.values() if each.kind == "edit"}
    keys = {f"key_{n}": key for n, key in enumerate(changed | asked.keys())}
    rows = _there(len(keys)).rows(connection, keys) if keys else ()
    there = {row.key: _Way(row.place, row.stream) for row in rows}
    new = [delivery for key, delivery in asked.items() if key not in there]
    if not new:
        return []
    vault.make({of_delivery(each.key, each.reference) for each in new if each.message is not None})
    ways = _ways(there, new)
    _NEW.do(connection, *(_written(vault, each, ways[each.key], now) for each in new))
    return [Handed(each.key, ways[each.key].stream) for each in new if not _is_later(each, now)]


def _written(vault: Vault, delivery: Delivery, way: _Way, now: datetime) -> dict[str, Any]:
    sealed = None
    if delivery.message is not None:
        owner = of_delivery(delivery.key, delivery.reference)
        sealed = vault.seal(owner, field(delivery.key), message_json.to_json(delivery.message))
    return {
        "key": delivery.key,
        "kind": delivery.kind,
        "destination": delivery.to,
        "under": delivery.under,
        "reference": delivery.reference,
        "place": way.place,
        "stream": way.stream,
        "first": way.first,
        "made": delivery.made,
        "about": dict(delivery.about),
        "sealed_message": sealed,
        "written": now,
        "not_before": delivery.not_before,
        "due": delivery.not_before or AT_ONCE,
        "handed": None if _is_later(delivery, now) else now,
    }


def _is_later(delivery: Delivery, now: datetime) -> bool:
    return delivery.not_before is not None and delivery.not_before > now


def _ways(there: Mapping[str, _Way], new: Sequence[Delivery]) -> Mapping[str, _Way]:
    """By key. An edit goes where what it changes went, or goes now."""
    ways = dict(there)
    for delivery in new:
        match delivery.kind:
            case "direct":
                way = _Way(delivery.to, f"direct/{delivery.to}")
            case "thread":
                way = _Way(delivery.to, delivery.under or delivery.key, delivery.under)
            case "letter":
                way = _Way(MAIL, delivery.key)
            case "edit":
                of_changed = ways.get(delivery.to, _Way("", delivery.to))
                way = replace(of_changed, first=delivery.to)
        ways[delivery.key] = way
    return ways
