"""The dialogues are played in Slack unchanged, as Slack tells it over HTTP and through Socket Mode.

A few of them by day; SLACK_DIALOGUES=all plays all of them in both ways.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.config import SHIPPED
from tests.dialogues.test_dialogues import CHILD, DIALOGUES, Watched
from tests.explaining import assert_history_explains
from tests.invented import FOLDER
from tests.slack.bot import MODES, Mode, SlackWorld

BY_DAY: set[tuple[str, Mode]] = {
    ("immediate-danger", "HTTP"),
    ("received", "HTTP"),
    ("several-agencies", "Socket Mode"),
}
PLAYED = [
    pytest.param(path, mode, id=f"{path.stem} over {mode}")
    for path in DIALOGUES
    for mode in MODES
    if (path.stem, mode) in BY_DAY or os.environ.get("SLACK_DIALOGUES") == "all"
]
assert {path.stem for path in DIALOGUES} >= {stem for stem, _ in BY_DAY}, (
    "A dialogue that is to be played is not there."
)


@pytest.mark.parametrize(("path", "mode"), PLAYED)
def test_dialogue(path: Path, mode: Mode, tmp_path: Path) -> None:
    invented = path.parent.name == "invented"
    world = SlackWorld(tmp_path, mode, policies=FOLDER if invented else SHIPPED)
    try:
        Watched(path, world, path.stem.split("-")[0] if invented else "herefordshire").play()
        assert_history_explains(world)
        public = world.everything_public()
        assert [word for word in CHILD if word in public] == []
        refused = {tries for *_, ack in world.slack.inbound.acks for tries in ack.tries} - {"200"}
        assert refused == set()
    finally:
        world.close()
