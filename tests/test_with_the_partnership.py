"""Whether the partnership has the form: by what has gone to it and not come back, whoever else has it or lacks it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.access import facts_of
from bot.decisions.effects import Effects
from bot.decisions.reporting import report
from bot.decisions.sending import letter_begun_again, letter_came_back, letter_given_up, letter_left
from bot.errors import Refused
from bot.escalation import Escalation
from bot.flows import nudges
from bot.flows.context import Context
from bot.flows.digest import Week, digest
from bot.flows.faces import face
from bot.flows.mine import reported_facts
from bot.flows.report import pinned_filling
from bot.messages import words_of
from bot.sent_letters import letters_of
from tests.explaining import assert_faces_are_true
from tests.flows.contexts import POLICIES, WORDS, context, escalation
from tests.flows.held import asked, ends
from tests.posting import Post
from tests.scenes import scene

FIRST, LATER, AGAIN = (datetime(2026, 3, day, 10, tzinfo=UTC) for day in (24, 27, 30))
PARTNERSHIP, LEAD = "1", "2"
"""The letters with Herefordshire's report."""
ENTRY = "report-to-hscp/all/entry"
TICK = WORDS("tick.partnership_acknowledged")


def on(at: datetime, about: Escalation) -> Context:
    return context(about, today=at.date(), now=at)


def all_left(done: Effects, at: datetime) -> Escalation:
    after = done.escalation
    for number, letter in letters_of(after).items():
        if not letter.get("left") and not letter.get("given_up"):
            after = letter_left(on(at, after), number, "<1@example.org>", at).escalation
    return after


@pytest.fixture
def sent() -> Escalation:
    """The partnership has the report, and so has the lead of the other side."""
    about = escalation("herefordshire", 2)
    return all_left(report(on(FIRST, about), ends("report", on(FIRST, about)), "1", FIRST), FIRST)


def said(about: Escalation, at: datetime = AGAIN) -> dict[str, bool]:
    """Where it is said that something was sent to the partnership."""
    c = on(at, about)
    return {
        "face": TICK in words_of(face(c, about)),
        "digest": "sent on" in words_of(digest(c, POLICIES["herefordshire"], Week(FIRST, [about]), str)),
        "nudges": "acknowledged" in {each.kind for each in nudges.owed(c, about)},
        "note": "partnership_acknowledged" in {each.id for each in asked("note", c)["what"].kind.options},  # type: ignore[attr-defined]
    }


EVERYWHERE = {"face": True, "digest": True, "nudges": True, "note": True}
NOWHERE = dict.fromkeys(EVERYWHERE, False)


def since(about: Escalation) -> list[date]:
    """The days from which the partnership is asked whether it has what was sent."""
    return [each.since for each in nudges.owed(on(AGAIN, about), about) if each.kind == "acknowledged" and each.since]


def lost(about: Escalation, number: str, how: str) -> Escalation:
    if how == "refused":
        return letter_given_up(on(LATER, about), number, "No such mailbox.", LATER).escalation
    return letter_came_back(on(LATER, about), number, "bot", LATER).escalation


def sent_once_more(about: Escalation, number: str, how: str) -> Escalation:
    if how == "refused":
        return all_left(letter_begun_again(on(AGAIN, about), number, "key", "bot", AGAIN), AGAIN)
    c = replace(on(AGAIN, about), seed={"filling": ENTRY})
    c = replace(c, seed={"filling": ENTRY, **pinned_filling(c)})
    return all_left(report(c, ends("report", c), "2", AGAIN), AGAIN)


HOW = pytest.mark.parametrize("how", ["refused", "came back"])


@HOW
def test_what_the_partnership_did_not_get_is_nowhere_said_to_be_with_it_until_it_was_sent_once_more(
    sent: Escalation, how: str
) -> None:
    assert said(sent) == EVERYWHERE
    assert since(sent) == [FIRST.date()]
    without = lost(sent, PARTNERSHIP, how)
    assert said(without) == NOWHERE
    again = sent_once_more(without, PARTNERSHIP, how)
    assert (said(again), since(again)) == (EVERYWHERE, [AGAIN.date()])


@HOW
def test_what_another_recipient_lacks_or_gets_later_changes_nothing_about_the_partnerships_copy(
    sent: Escalation, how: str
) -> None:
    without = lost(sent, LEAD, how)
    assert (said(without), since(without)) == (EVERYWHERE, [FIRST.date()])
    again = sent_once_more(without, LEAD, how)
    assert (said(again), since(again)) == (EVERYWHERE, [FIRST.date()])


def test_what_has_not_left_yet_is_not_with_the_partnership_and_the_face_shows_when_it_is() -> None:
    about = escalation("herefordshire", 2)
    confirmed = report(on(FIRST, about), ends("report", on(FIRST, about)), "1", FIRST).escalation
    assert said(confirmed) == NOWHERE
    left = letter_left(on(FIRST, confirmed), PARTNERSHIP, "<1@example.org>", FIRST)
    (edited,) = [each for each in left.deliveries if each.kind == "edit"]
    assert edited.message
    assert TICK in words_of(edited.message)
    other = letter_left(on(FIRST, confirmed), LEAD, "<1@example.org>", FIRST)
    assert other.deliveries == [], "nothing that the face shows has changed"


def test_what_comes_back_late_is_taken_from_the_face_also_where_it_was_sent_once_more_and_has_not_left(
    sent: Escalation,
) -> None:
    c = replace(on(LATER, sent), seed={"filling": ENTRY})
    confirmed = report(c, ends("report", c), "2", LATER).escalation
    done = letter_came_back(on(LATER, confirmed), PARTNERSHIP, "bot", LATER)
    assert said(done.escalation) == NOWHERE
    (edited,) = [each for each in done.deliveries if each.kind == "edit"]
    assert edited.message
    assert TICK not in words_of(edited.message)


def test_the_partnership_itself_reads_the_day_on_which_its_own_copy_went(sent: Escalation) -> None:
    again = sent_once_more(lost(sent, LEAD, "came back"), LEAD, "came back")
    facts: Any = reported_facts(on(AGAIN, again), facts_of(again, POLICIES["herefordshire"]))
    assert dict(facts.rows)["Report to HSCP"] == "sent, Tuesday 24 March 2026"


def test_the_face_in_the_channel_is_true_before_and_after_each_of_these(tmp_path: Path) -> None:
    form = Post(scene("form sent", tmp_path))
    world = form.world
    assert TICK in world.face(form.play.escalation())
    assert_faces_are_true(world)
    form.play.do("Asha: /note\nAsha: A form came back\nAsha [Letter 1]")
    assert TICK not in world.face(form.play.escalation())
    assert_faces_are_true(world)
    form.fail(f"{form.reference}/letter/2", Refused("The mail server is closed."))
    form.play.do("Asha: /report\nAsha [Continue]\nAsha [Skip]\nAsha [Send it now]")
    assert TICK not in world.face(form.play.escalation())
    assert_faces_are_true(world)
    world.presses("console:asha", "Try again")
    assert TICK in world.face(form.play.escalation())
    assert_faces_are_true(world)
    world.close()
