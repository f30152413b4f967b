"""What became of every delivery: what the database says beside what has reached the far side."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, create_engine, select

from bot.store import tables
from bot.store.tables import DEAD, DONE, DROPPED, HELD, SENDING, WAITING

SOON = timedelta(hours=1)
"""What is put off for longer waits for the hours in which people are reminded."""

GRACE = 3.0
"""Seconds between the look whether something is still wanted and its arrival, on a busy machine."""


@dataclass(frozen=True)
class Count:
    """How often each thing went wrong. `held` is right where the far side cannot be asked, and only there."""

    moves: int
    deliveries: int
    lost: int
    """A promise that was not kept, or a delivery that is said to be done and never arrived."""
    duplicated: int
    """Said or sent twice."""
    repeated: int
    """Changed twice to the same words, which harms nobody."""
    ghost: int
    """Arrived, but nothing in the database says that it was to."""
    cancelled: int
    """Arrived although it was not wanted any more."""
    stuck: int
    """Neither done, nor known to be undoable."""
    overtaken: int
    """Arrived before what had to come first."""
    held: int

    def __str__(self) -> str:
        return ", ".join(f"{getattr(self, field.name)} {field.name}" for field in fields(self))

    @property
    def wrong(self) -> dict[str, int]:
        """Everything that must be none."""
        must_be_none = ("lost", "duplicated", "ghost", "cancelled", "stuck", "overtaken")
        return {name: getattr(self, name) for name in must_be_none if getattr(self, name)}


def unsettled(url: str, now: datetime) -> int:
    """Deliveries that are to be carried out by now, or very soon, and are not."""
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = {row.key: row for row in connection.execute(select(tables.deliveries))}
    engine.dispose()
    return sum(_is_open(row, rows, now) for row in rows.values())


def _is_open(row: Row[Any], rows: Mapping[str, Row[Any]], now: datetime) -> bool:
    """To be carried out, unless it belongs to something that waits for a person."""
    if row.first and rows[row.first].state == HELD:
        return False
    return bool(row.state == SENDING or (row.state == WAITING and row.due < now + SOON))


def count(url: str, now: datetime, heard: Sequence[Mapping[str, Any]], promises: Sequence[Mapping[str, Any]]) -> Count:
    """`heard` is what the far side has, in order; `promises` are the moves that were committed."""
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = {row.key: row for row in connection.execute(select(tables.deliveries).order_by("number"))}
        events = set(connection.scalars(select(tables.heard.c.event)))
    engine.dispose()
    edits = {key for key, row in rows.items() if row.kind == "edit"}
    arrived = Counter(each["key"] for each in heard)
    broken = [promise for promise in promises if promise["event"] not in events]
    return Count(
        moves=len(promises),
        deliveries=len(rows),
        lost=len(broken) + sum(row.state == DONE and not arrived[key] for key, row in rows.items()),
        duplicated=sum(times - 1 for key, times in arrived.items() if key not in edits),
        repeated=sum(arrived[key] - 1 for key in edits if arrived[key]),
        ghost=sum(key not in rows for key in arrived),
        cancelled=len(_cancelled(rows, heard, promises)),
        stuck=sum(row.state == DEAD or _is_open(row, rows, now) for row in rows.values()),
        overtaken=_overtaken(rows, heard),
        held=sum(row.state == HELD for row in rows.values()),
    )


def _cancelled(
    rows: Mapping[str, Row[Any]], heard: Sequence[Mapping[str, Any]], promises: Iterable[Mapping[str, Any]]
) -> set[str]:
    """Keys of what arrived though dropped, and of nudges about an escalation that had been over for a while."""
    ended = {promise["reference"]: promise["at"] for promise in promises if promise["what"] == "Withdraw"}
    late = set()
    for each in heard:
        row = rows.get(each["key"])
        if row is None:
            continue
        over = row.made == "nudge" and each["at"] > ended.get(row.reference, each["at"]) + GRACE
        if row.state == DROPPED or over:
            late.add(row.key)
    return late


def _overtaken(rows: Mapping[str, Row[Any]], heard: Sequence[Mapping[str, Any]]) -> int:
    """What arrived in a thread after something that was written later; each by its first arrival."""
    newest: dict[str, int] = defaultdict(int)
    overtaken, before = 0, set()
    for each in heard:
        row = rows.get(each["key"])
        if row is None or row.key in before or row.kind not in {"thread", "edit"}:
            continue
        before.add(row.key)
        overtaken += row.number < newest[row.stream]
        newest[row.stream] = max(newest[row.stream], row.number)
    return overtaken
