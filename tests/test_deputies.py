"""Who answers for somebody is named by themselves, sees what names them, and stands in the history of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.chat.console.people import PEOPLE
from bot.messages import words_of
from bot.ports import Person
from tests.explaining import assert_history_explains
from tests.flows.contexts import ASHA, BEN, CERYS, GRACE, HUGH
from tests.scenes import Play, scene
from tests.test_leaving import changes

WHO = {each.id: each for each in PEOPLE}
ERIN, FARID = "console:erin", "console:farid"
Scene = Callable[[str], Play]


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Play]:
    play = scene("raised", tmp_path)
    yield play
    assert_history_explains(play.world)
    play.world.close()


def kept(play: Play, who: str) -> Person:
    with play.world.parts.database.look() as tx:
        found = tx.person(who)
    assert found is not None
    return found


def names(play: Play, who: str, deputy: str) -> str:
    """Comes back with what they see then."""
    name = who.removeprefix("console:").capitalize()
    another = f"{name} [Name somebody else]\n" if kept(play, who).deputy else ""
    play.do(f"{name}: /deputy\n{another}{name} fills in\n    Pick somebody = {deputy}\n{name} [Continue]")
    if "Shall" in play.world.sees(who):
        play.do(f"{name} [Yes, they answer for me]")
    return play.world.sees(who)


def test_whoever_is_named_sees_what_names_the_other_and_is_told(play: Play) -> None:
    reference = play.escalation().reference
    play.do(f"Hugh: /why {reference}\n  | I cannot find an escalation")
    names(play, GRACE, "Hugh")
    assert kept(play, GRACE).deputy == HUGH
    assert "Grace Madeup has named you to answer for them." in play.world.sees(HUGH)
    play.do(f"Hugh: /why {reference}\n  | {reference}")
    assert play.told()[-2:] == ["deputy named", "viewed"]


def test_whoever_is_named_no_longer_sees_it_no_longer_and_is_told(play: Play) -> None:
    names(play, GRACE, "Hugh")
    play.do("Grace: /deputy\nGrace [Nobody answers for me any more]")
    assert kept(play, GRACE).deputy == ""
    assert "You do not answer for Grace Madeup any more" in play.world.sees(HUGH)
    play.do(f"Hugh: /why {play.escalation().reference}\n  | I cannot find an escalation")
    with play.world.parts.database.look() as tx:
        noted = [each.details for each in tx.history(play.escalation().reference) if each.what == "deputy named"]
    assert noted == [{"before": "", "after": HUGH}, {"before": HUGH, "after": ""}]


@pytest.mark.parametrize(
    "given",
    [
        "Grace: {email}",
        "Grace fills in\n    E-mail = {email}\nGrace [Continue]",
        "Grace fills in\n    Name = Hugh\n    E-mail = {email}\nGrace [Continue]",
    ],
)
def test_whoever_cannot_be_picked_is_named_by_their_mailbox(play: Play, given: str) -> None:
    play.do("Grace: /deputy\n" + given.format(email=WHO[HUGH].email))
    assert "Hugh Imaginary" in play.world.sees(GRACE)
    play.do("Grace [Yes, they answer for me]")
    assert kept(play, GRACE).deputy == HUGH


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("    E-mail = nobody@example.org", "I cannot find “nobody@example.org” here"),
        ("    Name = Nobody Atall", "I cannot find “Nobody Atall” here"),
        ("    Name = ", "Please pick who answers for you, or give their e-mail."),
    ],
)
def test_whoever_is_nobody_here_answers_for_nobody(play: Play, given: str, says: str) -> None:
    play.do(f"Grace: /deputy\nGrace fills in\n{given}\nGrace [Continue]")
    assert says in play.world.sees(GRACE)
    assert kept(play, GRACE).deputy == ""


@pytest.mark.parametrize(("who", "other"), [(GRACE, "Ben"), (BEN, "Grace"), (ASHA, "Farid")])
def test_nobody_of_the_other_side_answers_for_anybody(play: Play, who: str, other: str) -> None:
    before = kept(play, who).deputy
    seen = names(play, who, other)
    assert f"acts for the other side in {play.escalation().reference}, so they cannot answer for you." in seen
    assert kept(play, who).deputy == before


def test_a_guest_answers_for_nobody_else_and_may_have_a_deputy(play: Play) -> None:
    play.world.parts.know((replace(WHO[ERIN], guest=True),))
    assert "Erin Invented is a guest in this chat" in names(play, ASHA, "Erin")
    play.do("Asha: cancel\nAsha [Erase these answers]")
    assert "Dele Pretend answers for you." in names(play, ERIN, "Dele")


def test_the_same_once_more_changes_nothing_and_tells_nobody(play: Play) -> None:
    names(play, GRACE, "Hugh")
    told, noted = len(play.world.chat.at(HUGH)), len(play.told())
    assert "Hugh Imaginary answers for you." in names(play, GRACE, "Hugh")
    assert (len(play.world.chat.at(HUGH)), len(play.told())) == (told, noted)


def test_whose_deputy_has_left_is_asked_for_another(play: Play) -> None:
    changes(play, replace(WHO[CERYS], left=True))
    told = [words_of(said.message) for said in play.world.chat.at(BEN)]
    assert any("Cerys Specimen, who answered for you, is not here any more." in each for each in told)
    play.do("Ben [Name who answers for me]\n  | Whoever answered for you is not here any more\nBen: cancel")


def test_whose_deputy_has_become_a_guest_is_asked_for_another(play: Play) -> None:
    changes(play, replace(WHO[CERYS], guest=True))
    changes(play, replace(WHO[CERYS], guest=True))
    told = [words_of(said.message) for said in play.world.chat.at(BEN)]
    assert sum("Cerys Specimen, who answered for you, is only a guest in this chat now" in each for each in told) == 1
    play.do("Ben: /deputy\n  | cannot answer for others any more\nBen: cancel")


def test_the_deputy_whom_somebody_named_takes_over_when_they_leave(play: Play) -> None:
    names(play, ASHA, "Erin")
    changes(play, replace(WHO[ASHA], left=True))
    assert play.escalation().raiser == ERIN
    assert "Erin Invented leads it from now on." in play.world.channel("herefordshire-escalations")


def test_a_page_of_their_own_says_who_answers_for_somebody(play: Play) -> None:
    assistant = play.world.parts.assistant
    assert "Cerys Specimen answers for you." in words_of(assistant.home(BEN, looked=False))
    assert "Nobody answers for you yet." in words_of(assistant.home(FARID, looked=False))


def test_whoever_is_named_and_has_nobody_is_offered_to_name_one(tmp_path: Path) -> None:
    play = scene("asked", tmp_path)
    said = [words_of(said.message) for who in (BEN, CERYS) for said in play.world.chat.at(who)]
    assert [each for each in said if "You can name a colleague now" in each] == []
    play.do("Ben [Approve]\nDele [Name who answers for me]\n  | can see every escalation in which you are named")
    play.world.close()
