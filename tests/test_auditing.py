"""What is going on is looked after: what can be put right is, and the rest is an alarm that says no content."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import structlog
from sqlalchemy import text

from bot.auditing import AT_ONCE, Auditor, breaches
from bot.errors import Refused
from bot.escalation import Status
from bot.flows.nudges import plan
from bot.heartbeat import Heartbeat
from bot.messages import Message, words_of
from bot.ports import Delivery
from bot.store.vault import of_escalation
from tests.flows.contexts import ASHA, DIRECTORY, INVENTED, POLICIES, beside, context, escalation
from tests.talking import ADMINISTRATOR, ChatFake, World

FIRST = escalation("herefordshire")
NOW = datetime(2026, 3, 4, 10, tzinfo=UTC)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Wednesday 4 March 2026, 10:00; one escalation of Herefordshire at Stage 1."""
    world = World(tmp_path, "2026-03-04T10:00", quick=True)
    world.has(FIRST)
    yield world
    world.close()


def told(world: World) -> list[str]:
    return [words_of(said.message) for said in world.chat.at(ADMINISTRATOR)]


def auditor(world: World) -> Auditor:
    return world.parts.ticker.auditor


# ── what is a breach ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", [*POLICIES, *INVENTED])
@pytest.mark.parametrize("status", [Status.OPEN, Status.RESOLVED])
def test_whatever_the_policy_says_there_is_an_owner_and_a_date_or_a_reason(name: str, status: Status) -> None:
    for stage in range(1, len(beside(name)[name].taken().ladder) + 1):
        assert breaches(context(escalation(name, stage, status), now=NOW)) == []


def test_a_raiser_who_is_not_in_the_directory_is_a_breach() -> None:
    people = {key: person for key, person in DIRECTORY.items() if key != ASHA}
    assert breaches(context(FIRST, now=NOW, people=people)) == ["no_raiser"]


def test_a_move_that_nobody_owes_is_a_breach() -> None:
    policy = POLICIES["herefordshire"]
    nobody = policy.stage("stage-1").raising.model_copy(update={"role": " "})
    stages = [each.model_copy(update={"raising": nobody}) for each in policy.stages]
    without = {"herefordshire": policy.model_copy(update={"stages": stages})}
    named = replace(FIRST, fields={name: value for name, value in FIRST.fields.items() if "people." not in name})
    assert breaches(context(named, now=NOW, policies=without)) == ["no_owner"]
    assert breaches(context(FIRST, now=NOW, policies=without)) == [], "somebody is named"


# ── what follows ─────────────────────────────────────────────────────────────────────────────────────────────


def lose_the_raiser(world: World, name: str = ASHA) -> None:
    with world.parts.database.transaction() as tx:
        tx._connection.execute(text("DELETE FROM people WHERE id = :id"), {"id": name})


def test_a_breach_is_logged_counted_and_told_to_the_administrators_each_day_and_not_each_night(
    world: World,
) -> None:
    counted: list[int] = []
    world.parts.ticker.auditor.audited = counted.append
    world.tick()
    lose_the_raiser(world)
    auditor(world).every = timedelta(hours=1)
    with structlog.testing.capture_logs() as logs:
        for moment in ("2026-03-05 10:00", "2026-03-05 23:30", "2026-03-06 03:00", "2026-03-06 09:30"):
            world.wakes(moment)
    assert counted == [0, 1, 1, 1, 1]
    errors = [(log["reference"], log["breach"]) for log in logs if log["event"] == "audit"]
    assert errors == [(FIRST.reference, "no_raiser")] * 4
    once, again = told(world)
    assert once == again
    assert once.startswith(f"{FIRST.reference}: whoever leads it is not in the directory any more")
    assert "/pass" in once, "what to do about it"


def test_what_cannot_be_read_is_a_breach_and_hides_no_other(world: World) -> None:
    other = replace(FIRST, reference="E-5KX-7PW", thread="other", raiser="console:nobody")
    world.has(other)
    with world.parts.database.transaction() as tx:
        tx._vault.destroy(of_escalation(FIRST.reference))
    with structlog.testing.capture_logs() as logs:
        world.tick()
    found = {(log["reference"], log["breach"], log["error"]) for log in logs if log["event"] == "audit"}
    assert found == {(FIRST.reference, "unread", "SealBroken"), ("E-5KX-7PW", "no_raiser", "")}
    assert auditor(world).breaches == 2


def test_what_has_ended_breaches_nothing(world: World) -> None:
    with world.parts.database.transaction() as tx:
        (one,) = tx.escalations()
        tx.save_escalation(replace(one, status=Status.WITHDRAWN, raiser="console:nobody"))
    world.tick()
    assert (auditor(world).breaches, told(world)) == (0, [])


def test_what_cannot_be_put_right_is_counted_and_stops_no_other(world: World) -> None:
    other = replace(FIRST, reference="E-5KX-7PW", thread="other")
    world.has(other)
    with world.parts.database.transaction() as tx:
        tx._connection.execute(
            text(
                "CREATE TRIGGER refuses BEFORE INSERT ON timers WHEN NEW.owner = 'E-4KX-7PW' "
                "BEGIN SELECT RAISE(ABORT, 'Kit Marker'); END"
            )
        )
    with structlog.testing.capture_logs() as logs:
        world.tick()
    assert [(log["reference"], log["error"]) for log in logs if log["event"] == "not put right"] == [
        (FIRST.reference, "StoreError")
    ]
    assert "Kit" not in str(logs)
    assert auditor(world).breaches == 1
    with world.parts.database.look() as tx:
        assert tx.timers(other.reference) != []


# ── timers that are missing are armed ────────────────────────────────────────────────────────────────────────


def timers(world: World) -> set[tuple[str, datetime]]:
    with world.parts.database.look() as tx:
        return {(timer.key, timer.due) for timer in tx.timers(FIRST.reference)}


def wanted(world: World) -> set[tuple[str, datetime]]:
    planned = plan(context(FIRST, today=date(2026, 3, 4), now=world.moment), FIRST, world.moment)
    return {(timer.key, timer.due.astimezone(UTC)) for timer in planned}


def test_timers_of_older_data_are_armed_at_the_start_and_nobody_is_alarmed(world: World) -> None:
    assert timers(world) == set()
    with structlog.testing.capture_logs() as logs:
        world.tick()
    assert timers(world) == wanted(world) != set()
    assert [(log["reference"], log["before"]) for log in logs if log["event"] == "timers mended"] == [
        (FIRST.reference, 0)
    ]
    assert (auditor(world).breaches, told(world)) == (0, [])


def test_timers_are_moved_where_a_calendar_says_something_else_now(world: World) -> None:
    world.tick()
    before = timers(world)
    calendar = world.parts.calendars["england-and-wales"]
    closed = {**calendar.closed, date(2026, 3, 5): "Proclaimed"}
    world.parts.ticker.calendars = {**world.parts.calendars, "england-and-wales": replace(calendar, closed=closed)}
    world.parts.ticker.__post_init__()
    world.parts.ticker.tick()
    assert timers(world) != before
    assert not any(due.date() == date(2026, 3, 5) for _, due in timers(world))


def test_a_round_takes_some_at_each_look_and_begins_again_after_an_hour(world: World) -> None:
    many = [replace(FIRST, reference=f"E-{n // 20 + 2}{'ABCDEFGHJKLMNPQRSTUV'[n % 20]}X-7PW") for n in range(AT_ONCE)]
    world.has(*(replace(each, thread=each.reference) for each in many))
    watched = auditor(world)
    watched.every = timedelta(hours=1)
    world.parts.ticker.tick()
    with world.parts.database.look() as tx:
        armed = [bool(tx.timers(each.reference)) for each in (FIRST, *many)]
    assert armed.count(False) == 1
    assert not watched.is_time(), "the round goes on"
    world.parts.ticker.tick()
    with world.parts.database.look() as tx:
        assert all(tx.timers(each.reference) for each in (FIRST, *many))
    assert not watched.is_time()
    world.moment += timedelta(hours=1)
    assert watched.is_time()
    world.parts.ticker.tick()
    world.parts.ticker.tick()
    world.moment -= timedelta(days=3)
    assert watched.is_time(), "the clock was put back"


# ── the heartbeat ────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def listening(status: int = 200) -> Iterator[tuple[str, list[str], threading.Semaphore]]:
    """An address outside, what was asked of it, and a signal for each call."""
    called: list[str] = []
    arrived = threading.Semaphore(0)

    class Outside(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            called.append(self.path)
            self.send_response(status)
            self.end_headers()
            arrived.release()

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Outside)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/secret", called, arrived
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def beats(world: World, url: str) -> bool:
    """Whether the next tick would call the address."""
    world.parts.ticker.heartbeat = Heartbeat(url)
    world.parts.ticker.tick()
    called = not world.parts.ticker.heartbeat.is_time()
    let_it_end()
    return called


def let_it_end() -> None:
    for thread in threading.enumerate():
        if thread.name == "heartbeat":
            thread.join(timeout=120)


def test_while_all_is_well_the_address_outside_is_called_once_a_minute_at_most(world: World) -> None:
    with listening() as (url, called, arrived):
        world.parts.ticker.heartbeat = Heartbeat(url)
        for _ in range(3):
            world.tick()
        assert arrived.acquire(timeout=120)
        let_it_end()
    assert called == ["/secret"]


def test_it_is_silent_while_something_is_wrong(world: World) -> None:
    with listening() as (url, *_):
        assert beats(world, url)
        lose_the_raiser(world)
        auditor(world).every = timedelta(0)
        assert not beats(world, url), "a breach"
        world.parts.know((DIRECTORY[ASHA],))
        assert beats(world, url)


class Away(ChatFake):
    """The platform refuses everything."""

    def direct(self, key: str, person: str, message: Message) -> str:
        raise Refused("Nobody is there.")


def test_it_is_silent_while_something_is_not_delivered_for_longer_than_an_hour(world: World) -> None:
    world.tick()
    with world.parts.database.transaction() as tx:
        tx.add_deliveries([Delivery("late", "direct", ASHA, Message("s", ()))])
        tomorrow = world.moment + timedelta(days=1)
        tx.add_deliveries([Delivery("for tomorrow", "direct", ASHA, Message("s", ()), not_before=tomorrow)])
    with listening() as (url, *_):
        world.moment += timedelta(minutes=59)
        assert beats(world, url)
        world.moment += timedelta(minutes=2)
        assert not beats(world, url)
        world.parts = replace(world.parts, carrier=replace(world.parts.carrier, chat=Away()))
        world.parts.carrier.carry_all()
        assert beats(world, url), "it has just been given up, and somebody was told"
        world.moment += timedelta(minutes=61)
        assert not beats(world, url), "and nobody has mended it"


def test_it_is_silent_while_something_cannot_be_looked_at(world: World) -> None:
    world.tick()
    with world.parts.database.transaction() as tx:
        (one,) = tx.escalations()
        tx._vault.destroy(of_escalation(one.reference))
    with listening() as (url, *_):
        world.moment = world.moment.replace(day=5, hour=9)
        auditor(world).every = timedelta(days=9)
        assert not beats(world, url)


def test_an_address_that_does_not_answer_delays_nothing_and_is_not_logged(world: World) -> None:
    with structlog.testing.capture_logs() as logs, listening(500) as (url, _, arrived):
        heartbeat = Heartbeat(url)
        heartbeat.beat()
        assert not heartbeat.is_time()
        assert arrived.acquire(timeout=120)
        let_it_end()
    assert [(log["event"], log["error"]) for log in logs] == [("heartbeat not heard", "HTTPStatusError")]
    assert "secret" not in str(logs)
