"""A partnership's own Word file, whose cells are filled by label."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import docx
import pytest

from bot.documents.docx import WordDocuments
from bot.policy import Form, Policy
from bot.report import document
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
