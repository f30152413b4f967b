"""What a person sees of blocks, and what becomes of their inputs when somebody fills them in by their labels."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tests.slack.checks import elements_of
from tests.slack.workspace import Filled, Json, Member

Fills = Mapping[str, str | Sequence[str]]
"""Label of an input, or how it begins -> what is put into it. Options and people by what they begin with."""
TEXTS = {"plain_text_input", "email_text_input", "url_text_input", "number_input"}
MARKS = {"Done: ": "[x] ", "To do: ": "[ ] "}
"""How a point of a checklist begins, and how dialogues write it."""
DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%d %B %Y")


@dataclass(frozen=True)
class Input:
    """Something that can be filled in. `label` is "" outside an input block."""

    block_id: str
    element: Json
    label: str = ""
    optional: bool = True

    @property
    def kind(self) -> str:
        return str(self.element["type"])

    @property
    def place(self) -> tuple[str, str]:
        return self.block_id, str(self.element["action_id"])


@dataclass(frozen=True)
class Button:
    block_id: str
    element: Json

    @property
    def label(self) -> str:
        return str(self.element["text"]["text"])


# ── seeing ───────────────────────────────────────────────────────────────────────────────────────────────────


def text_of(blocks: Sequence[Json]) -> str:
    """Everything that can be read in them, a line for each thing."""
    return "\n".join(line for block in blocks for line in _lines(block))


def _lines(block: Json) -> list[str]:
    match block["type"]:
        case "header":
            return [block["text"]["text"]]
        case "section":
            texts = [*([block["text"]] if "text" in block else []), *block.get("fields", ())]
            return [text["text"] for text in texts] + _buttons_line([block.get("accessory", {})])
        case "context":
            return [element["text"] for element in block["elements"] if "text" in element]
        case "rich_text":
            return [line for element in block["elements"] for line in _rich_lines(element)]
        case "input":
            hint = [block["hint"]["text"]] if "hint" in block else []
            return [block["label"]["text"], *_options_lines(block["element"]), *hint, *_initial(block["element"])]
        case "actions":
            return _buttons_line(block["elements"])
        case "divider":
            return [""]
    raise AssertionError(f"This fake cannot read a {block['type']} block yet.")


def _rich_lines(element: Json) -> list[str]:
    if element["type"] == "rich_text_list":
        return [f"- {line}" for inner in element["elements"] for line in _rich_lines(inner)]
    runs = [run.get("text") or run.get("url") or run.get("user_id") or "" for run in element["elements"]]
    runs[:1] = [MARKS.get(run, run) for run in runs[:1]]
    return ["".join(runs)]


def _options(element: Json) -> list[Json]:
    groups = element.get("option_groups", ())
    return [*element.get("options", ()), *(option for group in groups for option in group["options"])]


def _options_lines(element: Json) -> list[str]:
    return [f"( ) {option['text']['text']}" for option in _options(element)]


def _initial(element: Json) -> list[str]:
    return [value for name in ("initial_value", "initial_date", "initial_user") if (value := element.get(name))]


def _buttons_line(elements: Sequence[Json]) -> list[str]:
    labels = [f"[{element['text']['text']}]" for element in elements if element.get("type") == "button"]
    return [" ".join(labels)] if labels else []


def buttons(blocks: Sequence[Json]) -> list[Button]:
    return [
        Button(block["block_id"], each) for block in blocks for each in elements_of(block) if each["type"] == "button"
    ]


def inputs(blocks: Sequence[Json]) -> list[Input]:
    found: list[Input] = []
    for block in blocks:
        for element in elements_of(block):
            if element["type"] == "button":
                continue
            if block["type"] == "input":
                found.append(
                    Input(block["block_id"], element, block["label"]["text"], bool(block.get("optional", False)))
                )
            else:
                found.append(Input(block["block_id"], element))
    return found


# ── filling in ───────────────────────────────────────────────────────────────────────────────────────────────


def fill(blocks: Sequence[Json], user: str, filled: Filled, given: Fills, members: Mapping[str, Member]) -> None:
    """Put values into inputs, as Slack's own clients let people do."""
    for label, value in given.items():
        found = [each for each in inputs(blocks) if each.label and each.label.startswith(label)]
        if not found:
            raise AssertionError(f"There is no input {label!r} in:\n{text_of(blocks)}")
        filled[user, *found[0].place] = _state(found[0], value, members)


def values(blocks: Sequence[Json], user: str, filled: Filled) -> Json:
    """`state.values`: every input with what it holds for this person."""
    state: dict[str, dict[str, Any]] = {}
    for each in inputs(blocks):
        held = filled.get((user, *each.place)) or _untouched(each.element)
        state.setdefault(each.block_id, {})[each.place[1]] = held
    return state


def missing(blocks: Sequence[Json], user: str, filled: Filled) -> list[str]:
    """Labels of inputs that a modal has to have filled in before its client sends it."""
    state = values(blocks, user, filled)
    empty = [each for each in inputs(blocks) if not _holds_something(state[each.block_id][each.place[1]])]
    return [each.label for each in empty if not each.optional]


def _holds_something(state: Json) -> bool:
    return any(value for name, value in state.items() if name != "type")


def _untouched(element: Json) -> Json:
    match element["type"]:
        case "datepicker":
            return {"type": "datepicker", "selected_date": element.get("initial_date")}
        case "users_select":
            return {"type": "users_select", "selected_user": element.get("initial_user")}
        case "radio_buttons" | "static_select" as kind:
            return {"type": kind, "selected_option": element.get("initial_option")}
        case "checkboxes":
            return {"type": "checkboxes", "selected_options": element.get("initial_options", [])}
        case kind if kind in TEXTS:
            return {"type": kind, "value": element.get("initial_value")}
        case kind:
            raise AssertionError(f"This fake cannot fill in a {kind} yet.")


def _state(each: Input, value: str | Sequence[str], members: Mapping[str, Member]) -> Json:
    first = value if isinstance(value, str) else "".join(value[:1])
    match each.kind:
        case "datepicker":
            return {"type": each.kind, "selected_date": _day(first) if first else None}
        case "users_select":
            found = [one.id for one in members.values() if one.name.startswith(first) and not one.deleted]
            assert found, f"Nobody who can be picked is called {first!r}."
            return {"type": each.kind, "selected_user": found[0]}
        case "radio_buttons" | "static_select":
            return {"type": each.kind, "selected_option": _option(each.element, first)}
        case "checkboxes":
            ticked = value.split(" + ") if isinstance(value, str) else value
            return {"type": each.kind, "selected_options": [_option(each.element, one) for one in ticked if one]}
    assert "\n" not in first or each.element.get("multiline"), f"{each.label!r} has one line only."
    assert len(first) <= each.element.get("max_length", len(first)), f"{each.label!r} does not hold so much."
    return {"type": each.kind, "value": first or None}


def _option(element: Json, label: str) -> Json:
    """By its label or how it begins; long labels are numbered and shortened."""
    for option in _options(element):
        shown = re.sub(r"^\d+ · ", "", option["text"]["text"]).removesuffix("…")
        if shown.startswith(label) or (option["text"]["text"].endswith("…") and label.startswith(shown)):
            return {"text": option["text"], "value": option["value"]}
    raise AssertionError(f"There is no option {label!r}.")


def _day(text: str) -> str:
    for form in DAYS:
        try:
            day: date = datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        return day.isoformat()
    raise AssertionError(f"{text!r} is not a day that can be picked.")
