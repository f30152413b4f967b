"""Who is in a partnership's team stands in the settings: they, and nobody else, read what was reported to it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot import wiring
from bot.chat.console.people import PEOPLE
from bot.config import SHIPPED, Settings
from bot.ports import Person
from bot.roster import Roster
from bot.teams import enrol
from bot.wiring import DATABASE, KEYRING
from tests.flows.contexts import REFERENCE, escalation, reported
from tests.talking import World, empty
from tests.test_live import SOUND

HUGH, IRIS = "console:hugh", "console:iris"
WHO = {each.id: each for each in PEOPLE}
SENT = {"report-to-hscp/all/entry": "2026-03-20T10:00:00+00:00"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path, quick=True)
    world.has(reported(escalation("herefordshire"), SENT))
    yield world
    world.close()


def kept(world: World, who: str) -> Person | None:
    with world.parts.database.look() as tx:
        return tx.person(who)


def reads(world: World, who: str) -> str:
    world.types(who, "/my-escalations")
    return world.sees(who)


def test_whoever_is_in_the_team_reads_what_was_reported_to_it_until_they_are_not(world: World) -> None:
    assert REFERENCE not in reads(world, HUGH)
    enrol(world.parts.database, {HUGH: "herefordshire"})
    assert REFERENCE in reads(world, HUGH)
    assert "Reported to HSCP" in reads(world, HUGH)
    enrol(world.parts.database, {})
    assert REFERENCE not in reads(world, HUGH)


def test_the_team_of_another_policy_reads_nothing_of_it(world: World) -> None:
    enrol(world.parts.database, {HUGH: "sefton"})
    assert REFERENCE not in reads(world, HUGH)


def test_the_people_of_the_demonstration_stay_in_their_team_where_nothing_is_set(world: World) -> None:
    enrol(world.parts.database, {HUGH: "sefton"}, PEOPLE)
    assert [kept(world, each).partnership for each in (IRIS, HUGH)] == ["herefordshire", "sefton"]  # type: ignore[union-attr]


def test_a_start_leaves_whom_somebody_named_and_puts_the_teams_as_they_are_set(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED / "calendars", tmp_path / "policies" / "calendars")
    shutil.copy(SOUND, tmp_path / "policies")
    settings = Settings(data=tmp_path, policies=tmp_path / "policies", partnership_teams={HUGH: "example"})
    for file in (DATABASE, KEYRING):
        shutil.copy(empty() / file, tmp_path / file)
    first = wiring.live(settings)
    with first.parts.database.transaction() as tx:
        tx.keep_person(replace(WHO[IRIS], deputy=HUGH))
    first.close()
    unset = settings.model_copy(update={"partnership_teams": {}})
    for web, team in ((False, "example"), (True, "")):
        again = wiring.live(unset, web=web)
        with again.parts.database.look() as tx:
            assert tx.person(IRIS) == replace(WHO[IRIS], deputy=HUGH)
            assert tx.person(HUGH) == replace(WHO[HUGH], partnership=team)
        again.close()


def test_whoever_comes_back_is_in_the_team_that_the_settings_say_now(world: World) -> None:
    a = world.parts.assistant
    roster = Roster(world.parts.database, a.policies, a.calendars, a.words, a.now, teams={HUGH: "herefordshire"})
    for who in (HUGH, IRIS):
        roster.changed(replace(WHO[who], left=True))
        roster.changed(WHO[who])
    assert [kept(world, each).partnership for each in (HUGH, IRIS)] == ["herefordshire", ""]  # type: ignore[union-attr]
