"""Somebody who answers whatever is asked, by lot: every button, every input, dates near today, and a child's name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from bot.chat.console.people import PEOPLE as DEMONSTRATION
from bot.escalation import Conversation
from bot.fields import Agencies, Choice, Day, Days, Email, Line, Many, Paragraph, Professional, Rows, YesNo
from bot.flows import FLOWS
from bot.flows.questions import Question, walk
from bot.ports import Command, Heard, Pressed
from bot.talk import TOTAL
from tests.talking import World

T = TypeVar("T")
Pick = Callable[[Sequence[T]], T]

CHILD = "Kit Marker"
"""Stands in everything that is written by hand; it may reach private messages and documents only."""
MOST_TRIES = 4
"""So often a question is answered before the conversation is given up and its answers are erased."""
MOST_MESSAGES = 120
DIRECTORY = {person.id: person for person in DEMONSTRATION}
PEOPLE = (
    "console:asha",
    "console:ben",
    "console:cerys",
    "console:dele",
    "console:erin",
    "console:grace",
    "console:hugh",
)


@dataclass
class Player:
    """Plays any conversation in a world to its end. `pick` draws one of several."""

    world: World
    pick: Pick[Any]
    only: Mapping[str, str] = field(default_factory=dict)
    """Question -> the only answer that is given to it."""

    def hears(self, person: str, what: Command | Pressed) -> None:
        self.world.hear(Heard(f"event-{next(self.world.events)}", person, what))

    def plays(self, person: str, word: str, text: str = "") -> None:
        """A start word, and every question that follows."""
        self.hears(person, Command(word, text))
        self.goes_on(person)

    def presses(self, person: str, action: str, value: str) -> None:
        """A button outside a conversation, and what follows."""
        self.hears(person, Pressed(action, value))
        self.goes_on(person)

    def goes_on(self, person: str) -> None:
        tries: dict[str, int] = {}
        for _ in range(MOST_MESSAGES):
            conversation = self._open(person)
            question = self._question(conversation) if conversation else None
            if conversation is None or question is None:
                return
            tries[question.name] = tries.get(question.name, 0) + 1
            if tries[question.name] > MOST_TRIES:
                self._presses(person, conversation, "cancel")
                self._presses(person, self._open(person) or conversation, "erase")
                return
            self._answers(person, conversation, question)
        raise AssertionError(f"{person} was asked more than {MOST_MESSAGES} questions in one conversation.")

    def _open(self, person: str) -> Conversation | None:
        with self.world.parts.database.transaction() as tx:
            return tx.conversation(person)

    def _question(self, conversation: Conversation) -> Question | None:
        """The question as the bot asks it: replayed as the bot replays it. How many there are is what the bot says."""
        with self.world.parts.database.transaction() as tx:
            c = self.world.context(tx, conversation)
        way = walk(lambda: FLOWS[conversation.flow](c), conversation.answers, conversation.editing)
        assert way.question is None or conversation.seed[TOTAL] == str(way.total)
        return way.question

    def _presses(
        self,
        person: str,
        conversation: Conversation,
        action: str,
        value: str = "",
        given: Mapping[str, Any] | None = None,
    ) -> None:
        self.hears(person, Pressed(action, value, given or {}, conversation.message))

    def _answers(self, person: str, conversation: Conversation, question: Question) -> None:
        if "doubt" in conversation.pending:
            self._presses(person, conversation, "confirm")
            return
        if question.optional and self.pick([True, False]):
            self._presses(person, conversation, "skip")
            return
        buttons = question.kind.buttons()
        if buttons and (isinstance(question.kind, Choice | YesNo) or not question.kind.entries()):
            only = "no" if question.name == "in_danger" else self.only.get(question.name)
            button = self.pick([button for button in buttons if only in (None, button.value)])
            self._presses(person, conversation, button.action, button.value)
            return
        given = {entry.id: entry.initial for entry in question.kind.entries(self._value(question))}
        self._presses(person, conversation, "answer", given=given)

    def _value(self, question: Question) -> Any:
        """A stored answer of the question's kind, whose inputs are then sent as a person would have filled them."""
        today = self.world.moment.date()
        match question.kind:
            case Day(expect="birth"):
                return "2015-06-12"
            case Day(expect=expect):
                days = {"past": range(-6, 1), "future": range(9)}.get(expect, range(-4, 5))
                return (today + timedelta(days=self.pick(list(days)))).isoformat()
            case Days():
                return [(today - timedelta(days=2)).isoformat()]
            case Professional() as kind:
                if kind.pick and self.pick([True, True, False]):
                    return DIRECTORY[self.pick(PEOPLE)].details()
                return kind.example()
            case Choice(options=options):
                return self.only.get(question.name) or self.pick([option.id for option in options])
            case Many(options=options):
                return [{"option": self.pick(options).id, "qualifiers": [], "note": ""}]
            case Rows(columns=columns):
                return [{c.id: today.isoformat() if c.answer == "date" else CHILD for c in columns}]
            case Agencies():
                return self.pick(["Example County Children's Social Care", "Example Hospital; Example Police"])
            case Paragraph() | Line():
                return f"{CHILD} was seen on Monday."
            case Email():
                return "hugh.imaginary@example-county.example.org"
            case kind:
                return kind.example()
