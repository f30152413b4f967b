"""Where people and the bot meet. A platform is one class here; `live` chooses one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from starlette.applications import Starlette

from bot.errors import CannotTell, TryLater
from bot.messages import Message
from bot.people import Reach
from bot.ports import Answered, Chat, Due, Heard, Person
from bot.wiring.parts import Parts

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
    def place(self) -> Reach:
        """What the ids of its people begin with: "console:"; one of these, where there are several."""

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
