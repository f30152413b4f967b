"""The parts of a policy file while it is still plain data, whose shape may be wrong."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from bot.policy_files.reading import Place


class Part(NamedTuple):
    """A group of keys, and where it stands."""

    path: Place
    data: dict[str, Any]

    def parts(self, key: str) -> list[Part]:
        """The entries of a list under `key` that are groups of keys themselves."""
        listed = self.data.get(key)
        return [
            Part((*self.path, key, place), item)
            for place, item in enumerate(listed if isinstance(listed, list) else ())
            if isinstance(item, dict)
        ]

    def part(self, key: str) -> Part:
        """What stands under `key`; no keys at all if it is not a group of keys."""
        below = self.data.get(key)
        return Part((*self.path, key), below if isinstance(below, dict) else {})

    def text(self, key: str) -> str:
        value = self.data.get(key)
        return value if isinstance(value, str) else ""

    def texts(self, key: str) -> list[tuple[Place, str]]:
        """Each text of a list under `key`, and where it stands."""
        listed = self.data.get(key)
        items = enumerate(listed if isinstance(listed, list) else ())
        return [((*self.path, key, place), item) for place, item in items if isinstance(item, str)]

    def number(self, key: str) -> int | None:
        value = self.data.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def day(self, key: str) -> date | None:
        """The day under `key`, if one stands there."""
        try:
            return date.fromisoformat(self.text(key))
        except ValueError:
            return None

    def kind(self) -> str:
        """The kind of answer of a field or a follow-up question, in its long or short form."""
        return self.text("answer") or self.part("answer").text("kind")
