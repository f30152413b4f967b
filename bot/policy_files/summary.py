"""A policy in sentences, so that a safeguarding lead can read it and compare it with the paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.policies import own_domains
from bot.policy import Boundary, Policy, Priorities
from bot.policy_files import summary_forms, summary_nudges, summary_stages
from bot.policy_files.in_words import ANCHORS, LANGUAGES, SUBJECTS, listed, quoted

MEANS = {
    "conclude": "the last day to agree or to move on",
    "reach": "the last day to reach the stage",
    "respond": "the last day for the other side to answer",
}
WITHIN_AGENCY = {
    "silent": "The policy does not speak of disagreements within one agency.",
    "allowed": "A disagreement within one agency may be escalated.",
    "not_allowed": "A disagreement within one agency may not be escalated.",
}
MATTERS = {
    "complaint": "A complaint",
    "allegation": "An allegation against somebody who works with children",
    "whistleblowing": "Whistleblowing",
    "same_agency": "A disagreement within one agency",
    "conference": "Dissent from a child protection conference",
    "reviewing_officer": "A matter for the reviewing officer",
}
ADVICE = {
    "why": "Why it matters",
    "purpose": "What it is for",
    "framing": "How to see it",
    "before_escalating": "Said before anything is raised",
    "key_messages": "Key message",
    "principles": "Principle",
    "examples": "Example of disagreement",
    "standing_instructions": "Always",
    "meeting_statement": "Read out when the sides meet",
    "responding": "For whoever receives a challenge",
    "ownership": "Said every time about who owns it",
}
WHO_RECORDS = {"each_agency": "each agency", "raiser": "the raiser", "everyone": "everyone"}
WHEN_RECORDED = {"each_stage": "at each stage", "close": "at the end"}


def summary(policy: Policy) -> list[str]:
    """Lines of plain text: what the file says, how the bot reads it, and what is still unanswered."""
    parts = (
        _origin(policy),
        _about(policy),
        _clock(policy),
        _danger(policy),
        _advice(policy),
        summary_stages.ladders(policy),
        *(summary_stages.stage(stage, policy) for stage in policy.stages),
        _beside(policy),
        *(summary_forms.form(form, policy) for form in policy.forms),
        _records(policy),
        summary_nudges.nudges(policy),
        _reporting(policy),
        _open_questions(policy),
    )
    lines: list[str] = []
    for part in parts:
        if said := [line for line in part if line]:
            lines += ["", *said] if lines else said
    return lines


def _origin(policy: Policy) -> Iterator[str]:
    origin = policy.provenance
    yield policy.name
    yield f"{policy.partnership.name} ({policy.partnership.short}). Policy {policy.id}, version {policy.version}."
    if policy.effective_from:
        yield f"Escalations are begun under it from {policy.effective_from:%d/%m/%Y}."
    texts = listed([LANGUAGES[one] for one in policy.languages or [policy.language]])
    if policy.languages or policy.language != "en-GB":
        yield f"Its texts are given in {texts}; what is written once is in {LANGUAGES[policy.language]}."
    yield origin.snapshot_notice
    yield from (f"The paper says of itself: {quoted(notice)}" for notice in origin.notices)
    for source in origin.sources:
        more = ", ".join(filter(None, (source.page, source.dated)))
        yield f"Made from: {quoted(source.title)}{f' ({more})' if more else ''}"
    if origin.checked_on:
        yield f"Compared with the live policy on {origin.checked_on:%d/%m/%Y}."
    else:
        yield "Nobody has compared it with the live policy yet."


def _about(policy: Policy) -> Iterator[str]:
    words = policy.vocabulary
    yield f"An escalation is about {listed([SUBJECTS[one] for one in policy.subjects], 'or')}."
    yield WITHIN_AGENCY[policy.scope.within_agency]
    yield from (f"As printed: {quoted(said)}" for said in (policy.scope.words,) if said)
    if policy.identifiers == "none":
        yield "Nothing that identifies a child may be written anywhere, not even on a form."
    yield f"It calls a stage “{words.stage}”, an escalation “{words.escalation}”."
    yield f"Threads are in the channel {policy.channel}; forms are received by {policy.partnership.team}."
    if policy.mail_domains:
        yield f"Letters may go to mailboxes at {listed(policy.mail_domains, 'and')}, and nowhere else."
    else:
        own = own_domains(policy)
        only = (
            f"real mail leaves for its own recipients at {listed(own, 'and')} only"
            if own
            else "no real mail leaves for others"
        )
        yield f"It does not say to which domains letters may go: {only} until it does."
    if policy.offered_reasons:
        whose = "" if policy.reasons else ", from its examples"
        labels = "; ".join(reason.label for reason in policy.offered_reasons)
        yield f"Reasons that are ticked and counted{whose}: {labels}."


def _clock(policy: Policy) -> Iterator[str]:
    clock, words = policy.clock, policy.vocabulary
    yield f"Days run from {ANCHORS[clock.anchor]}, which is not counted itself."
    yield f"That day is called “{words.concern_date}”; the day of the decision “{words.decision_date}”."
    yield f"Working days of {clock.calendar}; a due date runs until {clock.day_ends_at} ({clock.zone})."
    yield f"A limit is {MEANS[clock.limit_means]}."
    yield summary_stages.approval_wait(policy)
    for closure in clock.closures:
        yield (
            f"Closed, with a warning while the days go on: {closure.name}, from {closure.first:%d/%m/%Y} to"
            f" {closure.last:%d/%m/%Y}."
        )
    if policy.priorities:
        yield from _priorities(policy.priorities)
        if not any(stage.limits for stage in policy.stages):
            yield "  Please check: no limit depends on how urgent it is, so asking changes no date."


def _priorities(priorities: Priorities) -> Iterator[str]:
    agreed = ", and who agreed it" if priorities.agreed else ""
    yield f"It is asked how urgent it is{agreed}: {quoted(priorities.question)}"
    for place, one in enumerate(priorities.of):
        assumed = " (assumed until somebody says otherwise)" if place == 0 else ""
        words = one.words and f": {quoted(one.words)}"
        yield f"  - {one.label}{assumed}{words}"


def _danger(policy: Policy) -> Iterator[str]:
    yield f"If a child is in danger: 999, and {policy.danger.children_services}."
    yield from (f"  As printed: {quoted(words)}" for words in policy.danger.words)
    yield from (f"To ask: {contact.name}. {quoted(contact.words)}" for contact in policy.contacts)
    yield from (_boundary(boundary) for boundary in policy.boundaries)


def _boundary(boundary: Boundary) -> str:
    name = boundary.label or MATTERS.get(boundary.kind, boundary.kind)
    going_on = "An escalation may be raised beside it." if boundary.may_go_on else "No escalation is raised for it."
    contact = boundary.contact and f" Contact: {boundary.contact}"
    return f"{name} belongs elsewhere: {quoted(boundary.words)} {going_on}{contact}"


def _advice(policy: Policy) -> Iterator[str]:
    for key, name in ADVICE.items():
        if key == "examples" and policy.advice.examples_heading:
            yield f"Said over the examples: {quoted(policy.advice.examples_heading)}"
        yield from (f"{name}: {quoted(text)}" for text in getattr(policy.advice, key))


def _beside(policy: Policy) -> Iterator[str]:
    yield from summary_stages.routes(policy)
    yield summary_stages.skips(policy)
    if policy.directory:
        yield "Where agencies are reached:"
        yield from summary_stages.directory(policy)


def _records(policy: Policy) -> Iterator[str]:
    if policy.record_duties:
        yield "To be recorded:"
    for duty in policy.record_duties:
        where = duty.where and f", {duty.where}"
        yield f"  - {duty.words} (by {WHO_RECORDS[duty.who]}, {WHEN_RECORDED[duty.when]}{where})"


def _reporting(policy: Policy) -> Iterator[str]:
    said, kept = policy.reporting, policy.retention
    every = {"quarterly": "every quarter", "yearly": "every year", "none": "at no fixed time"}[said.period]
    yield "What follows is for the record: the bot writes no report, and erases nothing by itself."
    yield f"Reported {every}{said.audience and f' to {said.audience}'}: {_measures(said.measures)}."
    hidden = f"Counts below {said.least_count} are not shown" if said.least_count else "All counts are shown"
    yield f"{hidden} outside the partnership."
    yield from (f"As printed: {quoted(words)}" for words in (*said.words, *kept.words))
    if kept.working_copy_days:
        days = f"{kept.working_copy_days} day{'s' * (kept.working_copy_days != 1)}"
        yield f"The working copy is to be erased {days} after the end, once every agency has filed it."
    if kept.log_years:
        yield f"The partnership’s log, without content, is kept for {kept.log_years} year{'s' * (kept.log_years != 1)}."
    if kept.classification:
        yield f"Every document is marked {kept.classification}."


def _measures(measures: Sequence[str]) -> str:
    return ", ".join(one.replace("_", " ") for one in measures) or "everything that can be counted"


def _open_questions(policy: Policy) -> Iterator[str]:
    if policy.provenance.open_questions:
        yield "To be answered by a person before this is used:"
        yield from (f"  {n}. {question}" for n, question in enumerate(policy.provenance.open_questions, 1))
    else:
        yield "No open questions are noted."
