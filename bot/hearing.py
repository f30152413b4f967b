"""Understands one message: a start word, an answer, a button; and who is to deal with it.

Whatever is refused is refused with a sentence, and nothing is changed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot import access, decisions
from bot.desk import Desk
from bot.errors import InvalidAnswer, NotAllowed
from bot.escalation import Conversation, Status
from bot.flows import faces
from bot.flows.conversation import Act, act_of_typed
from bot.messages import Button, Buttons, Heading, Message, Part, Words
from bot.ports import Command, Pressed, Typed
from bot.talk import Talk

ABOUT_ONE = ("update", "move", "report", "resolve", "say")
"""Conversations about one escalation of the person's own."""
ALWAYS = {"resume", "my escalations"}
"""Typed without a slash, these are start words even while a question is open."""
COMMANDS = {"escalate", *ABOUT_ONE, "my-escalations", "help", "resume"}


@dataclass(frozen=True)
class Hearing:
    """One message on its way through."""

    desk: Desk

    @property
    def talk(self) -> Talk:
        return Talk(self.desk)

    def run(self) -> None:
        """Understand it; whatever is refused is refused with a sentence, and nothing is changed."""
        try:
            match self.desk.heard.what:
                case Command(word, text):
                    self._command(word.removeprefix("/"), text)
                case Typed(text):
                    self._typed(text)
                case Pressed() as pressed:
                    self._pressed(pressed)
        except (NotAllowed, InvalidAnswer) as refusal:
            self.desk.out.clear()
            self.desk.say(Message(str(refusal), (Words(str(refusal)),)))

    def _command(self, word: str, text: str) -> None:
        word = word.strip().lower().replace(" ", "-")
        match word:
            case "help":
                self._help()
            case "my-escalations" | "mine":
                self.desk.say(
                    faces.my_escalations(self.desk.context(), self.desk.seen(), self.desk.tx.drafts(self.desk.me.id))
                )
            case "resume":
                self._resume_latest()
            case "escalate":
                self._offer_drafts_or_start(text)
            case _ if word in ABOUT_ONE:
                self._start_about(word, (text or self.desk.heard.thread).strip().upper())
            case _:
                self.desk.say_words("error.unknown_command", word=word[:40])

    def _typed(self, text: str) -> None:
        """In the thread only start words count; in direct messages it answers the question that is open."""
        word = text.strip().removeprefix("@").casefold()
        for name in ("escalation bot", "bot"):
            word = word.removeprefix(name).strip(" ,:")
        if self.desk.heard.thread:
            if word.split(maxsplit=1)[:1] and word.split()[0] in COMMANDS:
                self._command(word.split()[0], self.desk.heard.thread)
            return
        if word.startswith("/"):
            head, _, rest = word[1:].partition(" ")
            self._command(head, rest)
            return
        conversation = self.desk.tx.conversation(self.desk.me.id)
        if word in ALWAYS:
            self._command(word, "")
        elif conversation is not None:
            self.talk.go_on(conversation, act_of_typed(text, conversation))
        elif word.replace(" ", "-") in COMMANDS:
            self._command(word, "")
        else:
            self.talk.lost()

    def _pressed(self, pressed: Pressed) -> None:
        match pressed.action:
            case "start":
                flow, _, reference = pressed.value.partition(" ")
                if flow in ABOUT_ONE:
                    self._start_about(flow, reference)
                else:
                    self.talk.begin("escalate")
            case "resume" | "discard":
                self._draft(pressed.action, pressed.value)
            case "approve" | "decline" | "sign":
                self._approval(pressed.action, pressed.value)
            case _:
                self._pressed_in_conversation(pressed)

    def _pressed_in_conversation(self, pressed: Pressed) -> None:
        conversation = self.desk.tx.conversation(self.desk.me.id)
        if conversation is None:
            self.talk.lost()
        elif pressed.message and pressed.message != conversation.message:
            # A button of a question that has been answered since: show the present one, change nothing.
            self.talk.show(conversation, self.desk.words("asking.moved_on"))
        else:
            self.talk.go_on(conversation, Act(pressed.action, pressed.value, pressed.given))

    def _offer_drafts_or_start(self, text: str) -> None:
        drafts = [draft for draft in self._all_drafts() if draft.flow == "escalate"]
        if not drafts or text.strip().lower() == "new":
            self.talk.begin("escalate")
            return
        title = self.desk.words("draft.offer")
        new = Buttons((Button(self.desk.words("draft.new"), "start", "escalate"),))
        parts: tuple[Part, ...] = (Heading(title), Words(self.desk.words("draft.danger"), "warning"))
        self.desk.say(Message(title, (*parts, *faces.draft_parts(self.desk.context(), drafts), new)))

    def _all_drafts(self) -> list[Conversation]:
        """Drafts saved for later, and the one that is open."""
        present = self.desk.tx.conversation(self.desk.me.id)
        return [*self.desk.tx.drafts(self.desk.me.id), *([present] if present and present.answers else [])]

    def _start_about(self, flow: str, reference: str) -> None:
        """Begin a conversation about one escalation; ask which only where it is not plain."""
        if reference:
            escalation = access.let_act(self.desk.me.id, self.desk.tx.escalation(reference))
            if escalation.status is not Status.OPEN and flow not in {"report", "say"}:
                raise NotAllowed(
                    self.desk.words(
                        "error.ended",
                        reference=reference,
                        status=self.desk.words(f"status.{escalation.status.value}"),
                    )
                )
            self.talk.begin(flow, escalation.reference)
            return
        usable = {Status.OPEN, Status.RESOLVED} if flow == "report" else {Status.OPEN}
        mine = [e for e in self.desk.tx.escalations() if access.may_act(self.desk.me.id, e) and e.status in usable]
        if not mine:
            self.desk.say_words("error.none_of_yours")
        elif len(mine) == 1:
            self.talk.begin(flow, mine[0].reference)
        else:
            title = self.desk.words("which.ask")
            c = self.desk.context()
            lines: list[Part] = [Heading(title)]
            for each in mine:
                button = Button(self.desk.words(f"act.{flow}"), "start", f"{flow} {each.reference}")
                lines += [faces.facts(c, each), Buttons((button,))]
            self.desk.say(Message(title, tuple(lines)))

    def _draft(self, action: str, conversation_id: str) -> None:
        draft = next((d for d in self._all_drafts() if d.id == conversation_id), None)
        if draft is None:
            self.desk.say_words("draft.gone")
        elif action == "discard":
            self.desk.tx.drop_conversation(draft.id)
            self.desk.say_words("draft.erased", title=self.desk.words(f"flow.{draft.flow}"))
        else:
            self._resume(draft)

    def _resume(self, draft: Conversation) -> None:
        present = self.desk.tx.conversation(self.desk.me.id)
        if present is not None and present.id != draft.id:
            self.desk.tx.keep_conversation(replace(present, saved=True))
        self.talk.show(replace(draft, saved=False), self.desk.words("draft.resumed"))

    def _resume_latest(self) -> None:
        drafts = self._all_drafts()
        if drafts:
            self._resume(drafts[-1])
        else:
            self.desk.say_words("draft.none")

    def _help(self) -> None:
        title = self.desk.words("help.title")
        commands = [
            Words(self.desk.words(f"help.{word.replace('-', '_')}"))
            for word in ("escalate", "my-escalations", *ABOUT_ONE, "resume")
        ]
        start = Buttons((Button(self.desk.words("act.escalate"), "start", "escalate", "primary"),))
        self.desk.say(
            Message(title, (Heading(title), Words(self.desk.words("danger.always"), "warning"), *commands, start))
        )
        conversation = self.desk.tx.conversation(self.desk.me.id)
        if conversation is not None:
            self.talk.show(conversation)

    def _approval(self, action: str, key: str) -> None:
        approval = self.desk.tx.approval(key)
        escalation = self.desk.tx.escalation(approval.reference) if approval else None
        approval = access.let_answer(self.desk.me.id, approval, escalation)
        if approval.answer:
            self.desk.say_words(
                "approval.already",
                answer=self.desk.words(f"approval.was_{approval.answer}"),
                reference=approval.reference,
            )
            return
        if action == "decline":
            self.talk.begin("decline", approval.reference, {"approval": approval.key})
            return
        c = self.desk.context(Conversation("", self.desk.me.id, "decline", approval.reference))
        if action == "approve" and approval.kind == "move":
            self.desk.carry_out(decisions.approve(c, approval, self.desk.prefix, self.desk.now))
            self.desk.say_words("approval.thanks", reference=approval.reference)
        elif action == "sign" and approval.kind == "attestation":
            self.desk.carry_out(decisions.sign(c, approval, None, self.desk.prefix, self.desk.now))
