"""What the bot says and sends: each carries a key that makes it unique."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from bot.messages import Message

DeliveryKind = Literal["direct", "thread", "edit", "letter"]
Made = Literal["", "nudge", "digest", "draft", "file"]
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
    domains: tuple[str, ...] = ()
    """The only domains that letters under its policy may go to; none where the policy does not say."""
    made_anew: bool = False
    """Each attempt sends what there is then, and nothing that an attempt before has put together."""

    @property
    def digests(self) -> dict[str, str]:
        """The SHA-256 of each attachment, by its name: which document it was."""
        return {each.name: hashlib.sha256(each.content).hexdigest() for each in self.attachments}
