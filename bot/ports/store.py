"""Where everything is kept, and what one message reads and writes there."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from bot.escalation import Approval, Conversation, Entry, Escalation
from bot.people import Account, Person
from bot.ports.heard import Answered, Heard
from bot.ports.reached import Reference
from bot.ports.said import Delivery, Due, Handed, Trouble
from bot.timers import Timer


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

    def speaker(self, account: str) -> Person | None:
        """Whoever speaks under this id, which may be one of several accounts of theirs; None where nobody known does,
        or where that account was taken away."""

    def speaks(self, account: str) -> None:
        """Its person speaks under this id now: they are answered there, and what they do in this transaction is noted
        with it, where it is not the one of their entry in the directory."""

    def address(self, person_id: str) -> str:
        """The id under which somebody is to be told something: that under which they spoke last."""

    def account(self, account: str) -> Account | None:
        """None for whoever is known under one id only."""

    def accounts(self, person_id: str = "") -> list[Account]:
        """Those of one person, or all, by their ids."""

    def keep_account(self, account: Account) -> None:
        """Save it as it is now (insert or update)."""

    def drop_account(self, account: str) -> None:
        """It is nobody's any longer."""

    def own_facts(self, person_id: str) -> Mapping[str, str]:
        """What they last said of themselves, by part of a Professional answer; {} if nothing."""

    def keep_own_facts(self, person_id: str, facts: Mapping[str, str]) -> None:
        """Of somebody who is in the directory. With {} it is erased."""

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

    def reference_at(self, place: str) -> Reference | None:
        """How a person or a channel is reached; None where the platform has told nothing of it."""

    def reference_with(self, conversation: str) -> Reference | None:
        """The same for a conversation by the platform's id of it."""

    def newest_reference(self) -> Reference | None:
        """The one that was told last."""

    def references_to(self, beginning: str) -> list[Reference]:
        """Those whose place begins so, by place."""

    def keep_reference(self, reference: Reference) -> None:
        """Save it as it is now (insert or update)."""

    def drop_reference(self, place: str) -> None:
        """The bot was shown out of there, or is reached there no longer."""

    def said_at(self, what: str) -> str:
        """Where this was said, as `keep_said_at` was told; "" if nothing is known of it."""

    def keep_said_at(self, what: str, place: str) -> None:
        """Note where something was said that the platform cannot be asked for; with "" it is forgotten. Ids only."""

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

    def wait_at_most(self, waits: datetime, put_off: datetime) -> None:
        """Deliveries of which a lease, or the wait for another try, would end after `waits`, and those put off until
        after `put_off`, are open again: a clock was wrong. So are places that were limited until after `waits`."""

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
        count_to: int | None = None,
    ) -> None:
        """It was not; tried again at `again_at`, or given up when None. `doubtful`: or perhaps it was.

        The attempt is counted, but no further than `count_to`: it was none of its own fault.
        """

    def postpone(self, key: str, until: datetime | None, *, lease: datetime | None = None) -> None:
        """It is not its time: it is looked at again then, and no attempt is counted. None: at once, whatever the
        clock says."""

    def hold(self, key: str, reason: str, now: datetime) -> None:
        """Nobody can tell whether it was carried out: it waits for a person."""

    def slow_down(self, place: str, until: datetime) -> None:
        """Nothing is handed out that goes to this place until then, also nothing that is written meanwhile."""

    def to_hand(self, now: datetime, limit: int, again_after: timedelta) -> list[Handed]:
        """What is due and was not handed to a worker within `again_after`; from now on it was."""

    def letters_taken(self, since: datetime) -> list[str]:
        """Keys of the letters that the mail has taken since then."""

    def letters_over(self, since: datetime, before: datetime) -> list[str]:
        """Keys of the letters that were given up in this time, or of which a person has said then that they have
        arrived."""

    def troubled(self) -> list[Trouble]:
        """What was given up or is held, in the order of writing."""

    def undelivered(self, before: datetime, now: datetime) -> bool:
        """Whether something that could have been said before then has not been, or could not be."""

    def timers_due(self, now: datetime) -> bool:
        """Whether any timer's moment has come that is not put off."""
