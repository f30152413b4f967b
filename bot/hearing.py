"""Understands one message: a start word, an answer, a button; and who is to deal with it.

Whatever is refused is raised as a sentence; `assistant` rolls back what was changed on the way, and says it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot import access, decisions, overview
from bot.desk import Desk
from bot.drafts import Drafts
from bot.errors import NotAllowed
from bot.escalation import Conversation, Escalation, Status, reference_in
from bot.flows import faces, snoozing
from bot.flows.beginning import is_begun, value_read
from bot.flows.conversation import Act, act_of_typed
from bot.flows.why import is_asked
from bot.forms_due import outstanding
from bot.messages import Button, Buttons, Heading, Message, Part, Words
from bot.overview import SHOWN_AT_ONCE
from bot.ports import Command, Pressed, Typed
from bot.sent_letters import to_post
from bot.talk import Talk
from bot.window import Window

ABOUT_ONE = (
    "update", "note", "move", "jump", "agree", "sooner", "correct", "report", "resolve", "pass", "withdraw", "reopen",
    "say", "priority", "why", "snooze", "file", "record",
)  # fmt: skip
"""Conversations about one escalation that concerns the person."""
BY_BUTTON = ("returned",)
"""The same, which are begun by a button, or as one of the things that can be noted."""
ALWAYS = {"resume", "my escalations"}
"""Typed without a slash, these are start words even while a question is open."""
COMMANDS = ("escalate", "received", "my-escalations", *ABOUT_ONE, "deputy", "resume", "help")
"""In the order in which they are offered."""
PRESSES = {
    "start", "resume", "discard", "erase draft", "approve", "decline", "sign", "try again", "arrived", "answer", "more",
    "confirm", "another", "keep", "skip", "back", "edit", "save", "help", "cancel", "erase", "carry on", "page",
}  # fmt: skip
"""What the buttons do of all messages: outside of conversations, and in them."""


@dataclass(frozen=True)
class Hearing:
    """One message on its way through."""

    desk: Desk

    @property
    def talk(self) -> Talk:
        return Talk(self.desk)

    @property
    def drafts(self) -> Drafts:
        return Drafts(self.talk)

    def run(self) -> None:
        """Understand it. A refusal is raised: NotAllowed or InvalidAnswer, in words for the person."""
        match self.desk.heard.what:
            case Command(word, text):
                self._command(word.removeprefix("/"), text)
            case Typed(text, files):
                if text and files:
                    self.desk.say_words("error.words_only")
                self._typed(text)
            case Pressed() as pressed:
                self._pressed(pressed)

    def _command(self, word: str, text: str) -> None:
        word = word.strip().lower().replace(" ", "-")
        match word:
            case "help":
                self._help()
            case "my-escalations" | "mine":
                self._say_all(overview.mine(self.desk))
            case "show":
                self._say_all(overview.one(self.desk, reference_in(text) or self.desk.heard.thread))
            case "resume":
                self.drafts.resume_latest()
            case "escalate":
                self._offer_drafts_or_start(text)
            case "received" | "deputy":
                self.talk.begin(word)
            case _ if word in ABOUT_ONE:
                self._start_about(word, text or self.desk.heard.thread)
            case _:
                unknown = Words(self.desk.words("error.unknown_command", word=word[:40]))
                self.desk.say(Message(self.desk.words("help.title"), (unknown,)))

    def _typed(self, text: str) -> None:
        """In the thread only start words count; in direct messages it answers the question that is open."""
        word = text.strip().removeprefix("@").casefold()
        for name in ("escalation bot", "bot"):
            word = word.removeprefix(name).strip(" ,:")
        start, _, rest = word.removeprefix("/").partition(" ")
        conversation = self.desk.tx.conversation(self.desk.me.id)
        if is_asked(word):
            self._start_about("why", reference_in(text) or self.desk.heard.thread)
        elif snoozing.is_asked(word) and (self.desk.heard.thread or conversation is None):
            self._start_about("snooze", self.desk.heard.thread)
        elif word in ALWAYS or (
            word.replace(" ", "-") in COMMANDS and (self.desk.heard.thread or conversation is None)
        ):
            self._command(word, "")
        elif self.desk.heard.thread:
            # Whoever calls the bot there is answered, also where a word is not understood: with what can be done.
            known = start.strip(",:;.!?")
            self._command(known if known in COMMANDS else "show", self.desk.heard.thread)
        elif not word:
            self._wordless(conversation)
        elif (word.startswith("/") and (start in COMMANDS or conversation is None)) or (
            start in ABOUT_ONE and conversation is None and reference_in(rest) == rest.strip().upper()
        ):
            self._command(start, rest)
        elif conversation is not None:
            self.talk.go_on(conversation, act_of_typed(text, conversation))
        else:
            self.drafts.lost()

    def _wordless(self, conversation: Conversation | None) -> None:
        """A file, a picture, or a long text that the platform has turned into a file."""
        self.desk.say_words("error.no_words")
        if conversation is not None:
            self.talk.show(conversation)

    def _pressed(self, pressed: Pressed) -> None:
        match pressed.action:
            case "start":
                flow, reference, seed = value_read(pressed.value)
                if flow in (*ABOUT_ONE, *BY_BUTTON):
                    self._start_about(flow, reference, seed)
                elif flow in {"escalate", "received", "deputy"}:
                    self.talk.begin(flow)
                else:
                    self.drafts.lost()
            case "resume" | "discard" | "erase draft":
                self.drafts.press(pressed.action, pressed.value)
            case "approve" | "decline" | "sign":
                self._approval(pressed.action, pressed.value)
            case "try again" | "arrived":
                self._mend(pressed.action, pressed.value)
            case "fill":
                conversation = self.desk.tx.conversation(self.desk.me.id)
                Window(self.talk).take(conversation, pressed.given, pressed.message)
            case _:
                self._pressed_in_conversation(pressed)

    def _mend(self, action: str, key: str) -> None:
        """What could not be said is tried again, or has arrived after all: whoever was told of it decides."""
        c, tx, by, now = self.desk.mending(key), self.desk.tx, self.desk.me.id, self.desk.now
        if action == "arrived":
            name = "mending.settled" if decisions.settle(tx, c, key, by, now) else "mending.over"
        else:
            name = "mending.begun" if decisions.begin_again(tx, c, key, by, now) else "mending.over"
        self.desk.say_words(name)

    def _pressed_in_conversation(self, pressed: Pressed) -> None:
        conversation = self.desk.tx.conversation(self.desk.me.id)
        if conversation is None and pressed.message:
            # Most often the last button of a conversation, pressed twice: it has been heard.
            self.desk.say_words("asking.over")
        elif conversation is None:
            self.drafts.lost()
        elif pressed.message and pressed.message != conversation.message:
            self.talk.pressed_too_late(conversation, pressed)
        else:
            self.talk.go_on(conversation, Act(pressed.action, pressed.value, pressed.given))

    def _say_all(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self.desk.say(message)

    def _offer_drafts_or_start(self, text: str) -> None:
        begun = [draft for draft in self.drafts.begun() if draft.flow == "escalate"]
        if not begun or text.strip().lower() == "new":
            self.talk.begin("escalate")
        else:
            self.drafts.offer(begun)

    def _start_about(self, flow: str, typed: str, seed: Mapping[str, str] | None = None) -> None:
        """Begin a conversation about one escalation, or go on with the draft of it; ask which where it is not plain.

        `seed` is what the button that begins it says already.
        """
        reference = reference_in(typed) or typed.strip().upper()
        if reference:
            escalation = self.desk.doing(flow, reference)
            self._refuse_if_ended(flow, escalation)
            draft = next((d for d in self.drafts.begun() if is_begun(d, flow, escalation, seed or {})), None)
            if flow == "why":
                self.desk.note_viewed([reference] if escalation.raiser != self.desk.me.id else [])
                self.talk.tell(flow, reference)
            elif draft is not None:
                self.drafts.resume(draft)
            elif seed and self.talk.asks_nothing(flow, reference, seed):
                self.talk.tell(flow, reference, seed)
            else:
                self.talk.begin(flow, reference, seed)
            return
        if flow == "record":
            self._start_recording()
            return
        me, people = self.desk.me.id, self.desk.people
        mine = [e for e in self.desk.seen() if access.may_do(flow, me, e, people) and self._open_to(flow, e)]
        if not mine:
            self.desk.say_words("error.none_of_yours")
        elif len(mine) == 1:
            self._start_about(flow, mine[0].reference)
        else:
            self._ask_which(flow, mine)

    def _start_recording(self) -> None:
        """The one that has reached the person's partnership; where there are several, all, each with its button."""
        reached = self.desk.to_record()
        if not reached:
            self.desk.say_words("record.nothing")
        elif len(reached) == 1:
            self._start_about("record", reached[0].reference)
        else:
            self._say_all(overview.mine(self.desk))

    def _open_to(self, flow: str, escalation: Escalation) -> bool:
        match flow:
            case "report" if outstanding(self.desk.context().policy_of(escalation), escalation):
                return True  # also of one that was withdrawn
            case "note" if to_post(escalation):
                return True
            case "report" | "note" | "why" | "pass" | "snooze" | "file":
                return escalation.status in {Status.OPEN, Status.RESOLVED}
            case "reopen":
                return escalation.status is not Status.OPEN
            case _:
                return escalation.status is Status.OPEN

    def _refuse_if_ended(self, flow: str, escalation: Escalation) -> None:
        """Once it has ended, only a few things can still be begun."""
        if escalation.status is Status.OPEN and flow == "reopen":
            raise NotAllowed(self.desk.words("reopen.is_open", reference=escalation.reference))
        if not access.is_open_to(flow, escalation):
            status = self.desk.words(f"status.{escalation.status.value}")
            raise NotAllowed(self.desk.words("error.ended", reference=escalation.reference, status=status))

    def _ask_which(self, flow: str, mine: list[Escalation]) -> None:
        title = self.desk.words("which.ask")
        shown = mine[-SHOWN_AT_ONCE:]
        self.desk.note_viewed(each.reference for each in shown if each.raiser != self.desk.me.id)
        c = self.desk.context_of(shown)
        lines: list[Part] = [Heading(title)]
        for each in shown:
            button = Button(self.desk.words(f"act.{flow}"), "start", f"{flow} {each.reference}")
            lines += [faces.facts(c, each, short=True), Buttons((button,))]
        if len(mine) > SHOWN_AT_ONCE:
            lines.append(Words(self.desk.words("which.more", flow=flow, n=len(mine) - SHOWN_AT_ONCE), "quiet"))
        self.desk.say(Message(title, tuple(lines)))

    def _help(self) -> None:
        title = self.desk.words("help.title")
        commands = [
            Words(self.desk.words(f"help.{word.replace('-', '_')}"))
            for word in ("escalate", "received", "my-escalations", *ABOUT_ONE, "deputy", "resume")
        ]
        start = Buttons((Button(self.desk.words("act.escalate"), "start", "escalate", "primary"),))
        self.desk.say(
            Message(title, (Heading(title), Words(self.desk.words("danger.always"), "warning"), *commands, start))
        )
        conversation = self.desk.tx.conversation(self.desk.me.id)
        if conversation is not None:
            self.talk.show(conversation)

    def _approval(self, action: str, key: str) -> None:
        approval, _ = self.desk.asked(key)
        if approval.answer:
            answer = self.desk.words(f"approval.was_{approval.answer}")
            self.desk.say_words("approval.already", answer=answer, reference=approval.reference)
            return
        if action == "decline":
            self.talk.begin("decline", approval.reference, {"approval": approval.key})
            return
        c = self.desk.context(Conversation("", self.desk.me.id, "decline", approval.reference))
        if action == "approve" and approval.kind == "move":
            self.desk.carry_out(c, decisions.approve(c, approval, self.desk.prefix, self.desk.now))
            self.desk.say_words("approval.thanks", reference=approval.reference)
        elif action == "sign" and approval.kind == "attestation":
            self.desk.carry_out(c, decisions.sign(c, approval, None, self.desk.prefix, self.desk.now))
