"""The computer that it runs on: time zones, the mailbox folder, and whether the bot itself answers."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import httpx

from bot.config import Address
from bot.doctor.findings import Finding, ok, unknown, wrong
from bot.flows.hours import HOME

SECONDS = 5.0
"""So long the bot has to answer."""
ZONES, MAILBOX, MAIL = "time zones", "mailbox folder", "mail"
RUNNING, SOCKET = "running", "Slack, connection"
SOCKET_FIGURE = "escalation_bot_connected"


def zones(names: Iterable[str]) -> Iterator[Finding]:
    """Every limit is counted by the rules of a zone; without summer time it would be an hour out half the year."""
    missing = sorted(name for name in {HOME, *names} if not _is_known(name))
    remedy = "Install the newest time zone rules: pip install --upgrade tzdata."
    if missing:
        yield wrong(ZONES, f"There are no rules for {', '.join(missing)}.", remedy)
    elif ZoneInfo(HOME).utcoffset(datetime(2030, 7, 1, 12, tzinfo=UTC)) == timedelta():
        yield wrong(ZONES, f"The rules for {HOME} know no summer time.", remedy)
    else:
        yield ok(ZONES, f"The rules for {', '.join(sorted({HOME, *names}))} are there.")


def _is_known(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return True


def mailbox(folder: Path, *, for_real: bool = False) -> Iterator[Finding]:
    """Letters are put there until real mail is connected. `for_real`: real people send some."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder):
            pass
    except OSError as error:
        says = f"The folder {folder} cannot be written ({error.strerror})."
        yield wrong(MAILBOX, says, "Make room there, or allow it to whoever the bot runs as.")
        return
    yield ok(MAILBOX, f"Letters can be put into {folder}.")
    if for_real:
        says = f"Letters are put into {folder}, and nobody gets one unless somebody sends it on from there."
        yield unknown(MAIL, says, "Connect mail: set ESCALATION_BOT_MAIL to graph or smtp; the README says how.")


def running(address: Address | None, *, socket_mode: bool) -> Iterator[Finding]:
    """Asks the bot that runs beside this command, if it does."""
    if address is None:
        says = "The bot cannot be asked: ESCALATION_BOT_OPERATIONS_ADDRESS is empty."
        yield unknown(RUNNING, says, "Set it, like 127.0.0.1:9090, and start the bot again.")
        return
    try:
        with httpx.Client(base_url=f"http://{address}", timeout=SECONDS, trust_env=False) as client:
            ready, figures = client.get("/readyz"), client.get("/metrics").text
    except httpx.HTTPError:
        says = f"No process of the bot answers at {address}."
        yield unknown(RUNNING, says, "Start it with escalation-bot serve, or ask from the computer that it runs on.")
        return
    if ready.status_code == httpx.codes.OK:
        yield ok(RUNNING, f"The bot answers at {address}, and is ready.")
    else:
        yield wrong(RUNNING, f"The bot answers at {address}, and cannot do its work: {ready.text.strip()}")
    if socket_mode:
        yield from _connection(figures)


def _connection(figures: str) -> Iterator[Finding]:
    stands = {line.split()[-1] for line in figures.splitlines() if line.startswith(f"{SOCKET_FIGURE} ")}
    if not stands:
        says = "The process that answers hears nobody: it only carries out what is due."
        yield unknown(SOCKET, says, "Ask the process that hears people, with its ESCALATION_BOT_OPERATIONS_ADDRESS.")
    elif float(stands.pop()):
        yield ok(SOCKET, "The connection to Slack stands.")
    else:
        says = "The connection to Slack does not stand, so nobody is heard."
        yield wrong(SOCKET, says, "It is tried again by itself. See whether this computer can reach wss://…slack.com.")
