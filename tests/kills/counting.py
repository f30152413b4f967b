"""What became of every delivery: what the database says beside what has reached the far side."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
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

Rows = Mapping[str, Row[Any]]
Heard = Sequence[Mapping[str, Any]]
Promises = Sequence[Mapping[str, Any]]

AS_IT_SHOULD_BE = {"moves", "deliveries", "held"}
"""All else must be none. `held` is right where the far side cannot be asked, and only there."""


@dataclass(frozen=True)
class Count:
    """Keys of what went this way or that."""

    moves: list[str]
    deliveries: list[str]
    lost: list[str]
    """Promised and not kept; or said to be done, and never arrived."""
    duplicated: list[str]
    """Said or sent twice."""
    repeated: list[str]
    """Changed twice to the same words, which harms nobody."""
    ghost: list[str]
    """Arrived, but nothing in the database says that it was to."""
    cancelled: list[str]
    """Arrived although it was not wanted any more."""
    stuck: list[str]
    """Neither done, nor known to be undoable."""
    overtaken: list[str]
    """Arrived after what was to come later."""
    held: list[str]

    def __str__(self) -> str:
        return ", ".join(f"{len(getattr(self, field.name))} {field.name}" for field in fields(self))

    @property
    def wrong(self) -> dict[str, list[str]]:
        names = [field.name for field in fields(self) if field.name not in AS_IT_SHOULD_BE]
        return {name: getattr(self, name) for name in names if getattr(self, name)}


def unsettled(url: str, now: datetime) -> int:
    """Deliveries that are to be carried out by now, or very soon, and are not."""
    rows, _ = _read(url)
    return sum(_is_open(row, rows, now) for row in rows.values())


def count(url: str, now: datetime, heard: Heard, promises: Promises) -> Count:
    """`heard` is what the far side has, in order; `promises` are the moves that were committed."""
    rows, events = _read(url)
    arrived = Counter(each["key"] for each in heard)
    broken = [promise["event"] for promise in promises if promise["event"] not in events]
    twice = [key for key, times in arrived.items() for _ in range(times - 1)]
    edits = {key for key, row in rows.items() if row.kind == "edit"}
    return Count(
        moves=[promise["event"] for promise in promises],
        deliveries=list(rows),
        lost=[*broken, *(key for key, row in rows.items() if row.state == DONE and not arrived[key])],
        duplicated=[key for key in twice if key not in edits],
        repeated=[key for key in twice if key in edits],
        ghost=[key for key in arrived if key not in rows],
        cancelled=list(_cancelled(rows, heard, promises)),
        stuck=[key for key, row in rows.items() if row.state == DEAD or _is_open(row, rows, now)],
        overtaken=list(_overtaken(rows, heard)),
        held=[key for key, row in rows.items() if row.state == HELD],
    )


def _read(url: str) -> tuple[Rows, set[str]]:
    """The deliveries in the order of writing, and the events that were heard."""
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = {row.key: row for row in connection.execute(select(tables.deliveries).order_by("number"))}
        events = set(connection.scalars(select(tables.heard.c.event)))
    engine.dispose()
    return rows, events


def _is_open(row: Row[Any], rows: Rows, now: datetime) -> bool:
    """To be carried out, unless it belongs to something that waits for a person."""
    first = rows.get(row.first)
    while first is not None:
        if first.state == HELD:
            return False
        first = rows.get(first.first)
    return bool(row.state == SENDING or (row.state == WAITING and row.due < now + SOON))


def _cancelled(rows: Rows, heard: Heard, promises: Promises) -> Iterator[str]:
    """What arrived though dropped, and nudges about nothing but stages that had been left for a while."""
    left = _left(promises)
    for each in heard:
        row = rows.get(each["key"])
        if row is None:
            continue
        stages = [_stage(nudge) for nudge in row.about.get("nudges", ())]
        at = float(each["at"])
        over = stages and all(left.get((row.reference, stage), at) + GRACE < at for stage in stages)
        if row.state == DROPPED or over:
            yield row.key


def _left(promises: Promises) -> dict[tuple[str, str], float]:
    """When each stage of each escalation was left, (reference, stage) -> second."""
    at: dict[str, str] = {}
    left: dict[tuple[str, str], float] = {}
    for promise in promises:
        reference, stage = str(promise["reference"]), str(promise["stage"])
        before = at.setdefault(reference, stage)
        if before != stage or promise["what"] == "Withdraw":
            left[reference, before] = promise["at"]
        at[reference] = stage
    return left


def _stage(nudge: str) -> str:
    """The stage whose date a nudge is about; "" for all others."""
    kind, _, of = nudge.partition("/")
    return of if kind in {"limit", "target"} else ""


def _overtaken(rows: Rows, heard: Heard) -> Iterator[str]:
    """What arrived in a thread after something that was written later; each by its first arrival.

    Nudges wait for the hours in which people are reminded, and nothing else waits for them.
    """
    newest: dict[str, int] = defaultdict(int)
    for key in dict.fromkeys(each["key"] for each in heard):
        row = rows.get(key)
        if row is None or row.kind not in {"thread", "edit"} or row.made:
            continue
        if row.number < newest[row.stream]:
            yield row.key
        newest[row.stream] = max(newest[row.stream], row.number)
