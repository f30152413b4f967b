"""Carrying out: in order, one trouble at a time, again until it is given up and told, and never twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import structlog

from bot.delivery import WAITS
from bot.errors import Away, Refused, Shut
from bot.messages import words_of
from bot.store.tables import deliveries
from tests.posting import ASHA, CHANNEL, GRACE, IRIS, Post, busy, posting


@pytest.fixture(params=["sqlite", "postgresql"])
def post(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Post]:
    there = request.param == "postgresql"
    with posting("raised", tmp_path, request.getfixturevalue("postgresql") if there else None) as post:
        yield post


# ── order ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_due_is_carried_out_in_the_order_in_which_it_was_written(post: Post) -> None:
    post.put(post.root("r"), post.reply("r1", "r"), post.tell("t"), post.edit("e", "r"), post.reply("r2", "r"))
    assert post.carry() == 5
    assert [key for key in post.trouble.done if key != "t"] == ["r", "r1", "e", "r2"]
    assert "t" in post.trouble.done
    assert post.chat.roots == {"r": "", "r1": "id of r", "r2": "id of r"}
    assert post.carry() == 0


def test_more_than_one_batch_is_carried_out_at_once(post: Post) -> None:
    post.put(*(post.tell(f"t{number}") for number in range(120)))
    assert post.carry() == 120
    assert post.trouble.done == [f"t{number}" for number in range(120)]


def test_replies_and_edits_wait_for_the_first_message_of_their_thread(post: Post) -> None:
    post.fail("r", busy(), busy())
    post.put(post.root("r"), post.reply("r1", "r"), post.edit("e", "r"))
    post.carry()
    assert post.trouble.done == []
    for _ in range(4):
        post.carry(timedelta(hours=1))
    assert post.trouble.done[0] == "r"
    assert sorted(post.trouble.done) == ["e", "r", "r1"]
    assert post.chat.roots["r1"] == "id of r"
    assert post.shows("r") == "e"


def test_replies_of_a_thread_never_overtake_each_other(post: Post) -> None:
    post.fail("r1", busy())
    post.put(post.root("r"), post.reply("r1", "r"), post.reply("r2", "r"))
    for _ in range(4):
        post.carry(timedelta(hours=1))
    assert post.trouble.done == ["r", "r1", "r2"]


def test_an_older_change_of_a_message_never_overwrites_a_newer_one(post: Post) -> None:
    post.put(post.root("r"))
    post.carry()
    post.fail("older", busy())
    post.put(post.edit("older", "r"), post.edit("newer", "r"))
    for _ in range(4):
        post.carry(timedelta(hours=1))
    assert post.shows("r") == "newer"


def test_an_edit_is_carried_out_only_after_what_it_changes(post: Post) -> None:
    post.fail("t", busy())
    post.put(post.tell("t"), post.edit("e", "t"))
    post.carry()
    assert post.trouble.tried == ["t"]
    for _ in range(3):
        post.carry(timedelta(hours=1))
    assert post.trouble.done == ["t", "e"]
    assert post.shows("t") == "e"


def test_replies_are_not_given_up_while_their_thread_has_been_told_to_wait(post: Post) -> None:
    post.fail("r", busy(timedelta(hours=10)))
    post.put(post.root("r"), post.reply("r1", "r"), post.edit("e", "r"))
    for _ in range(20):
        post.carry(timedelta(hours=1))
    assert post.given_up() == {}
    assert sorted(post.trouble.done) == ["e", "r", "r1"]


def test_when_a_thread_is_given_up_its_replies_are_not_waited_for_for_ever(post: Post) -> None:
    post.fail("r", Refused("There is no such channel."))
    post.put(post.root("r"), post.reply("r1", "r"))
    for _ in range(20):
        post.carry(timedelta(hours=1))
    assert set(post.given_up()) == {"r", "r1"}
    assert "could not be posted" in post.world.sees(ASHA)
    assert post.given_up()["r1"] == "It belongs to a message that could not be said: There is no such channel."
    # Once is enough for the raiser, who was told about the thread.
    assert sum("could not be posted" in words_of(each.message) for each in post.chat.at(ASHA)) == 1


def test_a_change_of_what_was_given_up_is_given_up_too(post: Post) -> None:
    post.fail("t", Refused("This person has left."))
    post.put(post.tell("t"), post.edit("e", "t"))
    post.carry()
    post.carry(timedelta(hours=1))
    assert set(post.given_up()) == {"t", "e"}
    assert post.carry(timedelta(days=3)) == 0


def test_waiting_for_another_message_counts_as_no_attempt(post: Post) -> None:
    post.fail("r", *(busy() for _ in WAITS))
    post.put(post.root("r"), post.reply("r1", "r"), post.edit("e", "r"))
    for wait in (timedelta(0), *WAITS[:-1]):
        post.carry(wait)
        with post.world.parts.database.transaction() as tx:
            assert [due.attempts for key in ("r1", "e") if (due := tx.delivery(key))] == [0, 0]
    post.carry(WAITS[-1])
    assert sorted(post.trouble.done) == ["e", "r", "r1"]


def test_a_reply_that_was_given_up_does_not_hold_the_next_one_back(post: Post) -> None:
    post.fail("r1", Refused("This message is too long."))
    post.put(post.root("r"), post.reply("r1", "r"), post.reply("r2", "r"))
    post.carry()
    post.carry(timedelta(hours=1))
    assert set(post.given_up()) == {"r1"}
    assert post.said() == ["r", "r2"]


def test_replies_that_wait_hold_up_no_other_thread_and_nobody_s_private_messages(post: Post) -> None:
    post.fail("a1", busy())
    post.put(
        post.root("a"), post.root("b"), post.reply("a1", "a"), post.reply("a2", "a"), post.reply("b1", "b"),
        post.tell("t"), post.edit("e", "a"),
    )  # fmt: skip
    post.carry()
    assert sorted(post.trouble.done) == ["a", "b", "b1", "t"]


def test_nothing_is_carried_out_before_its_time(post: Post) -> None:
    post.put(post.tell("tomorrow", not_before=post.world.moment + timedelta(days=1)), post.tell("now"))
    post.carry()
    assert post.trouble.done == ["now"]
    post.carry(timedelta(days=1, seconds=-1))
    assert post.trouble.done == ["now"]
    post.carry(timedelta(seconds=1))
    assert post.trouble.done == ["now", "tomorrow"]


# ── trouble ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "fault", [busy(), Refused("There is no such channel."), ValueError("boom"), KeyError("x"), OSError("net")]
)
def test_one_failing_destination_does_not_stop_the_others(post: Post, fault: Exception) -> None:
    post.fail("broken", fault)
    post.put(post.tell("first"), post.root("broken", "no-such-channel"), post.tell("second"), post.root("r"))
    post.carry()
    assert sorted(post.said()) == ["first", "r", "second"]


def test_a_remote_that_says_how_long_to_wait_is_not_asked_before(post: Post) -> None:
    post.fail("t", busy(timedelta(minutes=7)))
    post.put(post.tell("t"))
    post.carry()
    post.carry(timedelta(minutes=7, seconds=-1))
    assert post.trouble.tried == ["t"]
    post.carry(timedelta(seconds=1))
    assert post.trouble.done == ["t"]


def test_it_is_tried_again_after_each_wait_and_then_given_up_with_a_sentence_to_the_raiser(post: Post) -> None:
    post.fail("t", *(busy() for _ in range(50)))
    post.put(post.tell("t", GRACE))
    post.carry()
    for attempt, wait in enumerate(WAITS, 1):
        assert post.trouble.tried.count("t") == attempt
        assert post.given_up() == {}
        post.carry(wait - timedelta(seconds=1))
        assert post.trouble.tried.count("t") == attempt
        post.carry(timedelta(seconds=1))
    assert post.trouble.tried.count("t") == len(WAITS) + 1
    assert post.given_up() == {"t": "The platform is busy."}
    assert post.world.sees(ASHA) == (
        f"Grace Madeup could not be told about {post.reference} in a direct message: The platform is busy. "
        "Please tell them yourself, or try again later.\nIt begins: t\n[Try again]"
    )
    post.carry(timedelta(days=3))
    assert post.trouble.tried.count("t") == len(WAITS) + 1
    assert post.trouble.done == [f"t/given-up/1/{ASHA}"]


def test_a_place_that_asked_to_wait_is_not_asked_for_anything_else_and_no_other_place_waits(post: Post) -> None:
    post.fail("b1", busy(timedelta(minutes=7)))
    post.put(post.tell("b1"), post.tell("g1", GRACE), post.root("r"))
    post.carry()
    post.put(post.tell("b2"), post.tell("g2", GRACE))
    post.carry(timedelta(minutes=7, seconds=-1))
    assert post.said() == ["g1", "r", "g2"]
    assert post.trouble.tried.count("b2") == 0
    post.carry(timedelta(seconds=1))
    assert post.said() == ["g1", "r", "g2", "b1", "b2"]


def test_what_has_to_wait_a_moment_again_and_again_is_not_given_up_and_not_overtaken(post: Post) -> None:
    post.fail("r1", *(busy(timedelta(seconds=2)) for _ in range(20)))
    post.put(post.root("r"), post.reply("r1", "r"), post.reply("r2", "r"))
    for _ in range(21):
        post.carry(timedelta(seconds=2))
    assert post.given_up() == {}
    assert post.said() == ["r", "r1", "r2"]


@pytest.mark.parametrize("kind", [Away, Shut])
def test_while_nobody_reaches_the_remote_nothing_is_given_up(post: Post, kind: type[Away]) -> None:
    post.fail("r", *(kind("It is away.") for _ in range(20)))
    post.fail("t", ValueError("boom"), *(kind("It is away.") for _ in range(20)))
    post.put(post.root("r"), post.reply("r1", "r"), post.tell("t"))
    for _ in range(22):
        post.carry(timedelta(minutes=10))
    assert post.given_up() == {}
    assert sorted(post.said()) == ["r", "r1", "t"]


def test_those_who_look_after_the_bot_are_told_once_a_day_that_the_remote_is_shut(post: Post) -> None:
    post.plug(administrators=(IRIS,))
    post.fail("t", *(Shut("I lack a permission.") for _ in range(5)))
    post.put(post.tell("t"))
    for _ in range(4):
        post.carry()
        post.carry(timedelta(minutes=10))
    told = [words_of(each.message) for each in post.chat.at(IRIS)]
    assert len(told) == 1
    assert told[0].startswith("On Monday 2 March 2026 I could not do my work: I lack a permission. What waits")


def test_a_remote_that_asks_for_a_longer_and_longer_wait_is_not_waited_for_for_ever(post: Post) -> None:
    post.fail("t", *(busy(timedelta(days=1000)) for _ in range(50)))
    post.put(post.tell("t"))
    post.carry()
    for _ in WAITS:
        post.carry(WAITS[-1])
    assert post.given_up() == {"t": "The platform is busy."}


def test_a_refusal_is_given_up_at_once_and_the_raiser_is_told(post: Post) -> None:
    post.fail("r", Refused("There is no such channel."))
    post.put(post.root("r"))
    post.carry()
    assert post.given_up() == {"r": "There is no such channel."}
    assert f"A message in the thread of {post.reference} could not be posted: There is no such channel." in (
        post.world.sees(ASHA)
    )
    post.carry(timedelta(days=3))
    assert post.trouble.tried.count("r") == 1


def test_those_who_look_after_the_bot_are_told_once_a_day_of_a_channel_that_cannot_be_written_in(post: Post) -> None:
    post.plug(administrators=(IRIS,))
    post.put(post.root("r"))
    post.carry()
    for key in ("r1", "r2"):
        post.fail(key, Refused("I am not in this channel."))
        post.put(post.reply(key, "r"))
        post.carry()
    told = [words_of(each.message) for each in post.chat.at(IRIS)]
    assert len(told) == 1
    assert told[0].startswith(f"On Monday 2 March 2026 I could not write in {CHANNEL}: I am not in this channel. Who")


def test_a_raiser_who_cannot_be_told_is_not_told_about_that(post: Post) -> None:
    post.fail("t", Refused("This person has left."))
    post.fail(f"t/given-up/1/{ASHA}", Refused("This person has left."))
    post.put(post.tell("t", ASHA))
    post.carry()
    assert set(post.given_up()) == {"t", f"t/given-up/1/{ASHA}"}
    assert post.carry(timedelta(days=3)) == 0
    assert post.trouble.tried == ["t", f"t/given-up/1/{ASHA}"]


def test_one_whose_words_cannot_be_opened_is_given_up_and_keeps_no_other_back(post: Post) -> None:
    post.put(post.tell("t"), post.tell("other", GRACE))
    outside = sa.create_engine(post.world.database_url)
    with outside.begin() as connection:
        connection.execute(sa.update(deliveries).where(deliveries.c.key == "t").values(sealed_message=b"not sealed"))
    outside.dispose()
    post.carry()
    assert post.said() == ["other"]
    assert post.given_up() == {"t": "Its words can no longer be opened."}
    assert "Ben Sample could not be told" in post.world.sees(ASHA)


def test_an_unexpected_fault_is_contained_tried_again_and_logged_without_its_words(post: Post) -> None:
    post.fail("t", ValueError("Kit Marker, 14 Nowhere Lane"))
    post.put(post.tell("t"), post.tell("other"))
    with structlog.testing.capture_logs() as logs:
        post.carry()
    assert post.trouble.done == ["other"]
    assert "ValueError" in str(logs)
    assert "Kit" not in str(logs)
    post.carry(WAITS[0])
    assert post.trouble.done == ["other", "t"]


# ── stopping and starting ────────────────────────────────────────────────────────────────────────────────────


def test_nothing_is_delivered_twice_when_the_bot_is_restarted_in_between(post: Post) -> None:
    post.fail("waits", busy())
    post.put(post.root("r"), post.reply("r1", "r"), post.tell("waits"), post.edit("e", "r"))
    post.carry()
    post.world.restart()
    post.plug()
    assert post.carry() == 0
    post.carry(WAITS[0])
    post.world.restart()
    post.plug()
    assert post.carry(timedelta(days=1)) == 0
    assert sorted(post.trouble.done) == ["e", "r", "r1", "waits"]
