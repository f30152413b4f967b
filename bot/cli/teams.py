"""Commands for whoever connects Microsoft Teams: `teams-package`."""

from __future__ import annotations

from pathlib import Path

import click

from bot import config
from bot.errors import ConfigError

# Teams is imported in the command, so that `check` and `dates` do not wait for it.


@click.command("teams-package")
@click.option("--bot", default="", metavar="ID", help="The bot’s app id; without it: that of the settings.")
@click.option("--app", default="", metavar="ID", help="The app’s id in Teams; without it: the bot’s.")
@click.option("--organisation", required=True, metavar="NAME", help="Who answers for the app; shown to who adds it.")
@click.option("--website", required=True, metavar="URL", help="Where they say what the app is for.")
@click.option("--privacy", default="", metavar="URL", help="Where they say how data is protected; else the website.")
@click.option("--terms", default="", metavar="URL", help="Where they say how it may be used; else the website.")
@click.option(
    "--out",
    "file",
    default="escalation-bot-teams.zip",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    show_default=True,
    help="The package.",
)
def teams_package(bot: str, app: str, organisation: str, website: str, privacy: str, terms: str, file: Path) -> None:
    """Write the app for Microsoft Teams. It is a package (zip), to be uploaded there."""
    from bot.chat.teams import manifest
    from bot.words import load

    maintainer = manifest.Maintainer(organisation, website, privacy or website, terms or website)
    made = manifest.package(manifest.manifest(bot or _configured(), maintainer, load(), app))
    if file.exists() and file.read_bytes() != made:
        raise ConfigError(f"{file} is there already, and is another one. Move it, or name another file with --out.")
    file.write_bytes(made)
    click.echo(file)


def _configured() -> str:
    """The bot's app id of the settings. Raises ConfigError where there is none."""
    if found := config.read().teams_app_id:
        return found
    raise ConfigError("Set ESCALATION_BOT_TEAMS_APP_ID, or name the bot’s app id with --bot.")


COMMANDS = (teams_package,)
