"""Parts of a policy in plain English: limits, what makes a form due, who acts, who gets a form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from bot.policy import (
    Agreed,
    Allowance,
    AnyLimit,
    Cumulative,
    Form,
    FurtherAndTotal,
    Moment,
    NoClock,
    People,
    PerStage,
    Policy,
    Recipient,
    Stage,
    Trigger,
    Within,
)

ANCHORS: dict[str, str] = {
    "initial_concern": "the day of the initial concern",
    "raised": "the day on which it was raised",
    "decision_received": "the day on which the disagreement arose or the decision was received",
    "stage_entry": "the day on which each stage is entered",
}
UNITS = {"working_days": "working day", "days": "calendar day", "weeks": "week", "hours": "hour"}
WINS = {
    "allow": "the first",
    "as_well": "the second",
    "earlier": "whichever is earlier",
    "later": "whichever is later",
}
ASKED_TO_FILL = {"raiser": "the raiser", "closer": "whoever closes it", "challenged": "the challenged side"}
CIRCUMSTANCES = {
    "jumped": "if a stage was left out",
    "not_jumped": "if no stage was left out",
    "resolved": "if it was resolved",
    "not_resolved": "if it was not resolved",
    "withdrawn": "if it was withdrawn",
    "several": "if it is about several children or adults",
    "unborn": "if the child is not born yet",
}
KINDS = {
    "line": "a line",
    "paragraph": "a text",
    "email": "an e-mail address",
    "date": "a day",
    "dates": "days",
    "duration": "how long",
    "yes_no": "yes or no",
    "yes_no_each": "yes or no to each",
    "choice": "one of",
    "many": "tick any of",
    "professional": "a person",
    "rows": "a table",
    "yes_if_all": "yes if all are",
    "attestation": "a signature",
    "computed": "worked out",
}
"""Each kind of answer."""
SUBJECTS = {"child": "a child", "adult": "an adult at risk", "themed": "a theme, with nobody named"}
LANGUAGES = {"en-GB": "English", "cy": "Welsh"}


def quoted(text: str, most: int = 160) -> str:
    """A text of the policy, or its first words: all of it stands in the file."""
    text = " ".join(text.split())
    return f"“{text}”" if len(text) <= most else f"“{text[:most].rsplit(' ', 1)[0]} …”"


def listed(names: list[str], last: str = "and") -> str:
    """One, two and three."""
    return f" {last} ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def days(n: int) -> str:
    return f"{n} working day{'' if n == 1 else 's'}"


def allowance(allow: Allowance) -> str:
    if allow.unit == "same_working_day":
        return "the same working day"
    if allow.unit == "immediately":
        return "at once"
    return f"{allow.amount} {UNITS[allow.unit]}{'' if allow.amount == 1 else 's'}"


def people(one: People) -> str:
    """A role with its examples, what it is called in each sector, and who stands in."""
    said = f"{one.role} (for example {', '.join(one.examples)})" if one.examples else one.role
    sectors = "; ".join(f"in {each.sector}: {each.role}" for each in one.by_sector)
    return said + (f"; {sectors}" if sectors else "") + (f". Without such a role: {one.proxy}" if one.proxy else "")


def limit(one: AnyLimit, policy: Policy, stage: Stage | None = None) -> str:
    """A limit as the bot reads it. `stage` is the one whose clocks it may name."""
    sooner = " Or sooner: a shorter date is asked for whenever the stage is entered." if one.or_sooner else ""
    return _limit(one, policy, stage) + sooner


def _limit(one: AnyLimit, policy: Policy, stage: Stage | None) -> str:
    anchor = ANCHORS[policy.clock.anchor]
    match one:
        case Cumulative(days=most, soft_days=soft):
            return f"at the latest {days(most)} after {anchor}, whenever the stage was entered.{_target(soft)}"
        case FurtherAndTotal(further=further, total=total):
            return f"{days(further)} after entering it, or {days(total)} after {anchor}, whichever is earlier."
        case Agreed(cap=cap):
            return f"a date that both sides agree, at the latest {days(cap)} after entering the stage."
        case PerStage(days=most, soft_days=soft):
            return f"at the latest {days(most)} after entering the stage.{_target(soft)}"
        case Within():
            return _within(one, policy, stage)
        case NoClock():
            return "no due date; how long it has been open is shown."
        case _:
            assert_never(one)


def _target(soft: int | None) -> str:
    return f" The target, with a reminder, is {days(soft)}." if soft else ""


def _within(one: Within, policy: Policy, stage: Stage | None) -> str:
    since = _since(one, policy, stage)
    if one.allow.unit in ("same_working_day", "immediately"):
        at_once = "at once: " if one.allow.unit == "immediately" else ""
        said = f"{at_once}on the same working day as {since}; if that is none, on the next."
    else:
        said = f"at the latest {allowance(one.allow)} after {since}."
    if one.as_well:
        said += f" It is printed as equal to {allowance(one.as_well)}; where they differ, {WINS[one.wins]} counts."
    elif one.wins != "allow":
        said += f" Of two figures {WINS[one.wins]} counts."
    if one.soft:
        said += f" The target, with a reminder, is {allowance(one.soft)}."
    return said + (" It is a target only: passing it is no breach." if one.where_possible else "")


def _since(one: Within, policy: Policy, stage: Stage | None) -> str:
    since = policy.clock.anchor if one.since == "clock" else one.since
    match since:
        case "stage_entry":
            return "entering the stage"
        case "previous_step":
            clocks = {clock.id: quoted(clock.label) for clock in (stage.clocks if stage else ())}
            names = stage_names(policy) | clocks
            return f"the end of {names.get(one.step, one.step) if one.step else 'the step before'}"
        case "notice_sent":
            return "the day on which the form was sent"
        case _:
            return ANCHORS[since]


def stage_names(policy: Policy) -> dict[str, str]:
    return {stage.id: stage.label for stage in policy.stages}


def trigger(one: Trigger, policy: Policy) -> str:
    """When something is due: on entering Stage 2 or any later stage."""
    names = stage_names(policy)
    verb = {
        "entering": "on entering",
        "leaving": "on leaving",
        "resolving": "on resolving at",
        "withdrawing": "on withdrawing at",
    }[one.on]
    ways = [", ".join(names.get(stage, stage) for stage in one.stages)] if one.stages else []
    ways += [f"{names.get(one.from_stage, one.from_stage)} or any later one"] if one.from_stage else []
    ways += ["any of its stages"] if one.every else []
    return f"{verb} {' and '.join(ways)}"


def gets_it(form: Form, moment: Moment, policy: Policy) -> Iterator[str]:
    """Everybody who gets the form at this moment, each with those who do instead where nobody is given."""
    instead = {one.otherwise for one in form.recipients}
    for one in form.recipients:
        in_turn = [recipient(each, policy) for each in _in_turn(form, one, moment)] if one.id not in instead else []
        if in_turn:
            yield f"{'. Otherwise to '.join(in_turn)}."


def _in_turn(form: Form, one: Recipient, moment: Moment) -> Iterator[Recipient]:
    """Of "A or B" those who may get it at this moment; B gets it instead of A, or where the moment is named for B."""
    left = {each.id: each for each in form.recipients}
    passed_over = False
    following: Recipient | None = one
    while following is not None and left.pop(following.id, None) is not None:
        if moment.id in following.moments or (not following.moments and not passed_over):
            yield following
        else:
            passed_over = True
        following = left.get(following.otherwise or "")


def recipient(one: Recipient, policy: Policy) -> str:
    """Who it is, and how it reaches them."""
    at = stage_names(policy).get(one.stage, one.stage) if one.stage else "the stage where it stands"
    match one.person:
        case "challenged_at_stage":
            said = f"{one.name}: the person recorded for the challenged side at {at}"
        case "raising_at_stage":
            said = f"{one.name}: the person recorded for the raising side at {at}"
        case "safeguarding_lead":
            said = f"{one.name}: the raiser’s own safeguarding lead"
        case "ask":
            said = f"{one.name}: the raiser is asked who it is ({quoted(one.question)})"
        case None:
            said = one.name
        case _:
            assert_never(one.person)
    if one.for_partnership:
        said += " (in the partnership’s stead: its team sees that it was sent)"
    if one.via == "internal":
        return f"{said}; it stays in the raiser’s own agency, and the raiser hands it on or files it"
    where = ", ".join(one.address) if one.via == "post" else one.email
    return f"{said}, by {one.via}: {where}" if where else f"{said}{', by post' if one.via == 'post' else ''}"
