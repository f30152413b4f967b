"""The cells of a Word file and what is beside and below them; imported by `template.py`.

Of merged cells the first one holds the words: Word shows nothing of what stands in the others.
"""

from __future__ import annotations

import copy
from itertools import takewhile
from typing import Any

from docx.oxml.ns import qn


def cells_in(row: Any) -> list[Any]:
    return list(row.iterchildren(qn("w:tc")))


def another(row: Any) -> Any:
    """One more row like this, below it."""
    more = copy.deepcopy(row)
    for merged in list(more.iter(qn("w:vMerge"))):
        merged.getparent().remove(merged)
    row.addnext(more)
    return more


def row_of(cell: Any) -> Any:
    return next(cell.iterancestors(qn("w:tr")))


def right_of(cell: Any) -> Any:
    """The cell that is seen on its right; None where there is none."""
    beside = cell.getnext()
    while beside is not None and _goes_on(beside, "hMerge"):
        beside = beside.getnext()
    return _seen(beside) if beside is not None and beside.tag == qn("w:tc") else None


def below(cell: Any) -> Any:
    """The cell of the next row, where both rows are one cell."""
    under = next(iter(rows_after(row_of(cell))), None)
    if under is None or len(cells_in(under)) != 1 or len(cells_in(row_of(cell))) != 1:
        return None
    return _seen(cells_in(under)[0])


def _merged(cell: Any, kind: str) -> Any:
    return cell.find(f"{qn('w:tcPr')}/{qn(f'w:{kind}')}")


def _goes_on(cell: Any, kind: str) -> bool:
    merged = _merged(cell, kind)
    return merged is not None and merged.get(qn("w:val"), "continue") == "continue"


def _seen(cell: Any) -> Any:
    """Where what stands in this cell is seen: itself, or the one in which a merged cell began; None if that is lost."""
    row, column = row_of(cell), _column(cell)
    while cell is not None and _goes_on(cell, "vMerge"):
        row = next(row.itersiblings(qn("w:tr"), preceding=True), None)
        cell = _at(row, column)
    return cell


def _at(row: Any, column: int) -> Any:
    return None if row is None else next((cell for cell in cells_in(row) if _column(cell) == column), None)


def _column(cell: Any) -> int:
    """In which column of the table it begins."""
    before = [_number(each, "w:tcPr/w:gridSpan", 1) for each in cell.itersiblings(qn("w:tc"), preceding=True)]
    return sum(before) + _number(row_of(cell), "w:trPr/w:gridBefore", 0)


def _number(element: Any, path: str, otherwise: int) -> int:
    found = element.find("/".join(map(qn, path.split("/"))))
    return otherwise if found is None else int(found.get(qn("w:val")))


def _rows_of(cell: Any) -> list[Any]:
    """Those over which it is merged."""
    more = takewhile(lambda row: _goes_on_at(row, _column(cell)), rows_after(row_of(cell)))
    return [row_of(cell), *more]


def _goes_on_at(row: Any, column: int) -> bool:
    cell = _at(row, column)
    return cell is not None and _goes_on(cell, "vMerge")


def is_merged(cell: Any) -> bool:
    """Whether it reaches over several rows."""
    return _merged(cell, "vMerge") is not None


def is_for_more(cell: Any, label: Any) -> bool:
    """Whether it stands beside more than this label."""
    return cell is not label and len(_rows_of(cell)) > len(_rows_of(label))


def let_grow(cell: Any) -> None:
    """A row of a fixed height would cut off what is longer, and a cell that fits its words would squeeze them."""
    for row in _rows_of(cell):
        for height in row.iterfind(f"{qn('w:trPr')}/{qn('w:trHeight')}"):
            if height.get(qn("w:hRule")) == "exact":
                height.set(qn("w:hRule"), "atLeast")
    for fitting in cell.findall(f"{qn('w:tcPr')}/{qn('w:tcFitText')}"):
        fitting.getparent().remove(fitting)


def rows_after(row: Any) -> list[Any]:
    return list(row.itersiblings(qn("w:tr")))


def rows_from(cell: Any) -> list[Any]:
    return [row_of(cell), *rows_after(row_of(cell))]
