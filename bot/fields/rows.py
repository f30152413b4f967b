"""Tables that grow row by row."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from bot import dates
from bot.errors import Doubtful, InvalidAnswer
from bot.fields.kind import Answer, Reading, clean, typed_text
from bot.messages import Entry, Given


class Column(BaseModel):
    """One column of a table that is filled row by row."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_]*$")
    label: str
    answer: Literal["line", "paragraph", "date"] = "line"
    needed: bool = False


class Rows(Answer):
    """A table that grows: several people, several actions. Stored as a list of {column id: text}."""

    kind: Literal["rows"] = "rows"
    columns: tuple[Column, ...] = Field(min_length=1, strict=False)
    printed: int = Field(default=1, description="How many empty rows the paper form prints.")
    row_label: str = Field(default="", description="Printed before each row where it is not printed as a table.")
    least: int = 0
    most: int | None = Field(default=None, ge=1, description="How many rows the paper form has room for.")
    expect: dates.Expect = "any"

    def entries(self, value: Any = None) -> tuple[Entry, ...]:
        """One set of inputs for each row given so far, and one set more where there is room for it."""
        held: list[Mapping[str, str]] = [*(value or ())]
        held += [{}] if self.has_room(held) else []
        many = len(held) > 1
        return tuple(
            Entry(
                f"{n}.{column.id}",
                f"{n}. {column.label}" if many else column.label,
                column.answer,
                row.get(column.id, ""),
                optional=not (n <= self.least and column.needed),
            )
            for n, row in enumerate(held, 1)
            for column in self.columns
        )

    def read(self, given: Given, reading: Reading) -> list[dict[str, str]]:
        rows = []
        doubts: list[str] = []
        for n, texts in enumerate(self.rows_given(given), 1):
            if any(texts.values()):
                rows.append(self._row(n, texts, reading, doubts))
        if len(rows) < self.least:
            raise InvalidAnswer(f"Please give at least {self.least}: {self._order()}.")
        self.check_room(rows)
        if doubts:
            raise Doubtful(rows, "; ".join(doubts))
        return rows

    def has_room(self, rows: Sequence[Any]) -> bool:
        """Whether another row may be added to these."""
        return self.most is None or len(rows) < self.most

    def check_room(self, rows: Sequence[Any]) -> None:
        """InvalidAnswer if these are more rows than the table has."""
        if self.most is not None and len(rows) > self.most:
            room = "one row" if self.most == 1 else f"{self.most} rows"
            raise InvalidAnswer(
                f"The form has room for {room} here, and {len(rows)} were given. Please leave out what matters least, "
                "or put two into one row."
            )

    def rows_given(self, given: Given) -> list[dict[str, str]]:
        """The rows as they were given, before they are checked."""
        ids = [column.id for column in self.columns]
        if isinstance(given, str):
            lines = [
                line for line in clean(given).split("\n") if line.strip() and line.strip().lower() not in {"none", "-"}
            ]
            return [
                dict(
                    zip(
                        ids,
                        [p.strip() for p in re.split(r"[,;\t]", line, maxsplit=len(ids) - 1)],
                        strict=False,
                    )
                )
                for line in lines
            ]
        found = (re.fullmatch(r"([1-9][0-9]{0,3})\.(.+)", key) for key in given)
        rows = sorted({int(match[1]) for match in found if match and match[2] in ids})
        return [{i: typed_text(given, f"{n}.{i}") for i in ids} for n in rows]

    def unread(self, typed: str) -> tuple[Entry, ...]:
        return self.entries(self.rows_given(typed))

    def _row(self, n: int, texts: Mapping[str, str], reading: Reading, doubts: list[str]) -> dict[str, str]:
        """One row; what had to be assumed about its dates is added to `doubts`."""
        row = {column.id: texts.get(column.id, "") for column in self.columns}
        for column in self.columns:
            if column.needed and not row[column.id]:
                raise InvalidAnswer(f"Row {n}: “{column.label}” is missing. Each row needs {self._order()}.")
            if column.answer == "date" and row[column.id]:
                typed = row[column.id]
                try:
                    row[column.id] = dates.read_date(typed, today=reading.today, expect=self.expect).isoformat()
                except Doubtful as doubt:
                    row[column.id] = doubt.value
                    doubts.append(f"“{typed}”: {doubt.because}")
        return row

    def _order(self) -> str:
        return ", ".join(column.label.rstrip(":") for column in self.columns)

    def fits(self, value: Any) -> bool:
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            return False
        return self.most is None or len(value) <= self.most

    def show(self, value: Any) -> str:
        return (
            "\n".join(
                ", ".join(self.show_cell(column, row) for column in self.columns if row.get(column.id)) for row in value
            )
            or "None"
        )

    def show_cell(self, column: Column, row: Mapping[str, str]) -> str:
        text = row.get(column.id, "")
        return dates.in_words(date.fromisoformat(text)) if column.answer == "date" and text else text

    def example(self) -> list[dict[str, str]]:
        sample = {"line": "An example", "paragraph": "An example", "date": "2026-03-02"}
        return [{column.id: sample[column.answer] for column in self.columns}]
