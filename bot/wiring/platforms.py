"""Where people and the bot meet. A platform is one class here; `live` chooses one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol

from starlette.applications import Starlette

from bot.chat.console.app import check_loopback, console_app
from bot.chat.console.chat import ConsoleChat
from bot.chat.console.people import PEOPLE
from bot.errors import CannotTell, TryLater
from bot.hearing import COMMANDS
from bot.messages import Message
from bot.ports import Answered, Chat, Due, Heard, Person
from bot.wiring.parts import Parts
from bot.words import load as load_words

Hear = Callable[[Heard], Answered]

MAILBOX = "mailbox"


class Platform(Protocol):
    """A chat platform: how the bot says something, and the web application that hears people."""

    @property
    def chat(self) -> Chat: ...

    @property
    def people(self) -> tuple[Person, ...]:
        """Who is known from the start."""

    @property
    def place(self) -> str:
        """What the ids of its people begin with: "console:"."""

    def check_host(self, host: str) -> None:
        """Raises ConfigError where it may not be reached at this address."""

    def reached(self, address: object) -> str:
        """Where people reach it, for whoever starts the bot."""

    def app(self, parts: Parts, hear: Hear) -> Starlette:
        """Raises ConfigError where it cannot serve these policies."""

    def close(self) -> None: ...


class Silent:
    """Where nothing is said: for commands of the operator's, which leave that to the bot."""

    def direct(self, key: str, person: str, message: Message) -> str:
        raise TryLater("Only the bot says something.")

    def thread(self, key: str, channel: str, under: str, message: Message) -> str:
        raise TryLater("Only the bot says something.")

    def edit(self, key: str, message_id: str, message: Message) -> str:
        raise TryLater("Only the bot says something.")

    def find(self, due: Due) -> str:
        raise CannotTell("Only the bot asks.")

    def link(self, channel: str, message_id: str) -> str:
        return ""


class Console:
    """The console: fictional people on this computer, and letters in a folder."""

    people = PEOPLE
    place = "console:"

    def __init__(self, folder: Path, now: Callable[[], datetime]) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._now = now
        self._mailbox = folder / MAILBOX
        self.chat = ConsoleChat(folder / "console.db", clock=now)

    def check_host(self, host: str) -> None:
        check_loopback(host)

    def reached(self, address: object) -> str:
        return f"Open http://{address} in your browser (Ctrl+C stops the bot)"

    def app(self, parts: Parts, hear: Hear, move_on: Callable[[int], None] | None = None) -> Starlette:
        words = load_words("en-GB")
        return console_app(
            chat=self.chat,
            hear=hear,
            people=self.people,
            now=self._now,
            move_on=move_on,
            mailbox=self._mailbox,
            channels=list(dict.fromkeys(version.policy.channel for version in parts.policies.versions())),
            commands=[(word, words(f"help.{word.replace('-', '_')}").partition(": ")[2] or word) for word in COMMANDS],
            partnerships=[policy.partnership.name for policy in parts.policies.current(self._now().date()).values()],
        )

    def close(self) -> None:
        self.chat.close()
