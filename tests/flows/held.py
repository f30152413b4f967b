"""A conversation held from beginning to end with the likeliest answers, and what came of it."""

from __future__ import annotations

from typing import Any

from bot.flows import FLOWS
from bot.flows.context import Context
from bot.flows.questions import Question, walk


def ends(flow: str, world: Context, **answers: Any) -> Any:
    """The decision, with these answers and the likely ones elsewhere; None skips."""
    return held(flow, world, answers)[0]


def asked(flow: str, world: Context, **answers: Any) -> dict[str, Question]:
    return held(flow, world, answers)[1]


def held(flow: str, world: Context, answers: dict[str, Any]) -> tuple[Any, dict[str, Question]]:
    stored: dict[str, Any] = {}
    seen: dict[str, Question] = {}
    for _ in range(200):
        way = walk(lambda: FLOWS[flow](world), stored)
        question = way.question
        if question is None:
            return way.decision, seen
        seen[question.name] = question
        value = answers.get(question.name, question.kind.example())
        stored[question.name] = {"skipped": True} if value is None else {"value": value}
    raise AssertionError("It does not end.")
