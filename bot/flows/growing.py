"""What grows on a form as the escalation goes on: the updates, the stages that were entered, and who acts at them.

What the raiser wrote there, and what they left out, stays as it is. What has come since is added and asked about: it is
never taken over unseen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.escalation import Conversation
from bot.flows.context import Context
from bot.flows.prefill import fitted, others_since, step_lines, update_lines
from bot.flows.recipients import name_of
from bot.forms_due import Filling, fillings, was_sent
from bot.policy import Form, FormField

COUNTED = {"progress": "updates", "tried_before": "steps", "others_involved": "steps"}
"""Prefills that grow, and under which name is kept how much there was: of updates, or of stages that were entered."""


def counted(c: Context) -> dict[str, str]:
    """How much there is of each now, for a conversation's seed."""
    return {"updates": str(len(update_lines(c.escalation))), "steps": str(len(c.escalation.entered))}


def seen(c: Context, form: Form, instance: str, answers: Mapping[str, Any]) -> dict[str, int]:
    """The escalation's fields that hold how much of each was there when the form was last kept, of what is on it."""
    held = {COUNTED[field.prefill] for _, field in form.fields() if field.prefill in COUNTED and field.id in answers}
    counts = {name: int(c.seed.get(name) or now) for name, now in counted(c).items() if name in held}
    return {_seen_name(name, form.id, instance): count for name, count in counts.items()}


def asked_anew(c: Context, filling: Filling, given: Mapping[str, Any]) -> set[str]:
    """Ids of the fields that are asked again although an answer was `given`: the updates always; the others where more
    has come, as long as the form was not sent."""
    grown = {field.id: proposed(c, filling, field, given.get(field.id)) for _, field in filling.form.fields()}
    updates = {field.id for _, field in filling.form.fields() if field.prefill == "progress"}
    return updates | {name for name, value in grown.items() if value is not None and value != given[name]}


def proposed(c: Context, filling: Filling, field: FormField, earlier: Any) -> Any:
    """What was answered `earlier`, with what has come since; None where nothing was, or nothing can come."""
    if field.prefill not in COUNTED or not isinstance(earlier, str | list):
        return None
    before = c.escalation.fields.get(_seen_name(COUNTED[field.prefill], filling.form.id, filling.instance))
    if before is None:
        before = 0 if field.prefill == "progress" else len(c.escalation.entered)
    return _added(c, filling, field, earlier, before)


def refreshed(c: Context, draft: Conversation) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    """(answers, seed) of a draft, with what has come since it was put aside added to what was answered."""
    fresh, now = dict(draft.answers), counted(c)
    for filling in fillings(c.policy_of(c.escalation), c.escalation):
        for _, field in filling.form.fields():
            earlier = (draft.answers.get(name_of(filling, field.id)) or {}).get("value")
            if field.prefill in COUNTED and isinstance(earlier, str | list):
                before = int(draft.seed.get(COUNTED[field.prefill], now[COUNTED[field.prefill]]))
                whole = _added(c, filling, field, earlier, before)
                if whole != earlier:
                    fresh[name_of(filling, field.id)] = {"value": whole}
    return fresh, {**draft.seed, **now}


def _added(c: Context, filling: Filling, field: FormField, earlier: Any, before: int) -> Any:
    """With what is more than there was `before`. What was sent tells of the time before: updates alone are added."""
    match field.prefill, earlier:
        case "progress", str():
            return _with_lines(earlier, update_lines(c.escalation)[before:])
        case _ if was_sent(filling, c.escalation):
            return earlier
        case "tried_before", str():
            return _with_lines(earlier, step_lines(c, c.escalation, before))
        case "others_involved", list():
            known = {text for row in earlier for text in row.values()}
            return [*earlier, *(fitted(others_since(c, c.escalation, before, known), field) or [])]
        case _:
            return earlier


def _with_lines(earlier: str, lines: Sequence[str]) -> str:
    """What came while the form was being filled in may stand there already."""
    return "\n".join([earlier, *(line for line in lines if f"\n{line}\n" not in f"\n{earlier}\n")])


def _seen_name(name: str, form: str, instance: str) -> str:
    return f"{name}_seen.{form}.{instance}"
