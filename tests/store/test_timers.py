"""Timers stand armed until they have fired or are not wanted any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.errors import SchemaMismatch
from bot.store import Database
from bot.timers import Timer
from tests.store.conftest import Place
from tests.store.examples import ESCALATION, NOON

HOUR = timedelta(hours=1)
LIMIT = Timer("nudge/E-4KX-7PW/limit/stage-1", "nudge", NOON + HOUR, "E-4KX-7PW", "limit/stage-1")
WORDS = Timer("nudge/E-4KX-7PW/words/", "nudge", NOON, "E-4KX-7PW", "words/")
DIGEST = Timer("digest/herefordshire", "digest", NOON, "digest", "herefordshire", "monday 09:00", "Europe/London")


def test_exactly_the_timers_that_are_wanted_are_armed_for_each_owner(database: Database) -> None:
    with database.transaction() as tx:
        tx.set_timers("E-4KX-7PW", [LIMIT, WORDS])
        tx.set_timers("digest", [DIGEST])
    with database.transaction() as tx:
        assert tx.timers("E-4KX-7PW") == [WORDS, LIMIT]
        tx.set_timers("E-4KX-7PW", [replace(LIMIT, due=NOON + 2 * HOUR)])
    with database.transaction() as tx:
        assert tx.timers("E-4KX-7PW") == [replace(LIMIT, due=NOON + 2 * HOUR)]
        assert tx.timers("digest") == [DIGEST]
        tx.set_timers("E-4KX-7PW", [WORDS])
        assert tx.timers("E-4KX-7PW") == [WORDS], "a cancelled one is armed again"


def test_a_timer_is_due_from_its_moment_until_it_has_fired(database: Database) -> None:
    with database.transaction() as tx:
        tx.set_timers("E-4KX-7PW", [LIMIT, WORDS])
    assert not database.timers_due(NOON - timedelta(microseconds=1))
    assert database.timers_due(NOON)
    with database.transaction() as tx:
        assert tx.due_timers(NOON, 5) == [WORDS]
        assert tx.due_timers(NOON + HOUR, 1) == [WORDS], "the oldest first"
        tx.fired([WORDS.key], NOON)
        assert tx.due_timers(NOON + HOUR, 5) == [LIMIT]
        assert tx.timers("E-4KX-7PW") == [LIMIT]


def test_what_was_put_off_is_not_looked_at_before_and_keeps_its_moment(database: Database) -> None:
    with database.transaction() as tx:
        tx.set_timers("E-4KX-7PW", [LIMIT, WORDS])
        tx.put_off([WORDS.key], NOON + 2 * HOUR)
        tx.set_timers("E-4KX-7PW", [LIMIT, WORDS])
        assert tx.timers("E-4KX-7PW") == [WORDS, LIMIT]
        assert tx.due_timers(NOON + HOUR, 5) == [LIMIT]
    assert not database.timers_due(NOON)
    assert database.timers_due(NOON + HOUR)
    with database.transaction() as tx:
        assert tx.due_timers(NOON + 2 * HOUR, 5) == [LIMIT, WORDS]
        tx.set_timers("E-4KX-7PW", [replace(WORDS, due=NOON + HOUR / 2)])
        assert tx.due_timers(NOON + HOUR, 5) == [replace(WORDS, due=NOON + HOUR / 2)], "another moment is not put off"


def test_what_a_wrong_clock_put_off_for_long_is_looked_at_when_it_is_due(database: Database) -> None:
    with database.transaction() as tx:
        tx.set_timers("E-4KX-7PW", [LIMIT, WORDS, replace(DIGEST, due=NOON + 9000 * HOUR, owner="E-4KX-7PW")])
        tx.put_off([WORDS.key, LIMIT.key], NOON + 9000 * HOUR)
        tx.put_off_at_most(NOON + 9000 * HOUR)
        assert tx.due_timers(NOON + HOUR, 5) == []
        tx.put_off_at_most(NOON + 48 * HOUR)
        assert tx.due_timers(NOON, 5) == [WORDS]
        assert tx.due_timers(NOON + 8999 * HOUR, 5) == [WORDS, LIMIT]


def test_a_snooze_is_a_persons_own_and_the_last_one_counts(database: Database) -> None:
    with database.transaction() as tx:
        tx.snooze("E-4KX-7PW", "console:asha", NOON)
        tx.snooze("E-4KX-7PW", "console:asha", NOON + HOUR)
        tx.snooze("E-4KX-7PW", "console:ben", NOON)
        assert tx.snoozes("E-4KX-7PW") == {"console:asha": NOON + HOUR, "console:ben": NOON}
        assert tx.snoozes("E-2AA-2AA") == {}


def test_a_replica_whose_tables_were_changed_meanwhile_writes_nothing_more(database: Database, place: Place) -> None:
    with place.outside() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaMismatch, match="were changed to 9999"), database.transaction() as tx:
        tx.add_escalation(ESCALATION)
    with pytest.raises(SchemaMismatch, match="were changed to 9999"):
        database.claim(NOON, NOON, 1)
    with place.outside() as connection:
        assert connection.execute(text("SELECT count(*) FROM escalations")).scalar() == 0
