"""Whoever has left loses access, and what they owed goes to whoever answers for them; never in silence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.chat.console.people import PEOPLE
from bot.errors import NotAllowed
from bot.escalation import Approval
from bot.messages import words_of
from bot.ports import Command, Heard, Person
from bot.roster import Roster
from bot.timers import Timer
from tests.explaining import assert_faces_are_true, assert_history_explains, assert_somebody_owes_the_next_move
from tests.flows.contexts import ASHA, BEN, CERYS, GRACE, HUGH
from tests.scenes import Play, scene
from tests.talking import ADMINISTRATOR

CHANNEL = "herefordshire-escalations"
WHO = {each.id: each for each in PEOPLE}
Scene = Callable[[str], Play]


@pytest.fixture
def played(tmp_path: Path) -> Iterator[Scene]:
    """A world in which some people leave; whatever happens, its record is explained, and shown as it is."""
    plays: list[Play] = []

    def begun(name: str) -> Play:
        plays.append(scene(name, tmp_path))
        return plays[-1]

    yield begun
    for play in plays:
        assert_history_explains(play.world)
        if play.escalation().raiser != ASHA or _is_here(play, ASHA):
            assert_faces_are_true(play.world)
            assert_somebody_owes_the_next_move(play.world)
        play.world.close()


def _is_here(play: Play, who: str) -> bool:
    with play.world.parts.database.look() as tx:
        found = tx.person(who)
    return found is not None and not found.left


def roster(play: Play) -> Roster:
    a = play.world.parts.assistant
    return Roster(play.world.parts.database, a.policies, a.calendars, a.words, a.now, (ADMINISTRATOR,))


def changes(play: Play, profile: Person) -> None:
    roster(play).changed(profile)
    play.world.parts.carrier.carry_all()


def leaves(play: Play, *people: str) -> None:
    for each in people:
        changes(play, replace(WHO[each], deputy="", partnership="", left=True))


def has_no_deputy(play: Play, who: str) -> None:
    play.world.parts.know((replace(WHO[who], deputy=""),))


def sees(play: Play, who: str) -> str:
    return "\n".join(words_of(said.message) for said in play.world.chat.at(who)[-2:])


def request(play: Play) -> Approval:
    return play.approvals()[-1]


# ── who acts ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_deputy_acts_for_a_manager_who_has_left(played: Scene) -> None:
    play = played("raised")
    leaves(play, BEN)
    assert play.escalation().person("stage-1", "raising")["person"] == CERYS
    assert play.escalation().deputy("stage-1") == {}
    channel = play.world.channel(CHANNEL)
    assert "Ben Sample acts in" in channel
    assert "Cerys Specimen answers for them from now on." in channel
    assert "Owner: Cerys Specimen" in channel
    assert "you answer for them: what they owed in" in sees(play, CERYS)
    assert "You keep the responsibility for moving it on." in sees(play, ASHA)
    assert play.told()[-1] == "people changed"


def test_a_request_waits_for_the_deputy_who_can_answer_it(played: Scene) -> None:
    play = played("asked")
    assert set(request(play).may_answer) == {BEN, CERYS}
    leaves(play, BEN)
    assert request(play).may_answer == (CERYS,)
    assert "Cerys Specimen: it is not resolved" in play.world.channel(CHANNEL)
    with pytest.raises(NotAllowed):
        play.world.presses(BEN, "Approve")
    play.world.presses(CERYS, "Approve")
    assert play.escalation().stage == "stage-2"


def test_a_request_whose_deputy_has_left_still_waits_for_the_manager(played: Scene) -> None:
    play = played("asked")
    leaves(play, CERYS)
    assert request(play).may_answer == (BEN,)
    assert "Nobody has been named to answer for them." in play.world.channel(CHANNEL)


def test_where_nobody_can_answer_a_request_any_more_it_waits_for_nobody(played: Scene) -> None:
    play = played("asked")
    has_no_deputy(play, BEN)
    leaves(play, CERYS, BEN)
    assert request(play).answer == "withdrawn"
    assert "[Approve]" not in play.world.channel(CHANNEL)
    assert "Nobody who could approve your request" in sees(play, ASHA)
    play.do("Asha: /move\n  | Why is it not resolved at Stage 1?")


def test_whoever_acts_for_the_other_side_and_has_no_deputy_is_told_of_to_the_raiser(played: Scene) -> None:
    play = played("raised")
    leaves(play, GRACE)
    assert "Grace Madeup acts in" in play.world.channel(CHANNEL)
    assert "nobody answers for them in" in sees(play, ASHA)
    assert play.told()[-1] == "left"


def test_a_deputy_who_acts_for_the_other_side_does_not_take_over(played: Scene) -> None:
    play = played("raised")
    play.world.parts.know((replace(WHO[GRACE], deputy=BEN),))
    leaves(play, GRACE)
    assert play.escalation().person("stage-1", "challenged")["person"] == GRACE
    assert "nobody answers for them in" in sees(play, ASHA)


def test_what_nobody_owes_in_does_not_change(played: Scene) -> None:
    play = played("raised")
    before, channel = play.escalation().version, play.world.channel(CHANNEL)
    leaves(play, HUGH)
    assert (play.escalation().version, play.world.channel(CHANNEL)) == (before, channel)


# ── who leads ────────────────────────────────────────────────────────────────────────────────────────────────


def test_whoever_is_named_on_their_side_can_take_over_what_nobody_leads(played: Scene) -> None:
    play = played("raised")
    leaves(play, ASHA)
    assert "Nobody leads it until somebody named on their side takes it over" in play.world.channel(CHANNEL)
    for who in (BEN, CERYS):
        assert "Please take it over" in sees(play, who)
    play.do("Ben [Take it over]\nBen [I take it over]\nBen: She has left us.")
    assert play.escalation().raiser == BEN


def test_the_deputy_of_whoever_led_it_leads_it(played: Scene) -> None:
    play = played("asked")
    play.world.parts.know((replace(WHO[ASHA], deputy="console:erin"),))
    leaves(play, ASHA)
    assert play.escalation().raiser == "console:erin"
    assert request(play).answer == "withdrawn"
    assert "you lead" in sees(play, "console:erin")
    assert "Erin Invented leads it from now on." in play.world.channel(CHANNEL)


def test_nobody_of_the_other_side_comes_to_lead_it(played: Scene) -> None:
    play = played("raised")
    play.world.parts.know((replace(WHO[ASHA], deputy=GRACE),))
    leaves(play, ASHA)
    assert play.escalation().raiser == ASHA
    assert "Please take it over" in sees(play, BEN)


def test_where_nobody_is_left_to_take_over_whoever_runs_the_bot_is_told(played: Scene) -> None:
    play = played("raised")
    has_no_deputy(play, BEN)
    leaves(play, CERYS, BEN, "console:dele", ASHA)
    assert "nobody who is named on their side is here" in sees(play, ADMINISTRATOR)


def test_whoever_runs_the_bot_finds_a_lead_for_what_nobody_could_go_on_with_and_sees_nothing_else(
    played: Scene,
) -> None:
    play = played("raised")
    has_no_deputy(play, BEN)
    runs = Person(ADMINISTRATOR, "Olu Operator", "", "", "olu@example.org")
    play.world.parts.know((runs,))
    assistant = replace(play.world.parts.assistant, administrators=(ADMINISTRATOR,))
    play.world.parts = replace(play.world.parts, assistant=assistant)
    reference = play.escalation().reference
    play.do(f"Operator: /pass {reference}\n  | I cannot find an escalation")
    leaves(play, CERYS, BEN, "console:dele", ASHA)
    play.do(f"""
Operator: /why {reference}
  | I cannot find an escalation
Operator [Pass to somebody else]
  | You see nothing of it.
Operator fills in
    Pick somebody = Operator
Operator [Continue]
  | You run this bot, and are no part of this escalation.
Operator fills in
    Pick somebody = Grace
Operator [Continue]
  | They act for the other side, so they cannot lead it.
Operator fills in
    Pick somebody = Erin
Operator [Continue]
Operator: Their head teacher moves it on.
  | Erin Invented leads {reference} from now on, and has been told.
  ! Farid
Operator: /pass {reference}
  | I cannot find an escalation
""")
    assert play.escalation().raiser == "console:erin"
    assert play.history()[-1].by == ADMINISTRATOR


# ── the directory ────────────────────────────────────────────────────────────────────────────────────────────


def test_whoever_has_left_is_not_heard_and_not_reminded_until_they_are_back(played: Scene) -> None:
    play, waits = played("raised"), "draft/1"
    with play.world.parts.database.transaction() as tx:
        tx.set_timers(f"person/{BEN}", [Timer(waits, "draft", play.world.moment, f"person/{BEN}", "1")])
    leaves(play, BEN)
    with pytest.raises(NotAllowed):
        play.world.hear(Heard("one", BEN, Command("my-escalations")))
    with play.world.parts.database.look() as tx:
        assert tx.timers(f"person/{BEN}") == []
        assert BEN not in [each.id for each in tx.people()]
    changes(play, WHO[BEN])
    play.world.hear(Heard("two", BEN, Command("help")))
    assert "What I can do" in play.world.sees(BEN)


def test_leaving_is_noted_once(played: Scene) -> None:
    play = played("raised")
    leaves(play, BEN)
    version = play.escalation().version
    leaves(play, BEN)
    assert play.escalation().version == version


def test_a_profile_is_kept_with_what_the_platform_does_not_know_of(played: Scene) -> None:
    play = played("raised")
    has_partnership = replace(WHO[HUGH], partnership="herefordshire", deputy=GRACE)
    play.world.parts.know((has_partnership,))
    changes(play, Person(HUGH, "Hugh Renamed", "", "", "hugh.renamed@example.org"))
    with play.world.parts.database.look() as tx:
        kept = tx.person(HUGH)
    assert kept == replace(has_partnership, name="Hugh Renamed", email="hugh.renamed@example.org")


def test_nothing_is_kept_of_people_who_have_nothing_to_do_with_the_bot(played: Scene) -> None:
    play = played("raised")
    changes(play, Person("console:stranger", "Some Stranger", "", "", "stranger@example.org", left=True))
    with play.world.parts.database.look() as tx:
        assert tx.person("console:stranger") is None
