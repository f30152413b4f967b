"""Everything moves from a SQLite file to PostgreSQL, or nothing does; and then the file is not gone on with."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Connection, create_engine, func, insert, select, text

from bot.cli import main
from bot.errors import ConfigError, SchemaMismatch, StoreError
from bot.escalation import Entry
from bot.policies import Kept
from bot.ports import Account, Heard, Reference, Typed
from bot.store import Database, copy, open_database, open_existing, take_back, unexplained_records, verify
from bot.store.tables import conversations, heard, metadata
from bot.timers import Timer
from tests.databases import PostgreSQL
from tests.scenes import scene
from tests.store.examples import CONVERSATION, ESCALATION, NOON


@dataclass
class Move:
    """A SQLite file of a bot that has been talked with, and a PostgreSQL database with nothing in it."""

    source: str
    target: str
    keyring: Path

    def copy(self) -> list[str]:
        told: list[str] = []
        copy(self.source, self.target, self.keyring, told.append)
        return told

    def opened(self, url: str) -> Database:
        return open_existing(url, self.keyring)

    def outside(self, url: str, act: Any) -> Any:
        """What `act` finds or changes on a connection such as somebody without the bot has."""
        engine = create_engine(url)
        try:
            with engine.begin() as connection:
                return act(connection)
        finally:
            engine.dispose()

    def run(self, *arguments: str) -> Result:
        env = {"DATABASE_URL": self.target, "ESCALATION_BOT_KEYRING": str(self.keyring)}
        return CliRunner(env=env).invoke(main, arguments, catch_exceptions=False)


@pytest.fixture
def move(tmp_path: Path, postgresql: PostgreSQL) -> Iterator[Move]:
    scene("asked", tmp_path).world.close()
    source = f"sqlite:///{tmp_path / 'escalations.db'}"
    with_more = open_database(source, tmp_path / "keyring.json")
    with with_more.transaction() as tx:
        tx.keep_conversation(replace(CONVERSATION, saved=True))
        tx.set_timers("digest", [Timer("digest/herefordshire", "digest", NOON, "digest", rule="monday 09:00")])
        tx.keep_unheard(Heard("early", "console:new", Typed("Hello")))
        tx.snooze("E-4KX-7PW", "console:asha", NOON)
        tx.keep_reference(Reference("teams:t:asha", "a:1", "https://connector.example/", "t", "28:bot", NOON))
        tx.keep_said_at("part/d-1/1", "a:1/100")
        tx.keep_account(Account("teams:t:asha", "console:asha", "asha@example.org", NOON))
        tx.speaks("teams:t:asha")
    with_more.slow_down("escalations", NOON)
    with_more.keep_policies([Kept("northmoor", "1", "id: northmoor\n", "abc")], NOON)
    with_more.close()
    target = postgresql.make()
    yield Move(source, target, tmp_path / "keyring.json")
    postgresql.drop(target)


def rows(connection: Connection) -> dict[str, list[Any]]:
    found = {table.name: connection.execute(select(table)).all() for table in metadata.sorted_tables}
    return {name: sorted(map(tuple, of_it), key=repr) for name, of_it in found.items()}


def everything(connection: Connection) -> tuple[Any, ...]:
    """What there is in a PostgreSQL database: relations, rows, and how far its counters have come."""
    relations = connection.execute(text("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"))
    counters = connection.execute(text("SELECT sequencename, last_value FROM pg_sequences ORDER BY 1"))
    of_ours = rows(connection) if connection.dialect.has_table(connection, "meta") else {}
    return sorted(relations.scalars()), list(map(tuple, counters)), of_ours


def test_every_row_of_every_table_is_there_afterwards(move: Move) -> None:
    before = move.outside(move.source, rows)
    told = move.copy()
    assert move.outside(move.target, rows) == before
    assert told == [f"{table.name}: {len(before[table.name])}" for table in metadata.sorted_tables]
    assert all(before.values())


def test_the_bot_goes_on_there_with_the_same_keyring(move: Move) -> None:
    def last(connection: Connection) -> int:
        return int(connection.scalars(select(func.max(conversations.c.number))).one())

    before = move.outside(move.source, last)
    move.copy()
    new = move.opened(move.target)
    assert [*verify(new), *unexplained_records(new)] == []
    with new.transaction() as tx:
        assert CONVERSATION.answers in [draft.answers for draft in tx.drafts("console:asha")]
        tx.add_escalation(ESCALATION)
        tx.add_history([Entry("E-4KX-7PW", "noted", "console:asha", NOON)])
        tx.keep_conversation(replace(CONVERSATION, id="c-2"))
    assert move.outside(move.target, last) == before + 1  # counted on from where the file was
    assert verify(new) == []
    new.close()


def test_many_rows_are_copied_in_several_batches(move: Move) -> None:
    many = [{"event": f"many-{n}", "person": "console:asha", "answered": [f"d/{n}"]} for n in range(600)]
    move.outside(move.source, lambda connection: connection.execute(insert(heard), many))
    before = move.outside(move.source, rows)["heard"]
    move.copy()
    assert move.outside(move.target, rows)["heard"] == before


# ── afterwards ───────────────────────────────────────────────────────────────────────────────────────────────


def test_nothing_goes_on_with_the_file_until_it_is_taken_back(move: Move) -> None:
    running = move.opened(move.source)
    move.copy()
    for start in (lambda: move.opened(move.source), lambda: open_database(move.source, move.keyring).migrate()):
        with pytest.raises(SchemaMismatch, match=r"moved to another database by `escalation-bot copy`. Name that one"):
            start()
    with pytest.raises(SchemaMismatch, match="moved to another database"), running.transaction() as tx:
        tx.keep_conversation(CONVERSATION)
    running.close()
    take_back(move.source)
    again = move.opened(move.source)
    assert verify(again) == []
    again.close()
    with pytest.raises(ConfigError, match="nothing to take back"):
        take_back(move.source)


# ── refusals ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_target_with_something_in_it_is_refused(move: Move) -> None:
    move.copy()
    take_back(move.source)
    before = move.outside(move.target, everything)
    with pytest.raises(ConfigError, match=r"There is something in .* already .*people.* so nothing was copied"):
        move.copy()
    assert move.outside(move.target, everything) == before


def test_a_target_that_was_migrated_and_not_used_is_taken_and_tables_of_others_in_it_stay(
    move: Move, tmp_path: Path
) -> None:
    # By somebody who had not brought the keyring yet.
    database = open_database(move.target, tmp_path / "another.json")
    database.migrate()
    database.close()
    move.outside(move.target, lambda connection: connection.execute(text("CREATE TABLE theirs AS SELECT 7 AS mine")))
    move.copy()
    assert move.outside(move.target, lambda connection: connection.scalar(text("SELECT mine FROM theirs"))) == 7
    new = move.opened(move.target)
    assert verify(new) == []
    new.close()


@pytest.mark.parametrize(("which", "revision"), [("source", "0001"), ("target", "9999")])
def test_tables_of_another_version_are_refused_on_either_side(move: Move, which: str, revision: str) -> None:
    database = open_database(move.target, move.keyring)
    database.migrate()
    database.close()
    other = text("UPDATE alembic_version SET version_num = :revision")
    url = move.source if which == "source" else move.target
    move.outside(url, lambda connection: connection.execute(other, {"revision": revision}))
    before = move.outside(move.target, everything)
    with pytest.raises(SchemaMismatch, match=revision):
        move.copy()
    assert move.outside(move.target, everything) == before


def test_a_copy_goes_from_a_file_to_postgresql_only(move: Move) -> None:
    for source, target in [(move.target, move.source), (move.source, move.source), (move.target, move.target)]:
        with pytest.raises(ConfigError, match="goes from a SQLite file to PostgreSQL, not from"):
            copy(source, target, move.keyring, print)
    with pytest.raises(ConfigError, match="There is no database"):
        copy(f"{move.source}-elsewhere", move.target, move.keyring, print)
    assert not Path(f"{move.source}-elsewhere".removeprefix("sqlite:///")).exists()


# ── failures ─────────────────────────────────────────────────────────────────────────────────────────────────


def change_a_record(connection: Connection) -> None:
    connection.execute(text("UPDATE escalations SET raiser = 'console:grace'"))


def change_the_history(connection: Connection) -> None:
    connection.execute(text("DROP TRIGGER history_no_update"))
    connection.execute(text("UPDATE history SET by = 'console:grace' WHERE number = 2"))


@pytest.mark.parametrize(
    ("migrated", "tampering", "says"),
    [
        (False, change_a_record, r"E-...-...: the record is not"),
        (True, change_the_history, r"Entry 2 of the history .* was changed after it was written"),
    ],
)
def test_a_copy_that_fails_at_the_end_leaves_both_as_they_were(
    move: Move, migrated: bool, tampering: Callable[[Connection], None], says: str
) -> None:
    if migrated:
        database = open_database(move.target, move.keyring)
        database.migrate()
        database.close()
    move.outside(move.source, tampering)
    before = move.outside(move.target, everything)
    with pytest.raises(StoreError, match=rf"nothing was kept of the copy[^\n]*\n{says}"):
        move.copy()
    assert move.outside(move.target, everything) == before
    move.opened(move.source).close()


def test_a_row_that_arrives_changed_is_noticed(move: Move) -> None:
    """As by a trigger of somebody else's, or a database that cannot keep it as it was."""
    database = open_database(move.target, move.keyring)
    database.migrate()
    database.close()
    changing = """
        CREATE FUNCTION shorten() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN NEW.name := left(NEW.name, 3); RETURN NEW; END $$;
        CREATE TRIGGER shortens BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION shorten()"""
    move.outside(move.target, lambda connection: connection.execute(text(changing)))
    with pytest.raises(StoreError, match="The table people is not the same after copying"):
        move.copy()
    assert move.outside(move.target, rows)["people"] == []


KILLED = """
import os, signal, sys
from pathlib import Path
from bot.store import copy

def die(told):
    if told.startswith("history"):
        os.kill(os.getpid(), signal.SIGKILL)

copy(sys.argv[1], sys.argv[2], Path(sys.argv[3]), die)
"""


def test_a_copy_that_is_killed_leaves_both_as_they_were_and_can_be_repeated(move: Move) -> None:
    arguments = [sys.executable, "-c", KILLED, move.source, move.target, str(move.keyring)]
    assert subprocess.run(arguments, env=dict(os.environ), check=False).returncode == -signal.SIGKILL
    before = move.outside(move.source, rows)
    assert move.outside(move.target, everything) == ([], [], {})
    move.copy()
    assert move.outside(move.target, rows) == before


# ── the command ──────────────────────────────────────────────────────────────────────────────────────────────


def test_the_command_says_what_was_copied_and_the_history_there_is_verified(move: Move) -> None:
    done = move.run("copy", "--from", move.source)
    assert (done.exit_code, done.stderr) == (0, "")
    assert "people: 9\n" in done.stdout
    assert done.stdout.endswith("Keep it as a backup.\n")
    assert move.run("verify").exit_code == 0
    again = move.run("copy", "--from", move.source)
    assert again.exit_code == 1
    assert "moved to another database" in again.stderr
    back = move.run("copy", "--take-back", "--from", move.source)
    assert back.exit_code == 0
    assert "may be used again" in back.stdout


def test_a_keyring_that_does_not_belong_to_it_stops_the_copy(move: Move, tmp_path: Path) -> None:
    other = tmp_path / "another.json"
    with pytest.raises(ConfigError, match=r"There is no keyring file|cannot be read"):
        copy(move.source, move.target, other, print)
    open_database(f"sqlite:///{tmp_path / 'other.db'}", other).close()
    with pytest.raises(ConfigError, match="Restore the keyring file that belongs"):
        copy(move.source, move.target, other, print)
    assert move.outside(move.target, everything) == ([], [], {})
