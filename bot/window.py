"""A window in which several questions of a person's conversation are answered at once, or one answer is changed.

Rule: what is given there is taken at once or stays there. What is wrong is said there, and stands in the direct
messages as well, so that nothing is lost with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.desk import Desk
from bot.drafts import Drafts
from bot.escalation import Conversation
from bot.flows import paging
from bot.flows.conversation import PAGE
from bot.flows.holding import Values
from bot.flows.questions import walk
from bot.flows.showing import answered_message, page_message
from bot.messages import Message
from bot.ports import Pressed
from bot.talk import ASKED, Talk


@dataclass(frozen=True)
class Window:
    """What one message asks of it, or brings from it."""

    talk: Talk

    @property
    def desk(self) -> Desk:
        return self.talk.desk

    def page(self, conversation: Conversation, given: Values) -> Message | None:
        """The present question with those that can be asked with it, or the answer that is chosen at a review.

        `given` is what the inputs of the present question hold.
        """
        which = str(given.get("which") or "")
        questions = paging.page(self.talk.flow(conversation), conversation, which)
        unsent = {} if which else given
        return page_message(conversation, questions, self.desk.words, unsent) if questions else None

    def take(self, conversation: Conversation | None, given: Values, page: str) -> None:
        """Take what was given on this page; what is wrong in it is left on the desk."""
        if conversation is None or not paging.still_before_them(conversation, page):
            self._too_late(conversation, given)
            return
        if not self.talk.may_go_on(conversation):
            self.desk.problems[""] = self.desk.words("asking.page_moved_on")
            return
        flow, reading = self.talk.flow(conversation), self.desk.context(conversation).reading()
        way = walk(flow, conversation.answers, conversation.editing)
        if way.question is None or way.question.name != conversation.seed.get(ASKED, way.question.name):
            self._too_late(conversation, given)
            return
        filled = paging.fill(conversation, flow, given, page, reading)
        self.desk.problems.update(filled.problems)
        after = filled.conversation
        if after.answers.get(way.question.name) != conversation.answers.get(way.question.name):
            ticks = [answered_message(step, self.desk.words) for step in filled.taken]
            parts = tuple(part for tick in ticks for part in tick.parts)
            self.talk.retire(conversation, message=Message(self.desk.words("asking.was_asked"), parts))
        said = " ".join(self.desk.words("asking.echo", shown=each) for each in filled.echoes)
        self.talk.follow(after, said, here=True)

    def problems_again(self) -> Mapping[str, str]:
        """What is wrong in a page that has been heard before."""
        pressed, conversation = self.desk.heard.what, self.desk.tx.conversation(self.desk.me.id)
        if not isinstance(pressed, Pressed):
            return {}
        handed_back = conversation.pending.get(PAGE) if conversation else None
        if handed_back and handed_back["id"] == pressed.message:
            return dict(handed_back["problems"])
        kept = self._is_kept(conversation, pressed.given)
        return {} if kept else {"": self.desk.words("asking.page_moved_on")}

    def _too_late(self, conversation: Conversation | None, given: Values) -> None:
        """What was given stays in the window, to be copied from there, unless all of it has been taken already."""
        if self._is_kept(conversation, given):
            return
        self.desk.problems[""] = self.desk.words("asking.page_moved_on")
        if conversation is not None:
            self.talk.show(conversation, self.desk.words("asking.moved_on"))
        else:
            Drafts(self.talk).lost()

    def _is_kept(self, conversation: Conversation | None, given: Values) -> bool:
        if conversation is None:
            return False
        reading = self.desk.context(conversation).reading()
        return paging.is_kept(conversation, self.talk.flow(conversation), given, reading)
