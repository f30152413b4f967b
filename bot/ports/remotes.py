"""Whoever the bot calls, and whoever works for it: platforms, mail, makers of documents, workers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable

from bot.messages import Message
from bot.people import Person
from bot.ports.said import Due, Handed, Letter

ANSWERS_WITHIN = timedelta(seconds=20)
"""Every call to a remote has ended by then, one way or another: whoever calls gives up, and raises Unclear where the
remote may have done it. A claimed delivery has a lease, and must be over well before that is."""


class Chat(Protocol):
    """A chat platform. Every call returns the platform's own id of the message, and ends within ANSWERS_WITHIN.

    Each raises TryLater where it was not done, with `after` if the remote said how long to wait; Away where nobody
    reaches the remote; Shut where it does nothing for the bot until a person mends that; Unclear where it may have been
    done; Refused where trying again would not help. Any other error counts as Unclear.
    """

    def direct(self, key: str, person: str, message: Message) -> str:
        """Say something to one person, privately."""

    def thread(self, key: str, channel: str, under: str, message: Message) -> str:
        """Post in a channel; `under` is the platform's id of the thread's first message, "" to begin one."""

    def edit(self, key: str, message_id: str, message: Message) -> str:
        """Change a message said before."""

    def find(self, due: Due) -> str:
        """The platform's id of what an earlier attempt said or changed; "" if none did, or if it may be done twice.

        Raises TryLater, or CannotTell where the platform cannot be asked.
        """

    def link(self, channel: str, message_id: str) -> str:
        """The address of a message in a channel, "" where the platform has none."""


class Profiles(Protocol):
    """Who somebody is, as their platform knows it."""

    def look_up(self, person: str) -> Person:
        """What the platform knows of whoever has this id, or this mailbox. Raises TryLater, or Refused where that is
        nobody to talk with."""


class Mailer(Protocol):
    """A way for letters to leave. Every call ends within ANSWERS_WITHIN, and raises what a chat's would."""

    def send(self, letter: Letter) -> str:
        """Send it. Returns a receipt."""

    def find(self, key: str) -> str:
        """The receipt of the letter that was sent under this key; "" if none was. Raises TryLater or CannotTell."""


@dataclass(frozen=True)
class Returned:
    """What notices say of a letter that was not delivered."""

    is_report: bool
    """Whether one is a report as mail servers make it, of which it is sure enough that one did; else anybody may have
    written it."""
    recipients: frozenset[str] = frozenset()
    """The mailboxes that it did not reach, in small letters; none where that is not said."""

    def and_also(self, other: Returned | None) -> Returned:
        """What both say; what a report says counts before all else."""
        if other is None or (self.is_report and not other.is_report):
            return self
        if other.is_report and not self.is_report:
            return other
        said = self.recipients | other.recipients if self.recipients and other.recipients else frozenset[str]()
        return Returned(self.is_report, said)

    def reached_not(self, mailbox: str) -> bool:
        """Whether it is sure that it did not reach this mailbox."""
        return self.is_report and (not self.recipients or mailbox.casefold() in self.recipients)


@runtime_checkable
class Mailbox(Protocol):
    """What a mailer can do besides that may look into the mailbox which letters come from. It raises what `send`
    would."""

    def came_back(self, since: datetime, letters: Callable[[], Iterable[str]]) -> dict[str, Returned]:
        """The keys of those among `letters` of which a notice in the mailbox says that they were not delivered; each
        with what it says.

        `letters` is asked only where there is such a notice. One is told of once: whoever asks keeps it in mind. It may
        be told of again by another process.
        """

    def clear(self, key: str) -> None:
        """Remove what is left of a letter that will not be sent any more; one that was sent stays."""


class Documents(Protocol):
    """A maker of documents."""

    media_type: str
    ending: str

    def make(self, document: Any) -> bytes:
        """A `report.Document` as a file; the same document gives the same bytes."""


class Worker(Protocol):
    """Whoever carries deliveries out. What is owed stands in the store; a lost or doubled hint does no harm."""

    def schedule(self, connection: Any, handed: Sequence[Handed]) -> None:
        """These have been written in the transaction of this connection, and are due when it commits."""

    def start(self) -> None: ...

    def stop(self) -> None:
        """Finish what is in hand, give back the rest."""
