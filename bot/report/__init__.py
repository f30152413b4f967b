"""An escalation and a form of its policy -> what stands on the paper, with no file format in it.

A document is headings, paragraphs and tables. A table is rows of cells that may span columns and rows.
Every section and every field stands there in printed order, empty until it is filled.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from bot.paper import Document, Paragraph, Row, Table, Title, table
from bot.policy import Form, Policy
from bot.report.answers import EMPTY_BOX, TICKED
from bot.report.history import Line, history
from bot.report.labelled import labels_missing, written
from bot.report.layouts import SIGNATURE_ROWS, FormRows
from bot.report.marks import AUTHOR, reference_or_blank
from bot.report.sheet import Filled, stage_sheet

__all__ = [
    "EMPTY_BOX",
    "SIGNATURE_ROWS",
    "TICKED",
    "Filled",
    "Line",
    "document",
    "file_name",
    "history",
    "labels_missing",
    "stage_sheet",
]


def document(
    policy: Policy, form: Form, *, reference: str, answers: Mapping[str, Any], template: bytes = b""
) -> Document:
    """The form as it stands now; without a reference it is to be filled by hand.

    `answers` holds stored answers by field id, and of follow-ups by "<field id>.<follow-up id>"; whatever was
    skipped or is not given yet is absent. `template` is the partnership's own file, where the policy names one.
    """
    marking = policy.retention.classification
    parts: list[Title | Paragraph | Table] = [Paragraph(marking, strong=True)] if marking else []
    parts += [Title(text, 1 if n == 0 else 2) for n, text in enumerate(form.headings)]
    parts += [Paragraph(text) for text in form.opening]
    paper = FormRows(ZoneInfo(policy.clock.zone), answers)
    rows: list[Row] = []
    title = ""
    for section in form.sections:
        # Words between two sections part their tables, even if the second asks to join the first.
        if rows and not (section.same_table and not section.before):
            parts.append(table(rows, title or form.title))
            rows, title = [], ""
        parts += [Paragraph(text, strong=True) for text in section.before]
        rows += paper.section(section)
        title = title or section.heading
        if section.after:
            parts += [table(rows, title or form.title)] if rows else []
            parts += [Paragraph(text) for text in section.after]
            rows, title = [], ""
    parts += [table(rows, title or form.title)] if rows else []
    parts += [Paragraph(text) for text in form.closing]
    title = f"{form.title} {reference}".strip()
    filled = written(form, paper) if template else ()
    return Document(
        reference_or_blank(reference), title, policy.language, AUTHOR, tuple(parts), marking, template, filled
    )


def file_name(form: Form, reference: str) -> str:
    """The document's name without its ending: nothing in it but the form and the reference."""
    return f"{form.file_name}-{reference}"
