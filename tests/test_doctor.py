"""The doctor tells the truth: everything that can be wrong is told once it is, with what to do, and nobody is named."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine

from bot.chat.console.people import PEOPLE
from bot.cli import main
from bot.config import SHIPPED, Address, Settings
from bot.doctor import Finding, database, examine, machine, policies
from bot.doctor.findings import spell
from bot.messages import Message, Words
from bot.metrics import Metrics
from bot.operations import listening, operations_app
from bot.policy_files.kept import to_keep
from bot.ports import Delivery, Heard, Typed
from tests.scenes import Play, scene

SOUND = Path(__file__).parent / "data" / "sound-policy.yml"


@dataclass
class Deployment:
    """A bot with one escalation, and what the doctor says of it."""

    play: Play
    folder: Path

    @property
    def settings(self) -> Settings:
        return Settings(
            policies=self.folder / "policies",
            data=self.folder,
            database_url=f"sqlite:///{self.folder / 'escalations.db'}",
            keyring=self.folder / "keyring.json",
            operations_address=None,
        )

    def found(self) -> dict[str, Finding]:
        return {each.about: each for each in examine(self.settings, lambda: self.play.world.moment)}

    def sql(self, statement: str) -> None:
        engine = create_engine(self.settings.database_url)
        with engine.begin() as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()

    def say(self, key: str, not_before: datetime | None = None) -> None:
        message = Message("Something", (Words("Wren Oakley was not seen."),))
        with self.play.world.parts.database.transaction() as tx:
            tx.add_deliveries([Delivery(key, "direct", "console:ben", message, not_before=not_before)])


@pytest.fixture
def deployment(tmp_path: Path) -> Iterator[Deployment]:
    play = scene("raised", tmp_path)
    folder = play.world.folder
    shutil.copytree(SHIPPED / "calendars", folder / "policies" / "calendars")
    shutil.copy(SHIPPED / "herefordshire.yml", folder / "policies")
    parts = play.world.parts
    parts.database.keep_policies(to_keep(parts.policies, ()), play.world.moment)
    parts.ticker.tick()
    parts.carrier.carry_all()
    yield Deployment(play, folder)
    play.world.close()


def test_where_all_is_well_that_is_said_and_what_cannot_be_told_is_not_called_well(deployment: Deployment) -> None:
    found = deployment.found()
    assert {about: each.state for about, each in found.items() if each.state != "ok"} == {"running": "unknown"}
    assert len(found) == 14
    assert "\n" not in "".join(map(str, found.values()))


def test_nothing_that_is_said_tells_who_or_what_an_escalation_is_about(deployment: Deployment) -> None:
    claim_and(deployment, "dead")
    text = "\n".join(map(str, deployment.found().values()))
    telling = [deployment.play.escalation().reference, "Marker", "Wren"]
    telling += [part for person in PEOPLE for part in (person.id, *person.name.split(), person.agency)]
    assert [each for each in telling if each in text] == []


# ── what is wrong ────────────────────────────────────────────────────────────────────────────────────────────


def claim_and(deployment: Deployment, state: str) -> None:
    database, now = deployment.play.world.parts.database, deployment.play.world.moment
    deployment.say(state)
    database.claim(now, now + timedelta(minutes=1), 99)
    if state == "held":
        database.hold(state, "Nobody can tell.", now)
    else:
        database.failed(state, "The account is gone.", None, now)


def test_everything_that_is_wrong_is_told_at_once_with_what_to_do(deployment: Deployment) -> None:
    world = deployment.play.world
    path = deployment.folder / "policies" / "herefordshire.yml"
    path.write_text(path.read_text("utf-8").replace("days: 8\n", "days: 9\n"), "utf-8")
    (deployment.folder / "mailbox").write_text("")
    deployment.sql("UPDATE meta SET value = '{}' WHERE name = 'history head'")
    claim_and(deployment, "dead")
    claim_and(deployment, "held")
    deployment.say("late", world.moment)
    with world.parts.database.transaction() as tx:
        tx.keep_unheard(Heard("e-1", "console:new", Typed("Wren Oakley")))
    world.moment += timedelta(days=800)
    wrong = {about: each for about, each in deployment.found().items() if each.state == "wrong"}
    said = {
        "policies in use": "its file has been changed",
        "mailbox folder": "cannot be written",
        "keyring": "end mark",
        "given up or held": "Given up: 1. Held, because nobody can tell whether it arrived: 1.",
        "not heard yet": "to be heard",
        "waiting": "The oldest message or letter that is due has waited for",
        "timers": "came and nobody looked",
        "calendars, england-and-wales": "until 26 December 2028",
    }
    assert {about: text in wrong[about].says for about, text in said.items()} == dict.fromkeys(said, True)
    assert wrong.keys() == said.keys()


DATABASES: dict[str, tuple[Callable[[Deployment], Any], str]] = {
    "no tables": (lambda d: d.sql("DROP TABLE alembic_version"), "has no tables yet; migrate it"),
    "older tables": (lambda d: d.sql("UPDATE alembic_version SET version_num = '0001'"), "are older"),
    "newer tables": (lambda d: d.sql("UPDATE alembic_version SET version_num = '9'"), "are newer"),
    "moved away": (lambda d: d.sql("UPDATE alembic_version SET version_num = 'moved/3'"), "was moved to another"),
    "no keyring": (lambda d: (d.folder / "keyring.json").unlink(), "restore the file from its backup"),
    "no database": (lambda d: (d.folder / "escalations.db").unlink(), "Make it with `escalation-bot migrate`"),
}


@pytest.mark.parametrize("what", DATABASES)
def test_a_database_that_cannot_be_used_is_told_and_no_more_is_asked_of_it(deployment: Deployment, what: str) -> None:
    begin, says = DATABASES[what]
    begin(deployment)
    found: list[Finding] = []
    settings = deployment.settings
    with database.opened(settings.database_url, settings.keyring, lambda: deployment.play.world.moment, found) as there:
        assert there is None
    assert [(each.about, each.state, says in each.says) for each in found] == [("database", "wrong", True)]


def test_policies_and_calendars_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    def told() -> tuple[str, str, str, str]:
        found: list[Finding] = []
        assert policies.read(tmp_path, found) is None
        (finding,) = found
        return finding.about, finding.state, finding.says, finding.remedy

    assert told()[:2] == ("calendars", "wrong")
    shutil.copytree(SHIPPED / "calendars", tmp_path / "calendars")
    text = SOUND.read_text("utf-8").replace("channel:", "chanel:").replace('version: "1"', "version: 1")
    (tmp_path / "one.yml").write_text(text, "utf-8")
    about, state, says, remedy = told()
    assert (about, state, remedy) == ("policies", "wrong", "escalation-bot check lists every fault.")
    assert says.startswith(f"{tmp_path}/one.yml:")
    assert says.endswith(" more.")


def test_silence_is_not_called_well(deployment: Deployment) -> None:
    deployment.play.world.moment += timedelta(days=3, minutes=1)
    finding = deployment.found()["last heard"]
    assert (finding.state, finding.says) == ("unknown", "Somebody was last heard 3 days ago.")
    deployment.sql("DELETE FROM meta WHERE name = 'last_heard'")
    assert deployment.found()["last heard"].says == "Nobody has said anything to the bot yet."


def test_a_zone_without_rules_is_told() -> None:
    (finding,) = machine.zones(["Europe/London", "Europe/Nowhere"])
    assert (finding.state, "Europe/Nowhere" in finding.says, "tzdata" in finding.remedy) == ("wrong", True, True)


@pytest.mark.parametrize(
    ("seconds", "said"), [(59, "less than a minute"), (60, "1 minute"), (7199, "119 minutes"), (172800, "2 days")]
)
def test_spans_are_said_in_a_unit_that_says_enough(seconds: int, said: str) -> None:
    assert spell(timedelta(seconds=seconds)) == said


# ── the bot that runs ────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def running(not_ready: str = "", connected: bool | None = None) -> Iterator[Address]:
    metrics = Metrics()
    if connected is not None:
        metrics.connected(lambda: bool(connected))
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        listening(operations_app(lambda: not_ready, metrics), listener),
    ):
        yield Address("127.0.0.1", listener.getsockname()[1])


def asked(address: Address | None) -> dict[str, tuple[str, str]]:
    return {each.about: (each.state, each.says) for each in machine.running(address, socket_mode=True)}


def test_the_bot_that_runs_is_asked_how_it_does() -> None:
    with running(connected=True) as address:
        found = asked(address)
    assert {about: state for about, (state, _) in found.items()} == {"running": "ok", "Slack, connection": "ok"}
    assert asked(address)["running"][0] == "unknown"  # it has stopped
    assert asked(None)["running"][0] == "unknown"
    (finding,) = machine.running(None, socket_mode=True)
    assert "127.0.0.1:9090" in finding.remedy


def test_a_bot_that_cannot_work_and_a_connection_that_does_not_stand_are_told() -> None:
    with running("The tables are newer.", connected=False) as address:
        found = asked(address)
    assert found["running"] == ("wrong", f"The bot answers at {address}, and cannot do its work: The tables are newer.")
    assert found["Slack, connection"][0] == "wrong"
    with running() as address:
        assert asked(address)["Slack, connection"][0] == "unknown"


# ── the command ──────────────────────────────────────────────────────────────────────────────────────────────


def run(folder: Path, **more: str) -> tuple[int, list[str]]:
    names = {"data": str(folder), "operations_address": "", **more}
    done = CliRunner(env={f"ESCALATION_BOT_{name.upper()}": value for name, value in names.items()}).invoke(
        main, ["doctor"], catch_exceptions=False
    )
    return done.exit_code, done.output.splitlines()


def test_the_command_ends_with_1_where_anything_is_wrong_and_counts_it(deployment: Deployment, tmp_path: Path) -> None:
    code, lines = run(tmp_path / "nothing", policies=str(deployment.folder / "policies"))
    assert (code, lines[-1]) == (1, "1 wrong, 1 unknown.")
    assert any(line.startswith("wrong    database: There is no database") for line in lines)
    code, lines = run(tmp_path, log_level="loud")
    assert (code, len(lines)) == (1, 1)
    assert "ESCALATION_BOT_LOG_LEVEL" in lines[0]
    code, lines = run(deployment.folder, policies=str(deployment.folder / "policies"))
    assert (code, lines[-1]) == (1, "1 wrong, 2 unknown.")  # by the real clock, nobody has looked for long
    deployment.sql("DELETE FROM timers")
    assert run(deployment.folder, policies=str(deployment.folder / "policies"))[0] == 0
