"""Under which ids somebody is known is kept, and under which of them they spoke last, on both databases."""

from __future__ import annotations

from dataclasses import replace

from bot.escalation import Entry
from bot.ports import Account, Person
from bot.store import Database, verify
from tests.store.examples import NOON

ASHA = Person("slack:T1:U1", "Asha Example", "", "", "asha@example.org")
IN_SLACK = Account(ASHA.id, ASHA.id, ASHA.email, NOON)
IN_TEAMS = replace(IN_SLACK, id="teams:t:asha")


def linked(database: Database) -> None:
    with database.transaction() as tx:
        tx.keep_person(ASHA)
        tx.keep_account(IN_SLACK)
        tx.keep_account(IN_TEAMS)


def test_somebody_is_known_by_each_of_their_ids_but_for_one_that_was_taken_away(database: Database) -> None:
    with database.transaction() as tx:
        assert tx.speaker(ASHA.id) is None
        tx.keep_person(ASHA)
        assert tx.speaker(ASHA.id) == ASHA
        assert tx.accounts(ASHA.id) == tx.accounts() == []
    linked(database)
    with database.transaction() as tx:
        assert tx.speaker(IN_SLACK.id) == tx.speaker(IN_TEAMS.id) == ASHA
        assert tx.accounts(ASHA.id) == tx.accounts() == [IN_SLACK, IN_TEAMS]
        assert tx.account(IN_TEAMS.id) == IN_TEAMS
        tx.keep_account(replace(IN_TEAMS, gone=True))
        assert tx.speaker(IN_TEAMS.id) is None
        assert tx.speaker(IN_SLACK.id) == ASHA
        tx.drop_account(IN_TEAMS.id)
        assert tx.account(IN_TEAMS.id) is None
        assert tx.person(ASHA.id) == ASHA


def test_somebody_is_told_where_they_spoke_last_and_is_still_there(database: Database) -> None:
    linked(database)
    with database.transaction() as tx:
        assert tx.address("slack:T1:U9") == "slack:T1:U9"
        assert tx.address(ASHA.id) == IN_SLACK.id
        tx.speaks(IN_TEAMS.id)
        assert tx.address(ASHA.id) == IN_TEAMS.id
    with database.transaction() as tx:
        tx.keep_account(IN_TEAMS)  # kept again, it is still the last
        assert tx.address(ASHA.id) == IN_TEAMS.id
        tx.speaks(IN_SLACK.id)
        assert tx.address(ASHA.id) == IN_SLACK.id
        tx.keep_account(replace(IN_SLACK, gone=True))
        assert tx.address(ASHA.id) == IN_TEAMS.id
        tx.keep_account(replace(IN_TEAMS, gone=True))
        assert tx.address(ASHA.id) == ASHA.id


def test_what_is_done_under_another_id_than_the_first_is_noted_with_it_and_the_history_stays_whole(
    database: Database,
) -> None:
    linked(database)
    for account in (IN_SLACK.id, IN_TEAMS.id):
        with database.transaction() as tx:
            tx.speaks(account)
            tx.add_history(
                [Entry("E-4KX-7PW", "moved", by, NOON, {"stage": "two"}) for by in (ASHA.id, "bot", "slack:T1:U9")]
            )
    with database.look() as tx:
        noted = [(entry.by, dict(entry.details)) for entry in tx.history("E-4KX-7PW")]
    plain = {"stage": "two"}
    assert noted == [
        (ASHA.id, plain), ("bot", plain), ("slack:T1:U9", plain),
        (ASHA.id, {"stage": "two", "account": IN_TEAMS.id}), ("bot", plain), ("slack:T1:U9", plain),
    ]  # fmt: skip
    assert verify(database) == []
