"""What every kind of answer has in common, and how text is made safe."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from bot.calendars import Calendar
from bot.messages import Button, Entry, Given


@dataclass(frozen=True)
class Reading:
    """What reading an answer needs to know: the day in the policy's zone, its calendar, who can be picked."""

    today: date
    calendar: Calendar | None = None
    people: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Person id -> name, role, agency, email."""


def clean(text: str) -> str:
    """Make text safe to store and to print, and lose nothing that can be read.

    Control characters, lone surrogates and non-characters become U+FFFD; every kind of line end becomes `\\n`.
    """
    text = re.sub(r"\r\n?|\x85|\u2028|\u2029", "\n", text)
    return "".join(
        "\ufffd" if (unicodedata.category(c) in {"Cc", "Cs"} and c not in "\n\t") or _is_noncharacter(c) else c
        for c in text
    ).strip()


def _is_noncharacter(c: str) -> bool:
    return ord(c) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(c) <= 0xFDEF


class Answer(BaseModel):
    """What all kinds have in common. `value` everywhere is the stored JSON answer."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    how: ClassVar[str] = ""
    """One sentence that says how this is answered when typed."""

    def entries(self, value: Any = None) -> tuple[Entry, ...]:
        """The inputs that ask for it, holding `value` if there is one."""
        return ()

    def buttons(self) -> tuple[Button, ...]:
        """Buttons that answer at one press, for kinds with few and short options."""
        return ()

    def read(self, given: Given, reading: Reading) -> Any:
        """Turn what was given into the stored answer; raise InvalidAnswer with a sentence, or Doubtful."""
        raise NotImplementedError

    def unread(self, typed: str) -> tuple[Entry, ...]:
        """The inputs holding typed text that could not be read, so that nobody types anything twice."""
        return tuple(replace(entry, initial=typed) if entry.id == "answer" else entry for entry in self.entries())

    def show(self, value: Any) -> str:
        """The answer as people read it, on the review card and in the document."""
        return str(value)

    def echo(self, value: Any, reading: Reading) -> str:
        """What is said back at once, so that a slip is seen: dates with their weekday and distance. "" says nothing."""
        return ""

    def fits(self, value: Any) -> bool:
        """Whether a stored value is one that this kind could have read; what is not is asked again."""
        return isinstance(value, str)

    def example(self) -> Any:
        """A plausible stored answer: the way ahead is counted, and tests walk, with it."""
        raise NotImplementedError


def typed_text(given: Given, entry: str = "answer") -> str:
    """The text given for one entry, or the typed text itself."""
    if isinstance(given, str):
        return clean(given)
    value = given.get(entry, "")
    return clean(value if isinstance(value, str) else ", ".join(value))
