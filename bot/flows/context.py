"""What a flow may look at, and the questions that several flows ask in the same way."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from bot import dates
from bot.calendars import Calendar
from bot.deadlines import ClockDue, Deadline, clocks, is_over, owed, progress, warnings_of
from bot.escalation import Approval, Escalation
from bot.fields import Choice, Choices, Day, Line, Many, Paragraph, Professional, Reading
from bot.flows.questions import Question
from bot.people import Person, Pickable
from bot.policies import Policies
from bot.policy import Policy, Stage
from bot.words import Words

Asking = Generator[Question, Any, Any]

LINE, TEXT, DAY = Line(), Paragraph(), Day()
SOMEBODY = Professional(needed=("name",), pick=True)
ONESELF = Professional(needed=("name", "role", "agency", "email"))


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
    now: datetime | None = None
    """The moment, where it is known: limits in hours end at one."""
    snoozes: Mapping[str, datetime] = field(default_factory=dict)
    """Until when each person wants no nudges about the escalation."""
    own: Mapping[str, str] = field(default_factory=dict)
    """What this person had said of themselves when the conversation began."""
    returns_to: str = ""
    """The mailbox to which a letter comes back, where the bot cannot look into it itself."""

    @property
    def mine(self) -> dict[str, str]:
        """Who this person is, as a Professional answer: in their own words, where they gave any."""
        return {**self.me.details(), **self.own}

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
        return Reading(self.today, calendar, Pickable(self.people))

    def deadline_of(self, escalation: Escalation, stage: str = "") -> Deadline:
        """What is owed at the present stage, or another."""
        policy = self.policy_of(escalation)
        return owed(policy, stage or escalation.stage, escalation.course, self.calendar_of(policy))

    def due_of(self, escalation: Escalation) -> str:
        """When the present stage is due, in words; plainly overdue once its day is over."""
        return due_in_words(self.deadline_of(escalation), self.words, self.today, self.now)

    def clocks_of(self, escalation: Escalation, stage: str = "") -> list[ClockDue]:
        """The clocks within the present stage, or another; [] where it has none."""
        policy = self.policy_of(escalation)
        return clocks(policy, stage or escalation.stage, escalation.course, self.calendar_of(policy))

    def warnings_of(self, escalation: Escalation) -> tuple[str, ...]:
        """A sentence for each local closure that the present stage's date meets from today on."""
        policy = self.policy_of(escalation)
        return warnings_of(policy, self.deadline_of(escalation), self.calendar_of(policy), self.today)

    def progress_of(self, escalation: Escalation) -> str:
        policy = self.policy_of(escalation)
        return progress(
            policy,
            self.deadline_of(escalation),
            concern=escalation.concern,
            today=self.today,
            calendar=self.calendar_of(policy),
            now=self.now,
        )


def ask(question: Question) -> Generator[Question, Any, Any]:
    """Ask one question and come back with its answer, or None where it was skipped."""
    answer = yield question
    return answer


def choose(name: str, label: str, options: Mapping[str, str], **more: Any) -> Asking:
    """Ask for one of several; comes back with its id."""
    return (yield from ask(Question(name, label, one_of(tuple(options.items())), **more)))


@lru_cache(200)
def one_of(options: tuple[tuple[str, str], ...]) -> Choice:
    """Choose one, by its id and label. Made once: the same few are asked of everybody."""
    return Choice(options=tuple(Choices(id=key, label=text) for key, text in options))


@lru_cache(200)
def many_of(options: tuple[tuple[str, str], ...]) -> Many:
    """Tick any of them."""
    return Many(options=tuple(Choices(id=key, label=text) for key, text in options))


def stage_in_words(stage: Stage) -> str:
    """ "Stage 2: Line manager – Line manager"."""
    return f"{stage.label}: {stage.title.rstrip('.')}" if stage.title else stage.label


def due_in_words(due: Deadline | ClockDue, words: Words, today: date | None = None, now: datetime | None = None) -> str:
    """When a stage or a clock is due, as people read it; overdue once that is over; provisional if it may still move.

    Without `today` it is told as it was set. `now` is the moment, for limits in hours.
    """
    text = _date_in_words(due, words, today, now)
    if due.behind:
        text += " " + words("due.behind", n=due.behind, days=words("due.day" if due.behind == 1 else "due.days"))
    return text + (" " + words("due.provisional") if due.provisional else "")


def _date_in_words(due: Deadline | ClockDue, words: Words, today: date | None, now: datetime | None) -> str:
    soft_over = due.soft is not None and today is not None and is_over(due.soft, due.soft_at, today, now)
    if due.due is None:
        if due.soft is None:
            return _without_date(due, words)
        name = "due.target_passed" if soft_over else "due.target"
        return words(name, soft=end_in_words(due.soft, due.soft_at, words))
    end = end_in_words(due.due, due.due_at, words)
    if today is not None and is_over(due.due, due.due_at, today, now):
        return words("due.overdue", due=end)
    if due.soft is None or soft_over:
        return words("due.by", due=end)
    return words("due.range", soft=_moment_in_words(due.soft, due.soft_at, words), due=end)


def _without_date(due: Deadline | ClockDue, words: Words) -> str:
    if isinstance(due, Deadline) and due.passed_over:
        return words("due.passed_over")
    if due.waits_for:
        return words("due.waits", event=due.waits_for)
    return words("due.printed", limit=due.printed.rstrip(".")) if due.printed else words("due.no_date")


def end_in_words(day: date, at: datetime | None, words: Words) -> str:
    """The end of a day, or an hour of it; what ends at midnight ends with the day before."""
    by_the_hour = at is not None and at.date() == day
    return _moment_in_words(day, at, words) if by_the_hour else words("due.end_of", day=dates.in_words(day))


def _moment_in_words(day: date, at: datetime | None, words: Words) -> str:
    by_the_hour = at is not None and at.date() == day
    return words("due.hour", hour=f"{at:%H:%M}", day=dates.in_words(day)) if by_the_hour else dates.in_words(day)
