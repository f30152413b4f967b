"""Every form of every policy that there is, in `policies/` and invented: example answers, and what must be printed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bot import fields as kinds
from bot.policy import Form, FormField
from bot.report import SIGNATURE_ROWS
from tests import invented
from tests.flows.contexts import POLICIES as SHIPPED

FORMS = [
    pytest.param(policy, form, id=f"{policy.id}-{form.id}")
    for policy in (*SHIPPED.values(), *invented.ALL.values())
    for form in policy.forms
]


def examples(form: Form) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for _, field in form.fields():
        answers[field.id] = field.answer.example()
        for more in field.also:
            answers[f"{field.id}.{more.id}"] = True if more.answer.kind == "yes_no" else more.answer.example()
    return answers


def words_of(form: Form) -> Iterator[str]:
    """All that is printed on the empty form, in its order."""
    yield from form.headings
    yield from form.opening
    for section in form.sections:
        yield from section.before
        yield from filter(None, [section.heading])
        yield from section.notes
        for field in section.fields:
            yield from words_of_field(field)
        yield from section.after
    yield from form.closing


def words_of_field(field: FormField) -> Iterator[str]:
    yield from (words for words in (field.label, field.help) if words)
    match field.answer:
        case kinds.Many(options=options) | kinds.YesNoEach(of=options):
            yield from (option.label.rstrip(".") for option in options)
        case kinds.Rows(columns=columns) if field.layout == "table":
            yield from (column.label for column in columns)
        case kinds.Rows(row_label=words, printed=times):
            yield from [words] * times if words else ()
        case kinds.Attestation() if field.layout == "signature":
            yield from SIGNATURE_ROWS.values()
        case kinds.YesIfAll():
            yield from ("☐Yes", "☐No")


def assert_in_order(expected: Iterator[str], text: str) -> None:
    place = 0
    for words in expected:
        for line in words.strip().split("\n"):
            found = text.find(line, place)
            assert found >= 0, f"“{line}” is missing, or stands before {text[max(0, place - 60) : place]!r}"
            place = found + len(line)


def said(field_answer: Any, value: Any) -> list[str]:
    """What a reader must find of an example answer."""
    match field_answer:
        case kinds.Rows() | kinds.Professional() | kinds.Attestation():
            rows = value if isinstance(value, list) else [value]
            hidden = {"how", "person"}
            return [in_print(text) for row in rows for key, text in row.items() if text and key not in hidden]
        case kinds.Many(options=options):
            labels = {option.id: option.label for option in options}
            return [words for tick in value for words in (labels[tick["option"]], *tick["qualifiers"], tick["note"])]
        case kinds.YesNoEach(of=statements):
            return [words for one in statements for words in (one.label.rstrip("."), "Y" if value[one.id] else "N")]
        case kinds.YesIfAll():
            return ["☒Yes", "☐No"]
        case kinds.Day() | kinds.Days():
            return [in_print(day) for day in ([value] if isinstance(value, str) else value)]
        case _:
            return str(field_answer.show(value)).split("\n")


def in_print(text: str) -> str:
    return {"2026-03-02": "2 March 2026", "2026-03-04": "4 March 2026", "2015-06-01": "1 June 2015"}.get(text, text)
