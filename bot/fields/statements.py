"""Several statements, each answered yes or no, where no is an answer and a blank is none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from bot.errors import InvalidAnswer
from bot.fields.choosing import Choices, YesNo
from bot.fields.kind import Answer, Reading, typed_text
from bot.messages import Entry, Given, Option

YES_OR_NO = (Option("yes", "Yes"), Option("no", "No"))


class YesNoEach(Answer):
    """A yes or a no for each statement. Stored as {id: true or false}; what was left blank is absent."""

    kind: Literal["yes_no_each"] = "yes_no_each"
    how: ClassVar[str] = "Choose Yes or No for each, or type them in order: yes, no, yes."
    of: tuple[Choices, ...] = Field(min_length=1, strict=False)
    blank_ok: bool = False
    """Whether single statements may be left blank."""

    def entries(self, value: Any = None) -> tuple[Entry, ...]:
        held = {name: "yes" if yes else "no" for name, yes in (value or {}).items()}
        return tuple(
            Entry(f"each.{one.id}", one.label, "radio", held.get(one.id, ""), YES_OR_NO, optional=self.blank_ok)
            for one in self.of
        )

    def read(self, given: Given, reading: Reading) -> dict[str, bool]:
        texts = self._typed(given) if isinstance(given, str) else self._chosen(given)
        value = {name: YesNo().read(text, reading) for name, text in texts.items() if text}
        missing = [one.label for one in self.of if one.id not in value]
        if missing and (not self.blank_ok or not value):
            raise InvalidAnswer(f"Please say yes or no to each. Still open: {'; '.join(missing)}")
        return value

    def _chosen(self, given: Mapping[str, Any]) -> dict[str, str]:
        return {one.id: typed_text(given, f"each.{one.id}") for one in self.of}

    def _typed(self, text: str) -> dict[str, str]:
        """One word for each statement, in their order; "all yes" and "all no" answer every one."""
        words = [word for word in re.split(r"[\s,;]+", typed_text(text)) if word]
        if len(words) == 2 and words[0].lower() == "all":
            words = [words[1]] * len(self.of)
        if len(words) != len(self.of):
            raise InvalidAnswer(
                f"I read {len(words)} answers, but there are {len(self.of)} statements. "
                "Please choose Yes or No for each, or type one yes or no for each, with commas between."
            )
        return {one.id: word for one, word in zip(self.of, words, strict=True)}

    def fits(self, value: Any) -> bool:
        if not isinstance(value, dict) or not all(isinstance(yes, bool) for yes in value.values()):
            return False
        ids = {one.id for one in self.of}
        return bool(value) and (set(value) <= ids if self.blank_ok else set(value) == ids)

    def show(self, value: Any) -> str:
        return "\n".join(f"{asking(one.label)} {said(value.get(one.id))}" for one in self.of)

    def example(self) -> dict[str, bool]:
        return {one.id: place % 2 == 0 for place, one in enumerate(self.of)}


def asking(label: str) -> str:
    """A statement as it stands before its answer."""
    return label if label.endswith((":", "?")) else f"{label.rstrip('.;')}:"


def said(yes: bool | None) -> str:
    return "not answered" if yes is None else "Yes" if yes else "No"
