"""A policy in sentences, so that a safeguarding lead can read it and compare it with the paper."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from bot.policy import (
    Agreed,
    AnyLimit,
    Clock,
    Cumulative,
    Form,
    FurtherAndTotal,
    Moment,
    NoClock,
    People,
    PerStage,
    Policy,
    Recipient,
    Trigger,
    Within,
)

ANCHORS = {
    "initial_concern": "the day of the initial concern",
    "raised": "the day on which it was raised",
    "decision_received": "the day on which the disagreement arose or the decision was received",
    "stage_entry": "the day on which each stage is entered",
}
MEANS = {
    "conclude": "the last day to agree or to move on",
    "reach": "the last day to reach the stage",
    "respond": "the last day for the other side to answer",
}


def summary(policy: Policy) -> list[str]:
    """Lines of plain text: what the file says, how the bot reads it, and what is still unanswered."""
    return list(_lines(policy))


def _lines(policy: Policy) -> Iterator[str]:
    yield policy.name
    yield f"{policy.partnership.name}. Policy {policy.id}, version {policy.version}."
    yield policy.provenance.snapshot_notice
    checked = policy.provenance.checked_on
    if checked:
        yield f"Compared with the live policy on {checked:%d/%m/%Y}."
    else:
        yield "Nobody has compared it with the live policy yet."
    yield ""
    yield from _clock(policy.clock)
    for stage in policy.stages:
        yield ""
        yield f"{stage.label}: {stage.title}" if stage.title else stage.label
        yield f"  For the raising side: {_people(stage.raising)}"
        yield f"  For the challenged side: {_people(stage.challenged)}"
        # Where there is no limit the words are ours, and must not look like the partnership's.
        printed = "" if isinstance(stage.limit, NoClock) else " as printed"
        yield f"  Limit{printed}: {stage.limit.words}"
        yield f"  Read as: {_limit(stage.limit, policy.clock)}"
        yield from (f"  To do: {duty}" for duty in stage.duties)
    yield ""
    yield _skips(policy)
    for form in policy.forms:
        yield ""
        yield from _form(form, policy)
    if policy.record_duties:
        yield ""
        yield "To be recorded:"
        yield from (f"  - {duty.words}" for duty in policy.record_duties)
    yield ""
    if policy.provenance.open_questions:
        yield "To be answered by a person before this is used:"
        yield from (f"  {n}. {question}" for n, question in enumerate(policy.provenance.open_questions, 1))
    else:
        yield "No open questions are noted."


def _clock(clock: Clock) -> Iterator[str]:
    yield f"Days run from {ANCHORS[clock.anchor]}, which is not counted itself."
    yield f"Working days of {clock.calendar}; a due date runs until {clock.day_ends_at} ({clock.zone})."
    yield f"A limit is {MEANS[clock.limit_means]}."


def _people(people: People) -> str:
    return f"{people.role} (for example {', '.join(people.examples)})" if people.examples else people.role


def _days(n: int) -> str:
    return f"{n} working day{'' if n == 1 else 's'}"


def _limit(limit: AnyLimit, clock: Clock) -> str:
    anchor = ANCHORS[clock.anchor]
    match limit:
        case Cumulative(days=days, soft_days=soft):
            target = f" The target, with a reminder, is {_days(soft)}." if soft else ""
            return f"at the latest {_days(days)} after {anchor}, whenever the stage was entered.{target}"
        case FurtherAndTotal(further=further, total=total):
            running = f"{_days(total)} after {anchor}"
            return f"{_days(further)} after entering it, or {running}, whichever is earlier."
        case Agreed(cap=cap):
            return f"a date that both sides agree, at the latest {_days(cap)} after entering the stage."
        case PerStage(days=days, soft_days=soft):
            target = f" The target, with a reminder, is {_days(soft)}." if soft else ""
            return f"at the latest {_days(days)} after entering the stage.{target}"
        case Within(words=words):
            return words
        case NoClock():
            return "no due date; how long it has been open is shown."
        case _:
            assert_never(limit)


def _skips(policy: Policy) -> str:
    names = {stage.id: stage.label for stage in policy.stages}
    skips = policy.skips
    if skips.allowed == "next_only":
        said = "No stage may be left out."
    else:
        reason = ", with a reason" if skips.reason_required else ""
        said = f"An escalation may go straight to {', '.join(names[stage] for stage in skips.to)}{reason}."
    return " ".join(filter(None, (said, skips.words and f"As printed: {skips.words}", skips.hint)))


def _form(form: Form, policy: Policy) -> Iterator[str]:
    yield f"Form: {form.title} ({' / '.join(form.headings)})"
    yield "  One form for each stage." if form.one_per == "stage" else "  One form for the whole escalation."
    for moment in form.moments:
        yield f"  {moment.label}: {_moment(moment, policy)}"
        yield from (f"    Please check: {said}" for said in _missed(moment, policy))
        for one in form.recipients:
            if moment.send and not _instead(one, form) and (not one.moments or moment.id in one.moments):
                yield f"    Goes to {_recipient(one, form, policy)}"
    fields = [field for _, field in form.fields()]
    yield f"  It asks {len(fields)} things, {sum(field.needed for field in fields)} of which are needed."


def _missed(moment: Moment, policy: Policy) -> Iterator[str]:
    """The stages to which an escalation may jump without this ever being due, although it went past one where it is."""
    ladder = [stage.id for stage in policy.ladder]
    if moment.due is None or moment.due.on != "entering" or policy.skips.allowed != "to_stages":
        return
    first = min(ladder.index(stage) for stage in moment.due.stages)
    missed = [stage for stage in policy.skips.to if ladder.index(stage) > first and stage not in moment.due.stages]
    if missed:
        names = " or ".join(policy.stage(stage).label for stage in missed)
        yield (
            f"an escalation that goes straight to {names} is never asked for this. If it owes it all the same, add"
            f" {', '.join(missed)} to its stages."
        )


def _moment(moment: Moment, policy: Policy) -> str:
    people = {
        "raiser": "the raiser",
        "closer": "whoever closes it",
        "challenged": "the challenged side",
        "partnership": policy.partnership.team,
    }
    due = f"due {_trigger(moment.due, policy)}" if moment.due else "never due, filled as things happen"
    opens = f", offered {_trigger(moment.opens, policy)}" if moment.opens else ""
    return f"filled by {people[moment.who]}; {due}{opens}."


def _trigger(trigger: Trigger, policy: Policy) -> str:
    names = {stage.id: stage.label for stage in policy.stages}
    verb = {"entering": "on entering", "resolving": "on resolving at"}[trigger.on]
    return f"{verb} {', '.join(names[stage] for stage in trigger.stages)}"


def _instead(recipient: Recipient, form: Form) -> bool:
    """Whether it only gets the form when another recipient cannot."""
    return any(other.otherwise == recipient.id for other in form.recipients)


def _recipient(recipient: Recipient, form: Form, policy: Policy) -> str:
    names = {stage.id: stage.label for stage in policy.stages}
    match recipient.person:
        case "challenged_at_stage":
            at = names[recipient.stage or ""]
            said = f"{recipient.name}: the person recorded for the challenged side at {at}"
        case "raising_at_stage" | "safeguarding_lead":
            said = recipient.name
        case "ask":
            said = f"{recipient.name}: the raiser is asked who it is"
        case None:
            where = ", ".join(recipient.address) if recipient.via == "post" else recipient.email
            said = f"{recipient.name}, by {recipient.via}: {where}"
        case _:
            assert_never(recipient.person)
    other = next((one for one in form.recipients if one.id == recipient.otherwise), None)
    return f"{said}. Otherwise to {_recipient(other, form, policy)}" if other else f"{said}."
