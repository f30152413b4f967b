"""The command line. Each module of this package holds the commands of one purpose."""

from __future__ import annotations

import click

from bot.cli import databases, deliveries, doctor, forms, policies, running, slack
from bot.errors import EscalationBotError


class Commands(click.Group):
    """Shows every error of ours as its sentence, without a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except EscalationBotError as error:
            raise click.ClickException(str(error)) from None


@click.group(cls=Commands)
@click.version_option(package_name="escalation-bot")
def main() -> None:
    """Escalation Bot: leads professionals through a partnership's escalation policy."""


for command in (
    *running.COMMANDS,
    *databases.COMMANDS,
    *deliveries.COMMANDS,
    *doctor.COMMANDS,
    *slack.COMMANDS,
    *policies.COMMANDS,
    *forms.COMMANDS,
):
    main.add_command(command)
