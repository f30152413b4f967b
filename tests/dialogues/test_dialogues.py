"""Every dialogue in this folder is played through a whole bot on a real SQLite file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dialogues.script import Script, everything_said
from tests.explaining import assert_history_explains
from tests.talking import World

DIALOGUES = sorted(Path(__file__).parent.glob("*.txt"))
CHILD = ("Kit Marker", "Marker", "14 Nowhere Lane", "MOS-0042", "12/06/2015", "12 June 2015", "bruise")
"""What identifies the child in the dialogues: it may stand in private messages and documents, nowhere else."""


@pytest.mark.parametrize("path", DIALOGUES, ids=lambda path: path.stem)
def test_dialogue(path: Path, tmp_path: Path) -> None:
    world = World(tmp_path)
    try:
        Script(path, world).play()
        assert_history_explains(world)
        said = everything_said(world)
        for letter in world.mail.letters.values():
            said += letter.subject + letter.body + "".join(file.name for file in letter.attachments) + letter.key
        for key, delivered in world.chat.said.items():
            said += key + delivered.message.summary
        assert [word for word in CHILD if word in said] == []
    finally:
        world.close()
