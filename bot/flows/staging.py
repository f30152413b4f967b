"""What is asked whenever a stage is entered: who is who, and by when, where the policy leaves that to be agreed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial

from bot.deadlines import check_agreed
from bot.errors import Doubtful
from bot.fields import Day, Professional, Reading
from bot.flows.context import Asking, Context, ask, stage_in_words
from bot.flows.conversation import Question
from bot.messages import Given
from bot.policy import Agreed, Policy, Stage


def people_at(c: Context, stage: Stage, proposed: Mapping[str, str] | None = None) -> Asking:
    """Who acts at a stage: {"raising": …, "deputy": …, "challenged": …}, each a Professional answer or {}."""
    heading = c.words("escalate.people_at", stage=stage_in_words(stage))
    asked = Professional(needed=("name",), pick=True)
    manager = yield from ask(
        Question(
            "raising",
            c.words("escalate.raising", role=stage.raising.role),
            asked,
            help=_examples(c, stage.raising.examples),
            hint=c.words("escalate.raising_help"),
            heading=heading,
            private=False,
        )
    )
    deputy = yield from ask(
        Question(
            "deputy",
            c.words("escalate.deputy", name=manager["name"]),
            asked,
            optional=True,
            prefill=_deputy(c, manager),
            heading=heading,
            private=False,
        )
    )
    challenged = yield from ask(
        Question(
            "challenged",
            c.words("escalate.challenged", role=stage.challenged.role),
            asked,
            help=_examples(c, stage.challenged.examples),
            hint=c.words("escalate.challenged_help"),
            optional=True,
            prefill=dict(proposed) if proposed else None,
            heading=heading,
            private=False,
        )
    )
    return {"raising": manager or {}, "deputy": deputy or {}, "challenged": challenged or {}}


def _examples(c: Context, examples: list[str]) -> str:
    return c.words("escalate.for_example", examples="; ".join(examples)) if examples else ""


def _deputy(c: Context, manager: Mapping[str, str]) -> Mapping[str, str] | None:
    known = c.people.get(manager.get("person", ""))
    deputy = c.people.get(known.deputy) if known else None
    return deputy.details() if deputy else None


class CheckedDay(Day):
    """A date that something else has to allow: `check` raises InvalidAnswer with the reason if it does not."""

    check: Callable[[date], None]

    def read(self, given: Given, reading: Reading) -> str:
        try:
            typed = super().read(given, reading)
        except Doubtful as doubt:
            # A date that was assumed has to keep to the policy too, before anybody says yes to it.
            self.check(date.fromisoformat(doubt.value))
            raise
        self.check(date.fromisoformat(typed))
        return typed


def agreed_date(c: Context, policy: Policy, stage: Stage, entered: date) -> Asking:
    """The date agreed for a stage whose policy asks for one; None where there is no such rule, or none yet."""
    if not isinstance(stage.limit, Agreed):
        return None
    check = partial(check_agreed, policy, stage.id, entered_on=entered, calendar=c.calendar_of(policy))
    kind = CheckedDay(expect="future", check=check)
    label = c.words("escalate.agreed", stage=stage.label)
    hint = c.words("escalate.agreed_help", cap=stage.limit.cap)
    heading = c.words("escalate.when")
    typed = yield from ask(
        Question(
            "agreed",
            label,
            kind,
            help=stage.limit.words,
            hint=hint,
            optional=True,
            heading=heading,
            private=False,
        )
    )
    return date.fromisoformat(typed) if typed else None
