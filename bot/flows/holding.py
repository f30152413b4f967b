"""What the inputs of a question hold: what was given and not taken, the answer that is there, or the proposal.

Rule: nobody types or picks anything twice. What could not be taken stands in its input again; and what an input holds
that cannot show it stays held until something else is given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from bot.escalation import Conversation
from bot.fields import Rows
from bot.flows.questions import Question, is_answered
from bot.messages import Entry

Values = Mapping[str, str | Sequence[str]]
"""What inputs hold, by their ids."""
WHO = {"name", "email"}
"""Inputs beside a person's that say who it is: whoever gives another name or mailbox there means somebody else."""


def entries_of(
    question: Question,
    conversation: Conversation,
    pending: Mapping[str, Any],
    inputs: Callable[[Any], tuple[Entry, ...]] | None = None,
) -> tuple[Entry, ...]:
    """The inputs with what they hold; `pending` is what is pending about this question."""
    stored = conversation.answers.get(question.name, {})
    value = stored.get("value") if is_answered(question, conversation.answers) else None
    entries = (inputs or question.kind.entries)(question.prefill if value is None else value)
    given = pending.get("given")
    if pending.get("adding") and isinstance(question.kind, Rows) and isinstance(given, str):
        return question.kind.entries([*(value or ()), *question.kind.rows_given(given)])
    if isinstance(given, Mapping):
        return tuple(holding(entry, given.get(entry.id, "")) for entry in entries)
    if given and entries:
        return tuple(holding(entry, entry.initial) for entry in question.kind.unread(given))
    return entries


def holding(entry: Entry, held: Any) -> Entry:
    """The same input, holding what was given when it could not be taken: nobody types anything twice."""
    match entry.widget:
        case "checkboxes":
            ticked = [held] if isinstance(held, str) else list(held)
            return replace(entry, initial=tuple(option.id for option in entry.options if option.id in ticked))
        case "radio":
            return replace(entry, initial=held if held in {option.id for option in entry.options} else "")
        case "date":
            return replace(entry, initial=held if _is_iso(held) else "")
        case _:
            return replace(entry, initial=held) if isinstance(held, str) else entry


def whole(question: Question, conversation: Conversation, pending: Mapping[str, Any], given: Values) -> Values:
    """What was given to a question; with what its inputs held where these could not show it and were left as they
    were."""
    if all(isinstance(held, str) or held for held in given.values()):
        return given
    entries = entries_of(question, conversation, pending)
    left = [entry for entry in entries if entry.widget != "checkboxes" and _is_left(given.get(entry.id))]
    another = any(_is_another(entry, given.get(entry.id)) for entry in entries if entry.id in WHO)
    kept = {entry.id: "" if another and entry.widget == "person" else entry.initial for entry in left}
    return {**given, **kept}


def _is_left(held: str | Sequence[str] | None) -> bool:
    return held is not None and not isinstance(held, str) and not held


def _is_another(entry: Entry, typed: str | Sequence[str] | None) -> bool:
    return isinstance(typed, str) and typed.strip() not in {"", entry.initial}


def _is_iso(text: Any) -> bool:
    try:
        return len(text) == 10 and bool(date.fromisoformat(text))
    except (TypeError, ValueError):
        return False
