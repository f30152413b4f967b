"""Changing what stands: a date agreed or corrected, the owner, withdrawing, and opening again. Each with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from bot import dates
from bot.deadlines import timetable
from bot.errors import InvalidAnswer
from bot.escalation import Escalation
from bot.fields import Choice, Choices, Line, Paragraph, Professional
from bot.flows.context import Asking, Context, ask, choose, due_in_words, stage_in_words
from bot.flows.conversation import Question
from bot.flows.moved_on import NothingToDo, it_moved_on, moved_on
from bot.flows.staging import CheckedDay, agreed_date
from bot.messages import Facts, Words
from bot.policy import Agreed


@dataclass(frozen=True)
class AgreeDate:
    """Both sides agreed a date for the present stage."""

    reference: str
    on: date
    who: str


@dataclass(frozen=True)
class CorrectDate:
    """A date was wrong. `which` is "concern" or a stage's id; the clocks are computed anew."""

    reference: str
    which: str
    on: date
    reason: str


@dataclass(frozen=True)
class Withdraw:
    """The raiser withdraws the escalation."""

    reference: str
    reason: str


@dataclass(frozen=True)
class Reopen:
    """It was ended too early, or the matter is back: it goes on at the stage where it stood."""

    reference: str
    reason: str


@dataclass(frozen=True)
class PassOn:
    """Somebody else leads it from now on."""

    reference: str
    to: Mapping[str, str]
    reason: str


def agree(c: Context) -> Asking:
    """Returns AgreeDate or NothingToDo."""
    policy = c.policy_of(c.escalation)
    stage = policy.stage(c.escalation.stage)
    if moved_on(c):
        return it_moved_on(c)
    if not isinstance(stage.limit, Agreed):
        return NothingToDo("agree.not_here", {"limit": stage.limit.words})
    on = yield from agreed_date(c, policy, stage, c.escalation.entered[stage.id])
    if on is None:
        return NothingToDo("agree.none", {"reference": c.escalation.reference})
    who = yield from ask(Question("who", c.words("agree.who"), Line(), heading=c.words("flow.agree"), private=False))
    return AgreeDate(c.escalation.reference, on, who)


def correct(c: Context) -> Asking:
    """Returns CorrectDate or NothingToDo."""
    if moved_on(c):
        return it_moved_on(c)
    policy = c.policy_of(c.escalation)
    heading = c.words("flow.correct")
    offered = {"concern": f"{policy.vocabulary.concern_date}: {dates.in_words(c.escalation.concern)}"}
    for stage_id, on in c.escalation.entered.items():
        label = policy.stage(stage_id).label
        offered[stage_id] = c.words("correct.entered", stage=label, on=dates.in_words(on))
    which = yield from choose("which_date", c.words("correct.which"), offered, heading=heading, private=False)
    kind = CheckedDay(check=partial(in_order, c.escalation, c.today, which))
    typed = yield from ask(Question("right_date", c.words("correct.right"), kind, heading=heading, private=False))
    right = date.fromisoformat(typed)
    reason = yield from ask(Question("reason", c.words("correct.reason"), Paragraph(), heading=heading))
    yield from _confirm(c, heading, _new_dates(c, which, right))
    return CorrectDate(c.escalation.reference, which, right, reason)


def in_order(escalation: Escalation, today: date, which: str, right: date) -> None:
    """InvalidAnswer unless the dates still rise: the clock's date, then each stage entered, none after today."""
    days = {"concern": escalation.concern, **escalation.entered}
    order = list(days)
    place = order.index(which)
    before = days[order[place - 1]] if place else None
    after = days[order[place + 1]] if place + 1 < len(order) else today
    if (before is not None and right < before) or right > after:
        first = f"between {dates.in_words(before)} and" if before else "no later than"
        raise InvalidAnswer(
            f"{dates.in_words(right)} cannot be right: it has to lie {first} {dates.in_words(after)}, "
            "because of the dates before and after it. Correct those first if they are wrong."
        )


def _new_dates(c: Context, which: str, right: date) -> Facts:
    policy = c.policy_of(c.escalation)
    course = c.escalation.course
    right_course = (
        replace(course, concern=right)
        if which == "concern"
        else replace(course, entered={**course.entered, which: right})
    )
    due = timetable(policy, right_course, c.calendar_of(policy))
    return Facts(tuple((stage_in_words(policy.stage(one.stage)), due_in_words(one, c.words, c.today)) for one in due))


def _confirm(c: Context, heading: str, facts: Facts) -> Asking:
    kind = Choice(options=(Choices(id="go", label=c.words("correct.go")),))
    before = (Words(c.words("correct.new_dates"), "strong"), facts)
    label = c.words("correct.confirm")
    yield from ask(Question("confirm", label, kind, before=before, is_review=True, heading=heading, private=False))


def _reason(c: Context, flow: str) -> Asking:
    return (yield from ask(Question("reason", c.words(f"{flow}.reason"), Paragraph(), heading=c.words(f"flow.{flow}"))))


def withdraw(c: Context) -> Asking:
    """Returns Withdraw."""
    reason = yield from _reason(c, "withdraw")
    kind = Choice(options=(Choices(id="go", label=c.words("withdraw.go")),))
    label, heading = c.words("withdraw.confirm"), c.words("flow.withdraw")
    yield from ask(Question("confirm", label, kind, is_review=True, heading=heading, private=False))
    return Withdraw(c.escalation.reference, reason)


def reopen(c: Context) -> Asking:
    """Returns Reopen."""
    return Reopen(c.escalation.reference, (yield from _reason(c, "reopen")))


def pass_on(c: Context) -> Asking:
    """Returns PassOn."""
    heading = c.words("flow.pass")
    escalation = c.escalation
    kind = NewOwner(
        pick=True,
        needed=("name",),
        raiser=escalation.raiser,
        challenged=challenged_people(escalation),
        challenged_agency=escalation.challenged_agency,
    )
    to: dict[str, Any] = yield from ask(Question("to", c.words("pass.to"), kind, heading=heading, private=False))
    reason = yield from _reason(c, "pass")
    return PassOn(c.escalation.reference, to, reason)


def challenged_people(escalation: Escalation) -> tuple[str, ...]:
    """Ids of everybody recorded for the challenged side."""
    names = ("counterpart", *(name for name in escalation.fields if name.endswith(".challenged")))
    people = (escalation.fields.get(name) or {} for name in names)
    return tuple(person["person"] for person in people if person.get("person"))


class NewOwner(Professional):
    """Somebody of the raising side who can be reached here: an escalation is never left without an owner."""

    raiser: str
    challenged: tuple[str, ...]
    challenged_agency: str

    def read(self, given: Any, reading: Any) -> dict[str, str]:
        value = super().read(given, reading)
        person = value.get("person", "")
        if not person or person == self.raiser:
            raise InvalidAnswer("Please pick somebody else who is in this chat: whoever leads it has to be reached.")
        if person in self.challenged or reading.people[person]["agency"] == self.challenged_agency:
            raise InvalidAnswer("They act for the other side, so they cannot lead it. Please pick somebody on yours.")
        return value


__all__ = [
    "AgreeDate", "CorrectDate", "PassOn", "Reopen", "Withdraw", "agree", "correct", "pass_on", "reopen",
    "withdraw",
]  # fmt: skip
