"""Two replicas carry while everything goes wrong that can: nothing is lost or done twice, and threads are in order.

The platform's own log of what was done is the judge. Time is a number; replicas take turns, or act during each other's
calls; a killed one leaves what it had in hand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.delivery import LEASE, Carrier
from bot.documents.docx import WordDocuments
from bot.errors import CannotTell, TryLater, Unclear
from bot.messages import Message
from bot.policies import Policies
from bot.ports import Delivery, Due
from bot.store import Database, open_database
from bot.words import load
from tests.posting import Forgetful, text
from tests.store.examples import NOON
from tests.talking import MailFake

EXAMPLES = max(5, settings().max_examples // 10)
FAULTS = ("later", "limited", "unclear", "lost", "boom", "lost boom", "killed", "lost killed", "receipt", "away")
FEWER_THAN_GIVE_UP = 4
SHAPE = {"a": "", "a1": "a", "a2": "a", "a3": "a", "b": "", "b1": "b"}
"""Key -> the first message of its thread, in the order of writing."""


class Killed(BaseException):
    """The process ends here: nothing is noted any more."""


@dataclass
class Platform:
    """Does what it is told, and keeps a log of it. Whether it can be asked for that is another matter."""

    can_be_asked: bool
    log: list[str] = field(default_factory=list)
    shown: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)
    in_hand: list[str] = field(default_factory=list)
    meanwhile: Callable[[], None] | None = None

    def fault(self, key: str) -> str:
        if self.met[key] == FEWER_THAN_GIVE_UP or not self.faults:
            return ""
        self.met[key] += 1
        return self.faults.pop(0)

    def call(self, key: str, thread: str, of: str) -> str:
        assert thread not in self.in_hand, "two are at one thread"
        self.in_hand.append(thread)
        try:
            if self.meanwhile is not None:
                act, self.meanwhile = self.meanwhile, None
                act()
            return self.act(key, of, self.fault(key))
        finally:
            self.in_hand.remove(thread)

    def act(self, key: str, of: str, fault: str) -> str:
        if fault in {"", "receipt", "away"} or "lost" in fault:
            self.log.append(key)
            self.shown[of or key] = key
        if fault in {"later", "limited"}:
            raise TryLater("The platform is busy.", timedelta(seconds=90) if fault == "limited" else None)
        if fault in {"unclear", "lost"}:
            raise Unclear("There was no answer.")
        if "boom" in fault:
            raise ValueError("boom")
        if "killed" in fault:
            raise Killed
        if fault == "receipt":
            raise _ReceiptLost
        return of or key

    def direct(self, key: str, person: str, message: Message) -> str:
        return self.call(key, person, "")

    def thread(self, key: str, channel: str, under: str, message: Message) -> str:
        return self.call(key, under or key, "")

    def edit(self, key: str, message_id: str, message: Message) -> str:
        return self.call(key, message_id, message_id)

    def find(self, due: Due) -> str:
        if not self.can_be_asked:
            raise CannotTell("This platform keeps no list.")
        if self.fault(due.key) == "away":
            raise TryLater("The platform is away.")
        return due.key if due.key in self.log else ""

    def link(self, channel: str, message_id: str) -> str:
        return ""


class _ReceiptLost(BaseException):
    """It was done and answered; the database is gone before that is noted. To the delivery, it is a killed process."""


@dataclass
class Replicas:
    """Two of them on one database, with one clock."""

    database: Database
    platform: Platform
    prefix: str
    moment: timedelta = timedelta()

    def carrier(self) -> Carrier:
        return Carrier(
            Forgetful(self.database), self.platform, MailFake(), WordDocuments(), Policies([]), {}, load(),
            lambda: NOON + self.moment,
        )  # fmt: skip

    def write(self) -> None:
        say = text("A line")
        wanted = [
            Delivery(self.key(key), "thread", f"{self.prefix}-channel", say, under=self.key(under) if under else "")
            for key, under in SHAPE.items()
        ]
        wanted += [Delivery(self.key(key), "direct", f"{self.prefix}-person", say) for key in ("d1", "d2")]
        wanted += [Delivery(self.key(key), "edit", self.key("a"), say) for key in ("e1", "e2")]
        with self.database.transaction() as tx:
            tx.add_deliveries([*wanted[:2], wanted[-2], *wanted[2:-2], wanted[-1]])

    def key(self, key: str) -> str:
        return f"{self.prefix}/{key}"

    def carry(self, limit: int, faults: list[str], *, overlapping: bool) -> None:
        """One replica claims some and carries them, until it is killed; meanwhile the other may do the same."""
        self.platform.faults = faults
        if overlapping:
            self.platform.meanwhile = lambda: self.turn(2)
        self.turn(limit)

    def turn(self, limit: int) -> None:
        carrier = self.carrier()
        try:
            for due in carrier.claim(limit):
                carrier.carry(due)
        except (Killed, _ReceiptLost):
            pass

    def come_to_rest(self) -> None:
        """Nothing goes wrong any more."""
        self.platform.faults, self.platform.meanwhile = [], None
        for _ in range(5):
            self.moment += timedelta(hours=5)
            self.carrier().carry_all()

    def states(self) -> dict[str, str]:
        with self.database.look() as tx:
            found = {key: tx.delivery(self.key(key)) for key in (*SHAPE, "d1", "d2", "e1", "e2")}
        return {key: due.state for key, due in found.items() if due is not None}

    def done(self) -> Counter[str]:
        return Counter(key.removeprefix(f"{self.prefix}/") for key in self.platform.log)


STEPS = st.lists(
    st.tuples(
        st.integers(1, 4),
        st.lists(st.sampled_from(FAULTS), min_size=3, max_size=4),
        st.booleans(),
        st.sampled_from([timedelta(0), timedelta(seconds=5), LEASE, timedelta(minutes=10)]),
    ),
    min_size=6,
    max_size=10,
)


@contextmanager
def opened(url: str, folder: Path) -> Iterator[Database]:
    database = open_database(url, folder / "keyring.json")
    database.migrate()
    yield database
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        with opened(f"sqlite:///{tmp_path / 'escalations.db'}", tmp_path) as database:
            yield database
        return
    server = request.getfixturevalue("postgresql")
    url = server.make()
    with opened(url, tmp_path) as database:
        yield database
    server.drop(url)


def in_threads(log: list[str]) -> list[list[str]]:
    """The lines of each thread, in the order in which they appeared."""
    lines = [key.rpartition("/")[2] for key in dict.fromkeys(log)]
    return [[key for key in lines if key in SHAPE and (SHAPE[key] or key) == root] for root in ("a", "b")]


@pytest.mark.parametrize("can_be_asked", [True, False])
def test_nothing_is_lost_and_nothing_done_twice(database: Database, can_be_asked: bool) -> None:
    examples = iter(range(1_000_000))

    @given(steps=STEPS)
    @settings(max_examples=EXAMPLES)
    def whatever_happens(steps: list[tuple[int, list[str], bool, timedelta]]) -> None:
        number = next(examples)
        replicas = Replicas(database, Platform(can_be_asked), f"x{number}", timedelta(weeks=number))
        replicas.write()
        for limit, faults, overlapping, wait in steps:
            replicas.carry(limit, list(faults), overlapping=overlapping)
            replicas.moment += wait
        replicas.come_to_rest()
        if not can_be_asked:
            assert all(count == 1 for key, count in replicas.done().items() if not key.startswith("e"))
            mend(replicas)
        done = replicas.done()
        assert {key: done[key] for key in (*SHAPE, "d1", "d2")} == dict.fromkeys((*SHAPE, "d1", "d2"), 1)
        assert set(replicas.states().values()) <= {"done", "dropped"}
        assert replicas.platform.shown[replicas.key("a")] == replicas.key("e2")
        if can_be_asked:
            assert in_threads(replicas.platform.log) == [["a", "a1", "a2", "a3"], ["b", "b1"]]

    whatever_happens()


def mend(replicas: Replicas) -> None:
    """A person looks, and says what is true of each that is held."""
    while held := [key for key, state in replicas.states().items() if state == "held"]:
        with replicas.database.transaction() as tx:
            for key in map(replicas.key, held):
                if key in replicas.platform.log:
                    tx.settle(key, key, NOON)
                else:
                    tx.again(key)
        replicas.come_to_rest()
