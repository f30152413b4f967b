"""The bot for real: on the database of the settings, on the real clock, with any number of others beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

import structlog
from starlette.applications import Starlette

from bot.config import Settings
from bot.errors import ConfigError, EscalationBotError, StoreError, Unavailable
from bot.flows.hours import HOME
from bot.heartbeat import Heartbeat
from bot.metrics import Lateness, Metrics
from bot.policies import Policies
from bot.ports import Answered, Chat, Heard, Worker
from bot.precedence import Precedence
from bot.store import check_keyring_belongs, open_existing
from bot.teams import Teams, enrol
from bot.wiring.addressed import on
from bot.wiring.both import Both, Half
from bot.wiring.mail import check_policies, mailer, returns_to
from bot.wiring.parts import Parts, Watchers, build_on
from bot.wiring.platforms import Hear, Platform, Silent
from bot.words import load as load_words
from bot.workers.embedded import Embedded
from bot.workers.replica import Replica

log = structlog.get_logger()


TEAMS = "ESCALATION_BOT_PARTNERSHIP_TEAMS"


class Working(Worker, Protocol):
    """A worker that says why it takes no more work."""

    stopped: str


@dataclass(frozen=True)
class Live:
    """A whole bot. `worker` carries out what is due once it is started; somebody else may do that instead."""

    app: Starlette
    parts: Parts
    worker: Working
    metrics: Metrics
    reached: Callable[[object], str]
    """Where people reach it, by the address at which it listens."""
    close: Callable[[], None]

    def not_ready(self) -> str:
        """Why it cannot do its work at the moment, as a sentence; "" while it can."""
        try:
            self.parts.database.check_current()
        except EscalationBotError as error:
            return str(error)
        return self.worker.stopped


def real_time() -> datetime:
    return datetime.now(ZoneInfo(HOME))


def live(settings: Settings, *, web: bool = True) -> Live:
    """`web`: whether it hears people, and not only carries out what is due.

    Raises ConfigError, PolicyError, SchemaMismatch or StoreError with what to mend before it can start.
    """
    with ExitStack() as stack:
        metrics, precedence = Metrics(), Precedence()
        platform = _platform(settings, metrics, precedence)
        stack.callback(platform.close)
        platform.check_host(settings.web_address.host)
        parts = _opened(settings, stack, platform.chat, metrics)
        parts = replace(
            on(platform, parts),
            carrier=replace(parts.carrier, give_way=precedence.give_way),
            assistant=replace(parts.assistant, returns_to=returns_to(settings)),
        )
        check_policies(settings, parts.policies, real_time().date())
        database = parts.database
        metrics.watch(lambda: database.figures(real_time()), Lateness(parts.policies, parts.calendars, real_time))
        worker = _worker(settings, parts, _counted(parts.ticker.tick, metrics))
        database.schedule = worker.schedule
        parts.introduce(platform.people)
        check_teams(settings.partnership_teams, parts.policies, platform.place)
        if web:
            enrol(database, settings.partnership_teams, platform.people)
        parts = replace(parts, teams=settings.partnership_teams)
        if web and settings.teams_access is not None:
            from bot.chat.teams import library

            library.load()
        app = platform.app(parts, _hear(parts))
        return Live(app, parts, worker, metrics, platform.reached, stack.pop_all().close)


@contextmanager
def opened(settings: Settings) -> Iterator[Parts]:
    """The same for a command of the operator's, while the bot runs or does not."""
    with ExitStack() as stack:
        yield _opened(settings, stack, Silent(), Metrics())


def check_teams(teams: Teams, policies: Policies, place: str | tuple[str, ...]) -> None:
    """Raises ConfigError where nobody could ever be in a team that is named."""
    for person, policy in teams.items():
        if policy not in policies:
            known = ", ".join(sorted(policies))
            raise ConfigError(
                f"{TEAMS} puts {person} into the team of the policy {policy!r}, and there is none of that name. "
                f"Its name is the id in its file: {known}."
            )
        if not person.startswith(place):
            begins = " or ".join(map(repr, [place] if isinstance(place, str) else place))
            raise ConfigError(
                f"{TEAMS} names {person}, and here the ids of people begin with {begins}. Slack shows the rest of an "
                "id in a profile: “Copy member ID”; of Teams it is the object id of the user in Microsoft Entra."
            )


def _platform(settings: Settings, metrics: Metrics, precedence: Precedence) -> Platform:
    """What is set; the console where nothing is."""
    # What only one of them needs is loaded where it is needed.
    slack, teams = settings.slack, settings.teams_access
    if slack is None and teams is None:
        from bot.wiring.console import Console

        return Console(settings.data, real_time)
    with ExitStack() as stack:
        halves: list[Half] = []
        if slack is not None:
            from bot.wiring.slack import InSlack

            halves.append(InSlack(slack, metrics, precedence))
            stack.callback(halves[-1].close)
        if teams is not None:
            from bot.wiring.teams import InTeams

            halves.append(InTeams(teams, metrics, precedence))
        stack.pop_all()
    return halves[0] if len(halves) == 1 else Both(*halves)


def _opened(settings: Settings, stack: ExitStack, chat: Chat, metrics: Metrics) -> Parts:
    database = open_existing(settings.database_url, settings.keyring, clock=real_time)
    stack.callback(database.close)
    check_keyring_belongs(database)
    return build_on(
        database,
        policies=settings.policies,
        chat=chat,
        mailer=mailer(settings, stack, real_time, metrics.limited),
        real_mail=settings.mail_access is not None,
        agencies=settings.agency_domains,
        now=real_time,
        watchers=Watchers(
            settings.administrators,
            metrics.audited,
            metrics.carried,
            Heartbeat(settings.heartbeat_url) if settings.heartbeat_url else None,
        ),
    )


def _worker(settings: Settings, parts: Parts, tick: Callable[[], None]) -> Working:
    """One process, or several on one file, look for themselves; replicas on PostgreSQL are told."""
    if not settings.database_url.startswith("postgresql"):
        return Embedded(parts.carrier, tick)
    # They need the extra [postgres].
    from bot.workers import procrastinate_tables
    from bot.workers.procrastinate import ProcrastinateWorker

    procrastinate_tables.check(settings.database_url)

    def make(carry_stream: Callable[[str], object]) -> Worker:
        return ProcrastinateWorker(settings.database_url, carry_stream, concurrency=settings.deliveries_at_once)

    return Replica(make, parts.carrier.carry_stream, tick)


def _counted(tick: Callable[[], object], metrics: Metrics) -> Callable[[], None]:
    def counted() -> None:
        try:
            tick()
        except Exception:
            metrics.ticked(failed=True)
            raise
        metrics.ticked()

    return counted


def _hear(parts: Parts) -> Hear:
    away = load_words("en-GB")("error.away")

    def hear(heard: Heard) -> Answered:
        try:
            return parts.assistant.hear(heard)
        except StoreError as error:
            log.error("message not taken", error=type(error).__name__)
            raise Unavailable(away) from error

    return hear
