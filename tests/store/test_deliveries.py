"""Deliveries are handed out when their time has come, and erased when they have been carried out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.errors import StoreError
from bot.messages import Message, Words
from bot.ports import Delivery, Due
from bot.store import Database
from tests.store.conftest import Place
from tests.store.examples import NOON

ASK = Message("A question", (Words("How is Wren Oakley?"),))
DIRECT = Delivery("d-1", "direct", "console:asha", ASK)
POST = Delivery("d-2", "thread", "escalations", ASK, under="d-0", reference="E-4KX-7PW")
LETTER = Delivery("d-3", "letter", "E-4KX-7PW/form/1", reference="E-4KX-7PW")
LATER = NOON + timedelta(hours=1)


def add(database: Database, *deliveries: Delivery) -> None:
    with database.transaction() as tx:
        tx.add_deliveries(deliveries)


def claim(database: Database, at: datetime = NOON, **more: Any) -> list[Due]:
    return database.claim(at, at + timedelta(minutes=1), more.pop("limit", 50), **more)


def keys(claimed: list[Due]) -> list[str]:
    return [each.key for each in claimed]


def test_deliveries_are_handed_out_whole_and_in_the_order_in_which_they_were_written(
    database: Database,
) -> None:
    add(database, POST, DIRECT)
    add(database, LETTER)
    way: dict[str, Any] = {"place": "escalations", "stream": "d-0", "first": "d-0"}
    assert claim(database, limit=2) == [
        Due("d-2", "thread", "escalations", ASK, under="d-0", reference="E-4KX-7PW", **way),
        Due("d-1", "direct", "console:asha", ASK, place="console:asha", stream="direct/console:asha"),
    ]
    assert claim(database) == [
        Due("d-3", "letter", "E-4KX-7PW/form/1", reference="E-4KX-7PW", place="mail", stream="d-3")
    ]


def test_a_delivery_waits_for_its_time(database: Database) -> None:
    add(database, Delivery("d-1", "direct", "console:asha", ASK, not_before=LATER), POST)
    assert keys(claim(database)) == ["d-2"]
    database.done("d-2", "C1", NOON)
    assert claim(database, LATER - timedelta(microseconds=1)) == []
    (waited,) = claim(database, LATER)
    assert (waited.key, waited.not_before) == ("d-1", LATER)


def test_a_key_that_is_there_already_is_left_as_it_is(database: Database) -> None:
    add(database, DIRECT)
    add(database, Delivery("d-1", "direct", "console:ben"), POST, POST)
    assert [(delivery.key, delivery.to) for delivery in claim(database)] == [
        ("d-1", "console:asha"),
        ("d-2", "escalations"),
    ]


def test_what_was_delivered_is_erased_and_its_receipt_kept(database: Database, place: Place) -> None:
    add(database, DIRECT, POST)
    assert database.receipt("d-1") == ""
    database.done("d-1", "C1/171", LATER, {"sha256": "ab"})
    database.done("d-2", "C1/172", LATER)
    assert claim(database, LATER) == []
    assert (database.receipt("d-1"), database.receipt("d-2"), database.receipt("d-9")) == (
        "C1/171",
        "C1/172",
        "",
    )
    with database.transaction() as tx:
        told = tx.delivery("d-1")
    assert told is not None
    assert (told.state, told.message, told.attempts, told.receipt) == ("done", None, 1, "C1/171")
    with place.outside() as connection:
        left = connection.exec_driver_sql("SELECT sealed_message FROM deliveries").scalars().all()
        owners = connection.exec_driver_sql("SELECT owner FROM keys").scalars().all()
    assert left == [None, None]
    assert owners == ["escalation/E-4KX-7PW"]


def test_a_delivery_done_twice_keeps_its_first_receipt(database: Database) -> None:
    add(database, DIRECT)
    database.done("d-1", "first", NOON)
    database.done("d-1", "second", NOON)
    database.failed("d-1", "Too late.", None, NOON)
    assert database.receipt("d-1") == "first"
    assert database.troubled() == []


def test_what_failed_is_tried_again_at_its_time_and_counts_its_attempts(database: Database) -> None:
    add(database, DIRECT)
    database.failed("d-1", "The remote is away.", LATER, NOON)
    assert claim(database) == []
    (again,) = claim(database, LATER)
    assert (again.attempts, again.message) == (1, ASK)
    database.failed("d-1", "The remote is still away.", LATER, LATER)
    (again,) = claim(database, LATER)
    assert again.attempts == 2


def test_what_is_given_up_is_listed_with_the_reason(database: Database) -> None:
    add(database, DIRECT, POST, LETTER)
    database.failed("d-3", "No such mailbox.", None, NOON)
    database.failed("d-1", "Odd words: \0 and \ud83d.", None, NOON)
    assert keys(claim(database, LATER)) == ["d-2"]
    assert [(one.key, one.kind, one.place, one.reason, one.since) for one in database.troubled()] == [
        ("d-1", "direct", "console:asha", "Odd words:  and ?.", NOON),
        ("d-3", "letter", "mail", "No such mailbox.", NOON),
    ]


def test_a_receipt_for_a_delivery_that_nobody_wanted_is_refused(database: Database) -> None:
    with pytest.raises(StoreError, match="no delivery 'd-9'"):
        database.done("d-9", "C1/171", NOON)
    with pytest.raises(StoreError, match="no delivery 'd-9'"):
        database.failed("d-9", "Away.", LATER, NOON)


def test_an_edit_knows_that_a_later_one_of_the_same_message_was_written(database: Database) -> None:
    add(database, *(Delivery(f"edit/{n}", "edit", "first", ASK) for n in (1, 2)))
    add(database, Delivery("edit/other", "edit", "second", ASK))
    assert [database.superseded(key) for key in ("edit/1", "edit/2", "edit/other")] == [True, False, False]


def test_what_is_not_wanted_any_more_is_erased_and_was_never_said(database: Database) -> None:
    add(database, DIRECT)
    database.drop("d-1", NOON)
    with database.transaction() as tx:
        dropped = tx.delivery("d-1")
    assert dropped is not None
    assert (dropped.state, dropped.message, dropped.receipt) == ("dropped", None, "")
    assert claim(database, LATER) == []


def test_what_was_given_up_or_held_is_begun_again_or_settled_by_a_person_and_nothing_else_is(
    database: Database,
) -> None:
    add(database, DIRECT, POST, LETTER)
    database.failed("d-1", "Not in the channel.", None, NOON, doubtful=True)
    database.hold("d-3", "Nobody can tell whether the letter left.", NOON)
    with database.transaction() as tx:
        assert (tx.again("d-2"), tx.settle("d-2", "said", NOON), tx.again("d-9")) == (None, None, None)
        assert tx.again("d-1") is not None
        assert tx.settle("d-3", "It arrived.", NOON) is not None
    first, other = claim(database, LATER)
    assert (first.key, first.attempts, first.doubtful, first.message) == ("d-1", 0, True, ASK)
    assert (other.key, database.receipt("d-3"), database.troubled()) == ("d-2", "It arrived.", [])


def test_what_a_person_says_has_not_arrived_is_not_doubtful_any_more(database: Database) -> None:
    add(database, LETTER)
    database.failed("d-3", "No answer.", LATER, NOON, doubtful=True)
    (letter,) = claim(database, LATER)
    assert letter.doubtful
    database.hold("d-3", "Nobody can tell whether the letter left.", LATER)
    with database.transaction() as tx:
        begun = tx.again("d-3")
    assert begun is not None
    assert not begun.doubtful


def test_the_newest_nudge_in_each_place_is_known(database: Database) -> None:
    nudge = Delivery("n-1", "direct", "console:asha", made="nudge", about={"nudges": ["words"]}, reference="E-4KX-7PW")
    thread = replace(nudge, key="n-2", kind="thread", to="escalations")
    add(database, nudge, thread, replace(nudge, key="n-3"), replace(nudge, key="n-4"), DIRECT)
    database.drop("n-4", NOON)
    with database.transaction() as tx:
        assert [(one.key, one.about) for one in tx.nudges_said("E-4KX-7PW")] == [
            ("n-2", {"nudges": ["words"]}),
            ("n-3", {"nudges": ["words"]}),
        ]
