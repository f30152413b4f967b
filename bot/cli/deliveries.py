"""Commands for what could not be said or sent: `deliveries`, `deliveries again`, `deliveries settle`.

Nothing of what it was to say is shown: whoever runs the bot need not know it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from typing import TYPE_CHECKING

import click

from bot import config
from bot.errors import ConfigError

if TYPE_CHECKING:  # the store is imported in each command, so that `check` and `dates` do not wait for it
    from bot.ports import Trouble

OPERATOR = "operator"
"""By whom it stands in the history."""


@click.group(invoke_without_command=True)
@click.pass_context
def deliveries(context: click.Context) -> None:
    """List what could not be said or sent, and why. Begin it again, or note that it has arrived."""
    if context.invoked_subcommand is None:
        _list()


def _list() -> None:
    from bot.store import open_existing

    settings = config.read()
    database = open_existing(settings.database_url, settings.keyring)
    troubled = database.troubled()
    database.close()
    for trouble in troubled:
        click.echo("\n".join(_lines(trouble)))
    if not troubled:
        click.echo("Nothing was given up, and nothing is held.")


def _lines(trouble: Trouble) -> list[str]:
    since = f" since {trouble.since.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if trouble.since else ""
    tries = f" after {trouble.attempts} attempt{'' if trouble.attempts == 1 else 's'}"
    states = {"held": f"held, a person has to say whether it arrived,{since}", "dead": f"given up{since}{tries}"}
    about = trouble.reference or "no escalation"
    return [
        f"{about}: {trouble.kind} to {_kind_of_place(trouble)}, {states[trouble.state]}",
        f"  {trouble.reason}",
        f"  {trouble.key}",
    ]


def _kind_of_place(trouble: Trouble) -> str:
    if trouble.kind == "letter":
        return "a mailbox"
    return "a person" if trouble.kind == "direct" or ":" in trouble.place else "a channel"


@deliveries.command()
@click.argument("key")
def again(key: str) -> None:
    """Begin the delivery KEY again. What stood in the way has been put right, or it did not arrive."""
    from bot import decisions

    _decide(key, decisions.begin_again)
    click.echo("It is begun again. If it cannot be carried out, it will be listed again.")


@deliveries.command()
@click.argument("key")
def settle(key: str) -> None:
    """Note that the delivery KEY, which is held, has arrived after all."""
    from bot import decisions

    _decide(key, decisions.settle)
    click.echo("It is noted that it has arrived, and it will not be sent again.")


def _decide(key: str, decide: Callable[..., bool]) -> None:
    from bot import wiring

    settings = config.read()
    wiring.start_logging(settings.log_level)
    with wiring.opened(settings) as parts, parts.database.transaction() as tx:
        due = tx.delivery(key)
        if due is None:
            raise ConfigError(f"There is no delivery {key!r}. `escalation-bot deliveries` lists those in trouble.")
        c = parts.carrier.making.context(tx, due.reference)
        if not decide(tx, c, key, OPERATOR, parts.carrier.now()):
            raise ConfigError(
                f"The delivery {key!r} is {_IS[due.state]}, so that cannot be said of it. Nothing was changed."
            )


_IS = {
    "waiting": "waiting for its turn",
    "sending": "being carried out",
    "done": "carried out",
    "dropped": "not wanted any more",
    "dead": "given up, not held",
    "held": "held",
}


COMMANDS = (deliveries,)
