"""Asking what is missing: in direct messages, in the thread, in the middle of another conversation, and by others."""

from __future__ import annotations

import pytest

from tests.scenes import RAISED, Play

ASHA, BEN, GRACE, IRIS = "console:asha", "console:ben", "console:grace", "console:iris"


def test_the_raiser_is_told_everything_that_is_missing_at_once(asked: Play) -> None:
    asked.do("""
Asha: why can’t I move this?
  | REF: what is missing
  | It does not move to a further stage, because:
  | Ben Sample or Cerys Specimen was asked on Wednesday 4 March 2026 to approve the move to Stage 2
  | From Thursday 5 March 2026 you may go on without approval
  | It is not closed, because:
  | It is not resolved yet: it stands at Stage 1.
  | [Resolve]
  ! Kit Marker
Asha [Resolve]
  | When was it resolved?
""")


def test_the_face_names_who_is_asked_and_answers_everybody_who_may_see_it_privately(asked: Play) -> None:
    asked.do("""
#herefordshire-escalations | Owner: Ben Sample or Cerys Specimen
Cerys [Show all that is missing]
  | REF: what is missing
  | [Approve] [Decline]
Cerys [Decline]
Cerys: Kit Marker is being seen.
#herefordshire-escalations | Owner: Ben Sample
Asha: why
  | The move to Stage 2, asked for on Wednesday 4 March 2026, was declined.
  ! Kit Marker
""")
    assert [(each.what, each.by) for each in asked.history() if each.what == "viewed"] == [("viewed", "console:cerys")]


@pytest.mark.parametrize("thread", [True, False])
@pytest.mark.parametrize("typed", ["why", "@bot why can't I close this?", "/why"])
def test_it_is_answered_privately_wherever_it_is_asked(asked: Play, typed: str, thread: bool) -> None:
    asked.world.types(BEN, typed, thread=asked.world.reference() if thread else "")
    assert "what is missing" in asked.world.sees(BEN)
    assert "what is missing" not in asked.world.channel("herefordshire-escalations")


@pytest.mark.parametrize("typed", ["why", "/why {}", "why can’t I close {}?"])
@pytest.mark.parametrize("person", [IRIS, "console:farid"])
def test_others_learn_nothing_not_even_that_there_is_one(asked: Play, person: str, typed: str) -> None:
    reference = asked.world.reference()
    asked.world.types(person, typed.format(reference), thread=reference)
    real = asked.world.sees(person)
    asked.world.types(person, typed.format("E-2ZZ-2ZZ"), thread="E-2ZZ-2ZZ")
    assert real == asked.world.sees(person)
    assert real.startswith("I cannot find an escalation")


def test_a_conversation_that_is_open_stays_open_and_keeps_what_was_given(asked: Play) -> None:
    asked.do("""
Asha: /resolve
Asha [Continue]
Asha: why can't I close this?
  | How did it end?
Asha [It was agreed]
  | How was it resolved?
""")
    shown = [said.message.summary for said in asked.world.chat.at(ASHA)]
    assert f"{asked.world.reference()}: what is missing" in shown


def test_after_the_end_it_says_what_is_still_missing(asked: Play) -> None:
    asked.do("""
Asha: /withdraw
Asha: The decision was changed.
Asha [Withdraw the escalation]
Asha: /update REF
  | REF is withdrawn, so this can no longer be done.
  | open it again with /reopen; /why says what is still missing.
Asha: /why REF
  | It is withdrawn. It can be opened again.
  | [Open again]
  ! You keep the responsibility
""")


def test_a_conversation_that_has_nothing_to_do_says_why_and_offers_the_whole_list(asked: Play) -> None:
    asked.do("""
Asha: /move
  | nobody has answered yet
  | from Thursday 5 March 2026 you may go on without approval
Asha [Show all that is missing]
  | REF: what is missing
""")


def test_of_several_it_is_asked_which_and_who_of_the_others_looked_stands_in_the_history(asked: Play) -> None:
    first = asked.world.reference()
    asked.do(RAISED)
    asked.do("""
Ben: why can't I move this?
  | Which escalation is it about?
""")
    both = (first, asked.world.reference())
    with asked.world.parts.database.transaction() as tx:
        for reference in both:
            assert [(each.what, each.by) for each in tx.history(reference)][-1] == ("viewed", BEN)
    asked.do("""
Asha: why
  | Which escalation is it about?
""")
    assert asked.told()[-1] == "viewed"
    assert asked.history()[-1].by == BEN


def test_where_there_is_none_it_says_so(asked: Play) -> None:
    asked.do("""
Erin: why can’t I close this?
  | You have no open escalation that this could be about.
""")
