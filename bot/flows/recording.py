"""`/record`: the partnership's own part of a form that has reached it: when it came, and what was done.

Rule: it is asked of the partnership's team only, kept apart from all other answers, and changed by nobody else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot import access
from bot.escalation import Escalation
from bot.fields import Choice, Choices, Day
from bot.flows.context import Asking, Context, ask, choose
from bot.flows.mine import reported_facts
from bot.flows.moved_on import NothingToDo
from bot.flows.questions import Question
from bot.forms_due import WHOLE
from bot.messages import Part, Words
from bot.policy import Form, FormField, Policy
from bot.sent_letters import with_the_partnership


@dataclass(frozen=True)
class Record:
    """What the partnership's team says of one form; all of its part, with what was said before."""

    reference: str
    form: str
    instance: str
    answers: Mapping[str, Any]


def recorded_name(form: str, instance: str) -> str:
    """The escalation's field that holds what the partnership says of this form."""
    return f"partnership.{form}.{instance}"


def recorded(escalation: Escalation, form: str, instance: str) -> dict[str, Any]:
    """What the partnership has said of it, as answers by field id."""
    return dict(escalation.fields.get(recorded_name(form, instance)) or {})


def theirs(form: Form) -> list[FormField]:
    """The fields that only the partnership fills."""
    return [field for section, field in form.fields() if section.who == "partnership"]


def record(c: Context) -> Asking:
    """Returns Record or NothingToDo."""
    policy = c.policy_of(c.escalation)
    offered = _reached(policy, c.escalation)
    if not offered:
        return NothingToDo("record.no_part", {"reference": c.escalation.reference})
    key = next(iter(offered))
    if len(offered) > 1:
        titles = {key: title_of(c, policy, *each) for key, each in offered.items()}
        key = yield from choose("form", c.words("report.which"), titles, private=False)
    form, instance = offered[key]
    heading = c.words("record.title", title=title_of(c, policy, form, instance), reference=c.escalation.reference)
    answers: dict[str, Any] = {}
    for number, field in enumerate(theirs(form)):
        before = _opening(c, policy) if number == 0 else ()
        answer = yield from ask(_question(c, policy, form, instance, field, heading, before))
        if answer is not None:
            answers[field.id] = answer
    go = Choice(options=(Choices(id="go", label=c.words("record.go")),))
    confirm = c.words("record.confirm")
    yield from ask(Question("confirm", confirm, go, is_review=True, heading=heading, private=False))
    return Record(c.escalation.reference, form.id, instance, answers)


def _reached(policy: Policy, escalation: Escalation) -> dict[str, tuple[Form, str]]:
    """The forms with a part of the partnership's own that have gone to it, each with its instance."""
    found: dict[str, tuple[Form, str]] = {}
    for key in with_the_partnership(escalation):
        form_id, instance, _ = key.split("/")
        form = policy.form(form_id)
        if theirs(form):
            found[f"{form_id}__{instance}"] = form, instance
    return found


def title_of(c: Context, policy: Policy, form: Form, instance: str) -> str:
    """The form's title; with the stage, where there is one for each."""
    if instance == WHOLE:
        return form.title
    return c.words("report.for_stage", title=form.title, stage=policy.stage(instance).label)


def _opening(c: Context, policy: Policy) -> tuple[Part, ...]:
    """Which one it is, by what has reached the partnership, and who will read what is written."""
    return reported_facts(c, access.facts_of(c.escalation, policy)), Words(c.words("record.only_you"), "quiet")


def _question(
    c: Context, policy: Policy, form: Form, instance: str, field: FormField, heading: str, before: tuple[Part, ...]
) -> Question:
    said = recorded(c.escalation, form.id, instance).get(field.id)
    today = c.today.isoformat() if isinstance(field.answer, Day) else None
    return Question(
        f"{form.id}.{instance}.{field.id}", field.label, field.answer, field.help, field.hint, before, heading,
        optional=not field.needed, prefill=today if said is None else said, calendar=c.calendar_of(policy),
    )  # fmt: skip
