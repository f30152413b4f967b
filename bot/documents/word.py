"""A report as a Word document, with python-docx. Imported by `docx.py` when the first document is made.

python-docx builds a table cell by cell and merges afterwards, which leaves empty paragraphs behind; here rows
and cells are made at once as they will be.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, pairwise

import docx
from docx.document import Document as WordDocument
from docx.enum.table import WD_ROW_HEIGHT_RULE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.table import CT_Row, CT_Tbl, CT_Tc
from docx.oxml.text.paragraph import CT_P
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Twips
from docx.text.paragraph import Paragraph as WordParagraph

from bot.documents.blank import ANSWER, BOX, COLUMN, END, GAP, HEADING, HELP, LABEL, TABLE, TEXT_WIDTH, blank
from bot.documents.text import Direction, base_of, lines_of, one_line, side_of
from bot.paper import Cell, Document, Paragraph, Row, Table, Title, placed
from bot.report import EMPTY_BOX, TICKED

LINE, PADDING = 270, 80
"""The height of a line of writing, and of the room around the writing of a cell, in twentieths of a point."""

SHADES = {2: "D9E2EC", 3: "EEF2F6", 0: "F2F2F2"}
"""By heading level: light enough for black text, and still seen on a grey printer."""

SPLITS_FROM = 700
"""Rows with fewer characters stay on one page; longer ones may go on over the page."""


def word_document(document: Document) -> WordDocument:
    """The document as python-docx holds it. No text can make it fail: what cannot be printed is U+FFFD."""
    word = docx.Document(blank(document.language))
    properties = word.core_properties
    # Word takes at most 255 characters for a property.
    properties.title, properties.author = (one_line(text)[:255] for text in (document.title, document.author))
    _header(word, document)
    below_table = False
    for part in document.parts:
        match part:
            case Title(text, level):
                _add(word, text, HEADING.format(level=level), below_table)
            case Paragraph(text, strong):
                _add(word, text, LABEL if strong else "Normal", below_table, keep=strong)
            case Table():
                if below_table:
                    # Word makes one table of two that touch.
                    _add(word, "", GAP)
                word.element.body.insert_element_before(_table(part, document), "w:sectPr")
        below_table = isinstance(part, Table)
    if below_table:
        _add(word, "", END)
    return word


def _add(word: WordDocument, text: str, style: str, below_table: bool = False, *, keep: bool = False) -> None:
    for n, line in enumerate(lines_of(text)):
        paragraph = word.add_paragraph()
        paragraph._p.style = style
        write(paragraph, line)
        if keep:
            paragraph.paragraph_format.keep_with_next = True
        if below_table and n == 0:
            # Cell margins end at the border, so words under it need room of their own.
            paragraph.paragraph_format.space_before = Twips(200)


def _header(word: WordDocument, document: Document) -> None:
    """How the document is marked, above all else; its reference, and which page it is."""
    header = word.sections[0].header
    paragraph = header.paragraphs[0]
    if document.classification:
        marking = paragraph.insert_paragraph_before()
        marking._p.style = LABEL
        marking.alignment = WD_ALIGN_PARAGRAPH.CENTER
        write(marking, one_line(document.classification))
    write(paragraph, one_line(f"Reference {document.reference}") + "\tPage ")
    _field(paragraph, "PAGE")
    write(paragraph, " of ")
    _field(paragraph, "NUMPAGES")


def _field(paragraph: WordParagraph, instruction: str) -> None:
    """A number that Word reckons itself."""
    field = OxmlElement("w:fldSimple", {qn("w:instr"): instruction})
    run = paragraph.add_run("1")
    field.append(run._r)
    paragraph._p.append(field)


# ── tables ───────────────────────────────────────────────────────────────────────────────────────────────


def _table(table: Table, document: Document) -> CT_Tbl:
    units = sum(table.widths)
    edges = [TEXT_WIDTH * sum(table.widths[:n]) // units for n in range(len(table.widths) + 1)]
    made = CT_Tbl.new_tbl(0, len(table.widths), Twips(TEXT_WIDTH))
    for grid, (left, right) in zip(made.tblGrid.gridCol_lst, pairwise(edges), strict=True):
        grid.w = Twips(right - left)
    about = made.tblPr
    for old in list(about):
        about.remove(old)
    title = one_line(table.title)
    # In the order of the schema; Word calls a file broken in which it is another.
    about.append(_element("w:tblStyle", val=TABLE))
    about.append(_element("w:tblW", w=str(TEXT_WIDTH), type="dxa"))
    # Fixed widths: a long word wraps instead of pushing the columns out of the page.
    about.append(_element("w:tblLayout", type="fixed"))
    about.append(_element("w:tblLook", val="0020" if table.rows[0].header else "0000"))
    about.append(_element("w:tblCaption", val=title))
    about.append(_element("w:tblDescription", val=one_line(f"{title}: labels and answers of {document.title}")))
    for row, line in placed(table.rows):
        made.append(_row(row, line, edges))
    return made


def _row(row: Row, line: list[tuple[int, Cell, bool]], edges: list[int]) -> CT_Row:
    made: CT_Row = OxmlElement("w:tr")
    about = OxmlElement("w:trPr")
    if row.keep or sum(len(cell.text) for cell in row.cells) < SPLITS_FROM:
        about.append(_element("w:cantSplit"))
    if row.header:
        about.append(_element("w:tblHeader"))
    made.append(about)
    made.trHeight_val = Twips(LINE * row.room + PADDING)
    made.trHeight_hRule = WD_ROW_HEIGHT_RULE.AT_LEAST
    for column, cell, begins in line:
        made.append(_cell(cell, begins, edges[column + cell.columns] - edges[column], keep=row.keep or row.header))
    return made


def _cell(cell: Cell, begins: bool, width: int, *, keep: bool) -> CT_Tc:
    made = CT_Tc.new()
    made.width = Twips(width)
    if cell.columns > 1:
        made.grid_span = cell.columns
    if cell.rows > 1:
        made.vMerge = "restart" if begins else "continue"
    if cell.shaded or cell.header:
        about = made.get_or_add_tcPr()
        about.append(_element("w:shd", val="clear", color="auto", fill=SHADES[cell.level]))
    if not begins:
        return made
    for empty in list(made.p_lst):
        made.remove(empty)
    for style, text in _cell_texts(cell):
        paragraph: CT_P = OxmlElement("w:p")
        made.append(paragraph)
        paragraph.style = style
        word = WordParagraph(paragraph, None)  # type: ignore[arg-type]  # the parent is only asked for styles
        write(word, text)
        if keep:
            word.paragraph_format.keep_with_next = True
    return made


def _cell_texts(cell: Cell) -> Iterator[tuple[str, str]]:
    """(style, line) of everything in a cell; at least one, as Word wants it."""
    heading = HEADING.format(level=cell.level) if cell.level else COLUMN if cell.header else LABEL
    for style, text in ((heading, cell.label), (HELP, cell.help)):
        for line in lines_of(text) if text else ():
            yield style, line
    if cell.text or not cell.label:
        for line in lines_of(cell.text):
            yield BOX if line.startswith((f"{EMPTY_BOX} ", f"{TICKED} ")) else ANSWER, line


def _element(name: str, **values: str) -> BaseOxmlElement:
    made: BaseOxmlElement = OxmlElement(name, {qn(f"w:{key}"): value for key, value in values.items()})
    return made


# ── text ─────────────────────────────────────────────────────────────────────────────────────────────────


def write(paragraph: WordParagraph, line: str) -> None:
    """Write one line, with right-to-left writing marked: Word does not find it by itself."""
    if line.isascii():
        if line:
            paragraph.add_run(line)
        return
    base = base_of(line)
    if base == "right":
        paragraph._p.get_or_add_pPr().append(_element("w:bidi"))
    for side, text in _runs(line, base):
        run = paragraph.add_run(text)
        if side == "right":
            run.font.rtl = True


def _runs(line: str, base: Direction) -> Iterator[tuple[Direction, str]]:
    """Stretches of one direction.

    What has none, such as a space or digit, goes with its neighbours where they agree, else with the line.
    """
    stretches = [(side, "".join(run)) for side, run in groupby(line, key=side_of)]
    sides = [base, *(side for side, _ in stretches), base]
    resolved = [
        (side or (sides[n] if sides[n] == sides[n + 2] else base), text) for n, (side, text) in enumerate(stretches)
    ]
    for side, same in groupby(resolved, key=lambda pair: pair[0]):
        yield side, "".join(text for _, text in same)
