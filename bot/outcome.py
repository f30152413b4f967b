"""What comes of a conversation that has reached its end: a change of the record, or only something to be said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot import access, decisions
from bot.desk import Desk
from bot.escalation import Conversation
from bot.flows import faces
from bot.flows.context import Context
from bot.flows.deputies import NameDeputy
from bot.flows.escalate import Raise
from bot.flows.move import Decline
from bot.flows.moved_on import NothingToDo
from bot.flows.receiving import Received
from bot.flows.routing import AnotherRoute
from bot.flows.why import Explained, explanation
from bot.messages import Button, Buttons, Heading, Message, Part, Words


@dataclass(frozen=True)
class Outcome:
    """For the length of one message."""

    desk: Desk

    def of(self, conversation: Conversation, decision: Any) -> None:
        """Carry the decision out. One function each in `decisions`, where the record changes."""
        c, prefix, now = self.desk.context(conversation), self.desk.prefix, self.desk.now
        match decision:
            case Received():
                self._received(c, decision)
            case AnotherRoute(matter, signpost):
                self._another_route(matter, signpost)
            case Explained():
                self.desk.say(explanation(c, decision))
            case NothingToDo():
                self._nothing_to_do(c, decision)
            case Decline():
                self._declined(c, decision)
            case Raise():
                self.desk.carry_out(c, decisions.raise_escalation(c, decision, prefix, now), new=True)
                decisions.remember(self.desk.tx, c.me, decision.answers["raiser"])
            case NameDeputy():
                said = decisions.name_deputy(self.desk.tx, c, self.desk.seen(), decision, prefix, now)
                self.desk.out.extend(said)
            case _:
                self.desk.carry_out(c, decisions.CHANGES[type(decision)](c, decision, prefix, now))

    def _nothing_to_do(self, c: Context, decision: NothingToDo) -> None:
        """Why nothing came of it, and a button for the whole list of what is missing."""
        text = self.desk.words(decision.words, **decision.values)
        sees = c.about is not None and access.may_see(c.me.id, c.about, c.people)
        more = (Buttons((faces.why_button(c, c.about),)),) if c.about and sees else ()
        self.desk.say(Message(text, (Words(text), *more)))

    def _received(self, c: Context, decision: Received) -> None:
        """The reply is theirs to send. It is recorded only where they are named for the challenged side."""
        about = self.desk.for_their_side(decision.reference)
        if about is not None:
            c = self.desk.context(Conversation("", self.desk.me.id, "received", about.reference))
            if not decisions.is_noted(c, decision):
                self.desk.carry_out(c, decisions.acknowledge(c, decision, self.desk.prefix, self.desk.now))
        self.desk.say(decisions.answer(c, decision, recorded=about is not None))
        if about is None:
            self.desk.out.extend(decisions.reminder(c, decision, self.desk.prefix))

    def _declined(self, c: Context, decision: Decline) -> None:
        approval, _ = self.desk.asked(decision.approval)
        if approval.answer:
            answer = self.desk.words(f"approval.was_{approval.answer}")
            self.desk.say_words("approval.already", answer=answer, reference=approval.reference)
        elif approval.kind == "attestation":
            self.desk.carry_out(c, decisions.sign(c, approval, decision.reason, self.desk.prefix, self.desk.now))
        else:
            self.desk.carry_out(c, decisions.decline(c, decision, approval, self.desk.prefix, self.desk.now))

    def call_for_help(self, conversation: Conversation) -> None:
        """Say what to do now. This answer is kept nowhere; others that were given before wait for later."""
        others = {name: answer for name, answer in conversation.answers.items() if name != "in_danger"}
        if others:
            self.desk.keep_conversation(replace(conversation, answers=others, editing="", saved=True, message=""))
        else:
            self.desk.drop_conversation(conversation.id)
        title = self.desk.words("danger.now")
        policies = self.desk.context().offered or self.desk.policies
        told = dict.fromkeys(policy.danger.children_services for policy in policies.values())
        parts: list[Part] = [
            Heading(title),
            Words(self.desk.words("danger.call"), "warning"),
            *(Words(text) for text in told),
        ]
        parts += [
            Words(self.desk.words("danger.then")),
            Buttons((_go_on_button(self.desk.words("danger.go_on"), conversation, kept=bool(others)),)),
        ]
        self.desk.say(Message(title, tuple(parts)))

    def _another_route(self, matter: str, signpost: Sequence[str]) -> None:
        """Say where it belongs. Nothing of it is kept."""
        title = self.desk.words("route.stopped")
        parts: tuple[Part, ...] = (
            Heading(title),
            Words(self.desk.words("route.stopped_matter", matter=matter), "strong"),
            *(Words(text) for text in signpost),
            Words(self.desk.words("route.stopped_after"), "quiet"),
        )
        self.desk.say(Message(title, parts))


def _go_on_button(label: str, conversation: Conversation, *, kept: bool) -> Button:
    return Button(label, "resume", conversation.id) if kept else Button(label, "start", conversation.flow)
