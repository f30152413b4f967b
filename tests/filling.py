"""Escalations under the invented policies, and filling their forms the likeliest way."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from bot import calendars
from bot.escalation import Escalation, Status
from bot.flows.context import Context
from bot.flows.questions import Question, walk
from bot.flows.report import Report, preloaded, report
from bot.policy import Policy
from tests.flows.contexts import BEN, CALENDARS, GRACE, context, escalation, person
from tests.invented import CALENDARS as INVENTED

ALL_CALENDARS = {**CALENDARS, **calendars.load_folder(INVENTED)}
LEAD = {"name": "Lena Lead", "role": "Safeguarding Lead", "agency": "Millbrook", "email": "lena@example.org"}


def under(
    policy: Policy, stage: str, status: Status = Status.OPEN, *, without: tuple[str, ...] = (), **fields: Any
) -> Escalation:
    """One that Asha raised under this policy, and that has come to this stage through all those below but `without`."""
    ladder = [each.id for each in policy.ladder]
    passed = [each for each in ladder[: ladder.index(stage) + 1] if each not in without]
    people = {f"people.{each}.raising": person(BEN) for each in passed}
    people |= {f"people.{each}.challenged": person(GRACE) for each in passed}
    base = escalation("herefordshire", 1, status)
    own = {name: value for name, value in base.fields.items() if not name.startswith("people.")}
    return replace(
        base,
        policy=policy.id,
        policy_version=policy.version,
        subject="child",
        stage=stage,
        entered={each: date(2026, 3, 3 + place) for place, each in enumerate(passed)},
        resolved_at=stage if status in {Status.RESOLVED, Status.CLOSED} else "",
        fields={**own, **people, "people.lead": LEAD, "about_whom": "one", **fields},
    )


@dataclass(frozen=True)
class Filled:
    """What was asked, in order, and what came of it."""

    asked: tuple[Question, ...]
    decision: Any

    @property
    def names(self) -> list[str]:
        """Ids of the fields and follow-ups that were asked, without who gets it and the confirmation."""
        ids = [field_of(question) for question in self.asked]
        return [each for each in ids if each not in {"form", "confirm"} and not each.startswith("to.")]

    @property
    def report(self) -> Report:
        assert isinstance(self.decision, Report)
        return self.decision

    def question(self, name: str) -> Question:
        return next(question for question in self.asked if field_of(question) == name)


def field_of(question: Question) -> str:
    """Its name without the form and the stage that it begins with."""
    return re.sub(r"^[a-z0-9-]+\.((step|alert|stage)-[0-9]\.)?", "", question.name)


def world(policy: Policy, about: Escalation, filling: str = "") -> Context:
    seed = {"filling": filling} if filling else {}
    return context(about, policies={policy.id: policy}, calendars=ALL_CALENDARS, seed=seed)


def fill(policy: Policy, about: Escalation, answers: Mapping[str, Any] | None = None, filling: str = "") -> Filled:
    """Fill this form, or the next: with these answers, else what is proposed, else nothing, else an example."""
    c = world(policy, about, filling)
    stored = dict(preloaded(c))
    asked: list[Question] = []
    while (way := walk(lambda: report(c), stored)).question is not None:
        question = way.question
        asked.append(question)
        stored[question.name] = _answer(question, answers or {})
    return Filled(tuple(asked), way.decision)


def _answer(question: Question, answers: Mapping[str, Any]) -> dict[str, Any]:
    given = answers.get(field_of(question), question.prefill)
    if given is not None:
        return {"value": given}
    return {"skipped": True} if question.optional else {"value": question.kind.example()}
