"""What is kept comes back as it was, on both databases, or nothing of it is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import StoreError
from bot.escalation import Entry, Status
from bot.messages import Message, Words
from bot.ports import Answered, Command, Delivery, Heard, Person, Pressed, Store, Typed
from bot.store import Database
from tests.store.conftest import Place
from tests.store.examples import APPROVAL, CONVERSATION, ESCALATION, NOON

numbers = count()

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=50)
    | st.sampled_from(["👩‍👧 🏴󠁧󠁢󠁷󠁬󠁳󠁿", "half \ud83d a pair", "nul \0 inside", "é e\u0301", "x" * 30_000]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)


def test_the_database_is_a_store(database: Database) -> None:
    store: Store = database  # checked by mypy
    assert store.claim(NOON, NOON, 1) == []


def test_an_escalation_comes_back_as_it_was(database: Database) -> None:
    with database.transaction() as tx:
        tx.add_escalation(ESCALATION)
    with database.transaction() as tx:
        assert tx.escalation("E-4KX-7PW") == ESCALATION
        assert tx.escalation("E-2AA-2AA") is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fields=st.dictionaries(st.text(st.characters(codec="utf-8", exclude_characters="\0")), json_values))
def test_fields_hold_any_json(database: Database, fields: dict[str, Any]) -> None:
    reference = f"E-{next(numbers)}"
    with database.transaction() as tx:
        tx.add_escalation(replace(ESCALATION, reference=reference, fields=fields))
    with database.transaction() as tx:
        kept = tx.escalation(reference)
    assert kept is not None
    assert kept.fields == fields


def test_saving_writes_what_changed_and_forgets_what_is_gone(database: Database) -> None:
    with database.transaction() as tx:
        tx.add_escalation(replace(ESCALATION, fields={"gone": 1, "same": 2, "other": True}))
        tx.save_escalation(replace(ESCALATION, status=Status.RESOLVED, fields={"same": 2, "other": 1, "new": [3]}))
    with database.transaction() as tx:
        kept = tx.escalation("E-4KX-7PW")
    assert kept == replace(ESCALATION, status=Status.RESOLVED, version=2, fields={"same": 2, "other": 1, "new": [3]})
    assert kept is not None
    assert kept.fields["other"] is not True


def test_escalations_are_listed_oldest_first_and_closed_ones_can_be_left_out(database: Database) -> None:
    with database.transaction() as tx:
        tx.add_escalation(replace(ESCALATION, reference="E-3", opened=NOON + timedelta(days=2)))
        tx.add_escalation(replace(ESCALATION, reference="E-1"))
        tx.add_escalation(replace(ESCALATION, reference="E-2", opened=NOON + timedelta(days=1), status=Status.CLOSED))
        tx.add_escalation(replace(ESCALATION, reference="E-4", opened=NOON + timedelta(days=3), status=Status.RESOLVED))
    with database.transaction() as tx:
        assert [one.reference for one in tx.escalations()] == ["E-1", "E-2", "E-3", "E-4"]
        assert [one.reference for one in tx.escalations(open_only=True)] == ["E-1", "E-3", "E-4"]
        assert all(one.fields == ESCALATION.fields for one in tx.escalations())


def test_a_conversation_comes_back_as_it_was_and_can_be_changed(database: Database) -> None:
    with database.transaction() as tx:
        tx.keep_conversation(CONVERSATION)
        assert tx.conversation("console:asha") == CONVERSATION
        assert tx.conversation("console:ben") is None
        later = replace(CONVERSATION, turn=4, answers={"in_danger": True}, pending={}, started=None)
        tx.keep_conversation(later)
    with database.transaction() as tx:
        assert tx.conversation("console:asha") == later


def test_drafts_are_listed_oldest_first_and_are_not_the_present_conversation(database: Database) -> None:
    with database.transaction() as tx:
        for name in ("first", "second"):
            tx.keep_conversation(replace(CONVERSATION, id=name))
            tx.keep_conversation(replace(CONVERSATION, id=name, saved=True))
        assert tx.conversation("console:asha") is None
        assert [draft.id for draft in tx.drafts("console:asha")] == ["first", "second"]
        tx.drop_conversation("first")
        assert [draft.id for draft in tx.drafts("console:asha")] == ["second"]


def test_an_ended_conversation_takes_its_key_with_it(database: Database, place: Place) -> None:
    with database.transaction() as tx:
        tx.keep_conversation(CONVERSATION)
    with database.transaction() as tx:
        tx.drop_conversation("c-1")
        assert tx.conversation("console:asha") is None
    with place.outside() as connection:
        assert connection.exec_driver_sql("SELECT owner FROM keys").all() == []


def test_approvals_come_back_in_the_order_of_asking_with_their_answers(database: Database) -> None:
    with database.transaction() as tx:
        tx.keep_approval(APPROVAL)
        tx.keep_approval(replace(APPROVAL, key="a-0", kind="attestation", form="form", field_id="signed"))
        answered = replace(APPROVAL, answer="declined", answered_by="console:ben", reason="Wren is safe.")
        tx.keep_approval(answered)
    with database.transaction() as tx:
        assert tx.approval("a-1") == answered
        assert tx.approval("a-9") is None
        assert [one.key for one in tx.approvals("E-4KX-7PW")] == ["a-1", "a-0"]


def test_people_are_listed_by_name_and_can_be_changed(database: Database) -> None:
    asha = Person("console:asha", "asha Rao", "Health visitor", "Health", "asha@example.org")
    ben = Person("console:ben", "Ben Ode", "Manager", "Health", "ben@example.org", deputy="console:asha")
    with database.transaction() as tx:
        tx.keep_person(ben)
        tx.keep_person(asha)
        assert tx.people() == [asha, ben]
        tx.keep_person(replace(ben, role="Head of service"))
    with database.transaction() as tx:
        assert tx.person("console:ben") == replace(ben, role="Head of service")
        assert tx.person("console:carl") is None


def test_whoever_has_left_is_known_and_cannot_be_picked(database: Database) -> None:
    ben = Person("console:ben", "Ben Ode", "Manager", "Health", "ben@example.org", left=True)
    with database.transaction() as tx:
        tx.keep_person(ben)
        assert tx.person("console:ben") == ben
        assert tx.people() == []


def test_what_cannot_be_heard_yet_is_kept_once_in_order_and_erased_with_its_key(
    database: Database, place: Place
) -> None:
    came = [
        Heard("e-1", "console:new", Command("escalate", "new")),
        Heard("e-2", "console:new", Typed("Wren Oakley"), "E-4KX-7PW"),
        Heard("e-3", "console:new", Pressed("answer", "", {"person": "console:x", "ticks": ["a", "b"]}, "c-1/3")),
    ]
    with database.transaction() as tx:
        for heard in (*came, came[0]):
            tx.keep_unheard(heard)
    with database.look() as looking:
        assert looking.unheard() == came
    with database.transaction() as tx:
        for heard in came:
            tx.drop_unheard(heard.event)
        assert tx.unheard() == []
    with place.outside() as connection:
        assert connection.exec_driver_sql("SELECT owner FROM keys").all() == []


def test_the_escalation_of_a_thread_is_found_by_any_message_in_it(database: Database) -> None:
    said = Message("A line", (Words("A line"),))
    with database.transaction() as tx:
        tx.add_deliveries([
            Delivery("root", "thread", "channel", said, reference="E-4KX-7PW"),
            Delivery("reply", "thread", "channel", said, "root", "E-4KX-7PW"),
            Delivery("digest", "thread", "channel", said),
            Delivery("private", "direct", "console:asha", said, reference="E-4KX-7PW"),
        ])  # fmt: skip
    for key in ("root", "reply", "digest", "private"):
        database.done(key, f"C1/{key}", NOON)
    with database.look() as tx:
        found = {key: tx.reference_of(f"C1/{key}") for key in ("root", "reply", "digest", "private", "nothing")}
        assert tx.reference_of("") == ""
    assert found == {"root": "E-4KX-7PW", "reply": "E-4KX-7PW", "digest": "", "private": "", "nothing": ""}


def test_moments_come_back_in_utc(database: Database) -> None:
    summer = timezone(timedelta(hours=1))
    with database.transaction() as tx:
        tx.add_escalation(replace(ESCALATION, opened=datetime(2026, 7, 1, 0, 30, tzinfo=summer)))
        found = tx.escalation("E-4KX-7PW")
    assert found is not None
    assert found.opened.isoformat() == "2026-06-30T23:30:00+00:00"


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    naive = NOON.replace(tzinfo=None)
    with pytest.raises(StoreError, match="has no time zone"), database.transaction() as tx:
        tx.add_escalation(replace(ESCALATION, opened=naive))
    with pytest.raises(StoreError, match="has no time zone"), database.transaction() as tx:
        tx.add_history([Entry("E-4KX-7PW", "opened", "bot", naive)])
    with pytest.raises(StoreError, match="has no time zone"):
        database.claim(naive, naive, 1)


def test_what_is_not_json_is_refused_without_being_quoted(database: Database) -> None:
    for unfit in (date(2011, 4, 3), float("nan"), {"Wren Oakley"}):
        with pytest.raises(StoreError, match=r"'field/child.dob' of escalation/E-4KX-7PW") as refusal:  # noqa: SIM117
            with database.transaction() as tx:
                tx.add_escalation(ESCALATION.with_fields(**{"child.dob": unfit}))
        assert "Wren" not in str(refusal.value)
        assert "2011" not in str(refusal.value)


def test_when_somebody_was_last_heard_is_written_down_once_a_minute_at_most(database: Database) -> None:
    moment = NOON
    database.clock = lambda: moment

    def heard_after(event: str, seconds: int) -> datetime | None:
        nonlocal moment
        moment = NOON + timedelta(seconds=seconds)
        with database.transaction() as tx:
            tx.remember(event, "console:asha", Answered(()))
        return database.last_heard()

    assert database.last_heard() is None
    assert heard_after("one", 0) == NOON
    assert heard_after("two", 59) == NOON
    assert heard_after("three", 60) == NOON + timedelta(minutes=1)
    assert heard_after("four", -3600) == NOON - timedelta(hours=1)  # the clock was put right
