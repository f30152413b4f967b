"""As long as the words that make it unmistakable are unsaid, the raiser is asked about them, and is told when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import decisions
from bot.flows.update import WordsSaid
from bot.messages import words_of
from tests.flows.contexts import ASHA, POLICIES, context, escalation
from tests.posting import Post, busy
from tests.scenes import Play, scene

NOW = datetime(2026, 3, 27, 10, tzinfo=UTC)
ASKED = "nobody has noted that the other side was told, in so many words, that this is an escalation"
SAID = """
Asha: /say
Asha: Yes, I have
Asha: Grace Madeup
Asha: By e-mail
Asha [Continue]
"""


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Play]:
    """Raised under the policy of Sefton on Monday 2 March 2026, without having said the words."""
    played = scene("words not said", tmp_path)
    yield played
    played.world.close()


def times_asked(play: Play, person: str = ASHA) -> int:
    return sum(ASKED in words_of(each.message) for each in play.world.chat.at(person))


def test_they_are_asked_each_working_morning_until_it_is_noted(play: Play) -> None:
    play.do("… the days pass until Tuesday 3 March, 08:59 …")
    assert times_asked(play) == 0
    play.do("… the days pass until Wednesday 4 March, 09:30 …")
    assert times_asked(play) == 2
    play.do(SAID)
    play.world.later(1)
    play.world.tick()
    assert times_asked(play) == 2


def test_whoever_has_not_said_them_yet_is_told_when_they_are_asked_again(play: Play) -> None:
    play.do("""
today Friday 6 March 2026
Asha: /say
Asha: Not yet, please remind me
  | It stays open whether the other side has been told that REF is an escalation.
  | I will ask you again on Monday 9 March 2026.
""")
    assert play.told()[-1] == "reminder asked for"


def test_whoever_wants_no_reminders_for_some_days_is_asked_after_them(play: Play) -> None:
    play.do("""
Asha: /snooze
Asha: Until Monday 9 March 2026
Asha: /say
Asha: Not yet, please remind me
  | I will ask you again on Monday 9 March 2026.
""")
    for _ in range(4):
        play.world.later(1)
        play.world.tick()
    assert (times_asked(play), play.world.moment.day) == (0, 6)
    play.do("… the days pass until Monday 9 March, 09:30 …")
    assert times_asked(play) == 1


def test_whoever_leads_it_from_now_on_learns_that_they_are_unsaid(play: Play) -> None:
    play.do("""
Asha: /pass
Asha fills in
    Pick somebody = Ben
Asha [Continue]
Asha: I am away.
Ben: help
""")
    told = "\n".join(words_of(each.message) for each in play.world.chat.at("console:ben"))
    assert "You lead" in told or "to you: you lead it from now on." in told
    assert "You have not yet said to the other side that this is an escalation. I will ask you again on Tuesday" in told
    play.world.days_pass(1)
    assert (times_asked(play), times_asked(play, "console:ben")) == (0, 1)


def test_where_the_policy_wants_no_reminders_nobody_is_promised_one() -> None:
    sefton = POLICIES["sefton"]
    never = sefton.model_copy(update={"nudges": sefton.nudges.model_copy(update={"words_days": 0})})
    about = escalation("sefton", fields={"words_said": None})
    for policy, said in ((sefton, "I will ask you again on Monday 30 March"), (never, "There is no reminder of it")):
        done = decisions.words_said(
            context(about, policies={"sefton": policy}), WordsSaid(about.reference, None), "p", NOW
        )
        (told,) = (words_of(each.message) for each in done.deliveries if each.message)
        assert said in told


def test_a_reminder_that_had_to_wait_does_not_ask_what_was_answered_meanwhile(play: Play) -> None:
    post = Post(play)
    post.fail(f"{post.reference}/nudge/2026-03-03T09:00Z/{ASHA}", busy())
    play.do("… the days pass until Tuesday 3 March, 09:00 …")
    assert times_asked(play) == 0
    play.do(SAID)
    play.do("… the days pass until Tuesday 3 March, 12:00 …")
    assert times_asked(play) == 0
