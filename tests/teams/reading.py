"""What a person sees of cards, and what becomes of their inputs when somebody fills them in by their labels."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tests.teams.checks import walk
from tests.teams.tenants import Filled, Json, Member

Fills = Mapping[str, str | Sequence[str]]
"""Label of an input, or how it begins -> what is put into it. Options and people by what they begin with."""
MARKS = {"Done: ": "[x] ", "To do: ": "[ ] "}
"""How a point of a checklist begins, and how dialogues write it."""
DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%d %B %Y")
ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!<>~|&])")


@dataclass(frozen=True)
class Input:
    """Something that can be filled in, on which card of the message."""

    card: int
    element: Json

    @property
    def kind(self) -> str:
        return str(self.element["type"])

    @property
    def label(self) -> str:
        return str(self.element.get("label") or self.element.get("title") or "")

    @property
    def id(self) -> str:
        return str(self.element["id"])

    @property
    def picks_people(self) -> bool:
        return "choices.data" in self.element


@dataclass(frozen=True)
class Button:
    card: int
    element: Json

    @property
    def label(self) -> str:
        return _title(self.element)


# ── seeing ───────────────────────────────────────────────────────────────────────────────────────────────────


def text_of(cards: Sequence[Json]) -> str:
    """Everything that can be read on them, a line for each thing."""
    return "\n".join(line for card in cards for line in _lines_of(card))


def _lines_of(card: Json) -> Iterator[str]:
    """Buttons that follow each other are read as one line, in however many rows they are drawn."""
    row: list[Json] = []
    for element in [*(card.get("body") or []), {"type": "ActionSet", "actions": card.get("actions") or []}]:
        if element["type"] == "ActionSet":
            row += element["actions"]
            continue
        yield from _buttons_line(row)
        row = []
        yield from _lines(element)
    yield from _buttons_line(row)


def _lines(element: Json) -> Iterator[str]:
    if element.get("isVisible") is False:
        return
    match element["type"]:
        case "TextBlock":
            yield from (line for line in _plain(element["text"]).splitlines() if line.strip())
        case "RichTextBlock":
            runs = [run if isinstance(run, str) else run["text"] for run in element["inlines"]]
            runs[:1] = [MARKS.get(run, run) for run in runs[:1]]
            yield from "".join(runs).splitlines()
        case "FactSet":
            yield from (f"{_plain(fact['title'])} {_plain(fact['value'])}" for fact in element["facts"])
        case "ActionSet":
            yield from _buttons_line(element["actions"])
        case "Container" | "Column" | "TableCell":
            yield from (line for each in element.get("items") or [] for line in _lines(each))
        case "ColumnSet":
            yield from _row(element.get("columns") or [])
        case "Table":
            for row in element.get("rows") or []:
                yield from _row(row.get("cells") or [])
        case "Image":
            yield from [element["altText"]] if element.get("altText") else []
        case kind if kind.startswith("Input."):
            yield from _input_lines(element)
        case kind:
            raise AssertionError(f"This fake cannot read a {kind} yet.")


def _row(cells: Sequence[Json]) -> Iterator[str]:
    """What stands side by side is read as one line where each is one."""
    columns = [[*_lines({"type": "Column", **cell})] for cell in cells]
    if all(len(column) <= 1 for column in columns):
        yield " ".join(line for column in columns for line in column)
    else:
        yield from (line for column in columns for line in column)


def _input_lines(element: Json) -> Iterator[str]:
    yield from [_plain(element["label"])] if element.get("label") else []
    yield from (f"( ) {choice['title']}" for choice in element.get("choices") or [])
    if element["type"] == "Input.Toggle":
        yield f"( ) {element['title']}"
    if element.get("value") and element["type"] in {"Input.Text", "Input.Date"}:
        yield from str(element["value"]).splitlines()


def _buttons_line(actions: Sequence[Json]) -> list[str]:
    labels = [f"[{_title(action)}]" for action in actions if "title" in action]
    return [" ".join(labels)] if labels else []


def _title(action: Json) -> str:
    """What a button says; where it is too long for it, as it is told to whoever points at it or has it read aloud."""
    return str(action.get("tooltip") or action.get("title", ""))


def _plain(text: str) -> str:
    """As it is drawn: what is escaped is a sign like any other."""
    return ESCAPED.sub(r"\1", text)


def buttons(cards: Sequence[Json]) -> list[Button]:
    kinds = {"Action.Execute", "Action.Submit"}
    return [Button(n, each) for n, card in enumerate(cards) for each in walk(card) if each["type"] in kinds]


def called(cards: Sequence[Json], label: str) -> list[Button]:
    """The buttons with this label; also one that is cut short where it stands in full above."""
    lines = text_of(cards).splitlines()
    return [each for each in buttons(cards) if each.label == label or _is_short_for(each.label, label, lines)]


def _is_short_for(shown: str, label: str, lines: Sequence[str]) -> bool:
    begun, number = shown.removesuffix("…"), shown.partition(" · ")[0]
    full = f"{number} · {label}" if number.isdigit() else label
    return shown.endswith("…") and full.startswith(begun) and full in lines


def inputs(cards: Sequence[Json]) -> list[Input]:
    return [Input(n, each) for n, card in enumerate(cards) for each in walk(card) if each["type"].startswith("Input.")]


# ── filling in ───────────────────────────────────────────────────────────────────────────────────────────────


def fill(cards: Sequence[Json], person: str, filled: Filled, given: Fills, members: Mapping[str, Member]) -> None:
    """Put values into inputs, as Teams' own clients let people do."""
    for label, value in given.items():
        found = [each for each in inputs(cards) if each.label and _plain(each.label).startswith(label)]
        if not found:
            raise AssertionError(f"There is no input {label!r} in:\n{text_of(cards)}")
        filled[person, found[0].card, found[0].id] = _state(found[0], value, members)


def values(cards: Sequence[Json], card: int, person: str, filled: Filled) -> Json:
    """What a press on this card sends along: a text that was left empty as "", a choice not made not at all."""
    told: Json = {}
    for each in inputs(cards):
        if each.card != card:
            continue
        held = filled.get((person, card, each.id), str(each.element.get("value") or ""))
        if each.kind == "Input.Toggle":
            held = held or str(each.element.get("valueOff", "false"))
        if held or each.kind != "Input.ChoiceSet":
            told[each.id] = held
    return told


def missing(cards: Sequence[Json], button: Button, person: str, filled: Filled) -> list[str]:
    """Labels of inputs that have to be filled in before a client sends it."""
    if button.element.get("associatedInputs") == "none":
        return []
    told = values(cards, button.card, person, filled)
    required = [each for each in inputs(cards) if each.card == button.card and each.element.get("isRequired")]
    return [each.label for each in required if not told.get(each.id)]


def _state(each: Input, value: str | Sequence[str], members: Mapping[str, Member]) -> str:
    first = value if isinstance(value, str) else "".join(value[:1])
    if each.picks_people:
        return _picked(first, members) if first else ""
    match each.kind:
        case "Input.Date":
            return _day(first) if first else ""
        case "Input.ChoiceSet" if each.element.get("isMultiSelect"):
            ticked = value.split(" + ") if isinstance(value, str) else value
            return ",".join(_choice(each.element, one) for one in ticked if one)
        case "Input.ChoiceSet":
            return _choice(each.element, first) if first else ""
        case "Input.Toggle":
            return str(each.element.get("valueOn", "true") if first else each.element.get("valueOff", "false"))
    assert "\n" not in first or each.element.get("isMultiline"), f"{each.label!r} has one line only."
    assert len(first) <= each.element.get("maxLength", len(first)), f"{each.label!r} does not hold so much."
    return first


def _picked(name: str, members: Mapping[str, Member]) -> str:
    found = [one.id for one in members.values() if one.name.startswith(name) and not one.deleted]
    assert found, f"Nobody who can be picked is called {name!r}."
    return found[0]


def _choice(element: Json, label: str) -> str:
    """By its label or how it begins; long labels are numbered and shortened."""
    for choice in element.get("choices") or []:
        shown = re.sub(r"^\d+ · ", "", choice["title"]).removesuffix("…")
        if shown.startswith(label) or (choice["title"].endswith("…") and label.startswith(shown)):
            assert "," not in choice["value"], "A comma in a value would make it two."
            return str(choice["value"])
    raise AssertionError(f"There is no option {label!r}.")


def _day(text: str) -> str:
    for form in DAYS:
        try:
            day: date = datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        return day.isoformat()
    raise AssertionError(f"{text!r} is not a day that can be picked.")
