"""Nudges of a whole bot on a real database: armed with every decision, fired by the tick, edited where dates change."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot import decisions
from bot.escalation import Conversation
from bot.flows import nudges
from bot.flows.context import Context
from bot.messages import words_of
from bot.replay import is_explained, unexplained
from bot.timers import Timer
from tests.scenes import ASK_FOR_STAGE_2, Play
from tests.talking import LONDON, Said

ASHA, BEN = "console:asha", "console:ben"
CHANNEL = "#herefordshire-escalations"
CORRECT = """
Asha: /correct
Asha: 1
Asha: {day}
Asha: I looked it up.
Asha [Correct the date]
"""


def nudged(play: Play, place: str) -> list[Said]:
    """What nudges have said here, the newest last."""
    return [each for each in play.world.chat.at(place) if "/nudge/" in each.key or "/nudge/" in _first(play, each)]


def _first(play: Play, said: Said) -> str:
    """The key under which it was said first: an edit changes what stands there."""
    return next(key for key, each in play.world.chat.said.items() if each is said)


def text(play: Play, place: str) -> str:
    return words_of(nudged(play, place)[-1].message)


def look(play: Play, moment: str) -> None:
    """Nobody looks until this moment, and then the bot does."""
    play.world.moment = datetime.fromisoformat(moment).replace(tzinfo=LONDON)
    play.world.tick()


def world(play: Play) -> Context:
    about = Conversation("", ASHA, "why", play.world.reference())
    with play.world.parts.database.transaction() as tx:
        c = play.world.context(tx, about)
        return replace(c, people=dict(c.people))  # to be looked at afterwards


def armed(play: Play) -> list[Timer]:
    reference = play.world.reference()
    with play.world.parts.database.transaction() as tx:
        return tx.timers(reference)


def names(play: Play) -> set[str]:
    return {timer.about for timer in armed(play)}


def test_every_decision_arms_exactly_what_its_record_owes(raised: Play) -> None:
    for lines in (
        "",
        ASK_FOR_STAGE_2,
        "Ben [Approve]",
        "Asha: /withdraw\nAsha: It was settled.\nAsha [Withdraw the escalation]",
    ):
        raised.do(lines)
        c = world(raised)
        planned = nudges.plan(c, c.escalation, raised.world.moment)
        assert {(each.about, each.due) for each in armed(raised)} == {(each.about, each.due) for each in planned}
    assert names(raised) == {"form/report-to-hscp/all/entry", "file/all"}


def test_the_thread_and_whoever_owes_the_move_are_reminded_in_the_morning(raised: Play) -> None:
    look(raised, "2026-03-05T08:59")
    before = len(nudged(raised, CHANNEL))
    look(raised, "2026-03-05T09:00")
    assert len(nudged(raised, CHANNEL)) == before + 1
    assert "Stage 1 is due today: by the end of Thursday 5 March 2026." in text(raised, CHANNEL)
    assert "The next move is yours." in text(raised, BEN)
    reference = raised.world.reference()
    keys = [nudged(raised, place)[-1].key for place in (CHANNEL, BEN)]
    assert keys == [f"{reference}/nudge/2026-03-05T09:00Z/{whom}" for whom in ("thread", BEN)]


def test_after_downtime_each_reader_gets_one_message_of_everything_as_it_stands_now(raised: Play) -> None:
    look(raised, "2026-03-10T11:00")
    assert [len(nudged(raised, place)) for place in (CHANNEL, ASHA, BEN)] == [1, 1, 1]
    assert "Stage 1 is overdue by 3 working days" in text(raised, CHANNEL)
    assert nudged(raised, CHANNEL)[0].key.endswith("/nudge/2026-03-10T09:00Z/thread")
    raised.world.tick()
    assert len(nudged(raised, CHANNEL)) == 1
    assert {each.due.astimezone(LONDON).hour for each in armed(raised)} == {9}
    assert min(each.due for each in armed(raised)) == datetime(2026, 3, 11, 9, tzinfo=LONDON)


def test_who_was_reminded_of_what_stands_in_the_history_which_still_explains_the_record(raised: Play) -> None:
    look(raised, "2026-03-09T09:00")
    history = raised.history()
    last = [entry for entry in history if entry.what == "nudged"][-1]
    assert (last.by, last.details["working_days_late"]) == ("bot", {"limit/stage-1": 2})
    assert last.details["nudges"] == ["limit/stage-1", "no_reply/stage-1", "file/stage-1"]
    assert last.details["readers"] == [BEN, ASHA, "console:cerys"]
    assert is_explained(raised.escalation(), history)
    assert unexplained(history) == []


def test_a_corrected_date_is_edited_where_it_stands_and_so_is_one_that_is_corrected_back(raised: Play) -> None:
    look(raised, "2026-03-04T09:30")
    said = len(nudged(raised, CHANNEL)), len(nudged(raised, BEN))
    assert "Stage 1 is due by the end of Thursday 5 March 2026." in text(raised, CHANNEL)
    for day, due in ((27, "due today: by the end of Wednesday 4 March"), (2, "due by the end of Thursday 5 March")):
        raised.do(CORRECT.format(day=f"{day} {'February' if day > 4 else 'March'} 2026"))
        for place in (CHANNEL, BEN):
            assert f"Stage 1 is {due} 2026." in text(raised, place)
            assert "The dates in this message were changed on Wednesday 4 March 2026." in text(raised, place)
    assert (len(nudged(raised, CHANNEL)), len(nudged(raised, BEN))) == said


def test_what_changes_no_date_edits_nothing(raised: Play) -> None:
    look(raised, "2026-03-04T09:30")
    raised.do("Asha: /update\nAsha: We spoke.")
    assert nudged(raised, CHANNEL)[-1].key.endswith("/thread")
    assert "were changed on" not in text(raised, CHANNEL)


def test_a_nudge_of_a_stage_that_was_left_is_not_edited_any_more(raised: Play) -> None:
    look(raised, "2026-03-04T09:30")
    raised.do(ASK_FOR_STAGE_2 + "Ben [Approve]" + CORRECT.format(day="27 February 2026"))
    assert "Stage 1 is due by the end of Thursday 5 March 2026." in text(raised, CHANNEL)


def test_when_a_snooze_is_over_the_person_is_told_of_all_that_came_up_and_nobody_else(raised: Play) -> None:
    reference, until = raised.world.reference(), datetime(2026, 3, 5, 13, tzinfo=LONDON)
    look(raised, "2026-03-03T10:00")
    with raised.world.parts.database.transaction() as tx:
        tx.snooze(reference, BEN, until)
        timer = Timer(f"snoozed/{reference}/{BEN}", "snoozed", until, reference, BEN)
        tx.set_timers(reference, [*tx.timers(reference), timer])
    before = len(nudged(raised, BEN))
    raised.do("Asha: /update\nAsha: We spoke.")
    look(raised, "2026-03-05T12:00")
    assert len(nudged(raised, BEN)) == before
    in_thread = len(nudged(raised, CHANNEL))
    look(raised, "2026-03-05T13:00")
    assert len(nudged(raised, BEN)) == before + 1
    assert "Stage 1 is due today" in text(raised, BEN)
    assert len(nudged(raised, CHANNEL)) == in_thread


def test_where_nothing_is_to_be_said_nothing_is_written(raised: Play) -> None:
    c = world(raised)
    left = Timer(f"nudge/{c.escalation.reference}/limit/stage-0", "nudge", raised.world.moment, "", "limit/stage-0")
    done = decisions.fire(c, c.escalation, [left], raised.world.moment)
    assert (done.deliveries, done.history, done.escalation) == ([], [], c.escalation)


def test_where_the_raiser_has_left_whoever_acts_for_their_side_is_told_and_can_take_it_over(raised: Play) -> None:
    with raised.world.parts.database.transaction() as tx:
        asha = tx.person(ASHA)
        assert asha is not None
        tx.keep_person(replace(asha, left=True))
    told = len(nudged(raised, ASHA))
    look(raised, "2026-03-06T09:00")
    assert len(nudged(raised, ASHA)) == told
    for person in (BEN, "console:cerys"):
        assert "Whoever raised it is not here any more, so nobody leads it. Please take it over" in text(raised, person)
        assert "[Take it over]" in text(raised, person)
    assert "Anybody named on their side can take it over with /pass." in text(raised, CHANNEL)
