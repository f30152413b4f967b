"""The dialogues are played in Teams unchanged, over HTTP, with every token signed.

A few of them by day; TEAMS_DIALOGUES=all plays all of them.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.config import SHIPPED
from tests.dialogues.test_dialogues import CHILD, DIALOGUES, Watched
from tests.explaining import assert_history_explains
from tests.invented import FOLDER
from tests.teams.bot import TeamsWorld

BY_DAY = {"immediate-danger", "several-agencies"}
PLAYED = [path for path in DIALOGUES if path.stem in BY_DAY or os.environ.get("TEAMS_DIALOGUES") == "all"]
assert {path.stem for path in PLAYED} >= BY_DAY, "A dialogue that is to be played is not there."


@pytest.mark.parametrize("path", PLAYED, ids=lambda path: path.stem)
def test_dialogue(path: Path, tmp_path: Path) -> None:
    invented = path.parent.name == "invented"
    world = TeamsWorld(tmp_path, policies=FOLDER if invented else SHIPPED)
    try:
        Watched(path, world, path.stem.split("-")[0] if invented else "herefordshire").play()
        assert_history_explains(world)
        public = world.everything_public()
        assert [word for word in CHILD if word in public] == []
        refused = {tries for _, ack in world.teams.inbound.acks for tries in ack.tries} - {"200", "202"}
        assert refused == set()
    finally:
        world.close()
