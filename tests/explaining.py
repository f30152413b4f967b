"""For any test that has played something: the history explains every record."""

from __future__ import annotations

from bot.replay import recorded, replayed, unexplained
from tests.talking import World


def assert_history_explains(world: World) -> None:
    """Played again from its first line, each history gives the record as it is; no line changes what is not its own."""
    with world.parts.database.transaction() as tx:
        for escalation in tx.escalations():
            history = tx.history(escalation.reference)
            says, is_ = replayed(history), recorded(escalation)
            assert {part: (says.get(part), is_[part]) for part in is_ if says.get(part) != is_[part]} == {}
            assert unexplained(history) == [], "Say in bot/replay.py which line explains this part of the record."
