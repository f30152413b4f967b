"""Tells the truth about a deployment: what is in order, what is wrong, what cannot be told from here; and what to do.

Rule 1: a check is a small function that gives findings. It changes nothing, and says nothing about any escalation.
Rule 2: a check that cannot be made is told as such; it never keeps the others from being made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from bot.calendars import Calendar
from bot.config import Settings, SlackAccess
from bot.doctor import database, machine, policies
from bot.doctor.findings import Finding, ok
from bot.policies import Policies
from bot.wiring.live import real_time
from bot.wiring.platforms import MAILBOX

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
    yield from _database(settings, read, now)
    yield from machine.running(settings.operations_address, socket_mode=bool(chat and chat.socket_mode))
    if chat is not None:
        yield from _slack(settings, chat, read[0] if read else None, now())


def _mail(
    settings: Settings, policies: Policies | None, now: Callable[[], datetime], *, send_test: bool
) -> Iterator[Finding]:
    access = settings.mail_access
    if access is None:
        yield from machine.mailbox(settings.data / MAILBOX, for_real=settings.slack is not None)
        return
    from bot.doctor.mail import mail

    yield from mail(settings, access, policies, now, send_test=send_test)


def _slack(settings: Settings, given: SlackAccess, policies: Policies | None, now: datetime) -> Iterator[Finding]:
    from bot.doctor.slack import access, slack  # Slack's libraries are loaded where they are needed only

    yield from slack(access(settings, given), policies, now)


def _database(
    settings: Settings, read: tuple[Policies, Mapping[str, Calendar]] | None, now: Callable[[], datetime]
) -> Iterator[Finding]:
    found: list[Finding] = []
    with database.opened(settings.database_url, settings.keyring, now, found) as there:
        yield from found
        if there is None:
            return
        if read:
            yield from database.used(there, *read)
        yield from database.lately(there, now())
