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

DIGEST = ": escalations on "
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
        assert_replies_stand_in_their_threads(world)
        public = world.everything_public()
        assert [word for word in CHILD if word in public] == []
        refused = {tries for _, ack in world.teams.inbound.acks for tries in ack.tries} - {"200", "202"}
        assert refused == set()
    finally:
        world.close()


def assert_replies_stand_in_their_threads(world: TeamsWorld) -> None:
    """Outside them stand the escalations' first messages, and what the digest gathers."""
    with world.parts.database.look() as tx:
        faces = {world.root(each.reference).id for each in tx.escalations()}
    posts = [post for post in world.teams.tenants.posts.values() if post.bot]
    public = [post for post in posts if world.teams.room(post.room).kind == "channel"]
    outside = [world.teams.read(post) for post in public if not post.root and post.id not in faces]
    assert [text for text in outside if DIGEST not in text] == []
    assert {post.root for post in public if post.root} <= faces
