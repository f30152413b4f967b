"""The console: how people are heard there, and where what is said to them is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from starlette.applications import Starlette

from bot.chat.console.app import check_loopback, console_app
from bot.chat.console.chat import ConsoleChat
from bot.chat.console.people import PEOPLE
from bot.hearing import COMMANDS
from bot.wiring.parts import Parts
from bot.wiring.platforms import MAILBOX, Hear
from bot.words import load as load_words


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
