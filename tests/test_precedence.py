"""Whoever is heard goes before what is carried out, and what is carried out is never kept waiting for long."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from bot.chat.turns import Turns
from bot.errors import Unavailable
from bot.precedence import Precedence
from tests.posting import posting

NEVER, AT_ONCE = timedelta(days=1), timedelta(0)


def test_nothing_waits_where_nobody_is_heard() -> None:
    Precedence(calm=NEVER, at_most=NEVER).give_way()


def test_what_is_carried_out_waits_until_the_last_has_been_heard() -> None:
    precedence, given = Precedence(calm=AT_ONCE, at_most=NEVER), threading.Event()
    precedence.begin()
    precedence.begin()
    with ThreadPoolExecutor(1) as other:

        def give_way() -> bool:
            precedence.give_way()
            return given.is_set()

        gave_way = other.submit(give_way)
        precedence.end()
        given.set()
        precedence.end()
        assert gave_way.result(10)


def test_it_waits_a_moment_longer_for_whoever_does_the_next_thing_at_once() -> None:
    precedence = Precedence(calm=NEVER, at_most=timedelta(milliseconds=1))
    precedence.begin()
    precedence.end()
    precedence.give_way()  # not for ever


def test_however_many_are_heard_it_is_carried_out_in_the_end() -> None:
    precedence = Precedence(calm=NEVER, at_most=timedelta(milliseconds=1))
    precedence.begin()
    precedence.give_way()


def test_whoever_waits_for_their_turn_in_slack_has_precedence_until_it_is_over() -> None:
    precedence, given = Precedence(calm=AT_ONCE, at_most=NEVER), threading.Event()

    def give_way() -> None:
        precedence.give_way()
        given.set()

    with ThreadPoolExecutor(1) as other:

        def is_too_early() -> bool:
            other.submit(give_way)
            return given.wait(0.05)

        async def one_is_heard_and_one_is_refused() -> bool:
            turns = Turns("full", precedence, at_most=1)
            heard = asyncio.ensure_future(turns.take(is_too_early))
            await asyncio.sleep(0)
            with pytest.raises(Unavailable):
                await turns.take(is_too_early)
            return await heard

        assert not asyncio.run(one_is_heard_and_one_is_refused())
    assert given.is_set()


def test_a_carrier_gives_way_before_it_claims_and_before_it_begins(tmp_path: Path) -> None:
    with posting("raised", tmp_path) as post:
        before, seen = post.said(), list[tuple[str, int]]()
        post.plug(give_way=lambda: seen.append((post.due("d-1").state, len(post.said()) - len(before))))
        post.put(post.tell("d-1"))
        post.carry()
    assert seen == [("waiting", 0), ("sending", 0), ("done", 1)]
