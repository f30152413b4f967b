"""Choosing: yes or no, one of several, tick any, and a yes that asks several things."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.errors import InvalidAnswer
from bot.fields.kind import Answer, Reading, clean, typed_text
from bot.messages import Button, Entry, Given, Option

DIRECT_BUTTONS = 6
"""Up to so many short options are asked with buttons; more, or longer ones, with a list."""


class YesNo(Answer):
    """Yes or no."""

    kind: Literal["yes_no"] = "yes_no"
    how: ClassVar[str] = "Press a button, or type yes or no."

    def buttons(self) -> tuple[Button, ...]:
        return (Button("Yes", "answer", "yes"), Button("No", "answer", "no"))

    def read(self, given: Given, reading: Reading) -> bool:
        text = typed_text(given).lower().rstrip(".!")
        if text in {"yes", "y", "yeah", "yep", "true", "ydy", "oes"}:
            return True
        if text in {"no", "n", "nope", "false", "nac ydy", "nac oes"}:
            return False
        raise InvalidAnswer(f"“{text[:60]}” is neither yes nor no. Please press a button, or type yes or no.")

    def fits(self, value: Any) -> bool:
        return isinstance(value, bool)

    def show(self, value: Any) -> str:
        return "Yes" if value else "No"

    def example(self) -> bool:
        return False


class Choices(BaseModel):
    """One box of a form: `id` is stored, `label` is printed; `qualifiers` may be ticked beside it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    label: str
    qualifiers: tuple[str, ...] = Field(default=(), strict=False)
    note: bool = False


def as_options(choices: Sequence[Choices]) -> tuple[Option, ...]:
    return tuple(Option(choice.id, choice.label) for choice in choices)


def pick(text: str, choices: Sequence[Choices]) -> Choices | None:
    """The option meant by its id, its number in the list, its label, or the start of one label only."""
    wanted = " ".join(text.casefold().split()).rstrip(".")
    for choice in choices:  # ids first: a button gives the id, and an id may be a number
        if wanted == choice.id:
            return choice
    if re.fullmatch("[0-9]{1,3}", wanted) and 1 <= int(wanted) <= len(choices):
        return choices[int(wanted) - 1]
    for choice in choices:
        if wanted == " ".join(choice.label.casefold().split()).rstrip(".:"):
            return choice
    starts = [choice for choice in choices if wanted and choice.label.casefold().startswith(wanted)]
    return starts[0] if len(starts) == 1 else None


def _offered(choices: Sequence[Choices]) -> str:
    """The options by number, to stand before a full stop."""
    return "; ".join(f"{n} {choice.label}" for n, choice in enumerate(choices, 1)).rstrip(".:")


class Choice(Answer):
    """One of several. Stored as the option's id."""

    kind: Literal["choice"] = "choice"
    how: ClassVar[str] = "Choose one, or type its number or how it begins."
    options: tuple[Choices, ...] = Field(min_length=1, strict=False)

    def _direct(self) -> bool:
        return len(self.options) <= DIRECT_BUTTONS and all(len(option.label) <= 75 for option in self.options)

    def entries(self, value: Any = None) -> tuple[Entry, ...]:
        if self._direct():
            return ()
        return (Entry("answer", "Your choice", "radio", value or "", as_options(self.options)),)

    def buttons(self) -> tuple[Button, ...]:
        return tuple(Button(option.label, "answer", option.id) for option in self.options) if self._direct() else ()

    def read(self, given: Given, reading: Reading) -> str:
        text = typed_text(given)
        chosen = pick(text, self.options)
        if chosen is None:
            offered = _offered(self.options)
            said = f"“{text[:60]}” is not one of the choices." if text else "Nothing was chosen."
            raise InvalidAnswer(f"{said} Please choose one: {offered}.")
        return chosen.id

    def fits(self, value: Any) -> bool:
        return value in [option.id for option in self.options]

    def show(self, value: Any) -> str:
        return next((option.label for option in self.options if option.id == value), str(value))

    def example(self) -> str:
        return self.options[0].id


class Many(Answer):
    """Tick any. Stored as a list of {option, qualifiers, note} in printed order."""

    kind: Literal["many"] = "many"
    options: tuple[Choices, ...] = Field(min_length=1, strict=False)
    least: int = 0

    def entries(self, value: Any = None) -> tuple[Entry, ...]:
        held = {tick["option"]: tick for tick in value or ()}
        made = [
            Entry(
                "answer",
                "Tick what applies",
                "checkboxes",
                tuple(held),
                as_options(self.options),
                optional=self.least == 0,
            )
        ]
        for option in self.options:
            tick = held.get(option.id, {})
            if option.qualifiers:
                made.append(
                    Entry(
                        f"qualifiers.{option.id}",
                        option.label,
                        "checkboxes",
                        tuple(tick.get("qualifiers", ())),
                        tuple(Option(q, q) for q in option.qualifiers),
                        optional=True,
                    )
                )
            if option.note:
                made.append(
                    Entry(
                        f"note.{option.id}",
                        f"{option.label} – note",
                        "line",
                        tick.get("note", ""),
                        optional=True,
                    )
                )
        return tuple(made)

    def read(self, given: Given, reading: Reading) -> list[dict[str, Any]]:
        if isinstance(given, str):
            whole = pick(given, self.options)
            ticked = (
                [whole]
                if whole
                else [
                    self._one(part)
                    for part in re.split(r"[,;\n]|\band\b", given)
                    if part.strip() and part.strip().lower() != "none"
                ]
            )
            sides: Mapping[str, Any] = {}
        else:
            answer = given.get("answer", ())
            ticked = [self._one(part) for part in ([answer] if isinstance(answer, str) and answer else answer)]
            sides = given
        value = []
        for option in self.options:
            qualifiers = sides.get(f"qualifiers.{option.id}", ())
            qualifiers = [qualifiers] if isinstance(qualifiers, str) and qualifiers else list(qualifiers)
            note = clean(str(sides.get(f"note.{option.id}", "")))
            # A qualifier or a note beside an empty box can only mean that the box is meant.
            if option in ticked or qualifiers or note:
                value.append(
                    {
                        "option": option.id,
                        "qualifiers": [q for q in option.qualifiers if q in qualifiers],
                        "note": note,
                    }
                )
        if len(value) < self.least:
            raise InvalidAnswer(
                f"Please tick at least {self.least}: " + "; ".join(option.label for option in self.options)
            )
        return value

    def _one(self, text: str) -> Choices:
        chosen = pick(text, self.options)
        if chosen is None:
            offered = _offered(self.options)
            raise InvalidAnswer(
                f"“{text.strip()[:60]}” is not one of the boxes. Please name one or more by number: {offered}."
            )
        return chosen

    def fits(self, value: Any) -> bool:
        ids = [option.id for option in self.options]
        return isinstance(value, list) and all(isinstance(tick, dict) and tick.get("option") in ids for tick in value)

    def show(self, value: Any) -> str:
        labels = {option.id: option.label for option in self.options}
        lines = []
        for tick in value:
            extra = " / ".join(tick.get("qualifiers", ())) + (f": {tick['note']}" if tick.get("note") else "")
            lines.append(
                labels.get(tick["option"], tick["option"]) + (f" – {extra.removeprefix(': ')}" if extra else "")
            )
        return "\n".join(lines) or "None ticked"

    def example(self) -> list[dict[str, Any]]:
        first = self.options[0]
        return [
            {
                "option": first.id,
                "qualifiers": list(first.qualifiers[:1]),
                "note": "An example" if first.note else "",
            }
        ]


class YesIfAll(Answer):
    """One printed Yes / No that asks several things: "Yes" only if all are. Stored as {id: true or false}."""

    kind: Literal["yes_if_all"] = "yes_if_all"
    of: tuple[Choices, ...] = Field(min_length=2, strict=False)

    def entries(self, value: Any = None) -> tuple[Entry, ...]:
        held = tuple(option.id for option in self.of if (value or {}).get(option.id))
        return (Entry("answer", "Tick what is true", "checkboxes", held, as_options(self.of), optional=True),)

    def read(self, given: Given, reading: Reading) -> dict[str, bool]:
        if isinstance(given, str) and given.strip().lower() in {"yes", "y", "no", "n"}:
            return dict.fromkeys((option.id for option in self.of), given.strip().lower().startswith("y"))
        ticks = Many(options=self.of).read(given, reading)
        return {option.id: any(tick["option"] == option.id for tick in ticks) for option in self.of}

    def fits(self, value: Any) -> bool:
        return isinstance(value, dict)

    def show(self, value: Any) -> str:
        parts = "; ".join(f"{option.label} {'yes' if value.get(option.id) else 'no'}" for option in self.of)
        return f"{'Yes' if self.met(value) else 'No'} ({parts})"

    def met(self, value: Mapping[str, bool]) -> bool:
        """Whether the printed answer is Yes."""
        return all(value.get(option.id) for option in self.of)

    def example(self) -> dict[str, bool]:
        return dict.fromkeys((option.id for option in self.of), True)
