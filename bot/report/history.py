"""The history of an escalation as a document: a line for each thing that happened, as whoever files it may read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.paper import Cell, Document, Paragraph, Row, Table, Title, table
from bot.policy import Policy
from bot.report.marks import AUTHOR
from bot.words import Words

WIDTHS = (12, 14, 12, 22)


@dataclass(frozen=True)
class Line:
    when: str
    what: str
    who: str
    details: str = ""


def history(policy: Policy, words: Words, reference: str, until: str, lines: Sequence[Line]) -> Document:
    """Everything that is known, first things first."""
    heads = zip(map(words, ("file.when", "file.what", "file.who", "file.details")), WIDTHS, strict=True)
    rows = [Row(tuple(Cell(text, columns=n, header=True) for text, n in heads), header=True, keep=True)]
    for line in lines:
        cells = zip((line.when, line.what, line.who, line.details), WIDTHS, strict=True)
        rows.append(Row(tuple(Cell(text=text, columns=n) for text, n in cells)))
    title = words("file.history")
    parts: list[Title | Paragraph | Table] = [Title(f"{title}: {reference}"), Paragraph(policy.name), Paragraph(until)]
    parts.append(table(rows, title))
    shown, marking = f"{title} {reference}", policy.retention.classification
    return Document(reference, shown, policy.language, AUTHOR, tuple(parts), classification=marking)
