"""Entering a stage: what the record holds of it, and what the history says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from bot.deadlines import check_agreed
from bot.decisions.effects import Effects
from bot.errors import InvalidAnswer
from bot.escalation import Escalation, move_to
from bot.flows.context import Context
from bot.flows.staging import Entering


def enter(c: Context, escalation: Escalation, stage: str, plan: Entering, now: datetime) -> Escalation:
    """At `stage` from today, held as planned. An agreed date that the policy does not allow today is not taken over."""
    branched = replace(
        escalation, branches={**escalation.branches, stage: plan.branch} if plan.branch else escalation.branches
    )
    agreed = _still_allowed(c, branched, stage, plan.agreed)
    moved = move_to(branched.with_people(stage, plan.people), stage, c.today, agreed, now)
    if plan.sooner is None or plan.sooner < c.today:
        return moved
    return replace(moved, sooner={**moved.sooner, stage: plan.sooner})


def _still_allowed(c: Context, escalation: Escalation, stage: str, agreed: date | None) -> date | None:
    """The agreed date if it still keeps to the policy on the day the stage is entered; a past one is dropped."""
    if agreed is None:
        return None
    policy = c.policy_of(escalation)
    try:
        check_agreed(policy, stage, agreed, entered_on=c.today, calendar=c.calendar_of(policy))
    except InvalidAnswer:
        return None
    return agreed


def note_entry(done: Effects, what: str, **more: Any) -> None:
    """A line of history that says everything the record now holds of the stage it stands at."""
    escalation, stage = done.escalation, done.escalation.stage
    days = {
        name: days[stage].isoformat()
        for name, days in (("on", escalation.entered), ("agreed", escalation.agreed), ("sooner", escalation.sooner))
        if stage in days
    }
    branch = {"branch": escalation.branches[stage]} if stage in escalation.branches else {}
    done.note(what, stage=stage, **days, **branch, people=_ids(escalation, stage), **more)


def _ids(escalation: Escalation, stage: str) -> dict[str, str]:
    """Side -> person id, of those who act at the stage and are here."""
    start = f"people.{stage}."
    recorded = {name.removeprefix(start): who for name, who in escalation.fields.items() if name.startswith(start)}
    return {side: who["person"] for side, who in sorted(recorded.items()) if who and who.get("person")}
