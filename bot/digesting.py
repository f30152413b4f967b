"""Gathers what the weekly digest of a policy is about, at the moment at which it is said.

Rule: each escalation is read by itself, some in one transaction. One that cannot be read is named by its reference,
and stops nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from bot import access
from bot.calendars import Calendar
from bot.errors import EscalationBotError
from bot.escalation import Approval, Escalation, Status
from bot.flows.context import Context
from bot.flows.digest import Week, digest
from bot.messages import Message
from bot.people import Person
from bot.policies import Policies
from bot.policy import Policy
from bot.ports import Chat, Store, Transaction
from bot.words import Words as Catalogue

log = structlog.get_logger()

AT_ONCE = 25
"""So many are read in one transaction: others are not kept waiting."""
NOTED_WITHIN = timedelta(days=60)
"""So far back may the day lie that somebody gives on which it was resolved."""
READER = Person("", "", "", "", "")
"""Whoever reads the channel."""


@dataclass(frozen=True)
class _Read:
    """One escalation, with its requests and whether it has ended since the last digest."""

    escalation: Escalation
    approvals: tuple[Approval, ...]
    ended: bool


@dataclass(frozen=True)
class Digesting:
    """What that needs."""

    store: Store
    chat: Chat
    policies: Policies
    calendars: Mapping[str, Calendar]
    words: Catalogue
    now: Callable[[], datetime]

    def message(self, policy_id: str, since: datetime) -> Message | None:
        """The digest as everything stands now; None for a policy that is not known any more."""
        if policy_id not in self.policies:
            return None
        policy, now = self.policies[policy_id], self.now()
        today = now.astimezone(ZoneInfo(policy.clock.zone)).date()
        policy = self.policies.current(today).get(policy_id, policy)
        with self.store.look() as tx:
            people = {person.id: person for person in tx.people()}
            references = tx.references(policy_id, resolved_since=since.date() - NOTED_WITHIN)
        c = Context(self.words, today, READER, self.policies, self.calendars, people, now=now)
        read: dict[str, _Read | None] = {}
        for some in in_parts(references):
            with self.store.look() as tx:
                read |= {reference: _read(tx, c, reference, policy, since) for reference in some}
        told = [one for one in read.values() if one]
        c = replace(c, approvals=tuple(each for one in told for each in one.approvals))
        unread = sorted(reference for reference, one in read.items() if one is None)
        ended = [one.escalation.reference for one in told if one.ended]
        return digest(c, policy, Week(since, [one.escalation for one in told], ended, unread), self._address)

    def _address(self, escalation: Escalation) -> str:
        """ "" where there is none: a line without a link is better than no digest."""
        receipt = self.store.receipt(escalation.thread)
        channel = self.policies.of_escalation(escalation).channel
        try:
            return self.chat.link(channel, receipt) if receipt else ""
        except (EscalationBotError, LookupError, ValueError) as error:
            # A receipt that a person typed may be none that the platform can read.
            log.warning("no address", reference=escalation.reference, error=type(error).__name__)
            return ""


def _read(tx: Transaction, c: Context, reference: str, policy: Policy, since: datetime) -> _Read | None:
    """In the policy's own language, as all that the channel reads; None where it cannot be read, or where it would
    not make a digest alone, because its policy is not known or does not say what its lines need."""
    try:
        escalation = access.as_the_bot(tx.escalation(reference))
        if escalation is None:
            return None
        ended = _ended(tx, escalation, since)
        one = _Read(replace(escalation, language=""), tuple(tx.approvals(reference)), ended)
        alone = Week(since, [one.escalation], [reference] if ended else [])
        digest(replace(c, approvals=one.approvals), policy, alone, lambda _: "")
        return one
    except Exception as error:  # the outer edge of one escalation
        # Only the kind of error is logged: its text could hold an answer.
        log.error("not in the digest", reference=reference, error=type(error).__name__)
        return None


def _ended(tx: Transaction, escalation: Escalation, since: datetime) -> bool:
    """Whether it was noted since then that it has ended; the day that somebody gave may lie before."""
    if escalation.status is Status.OPEN:
        return False
    noted = [entry.at for entry in tx.history(escalation.reference) if entry.what in {"resolved", "withdrawn"}]
    return bool(noted) and max(noted) >= since


def in_parts(references: Sequence[str]) -> Iterator[Sequence[str]]:
    return (references[first : first + AT_ONCE] for first in range(0, len(references), AT_ONCE))
