"""Commands for whoever connects Slack: `slack-manifest`."""

from __future__ import annotations

import click

# Slack is imported in the command, so that `check` and `dates` do not wait for it.


@click.command("slack-manifest")
@click.option("--url", default="", metavar="URL", help="Slack calls this https address; without it: Socket Mode.")
def slack_manifest(url: str) -> None:
    """Print the Slack app. It is pasted where Slack asks for a manifest."""
    from bot.chat.slack import manifest

    click.echo(manifest.for_http(url) if url else manifest.text(), nl=False)


COMMANDS = (slack_manifest,)
