"""A partnership's own Word file, whose cells are filled by label."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import docx
import pytest
from docx.enum.table import WD_ROW_HEIGHT_RULE
from docx.oxml import parse_xml
from docx.shared import Pt
from docx.table import Table

from bot.documents.docx import WordDocuments
from bot.paper import Document, Written
from bot.policy import Form, Policy
from bot.report import document
from bot.report.labelled import cells_of, text_of
from tests.documents.forms import FORMS, assert_in_order, examples, said

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
each_form = pytest.mark.parametrize(("policy", "form"), FORMS)


def lines(content: bytes) -> str:
    body = docx.Document(io.BytesIO(content)).element.body
    return "\n".join("".join(text.text or "" for text in p.iter(f"{W}t")) for p in body.iter(f"{W}p"))


def filled(policy: Policy, form: Form, template: bytes, answers: dict[str, Any]) -> bytes:
    return WordDocuments().make(document(policy, form, reference="E-4KX-7PW", answers=answers, template=template))


def without_properties(template: bytes) -> bytes:
    word = docx.Document(io.BytesIO(template))
    rels = word.part.package.rels
    for name in [name for name, rel in rels.items() if rel.reltype.endswith("/core-properties")]:
        del rels[name]
    made = io.BytesIO()
    word.save(made)
    return made.getvalue()


@pytest.mark.parametrize(("policy", "form"), FORMS[:1])
def test_the_same_answers_give_the_same_file_whenever_it_is_made(policy: Policy, form: Form) -> None:
    """Where the file tells no time, the library would put the present one into it."""
    template = without_properties(WordDocuments().make(document(policy, form, reference="", answers={})))
    told = docx.Document(io.BytesIO(filled(policy, form, template, examples(form)))).core_properties
    assert {told.created, told.modified} == {datetime(1980, 1, 1, tzinfo=UTC)}


@each_form
def test_our_own_blank_form_filled_by_its_labels_says_everything_and_keeps_every_label(
    policy: Policy, form: Form
) -> None:
    template = WordDocuments().make(document(policy, form, reference="", answers={}))
    answers = examples(form)
    made = filled(policy, form, template, answers)
    text = lines(made)

    assert_in_order(iter([*form.headings, *(field.label for _, field in form.fields()), *form.closing]), text)
    for _, field in form.fields():
        assert [words for words in said(field.answer, answers[field.id]) if words not in text] == [], field.id
    assert made == filled(policy, form, template, answers)
    assert lines(filled(policy, form, template, {})) == lines(template), "nothing is changed where nothing was answered"


def a_table(*rows: str) -> Any:
    """A Word file with a table, its cells parted by "|"."""
    word = docx.Document()
    table = word.add_table(rows=0, cols=rows[0].count("|") + 1)
    for row in rows:
        for cell, text in zip(table.add_row().cells, row.split("|"), strict=True):
            cell.text = text.strip()
    return word


def filled_in(word: Any, *written: Written) -> Table:
    saved = io.BytesIO()
    word.save(saved)
    about = ("E-4KX-7PW", "Ours", "en-GB", "Escalation Bot", ())
    made = WordDocuments().make(Document(*about, template=saved.getvalue(), written=written))
    return docx.Document(io.BytesIO(made)).tables[0]


def seen(table: Table) -> list[list[str]]:
    """What Word shows: of merged cells the first one's words, in each place."""
    return [[cell.text.strip() for cell in row.cells] for row in table.rows]


NAME, ROLE, TEAM = (
    Written(word.lower(), word, text=text) for word, text in (("Name", "Jo"), ("Role", "Head"), ("Team", "A\nB"))
)


def test_one_cell_merged_beside_several_labels_shows_each_answer_with_its_label() -> None:
    word = a_table("Name|", "Role|", "Team|", "Name|")
    word.tables[0].cell(0, 1).merge(word.tables[0].cell(2, 1))
    other = Written("other", "Name", text="Al")

    assert [row[1] for row in seen(filled_in(word, NAME, ROLE, TEAM, other))] == [
        *["Name Jo\nRole Head\nTeam A\nB"] * 3,
        "Al",
    ]


def test_a_label_and_its_answer_that_are_both_merged_over_two_rows_are_one_row_to_the_eye() -> None:
    word = a_table("Name||", "||", "Role||")
    table = word.tables[0]
    table.cell(0, 0).merge(table.cell(1, 0))
    table.cell(0, 1).merge(table.cell(1, 1))

    assert [row[:2] for row in seen(filled_in(word, NAME, ROLE))] == [["Name", "Jo"], ["Name", "Jo"], ["Role", "Head"]]


def test_a_cell_that_was_merged_into_the_label_in_the_old_way_is_passed_over() -> None:
    word = a_table("Name||", "Role||")
    first, second, _ = word.tables[0].rows[0]._tr.tc_lst
    for cell, how in ((first, "restart"), (second, "continue")):
        cell.get_or_add_tcPr().append(parse_xml(f'<w:hMerge xmlns:w="{W[1:-1]}" w:val="{how}"/>'))

    assert seen(filled_in(word, NAME, ROLE)) == [["Name", "", "Jo"], ["Role", "Head", ""]]


def test_a_label_in_a_cell_that_is_not_seen_is_none() -> None:
    word = a_table("Name|", "Role|")
    hidden = word.tables[0].cell(1, 0)._tc
    word.tables[0].cell(0, 0)._tc.vMerge = "restart"
    hidden.vMerge = "continue"

    assert [text_of(cell) for cell in cells_of(word.element.body)] == ["Name", "", ""]


def test_boxes_beside_which_one_cell_is_merged_are_marked_at_their_own_words() -> None:
    word = a_table("Boxes|", "One|", "Two|")
    word.tables[0].cell(1, 1).merge(word.tables[0].cell(2, 1))
    boxes = Written("boxes", "Boxes", choices=(("One", "Y"), ("Two", "N")))

    assert seen(filled_in(word, boxes)) == [["Boxes", ""], ["One Y", ""], ["Two N", ""]]


def test_rows_go_into_no_merged_cell_and_a_new_row_is_merged_with_none() -> None:
    word = a_table("Actions|", "What|Who", "|", "|")
    word.tables[0].cell(2, 1).merge(word.tables[0].cell(3, 1))
    rows = Written("actions", "Actions", columns=("What", "Who"), rows=(("Call", "Jo"), ("Write", "Al")))

    assert seen(filled_in(word, rows))[2:4] == [["Call", "Jo"], ["Write", "Al"]]


BLOCK = ("Name", "Designation", "Date")


def signature(field: str, label: str, *said: str) -> Written:
    return Written(field, label, parts=tuple(zip(BLOCK, said, strict=True)))


BOTH = (
    signature("one", "Signed, one", "Jo", "Head", "1 May"),
    signature("two", "Signed, two", "Al", "Nurse", "2 May"),
)


def test_what_one_signature_block_has_no_line_for_does_not_stand_in_the_other() -> None:
    word = a_table("Signed, one||", "|Name|", "Signed, two||", "|Name|", "|Designation|", "|Date|")

    assert seen(filled_in(word, *BOTH)) == [
        ["Signed, one\nDesignation: Head\nDate: 1 May", "", ""],
        ["", "Name", "Jo"],
        ["Signed, two", "", ""],
        ["", "Name", "Al"],
        ["", "Designation", "Nurse"],
        ["", "Date", "2 May"],
    ]


def test_two_signature_blocks_side_by_side_are_each_filled_beside_their_own_words() -> None:
    word = a_table("Signed, one||Signed, two|", *(f"{words}||{words}|" for words in BLOCK))

    assert [row[1::2] for row in seen(filled_in(word, *BOTH))] == [
        ["", ""],
        ["Jo", "Al"],
        ["Head", "Nurse"],
        ["1 May", "2 May"],
    ]


def test_no_answer_is_cut_off_by_a_row_of_fixed_height_or_squeezed_into_its_cell() -> None:
    word = a_table("Name|", "Role|")
    for row in word.tables[0].rows:
        row.height, row.height_rule = Pt(14), WD_ROW_HEIGHT_RULE.EXACTLY
    word.tables[0].cell(0, 1)._tc.get_or_add_tcPr().append(parse_xml(f'<w:tcFitText xmlns:w="{W[1:-1]}"/>'))
    table = filled_in(word, NAME)

    assert [row.height_rule for row in table.rows] == [WD_ROW_HEIGHT_RULE.AT_LEAST, WD_ROW_HEIGHT_RULE.EXACTLY]
    assert table._tbl.find(f".//{W}tcFitText") is None
