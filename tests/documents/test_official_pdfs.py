"""The PDF of every form of every policy in `policies/`, and of the invented ones, empty and filled: all that the Word
file says, tagged so that a screen reader says what the eye sees.

A new policy is tested here as soon as its file is there.
"""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pypdf
import pytest

from bot import fields as kinds
from bot.documents.docx import WordDocuments
from bot.documents.pdf import PdfDocuments
from bot.paper import Document, Row, Table, Title, placed
from bot.policy import Form, FormField, Policy
from bot.report import SIGNATURE_ROWS, document
from tests.documents.forms import FORMS, assert_in_order, examples, said, words_of
from tests.documents.pdfs import Tagged, is_ua, root, squeezed, text_of, tree

each_form = pytest.mark.parametrize("number", [pytest.param(n, id=str(form.id)) for n, form in enumerate(FORMS)])
each_state = pytest.mark.parametrize("filled", [False, True], ids=["empty", "filled"])


@dataclass(frozen=True)
class Made:
    policy: Policy
    form: Form
    answers: dict[str, Any]
    document: Document
    content: bytes
    read: pypdf.PdfReader
    text: str
    tree: list[Tagged]


@cache
def made(number: int, filled: bool) -> Made:
    policy, form = FORMS[number].values
    assert isinstance(policy, Policy)
    assert isinstance(form, Form)
    answers = examples(form) if filled else {}
    paper = document(policy, form, reference="E-4KX-7PW", answers=answers)
    content = PdfDocuments().make(paper)
    read = pypdf.PdfReader(io.BytesIO(content))
    return Made(policy, form, answers, paper, content, read, text_of(read), list(tree(read)))


@each_form
@each_state
def test_every_label_stands_in_it_in_order_and_every_answer(number: int, filled: bool) -> None:
    one = made(number, filled)

    assert_in_order(map(squeezed, words_of_answered(one.form)), one.text)
    for _, field in one.form.fields():
        assert squeezed(field.label) in one.text
        for words in said(field.answer, one.answers[field.id]) if filled else ():
            assert squeezed(words) in one.text, field.id


def words_of_answered(form: Form) -> Iterator[str]:
    """What is drawn in order also where all is answered.

    Boxes and lines to fill are another matter then, and a label beside several rows is drawn after them.
    """
    others = {words for _, field in form.fields() for words in not_in_order(field)}
    yield from (words for words in words_of(form) if words not in others)


def not_in_order(field: FormField) -> Iterator[str]:
    if field.layout in {"signature", "option_rows"}:
        yield from (field.label, field.help, *SIGNATURE_ROWS.values())
    match field.answer:
        case kinds.Many(options=options) | kinds.YesNoEach(of=options):
            yield from (option.label.rstrip(".") for option in options)
        case kinds.Rows(row_label=words):
            yield words
        case kinds.YesIfAll():
            yield from ("☐Yes", "☐No")


@each_form
@each_state
def test_it_is_for_screen_readers_in_its_own_language_with_reference_and_page_above(number: int, filled: bool) -> None:
    one = made(number, filled)
    whole, pages = root(one.read), len(one.read.pages)

    assert is_ua(one.read)
    assert whole["/Lang"] == one.policy.language
    assert whole["/MarkInfo"]["/Marked"] == True  # noqa: E712  # pypdf has a boolean of its own
    assert whole["/ViewerPreferences"]["/DisplayDocTitle"] == True  # noqa: E712
    assert one.read.metadata is not None
    assert one.read.metadata.title == one.document.title
    assert [f"ReferenceE-4KX-7PWPage{n}of{pages}" in one.text for n in range(1, pages + 1)] == [True] * pages


@each_form
@each_state
def test_headings_are_those_of_the_form_at_their_levels(number: int, filled: bool) -> None:
    one = made(number, filled)
    found = [(each.tag, squeezed(each.title)) for each in one.tree if each.tag[1:].isdigit()]

    assert found == [(f"H{level}", squeezed(words)) for level, words in headings(one.document)]
    assert found[0][0] == "H1"


def headings(paper: Document) -> Iterator[tuple[int, str]]:
    for part in paper.parts:
        if isinstance(part, Title):
            yield part.level, part.text
        elif isinstance(part, Table):
            yield from ((cell.level, cell.label) for row in part.rows for cell in row.cells if cell.level)


def is_head(row: Row) -> bool:
    """What stands above others: a heading, a label above its answer, the heads of columns; never an answer."""
    words_only = not any(cell.field or not cell.label for cell in row.cells)
    return words_only and (row.header or (row.keep and len(row.cells) == 1))


@each_form
@each_state
def test_every_row_and_cell_is_one_and_only_heads_are_heads(number: int, filled: bool) -> None:
    one = made(number, filled)
    found: list[list[tuple[str, int, int]]] = []
    for each in one.tree:
        if each.tag == "TR":
            found.append([])
        elif each.tag in {"TH", "TD"} and not is_end(each):
            found[-1].append((each.tag, each.about.get("/ColSpan", 1), each.about.get("/RowSpan", 1)))

    assert [row for row in found if row] == [
        [("TH" if is_head(row) else "TD", cell.columns, cell.rows) for cell in row.cells]
        for row in rows_of(one.document)
    ]


def is_end(each: Tagged) -> bool:
    """Whether it is where a label, or heads of columns, are the head of nothing more: nothing is seen or said there."""
    return each.tag == "TH" and each.is_empty


@each_form
@each_state
def test_what_is_one_table_in_the_policy_is_one_also_where_a_label_is_the_head_of_some_rows_only(
    number: int, filled: bool
) -> None:
    one = made(number, filled)
    tables = [part for part in one.document.parts if isinstance(part, Table)]

    assert [each.tag for each in one.tree].count("Table") == len(tables)


def rows_of(paper: Document) -> list[Row]:
    return [row for part in paper.parts if isinstance(part, Table) for row in part.rows]


@each_form
@each_state
def test_each_answer_is_read_with_the_heading_label_or_column_that_it_stands_below(number: int, filled: bool) -> None:
    one = made(number, filled)
    ends = {each.about["/ID"] for each in one.tree if is_end(each)}
    cells = [each.about for each in one.tree if each.tag in {"TH", "TD"} and not is_end(each)]
    printed = [cell for row in rows_of(one.document) for cell in row.cells]
    heads = {about["/ID"]: cell.label for about, cell in zip(cells, printed, strict=True) if "/ID" in about}
    read = [[heads[name] for name in about["/Headers"] if name not in ends] for about in cells if "/ID" not in about]

    assert read == [words for part in one.document.parts if isinstance(part, Table) for words in below_what(part.rows)]


def below_what(rows: tuple[Row, ...]) -> Iterator[list[str]]:
    """What each cell is read with, row by row; what is the head of something itself is left out."""
    head: dict[int, str] = {}
    holds: Row | None = None
    for before, (row, line) in zip((None, *rows), placed(rows), strict=False):
        if is_head(row):
            head, holds = {x: cell.label for x, cell, _ in line}, row
            continue
        if holds and holds.cells[0].header:
            stands = [cell.columns for cell in row.cells] == [cell.columns for cell in holds.cells]
        else:
            stands = holds is not None and (holds.cells[0].level > 0 or (before is holds and len(row.cells) == 1))
        if not stands:
            head, holds = {}, None
        yield from ([head.get(x, head.get(0, ""))] if head else [] for x, _, begins in line if begins)


SCRIPT = """
import hashlib, pickle, sys
from bot.documents.docx import WordDocuments
from bot.documents.pdf import PdfDocuments
for one in pickle.load(sys.stdin.buffer):
    for maker in (PdfDocuments(), WordDocuments()):
        print(hashlib.sha256(maker.make(one)).hexdigest())
"""


def test_each_form_is_the_same_to_the_byte_in_any_process_in_both_formats() -> None:
    all_made = [made(n, filled) for n in range(len(FORMS)) for filled in (False, True)]
    elsewhere = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        input=pickle.dumps([one.document for one in all_made]),
        env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "Pacific/Auckland", "LC_ALL": "C"},
        capture_output=True,
        check=True,
    )
    here = [
        hashlib.sha256(content).hexdigest()
        for one in all_made
        for content in (one.content, WordDocuments().make(one.document))
    ]

    assert here == elsewhere.stdout.decode().split()
    assert len(set(here)) == 4 * len(FORMS)
