"""Questions, and how far the answers to them lead.

A flow is a plain generator. It yields questions, gets each answer back (None where one was skipped), and returns
a decision. It is run again from the start for every message: the next question is a function of the answers alone,
so it can stop and go on anywhere, and a changed early answer simply leads another way. Answers off the present way
are kept, and count again if the way leads back to them.

Rule 1: answers are kept by the question's name, never by position.
Rule 2: a flow looks only at what it was given (`Context`), so that replaying it gives the same question.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, NamedTuple, overload

from bot.calendars import Calendar
from bot.fields import Answer
from bot.messages import Part

LONGEST_WAY = 500
"""More questions than any conversation has: a flow that asks more is running in a circle."""


class Later(Sequence[Part]):
    """Parts that take long to put together, and are put together when somebody looks: for a question that is only
    foreseen, so that the questions can be counted, nobody does."""

    def __init__(self, make: Callable[[], Sequence[Part]]) -> None:
        self._make = make

    @cached_property
    def _parts(self) -> Sequence[Part]:
        return tuple(self._make())

    @overload
    def __getitem__(self, place: int) -> Part: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Part]: ...
    def __getitem__(self, place: int | slice) -> Part | Sequence[Part]:
        return self._parts[place]

    def __len__(self) -> int:
        return len(self._parts)

    def __eq__(self, other: object) -> bool:
        return self._parts == (other._parts if isinstance(other, Later) else other)

    def __hash__(self) -> int:
        return hash(self._parts)


GO = "Continue"


class Question(NamedTuple):
    """One thing asked. `name` is what the answer is kept under, within its conversation.

    A tuple and no dataclass: for each message all that can be foreseen are made anew, and counted.
    """

    name: str
    label: str
    kind: Answer
    help: str = ""
    """Words of the policy's form that stand with the label."""
    hint: str = ""
    """Our own help."""
    before: Sequence[Part] = ()
    """Shown above the question: advice, words to say, dates."""
    heading: str = ""
    optional: bool = False
    prefill: Any = None
    """A proposal, taken with one press; nothing is taken from it without that press."""
    go: str = GO
    """What the button says that takes the answer."""
    is_review: bool = False
    """Shows every answer so far, and changes any one."""
    calendar: Calendar | None = None
    """In whose working days a date is echoed, where no escalation says so yet."""
    private: bool = True
    """Whether the answer may identify a child: if it was typed as a message, the person is asked to delete that."""


Flow = Callable[[], Generator[Question, Any, Any]]
"""Begins the conversation anew; each call gives a fresh generator for the same context."""


@dataclass(frozen=True)
class Step:
    """A question on the way that has been answered; `value` is None where it was skipped."""

    question: Question
    value: Any


@dataclass(frozen=True)
class Walk:
    """How far the answers lead."""

    path: tuple[Step, ...]
    question: Question | None
    """What is to be asked now; None at the end."""
    decision: Any = None
    ahead: Callable[[], int] = lambda: 0
    """How many questions follow, that one included: foreseeing them takes long, and not everybody asks."""

    @property
    def position(self) -> int:
        return len(self.path) + 1

    @cached_property
    def total(self) -> int:
        """How many questions there are on the way that can be foreseen now."""
        return len(self.path) + self.ahead()

    def of(self, total: int) -> Walk:
        """The same, where it is known how many questions there are."""
        return replace(self, ahead=lambda: total - len(self.path))


def walk(flow: Flow, answers: Mapping[str, Any], editing: str = "") -> Walk:
    """Replay the flow. It stops at the first unanswered question, or at the one named by `editing`."""
    path: list[Step] = []
    generator = flow()
    try:
        question = next(generator)
        while len(path) < LONGEST_WAY:
            if question.name == editing or not is_answered(question, answers):
                return Walk(tuple(path), question, ahead=partial(_ahead, generator, question, answers))
            value = answers[question.name].get("value")
            path.append(Step(question, value))
            question = generator.send(value)
    except StopIteration as end:
        return Walk(tuple(path), None, end.value)
    raise RuntimeError(f"A conversation asked more than {LONGEST_WAY} questions, the last being {question.name!r}.")


def _ahead(generator: Generator[Question, Any, Any], question: Question, answers: Mapping[str, Any]) -> int:
    """How many questions follow, this one included, if each that has no answer yet is given the likeliest."""
    count = 0
    try:
        while count < LONGEST_WAY:
            count += 1
            known = is_answered(question, answers)
            question = generator.send(answers[question.name].get("value") if known else foreseen(question))
    except StopIteration:
        pass
    return count


def foreseen(question: Question) -> Any:
    """The likeliest answer to a question that has none yet."""
    return question.prefill if question.prefill is not None else question.kind.example()


def is_answered(question: Question, answers: Mapping[str, Any]) -> bool:
    """Whether a usable answer is stored. One that no longer fits its kind is asked again, never trusted."""
    stored = answers.get(question.name)
    if stored is None:
        return False
    if stored.get("skipped"):
        return question.optional
    if not question.kind.fits(stored.get("value")):
        return False
    try:
        question.kind.show(stored["value"])
    except (KeyError, TypeError, ValueError, AttributeError):
        return False
    return True
