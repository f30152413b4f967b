"""For any test that has played something: the history explains every record, and the thread shows it as it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.escalation import Escalation
from bot.flows import faces
from bot.flows.context import Context
from bot.messages import words_of
from bot.ports import Transaction
from bot.replay import recorded, replayed, unexplained
from tests.talking import World

LAST = 4
"""So many of the latest moments are tried: what changes nothing for the face stands in the history too."""


def assert_history_explains(world: World) -> None:
    """Played again from its first line, each history gives the record as it is; no line changes what is not its own."""
    with world.parts.database.transaction() as tx:
        for escalation in tx.escalations():
            history = tx.history(escalation.reference)
            says, is_ = replayed(history), recorded(escalation)
            assert {part: (says.get(part), is_[part]) for part in is_ if says.get(part) != is_[part]} == {}
            assert unexplained(history) == [], "Say in bot/replay.py which line explains this part of the record."


def assert_faces_are_true(world: World) -> None:
    """The first message of each thread says what the record says, read at one of the latest moments of its history."""
    with world.parts.database.transaction() as tx:
        for escalation in tx.escalations():
            shown = words_of(world.chat.said[escalation.thread].message)
            moments = sorted({entry.at for entry in tx.history(escalation.reference)})[-LAST:]
            true = {words_of(faces.face(context, escalation)) for context in _contexts(world, tx, escalation, moments)}
            assert shown in true, "\n\n".join(["The face shows:", shown, "It should be:", *true])


def _contexts(world: World, tx: Transaction, about: Escalation, moments: list[datetime]) -> Iterator[Context]:
    parts = world.parts
    people = {person.id: person for person in tx.people()}
    zone = ZoneInfo(parts.policies.of_escalation(about).clock.zone)
    for now in moments:
        here = now.astimezone(zone)
        yield Context(
            parts.assistant.words, here.date(), people[about.raiser], parts.policies, parts.calendars, people, about,
            tuple(tx.approvals(about.reference)), now=here,
        )  # fmt: skip
