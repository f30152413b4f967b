"""A conversation belongs to the stage at which it began: whether the escalation has left it, and what is said then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.flows.beginning import FROM
from bot.flows.context import Context, stage_in_words


@dataclass(frozen=True)
class NothingToDo:
    """The conversation ended without a change; `words` names the sentence that says why."""

    words: str
    values: Mapping[str, Any]


def pinned_stage(c: Context) -> dict[str, str]:
    """Kept when the conversation begins: at which stage it is held, or its button was shown."""
    return {FROM: c.seed.get(FROM, c.escalation.stage)}


def moved_on(c: Context) -> bool:
    """Whether the escalation has left the stage at which the conversation began."""
    return c.seed.get(FROM, c.escalation.stage) != c.escalation.stage


def it_moved_on(c: Context) -> NothingToDo:
    """What is said then; nothing is taken from one stage to another unseen."""
    stage = c.policy_of(c.escalation).stage(c.escalation.stage)
    return NothingToDo("move.moved_on", {"reference": c.escalation.reference, "stage": stage_in_words(stage)})
