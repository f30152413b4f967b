"""What a platform tells once is kept: where the bot is reached, and where things stand that it has said."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.ports import Reference
from bot.store import Database
from tests.store.examples import NOON

ASHA = Reference(
    "teams:t:asha", "a:1", "https://connector.example/emea/", "t", "28:bot", NOON, account="29:1", version="1.0.0"
)
CHANNEL = replace(ASHA, place="19:abc@thread.tacv2", conversation="19:abc@thread.tacv2", team="19:first@thread.tacv2")


def test_how_a_place_is_reached_is_known_as_it_was_told_last_and_not_when_the_bot_was_shown_out(
    database: Database,
) -> None:
    later = replace(
        ASHA, conversation="a:2", service_url="https://connector.example/uk/", since=NOON + timedelta(days=1)
    )
    with database.transaction() as tx:
        assert tx.reference_at(ASHA.place) is None
        tx.keep_reference(ASHA)
        tx.keep_reference(CHANNEL)
        tx.keep_reference(later)
    with database.look() as tx:
        assert tx.reference_at(ASHA.place) == later
        assert tx.reference_with("a:2") == later
        assert tx.reference_with("a:1") is None
        assert tx.newest_reference() == later
    with database.transaction() as tx:
        tx.drop_reference(ASHA.place)
    with database.look() as tx:
        assert tx.reference_at(ASHA.place) is None
        assert tx.reference_at(CHANNEL.place) == CHANNEL


def test_places_of_one_kind_are_listed_by_how_their_names_begin(database: Database) -> None:
    names = ["19:b@thread.tacv2", "19:a@thread.tacv2", "teams:t:asha", "1%"]
    with database.transaction() as tx:
        for name in names:
            tx.keep_reference(replace(ASHA, place=name))
        assert [each.place for each in tx.references_to("19:")] == sorted(names[:2])
        assert [each.place for each in tx.references_to("1%")] == ["1%"]


def test_where_something_was_said_is_known_until_it_is_forgotten(database: Database) -> None:
    with database.transaction() as tx:
        assert tx.said_at("part/d-1/1") == ""
        tx.keep_said_at("part/d-1/1", "a:1/100")
        tx.keep_said_at("part/d-1/1", "a:1/200")
    with database.transaction() as tx:
        assert tx.said_at("part/d-1/1") == "a:1/200"
        tx.keep_said_at("part/d-1/1", "")
        assert tx.said_at("part/d-1/1") == ""
