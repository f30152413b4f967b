"""Characters that no font of this computer can draw: which they are, and how they are written instead.

Rule: nothing that was answered vanishes. Such a character is written as its code and its name, as
[U+1F9FF nazar amulet]; the Word file of the same document keeps the character itself.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from bot.paper import Cell, Document, Paragraph, Row, Table, Title

PROBE = b"""#let probe = json(bytes(sys.inputs.probe))
#set page(width: auto, height: auto)
#set text(font: probe.fonts)
#for (n, each) in probe.characters.enumerate() { if n > 0 { pagebreak() }; each }
"""
"""Draws each character on a page of its own."""
NOBODYS = "\U0010fffe"
"""A character that there is in no font, for it will never be one: what is drawn like it is not there either."""
DRAWN = re.compile(r'<use xlink:href="#(\w+)"')

NAMED = re.compile(r'"((?:[^"\\]|\\.)*)"')
ESCAPED = re.compile(r"\\(?:u\{([0-9a-f]+)\}|(.))")
ALIKE = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}

JOINED = "[\u200d\ufe0e\ufe0f]*"
"""What joins characters, or chooses how they look, and draws nothing itself."""
NUMBERED = re.compile("-[0-9A-F]{4,}$")
"""At the end of a name that says nothing but the code."""


def undrawable(document: Document, compiler: Any, families: Sequence[str]) -> set[str]:
    """The characters of the document that are in no font; `compiler` is typst's."""
    there = sorted({each for text in _texts(document) for each in text if not each.isascii()})
    probe = json.dumps({"fonts": families, "characters": [NOBODYS, *there]})
    pages = compiler.compile(PROBE, format="svg", sys_inputs={"probe": probe})
    missing, *looks = [DRAWN.findall(page.decode()) for page in pages]
    return {each for each, look in zip(there, looks, strict=True) if set(look) & set(missing)}


def named_in(message: str) -> set[str]:
    """What the typesetter says that it could not draw: a character with all that belongs to it."""
    named = NAMED.search(message)
    said = (
        ESCAPED.sub(lambda found: chr(int(found[1], 16)) if found[1] else ALIKE.get(found[2], found[2]), named[1])
        if named
        else ""
    )
    return {said} - {""}


def spelt(document: Document, missing: Collection[str]) -> Document:
    """The document with the code and the name of whatever is missing."""
    each = "|".join(map(re.escape, sorted(missing, key=lambda text: (-len(text), text))))
    runs = re.compile(f"(?:(?:{each}){JOINED})+")

    def changed(text: str) -> str:
        return runs.sub(lambda found: f"[{', '.join(map(_code, re.sub(JOINED, '', found[0])))}]", text)

    def cell(one: Cell) -> Cell:
        return replace(one, label=changed(one.label), help=changed(one.help), text=changed(one.text))

    def part(one: Title | Paragraph | Table) -> Title | Paragraph | Table:
        if isinstance(one, Table):
            rows = tuple(replace(row, cells=tuple(map(cell, row.cells))) for row in one.rows)
            return replace(one, rows=rows)
        return replace(one, text=changed(one.text))

    return replace(
        document,
        title=changed(document.title),
        reference=changed(document.reference),
        classification=changed(document.classification),
        parts=tuple(map(part, document.parts)),
    )


def _code(character: str) -> str:
    name = unicodedata.name(character, "")
    return f"U+{ord(character):04X}" + ("" if NUMBERED.search(name) else f" {name.lower()}".rstrip())


def _texts(document: Document) -> Iterator[str]:
    """Everything that is drawn."""
    yield from (document.reference, document.classification)
    for part in document.parts:
        if isinstance(part, Table):
            yield from _of_cells(part.rows)
        else:
            yield part.text


def _of_cells(rows: Iterable[Row]) -> Iterator[str]:
    for row in rows:
        for cell in row.cells:
            yield from (cell.label, cell.help, cell.text)
