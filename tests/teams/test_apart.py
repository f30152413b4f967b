"""Many groups of four people have their conversations at the same time, and nobody ever sees a word of another group's.

A few groups by day; TEAMS_DIALOGUES=all has two hundred at once. Everybody's surname, and a word in everything that is
typed, is their group's alone.
"""

from __future__ import annotations

import os
import re
import string
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from bot.chat.console.people import PEOPLE
from bot.workers.embedded import Embedded
from tests.teams.bot import TEAM, TeamsWorld
from tests.teams.tenants import Post

GROUPS = 200 if os.environ.get("TEAMS_DIALOGUES") == "all" else 6
PATIENCE = 120
"""So many seconds somebody waits at most for an answer, on however busy a machine."""
NAME, TYPED = "Zq", "Kx"
MARK = re.compile(rf"(?:{NAME}|{TYPED})([a-z]{{3}})\b")
FOUR = ("Asha", "Ben", "Dele", "Grace")
SCRIPT = f"""
Asha: /escalate
Asha [No]
Asha [Herefordshire Safeguarding Children Partnership]
Asha [No, it is none of these]
Asha [About a child who is not born yet]
Asha [Yes, and we still disagree]
Asha: I rang both about {TYPED}.
Asha: Farid {TYPED}, Social Worker, Example County Children's Social Care
Asha: 26/02/2026
Asha: There is no plan for {TYPED}.
Asha: A meeting about {TYPED}.
Asha [Continue]
Asha: Dele {NAME}
Asha: Example County Children's Social Care
Asha [Yes, I have]
Asha [Continue]
Asha [By e-mail]
Asha [Continue]
Asha: 2 March 2026
Asha: Ben {NAME}
Asha [Skip]
Asha: Grace {NAME}
Asha [Start the escalation]
Asha: my escalations
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

    def plays(self) -> None:
        for line in SCRIPT.strip().splitlines():
            match = LINE.fullmatch(line.replace(NAME, NAME + self.mark).replace(TYPED, TYPED + self.mark))
            assert match is not None
            person, heard = self.person(match[1]), len(self.said(match[1]))
            if match["types"]:
                ack = self.world.teams.types(person, match["types"])
            else:
                ack = self.world.teams.presses(person, match["press"])
            assert ack.ok, f"{line}: {ack}"
            self._waits(match[1], heard, line)

    def _waits(self, name: str, heard: int, line: str) -> None:
        until = time.monotonic() + PATIENCE
        while len(self.said(name)) == heard:
            assert time.monotonic() < until, f"{line}: not answered. {self.world.teams.sees(self.person(name))}"
            time.sleep(0.01)

    def person(self, name: str) -> str:
        return self.world.teams.id_of(f"{name} {NAME}{self.mark}")

    def said(self, name: str) -> list[Post]:
        with self.world.teams.tenants.lock:
            return self.world.teams.said(self.person(name))

    def sees(self, name: str) -> str:
        """Everything that was ever shown to one of the four, also for a moment."""
        told = self.world.teams.tenants.told.get(self.person(name), [])
        return "\n".join([*(f"{post.summary} {post.text} {post.ever}" for post in self.said(name)), *told])


def test_nobody_sees_what_another_group_says(tmp_path: Path) -> None:
    marks = ["".join((a, b, c)) for a in string.ascii_lowercase[:8] for b in "abcde" for c in "vwxyz"][:GROUPS]
    world = TeamsWorld(tmp_path)
    groups = [Group(world, mark) for mark in marks]
    for group in groups:
        arrive(group)
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
                assert set(MARK.findall(seen)) == {group.mark}
                assert f"{TYPED}{group.mark}" in seen or name != "Asha"
        assert_each_thread_is_of_one_group(world)
    finally:
        worker.stop()
        world.close()


def arrive(group: Group) -> None:
    world = group.world
    known = {person.name.split()[0]: person for person in PEOPLE}
    people = []
    for name in FOUR:
        id = world.teams.person(f"{name} {NAME}{group.mark}", f"{name}.{group.mark}@example.org")
        world.teams.team(TEAM).members.add(id)
        people.append(replace(world.alike(known[name], id), deputy="", email=f"{name}.{group.mark}@example.org"))
    world.parts.know(tuple(people))


def assert_each_thread_is_of_one_group(world: TeamsWorld) -> None:
    room = world.teams.room("herefordshire-escalations")
    threads: dict[str, str] = {}
    for post in world.teams.tenants.in_room(room.id):
        threads[post.thread] = threads.get(post.thread, "") + f"{post.summary} {post.ever}"
    found = [set(MARK.findall(text)) for text in threads.values()]
    assert len(threads) == GROUPS
    assert all(len(marks) <= 1 for marks in found)
    assert TYPED not in "".join(threads.values())
