"""The inputs of a message as Block Kit, and what they hold read back from Slack's state.values.

An input's action_id is "entry:<part>:<gap>:<entry id>": a text or a list of boxes that is longer than Slack
allows is asked in several parts, and the gap says which whitespace stood before this part (Slack and browsers
may trim it). Where it cannot show what or whom it holds it is "another:…": left empty, it holds that still.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, assert_never

from bot.chat.block_kit_text import Block, plain, rich, section, slack_id, word_blocks
from bot.chat.splitting import first_words, length, split
from bot.messages import Entry

StateValues = Mapping[str, Mapping[str, Mapping[str, Any]]]

LABEL, OPTION, INPUT = 2000, 75, 3000
INPUT_PART = 2500
"""A long text is split into inputs of this size, so that each has room left for writing on."""
CHECKBOXES, RADIO_BUTTONS, SELECT_OPTIONS = 10, 10, 100

GAPS = {"n": "\n", "s": " ", "t": "\t"}


def given(state_values: StateValues, *, platform: str = "") -> dict[str, str | list[str]]:
    """What the entries hold, by their ids: the inverse of drawing them.

    `state_values` is `state.values` of Slack's block_actions payload: block_id -> action_id -> element state.
    Inputs left empty are "" (checkboxes: []); split texts are joined again. `platform` is as in `blocks`.
    """
    parts: dict[str, list[tuple[int, str, str | list[str]]]] = {}
    for actions in state_values.values():
        for action_id, state in actions.items():
            kind, number, gap, name = (action_id.split(":", 3) + [""] * 3)[:4]
            if kind in {"entry", "another"} and number.isdecimal():
                held = _held(state, platform)
                parts.setdefault(name, []).append((int(number), gap, held if held or kind == "entry" else []))
    return {name: _joined(sorted(found, key=lambda part: part[0])) for name, found in parts.items()}


def entry_blocks(entry: Entry, mark: str, platform: str) -> list[Block]:
    """One entry, as one or several input blocks. `mark` begins their block_ids."""
    match entry.widget:
        case "line" | "paragraph" | "email":
            return _text_inputs(entry, mark)
        case "date":
            shown = entry.initial if isinstance(entry.initial, str) else ""
            if shown and not _is_iso_day(shown):
                return _text_inputs(entry, mark)
            return _input(entry, mark, {"type": "datepicker"} | ({"initial_date": shown} if shown else {}))
        case "person":
            user = _user(entry.initial, platform)
            picker: Block = {"type": "users_select"} | ({"initial_user": user} if user else {})
            return _input(entry, mark, picker, kind="another" if entry.initial and not user else "entry")
        case "radio":
            return _radio(entry, mark)
        case "checkboxes":
            return _checkboxes(entry, mark)
        case _:
            assert_never(entry.widget)


def emptied_blocks(entry: Entry, mark: str) -> list[Block]:
    """A text input whose text is not shown, as it is too long. Left empty it is not given, so nothing is lost."""
    element = {"type": "plain_text_input", "multiline": True, "max_length": INPUT}
    return _input(entry, mark, element, kind="another")


def _text_inputs(entry: Entry, mark: str) -> list[Block]:
    text = entry.initial if isinstance(entry.initial, str) else "\n".join(entry.initial)
    pieces = split(text, INPUT_PART) if length(text) > INPUT else [("", text)]
    # A mailbox too is asked so: Slack shows no message whose own input for one holds what is none.
    # An input of one line would lose line ends.
    multiline = entry.widget == "paragraph" or "\n" in text or len(pieces) > 1
    drawn: list[Block] = []
    for n, (gap, piece) in enumerate(pieces, 1):
        element = {"type": "plain_text_input", "multiline": multiline, "max_length": INPUT}
        element |= {"initial_value": piece} if piece else {}
        drawn += _input(entry, mark, element, n, len(pieces), gap)
    return drawn


def _radio(entry: Entry, mark: str) -> list[Block]:
    choices, above = _choices(entry)
    if not choices:
        return above
    element: Block = {"type": "radio_buttons", "options": choices}
    if RADIO_BUTTONS < len(choices) <= SELECT_OPTIONS:
        element = {"type": "static_select", "options": choices}
    elif len(choices) > SELECT_OPTIONS:
        starts = range(0, len(choices), SELECT_OPTIONS)
        pages = [choices[start : start + SELECT_OPTIONS] for start in starts]
        groups = [
            {"label": plain(f"{start + 1} to {start + len(page)}"), "options": page}
            for start, page in zip(starts, pages, strict=True)
        ]
        element = {"type": "static_select", "option_groups": groups}
    chosen = [choice for choice in choices if choice["value"] == entry.initial]
    return above + _input(entry, mark, element | ({"initial_option": chosen[0]} if chosen else {}))


def _checkboxes(entry: Entry, mark: str) -> list[Block]:
    choices, drawn = _choices(entry)
    initial = (entry.initial,) if isinstance(entry.initial, str) else entry.initial
    pages = [choices[n : n + CHECKBOXES] for n in range(0, len(choices), CHECKBOXES)]
    for n, page in enumerate(pages, 1):
        ticked = [choice for choice in page if choice["value"] in initial]
        element = {"type": "checkboxes", "options": page} | ({"initial_options": ticked} if ticked else {})
        drawn += _input(entry, mark, element, n, len(pages))
    return drawn


def _choices(entry: Entry) -> tuple[list[Block], list[Block]]:
    """The options as Slack takes them, and the blocks that say in full what does not fit into them."""
    too_long = any(length(option.label) > OPTION or length(option.help) > OPTION for option in entry.options)
    drawn, runs = [], [(f"{entry.label}\n", True)]
    for n, option in enumerate(entry.options, 1):
        label = f"{n} · {option.label}" if too_long else option.label
        choice: Block = {"text": plain(first_words(label, OPTION)), "value": slack_id(option.id, OPTION)}
        if option.help.strip():
            choice["description"] = plain(first_words(option.help, OPTION))
        drawn.append(choice)
        runs.append((f"{label}\n" + (f"{option.help}\n" if option.help else ""), False))
    return drawn, rich(runs) if too_long else []


def _input(
    entry: Entry, mark: str, element: Block, n: int = 1, of: int = 1, gap: str = "", kind: str = "entry"
) -> list[Block]:
    letters = "".join(letter for c in gap for letter, meant in GAPS.items() if meant == c)
    label = f"{entry.label} (part {n} of {of})" if of > 1 else entry.label
    block: Block = {
        "type": "input",
        "block_id": slack_id(f"{mark}:{n}:{entry.id}"),
        "label": plain(first_words(label, LABEL)),
        "element": element | {"action_id": slack_id(f"{kind}:{n}:{letters}:{entry.id}")},
        # A window in which an input is empty that is not optional is not sent.
        "optional": entry.optional or of > 1 or kind == "another",
    }
    drawn = [*(section(entry.label) if n == 1 and length(label) > LABEL else []), block]
    if entry.hint.strip() and n == of:
        if length(entry.hint) > LABEL:
            return drawn + word_blocks(entry.hint, "quiet")
        block["hint"] = plain(entry.hint)
    return drawn


def _held(state: Mapping[str, Any], platform: str) -> str | list[str]:
    """The value of one element of state.values, whatever its kind."""
    if "selected_options" in state:
        return [option["value"] for option in state["selected_options"] or ()]
    if "selected_option" in state:
        return str((state["selected_option"] or {}).get("value") or "")
    if "selected_user" in state:
        user = str(state["selected_user"] or "")
        return f"{platform}:{user}" if platform and user else user
    return str(state.get("selected_date") or state.get("value") or "")


def _joined(parts: Sequence[tuple[int, str, str | list[str]]]) -> str | list[str]:
    if isinstance(parts[0][2], list):
        return [option for _, _, ticked in parts for option in ticked]
    whole = ""
    for _, gap, piece in parts:
        # Whoever empties a part wants no hole where it stood.
        if piece:
            whole += "".join(GAPS.get(letter, "") for letter in gap if whole) + str(piece)
    return whole


def _user(person: str | Sequence[str], platform: str) -> str:
    if not isinstance(person, str) or not platform:
        return person if isinstance(person, str) else ""
    return person.removeprefix(f"{platform}:") if person.startswith(f"{platform}:") else ""


def _is_iso_day(text: str) -> bool:
    parts = text.split("-")
    digits = all(part.isascii() and part.isdecimal() for part in parts)
    return digits and [len(part) for part in parts] == [4, 2, 2]
