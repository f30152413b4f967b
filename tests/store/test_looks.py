"""Looking what is due costs the same however much there is: it goes by indexes, on both databases."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, text

from bot.messages import Message, Words
from bot.ports import Delivery
from bot.store import Database
from bot.store.tables import deliveries
from tests.store.conftest import Place
from tests.store.examples import NOON

MINUTE = timedelta(minutes=1)
SAY = Message("A line", (Words("A line"),))
LOOKS: list[tuple[str, Callable[[Database], object], set[str]]] = [
    ("claim", lambda database: database.claim(NOON, NOON, 5, besides=["slow"]), {"due", "stream", "key"}),
    ("claim one stream", lambda database: database.claim(NOON, NOON, 1, stream="a"), {"stream", "key"}),
    ("hand", lambda database: database.to_hand(NOON, 5, MINUTE), {"due"}),
    ("superseded", lambda database: database.superseded("d-1"), {"belongs", "key"}),
    ("timers", lambda database: database.timers_due(NOON), {"timers"}),
]
INDEXES = {
    "due": ("ix_deliveries_due",),
    "stream": ("ix_deliveries_stream",),
    "belongs": ("ix_deliveries_first",),
    "timers": ("ix_timers_armed",),
    "key": ("uq_deliveries_key", "sqlite_autoindex_deliveries_1"),
}


@contextmanager
def plans() -> Iterator[list[str]]:
    """How the database goes about each query."""
    seen: list[str] = []

    def explain(connection: Connection, _: Any, statement: str, parameters: Any, *__: Any) -> None:
        if statement.startswith("SELECT") and ("FROM deliveries" in statement or "FROM timers" in statement):
            how = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
            seen.append("\n".join(str(row[-1]) for row in connection.exec_driver_sql(f"{how} {statement}", parameters)))

    event.listen(Engine, "before_cursor_execute", explain)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", explain)


@pytest.mark.parametrize("settled", [0, 20])
def test_no_look_reads_all_that_waits(database: Database, place: Place, settled: int) -> None:
    """Whatever the database believes, by figures of a time when next to nothing waited."""
    with database.transaction() as tx:
        tx.add_deliveries([Delivery(f"d-{n}", "direct", f"console:{n}", SAY) for n in range(settled)])
    for n in range(settled):
        database.done(f"d-{n}", "", NOON)
    with place.outside() as connection:
        connection.execute(text("ANALYZE"))
    for name, look, wanted in LOOKS:
        with plans() as found:
            look(database)
        (plan,) = found
        used = {index for index, names in INDEXES.items() if any(each in plan for each in names)}
        assert (name, used) == (name, wanted), plan
        assert not re.search("SCAN (deliveries|timers)", plan), plan
        assert "Sort" not in plan, plan


def test_whose_thread_it_is_in_is_found_by_an_index(database: Database, place: Place) -> None:
    said = {"kind": "thread", "destination": "channel", "under": "", "reference": "", "place": "channel", "first": ""}
    others = {"made": "", "about": {}, "stream": "channel", "state": "done"}
    with place.outside() as connection:
        rows = [{"key": f"d-{n}", "receipt": f"C1/{n}", **said, **others} for n in range(3000)]
        connection.execute(deliveries.insert(), rows)
        connection.execute(text("ANALYZE"))
    with plans() as found, database.look() as tx:
        tx.reference_of("C1/17")
    assert "ix_deliveries_receipt" in found[0]
