"""Whoever left while nobody was told is found out: people on whom something depends are asked after."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.chat.console.people import PEOPLE
from bot.errors import EscalationBotError, Refused, TryLater
from bot.ports import Person
from bot.roster import Roster
from bot.whereabouts import AGAIN_AFTER, ASKS_EVERY, Whereabouts
from tests.flows.contexts import ASHA, BEN, CERYS, GRACE, HUGH, escalation
from tests.talking import World

PIA = "console:pia"
WHO = {each.id: each for each in PEOPLE} | {PIA: Person(PIA, "Pia Partner", "", "", "pia@example.org")}
NO_PAUSE = timedelta()


@dataclass
class Register:
    """What the platform says of people, whom it was asked after, and what goes wrong at the next looks."""

    gone: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    faults: list[EscalationBotError] = field(default_factory=list)

    def look_up(self, person: str) -> Person:
        self.asked.append(person)
        if self.faults:
            raise self.faults.pop()
        return replace(WHO[person], left=person in self.gone)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path, quick=True)
    world.parts.know((replace(WHO[GRACE], deputy=HUGH),))
    world.has(escalation("herefordshire"))
    yield world
    world.close()


@pytest.fixture
def register() -> Register:
    return Register()


@pytest.fixture
def whereabouts(world: World, register: Register) -> Whereabouts:
    a, store = world.parts.assistant, world.parts.database
    roster = Roster(store, a.policies, a.calendars, a.words, a.now)
    met = lambda person: world.parts.know((person,))  # noqa: E731
    return Whereabouts(store, register, roster.changed, met, "console", always=(PIA, "slack:T1:U1"), pace=NO_PAUSE)


def here(world: World) -> list[str]:
    with world.parts.database.look() as tx:
        return [each.id for each in tx.people()]


def test_people_on_whom_something_depends_are_asked_after_and_nobody_else(
    whereabouts: Whereabouts, register: Register
) -> None:
    assert whereabouts.look() == ASKS_EVERY
    assert sorted(register.asked) == sorted({PIA, ASHA, BEN, CERYS, GRACE, HUGH})


def test_what_somebody_owed_who_left_unnoticed_goes_to_their_deputy(
    world: World, whereabouts: Whereabouts, register: Register
) -> None:
    register.gone = {BEN}
    whereabouts.look()
    world.parts.carrier.carry_all()
    assert BEN not in here(world)
    assert "Ben Sample acts in E-4KX-7PW no longer" in world.channel("herefordshire-escalations")
    register.gone = set()
    whereabouts.look()
    assert BEN not in register.asked[6:], "Nothing depends on them any more."


def test_whoever_is_asked_after_whatever_depends_on_them_is_met(world: World, whereabouts: Whereabouts) -> None:
    assert PIA not in here(world)
    whereabouts.look()
    assert PIA in here(world)


def test_it_waits_where_it_cannot_be_asked_who_somebody_is_whom_it_meets(world: World, register: Register) -> None:
    waits = [TryLater("Teams is away.", timedelta(milliseconds=1))]

    def met(person: Person) -> None:
        if waits:
            raise waits.pop()
        world.parts.know((person,))

    whereabouts = Whereabouts(
        world.parts.database, register, lambda _: None, met, "console", always=[PIA], pace=NO_PAUSE
    )
    assert whereabouts.look() == ASKS_EVERY
    assert register.asked[:3] == [PIA, PIA, ASHA]
    assert PIA in here(world)


def test_nobody_has_left_because_it_could_not_be_asked(
    world: World, whereabouts: Whereabouts, register: Register
) -> None:
    before = here(world)
    register.faults = [Refused("The bot lacks a permission."), TryLater("Wait.", timedelta(milliseconds=1))]
    whereabouts.look()
    assert here(world) == before
    assert register.asked[:3] == [PIA, PIA, ASHA]


def test_it_stops_at_once_in_the_middle_of_everything(whereabouts: Whereabouts, register: Register) -> None:
    register.faults = [TryLater("Wait.", timedelta(hours=1))]
    done: list[timedelta] = []
    looking = threading.Thread(target=lambda: done.append(whereabouts.look()))
    looking.start()
    whereabouts.stop()
    looking.join()
    assert done == [AGAIN_AFTER]
