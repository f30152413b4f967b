"""Whole escalations from day to day across Easter and Christmas: every reminder and digest, with its moment and reader.

The tables are written by hand, from the policy and a calendar on the wall.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pytest

from bot.messages import Message, words_of
from tests.flows.contexts import escalation
from tests.scenes import Play
from tests.talking import ChatFake, World

RAISED = """
Asha: /escalate
Asha [No]
Asha [Herefordshire Safeguarding Children Partnership]
Asha [No, it is none of these]
Asha [A practice issue or theme]
Asha [Yes, and we still disagree]
Asha: We raised it at two meetings.
Asha: Grace Madeup, Team Manager, Example County Children's Social Care
Asha: yesterday
Asha: Minutes of conferences arrive after weeks.
Asha: Minutes within ten days.
Asha [Continue]
Asha [Skip]
Asha [Continue]
"""
SAID = """
Asha [Yes, I have]
Asha [Continue]
Asha [In a video call]
Asha [Continue]
"""
NOT_SAID = """
Asha [Not yet, please remind me]
"""
SAY = """
Asha: /say
Asha [Yes, I have]
Asha [Continue]
Asha [In a video call]
Asha [Continue]
"""
GO_ON = """
Asha: /move
Asha [Go on without approval]
Asha: No answer came.
Asha [Move to Stage 3]
"""
WITHDRAW = """
Asha: /withdraw
Asha: The minutes came.
Asha [Withdraw the escalation]
"""
PEOPLE = """
Asha: today
Asha fills in
    Pick somebody = Ben
Asha [Continue]
Asha [Continue]
Asha fills in
    Pick somebody = Grace
Asha [Continue]
Asha [Start the escalation]
"""
ASK = """
Asha: /move
Asha: The managers cannot change it.
Asha fills in
    Pick somebody = {name}
Asha [Continue]
Asha [Skip]
Asha fills in
    Pick somebody = Hugh
Asha [Continue]
Asha [Ask for approval]
"""
REPORT = """
Asha: /report
Asha [Continue]
Asha: Late minutes.
Asha [No]
Asha [Continue]
Asha [Continue]
Asha [Continue]
Asha [Continue]
Asha [Continue]
Asha [Send it now]
"""


RESOLVE = """
Asha: /resolve
Asha [Continue]
Asha [It was agreed]
Asha: The heads of service met.
Asha: Minutes within ten days.
Asha: Ask earlier.
Asha [Skip]
Asha fills in
    Has an outcome = An outcome has been agreed + A debrief has taken place
Asha [Continue]
Asha [Resolve the escalation]
"""
LAST_REPORT = """
Asha: /report
Asha [Continue]
Asha [Continue]
Asha [Stage 2]
Asha [Continue]
Asha [Continue]
Asha [Continue]
Asha [Continue]
Asha [Continue]
Asha [Send it now]
"""
FILED = """
Asha: /note REF
Asha [An agency has filed it on its records]
Asha [{agency}]
Asha: today
"""
ACKNOWLEDGED = """
Asha: /note REF
Asha [The partnership acknowledged the report]
Asha: today
Asha [Continue]
"""


@dataclass
class Noting(ChatFake):
    """Notes when each reminder and digest was said, as the clock on the wall shows it."""

    world: World | None = None
    noted: list[tuple[str, str, str]] = field(default_factory=list)

    def direct(self, key: str, person: str, message: Message) -> str:
        self._note(key, person.removeprefix("console:").capitalize(), message)
        return super().direct(key, person, message)

    def thread(self, key: str, channel: str, under: str, message: Message) -> str:
        self._note(key, "thread" if under else "digest", message)
        return super().thread(key, channel, under, message)

    def _note(self, key: str, place: str, message: Message) -> None:
        if self.world and ("/nudge/" in key or key.startswith(("digest/herefordshire", "draft/"))):
            self.noted.append((f"{self.world.moment:%a %d %b %H:%M}", place, words_of(message)))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path, quick=True)
    world.chat = Noting(world=world)
    world.parts = world._open()
    yield world
    world.close()


def assert_said(world: World, table: str) -> None:
    """Exactly these, in this order; each with these words."""
    assert isinstance(world.chat, Noting)
    expected = [line.split(maxsplit=5) for line in table.strip().splitlines()]
    wanted = [(" ".join(row[:4]), row[4]) for row in expected]
    assert [(when, place) for when, place, _ in world.chat.noted] == wanted
    for row, (_, _, text) in zip(expected, world.chat.noted, strict=True):
        for words in row[5].split(" & "):
            assert words in text, f"{' '.join(row[:5])}: {words}\n{text}"


# ── Easter 2026 ──────────────────────────────────────────────────────────────────────────────────────────────
#
# The concern is of Thursday 26 March; the clocks go forward on Sunday the 29th; Good Friday is 3 April. Stage 1 has 3
# working days: Friday, Monday, Tuesday the 31st. Stage 2 has 8: 1 and 2 April, then from Tuesday the 7th to Thursday
# the 9th. Monday 4 May is a bank holiday, too.

EASTER = """
Fri 27 Mar 09:00 thread  the target is today, the end of Friday 27 March 2026
Fri 27 Mar 09:00 Ben     the target is today, the end of Friday 27 March 2026. The next move is yours.
Mon 30 Mar 09:00 digest  Open: 1 (Stage 1: 1) & Due within seven days: 1 & by the end of Tuesday 31 March 2026
Mon 30 Mar 09:00 thread  due by the end of Tuesday 31 March 2026 & other side since Thursday 26 March 2026
Mon 30 Mar 09:00 Ben     Stage 1 is due by the end of Tuesday 31 March 2026. The next move is yours.
Mon 30 Mar 09:00 Asha    Nothing has been noted from the other side since Thursday 26 March 2026
Tue 31 Mar 09:00 thread  Stage 1 is due today: by the end of Tuesday 31 March 2026
Tue 31 Mar 09:00 Ben     Stage 1 is due today: by the end of Tuesday 31 March 2026
Wed 01 Apr 09:00 thread  overdue by 1 working day & to Stage 2 was asked for on Tuesday 31 March 2026
Wed 01 Apr 09:00 Ben     overdue by 1 working day & to Stage 2 was asked for on Tuesday 31 March 2026
Wed 01 Apr 09:00 Asha    overdue by 1 working day & You can move it on now. & other side since Thursday 26 March 2026
Wed 01 Apr 09:00 Cerys   The move to Stage 2 was asked for on Tuesday 31 March 2026
Thu 02 Apr 09:00 thread  “Report to HSCP” has been due since Wednesday 1 April 2026
Thu 02 Apr 09:00 Asha    “Report to HSCP” has been due since Wednesday 1 April 2026
Fri 10 Apr 11:00 digest  Open: 1 (Stage 2: 1) & Overdue: 1 & overdue since the end of Thursday 9 April 2026
Fri 10 Apr 11:00 thread  overdue by 1 working day & Nothing has been noted & due since Wednesday 1 April
Fri 10 Apr 11:00 Dele    Stage 2 is overdue by 1 working day: it was due by the end of Thursday 9 April 2026
Fri 10 Apr 11:00 Asha    Nothing has been noted & “Report to HSCP” has been due since Wednesday 1 April 2026
Mon 13 Apr 09:00 digest  Open: 1 (Stage 2: 1) & New since Friday 10 April 2026: none
Mon 13 Apr 09:00 thread  Stage 2 is overdue by 2 working days & Nothing has been noted
Mon 13 Apr 09:00 Dele    Stage 2 is overdue by 2 working days
Mon 13 Apr 09:00 Asha    Stage 2 is overdue by 2 working days & Nothing has been noted
Tue 14 Apr 09:00 thread  Stage 2 is overdue by 3 working days
Tue 14 Apr 09:00 Dele    Stage 2 is overdue by 3 working days
Tue 14 Apr 09:00 Asha    Stage 2 is overdue by 3 working days
Wed 15 Apr 09:00 thread  “Report to HSCP” has been due since Tuesday 14 April 2026
Wed 15 Apr 09:00 Asha    “Report to HSCP” has been due since Tuesday 14 April 2026
Mon 20 Apr 09:00 digest  Resolved or withdrawn since Monday 13 April 2026: 1 & at Stage 2 on Tuesday 14 April 2026
Tue 21 Apr 09:00 thread  Since Tuesday 14 April 2026 nobody has noted that every agency concerned
Tue 21 Apr 09:00 Asha    Since Tuesday 14 April 2026 nobody has noted that every agency concerned
Wed 22 Apr 09:00 thread  The report was sent on Wednesday 15 April 2026, and nobody has noted that the partnership
Wed 22 Apr 09:00 Iris    The report was sent on Wednesday 15 April 2026 & Please tell whoever sent it that you have it.
Wed 22 Apr 09:00 Asha    The report was sent on Wednesday 15 April 2026 & ask them whether it arrived
Mon 27 Apr 09:00 digest  Open: none & acknowledged by HSCP Partnership Team: 1 & sent on Wednesday 15 April 2026
Tue 05 May 09:00 digest  No escalation is open. None was raised, resolved or withdrawn since Monday 27 April 2026.
"""


def test_from_raised_to_filed_across_easter_and_a_week_in_which_nobody_looked(world: World) -> None:
    play = Play(world)
    world.wakes("2026-03-26 10:00")
    play.do(RAISED + SAID + PEOPLE)
    world.until("2026-03-31 11:00")
    play.do(ASK.format(name="Dele"))
    world.until("2026-04-01 12:00")
    play.do("Ben [Approve]")
    world.until("2026-04-02 12:00")
    world.wakes("2026-04-10 11:00")
    play.do(REPORT)
    world.until("2026-04-14 11:00")
    play.do(RESOLVE)
    world.until("2026-04-15 12:00")
    play.do(LAST_REPORT)
    world.until("2026-04-21 12:00")
    for agency in ("Millbrook Example Primary School", "Example County Children's Social Care"):
        play.do(FILED.format(agency=agency))
    world.until("2026-04-28 12:00")
    play.do(ACKNOWLEDGED)
    world.until("2026-05-06 12:00")
    assert_said(world, EASTER)


# ── Christmas 2026 ───────────────────────────────────────────────────────────────────────────────────────────
#
# The concern is of Monday 14 December. Stage 1 ends on Thursday the 17th, Stage 2 on Thursday the 24th. Christmas Day
# is a Friday, and Monday the 28th stands for Boxing Day: the next working day is Tuesday the 29th. New Year’s Day is a
# Friday, too. Stage 3 has 13 working days: 29, 30, 31, then 4 and 5 January.

CHRISTMAS = """
Tue 15 Dec 09:00 thread  the target is today, the end of Tuesday 15 December 2026 & It was raised on Monday 14 December
Tue 15 Dec 09:00 Ben     the target is today, the end of Tuesday 15 December 2026. The next move is yours.
Tue 15 Dec 09:00 Asha    nobody has noted that the other side was told, in so many words
Wed 16 Dec 09:00 thread  Stage 1 is due by the end of Thursday 17 December 2026 & told, in so many words
Wed 16 Dec 09:00 Ben     Stage 1 is due by the end of Thursday 17 December 2026. The next move is yours.
Wed 16 Dec 09:00 Asha    nobody has noted that the other side was told, in so many words
Thu 17 Dec 09:00 thread  Stage 1 is due today: by the end of Thursday 17 December 2026
Thu 17 Dec 09:00 Ben     Stage 1 is due today: by the end of Thursday 17 December 2026
Mon 21 Dec 09:00 digest  Open: 1 (Stage 2: 1) & Due within seven days: 1 & by the end of Thursday 24 December 2026
Mon 21 Dec 09:00 thread  Nothing has been noted from the other side since Thursday 17 December 2026
Mon 21 Dec 09:00 Asha    Nothing has been noted from the other side since Thursday 17 December 2026
Mon 21 Dec 09:00 Dele    Please tell Asha Example whether they have answered you.
Wed 23 Dec 09:00 thread  Stage 2 is due by the end of Thursday 24 December 2026 & Nothing has been noted
Wed 23 Dec 09:00 Dele    Stage 2 is due by the end of Thursday 24 December 2026. The next move is yours.
Wed 23 Dec 09:00 Asha    Nothing has been noted from the other side since Thursday 17 December 2026
Thu 24 Dec 09:00 thread  Stage 2 is due today: by the end of Thursday 24 December 2026 & The report was sent
Thu 24 Dec 09:00 Dele    Stage 2 is due today: by the end of Thursday 24 December 2026
Thu 24 Dec 09:00 Iris    The report was sent on Thursday 17 December 2026
Thu 24 Dec 09:00 Asha    The report was sent on Thursday 17 December 2026
Tue 29 Dec 09:00 digest  Overdue: 1 & overdue since the end of Thursday 24 December 2026
Tue 29 Dec 09:00 thread  overdue by 1 working day & to Stage 3 was asked for on Thursday 24 December 2026
Tue 29 Dec 09:00 Dele    overdue by 1 working day & to Stage 3 was asked for on Thursday 24 December 2026
Tue 29 Dec 09:00 Asha    overdue by 1 working day & other side since Thursday 17 December 2026
Thu 31 Dec 09:00 thread  Nothing has been noted from the other side since Tuesday 29 December 2026
Thu 31 Dec 09:00 Asha    Nothing has been noted from the other side since Tuesday 29 December 2026
Thu 31 Dec 09:00 Erin    Please tell Asha Example whether they have answered you.
Mon 04 Jan 09:00 digest  Open: 1 (Stage 3: 1) & Due within seven days: 1 & by the end of Tuesday 5 January 2027
Mon 04 Jan 09:00 thread  Stage 3 is due by the end of Tuesday 5 January 2027
Mon 04 Jan 09:00 Erin    Stage 3 is due by the end of Tuesday 5 January 2027. The next move is yours.
Tue 05 Jan 09:00 thread  Stage 3 is due today: by the end of Tuesday 5 January 2027 & The report was sent
Tue 05 Jan 09:00 Erin    Stage 3 is due today: by the end of Tuesday 5 January 2027
Tue 05 Jan 09:00 Asha    Nothing has been noted & The report was sent on Thursday 17 December 2026
Tue 05 Jan 09:00 Iris    The report was sent on Thursday 17 December 2026
Wed 06 Jan 09:00 thread  Stage 3 is overdue by 1 working day & Since Tuesday 29 December 2026 nobody has noted
Wed 06 Jan 09:00 Erin    Stage 3 is overdue by 1 working day
Wed 06 Jan 09:00 Asha    Since Tuesday 29 December 2026 nobody has noted that every agency concerned
Mon 11 Jan 09:00 digest  Open: none & Resolved or withdrawn since Monday 4 January 2027: 1 & withdrawn at Stage 3
Tue 12 Jan 09:00 thread  The report was sent on Thursday 17 December 2026
Tue 12 Jan 09:00 Iris    The report was sent on Thursday 17 December 2026
Tue 12 Jan 09:00 Asha    The report was sent on Thursday 17 December 2026
Wed 13 Jan 09:00 thread  Since Wednesday 6 January 2027 nobody has noted that every agency concerned
Wed 13 Jan 09:00 Asha    Since Wednesday 6 January 2027 nobody has noted that every agency concerned
Mon 18 Jan 09:00 digest  Open: none
Tue 19 Jan 09:00 thread  The report was sent on Thursday 17 December 2026
Tue 19 Jan 09:00 Iris    The report was sent on Thursday 17 December 2026
Tue 19 Jan 09:00 Asha    The report was sent on Thursday 17 December 2026
"""


def test_across_christmas_to_stage_3_without_an_answer_and_only_what_is_left_once_it_is_withdrawn(world: World) -> None:
    play = Play(world)
    world.wakes("2026-12-14 10:00")
    play.do(RAISED + NOT_SAID + PEOPLE)
    world.until("2026-12-16 12:00")
    play.do(SAY)
    world.until("2026-12-17 11:00")
    play.do(ASK.format(name="Dele") + "Ben [Approve]" + REPORT)
    world.until("2026-12-24 12:00")
    play.do(ASK.format(name="Erin"))
    world.until("2026-12-29 12:00")
    play.do(GO_ON)
    world.until("2027-01-06 12:00")
    play.do(WITHDRAW)
    world.until("2027-01-19 12:00")
    assert_said(world, CHRISTMAS)


# ── the clocks go back ───────────────────────────────────────────────────────────────────────────────────────


def test_reminders_and_digests_keep_their_hour_when_the_clocks_go_back(world: World) -> None:
    """On Sunday 25 October 2026, at 2 in the morning, it is 1 again."""
    late = escalation("herefordshire")
    world.has(replace(late, concern=date(2026, 10, 9), entered={"stage-1": date(2026, 10, 9)}))
    world.wakes("2026-10-22 12:00")
    world.until("2026-10-27 12:00")
    assert isinstance(world.chat, Noting)
    assert [when for when, place, _ in world.chat.noted if place == "Ben"] == [
        "Fri 23 Oct 09:00",
        "Mon 26 Oct 09:00",
        "Tue 27 Oct 09:00",
    ]
    assert [when for when, place, _ in world.chat.noted if place == "digest"] == ["Mon 26 Oct 09:00"]
    keys = [key for key in world.chat.said if key.endswith("Z/thread")]
    assert [key.split("/")[2] for key in keys] == ["2026-10-23T08:00Z", "2026-10-26T09:00Z", "2026-10-27T09:00Z"]
