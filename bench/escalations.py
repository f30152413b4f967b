"""Escalations, as many as are wanted: each is raised by the real decision, with all that it causes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from bot.decisions import CHANGES, raise_escalation
from bot.desk import Desk
from bot.escalation import Approval, Conversation, new_reference
from bot.flows.escalate import Raise
from bot.flows.move import AskApproval
from bot.flows.staging import Entering
from bot.ports import Heard, Person, Transaction, Typed
from bot.wiring import Parts

POLICY = "herefordshire"
RAISED = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
"""A Monday."""
NUDGED = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
"""The first moment at which somebody is reminded of an escalation that was raised then; one timer of each is due."""
AT_ONCE = 100
"""So many are raised in one transaction."""


def _person(role: str, number: int, agency: str) -> Person:
    return Person(f"bench:{role}-{number}", f"{role.title()} {number}", role, agency, f"{role}-{number}@example.org")


RAISERS = tuple(_person("teacher", number, "Example School") for number in range(200))
MANAGERS = tuple(_person("head", number, "Example School") for number in range(100))
OTHER_SIDE = _person("social-worker", 1, "Example County")


@dataclass(frozen=True)
class Raising:
    """Raises them in the database of these parts, each by another person and with another manager."""

    parts: Parts

    def raise_many(self, count: int) -> None:
        for first in range(0, count, AT_ONCE):
            with self.parts.database.transaction() as tx:
                for number in range(first, min(first + AT_ONCE, count)):
                    self.one(tx, number)

    def one(self, tx: Transaction, number: int) -> str:
        """Returns its reference."""
        desk = self._desk(tx, number, "raise")
        answers = {
            "raiser": desk.me.details(),
            "counterpart": OTHER_SIDE.details(),
            "disagreement": "The referral was closed.",
            "desired_outcome": "A strategy discussion.",
            "tried": "Rang twice.",
            "tried_on": ["2026-02-26"],
            "other_agencies": [],
        }
        wanted = Raise(
            POLICY, new_reference(), "child", RAISED.date(), OTHER_SIDE.agency, _entering(number), answers, days={}
        )  # fmt: skip
        c = desk.context()
        done = raise_escalation(c, wanted, desk.prefix, RAISED)
        desk.carry_out(c, done, new=True)
        tx.add_deliveries(desk.out)
        return done.escalation.reference

    def one_asked(self, tx: Transaction, number: int) -> Approval:
        """Its manager is asked whether it may be moved to the next stage."""
        reference = self.one(tx, number)
        desk = self._desk(tx, number, "ask")
        c = desk.context(Conversation("", desk.me.id, "move", reference))
        stage = c.policy_of(c.escalation).next_steps(c.escalation.stage)[0]
        wanted = AskApproval(reference, stage.id, "No answer.", (manager(number).id,), _entering(number))
        desk.carry_out(c, CHANGES[AskApproval](c, wanted, desk.prefix, RAISED))
        tx.add_deliveries(desk.out)
        return tx.approvals(reference)[-1]

    def _desk(self, tx: Transaction, number: int, what: str) -> Desk:
        parts, me = self.parts.assistant, RAISERS[number % len(RAISERS)]
        prefix = f"{what}-{number}"
        heard = Heard(prefix, me.id, Typed(""))
        return Desk(parts.policies, parts.calendars, parts.words, tx, heard, me, RAISED, prefix)


def _entering(number: int) -> Entering:
    return Entering({"raising": manager(number).details(), "deputy": {}, "challenged": OTHER_SIDE.details()})


def manager(number: int) -> Person:
    return MANAGERS[number % len(MANAGERS)]
