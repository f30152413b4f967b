"""Holds a person's conversation: asks, takes the answer, asks the next question, and carries out the decision.

The question that was answered loses its inputs and becomes a tick with its label; its answer does not stay in the
chat. The present question is always the last message.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot import access, dates
from bot.desk import Desk
from bot.errors import InvalidAnswer, NotAllowed
from bot.escalation import Conversation, new_reference
from bot.fields import Rows
from bot.flows import FLOWS, paging
from bot.flows.conversation import Act, Turn, pending_of, turn, waiting
from bot.flows.escalate import CallForHelp, TalkFirst
from bot.flows.growing import refreshed
from bot.flows.moved_on import pinned_stage
from bot.flows.present_version import on_present_version
from bot.flows.questions import Flow, Question, Step, Walk, foreseen, walk
from bot.flows.report import pinned_filling, preloaded
from bot.flows.showing import answered_message, help_note, question_message
from bot.messages import Button, Buttons, Message, Words
from bot.outcome import Outcome
from bot.ports import Delivery, Pressed

ASKED, SHOWN_IN, TOTAL = "asked", "shown in", "total"
"""Kept in a conversation's seed: the name of the question that is shown, the key of the message that shows it, and how
many questions there were when they were last counted."""

PINNED = {
    "report": pinned_filling,
    **dict.fromkeys(("move", "jump", "note", "say", "agree", "sooner", "correct", "resolve", "priority"), pinned_stage),
}
"""What a conversation is about is fixed when it begins, so that it cannot silently become about something else."""

TELLS_OF_ONESELF = {"escalate", "received", "pass"}
"""Somebody says in these who they are; what they said before is proposed to them, as it was when it began."""


@dataclass(frozen=True)
class Talk:
    """One person's conversation, for the length of one message."""

    desk: Desk

    @property
    def outcome(self) -> Outcome:
        return Outcome(self.desk)

    def begin(self, flow: str, about: str = "", seed: Mapping[str, str] | None = None) -> None:
        """Begin a conversation; one that is open already is put aside, with everything that was given."""
        note = self.put_present_aside()
        seeds = {"reference": self._fresh_reference(), **(seed or {})}
        me, proposed = self.desk.me, {}
        if flow in TELLS_OF_ONESELF:
            proposed = {**me.details(), **self.desk.tx.own_facts(me.id)}
        conversation = Conversation(uuid.uuid4().hex, me.id, flow, about, self.desk.now, seed=seeds, proposed=proposed)
        self.desk.begun.add(conversation.id)
        if about:
            version = self.desk.context(conversation).escalation.policy_version
            conversation = replace(conversation, policy_version=version)
        if flow in PINNED:
            c = self.desk.context(conversation)
            conversation = replace(conversation, seed={**seeds, **PINNED[flow](c)})
        if flow == "report":
            conversation = replace(conversation, answers=preloaded(self.desk.context(conversation)))
        self.follow(conversation, note)

    def asks_nothing(self, flow: str, about: str, seed: Mapping[str, str]) -> bool:
        """Whether all is said already, since it cannot be done any more."""
        begun = Conversation("", self.desk.me.id, flow, about, self.desk.now, seed=dict(seed))
        return walk(self.flow(begun), {}).question is None

    def tell(self, flow: str, about: str, seed: Mapping[str, str] | None = None) -> None:
        """A conversation that asks nothing: what it comes to is said, and the one that is open stays open."""
        told = Conversation(uuid.uuid4().hex, self.desk.me.id, flow, about, self.desk.now, seed=dict(seed or {}))
        self._decide(told, walk(self.flow(told), {}).decision)
        present = self.desk.tx.conversation(self.desk.me.id)
        if present is not None:
            self.show(present)

    def may_go_on(self, conversation: Conversation) -> bool:
        """Whether the person may still do what the conversation is for; if not, it ends here, with the reason."""
        try:
            c = self.desk.context(conversation)
            if c.about is not None and conversation.flow != "decline":
                access.let_do(conversation.flow, self.desk.me.id, c.about, c.people, self.desk.administrators)
        except NotAllowed as refusal:
            self.drop(conversation)
            self.desk.say(Message(str(refusal), (Words(str(refusal)),)))
            return False
        return True

    def put_present_aside(self, besides: str = "") -> str:
        """Make room for another conversation. Returns what to say about the one that was open, if it is kept."""
        present = self.desk.tx.conversation(self.desk.me.id)
        if present is None or present.id == besides:
            return ""
        self.retire(present, self.desk.words("draft.aside"))
        if not present.answers and not present.pending:
            self.desk.drop_conversation(present.id)
            return ""
        self.desk.keep_conversation(replace(present, saved=True, message=""))
        return self.desk.words("draft.put_aside", title=self.desk.words(f"flow.{present.flow}"))

    def resume(self, draft: Conversation, note: str) -> None:
        """Go on with a draft at the same question, with what has happened since."""
        if not self.may_go_on(draft):
            return
        if draft.flow == "report":
            answers, seed = refreshed(self.desk.context(draft), draft)
            note = f"{note} {self.desk.words('report.refreshed')}" if answers != draft.answers else note
            draft = replace(draft, answers=answers, seed=seed)
        self.follow(replace(draft, saved=False), note)

    def drop(self, conversation: Conversation) -> None:
        """Erase it, and take the inputs off its question."""
        self.retire(conversation, self.desk.words("asking.cancelled"))
        self.desk.drop_conversation(conversation.id)

    def _fresh_reference(self) -> str:
        """One that no escalation has: it is part of the words to say, so it is chosen before there is one."""
        reference = new_reference()
        while self.desk.is_taken(reference):
            reference = new_reference()
        return reference

    def flow(self, conversation: Conversation) -> Flow:
        c = self.desk.context(conversation)
        make = FLOWS[conversation.flow]
        return lambda: make(c)

    def go_on(self, conversation: Conversation, act: Act) -> None:
        """One act: the answer is kept, and the next question or the decision follows."""
        if not self.may_go_on(conversation):
            return
        flow = self.flow(conversation)
        way = walk(flow, conversation.answers, conversation.editing)
        editing = conversation.editing
        if way.question is not None and paging.by_question(act.given):
            conversation, own = paging.put_aside(conversation, flow, way.question, act.given)
            act = replace(act, given=own)
        if way.question is None or way.question.name != conversation.seed.get(ASKED, way.question.name):
            # The world has moved on since it was asked: nothing is taken for an answer to another question.
            self.follow(conversation, self.desk.words("asking.world_moved_on"))
            return
        if conversation.editing != editing:
            self.follow(conversation, self.desk.words("asking.page_left"))
            return
        if way.question.is_review and on_present_version(self.desk.context(conversation), conversation)[1]:
            # What was shown is not what would be begun now: it is shown as it is now, before anything begins.
            self.follow(conversation)
            return
        result = turn(conversation, flow, act, self.desk.context(conversation).reading(), way)
        match result.outcome:
            case "saved":
                self._put_aside(result.conversation)
            case "cancelled":
                self.drop(conversation)
                self.desk.say_words("asking.cancelled")
            case "help":
                self.follow(result.conversation, help_note(way.question, self.desk.words), here=not act.typed)
            case "one at a time":
                self.follow(result.conversation, self.desk.words("asking.page_here"), here=True)
            case _:
                self._answered(conversation, way.question, result, here=not act.typed)

    def pressed_too_late(self, conversation: Conversation, pressed: Pressed) -> None:
        """Of what was answered, or has changed, since: nothing is taken. What was given to the question that is still
        the present one stands in its inputs now."""
        if not self.may_go_on(conversation):
            return
        flow = self.flow(conversation)
        way = walk(flow, conversation.answers, conversation.editing)
        if way.question is None or not _was_asked_there(conversation, way.question, pressed):
            self.show(conversation, self.desk.words("asking.moved_on"))
            return
        act = Act("carry on", given=pressed.given)
        held = turn(conversation, flow, act, self.desk.context(conversation).reading(), way).conversation
        self.follow(held, self.desk.words("asking.changed_since"), here=True)

    def _put_aside(self, conversation: Conversation) -> None:
        text = self.desk.words("draft.saved", title=self.desk.words(f"flow.{conversation.flow}"))
        self.retire(conversation, text)
        self.desk.keep_conversation(replace(conversation, saved=True, message=""))
        if again := self.desk.told_of(conversation.id):
            text += " " + self.desk.words("draft.remind", day=dates.in_words(again))
        buttons = Buttons((Button(self.desk.words("draft.resume"), "resume", conversation.id, "primary"),))
        self.desk.say(Message(text, (Words(text), buttons)))

    def _answered(self, before: Conversation, question: Question, result: Turn, *, here: bool) -> None:
        after = result.conversation
        took = after.answers.get(question.name) != before.answers.get(question.name)
        echo = self.desk.words("asking.echo", shown=result.echo) if took and result.echo else ""
        note = " ".join(text for text in (echo, self._about_typing(result)) if text)
        counted = False
        if took and not after.editing:
            # It becomes a tick with its label; the answer does not stay in the chat.
            value = after.answers[question.name].get("value")
            self.retire(before, message=answered_message(Step(question, value), self.desk.words))
            # Then there are as many questions as before. To count them takes longer than all else about the next one.
            counted = value == foreseen(question)
        self.follow(after, note, here=here, counted=counted)

    def _about_typing(self, result: Turn) -> str:
        """Whoever typed something that may identify a child is told to delete the message."""
        if not result.typed_private:
            return ""
        return self.desk.words("asking.delete_unread" if result.conversation.pending else "asking.delete_yours")

    def retire(self, conversation: Conversation, text: str = "", message: Message | None = None) -> None:
        """Take the inputs and buttons off a question that is not the present one any more."""
        shown = conversation.seed.get(SHOWN_IN, conversation.message)
        key = f"{conversation.message}/settled"
        if conversation.message and all(each.key != key for each in self.desk.out):
            edit = message or Message(text, (Words(text, "quiet"),))
            self.desk.out.append(Delivery(key, "edit", shown, edit))

    def follow(
        self, conversation: Conversation, note: str = "", *, here: bool = False, counted: bool = False
    ) -> None:  # fmt: skip
        """Ask the next question, or carry out the decision that the answers lead to. `counted`: there are as many
        questions as when they were last counted."""
        conversation, changed = on_present_version(self.desk.context(conversation), conversation)
        note = " ".join(text for text in (note, changed) if text)
        way = walk(self.flow(conversation), conversation.answers, conversation.editing)
        if way.question is not None:
            known = conversation.seed.get(TOTAL) if counted and not changed else None
            self.show(conversation, note, way.of(int(known)) if known else way, here=here)
            return
        self.retire(conversation, self.desk.words("asking.asked_again"))
        try:
            self._decide(conversation, way.decision)
        except InvalidAnswer as invalid:
            # The decision cannot be carried out as it stands; the last answer is opened again with the reason.
            last = way.path[-1].question
            again = waiting(conversation, last, problem=str(invalid))
            self.show(replace(again, editing=last.name), note)
        except NotAllowed as refusal:
            # The world does not allow it any more; nothing more can come of this conversation.
            self.desk.drop_conversation(conversation.id)
            self.desk.say(Message(str(refusal), (Words(str(refusal)),)))

    def show(self, conversation: Conversation, note: str = "", way: Walk | None = None, *, here: bool = False) -> None:
        """Show the present question: in place if it is the same one again, else as a new message at the end."""
        if way is None and not self.may_go_on(conversation):
            return
        way = way or walk(self.flow(conversation), conversation.answers, conversation.editing)
        if way.question is None:
            self.follow(conversation, note)
            return
        together = len(paging.page(self.flow(conversation), conversation, way=way)) > 1
        message = question_message(conversation, way, self.desk.words, note=note, together=together)
        key = f"c/{conversation.id}/{conversation.turn + 1}"
        shown_in = conversation.seed.get(SHOWN_IN, "")
        if here and conversation.message and conversation.seed.get(ASKED) == way.question.name:
            self.desk.out.append(Delivery(key, "edit", shown_in, message))
        else:
            self.retire(conversation, self.desk.words("asking.asked_again"))
            self.desk.say(message, key)
            shown_in = key
        seed = {**conversation.seed, ASKED: way.question.name, SHOWN_IN: shown_in, TOTAL: str(way.total)}
        turns = conversation.turn + 1
        self.desk.keep_conversation(replace(conversation, message=key, turn=turns, saved=False, seed=seed))

    def _decide(self, conversation: Conversation, decision: Any) -> None:
        """One function per decision; the conversation has ended, and what it held is erased."""
        match decision:
            case CallForHelp():
                self.outcome.call_for_help(conversation)
                return
            case TalkFirst():
                self._talk_first(conversation)
                return
            case _:
                self.outcome.of(conversation, decision)
        self.desk.drop_conversation(conversation.id)

    def _talk_first(self, conversation: Conversation) -> None:
        """They go and talk first: their answers wait, and the same question is asked when they come back."""
        answers = {name: value for name, value in conversation.answers.items() if name != "talked"}
        self._put_aside(replace(conversation, answers=answers))
        self.desk.say_words("escalate.talk_first")


def _was_asked_there(conversation: Conversation, question: Question, pressed: Pressed) -> bool:
    """Whether something was given to this question where it stands, as it looked before, that is not held already."""
    given, known = pressed.given, pending_of(conversation, question).get("given")
    of, _, number = pressed.message.rpartition("/")
    since_of, _, since = conversation.seed.get(SHOWN_IN, "").rpartition("/")
    there = of == since_of and number.isdecimal() and since.isdecimal() and int(number) >= int(since)
    asked = there and question.name == conversation.seed.get(ASKED) and not paging.by_question(given)
    one = not question.is_review and not isinstance(question.kind, Rows)
    return asked and one and any(given.values()) and given != known
