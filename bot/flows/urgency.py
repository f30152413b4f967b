"""Changing how urgent an escalation is, where the policy's limits depend on that."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.deadlines import timetable
from bot.fields import Choice, Choices, Line, Paragraph
from bot.flows.context import Asking, Context, ask, due_in_words, stage_in_words
from bot.flows.moved_on import NothingToDo, it_moved_on, moved_on
from bot.flows.questions import Question
from bot.flows.routing import which_priority
from bot.messages import Facts


@dataclass(frozen=True)
class SetPriority:
    """How urgent it is from now on, why, and who agreed on the other side ("" where nobody was asked)."""

    reference: str
    priority: str
    reason: str
    agreed_by: str


def priority(c: Context) -> Asking:
    """Returns SetPriority or NothingToDo."""
    escalation = c.escalation
    policy = c.policy_of(escalation)
    if moved_on(c):
        return it_moved_on(c)
    if policy.priorities is None:
        return NothingToDo("priority.none", {"partnership": policy.partnership.short})
    chosen = yield from which_priority(policy)
    if chosen == escalation.priority:
        return NothingToDo("priority.same", {"reference": escalation.reference})
    heading = c.words("flow.priority")
    agreed_by = ""
    if policy.priorities.agreed:
        who = Question("agreed_by", c.words("priority.agreed_by"), Line(), optional=True, heading=heading)
        agreed_by = (yield from ask(who)) or ""
    reason = yield from ask(Question("reason", c.words("priority.reason"), Paragraph(), heading=heading))
    kind = Choice(options=(Choices(id="go", label=c.words("priority.go")),))
    label, before = c.words("priority.confirm"), (_dates(c, chosen),)
    yield from ask(Question("confirm", label, kind, before=before, is_review=True, heading=heading, private=False))
    return SetPriority(escalation.reference, chosen, reason, agreed_by)


def _dates(c: Context, chosen: str) -> Facts:
    escalation = replace(c.escalation, priority=chosen)
    policy = c.policy_of(escalation)
    due = timetable(policy, escalation.course, c.calendar_of(policy))
    return Facts(tuple((stage_in_words(policy.stage(one.stage)), due_in_words(one, c.words, c.today)) for one in due))
