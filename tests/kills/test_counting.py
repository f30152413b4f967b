"""The kill suite would be worth nothing if it could not see what it looks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.messages import Message, Words
from bot.ports import Answered, Delivery
from bot.store import Database, open_database
from tests.kills.counting import GRACE, Count, count, unsettled

ABOUT = {"nudges": ["limit/stage-1", "target/stage-1"], "reader": ""}
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


class Far:
    """A database in which three deliveries were carried out, one was dropped, and one nudge was said."""

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder / 'escalations.db'}"
        self.database: Database = open_database(self.url, folder / "keyring.json", clock=lambda: NOW)
        self.database.migrate()
        said = [thread("root"), thread("first", "root"), thread("second", "root"), thread("dropped")]
        nudge = Delivery("nudge", "thread", "channel", reference="E-2AB-3CD", made="nudge", about=ABOUT)
        with self.database.transaction() as tx:
            tx.add_deliveries([*said, nudge])
        for key in ("root", "first", "second", "nudge"):
            self.database.done(key, f"id of {key}", NOW)
        self.database.drop("dropped", NOW)
        self.heard = [{"key": key, "at": 100.0} for key in ("root", "first", "second", "nudge")]
        self.promises: list[dict[str, Any]] = []

    def promise(self, what: str, stage: str, at: float) -> None:
        """A move that is in the database, as it was promised."""
        with self.database.transaction() as tx:
            tx.remember(what, "far:somebody", Answered(()))
        self.promises.append({"event": what, "what": what, "reference": "E-2AB-3CD", "stage": stage, "at": at})

    def count(self) -> Count:
        return count(self.url, NOW, self.heard, self.promises)


def thread(key: str, under: str = "") -> Delivery:
    return Delivery(key, "thread", "channel", Message(key, (Words(key),)), under)


@pytest.fixture
def far(tmp_path: Path) -> Iterator[Far]:
    far = Far(tmp_path)
    yield far
    far.database.close()


def test_where_nothing_went_wrong_nothing_is_counted(far: Far) -> None:
    assert far.count().wrong == {}
    assert len(far.count().deliveries) == 5


def test_a_delivery_that_is_said_to_be_done_and_never_arrived_is_lost(far: Far) -> None:
    far.heard.pop(1)
    assert far.count().wrong == {"lost": ["first"]}


def test_a_move_that_was_promised_and_is_not_in_the_database_is_lost(far: Far) -> None:
    far.promises.append({"event": "unheard of", "what": "MoveNow", "reference": "E-2AB-3CD", "stage": "", "at": 1.0})
    assert far.count().wrong == {"lost": ["unheard of"]}


def test_what_arrives_twice_is_counted_once_for_each_time_too_many(far: Far) -> None:
    far.heard += [far.heard[-1], far.heard[-1]]
    assert far.count().wrong == {"duplicated": ["nudge", "nudge"]}


def test_what_nobody_wrote_is_a_ghost(far: Far) -> None:
    far.heard.append({"key": "never committed", "at": 100.0})
    assert far.count().wrong == {"ghost": ["never committed"]}


def test_what_was_dropped_and_arrived_was_said_although_cancelled(far: Far) -> None:
    far.heard.append({"key": "dropped", "at": 100.0})
    assert far.count().wrong == {"cancelled": ["dropped"]}


@pytest.mark.parametrize(("before", "wrong"), [(GRACE / 2, {}), (GRACE * 2, {"cancelled": ["nudge"]})])
@pytest.mark.parametrize(("what", "stage"), [("MoveNow", "stage-2"), ("Withdraw", "stage-1")])
def test_a_nudge_about_a_stage_that_was_left_was_said_although_cancelled(
    far: Far, what: str, stage: str, before: float, wrong: dict[str, list[str]]
) -> None:
    far.promise("raise", "stage-1", at=1)
    far.promise(what, stage, at=100 - before)
    assert far.count().wrong == wrong


def test_a_reply_that_arrives_before_an_earlier_one_has_overtaken_it(far: Far) -> None:
    far.heard[1], far.heard[2] = far.heard[2], far.heard[1]
    assert far.count().wrong == {"overtaken": ["first"]}


def test_what_waits_is_stuck_and_what_was_given_up_too_but_not_what_waits_for_another_day(far: Far) -> None:
    with far.database.transaction() as tx:
        tx.add_deliveries(
            [thread("waits"), thread("dead"), replace(thread("later"), not_before=NOW + timedelta(days=1))]
        )
    far.database.failed("dead", "It is refused.", None, NOW)
    assert far.count().wrong == {"stuck": ["waits", "dead"]}
    assert unsettled(far.url, NOW) == 1
