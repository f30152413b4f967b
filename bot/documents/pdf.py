"""The same documents as PDF, for filing: tagged for screen readers, with typst, which is an optional extra.

Rule 1: what stands in a document goes to typst as data, never as markup.
Rule 2: it is PDF/UA-1, which forbids a character that no font here has: that is written as its code and its name.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bot.documents.glyphs import named_in, spelt, undrawable
from bot.documents.text import base_of, lines_of, one_line
from bot.paper import Cell, Document, Paragraph, Row, Table, Title, placed

MEDIA_TYPE = "application/pdf"

LOOK = Path(__file__).with_name("form.typ")

FONTS = ("Arial", "Liberation Sans", "Arimo", "Helvetica", "DejaVu Sans", "Noto Sans", "Libertinus Serif")
"""The first of these that there is; single characters that it has not got are taken from any other. The last one comes
with typst."""

ROUNDS = 20
"""How often it is tried again, should a character and its marks be in no one font; after that it is only tagged."""

SPLITS_FROM = 700
"""Rows with fewer characters stay on one page, as in Word."""

TEXT_WIDTH, PADDING = 482.0, 11.0
"""Of a page, and of a cell at both sides, in points."""

WIDTHS = {**dict.fromkeys("ijl'’.,:;|!()[]", 4.0), **dict.fromkeys("frtIs", 5.3), **dict.fromkeys("mwMW@%", 10.5)}
LETTER, BOLD = 6.9, 1.12
"""About how wide letters of our widest font are: these, any other, and bold ones as a multiple."""
WORD = re.compile(r"[^\s/-]{5,}")

LABELS, COLUMNS = 4, 5
"""Levels of header rows below those of headings: a label whose answer is the row below, and the heads of columns."""


def is_installed() -> bool:
    """Whether the extra is: pip install 'escalation-bot[pdf]'."""
    return find_spec("typst") is not None


class PdfDocuments:
    """Fulfils `ports.Documents`."""

    media_type = MEDIA_TYPE
    ending = "pdf"

    def make(self, document: Document) -> bytes:
        """The document as PDF; with the same fonts, the same document gives the same bytes."""
        import typst

        compiler = typst.Compiler(font_paths=_fonts())
        try:
            return _compiled(compiler, document, "ua-1")
        except typst.TypstError:
            missing = undrawable(document, compiler, _families())
        for _ in range(ROUNDS):
            try:
                return _compiled(compiler, spelt(document, missing), "ua-1")
            except typst.TypstError as refused:
                more = named_in(str(refused)) - missing
                if not more:
                    break
                missing |= more
        return _compiled(compiler, spelt(document, missing))


def _compiled(compiler: Any, document: Document, *standards: Any) -> bytes:
    data = json.dumps(_data(document), ensure_ascii=False)
    made = compiler.compile(LOOK.read_bytes(), format="pdf", pdf_standards=[*standards], sys_inputs={"document": data})
    if not isinstance(made, bytes):
        raise TypeError("typst made no single file")
    return made


@cache
def _fonts() -> Any:
    """Looked for once: that takes longer than to make a document."""
    import typst

    return typst.Fonts()


@cache
def _families() -> tuple[str, ...]:
    there = {family.casefold() for family in _fonts().families()}
    return tuple(family for family in FONTS if family.casefold() in there)


def _data(document: Document) -> dict[str, Any]:
    """The document in the words of `form.typ`."""
    language, _, region = document.language.partition("-")
    return {
        "title": one_line(document.title),
        "author": one_line(document.author),
        "lang": language,
        "region": region or None,
        "fonts": _families(),
        "classification": one_line(document.classification),
        "reference": one_line(f"Reference {document.reference}"),
        "parts": [drawn for part in document.parts for drawn in _drawn(part)],
    }


def _drawn(part: Title | Paragraph | Table) -> Iterator[dict[str, Any]]:
    match part:
        case Title(text, level):
            yield {"kind": "title", "level": level, "lines": _lines(text)}
        case Paragraph(text, strong):
            yield {"kind": "words", "strong": strong, "lines": _lines(text)}
        case Table():
            yield {"kind": "table", "widths": part.widths, "rows": list(_rows(part))}


def _lines(text: str, width: float = TEXT_WIDTH) -> list[str | Mapping[str, str]]:
    """Each line as it can stand in a column of this width."""
    fitting = (WORD.sub(lambda word: _broken(word[0], width), line) for line in lines_of(text)) if text else ()
    return [{"rtl": line} if base_of(line) == "right" else line for line in fitting]


def _broken(word: str, width: float) -> str:
    """A word that is wider than its column may be broken anywhere, instead of leaving it; others nowhere."""
    if sum(WIDTHS.get(letter, LETTER) for letter in word) <= width:
        return word
    # Marks that belong to the letter before them stay with it.
    return "".join(("" if unicodedata.category(each) in {"Mn", "Me", "Mc", "Cf"} else "\u200b") + each for each in word)


def _rows(part: Table) -> Iterator[dict[str, Any]]:
    """Those of each piece; between two pieces an unseen row, with which all labels and heads of columns end."""
    lines, units, y = placed(part.rows), sum(part.widths), 0
    for piece in _pieces(part.rows):
        if y:
            yield {"head": LABELS, "repeat": False, "cells": [_end(len(part.widths)) | {"y": y}]}
            y += 1
        for n, row in enumerate(piece):
            splits = not row.keep and sum(len(cell.text) for cell in row.cells) >= SPLITS_FROM
            cells = [
                _cell(row, cell, sum(part.widths[x : x + cell.columns]) / units)
                | {"x": x, "y": y, "columns": cell.columns, "rows": cell.rows, "breakable": splits}
                for x, cell, begins in next(lines)[1]
                if begins
            ]
            yield {"head": _level(row, y), "repeat": row.header and (y == 0 or _is_table(piece[n:])), "cells": cells}
            y += 1


def _pieces(rows: Iterable[Row]) -> list[list[Row]]:
    """The rows of a table, parted where some follow that their last label, or heads of columns, say nothing of: what is
    tagged as a head would be read with all rows down to the next one."""
    pieces: list[list[Row]] = [[]]
    head, below = None, 0
    for y, row in enumerate(rows):
        if y == 0 and row.cells[0].header:  # the heads of the whole table, also of rows across it
            head = None
        elif _level(row, y):
            head, below = row, 0
        elif head and not _is_of(row, head, below):
            pieces.append([])
            head = None
        else:
            below += 1
        pieces[-1].append(row)
    return pieces


def _is_of(row: Row, head: Row, between: int) -> bool:
    """Headings are for all that follows, heads of columns for rows of such columns, a label for the answer below it."""
    if head.cells[0].header:
        return _columns(row) == _columns(head)
    return head.cells[0].level > 0 or (between == 0 and len(row.cells) == 1)


def _columns(row: Row) -> tuple[int, ...]:
    return tuple(cell.columns for cell in row.cells)


def _level(row: Row, y: int) -> int:
    """Of a header row: it never stands alone at the end of a page, and is read with what it is the head of. 0: it is
    none."""
    if row.header and y == 0:
        return 1
    if row.header:
        return COLUMNS
    first, *others = row.cells
    return 0 if not row.keep or others or first.field or not first.label else first.level or LABELS


def _is_table(rows: Iterable[Row]) -> bool:
    """Whether all that follows stands in the same columns, so that their heads hold for it on every page."""
    return len(set(map(_columns, rows))) == 1


def _cell(row: Row, cell: Cell, share: float) -> dict[str, Any]:
    """`share` is the part of the table's width that it has."""
    width = TEXT_WIDTH * share - PADDING
    label = _lines(cell.label, width / BOLD)
    aid, text = _lines(cell.help, width), _lines(cell.text, width)
    written = sum(1 + len(line) // int(width / 5.4 + 1) for line in (*label, *aid, *text))
    return {
        "level": cell.level, "label": label, "help": aid, "text": text, "written": written > 0,
        "shade": str(cell.level) if cell.shaded or cell.header else "",
        "room": max(0, (row.room if cell.field else 1) - written), "end": False,
    }  # fmt: skip


def _end(columns: int) -> dict[str, Any]:
    """An empty head across the table, no higher than the line that it stands on."""
    bare = {"level": 0, "label": (), "help": (), "text": (), "written": False, "shade": "", "room": 0, "end": True}
    return {**bare, "x": 0, "columns": columns, "rows": 1, "breakable": False}
