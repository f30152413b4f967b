"""Deliveries are handed out when their time has come, and erased when they have been carried out."""

from __future__ import annotations

from datetime import timedelta

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


def test_deliveries_are_handed_out_whole_and_in_the_order_in_which_they_were_written(
    database: Database,
) -> None:
    add(database, POST, DIRECT)
    add(database, LETTER)
    assert database.due(NOON) == [
        Due("d-2", "thread", "escalations", ASK, under="d-0", reference="E-4KX-7PW"),
        Due("d-1", "direct", "console:asha", ASK),
        Due("d-3", "letter", "E-4KX-7PW/form/1", reference="E-4KX-7PW"),
    ]
    assert [delivery.key for delivery in database.due(NOON, limit=2)] == ["d-2", "d-1"]


def test_a_delivery_waits_for_its_time(database: Database) -> None:
    add(database, Delivery("d-1", "direct", "console:asha", ASK, not_before=LATER), POST)
    assert [delivery.key for delivery in database.due(NOON)] == ["d-2"]
    assert [delivery.key for delivery in database.due(LATER - timedelta(microseconds=1))] == ["d-2"]
    first, second = database.due(LATER)
    assert (first.key, first.not_before, second.key) == ("d-1", LATER, "d-2")


def test_a_key_that_is_there_already_is_left_as_it_is(database: Database) -> None:
    add(database, DIRECT)
    add(database, Delivery("d-1", "direct", "console:ben"), POST, POST)
    assert [(delivery.key, delivery.to) for delivery in database.due(NOON)] == [
        ("d-1", "console:asha"),
        ("d-2", "escalations"),
    ]


def test_what_was_delivered_is_erased_and_its_receipt_kept(database: Database, place: Place) -> None:
    add(database, DIRECT, POST)
    assert database.receipt("d-1") == ""
    database.done("d-1", "C1/171", LATER, {"sha256": "ab"})
    database.done("d-2", "C1/172", LATER)
    assert database.due(LATER) == []
    assert (database.receipt("d-1"), database.receipt("d-2"), database.receipt("d-9")) == (
        "C1/171",
        "C1/172",
        "",
    )
    with database.transaction() as tx:
        assert tx.delivery("d-1") == Due("d-1", "direct", "console:asha", attempts=1, receipt="C1/171")
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
    with database.transaction() as tx:
        assert tx.delivery_failed_for_good() == []


def test_what_failed_is_tried_again_at_its_time_and_counts_its_attempts(database: Database) -> None:
    add(database, DIRECT)
    database.failed("d-1", "The remote is away.", LATER, NOON)
    assert database.due(NOON) == []
    (again,) = database.due(LATER)
    assert (again.attempts, again.message) == (1, ASK)
    database.failed("d-1", "The remote is still away.", LATER, LATER)
    (again,) = database.due(LATER)
    assert again.attempts == 2


def test_what_is_given_up_is_listed_with_the_reason(database: Database) -> None:
    add(database, DIRECT, POST, LETTER)
    database.failed("d-3", "No such mailbox.", None, NOON)
    database.failed("d-1", "Odd words: \0 and \ud83d.", None, NOON)
    assert [delivery.key for delivery in database.due(LATER)] == ["d-2"]
    with database.transaction() as tx:
        assert tx.delivery_failed_for_good() == [("d-1", "Odd words:  and ?."), ("d-3", "No such mailbox.")]


def test_a_receipt_for_a_delivery_that_nobody_wanted_is_refused(database: Database) -> None:
    with pytest.raises(StoreError, match="no delivery 'd-9'"):
        database.done("d-9", "C1/171", NOON)
    with pytest.raises(StoreError, match="no delivery 'd-9'"):
        database.failed("d-9", "Away.", LATER, NOON)


def test_an_edit_knows_that_a_later_one_of_the_same_message_was_written(database: Database) -> None:
    add(database, *(Delivery(f"edit/{n}", "edit", "first", ASK) for n in (1, 2)))
    add(database, Delivery("edit/other", "edit", "second", ASK))
    assert [database.superseded(key) for key in ("edit/1", "edit/2", "edit/other")] == [True, False, False]
