"""A folder of policies of a test's own, to change between one start of the bot and the next; and how it is used."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from bot.config import SHIPPED
from tests.scenes import Play
from tests.talking import World

SOUND = (Path(__file__).parent / "data" / "sound-policy.yml").read_text("utf-8")
"""The smallest policy with two stages and a form; the conversations below are held under it."""
BY_POST = SOUND.replace('email: "team@example.org"', 'via: post\n        address: ["1 Nowhere Square"]')
"""The same, which names no mailbox."""

BEGIN = """
Asha: /escalate new
Asha [No]
Asha [No, it is none of these]
Asha [About a particular child]
Asha [I cannot wait for that]
Asha: They do not answer.
Asha [Skip]
Asha: The plan was closed too early.
Asha: A new meeting.
Asha [Continue]
Asha [Skip]
Asha: Example County Children's Social Care
Asha [Not yet, please remind me]
Asha: today
Asha fills in
    Pick somebody = Ben
Asha [Continue]
Asha [Skip]
Asha fills in
    Pick somebody = Grace
Asha [Continue]
"""
RAISE = BEGIN + "Asha [Start the escalation]\n"

TO_STAGE_2 = """
Asha: /move REF
Asha: No answer.
Asha fills in
    Pick somebody = Erin
Asha [Continue]
Asha [Skip]
Asha [Skip]
Asha [Ask for approval]
Ben [Approve]
"""


@dataclass
class Place:
    """A folder of policies to change between one start and the next, and a bot that lives on it."""

    folder: Path

    @property
    def policies(self) -> Path:
        return self.folder / "policies"

    def holds(self, **files: str) -> None:
        """Exactly these policy files are there now."""
        for file in self.policies.glob("*.yml"):
            file.unlink()
        for name, text in files.items():
            (self.policies / f"{name}.yml").write_text(text, encoding="utf-8")

    def start(self, now: str = "2026-03-02T10:00") -> Play:
        return Play(World(self.folder / "data", now, self.policies))


def new_place(folder: Path) -> Place:
    (folder / "data").mkdir()
    shutil.copytree(SHIPPED / "calendars", folder / "policies" / "calendars")
    return Place(folder)
