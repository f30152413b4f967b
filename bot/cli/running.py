"""Commands that run the bot: `demo`, `serve`, `work`."""

from __future__ import annotations

import gc
import shutil
from pathlib import Path

import click

from bot import config
from bot.errors import ConfigError


@click.command()
@click.option("--host", default=None, metavar="ADDRESS", help="Loopback address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=None, help="Port; 0 takes any that is free.")
@click.option("--fresh", is_flag=True, help="Forget what an earlier demonstration kept, and begin anew.")
def demo(host: str | None, port: int | None, fresh: bool) -> None:
    """Open the console. Fictional people, no account, and nothing leaves this computer."""
    # Imported here, so that `check` and `dates` do not wait for the web server and the documents.
    from bot import serving, wiring
    from bot.chat.console.app import check_loopback

    settings = config.read()
    changes = {"demo_host": host, "demo_port": port}
    settings = settings.model_copy(update={key: value for key, value in changes.items() if value is not None})
    wiring.start_logging(settings.log_level)
    check_loopback(settings.demo_host)
    if fresh and settings.demo_data.exists():
        _forget(settings.demo_data)
    serving.run_demo(settings)


def _forget(folder: Path) -> None:
    """Remove an earlier demonstration, and only that: the folder must look like one."""
    if not (folder / "console.db").exists():
        raise ConfigError(
            f"{folder} does not hold a demonstration, so nothing was removed. Remove it by hand if you mean it."
        )
    shutil.rmtree(folder)


@click.command()
@click.option("--web-only", is_flag=True, help="Only hear people; `work` elsewhere carries out what is due.")
def serve(web_only: bool) -> None:
    """Run the bot for real, until it is told to stop. Its database is DATABASE_URL."""
    _run(web=True, work=not web_only)


@click.command()
def work() -> None:
    """Only carry out what is due. Its database is DATABASE_URL; `serve --web-only` elsewhere hears people."""
    _run(web=False, work=True)


def _run(*, web: bool, work: bool) -> None:
    gc.disable()  # until it has started: what a start makes, it keeps
    try:
        from bot import serving, wiring

        settings = config.read()
        wiring.start_logging(settings.log_level)
        serving.run(settings, web=web, work=work)
    finally:
        gc.enable()


COMMANDS = (demo, serve, work)
