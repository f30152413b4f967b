"""What grows on a form as the escalation goes on: the updates, and the stages that were entered.

What the raiser wrote there, and what they left out, stays as it is. What has come since is added and asked about: it is
never taken over unseen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.escalation import Conversation
from bot.flows.context import Context
from bot.flows.prefill import step_lines, update_lines
from bot.flows.recipients import name_of
from bot.forms_due import Filling, fillings, was_sent
from bot.policy import FormField

COUNTED = {"progress": "updates", "tried_before": "steps"}
"""Prefills that grow, and under which name is kept how much of each there was."""


def counted(c: Context) -> dict[str, str]:
    """How much there is of each now, for a conversation's seed."""
    return {name: str(len(_lines(c, prefill))) for prefill, name in COUNTED.items()}


def seen(c: Context, form: str, instance: str) -> dict[str, int]:
    """The escalation's fields that hold how much there was of each when the form was last kept."""
    now = counted(c)
    return {_seen_name(name, form, instance): int(c.seed.get(name) or now[name]) for name in COUNTED.values()}


def asked_anew(c: Context, filling: Filling) -> set[str]:
    """Ids of the fields that are asked again although an answer was kept: progress always; the stages where others were
    entered, as long as the form was not sent."""
    fields = [field for _, field in filling.form.fields()]
    return {field.id for field in fields if field.prefill == "progress" or (field.prefill and news(c, filling, field))}


def news(c: Context, filling: Filling, field: FormField) -> list[str]:
    """What has come since the form was last kept. What was sent tells of the time before: there the stages stay."""
    if field.prefill not in COUNTED or (field.prefill != "progress" and was_sent(filling, c.escalation)):
        return []
    lines = _lines(c, field.prefill)
    before = c.escalation.fields.get(_seen_name(COUNTED[field.prefill], filling.form.id, filling.instance))
    return lines[(0 if field.prefill == "progress" else len(lines)) if before is None else before :]


def refreshed(c: Context, draft: Conversation) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    """(answers, seed) of a draft, with what has come since it was put aside added to what was answered."""
    fresh = dict(draft.answers)
    for filling in fillings(c.policy_of(c.escalation), c.escalation):
        for _, field in filling.form.fields():
            stored = draft.answers.get(name_of(filling, field.id)) or {}
            if field.prefill not in COUNTED or not isinstance(stored.get("value"), str):
                continue
            if field.prefill == "progress" or not was_sent(filling, c.escalation):
                lines = _lines(c, field.prefill)
                new = lines[int(draft.seed.get(COUNTED[field.prefill], len(lines))) :]
                fresh[name_of(filling, field.id)] = {"value": "\n".join([stored["value"], *new])} if new else stored
    return fresh, {**draft.seed, **counted(c)}


def _seen_name(name: str, form: str, instance: str) -> str:
    return f"{name}_seen.{form}.{instance}"


def _lines(c: Context, prefill: str) -> list[str]:
    return update_lines(c.escalation) if prefill == "progress" else step_lines(c, c.escalation)
