"""The command line. Each module of this package holds the commands of one purpose.

A module is loaded when one of its commands is wanted, so that none waits for what another needs.
"""

from __future__ import annotations

from importlib import import_module

import click

from bot.errors import EscalationBotError

MODULES = {
    "running": ("demo", "serve", "work"),
    "databases": ("migrate", "copy", "verify"),
    "deliveries": ("deliveries",),
    "doctor": ("doctor",),
    "slack": ("slack-manifest",),
    "teams": ("teams-package",),
    "policies": ("check", "new-policy", "dates"),
    "forms": ("forms",),
}


class Commands(click.Group):
    """Shows every error of ours as its sentence, without a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(name for names in MODULES.values() for name in names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for module, names in MODULES.items():
            if cmd_name in names:
                commands: tuple[click.Command, ...] = import_module(f"{__name__}.{module}").COMMANDS
                return next(command for command in commands if command.name == cmd_name)
        return None

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except EscalationBotError as error:
            raise click.ClickException(str(error)) from None


@click.group(cls=Commands)
@click.version_option(package_name="escalation-bot")
def main() -> None:
    """Escalation Bot: leads professionals through a partnership's escalation policy."""
