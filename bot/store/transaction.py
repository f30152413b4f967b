"""What one message reads and writes, as `ports.Transaction`: dataclasses in, dataclasses out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from sqlalchemy import Connection, bindparam, insert, select

from bot.errors import Conflict
from bot.escalation import Approval, Conversation, Entry, Escalation
from bot.ports import Account, Answered, Delivery, Due, Handed, Heard, Person, Reference
from bot.store import (
    accounts,
    approvals,
    claiming,
    deliveries,
    escalations,
    history,
    reached,
    tables,
    timers,
    unheard,
    writing,
)
from bot.store.conversations import Conversations
from bot.store.lately import Lately
from bot.store.people import People
from bot.store.prepared import Prepared
from bot.store.sealing import Keyring
from bot.store.vault import Vault
from bot.timers import Timer

Schedule = Callable[[Connection, Sequence[Handed]], None]
"""Tells a worker, within the transaction, what is due when it commits."""

# Made once: that takes longer than asking.
_HEARD = Prepared(select(tables.heard.c.answered).where(tables.heard.c.event == bindparam("event")))
_REMEMBERED = Prepared(insert(tables.heard).inline(), ("event", "person", "answered"))


def real_time() -> datetime:
    return datetime.now(UTC)


def nobody(_: Connection, __: Sequence[Handed]) -> None:
    """Where whoever carries deliveries out looks by themselves."""


class Records:
    """Implements `ports.Transaction` on an open connection whose turn it is to write."""

    def __init__(
        self,
        connection: Connection,
        keyring: Keyring,
        clock: Callable[[], datetime] = real_time,
        schedule: Schedule = nobody,
        lately: Lately | None = None,
    ) -> None:
        self._connection = connection
        self._keyring = keyring
        self._vault = Vault(connection, keyring)
        self._conversations = Conversations(connection, self._vault)
        self._people = People(connection, self._vault)
        self._armed: dict[str, list[Timer]] = {}
        """Timers that were asked for, by owner: they stay so until this transaction changes them."""
        self._new: set[str] = set()
        """Events that were asked for and not heard yet: nobody else can hear them before this transaction ends."""
        self._accounts: dict[str, Account | None] = {}
        """Those that were asked for, until this transaction changes one: nobody else can."""
        self._speaks: Account | None = None
        self._clock = clock
        self._schedule = schedule
        self._lately = lately or Lately()

    # ── heard ────────────────────────────────────────────────────────────────────────────────────────────

    def answered(self, event: str) -> Answered | None:
        row = _HEARD.first(self._connection, {"event": event})
        if row is None:
            self._new.add(event)
        return None if row is None else Answered(tuple(row.answered), again=True)

    def remember(self, event: str, person: str, answered: Answered) -> None:
        """Raises Conflict when the event was remembered meanwhile."""
        if event not in self._new and self.answered(event) is not None:
            raise Conflict(f"The event {event!r} was heard already; read again and repeat.")
        row = {"event": event, "person": person, "answered": list(answered.deliveries)}
        _REMEMBERED.do(self._connection, row)
        self._new.discard(event)
        self._lately.heard(self._connection, self._clock())

    def keep_unheard(self, heard: Heard) -> None:
        unheard.keep_one(self._connection, self._vault, heard, self._clock())

    def unheard(self) -> list[Heard]:
        return unheard.all_of_them(self._connection, self._vault)

    def drop_unheard(self, event: str) -> None:
        unheard.drop(self._connection, self._vault, event)

    # ── conversations ────────────────────────────────────────────────────────────────────────────────────

    def conversation(self, person: str) -> Conversation | None:
        found = self._conversations.of(person, saved=False)
        return found[-1] if found else None

    def drafts(self, person: str) -> list[Conversation]:
        return self._conversations.of(person, saved=True)

    def keep_conversation(self, conversation: Conversation) -> None:
        self._conversations.keep(conversation)

    def drop_conversation(self, conversation_id: str) -> None:
        self._conversations.drop(conversation_id)

    # ── people ───────────────────────────────────────────────────────────────────────────────────────────

    def person(self, person_id: str) -> Person | None:
        return self._people.one(person_id)

    def people(self) -> list[Person]:
        return self._people.there()

    def keep_person(self, person: Person) -> None:
        self._people.keep(person)

    def speaker(self, account: str) -> Person | None:
        found = self.account(account)
        if found is None:
            return self._people.one(account)
        return None if found.gone else self._people.one(found.person)

    def speaks(self, account: str) -> None:
        self._speaks = self.account(account)
        if self._speaks is not None:
            accounts.spoke(self._connection, self._speaks)

    def address(self, person_id: str) -> str:
        return accounts.address(self._connection, person_id)

    def account(self, account: str) -> Account | None:
        if account not in self._accounts:
            self._accounts[account] = accounts.one(self._connection, account)
        return self._accounts[account]

    def accounts(self, person_id: str = "") -> list[Account]:
        return accounts.several(self._connection, person_id)

    def keep_account(self, account: Account) -> None:
        self._accounts.clear()
        accounts.keep_one(self._connection, account)

    def drop_account(self, account: str) -> None:
        self._accounts.clear()
        accounts.drop(self._connection, account)

    def own_facts(self, person_id: str) -> dict[str, str]:
        return self._people.own_facts(person_id)

    def keep_own_facts(self, person_id: str, facts: Mapping[str, str]) -> None:
        self._people.keep_own_facts(person_id, facts)

    # ── escalations ──────────────────────────────────────────────────────────────────────────────────────

    def escalation(self, reference: str) -> Escalation | None:
        return escalations.find(self._connection, self._vault, reference)

    def begun_under(self, reference: str) -> tuple[str, str] | None:
        return escalations.begun_under(self._connection, reference)

    def escalations(self, *, open_only: bool = False) -> list[Escalation]:
        return escalations.several(self._connection, self._vault, open_only=open_only)

    def references(self, policy: str = "", *, resolved_since: date | None = None) -> list[str]:
        return escalations.references(self._connection, policy, resolved_since)

    def add_escalation(self, escalation: Escalation) -> None:
        escalations.add(self._connection, self._vault, escalation)

    def save_escalation(self, escalation: Escalation) -> None:
        escalations.save(self._connection, self._vault, escalation)

    # ── approvals ────────────────────────────────────────────────────────────────────────────────────────

    def approval(self, key: str) -> Approval | None:
        return approvals.one(self._connection, self._vault, key)

    def approvals(self, reference: str) -> list[Approval]:
        return approvals.of(self._connection, self._vault, reference)

    def keep_approval(self, approval: Approval) -> None:
        approvals.keep_one(self._connection, self._vault, approval)

    # ── history and deliveries ───────────────────────────────────────────────────────────────────────────

    def add_history(self, entries: Sequence[Entry]) -> None:
        history.append(self._connection, self._keyring, self._vault, [self._as_spoken(each) for each in entries])

    def _as_spoken(self, entry: Entry) -> Entry:
        """With the account under which it was done, where that is not the one of their entry in the directory."""
        by = self._speaks
        if by is None or by.id == by.person or by.person != entry.by:
            return entry
        return replace(entry, details={**entry.details, "account": by.id})

    def history(self, reference: str) -> list[Entry]:
        return history.read(self._connection, self._vault, reference)

    def add_deliveries(self, wanted: Sequence[Delivery]) -> None:
        at_once = writing.add(self._connection, self._vault, wanted, self._clock())
        if at_once:
            self._schedule(self._connection, at_once)

    def delivery(self, key: str) -> Due | None:
        return deliveries.find(self._connection, self._vault, key)

    def nudges_after(self, key: str) -> list[Due]:
        return deliveries.nudges_after(self._connection, self._vault, key)

    def reference_of(self, receipt: str) -> str:
        return deliveries.reference_of(self._connection, receipt)

    def nudges_said(self, reference: str) -> list[Due]:
        return deliveries.nudges_said(self._connection, self._vault, reference)

    def done(self, key: str, receipt: str, now: datetime) -> None:
        deliveries.done(self._connection, self._vault, key, receipt, now, None)

    def give_up(self, key: str, reason: str, now: datetime, *, held: bool = False, lease: datetime | None) -> bool:
        if held:
            return deliveries.hold(self._connection, key, reason, now, lease)
        return deliveries.failed(self._connection, key, reason, None, now, doubtful=False, lease=lease)

    def again(self, key: str) -> Due | None:
        return deliveries.again(self._connection, self._vault, key)

    def settle(self, key: str, receipt: str, now: datetime) -> Due | None:
        return deliveries.settle(self._connection, self._vault, key, receipt, now)

    # ── where a platform is reached ──────────────────────────────────────────────────────────────────────────

    def reference_at(self, place: str) -> Reference | None:
        return reached.reference_at(self._connection, place)

    def reference_with(self, conversation: str) -> Reference | None:
        return reached.reference_with(self._connection, conversation)

    def newest_reference(self) -> Reference | None:
        return reached.newest_reference(self._connection)

    def references_to(self, beginning: str) -> list[Reference]:
        return reached.references_to(self._connection, beginning)

    def keep_reference(self, reference: Reference) -> None:
        reached.keep_reference(self._connection, reference)

    def drop_reference(self, place: str) -> None:
        reached.drop_reference(self._connection, place)

    def said_at(self, what: str) -> str:
        return reached.where_said(self._connection, what)

    def keep_said_at(self, what: str, place: str) -> None:
        reached.keep_said_at(self._connection, what, place)

    # ── timers ───────────────────────────────────────────────────────────────────────────────────────────

    def timers(self, owner: str) -> list[Timer]:
        if owner not in self._armed:
            self._armed[owner] = timers.armed(self._connection, owner)
        return [*self._armed[owner]]

    def set_timers(self, owner: str, wanted: Sequence[Timer]) -> None:
        timers.replace(self._connection, self.timers(owner), wanted)
        self._armed.clear()

    def due_timers(self, now: datetime, limit: int) -> list[Timer]:
        return timers.due(self._connection, now, limit)

    def put_off(self, keys: Sequence[str], until: datetime) -> None:
        timers.put_off(self._connection, keys, until)

    def put_off_at_most(self, until: datetime) -> None:
        timers.put_off_at_most(self._connection, until)

    def wait_at_most(self, waits: datetime, put_off: datetime) -> None:
        claiming.wait_at_most(self._connection, waits, put_off)

    def fired(self, keys: Sequence[str], now: datetime) -> None:
        timers.fired(self._connection, keys, now)
        self._armed.clear()

    def snoozes(self, reference: str) -> dict[str, datetime]:
        return timers.snoozed(self._connection, reference)

    def snooze(self, reference: str, person: str, until: datetime) -> None:
        timers.snooze(self._connection, reference, person, until)
