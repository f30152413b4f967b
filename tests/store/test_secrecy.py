"""Somebody with the database and the logs, but without the keyring, reads nothing about a child."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest
from sqlalchemy import Table, select

from bot.errors import EscalationBotError, SealBroken
from bot.escalation import Entry
from bot.messages import Facts, Message, Words
from bot.ports import Delivery, Heard, Pressed, Typed
from bot.store import Database
from bot.store.tables import approvals, conversations, deliveries, fields, history, keys
from tests.store.conftest import Place
from tests.store.examples import APPROVAL, CONVERSATION, ESCALATION, NOON

SECRETS = {
    "field": "Wren Oakley-Marsh",
    "answer": "bruise on the left arm",
    "pending": "third of april twenty-eleven",
    "reason": "grandmother has taken her in",
    "details": "said so to the school nurse",
    "direct": "Does Wren still live there?",
    "thread": "Wren has moved to her aunt",
    "refused": "asked for Wren by name",
    "unheard": "Wren was seen in the street",
    "picked": "Wren, the younger one",
}


def fill(database: Database) -> None:
    with database.transaction() as tx:
        tx.add_escalation(ESCALATION.with_fields(child=SECRETS["field"]))
        tx.keep_conversation(
            replace(CONVERSATION, answers={"why": SECRETS["answer"]}, pending={"given": [SECRETS["pending"]]})
        )
        tx.keep_approval(replace(APPROVAL, reason=SECRETS["reason"]))
        tx.add_history(
            [
                Entry("E-4KX-7PW", "noted", "console:asha", NOON, {"words": SECRETS["details"]}),
                Entry("", "refused", "console:carl", NOON, {"words": SECRETS["refused"]}),
            ]
        )
        direct = Message("A question", (Words(SECRETS["direct"]),))
        thread = Message("News", (Facts((("Where", SECRETS["thread"]),)),))
        tx.add_deliveries(
            [
                Delivery("d-1", "direct", "console:asha", direct),
                Delivery("d-2", "thread", "escalations", thread, reference="E-4KX-7PW"),
            ]
        )


def keep_what_cannot_be_heard_yet(database: Database) -> None:
    with database.transaction() as tx:
        tx.keep_unheard(Heard("h-1", "slack:T1:U1", Typed(SECRETS["unheard"])))
        tx.keep_unheard(Heard("h-2", "slack:T1:U1", Pressed("go on", "", {"answer": SECRETS["picked"]})))


def test_neither_files_nor_logs_hold_what_identifies_a_child(
    database: Database, place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for library in ("sqlalchemy.engine", "sqlalchemy.pool", "alembic", "psycopg"):
        logging.getLogger(library).setLevel(logging.DEBUG)
    fill(database)
    keep_what_cannot_be_heard_yet(database)
    with database.transaction() as tx:
        tx.unheard()
        tx.escalations()
        tx.history("E-4KX-7PW")
    database.claim(NOON, NOON, 50)
    stored = place.every_byte()
    for library in ("sqlalchemy.engine", "sqlalchemy.pool", "alembic", "psycopg"):
        logging.getLogger(library).setLevel(logging.NOTSET)
    assert b"E-4KX-7PW" in stored, "the search itself must work"
    for secret in SECRETS.values():
        assert secret.encode() not in stored
        assert secret not in caplog.text


def test_what_the_bot_refuses_or_cannot_do_is_said_without_the_content(database: Database, place: Place) -> None:
    fill(database)
    with place.outside() as connection:
        connection.execute(fields.update().values(sealed=b"\1" + bytes(40)))
    with pytest.raises(EscalationBotError) as refusal, database.transaction() as tx:
        tx.escalation("E-4KX-7PW")
    assert "E-4KX-7PW" in str(refusal.value)
    with place.outside() as connection:
        connection.exec_driver_sql("DROP TABLE approvals")
    with pytest.raises(EscalationBotError) as refusal, database.transaction() as tx:
        tx.keep_approval(replace(APPROVAL, reason=SECRETS["reason"], answered_by="marked"))
    assert refusal.value.__cause__ is not None
    assert "marked" not in f"{refusal.value} {refusal.value.__cause__}"


def test_a_field_moved_to_another_name_does_not_open(database: Database, place: Place) -> None:
    with database.transaction() as tx:
        tx.add_escalation(replace(ESCALATION, fields={"one": "a", "two": "b"}))
    with place.outside() as connection:
        one = connection.scalars(fields.select().with_only_columns(fields.c.sealed)).first()
        connection.execute(fields.update().where(fields.c.name == "two").values(sealed=one))
        connection.execute(fields.delete().where(fields.c.name == "one"))
    with pytest.raises(SealBroken, match="'field/two' of escalation/E-4KX-7PW"), database.transaction() as tx:
        tx.escalation("E-4KX-7PW")


def move(place: Place, table: Table, column: str, here: str, there: str) -> None:
    """Overwrites one row's value by another's; rows are named by the table's first column."""
    with place.outside() as connection:
        one = connection.scalars(select(table.c[column]).where(table.c[0] == here)).one()
        connection.execute(table.update().where(table.c[0] == there).values({column: one}))


def test_a_field_moved_to_another_escalation_does_not_open_even_with_its_key(database: Database, place: Place) -> None:
    with database.transaction() as tx:
        tx.add_escalation(replace(ESCALATION, fields={"child": "Wren"}))
        tx.add_escalation(replace(ESCALATION, reference="E-2AA-3BB", fields={"child": "Robin"}))
    move(place, fields, "sealed", "E-4KX-7PW", "E-2AA-3BB")
    with pytest.raises(SealBroken, match="'field/child' of escalation/E-2AA-3BB"):  # noqa: SIM117
        with database.transaction() as tx:
            tx.escalation("E-2AA-3BB")
    move(place, keys, "sealed_key", "escalation/E-4KX-7PW", "escalation/E-2AA-3BB")
    with pytest.raises(SealBroken, match="'data key' of escalation/E-2AA-3BB"), database.transaction() as tx:
        tx.escalation("E-2AA-3BB")


def test_every_sealed_column_is_bound_to_its_place(database: Database, place: Place) -> None:
    fill(database)
    with database.transaction() as tx:
        tx.keep_approval(replace(APPROVAL, key="a-2", reason="other"))
        tx.add_history([Entry("E-4KX-7PW", "noted", "bot", NOON)])
        other = Message("Other", ())
        tx.add_deliveries([Delivery("d-3", "thread", "escalations", other, reference="E-4KX-7PW")])
    swaps = [
        (approvals, "sealed_reason", approvals.c.key == "a-1", approvals.c.key == "a-2"),
        (deliveries, "sealed_message", deliveries.c.key == "d-2", deliveries.c.key == "d-3"),
    ]
    with place.outside() as connection:
        for table, name, here, there in swaps:
            value = connection.scalars(table.select().with_only_columns(table.c[name]).where(here)).one()
            connection.execute(table.update().where(there).values({name: value}))
        answers = connection.scalars(conversations.select().with_only_columns(conversations.c.sealed_answers)).one()
        connection.execute(conversations.update().values(sealed_pending=answers))
        row = connection.execute(history.select().where(history.c.number == 1)).one()._asdict()
        connection.execute(history.insert(), row | {"number": 4, "sequence": 9})
    with database.transaction() as tx:
        with pytest.raises(SealBroken, match="approval/a-2"):
            tx.approval("a-2")
        with pytest.raises(SealBroken, match="delivery/d-3"):
            tx.delivery("d-3")
        with pytest.raises(SealBroken, match="'pending' of conversation/c-1"):
            tx.conversation("console:asha")
        with pytest.raises(SealBroken, match="history/9"):
            tx.history("E-4KX-7PW")


def test_without_its_key_an_escalation_is_erased(database: Database, place: Place) -> None:
    fill(database)
    with place.outside() as connection:
        connection.execute(keys.delete())
    with pytest.raises(SealBroken, match="its key was destroyed"), database.transaction() as tx:
        tx.escalation("E-4KX-7PW")
