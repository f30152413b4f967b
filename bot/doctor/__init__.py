"""Tells the truth about a deployment: what is in order, what is wrong, what cannot be told from here; and what to do.

Rule 1: a check is a small function that gives findings. It changes nothing, and says nothing about any escalation.
Rule 2: a check that cannot be made is told as such; it never keeps the others from being made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from bot.config import Settings
from bot.doctor import database, machine, policies
from bot.doctor.beside import ALONE, Beside
from bot.doctor.findings import Finding, ok, wrong
from bot.errors import ConfigError
from bot.policies import Policies
from bot.store import Database
from bot.wiring.live import real_time
from bot.wiring.platforms import MAILBOX
from bot.words import load as load_words

__all__ = ["Finding", "examine"]


def examine(
    settings: Settings, now: Callable[[], datetime] = real_time, *, send_test: bool = False
) -> Iterator[Finding]:
    """Everything that can be found out with these settings, the nearest first; a letter is sent only if asked for."""
    yield ok("settings", "Every setting can be used.")
    chat, found = settings.slack, list[Finding]()
    read = policies.read(settings.policies, found)
    yield from found
    yield from machine.zones(each.clock.zone for each in (read[0].values() if read else ()))
    if read:
        yield from policies.horizon(*read, now().date())
    yield from _mail(settings, read[0] if read else None, now, send_test=send_test)
    told = list[Finding]()
    with database.opened(settings.database_url, settings.keyring, now, told) as there:
        yield from told
        if there is not None:
            yield from database.used(there, *read) if read else ()
            yield from database.lately(there, now())
        yield from machine.running(settings.operations_address, socket_mode=bool(chat and chat.socket_mode))
        yield from _chats(settings, read[0] if read else None, there, now())


def _mail(
    settings: Settings, policies: Policies | None, now: Callable[[], datetime], *, send_test: bool
) -> Iterator[Finding]:
    access = settings.mail_access
    if access is None:
        yield from machine.mailbox(
            settings.data / MAILBOX, for_real=settings.slack is not None or settings.teams_access is not None
        )
        return
    from bot.doctor.mail import mail

    yield from mail(settings, access, policies, now, send_test=send_test)


def _chats(settings: Settings, policies: Policies | None, store: Database | None, now: datetime) -> Iterator[Finding]:
    """Their libraries are loaded where they are needed only."""
    in_slack, in_teams, known = settings.slack, settings.teams_access, settings.administrators
    if in_slack is not None:
        from bot.doctor.slack import access, slack

        beside = Beside.of("teams:", in_teams.channels, known) if in_teams else ALONE
        yield from slack(access(settings, in_slack, beside), policies, now)
    if in_teams is not None:
        from bot.doctor.microsoft_teams import Asked, teams
        from bot.wiring.tenant import Reached

        beside = Beside.of("slack:", in_slack.channels, known) if in_slack else ALONE
        of_here = {person: settings.partnership_teams[person] for person in beside.of_here(settings.partnership_teams)}
        try:
            reached = Reached(in_teams, load_words("en-GB"))
        except ConfigError as error:
            yield wrong("Teams, login", str(error))
            return
        yield from teams(reached, Asked(store, policies, beside.of_here(known), of_here, beside), now)
