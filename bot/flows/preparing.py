"""Before a disagreement is put into words: danger, which policy, its advice, and what was tried."""

from __future__ import annotations

from typing import Any

from bot.fields import Days, Professional, YesNo
from bot.flows.context import TEXT, Asking, Context, ask, choose
from bot.flows.questions import Later, Question
from bot.messages import Part, Points, Words
from bot.policy import Policy

YES_NO, DAYS = YesNo(), Days()
COUNTERPART = Professional(needed=("name", "agency"), pick=True)


def danger(c: Context) -> Asking:
    """Whether a child is in immediate danger: asked before anything else."""
    before = (Words(c.words("danger.before")),)
    label = c.words("danger.ask")
    return (
        yield from ask(
            Question("in_danger", label, YES_NO, before=before, heading=c.words("danger.heading"), private=False)
        )
    )


def which_policy(c: Context) -> Asking:
    """One of the policies that hold today."""
    if len(c.offered) == 1:
        return next(iter(c.offered.values()))
    offered = {policy.id: policy.partnership.name for policy in c.offered.values()}
    label, help_ = c.words("escalate.partnership"), c.words("escalate.partnership_help")
    chosen = yield from choose("partnership", label, offered, help=help_, private=False)
    return c.offered[chosen]


def in_language(c: Context, policy: Policy) -> Asking:
    """The policy in the language in which its words are said and its forms are printed."""
    if len(policy.languages) < 2:
        return policy
    languages = {language.lower(): language for language in policy.languages}  # the id of a choice has no capitals
    offered = {chosen: c.words(f"language.{language}") for chosen, language in languages.items()}
    label, help_ = c.words("escalate.language"), c.words("escalate.language_help")
    chosen = yield from choose("language", label, offered, help=help_, private=False)
    return c.policies.of(policy.id, policy.version, languages[chosen])


def _advice(c: Context, policy: Policy) -> tuple[Part, ...]:
    """What the policy says before anything is raised, in its own words."""
    said = policy.advice
    opening = (*said.before_escalating, *said.standing_instructions)
    parts: list[Part] = [Words(text, "warning") for text in policy.danger.words]
    parts += [Words(text) for text in dict.fromkeys(opening or (*said.why, *said.purpose, *said.framing))]
    if said.key_messages:
        parts += [Words(c.words("escalate.key_messages"), "strong"), Points(tuple(said.key_messages))]
    if said.principles:
        parts += [Words(c.words("escalate.principles"), "strong"), Points(tuple(said.principles))]
    beside = _routes(c, policy)
    beside += [f"{contact.name}: {contact.words}" for contact in policy.contacts]
    if beside:
        parts += [Words(c.words("escalate.advice_beside"), "strong"), Points(tuple(beside))]
    parts += [Words(text, "quiet") for text in (policy.provenance.snapshot_notice, *policy.provenance.notices[:1])]
    return tuple(parts)


def _routes(c: Context, policy: Policy) -> list[str]:
    """Ways to advice beside the ladder, each with the stages of this ladder at which it is offered, if only at some."""
    shown = []
    for route in policy.routes:
        labels = [stage.label for stage in policy.ladder if stage.id in route.stages]
        name = c.words("escalate.advice_at", route=route.label, stages=", ".join(labels)) if labels else route.label
        if labels or not route.stages:
            shown.append(f"{name}: {' '.join([route.words, route.contact]).strip()}")
    return shown


def what_was_tried(c: Context, policy: Policy, answers: dict[str, Any]) -> Asking:
    """What was tried before, and with whom; False where they go and talk first."""
    heading = c.words("escalate.before")
    talked = yield from choose(
        "talked",
        c.words("escalate.talked"),
        {
            "yes": c.words("escalate.talked_yes"),
            "first": c.words("escalate.talked_first"),
            "no": c.words("escalate.talked_no"),
        },
        before=Later(lambda: _advice(c, policy)),
        heading=heading,
        private=False,
    )
    if talked == "first":
        return False
    name = "tried" if talked == "yes" else "not_tried"
    answers["tried"] = yield from ask(Question(name, c.words(f"escalate.{name}"), TEXT, heading=heading))
    answers["counterpart"] = yield from ask(
        Question(
            "counterpart",
            c.words("escalate.counterpart"),
            COUNTERPART,
            help=c.words("escalate.counterpart_help"),
            heading=heading,
            optional=talked != "yes",
        )
    )
    if talked == "yes":
        answers["tried_on"] = yield from ask(
            Question("tried_on", c.words("escalate.tried_on"), DAYS, heading=heading, calendar=c.calendar_of(policy))
        )
    return True
