"""Hears one message: one transaction, one answer.

A repeated event is answered as it was the first time. Everything that is said is a delivery, written in the same
transaction as the conversation and the escalation; nothing is sent from here.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from bot import access, decisions
from bot.calendars import Calendar
from bot.errors import Conflict, EscalationBotError, InvalidAnswer, NotAllowed
from bot.escalation import Conversation, Status, new_reference
from bot.flows import FLOWS, faces
from bot.flows.context import Context
from bot.flows.conversation import Act, Flow, Step, Turn, Walk, act_of_typed, turn, walk
from bot.flows.escalate import CallForHelp, Raise, TalkFirst
from bot.flows.move import AskApproval, Decline, MoveNow, NothingToDo
from bot.flows.report import Report, preloaded
from bot.flows.resolve import Resolve
from bot.flows.showing import answered_message, help_note, question_message
from bot.flows.update import Progress, WordsSaid
from bot.messages import Button, Buttons, Heading, Message, Part, Words
from bot.policy import Policy
from bot.ports import Answered, Command, Delivery, Heard, Person, Pressed, Store, Transaction, Typed
from bot.words import Words as Catalogue

log = structlog.get_logger()

TRIES = 4
ABOUT_ONE = ("update", "move", "report", "resolve", "say")
"""Conversations about one escalation of the person's own."""
COMMANDS = {"escalate", *ABOUT_ONE, "my-escalations", "help", "resume"}


@dataclass(frozen=True)
class Assistant:
    """The bot, without a platform. `now` gives an aware datetime."""

    store: Store
    policies: Mapping[str, Policy]
    calendars: Mapping[str, Calendar]
    words: Catalogue
    now: Callable[[], datetime]

    def hear(self, heard: Heard) -> Answered:
        """Answer one event; the same event is answered the same way twice."""
        for attempt in range(1, TRIES + 1):
            try:
                return self._once(heard)
            except Conflict:
                # Somebody else was faster: look at the world again and repeat; nothing was saved.
                log.info("heard again after a conflict", attempt=attempt)
            except EscalationBotError:
                raise
            except Exception as error:  # the outer edge of one message: no traceback reaches a person
                # Only the kind of error is logged: its text could hold an answer.
                log.error("message failed", error=type(error).__name__, event=_digest(heard.event))
                return self._apologise(heard)
        return self._apologise(heard)

    def _once(self, heard: Heard) -> Answered:
        with self.store.transaction() as tx:
            before = tx.answered(heard.event)
            if before is not None:
                return before
            person = tx.person(heard.person)
            if person is None:
                raise NotAllowed("I do not know you yet. Please ask whoever runs this bot to add you.")
            hearing = Hearing(self, tx, heard, person, self.now())
            hearing.run()
            tx.add_deliveries(hearing.out)
            answered = Answered(tuple(each.key for each in hearing.out))
            tx.remember(heard.event, heard.person, answered)
            return answered

    def _apologise(self, heard: Heard) -> Answered:
        """Nothing of the failed message was saved; what was given before it still is."""
        with self.store.transaction() as tx:
            if (before := tx.answered(heard.event)) is not None:
                return before
            text = self.words("error.unexpected", event=_digest(heard.event))
            delivery = Delivery(
                f"sorry/{_digest(heard.event)}",
                "direct",
                heard.person,
                Message(text, (Words(text, "warning"),)),
            )
            tx.add_deliveries([delivery])
            answered = Answered((delivery.key,))
            tx.remember(heard.event, heard.person, answered)
            return answered


def _digest(event: str) -> str:
    return hashlib.sha256(event.encode()).hexdigest()[:12]


class Hearing:
    """One message on its way through: what was heard, the transaction, and what is to be said."""

    def __init__(self, bot: Assistant, tx: Transaction, heard: Heard, person: Person, now: datetime) -> None:
        self.bot, self.tx, self.heard, self.me, self.now = bot, tx, heard, person, now
        self.words = bot.words
        self.out: list[Delivery] = []
        self.prefix = _digest(heard.event)

    # ── saying ───────────────────────────────────────────────────────────────────────────────────────────

    def say(self, message: Message, key: str = "") -> str:
        """Say something privately to the person who was heard."""
        key = key or f"d/{self.prefix}/{len(self.out) + 1}"
        self.out.append(Delivery(key, "direct", self.me.id, message))
        return key

    def say_words(self, name: str, **values: object) -> None:
        text = self.words(name, **values)
        self.say(Message(text, (Words(text),)))

    # ── what was heard ───────────────────────────────────────────────────────────────────────────────────

    def run(self) -> None:
        """Understand it; whatever is refused is refused with a sentence, and nothing is changed."""
        try:
            match self.heard.what:
                case Command(word, text):
                    self._command(word.removeprefix("/"), text)
                case Typed(text):
                    self._typed(text)
                case Pressed() as pressed:
                    self._pressed(pressed)
        except (NotAllowed, InvalidAnswer) as refusal:
            self.out.clear()
            self.say(Message(str(refusal), (Words(str(refusal)),)))

    def _command(self, word: str, text: str) -> None:
        word = word.strip().lower().replace(" ", "-")
        match word:
            case "help":
                self._help()
            case "my-escalations" | "mine":
                self.say(faces.my_escalations(self._context(), self.tx.drafts(self.me.id)))
            case "resume":
                self._resume_latest()
            case "escalate":
                self._offer_drafts_or_start(text)
            case _ if word in ABOUT_ONE:
                self._start_about(word, (text or self.heard.thread).strip().upper())
            case _:
                self.say_words("error.unknown_command", word=word[:40])

    def _typed(self, text: str) -> None:
        """In the thread only start words count; in direct messages it answers the question that is open."""
        word = text.strip().removeprefix("@").casefold()
        for name in ("escalation bot", "bot"):
            word = word.removeprefix(name).strip(" ,:")
        if self.heard.thread:
            if word.split(maxsplit=1)[:1] and word.split()[0] in COMMANDS:
                self._command(word.split()[0], self.heard.thread)
            return
        if word.startswith("/"):
            head, _, rest = word[1:].partition(" ")
            self._command(head, rest)
            return
        conversation = self.tx.conversation(self.me.id)
        if conversation is not None:
            self._go_on(conversation, act_of_typed(text, conversation))
        elif word.replace(" ", "-") in COMMANDS:
            self._command(word, "")
        else:
            self._lost()

    def _pressed(self, pressed: Pressed) -> None:
        match pressed.action:
            case "start":
                flow, _, reference = pressed.value.partition(" ")
                if flow in ABOUT_ONE:
                    self._start_about(flow, reference)
                else:
                    self._begin("escalate")
            case "resume" | "discard":
                self._draft(pressed.action, pressed.value)
            case "approve" | "decline" | "sign":
                self._approval(pressed.action, pressed.value)
            case _:
                self._pressed_in_conversation(pressed)

    def _pressed_in_conversation(self, pressed: Pressed) -> None:
        conversation = self.tx.conversation(self.me.id)
        if conversation is None:
            self._lost()
        elif pressed.message and pressed.message != conversation.message:
            # A button of a question that has been answered since: show the present one, change nothing.
            self._show(conversation, self.words("asking.moved_on"))
        else:
            self._go_on(conversation, Act(pressed.action, pressed.value, pressed.given))

    # ── conversations ────────────────────────────────────────────────────────────────────────────────────

    def _offer_drafts_or_start(self, text: str) -> None:
        drafts = [draft for draft in self._all_drafts() if draft.flow == "escalate"]
        if not drafts or text.strip().lower() == "new":
            self._begin("escalate")
            return
        title = self.words("draft.offer")
        new = Buttons((Button(self.words("draft.new"), "start", "escalate"),))
        parts: tuple[Part, ...] = (Heading(title), Words(self.words("draft.danger"), "warning"))
        self.say(Message(title, (*parts, *faces.draft_parts(self._context(), drafts), new)))

    def _all_drafts(self) -> list[Conversation]:
        """Drafts saved for later, and the one that is open."""
        present = self.tx.conversation(self.me.id)
        return [*self.tx.drafts(self.me.id), *([present] if present and present.answers else [])]

    def _start_about(self, flow: str, reference: str) -> None:
        """Begin a conversation about one escalation; ask which only where it is not plain."""
        if reference:
            escalation = access.let_act(self.me.id, self.tx.escalation(reference))
            if escalation.status is not Status.OPEN and flow not in {"report", "say"}:
                raise NotAllowed(
                    self.words(
                        "error.ended",
                        reference=reference,
                        status=self.words(f"status.{escalation.status.value}"),
                    )
                )
            self._begin(flow, escalation.reference)
            return
        usable = {Status.OPEN, Status.RESOLVED} if flow == "report" else {Status.OPEN}
        mine = [e for e in self.tx.escalations() if access.may_act(self.me.id, e) and e.status in usable]
        if not mine:
            self.say_words("error.none_of_yours")
        elif len(mine) == 1:
            self._begin(flow, mine[0].reference)
        else:
            title = self.words("which.ask")
            c = self._context()
            lines: list[Part] = [Heading(title)]
            for each in mine:
                button = Button(self.words(f"act.{flow}"), "start", f"{flow} {each.reference}")
                lines += [faces.facts(c, each), Buttons((button,))]
            self.say(Message(title, tuple(lines)))

    def _begin(self, flow: str, about: str = "", seed: Mapping[str, str] | None = None) -> None:
        """Begin a conversation; one that is open already is put aside, with everything that was given."""
        present = self.tx.conversation(self.me.id)
        note = ""
        if present is not None:
            if present.answers or present.pending:
                self.tx.keep_conversation(replace(present, saved=True))
                note = self.words("draft.put_aside", title=self.words(f"flow.{present.flow}"))
            else:
                self.tx.drop_conversation(present.id)
        seeds = {"reference": new_reference(), **(seed or {})}
        conversation = Conversation(uuid.uuid4().hex, self.me.id, flow, about, self.now, seed=seeds)
        if flow == "report":
            conversation = replace(conversation, answers=preloaded(self._context(conversation)))
        self._follow(conversation, conversation, note)

    def _context(self, conversation: Conversation | None = None) -> Context:
        """The world as this person may see it."""
        people = {person.id: person for person in self.tx.people()}
        about = approvals = None
        if conversation and conversation.about:
            about = access.let_see(self.me.id, self.tx.escalation(conversation.about))
            approvals = tuple(self.tx.approvals(about.reference))
        zone = self.bot.policies[about.policy].clock.zone if about else "Europe/London"
        seen = tuple(e for e in self.tx.escalations() if access.may_see(self.me.id, e))
        return Context(
            self.words, self.now.astimezone(ZoneInfo(zone)).date(), self.me, self.bot.policies, self.bot.calendars,
            people, seen, about, approvals or (), conversation.seed if conversation else {},
        )  # fmt: skip

    def _flow(self, conversation: Conversation) -> Flow:
        c = self._context(conversation)
        make = FLOWS[conversation.flow]
        return lambda: make(c)

    def _go_on(self, conversation: Conversation, act: Act) -> None:
        """One act: the answer is kept, and the next question or the decision follows."""
        flow = self._flow(conversation)
        way = walk(flow, conversation.answers, conversation.editing)
        result = turn(conversation, flow, act, self._context(conversation).reading())
        match result.outcome:
            case "saved":
                self._put_aside(result.conversation)
            case "cancelled":
                self.tx.drop_conversation(conversation.id)
                self._settle(conversation, way, None)
                self.say_words("asking.cancelled")
            case "help":
                self._show(result.conversation, help_note(way.question, self.words) if way.question else "")
            case _:
                self._answered(conversation, way, result)

    def _put_aside(self, conversation: Conversation) -> None:
        self.tx.keep_conversation(replace(conversation, saved=True, message=""))
        text = self.words("draft.saved", title=self.words(f"flow.{conversation.flow}"))
        buttons = Buttons((Button(self.words("draft.resume"), "resume", conversation.id, "primary"),))
        self._retire(conversation, Message(text, (Words(text, "quiet"),)))
        self.say(Message(text, (Words(text), buttons)))

    def _answered(self, before: Conversation, way: Walk, result: Turn) -> None:
        question = way.question
        took = question is not None and result.conversation.answers.get(question.name) != before.answers.get(
            question.name
        )
        note = self.words("asking.delete_yours") if result.typed_private else ""
        if took and question is not None and not result.conversation.editing:
            self._settle(before, way, result.conversation)
        self._follow(result.conversation, before, note)

    def _settle(self, before: Conversation, way: Walk, after: Conversation | None) -> None:
        """The question that was answered becomes a tick with its label; the answer does not stay in the chat."""
        if not before.message or way.question is None:
            return
        if after is None:
            text = self.words("asking.cancelled")
            self._retire(before, Message(text, (Words(text, "quiet"),)))
            return
        value = after.answers.get(way.question.name, {}).get("value")
        self._retire(before, answered_message(Step(way.question, value), self.words))

    def _retire(self, before: Conversation, message: Message | None) -> None:
        """Take the inputs and buttons off a question that is not the present one any more."""
        if before.message:
            text = self.words("asking.asked_again")
            edit = message or Message(text, (Words(text, "quiet"),))
            self.out.append(Delivery(f"{before.message}/settled", "edit", before.message, edit))

    def _follow(self, conversation: Conversation, before: Conversation, note: str = "") -> None:
        """Ask the next question, or carry out the decision that the answers lead to."""
        flow = self._flow(conversation)
        way = walk(flow, conversation.answers, conversation.editing)
        if way.question is not None:
            self._show(conversation, note, way)
            return
        try:
            self._decide(conversation, way.decision)
        except InvalidAnswer as invalid:
            # The decision cannot be carried out as it stands; the last answer is opened again with the reason.
            last = way.path[-1].question.name
            pending = {"name": last, "problem": str(invalid)}
            self._show(replace(conversation, editing=last, pending=pending), note)

    def _show(self, conversation: Conversation, note: str = "", way: Walk | None = None) -> None:
        """Show the present question as a new message, the last one the person sees."""
        way = way or walk(self._flow(conversation), conversation.answers, conversation.editing)
        if way.question is None:
            self._lost()
            return
        stored = self.tx.conversation(self.me.id)
        if stored is not None and stored.id == conversation.id and stored.message == conversation.message:
            self._retire_once(conversation)
        message = question_message(conversation, way, self.words, note=note)
        key = f"c/{conversation.id}/{conversation.turn + 1}"
        self.say(message, key)
        self.tx.keep_conversation(replace(conversation, message=key, turn=conversation.turn + 1, saved=False))

    def _retire_once(self, conversation: Conversation) -> None:
        settled = f"{conversation.message}/settled"
        if conversation.message and all(each.key != settled for each in self.out):
            self._retire(conversation, None)

    # ── drafts, help ─────────────────────────────────────────────────────────────────────────────────────

    def _draft(self, action: str, conversation_id: str) -> None:
        draft = next((d for d in self._all_drafts() if d.id == conversation_id), None)
        if draft is None:
            self.say_words("draft.gone")
        elif action == "discard":
            self.tx.drop_conversation(draft.id)
            self.say_words("draft.erased", title=self.words(f"flow.{draft.flow}"))
        else:
            self._resume(draft)

    def _resume(self, draft: Conversation) -> None:
        present = self.tx.conversation(self.me.id)
        if present is not None and present.id != draft.id:
            self.tx.keep_conversation(replace(present, saved=True))
        self._show(replace(draft, saved=False), self.words("draft.resumed"))

    def _resume_latest(self) -> None:
        drafts = self._all_drafts()
        if drafts:
            self._resume(drafts[-1])
        else:
            self.say_words("draft.none")

    def _help(self) -> None:
        title = self.words("help.title")
        commands = [
            Words(self.words(f"help.{word.replace('-', '_')}"))
            for word in ("escalate", "my-escalations", *ABOUT_ONE, "resume")
        ]
        start = Buttons((Button(self.words("act.escalate"), "start", "escalate", "primary"),))
        self.say(Message(title, (Heading(title), Words(self.words("danger.always"), "warning"), *commands, start)))
        conversation = self.tx.conversation(self.me.id)
        if conversation is not None:
            self._show(conversation)

    def _lost(self) -> None:
        """Nothing is being asked: offer what there is to do."""
        drafts = self.tx.drafts(self.me.id)
        title = self.words("help.hello")
        start = Buttons((Button(self.words("act.escalate"), "start", "escalate", "primary"),))
        parts: tuple[Part, ...] = (Words(title), *faces.draft_parts(self._context(), drafts), start)
        self.say(Message(title, parts))

    # ── approvals ────────────────────────────────────────────────────────────────────────────────────────

    def _approval(self, action: str, key: str) -> None:
        approval = self.tx.approval(key)
        escalation = self.tx.escalation(approval.reference) if approval else None
        approval = access.let_answer(self.me.id, approval, escalation)
        if approval.answer:
            self.say_words(
                "approval.already",
                answer=self.words(f"approval.was_{approval.answer}"),
                reference=approval.reference,
            )
            return
        if action == "decline":
            self._begin("decline", approval.reference, {"approval": approval.key})
            return
        c = self._context(Conversation("", self.me.id, "decline", approval.reference))
        if action == "approve" and approval.kind == "move":
            self._carry_out(decisions.approve(c, approval, self.prefix, self.now))
            self.say_words("approval.thanks", reference=approval.reference)
        elif action == "sign" and approval.kind == "attestation":
            self._carry_out(decisions.sign(c, approval, None, self.prefix, self.now))

    # ── decisions ────────────────────────────────────────────────────────────────────────────────────────

    def _decide(self, conversation: Conversation, decision: Any) -> None:
        """One function per decision; the conversation has ended, and what it held is erased."""
        c, prefix, now = self._context(conversation), self.prefix, self.now
        match decision:
            case CallForHelp():
                self._call_for_help()
            case TalkFirst():
                self._talk_first(conversation)
                return
            case NothingToDo(words, values):
                self.say_words(words, **values)
            case Raise():
                self._carry_out(decisions.raise_escalation(c, decision, prefix, now), new=True)
            case AskApproval():
                self._carry_out(decisions.ask_approval(c, decision, prefix, now))
            case MoveNow():
                self._carry_out(decisions.move_now(c, decision, prefix, now))
            case Decline():
                self._declined(c, decision)
            case Progress():
                self._carry_out(decisions.progress(c, decision, prefix, now))
            case WordsSaid():
                self._carry_out(decisions.words_said(c, decision, prefix, now))
            case Report():
                self._carry_out(decisions.report(c, decision, prefix, now))
            case Resolve():
                self._carry_out(decisions.resolve(c, decision, prefix, now))
            case _:
                raise TypeError(f"No decision is known for {type(decision).__name__}.")
        self.tx.drop_conversation(conversation.id)

    def _carry_out(self, done: decisions.Effects, *, new: bool = False) -> None:
        """Save the record with everything that its change causes, in this one transaction."""
        if new:
            self.tx.add_escalation(done.escalation)
        else:
            self.tx.save_escalation(done.escalation)
        self.tx.add_history(done.history)
        for approval in done.approvals:
            self.tx.keep_approval(approval)
        self.out.extend(done.deliveries)

    def _declined(self, c: Context, decision: Decline) -> None:
        approval = self.tx.approval(decision.approval)
        approval = access.let_answer(self.me.id, approval, c.about)
        if approval.answer:
            self.say_words(
                "approval.already",
                answer=self.words(f"approval.was_{approval.answer}"),
                reference=approval.reference,
            )
        elif approval.kind == "attestation":
            self._carry_out(decisions.sign(c, approval, decision.reason, self.prefix, self.now))
        else:
            self._carry_out(decisions.decline(c, decision, approval, self.prefix, self.now))

    def _call_for_help(self) -> None:
        title = self.words("danger.now")
        told = dict.fromkeys(policy.danger.children_services for policy in self.bot.policies.values())
        parts: list[Part] = [
            Heading(title),
            Words(self.words("danger.call"), "warning"),
            *(Words(text) for text in told),
        ]
        parts += [
            Words(self.words("danger.then")),
            Buttons((Button(self.words("danger.go_on"), "start", "escalate"),)),
        ]
        self.say(Message(title, tuple(parts)))

    def _talk_first(self, conversation: Conversation) -> None:
        """They go and talk first: their answers wait, and the same question is asked when they come back."""
        answers = {name: value for name, value in conversation.answers.items() if name != "talked"}
        self._put_aside(replace(conversation, answers=answers))
        self.say_words("escalate.talk_first")
