"""The demonstration: fictional people, one SQLite file, a clock of its own, nothing that leaves the computer."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.applications import Starlette

from bot.chat.console.app import check_loopback
from bot.chat.console.chat import ConsoleChat
from bot.chat.console.clock import DemoClock
from bot.config import Settings
from bot.mail.folder import MailFolder
from bot.mail.letters import Envelope
from bot.ports import Answered, Heard
from bot.wiring.console import Console
from bot.wiring.parts import DATABASE, KEYRING, Parts, build
from bot.wiring.platforms import MAILBOX
from bot.words import load as load_words
from bot.workers.embedded import Embedded


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
    """Begins where an earlier one left off."""
    check_loopback(settings.demo_host)
    folder = settings.demo_data
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    clock = DemoClock(folder / "clock.json")
    console = Console(folder, clock.now)
    parts = build(
        policies=settings.policies,
        database_url=f"sqlite:///{folder / DATABASE}",
        keyring=folder / KEYRING,
        chat=console.chat,
        mailer=MailFolder(folder / MAILBOX, Envelope(settings.sender), load_words("en-GB"), clock.now),
        now=clock.now,
    )
    parts.introduce(console.people)
    worker = Embedded(parts.carrier, parts.ticker.tick)

    def hear(heard: Heard) -> Answered:
        answered = parts.assistant.hear(heard)
        worker.wake()
        return answered

    def move_on(working_days: int) -> None:
        clock.move_on(working_days, next(iter(parts.calendars.values())))
        worker.wake()

    return Demo(console.app(parts, hear, move_on), parts, worker, console.chat)
