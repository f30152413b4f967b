"""How long something took or may take: "3 weeks", "10 working days", "48 hours"."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Literal

from bot.errors import InvalidAnswer
from bot.fields.kind import Answer, Reading, typed_text
from bot.messages import Entry, Given

UNITS = {
    "minutes": "minute", "hours": "hour", "days": "day", "working_days": "working day", "weeks": "week",
    "months": "month", "years": "year",
}  # fmt: skip
"""As a unit is stored -> one of it, as people write it."""
ALSO = {
    "min": "minutes", "hr": "hours", "h": "hours", "calendar day": "days", "working-day": "working_days",
    "business day": "working_days", "wd": "working_days", "wk": "weeks", "yr": "years",
}  # fmt: skip
SPELT = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12,
}  # fmt: skip
LONGEST = 10_000
"""More than this of any unit cannot be meant."""


class Duration(Answer):
    """A length of time. Stored as {"amount": 3, "unit": "weeks"}."""

    kind: Literal["duration"] = "duration"
    how: ClassVar[str] = "A number and a unit, for example 3 weeks, 10 working days or 48 hours."

    def entries(self, value: Any = None) -> tuple[Entry, ...]:
        return (Entry("answer", "How long", "line", self.show(value) if value else ""),)

    def read(self, given: Given, reading: Reading) -> dict[str, Any]:
        text = " ".join(typed_text(given).split())
        if not text:
            raise InvalidAnswer(f"Nothing was given. Please give {self._example}.")
        match = re.fullmatch(r"([0-9]{1,6}|[a-z]+) ?-?([a-z][a-z -]*)", text.lower().rstrip("."))
        amount = _amount(match[1]) if match else None
        unit = _unit(match[2].strip()) if match else ""
        if amount is None or not unit:
            raise InvalidAnswer(f"“{text[:60]}” is not one clear length of time. Please give {self._example}.")
        if amount > LONGEST:
            raise InvalidAnswer(f"“{text[:60]}” is longer than can be meant. Please check the number and the unit.")
        return {"amount": amount, "unit": unit}

    @property
    def _example(self) -> str:
        return "a whole number and a unit, for example 3 weeks, 10 working days or 48 hours"

    def fits(self, value: Any) -> bool:
        if not isinstance(value, dict):
            return False
        amount = value.get("amount")
        return isinstance(amount, int) and not isinstance(amount, bool) and amount >= 0 and value.get("unit") in UNITS

    def show(self, value: Any) -> str:
        one = UNITS[value["unit"]]
        return f"{value['amount']} {one}{'' if value['amount'] == 1 else 's'}"

    def example(self) -> dict[str, Any]:
        return {"amount": 3, "unit": "weeks"}


def _amount(text: str) -> int | None:
    return int(text) if text.isdigit() else SPELT.get(text)


def _unit(text: str) -> str:
    """The stored name of a unit written in the singular or the plural; "" if it is none."""
    names = {one: unit for unit, one in UNITS.items()} | ALSO
    return names.get(text) or names.get(text.removesuffix("s"), "")
