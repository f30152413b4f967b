"""What one message has before it: the transaction, the person, the moment; and what is to be said because of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from bot import access
from bot.accounts import reachable
from bot.calendars import Calendar
from bot.decisions import Effects, keep
from bot.errors import NotAllowed
from bot.escalation import REFERENCE, Approval, Conversation, Entry, Escalation
from bot.flows import drafts
from bot.flows.context import Context
from bot.flows.hours import HOME
from bot.messages import Message, Words
from bot.people import Directory, Reach
from bot.policies import Policies
from bot.ports import Delivery, Heard, Person, Transaction
from bot.timers import Timer
from bot.words import Words as Catalogue


@dataclass
class Desk:
    """Made anew for every message. `prefix` is a digest of the event: it makes what is said unique."""

    policies: Policies
    calendars: Mapping[str, Calendar]
    words: Catalogue
    tx: Transaction
    heard: Heard
    me: Person
    now: datetime
    prefix: str
    out: list[Delivery] = field(default_factory=list)
    let_in: dict[str, tuple[Escalation, tuple[Approval, ...]]] = field(default_factory=dict)
    """What this person was let see, with what was asked: nobody else can change it while this message has its turn."""
    touched: dict[str, Conversation | None] = field(default_factory=dict)
    """This person's conversations in which something was done, as they are now; None where one has ended."""
    begun: set[str] = field(default_factory=set)
    """Those that began with this message: nothing can be armed for them yet."""
    administrators: Collection[str] = ()
    returns_to: str = ""
    served: Reach = ""
    problems: dict[str, str] = field(default_factory=dict)
    """What is wrong with what was given on a page."""

    def say(self, message: Message, key: str = "") -> str:
        """Say something privately to the person who was heard."""
        key = key or f"d/{self.prefix}/{len(self.out) + 1}"
        self.out.append(Delivery(key, "direct", self.me.id, message))
        return key

    def say_words(self, name: str, **values: object) -> None:
        text = self.words(name, **values)
        self.say(Message(text, (Words(text),)))

    @cached_property
    def people(self) -> Mapping[str, Person]:
        """Everybody whom the bot knows, by id; and whoever can be reached, to be found by what was typed."""
        return Directory(self.tx.person, lambda: reachable(self.tx, self.served))

    def context(self, conversation: Conversation | None = None) -> Context:
        """The world as this person may see it."""
        about: Escalation | None = None
        approvals: tuple[Approval, ...] = ()
        if conversation and conversation.about:
            about, approvals = self._open_for(conversation.flow, conversation.about)
        zone = self.policies.of_escalation(about).clock.zone if about else HOME
        return Context(
            self.words, self.now.astimezone(ZoneInfo(zone)).date(), self.me, self.policies, self.calendars,
            self.people, about, approvals, conversation.seed if conversation else {},
            self.now, self.tx.snoozes(about.reference) if about else {},
            conversation.proposed if conversation else {}, self.returns_to,
        )  # fmt: skip

    def context_of(self, escalations: Iterable[Escalation]) -> Context:
        """The world in which several are shown together, each with what was asked about it."""
        asked = (one for each in escalations for one in self.tx.approvals(each.reference))
        return replace(self.context(), approvals=tuple(asked))

    def carry_out(self, c: Context, done: Effects, *, new: bool = False) -> None:
        """Save the record, as decided in `c`, with everything that its change causes, in this one transaction."""
        keep(self.tx, c, done, new=new)
        self.let_in.clear()
        self.out.extend(done.deliveries)

    def note_viewed(self, references: Iterable[str]) -> None:
        """That this person looked stands in the history of each."""
        self.tx.add_history([Entry(each, "viewed", self.me.id, self.now) for each in references])

    # ── conversations: nothing else in the shell writes one ───────────────────────────────────────────────────

    def keep_conversation(self, conversation: Conversation) -> None:
        """Save it as it is now."""
        kept = drafts.touched(conversation, self.now)
        self.tx.keep_conversation(kept)
        self.touched[kept.id] = kept

    def drop_conversation(self, conversation_id: str) -> None:
        """It has ended; erase what it held."""
        self.tx.drop_conversation(conversation_id)
        self.touched[conversation_id] = None

    def remind_of_drafts(self) -> None:
        """When this person is told of what waits, after all that this message did; nothing is written for nothing."""
        timers = [self.draft_timer(each) for each in self.touched.values() if each]
        if self.touched.keys() <= self.begun and not any(timers):
            return
        owner = drafts.owner_of(self.me.id)
        armed = self.tx.timers(owner)
        wanted = {timer.key: timer for timer in armed if timer.about not in self.touched}
        wanted |= {timer.key: timer for timer in timers if timer}
        if wanted != {timer.key: timer for timer in armed}:
            self.tx.set_timers(owner, list(wanted.values()))

    def draft_timer(self, draft: Conversation) -> Timer | None:
        """When this person is told of it, if they leave it as it is."""
        policy = drafts.policy_of(self.policies, draft, self._about(draft), self.now)
        return drafts.timer(draft, policy, self.calendars, self.now)

    def told_of(self, conversation_id: str) -> date | None:
        """The day on which this person is told of what they have just put aside; None where they never are."""
        draft = self.touched.get(conversation_id)
        timer = self.draft_timer(draft) if draft else None
        return timer.due.date() if timer else None

    def _about(self, draft: Conversation) -> Escalation | None:
        """What it is about, as long as this person may see that."""
        try:
            return self._seen(draft.about)[0] if draft.about else None
        except NotAllowed:
            return None

    # ── the door to escalations: nothing else in the shell reads one for a person ────────────────────────────

    def _seen(self, reference: str, flow: str = "") -> tuple[Escalation, tuple[Approval, ...]]:
        if reference not in self.let_in:
            approvals = tuple(self.tx.approvals(reference))
            if flow == "pass" and self.me.id in self.administrators:
                escalation = self.doing(flow, reference)
            else:
                escalation = access.let_see(self.me.id, self.tx.escalation(reference), self.people, approvals)
            self.let_in[reference] = escalation, approvals
        return self.let_in[reference]

    def _open_for(self, flow: str, reference: str) -> tuple[Escalation, tuple[Approval, ...]]:
        """What a conversation is about. The partnership's team sees no more than it writes, in these only."""
        if flow in {"record", "returned"}:
            return self.doing(flow, reference), tuple(self.tx.approvals(reference))
        return self._seen(reference, flow)

    def doing(self, flow: str, reference: str) -> Escalation:
        """The escalation, for this conversation about it; raises NotAllowed."""
        return access.let_do(flow, self.me.id, self.tx.escalation(reference), self.people, self.administrators)

    def for_their_side(self, typed: str) -> Escalation | None:
        """The open escalation whose reference was typed, if this person is named in it for the challenged side."""
        found = REFERENCE.search(typed.upper())
        return access.for_their_side(self.me.id, self.tx.escalation(found[0]), self.people) if found else None

    def asked(self, key: str) -> tuple[Approval, Escalation]:
        """The request with this key, and what it is about, for whoever may answer it; raises NotAllowed."""
        approval = self.tx.approval(key)
        return access.let_answer(
            self.me.id, approval, self.tx.escalation(approval.reference) if approval else None
        )  # fmt: skip

    def asked_for_a_move(self, key: str) -> Approval | None:
        """The request with this key, also once it has been answered; None where this person was not asked for it."""
        asked = self.tx.approval(key)
        return asked if asked is not None and asked.kind == "move" and self.me.id in asked.may_answer else None

    def mending(self, key: str) -> Context | None:
        """The world in which this person decides about a delivery in trouble, None where it belongs to no escalation;
        raises NotAllowed."""
        due = self.tx.delivery(key)
        about = access.as_the_bot(self.tx.escalation(due.reference)) if due and due.reference else None
        access.let_mend(self.me.id, about, self.administrators)
        if about is None:
            return None
        today = self.now.astimezone(ZoneInfo(self.policies.of_escalation(about).clock.zone)).date()
        return replace(self.context_of([about]), today=today, about=about)

    def seen(self) -> list[Escalation]:
        """Every escalation that this person may see, oldest first."""
        return access.seen_by(self.me.id, self.tx.escalations(), self.people)

    def waiting(self) -> list[tuple[Approval, Escalation]]:
        """Requests that wait for this person's answer, each with what it is about, oldest first."""
        return access.waiting_for(self.me.id, self.tx.escalations(), self.tx.approvals)

    def reported(self) -> list[access.Reported]:
        """What has reached this person's partnership, oldest first."""
        if not self.me.partnership:
            return []
        return access.reported_to(self.me, self.tx.escalations(), self.context().policy_of)

    def to_record(self) -> list[Escalation]:
        """Those of which this person's partnership has a form, oldest first."""
        if not self.me.partnership:
            return []
        return access.to_record(self.me, self.tx.escalations())

    def is_taken(self, reference: str) -> bool:
        """Whether there is an escalation with this reference: for making new ones, and told to nobody."""
        return access.exists(self.tx.escalation(reference))
