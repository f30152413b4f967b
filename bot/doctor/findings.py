"""What was found out about a deployment: a line each, with what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

State = Literal["ok", "wrong", "unknown"]
"""`unknown`: it could not be found out, or only a person can tell."""


@dataclass(frozen=True)
class Finding:
    """`about` is what was looked at, `says` a sentence about it, `remedy` what to do where it is not ok."""

    about: str
    state: State
    says: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.state:<8} {self.about}: {self.says}{' ' if self.remedy else ''}{self.remedy}"


def ok(about: str, says: str) -> Finding:
    return Finding(about, "ok", says)


def wrong(about: str, says: str, remedy: str = "") -> Finding:
    """`remedy` is empty where the sentence says it already."""
    return Finding(about, "wrong", says, remedy)


def unknown(about: str, says: str, remedy: str = "") -> Finding:
    return Finding(about, "unknown", says, remedy)


def spell(span: timedelta) -> str:
    """So long, in the largest unit that says enough."""
    minutes = int(span.total_seconds() // 60)
    for size, unit in ((24 * 60, "day"), (60, "hour")):
        if minutes >= 2 * size:
            return f"{minutes // size} {unit}s"
    return "less than a minute" if minutes < 1 else count(minutes, "minute")


def count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def listed(names: list[str]) -> str:
    """“a”, “a and b”, “a, b and c”."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
