"""What every platform says in words, where others would rely on a sign or a colour."""

from __future__ import annotations

IMPORTANT = "Important: "
DONE, TO_DO = "Done: ", "To do: "
EMPTY = "–"
"""Stands for an empty text where something has to stand."""

LONG_FACT = 160
"""A value longer than this, or of several lines, begins on a line of its own."""


def is_long(value: str) -> bool:
    """Whether a value begins on a line of its own, below its label."""
    return "\n" in value or len(value) > LONG_FACT


def labelled(label: str) -> str:
    """The label as it stands before its value."""
    return label if label.endswith(("?", ":")) else f"{label}:"


def marks(items: int, done: tuple[bool, ...]) -> list[str]:
    """What each point of a list begins with: whether it is done, in a checklist."""
    return [DONE if tick else TO_DO for tick in done] or [""] * items
