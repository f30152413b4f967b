"""Entering a stage: what the record holds of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

from bot import dates
from bot.deadlines import check_agreed, check_sooner
from bot.errors import InvalidAnswer
from bot.escalation import Escalation, move_to
from bot.flows.context import Context
from bot.flows.staging import Entering
from bot.messages import Part, Words


def enter(c: Context, escalation: Escalation, stage: str, plan: Entering, now: datetime) -> Escalation:
    """At `stage` from today, held as planned. Dates that the policy does not allow today are not taken over."""
    branches = {**escalation.branches, stage: plan.branch} if plan.branch else escalation.branches
    moved = move_to(replace(escalation, branches=branches).with_people(stage, plan.people), stage, c.today, now)
    policy = c.policy_of(moved)
    calendar = c.calendar_of(policy)
    if plan.agreed and _allows(
        plan.agreed, lambda on: check_agreed(policy, stage, on, entered_on=c.today, calendar=calendar)
    ):
        moved = replace(moved, agreed={**moved.agreed, stage: plan.agreed})
    if plan.sooner and _allows(plan.sooner, lambda on: check_sooner(policy, stage, on, moved.course, calendar)):
        moved = replace(moved, sooner={**moved.sooner, stage: plan.sooner})
    return moved


def _allows(on: date, check: Callable[[date], None]) -> bool:
    try:
        check(on)
    except InvalidAnswer:
        return False
    return True


def not_taken(c: Context, escalation: Escalation, plan: Entering) -> list[Part]:
    """A sentence for each planned date that the policy did not allow any more when the stage was entered."""
    stage = escalation.stage
    planned = ((plan.agreed, escalation.agreed), (plan.sooner, escalation.sooner))
    lost = [on for on, kept in planned if on and kept.get(stage) != on]
    return [Words(c.words("stage.not_taken", day=dates.in_words(on)), "warning") for on in lost]
