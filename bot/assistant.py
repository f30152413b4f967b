"""Hears one message: one transaction, one answer.

A repeated event is answered as it was the first time. Everything that is said is a delivery, written in the same
transaction as the conversation and the escalation; nothing is sent from here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from bot import access, looking, overview
from bot.calendars import Calendar
from bot.conflicts import after_conflicts
from bot.desk import Desk
from bot.errors import InvalidAnswer, NotAllowed
from bot.escalation import Entry, reference_in
from bot.flows import faces
from bot.flows.mine import welcome
from bot.hearing import Hearing
from bot.messages import Message, Tone, Words
from bot.people import Reach
from bot.policies import Policies
from bot.ports import Answered, Command, Delivery, Heard, Person, Pressed, Store, Transaction, Typed
from bot.talk import Talk
from bot.window import Window
from bot.words import Words as Catalogue

log = structlog.get_logger()


@dataclass(frozen=True)
class Assistant:
    """The bot, without a platform. `now` gives an aware datetime."""

    store: Store
    policies: Policies
    calendars: Mapping[str, Calendar]
    words: Catalogue
    now: Callable[[], datetime]
    administrators: tuple[str, ...] = ()
    """Who may see to what the bot itself could not do."""
    returns_to: str = ""
    """The mailbox to which a letter comes back, where the bot cannot look into it itself."""
    served: Reach = ""

    def hear(self, heard: Heard) -> Answered:
        """Answer one event; the same event is answered the same way twice."""
        try:
            return after_conflicts(lambda: self._once(heard))
        except NotAllowed:
            # Somebody whom nobody knows: there is nobody to say it to but whoever brought the message.
            raise
        except Exception as error:  # the outer edge of one message: no traceback reaches a person
            # Only the kind of error is logged: its text could hold an answer.
            log.error("message failed", error=type(error).__name__, code=_digest(heard.event))
            return self._apologise(heard)

    def home(self, person_id: str, looked: bool) -> Message:
        """A page of this person's own. `looked`: they look at it now, which is noted."""
        with self.store.transaction() if looked else self.store.look() as tx:
            person = tx.speaker(person_id)
            if person is None or person.left:
                return welcome(self.words)
            desk = self._desk(tx, Heard("home", person.id, Command("my-escalations")), person)
            return overview.home(desk, looked=looked)

    def page(self, heard: Heard) -> Message | None:
        """The page on which several questions are answered at once, as this press asks for it; None where what it
        stood under has moved on, or cannot be asked so."""
        with self.store.look() as tx:
            person, pressed = tx.speaker(heard.person), heard.what
            conversation = tx.conversation(person.id) if person and not person.left else None
            if person is None or conversation is None or not isinstance(pressed, Pressed):
                return None
            if pressed.message != conversation.message:
                return None
            try:
                return Window(Talk(self._desk(tx, heard, person))).page(conversation, pressed.given)
            except NotAllowed:
                return None

    def stands(self, person_id: str, key: str) -> Message | None:
        """What this person was asked in a thread, as it stands at the moment; None where they were asked nothing."""
        with self.store.look() as tx:
            person = tx.speaker(person_id)
            if person is None or person.left:
                return None
            asked = self._desk(tx, Heard("stands", person.id, Command("show")), person).asked_for_a_move(key)
            if asked is None:
                return None
            c = looking.world(tx, self.words, self.policies, self.calendars, asked.reference, self.now())
            return faces.approval_now(c, asked) if c is not None else None

    def _once(self, heard: Heard) -> Answered:
        known = False
        try:
            with self.store.transaction() as tx:
                before = tx.answered(heard.event)
                if before is not None and not _is_page(heard):
                    return before
                person = tx.speaker(heard.person)
                if person is None or person.left:
                    raise NotAllowed("I do not know you yet. Please ask whoever runs this bot to add you.")
                known = True
                tx.speaks(heard.person)
                desk = self._desk(tx, heard, person)
                if before is not None:
                    return replace(before, problems=Window(Talk(desk)).problems_again())
                Hearing(desk).run()
                desk.remind_of_drafts()
                return replace(self._answer(tx, heard, desk.out), problems=dict(desk.problems))
        except (NotAllowed, InvalidAnswer) as refusal:
            if not known:
                raise  # whoever brought it looks them up, and brings it again
            return self._refuse(heard, refusal)

    def _desk(self, tx: Transaction, heard: Heard, person: Person) -> Desk:
        return Desk(
            self.policies, self.calendars, self.words, tx, heard, person, self.now(), _digest(heard.event),
            administrators=self._administrators(tx, person), returns_to=self.returns_to, served=self.served,
        )  # fmt: skip

    def _administrators(self, tx: Transaction, person: Person) -> tuple[str, ...]:
        """With this person where they are one: they may be named by any id of theirs that has not been taken away."""
        named = self.administrators
        if named and any(each.id in named and not each.gone for each in tx.accounts(person.id)):
            return (*named, person.id)
        return named

    def _answer(self, tx: Transaction, heard: Heard, out: Sequence[Delivery]) -> Answered:
        tx.add_deliveries(out)
        answered = Answered(tuple(each.key for each in out))
        tx.remember(heard.event, heard.person, answered)
        return answered

    def _refuse(self, heard: Heard, refusal: NotAllowed | InvalidAnswer) -> Answered:
        """A refusal has no other effect: what had been changed on the way is rolled back. The history notes it."""
        with self.store.transaction() as tx:
            if (before := tx.answered(heard.event)) is not None:
                return before
            person = tx.speaker(heard.person)
            if person is None or person.left:
                raise refusal
            tx.speaks(heard.person)
            reference = reached_for(heard)
            if reference and access.exists(tx.escalation(reference)):
                tx.add_history([Entry(reference, "refused", person.id, self.now(), {"what": _kind(heard)})])
            said = self._sentence(person.id, f"no/{_digest(heard.event)}", str(refusal), "plain")
            return _handed_back(heard, self._answer(tx, heard, [said]), str(refusal))

    def _sentence(self, person: str, key: str, text: str, tone: Tone) -> Delivery:
        return Delivery(key, "direct", person, Message(text, (Words(text, tone),)))

    def _apologise(self, heard: Heard) -> Answered:
        """Nothing of the failed message was saved; what was given before it still is."""
        with self.store.transaction() as tx:
            if (before := tx.answered(heard.event)) is not None:
                return before
            code, person = _digest(heard.event), tx.speaker(heard.person)
            text = self.words("error.unexpected", event=code)
            said = self._sentence(person.id if person else heard.person, f"sorry/{code}", text, "warning")
            return _handed_back(heard, self._answer(tx, heard, [said]), text)


def _digest(event: str) -> str:
    return hashlib.sha256(event.encode()).hexdigest()[:12]


def _is_page(heard: Heard) -> bool:
    return isinstance(heard.what, Pressed) and heard.what.action == "fill"


def _handed_back(heard: Heard, answered: Answered, text: str) -> Answered:
    """A page of which nothing was taken stays before the person, with all that they gave."""
    return replace(answered, problems={"": text}) if _is_page(heard) else answered


def _kind(heard: Heard) -> str:
    """What may be noted of what somebody did: the button or the start word, never what they typed."""
    match heard.what:
        case Pressed(action=action):
            return action
        case Command(word=word):
            return word
        case Typed():
            return "typed"


def reached_for(heard: Heard) -> str:
    """The escalation that somebody reached for, "" if none can be told."""
    reached = {Pressed: "value", Command: "text", Typed: "text"}[type(heard.what)]
    return reference_in(str(getattr(heard.what, reached))) or heard.thread
