"""Kinds of answer: one class each, which reads what a person gave, shows it again and says which inputs ask for it.

A stored answer is plain JSON, so that it can be sealed, replayed and compared. Policies choose kinds by name
(`answer: line`, or `answer: {kind: many, options: …}`); flows make them directly. A new kind is one class in this
folder and its name in `Kind` below.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from bot.fields.choosing import Choice, Choices, Many, YesIfAll, YesNo
from bot.fields.computed import Computed
from bot.fields.days import UNKNOWN, Day, Days
from bot.fields.duration import Duration
from bot.fields.kind import Answer, Reading, clean, typed_text
from bot.fields.people import Attestation, Professional
from bot.fields.rows import Column, Rows
from bot.fields.statements import YesNoEach
from bot.fields.text import LONGEST_LINE, LONGEST_PARAGRAPH, Agencies, Email, Line, Paragraph, read_email

__all__ = [
    "LONGEST_LINE", "LONGEST_PARAGRAPH", "UNKNOWN", "Agencies", "Answer", "Attestation", "Choice", "Choices",
    "Column", "Computed", "Day", "Days", "Duration", "Email", "Kind", "Line", "Many", "Paragraph", "Professional",
    "Reading", "Rows", "YesIfAll", "YesNo", "YesNoEach", "clean", "read_email", "typed_text",
]  # fmt: skip


def _short_form(value: Any) -> Any:
    """`answer: line` in YAML means `answer: {kind: line}`."""
    return {"kind": value} if isinstance(value, str) else value


Kind = Annotated[
    Line
    | Paragraph
    | Email
    | Day
    | Days
    | Duration
    | YesNo
    | Choice
    | Many
    | Professional
    | Rows
    | YesIfAll
    | YesNoEach
    | Attestation
    | Computed,
    Field(discriminator="kind"),
    BeforeValidator(_short_form),
]
