"""Being reminded later: one's own reminders only, until a working day, and the deadline stands."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.messages import words_of
from bot.timers import Timer
from tests.flows.contexts import ASHA, BEN, GRACE
from tests.scenes import Play

IRIS = "console:iris"


@pytest.fixture
def play(raised: Play) -> Play:
    """Asha has raised one under the policy of Herefordshire, on Monday 2 March 2026; it is due on the Thursday."""
    return raised


def armed(play: Play) -> list[Timer]:
    reference = play.world.reference()
    with play.world.parts.database.transaction() as tx:
        return tx.timers(f"snoozed/{reference}")


def snoozes(play: Play) -> dict[str, datetime]:
    reference = play.world.reference()
    with play.world.parts.database.transaction() as tx:
        return tx.snoozes(reference)


def said_to_others(play: Play, person: str) -> int:
    return sum(said.place != person for said in play.world.chat.said.values())


@pytest.mark.parametrize(
    ("answers", "until"),
    [
        (["Until Tuesday 3 March 2026"], "2026-03-03"),
        (["Until Monday 9 March 2026"], "2026-03-09"),
        (["Until another day", "14/03/2026"], "2026-03-16"),
    ],
)
def test_reminders_come_again_when_the_chosen_working_day_opens(play: Play, answers: list[str], until: str) -> None:
    others = said_to_others(play, ASHA)
    play.do("\n".join(["Asha: /snooze", *(f"Asha: {answer}" for answer in answers)]))
    moment = datetime.fromisoformat(f"{until}T09:00").replace(tzinfo=UTC)
    reference = play.world.reference()
    assert armed(play) == [
        Timer(f"snoozed/{reference}/{ASHA}", "snoozed", moment, f"snoozed/{reference}", ASHA),
    ]
    assert snoozes(play) == {ASHA: moment}
    assert said_to_others(play, ASHA) == others
    assert play.told()[-1] == "snoozed"


def test_it_says_until_when_it_is_quiet_and_that_the_deadline_stands_with_its_date_and_whose_it_is(play: Play) -> None:
    play.do("""
Asha: /snooze
  | Owner: Ben Sample
  | Due: aim for Tuesday 3 March 2026; at the latest by the end of Thursday 5 March 2026
Asha: Until Tuesday 3 March 2026
  | I do not remind you of REF until Tuesday 3 March 2026, 09:00. If anything is still owed then, I tell you.
  | Owner: Ben Sample
  | at the latest by the end of Thursday 5 March 2026
  | The deadline stands, the thread is still reminded, and so is everybody else.
  | You keep the responsibility for moving this on.
  ! It is due before then
Asha: /snooze
Asha: Until Monday 9 March 2026
  | It is due before then. Please see to it that the date is not missed.
""")


def test_whoever_may_see_it_may_put_their_own_reminders_off_and_nobody_elses(play: Play) -> None:
    play.do("""
Asha: /snooze
Asha: Until Tuesday 3 March 2026
Ben: remind me later
  | your reminders
Ben: Until Monday 9 March 2026
  | I do not remind you of REF until Monday 9 March 2026
  ! You keep the responsibility
Grace: /snooze REF
Grace: Until Wednesday 4 March 2026
Asha: /snooze
Asha: Until Wednesday 4 March 2026
""")
    days = {person: f"{until:%d %B}" for person, until in snoozes(play).items()}
    assert days == {ASHA: "04 March", BEN: "09 March", GRACE: "04 March"}
    assert {timer.about: f"{timer.due:%d %B}" for timer in armed(play)} == days


@pytest.mark.parametrize("who", ["Iris", "Farid"])
def test_nobody_learns_by_it_whether_there_is_such_an_escalation(play: Play, who: str) -> None:
    play.do(f"""
{who}: /snooze REF
  | I cannot find an escalation with that reference that you are part of.
{who}: /snooze
  | You have no open escalation
""")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("today", "from Tuesday 3 March 2026 to Monday 30 March 2026"),
        ("31 March 2026", "and not until Tuesday 31 March 2026. Please give another day."),
    ],
)
def test_it_is_for_four_weeks_at_most(play: Play, typed: str, said: str) -> None:
    play.do(f"""
Asha: /snooze
Asha: Until another day
Asha: {typed}
  | {said}
""")


def test_a_button_pressed_on_a_later_day_means_the_day_that_stands_on_it_or_nothing(play: Play) -> None:
    play.do("""
Asha: /snooze
3 working days later
Asha: Until Wednesday 4 March 2026
  | Until Friday 6 March 2026
""")
    assert snoozes(play) == {}


def test_while_a_question_is_open_it_is_that_which_waits(play: Play) -> None:
    play.do("""
Asha: /note
Asha: They acknowledged it
Asha: Remind me later.
  | Saved for later: Note what happened.
  | If it still waits then, I will remind you on Tuesday 3 March 2026.
Asha in the thread: remind me later
  | Until when shall I not remind you?
""")


def test_it_is_there_after_it_has_ended_too_since_forms_and_records_are_still_owed(play: Play) -> None:
    play.do("""
Asha: /withdraw
Asha: It was a mistake.
Asha [Withdraw the escalation]
Asha: /snooze REF
Asha: Until Tuesday 3 March 2026
  | I do not remind you of REF
""")
    assert list(snoozes(play)) == [ASHA]


# ── what it silences ─────────────────────────────────────────────────────────────────────────────────────


def reminders(play: Play, place: str) -> list[str]:
    """The first line of what is owed in each, with the reference taken out."""
    said = (words_of(each.message) for each in play.world.chat.at(place))
    starts = tuple(f"{play.world.reference()}, Stage 1: {how}" for how in ("a reminder", "due today", "overdue"))
    return [text.splitlines()[1] for text in said if text.startswith(starts)]


def test_one_silence_is_one_persons_and_what_is_still_owed_then_is_told_once(play: Play) -> None:
    play.do("""
Ben: /snooze REF
Ben: Until another day
Ben: 6 March 2026
… the days pass until Thursday 5 March, 16:00 …
""")
    thread = len(reminders(play, "#herefordshire-escalations"))
    assert (reminders(play, BEN), thread) == ([], 3)
    play.do("… the days pass until Friday 6 March, 09:30 …")
    (told,) = reminders(play, BEN)
    assert told.startswith("Stage 1 is overdue by 1 working day: it was due by the end of Thursday 5 March 2026.")
    assert len(reminders(play, "#herefordshire-escalations")) == thread + 1
    play.world.later(1)
    play.world.tick()
    assert len(reminders(play, BEN)) == 2
    # Whoever answers for him has heard of it as soon as it was late, whatever he had put off.
    assert len(reminders(play, "console:cerys")) == 1


def test_when_nothing_is_owed_any_more_at_the_end_of_a_silence_nothing_is_said(play: Play) -> None:
    play.do("""
Ben: /snooze REF
Ben: Until Tuesday 3 March 2026
Asha: /withdraw
Asha: It was a mistake.
Asha [Withdraw the escalation]
… the days pass until Wednesday 4 March, 09:30 …
""")
    assert reminders(play, BEN) == []
    assert armed(play) == []


def test_a_silence_can_be_ended_before_its_day(play: Play) -> None:
    play.do("""
Ben: /snooze REF
  ! Remind me as before
Ben: Until Monday 9 March 2026
Ben: /snooze REF
Ben: Remind me as before
  | I remind you of REF as before.
""")
    assert armed(play) == []
    play.do("… the days pass until Wednesday 4 March, 09:30 …")
    assert len(reminders(play, BEN)) == 2
