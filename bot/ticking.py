"""The tick: what is to be looked at now becomes what is to be said, and the worker is told of what waits to be said.

Rule 1: the timers that have come, what is said because of them, and when to look again are one transaction.
Rule 2: what cannot be looked at is logged by reference and kind of error, put off by an hour, and stops nothing else.
Rule 3: nothing here trusts that the clock runs evenly, or that no other replica ticks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from bot import decisions
from bot.auditing import Auditor, Watch
from bot.calendars import Calendar
from bot.errors import Conflict, SchemaMismatch
from bot.flows.hours import hours
from bot.heartbeat import Heartbeat
from bot.mailbox import Postman
from bot.people import Person
from bot.policies import Policies
from bot.policy import Policy
from bot.ports import Delivery, Store, Transaction
from bot.timers import ONE_WEEK, Timer, next_weekly
from bot.words import Words as Catalogue

log = structlog.get_logger()

TIMERS, OWNERS = 100, 10
"""So many timers are found in one transaction, and those of so many owners looked at: people wait for their turn."""
PUT_OFF = timedelta(hours=1)
HANDED = 500
HANDED_AGAIN = timedelta(minutes=10)
"""Longer than the worst backlog takes: what waits for a busy worker is not handed to it over and over."""
STILL_ON_TIME = timedelta(hours=1)
"""A digest that is later than that is posted when people are at work."""
UNDELIVERED = timedelta(hours=1)
"""All is not well while something has waited for longer."""


@dataclass
class Ticker:
    """Everything that looking again needs. Each replica has one; `tick` is for one thread at a time."""

    store: Store
    policies: Policies
    calendars: Mapping[str, Calendar]
    words: Catalogue
    now: Callable[[], datetime]
    administrators: Sequence[str] = ()
    audited: Callable[[int], None] = lambda _: None
    audit_every: timedelta = timedelta(hours=1)
    heartbeat: Heartbeat | None = None
    postman: Postman | None = None
    """Where the bot may look into the mailbox that its letters come from."""
    auditor: Auditor = field(init=False)
    _people: Mapping[str, Person] = field(default_factory=dict, init=False)
    """Everybody, as they were when this tick first needed them."""
    _looked_at: set[Timer] = field(default_factory=set, init=False)
    """Those of this tick, as they stood."""
    _failed: datetime | None = field(default=None, init=False)
    """When something last could not be looked at."""

    def __post_init__(self) -> None:
        self._watch = Watch(self.store, self.policies, self.calendars, self.words, self.now, self.administrators)
        self.auditor = Auditor(self._watch, self.audited, self.audit_every)

    def tick(self) -> None:
        """Look at all that is due, then at what could have been missed. Raises StoreError where the store is away."""
        self._people, self._looked_at = {}, set()
        while self.store.timers_due(self.now()) and self._look_at_some():
            pass
        self.store.to_hand(self.now(), HANDED, HANDED_AGAIN)
        if self.auditor.is_time():
            self._keep_digests()
            self.auditor.begin()
        self.auditor.look()
        if self.postman and self.postman.is_time():
            self.postman.look()
        if self.heartbeat and self.heartbeat.is_time() and self._all_is_well():
            self.heartbeat.beat()

    def _all_is_well(self) -> bool:
        now = self.now()
        failed = self._failed is not None and timedelta() <= now - self._failed < PUT_OFF
        return not (failed or self.auditor.breaches or self.store.undelivered(now - UNDELIVERED, now))

    # ── timers ───────────────────────────────────────────────────────────────────────────────────────────

    def _look_at_some(self) -> int:
        """Those of some owners, in one transaction. Returns how many owners they were."""
        self._people = self._people or self._watch.people()
        owners: list[str] = []
        looked_at: set[Timer] = set()
        try:
            with self.store.transaction() as tx:
                now = self.now()
                owners += list(dict.fromkeys(timer.owner for timer in tx.due_timers(now, TIMERS)))[:OWNERS]
                for owner in owners:
                    looked_at.update(self._look(tx, owner, now))
            self._looked_at |= looked_at
        except (Conflict, SchemaMismatch):
            raise
        except Exception as error:  # nothing of it was saved: each is looked at by itself, to find whose fault it is
            if not owners:
                raise
            log.warning("looked at one by one", owners=len(owners), error=type(error).__name__)
            for owner in owners:
                self._look_alone(owner)
        return len(owners)

    def _look_alone(self, owner: str) -> None:
        try:
            with self.store.transaction() as tx:
                looked_at = self._look(tx, owner, self.now())
            self._looked_at.update(looked_at)
        except (Conflict, SchemaMismatch):
            raise
        except Exception as error:  # the outer edge of one owner: whatever is wrong with it, the others go on
            with self.store.transaction() as tx:
                now = self.now()
                _put_off(tx, _come(tx, owner, now), now + PUT_OFF)
                # Only the kind of error is told: its text could hold an answer.
                self._watch.alarm(tx, owner, "put_off", now, type(error).__name__)
            self._failed = now

    def _look(self, tx: Transaction, owner: str, now: datetime) -> list[Timer]:
        """At everything of one owner that is due now, together. Returns what that was."""
        due = _come(tx, owner, now)
        if again := self._looked_at.intersection(due):
            raise RuntimeError(f"{len(again)} timers of {owner} are due again at once")
        whose, _, name = owner.partition("/")
        match whose:
            case "digest":
                self._post_digest(tx, owner, name, due[-1:], now)
            case "person":
                self._remind_of_drafts(tx, name, due, now)
            case "snoozed":
                self._nudge(tx, name, [*_come(tx, name, now), *due], now)
            case _:
                self._nudge(tx, owner, [*due, *_come(tx, decisions.snoozed(owner), now)], now)
        return due

    def _nudge(self, tx: Transaction, reference: str, due: Sequence[Timer], now: datetime) -> None:
        """What the record owes, together with what somebody wanted to hear of later, so that each is told once."""
        if not due:
            return
        c = self._watch.context(tx, reference, self._people, now)
        if c is None:
            for owner in (reference, decisions.snoozed(reference)):
                tx.set_timers(owner, [])
            return
        policy = c.policy_of(c.escalation)
        times = hours(policy, self.calendars)
        if not times.are_open(now):
            _put_off(tx, due, times.next_open(now))
            return
        done = decisions.fire(c, c.escalation, due, now)
        # After a clock was put back moments come a second time: what was said then is not said again.
        if any(tx.delivery(each.key) is None for each in done.deliveries):
            tx.add_history(done.history)
            tx.add_deliveries(done.deliveries)
        tx.fired([timer.key for timer in due], now)
        decisions.rearm(tx, c, c.escalation, now)

    def _remind_of_drafts(self, tx: Transaction, person: str, due: Sequence[Timer], now: datetime) -> None:
        now_open = []
        for timer in due:
            times = decisions.hours_of_draft(tx, self.policies, self.calendars, person, timer.about, now)
            if times.are_open(now):
                now_open.append(timer)
            else:
                _put_off(tx, [timer], times.next_open(now))
        if now_open:
            decisions.fire_drafts(tx, self.policies, self.calendars, person, now_open, now)

    # ── digests ──────────────────────────────────────────────────────────────────────────────────────────

    def _keep_digests(self) -> None:
        """Each policy has its digest, on the day and at the hour that its file says now."""
        with self.store.transaction() as tx:
            now = self.now()
            in_force = self.policies.current(now.astimezone(UTC).date())
            for policy_id in self.policies:
                policy = in_force.get(policy_id)
                if policy is None and tx.references(policy_id):
                    policy = self.policies[policy_id]
                owner = f"digest/{policy_id}"
                armed = tx.timers(owner)
                wanted = [self._digest_of(policy, armed, now)] if policy else []
                if wanted != armed:
                    tx.set_timers(owner, wanted)

    def _digest_of(self, policy: Policy, armed: Sequence[Timer], now: datetime) -> Timer:
        """One that has come and was not posted yet stays as it is."""
        key, rule, zone = f"digest/{policy.id}", policy.digest.rule, policy.clock.zone
        due = next_weekly(rule, ZoneInfo(zone), self.calendars[policy.clock.calendar], now).astimezone(UTC)
        for timer in armed:
            if (timer.rule, timer.zone) == (rule, zone) and timer.due <= now:
                return timer
        about = armed[0].about if armed else ""
        return Timer(key, "digest", due, key, about, rule, zone)

    def _post_digest(self, tx: Transaction, owner: str, policy_id: str, due: Sequence[Timer], now: datetime) -> None:
        """One, also where several weeks have gone by; and when the next one is due."""
        policy = self.policies.get(policy_id)
        if policy is None:
            tx.set_timers(owner, [])
            return
        for timer in due:
            times = hours(policy, self.calendars)
            if now - timer.due > STILL_ON_TIME and not times.are_open(now):
                _put_off(tx, [timer], times.next_open(now))
                continue
            tx.add_deliveries([_digest(policy, timer)])
            tx.fired([timer.key], now)
            again = self._digest_of(policy, [], now)
            tx.set_timers(owner, [replace(again, about=now.isoformat())])


def _digest(policy: Policy, timer: Timer) -> Delivery:
    """Of all since the last one; since a week before where that is not known, or a clock was wrong."""
    since = datetime.fromisoformat(timer.about) if timer.about else timer.due
    since = since if since < timer.due else timer.due - ONE_WEEK
    day = timer.due.astimezone(ZoneInfo(timer.zone)).date()
    about = {"policy": policy.id, "since": since.isoformat()}
    return Delivery(f"{timer.key}/{day}", "thread", policy.channel, made="digest", about=about)


def _come(tx: Transaction, owner: str, now: datetime) -> list[Timer]:
    return [timer for timer in tx.timers(owner) if timer.due <= now]


def _put_off(tx: Transaction, timers: Sequence[Timer], until: datetime) -> None:
    tx.put_off([timer.key for timer in timers], until)
