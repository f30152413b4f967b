"""Text: a line, a paragraph, a mailbox address."""

from __future__ import annotations

import re
from typing import Any, Literal

from bot.errors import InvalidAnswer
from bot.fields.kind import Answer, Reading, typed_text
from bot.messages import Entry, Given

LONGEST_LINE = 500
LONGEST_PARAGRAPH = 90_000
"""What still fits into the inputs of one message on every platform."""


class Line(Answer):
    """A short text."""

    kind: Literal["line"] = "line"

    def entries(self, value: Any = None) -> tuple[Entry, ...]:
        return (Entry("answer", "Your answer", "line", value or ""),)

    def read(self, given: Given, reading: Reading) -> str:
        text = " ".join(typed_text(given).split())
        if not text:
            raise InvalidAnswer("Nothing was given. Please type an answer.")
        if len(text) > LONGEST_LINE:
            raise InvalidAnswer(
                f"That is {len(text)} characters long; this line takes {LONGEST_LINE}. Please shorten it."
            )
        return text

    def example(self) -> str:
        return "An example"


class Agencies(Line):
    """One agency, or several separated by semicolons; the first is the one that has to answer."""

    def names(self, value: str) -> list[str]:
        return [name for piece in value.split(";") if (name := piece.strip())]

    def read(self, given: Given, reading: Reading) -> str:
        names = dict.fromkeys(self.names(super().read(given, reading)))
        if not names:
            raise InvalidAnswer("No agency was given. Please give its name.")
        return "; ".join(names)


class Paragraph(Answer):
    """A text of any length up to 90,000 characters, with its line breaks."""

    kind: Literal["paragraph"] = "paragraph"

    def entries(self, value: Any = None) -> tuple[Entry, ...]:
        return (Entry("answer", "Your answer", "paragraph", value or ""),)

    def read(self, given: Given, reading: Reading) -> str:
        text = typed_text(given)
        if not text:
            raise InvalidAnswer("Nothing was given. Please type an answer.")
        if len(text) > LONGEST_PARAGRAPH:
            raise InvalidAnswer(
                f"That is {len(text):,} characters long; the form takes {LONGEST_PARAGRAPH:,}. Please shorten it."
            )
        return text

    def example(self) -> str:
        return "An example of a longer answer.\nIt has two lines."


class Email(Answer):
    """One mailbox address."""

    kind: Literal["email"] = "email"

    def entries(self, value: Any = None) -> tuple[Entry, ...]:
        return (Entry("answer", "E-mail address", "email", value or ""),)

    def read(self, given: Given, reading: Reading) -> str:
        return read_email(typed_text(given))

    def example(self) -> str:
        return "someone@example.org"


def read_email(text: str) -> str:
    """One address with exactly one @ and a dotted domain, no display name; raises InvalidAnswer.

    What is before the @ has no % or !, with which mail servers pass letters on to somewhere else, and no ?, with which
    other characters can be written: where a letter goes is what stands behind the @, and nothing else.
    """
    text = text.strip().strip("<>").removeprefix("mailto:").split("|")[0]
    if not re.fullmatch(r"[A-Za-z0-9.#$&'*+/=^_`{}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}", text):
        raise InvalidAnswer(
            f"“{text[:100]}” is not an e-mail address I can use. Please give one like name@example.org."
        )
    return text
