"""Conversations that wait: when their person is told of them and what is said; nothing is said of what is over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.escalation import Conversation
from bot.flows import drafts
from bot.messages import words_of
from bot.policy import Policy
from bot.timers import Timer
from tests.flows.contexts import ASHA, CALENDARS, POLICIES
from tests.scenes import Play, scene

LONDON = ZoneInfo("Europe/London")
HEREFORDSHIRE = POLICIES["herefordshire"]


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=LONDON)


def left(moment: str, **more: object) -> Conversation:
    """One that Asha left at this moment."""
    draft = Conversation("d1", ASHA, "update", answers={"progress": {"value": "They met."}}, **more)  # type: ignore[arg-type]
    return drafts.touched(draft, at(moment))


def told(draft: Conversation, policy: Policy | None = None) -> list[str]:
    """Every moment at which its person is told of it, if they never go on."""
    found: list[str] = []
    after = at("2026-01-01")
    while timer := drafts.timer(draft, policy, CALENDARS, after):
        after = timer.due
        found.append(f"{timer.due:%a %d %B %H:%M %z}")
    return found


# ── when ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("moment", "days"),
    [
        ("2026-03-02T10:00", ["Tue 03 March 09:00 +0000", "Thu 05 March 09:00 +0000", "Thu 12 March 09:00 +0000"]),
        ("2026-03-06T23:50", ["Mon 09 March 09:00 +0000", "Wed 11 March 09:00 +0000", "Wed 18 March 09:00 +0000"]),
        # Over Easter, and over the night in which the clocks change.
        ("2026-04-02T10:00", ["Tue 07 April 09:00 +0100", "Thu 09 April 09:00 +0100", "Thu 16 April 09:00 +0100"]),
        ("2026-03-27T10:00", ["Mon 30 March 09:00 +0100", "Wed 01 April 09:00 +0100", "Fri 10 April 09:00 +0100"]),
    ],
)
def test_people_are_told_the_next_working_morning_then_after_two_and_five_more_and_then_no_more(
    moment: str, days: list[str]
) -> None:
    assert told(left(moment)) == days


def test_the_policy_says_after_how_many_days_and_at_which_hour() -> None:
    nudges = HEREFORDSHIRE.nudges.model_copy(update={"draft_days": 3, "opens": "08:30"})
    policy = HEREFORDSHIRE.model_copy(update={"nudges": nudges})
    assert told(left("2026-03-02T10:00"), policy)[0] == "Thu 05 March 08:30 +0000"
    never = HEREFORDSHIRE.model_copy(update={"nudges": nudges.model_copy(update={"draft_days": 0})})
    assert told(left("2026-03-02T10:00"), never) == []


def test_the_working_days_are_those_of_the_policy() -> None:
    # Liberation Day is a bank holiday in Guernsey.
    saturday_off = left("2028-05-08T10:00")
    assert told(saturday_off)[0].startswith("Tue 09 May")
    assert told(saturday_off, POLICIES["islands"])[0].startswith("Wed 10 May")


@pytest.mark.parametrize(
    ("seed", "answers", "policy"),
    [
        ({"policy": "sefton"}, {}, "sefton"),
        ({}, {"partnership": {"value": "trafford"}}, "trafford"),
        ({}, {"in_danger": {"value": "no"}}, ""),
        ({}, {"partnership": {"value": "nowhere"}}, ""),
    ],
)
def test_before_there_is_an_escalation_the_policy_that_was_chosen_counts(
    seed: dict[str, str], answers: dict[str, dict[str, str]], policy: str
) -> None:
    draft = Conversation("d1", ASHA, "escalate", answers=answers, seed=seed)
    found = drafts.policy_of(POLICIES, draft, None, at("2026-03-02T10:00"))
    assert (found.id if found else "") == policy


def test_nobody_is_told_of_a_conversation_in_which_nothing_was_given() -> None:
    assert told(replace(left("2026-03-02T10:00"), answers={})) == []
    assert told(replace(left("2026-03-02T10:00"), answers={}, pending={"name": "progress", "given": "They"})) != []


# ── in the message's own transaction ─────────────────────────────────────────────────────────────────────


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Play]:
    """Asha has raised one, on Monday 2 March 2026."""
    played = scene("raised", tmp_path)
    yield played
    played.world.close()


def armed(play: Play, person: str = ASHA) -> list[Timer]:
    with play.world.parts.database.transaction() as tx:
        return tx.timers(drafts.owner_of(person))


def test_nothing_waits_when_everything_has_ended(play: Play) -> None:
    assert armed(play) == []


def test_what_is_left_in_the_middle_is_told_of_and_what_goes_on_is_put_off(play: Play) -> None:
    play.do("""
Asha: /note
Asha: They acknowledged it
""")
    (timer,) = armed(play)
    assert (timer.kind, timer.due) == ("draft", at("2026-03-03T09:00"))
    play.do("""
1 working day later
Asha [Continue]
""")
    assert [(each.key, each.due) for each in armed(play)] == [(timer.key, at("2026-03-04T09:00"))]


@pytest.mark.parametrize("end", ["Asha [Continue]\nAsha [Continue]", "Asha: cancel\nAsha [Erase these answers]"])
def test_what_ends_is_told_of_no_more(play: Play, end: str) -> None:
    play.do(f"""
Asha: /note
Asha: They acknowledged it
{end}
""")
    assert armed(play) == []


def test_what_was_put_aside_for_something_else_is_told_of_by_itself(play: Play) -> None:
    play.do("""
Asha: /note
Asha: They acknowledged it
1 working day later
Asha: /update
""")
    # Nothing was given in the update yet; putting the note aside was the last that was done with it.
    assert [each.due for each in armed(play)] == [at("2026-03-04T09:00")]
    play.do("""
1 working day later
Asha: resume
""")
    assert [each.due for each in armed(play)] == [at("2026-03-05T09:00")]


def test_whoever_saves_for_later_is_told_on_which_day_they_are_reminded(play: Play) -> None:
    play.do("""
Asha: /note
Asha: They acknowledged it
Asha [Save for later]
  | Saved for later: Note what happened. Nothing is lost.
  | If it still waits then, I will remind you on Tuesday 3 March 2026.
""")


def test_a_message_that_touches_no_conversation_writes_no_timer(play: Play) -> None:
    play.do("""
Asha: /note
Asha: They acknowledged it
""")
    before = armed(play)
    play.do("""
1 working day later
Asha: my escalations
""")
    assert armed(play) == before


# ── when their moment has come ───────────────────────────────────────────────────────────────────────────

LEFT = """
Asha: /note
Asha: They replied
Asha: today
Asha: Grace Madeup
"""


def reminders(play: Play, person: str = ASHA) -> list[str]:
    said = (words_of(each.message) for each in play.world.chat.at(person))
    return [text for text in said if text.startswith("You have begun something that is not finished")]


def test_a_person_is_told_of_all_that_waits_in_one_message_without_an_answer_of_it(play: Play) -> None:
    play.do(f"""
{LEFT}
Asha: /update
Asha [Save for later]
Asha: /escalate new
Asha: no
… the days pass until Tuesday 3 March, 08:59 …
""")
    assert reminders(play) == []
    play.do("… the days pass until Tuesday 3 March, 09:30 …")
    (told,) = reminders(play)
    reference = play.world.reference()
    assert f"Note what happened {reference}, last worked on Monday 2 March 2026. Answers so far: 3" in told
    assert "Raise an escalation, last worked on Monday 2 March 2026. Answers so far: 1" in told
    assert "If a child is in immediate danger, call 999 now" in told
    assert "What you began to raise is not an escalation yet. Nobody has been told of it." in told
    assert "Progress update" not in told
    assert "Grace" not in told
    assert told.count("[Resume] [Erase it]") == 2


def test_they_are_told_three_times_and_it_stays_to_be_resumed(play: Play) -> None:
    play.do(LEFT)
    days = []
    for _ in range(9):
        before = len(reminders(play))
        play.world.later(1)
        play.world.tick()
        days += [f"{play.world.moment:%d %B}"] * (len(reminders(play)) - before)
    assert days == ["03 March", "05 March", "12 March"]
    assert armed(play) == []
    play.do("""
Asha [Resume]
  | Welcome back.
  | What did they say?
""")


def test_after_the_bot_was_away_they_are_told_once(play: Play) -> None:
    play.do(LEFT)
    play.world.later(4)
    play.world.tick()
    play.world.tick()
    assert len(reminders(play)) == 1
    assert [each.due for each in armed(play)] == [at("2026-03-12T09:00")]


@pytest.mark.parametrize(
    "meanwhile",
    [
        "Asha: They would look again.\nAsha: /update",
        "Asha: cancel\nAsha [Erase these answers]",
        "Asha: /update",
    ],
)
def test_nothing_is_said_of_what_is_over_by_then(play: Play, meanwhile: str) -> None:
    play.do(LEFT)
    play.world.moment = at("2026-03-03T09:00")
    play.world.parts.ticker.tick()
    play.world.moment = at("2026-03-03T09:01")
    play.do(meanwhile)
    assert reminders(play) == []


def test_what_can_be_done_no_more_since_it_has_ended_is_not_told(play: Play) -> None:
    play.do("""
Asha: /move
Asha: Because.
Asha: /withdraw
Asha: It was a mistake.
Asha [Withdraw the escalation]
""")
    assert len(armed(play)) == 1
    play.world.later(1)
    play.world.tick()
    assert reminders(play) == []
    assert armed(play) == []
