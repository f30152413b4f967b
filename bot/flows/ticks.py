"""The checklist on the face of an escalation: what is done and what is missing at its stage, without what it was.

Rule: it stands in a channel. Labels are the bot's or the policy's own words; nothing that somebody typed is in it.
"""

from __future__ import annotations

from bot.escalation import Escalation, Status
from bot.flows.context import Context, due_in_words
from bot.flows.noted import (
    answered,
    filed,
    filings,
    notes_of,
    open_actions,
    partnership_acknowledged,
    sent_to_partnership,
)
from bot.forms_due import outstanding
from bot.messages import Points
from bot.policy import Policy


def ticks(c: Context, escalation: Escalation) -> Points:
    """What has been done and what is missing."""
    policy = c.policy_of(escalation)
    done: dict[str, bool] = {}
    if "words_said" not in _by_clock(policy, escalation):
        done[c.words("tick.words")] = bool(escalation.fields.get("words_said"))
    if escalation.status is Status.OPEN:
        done |= _at_this_stage(c, policy, escalation)
    if outstanding(policy, escalation) or escalation.sent:
        done[c.words("tick.report")] = not outstanding(policy, escalation)
    if sent_to_partnership(policy, escalation):
        done[c.words("tick.partnership_acknowledged")] = partnership_acknowledged(policy, escalation)
    if escalation.fields.get("actions"):
        done[c.words("tick.actions")] = not open_actions(escalation)
    done |= _filed(c, policy, escalation)
    return Points(tuple(done), tuple(done.values()))


def _by_clock(policy: Policy, escalation: Escalation) -> set[str]:
    """What a clock of the present stage asks for: it has a tick with a date, and needs no other."""
    if escalation.status is not Status.OPEN:
        return set()
    return {clock.done_by for clock in policy.stage(escalation.stage).clocks}


def _at_this_stage(c: Context, policy: Policy, escalation: Escalation) -> dict[str, bool]:
    """What is owed at the present stage: each of its clocks, and what the policy asks for without one."""
    stage = policy.stage(escalation.stage)
    noted = {note["what"] for note in notes_of(escalation) if note["stage"] == stage.id}
    by_clock = _by_clock(policy, escalation)
    done: dict[str, bool] = {}
    if not by_clock & {"acknowledged", "replied"}:
        done[c.words("tick.acknowledged")] = bool(answered(escalation, "acknowledged", stage.id))
    if "consulted" not in by_clock and ("consulted" in noted or stage.consult):
        done[c.words("tick.consulted")] = "consulted" in noted
    if "informed" not in by_clock and ("informed" in noted or stage.inform):
        done[c.words("tick.informed")] = "informed" in noted
    if "meeting" not in by_clock and "meeting" in noted:
        done[c.words("tick.meeting")] = True
    return done | _clocks(c, escalation)


def _clocks(c: Context, escalation: Escalation) -> dict[str, bool]:
    """Each clock of the present stage, with its date."""
    done = {}
    for clock in c.clocks_of(escalation):
        due = due_in_words(clock, c.words, c.today, c.now) if clock.done_on is None else ""
        label = c.words("tick.clock", clock=clock.label, due=due) if due else clock.label
        done[label] = clock.done_on is not None
    return done


def _filed(c: Context, policy: Policy, escalation: Escalation) -> dict[str, bool]:
    """Filed: by each agency where the policy wants it of each, whose names were typed and stand in no channel.

    Asked for once it has ended, and before where the policy wants it at each stage.
    """
    by_side = filed(policy, escalation)
    each_agency = [duty for duty in policy.record_duties if duty.who == "each_agency"]
    now = escalation.status is not Status.OPEN or any(duty.when == "each_stage" for duty in policy.record_duties)
    if not now and not any(by_side.values()):
        return {}
    record = record_of(c, escalation)
    if not each_agency:
        return {c.words("tick.filed", record=record): bool(filings(escalation))}
    raising, challenged, *further = by_side.values()
    shown = {
        c.words("tick.filed_raising", record=record): raising,
        c.words("tick.filed_challenged", record=record): challenged,
    }
    return shown | {c.words("tick.filed_further", record=record, n=n): has for n, has in enumerate(further, 1)}


def record_of(c: Context, escalation: Escalation) -> str:
    """On which record it is filed, by whom it is about."""
    return c.words(f"tick.record_{escalation.subject}")
