"""What the bot hears and says, and the protocols that platforms, mail and store fulfil.

Rule 1: a port is as narrow as the need.
Rule 2: what is heard carries the sender's own event id; what is said carries a key that makes it unique.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal, Protocol

from bot.escalation import Approval, Conversation, Entry, Escalation
from bot.messages import Message
from bot.people import Person as Person
from bot.timers import Timer

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
Made = Literal["", "nudge", "digest", "draft"]
State = Literal["waiting", "sending", "done", "dropped", "dead", "held"]
"""Of a delivery. `sending`: somebody has it until its lease ends. `dropped`: it was not wanted any more. `dead`: given
up. `held`: a person has to say whether it arrived. A person can begin the last two again."""


IN_HOURS_OF = "in hours of"
"""What a delivery is about, by this name: the id of the policy in whose hours it may be said, and in no others."""


@dataclass(frozen=True)
class Delivery:
    """Something to be said or sent, written in the transaction that caused it and carried out afterwards.

    `to`: a person id for direct; a channel name for thread; the key of the delivery to change for edit;
    a report key (`reference/form/n`) for letter. For thread, `under` is the key of the thread's first message,
    "" for that first message itself. `message` is None for letters, which are made from the report when sent, and
    where `made` names what makes the words at the moment of saying them, from what `about` says: ids, never content.
    `reference` is the escalation's, "" where a conversation has none yet.
    """

    key: str
    kind: DeliveryKind
    to: str
    message: Message | None = None
    under: str = ""
    reference: str = ""
    not_before: datetime | None = None
    made: Made = ""
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Due(Delivery):
    """A delivery as the store hands it out. `attempts` counts the earlier tries that had an outcome.

    `place` is where it goes: a person, a channel, or "mail". `stream` is what is kept in order. `first` is the key of
    what has to be carried out before; `first_receipt` and `first_state` are what came of that.
    """

    attempts: int = 0
    receipt: str = ""
    state: State = "waiting"
    place: str = ""
    stream: str = ""
    since: datetime | None = field(default=None, compare=False)
    """It was not said before."""
    doubtful: bool = False
    """Whether an earlier attempt may have done it, so that the remote has to be asked first."""
    lease: datetime | None = field(default=None, compare=False)
    """Until when it is its claimer's."""
    first: str = ""
    first_receipt: str = ""
    first_state: State | Literal[""] = ""


@dataclass(frozen=True)
class Handed:
    """What a worker is told of a delivery: its key, and the stream that has to be carried in order."""

    key: str
    stream: str


@dataclass(frozen=True)
class Trouble:
    """A delivery that was given up or is held, for whoever can mend it; no content."""

    key: str
    kind: DeliveryKind
    place: str
    reference: str
    state: State
    attempts: int
    reason: str
    since: datetime | None


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


ANSWERS_WITHIN = timedelta(seconds=20)
"""Every call to a remote has ended by then, one way or another: whoever calls gives up, and raises Unclear where the
remote may have done it. A claimed delivery has a lease, and must be over well before that is."""


class Chat(Protocol):
    """A chat platform. Every call returns the platform's own id of the message, and ends within ANSWERS_WITHIN.

    Each raises TryLater where it was not done, with `after` if the remote said how long to wait; Unclear where it may
    have been done; Refused where trying again would not help. Any other error counts as Unclear.
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
        """What the platform knows of them. Raises TryLater, or Refused where they are nobody to talk with."""


class Mailer(Protocol):
    """A way for letters to leave. Every call ends within ANSWERS_WITHIN, and raises what a chat's would."""

    def send(self, letter: Letter) -> str:
        """Send it. Returns a receipt."""

    def find(self, key: str) -> str:
        """The receipt of the letter that was sent under this key; "" if none was. Raises TryLater or CannotTell."""


# ── store ────────────────────────────────────────────────────────────────────────────────────────────────


class Transaction(Protocol):
    """Everything read and written for one message. It is saved whole on leaving it, or not at all."""

    def answered(self, event: str) -> Answered | None:
        """What this event was answered before, if it was heard before."""

    def remember(self, event: str, person: str, answered: Answered) -> None:
        """Note that this event has been heard."""

    def keep_unheard(self, heard: Heard) -> None:
        """It cannot be heard yet. It is kept, the same event once."""

    def unheard(self) -> list[Heard]:
        """What was kept and has not been heard yet, in the order of its coming."""

    def drop_unheard(self, event: str) -> None:
        """It has been heard; erase it."""

    def conversation(self, person: str) -> Conversation | None:
        """The conversation that the person is in."""

    def drafts(self, person: str) -> list[Conversation]:
        """Conversations saved for later, oldest first."""

    def keep_conversation(self, conversation: Conversation) -> None:
        """Save it as it is now (insert or update)."""

    def drop_conversation(self, conversation_id: str) -> None:
        """It has ended; erase what it held."""

    def person(self, person_id: str) -> Person | None:
        """Also somebody who has left."""

    def people(self) -> list[Person]:
        """Everybody who can be picked, by name: nobody who has left."""

    def keep_person(self, person: Person) -> None:
        """Save somebody as they are now (insert or update)."""

    def escalation(self, reference: str) -> Escalation | None: ...

    def begun_under(self, reference: str) -> tuple[str, str] | None:
        """The policy and the version under which an escalation was begun; None where there is none."""

    def escalations(self, *, open_only: bool = False) -> list[Escalation]:
        """All, oldest first. The shell asks `access` before anybody sees one."""

    def references(self, policy: str = "", *, resolved_since: date | None = None) -> list[str]:
        """Of those that are not closed, oldest first; of one policy, or of all.

        With `resolved_since` also of those that were resolved on that day or later.
        """

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

    def nudges_after(self, key: str) -> list[Due]:
        """What nudges have said, or are to say, after this one, in the same place about the same escalation."""

    def reference_of(self, receipt: str) -> str:
        """The escalation in whose thread the platform has a message with this id; "" if there is none."""

    def nudges_said(self, reference: str) -> list[Due]:
        """What has been said by nudges about this escalation: the newest in each place, in the order of writing."""

    def done(self, key: str, receipt: str, now: datetime) -> None:
        """As `Store.done`, together with what follows from it."""

    def give_up(self, key: str, reason: str, now: datetime, *, held: bool = False, lease: datetime | None) -> bool:
        """A delivery that its claimer could not carry out is dead, or held where nobody can tell whether it arrived.

        False where it is not theirs any longer: then nothing is noted.
        """

    def again(self, key: str) -> Due | None:
        """Begin a delivery again that was given up or is held, with what was given up because of it.

        None where it is neither.
        """

    def settle(self, key: str, receipt: str, now: datetime) -> Due | None:
        """Note that a delivery that was given up or is held has arrived after all; None where it is neither."""

    def timers(self, owner: str) -> list[Timer]:
        """Those of this owner that are armed, the next one first."""

    def set_timers(self, owner: str, wanted: Sequence[Timer]) -> None:
        """Exactly these are armed for this owner; the others are cancelled."""

    def due_timers(self, now: datetime, limit: int) -> list[Timer]:
        """Armed ones whose moment has come and that are not put off, the oldest first; none that another is at."""

    def put_off(self, keys: Sequence[str], until: datetime) -> None:
        """These have come, and are looked at again then; when they were due stays as it is."""

    def put_off_at_most(self, until: datetime) -> None:
        """What was put off beyond `until`, by a clock that was wrong, is looked at when it is due."""

    def fired(self, keys: Sequence[str], now: datetime) -> None:
        """What these timers were for has been decided."""

    def snoozes(self, reference: str) -> dict[str, datetime]:
        """Until when each person wants no nudges about this escalation."""

    def snooze(self, reference: str, person: str, until: datetime) -> None:
        """This person wants none until then."""


class Store(Protocol):
    """Where everything is kept. Beside `transaction`, each call is a short transaction of its own."""

    def transaction(self) -> AbstractContextManager[Transaction]: ...

    def look(self) -> AbstractContextManager[Transaction]:
        """The same for reading only: it waits for nobody, and nobody waits for it."""

    def claim(
        self, now: datetime, until: datetime, limit: int, *, besides: Collection[str] = (), stream: str = ""
    ) -> list[Due]:
        """Deliveries whose turn it is, what came due first or was written first; they are the caller's `until` then.

        None that goes to a place of `besides`; with `stream`, only of that one. What another is at is not among them,
        unless its lease is over: then it is `doubtful`.
        """

    def receipt(self, key: str) -> str:
        """The platform's id of what this delivery said; "" while it has not been carried out."""

    def superseded(self, key: str) -> bool:
        """Whether a later edit of the same message has been written, so that this one would show what is past."""

    def done(self, key: str, receipt: str, now: datetime, details: Mapping[str, Any] | None = None) -> None:
        """It was carried out; its message is erased from the store, its receipt is kept."""

    # Where a lease is given below, nothing is noted unless the delivery is still its claimer's.

    def drop(self, key: str, now: datetime, *, lease: datetime | None = None) -> None:
        """It was not wanted any more, and has not been said; its message is erased."""

    def failed(
        self,
        key: str,
        reason: str,
        again_at: datetime | None,
        now: datetime,
        *,
        doubtful: bool = False,
        lease: datetime | None = None,
    ) -> None:
        """It was not; tried again at `again_at`, or given up when None. `doubtful`: or perhaps it was."""

    def postpone(self, key: str, until: datetime | None, *, lease: datetime | None = None) -> None:
        """It is not its time: it is looked at again then, and no attempt is counted. None: at once, whatever the
        clock says."""

    def hold(self, key: str, reason: str, now: datetime) -> None:
        """Nobody can tell whether it was carried out: it waits for a person."""

    def slow_down(self, place: str, until: datetime) -> None:
        """Nothing is handed out that goes to this place until then, also nothing that is written meanwhile."""

    def to_hand(self, now: datetime, limit: int, again_after: timedelta) -> list[Handed]:
        """What is due and was not handed to a worker within `again_after`; from now on it was."""

    def troubled(self) -> list[Trouble]:
        """What was given up or is held, in the order of writing."""

    def undelivered(self, before: datetime, now: datetime) -> bool:
        """Whether something that could have been said before then has not been, or could not be."""

    def timers_due(self, now: datetime) -> bool:
        """Whether any timer's moment has come that is not put off."""


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
