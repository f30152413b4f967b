"""What people say of themselves is proposed to them the next time: to nobody else, as it was when they began."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from bot.chat.console.people import PEOPLE
from bot.decisions import remember
from bot.messages import Entry
from bot.ports import Person
from tests.flows.contexts import ASHA, BEN
from tests.scenes import RAISED, Play
from tests.talking import World, entries_of
from tests.test_leaving import changes

WHO = {each.id: each for each in PEOPLE}
TO_WHO_I_AM = RAISED.split("Asha: A strategy discussion.\n")[0] + "Asha: A strategy discussion.\n"
REST = RAISED.split("Asha: A strategy discussion.\nAsha [Continue]\n")[1]
NEW_TO_THE_PLATFORM = replace(WHO[ASHA], agency="", role="")


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Play]:
    """Asha's platform knows neither her agency nor her role, as Slack does."""
    world = World(tmp_path, quick=True)
    world.parts.know((NEW_TO_THE_PLATFORM,))
    yield Play(world)
    world.close()


def proposed(play: Play, who: str = ASHA) -> dict[str, object]:
    return {each.id: each.initial for each in entries_of(play.world.last(who)) if isinstance(each, Entry)}


def raises(play: Play, told: str) -> None:
    play.do(f"{TO_WHO_I_AM}Asha fills in\n{told}\nAsha [Continue]\n{REST}")


def told(play: Play, **other: str) -> None:
    """They have said this of themselves."""
    with play.world.parts.database.transaction() as tx:
        remember(tx, kept(play)[0] or NEW_TO_THE_PLATFORM, {"name": "Asha Example", **SAID, **other})


def says_again(play: Play) -> Mapping[str, object]:
    play.do(TO_WHO_I_AM)
    return proposed(play)


def kept(play: Play, who: str = ASHA) -> tuple[Person | None, Mapping[str, str]]:
    with play.world.parts.database.look() as tx:
        return tx.person(who), tx.own_facts(who)


TOLD = "    Role = Year 5 Teacher\n    Agency = Millbrook Example Primary School\n    E-mail = asha@work.example.org"
SAID = {"role": "Year 5 Teacher", "agency": "Millbrook Example Primary School", "email": "asha@work.example.org"}


def test_what_somebody_said_of_themselves_is_proposed_to_them_the_next_time(play: Play) -> None:
    assert says_again(play)["agency"] == ""
    play.do("Asha: cancel\nAsha [Erase these answers]")
    raises(play, TOLD)
    assert says_again(play) == {"name": "Asha Example", **SAID}


def test_it_is_nobody_elses_and_changes_nobodys_name_or_mailbox(play: Play) -> None:
    raises(play, TOLD + "\n    Name = Asha Renamed")
    person, own = kept(play)
    assert own == {"name": "Asha Renamed", **SAID}
    assert person == replace(NEW_TO_THE_PLATFORM, agency=SAID["agency"])
    assert kept(play, BEN) == (WHO[BEN], {})


def test_what_is_proposed_is_what_was_known_when_the_conversation_began(play: Play) -> None:
    play.do(TO_WHO_I_AM)
    before = proposed(play)
    with play.world.parts.database.transaction() as tx:
        remember(tx, NEW_TO_THE_PLATFORM, {"agency": "Elsewhere", "role": "Nurse"})
    changes(play, replace(NEW_TO_THE_PLATFORM, name="Asha Married", role="Head"))
    play.do("Asha: save\nAsha: /resume")
    assert proposed(play) == before


def test_what_the_platform_comes_to_know_counts_where_somebody_said_the_same(play: Play) -> None:
    with play.world.parts.database.transaction() as tx:
        remember(tx, WHO[ASHA], WHO[ASHA].details())
    assert kept(play)[1] == {"agency": WHO[ASHA].agency}


def test_somebody_who_moves_to_another_agency_is_of_that_one_from_then_on(play: Play) -> None:
    told(play)
    told(play, agency="Another Example School")
    person, own = kept(play)
    assert person is not None
    assert person.agency == own["agency"] == "Another Example School"
    play.world.parts.know((WHO[ASHA],))
    told(play, agency="A Third Example School")
    assert kept(play)[0] == WHO[ASHA], "Their platform knows it."


def test_nothing_of_it_is_kept_of_somebody_who_has_left(play: Play) -> None:
    told(play)
    changes(play, replace(NEW_TO_THE_PLATFORM, left=True))
    assert kept(play)[1] == {}


def test_it_is_sealed_but_for_the_agency(play: Play) -> None:
    told(play)
    raw = b"".join(path.read_bytes() for path in play.world.folder.iterdir())
    assert SAID["agency"].encode() in raw
    assert b"Year 5 Teacher" not in raw
    assert b"asha@work.example.org" not in raw
