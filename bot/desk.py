"""What one message has before it: the transaction, the person, the moment; and what is to be said because of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from bot import access
from bot.calendars import Calendar
from bot.decisions import Effects
from bot.escalation import Conversation, Escalation
from bot.flows.context import Context
from bot.messages import Message, Words
from bot.policy import Policy
from bot.ports import Delivery, Heard, Person, Transaction
from bot.words import Words as Catalogue

HOME = "Europe/London"
"""The zone in which a conversation that is about no escalation yet counts its days."""


@dataclass
class Desk:
    """Made anew for every message. `prefix` is a digest of the event: it makes what is said unique."""

    policies: Mapping[str, Policy]
    calendars: Mapping[str, Calendar]
    words: Catalogue
    tx: Transaction
    heard: Heard
    me: Person
    now: datetime
    prefix: str
    out: list[Delivery] = field(default_factory=list)

    def say(self, message: Message, key: str = "") -> str:
        """Say something privately to the person who was heard."""
        key = key or f"d/{self.prefix}/{len(self.out) + 1}"
        self.out.append(Delivery(key, "direct", self.me.id, message))
        return key

    def say_words(self, name: str, **values: object) -> None:
        text = self.words(name, **values)
        self.say(Message(text, (Words(text),)))

    def context(self, conversation: Conversation | None = None) -> Context:
        """The world as this person may see it."""
        people = {person.id: person for person in self.tx.people()}
        about = approvals = None
        if conversation and conversation.about:
            approvals = tuple(self.tx.approvals(conversation.about))
            about = access.let_see(self.me.id, self.tx.escalation(conversation.about), approvals)
        zone = self.policies[about.policy].clock.zone if about else HOME
        return Context(
            self.words, self.now.astimezone(ZoneInfo(zone)).date(), self.me, self.policies, self.calendars,
            people, about, approvals or (), conversation.seed if conversation else {},
        )  # fmt: skip

    def carry_out(self, done: Effects, *, new: bool = False) -> None:
        """Save the record with everything that its change causes, in this one transaction."""
        if new:
            self.tx.add_escalation(done.escalation)
        else:
            self.tx.save_escalation(done.escalation)
        self.tx.add_history(done.history)
        for approval in done.approvals:
            self.tx.keep_approval(approval)
        self.out.extend(done.deliveries)

    def seen(self) -> list[Escalation]:
        """Every escalation that this person may see, oldest first."""
        return [each for each in self.tx.escalations() if access.may_see(self.me.id, each)]
