"""The command that tells whether a deployment is in order: `doctor`."""

from __future__ import annotations

import sys

import click

from bot import config
from bot.errors import ConfigError


@click.command()
@click.option("--send-test", is_flag=True, help="Also send a letter from the bot’s mailbox to itself.")
def doctor(send_test: bool) -> None:
    """Tell what is wrong and what to do about it. Also tells what is in order; ends with 1 if anything is wrong."""
    from bot.doctor import examine  # the rest of the program is imported here, so that `check` does not wait for it
    from bot.doctor.findings import wrong
    from bot.wiring import start_logging

    start_logging("error")
    try:
        settings = config.read()
    except ConfigError as error:
        click.echo(wrong("settings", str(error)))
        sys.exit(1)
    states = []
    for finding in examine(settings, send_test=send_test):
        click.echo(finding)
        states.append(finding.state)
    number, unsure = states.count("wrong"), states.count("unknown")
    click.echo(f"{number or 'Nothing'} wrong, {unsure or 'nothing'} unknown." if number or unsure else "All is well.")
    sys.exit(1 if number else 0)


COMMANDS = (doctor,)
