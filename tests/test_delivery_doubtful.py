"""Where nobody knows whether it was done: the remote is asked, and where it cannot be, a person is. Never twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import structlog

from bot import making
from bot.delivery import LEASE, WAITS
from bot.errors import CannotTell, Refused, StoreError, TryLater, Unclear
from bot.messages import Message
from bot.ports import Due
from tests.posting import ASHA, BEN, Afterwards, Fault, Forgetful, Post, busy, posting, text

CANNOT = CannotTell("This platform keeps no list of what was said.")


class Killed(BaseException):
    """The process ends here: nothing is noted any more."""


@pytest.fixture(params=["sqlite", "postgresql"])
def post(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Post]:
    there = request.param == "postgresql"
    with posting("raised", tmp_path, request.getfixturevalue("postgresql") if there else None) as post:
        yield post


def until_done(post: Post) -> None:
    for wait in (timedelta(0), *WAITS):
        post.carry(wait)


UNKNOWN: list[tuple[Fault, bool]] = [
    (Unclear("There was no answer."), False),
    (Afterwards(Unclear("There was no answer.")), True),
    (ValueError("boom"), False),
    (Afterwards(ValueError("boom")), True),
    (Killed(), False),
    (Afterwards(Killed()), True),
]
"""What may happen in the midst of a call, and whether it was done."""


@pytest.mark.parametrize(("fault", "done"), UNKNOWN)
def test_after_an_unknown_outcome_the_remote_is_asked_and_it_is_done_once(post: Post, fault: Fault, done: bool) -> None:
    post.fail("t", fault)
    post.put(post.tell("t"))
    try:
        post.carry()
    except Killed:
        post.carry(LEASE - timedelta(seconds=1))
        assert post.trouble.asked == [], "until the lease is over, it may still be on its way"
        post.carry(timedelta(seconds=1))
    else:
        post.carry(WAITS[0])
    assert post.trouble.asked == ["t"]
    assert post.trouble.tried.count("t") == (1 if done else 2)
    assert post.trouble.done == ["t"]
    assert (post.due("t").state, post.due("t").receipt) == ("done", "id of t")


def test_what_was_said_just_before_the_bot_fell_over_is_not_said_again(post: Post) -> None:
    post.plug(store=Forgetful(post.world.parts.database, lost=1))
    post.put(post.tell("t"), post.tell("next"))
    with pytest.raises(StoreError):
        post.carry()
    post.world.restart()
    post.plug()
    post.carry()
    assert post.trouble.done == ["t"], "it is whoever's who fell over, until their lease is over"
    post.carry(LEASE)
    assert post.trouble.done == ["t", "next"]
    assert post.due("t").receipt == "id of t"


def test_what_was_definitely_not_done_is_not_asked_for(post: Post) -> None:
    post.fail("t", busy())
    post.put(post.tell("t"))
    post.carry()
    post.carry(WAITS[0])
    assert (post.trouble.asked, post.trouble.done) == ([], ["t"])


def test_what_a_process_that_is_gone_had_claimed_is_asked_for_and_done_by_another(post: Post) -> None:
    post.put(post.tell("t"))
    post.carrier.claim(1)
    assert post.carry() == 0
    post.carry(LEASE)
    assert (post.trouble.asked, post.trouble.done) == (["t"], ["t"])


# ── the remote cannot be asked ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("fault", "done"), UNKNOWN[:4])
def test_where_the_remote_cannot_be_asked_it_is_held_and_whoever_leads_it_is_asked(
    post: Post, fault: Fault, done: bool
) -> None:
    post.fail("t", fault)
    post.trouble.deaf = [CANNOT]
    post.put(post.tell("t"))
    post.carry()
    until_done(post)
    assert post.trouble.tried.count("t") == 1
    assert post.due("t").state == "held"
    assert post.world.sees(ASHA) == (
        f"Nobody can tell whether a direct message about {post.reference} has reached Ben Sample: This platform keeps "
        "no list of what was said. Please ask them, then press what is true. Until then it is not sent again.\n"
        "It begins: t\n[It has arrived] [It has not: send it again]"
    )


def test_a_line_of_a_thread_that_is_held_holds_the_next_ones_not_back(post: Post) -> None:
    post.fail("r1", Unclear("There was no answer."))
    post.trouble.deaf = [CANNOT]
    post.put(post.root("r"), post.reply("r1", "r"), post.reply("r2", "r"))
    post.carry()
    until_done(post)
    assert post.said() == ["r", "r2"]
    assert f"a message in the thread of {post.reference} was posted" in post.world.sees(ASHA)


def test_a_thread_whose_first_message_is_held_waits_for_the_answer(post: Post) -> None:
    post.fail("r", Unclear("There was no answer."))
    post.trouble.deaf = [CANNOT]
    post.put(post.root("r"), post.reply("r1", "r"), post.edit("e", "r"))
    post.carry()
    until_done(post)
    assert post.said() == []
    assert {post.due(key).state for key in ("r1", "e")} == {"waiting"}


def test_a_change_of_a_message_may_be_made_twice_so_nobody_is_asked(post: Post) -> None:
    post.fail("e", Afterwards(Unclear("There was no answer.")))
    post.trouble.deaf = [CANNOT]
    post.put(post.tell("t"), post.edit("e", "t"))
    post.carry()
    post.carry(WAITS[0])
    assert post.trouble.done == ["t", "e", "e"]
    assert post.given_up() == {}


def test_what_is_not_wanted_any_more_is_not_held(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    words: list[Message | None] = [text("Please reply."), None, None]
    monkeypatch.setitem(making.MAKERS, "nudge", lambda *_: words.pop(0))
    post.fail("n", Unclear("There was no answer."))
    post.trouble.deaf = [CANNOT]
    post.put(post.nudge("n"))
    post.carry()
    post.carry(WAITS[0])
    assert (post.due("n").state, post.given_up()) == ("dropped", {})


# ── trouble that stays ───────────────────────────────────────────────────────────────────────────────────────


def test_what_may_have_arrived_is_never_said_to_have_failed(post: Post) -> None:
    """Its last attempt had no answer, so that whoever is told could tell them twice."""
    post.fail("t", *(busy() for _ in WAITS), Unclear("There was no answer."))
    post.put(post.tell("t"))
    until_done(post)
    assert post.due("t").state == "held"
    assert "Nobody can tell whether a direct message" in post.world.sees(ASHA)


def test_a_remote_that_is_away_when_it_is_asked_is_asked_again_and_nothing_is_done_meanwhile(post: Post) -> None:
    post.fail("t", Afterwards(Unclear("There was no answer.")))
    post.trouble.deaf = [TryLater("The platform is away."), OSError("net"), TryLater("Slower.", timedelta(minutes=20))]
    post.put(post.tell("t"))
    post.carry()
    for wait in (*WAITS[:3], timedelta(minutes=20)):
        assert post.due("t").state == "waiting"
        post.carry(wait)
    post.carry(timedelta(hours=1))
    assert (post.trouble.tried.count("t"), post.due("t").state) == (1, "done")


def test_a_remote_that_stays_away_leaves_it_to_a_person(post: Post) -> None:
    post.fail("t", Afterwards(Unclear("There was no answer.")))
    post.trouble.deaf = [TryLater("The platform is away.") for _ in range(20)]
    post.put(post.tell("t"))
    until_done(post)
    assert (post.trouble.tried.count("t"), post.due("t").state) == (1, "held")


def test_an_unexpected_fault_that_stays_is_told_without_its_words(post: Post) -> None:
    post.fail("t", *(ValueError("Kit Marker") for _ in range(50)))
    post.put(post.tell("t"))
    until_done(post)
    assert post.given_up() == {"t": "An unexpected fault happened (ValueError)."}
    assert "Kit" not in post.world.sees(ASHA)
    assert "Nobody can tell whether a direct message" in post.world.sees(ASHA)


def test_words_that_cannot_be_made_are_tried_again_and_given_up_and_were_never_said(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(_: making.Making, due: Due) -> Message:
        raise ValueError("Kit Marker")

    monkeypatch.setitem(making.MAKERS, "nudge", breaks)
    post.put(post.nudge("n"))
    with structlog.testing.capture_logs() as logs:
        for _ in range(10):
            post.carry(timedelta(days=1))
    assert (post.due("n").state, post.due("n").attempts, post.trouble.tried[:1]) == (
        "dead",
        6,
        [f"n/given-up/1/{ASHA}"],
    )
    assert "Kit" not in str(logs)


# ── leases ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_claimed_long_ago_is_given_back_and_not_begun(post: Post) -> None:
    """The call would not end before the lease does, and another would begin it too."""
    post.put(post.tell("t"), post.root("r"))
    early, late = post.carrier.claim(2)
    post.world.moment += LEASE / 3
    assert post.carrier.carry(early) == "done"
    post.world.moment += timedelta(seconds=1)
    assert post.carrier.carry(late) == "waiting"
    assert post.said() == ["t"]
    assert post.carry() == 1
    assert (post.said(), post.trouble.asked) == (["t", "r"], [])


def test_what_takes_long_to_be_made_is_given_back_and_not_begun(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or the process was paused: another may have it by now."""

    def made(*_: object) -> Message:
        post.world.moment += pauses.pop()
        return text("Please reply.")

    pauses = [timedelta(0), LEASE * 0.6]
    monkeypatch.setitem(making.MAKERS, "nudge", made)
    post.put(replace(post.tell("t"), message=None, made="nudge"))
    assert post.carrier.carry(post.carrier.claim(1)[0]) == "waiting"
    assert post.trouble.tried == []
    post.carry()
    assert post.trouble.done == ["t"]


@pytest.mark.parametrize("fault", [busy(), Unclear("No answer."), Refused("No such person."), None])
def test_whoever_comes_back_after_their_lease_changes_nothing_of_what_another_does(
    post: Post, fault: Exception | None
) -> None:
    """Asleep in the midst of a call: meanwhile somebody else has asked for it, and is at it."""
    post.put(post.tell("t"))
    (mine,) = post.carrier.claim(1)

    class Asleep(type(post.chat)):  # type: ignore[misc]
        def direct(self, key: str, person: str, message: Message) -> str:
            post.world.moment += LEASE
            assert [due.key for due in post.carrier.claim(5)] == ["t"]
            if fault is not None:
                raise fault
            return "first"

    replace(post.carrier, chat=Asleep(post.trouble)).carry(mine)
    assert post.due("t").state == ("sending" if fault else "done")
    assert post.carrier.claim(5) == []
    post.world.parts.database.done("t", "id of t", post.world.moment)
    assert post.due("t").receipt == ("id of t" if fault else "first")
    assert post.given_up() == {}
    assert not any(key.startswith("t/") for key in post.chat.said)


# ── words that are made when they are said ───────────────────────────────────────────────────────────────────


def test_a_nudge_is_made_when_it_is_said_and_so_is_every_change_of_it(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str, dict[str, object]]] = []

    def maker(_: making.Making, due: Due) -> Message:
        asked.append((due.key, making.reader(due), dict(due.about)))
        return text(f"words of {due.key}")

    monkeypatch.setitem(making.MAKERS, "nudge", maker)
    about = {"nudges": ["reply"]}
    change = replace(post.nudge("e"), kind="edit", to="n", about=about)
    in_thread = replace(post.nudge("line"), kind="thread", to="herefordshire-escalations", under="r")
    post.put(post.root("r"), replace(post.nudge("n"), about=about), in_thread, change)
    post.carry()
    assert (post.shows("n"), post.shows("line")) == ("words of e", "words of line")
    assert sorted(asked) == [("e", BEN, about), ("line", "", {"nudges": ["line"]}), ("n", BEN, about)]


def test_what_nobody_wants_any_more_is_not_said_and_neither_is_a_change_of_it(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(making.MAKERS, "nudge", lambda *_: None)
    post.put(post.nudge("n"), post.edit("e", "n"), post.tell("t"))
    assert post.carry() == 3
    assert (post.trouble.tried, post.due("n").state, post.due("e").state) == (["t"], "dropped", "dropped")


def test_nobody_is_nudged_in_the_night_and_no_attempt_is_counted(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(making.MAKERS, "nudge", lambda *_: text("Please reply."))
    post.world.moment = post.world.moment.replace(hour=16, minute=59)
    post.put(post.nudge("in-time"))
    post.carry()
    post.world.moment = post.world.moment.replace(hour=17, minute=0)
    change = replace(post.nudge("change"), kind="edit", to="in-time")
    post.put(post.nudge("late"), post.tell("t"), change)
    post.carry()
    assert post.said() == ["in-time", "t", "change"], "what is said already may change at any hour"
    post.carry(timedelta(hours=15, minutes=59))
    assert post.due("late").attempts == 0
    assert post.said() == ["in-time", "t", "change"]
    post.carry(timedelta(minutes=1))
    assert post.said() == ["in-time", "t", "change", "late"]
