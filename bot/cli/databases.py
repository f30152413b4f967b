"""Commands for the database: `verify`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bot import config
from bot.errors import ConfigError


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=None,
    help="The data folder; the demonstration's, if none is named.",
)
def verify(data: Path | None) -> None:
    """Check that the history is whole (no entry changed, missing or cut off), and that it explains every record."""
    from bot import wiring
    from bot.store import open_database, unexplained_records
    from bot.store import verify as verify_history

    folder = data or config.read().demo_data
    if not (folder / wiring.DATABASE).is_file():
        raise ConfigError(f"There is no database {folder / wiring.DATABASE}. Name the data folder with --data.")
    database = open_database(f"sqlite:///{folder / wiring.DATABASE}", folder / wiring.KEYRING)
    database.check_schema()
    faults = [*verify_history(database), *unexplained_records(database)]
    database.close()
    for fault in faults:
        click.echo(fault, err=True)
    if faults:
        sys.exit(1)
    click.echo("The history is whole: no entry was changed, none is missing, and every record is what it says.")


COMMANDS = (verify,)
