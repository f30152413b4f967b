"""Opens a database with the keyring that belongs to it. The keyring is made for a new database only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy import inspect, select

from bot.errors import ConfigError
from bot.store import history, tables
from bot.store.database import Database
from bot.store.engines import make_engine, plain_errors, read_url
from bot.store.sealing import Keyring
from bot.store.transaction import real_time


def open_database(url: str, keyring_path: Path, *, clock: Callable[[], datetime] = real_time) -> Database:
    """The database with its keyring. The keyring is made on the first run only.

    Raises ConfigError when the keyring file is missing although something is sealed with it already.
    """
    if keyring_path.exists() or not _holds_sealed_content(url):
        return Database(url, Keyring.open_or_make(keyring_path), clock=clock)
    raise ConfigError(
        f"The keyring file {keyring_path} is missing, but the database holds content that is sealed with it. "
        "Restore the file from its backup; a new one could not open anything."
    )


def open_existing(url: str, keyring_path: Path, *, clock: Callable[[], datetime] = real_time) -> Database:
    """One that is in use already: neither its tables nor its keyring are made here.

    Raises ConfigError when one of the two is missing, SchemaMismatch when the tables are not those of this version of
    the program, and StoreError when the database cannot be reached.
    """
    address = read_url(url)
    if address.get_backend_name() == "sqlite" and not Path(address.database or "").is_file():
        raise ConfigError(
            f"There is no database {address.database}. Make it with `escalation-bot migrate`, or name the one that "
            "you mean: with DATABASE_URL, or a demonstration's folder with --data."
        )
    if not keyring_path.exists() and not _holds_sealed_content(url):
        raise ConfigError(
            f"There is no keyring file {keyring_path} yet. For a new database, `escalation-bot migrate` makes it; "
            "where other replicas run already, bring theirs here."
        )
    database = Database(url, Keyring.open(keyring_path), clock=clock)
    try:
        database.check_schema()
    except BaseException:
        database.close()
        raise
    return database


def check_keyring_belongs(database: Database) -> None:
    """Raises ConfigError for the keyring of another database: what one replica seals with it, no other could read."""
    with database.reading() as connection:
        if not history.is_signed(connection, database.keyring):
            raise ConfigError(
                f"The keyring file {database.keyring.where} is not the one that {database.name} was made with, or the "
                "end mark of its history is missing. Bring the keyring file that belongs to it; if this is it, run "
                "`escalation-bot verify`."
            )


def _holds_sealed_content(url: str) -> bool:
    engine = make_engine(read_url(url), writes=False)
    try:
        with plain_errors(), engine.begin() as connection:
            if not inspect(connection).has_table(tables.keys.name):
                return False
            return connection.execute(select(tables.keys.c.owner).limit(1)).first() is not None
    finally:
        engine.dispose()
