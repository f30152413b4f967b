"""People: a professional's details, and a named person's signature block."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from bot import dates
from bot.errors import Doubtful, InvalidAnswer
from bot.fields.choosing import Choices, as_options, pick
from bot.fields.kind import Answer, Reading, clean, typed_text
from bot.fields.text import read_email
from bot.messages import Entry, Given

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
            found = parts_of(given, self.parts, person, reading)
            if person and person not in reading.people:
                raise InvalidAnswer(CANNOT_BE_REACHED)
        if not person and self.pick and (person := _known_by(found, reading)):
            # What was given besides counts: a platform knows nobody's agency.
            found = parts_of({**found, "name": ""}, self.parts, person, reading)
        missing = [PART_LABELS[part].lower() for part in self.needed if not found.get(part)]
        if missing:
            lacking = f"{' and the '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing"
            how = f"Please fill in the boxes, or type {self._order()}, with commas between."
            raise InvalidAnswer(f"The {lacking}. {how}")
        if long := [PART_LABELS[part].lower() for part in self.parts if len(found.get(part, "")) > LONGEST_PART]:
            raise InvalidAnswer(f"The {long[0]} is longer than {LONGEST_PART} characters. Please shorten it.")
        if found.get("email"):
            found["email"] = read_email(found["email"])
        value: dict[str, str] = {part: found.get(part, "") for part in self.parts}
        return value | {"person": person} if self.pick else value

    def echo(self, value: Any, reading: Reading) -> str:
        if not self.pick:
            return ""
        where = "who can be reached in this chat" if value.get("person") else "who is not in this chat"
        return f"{self.show(value)}, {where}"

    def unread(self, typed: str) -> tuple[Entry, ...]:
        pieces = [clean(piece) for piece in re.split(r"[,;\n]", typed)]
        *first, last = self.parts
        # More pieces than parts: the last input holds all that is left over.
        held = {**dict(zip(first, pieces, strict=False)), last: ", ".join(pieces[len(first) :])}
        return self.entries(held)

    def _mailbox_found(self, found: dict[str, str]) -> dict[str, str]:
        """Typed parts may be fewer than asked: an address is recognised wherever it stands."""
        for part, text in found.items():
            if "@" in text and part != "email" and "email" in self.parts and not found.get("email"):
                return {**found, part: "", "email": text}
        return found

    def _order(self) -> str:
        return ", ".join(PART_LABELS[part].lower() for part in self.parts)

    def fits(self, value: Any) -> bool:
        return isinstance(value, dict)

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


LONGEST_PART = 120
CANNOT_BE_REACHED = (
    "That person cannot be reached here: they have left, are an app, or belong to somewhere else. Please pick somebody "
    "else, or fill in their details."
)


def parts_of(given: Mapping[str, Any], parts: Sequence[str], person: str, reading: Reading) -> dict[str, str]:
    """What was filled in; whoever was picked fills what is blank.

    When somebody is picked while the inputs still hold another person's name, all of it is the picked person's: the
    name that is shown and the person who gets access are always one and the same.
    """
    known = reading.people.get(person, {})
    filled = {part: typed_text(given, part) for part in parts}
    if known and filled.get("name", "") not in {"", known["name"]}:
        return {part: known.get(part, "") for part in parts}
    return {part: text or known.get(part, "") for part, text in filled.items()}


def _known_by(found: Mapping[str, str], reading: Reading) -> str:
    """The id of the one person here who is meant by their mailbox, or by their name with no other agency; else ""."""
    name, email, agency = (found.get(part, "").casefold() for part in ("name", "email", "agency"))
    for id_, who in reading.people.items():
        if email and who["email"].casefold() == email and who["name"].casefold().startswith(name):
            return id_
    meant = [
        id_
        for id_, who in reading.people.items()
        if who["name"].casefold() == name and agency in {"", who["agency"].casefold()} and not email
    ]
    return meant[0] if len(meant) == 1 else ""


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
            Entry("how", "How they sign", "radio", held.get("how", "in_chat"), as_options(ATTESTING)),
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
        how = pick(typed_text(given, "how"), ATTESTING)
        if how is None:
            offered = "; ".join(f"{n} {option.label}" for n, option in enumerate(ATTESTING, 1))
            raise InvalidAnswer(f"Please say how they sign: {offered}.")
        person = str(given.get("person", "") or "")
        known = reading.people.get(person, {})
        if person and not known:
            raise InvalidAnswer(CANNOT_BE_REACHED)
        value = parts_of(given, ("name", "role", "agency"), person, reading)
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
            try:
                value["date"] = dates.read_date(signed, today=reading.today, expect="past").isoformat()
            except Doubtful as doubt:
                raise Doubtful({**value, "date": doubt.value}, doubt.because) from None
        return value

    def fits(self, value: Any) -> bool:
        return isinstance(value, dict)

    def show(self, value: Any) -> str:
        by = ("role", "agency") if value.get("confirmed") or value.get("earlier") else ("name", "role", "agency")
        who = ", ".join(value[part] for part in by if value.get(part))
        return f"{self.signature(value) or 'Not signed yet'}{': ' + who if who else ''}"

    def signature(self, value: Mapping[str, str]) -> str:
        """What stands where the signature would: "" when there is none yet."""
        by = f" by {value['name']}" if value.get("name") else ""
        match value.get("how"):
            case "in_chat" if value.get("confirmed"):
                return f"Confirmed in chat{by}, {at_in_words(value['confirmed'])}"
            case "in_chat" if value.get("earlier"):
                return f"An earlier version was confirmed in chat{by}, {at_in_words(value['earlier'])}"
            case "in_chat":
                return ASKED
            case "on_paper":
                return f"Signed on paper, {dates.in_words(date.fromisoformat(value['date']))}"
            case "declined":
                return f"Declined or unable, because: {value['because']}"
            case _:
                return ""

    def example(self) -> dict[str, str]:
        blank = dict.fromkeys(("name", "role", "agency", "date", "person", "confirmed"), "")
        return {**blank, "how": "declined", "name": "Sam Example", "because": "On leave"}
