"""The tick: what is due is looked at once, together, within the hours; and what cannot be looked at stops nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import text

from bot.errors import SchemaMismatch, TryLater
from bot.escalation import Escalation
from bot.messages import Message, words_of
from bot.ports import Delivery, Handed
from bot.store import Database, open_database
from bot.store.vault import of_escalation
from bot.ticking import OWNERS, Ticker
from bot.timers import Timer
from tests.databases import PostgreSQL
from tests.dialogues.script import coming
from tests.flows.contexts import ASHA, BEN, CERYS, escalation
from tests.talking import ADMINISTRATOR, LONDON, ChatFake, World, hours_between

THURSDAY = "2026-03-05"
"""The last day of Stage 1 of an escalation whose concern was on Monday 2 March 2026."""
FIRST = escalation("herefordshire")


def others(n: int) -> list[Escalation]:
    references = [f"E-5{letter}X-7PW" for letter in "ABCDEFGHJKLMNPQRSTUVWXYZ"] + [f"E-6{c}X-7PW" for c in "ABCDEFGH"]
    return [replace(FIRST, reference=each, thread=f"{each}/thread") for each in references[:n]]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Wednesday 4 March 2026, 10:00; one escalation of Herefordshire at Stage 1."""
    world = World(tmp_path, "2026-03-04T10:00", quick=True)
    world.has(FIRST)
    yield world
    world.close()


def nudged(world: World, reference: str = FIRST.reference) -> list[str]:
    """Moment and reader of each reminder that was said, in order."""
    keys = [key.split("/", 2) for key in world.chat.said if key.startswith(f"{reference}/nudge/")]
    return [about.removesuffix("Z").replace("Z/", " ") for _, _, about in keys]


def at_work(world: World, *moments: str) -> None:
    for moment in moments:
        world.wakes(moment)


# ── at the moment, together, in the hours ────────────────────────────────────────────────────────────────────


def test_everything_that_is_due_is_one_message_to_each_reader_and_is_said_once(world: World) -> None:
    world.tick()
    at_work(world, f"{THURSDAY} 08:59", f"{THURSDAY} 09:00", f"{THURSDAY} 09:01", f"{THURSDAY} 16:59")
    moment = "2026-03-05T09:00"
    assert nudged(world) == [f"{moment} thread", f"{moment} {BEN}", f"{moment} {ASHA}"]
    told = words_of(world.chat.said[f"{FIRST.reference}/nudge/{moment}Z/thread"].message)
    assert "Stage 1 is due today" in told
    assert "Nothing has been noted from the other side" in told
    with world.parts.database.transaction() as tx:
        history = [entry for entry in tx.history(FIRST.reference) if entry.what == "nudged"]
        assert [timer for timer in tx.timers(FIRST.reference) if timer.due <= world.moment] == []
    assert [entry.by for entry in history] == ["bot"]


@pytest.mark.parametrize("back", [f"{THURSDAY} 17:00", "2026-03-06 03:00", "2026-03-06 08:59"])
def test_what_came_while_nobody_looked_is_said_when_the_hours_open(world: World, back: str) -> None:
    world.tick()
    world.wakes(back)
    assert nudged(world) == []
    assert not world.parts.database.timers_due(world.moment), "nobody looks again before the hours open"
    world.wakes("2026-03-06 09:00")
    assert {each.split()[0] for each in nudged(world)} == {"2026-03-06T09:00"}


def test_what_was_put_off_is_not_lost_when_the_record_changes_meanwhile(world: World) -> None:
    """The reminder of filing comes every five working days; the one of Monday 9 March was missed."""
    world.tick()
    world.wakes("2026-03-09 20:00")
    with world.parts.database.transaction() as tx:
        (before,) = (timer for timer in tx.timers(FIRST.reference) if timer.about.startswith("file/"))
    world.types(ASHA, f"/update {FIRST.reference}")
    world.types(ASHA, "We have spoken.")
    with world.parts.database.transaction() as tx:
        assert tx.escalation(FIRST.reference) != FIRST
        assert before in tx.timers(FIRST.reference)
    world.wakes("2026-03-10 09:00")
    assert "filed on the child’s record" in world.sees(ASHA)


def test_after_a_week_of_silence_there_is_one_message_and_not_one_for_each_day(world: World) -> None:
    world.tick()
    world.wakes("2026-03-12 11:00")
    moment = "2026-03-12T09:00"
    assert nudged(world) == [f"{moment} {reader}" for reader in ("thread", BEN, ASHA, CERYS)]
    assert "overdue by 5 working days" in world.sees(BEN)


class Away(ChatFake):
    """The platform is away for a while."""

    away = True

    def direct(self, key: str, person: str, message: Message) -> str:
        if self.away:
            raise TryLater("It is away.")
        return super().direct(key, person, message)

    def thread(self, key: str, channel: str, under: str, message: Message) -> str:
        if self.away:
            raise TryLater("It is away.")
        return super().thread(key, channel, under, message)


def test_what_could_not_be_said_before_it_came_up_again_is_said_once(world: World) -> None:
    world.tick()
    world.chat = chat = Away(dict(world.chat.said))
    world.parts = replace(world.parts, carrier=replace(world.parts.carrier, chat=chat))
    world.wakes(f"{THURSDAY} 09:00")
    chat.away = False
    world.wakes("2026-03-06 09:00")
    # The other side’s silence comes up every two working days: it is in the older messages only.
    older, newer = "2026-03-05T09:00", "2026-03-06T09:00"
    assert nudged(world) == [f"{moment} {reader}" for moment in (older, newer) for reader in ("thread", BEN, ASHA)]
    told = [words_of(chat.said[f"{FIRST.reference}/nudge/{moment}Z/thread"].message) for moment in (older, newer)]
    assert ["Nothing has been noted" in each for each in told] == [True, False]
    assert ["overdue by 1 working day" in each for each in told] == [False, True]


def test_more_than_fit_into_one_transaction_are_looked_at_in_one_tick(world: World) -> None:
    many = others(OWNERS + 3)
    world.has(*many)
    for _ in range(2):
        world.parts.ticker.tick()  # the auditor arms some at each look
    world.moment = datetime(2026, 3, 5, 9, tzinfo=LONDON)
    world.parts.ticker.tick()
    with world.parts.database.look() as tx:
        written = [tx.delivery(f"{each.reference}/nudge/2026-03-05T09:00Z/thread") for each in many]
    assert None not in written


# ── what cannot be looked at ─────────────────────────────────────────────────────────────────────────────────


def spoil(world: World, how: str) -> None:
    """Something is wrong with the first escalation."""
    with world.parts.database.transaction() as tx:
        match how:
            case "its key is gone":
                tx._vault.destroy(of_escalation(FIRST.reference))
            case "its policy is gone":
                tx._connection.execute(text("UPDATE escalations SET policy = 'gone' WHERE raiser = :r"), {"r": ASHA})
            case "its reminder cannot be written":
                tx._connection.execute(
                    text(
                        "CREATE TRIGGER refuses BEFORE INSERT ON deliveries WHEN NEW.reference = 'E-4KX-7PW' "
                        "AND NEW.made = 'nudge' BEGIN SELECT RAISE(ABORT, 'Kit Marker'); END"
                    )
                )


@pytest.mark.parametrize(
    ("how", "kind"),
    [
        ("its key is gone", "SealBroken"),
        ("its policy is gone", "ConfigError"),
        ("its reminder cannot be written", "StoreError"),
    ],
)
def test_one_that_cannot_be_looked_at_stops_no_other_and_is_told_to_the_administrators(
    world: World, how: str, kind: str
) -> None:
    (other,) = others(1)
    other = replace(other, raiser="console:grace")
    world.has(other)
    world.tick()
    spoil(world, how)
    with structlog.testing.capture_logs() as logs:
        at_work(world, f"{THURSDAY} 09:00", f"{THURSDAY} 09:30")
    assert nudged(world, other.reference) != []
    assert nudged(world) == []
    failed = [log for log in logs if log.get("breach") == "put_off"]
    assert [(log["reference"], log["error"], log["log_level"]) for log in failed] == [(FIRST.reference, kind, "error")]
    assert "Kit" not in str(logs)
    told = [words_of(said.message) for said in world.chat.at(ADMINISTRATOR)]
    assert [each for each in told if each.startswith(f"{FIRST.reference}: what is due there")] != []
    at_work(world, f"{THURSDAY} 10:30", f"{THURSDAY} 12:00", "2026-03-06 09:00")
    told = [key for key in world.chat.said if key.startswith(f"{FIRST.reference}/audit/put_off/")]
    assert told == [f"{FIRST.reference}/audit/put_off/2026-03-0{day}/{ADMINISTRATOR}" for day in (5, 6)], "once a day"


def test_what_was_put_off_is_said_once_it_can_be(world: World) -> None:
    world.tick()
    spoil(world, "its reminder cannot be written")
    world.wakes(f"{THURSDAY} 09:00")
    with world.parts.database.transaction() as tx:
        tx._connection.execute(text("DROP TRIGGER refuses"))
    world.wakes(f"{THURSDAY} 09:59")
    assert nudged(world) == []
    world.wakes(f"{THURSDAY} 10:00")
    assert nudged(world)[0] == "2026-03-05T09:00 thread"


def test_a_raiser_whom_the_directory_has_lost_silences_nobody_else(world: World) -> None:
    world.tick()
    with world.parts.database.transaction() as tx:
        tx._connection.execute(text("DELETE FROM people WHERE id = :id"), {"id": ASHA})
    world.wakes(f"{THURSDAY} 09:00")
    assert nudged(world)[:2] == ["2026-03-05T09:00 thread", f"2026-03-05T09:00 {BEN}"]


def test_timers_of_what_is_not_there_any_more_are_taken_away(world: World) -> None:
    moment = world.moment.astimezone(UTC)
    with world.parts.database.transaction() as tx:
        for owner in ("E-9ZZ-9ZZ", "snoozed/E-9ZZ-9ZZ", "digest/gone"):
            kind = owner.partition("/")[0]
            kinds: dict[str, Any] = {"snoozed": "snoozed", "digest": "digest"}
            tx.set_timers(owner, [Timer(f"{owner}/x", kinds.get(kind, "nudge"), moment, owner)])
    world.tick()
    with world.parts.database.transaction() as tx:
        assert [tx.timers(owner) for owner in ("E-9ZZ-9ZZ", "snoozed/E-9ZZ-9ZZ", "digest/gone")] == [[], [], []]
    assert world.chat.at(ADMINISTRATOR) == []


def test_a_replica_whose_tables_were_changed_meanwhile_says_so_and_does_nothing(world: World) -> None:
    world.tick()
    with world.parts.database.transaction() as tx:
        tx._connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    world.moment = datetime(2026, 3, 5, 9, tzinfo=LONDON)
    with pytest.raises(SchemaMismatch):
        world.parts.ticker.tick()


# ── the clock is not to be trusted ───────────────────────────────────────────────────────────────────────────


def test_a_clock_that_is_put_back_says_nothing_twice(world: World) -> None:
    world.tick()
    at_work(world, f"{THURSDAY} 09:00", "2026-03-04 12:00")
    said = nudged(world)
    at_work(world, f"{THURSDAY} 09:00", f"{THURSDAY} 12:00")
    assert nudged(world) == said
    with world.parts.database.transaction() as tx:
        assert [entry.what for entry in tx.history(FIRST.reference)] == ["nudged"]
    world.wakes("2026-03-06 09:00")
    assert nudged(world)[len(said)] == "2026-03-06T09:00 thread"


@pytest.mark.parametrize("wrong", ["2026-06-02 12:00", "2026-06-02 23:00"])
def test_a_clock_that_was_far_ahead_loses_nothing_that_comes_afterwards(world: World, wrong: str) -> None:
    world.tick()
    at_work(world, wrong, "2026-03-04 12:00", f"{THURSDAY} 09:00", "2026-03-06 09:00", "2026-03-06 10:00")
    days = {each.split()[0] for each in nudged(world)}
    assert {"2026-03-05T09:00", "2026-03-06T09:00"} <= days
    assert len(nudged(world)) == len(set(nudged(world)))


class Busy(ChatFake):
    """Refuses the first that it is told, for a moment."""

    refused = False

    def direct(self, key: str, person: str, message: Message) -> str:
        if not self.refused:
            self.refused = True
            raise TryLater("It is busy.", timedelta(hours=2))
        return super().direct(key, person, message)


@pytest.mark.parametrize("what", ["tried", "claimed"])
def test_what_a_clock_that_was_far_ahead_had_in_hand_is_said_once_it_is_put_right(world: World, what: str) -> None:
    world.chat = chat = Busy()
    chat.refused = what == "claimed"  # that one is not so much as begun
    world.parts = replace(world.parts, carrier=replace(world.parts.carrier, chat=world.chat))
    world.tick()
    with world.parts.database.transaction() as tx:
        tx.add_deliveries([Delivery("d-1", "direct", ASHA, Message("s", ()))])
    right = world.moment
    world.moment = right + timedelta(days=90)
    if what == "claimed":  # and its process dies
        assert world.parts.carrier.claim(1)
    else:
        world.parts.carrier.carry_all()
    world.parts.ticker.auditor.every = timedelta(hours=1)
    world.moment = right + timedelta(hours=1)
    world.tick()
    assert list(world.chat.said) == ["d-1"]


# ── several at once ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_replicas_that_tick_at_once_say_each_thing_once(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    world = World(tmp_path, "2026-03-04T10:00", quick=True)
    server: PostgreSQL | None = request.getfixturevalue("postgresql") if kind == "postgresql" else None
    url = server.make() if server else f"sqlite:///{tmp_path / 'shared.db'}"
    replicas = [open_database(url, tmp_path / "shared.json", clock=lambda: world.moment) for _ in range(3)]
    replicas[0].migrate()
    people = world.parts.database
    with people.transaction() as tx, replicas[0].transaction() as shared:
        for person in tx.people():
            shared.keep_person(person)
        for each in others(8):
            shared.add_escalation(each)
    tickers = [replace(world.parts.ticker, store=each) for each in replicas]
    tickers[0].tick()
    world.moment = datetime(2026, 3, 5, 9, tzinfo=LONDON)
    all_at_once(tickers)
    with replicas[0].transaction() as tx:
        histories = [tx.history(each.reference) for each in others(8)]
        said = [tx.delivery(f"{each.reference}/nudge/2026-03-05T09:00Z/thread") for each in others(8)]
    assert [[entry.what for entry in history] for history in histories] == [["nudged"]] * 8
    assert [each.state for each in said if each] == ["waiting"] * 8
    world.close()
    for replica in replicas:
        replica.close()
    if server:
        server.drop(url)


class Counted(ChatFake):
    """Keeps every time that something was said."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[str] = []

    def thread(self, key: str, channel: str, under: str, message: Message) -> str:
        self.times.append(key)
        return super().thread(key, channel, under, message)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_three_replicas_that_tick_and_carry_at_once_post_each_digest_once(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    world = World(tmp_path, "2026-03-04T10:00", quick=True)
    server: PostgreSQL | None = request.getfixturevalue("postgresql") if kind == "postgresql" else None
    url = server.make() if server else f"sqlite:///{tmp_path / 'shared.db'}"
    replicas = [open_database(url, tmp_path / "shared.json", clock=lambda: world.moment) for _ in range(3)]
    replicas[0].migrate()
    chat = Counted()
    tickers = [replace(world.parts.ticker, store=each) for each in replicas]
    carriers = [replace(world.parts.carrier, store=each, chat=chat) for each in replicas]
    tickers[0].tick()
    for monday in (9, 16):
        world.moment = datetime(2026, 3, monday, 9, tzinfo=LONDON)
        together([each.tick for each in tickers])
        together([each.carry_all for each in carriers])
    policies = [key.removeprefix("digest/") for key in armed_digests(replicas[0])]
    assert sorted(chat.times) == sorted(f"digest/{each}/2026-03-{day}" for each in policies for day in ("09", "16"))
    assert len(policies) == 4
    world.close()
    for replica in replicas:
        replica.close()
    if server:
        server.drop(url)


def armed_digests(database: Database) -> list[str]:
    with database.transaction() as tx:
        return [timer.key for timer in tx.due_timers(datetime(2026, 3, 23, 9, tzinfo=LONDON), 9)]


def all_at_once(tickers: Sequence[Ticker]) -> None:
    together([ticker.tick for ticker in tickers])


def together(those: Sequence[Callable[[], object]]) -> None:
    ready, faults = threading.Barrier(len(those)), list[Exception]()

    def run(one: Callable[[], object]) -> None:
        ready.wait()
        try:
            one()
        except Exception as error:  # told below, in the thread of the test
            faults.append(error)

    threads = [threading.Thread(target=run, args=(each,)) for each in those]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


# ── the safety net ───────────────────────────────────────────────────────────────────────────────────────────


def test_what_waits_is_handed_to_the_worker_again_only_after_ten_minutes(world: World) -> None:
    handed: list[Handed] = []
    database: Database = world.parts.database
    database.schedule = lambda _, told: handed.extend(told)
    with database.transaction() as tx:
        tx.add_deliveries([Delivery("a", "direct", ASHA, made="draft")])
    assert [each.key for each in handed] == ["a"]
    for minutes in (0, 5, 9):
        world.moment += timedelta(minutes=minutes - world.moment.minute)
        world.parts.ticker.tick()
    assert len(handed) == 1, "no storm"
    world.moment += timedelta(minutes=1)
    world.parts.ticker.tick()
    assert [each.key for each in handed] == ["a", "a"]


def test_a_person_is_told_of_drafts_in_the_hours_only(world: World) -> None:
    world.types(ASHA, "/escalate")
    world.presses(ASHA, "No")
    world.wakes(f"{THURSDAY} 20:00")
    before = len(world.chat.at(ASHA))
    world.wakes("2026-03-06 08:00")
    assert len(world.chat.at(ASHA)) == before
    world.wakes("2026-03-06 09:00")
    assert any(key.startswith("draft/") for key in world.chat.said)


# ── how these tests let time pass ────────────────────────────────────────────────────────────────────────────


def test_a_world_that_passes_looks_every_hour_of_the_day_and_ends_at_the_moment_asked_for() -> None:
    start, end = (datetime(2026, 3, day, hour, 30, tzinfo=LONDON) for day, hour in ((28, 16), (30, 9)))
    passed = list(hours_between(start, end))
    assert passed[0] == start + timedelta(minutes=30)
    assert passed[-1] == end
    assert [at for at in passed if at.date() == start.date()] == [
        datetime(2026, 3, 28, hour, tzinfo=LONDON) for hour in range(17, 22)
    ]
    # The clocks go forward in that night.
    assert [at.astimezone(UTC).hour for at in passed if at.date() == end.date()][:2] == [23, 5]


def test_a_dialogue_names_the_next_such_day() -> None:
    now = datetime(2026, 12, 23, 15, tzinfo=LONDON)
    assert coming("Wednesday 23 December, 15:01", now) == datetime(2026, 12, 23, 15, 1, tzinfo=LONDON)
    assert coming("Monday 4 January, 09:30", now) == datetime(2027, 1, 4, 9, 30, tzinfo=LONDON)
    with pytest.raises(ValueError, match="04 January 2027 is a Monday"):
        coming("Sunday 4 January, 09:30", now)
