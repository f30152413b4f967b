"""Dates: one, or several. The gate for typed dates is `bot.dates`."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Literal

from bot import dates
from bot.errors import Doubtful, InvalidAnswer
from bot.fields.kind import Answer, Reading, typed_text
from bot.messages import Button, Entry, Given

UNKNOWN = "unknown"
"""The stored answer "not known": it was asked, and nobody knows."""


def is_day(value: Any) -> bool:
    """Whether a stored value is an ISO date."""
    try:
        date.fromisoformat(value)
    except (TypeError, ValueError):
        return False
    return True


class Day(Answer):
    """A date. Stored as YYYY-MM-DD, or "unknown" where `unknown_ok`."""

    kind: Literal["date"] = "date"
    expect: dates.Expect = "past"
    unknown_ok: bool = False

    def entries(self, value: Any = None) -> tuple[Entry, ...]:
        return (Entry("answer", "Date", "date", value if value and value != UNKNOWN else ""),)

    def buttons(self) -> tuple[Button, ...]:
        return (Button("Not known", "answer", UNKNOWN),) if self.unknown_ok else ()

    def read(self, given: Given, reading: Reading) -> str:
        text = typed_text(given)
        if dates.is_unknown(text):
            if self.unknown_ok:
                return UNKNOWN
            raise InvalidAnswer(
                "This date is needed, so “not known” cannot be taken. If you are unsure, give the earliest it may be."
            )
        return dates.read_date(text, today=reading.today, expect=self.expect).isoformat()

    def fits(self, value: Any) -> bool:
        return (self.unknown_ok and value == UNKNOWN) or is_day(value)

    def show(self, value: Any) -> str:
        return "Not known" if value == UNKNOWN else dates.in_words(date.fromisoformat(value))

    def echo(self, value: Any, reading: Reading) -> str:
        # A date of birth is not repeated in the chat; the review shows it.
        if value == UNKNOWN or self.expect == "birth":
            return ""
        return dates.echo(date.fromisoformat(value), reading.today, reading.calendar)

    def example(self) -> str:
        return "2026-03-02" if self.expect != "birth" else "2015-06-01"


class Days(Answer):
    """One or several dates, one a line. Stored as a list of YYYY-MM-DD."""

    kind: Literal["dates"] = "dates"
    expect: dates.Expect = "past"

    def entries(self, value: Any = None) -> tuple[Entry, ...]:
        shown = "\n".join(f"{date.fromisoformat(day):%d/%m/%Y}" for day in value or ())
        return (Entry("answer", "Dates, one a line", "paragraph", shown, hint="For example 27/03/2026"),)

    def read(self, given: Given, reading: Reading) -> list[str]:
        found: list[str] = []
        doubts: list[str] = []
        pieces = re.split(r"[\n;]|,(?!\s*\d{4})", typed_text(given))
        lines = [piece.strip() for piece in pieces if piece.strip()]
        for line in lines:
            try:
                found.append(dates.read_date(line, today=reading.today, expect=self.expect).isoformat())
            except Doubtful as doubt:
                found.append(doubt.value.isoformat() if isinstance(doubt.value, date) else doubt.value)
                doubts.append(doubt.because if len(lines) == 1 else f"“{line}”: {doubt.because}")
        if not found:
            raise InvalidAnswer("No date was given. Please give at least one, like 27/03/2026.")
        if doubts:
            raise Doubtful(found, "; ".join(doubts))
        return found

    def fits(self, value: Any) -> bool:
        return isinstance(value, list) and bool(value) and all(is_day(day) for day in value)

    def show(self, value: Any) -> str:
        return "\n".join(dates.in_words(date.fromisoformat(day)) for day in value)

    def echo(self, value: Any, reading: Reading) -> str:
        return "; ".join(dates.echo(date.fromisoformat(day), reading.today, reading.calendar) for day in value)

    def example(self) -> list[str]:
        return ["2026-03-02", "2026-03-04"]
