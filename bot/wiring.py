"""Puts the parts together: the only file that knows every class."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog
from starlette.applications import Starlette

from bot import policy_files
from bot.assistant import Assistant
from bot.calendars import Calendar, load_folder
from bot.chat.console.app import check_loopback, console_app
from bot.chat.console.chat import ConsoleChat
from bot.chat.console.clock import DemoClock
from bot.chat.console.people import PEOPLE
from bot.config import Settings
from bot.delivery import Carrier
from bot.documents.docx import WordDocuments
from bot.hearing import ABOUT_ONE
from bot.mail.folder import MailFolder
from bot.policies import Policies
from bot.policy_files.kept import to_keep, with_kept
from bot.ports import Answered, Chat, Heard, Mailer, Person
from bot.store.database import Database, open_database
from bot.ticking import Ticker
from bot.words import load as load_words
from bot.workers.embedded import Embedded

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
COMMANDS = ("escalate", "received", "my-escalations", *ABOUT_ONE, "resume", "help")
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
class Parts:
    """A bot that is ready: it hears, looks again when it is time, and carries out what it decided."""

    assistant: Assistant
    carrier: Carrier
    ticker: Ticker
    database: Database
    policies: Policies
    calendars: Mapping[str, Calendar]

    def know(self, people: tuple[Person, ...]) -> None:
        """Put people into the directory."""
        with self.database.transaction() as tx:
            for person in people:
                tx.keep_person(person)


def build(
    *, policies: Path, database_url: str, keyring: Path, chat: Chat, mailer: Mailer, now: Callable[[], datetime]
) -> Parts:
    """A whole bot on one database. Raises PolicyError or ConfigError with what to mend."""
    calendars = load_folder(policies / "calendars")
    files = policy_files.load_folder(policies)
    database = open_database(database_url, keyring, clock=now)
    database.migrate()
    loaded = _with_kept(files, database, calendars, now())
    words = load_words("en-GB")
    assistant = Assistant(database, loaded, calendars, words, now)
    carrier = Carrier(database, chat, mailer, WordDocuments(), loaded, calendars, words, now)
    ticker = Ticker(database, loaded, calendars, words, now)
    return Parts(assistant, carrier, ticker, database, loaded, calendars)


def _with_kept(files: Policies, database: Database, calendars: Mapping[str, Calendar], now: datetime) -> Policies:
    """Every version that is needed, and each that is in a file kept for when that file is gone."""
    before = database.policies_kept()
    loaded = with_kept(files, before, database.policies_used(), calendars)
    if changed := to_keep(files, before):
        database.keep_policies(changed, now)
    return loaded


@dataclass(frozen=True)
class Demo:
    """The console with everything behind it."""

    app: Starlette
    parts: Parts
    worker: Embedded
    chat: ConsoleChat

    def close(self) -> None:
        self.worker.stop()
        self.chat.close()
        self.parts.database.close()


def demo(settings: Settings) -> Demo:
    """The demonstration: fictional people, one SQLite file, mail into a folder, nothing that leaves the machine."""
    check_loopback(settings.demo_host)
    folder = settings.demo_data
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    clock = DemoClock(folder / "clock.json")
    chat = ConsoleChat(folder / "console.db", clock=clock.now)
    mailbox = folder / "mailbox"
    parts = build(
        policies=settings.policies,
        database_url=f"sqlite:///{folder / DATABASE}",
        keyring=folder / KEYRING,
        chat=chat,
        mailer=MailFolder(mailbox, settings.sender, clock.now),
        now=clock.now,
    )
    parts.know(PEOPLE)
    worker = Embedded(parts.carrier, parts.ticker.tick)
    words = load_words("en-GB")

    def hear(heard: Heard) -> Answered:
        answered = parts.assistant.hear(heard)
        worker.wake()
        return answered

    def move_on(working_days: int) -> None:
        clock.move_on(working_days, next(iter(parts.calendars.values())))
        worker.wake()

    app = console_app(
        chat=chat,
        hear=hear,
        people=PEOPLE,
        clock=clock,
        move_on=move_on,
        mailbox=mailbox,
        channels=list(dict.fromkeys(version.policy.channel for version in parts.policies.versions())),
        commands=[(word, words(f"help.{word.replace('-', '_')}").partition(": ")[2] or word) for word in COMMANDS],
        partnerships=[policy.partnership.name for policy in parts.policies.current(clock.now().date()).values()],
    )
    return Demo(app, parts, worker, chat)
