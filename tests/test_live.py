"""The bot for real: it hears and carries out on either database, outlives it when it is away, and says how it is."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, text
from starlette.testclient import TestClient

from bot import wiring
from bot.cli import main
from bot.config import SHIPPED, Settings
from bot.errors import ConfigError, SchemaMismatch
from bot.operations import operations_app
from bot.store.schema import head
from bot.wiring import Live
from tests.databases import PostgreSQL

SOON = 120
"""Seconds within which something has to have happened; on a busy machine it may take much of them."""

SOUND = Path(__file__).parent / "data" / "sound-policy.yml"


def within(seconds: float, happens: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while not (now := happens()) and time.monotonic() < until:
        time.sleep(0.02)
    return now


class Running:
    """A bot, and somebody at its page."""

    def __init__(self, settings: Settings) -> None:
        self.live: Live = wiring.live(settings)
        self.page = TestClient(self.live.app, base_url="http://127.0.0.1")
        found = re.search(r'console-token" content="([^"]+)"', self.page.get("/").text)
        assert found
        self.token = found[1]
        self.watch = TestClient(operations_app(self.live.not_ready, self.live.metrics))

    def asks_for_help(self, event: str) -> tuple[int, dict[str, Any]]:
        body = {"event": event, "person": "console:asha", "what": {"kind": "command", "word": "help"}}
        answer = self.page.post("/hear", json=body, headers={"x-console-token": self.token})
        return answer.status_code, answer.json()

    def answers(self) -> int:
        """How often the bot has said something to her."""
        said = self.page.get("/state", params={"person": "console:asha"}).json()["direct"]
        return sum(each["author"] == "" for each in said)

    def in_hand(self) -> float | None:
        return self.live.metrics.read("deliveries", state="sending")

    def is_ready(self) -> tuple[int, str]:
        answer = self.watch.get("/readyz")
        return answer.status_code, answer.text

    def close(self) -> None:
        self.live.worker.stop()
        self.live.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'data' / 'escalations.db'}"
        return
    server: PostgreSQL = request.getfixturevalue("postgresql")
    url = server.make()
    yield url
    server.drop(url)


@pytest.fixture
def settings(url: str, tmp_path: Path) -> Settings:
    """Of a bot whose database has been migrated, with one policy."""
    shutil.copytree(SHIPPED / "calendars", tmp_path / "policies" / "calendars")
    shutil.copy(SOUND, tmp_path / "policies")
    made = Settings(data=tmp_path / "data", database_url=url, policies=tmp_path / "policies")
    assert command("migrate", made).exit_code == 0
    return made


@pytest.fixture
def running(settings: Settings) -> Iterator[Running]:
    running = Running(settings)
    running.live.worker.start()
    yield running
    running.close()


def command(name: str, settings: Settings, **more: str) -> Result:
    env = {
        "DATABASE_URL": settings.database_url,
        "ESCALATION_BOT_DATA": str(settings.data),
        "ESCALATION_BOT_POLICIES": str(settings.policies),
    }
    return CliRunner(env=env | more).invoke(main, [name], catch_exceptions=False)


only_postgresql = pytest.mark.parametrize("url", ["postgresql"], indirect=True)
only_sqlite = pytest.mark.parametrize("url", ["sqlite"], indirect=True)


def test_it_hears_and_carries_out_and_says_that_it_does(running: Running) -> None:
    assert running.is_ready() == (200, "Ready.\n")
    assert running.asks_for_help("one")[0] == 200
    assert within(SOON, lambda: running.answers() == 1)
    assert within(SOON, lambda: bool(running.live.metrics.read("ticks_total", outcome="done")))
    assert 'escalation_bot_deliveries{state="dead"} 0.0' in running.watch.get("/metrics").text
    assert running.watch.get("/healthz").status_code == 200


@only_postgresql
def test_another_process_carries_out_what_this_one_hears(settings: Settings) -> None:
    web, worker = Running(settings), Running(settings)
    worker.live.worker.start()
    assert web.asks_for_help("one")[0] == 200
    assert within(SOON, lambda: web.answers() == 1)
    web.close()
    worker.close()


@only_sqlite
def test_the_real_clock_cannot_be_moved(running: Running) -> None:
    assert running.page.get("/state").json()["clock"]["moves"] is False
    moved = running.page.post("/clock", json={"working_days": 1}, headers={"x-console-token": running.token})
    assert moved.status_code == 404


@only_sqlite
def test_the_auditor_counts_here_and_tells_the_administrators(settings: Settings) -> None:
    live = wiring.live(settings.model_copy(update={"administrators": ("console:iris",)}))
    ticker = live.parts.ticker
    assert (ticker.administrators, ticker.audited) == (("console:iris",), live.metrics.audited)
    assert ticker.heartbeat is None
    live.close()


# ── the database goes away and comes back ────────────────────────────────────────────────────────────────────


@only_postgresql
def test_while_the_database_is_away_people_are_told_and_afterwards_all_goes_on(
    running: Running, postgresql: PostgreSQL
) -> None:
    running.asks_for_help("one")
    # Noted, too: what was said without that being noted is somebody's until the lease ends.
    assert within(SOON, lambda: running.answers() == 1 and not running.in_hand())
    with postgresql.away():
        status, answer = running.asks_for_help("two")
        assert status == 503
        assert answer["problem"].startswith(
            "I cannot take anything at the moment, and your last message was not taken."
        )
        status, reason = running.is_ready()
        assert status == 503
        assert reason.startswith("The database cannot be reached (")
        assert running.live.metrics.read("database_up") == 0
        assert running.watch.get("/healthz").status_code == 200
    # The page sends the same event again.
    assert within(SOON, lambda: running.asks_for_help("two")[0] == 200)
    assert within(SOON, lambda: running.answers() == 2)
    assert running.is_ready()[0] == 200


@only_sqlite
def test_tables_that_another_version_has_changed_are_left_to_it(running: Running, settings: Settings) -> None:
    engine = create_engine(settings.database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert running.asks_for_help("one")[0] == 503
    status, reason = running.is_ready()
    assert status == 503
    assert "were changed to 9999" in reason
    assert within(SOON, lambda: "9999" in running.live.worker.stopped)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": head()})
    engine.dispose()
    # Put back: people are heard again, but the worker took its leave.
    assert running.asks_for_help("one")[0] == 200
    assert running.is_ready() == (503, f"{running.live.worker.stopped}\n")


# ── told to stop ─────────────────────────────────────────────────────────────────────────────────────────────


@only_sqlite
def test_told_to_stop_it_waits_until_nothing_is_in_hand_any_more(settings: Settings) -> None:
    def alive() -> list[str]:
        return [each.name for each in threading.enumerate() if each.name.startswith("embedded")]

    def stop_when_it_works() -> None:
        within(SOON, lambda: bool(alive()))
        os.kill(os.getpid(), signal.SIGTERM)

    before = [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)]
    threading.Thread(target=stop_when_it_works).start()
    done = command("work", settings, ESCALATION_BOT_OPERATIONS_ADDRESS="")
    assert (done.exit_code, done.stderr) == (0, "")
    assert alive() == []
    assert [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)] == before


@only_sqlite
@pytest.mark.parametrize("broken", [SystemExit(3), OSError("no more threads")], ids=["its start", "it"])
def test_where_nobody_can_be_heard_any_more_the_process_ends_and_says_that_it_failed(
    settings: Settings, broken: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ends(*_: object, **__: object) -> None:
        raise broken

    monkeypatch.setattr(uvicorn.Server, "startup", ends)
    done = command("serve", settings, ESCALATION_BOT_OPERATIONS_ADDRESS="", ESCALATION_BOT_WEB_ADDRESS="127.0.0.1:0")
    assert done.exit_code == 1
    assert "The web server that hears people has ended by itself" in done.stderr
    assert "Start the bot again" in done.stderr


# ── starts that are refused ──────────────────────────────────────────────────────────────────────────────────


@only_sqlite
@pytest.mark.parametrize("name", ["serve", "work"])
def test_a_database_that_is_away_at_the_start_is_told_in_a_sentence(settings: Settings, name: str) -> None:
    done = command(name, settings, DATABASE_URL="postgresql://bot:hush@127.0.0.1:1/none")
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: The database cannot be reached (OperationalError); nothing was saved.")
    assert "DATABASE_URL" in done.stderr
    assert "hush" not in done.output


@only_postgresql
def test_replicas_do_not_start_before_their_worker_has_its_tables(settings: Settings) -> None:
    engine = create_engine(settings.database_url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE procrastinate_jobs CASCADE"))
    engine.dispose()
    with pytest.raises(SchemaMismatch, match=r"Run `escalation-bot migrate`\."):
        wiring.live(settings)


@only_postgresql
def test_a_replica_with_a_keyring_of_its_own_does_not_start(settings: Settings, tmp_path: Path) -> None:
    stranger = settings.model_copy(update={"keyring": tmp_path / "another.json"})
    with pytest.raises(ConfigError, match="There is no keyring file"):
        wiring.live(stranger)
    other = Settings(data=tmp_path / "other")
    assert command("migrate", other).exit_code == 0
    with pytest.raises(ConfigError, match=r"is not the one that .* was made with"):
        wiring.live(stranger.model_copy(update={"keyring": other.keyring}))


@only_sqlite
def test_where_it_cannot_listen_is_named_with_the_setting(settings: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        for name in ("WEB_ADDRESS", "OPERATIONS_ADDRESS"):
            addresses = {"ESCALATION_BOT_WEB_ADDRESS": "127.0.0.1:0", "ESCALATION_BOT_OPERATIONS_ADDRESS": ""}
            done = command("serve", settings, **addresses | {f"ESCALATION_BOT_{name}": address})
            assert done.exit_code == 1
            assert f"ESCALATION_BOT_{name} is {address}, where this process cannot listen" in done.stderr


@only_sqlite
def test_the_console_is_for_this_computer_only(settings: Settings) -> None:
    done = command("serve", settings, ESCALATION_BOT_WEB_ADDRESS="0.0.0.0:0")
    assert done.exit_code == 1
    assert "may only listen on this computer" in done.stderr
