"""For any test that has played something: the history explains every record, and the thread shows it as it is."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from bot.escalation import Escalation, Status
from bot.flows import faces
from bot.flows.context import Context
from bot.flows.reasons import next_move, to_close, to_move
from bot.messages import words_of
from bot.ports import Transaction
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


def assert_faces_are_true(world: World) -> None:
    """The first message of each thread says what the record says now, as it was read at some moment of its history:
    what a day does to a date is not shown before something else changes."""
    with world.parts.database.transaction() as tx:
        for escalation in tx.escalations():
            shown = world.face(escalation)
            true = (words_of(faces.face(c, escalation)) for c in contexts(world, tx, escalation))
            assert shown in true, f"The face shows:\n{shown}\n\nIt should be:\n{_now(world, tx, escalation)}"


def _now(world: World, tx: Transaction, escalation: Escalation) -> str:
    return words_of(faces.face(next(contexts(world, tx, escalation)), escalation))


def contexts(world: World, tx: Transaction, about: Escalation) -> Iterator[Context]:
    """The world as its raiser saw it at each moment of its history, the latest first."""
    parts = world.parts
    people = {person.id: person for person in tx.people()}
    zone = ZoneInfo(parts.policies.of_escalation(about).clock.zone)
    approvals = tuple(tx.approvals(about.reference))
    for now in sorted({entry.at.astimezone(zone) for entry in tx.history(about.reference)}, reverse=True):
        yield Context(
            parts.assistant.words, now.date(), people[about.raiser], parts.policies, parts.calendars, people, about,
            approvals, now=now,
        )  # fmt: skip


def assert_somebody_owes_the_next_move(world: World) -> None:
    """Every open escalation has an owner, and a next date or a stated reason why there is none."""
    with world.parts.database.transaction() as tx:
        for escalation in tx.escalations():
            c = next(contexts(world, tx, escalation))
            move = next_move(c, escalation)
            assert (move.owner is None) is (escalation.status in {Status.CLOSED, Status.WITHDRAWN})
            assert move.owner is None or move.owner.people or move.owner.role
            assert (move.by is None) is bool(move.why_none)
            for reason in (*to_move(c, escalation), *to_close(c, escalation)):
                assert c.words(f"why.{reason.name}", **reason.values)
