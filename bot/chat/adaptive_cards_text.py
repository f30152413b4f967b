"""The parts of a message that are only read, as elements of an Adaptive Card. Words carry the meaning, not colour.

Rule 1: text goes into runs of rich text, which are not read as markdown. The one exception is a heading that has
nothing in it which could be: only a text block is announced as a heading.
Rule 2: no run begins or ends with a line end that matters. Microsoft's renderer draws those within a run; the one of
phones with Android has left out the others (issue 4914 of microsoft/AdaptiveCards).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, assert_never

from bot.chat.splitting import split
from bot.chat.spoken import EMPTY, IMPORTANT, is_long, labelled, marks
from bot.messages import Link, Tone

Element = dict[str, Any]

PIECE = 2500
"""Longer text is parted into elements of this size, so that a card can end between them."""
HEADING = 150

MARKDOWN = re.compile(
    r"[\\`*_\[\]<>~|{}\n\t]"  # emphasis, code, links, markup, tables; anything of several lines
    r"|^\s{2}|&\S|://|\bwww\."
)
"""What any client could read as markdown, in any text that has it."""
LIST = re.compile(r"^\s*(?:[-+#=]|\d+[.)])")
"""What any client could read as a point of a list or a heading, where a text begins with it."""
FUNCTION = re.compile(r"\{(?=\{(?:DATE|TIME)\()")
"""The beginning of what clients replace by a date of their own, in all text."""
NOTHING = "\u2060"
"""A character that is not seen: what stands before and behind it does not belong together."""


def inert(text: str) -> str:
    """The same words, in which no client finds a function to carry out."""
    return FUNCTION.sub(f"{{{NOTHING}", text)


def is_markdown(text: str) -> bool:
    """Whether some client may read this as markdown."""
    return MARKDOWN.search(text) is not None or LIST.match(text) is not None


def heading(text: str) -> list[Element]:
    """The title of a message."""
    if not text.strip():
        return []
    # "2. The disagreement" is the second heading of a form, and not a list of one point.
    text = NOTHING + text if LIST.match(text) else text
    if len(text) <= HEADING and not MARKDOWN.search(text):
        return [
            {"type": "TextBlock", "text": text, "style": "heading", "size": "Large", "weight": "Bolder", "wrap": True}
        ]
    return [rich([run(piece, weight="Bolder", size="Medium")]) for piece in pieces(text)]


def word_elements(text: str, tone: Tone) -> list[Element]:
    """A paragraph in its tone. Blank text draws nothing."""
    if not text.strip():
        return []
    match tone:
        case "plain":
            return [rich([run(piece)]) for piece in pieces(text)]
        case "strong":
            return [rich([run(piece, weight="Bolder")]) for piece in pieces(text)]
        case "quiet":
            return [rich([run(piece, isSubtle=True)]) for piece in pieces(text)]
        case "warning":
            first, *more = pieces(text)
            said = [rich([run(IMPORTANT, weight="Bolder"), run(first)]), *(rich([run(piece)]) for piece in more)]
            return [_box([element], "warning") for element in said]
        case "quote":
            # One run with its line ends, so that it is copied as it stands.
            return [_box([rich([run(piece, fontType="Monospace")])], "emphasis") for piece in pieces(text)]
        case _:
            assert_never(tone)


def fact_elements(rows: Sequence[tuple[str, str]]) -> list[Element]:
    """Labelled values, a line each; what is long stands below its label."""
    drawn: list[Element] = []
    for label, value in rows:
        name, (first, *more) = run(labelled(label), weight="Bolder"), pieces(value) or [EMPTY]
        if is_long(value):
            drawn += [rich([name]), rich([run(first)], spacing="None")]
        else:
            drawn.append(rich([name, run(f" {first}")], spacing="Small"))
        drawn += [rich([run(piece)]) for piece in more]
    return _begun(drawn)


def point_elements(items: Sequence[str], done: tuple[bool, ...]) -> list[Element]:
    """A list; each point of a checklist begins with whether it is done."""
    drawn: list[Element] = []
    for mark, item in zip(marks(len(items), done), items, strict=True):
        first, *more = pieces(item) or [EMPTY]
        begun = [run(mark, weight="Bolder"), run(first)] if mark else [run(f"• {first}")]
        drawn += [rich(begun, spacing="Small"), *(rich([run(piece)]) for piece in more)]
    return _begun(drawn)


def link_elements(links: Sequence[Link]) -> list[Element]:
    """A list; each point begins with what leads to more about it."""
    drawn: list[Element] = []
    for link in links:
        *before, last = pieces(link.text) or [EMPTY]
        following = pieces(link.after)
        drawn += [rich([_leading(piece, link.url)], spacing="Small") for piece in before]
        begun = [*([] if before else [run("• ")]), _leading(last, link.url), *map(run, following[:1])]
        drawn += [rich(begun, spacing="Small"), *(rich([run(piece)]) for piece in following[1:])]
    return _begun(drawn)


def rich(runs: Iterable[Element], **how: Any) -> Element:
    """Rich text on lines of its own."""
    return {"type": "RichTextBlock", "inlines": list(runs)} | how


def run(text: str, **how: Any) -> Element:
    """Text that is shown as it is."""
    return {"type": "TextRun", "text": inert(text)} | how


def pieces(text: str) -> list[str]:
    """The text in pieces that a card can be parted between."""
    return [piece for _, piece in split(text, PIECE) if piece.strip()]


def _begun(lines: list[Element]) -> list[Element]:
    """Lines close to each other, at some distance from what stands above them."""
    return [{name: each for name, each in lines[0].items() if name != "spacing"}, *lines[1:]] if lines else []


def _leading(text: str, url: str) -> Element:
    if not url.startswith(("https://", "http://")):
        return run(text)
    return run(text, selectAction={"type": "Action.OpenUrl", "url": url})


def _box(items: list[Element], style: str) -> Element:
    return {"type": "Container", "style": style, "items": items}
