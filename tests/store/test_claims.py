"""Whose turn it is: one claimer at a time, in order within a stream, and nobody held up by another's trouble."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.messages import Message, Words
from bot.ports import Delivery
from bot.store import Database
from tests.store.conftest import Place
from tests.store.examples import NOON

MINUTE = timedelta(minutes=1)
SAY = Message("A line", (Words("A line"),))


def direct(key: str, to: str = "console:asha") -> Delivery:
    return Delivery(key, "direct", to, SAY)


def thread(key: str, under: str = "", channel: str = "escalations") -> Delivery:
    return Delivery(key, "thread", channel, SAY, under=under)


def edit(key: str, of: str) -> Delivery:
    return Delivery(key, "edit", of, SAY)


def add(database: Database, *deliveries: Delivery) -> None:
    with database.transaction() as tx:
        tx.add_deliveries(deliveries)


def claim(database: Database, at: datetime = NOON, limit: int = 50, **more: object) -> list[str]:
    return [each.key for each in database.claim(at, at + MINUTE, limit, **more)]  # type: ignore[arg-type]


def test_what_is_claimed_is_nobody_elses_until_its_lease_is_over_and_then_it_is_doubtful(database: Database) -> None:
    add(database, direct("d-1"))
    (claimed,) = database.claim(NOON, NOON + MINUTE, 5)
    assert not claimed.doubtful
    assert claim(database, NOON + MINUTE - timedelta(seconds=1)) == []
    (again,) = database.claim(NOON + MINUTE, NOON + 2 * MINUTE, 5)
    assert (again.key, again.doubtful, again.attempts) == ("d-1", True, 0)
    database.failed("d-1", "Away.", NOON + 3 * MINUTE, NOON)
    (later,) = database.claim(NOON + 3 * MINUTE, NOON + 4 * MINUTE, 5)
    assert later.doubtful, "until the remote has been asked"


def test_what_nobody_knows_the_outcome_of_is_doubtful(database: Database) -> None:
    add(database, direct("d-1"))
    claim(database)
    database.failed("d-1", "No answer.", NOON + MINUTE, NOON, doubtful=True)
    (again,) = database.claim(NOON + MINUTE, NOON + 2 * MINUTE, 5)
    assert again.doubtful


def test_what_is_not_due_yet_is_given_back_without_an_attempt(database: Database) -> None:
    add(database, direct("d-1"))
    claim(database)
    database.postpone("d-1", NOON + MINUTE)
    assert claim(database) == []
    (again,) = database.claim(NOON + MINUTE, NOON + 2 * MINUTE, 5)
    assert (again.attempts, again.doubtful) == (0, False)


def test_what_is_given_back_keeps_its_place_though_the_clock_is_put_right(database: Database) -> None:
    add(database, thread("root"), thread("reply-1", "root"), thread("reply-2", "root"))
    claim(database)
    database.done("root", "id of root", NOON)
    assert claim(database) == ["reply-1"]
    database.postpone("reply-1", None)
    assert claim(database, NOON - 5 * MINUTE) == ["reply-1"]


YEAR, WAITS, PUT_OFF = timedelta(days=365), timedelta(hours=5), timedelta(days=2)


def put_right(database: Database) -> None:
    with database.transaction() as tx:
        tx.wait_at_most(NOON + WAITS, NOON + PUT_OFF)


def test_a_clock_that_was_a_year_ahead_keeps_nothing_waiting_for_a_year(database: Database) -> None:
    later = replace(direct("later", "console:dele"), not_before=NOON + MINUTE)
    add(database, direct("sending"), direct("tried", "console:ben"), direct("night", "console:cerys"), later)
    add(database, thread("limited"))
    assert len(claim(database, NOON + YEAR)) == 5
    database.failed("tried", "Away.", NOON + YEAR + MINUTE, NOON + YEAR)
    for key in ("night", "later"):
        database.postpone(key, NOON + YEAR + 20 * timedelta(hours=1))
    database.postpone("limited", None)
    database.slow_down("escalations", NOON + YEAR)
    assert claim(database) == []
    put_right(database)
    found = database.claim(NOON, NOON + MINUTE, 9)
    assert [(due.key, due.doubtful) for due in found] == [
        ("sending", True), ("tried", False), ("night", False), ("limited", False),
    ]  # fmt: skip
    assert claim(database, NOON + MINUTE - timedelta(seconds=1)) == []
    assert "later" in claim(database, NOON + MINUTE)


def test_what_waits_no_longer_than_it_may_goes_on_waiting(database: Database) -> None:
    far = replace(direct("far"), not_before=NOON + YEAR)
    add(database, direct("sending"), direct("tried", "console:ben"), direct("night", "console:cerys"), far)
    add(database, thread("limited"))
    assert len(claim(database)) == 4
    database.failed("tried", "Away.", NOON + WAITS, NOON)
    database.postpone("night", NOON + PUT_OFF)
    database.postpone("limited", None)
    database.slow_down("escalations", NOON + WAITS)
    put_right(database)
    assert claim(database, NOON + MINUTE / 2) == []


def test_a_worker_that_was_told_by_a_clock_far_ahead_is_told_again(database: Database) -> None:
    with database.transaction() as tx:
        tx.add_deliveries([direct("d-1")])
    assert database.to_hand(NOON + YEAR, 9, MINUTE)
    assert database.to_hand(NOON, 9, MINUTE) == []
    put_right(database)
    assert [each.key for each in database.to_hand(NOON, 9, MINUTE)] == ["d-1"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (thread("root"), thread("reply", "root")),
        (thread("reply-1", "root"), thread("reply-2", "root")),
        (thread("root"), edit("face", "root")),
        (direct("d-1"), direct("d-2")),
        (direct("d-1"), edit("e-1", "d-1")),
        (edit("e-1", "root"), thread("reply", "root")),
    ],
)
def test_in_a_stream_the_older_one_is_carried_out_before_the_younger_is_begun(
    database: Database, first: Delivery, second: Delivery
) -> None:
    if first.key != "root":
        add(database, thread("root"))
        database.done("root", "C1", NOON)
    add(database, first, second)
    assert claim(database) == [first.key]
    assert claim(database) == []
    database.done(first.key, "C2", NOON)
    (later,) = database.claim(NOON, NOON + MINUTE, 5)
    receipts = {"": "", "root": "C1" if first.key != "root" else "C2", first.key: "C2"}
    assert (later.key, later.first_receipt) == (second.key, receipts[later.first])


def test_a_thread_waits_for_a_line_that_is_tried_again_and_a_persons_messages_do_not(database: Database) -> None:
    add(database, thread("reply-1", "root"), thread("reply-2", "root"), direct("d-1"), direct("d-2"))
    assert claim(database) == ["reply-1", "d-1"]
    for key in ("reply-1", "d-1"):
        database.failed(key, "Away.", NOON + MINUTE, NOON)
    assert claim(database) == ["d-2"]
    assert claim(database, NOON + MINUTE) == ["reply-1", "d-1"]


def test_what_is_given_up_or_dropped_holds_nobody_up_and_what_is_held_keeps_what_belongs_to_it(
    database: Database,
) -> None:
    add(database, thread("a"), thread("a/reply", "a"), thread("b"), thread("b/reply", "b"))
    add(database, thread("c"), edit("c/face", "c"))
    assert claim(database) == ["a", "b", "c"]
    database.failed("a", "No such channel.", None, NOON)
    database.hold("b", "Nobody can tell.", NOON)
    database.drop("c", NOON)
    claimed = database.claim(NOON, NOON + MINUTE, 5)
    assert [(each.key, each.first_state) for each in claimed] == [("a/reply", "dead"), ("c/face", "dropped")]


@pytest.mark.parametrize(
    ("waits", "change", "goes"),
    [
        (thread("reply", "root"), edit("e-1", "reply"), thread("other", "root")),
        (direct("d-1"), edit("e-1", "d-1"), direct("d-2")),
    ],
)
def test_a_change_of_what_is_held_holds_nobody_up(
    database: Database, waits: Delivery, change: Delivery, goes: Delivery
) -> None:
    add(database, thread("root"), waits, change, goes)
    claim(database)
    database.done("root", "id of root", NOON)
    claim(database)
    database.hold(waits.key, "Nobody can tell.", NOON)
    assert claim(database) == [goes.key]
    database.done(goes.key, "id of it", NOON)
    assert claim(database) == []


def test_a_change_of_a_direct_message_that_is_tried_again_does_not_delay_the_next(database: Database) -> None:
    add(database, direct("d-1"), edit("e-1", "d-1"), direct("d-2"))
    assert claim(database) == ["d-1"]
    database.failed("d-1", "Away.", NOON + MINUTE, NOON)
    assert claim(database) == ["d-2"]


def test_a_place_that_is_busy_or_asked_to_wait_delays_no_other(database: Database) -> None:
    add(database, thread("a", channel="slow"), thread("b", channel="slow"), thread("c", channel="quick"), direct("d"))
    assert claim(database, besides=["slow", "console:asha"]) == ["c"]
    database.slow_down("slow", NOON + MINUTE / 2)
    assert claim(database) == ["d"]
    assert claim(database, NOON + MINUTE / 2) == ["a", "b"]


def test_what_is_written_while_its_place_is_limited_waits_too_and_overtakes_nothing(database: Database) -> None:
    add(database, thread("a"))
    database.slow_down("escalations", NOON + MINUTE)
    database.slow_down("escalations", NOON + MINUTE / 2)
    add(database, thread("b", "a"), thread("c"))
    assert claim(database, NOON + MINUTE / 2) == []
    assert claim(database, NOON + MINUTE) == ["a", "c"]


def test_whoever_lost_their_lease_can_say_that_it_is_done_and_nothing_else(database: Database) -> None:
    add(database, direct("d-1"))
    (mine,) = database.claim(NOON, NOON + MINUTE, 5)
    (theirs,) = database.claim(NOON + MINUTE, NOON + 2 * MINUTE, 5)
    database.failed("d-1", "Away.", NOON + MINUTE, NOON, lease=mine.lease)
    database.postpone("d-1", NOON + MINUTE, lease=mine.lease)
    database.drop("d-1", NOON, lease=mine.lease)
    with database.transaction() as tx:
        assert not tx.give_up("d-1", "Too late.", NOON, lease=mine.lease)
        assert not tx.give_up("d-1", "Too late.", NOON, held=True, lease=mine.lease)
    assert claim(database, NOON + 2 * MINUTE - timedelta(seconds=1)) == []
    database.done("d-1", "first", NOON)
    database.failed("d-1", "Away.", NOON + 3 * MINUTE, NOON, lease=theirs.lease)
    database.done("d-1", "second", NOON)
    assert database.receipt("d-1") == "first"


def test_one_stream_can_be_asked_for_alone(database: Database) -> None:
    add(database, thread("a"), thread("b"))
    assert claim(database, stream="b") == ["b"]


def test_a_worker_is_told_of_what_is_written_and_again_only_of_what_nobody_has_seen_to(place: Place) -> None:
    database = place.open()
    database.migrate()
    told: list[str] = []
    database.schedule = lambda _, handed: told.extend(each.key for each in handed)
    database.clock = lambda: NOON
    later = Delivery("later", "direct", "console:ben", SAY, not_before=NOON + 2 * MINUTE)
    add(database, direct("now"), later)
    assert told == ["now"]
    told.clear()
    steps: list[tuple[timedelta, Callable[[], object], list[str]]] = [
        (MINUTE, lambda: None, []),
        (2 * MINUTE, lambda: None, ["later"]),
        (3 * MINUTE, lambda: database.failed("now", "Away.", NOON + 4 * MINUTE, NOON), []),
        (4 * MINUTE, lambda: None, ["now"]),
        (5 * MINUTE, lambda: database.claim(NOON + 5 * MINUTE, NOON + 6 * MINUTE, 5), []),
        (6 * MINUTE, lambda: None, ["now", "later"]),  # their leases are over
        (7 * MINUTE, lambda: None, []),
        (17 * MINUTE, lambda: None, ["now", "later"]),  # told long ago, and nobody came
        (18 * MINUTE, lambda: database.slow_down("console:ben", NOON + 19 * MINUTE), []),
        (19 * MINUTE, lambda: None, ["later"]),  # whoever looked meanwhile found nothing
        (20 * MINUTE, lambda: None, []),
    ]
    for after, happens, expected in steps:
        happens()
        database.to_hand(NOON + after, 50, 10 * MINUTE)
        assert (after, sorted(told)) == (after, sorted(expected))
        told.clear()
    database.close()


def test_two_replicas_claim_everything_once_between_them(place: Place) -> None:
    one, other = place.open(), place.open()
    one.migrate()
    add(one, *(direct(f"d-{n}", f"console:{n}") for n in range(40)))
    claimed: list[str] = []
    start = threading.Barrier(2)

    def take(database: Database) -> None:
        start.wait()
        while found := claim(database, limit=3):
            claimed.extend(found)

    threads = [threading.Thread(target=take, args=(database,)) for database in (one, other)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(claimed) == sorted(f"d-{n}" for n in range(40))
    one.close()
    other.close()
