"""Split long text for platforms that limit their boxes: at paragraph, line, sentence or word ends."""

from __future__ import annotations

import re
import unicodedata

LONGEST_GAP = 30
"""So much whitespace at most is taken out between two pieces; what is more stays in the pieces."""
JOINERS = "\u200d\ufe0e\ufe0f\u20e3"
"""Characters that belong to the emoji before them."""


def length(text: str) -> int:
    """Length in UTF-16 code units: an emoji counts two or more, as it does in browsers."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def split(text: str, limit: int) -> list[tuple[str, str]]:
    """Pieces of at most `limit` UTF-16 units, each with the whitespace that stood before it.

    Joined as gap + piece they are the text, character for character. Each gap but the first is made of line
    ends, spaces and tabs only, and may be ""; the first is always "". An empty text has no pieces.
    """
    pieces: list[tuple[str, str]] = []
    gap = ""
    while length(text) > limit:
        cut = _cut(text, limit)
        pieces.append((gap, text[:cut]))
        found = re.match(rf"[\n \t]{{0,{LONGEST_GAP}}}", text[cut:-1])
        gap = found[0] if found else ""
        text = text[cut + len(gap) :]
    return [*pieces, (gap, text)] if text else pieces


def _cut(text: str, limit: int) -> int:
    """Where the first piece ends: the best end in the last half of what fits, or the last possible place."""
    most = 0
    room = limit
    for c in text:
        room -= 2 if c > "\uffff" else 1
        if room < 0:
            break
        most += 1
    window = text[: most + 1]
    for end in ("\n\n", "\n", r"(?<=[.!?])[ \t]", r"[ \t]"):
        places = [found.start() for found in re.finditer(end, window) if found.start() <= most]
        if places and places[-1] >= max(1, most // 2):
            return places[-1]
    for place in range(most, max(most - 20, 1), -1):
        if not _inside_a_sign(text, place):
            return place
    return most


def _inside_a_sign(text: str, place: int) -> bool:
    """Whether a cut here would part what is read as one sign: a letter and its accent, a family emoji."""
    after, before = text[place], text[place - 1]
    skin = "\U0001f3fb" <= after <= "\U0001f3ff"
    flags = "\U0001f1e6" <= after <= "\U0001f1ff" and "\U0001f1e6" <= before <= "\U0001f1ff"
    return bool(unicodedata.combining(after)) or after in JOINERS or before == "\u200d" or skin or flags


def first_words(text: str, limit: int) -> str:
    """The text itself if it fits; or its first words and "…", for text that is said in full nearby."""
    if length(text) <= limit:
        return text
    return split(text, limit - 1)[0][1].rstrip() + "…"
