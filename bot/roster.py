"""Somebody's entry in the directory changes because their platform says so: who they are, and whether they are there.

One change is one transaction, with all that follows from it in every escalation.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot import access, accounts, decisions, looking
from bot.calendars import Calendar
from bot.conflicts import after_conflicts
from bot.decisions import keep
from bot.flows.drafts import owner_of
from bot.people import Reach
from bot.policies import Policies
from bot.ports import Person, Store, Transaction
from bot.teams import Teams, by_entry, in_team
from bot.words import Words as Catalogue


@dataclass(frozen=True)
class Roster:
    """Keeps the directory as the platforms know it that are `served`. `administrators` are told of what nobody else can
    see to."""

    store: Store
    policies: Policies
    calendars: Mapping[str, Calendar]
    words: Catalogue
    now: Callable[[], datetime]
    administrators: tuple[str, ...] = ()
    teams: Teams = field(default_factory=dict)
    served: Reach = ""

    def changed(self, profile: Person) -> None:
        """Somebody is now this on their platform, which was asked. Nothing is noted of people who have nothing to do
        with the bot."""
        self._hear_of(profile, asked=True)

    def told(self, profile: Person) -> bool:
        """Their platform has told so. It may tell late what is past by now; so what gives somebody more than they have
        is not believed, and changes nothing. Returns whether it was believed."""
        return self._hear_of(profile, asked=False)

    def _hear_of(self, profile: Person, *, asked: bool) -> bool:
        with self.store.look() as tx:
            before, account = tx.person(profile.id), tx.account(profile.id)
        if account is None and (before is None or _updated(before, profile) == before):
            return True
        return after_conflicts(lambda: self._believed(profile, asked=asked))

    def _believed(self, profile: Person, *, asked: bool) -> bool:
        with self.store.transaction() as tx:
            if not asked and accounts.gains(tx, profile):
                return False
            self._change(tx, profile)
        return True

    def _change(self, tx: Transaction, profile: Person) -> None:
        now = accounts.changes(tx, profile, self.now(), self.served)
        before = tx.person(now.id) if now else None
        if now is None or before is None or _updated(before, now) == before:
            return
        after = _updated(before, now)
        if before.left and not after.left:
            after = in_team(after, by_entry(tx, self.teams))
        tx.keep_person(after)
        if after.left and not before.left:
            self._has_left(tx, after)
        elif after.guest and not before.guest:
            told = decisions.answers_no_longer(self.words, after, tx.people(), self._prefix("guest", after))
            tx.add_deliveries(told)

    def _prefix(self, what: str, person: Person) -> str:
        return f"{what}-{hashlib.sha256(f'{person.id} {self.now().isoformat()}'.encode()).hexdigest()[:12]}"

    def _has_left(self, tx: Transaction, gone: Person) -> None:
        now = self.now()
        tx.set_timers(owner_of(gone.id), [])
        tx.keep_own_facts(gone.id, {})
        prefix = self._prefix("left", gone)
        tx.add_deliveries(decisions.answers_no_longer(self.words, gone, tx.people(), prefix))
        for escalation in access.as_the_bot(tx.escalations(open_only=True)):
            c = looking.world(tx, self.words, self.policies, self.calendars, escalation.reference, now)
            done = decisions.leave(c, gone, prefix, now, self.administrators) if c is not None else None
            if c is not None and done is not None:
                keep(tx, c, done)
                tx.add_deliveries(done.deliveries)


def _updated(before: Person, profile: Person) -> Person:
    """What the platform knows counts; what it does not know stays."""
    return replace(
        before,
        name=profile.name or before.name,
        email=profile.email or before.email,
        role=profile.role or before.role,
        left=profile.left,
        guest=profile.guest,
    )
