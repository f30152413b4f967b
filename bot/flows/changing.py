"""Changing what stands: a date agreed or corrected, the owner, withdrawing, and opening again. Each with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from bot import dates
from bot.deadlines import timetable
from bot.errors import InvalidAnswer
from bot.fields import Choice, Choices, Line, Paragraph, Professional
from bot.flows.context import Asking, Context, ask, choose, due_in_words, stage_in_words
from bot.flows.conversation import Question
from bot.flows.move import NothingToDo
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
    if not isinstance(stage.limit, Agreed):
        return NothingToDo("agree.not_here", {"limit": stage.limit.words})
    on = yield from agreed_date(c, policy, stage, c.escalation.entered[stage.id])
    if on is None:
        return NothingToDo("agree.none", {"reference": c.escalation.reference})
    who = yield from ask(Question("who", c.words("agree.who"), Line(), heading=c.words("flow.agree"), private=False))
    return AgreeDate(c.escalation.reference, on, who)


def correct(c: Context) -> Asking:
    """Returns CorrectDate."""
    policy = c.policy_of(c.escalation)
    heading = c.words("flow.correct")
    offered = {"concern": f"{policy.vocabulary.concern_date}: {dates.in_words(c.escalation.concern)}"}
    for stage_id, on in c.escalation.entered.items():
        label = policy.stage(stage_id).label
        offered[stage_id] = c.words("correct.entered", stage=label, on=dates.in_words(on))
    which = yield from choose("which_date", c.words("correct.which"), offered, heading=heading, private=False)
    kind = CheckedDay(check=partial(_in_order, c, which))
    typed = yield from ask(Question("right_date", c.words("correct.right"), kind, heading=heading, private=False))
    right = date.fromisoformat(typed)
    reason = yield from ask(Question("reason", c.words("correct.reason"), Paragraph(), heading=heading))
    yield from _confirm(c, heading, _new_dates(c, which, right))
    return CorrectDate(c.escalation.reference, which, right, reason)


def _in_order(c: Context, which: str, right: date) -> None:
    """A stage is not entered before the one below it, nor after the one above it."""
    order = list(c.escalation.entered)
    if which == "concern":
        return
    place = order.index(which)
    before = c.escalation.entered[order[place - 1]] if place else c.escalation.concern
    after = c.escalation.entered[order[place + 1]] if place + 1 < len(order) else c.today
    if not before <= right <= after:
        raise InvalidAnswer(
            f"{dates.in_words(right)} cannot be right: it has to lie between {dates.in_words(before)} and "
            f"{dates.in_words(after)}, the dates before and after it. Correct those first if they are wrong."
        )


def _new_dates(c: Context, which: str, right: date) -> Facts:
    policy = c.policy_of(c.escalation)
    entered = {**c.escalation.entered, **({which: right} if which != "concern" else {})}
    due = timetable(
        policy,
        concern=right if which == "concern" else c.escalation.concern,
        entered=entered,
        agreed=c.escalation.agreed,
        calendar=c.calendar_of(policy),
    )
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
    kind = NewOwner(pick=True, needed=("name",), raiser=c.escalation.raiser)
    to: dict[str, Any] = yield from ask(Question("to", c.words("pass.to"), kind, heading=heading, private=False))
    reason = yield from _reason(c, "pass")
    return PassOn(c.escalation.reference, to, reason)


class NewOwner(Professional):
    """Somebody who can be reached here, and is not the raiser: an escalation is never left without an owner."""

    raiser: str

    def read(self, given: Any, reading: Any) -> dict[str, str]:
        value = super().read(given, reading)
        if not value.get("person") or value["person"] == self.raiser:
            raise InvalidAnswer("Please pick somebody else who is in this chat: whoever leads it has to be reached.")
        return value


__all__ = [
    "AgreeDate", "CorrectDate", "PassOn", "Reopen", "Withdraw", "agree", "correct", "pass_on", "reopen",
    "withdraw",
]  # fmt: skip
