"""What stands on paper, with no file format in it: headings, paragraphs and tables.

A table is rows of cells that may span columns and rows. `report/` makes documents of these parts; adapters in
`documents/` draw them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal


@dataclass(frozen=True)
class Title:
    """A heading of the document; level 1 is its title."""

    text: str
    level: Literal[1, 2, 3] = 1


@dataclass(frozen=True)
class Paragraph:
    """Words outside tables. Line breaks in `text` are kept."""

    text: str
    strong: bool = False


@dataclass(frozen=True)
class Cell:
    """One cell. `label` is printed strong above `text`, `help` between them; all keep their line breaks.

    `columns` and `rows` are how many it spans; `shaded` marks headings; `header` marks a table's header cell.
    """

    label: str = ""
    text: str = ""
    help: str = ""
    columns: int = 1
    rows: int = 1
    shaded: bool = False
    header: bool = False
    field: str = ""
    """Id of the form field whose answer this is, "" for words; ids of several have spaces between."""
    level: Literal[0, 2, 3] = 0
    """Heading level of the label for screen readers, 0 where it is no heading."""


@dataclass(frozen=True)
class Row:
    cells: tuple[Cell, ...]
    header: bool = False
    """Repeated at the top of each page."""
    keep: bool = False
    """Stays on the page of the row below it: headings, and labels whose answer is the next row."""
    room: int = 1
    """How many lines of writing it has room for at least, for whoever fills it by hand."""


@dataclass(frozen=True)
class Table:
    """`widths` are relative widths of the columns; every row fills them all, counting spans from above."""

    widths: tuple[int, ...]
    rows: tuple[Row, ...]
    title: str = ""
    """Said by screen readers."""


@dataclass(frozen=True)
class Written:
    """What is to be written beside the words of somebody's own file, which are looked for in it."""

    field: str
    label: str
    text: str = ""
    within: str = ""
    """The words with which the cell begins in which the label stands as a line."""
    prompt: str = ""
    """A line of the file that `text` stands for, as it repeats it."""
    choices: tuple[tuple[str, str], ...] = ()
    """(words beside a box, what stands in it)"""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    """Of a table with these heads below the label."""
    parts: tuple[tuple[str, str], ...] = ()
    """(words, what is written beside them), after the label."""


@dataclass(frozen=True)
class Document:
    """What any format prints. `reference` and `classification` stand in the header of every page; `title` in the file's
    properties.
    """

    reference: str
    title: str
    language: str
    author: str
    parts: tuple[Title | Paragraph | Table, ...]
    classification: str = ""
    """How the document is marked: OFFICIAL-SENSITIVE."""
    template: bytes = b""
    """A file of the partnership's own that is filled instead, by formats that can, with what is `written`."""
    written: tuple[Written, ...] = ()


TOGETHER = 800
"""The last two rows of a table stay on one page if they have fewer characters than this."""


def placed(rows: Iterable[Row]) -> Iterator[tuple[Row, list[tuple[int, Cell, bool]]]]:
    """Each row with its cells as (first column, cell, begins here), left to right.

    A cell that spans rows comes again in each row that it reaches, with False.
    """
    reaching: dict[int, tuple[Cell, int]] = {}
    for row in rows:
        fresh = iter(row.cells)
        line: list[tuple[int, Cell, bool]] = []
        column = 0
        while True:
            if column in reaching:
                cell, left = reaching.pop(column)
                begins = False
            else:
                following = next(fresh, None)
                if following is None:
                    break
                cell, left, begins = following, following.rows, True
            line.append((column, cell, begins))
            if left > 1:
                # Taken out again by the next row: keys below `column` are not looked at any more in this one.
                reaching[column] = (cell, left - 1)
            column += cell.columns
        yield row, line


def _writing(row: Row) -> int:
    return sum(len(cell.label) + len(cell.help) + len(cell.text) for cell in row.cells)


def table(rows: Sequence[Row], title: str) -> Table:
    """Rows laid on a fine ruler, narrowed to the columns that some cell really begins or ends at."""
    edges = sorted(
        {edge for _, line in placed(rows) for start, cell, _ in line for edge in (start, start + cell.columns)}
    )
    narrowed: list[Row] = []
    for row, line in placed(rows):
        cells = tuple(
            replace(cell, columns=edges.index(start + cell.columns) - edges.index(start))
            for start, cell, begins in line
            if begins
        )
        narrowed.append(replace(row, cells=cells))
    if len(narrowed) > 1 and narrowed[0].keep and len(narrowed[0].cells) == 1:
        # Whoever turns a page of a long answer, or is read it, still hears which part of the form it is.
        narrowed[0] = replace(narrowed[0], header=True)
    if len(narrowed) > 1 and _writing(narrowed[-2]) + _writing(narrowed[-1]) < TOGETHER:
        # A short last row would otherwise stand on a page of its own, and be overlooked.
        narrowed[-2] = replace(narrowed[-2], keep=True)
    return Table(tuple(right - left for left, right in pairwise(edges)), tuple(narrowed), title)
