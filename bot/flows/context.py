"""What a flow may look at, and the questions that several flows ask in the same way."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from bot import dates
from bot.calendars import Calendar
from bot.deadlines import Deadline, deadline, progress
from bot.escalation import Approval, Escalation
from bot.fields import Choice, Choices, Reading
from bot.flows.conversation import Question
from bot.people import Person, pickable
from bot.policies import Policies
from bot.policy import Policy, Stage
from bot.words import Words

Asking = Generator[Question, Any, Any]


@dataclass(frozen=True)
class Context:
    """The world as one person may see it at one moment."""

    words: Words
    today: date
    me: Person
    policies: Policies
    calendars: Mapping[str, Calendar]
    people: Mapping[str, Person]
    about: Escalation | None = None
    approvals: tuple[Approval, ...] = ()
    """All that were asked for the escalation that the conversation is about."""
    seed: Mapping[str, str] = field(default_factory=dict)

    @property
    def escalation(self) -> Escalation:
        """The one that the conversation is about; conversations that need one are begun with one."""
        if self.about is None:
            raise LookupError("This conversation is not about an escalation.")
        return self.about

    def policy_of(self, escalation: Escalation) -> Policy:
        """The policy as it holds for this escalation: the version under which it was begun, in its language, on its
        ladder, in its branches, under its priority."""
        return self.policies.of_escalation(escalation)

    @property
    def offered(self) -> Mapping[str, Policy]:
        """The policies under which an escalation can be begun today, by id."""
        return self.policies.current(self.today)

    def calendar_of(self, policy: Policy) -> Calendar:
        return self.calendars[policy.clock.calendar]

    def reading(self) -> Reading:
        """For reading answers; the calendar is the escalation's, or none before there is one."""
        calendar = self.calendar_of(self.policy_of(self.about)) if self.about else None
        return Reading(self.today, calendar, pickable(self.people))

    def deadline_of(self, escalation: Escalation, stage: str = "") -> Deadline:
        policy = self.policy_of(escalation)
        return deadline(policy, stage or escalation.stage, escalation.course, self.calendar_of(policy))

    def due_of(self, escalation: Escalation) -> str:
        """When the present stage is due, in words; plainly overdue once its day is over."""
        return due_in_words(self.deadline_of(escalation), self.words, self.today)

    def progress_of(self, escalation: Escalation) -> str:
        policy = self.policy_of(escalation)
        return progress(
            policy,
            self.deadline_of(escalation),
            concern=escalation.concern,
            today=self.today,
            calendar=self.calendar_of(policy),
        )


def ask(question: Question) -> Generator[Question, Any, Any]:
    """Ask one question and come back with its answer, or None where it was skipped."""
    answer = yield question
    return answer


def choose(name: str, label: str, options: Mapping[str, str], **more: Any) -> Asking:
    """Ask for one of several; comes back with its id."""
    kind = Choice(options=tuple(Choices(id=key, label=text) for key, text in options.items()))
    return (yield from ask(Question(name, label, kind, **more)))


def stage_in_words(stage: Stage) -> str:
    """ "Stage 2: Line manager – Line manager"."""
    return f"{stage.label}: {stage.title.rstrip('.')}" if stage.title else stage.label


def due_in_words(due: Deadline, words: Words, today: date | None = None) -> str:
    """When a stage is due, as people read it; overdue if its day is over `today`; provisional if it may still move."""
    if due.due is None:
        text = words("due.no_date")
    elif today is not None and today > due.due:
        text = words("due.overdue", due=dates.in_words(due.due))
    elif due.soft is not None and (today is None or today <= due.soft):
        text = words("due.range", soft=dates.in_words(due.soft), due=dates.in_words(due.due))
    else:
        text = words("due.by", due=dates.in_words(due.due))
    if due.behind:
        text += " " + words("due.behind", n=due.behind, days=words("due.day" if due.behind == 1 else "due.days"))
    return text + (" " + words("due.provisional") if due.provisional else "")
