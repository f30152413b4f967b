"""Under which ids somebody is known is kept, and under which of them they spoke last, on both databases."""

from __future__ import annotations

from dataclasses import replace

from bot.accounts import addresses, gains, reachable
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


def test_somebody_is_told_under_an_id_of_a_platform_that_is_served(database: Database) -> None:
    linked(database)
    slack, teams = IN_SLACK.id, IN_TEAMS.id
    with database.transaction() as tx:
        tx.speaks(teams)
        for served, expected in (
            ("", [teams, slack]), (("slack:T1:", "teams:t:"), [teams, slack]), ("slack:T1:", [slack]),
            ("teams:t:", [teams]), ("slack:T2:", [slack]),
        ):  # fmt: skip
            assert addresses(tx, slack, served) == expected
        assert addresses(tx, teams, "slack:T1:") == [slack], "They may be named by another id than that of their entry."
        tx.speaks(slack)
        assert addresses(tx, slack, "") == [slack, teams]
        assert addresses(tx, teams, "") == [teams, slack], "Another id of theirs is meant."
        assert addresses(tx, "slack:T1:U9", "teams:t:") == ["slack:T1:U9"]
        tx.keep_account(replace(IN_SLACK, gone=True))
        assert addresses(tx, slack, ("slack:T1:", "teams:t:")) == [teams]


def test_whoever_is_there_can_be_reached_on_a_platform_that_is_served(database: Database) -> None:
    linked(database)
    spare = replace(ASHA, id="slack:T0:U1", name="Asha A.")
    with database.transaction() as tx:
        tx.keep_person(spare)
        tx.keep_person(replace(ASHA, id="slack:T1:U2", left=True))
        assert reachable(tx, "") == [spare, ASHA]
        assert reachable(tx, "slack:T1:") == reachable(tx, "teams:t:") == [ASHA]
        tx.keep_account(replace(IN_SLACK, gone=True))
        assert reachable(tx, "slack:T1:") == []
        assert reachable(tx, "teams:t:") == [ASHA]


def test_whoever_has_left_or_is_a_guest_gains_by_what_says_otherwise(database: Database) -> None:
    linked(database)
    teams = replace(ASHA, id=IN_TEAMS.id)
    with database.transaction() as tx:
        assert not gains(tx, replace(ASHA, name="Asha Married"))
        assert not gains(tx, replace(ASHA, id="slack:T1:U9"))
        tx.keep_account(replace(IN_TEAMS, gone=True))
        assert (gains(tx, teams), gains(tx, ASHA), gains(tx, replace(teams, left=True))) == (True, False, False)
        tx.keep_person(replace(ASHA, left=True))
        assert gains(tx, ASHA)
        tx.keep_person(replace(ASHA, guest=True))
        assert (gains(tx, ASHA), gains(tx, replace(ASHA, guest=True))) == (True, False)


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
