"""Noting what happened, correcting dates, passing on, withdrawing and opening again: what each causes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from bot.escalation import Escalation, Status
from bot.store import verify
from tests.scenes import Play, scene

PASS_TO_ERIN = """
Asha: /pass
Asha: Erin Invented
Asha: I am on leave.
"""


@pytest.fixture
def raised(tmp_path: Path) -> Iterator[Play]:
    """Herefordshire, Stage 1, raised by Asha on Monday 2 March 2026; Grace acts for the other side."""
    play = scene("raised", tmp_path)
    yield play
    play.world.close()


def record(play: Play) -> Escalation:
    with play.world.parts.database.transaction() as tx:
        return tx.escalations()[-1]


def test_what_is_noted_is_a_tick_in_the_channel_and_a_line_of_the_progress_section(raised: Play) -> None:
    raised.do("""
Asha: /note
Asha: They replied
Asha [Continue]
Asha [Continue]
Asha: They will look at it again, and at Kit Marker.
#herefordshire-escalations | [x] The other side acknowledged it
#herefordshire-escalations ! look at it again
""")
    assert raised.told()[-1] == "replied"
    assert "They will look at it again" in record(raised).fields["updates"][-1]["text"]


def test_a_clock_is_not_corrected_past_the_day_on_which_its_stage_was_entered(raised: Play) -> None:
    raised.do("""
5 working days later
Asha: /correct
Asha: 1
Asha: 9 March 2026
  | it has to lie no later than Monday 2 March 2026
Asha: 27 February 2026
Asha: It was the Friday.
Asha [Correct the date]
#herefordshire-escalations | overdue since the end of Wednesday 4 March 2026
""")
    assert record(raised).concern == date(2026, 2, 27)
    assert raised.told()[-1] == "date corrected"


def test_it_is_not_passed_to_the_other_side(raised: Play) -> None:
    raised.do("""
Asha: /pass
Asha: Grace Madeup
  | They act for the other side, so they cannot lead it.
""")
    assert record(raised).raiser == "console:asha"


def test_a_draft_of_whoever_led_it_before_ends_when_it_is_passed_on(raised: Play) -> None:
    raised.do("Asha: /update\nAsha: save")
    raised.do(PASS_TO_ERIN)
    raised.do("""
Asha: resume
  | I cannot find an escalation with that reference that you are part of.
Asha: resume
  | You have nothing waiting to be resumed.
Erin: /update
  | What has happened since the last update?
""")


def test_when_the_raiser_has_left_their_manager_passes_it_on_and_the_raiser_is_told(raised: Play) -> None:
    raised.do("""
Grace: /pass
  | You have no open escalation that this could be about.
Ben: /pass
Ben: Erin Invented
Ben: Asha is on leave.
  | Erin Invented leads REF from now on
Erin: my escalations
  | Reference: REF
  | [Note what happened]
""")
    assert "Ben Sample has passed" in raised.world.sees("console:asha")
    entry = next(each for each in raised.history() if each.what == "passed on")
    assert (entry.by, record(raised).raiser) == ("console:ben", "console:erin")


def test_once_it_has_ended_it_can_still_be_noted_that_it_is_filed(raised: Play) -> None:
    raised.do("""
Asha: /withdraw
Asha: The decision was changed.
Asha [Withdraw the escalation]
Asha: /note REF
Asha: filed
Asha [Millbrook Example Primary School]
Asha [Continue]
  | Noted for REF.
#herefordshire-escalations | [x] Filed on the child’s record
""")
    assert record(raised).status is Status.WITHDRAWN


def test_what_is_opened_again_goes_on_where_it_stood_and_the_history_is_whole(raised: Play) -> None:
    raised.do("""
Asha: /withdraw
Asha: The decision was changed.
Asha [Withdraw the escalation]
Asha: /reopen
Asha: It was changed back.
#herefordshire-escalations | at the latest by the end of Thursday 5 March 2026
""")
    assert record(raised).status is Status.OPEN
    assert raised.told()[-2:] == ["withdrawn", "reopened"]
    assert verify(raised.world.parts.database) == []


def test_no_reply_is_an_answer_too(raised: Play) -> None:
    raised.do("""
Asha: /note
Asha: They have not replied
Asha: today
  | you may move REF on
  | I have not yet had a reply to my escalation REF
""")
    assert raised.told()[-1] == "no reply"
