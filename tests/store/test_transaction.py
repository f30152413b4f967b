"""A transaction is saved whole or not at all, and two never undo each other."""

from __future__ import annotations

import os
import socket
import threading
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from bot.errors import Conflict, StoreError
from bot.escalation import Entry
from bot.ports import Answered, Delivery, Person
from bot.store import Database, engines, open_database
from tests.databases import PostgreSQL
from tests.store.conftest import Place
from tests.store.examples import APPROVAL, CONVERSATION, ESCALATION, NOON


def test_an_escalation_that_somebody_else_changed_is_not_overwritten(database: Database) -> None:
    with database.transaction() as tx:
        tx.add_escalation(ESCALATION)
        tx.save_escalation(replace(ESCALATION, stage="stage-2"))
    with pytest.raises(Conflict, match="E-4KX-7PW was changed"), database.transaction() as tx:
        tx.save_escalation(replace(ESCALATION, stage="stage-3"))
    with database.transaction() as tx:
        kept = tx.escalation("E-4KX-7PW")
        assert kept is not None
        assert kept.stage == "stage-2"


def test_a_reference_is_given_once(database: Database) -> None:
    with database.transaction() as tx:
        tx.add_escalation(ESCALATION)
    with pytest.raises(Conflict, match="already"), database.transaction() as tx:
        tx.add_escalation(ESCALATION)


def test_an_event_heard_again_is_answered_with_the_same_keys(database: Database) -> None:
    with database.transaction() as tx:
        assert tx.answered("ev-1") is None
        tx.remember("ev-1", "console:asha", Answered(("d-1", "d-2")))
    with database.transaction() as tx:
        assert tx.answered("ev-1") == Answered(("d-1", "d-2"), again=True)


def test_the_same_event_heard_at_the_same_time_is_a_conflict_for_one(database: Database) -> None:
    first_is_inside, results = threading.Event(), []

    def second() -> None:
        first_is_inside.wait()
        try:
            with database.transaction() as tx:
                tx.remember("ev-1", "console:asha", Answered(("second",)))
        except Conflict as conflict:
            results.append(conflict)

    thread = threading.Thread(target=second)
    thread.start()
    with database.transaction() as tx:
        first_is_inside.set()
        tx.remember("ev-1", "console:asha", Answered(("first",)))
    thread.join()
    assert len(results) == 1
    with database.transaction() as tx:
        assert tx.answered("ev-1") == Answered(("first",), again=True)


def test_a_transaction_left_by_an_error_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):  # noqa: PT012, SIM117 - the error must come after the rest
        with database.transaction() as tx:
            tx.remember("ev-1", "console:asha", Answered(("d-1",)))
            tx.keep_conversation(CONVERSATION)
            tx.keep_person(Person("console:asha", "Asha", "", "", ""))
            tx.add_escalation(ESCALATION)
            tx.keep_approval(APPROVAL)
            tx.add_history([Entry("E-4KX-7PW", "opened", "console:asha", NOON)])
            tx.add_deliveries([Delivery("d-1", "letter", "E-4KX-7PW/form/1", reference="E-4KX-7PW")])
            raise ZeroDivisionError
    with database.transaction() as tx:
        assert tx.answered("ev-1") is None
        assert tx.conversation("console:asha") is None
        assert tx.people() == []
        assert tx.escalations() == []
        assert tx.approvals("E-4KX-7PW") == []
        assert tx.history("E-4KX-7PW") == []
        assert tx.delivery("d-1") is None


def test_writers_in_two_threads_and_two_programs_lose_nothing(database: Database, place: Place) -> None:
    other = place.open()
    with database.transaction() as tx:
        tx.add_escalation(replace(ESCALATION, fields={"total": 0}))

    def add_one(store: Database) -> None:
        for _ in range(10):
            with store.transaction() as tx:
                found = tx.escalation("E-4KX-7PW")
                assert found is not None
                tx.save_escalation(found.with_fields(total=found.fields["total"] + 1))
                tx.add_history([Entry("E-4KX-7PW", "counted", "bot", NOON)])

    threads = [threading.Thread(target=add_one, args=(store,)) for store in (database, database, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    with database.transaction() as tx:
        found = tx.escalation("E-4KX-7PW")
        assert found is not None
        assert (found.fields["total"], found.version) == (30, 31)
        assert [entry.sequence for entry in tx.history("E-4KX-7PW")] == list(range(1, 31))


def test_everything_is_there_after_a_restart(place: Place) -> None:
    database = place.open()
    database.migrate()
    with database.transaction() as tx:
        tx.add_escalation(ESCALATION)
        tx.keep_conversation(CONVERSATION)
    database.close()
    database = place.open()
    database.migrate()
    database.check_schema()
    with database.transaction() as tx:
        assert tx.escalation("E-4KX-7PW") == ESCALATION
        assert tx.conversation("console:asha") == CONVERSATION
    database.close()


def test_a_second_transaction_in_the_same_thread_is_refused_instead_of_waiting_for_ever(
    database: Database,
) -> None:
    with database.transaction(), pytest.raises(StoreError, match="in this thread already"):
        database.failed("d-1", "Away.", None, NOON)


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="Nothing like it on this system.")
def test_a_connection_that_is_cut_off_in_the_midst_of_a_question_is_noticed_too(postgresql: PostgreSQL) -> None:
    """While what was asked is still on its way, nothing but this asks whether anybody is there: it would be sent again
    and again for a quarter of an hour."""
    with postgresql.over_tcp() as address:
        engine = engines.make_engine(address, writes=False)
        with engine.connect() as connection:
            assert connection.connection.driver_connection is not None
            asked = socket.socket(fileno=os.dup(connection.connection.driver_connection.fileno()))
            with asked:
                patience = asked.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
        engine.dispose()
    assert 0 < patience <= 30_000


def test_when_one_connection_is_found_cut_off_the_others_are_not_tried(postgresql: PostgreSQL, tmp_path: Path) -> None:
    url = postgresql.make()
    database = open_database(url, tmp_path / "keyring.json")
    database.migrate()
    with ExitStack() as several:
        for _ in range(2):
            several.enter_context(database.look()).person("console:asha")
    cut = text("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = :name")
    with postgresql.admin.connect() as connection:
        assert len(connection.scalars(cut, {"name": make_url(url).database}).all()) > 1
    with pytest.raises(StoreError, match="cannot be reached"), database.look() as tx:
        tx.person("console:asha")
    for _ in range(3):
        with database.look() as tx:
            assert tx.person("console:asha") is None
    database.close()
    postgresql.drop(url)


def test_a_connection_that_was_cut_while_nobody_used_it_is_made_anew(
    postgresql: PostgreSQL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "FRESH", timedelta(0))  # so that nobody has to wait for a second
    url, asha = postgresql.make(), Person("console:asha", "Asha", "", "", "")
    database = open_database(url, tmp_path / "keyring.json")
    database.migrate()
    with database.transaction() as tx:
        tx.keep_person(asha)
    with database.look() as tx:
        assert tx.person(asha.id) == asha
    cut = text("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = :name")
    with postgresql.admin.connect() as connection:
        assert all(connection.scalars(cut, {"name": make_url(url).database}).all())
    with database.transaction() as tx:
        tx.keep_person(replace(asha, name="Asha Example"))
    with database.look() as tx:
        assert tx.person(asha.id) == replace(asha, name="Asha Example")
    database.close()
    postgresql.drop(url)
