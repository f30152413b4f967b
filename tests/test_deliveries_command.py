"""Whoever runs the bot sees what could not be said and why, never what it was, and puts it right on the record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.messages import Message, Words
from bot.ports import Delivery
from tests.scenes import Play, scene

MESSAGE = Message("E-4KX-7PW: something", (Words("Wren Oakley was not seen."),))


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Play]:
    """Of three things that were to be said, one was given up, one is held, one was said."""
    play = scene("asked", tmp_path)
    reference, database, now = play.escalation().reference, play.world.parts.database, play.world.moment
    with database.transaction() as tx:
        tx.add_deliveries(
            [
                Delivery("dead-1", "thread", "herefordshire-team", MESSAGE, reference=reference),
                Delivery("held-1", "direct", "console:ben", MESSAGE, reference=reference),
                Delivery("done-1", "direct", "console:asha", MESSAGE, reference=reference),
            ]
        )
    claimed = database.claim(now, now + timedelta(minutes=1), 9)
    assert {"dead-1", "held-1", "done-1"} <= {due.key for due in claimed}
    database.failed("dead-1", "The channel does not exist.", None, now)
    database.hold("held-1", "Nobody can tell whether it arrived.", now)
    database.done("done-1", "7", now)
    yield play
    play.world.close()


def run(play: Play, *arguments: str) -> Result:
    folder = play.world.folder
    env = {"DATABASE_URL": f"sqlite:///{folder / 'escalations.db'}", "ESCALATION_BOT_DATA": str(folder)}
    return CliRunner(env=env).invoke(main, ["deliveries", *arguments], catch_exceptions=False)


def test_they_are_listed_with_why_and_since_when_and_without_content(play: Play) -> None:
    done = run(play)
    assert done.exit_code == 0
    reference = play.escalation().reference
    assert done.stdout.splitlines() == [
        f"{reference}: thread to a channel, given up since 2026-03-04 10:00 UTC after 1 attempt",
        "  The channel does not exist.",
        "  dead-1",
        f"{reference}: direct to a person, held, a person has to say whether it arrived, since 2026-03-04 10:00 UTC",
        "  Nobody can tell whether it arrived.",
        "  held-1",
    ]
    assert "Wren" not in done.output
    assert "something" not in done.output


def test_one_is_begun_again_and_the_history_says_by_whom(play: Play) -> None:
    assert "It is begun again." in run(play, "again", "dead-1").stdout
    told = [(entry.what, entry.by) for entry in play.history()]
    assert told[-1] == ("delivery begun again", "operator")
    play.world.parts.carrier.carry_all()
    assert any("Wren Oakley was not seen." in str(said.message) for said in play.world.chat.at("#herefordshire-team"))
    assert "dead-1" not in run(play).stdout


def test_what_is_held_is_settled_and_not_said_again(play: Play) -> None:
    assert "will not be sent again" in run(play, "settle", "held-1").stdout
    assert (play.history()[-1].what, play.history()[-1].by) == ("delivery settled", "operator")
    play.world.parts.carrier.carry_all()
    assert not any("Wren Oakley" in str(said.message) for said in play.world.chat.at("console:ben"))
    assert "held-1" not in run(play).stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["again", "done-1"], "is carried out, so that cannot be said of it."),
        (["settle", "dead-1"], "is given up, not held, so that cannot be said of it."),
        (["again", "nothing"], "There is no delivery 'nothing'."),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(play: Play, arguments: list[str], says: str) -> None:
    before = play.history()
    done = run(play, *arguments)
    assert done.exit_code == 1
    assert says in done.stderr
    assert play.history() == before


def test_where_all_is_well_that_is_said(play: Play) -> None:
    with play.world.parts.database.transaction() as tx:
        tx.settle("dead-1", "", play.world.moment)
        tx.settle("held-1", "", play.world.moment)
    assert run(play).stdout == "Nothing was given up, and nothing is held.\n"
