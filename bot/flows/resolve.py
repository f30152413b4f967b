"""Ending well: what was agreed, what was learned, who does what by when, and whether everybody was told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from bot import dates
from bot.errors import InvalidAnswer
from bot.fields import Choice, Choices, Column, Paragraph, Rows, YesIfAll
from bot.flows.context import Asking, Context, ask
from bot.flows.conversation import Question
from bot.flows.moved_on import it_moved_on, moved_on
from bot.flows.staging import CheckedDay
from bot.messages import Points, Words

ACTIONS = Rows(
    columns=(
        Column(id="action", label="Action", needed=True),
        Column(id="by_whom", label="By whom", needed=True),
        Column(id="date", label="Date", answer="date"),
    )
)
DEBRIEF = YesIfAll(
    of=(
        Choices(id="outcome", label="An outcome has been agreed"),
        Choices(id="debrief", label="A debrief has taken place"),
    )
)


@dataclass(frozen=True)
class Resolve:
    """The disagreement is resolved. `answers` is kept with the escalation, sealed."""

    reference: str
    on: date
    answers: Mapping[str, Any]


def _not_before(concern: date, on: date) -> None:
    if on < concern:
        begun = dates.in_words(concern)
        raise InvalidAnswer(f"It cannot have been resolved on {dates.in_words(on)}: the clock began on {begun}.")


def resolve(c: Context) -> Asking:
    """A conversation that returns Resolve or NothingToDo."""
    if moved_on(c):
        return it_moved_on(c)
    policy = c.policy_of(c.escalation)
    heading = c.words("resolve.title", reference=c.escalation.reference)
    answers: dict[str, Any] = {}

    def one(name: str, kind: Any, **more: Any) -> Asking:
        question = Question(name, c.words(f"resolve.{name}"), kind, heading=heading, **more)
        return (yield from ask(question))

    day = CheckedDay(check=partial(_not_before, c.escalation.concern))
    on = yield from one("resolved_on", day, prefill=c.today.isoformat(), private=False)
    answers["how_resolved"] = yield from one("how_resolved", Paragraph())
    answers["agreed_outcome"] = yield from one("agreed_outcome", Paragraph())
    answers["lessons"] = yield from one("lessons", Paragraph(), optional=True)
    answers["actions"] = yield from one("actions", ACTIONS, optional=True)
    answers["debrief"] = yield from one("debrief", DEBRIEF)
    duties = (
        Words(c.words("resolve.duties"), "strong"),
        Points(tuple(duty.words for duty in policy.record_duties)),
    )
    kind = Choice(options=(Choices(id="resolve", label=c.words("resolve.go")),))
    yield from one("confirm", kind, is_review=True, before=duties if policy.record_duties else (), private=False)
    return Resolve(c.escalation.reference, date.fromisoformat(on), answers)
