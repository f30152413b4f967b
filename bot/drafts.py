"""Conversations that were put aside: gone on with, or erased; nobody's but the person's own.

Rule: the one that is open is never lost for another; it is put aside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot import access
from bot.desk import Desk
from bot.escalation import Conversation
from bot.flows.drafts import draft_parts
from bot.messages import Button, Buttons, Heading, Message, Part, Words
from bot.overview import SHOWN_AT_ONCE
from bot.talk import Talk


@dataclass(frozen=True)
class Drafts:
    """Those of the person who was heard."""

    talk: Talk

    @property
    def desk(self) -> Desk:
        return self.talk.desk

    def begun(self) -> list[Conversation]:
        """Drafts saved for later, and the one that is open."""
        present = self.desk.tx.conversation(self.desk.me.id)
        return [
            *self.desk.tx.drafts(self.desk.me.id),
            *([present] if present and (present.answers or present.pending) else []),
        ]

    def offer(self, drafts: Sequence[Conversation]) -> None:
        """To go on with one of these, or to begin anew."""
        title = self.desk.words("draft.offer")
        new = Buttons((Button(self.desk.words("draft.new"), "start", "escalate"),))
        parts: tuple[Part, ...] = (Heading(title), Words(self.desk.words("draft.danger"), "warning"))
        offered = draft_parts(self.desk.context(), drafts[-SHOWN_AT_ONCE:])
        self.desk.say(Message(title, (*parts, *offered, new)))

    def lost(self) -> None:
        """Nothing is being asked: offer what there is to do."""
        drafts = self.desk.tx.drafts(self.desk.me.id)
        title = self.desk.words("help.hello")
        start = Buttons((Button(self.desk.words("act.escalate"), "start", "escalate", "primary"),))
        parts: tuple[Part, ...] = (Words(title), *draft_parts(self.desk.context(), drafts), start)
        self.desk.say(Message(title, parts))

    def press(self, action: str, conversation_id: str) -> None:
        """A button of one of them: resume, discard, or erase draft."""
        draft = next((d for d in self.begun() if d.id == conversation_id), None)
        if draft is None:
            self.desk.say_words("draft.gone")
        elif action == "resume":
            self.resume(draft)
        elif action == "discard":
            self._ask_before_erasing(draft)
        else:
            self.talk.drop(draft)
            self.desk.say_words("draft.erased", title=self.desk.words(f"flow.{draft.flow}"))

    def _ask_before_erasing(self, draft: Conversation) -> None:
        text = self.desk.words("asking.cancelling")
        buttons = (
            Button(self.desk.words("draft.keep"), "resume", draft.id, "primary"),
            Button(self.desk.words("asking.erase"), "erase draft", draft.id, "danger"),
        )
        self.desk.say(Message(text, (Words(text, "warning"), Buttons(buttons))))

    def resume(self, draft: Conversation) -> None:
        """Go on with it where it stood, unless what it is about has ended."""
        if not self.talk.may_go_on(draft):
            return
        escalation = self.desk.context(draft).about
        if escalation is not None and not access.is_open_to(draft.flow, escalation):
            self.talk.drop(draft)
            status = self.desk.words(f"status.{escalation.status.value}")
            self.desk.say_words("error.ended", reference=escalation.reference, status=status)
            return
        note = self.talk.put_present_aside(besides=draft.id)
        self.talk.resume(draft, " ".join(text for text in (note, self.desk.words("draft.resumed")) if text))

    def resume_latest(self) -> None:
        """The newest that was put aside; the open one, where nothing was."""
        drafts = self.desk.tx.drafts(self.desk.me.id) or self.begun()
        if drafts:
            self.resume(drafts[-1])
        else:
            self.desk.say_words("draft.none")
