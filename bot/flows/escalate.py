"""`/escalate`: from the first doubt to an escalation that the other side cannot mistake for anything else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from bot import dates
from bot.deadlines import Deadline, check_agreed, timetable
from bot.fields import Choice, Choices, Day, Days, Line, Paragraph, Professional, Reading, YesNo
from bot.flows.context import Asking, Context, ask, choose, due_in_words, stage_in_words
from bot.flows.conversation import Question
from bot.messages import Facts, Given, Part, Points, Words
from bot.policy import Agreed, Policy, Stage


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
    people = yield from people_at(c, stage, answers.get("counterpart"))
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
    parts: list[Part] = [Words(text) for text in said.before_escalating]
    parts += [Words(text) for text in said.standing_instructions]
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
    label = c.words("escalate.tried" if talked == "yes" else "escalate.not_tried")
    answers["tried"] = yield from ask(Question("tried", label, Paragraph(), heading=heading))
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


def words_to_say(c: Context, policy: Policy, stage: Stage, reference: str, challenged_agency: str) -> str:
    """The sentences that make an escalation unmistakable. They name nobody's child."""
    return c.words(
        "escalate.words_to_say",
        policy=policy.name,
        escalation=policy.vocabulary.escalation,
        stage=stage.label,
        today=dates.in_words(c.today),
        reference=reference,
        agency=challenged_agency,
    )


def _say_the_words(c: Context, policy: Policy, stage: Stage, answers: dict[str, Any]) -> Asking:
    text = words_to_say(c, policy, stage, c.seed["reference"], answers["challenged_agency"])
    before = (
        Words(c.words("escalate.words_before")),
        Words(text, "quote"),
        Words(c.words("escalate.words_after"), "quiet"),
    )
    answers["words"] = text
    answers["words_said"] = yield from said(c, policy, before, (answers.get("counterpart") or {}).get("name"))


def said(c: Context, policy: Policy, before: tuple[Part, ...], to_whom: str | None) -> Asking:
    """Whether the words were said: {to, how, on}, or None where the person asks to be reminded."""
    heading = c.words("escalate.words")
    answer = yield from choose(
        "said",
        c.words("escalate.said"),
        {"yes": c.words("escalate.said_yes"), "remind": c.words("escalate.said_remind")},
        before=before,
        heading=heading,
        private=False,
    )
    if answer == "remind":
        return None
    to = yield from ask(Question("said_to", c.words("escalate.said_to"), Line(), heading=heading, prefill=to_whom))
    ways = ("in_person", "phone", "video", "email", "letter")
    how = yield from choose(
        "said_how",
        c.words("escalate.said_how"),
        {w: c.words(f"escalate.how_{w}") for w in ways},
        heading=heading,
    )
    on = yield from ask(
        Question(
            "said_on",
            c.words("escalate.said_on"),
            Day(),
            heading=heading,
            prefill=c.today.isoformat(),
            calendar=c.calendar_of(policy),
        )
    )
    return {"to": to, "how": c.words(f"escalate.how_{how}"), "on": on}


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


class AgreedDay(Day):
    """The date that both sides agreed. `check` raises InvalidAnswer for one that the policy does not allow."""

    check: Callable[[date], None]

    def read(self, given: Given, reading: Reading) -> str:
        typed = super().read(given, reading)
        self.check(date.fromisoformat(typed))
        return typed


def agreed_date(c: Context, policy: Policy, stage: Stage, entered: date) -> Asking:
    """The date agreed for a stage whose policy asks for one; None where there is no such rule, or none yet."""
    if not isinstance(stage.limit, Agreed):
        return None
    check = partial(check_agreed, policy, stage.id, entered_on=entered, calendar=c.calendar_of(policy))
    kind = AgreedDay(expect="future", check=check)
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


def _what_happens_next(c: Context, policy: Policy, concern: date, agreed: date | None) -> Asking:
    first = policy.ladder[0]
    due = timetable(
        policy,
        concern=concern,
        entered={first.id: c.today},
        agreed={first.id: agreed} if agreed else {},
        calendar=c.calendar_of(policy),
    )
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
