"""Who may approve a move, and how long their answer is waited for. A decline or silence delays; it never blocks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from bot import dates
from bot.escalation import Approval, Escalation
from bot.flows.context import Context
from bot.flows.noted import no_reply_noted
from bot.policy import Policy, Stage


def leaves_out(policy: Policy, present: str, target: str) -> bool:
    """Whether a stage that is not optional is left out on the way."""
    return all(stage.id != target for stage in policy.next_steps(present))


def deciders(
    c: Context,
    escalation: Escalation,
    present: Stage,
    target: Stage,
    next_people: Mapping[str, Mapping[str, str]] | None = None,
) -> tuple[str, ...]:
    """Who may approve this move, if they are here: the manager; of a jump, whoever the policy says."""
    policy = c.policy_of(escalation)
    if leaves_out(policy, present.id, target.id):
        match policy.skips.decided_by:
            case "safeguarding_lead":
                return _here(c, escalation, escalation.fields.get("people.lead") or {})
            case "partnership":
                team = [who.details() for who in c.people.values() if who.partnership == policy.id]
                return _here(c, escalation, *team)
            case "manager" | "raiser":
                pass
    return approvers(c, escalation, present, next_people)


def approvers(
    c: Context, escalation: Escalation, present: Stage, next_people: Mapping[str, Mapping[str, str]] | None = None
) -> tuple[str, ...]:
    """Who may approve: the manager named for the present stage and their deputy, if they are here; never the raiser.

    Where the raiser acts at the present stage alone (practitioner to practitioner), it is who acts at the next one.
    """
    manager = escalation.person(present.id, "raising")
    here = _here(c, escalation, manager, escalation.deputy(present.id))
    if here or not next_people or manager.get("person") != escalation.raiser:
        return here
    return _here(c, escalation, next_people.get("raising") or {}, next_people.get("deputy") or {})


def _here(c: Context, escalation: Escalation, *people: Mapping[str, str]) -> tuple[str, ...]:
    found = [person.get("person", "") for person in people]
    return tuple(dict.fromkeys(p for p in found if p in c.people and p != escalation.raiser))


def free_from(c: Context, escalation: Escalation, pending: Approval) -> date:
    """From when the raiser may go on without the answer: the day the stage is due; without one, days of silence."""
    policy = c.policy_of(escalation)
    waited = c.calendar_of(policy).add(pending.asked_on, policy.clock.approval_wait_days)
    return c.deadline_of(escalation).due or waited


def may_go_on(c: Context, escalation: Escalation, pending: Approval) -> bool:
    """A decline or silence may delay, but never block beyond the deadline; nor does it delay the next stage where the
    policy says that the other side's silence is enough."""
    policy = c.policy_of(escalation)
    stage = policy.stage(escalation.stage)
    to_the_next = not leaves_out(policy, stage.id, pending.stage)
    if to_the_next and stage.no_reply and no_reply_noted(escalation, stage.id):
        return True
    return c.today >= free_from(c, escalation, pending)


def without_an_answer(c: Context, escalation: Escalation, pending: Approval) -> str:
    """For the raiser: from when they may go on although nobody approved."""
    if may_go_on(c, escalation, pending):
        return c.words("move.may_go_on_now")
    return c.words("move.may_go_on_from", day=dates.in_words(free_from(c, escalation, pending)))
