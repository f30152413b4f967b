"""An escalation and a form of its policy -> what stands on the paper, with no file format in it.

A document is headings, paragraphs and tables. A table is rows of cells that may span columns and rows.
Every section and every field stands there in printed order, empty until it is filled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import groupby, pairwise
from typing import Any
from zoneinfo import ZoneInfo

from bot.dates import MONTHS
from bot.fields import UNKNOWN, Answer, Attestation, Choices, Day, Days, Many, Rows, YesIfAll
from bot.fields import Paragraph as LongText
from bot.paper import Cell, Document, Paragraph, Row, Table, Title, table
from bot.policy import Form, FormField, Policy, Section

AUTHOR = "Escalation Bot"

TICKED, EMPTY_BOX = "☒", "☐"

SIGNATURE_ROWS = {"name": "Name", "role": "Designation", "agency": "Agency", "date": "Date"}


def document(policy: Policy, form: Form, *, reference: str, answers: Mapping[str, Any]) -> Document:
    """The form as it stands now.

    `answers` holds stored answers by field id, and of follow-ups by "<field id>.<follow-up id>"; whatever was
    skipped or is not given yet is absent.
    """
    parts: list[Title | Paragraph | Table] = [Title(text, 1 if n == 0 else 2) for n, text in enumerate(form.headings)]
    parts += [Paragraph(text) for text in form.opening]
    paper = _Paper(ZoneInfo(policy.clock.zone), answers)
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
    return Document(reference, f"{form.title} {reference}", policy.language, AUTHOR, tuple(parts))


def file_name(form: Form, reference: str) -> str:
    """The document's name without its ending: nothing in it but the form and the reference."""
    return f"{form.file_name}-{reference}"


# ── from fields to rows ──────────────────────────────────────────────────────────────────────────────────
# Cells are first laid on a ruler of 60 units, which 2, 3, 4, 5 and 6 columns divide; `paper.table` then keeps only
# the columns that some cell really begins or ends at, so that screen readers count what the eye sees.

ACROSS = 60
LABEL = 24


class _Paper:
    """The answers of one form, and how each layout of a field prints them."""

    def __init__(self, zone: ZoneInfo, answers: Mapping[str, Any]) -> None:
        self.zone = zone
        self.answers = answers

    def section(self, section: Section) -> Iterator[Row]:
        if section.heading:
            # A part of a bigger table stands below the heading of that table.
            within = section.same_table and bool(section.fields or section.notes)
            yield Row((Cell(section.heading, columns=ACROSS, shaded=True, level=3 if within else 2),), keep=True)
        if section.notes:
            yield Row((Cell(text="\n".join(section.notes), columns=ACROSS),))
        for (group, layout), run in groupby(
            section.fields, lambda field: (field.group, field.layout if not field.group else "")
        ):
            fields = list(run)
            if group:
                yield self._group(group, fields)
            elif layout == "column":
                yield self._columns(fields)
            else:
                for field in fields:
                    yield from self._field(field)

    def _field(self, field: FormField) -> Iterator[Row]:
        kind = field.answer
        label = Cell(field.label, help=field.help, columns=LABEL)
        match field.layout:
            case "below":
                yield Row((replace(label, columns=ACROSS),), keep=True)
                yield Row((self._answer(field, columns=ACROSS),), room=_room(kind) + 1)
            case "inside":
                yield Row(
                    (replace(self._answer(field, columns=ACROSS), label=field.label, help=field.help),),
                    room=_room(kind) + _height(field, ACROSS),
                )
            case "option_cells" if isinstance(kind, Many):
                yield self._option_cells(field, kind)
                yield from self._below(field)
            case "option_rows" if isinstance(kind, Many):
                yield from self._option_rows(field, kind, label)
                yield from self._below(field)
            case "signature" if isinstance(kind, Attestation):
                yield from self._signature(field, kind)
                yield from self._below(field)
            case "table" if isinstance(kind, Rows):
                yield from self._rows(field, kind)
                yield from self._below(field)
            case _:
                yield Row((label, self._answer(field, columns=ACROSS - LABEL)), room=_room(kind))

    def _answer(self, field: FormField, *, columns: int) -> Cell:
        """The answer and its follow-ups in one cell."""
        text = "\n".join(filter(None, [self._text(field.answer, self.answers.get(field.id)), *self._also(field)]))
        return Cell(text=text, columns=columns, field=field.id)

    def _also(self, field: FormField) -> Iterator[str]:
        """Follow-ups that were answered, as "label answer"."""
        for more in field.also:
            value = self.answers.get(f"{field.id}.{more.id}")
            asked = more.only_if is None or self.answers.get(f"{field.id}.{more.only_if}") is True
            if asked and value is not None:
                text = self._text(more.answer, value)
                label = more.label if more.label.endswith((":", "?", ".")) else more.label + ":"
                yield label + ("\n" if "\n" in text else " ") + text

    def _below(self, field: FormField) -> Iterator[Row]:
        """Follow-ups of a field whose answer is spread over several cells."""
        if lines := list(self._also(field)):
            yield Row((Cell(text="\n".join(lines), columns=ACROSS, field=field.id),))

    def _columns(self, fields: Sequence[FormField]) -> Row:
        shares = _shares([2 if _room(field.answer) > 1 else 1 for field in fields], ACROSS)
        cells: list[Cell] = []
        room = 1
        for field, columns in zip(fields, shares, strict=True):
            cells.append(replace(self._answer(field, columns=columns), label=field.label, help=field.help))
            room = max(room, _height(field, columns) + _room(field.answer))
        return Row(tuple(cells), room=room)

    def _group(self, words: str, fields: Sequence[FormField]) -> Row:
        """One row: the words and each label on a line of its own, each answer on the line of its label."""
        texts = [self._answer(field, columns=ACROSS).text for field in fields]
        left, right = words.split("\n"), [""] * len(words.split("\n"))
        # Answers that need several lines would slip away from their labels, so they bring them along.
        alone = any("\n" in text or len(text) > 40 for text in texts)
        for field, text in zip(fields, texts, strict=True):
            label = [line for said in (field.label, field.help) if said for line in said.split("\n")]
            left += label
            right += [f"{field.label} {text}"] if alone and text else [text] + [""] * (len(label) - 1)
        ids = " ".join(field.id for field in fields)
        answer = Cell(text="\n".join(right).rstrip("\n"), columns=ACROSS - LABEL, field=ids)
        return Row((Cell("\n".join(left), columns=LABEL), answer))

    def _option_cells(self, field: FormField, kind: Many) -> Row:
        value = self.answers.get(field.id)
        cells = [Cell(field.label, help=field.help, columns=12)]
        # Boxes are as wide as their labels where a note may be written in them.
        shares = _shares([n for o in kind.options for n in (3, 3 if o.note or o.qualifiers else 1)], ACROSS - 12)
        for option, name, box in zip(kind.options, shares[::2], shares[1::2], strict=True):
            tick = _tick(option, value)
            note = "" if tick is None else _aside(tick)
            cells.append(Cell(text=option.label, columns=name))
            cells.append(
                Cell(
                    text=(TICKED if tick is not None else EMPTY_BOX) + (note and " " + note),
                    columns=box,
                    field=field.id,
                )
            )
        return Row(tuple(cells))

    def _option_rows(self, field: FormField, kind: Many, label: Cell) -> Iterator[Row]:
        value = self.answers.get(field.id)
        for n, option in enumerate(kind.options):
            tick = _tick(option, value)
            text = "Y / N" if value is None else "N" if tick is None else " – ".join(filter(None, ["Y", _aside(tick)]))
            cells = (
                Cell(text=option.label, columns=18),
                Cell(text=text, columns=ACROSS - LABEL - 18, field=field.id),
            )
            first = (replace(label, rows=len(kind.options)),) if n == 0 else ()
            yield Row(first + cells, keep=n + 1 < len(kind.options))

    def _signature(self, field: FormField, kind: Attestation) -> Iterator[Row]:
        value: Mapping[str, str] = self.answers.get(field.id) or {}
        day = value.get("date") or value.get("confirmed") or ""
        parts = {**value, "date": _day(day[:10]) if day else ""}
        if confirmed := value.get("confirmed"):
            at = _local(confirmed, self.zone)
            parts["date"] = _day(at.date().isoformat())
            value = {**value, "confirmed": f"{parts['date']} at {at:%H:%M}"}
        # The line is the kind's own sentence; how it was signed must be seen where a pen would have been.
        left = Cell(
            field.label,
            kind.signature(value),
            field.help,
            columns=26,
            rows=len(SIGNATURE_ROWS),
            field=field.id,
        )
        for n, (part, name) in enumerate(SIGNATURE_ROWS.items()):
            cells = (Cell(text=name, columns=12), Cell(text=parts.get(part, ""), columns=22, field=field.id))
            yield Row((left, *cells) if n == 0 else cells, keep=n + 1 < len(SIGNATURE_ROWS))

    def _rows(self, field: FormField, kind: Rows) -> Iterator[Row]:
        given: list[Mapping[str, str]] = list(self.answers.get(field.id) or ())
        shares = _shares([{"paragraph": 6, "line": 4, "date": 3}[column.answer] for column in kind.columns], ACROSS)
        yield Row((Cell(field.label, help=field.help, columns=ACROSS),), keep=True)
        heads = zip(kind.columns, shares, strict=True)
        yield Row(tuple(Cell(column.label, columns=n, header=True) for column, n in heads), header=True, keep=True)
        texts = [
            [_row_cell(kind, column.id, row) for column in kind.columns]
            for row in given + [{}] * (kind.printed - len(given))
        ]
        together = sum(len(text) for line in texts for text in line) < 300 and len(texts) < 8
        for n, line in enumerate(texts, 1):
            cells = tuple(
                Cell(text=text, columns=columns, field=field.id) for text, columns in zip(line, shares, strict=True)
            )
            yield Row(cells, keep=together and n < len(texts))

    def _text(self, kind: Answer, value: Any) -> str:
        """An answer as the form prints it; "" when there is none, or the boxes to tick."""
        match kind:
            case Many():
                return "\n".join(_box(option, value) for option in kind.options)
            case YesIfAll():
                return _yes_if_all(kind, value)
            case Rows():
                return _lines(kind, value or ())
            case _ if value is None:
                return ""
            case Day():
                return "Not known" if value == UNKNOWN else _day(value)
            case Days():
                return "\n".join(_day(day) for day in value)
            case Attestation() if value.get("confirmed"):
                at = _local(value["confirmed"], self.zone)
                return kind.show({**value, "confirmed": f"{_day(at.date().isoformat())} at {at:%H:%M}"})
            case _:
                return kind.show(value)


# ── small print ──────────────────────────────────────────────────────────────────────────────────────────


def _day(iso: str) -> str:
    """ "2026-03-03" -> "3 March 2026", as UK forms write it."""
    day = date.fromisoformat(iso)
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def _local(iso: str, zone: ZoneInfo) -> datetime:
    at = datetime.fromisoformat(iso)
    return at.astimezone(zone) if at.tzinfo else at


def _room(kind: Answer) -> int:
    return 3 if isinstance(kind, LongText) else 2 if isinstance(kind, Rows) else 1


def _height(field: FormField, columns: int) -> int:
    """About how many lines the label and help of a field take: some 85 characters stand in a line across."""
    lines = [line for said in (field.label, field.help) if said for line in said.split("\n")]
    return sum(1 + len(line) * ACROSS // (columns * 85) for line in lines)


def _shares(weights: Sequence[int], units: int) -> list[int]:
    """`units` divided by weight into whole parts that sum up to `units`."""
    edges = [round(units * sum(weights[:n]) / sum(weights)) for n in range(len(weights) + 1)]
    return [right - left for left, right in pairwise(edges)]


def _tick(option: Choices, value: Sequence[Mapping[str, Any]] | None) -> Mapping[str, Any] | None:
    return next((tick for tick in value or () if tick["option"] == option.id), None)


def _aside(tick: Mapping[str, Any]) -> str:
    """What was said beside a tick: "agreement / dissent: in part"."""
    return ": ".join(filter(None, [" / ".join(tick.get("qualifiers", ())), tick.get("note", "")]))


def _box(option: Choices, value: Sequence[Mapping[str, Any]] | None) -> str:
    tick = _tick(option, value)
    if tick is None:
        return f"{EMPTY_BOX} {option.label}"
    return " – ".join(filter(None, [f"{TICKED} {option.label}", _aside(tick)]))


def _yes_if_all(kind: YesIfAll, value: Mapping[str, bool] | None) -> str:
    yes = value is not None and kind.met(value)
    no = value is not None and not yes
    lines = [f"{TICKED if yes else EMPTY_BOX}Yes", f"{TICKED if no else EMPTY_BOX}No"]
    if value is not None:
        lines += [f"{option.label}: {'yes' if value.get(option.id) else 'no'}" for option in kind.of]
    return "\n".join(lines)


def _row_cell(kind: Rows, column_id: str, row: Mapping[str, str]) -> str:
    column = next(column for column in kind.columns if column.id == column_id)
    text = row.get(column_id, "")
    return _day(text) if column.answer == "date" and text else text


def _lines(kind: Rows, given: Sequence[Mapping[str, str]]) -> str:
    """Rows of a table that the form prints as lines of one cell."""
    if kind.row_label:
        made = [f"{kind.row_label} {_slashed(kind, row)}" for row in given]
        return "\n".join(made + [kind.row_label] * (kind.printed - len(given)))
    if not given:
        return "\n" * (kind.printed - 1)
    made = [_sentence(kind, row) for row in given]
    return ("\n\n" if any("\n" in text for text in made) else "\n").join(made)


def _slashed(kind: Rows, row: Mapping[str, str]) -> str:
    """ "A / B / C": the places are what the label says, so an empty one between two keeps its place."""
    texts = [_row_cell(kind, column.id, row) for column in kind.columns]
    while texts and not texts[-1]:
        texts.pop()
    return " / ".join(text or "–" for text in texts)


def _sentence(kind: Rows, row: Mapping[str, str]) -> str:
    """ "3 March 2026, Stage 2: what was said": a long text follows a colon."""
    said = ""
    for column in kind.columns:
        if text := _row_cell(kind, column.id, row):
            said += (": " if column.answer == "paragraph" else ", ") * bool(said) + text
    return said
