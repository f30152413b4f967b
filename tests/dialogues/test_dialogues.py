"""Every dialogue in `invented` is played through a whole bot on a real SQLite file.

Those in this folder are played, and looked at in the same way, in `tests/test_privacy.py`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dialogues.script import Script
from tests.explaining import assert_faces_are_true, assert_history_explains
from tests.invented import FOLDER
from tests.talking import World

HERE = Path(__file__).parent
INVENTED = sorted(HERE.glob("invented/*.txt"))
DIALOGUES = [*sorted(HERE.glob("*.txt")), *INVENTED]
"""All of them, as they are played on each platform."""
CHILD = ("Kit Marker", "Marker", "14 Nowhere Lane", "MOS-0042", "12/06/2015", "12 June 2015", "bruise")
"""What identifies the child in the dialogues: it may stand in private messages and documents, nowhere else."""


class Watched(Script):
    """Whenever a line has changed something, the thread must show it."""

    versions: tuple[int, ...] = ()

    def after(self) -> None:
        with self.world.parts.database.transaction() as tx:
            versions = tuple(escalation.version for escalation in tx.escalations())
        if versions != self.versions:
            self.versions = versions
            assert_faces_are_true(self.world)


@pytest.mark.parametrize("path", INVENTED, ids=lambda path: path.stem)
def test_dialogue(path: Path, tmp_path: Path) -> None:
    world = World(tmp_path, policies=FOLDER, quick=True)
    world.chat.strict = True
    try:
        Watched(path, world, path.stem.split("-")[0]).play()
        assert_history_explains(world)
        said = world.everything_public()
        for letter in world.mail.letters.values():
            said += letter.subject + letter.body + "".join(file.name for file in letter.attachments) + letter.key
        assert [word for word in CHILD if word in said] == []
    finally:
        world.close()
