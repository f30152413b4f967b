"""How each layout of a field stands on the paper: rows of cells with the printed words, and answers in their places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby, pairwise
from typing import Any
from zoneinfo import ZoneInfo

from bot.fields import Answer, Attestation, Many, Rows, YesNoEach
from bot.fields import Paragraph as LongText
from bot.paper import Cell, Row
from bot.policy import FormField, Section
from bot.report.answers import (
    EMPTY_BOX,
    TICKED,
    aside,
    day_in_words,
    in_words,
    local_time,
    row_cell,
    tick_of,
    yes_or_no,
)

SIGNATURE_ROWS = {"name": "Name", "role": "Designation", "agency": "Agency", "date": "Date"}

# Cells are first laid on a ruler of 60 units, which 2, 3, 4, 5 and 6 columns divide; `paper.table` then keeps only
# the columns that some cell really begins or ends at, so that screen readers count what the eye sees.

ACROSS = 60
LABEL = 24


class FormRows:
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
                yield from self._option_cells(field, kind)
                yield from self._below(field)
            case "option_rows" if isinstance(kind, Many | YesNoEach):
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
        answer = in_words(field.answer, self.answers.get(field.id), self.zone)
        return Cell(text="\n".join(filter(None, [answer, *self.also(field)])), columns=columns, field=field.id)

    def also(self, field: FormField) -> Iterator[str]:
        """Follow-ups that were answered, as "label answer"."""
        for more in field.also:
            value = self.answers.get(f"{field.id}.{more.id}")
            asked = more.only_if is None or self.answers.get(f"{field.id}.{more.only_if}") is True
            if asked and value is not None:
                text = in_words(more.answer, value, self.zone)
                label = more.label if more.label.endswith((":", "?", ".")) else more.label + ":"
                yield label + ("\n" if "\n" in text else " ") + text

    def _below(self, field: FormField) -> Iterator[Row]:
        """Follow-ups of a field whose answer is spread over several cells."""
        if lines := list(self.also(field)):
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

    def _option_cells(self, field: FormField, kind: Many) -> Iterator[Row]:
        """A row of labels with a box beside each, as printed; what was noted stands across the row below it."""
        value = self.answers.get(field.id)
        cells = [Cell(field.label, help=field.help, columns=12)]
        notes: list[str] = []
        # Many boxes side by side leave their labels so little room that words would break.
        share = (3, 1) if len(kind.options) < 4 else (5, 1)
        shares = _shares([n for _ in kind.options for n in share], ACROSS - 12)
        for option, name, box in zip(kind.options, shares[::2], shares[1::2], strict=True):
            tick = tick_of(option, value)
            cells.append(Cell(text=option.label, columns=name))
            cells.append(Cell(text=EMPTY_BOX if tick is None else TICKED, columns=box, field=field.id))
            if note := "" if tick is None else aside(tick):
                notes.append(f"{option.label.rstrip(': ')}: {note}")
        yield Row(tuple(cells), keep=bool(notes))
        if notes:
            # Not in the boxes: they are as narrow as on the paper, and would break a note after every word.
            yield Row((Cell(text="\n".join(notes), columns=ACROSS, field=field.id),))

    def _option_rows(self, field: FormField, kind: Many | YesNoEach, label: Cell) -> Iterator[Row]:
        printed = self._ticked_rows(field, kind) if isinstance(kind, Many) else self._stated_rows(field, kind)
        for n, (name, text) in enumerate(printed):
            cells = (
                Cell(text=name, columns=18),
                Cell(text=text, columns=ACROSS - LABEL - 18, field=field.id),
            )
            first = (replace(label, rows=len(printed)),) if n == 0 else ()
            yield Row(first + cells, keep=n + 1 < len(printed))

    def _ticked_rows(self, field: FormField, kind: Many) -> list[tuple[str, str]]:
        """Boxes: once any answer is given, what is not ticked is a no."""
        value = self.answers.get(field.id)
        ticks = [tick_of(option, value) for option in kind.options]
        texts = [
            yes_or_no(None if value is None else tick is not None)
            + (f" – {aside(tick)}" if tick and aside(tick) else "")
            for tick in ticks
        ]
        return [(option.label, text) for option, text in zip(kind.options, texts, strict=True)]

    def _stated_rows(self, field: FormField, kind: YesNoEach) -> list[tuple[str, str]]:
        """Statements: what was left open stays to be filled in by hand."""
        value = self.answers.get(field.id) or {}
        return [(one.label, yes_or_no(value.get(one.id))) for one in kind.of]

    def block(self, value: Mapping[str, str] | None) -> dict[str, str]:
        """A signature block in words: its day, and when it was confirmed."""
        value = value or {}
        day = value.get("date") or value.get("confirmed") or ""
        parts = {**value, "date": value.get("date", "")}
        shown = day_in_words(day[:10]) if day else ""
        if confirmed := value.get("confirmed"):
            at = local_time(confirmed, self.zone)
            shown = day_in_words(at.date().isoformat())
            parts["confirmed"] = f"{shown} at {at:%H:%M}"
        return {**parts, "day": shown}

    def _signature(self, field: FormField, kind: Attestation) -> Iterator[Row]:
        value = self.block(self.answers.get(field.id))
        parts = {**value, "date": value["day"]}
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
            [row_cell(kind, column.id, row) for column in kind.columns]
            for row in given + [{}] * (kind.printed - len(given))
        ]
        together = sum(len(text) for line in texts for text in line) < 300 and len(texts) < 8
        for n, line in enumerate(texts, 1):
            cells = tuple(
                Cell(text=text, columns=columns, field=field.id) for text, columns in zip(line, shares, strict=True)
            )
            yield Row(cells, keep=together and n < len(texts))


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
