"""A partnership's own Word file, filled by its labels; imported by `docx.py` when the first one is filled.

Where an answer goes is where the file has room for it: the empty cell on the right of the label, the empty cell below,
or the label's own cell, below its words. Nothing that stands there is taken out but lines that are there to be filled.
Where one cell is merged beside several labels, each answer in it has its label before it.
"""

from __future__ import annotations

import copy
import io
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import docx
from docx.document import Document as WordDocument
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph as WordParagraph

from bot.documents.cells import (
    another,
    below,
    cells_in,
    is_for_more,
    is_merged,
    let_grow,
    right_of,
    row_of,
    rows_after,
    rows_from,
)
from bot.documents.text import lines_of, one_line
from bot.documents.word import write
from bot.paper import Document, Written
from bot.report import EMPTY_BOX, TICKED
from bot.report.answers import yes_or_no
from bot.report.labelled import begins, cells_of, line_of, paragraphs_of, place_of, plain, text_of, without_box

TO_FILL = re.compile(r"[\s_.\u2026\u2002\u2003]*")
"""What stands where somebody is to write."""
ALWAYS = datetime(1980, 1, 1, tzinfo=UTC)
"""When each was made, as far as the file tells."""
BOXES = (EMPTY_BOX, TICKED)
CHECKED = "{http://schemas.microsoft.com/office/word/2010/wordml}checked"
VALUE = "{http://schemas.microsoft.com/office/word/2010/wordml}val"


def filled(document: Document) -> WordDocument:
    """The file with everything in it that is written; nothing else of it is changed but its title, its author and
    its times."""
    word = docx.Document(io.BytesIO(document.template))
    filling = _Filling(cells_of(word.element.body))
    for one, coming in pairwise((*document.written, None)):
        if one:
            filling.fill(one, coming)
    for cell in filling.ours:
        let_grow(cell)
    properties = word.core_properties
    properties.title, properties.author = one_line(document.title)[:255], one_line(document.author)[:255]
    properties.last_modified_by = properties.author  # and not whoever made the file
    # Whenever it is made, it is the same: a file that tells no time would be given the present one.
    properties.created = properties.modified = ALWAYS
    for number, section in enumerate(word.sections):
        first = [section.first_page_header] if section.different_first_page_header_footer else []
        for header in (section.header, *first):
            if number == 0 or not header.is_linked_to_previous:
                _head(header, document)
    return word


def _head(header: Any, document: Document) -> None:
    """Below whatever stands there."""
    for said in (document.classification, f"Reference {document.reference}"):
        if said:
            write(header.add_paragraph(), one_line(said))


class _Filling:
    """Goes through the cells once, in the order of the policy."""

    def __init__(self, cells: list[Any]) -> None:
        self.cells = cells
        self.texts = [text_of(cell) for cell in cells]
        self.after = 0
        self.ours: set[Any] = set()
        """Cells in which something was written by us."""

    def fill(self, one: Written, coming: Written | None) -> None:
        place = place_of(self.texts, one, self.after)
        if place is None:
            raise LookupError(f"The file has no cell for the field {one.field}.")
        label = self.cells[place]
        self.after = place if one.within else place + 1
        if one.choices:
            label = self._choose(one, place)
        if one.columns:
            self._table(one, place)
        near = self.cells[place : self._end(place, coming)]
        for words, text in one.parts:
            self._beside(words, text, near)
        if one.text:
            self._write(label, one, below_only=bool(one.choices or one.columns or one.parts))

    def _end(self, place: int, coming: Written | None) -> int:
        """Where the next field begins: what stands there is its own; unless both are side by side."""
        end = place_of(self.texts, coming, self.after) if coming else None
        if end is None or (end > place and row_of(self.cells[end]) is row_of(self.cells[place])):
            return len(self.cells)
        return max(end, place + 1)

    def _write(self, label: Any, one: Written, *, below_only: bool) -> None:
        target = label if below_only else self._room(label)
        named = one.within or is_for_more(target, label)
        lines = lines_of(f"{one.label} {one.text}" if named else one.text)
        if target is not label and self._is_empty(target):
            _set(target, lines)
        else:
            for old in paragraphs_of(label) if one.prompt else ():
                if plain(line_of(old)) == plain(one.prompt):
                    old.getparent().remove(old)
            _add(target, lines)
        self.ours.add(target)

    def _room(self, label: Any) -> Any:
        """The cell for the answer: on the right, below, or the label's own."""
        for candidate in (right_of(label), below(label)):
            if candidate is not None and (self._is_empty(candidate) or candidate in self.ours):
                return candidate
        return label

    def _is_empty(self, cell: Any) -> bool:
        return cell not in self.ours and bool(TO_FILL.fullmatch(text_of(cell)))

    # ── boxes, and Y / N ─────────────────────────────────────────────────────────────────────────────────

    def _choose(self, one: Written, place: int) -> Any:
        """Returns where remarks go: the cell that has all the boxes, or that of the label."""
        chosen = []
        for label, mark in one.choices:
            for cell in self.cells[place:]:
                found = next(_lines_that_begin(cell, label), None)
                if found is not None:
                    self._mark(cell, *found, mark)
                    chosen.append(cell)
                    break
        together = len(chosen) > 1 and all(cell is chosen[0] for cell in chosen)
        return chosen[0] if together else self.cells[place]

    def _mark(self, cell: Any, paragraph: Any, line: int, mark: str) -> None:
        """In the box of its own line, or in the cell on its right; a box that is there is ticked for a Y, too."""
        lines, beside = line_of(paragraph).split("\n"), right_of(cell)
        if beside is not None and is_for_more(beside, cell):
            beside = None
        box = mark if mark in BOXES else TICKED if mark == yes_or_no(True) else EMPTY_BOX
        if _boxes_in(lines[line]):
            _tick(paragraph, box, sum(map(_boxes_in, lines[:line])))
        elif beside is not None and _boxes_in(text_of(beside)):
            _tick(beside, box, 0)
        elif beside is not None and (self._is_empty(beside) or plain(text_of(beside)) in {"y / n", "y/n", "yes / no"}):
            _set(beside, [mark])
            self.ours.add(beside)
        elif mark not in {EMPTY_BOX, yes_or_no(None)}:
            write(WordParagraph(paragraph, None), f" {mark}")  # type: ignore[arg-type]  # the parent is not asked

    # ── tables, and what stands beside other words ───────────────────────────────────────────────────────

    def _table(self, one: Written, place: int) -> None:
        heads = next((row for row in rows_from(self.cells[place]) if _are_heads(row, one.columns)), None)
        if heads is None:  # the heads do not stand in one row: what is written stands below the label
            _add(self.cells[place], ["; ".join(filter(None, values)) for values in one.rows] or [""])
            return
        empty = [row for row in rows_after(heads) if len(cells_in(row)) == len(cells_in(heads))]
        free, last = list(self._free(empty)), heads
        for values in one.rows:
            last = free.pop(0) if free else another(last)
            for head, cell in zip(cells_in(heads), cells_in(last), strict=True):
                said = [text for column, text in zip(one.columns, values, strict=True) if begins(text_of(head), column)]
                _set(cell, lines_of(said[0]) if said else [""])
                self.ours.add(cell)

    def _free(self, rows: Sequence[Any]) -> Iterator[Any]:
        for row in rows:
            if not all(self._is_empty(cell) and not is_merged(cell) for cell in cells_in(row)):
                return
            yield row

    def _beside(self, words: str, text: str, near: Sequence[Any]) -> None:
        """Beside the first of these cells that says these words; in the label's own where none does."""
        for cell in near:
            beside = right_of(cell)
            if begins(text_of(cell), words) and beside is not None and self._is_empty(beside):
                _set(beside, lines_of(f"{words}: {text}" if text and is_for_more(beside, cell) else text))
                self.ours.add(beside)
                return
        if text:
            _add(near[0], [f"{words}: {text}"])
            self.ours.add(near[0])


# ── what is written into them ────────────────────────────────────────────────────────────────────────────


def _are_heads(row: Any, columns: Sequence[str]) -> bool:
    return all(any(begins(text_of(cell), column) for cell in cells_in(row)) for column in columns)


def _lines_that_begin(cell: Any, label: str) -> Iterator[tuple[Any, int]]:
    """Each paragraph with such a line, and which of its lines it is."""
    for paragraph in paragraphs_of(cell):
        for place, line in enumerate(line_of(paragraph).split("\n")):
            if begins(without_box(line), label):
                yield paragraph, place


def _boxes_in(text: str) -> int:
    return sum(text.count(box) for box in BOXES)


def _tick(element: Any, mark: str, number: int) -> None:
    """The box with this number, counted from 0; one that Word keeps as a box stays one."""
    for text in element.iter(qn("w:t")):
        held = _boxes_in(text.text or "")
        if number < held:
            parts = re.split(f"([{''.join(BOXES)}])", text.text)
            parts[2 * number + 1] = mark
            text.text = "".join(parts)
            for control in text.iterancestors(qn("w:sdt")):
                for checked in control.iter(CHECKED):
                    checked.set(VALUE, "1" if mark == TICKED else "0")
            return
        number -= held


def _set(cell: Any, lines: Sequence[str]) -> None:
    """These lines and nothing else, in the looks of the first one."""
    first, *others = paragraphs_of(cell)
    for other in others:
        other.getparent().remove(other)
    for child in list(first):
        if child.tag != qn("w:pPr"):
            first.remove(child)
    if first.getparent() is not cell:  # it stood in a field to fill: that is a plain answer now
        cell.append(first)
    _write_from(first, lines)


def _add(cell: Any, lines: Sequence[str]) -> None:
    """These lines below what stands there."""
    *_, last = paragraphs_of(cell)
    new = OxmlElement("w:p")
    last.addnext(new)
    _write_from(new, lines)


def _write_from(paragraph: Any, lines: Sequence[str]) -> None:
    looks = copy.deepcopy(paragraph)
    for number, line in enumerate(lines):
        if number:
            following = copy.deepcopy(looks)
            paragraph.addnext(following)
            paragraph = following
        write(WordParagraph(paragraph, None), line)  # type: ignore[arg-type]  # the parent is not asked
