"""Worlds that have come some way, to begin a test from: each is played once and copied for every test that wants it.

What people do and must see is written as in `tests/dialogues`.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path
from types import MappingProxyType

from bot.escalation import Approval, Entry, Escalation
from tests.dialogues.script import Script
from tests.talking import World

DIALOGUES = Path(__file__).parent / "dialogues"

RAISED = """
Asha: /escalate
Asha [No]
Asha: Herefordshire
Asha [No, it is none of these]
Asha [About a particular child]
Asha [Yes, and we still disagree]
Asha: I rang twice about Kit Marker.
Asha: Farid Fictional, Social Worker, Example County Children's Social Care
Asha: 26/02/2026
Asha: The referral for Kit Marker was closed.
Asha: A strategy discussion.
Asha [Continue]
Asha [Skip]
Asha [Continue]
Asha [Yes, I have]
Asha [Continue]
Asha [By telephone]
Asha [Continue]
Asha: 2 March 2026
Asha fills in
    Pick somebody = Ben
Asha [Continue]
Asha [Continue]
Asha fills in
    Pick somebody = Grace
Asha [Continue]
Asha [Start the escalation]
"""

ASK_FOR_STAGE_2 = """
Asha: /move
Asha: The team manager keeps to the decision about Kit Marker.
Asha fills in
    Pick somebody = Dele
Asha [Continue]
Asha [Skip]
Asha [Skip]
Asha [Ask for approval]
"""

SEFTON = """
Asha: /escalate
Asha [No]
Asha: Sefton
Asha [No, it is none of these]
Asha [About a particular child]
Asha: yes
Asha: Asked twice.
Asha: Farid Fictional, Social Worker, Example County Children's Social Care
Asha: 27/02/2026
Asha: There is no plan.
Asha: An assessment.
Asha [Continue]
Asha [Skip]
Asha [Continue]
Asha [Not yet, please remind me]
Asha: 02/03/2026
Asha fills in
    Pick somebody = Ben
Asha [Continue]
Asha [Continue]
Asha [Skip]
Asha [Start the escalation]
"""

ISLANDS = """
Asha: /escalate
Asha [No]
Asha: Islands
Asha [No, it is none of these]
Asha [About a particular child]
Asha [I cannot wait for that]
Asha: Nobody has answered for a week.
Asha [Skip]
Asha: Services were promised and not given.
Asha: A date for the first visit.
Asha [Continue]
Asha [Skip]
Asha: Example County Children's Social Care
Asha [Yes, I have]
Asha: The duty team
Asha [By letter]
Asha [Continue]
Asha: today
Asha fills in
    Pick somebody = Ben
Asha [Continue]
Asha [Skip]
Asha fills in
    Pick somebody = Grace
Asha [Continue]
Asha [Start the escalation]
"""

ISLANDS_STAGE_3 = """
Asha: /move
Asha: No answer.
Asha fills in
    Pick somebody = Erin
Asha [Continue]
Asha [Skip]
Asha fills in
    Pick somebody = Hugh
Asha [Continue]
Asha [Ask for approval]
Ben [Approve]
Asha: /move
Asha: Still no date.
Asha fills in
    Pick somebody = Erin
Asha [Continue]
Asha [Skip]
Asha fills in
    Pick somebody = Hugh
Asha [Continue]
Asha [Ask for approval]
Erin [Approve]
"""

FILL_IN_THE_FORM = """
Asha: /report
Asha: Kit Marker
Asha: 12/06/2015
Asha: 14 Nowhere Lane
Asha [Skip]
Asha [Continue]
Asha: Thresholds.
Asha [No]
Asha [Continue]
Asha [Continue]
Asha: Level 3
Asha: Level 4
Asha [Continue]
Asha [Continue]
"""

SEND_THE_FORM = f"""
Ben [Approve]{FILL_IN_THE_FORM}Asha [Skip]
Asha [Send it now]
"""

SCENES = MappingProxyType(
    {
        "raised": RAISED,
        "asked": RAISED + "2 working days later\n" + ASK_FOR_STAGE_2,
        "form sent": RAISED + "2 working days later\n" + ASK_FOR_STAGE_2 + SEND_THE_FORM,
        "words not said": SEFTON,
        "islands": ISLANDS,
        "islands at stage 3": ISLANDS + ISLANDS_STAGE_3,
    }
)


class Play(Script):
    """A world in which a test goes on, line by line as in a dialogue, with the record to look into."""

    def __init__(self, world: World, path: Path = DIALOGUES / "herefordshire.txt") -> None:
        super().__init__(path, world)

    def do(self, lines: str) -> None:
        """Lines of a dialogue; each must hold."""
        for line in lines.strip("\n").splitlines():
            if line.strip():
                self._line(line)

    def play_until(self, start: str) -> None:
        """The file up to its first line that begins so, without that line."""
        before = self.path.read_text("utf-8").split(f"\n{start}", 1)
        assert len(before) == 2, f"{self.path.name} has no line {start!r}."
        self.do("\n".join(line for line in before[0].splitlines() if not line.startswith("#!") and line[:2] != "# "))

    def escalation(self) -> Escalation:
        with self.world.parts.database.transaction() as tx:
            return tx.escalations()[-1]

    def approvals(self) -> list[Approval]:
        with self.world.parts.database.transaction() as tx:
            return tx.approvals(tx.escalations()[-1].reference)

    def history(self) -> list[Entry]:
        with self.world.parts.database.transaction() as tx:
            return tx.history(tx.escalations()[-1].reference)

    def told(self) -> list[str]:
        """What happened, in order, as the history calls it."""
        return [entry.what for entry in self.history()]


@cache
def _played(name: str) -> World:
    folder = Path(tempfile.mkdtemp(prefix="scene-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    world = World(folder, quick=True)
    Play(world).do(SCENES[name])
    world.close()
    return world


def scene(name: str, folder: Path) -> Play:
    """A world of its own that goes on from where the scene ends. Close it with `play.world.close()`."""
    return Play(_played(name).copy(folder))
