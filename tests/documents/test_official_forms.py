"""Every form of every policy in `policies/`, and of the invented ones: all that is printed on the paper stands in the
Word file, in order.

A new policy is tested here as soon as its file is there.
"""

import io
from typing import Any

import docx
import pytest

from bot import fields as kinds
from bot.documents.docx import WordDocuments
from bot.paper import Table
from bot.policy import Form, Policy
from bot.report import document
from tests.documents.forms import FORMS, assert_in_order, examples, said, words_of

each_form = pytest.mark.parametrize(("policy", "form"), FORMS)

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def printed(policy: Policy, form: Form, answers: dict[str, Any]) -> str:
    """All words of the document, in reading order."""
    made = WordDocuments().make(document(policy, form, reference="E-4KX-7PW", answers=answers))
    body = docx.Document(io.BytesIO(made)).element.body
    return "\n".join("".join(text.text or "" for text in p.iter(f"{W}t")) for p in body.iter(f"{W}p"))


@each_form
def test_the_empty_form_prints_every_word_in_order(policy: Policy, form: Form) -> None:
    assert_in_order(words_of(form), printed(policy, form, {}))


@each_form
def test_the_filled_form_keeps_every_label_in_order_and_prints_every_answer(policy: Policy, form: Form) -> None:
    answers = examples(form)
    text = printed(policy, form, answers)
    labels = [label for _, field in form.fields() for label in (field.label, field.help) if label]

    assert_in_order(iter([*form.headings, *labels, *form.closing]), text)
    for _, field in form.fields():
        for kind, value in [(field.answer, answers[field.id])] + [
            (more.answer, answers[f"{field.id}.{more.id}"]) for more in field.also
        ]:
            assert [words for words in said(kind, value) if words not in text] == [], field.id


@each_form
def test_each_answer_can_stand_alone_and_changes_nothing_else(policy: Policy, form: Form) -> None:
    """Looked at on the paper, of which the Word file prints every word, as is shown above."""
    empty = on_paper(policy, form, {})
    for _, field in form.fields():
        alone = on_paper(policy, form, {field.id: field.answer.example()})
        gone = [line for line in set(empty) - set(alone) if not line.startswith(("☐", "Y / N"))]
        assert [line for line in gone if line not in "\n".join(alone)] == [], field.id


def on_paper(policy: Policy, form: Form, answers: dict[str, Any]) -> list[str]:
    """All lines of the document, before any format."""
    said: list[str] = []
    for part in document(policy, form, reference="E-4KX-7PW", answers=answers).parts:
        cells = [cell for row in part.rows for cell in row.cells] if isinstance(part, Table) else []
        said += [words for cell in cells for words in (cell.label, cell.help, cell.text)]
        said += [] if isinstance(part, Table) else [part.text]
    return "\n".join(said).split("\n")


@each_form
def test_each_typed_answer_stands_beside_its_own_label_or_right_below_it(policy: Policy, form: Form) -> None:
    typed = [field for _, field in form.fields() if isinstance(field.answer, kinds.Line | kinds.Paragraph)]
    answers = {field.id: f"What is said of {field.id}." for field in typed}
    made = WordDocuments().make(document(policy, form, reference="E-4KX-7PW", answers=answers))
    rows = [
        "\n".join(cell.text for cell in row.cells)
        for table in docx.Document(io.BytesIO(made)).tables
        for row in table.rows
    ]
    for field in typed:
        (place,) = [n for n, row in enumerate(rows) if answers[field.id] in row]
        assert field.label in rows[place] or field.label in rows[place - 1], field.id


@each_form
def test_answers_that_look_like_markup_or_cannot_be_printed_do_no_harm(policy: Policy, form: Form) -> None:
    wild = "A & B < {{x}} </w:t>\x00\ud83d أمل Wąsowska 😀"
    answers = examples(form)
    for _, field in form.fields():
        if isinstance(field.answer, kinds.Line | kinds.Paragraph):
            answers[field.id] = wild

    text = printed(policy, form, answers)
    assert_in_order(iter([*form.headings, *(field.label for _, field in form.fields()), *form.closing]), text)
    assert "A & B < {{x}} </w:t>\ufffd\ufffd أمل Wąsowska 😀" in text
