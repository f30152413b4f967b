"""What is read of a message as Teams draws it, and what a press on its buttons tells when nobody touched its inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.chat.adaptive_cards import Card, pressed
from bot.chat.adaptive_cards_text import NOTHING
from bot.ports import Pressed
from tests.teams.checks import walk
from tests.teams.reading import Button, buttons, inputs, values


def visible(cards: Sequence[Card]) -> list[str]:
    """The texts of cards, and what their inputs hold, in the order in which they are read."""
    found: list[str] = []
    for each in walk(list(cards)):
        kind = each["type"]
        if kind in {"TextBlock", "TextRun"}:
            found.append(each["text"])
        elif kind == "Action.Execute":
            found.append(each.get("tooltip") or each["title"])
        elif kind.startswith("Input."):
            choices = [choice["title"] for choice in each.get("choices", ())]
            found += [each["label"], *choices, *([each["value"]] if "value" in each else [])]
    return [text.replace(NOTHING, "") for text in found]


def presses(cards: Sequence[Card], touched: Mapping[str, str] | None = None, platform: str = "") -> list[Pressed]:
    """What each button tells, in order. `touched` are inputs that somebody has filled in, by their ids."""
    return [pressed(told(cards, button, touched), platform=platform) for button in buttons(cards)]


def told(cards: Sequence[Card], button: Button, touched: Mapping[str, str] | None = None) -> dict[str, Any]:
    """`value.action` as Teams would send it for a press of this button."""
    held = {("somebody", button.card, name): value for name, value in (touched or {}).items()}
    inputs = values(cards, button.card, "somebody", held)
    return {**button.element, "data": {**button.element["data"], **inputs}}


def held(cards: Sequence[Card]) -> dict[str, str | Sequence[str]]:
    """What the inputs of cards hold: where there is a button, that is what it tells."""
    asked = [each.id for each in inputs(cards)]
    return {**pressed({"action": "fill", "asked": asked, **values(cards, len(cards) - 1, "somebody", {})}).given}


def names(cards: Sequence[Card]) -> list[str]:
    """The entries that are asked for, in order."""
    return [each.id.partition(":")[2] for each in inputs(cards)]


def options(cards: Sequence[Card]) -> list[tuple[str, tuple[str, ...]]]:
    """What can be chosen, by the ids of the entries."""
    chosen = [each for each in inputs(cards) if each.element.get("choices")]
    read = [
        (each.id, pressed({"action": "fill", f"many:{each.id}": _all(each.element)}).given)
        for each in chosen
    ]  # fmt: skip
    return [(name.partition(":")[2], tuple(given[name])) for name, given in read]


def labels(cards: Sequence[Card]) -> list[str]:
    return [each.label.replace(NOTHING, "") for each in buttons(cards)]


def _all(element: Mapping[str, Any]) -> str:
    return ",".join(choice["value"] for choice in element["choices"])
