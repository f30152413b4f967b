"""`/escalate`: from the first doubt to an escalation that the other side cannot mistake for anything else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot import dates
from bot.deadlines import Course, Deadline, timetable
from bot.fields import Choice, Choices, Day, Days, Line, Paragraph, Professional, YesNo
from bot.flows.context import Asking, Context, ask, choose, due_in_words, stage_in_words
from bot.flows.conversation import Question
from bot.flows.saying import said, words_to_say
from bot.flows.staging import agreed_date, people_at
from bot.messages import Facts, Part, Points, Words
from bot.policy import Policy, Stage


@dataclass(frozen=True)
class CallForHelp:
    """A child is in immediate danger: say what to do now, and keep nothing."""


@dataclass(frozen=True)
class TalkFirst:
    """The person goes and talks with their counterpart first; their answers wait for them."""


@dataclass(frozen=True)
class Raise:
    """Begin an escalation. `answers` is kept with it, sealed; `people` is side -> Professional answer."""

    policy: str
    reference: str
    subject: str
    concern: date
    challenged_agency: str
    agreed: date | None
    people: Mapping[str, Mapping[str, str]]
    answers: Mapping[str, Any]


def escalate(c: Context) -> Asking:
    """A conversation that returns CallForHelp, TalkFirst or Raise."""
    if (yield from _danger(c)):
        return CallForHelp()
    policy = yield from _which_policy(c)
    stage = policy.ladder[0]
    subject = yield from _subject(c, policy)
    answers: dict[str, Any] = {}
    tried = yield from _what_was_tried(c, policy, answers)
    if not tried:
        return TalkFirst()
    yield from _the_disagreement(c, policy, subject, answers)
    answers["raiser"] = yield from ask(
        Question(
            "raiser",
            c.words("escalate.raiser"),
            Professional(needed=("name", "role", "agency", "email")),
            heading=c.words("escalate.who"),
            prefill=c.me.details(),
            private=False,
        )
    )
    agency = answers["challenged_agency"] = yield from ask(
        Question(
            "challenged_agency",
            c.words("escalate.challenged_agency"),
            Line(),
            heading=c.words("escalate.who"),
            prefill=(answers.get("counterpart") or {}).get("agency") or None,
            private=False,
        )
    )
    yield from _say_the_words(c, policy, stage, answers)
    concern = yield from _concern(c, policy)
    # The counterpart acts at the first stage only where that is practitioner to practitioner.
    starts_low = policy.stages[0].id == stage.id
    people = yield from people_at(c, stage, answers.get("counterpart") if starts_low else None)
    agreed = yield from agreed_date(c, policy, stage, c.today)
    yield from _what_happens_next(c, policy, concern, agreed)
    return Raise(policy.id, c.seed["reference"], subject, concern, agency, agreed, people, answers)


def _danger(c: Context) -> Asking:
    before = (Words(c.words("danger.before")),)
    label = c.words("danger.ask")
    return (
        yield from ask(
            Question("in_danger", label, YesNo(), before=before, heading=c.words("danger.heading"), private=False)
        )
    )


def _which_policy(c: Context) -> Asking:
    if len(c.policies) == 1:
        return next(iter(c.policies.values()))
    offered = {policy.id: policy.partnership.name for policy in c.policies.values()}
    label, help_ = c.words("escalate.partnership"), c.words("escalate.partnership_help")
    chosen = yield from choose("partnership", label, offered, help=help_, private=False)
    return c.policies[chosen]


def _subject(c: Context, policy: Policy) -> Asking:
    if len(policy.subjects) == 1:
        return policy.subjects[0]
    offered: dict[str, str] = {subject: c.words(f"escalate.subject_{subject}") for subject in policy.subjects}
    return (yield from choose("subject", c.words("escalate.subject"), offered, private=False))


def _advice(c: Context, policy: Policy) -> tuple[Part, ...]:
    """What the policy says before anything is raised, in its own words."""
    said = policy.advice
    opening = (*said.before_escalating, *said.standing_instructions)
    parts: list[Part] = [Words(text) for text in dict.fromkeys(opening or (*said.why, *said.purpose))]
    if said.key_messages:
        parts += [Words(c.words("escalate.key_messages"), "strong"), Points(tuple(said.key_messages))]
    if said.principles:
        parts += [Words(c.words("escalate.principles"), "strong"), Points(tuple(said.principles))]
    parts += [Words(text, "quiet") for text in (policy.provenance.snapshot_notice, *policy.provenance.notices[:1])]
    return tuple(parts)


def _what_was_tried(c: Context, policy: Policy, answers: dict[str, Any]) -> Asking:
    heading = c.words("escalate.before")
    talked = yield from choose(
        "talked",
        c.words("escalate.talked"),
        {
            "yes": c.words("escalate.talked_yes"),
            "first": c.words("escalate.talked_first"),
            "no": c.words("escalate.talked_no"),
        },
        before=_advice(c, policy),
        heading=heading,
        private=False,
    )
    if talked == "first":
        return False
    name = "tried" if talked == "yes" else "not_tried"
    answers["tried"] = yield from ask(Question(name, c.words(f"escalate.{name}"), Paragraph(), heading=heading))
    answers["counterpart"] = yield from ask(
        Question(
            "counterpart",
            c.words("escalate.counterpart"),
            Professional(needed=("name", "agency"), pick=True),
            help=c.words("escalate.counterpart_help"),
            heading=heading,
            optional=talked != "yes",
        )
    )
    if talked == "yes":
        answers["tried_on"] = yield from ask(
            Question("tried_on", c.words("escalate.tried_on"), Days(), heading=heading, calendar=c.calendar_of(policy))
        )
    return True


def _the_disagreement(c: Context, policy: Policy, subject: str, answers: dict[str, Any]) -> Asking:
    heading = c.words("escalate.matter")
    examples: tuple[Part, ...] = ()
    if policy.advice.examples:
        examples = (
            Words(policy.advice.examples_heading or c.words("escalate.examples"), "quiet"),
            Points(tuple(policy.advice.examples)),
        )
    label = c.words(f"escalate.disagreement_{subject}")
    answers["disagreement"] = yield from ask(
        Question("disagreement", label, Paragraph(), before=examples, heading=heading)
    )
    answers["desired_outcome"] = yield from ask(
        Question("desired_outcome", c.words("escalate.desired_outcome"), Paragraph(), heading=heading)
    )


def _say_the_words(c: Context, policy: Policy, stage: Stage, answers: dict[str, Any]) -> Asking:
    agency, reference = answers["challenged_agency"], c.seed["reference"]
    text = words_to_say(c, policy, stage, reference, agency, c.today)
    before = (
        Words(c.words("escalate.words_before")),
        Words(text, "quote"),
        Words(c.words("escalate.words_after"), "quiet"),
    )
    said_it = yield from said(c, policy, before, (answers.get("counterpart") or {}).get("name"))
    answers["words_said"] = said_it
    on = date.fromisoformat(said_it["on"]) if said_it else c.today
    answers["words"] = words_to_say(c, policy, stage, reference, agency, on)


def _concern(c: Context, policy: Policy) -> Asking:
    name = policy.vocabulary.concern_date
    label = c.words("escalate.concern", concern=name)
    hint = c.words(f"escalate.anchor_{policy.clock.anchor}")
    typed = yield from ask(
        Question(
            "concern",
            label,
            Day(),
            hint=hint,
            heading=c.words("escalate.when"),
            calendar=c.calendar_of(policy),
            private=False,
        )
    )
    return date.fromisoformat(typed)


def _what_happens_next(c: Context, policy: Policy, concern: date, agreed: date | None) -> Asking:
    first = policy.ladder[0]
    course = Course(concern, {first.id: c.today}, {first.id: agreed} if agreed else {})
    due = timetable(policy, course, c.calendar_of(policy))
    rows = tuple(
        (stage_in_words(stage), _dates_of(c, stage, each)) for stage, each in zip(policy.ladder, due, strict=True)
    )
    before = (
        Words(c.words("escalate.next_before"), "strong"),
        Facts(rows),
        Words(
            c.words(
                "escalate.next_day",
                day=dates.echo(concern, c.today, c.calendar_of(policy)),
                concern=policy.vocabulary.concern_date,
            )
        ),
        Words(c.words("escalate.next_after", channel=policy.channel, team=policy.partnership.team)),
    )
    kind = Choice(options=(Choices(id="start", label=c.words("escalate.start")),))
    label = c.words("escalate.start_ask")
    yield from ask(
        Question(
            "start",
            label,
            kind,
            before=before,
            is_review=True,
            heading=c.words("escalate.next"),
            private=False,
        )
    )


def _dates_of(c: Context, stage: Stage, due: Deadline) -> str:
    return c.words("escalate.next_due", due=due_in_words(due, c.words), limit=stage.limit.words)
