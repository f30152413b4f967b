"""`/escalate`: from the first doubt to an escalation that the other side cannot mistake for anything else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from bot import dates
from bot.deadlines import Course, Deadline, timetable, warnings_of
from bot.fields import Agencies
from bot.flows.context import (
    DAY,
    LINE,
    ONESELF,
    SOMEBODY,
    TEXT,
    Asking,
    Context,
    ask,
    due_in_words,
    many_of,
    one_of,
    stage_in_words,
)
from bot.flows.moved_on import NothingToDo
from bot.flows.preparing import danger, in_language, what_was_tried, which_policy
from bot.flows.questions import Later, Question
from bot.flows.routing import AnotherRoute, about_whom, right_route, which_ladder, which_priority
from bot.flows.saying import listed, said, words_to_say
from bot.flows.staging import Entering, entering
from bot.messages import Facts, Part, Points, Words
from bot.policy import Cumulative, FurtherAndTotal, NoClock, Policy, Since, Stage

AGENCIES = Agencies()


@dataclass(frozen=True)
class CallForHelp:
    """A child is in immediate danger: say what to do now, and keep nothing."""


@dataclass(frozen=True)
class TalkFirst:
    """The person goes and talks with their counterpart first; their answers wait for them."""


@dataclass(frozen=True)
class Raise:
    """Begin an escalation. `answers` is kept with it, sealed; `days` are other days that limits run from."""

    policy: str
    reference: str
    subject: str
    concern: date
    challenged_agency: str
    entering: Entering
    answers: Mapping[str, Any]
    ladder: str = ""
    priority: str = ""
    days: Mapping[str, date] = field(default_factory=dict)
    language: str = "en-GB"


def escalate(c: Context) -> Asking:
    """A conversation that returns CallForHelp, NothingToDo, AnotherRoute, TalkFirst or Raise."""
    if (yield from danger(c)):
        return CallForHelp()
    if not c.offered:
        return NothingToDo("escalate.none_holds", {})
    whole = yield from which_policy(c)
    whole = yield from in_language(c, whole)
    beside = yield from right_route(c, whole)
    if isinstance(beside, AnotherRoute):
        return beside
    about = yield from about_whom(c, whole)
    ladder = yield from which_ladder(c, whole)
    policy = whole.taken(ladder)
    stage = policy.ladder[0]
    answers: dict[str, Any] = {"about_whom": about.whom, "beside_route": beside}
    if not (yield from what_was_tried(c, policy, answers)):
        return TalkFirst()
    yield from _the_disagreement(c, policy, about.subject, answers)
    agencies = yield from _who_is_who(c, answers)
    priority = yield from _priority(c, whole, answers)
    policy = whole.taken(ladder, {}, priority)
    yield from _say_the_words(c, policy, stage, answers, agencies)
    concern, days = yield from _days(c, policy)
    # The counterpart acts at the first stage only where that is practitioner to practitioner.
    counterpart = answers.get("counterpart") if policy.stages[0].id == stage.id else None
    entered = yield from entering(
        c, policy, stage, priority=priority, agencies=agencies, course=Course(concern, days=days), proposed=counterpart
    )
    plan = Raise(
        whole.id, c.seed["reference"], about.subject, concern, agencies[0], entered, answers, ladder, priority, days,
        whole.language,
    )  # fmt: skip
    yield from _what_happens_next(c, whole, plan)
    return plan


def _the_disagreement(c: Context, policy: Policy, subject: str, answers: dict[str, Any]) -> Asking:
    heading = c.words("escalate.matter")
    examples: tuple[Part, ...] = ()
    if policy.advice.examples:
        examples = (
            Words(policy.advice.examples_heading or c.words("escalate.examples"), "quiet"),
            Points(tuple(policy.advice.examples)),
        )
    hint = no_names(c, policy)
    label = c.words(f"escalate.disagreement_{subject}")
    answers["disagreement"] = yield from ask(
        Question("disagreement", label, TEXT, before=examples, hint=hint, heading=heading)
    )
    if reasons := policy.offered_reasons:
        boxes = many_of(tuple((reason.id, reason.label) for reason in reasons))
        ticks = yield from ask(Question("reasons", c.words("escalate.reasons"), boxes, optional=True, heading=heading))
        answers["reasons"] = [tick["option"] for tick in ticks or ()]
    answers["desired_outcome"] = yield from ask(
        Question("desired_outcome", c.words("escalate.desired_outcome"), TEXT, hint=hint, heading=heading)
    )


def _who_is_who(c: Context, answers: dict[str, Any]) -> Asking:
    """The raiser, their safeguarding lead, and the agencies of the other side: comes back with these, in order."""
    heading = c.words("escalate.who")
    answers["raiser"] = yield from ask(
        Question("raiser", c.words("escalate.raiser"), ONESELF, heading=heading, prefill=c.mine, private=False)
    )
    lead = Question(
        "lead",
        c.words("escalate.lead"),
        SOMEBODY,
        hint=c.words("escalate.lead_help"),
        optional=True,
        heading=heading,
        private=False,
    )
    answers["people.lead"] = (yield from ask(lead)) or {}
    typed = yield from ask(
        Question(
            "challenged_agency",
            c.words("escalate.challenged_agency"),
            AGENCIES,
            hint=c.words("escalate.challenged_agency_help"),
            heading=heading,
            prefill=(answers.get("counterpart") or {}).get("agency") or None,
            private=False,
        )
    )
    agencies = AGENCIES.names(typed)
    answers["other_agencies"] = [{"agency": name} for name in agencies[1:]]
    return agencies


def _priority(c: Context, policy: Policy, answers: dict[str, Any]) -> Asking:
    """How urgent it is; where the policy has both sides agree on that, who agreed is noted."""
    priority = yield from which_priority(policy)
    if priority and policy.priorities and policy.priorities.agreed:
        question = Question("priority_agreed", c.words("priority.agreed_by"), LINE, optional=True, private=False)
        answers["priority_agreed"] = (yield from ask(question)) or ""
    return priority


def no_names(c: Context, policy: Policy) -> str:
    """A reminder where nothing that identifies anybody may be written, not even on the form."""
    return c.words("escalate.no_names") if policy.identifiers == "none" else ""


def _say_the_words(
    c: Context, policy: Policy, stage: Stage, answers: dict[str, Any], agencies: Sequence[str]
) -> Asking:
    agency, reference = listed(agencies), c.seed["reference"]
    text = words_to_say(c, policy, stage, reference, agency, c.today)
    after = "escalate.words_after_none" if policy.identifiers == "none" else "escalate.words_after"
    before = (Words(c.words("escalate.words_before")), Words(text, "quote"), Words(c.words(after), "quiet"))
    said_it = yield from said(c, policy, before, (answers.get("counterpart") or {}).get("name"))
    answers["words_said"] = said_it
    on = date.fromisoformat(said_it["on"]) if said_it else c.today
    answers["words"] = words_to_say(c, policy, stage, reference, agency, on)


def _days(c: Context, policy: Policy) -> Asking:
    """The day that the policy's clock runs from, and the other days that limits run from, by name."""
    name = policy.vocabulary.concern_date
    hint = c.words(f"escalate.anchor_{policy.clock.anchor}")
    concern = yield from _day(c, policy, "concern", name, hint)
    others: list[tuple[Since, str]] = [
        ("initial_concern", c.words("escalate.initial_concern")),
        ("decision_received", policy.vocabulary.decision_date),
    ]
    days: dict[str, date] = {}
    for anchor, called in others:
        if policy.clock.anchor != anchor and policy.runs_from(anchor):
            days[anchor] = yield from _day(c, policy, anchor, called, c.words("escalate.other_anchor"))
    return concern, days


def _day(c: Context, policy: Policy, name: str, called: str, hint: str) -> Asking:
    question = Question(
        name,
        c.words("escalate.concern", concern=called),
        DAY,
        hint=hint,
        heading=c.words("escalate.when"),
        calendar=c.calendar_of(policy),
        private=False,
    )
    return date.fromisoformat((yield from ask(question)))


def _what_happens_next(c: Context, whole: Policy, plan: Raise) -> Asking:
    kind = one_of((("start", c.words("escalate.start")),))
    label = c.words("escalate.start_ask")
    yield from ask(
        Question(
            "start",
            label,
            kind,
            before=Later(lambda: _dates(c, whole, plan)),
            is_review=True,
            heading=c.words("escalate.next"),
            private=False,
        )
    )


def _dates(c: Context, whole: Policy, plan: Raise) -> tuple[Part, ...]:
    first = whole.taken(plan.ladder).ladder[0]
    branches = {first.id: plan.entering.branch} if plan.entering.branch else {}
    policy = whole.taken(plan.ladder, branches, plan.priority)
    concern, agreed, sooner = plan.concern, plan.entering.agreed, plan.entering.sooner
    course = Course(
        concern,
        {first.id: c.today},
        {first.id: agreed} if agreed else {},
        {first.id: sooner} if sooner else {},
        entered_at={first.id: c.now} if c.now else {},
        days=plan.days,
    )
    due = timetable(policy, course, c.calendar_of(policy))
    rows = tuple(
        (stage_in_words(stage), _dates_of(c, stage, each)) for stage, each in zip(policy.ladder, due, strict=True)
    )
    return (
        Words(c.words("escalate.next_before"), "strong"),
        Facts(rows),
        *(Words(text) for text in _counted_from(c, policy, concern)),
        *(Words(text, "warning") for text in _closures(c, policy, due[0])),
        Words(c.words("escalate.next_after", channel=policy.channel, team=policy.partnership.team)),
    )


def _counted_from(c: Context, policy: Policy, concern: date) -> Iterator[str]:
    """From which day the dates are counted: the one of the concern, or for each stage another; none without dates."""
    limits = [stage.limit for stage in policy.ladder if not isinstance(stage.limit, NoClock)]
    if limits and all(isinstance(limit, Cumulative | FurtherAndTotal) for limit in limits):
        day = dates.echo(concern, c.today, c.calendar_of(policy))
        yield c.words("escalate.next_day", day=day, concern=policy.vocabulary.concern_date)
    elif limits:
        yield c.words("escalate.next_each")


def _closures(c: Context, policy: Policy, due: Deadline) -> tuple[str, ...]:
    return warnings_of(policy, due, c.calendar_of(policy), c.today)


def _dates_of(c: Context, stage: Stage, due: Deadline) -> str:
    said = due_in_words(due, c.words)
    # Without a number these are the policy's words already, or words of ours that it does not print.
    if isinstance(stage.limit, NoClock):
        return said
    return c.words("escalate.next_due", due=said, limit=stage.limit.words)
