"""A partnership's own Word file, whose cells are filled by label."""

from __future__ import annotations

import io
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
