"""The tables are those that the program knows, or the start is stopped."""

from __future__ import annotations

import os
import stat
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Text, bindparam, text
from sqlalchemy.exc import DBAPIError

from bot.errors import ConfigError, SchemaMismatch, StoreError
from bot.store import Database, Keyring, engines, open_database, verify
from bot.store.engines import file_system, make_engine, read_url
from bot.store.moments import Moment
from bot.store.schema import MIGRATIONS
from bot.store.tables import metadata
from tests.store.conftest import Place
from tests.store.examples import ESCALATION, NOON

MINUTE = timedelta(minutes=1)


def test_the_migrations_make_exactly_the_tables_that_the_program_uses(database: Database, place: Place) -> None:
    with place.outside() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_tables_of_others_in_the_same_database_are_left_alone(database: Database, place: Place) -> None:
    with place.outside() as connection:
        for name in ("procrastinate_jobs", "procrastinate_events", "theirs"):
            connection.execute(text(f"CREATE TABLE {name} (id INTEGER PRIMARY KEY, what VARCHAR(9))"))
            connection.execute(text(f"CREATE INDEX ix_{name} ON {name} (what)"))
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(MIGRATIONS))
        # Raises when a migration made by comparing would change or drop something.
        command.check(config)


def test_every_constraint_has_a_name(database: Database, place: Place) -> None:
    for table in metadata.tables.values():
        assert all(constraint.name for constraint in table.constraints)


def test_a_database_without_tables_is_refused_until_it_is_migrated(place: Place) -> None:
    database = place.open()
    with pytest.raises(SchemaMismatch, match="has no tables yet"):
        database.check_schema()
    database.migrate()
    database.check_schema()
    database.migrate()
    database.check_schema()
    assert verify(database) == []
    database.close()


def test_tables_of_a_newer_program_are_left_alone(database: Database, place: Place) -> None:
    with place.outside() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for start in (database.check_schema, database.migrate):
        with pytest.raises(SchemaMismatch, match=r"are newer \(9999\)"):
            start()


def test_a_migration_that_fails_leaves_the_database_as_it_was(place: Place) -> None:
    database = place.open()
    with place.outside() as connection:
        connection.execute(text("CREATE TABLE deliveries (mine INTEGER)"))
    with pytest.raises(StoreError, match="nothing was saved"):
        database.migrate()
    with pytest.raises(SchemaMismatch, match="has no tables yet"):
        database.check_schema()
    with place.outside() as connection:
        connection.execute(text("SELECT mine FROM deliveries"))
    with pytest.raises(DBAPIError), place.outside() as connection:
        connection.execute(text("SELECT name FROM meta"))
    database.close()


def test_a_migration_may_rebuild_a_table_that_others_refer_to(database: Database, place: Place) -> None:
    with database.transaction() as tx:
        tx.add_escalation(ESCALATION)
    engine = make_engine(read_url(place.url), writes=True, rebuilds=True)
    with engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"render_as_batch": True, "target_metadata": metadata})
        # On SQLite this makes the table anew and drops the old one.
        with Operations(context).batch_alter_table("escalations") as batch:
            batch.alter_column("thread", existing_type=Text(), nullable=True)
    engine.dispose()
    with database.transaction() as tx:
        assert tx.escalation("E-4KX-7PW") == ESCALATION


def test_reading_cannot_write(database: Database) -> None:
    with pytest.raises(StoreError), database.reading() as connection:
        connection.execute(text("DELETE FROM people"))


def test_sqlite_is_set_up_to_lose_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new' / 'escalations.db'}"
    engine = make_engine(read_url(url), writes=True)
    with engine.begin() as connection:
        settings = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys", "secure_delete")
        ]
    engine.dispose()
    assert settings == ["wal", 2, 5000, 1, 1]


@pytest.mark.skipif(os.name != "posix", reason="file modes are of POSIX systems")
def test_the_database_file_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "escalations.db"
    database = open_database(f"sqlite:///{path}", tmp_path / "keyring.json")
    database.migrate()
    modes = {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.glob("escalations.db*")}
    database.close()
    assert modes == {0o600}


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://host/name", "escalations.db", ""])
def test_an_address_that_cannot_be_used_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigError, match="is not the address of a database that the bot can use"):
        open_database(url, tmp_path / "keyring.json")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="cannot be opened"):
        open_database(f"sqlite:///{tmp_path / 'file' / 'escalations.db'}", tmp_path / "keyring.json")


def test_a_database_that_is_away_is_reported_without_its_password(tmp_path: Path) -> None:
    database = Database(f"postgresql://bot:hush@/none?host={tmp_path}", Keyring({"k": bytes(32)}, "k"))
    with pytest.raises(StoreError) as refusal:
        database.check_schema()
    assert "hush" not in f"{refusal.value} {database.name}"


@pytest.mark.parametrize("url", ["postgresql://bot:hush", "postgresql://host/name?password=hush", "mysql://bot:hush@h"])
def test_no_message_shows_a_password(tmp_path: Path, url: str) -> None:
    try:
        said = open_database(url, tmp_path / "keyring.json").name
    except (ConfigError, StoreError) as refusal:
        said = str(refusal)
    assert "hush" not in said


MOUNTS = """\
/dev/sda1 / ext4 rw,relatime 0 0
server:/share /srv/bot nfs4 rw,vers=4.2 0 0
/dev/sdb1 /srv/bot/local ext4 rw 0 0
//server/my\\040files /mnt/my\\040files cifs rw 0 0
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/srv/bot/data", "nfs4"),
        ("/srv/bot", "nfs4"),
        ("/srv/bot/local/data", "ext4"),
        ("/srv/bottle", "ext4"),
        ("/mnt/my files/bot", "cifs"),
    ],
)
def test_a_network_drive_is_recognised(folder: str, kind: str) -> None:
    assert file_system(Path(folder), MOUNTS) == kind


@pytest.mark.skipif(sys.platform != "linux", reason="only there is it known where a folder is")
def test_a_file_on_a_network_drive_is_refused_and_nothing_is_made_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = file_system(tmp_path.resolve(), Path("/proc/self/mounts").read_text("utf-8"))
    monkeypatch.setattr(engines, "NETWORK", {here})
    with pytest.raises(ConfigError, match=rf"is on a network drive \({here}\).*choose a local folder, or PostgreSQL"):
        open_database(f"sqlite:///{tmp_path / 'escalations.db'}", tmp_path / "keyring.json")
    assert list(tmp_path.iterdir()) == []


OLD = (
    "INSERT INTO deliveries (key, kind, destination, under, reference, state, attempts, next_try, last_error, receipt, "
    "details) VALUES (:key, :kind, :destination, :under, '', :state, 0, :next_try, '', '', '{}')"
)


def test_what_an_older_version_left_to_be_said_is_said_in_its_order(place: Place) -> None:
    engine = make_engine(read_url(place.url), writes=True, rebuilds=True)
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(MIGRATIONS))
        command.upgrade(config, "0002")
        old = text(OLD).bindparams(bindparam("next_try", type_=Moment()))
        for key, kind, destination, under, state, next_try in (
            ("root", "thread", "channel", "", "done", None),
            ("reply", "thread", "channel", "root", "waiting", None),
            ("again", "direct", "console:asha", "", "waiting", NOON),
            ("face", "edit", "root", "", "waiting", None),
            ("lost", "letter", "E-4KX-7PW/form/1", "", "dead", None),
        ):
            values = {"key": key, "kind": kind, "destination": destination, "under": under, "state": state}
            connection.execute(old, values | {"next_try": next_try})
    engine.dispose()
    database = place.open()
    database.migrate()
    assert [trouble.key for trouble in database.troubled()] == ["lost"]
    for moment, expected in (
        (NOON - MINUTE, ["reply"]),
        (NOON - MINUTE, ["face"]),
        (NOON - MINUTE, []),
        (NOON, ["again"]),
    ):
        claimed = database.claim(moment, NOON + MINUTE, 5)
        assert [due.key for due in claimed] == expected
        for due in claimed:
            database.done(due.key, "", moment)
    database.close()
