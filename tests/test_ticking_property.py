"""Whatever two replicas and the people do in whichever order: each reminder is said once, and never of a stage left.

What is said is looked at in the moment in which it is said, against the record of that moment.
"""

from __future__ import annotations

import re
import tempfile
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot import decisions
from bot.errors import InvalidAnswer, NotAllowed
from bot.escalation import Escalation, Status
from bot.flows import nudges
from bot.flows.changing import Reopen, Withdraw
from bot.flows.context import Context
from bot.flows.dating import CorrectDate
from bot.flows.hours import hours
from bot.flows.move import AskApproval, MoveNow
from bot.flows.noting import Note
from bot.flows.resolve import Resolve
from bot.flows.staging import Entering
from bot.flows.update import WordsSaid
from bot.messages import Message, Words
from bot.ports import Due, Transaction
from bot.store import open_database
from bot.wiring import KEYRING, Parts
from tests.databases import PostgreSQL
from tests.flows.contexts import BEN, CERYS, CONCERN, ERIN, HUGH, REFERENCE, escalation, person
from tests.talking import LONDON, ChatFake, World

EXAMPLES = max(3, settings().max_examples // 16)
TITLE = re.compile(rf"{REFERENCE}, (.+): (a reminder|due today|overdue)")
OWNERSHIP = "You keep the responsibility"
"""Stands in each message to the raiser, whatever it reminds of."""
PEOPLE = {"raising": person(ERIN), "deputy": person(CERYS), "challenged": person(HUGH)}


@dataclass
class Watched(ChatFake):
    """Whatever is said as a reminder is held against the record of that moment."""

    room: Room | None = None
    keys: list[str] = field(default_factory=list)
    paragraphs: set[tuple[str, datetime, str]] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    """Whoever carries something out goes on after a fault, so faults are kept until the end."""

    def direct(self, key: str, person: str, message: Message) -> str:
        self._look(key, person, message)
        return super().direct(key, person, message)

    def thread(self, key: str, channel: str, under: str, message: Message) -> str:
        self._look(key, channel, message)
        return super().thread(key, channel, under, message)

    def _look(self, key: str, place: str, message: Message) -> None:
        if self.room is None or "/nudge/" not in key:
            return
        if key in self.keys:
            self.faults.append(f"{key} was said twice")
        self.keys.append(key)
        self.faults += [f"{key}: {fault}" for fault in self.room.untrue(message)]
        for part in message.parts:
            if isinstance(part, Words) and part.tone in {"strong", "warning"} and not part.text.startswith(OWNERSHIP):
                said = place, self.room.now, part.text
                if said in self.paragraphs:
                    self.faults.append(f"{key} says again: {part.text}")
                self.paragraphs.add(said)


@dataclass
class Room:
    """Two replicas on one database, one clock, one escalation, and the people."""

    world: World
    replicas: Sequence[Parts]
    hands: Sequence[deque[Due]]
    changed: datetime
    events: int = 0
    found: int = 0

    @property
    def now(self) -> datetime:
        return self.world.moment

    @property
    def parts(self) -> Parts:
        return self.replicas[0]

    def record(self) -> Escalation:
        with self.parts.database.look() as tx:
            (one,) = tx.escalations()
            return one

    def context(self, tx: Transaction) -> Context:
        c = self.parts.carrier.making.context(tx, REFERENCE)
        assert c is not None
        return c

    def untrue(self, message: Message) -> list[str]:
        """What is wrong with it: it is about another stage than that of the record, or it is not the time for it."""
        with self.parts.database.look() as tx:
            c = self.context(tx)
        policy, match = c.policy_of(c.escalation), TITLE.fullmatch(message.summary)
        assert match is not None, message.summary
        stage = policy.stage(c.escalation.stage).label
        faults = [f"of {match[1]}, at {stage}"] if match[1] != stage else []
        if match[2] != "a reminder" and c.escalation.status is not Status.OPEN:
            faults.append(f"of a limit, when it is {c.escalation.status.value}")
        if not hours(policy, c.calendars).are_open(self.now):
            faults.append(f"at {self.now}")
        return faults

    # ── what the replicas do ─────────────────────────────────────────────────────────────────────────────

    def tick(self, n: int) -> None:
        self.replicas[n].ticker.tick()

    def claim(self, n: int) -> None:
        self.hands[n].extend(self.replicas[n].carrier.claim(3))

    def carry(self, n: int) -> None:
        if self.hands[n]:
            self.replicas[n].carrier.carry(self.hands[n].popleft())

    def die(self, n: int) -> None:
        """With all that it has in hand."""
        self.hands[n].clear()

    def die_having_said(self, n: int) -> None:
        """It was said, and nobody has noted that."""
        if self.hands[n] and (due := self.hands[n][0]).lease and due.lease > self.now:
            carrier = self.replicas[n].carrier
            message = carrier.making.message(due) if due.kind in {"direct", "thread"} else None
            if message and due.kind == "direct":
                carrier.chat.direct(due.key, due.to, message)
            elif message:
                carrier.chat.thread(due.key, due.to, due.first_receipt, message)
        self.hands[n].clear()

    # ── what happens ─────────────────────────────────────────────────────────────────────────────────────

    def pass_by(self, time: timedelta) -> None:
        self.world.moment = (self.now.astimezone(UTC) + time).astimezone(LONDON)

    def until_morning(self) -> None:
        calendar = self.parts.calendars["england-and-wales"]
        day = calendar.add(self.now.date(), 1)
        self.world.moment = datetime(day.year, day.month, day.day, 9, 1, tzinfo=LONDON)

    def decide(self, make: Callable[[Context], Any]) -> None:
        """A decision, as a conversation would come to it; one that cannot be taken now is not taken."""
        self.events += 1
        try:
            with self.parts.database.transaction() as tx:
                c = self.context(tx)
                if (decision := make(c)) is None:
                    return
                prefix = f"event{self.events}"
                if isinstance(decision, str):
                    (asked,) = (each for each in c.approvals if each.key == decision)
                    done = decisions.approve(replace(c, me=c.people[BEN]), asked, prefix, self.now)
                else:
                    done = decisions.CHANGES[type(decision)](c, decision, prefix, self.now)
                decisions.keep(tx, c, done)
                tx.add_deliveries(done.deliveries)
        except (NotAllowed, InvalidAnswer):
            return
        self.changed = self.now

    # ── what must be so in the end ───────────────────────────────────────────────────────────────────────

    def settle(self) -> None:
        """In the middle of a working day, when everybody has done what was to be done."""
        self.until_morning()
        for n in (0, 1):
            self.tick(n)
        for n in (0, 1):
            while self.hands[n]:
                self.carry(n)
        self.pass_by(timedelta(minutes=5))  # the leases of those who died are over
        for n in (1, 0):
            self.replicas[n].carrier.carry_all()
        self.tick(0)

    def assert_nothing_is_lost(self) -> None:
        with self.parts.database.look() as tx:
            c = self.context(tx)
            due = [timer for timer in tx.timers(REFERENCE) if timer.due <= self.now]
            told = [entry for entry in tx.history(REFERENCE) if entry.what == "nudged"]
            keys = {f"{REFERENCE}/nudge/{moment}/thread" for moment in self._moments(c)}
            written = [one for key in keys if (one := tx.delivery(key))]
        assert due == []
        assert not self.parts.database.undelivered(self.now, self.now)
        assert self.parts.database.troubled() == []
        said = {(one.key.split("/")[2], name) for one in written if one.state == "done" for name in one.about["nudges"]}
        for nudge in nudges.owed(nudges.at(c, c.escalation, self.now), c.escalation):
            last = nudge.schedule.last(self.changed + timedelta(seconds=1), self.now)
            if last is not None:
                moment = f"{last.astimezone(UTC):%Y-%m-%dT%H:%MZ}"
                self.found += 1
                assert [one for one, name in said if name == nudge.name and one >= moment], (nudge.name, moment)
        assert len(told) == len({entry.at for entry in told})

    def _moments(self, c: Context) -> set[str]:
        """All at which anything could have been said since the record was changed."""
        owed = nudges.owed(nudges.at(c, c.escalation, self.now), c.escalation)
        found = set()
        for nudge in owed:
            for moment in nudge.schedule.moments():
                if moment > self.now:
                    break
                found.add(f"{moment.astimezone(UTC):%Y-%m-%dT%H:%MZ}")
        return found


def entering() -> Entering:
    return Entering(people=PEOPLE)


def above(c: Context) -> str:
    steps = c.policy_of(c.escalation).next_steps(c.escalation.stage)
    return steps[-1].id if steps else ""


def ask(c: Context) -> AskApproval | None:
    return AskApproval(REFERENCE, above(c), "No answer.", (BEN, CERYS), entering()) if above(c) else None


def approve(c: Context) -> str | None:
    return next((each.key for each in c.approvals if not each.answer), None)


def go_on(c: Context) -> MoveNow | None:
    return MoveNow(REFERENCE, above(c), "No answer.", entering(), None, "No answer.") if above(c) else None


def correct(c: Context) -> CorrectDate:
    other = CONCERN if c.escalation.concern != CONCERN else CONCERN + timedelta(days=3)
    return CorrectDate(REFERENCE, "concern", "", other, "I looked it up.")


def reply(c: Context) -> Note:
    return Note(REFERENCE, "replied", {"on": c.today.isoformat(), "who": "Grace", "text": "No.", "side": "challenged"})


def told(c: Context) -> WordsSaid:
    return WordsSaid(REFERENCE, {"to": "Farid", "how": "By telephone", "on": c.today.isoformat()})


ANSWERS: dict[str, Any] = {
    "outcome": "agreed", "how_resolved": "Agreed.", "agreed_outcome": "A visit.", "lessons": "Ask.", "actions": [],
    "debrief": {},
}  # fmt: skip


def resolve(c: Context) -> Resolve | None:
    return Resolve(REFERENCE, c.today, ANSWERS) if c.escalation.status is Status.OPEN else None


STEPS: dict[str, Callable[[Room], None]] = {
    "morning": Room.until_morning,
    "an hour": lambda room: room.pass_by(timedelta(hours=1)),
    "a night": lambda room: room.pass_by(timedelta(hours=13)),
    "a week": lambda room: room.pass_by(timedelta(days=7)),
    **{f"{what} {n}": (lambda room, what=what, n=n: getattr(room, what)(n))  # type: ignore[misc]
       for what in ("tick", "claim", "carry", "die", "die_having_said") for n in (0, 1)},
    **{make.__name__: (lambda room, make=make: room.decide(make))  # type: ignore[misc]
       for make in (ask, approve, go_on, correct, reply, told, resolve)},
    "withdraw": lambda room: room.decide(lambda _: Withdraw(REFERENCE, "It is over.")),
    "reopen": lambda room: room.decide(lambda _: Reopen(REFERENCE, "It is not over.")),
}  # fmt: skip
OFTEN = ["morning", "tick 0", "tick 1", "claim 0", "claim 1", "carry 0", "carry 1"]


def play(steps: Sequence[str], folder: Path, url: str = "") -> int:
    """Returns how many reminders were looked for in the end, and found."""
    world = World(folder, "2026-03-03T10:00", quick=True)
    chat = Watched()
    keyring = folder / ("shared.json" if url else KEYRING)
    databases = [open_database(url or world.database_url, keyring, clock=lambda: world.moment) for _ in range(2)]
    if url:
        databases[0].migrate()
    replicas = [
        replace(
            world.parts,
            database=each,
            carrier=replace(world.parts.carrier, store=each, chat=chat),
            ticker=replace(world.parts.ticker, store=each),
        )
        for each in databases
    ]
    try:
        with world.parts.database.look() as tx:
            people = tx.people()
        replicas[0].know(tuple(people))
        world.parts = replicas[0]
        world.has(escalation("herefordshire", fields={"words_said": None}))
        chat.room = room = Room(world, replicas, (deque(), deque()), world.moment)
        room.tick(0)
        for step in steps:
            STEPS[step](room)
        room.settle()
        assert chat.faults == [], chat.faults
        room.assert_nothing_is_lost()
        return room.found
    finally:
        for each in databases:
            each.close()


@given(st.lists(st.sampled_from([*STEPS, *OFTEN, *OFTEN]), min_size=8, max_size=30))
@settings(max_examples=EXAMPLES)
@example(["morning", "tick 0", "claim 0", "go_on", "carry 0", "carry 0", "carry 0"])
@example(["morning", "tick 0", "tick 1", "claim 0", "claim 1", "withdraw", "carry 1", "carry 0", "carry 0", "carry 1"])
@example(["morning", "tick 1", "claim 1", "die_having_said 1", "an hour", "claim 0", "carry 0", "carry 0"])
@example(["morning", "tick 0", "a night", "claim 0", "carry 0", "carry 0", "morning", "tick 1"])
def test_each_reminder_is_said_once_and_never_of_a_stage_that_was_left(steps: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        play(steps, Path(folder))


def test_nor_on_postgresql(postgresql: PostgreSQL, tmp_path: Path) -> None:
    url = postgresql.make()
    found = play(
        [
            "morning", "tick 0", "tick 1", "claim 0", "claim 1", "ask", "carry 0", "carry 1", "morning", "tick 1",
            "claim 1", "approve", "carry 1", "claim 0", "correct", "carry 0", "die 1", "morning", "tick 0", "claim 0",
            "die_having_said 0", "a week", "tick 1", "claim 1", "reply", "carry 1", "resolve", "morning", "tick 0",
        ],
        tmp_path,
        url,
    )  # fmt: skip
    assert found
    postgresql.drop(url)
