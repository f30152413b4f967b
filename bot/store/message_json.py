"""Messages as JSON and back, so that a message can be sealed until it is delivered.

Rule: a part is its own fields plus "part", the name of its class. Lists become tuples again on the way back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any

from bot.errors import StoreError
from bot.messages import (
    Button,
    Buttons,
    Divider,
    Entry,
    Facts,
    Heading,
    Link,
    Links,
    Message,
    Option,
    Part,
    Points,
    Words,
)


def to_json(message: Message) -> dict[str, Any]:
    """The message as plain dicts, lists and text."""
    parts = [{"part": type(part).__name__} | _plain(part) for part in message.parts]
    return {"summary": message.summary, "parts": parts} | ({"asks": list(message.asks)} if message.asks else {})


def _plain(value: Any) -> Any:
    """As `dataclasses.asdict`, which takes much longer."""
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if is_dataclass(value):
        return {name: _plain(each) for name, each in vars(value).items()}
    return value


def from_json(stored: Mapping[str, Any]) -> Message:
    """The message that `to_json` was given. Raises StoreError for a part that this version does not know."""
    parts = tuple(_part(part) for part in stored["parts"])
    return Message(stored["summary"], parts, tuple(stored.get("asks", ())))


def _part(stored: Mapping[str, Any]) -> Part:
    values = {name: value for name, value in stored.items() if name != "part"}
    match stored["part"]:
        case "Heading":
            return Heading(**values)
        case "Words":
            return Words(**values)
        case "Facts":
            return Facts(tuple((label, value) for label, value in values["rows"]))
        case "Points":
            return Points(tuple(values["items"]), tuple(values["done"]))
        case "Links":
            return Links(tuple(Link(**link) for link in values["items"]))
        case "Divider":
            return Divider()
        case "Entry":
            initial = values.pop("initial")
            options = tuple(Option(**option) for option in values.pop("options"))
            shown = initial if isinstance(initial, str) else tuple(initial)
            return Entry(**values, initial=shown, options=options)
        case "Buttons":
            return Buttons(tuple(Button(**button) for button in values["buttons"]))
        case unknown:
            raise StoreError(
                f"A stored message has a part {unknown!r} that this version of the program does not know; "
                "install the version that wrote it, or a newer one."
            )
