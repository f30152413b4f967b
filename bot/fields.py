"""Kinds of answer: one class each, which reads what a person gave, shows it again and says which inputs ask for it.

A stored answer is plain JSON, so that it can be sealed, replayed and compared. Policies choose kinds by name
(`answer: line`, or `answer: {kind: many, options: …}`); flows make them directly. A new kind is one class here
and its name in `Kind` at the foot of the file.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from bot import dates
from bot.calendars import Calendar
from bot.errors import Doubtful, InvalidAnswer
from bot.messages import Button, Entry, Given, Option

UNKNOWN = "unknown"
"""The stored answer "not known": it was asked, and nobody knows."""

LONGEST_LINE = 500
LONGEST_PARAGRAPH = 40_000
DIRECT_BUTTONS = 6
"""Up to so many short options are asked with buttons; more, or longer ones, with a list."""


@dataclass(frozen=True)
class Reading:
    """What reading an answer needs to know: the day in the policy's zone, its calendar, who can be picked."""

    today: date
    calendar: Calendar | None = None
    people: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Person id -> name, role, agency, email."""


def clean(text: str) -> str:
    """Make text safe to store and to print, and lose nothing that can be read.

    Control characters, lone surrogates and non-characters become U+FFFD; every kind of line end becomes `\\n`.
    """
    text = re.sub(r"\r\n?|\x85|\u2028|\u2029", "\n", text)
    return "".join(
        "\ufffd" if (unicodedata.category(c) in {"Cc", "Cs"} and c not in "\n\t") or _is_noncharacter(c) else c
        for c in text
    ).strip()


def _is_noncharacter(c: str) -> bool:
    return ord(c) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(c) <= 0xFDEF


class Answer(BaseModel):
    """What all kinds have in common. `value` everywhere is the stored JSON answer."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    how: ClassVar[str] = ""
    """One sentence that says how this is answered when typed."""

    def entries(self, value: Any = None) -> tuple[Entry, ...]:
        """The inputs that ask for it, holding `value` if there is one."""
        return ()

    def buttons(self) -> tuple[Button, ...]:
        """Buttons that answer at one press, for kinds with few and short options."""
        return ()

    def read(self, given: Given, reading: Reading) -> Any:
        """Turn what was given into the stored answer; raise InvalidAnswer with a sentence, or Doubtful."""
        raise NotImplementedError

    def show(self, value: Any) -> str:
        """The answer as people read it, on the review card and in the document."""
        return str(value)

    def example(self) -> Any:
        """A plausible stored answer: the way ahead is counted, and tests walk, with it."""
        raise NotImplementedError


def typed_text(given: Given, entry: str = "answer") -> str:
    """The text given for one entry, or the typed text itself."""
    if isinstance(given, str):
        return clean(given)
    value = given.get(entry, "")
    return clean(value if isinstance(value, str) else ", ".join(value))


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


class Paragraph(Answer):
    """A text of any length up to 40,000 characters, with its line breaks."""

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
    """One address with exactly one @ and a dotted domain, no display name; raises InvalidAnswer."""
    text = text.strip().strip("<>").removeprefix("mailto:").split("|")[0]
    if not re.fullmatch(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}", text):
        raise InvalidAnswer(
            f"“{text[:100]}” is not an e-mail address I can use. Please give one like name@example.org."
        )
    return text


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

    def show(self, value: Any) -> str:
        return "Not known" if value == UNKNOWN else dates.in_words(date.fromisoformat(value))

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
        for line in re.split(r"[\n;]|,(?!\s*\d{4})", typed_text(given)):
            if line.strip():
                try:
                    found.append(dates.read_date(line.strip(), today=reading.today, expect=self.expect).isoformat())
                except Doubtful as doubt:
                    found.append(doubt.value.isoformat() if isinstance(doubt.value, date) else doubt.value)
                    doubts.append(f"{line.strip()}: {doubt.because}")
        if not found:
            raise InvalidAnswer("No date was given. Please give at least one, like 27/03/2026.")
        if doubts:
            raise Doubtful(found, "; ".join(doubts))
        return found

    def show(self, value: Any) -> str:
        return "\n".join(dates.in_words(date.fromisoformat(day)) for day in value)

    def example(self) -> list[str]:
        return ["2026-03-02", "2026-03-04"]


class YesNo(Answer):
    """Yes or no."""

    kind: Literal["yes_no"] = "yes_no"
    how: ClassVar[str] = "Press a button, or type yes or no."

    def buttons(self) -> tuple[Button, ...]:
        return (Button("Yes", "answer", "yes"), Button("No", "answer", "no"))

    def read(self, given: Given, reading: Reading) -> bool:
        text = typed_text(given).lower().rstrip(".!")
        if text in {"yes", "y", "yeah", "yep", "true", "ydy", "oes"}:
            return True
        if text in {"no", "n", "nope", "false", "nac ydy", "nac oes"}:
            return False
        raise InvalidAnswer(f"“{text[:60]}” is neither yes nor no. Please press a button, or type yes or no.")

    def show(self, value: Any) -> str:
        return "Yes" if value else "No"

    def example(self) -> bool:
        return False


class Choices(BaseModel):
    """One box of a form: `id` is stored, `label` is printed; `qualifiers` may be ticked beside it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    label: str
    qualifiers: tuple[str, ...] = Field(default=(), strict=False)
    note: bool = False


def _as_options(choices: Sequence[Choices]) -> tuple[Option, ...]:
    return tuple(Option(choice.id, choice.label) for choice in choices)


def _pick(text: str, choices: Sequence[Choices]) -> Choices | None:
    """The option meant by its id, its number in the list, its label, or the start of one label only."""
    wanted = " ".join(text.casefold().split()).rstrip(".")
    if wanted.isdigit() and 1 <= int(wanted) <= len(choices):
        return choices[int(wanted) - 1]
    for choice in choices:
        if wanted in {choice.id.casefold(), choice.label.casefold().rstrip(".:")}:
            return choice
    starts = [choice for choice in choices if wanted and choice.label.casefold().startswith(wanted)]
    return starts[0] if len(starts) == 1 else None


class Choice(Answer):
    """One of several. Stored as the option's id."""

    kind: Literal["choice"] = "choice"
    how: ClassVar[str] = "Press a button, or type the number or the start of your choice."
    options: tuple[Choices, ...] = Field(min_length=1, strict=False)

    def _direct(self) -> bool:
        return len(self.options) <= DIRECT_BUTTONS and all(len(option.label) <= 75 for option in self.options)

    def entries(self, value: Any = None) -> tuple[Entry, ...]:
        if self._direct():
            return ()
        return (Entry("answer", "Your choice", "radio", value or "", _as_options(self.options)),)

    def buttons(self) -> tuple[Button, ...]:
        return tuple(Button(option.label, "answer", option.id) for option in self.options) if self._direct() else ()

    def read(self, given: Given, reading: Reading) -> str:
        text = typed_text(given)
        chosen = _pick(text, self.options)
        if chosen is None:
            offered = "; ".join(f"{n} {option.label}" for n, option in enumerate(self.options, 1))
            said = f"“{text[:60]}” is not one of the choices." if text else "Nothing was chosen."
            raise InvalidAnswer(f"{said} Please choose one: {offered}.")
        return chosen.id

    def show(self, value: Any) -> str:
        return next((option.label for option in self.options if option.id == value), str(value))

    def example(self) -> str:
        return self.options[0].id


class Many(Answer):
    """Tick any. Stored as a list of {option, qualifiers, note} in printed order."""

    kind: Literal["many"] = "many"
    options: tuple[Choices, ...] = Field(min_length=1, strict=False)
    least: int = 0

    def entries(self, value: Any = None) -> tuple[Entry, ...]:
        held = {tick["option"]: tick for tick in value or ()}
        made = [
            Entry(
                "answer",
                "Tick what applies",
                "checkboxes",
                tuple(held),
                _as_options(self.options),
                optional=self.least == 0,
            )
        ]
        for option in self.options:
            tick = held.get(option.id, {})
            if option.qualifiers:
                made.append(
                    Entry(
                        f"qualifiers.{option.id}",
                        option.label,
                        "checkboxes",
                        tuple(tick.get("qualifiers", ())),
                        tuple(Option(q, q) for q in option.qualifiers),
                        optional=True,
                    )
                )
            if option.note:
                made.append(
                    Entry(
                        f"note.{option.id}",
                        f"{option.label} – note",
                        "line",
                        tick.get("note", ""),
                        optional=True,
                    )
                )
        return tuple(made)

    def read(self, given: Given, reading: Reading) -> list[dict[str, Any]]:
        if isinstance(given, str):
            ticked = [
                self._one(part)
                for part in re.split(r"[,;\n]|\band\b", given)
                if part.strip() and part.strip().lower() != "none"
            ]
            sides: Mapping[str, Any] = {}
        else:
            answer = given.get("answer", ())
            ticked = [self._one(part) for part in ([answer] if isinstance(answer, str) and answer else answer)]
            sides = given
        value = []
        for option in self.options:
            qualifiers = sides.get(f"qualifiers.{option.id}", ())
            qualifiers = [qualifiers] if isinstance(qualifiers, str) and qualifiers else list(qualifiers)
            note = clean(str(sides.get(f"note.{option.id}", "")))
            # A qualifier or a note beside an empty box can only mean that the box is meant.
            if option in ticked or qualifiers or note:
                value.append(
                    {
                        "option": option.id,
                        "qualifiers": [q for q in option.qualifiers if q in qualifiers],
                        "note": note,
                    }
                )
        if len(value) < self.least:
            raise InvalidAnswer(
                f"Please tick at least {self.least}: " + "; ".join(option.label for option in self.options)
            )
        return value

    def _one(self, text: str) -> Choices:
        chosen = _pick(text, self.options)
        if chosen is None:
            offered = "; ".join(f"{n} {option.label}" for n, option in enumerate(self.options, 1))
            raise InvalidAnswer(
                f"“{text.strip()[:60]}” is not one of the boxes. Please name one or more by number: {offered}."
            )
        return chosen

    def show(self, value: Any) -> str:
        labels = {option.id: option.label for option in self.options}
        lines = []
        for tick in value:
            extra = " / ".join(tick.get("qualifiers", ())) + (f": {tick['note']}" if tick.get("note") else "")
            lines.append(
                labels.get(tick["option"], tick["option"]) + (f" – {extra.removeprefix(': ')}" if extra else "")
            )
        return "\n".join(lines) or "None ticked"

    def example(self) -> list[dict[str, Any]]:
        first = self.options[0]
        return [
            {
                "option": first.id,
                "qualifiers": list(first.qualifiers[:1]),
                "note": "An example" if first.note else "",
            }
        ]


PART_LABELS = {"name": "Name", "role": "Role", "agency": "Agency", "email": "E-mail"}
ProfessionalPart = Literal["name", "role", "agency", "email"]


class Professional(Answer):
    """One professional. Stored as {name, role, agency, email, person}; parts that are not asked are absent.

    `pick` offers the people of the workspace; whoever is picked fills the parts left blank, and `person`
    holds their id. `person` is "" for somebody who is not in the workspace.
    """

    kind: Literal["professional"] = "professional"
    parts: tuple[ProfessionalPart, ...] = Field(default=("name", "role", "agency", "email"), strict=False)
    needed: tuple[ProfessionalPart, ...] = Field(default=("name",), strict=False)
    pick: bool = False

    def entries(self, value: Any = None) -> tuple[Entry, ...]:
        held = value or {}
        made = []
        if self.pick:
            made.append(
                Entry(
                    "person",
                    "Pick somebody here",
                    "person",
                    held.get("person", ""),
                    hint="or fill in below",
                    optional=True,
                )
            )
        for part in self.parts:
            optional = self.pick or part not in self.needed
            made.append(
                Entry(
                    part,
                    PART_LABELS[part],
                    "email" if part == "email" else "line",
                    held.get(part, ""),
                    optional=optional,
                )
            )
        return tuple(made)

    def read(self, given: Given, reading: Reading) -> dict[str, str]:
        person = ""
        if isinstance(given, str):
            pieces = [clean(piece) for piece in re.split(r"[,;\n]", given)]
            if len(pieces) > len(self.parts):
                raise InvalidAnswer(
                    f"I read {len(pieces)} parts, but need {len(self.parts)}: {self._order()}, with commas between."
                )
            found: dict[str, str] = {**dict(zip(self.parts, pieces, strict=False))}
            found = self._mailbox_found(found)
        else:
            person = str(given.get("person", "") or "")
            known = reading.people.get(person, {})
            found = {part: typed_text(given, part) or known.get(part, "") for part in self.parts}
            if person and person not in reading.people:
                raise InvalidAnswer(
                    "That person is no longer here. Please pick somebody else, or fill in their details."
                )
        missing = [PART_LABELS[part].lower() for part in self.needed if not found.get(part)]
        if missing:
            raise InvalidAnswer(f"The {' and '.join(missing)} is missing. Please give {self._order()}.")
        if found.get("email"):
            found["email"] = read_email(found["email"])
        value: dict[str, str] = {part: found.get(part, "") for part in self.parts}
        return value | {"person": person} if self.pick else value

    def _mailbox_found(self, found: dict[str, str]) -> dict[str, str]:
        """Typed parts may be fewer than asked: an address is recognised wherever it stands."""
        for part, text in found.items():
            if "@" in text and part != "email" and "email" in self.parts and not found.get("email"):
                return {**found, part: "", "email": text}
        return found

    def _order(self) -> str:
        return ", ".join(PART_LABELS[part].lower() for part in self.parts)

    def show(self, value: Any) -> str:
        return ", ".join(value[part] for part in self.parts if value.get(part))

    def example(self) -> dict[str, str]:
        sample = {
            "name": "Sam Example",
            "role": "Team Manager",
            "agency": "Example Agency",
            "email": "sam@example.org",
        }
        value: dict[str, str] = {part: sample[part] for part in self.parts}
        return value | {"person": ""} if self.pick else value


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
    expect: dates.Expect = "any"

    def entries(self, value: Any = None) -> tuple[Entry, ...]:
        """One set of inputs for each row given so far, and one set more."""
        held: list[Mapping[str, str]] = [*(value or ()), {}]
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
        for n, texts in enumerate(self._rows_given(given), 1):
            if any(texts.values()):
                rows.append(self._row(n, texts, reading))
        if len(rows) < self.least:
            raise InvalidAnswer(f"Please give at least {self.least}: {self._order()}.")
        return rows

    def _rows_given(self, given: Given) -> list[dict[str, str]]:
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
        last = max((int(key.split(".")[0]) for key in given if key.split(".")[0].isdigit()), default=0)
        return [{i: typed_text(given, f"{n}.{i}") for i in ids} for n in range(1, last + 1)]

    def _row(self, n: int, texts: Mapping[str, str], reading: Reading) -> dict[str, str]:
        row = {column.id: texts.get(column.id, "") for column in self.columns}
        for column in self.columns:
            if column.needed and not row[column.id]:
                raise InvalidAnswer(f"Row {n}: “{column.label}” is missing. Each row needs {self._order()}.")
            if column.answer == "date" and row[column.id]:
                row[column.id] = dates.read_date(row[column.id], today=reading.today, expect=self.expect).isoformat()
        return row

    def _order(self) -> str:
        return ", ".join(column.label.rstrip(":") for column in self.columns)

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


class YesIfAll(Answer):
    """One printed Yes / No that asks several things: "Yes" only if all are. Stored as {id: true or false}."""

    kind: Literal["yes_if_all"] = "yes_if_all"
    of: tuple[Choices, ...] = Field(min_length=2, strict=False)

    def entries(self, value: Any = None) -> tuple[Entry, ...]:
        held = tuple(option.id for option in self.of if (value or {}).get(option.id))
        return (Entry("answer", "Tick what is true", "checkboxes", held, _as_options(self.of), optional=True),)

    def read(self, given: Given, reading: Reading) -> dict[str, bool]:
        if isinstance(given, str) and given.strip().lower() in {"yes", "y", "no", "n"}:
            return dict.fromkeys((option.id for option in self.of), given.strip().lower().startswith("y"))
        ticks = Many(options=self.of).read(given, reading)
        return {option.id: any(tick["option"] == option.id for tick in ticks) for option in self.of}

    def show(self, value: Any) -> str:
        parts = "; ".join(f"{option.label} {'yes' if value.get(option.id) else 'no'}" for option in self.of)
        return f"{'Yes' if self.met(value) else 'No'} ({parts})"

    def met(self, value: Mapping[str, bool]) -> bool:
        """Whether the printed answer is Yes."""
        return all(value.get(option.id) for option in self.of)

    def example(self) -> dict[str, bool]:
        return dict.fromkeys((option.id for option in self.of), True)


ATTESTING = (
    Choices(id="in_chat", label="Ask them to confirm here in chat"),
    Choices(id="on_paper", label="Signed on paper, and I have seen it"),
    Choices(id="declined", label="They decline, or are unable to sign"),
    Choices(id="not_yet", label="Not yet: leave it blank"),
)


ASKED = "Asked to confirm in chat"


def at_in_words(at: str) -> str:
    """An ISO date and time as people read it; text that is none stays as it is."""
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return at
    return f"{dates.in_words(moment.date())} at {moment:%H:%M}"


class Attestation(Answer):
    """A named person's signature block, which can never block an escalation.

    Stored as {how, name, role, agency, date, person, because, confirmed}. `how` is one of in_chat,
    on_paper, declined, not_yet; `confirmed` is "" until the person confirms in chat, then an ISO date and time.
    """

    kind: Literal["attestation"] = "attestation"
    side: Literal["raising", "challenged"]

    def entries(self, value: Any = None) -> tuple[Entry, ...]:
        held = value or {}
        return (
            Entry("how", "How they sign", "radio", held.get("how", "in_chat"), _as_options(ATTESTING)),
            Entry(
                "person",
                "Pick them here",
                "person",
                held.get("person", ""),
                hint="or fill in below",
                optional=True,
            ),
            Entry("name", "Name", "line", held.get("name", ""), optional=True),
            Entry("role", "Designation", "line", held.get("role", ""), optional=True),
            Entry("agency", "Agency", "line", held.get("agency", ""), optional=True),
            Entry("date", "Date signed, if on paper", "date", held.get("date", ""), optional=True),
            Entry(
                "because",
                "If they decline or are unable: why",
                "line",
                held.get("because", ""),
                optional=True,
            ),
        )

    def read(self, given: Given, reading: Reading) -> dict[str, str]:
        if isinstance(given, str):
            given = {"how": given}
        how = _pick(typed_text(given, "how"), ATTESTING)
        if how is None:
            offered = "; ".join(f"{n} {option.label}" for n, option in enumerate(ATTESTING, 1))
            raise InvalidAnswer(f"Please say how they sign: {offered}.")
        person = str(given.get("person", "") or "")
        known = reading.people.get(person, {})
        value = {part: typed_text(given, part) or known.get(part, "") for part in ("name", "role", "agency")}
        value |= {
            "how": how.id,
            "person": person,
            "because": typed_text(given, "because"),
            "confirmed": "",
            "date": "",
        }
        if how.id == "in_chat" and not person:
            raise InvalidAnswer(
                "To confirm in chat they must be picked from the people here. Otherwise choose another way."
            )
        if how.id in {"on_paper", "declined"} and not value["name"]:
            raise InvalidAnswer("Please give their name.")
        if how.id == "declined" and not value["because"]:
            raise InvalidAnswer(
                "Please say in a few words why they decline or are unable. This does not stop the escalation."
            )
        if how.id == "on_paper":
            signed = typed_text(given, "date")
            if not signed:
                raise InvalidAnswer("Please give the date on which it was signed on paper.")
            value["date"] = dates.read_date(signed, today=reading.today, expect="past").isoformat()
        return value

    def show(self, value: Any) -> str:
        who = ", ".join(value[part] for part in ("name", "role", "agency") if value.get(part))
        return f"{self.signature(value) or 'Not signed yet'}{': ' + who if who else ''}"

    def signature(self, value: Mapping[str, str]) -> str:
        """What stands where the signature would: "" when there is none yet."""
        match value.get("how"):
            case "in_chat":
                return f"Confirmed in chat, {at_in_words(value['confirmed'])}" if value.get("confirmed") else ASKED
            case "on_paper":
                return f"Signed on paper, {dates.in_words(date.fromisoformat(value['date']))}"
            case "declined":
                return f"Declined or unable: {value['because']}"
            case _:
                return ""

    def example(self) -> dict[str, str]:
        blank = dict.fromkeys(("name", "role", "agency", "date", "person", "confirmed"), "")
        return {**blank, "how": "declined", "name": "Sam Example", "because": "On leave"}


def _short_form(value: Any) -> Any:
    """`answer: line` in YAML means `answer: {kind: line}`."""
    return {"kind": value} if isinstance(value, str) else value


Kind = Annotated[
    Line | Paragraph | Email | Day | Days | YesNo | Choice | Many | Professional | Rows | YesIfAll | Attestation,
    Field(discriminator="kind"),
    BeforeValidator(_short_form),
]

Show = Callable[[Any], str]
