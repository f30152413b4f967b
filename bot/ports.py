"""What the bot hears and says, and the protocols that platforms, mail and store fulfil.

Rule 1: a port is as narrow as the need.
Rule 2: what is heard carries the sender's own event id; what is said carries a key that makes it unique.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from bot.escalation import Approval, Conversation, Entry, Escalation
from bot.messages import Message
from bot.people import Person as Person

# ── heard ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Command:
    """A start word: `/escalate` is Command("escalate")."""

    word: str
    text: str = ""


@dataclass(frozen=True)
class Typed:
    """Free text in a direct message with the bot, or a mention of it in a thread."""

    text: str


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


# ── said ─────────────────────────────────────────────────────────────────────────────────────────────────

DeliveryKind = Literal["direct", "thread", "edit", "letter"]


@dataclass(frozen=True)
class Delivery:
    """Something to be said or sent, written in the transaction that caused it and carried out afterwards.

    `to`: a person id for direct; a channel name for thread; the key of the delivery to change for edit;
    a report key (`reference/form/n`) for letter. For thread, `under` is the key of the thread's first message,
    "" for that first message itself. `message` is None for letters, which are made from the report when sent.
    `reference` is the escalation's, "" where a conversation has none yet.
    """

    key: str
    kind: DeliveryKind
    to: str
    message: Message | None = None
    under: str = ""
    reference: str = ""
    not_before: datetime | None = None


@dataclass(frozen=True)
class Due(Delivery):
    """A delivery whose time has come, as the store hands it out. `attempts` counts the earlier tries."""

    attempts: int = 0
    receipt: str = ""


@dataclass(frozen=True)
class Attachment:
    """A file of a letter. `name` carries the reference only."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Letter:
    """A mail. Subject and file names carry the reference only; facts stand in the attachment only."""

    key: str
    to: tuple[str, ...]
    subject: str
    body: str
    attachments: tuple[Attachment, ...]
    by_post: tuple[str, ...] = ()
    """Lines of a postal address: the letter goes to the raiser's mailbox, to be printed and posted."""


class Chat(Protocol):
    """A chat platform. Every call returns the platform's own id of the message."""

    def direct(self, key: str, person: str, message: Message) -> str:
        """Say something to one person, privately. Raises TryLater or Refused."""

    def thread(self, key: str, channel: str, under: str, message: Message) -> str:
        """Post in a channel; `under` is the platform's id of the thread's first message, "" to begin one."""

    def edit(self, key: str, message_id: str, message: Message) -> str:
        """Change a message said before."""


class Mailer(Protocol):
    """A way for letters to leave."""

    def send(self, letter: Letter) -> str:
        """Send it, or raise TryLater or Refused. Returns a receipt; the same key is never sent twice."""


# ── store ────────────────────────────────────────────────────────────────────────────────────────────────


class Transaction(Protocol):
    """Everything read and written for one message. It is saved whole on leaving it, or not at all."""

    def answered(self, event: str) -> Answered | None:
        """What this event was answered before, if it was heard before."""

    def remember(self, event: str, person: str, answered: Answered) -> None:
        """Note that this event has been heard."""

    def conversation(self, person: str) -> Conversation | None:
        """The conversation that the person is in."""

    def drafts(self, person: str) -> list[Conversation]:
        """Conversations saved for later, oldest first."""

    def keep_conversation(self, conversation: Conversation) -> None:
        """Save it as it is now (insert or update)."""

    def drop_conversation(self, conversation_id: str) -> None:
        """It has ended; erase what it held."""

    def person(self, person_id: str) -> Person | None: ...

    def people(self) -> list[Person]:
        """Everybody who can be picked, by name."""

    def keep_person(self, person: Person) -> None:
        """Save somebody as they are now (insert or update)."""

    def escalation(self, reference: str) -> Escalation | None: ...

    def escalations(self, *, open_only: bool = False) -> list[Escalation]:
        """All, oldest first. The shell asks `access` before anybody sees one."""

    def add_escalation(self, escalation: Escalation) -> None: ...

    def save_escalation(self, escalation: Escalation) -> None:
        """Raises Conflict when `escalation.version` is not the stored one; the stored one becomes one more."""

    def approval(self, key: str) -> Approval | None: ...

    def approvals(self, reference: str) -> list[Approval]:
        """All that were ever asked for this escalation, oldest first."""

    def keep_approval(self, approval: Approval) -> None: ...

    def add_history(self, entries: Sequence[Entry]) -> None: ...

    def history(self, reference: str) -> list[Entry]: ...

    def add_deliveries(self, deliveries: Sequence[Delivery]) -> None:
        """A key that is there already is left as it is."""

    def delivery(self, key: str) -> Due | None: ...

    def delivery_failed_for_good(self) -> list[tuple[str, str]]:
        """(key, sentence) of deliveries that were given up."""


class Store(Protocol):
    """Where everything is kept."""

    def transaction(self) -> AbstractContextManager[Transaction]: ...

    def due(self, now: datetime, limit: int = 50) -> list[Due]:
        """Deliveries whose time has come, in the order in which they were written."""

    def receipt(self, key: str) -> str:
        """The platform's id of what this delivery said; "" while it has not been carried out."""

    def superseded(self, key: str) -> bool:
        """Whether a later edit of the same message has been written, so that this one would show what is past."""

    def done(self, key: str, receipt: str, now: datetime, details: Mapping[str, Any] | None = None) -> None:
        """It was carried out; its message is erased from the store, its receipt is kept."""

    def failed(self, key: str, reason: str, again_at: datetime | None, now: datetime) -> None:
        """It was not; tried again at `again_at`, or given up when None."""


class Documents(Protocol):
    """A maker of documents."""

    media_type: str
    ending: str

    def make(self, document: Any) -> bytes:
        """A `report.Document` as a file; the same document gives the same bytes."""
