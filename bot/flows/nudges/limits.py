"""The limit of the policy that a date comes from, and how long it allows."""

from __future__ import annotations

from datetime import timedelta

from bot.deadlines import ClockDue, Dated, Deadline
from bot.policy import Allowance, AnyLimit, Policy, Within


def limit_of(policy: Policy, dated: Deadline | ClockDue) -> AnyLimit:
    """The limit of the policy that it comes from."""
    stage = policy.stage(dated.stage)
    if isinstance(dated, Deadline):
        return stage.limit
    return next(clock.limit for clock in stage.clocks if clock.id == dated.clock)


def allowed(limit: AnyLimit, *, of_target: bool) -> timedelta:
    """How long a limit in hours allows; nothing where it is not in hours."""
    if not isinstance(limit, Within):
        return timedelta()
    figures: list[Allowance | None] = [limit.allow, limit.as_well]
    if of_target and not limit.where_possible:
        figures = [limit.soft]
    return next((timedelta(hours=each.amount) for each in figures if each and each.unit == "hours"), timedelta())


def has_date(dated: Dated) -> bool:
    return dated.due is not None or dated.soft is not None
