"""Holds a person's conversation: asks, takes the answer, asks the next question, and carries out the decision.

The question that was answered loses its inputs and becomes a tick with its label; its answer does not stay in the
chat. The present question is always the last message.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot import access, decisions
from bot.desk import Desk
from bot.errors import InvalidAnswer
from bot.escalation import Conversation, new_reference
from bot.flows import FLOWS, faces
from bot.flows.context import Context
from bot.flows.conversation import Act, Flow, Step, Turn, Walk, turn, walk
from bot.flows.escalate import CallForHelp, Raise, TalkFirst
from bot.flows.move import AskApproval, Decline, MoveNow, NothingToDo
from bot.flows.report import Report, preloaded
from bot.flows.resolve import Resolve
from bot.flows.showing import answered_message, help_note, question_message
from bot.flows.update import Progress, WordsSaid
from bot.messages import Button, Buttons, Heading, Message, Part, Words
from bot.ports import Delivery


@dataclass(frozen=True)
class Talk:
    """One person's conversation, for the length of one message."""

    desk: Desk

    def begin(self, flow: str, about: str = "", seed: Mapping[str, str] | None = None) -> None:
        """Begin a conversation; one that is open already is put aside, with everything that was given."""
        present = self.desk.tx.conversation(self.desk.me.id)
        note = ""
        if present is not None:
            if present.answers or present.pending:
                self.desk.tx.keep_conversation(replace(present, saved=True))
                note = self.desk.words("draft.put_aside", title=self.desk.words(f"flow.{present.flow}"))
            else:
                self.desk.tx.drop_conversation(present.id)
        seeds = {"reference": self._fresh_reference(), **(seed or {})}
        conversation = Conversation(uuid.uuid4().hex, self.desk.me.id, flow, about, self.desk.now, seed=seeds)
        if flow == "report":
            conversation = replace(conversation, answers=preloaded(self.desk.context(conversation)))
        self._follow(conversation, conversation, note)

    def _fresh_reference(self) -> str:
        """One that no escalation has: it is part of the words to say, so it is chosen before there is one."""
        reference = new_reference()
        while self.desk.tx.escalation(reference) is not None:
            reference = new_reference()
        return reference

    def _flow(self, conversation: Conversation) -> Flow:
        c = self.desk.context(conversation)
        make = FLOWS[conversation.flow]
        return lambda: make(c)

    def go_on(self, conversation: Conversation, act: Act) -> None:
        """One act: the answer is kept, and the next question or the decision follows."""
        flow = self._flow(conversation)
        way = walk(flow, conversation.answers, conversation.editing)
        result = turn(conversation, flow, act, self.desk.context(conversation).reading())
        match result.outcome:
            case "saved":
                self._put_aside(result.conversation)
            case "cancelled":
                self.desk.tx.drop_conversation(conversation.id)
                self._settle(conversation, way, None)
                self.desk.say_words("asking.cancelled")
            case "help":
                self.show(result.conversation, help_note(way.question, self.desk.words) if way.question else "")
            case _:
                self._answered(conversation, way, result)

    def _put_aside(self, conversation: Conversation) -> None:
        self.desk.tx.keep_conversation(replace(conversation, saved=True, message=""))
        text = self.desk.words("draft.saved", title=self.desk.words(f"flow.{conversation.flow}"))
        buttons = Buttons((Button(self.desk.words("draft.resume"), "resume", conversation.id, "primary"),))
        self._retire(conversation, Message(text, (Words(text, "quiet"),)))
        self.desk.say(Message(text, (Words(text), buttons)))

    def _answered(self, before: Conversation, way: Walk, result: Turn) -> None:
        question = way.question
        took = question is not None and result.conversation.answers.get(question.name) != before.answers.get(
            question.name
        )
        echo = self.desk.words("asking.echo", shown=result.echo) if took and result.echo else ""
        note = " ".join(text for text in (echo, self._about_typing(result)) if text)
        if took and question is not None and not result.conversation.editing:
            self._settle(before, way, result.conversation)
        self._follow(result.conversation, before, note)

    def _about_typing(self, result: Turn) -> str:
        """Whoever typed something that may identify a child is told to delete the message."""
        if not result.typed_private:
            return ""
        return self.desk.words("asking.delete_unread" if result.conversation.pending else "asking.delete_yours")

    def _settle(self, before: Conversation, way: Walk, after: Conversation | None) -> None:
        """The question that was answered becomes a tick with its label; the answer does not stay in the chat."""
        if not before.message or way.question is None:
            return
        if after is None:
            text = self.desk.words("asking.cancelled")
            self._retire(before, Message(text, (Words(text, "quiet"),)))
            return
        value = after.answers.get(way.question.name, {}).get("value")
        self._retire(before, answered_message(Step(way.question, value), self.desk.words))

    def _retire(self, before: Conversation, message: Message | None) -> None:
        """Take the inputs and buttons off a question that is not the present one any more."""
        if before.message:
            text = self.desk.words("asking.asked_again")
            edit = message or Message(text, (Words(text, "quiet"),))
            self.desk.out.append(Delivery(f"{before.message}/settled", "edit", before.message, edit))

    def _follow(self, conversation: Conversation, before: Conversation, note: str = "") -> None:
        """Ask the next question, or carry out the decision that the answers lead to."""
        flow = self._flow(conversation)
        way = walk(flow, conversation.answers, conversation.editing)
        if way.question is not None:
            self.show(conversation, note, way)
            return
        try:
            self._decide(conversation, way.decision)
        except InvalidAnswer as invalid:
            # The decision cannot be carried out as it stands; the last answer is opened again with the reason.
            last = way.path[-1].question.name
            pending = {"name": last, "problem": str(invalid)}
            self.show(replace(conversation, editing=last, pending=pending), note)

    def show(self, conversation: Conversation, note: str = "", way: Walk | None = None) -> None:
        """Show the present question as a new message, the last one the person sees."""
        way = way or walk(self._flow(conversation), conversation.answers, conversation.editing)
        if way.question is None:
            self.lost()
            return
        stored = self.desk.tx.conversation(self.desk.me.id)
        if stored is not None and stored.id == conversation.id and stored.message == conversation.message:
            self._retire_once(conversation)
        message = question_message(conversation, way, self.desk.words, note=note)
        key = f"c/{conversation.id}/{conversation.turn + 1}"
        self.desk.say(message, key)
        self.desk.tx.keep_conversation(replace(conversation, message=key, turn=conversation.turn + 1, saved=False))

    def _retire_once(self, conversation: Conversation) -> None:
        settled = f"{conversation.message}/settled"
        if conversation.message and all(each.key != settled for each in self.desk.out):
            self._retire(conversation, None)

    def _decide(self, conversation: Conversation, decision: Any) -> None:
        """One function per decision; the conversation has ended, and what it held is erased."""
        c, prefix, now = self.desk.context(conversation), self.desk.prefix, self.desk.now
        match decision:
            case CallForHelp():
                self._call_for_help()
            case TalkFirst():
                self._talk_first(conversation)
                return
            case NothingToDo(words, values):
                self.desk.say_words(words, **values)
            case Raise():
                self.desk.carry_out(decisions.raise_escalation(c, decision, prefix, now), new=True)
            case AskApproval():
                self.desk.carry_out(decisions.ask_approval(c, decision, prefix, now))
            case MoveNow():
                self.desk.carry_out(decisions.move_now(c, decision, prefix, now))
            case Decline():
                self._declined(c, decision)
            case Progress():
                self.desk.carry_out(decisions.progress(c, decision, prefix, now))
            case WordsSaid():
                self.desk.carry_out(decisions.words_said(c, decision, prefix, now))
            case Report():
                self.desk.carry_out(decisions.report(c, decision, prefix, now))
            case Resolve():
                self.desk.carry_out(decisions.resolve(c, decision, prefix, now))
            case _:
                raise TypeError(f"No decision is known for {type(decision).__name__}.")
        self.desk.tx.drop_conversation(conversation.id)

    def _declined(self, c: Context, decision: Decline) -> None:
        approval = self.desk.tx.approval(decision.approval)
        approval = access.let_answer(self.desk.me.id, approval, c.about)
        if approval.answer:
            self.desk.say_words(
                "approval.already",
                answer=self.desk.words(f"approval.was_{approval.answer}"),
                reference=approval.reference,
            )
        elif approval.kind == "attestation":
            self.desk.carry_out(decisions.sign(c, approval, decision.reason, self.desk.prefix, self.desk.now))
        else:
            self.desk.carry_out(decisions.decline(c, decision, approval, self.desk.prefix, self.desk.now))

    def _call_for_help(self) -> None:
        title = self.desk.words("danger.now")
        told = dict.fromkeys(policy.danger.children_services for policy in self.desk.policies.values())
        parts: list[Part] = [
            Heading(title),
            Words(self.desk.words("danger.call"), "warning"),
            *(Words(text) for text in told),
        ]
        parts += [
            Words(self.desk.words("danger.then")),
            Buttons((Button(self.desk.words("danger.go_on"), "start", "escalate"),)),
        ]
        self.desk.say(Message(title, tuple(parts)))

    def _talk_first(self, conversation: Conversation) -> None:
        """They go and talk first: their answers wait, and the same question is asked when they come back."""
        answers = {name: value for name, value in conversation.answers.items() if name != "talked"}
        self._put_aside(replace(conversation, answers=answers))
        self.desk.say_words("escalate.talk_first")

    def lost(self) -> None:
        """Nothing is being asked: offer what there is to do."""
        drafts = self.desk.tx.drafts(self.desk.me.id)
        title = self.desk.words("help.hello")
        start = Buttons((Button(self.desk.words("act.escalate"), "start", "escalate", "primary"),))
        parts: tuple[Part, ...] = (Words(title), *faces.draft_parts(self.desk.context(), drafts), start)
        self.desk.say(Message(title, parts))
