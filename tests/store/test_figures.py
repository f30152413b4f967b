"""What the operator watches of the store: how much waits and for how long, what was missed, what is open."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.escalation import Status
from bot.ports import Delivery
from bot.store import Database
from bot.timers import Timer
from tests.store.examples import ESCALATION, NOON

MINUTE = timedelta(minutes=1)


def write(database: Database, *deliveries: Delivery) -> None:
    database.clock = lambda: NOON
    with database.transaction() as tx:
        tx.add_deliveries(deliveries)


def direct(key: str, **more: object) -> Delivery:
    return Delivery(key, "direct", f"console:{key}", **more)  # type: ignore[arg-type]


def test_of_an_empty_store_everything_is_nothing(database: Database) -> None:
    found = database.figures(NOON)
    assert found.deliveries == {"waiting": 0, "sending": 0, "dead": 0, "held": 0}
    assert (found.oldest, found.timers_overdue, found.open) == (0.0, 0, [])


def test_what_is_not_done_with_is_counted_by_its_state(database: Database) -> None:
    write(database, *(direct(key) for key in ("a", "b", "c", "d", "e", "f")))
    for claimed in database.claim(NOON, NOON + MINUTE, 5):
        if claimed.key == "a":
            database.done("a", "1", NOON)
        elif claimed.key in {"b", "c"}:
            database.failed(claimed.key, "It is away.", None, NOON)
        elif claimed.key == "d":
            database.hold("d", "Nobody can tell.", NOON)
    assert database.figures(NOON).deliveries == {"waiting": 1, "sending": 1, "dead": 2, "held": 1}


def test_how_long_the_oldest_that_is_due_has_waited(database: Database) -> None:
    write(database, direct("later", not_before=NOON + 50 * MINUTE))
    assert database.figures(NOON + 20 * MINUTE).oldest == 0
    write(database, direct("now"))
    assert database.figures(NOON + 20 * MINUTE).oldest == 20 * 60
    # A try that failed does not make it any younger.
    database.claim(NOON, NOON + MINUTE, 1)
    database.failed("now", "It is away.", NOON + 60 * MINUTE, NOON)
    assert database.figures(NOON + 20 * MINUTE).oldest == 20 * 60
    database.claim(NOON + 60 * MINUTE, NOON + 61 * MINUTE, 1, stream="direct/console:now")
    database.done("now", "1", NOON)
    assert database.figures(NOON + 60 * MINUTE).oldest == 10 * 60


def test_what_was_put_off_until_people_work_is_not_late_in_the_night(database: Database) -> None:
    write(database, direct("nudge"))
    database.claim(NOON, NOON + MINUTE, 1)
    database.postpone("nudge", NOON + 60 * MINUTE)
    assert database.figures(NOON + 59 * MINUTE).oldest == 0
    assert database.figures(NOON + 61 * MINUTE).oldest == 61 * 60


def test_timers_that_should_have_been_looked_at_are_counted(database: Database) -> None:
    with database.transaction() as tx:
        timers = [Timer(f"t/{n}", "nudge", NOON + n * MINUTE, "E-4KX-7PW") for n in range(3)]
        tx.set_timers("E-4KX-7PW", timers)
        tx.fired(["t/0"], NOON)
    assert database.figures(NOON + 2 * MINUTE).timers_overdue == 0
    assert database.figures(NOON + 6 * MINUTE).timers_overdue == 1
    assert database.figures(NOON + 60 * MINUTE).timers_overdue == 2


def test_open_escalations_come_with_what_their_dates_follow_from_and_nothing_else_is_unsealed(
    database: Database,
) -> None:
    dated = {"clocks_met": {"reply": "2026-03-24"}, "notices": {"stage-1": "2026-03-23"}}
    with database.transaction() as tx:
        tx.add_escalation(replace(ESCALATION, fields={**ESCALATION.fields, **dated}))
        for status in Status:
            tx.add_escalation(replace(ESCALATION, reference=f"E-5KX-{status}", status=status))
    found = {each.reference: each for each in database.figures(NOON).open}
    assert sorted(found) == ["E-4KX-7PW", "E-5KX-open"]
    assert (found["E-4KX-7PW"].fields, found["E-5KX-open"].fields) == (dated, {})
    assert found["E-4KX-7PW"].course == replace(ESCALATION, fields=dated).course
