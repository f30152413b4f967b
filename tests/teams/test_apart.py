"""Many groups of four people have their conversations at the same time, and nobody ever sees a word of another group's.

A few groups by day; TEAMS_DIALOGUES=all has two hundred at once. Everybody's surname, and a word in everything that is
typed, is their group's alone.
"""

from __future__ import annotations

import os
import re
import string
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from bot.chat.console.people import PEOPLE
from bot.workers.embedded import Embedded
from tests.flows.contexts import escalation
from tests.teams.bot import TEAM, TeamsWorld
from tests.teams.tenants import Post

GROUPS = 200 if os.environ.get("TEAMS_DIALOGUES") == "all" else 4
PATIENCE = 600 if GROUPS > 100 else 240
"""So many seconds somebody waits at most for an answer, on however busy a machine."""
NAME, TYPED = "Zq", "Kx"
MARK = re.compile(rf"(?:{NAME}|{TYPED}|E-)([a-z]{{3}})\b", re.IGNORECASE)
"""Of a name, of what was typed, or of the escalation's reference."""
FOUR = ("Asha", "Ben", "Dele", "Grace")
SCRIPT = f"""
Asha: /note
Asha: There was a telephone call
Asha [Continue]
Asha: Grace {NAME}
Asha: She promised a plan for {TYPED} by Friday.
Ben: my escalations
Dele: my escalations
Grace: my escalations
"""
LINE = re.compile(r"(\w+)(?:: (?P<types>.*)| \[(?P<press>.*)\])")


@dataclass(frozen=True)
class Group:
    """Four people who have a conversation, each waiting for the answer before they go on."""

    world: TeamsWorld
    mark: str
    people: Mapping[str, str]
    """What one of the four is called -> their Entra object id."""

    def plays(self) -> None:
        for line in SCRIPT.strip().splitlines():
            match = LINE.fullmatch(line.replace(NAME, NAME + self.mark).replace(TYPED, TYPED + self.mark))
            assert match is not None
            person, heard = self.people[match[1]], len(self.said(match[1]))
            if match["types"]:
                ack = self.world.teams.types(person, match["types"])
            else:
                ack = self.world.teams.presses(person, match["press"])
            assert ack.ok, f"{line}: {ack}"
            self._waits(match[1], heard, line)

    def _waits(self, name: str, heard: int, line: str) -> None:
        until = time.monotonic() + PATIENCE
        while len(self.said(name)) == heard:
            assert time.monotonic() < until, f"{line}: not answered. {self.world.teams.sees(self.people[name])}"
            time.sleep(GROUPS / 1000)

    def said(self, name: str) -> list[Post]:
        with self.world.teams.tenants.lock:
            return self.world.teams.said(self.people[name])

    def sees(self, name: str) -> str:
        """Everything that was ever shown to one of the four, also for a moment."""
        told = self.world.teams.tenants.told.get(self.people[name], [])
        return "\n".join([*(f"{post.summary} {post.text} {post.ever}" for post in self.said(name)), *told])


@pytest.mark.timeout(2 * PATIENCE)
def test_nobody_sees_what_another_group_says(tmp_path: Path) -> None:
    marks = ["".join((a, b, c)) for a in string.ascii_lowercase[:8] for b in "abcde" for c in "vwxyz"][:GROUPS]
    world = TeamsWorld(tmp_path)
    groups = [arrive(world, mark) for mark in marks]
    world.teams.inbound.ack_within = PATIENCE
    worker = Embedded(world.parts.carrier)
    world.parts.database.schedule = worker.schedule
    worker.start()
    try:
        with ThreadPoolExecutor(GROUPS) as pool:
            for done in [pool.submit(group.plays) for group in groups]:
                done.result()
        worker.stop()
        world.parts.carrier.carry_all()
        for group in groups:
            for name in FOUR:
                seen = group.sees(name)
                assert {mark.lower() for mark in MARK.findall(seen)} <= {group.mark}
                assert f"E-{group.mark.upper()}" in seen or name == "Dele"  # she is not named
                assert f"{TYPED}{group.mark}" in seen or name != "Asha"
        assert_each_thread_is_of_one_group(world)
    finally:
        worker.stop()
        world.close()


def arrive(world: TeamsWorld, mark: str) -> Group:
    known = {person.name.split()[0]: person for person in PEOPLE}
    ids = {name: world.teams.person(f"{name} {NAME}{mark}", f"{name}.{mark}@example.org") for name in FOUR}
    world.teams.team(TEAM).members.update(ids.values())
    people = (world.alike(known[name], id) for name, id in ids.items())
    world.parts.know(tuple(replace(each, deputy="", email=f"{each.id[-12:]}@example.org") for each in people))
    made, moved = escalation("herefordshire"), {f"console:{name.lower()}": world.person(id) for name, id in ids.items()}
    reference = f"E-{mark.upper()}-7PW"
    fields = _moved(made.fields, moved)
    world.has(
        replace(made, reference=reference, thread=f"{reference}/thread", raiser=moved[made.raiser], fields=fields)
    )
    return Group(world, mark, ids)


def _moved(value: Any, people: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {name: _moved(each, people) for name, each in value.items()}
    return people.get(value, value) if isinstance(value, str) else value


def assert_each_thread_is_of_one_group(world: TeamsWorld) -> None:
    room = world.teams.room("herefordshire-escalations")
    threads: dict[str, str] = {}
    for post in world.teams.tenants.in_room(room.id):
        threads[post.thread] = threads.get(post.thread, "") + f"{post.summary} {post.ever}"
    found = [{mark.lower() for mark in MARK.findall(text)} for text in threads.values()]
    assert len(threads) == GROUPS
    assert all(len(marks) == 1 for marks in found)
    assert TYPED not in "".join(threads.values())
