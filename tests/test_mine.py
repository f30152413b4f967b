"""What somebody is shown of their escalations: what they lead, what names them, what waits, what was reported."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.access import reported_to
from bot.chat.block_kit import blocks
from bot.chat.slack.home import BLOCKS
from bot.escalation import Approval, Conversation, Status
from bot.flows.mine import home, my_escalations
from bot.messages import words_of
from bot.overview import AT_MOST
from tests.flows.contexts import ASHA, BEN, DIRECTORY, POLICIES, TODAY, context, escalation, gone, reported
from tests.scenes import DIALOGUES, Play
from tests.slack.checks import check_view
from tests.talking import World

IRIS = "console:iris"


def test_a_manager_is_shown_what_waits_for_them_and_answers_it_there(asked: Play) -> None:
    asked.do("""
Cerys: my escalations
  | REF waits for your answer: may it move to Stage 2: Safeguarding Lead
  | Asked on Wednesday 4 March 2026.
  ! Kit Marker
Cerys [Approve]
  | Thank you. REF has moved on
Ben: my escalations
  ! waits for your answer
  | You are named in this escalation.
Dele: my escalations
  | You can approve a move from this stage.
Dele [Show all that is missing]
  | REF: what is missing
  | It is not resolved yet: it stands at Stage 2.
""")
    assert asked.escalation().stage == "stage-2"


def test_the_partnership_s_officer_sees_nothing_before_a_form_was_sent(asked: Play) -> None:
    asked.do("""
Iris: my escalations
  | You have no escalations, and none names you.
  ! REF
""")


@pytest.fixture
def sent(tmp_path: Path) -> Iterator[Play]:
    """Herefordshire's dialogue to the moment at which the form of Stage 2 has been sent."""
    play = Play(World(tmp_path, quick=True), DIALOGUES / "herefordshire.txt")
    play.play_until("# Stage 2 does not resolve it either.")
    yield play
    play.world.close()


def test_the_partnership_s_officer_sees_the_facts_of_what_was_sent_and_can_fill_in_their_own_part_only(
    sent: Play,
) -> None:
    sent.do("""
Iris: my escalations
  | Reported to HSCP
  | Reference: REF
  | Stage: Stage 2: Safeguarding Lead
  | Status: open
  | Begun: Monday 2 March 2026
  | Due: by the end of Thursday 12 March 2026
  | Report to HSCP: sent, Wednesday 4 March 2026
  ! Kit Marker
  ! Asha
  ! Example County
  ! The managers met
""")
    assert re.findall(r"\[.*\]", words_of(sent.world.last(IRIS))) == ["[Note that it came] [A form came back]"]
    assert [(each.what, each.by) for each in sent.history()[-1:]] == [("viewed", IRIS)]
    for word in ("update", "note", "move", "report", "pass", "resolve", "file", "why"):
        sent.world.types(IRIS, f"/{word} {sent.world.reference()}")
        assert "I cannot find an escalation with that reference" in sent.world.sees(IRIS)


def test_what_was_reported_and_has_ended_says_so() -> None:
    closed = escalation("herefordshire", 3, Status.CLOSED)
    ended = reported(closed, {"report-to-hscp/all/entry": "2026-03-20T10:00:00Z"})
    theirs = reported_to(DIRECTORY[IRIS], [ended], context().policy_of)
    said = "".join(map(words_of, my_escalations(context(), [], 0, [], [], theirs)))
    assert "Status: closed" in said
    assert "Resolved: Friday 27 March 2026" in said
    assert "Due" not in said


def test_of_what_somebody_got_in_its_stead_the_team_reads_that_it_was_sent_and_has_nothing_to_press() -> None:
    letter = gone("resolution-form/stage-3/stage", to="auditor@example.org", partnership=False, hand_on="")
    about = escalation("islands", 3).with_fields(**{"letter.1": {**letter, "stands_for": ["audit-manager"]}})
    theirs = reported_to(replace(DIRECTORY[IRIS], partnership="islands"), [about], context(about).policy_of)
    said = "".join(map(words_of, my_escalations(context(about), [], 0, [], [], theirs)))
    assert "ISCP resolution form: sent, Friday 20 March 2026" in said
    assert not [word for word in ("auditor", "A form came back", "Note that it came") if word in said]


def test_however_much_there_is_each_message_fits_and_nothing_is_left_out() -> None:
    many = [replace(escalation("islands", 3), reference=f"E-2AA-{n}BB") for n in range(12)]
    moments = [moment.id for moment in POLICIES["herefordshire"].forms[0].moments]
    sent = {f"report-to-hscp/all/{moment}": "2026-03-20T10:00:00Z" for moment in moments}
    one = reported(escalation("herefordshire", 2), sent)
    theirs = reported_to(
        DIRECTORY[IRIS], [replace(one, reference=f"E-3AA-{n}BB") for n in range(12)], context().policy_of
    )
    requests = [
        Approval(f"{each.reference}.1", each.reference, "move", ASHA, TODAY, (BEN,), stage="stage-4") for each in many
    ]
    drafts = [Conversation(f"draft-{n}", ASHA, "report", f"E-4AA-{n}BB") for n in range(12)]
    messages = my_escalations(context(), many, 3, drafts, list(zip(requests, many, strict=True)), theirs)
    assert 1 < len(messages) < 6
    assert all(blocks(message) for message in messages)
    page = home(context(), messages[:AT_MOST], more=True)
    check_view({"type": "home", "blocks": blocks(page, platform="slack:T00000001", most=BLOCKS)}, set())
    said = "".join(map(words_of, messages))
    assert [n for n in range(12) for start in "23" if f"Reference: E-{start}AA-{n}BB" not in said] == []
    assert [n for n in range(12) if f"E-2AA-{n}BB waits for your answer" not in said] == []
    assert [n for n in range(12) if f"E-4AA-{n}BB" not in said] == []


def test_where_there_is_more_than_can_be_shown_it_is_said_how_much_and_what_goes_on_comes_first(tmp_path: Path) -> None:
    world, made = World(tmp_path, quick=True), escalation("herefordshire")
    led = [replace(made, reference=f"E-2A{sign}-2BB", thread=f"{sign}/open") for sign in "23456789ABCDEFGH"]
    resolved = [
        replace(each, reference=f"E-3{each.reference[3:]}", status=Status.RESOLVED, thread=f"{each.reference}/resolved")
        for each in led
    ]
    bens = replace(made, reference="E-4AA-2BB", raiser=BEN, thread="bens")
    world.has(*resolved, *led, bens)
    with world.parts.database.transaction() as tx:
        for each in led:
            key = f"{each.reference}.1"
            tx.keep_approval(Approval(key, each.reference, "move", ASHA, TODAY, (BEN,), stage="stage-2"))
    shown = {}
    for person in (ASHA, BEN):
        world.types(person, "my escalations")
        shown[person] = "".join(words_of(each.message) for each in world.chat.at(person))
    assert [each.reference for each in led[:12] if f"Reference: {each.reference}" not in shown[ASHA]] == []
    assert "20 more are closed or not shown." in shown[ASHA]
    assert "Reference: E-4AA-2BB" in shown[BEN]
    assert shown[BEN].count("waits for your answer: may it move") == 12
    assert "Left out here: 4 more that wait for your answer." in shown[BEN]
    world.close()
