"""A bot without a platform: what hears, what carries out, and the store that both work on."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import structlog

from bot import policy_files
from bot.assistant import Assistant
from bot.calendars import Calendar, load_folder
from bot.delivery import Carrier
from bot.documents import pdf
from bot.documents.docx import WordDocuments
from bot.documents.pdf import PdfDocuments
from bot.heartbeat import Heartbeat
from bot.mailbox import Postman
from bot.policies import Policies
from bot.policy_files.kept import to_keep, with_kept
from bot.ports import Chat, DeliveryKind, Documents, Mailbox, Mailer, Person, State
from bot.store.database import Database
from bot.store.opening import open_database
from bot.teams import Teams
from bot.ticking import Ticker
from bot.words import load as load_words

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
DATABASE, KEYRING = "escalations.db", "keyring.json"


def start_logging(level: str) -> None:
    """Logs as lines of JSON on standard error: references and kinds of things, never an answer."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(file=__import__("sys").stderr),
    )


@dataclass(frozen=True)
class Watchers:
    """Who is told how the bot does: people by their ids, figures, and somebody elsewhere."""

    administrators: tuple[str, ...] = ()
    audited: Callable[[int], None] = lambda _: None
    carried: Callable[[DeliveryKind, State], None] = lambda _, __: None
    heartbeat: Heartbeat | None = None


NO_WATCHERS = Watchers()


@dataclass(frozen=True)
class Parts:
    """A bot that is ready: it hears, looks again when it is time, and carries out what it decided."""

    assistant: Assistant
    carrier: Carrier
    ticker: Ticker
    database: Database
    policies: Policies
    calendars: Mapping[str, Calendar]
    teams: Teams = field(default_factory=dict)
    """Who is in which partnership's team, as the settings say."""

    def introduce(self, people: tuple[Person, ...]) -> None:
        """These are there from the start. Whom somebody has named as their deputy since stays so, and every team."""
        with self.database.look() as tx:
            found = [(person, tx.person(person.id) or person) for person in people]
        self.know(tuple(replace(each, deputy=now.deputy, partnership=now.partnership) for each, now in found))

    def know(self, people: tuple[Person, ...]) -> None:
        """Put people into the directory."""
        with self.database.transaction() as tx:
            for person in people:
                tx.keep_person(person)


def build(
    *, policies: Path, database_url: str, keyring: Path, chat: Chat, mailer: Mailer, now: Callable[[], datetime]
) -> Parts:
    """A whole bot on one database, whose tables are made where they are missing.

    Raises PolicyError or ConfigError with what to mend.
    """
    database = open_database(database_url, keyring, clock=now)
    database.migrate()
    return build_on(database, policies=policies, chat=chat, mailer=mailer, now=now)


def build_on(
    database: Database,
    *,
    policies: Path,
    chat: Chat,
    mailer: Mailer,
    now: Callable[[], datetime],
    watchers: Watchers = NO_WATCHERS,
    real_mail: bool = False,
    agencies: tuple[str, ...] = (),
) -> Parts:
    """The same on a database that is open. `real_mail`: letters leave, and so only for where a policy lets them.
    `agencies` are the domains at which people may get their own copies, beside those of the policies."""
    calendars = load_folder(policies / "calendars")
    files = policy_files.load_folder(policies)
    loaded = _with_kept(files, database, calendars, now())
    loaded = loaded.with_agencies(agencies)
    loaded = loaded.for_real_mail() if real_mail else loaded
    words = load_words("en-GB")
    told = watchers.administrators
    assistant = Assistant(database, loaded, calendars, words, now, told)
    carrier = Carrier(
        database, chat, mailer, WordDocuments(), loaded, calendars, words, now,
        administrators=told, observe=watchers.carried, for_filing=_for_filing(),
    )  # fmt: skip
    ticker = Ticker(
        database, loaded, calendars, words, now, told, watchers.audited, heartbeat=watchers.heartbeat,
        postman=Postman(mailer, database, loaded, calendars, words, now) if isinstance(mailer, Mailbox) else None,
    )  # fmt: skip
    return Parts(assistant, carrier, ticker, database, loaded, calendars)


def _for_filing() -> tuple[Documents, ...]:
    """Word always, PDF where the extra for it is installed."""
    return (WordDocuments(), *([PdfDocuments()] if pdf.is_installed() else []))


def _with_kept(files: Policies, database: Database, calendars: Mapping[str, Calendar], now: datetime) -> Policies:
    """Every version that is needed, and each that is in a file kept for when that file is gone."""
    before = database.policies_kept()
    loaded = with_kept(files, before, database.policies_used(), calendars)
    if changed := to_keep(files, before):
        database.keep_policies(changed, now)
    return loaded
