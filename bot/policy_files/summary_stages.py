"""The stages and ladders of a policy in sentences, for its summary."""

from __future__ import annotations

from collections.abc import Iterator

from bot.policy import AnyLimit, NoClock, Policy, Stage
from bot.policy_files import figures
from bot.policy_files.in_words import days, limit, listed, people, quoted, stage_names

KINDS = {"informal": "It is informal.", "formal": "", "partnership": "The partnership acts here."}
JUDGES = {
    "raiser": "the raiser",
    "raising_manager": "the manager of the raising side",
    "both_managers": "the managers of both sides",
    "partnership": "the partnership",
}
OWNERS = {"raising": "the raising side", "challenged": "the challenged side", "partnership": "the partnership"}
DONE_BY = {
    "words_said": "that the words were said",
    "acknowledged": "that they acknowledged it",
    "replied": "that they replied",
    "meeting": "the meeting",
    "written_up": "that it is written up",
    "consulted": "that the safeguarding lead was consulted",
    "informed": "who was informed",
}
DECIDERS = {
    "raiser": "the raiser",
    "manager": "the manager",
    "safeguarding_lead": "one’s own safeguarding lead",
    "partnership": "the partnership, whose word is noted",
}


def ladders(policy: Policy) -> Iterator[str]:
    names = stage_names(policy)
    if policy.ladders:
        question = policy.ladder_question and f" It is asked: {quoted(policy.ladder_question)}"
        yield f"Which stages apply depends on the kind of issue.{question}"
        for ladder in policy.ladders:
            words = ladder.words and f" ({quoted(ladder.words)})"
            yield f"  {ladder.label}{words}: {', then '.join(names[stage] for stage in ladder.stages)}"
        yield ""


def stage(one: Stage, policy: Policy) -> Iterator[str]:
    yield f"{one.label}: {one.title}" if one.title else one.label
    kind = "It comes before the clock: no escalation stands here." if one.before_clock else KINDS[one.kind]
    yield from (f"  {said}" for said in (kind,) if said)
    if one.optional:
        yield f"  It is entered only in some cases: {one.optional}"
    yield from (f"  As printed: {quoted(said)}" for said in one.verbatim)
    yield f"  For the raising side: {people(one.raising)}"
    yield f"  For the challenged side: {people(one.challenged)}"
    if one.branches:
        yield "  Until it is known how it is held:"
    yield from _limits(one.limit, policy, one, "    " if one.branches else "  ")
    names = {each.id: each.label for each in policy.priorities.of} if policy.priorities else {}
    for special in one.limits:
        yield f"  If “{names.get(special.priority, special.priority)}”:"
        yield from _limits(special.limit, policy, one, "    ")
    assumed = policy.priorities.of[0] if policy.priorities else None
    if assumed and any(special.priority == assumed.id for special in one.limits):
        yield f"  Please check: the first limit never holds, since “{assumed.label}” is assumed and has its own."
    yield from _branches(one, policy)
    yield from _clocks(one, policy)
    yield from _rules(one)
    yield from (f"  To do: {duty}" for duty in one.duties)


def _limits(one: AnyLimit, policy: Policy, at: Stage, indent: str) -> Iterator[str]:
    # Where there is no limit the words are ours, and must not look like the partnership's.
    printed = "" if isinstance(one, NoClock) and not one.printed else " as printed"
    yield f"{indent}Limit{printed}: {one.words}"
    yield f"{indent}Read as: {limit(one, policy, at)}"
    yield from (f"{indent}Please check: {said}" for said in figures.notes(one, policy.language))


def _branches(one: Stage, policy: Policy) -> Iterator[str]:
    if one.branches:
        yield f"  It is asked: {quoted(one.branch_question)}"
    for branch in one.branches:
        yield f"  If “{branch.label}”:"
        yield from (f"    As printed: {quoted(said)}" for said in branch.verbatim)
        yield from (f"    For the raising side: {people(who)}" for who in (branch.raising,) if who)
        yield from (f"    For the challenged side: {people(who)}" for who in (branch.challenged,) if who)
        yield from _limits(branch.limit, policy, one, "    ")
        yield from (f"    To do: {duty}" for duty in branch.duties)
    if one.branches and one.limits:
        yield "  Please check: how urgent it is changes no limit once it is known how it is held."
    if one.limit.or_sooner and not all(branch.limit.or_sooner for branch in one.branches):
        yield "  Please check: a shorter date is asked for only in those ways whose own limit says “or sooner”."


def _clocks(one: Stage, policy: Policy) -> Iterator[str]:
    for clock in one.clocks:
        yield f"  Owed by {OWNERS[clock.owner]}: {clock.label}. Done when this is noted: {DONE_BY[clock.done_by]}."
        yield from _limits(clock.limit, policy, one, "    ")


def _rules(one: Stage) -> Iterator[str]:
    if one.no_reply:
        verb = "may" if one.no_reply.means == "permits" else "must"
        yield f"  If nobody replies, it {verb} go on to the next stage: {quoted(one.no_reply.words)}"
    words = one.judged_by.words and f": {quoted(one.judged_by.words)}"
    if words or one.judged_by.who != "raiser":
        yield f"  That it is resolved is said by {JUDGES[one.judged_by.who]}{words or '.'}"
    if one.consult:
        yield f"  One’s own safeguarding lead is consulted: {quoted(one.consult)}"
    if one.inform:
        yield f"  The lead professional or chair is informed: {quoted(one.inform)}"


def routes(policy: Policy) -> Iterator[str]:
    names = stage_names(policy)
    for route in policy.routes:
        at = listed([names[stage] for stage in route.stages], "or") if route.stages else "any stage"
        reached = route.contact and f" Contact: {route.contact}"
        yield f"Advice at {at}, which moves nothing: {route.label}. {quoted(route.words)}{reached}"


def skips(policy: Policy) -> str:
    names, rule = stage_names(policy), policy.skips
    reason = ", with a reason" if rule.reason_required else ""
    decides = f"It is decided by {DECIDERS[rule.decided_by]}."
    match rule.allowed:
        case "next_only":
            said = "No stage may be left out."
            decides = "" if rule.decided_by == "manager" else decides
        case "silent":
            said = f"The policy does not say whether a stage may be left out, so it may be{reason} and a warning."
        case "to_stages":
            said = f"An escalation may go straight to {', '.join(names[stage] for stage in rule.to)}{reason}."
    printed = rule.words and f"As printed: {quoted(rule.words)}"
    return " ".join(filter(None, (said, decides, printed, rule.hint)))


def directory(policy: Policy) -> Iterator[str]:
    names = stage_names(policy)
    for point in policy.directory:
        at = listed([names[stage] for stage in point.stages], "or") if point.stages else "every stage"
        reached = ", ".join(filter(None, (point.email, point.phone)))
        tried = f"tried on {point.checked_on:%d/%m/%Y}" if point.checked_on else "nobody has tried it yet"
        yield f"  {point.agency}, at {at}: {point.name}, {reached} ({tried})."


def approval_wait(policy: Policy) -> str:
    return f"Without a due date, the raiser may go on after {days(policy.clock.approval_wait_days)} of silence."
