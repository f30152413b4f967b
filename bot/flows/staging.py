"""What is asked whenever a stage is entered: how it is held, who is who, and by when, where that is to be settled."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from typing import Any

from bot import access, dates
from bot.calendars import Calendar
from bot.deadlines import Course, check_agreed, check_sooner
from bot.errors import Doubtful
from bot.fields import Day, Paragraph, Reading
from bot.flows.context import SOMEBODY, Asking, Context, ask, choose, stage_in_words
from bot.flows.questions import Question
from bot.messages import Given, Part, Points, Words
from bot.policy import Agreed, People, Policy, SinglePoint, Stage, as_taken

LONG_UNCHECKED = timedelta(days=180)
"""After so long people are warned that an entry of the directory may be out of date."""


@dataclass(frozen=True)
class Entering:
    """How a stage is entered. `people` holds a Professional answer, or {}, for raising, deputy, challenged, and for
    challenged.1, challenged.2 … of further agencies."""

    people: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    agreed: date | None = None
    branch: str = ""
    sooner: date | None = None
    why_sooner: str = ""

    def as_json(self) -> dict[str, Any]:
        """As it is kept with a request until that is approved."""
        return {
            "people": {side: dict(person) for side, person in self.people.items()},
            "agreed": self.agreed.isoformat() if self.agreed else "",
            "branch": self.branch,
            "sooner": self.sooner.isoformat() if self.sooner else "",
            "why_sooner": self.why_sooner,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Entering:
        agreed, sooner = kept.get("agreed"), kept.get("sooner")
        return cls(
            kept.get("people") or {},
            date.fromisoformat(agreed) if agreed else None,
            kept.get("branch", ""),
            date.fromisoformat(sooner) if sooner else None,
            kept.get("why_sooner", ""),
        )


def entering(
    c: Context,
    policy: Policy,
    stage: Stage,
    *,
    priority: str = "",
    agencies: Sequence[str],
    course: Course,
    proposed: Mapping[str, str] | None = None,
) -> Asking:
    """Everything that is asked on entering a stage; comes back with Entering.

    `policy` is as it holds for the escalation. `agencies` are those of the challenged side, the first being the one
    that has to answer. `course` is what its dates follow from until then.
    """
    branch = yield from which_branch(c, stage)
    taken = as_taken(stage, branch, priority)
    people = yield from people_at(c, policy, taken, agencies, proposed)
    held = policy
    if taken is not stage:
        held = policy.model_copy(update={"stages": [taken if each.id == stage.id else each for each in policy.stages]})
    agreed = yield from agreed_date(c, held, taken, c.today)
    sooner, why = yield from _sooner(c, held, taken, _as_if_entered(course, stage.id, c.today, agreed))
    return Entering(people, agreed, branch, sooner, why)


def as_printed(stage: Stage) -> tuple[Part, ...]:
    """What the policy says of a stage beside its name, and what it asks there; whatever is printed twice, once."""
    names = {stage.label, stage.title, stage_in_words(stage)}
    said = [text for text in stage.verbatim if text not in names]
    asked = tuple(text for text in stage.to_do if not any(text in each for each in said))
    return *([Words("\n".join(said))] if said else []), *([Points(asked)] if asked else [])


def which_branch(c: Context, stage: Stage) -> Asking:
    """Which of the stage's ways applies; "" where it has one only."""
    if not stage.branches:
        return ""
    offered = {branch.id: branch.label for branch in stage.branches}
    label = stage.branch_question or c.words("stage.which_branch", stage=stage.label)
    return (yield from choose("branch", label, offered, heading=stage_in_words(stage), private=False))


def people_at(
    c: Context, policy: Policy, stage: Stage, agencies: Sequence[str], proposed: Mapping[str, str] | None = None
) -> Asking:
    """Who acts at a stage: side -> a Professional answer or {}."""
    heading = c.words("escalate.people_at", stage=stage_in_words(stage))

    def who(name: str, label: str, **more: Any) -> Asking:
        return (yield from ask(Question(name, label, SOMEBODY, heading=heading, private=False, **more)))

    role = c.words("escalate.raising", role=stage.raising.role)
    hint = c.words("escalate.raising_help")
    manager = yield from who("raising", role, help=_roles(c, stage.raising), hint=hint)
    answers_for = c.words("escalate.deputy", name=manager["name"])
    deputy = yield from who("deputy", answers_for, optional=True, prefill=_deputy(c, manager))
    people = {"raising": manager, "deputy": deputy or {}}
    for place, agency in enumerate(agencies or ("",)):
        side = f"challenged.{place}" if place else "challenged"
        label = c.words("escalate.challenged", role=stage.challenged.role)
        if len(agencies) > 1:
            label = c.words("escalate.challenged_of", agency=agency, role=stage.challenged.role)
        point = policy.reached_at(agency, stage.id)
        other = proposed if not place else None
        known = other or _at(point, agency)
        reached = _reached(c, point, known=bool(other))
        hint = " ".join(text for text in (c.words("escalate.challenged_help"), reached) if text)
        shown = _roles(c, stage.challenged)
        people[side] = (
            yield from who(side, label, help=shown, hint=hint, optional=True, prefill=dict(known) if known else None)
        ) or {}
    return people


def _roles(c: Context, people: People) -> str:
    """Examples, what the role is called by sector, and who stands in where an agency has none."""
    examples = "; ".join([*people.examples, *(f"{each.sector}: {each.role}" for each in people.by_sector)])
    said = [c.words("escalate.for_example", examples=examples)] if examples else []
    return " ".join([*said, *([people.proxy] if people.proxy else [])])


def _at(point: SinglePoint | None, agency: str) -> dict[str, str] | None:
    if point is None:
        return None
    return {"name": point.name, "role": "", "agency": agency, "email": point.email, "person": ""}


def _reached(c: Context, point: SinglePoint | None, *, known: bool) -> str:
    """What the directory says, with a warning where nobody tried it for long; `known`: somebody else is proposed."""
    if point is None:
        return ""
    mailbox = ", ".join(filter(None, (point.name, point.email)))
    said = c.words("directory.says", mailbox=mailbox) if known else c.words("directory.proposed")
    phone = c.words("directory.phone", phone=point.phone) if point.phone else ""
    if point.checked_on is None:
        checked = c.words("directory.never_checked")
    elif c.today - point.checked_on > LONG_UNCHECKED:
        checked = c.words("directory.long_ago", day=dates.in_words(point.checked_on))
    else:
        checked = c.words("directory.checked", day=dates.in_words(point.checked_on))
    return " ".join(text for text in (said, phone, checked) if text)


def _deputy(c: Context, manager: Mapping[str, str]) -> Mapping[str, str] | None:
    known = c.people.get(manager.get("person", ""))
    deputy = access.deputy_of(known, c.people) if known else None
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


def _as_if_entered(course: Course, stage: str, on: date, agreed: date | None) -> Course:
    dates_agreed = {**course.agreed, stage: agreed} if agreed else course.agreed
    return replace(course, entered={**course.entered, stage: on}, agreed=dates_agreed)


def _sooner(c: Context, policy: Policy, stage: Stage, course: Course) -> Asking:
    """A shorter date for this child, where the policy always offers one; (None, "") where none is wanted."""
    if not stage.limit.or_sooner:
        return None, ""
    heading = c.words("escalate.when")
    label = c.words("stage.sooner", stage=stage.label)
    check = partial(_sooner_than_the_limit, policy, stage.id, course, c.calendar_of(policy))
    question = Question(
        "sooner", label, CheckedDay(expect="future", check=check), help=stage.limit.words,
        hint=c.words("stage.sooner_help"), optional=True, heading=heading, private=False,
    )  # fmt: skip
    typed = yield from ask(question)
    if not typed:
        return None, ""
    why = yield from ask(Question("why_sooner", c.words("stage.why_sooner"), Paragraph(), heading=heading))
    return date.fromisoformat(typed), why


def _sooner_than_the_limit(policy: Policy, stage: str, course: Course, calendar: Calendar, on: date) -> None:
    check_sooner(policy, stage, on, course, calendar)
