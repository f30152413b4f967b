"""Commands for the database: `migrate`, `copy`, `verify`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bot import config
from bot.config import Settings

# The store is imported in each command, so that `check` and `dates` do not wait for it.

of_a_demonstration = click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=None,
    help="The folder of a demonstration; DATABASE_URL counts if none is named.",
)


def chosen(data: Path | None, settings: Settings) -> tuple[str, Path]:
    """The address and the keyring of the database that a command is for."""
    from bot.wiring import DATABASE, KEYRING

    if data is None:
        return settings.database_url, settings.keyring
    return f"sqlite:///{data / DATABASE}", data / KEYRING


@click.command()
def migrate() -> None:
    """Make the tables, or bring them up to date. Safe to repeat."""
    from bot.store import open_database

    settings = config.read()
    keyring_was_there = settings.keyring.exists()
    database = open_database(settings.database_url, settings.keyring)
    database.migrate()
    database.close()
    _prepare_worker(settings.database_url)
    click.echo(f"The tables in {database.name} are those of this version.")
    if not keyring_was_there:
        click.echo(
            f"A keyring was made: {settings.keyring}. Keep a copy of it, apart from the database: without it nothing "
            "can be read. Every replica needs this same file."
        )


def _prepare_worker(url: str) -> None:
    """Where replicas share PostgreSQL, their worker has tables of its own beside ours."""
    if url.startswith("postgresql"):
        from bot.workers import procrastinate_tables

        procrastinate_tables.prepare(url)


@click.command()
@click.option(
    "--from", "source", required=True, metavar="URL", help="The SQLite file, like sqlite:///data/escalations.db."
)
@click.option("--to", "target", metavar="URL", default=None, help="PostgreSQL; DATABASE_URL, if none is named.")
@click.option("--take-back", is_flag=True, help="Use the SQLite file again after it was moved.")
def copy(source: str, target: str | None, take_back: bool) -> None:
    """Move all from a SQLite file to PostgreSQL. The database there must be empty; all is moved, or nothing."""
    from bot import store

    settings = config.read()
    if take_back:
        store.take_back(source)
        click.echo(f"{source} may be used again. What was done on PostgreSQL meanwhile is not in it.")
        return
    target = settings.database_url if target is None else target
    store.copy(source, target, settings.keyring, click.echo)
    _prepare_worker(target)
    click.echo(
        "Every row was compared, the keyring opens them, and the history is whole. From now on the bot works on "
        "PostgreSQL only: the SQLite file is marked as moved, and nothing goes on with it. Keep it as a backup."
    )


@click.command()
@of_a_demonstration
def verify(data: Path | None) -> None:
    """Check that the history is whole. No entry was changed, is missing or cut off; and it explains every record."""
    from bot.store import open_existing, unexplained_records
    from bot.store import verify as verify_history

    database = open_existing(*chosen(data, config.read()))
    faults = [*verify_history(database), *unexplained_records(database)]
    database.close()
    for fault in faults:
        click.echo(fault, err=True)
    if faults:
        sys.exit(1)
    click.echo("The history is whole: no entry was changed, none is missing, and every record is what it says.")


COMMANDS = (migrate, copy, verify)
