"""Escalations that are raised, moved through their stages, reported on and ended, as fast as one thread can.

Each move is one transaction with everything that a real one causes; only the conversation before it is left out.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select

from bot.access import as_the_bot
from bot.decisions import CHANGES, Effects, raise_escalation
from bot.desk import Desk
from bot.errors import Conflict, InvalidAnswer, NotAllowed
from bot.escalation import Conversation, Escalation, Status, new_reference
from bot.flows.changing import Withdraw
from bot.flows.context import Context
from bot.flows.dating import CorrectDate
from bot.flows.escalate import Raise
from bot.flows.move import MoveNow
from bot.flows.report import Report
from bot.flows.staging import Entering
from bot.flows.update import Progress
from bot.forms_due import WHOLE
from bot.ports import Answered, Heard, Person, Transaction, Typed
from bot.store import tables
from bot.wiring.parts import Parts

RAISERS = tuple(
    Person(f"far:raiser-{number}", f"Raiser {number} Example", "Teacher", "Example School", f"r{number}@example.org")
    for number in range(8)
)
MANAGERS = tuple(
    Person(f"far:manager-{number}", f"Manager {number} Sample", "Head", "Example School", f"m{number}@example.org")
    for number in range(4)
)
OTHER_SIDE = Person("far:other", "Grace Madeup", "Team Manager", "Example County", "grace@example.org")
PEOPLE = (*RAISERS, *MANAGERS, OTHER_SIDE)
POLICY, FORM, MOMENT = "herefordshire", "report-to-hscp", "progress"
TEAM = {"name": "The partnership’s team", "email": "team@example.org"}


@dataclass
class Mover:
    """Makes the moves. `made` is told of each when it has been committed: what was promised has to be kept."""

    parts: Parts
    lot: random.Random
    made: Callable[[str, str, str, str], object]
    at_once: int = 5
    """So many escalations are under way at the same time."""
    name: str = ""
    """Makes the events of this mover its own."""
    count: int = field(default=0, init=False)
    open: list[str] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self.open = self._look()

    def move(self) -> None:
        """One move of one escalation; none where somebody else was faster."""
        self.count += 1
        event = f"{self.name}-{self.count}"
        try:
            with self.parts.database.transaction() as tx:
                what, done = self._one(tx, event)
        except (Conflict, NotAllowed, InvalidAnswer):
            return
        if what == "raise":
            self.open.append(done.escalation.reference)
        self.made(event, what, done.escalation.reference, done.escalation.stage)

    def _one(self, tx: Transaction, event: str) -> tuple[str, Effects]:
        about = self._about(tx)
        raiser = about.raiser if about else self.lot.choice(RAISERS).id
        me = tx.person(raiser)
        if me is None:
            raise LookupError(raiser)
        assistant, now = self.parts.assistant, self.parts.assistant.now()
        heard = Heard(event, raiser, Typed(""))
        desk = Desk(self.parts.policies, self.parts.calendars, assistant.words, tx, heard, me, now, event)
        c = desk.context(Conversation("", raiser, "move", about.reference) if about else None)
        if about is None:
            what, done = "raise", raise_escalation(c, self._raise(me), event, now)
        else:
            decision = self._decision(c, about)
            what, done = type(decision).__name__, CHANGES[type(decision)](c, decision, event, now)
        desk.carry_out(c, done, new=about is None)
        tx.add_deliveries(desk.out)
        tx.remember(event, raiser, Answered(tuple(each.key for each in desk.out)))
        return what, done

    def _about(self, tx: Transaction) -> Escalation | None:
        """An open one; None while there are too few."""
        if len(self.open) < self.at_once:
            return None
        about = as_the_bot(tx.escalation(self.lot.choice(self.open)))
        if about is not None and about.status is Status.OPEN:
            return about
        self.open = self._look()
        return None

    def _look(self) -> list[str]:
        """References of those that are open, the newest last."""
        rows = tables.escalations.c
        wanted = select(rows.reference).where(rows.status == Status.OPEN).order_by(rows.number)
        with self.parts.database.reading() as connection:
            return list(connection.scalars(wanted))

    def _raise(self, me: Person) -> Raise:
        answers = {
            "raiser": me.details(),
            "counterpart": OTHER_SIDE.details(),
            "disagreement": "The referral was closed.",
            "desired_outcome": "A strategy discussion.",
            "tried": "Rang twice.",
            "tried_on": ["2026-02-26"],
            "other_agencies": [],
        }
        today = self.parts.assistant.now().date()
        return Raise(
            POLICY, new_reference(), "child", today, OTHER_SIDE.agency, self._entering(), answers, days={}
        )  # fmt: skip

    def _entering(self) -> Entering:
        raising, deputy = self.lot.sample(MANAGERS, 2)
        people = {"raising": raising.details(), "deputy": deputy.details(), "challenged": OTHER_SIDE.details()}
        return Entering(people)

    def _decision(self, c: Context, about: Escalation) -> object:
        ladder = [stage.id for stage in c.policy_of(about).ladder]
        above = ladder[ladder.index(about.stage) + 1 :]
        match self.lot.choices(["move", "date", "update", "report"], [5, 2, 3, 1])[0]:
            case "move" if above:
                return MoveNow(
                    about.reference, above[0], "No answer.", self._entering(), {"by": "Head", "how": "email"}
                )
            case "move":
                return Withdraw(about.reference, "It was settled.")
            case "date":
                on = c.today - timedelta(days=self.lot.randint(0, 3))
                return CorrectDate(about.reference, "concern", "", on, "It was another day.")
            case "report":
                return Report(about.reference, FORM, WHOLE, MOMENT, {}, (TEAM,), send=True)
            case _:
                return Progress(about.reference, "They rang back.")
