"""What the bot hears, on whichever platform: one thing that one person did, with the sender's own id of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Command:
    """A start word: `/escalate` is Command("escalate")."""

    word: str
    text: str = ""


@dataclass(frozen=True)
class Typed:
    """Free text in a direct message with the bot, or a mention of it in a thread."""

    text: str
    files: bool = False
    """Files came with it, which are not taken."""


@dataclass(frozen=True)
class Pressed:
    """A button of a message of ours, with what the message's entries held at that moment.

    `message` is the key of the delivery that showed it, so that a press on a message that has moved on is known.
    """

    action: str
    value: str = ""
    given: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    message: str = ""


@dataclass(frozen=True)
class Heard:
    """One thing that a person did. `event` is the platform's own id of it: the same id is the same event."""

    event: str
    person: str
    """Platform and id in one, "console:asha": never a display name."""
    what: Command | Typed | Pressed
    thread: str = ""
    """The reference of the escalation whose thread it was done in; "" in direct messages."""


@dataclass(frozen=True)
class Answered:
    """What hearing caused: keys of the deliveries. The same event is answered with the same keys again."""

    deliveries: tuple[str, ...]
    again: bool = False
    problems: Mapping[str, str] = field(default_factory=dict, compare=False)
    """What is wrong with what was given on a page, by the names of its questions; "" is the page itself.

    The page stays before the person until there is nothing wrong, or they close it.
    """
