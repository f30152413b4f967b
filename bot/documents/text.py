"""What every format does to words before it draws them: lines, what cannot be printed, and which way they are read."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)
LINE_END = re.compile("\r\n?|\n|\x85|\u2028|\u2029")

Direction = Literal["left", "right", ""]


def lines_of(text: str) -> list[str]:
    """The lines of a text, each as a paragraph can hold it: what cannot be printed is U+FFFD."""
    return [UNPRINTABLE.sub("\ufffd", line) for line in LINE_END.split(text)]


def one_line(text: str) -> str:
    """The same in one line."""
    return " ".join(lines_of(text))


def side_of(character: str) -> Direction:
    """Which way a character is read; "" where that depends on its neighbours."""
    match unicodedata.bidirectional(character):
        case "R" | "AL":
            return "right"
        case "L":
            return "left"
        case _:
            return ""


def base_of(line: str) -> Direction:
    """Which way a whole line is read: as its first letter."""
    return next((side for side in map(side_of, line) if side), "left")
