"""The inputs of a message as elements of an Adaptive Card, and what they hold read back from what Teams sends.

An input's id is "<kind>:<entry id>". The kind says how its value is written: Teams sends a text for each, several boxes
as "one,two", and nothing at all for what was left empty.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal, assert_never

from bot.chat.adaptive_cards_text import Element, inert, is_markdown, pieces, rich, run, word_elements
from bot.chat.bodies import Unreadable
from bot.messages import Entry, Option

Kind = Literal["text", "new", "date", "one", "many", "person", "another"]
STAYS = {"new", "another"}
"""A text and a person that their inputs hold and cannot show: left empty, they hold it still."""

EXPANDED = 10
"""So many choices at most stand below each other; more are a list that opens."""
LONG_HELP = 120
"""Help longer than this does not stand in its choice, but above all of them."""
OPTIONAL = " (optional)"
HELD_ABOVE = "What was given so far stands above, as it is too long to be changed in here. What you give replaces it."
MISSING = "Please answer this first."
PEOPLE = {"type": "Data.Query", "dataset": "graph.microsoft.com/users"}
"""Teams' own list of the people of the organisation. The schema of Adaptive Cards does not know it; Teams tells of it
under "People Picker in Adaptive Cards", for chats of one person with a bot, and not surely for others. So it stands
nowhere else, and beside it whoever is meant can be named."""
OBJECT_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


# ── drawing ──────────────────────────────────────────────────────────────────────────────────────────────────


def entry_elements(entry: Entry, platform: str, needed: bool) -> list[Element]:
    """One entry: its input, and what helps with it. `needed`: nothing is sent while this is empty."""
    match entry.widget:
        case "line" | "paragraph" | "email":
            drawn = [_text_input(entry)]
        case "date":
            shown = text_of(entry)
            drawn = [_text_input(entry) if shown and not is_day(shown) else _input(entry, "date", "Input.Date", shown)]
        case "person":
            drawn = [_picker(entry, platform)]
        case "radio":
            drawn = _choices(entry, "one")
        case "checkboxes":
            drawn = _choices(entry, "many")
        case _:
            assert_never(entry.widget)
    if needed and not entry.optional and _is_empty_without(drawn[-1]):
        drawn[-1] |= {"isRequired": True, "errorMessage": MISSING}
    return drawn + [element | {"spacing": "Small"} for element in word_elements(entry.hint, "quiet")]


def emptied_elements(entry: Entry) -> list[Element]:
    """A text input whose text stands above, as it is too long. Left empty it is not given, so nothing is lost."""
    drawn = _input(entry, "new", "Input.Text", "") | {"isMultiline": True}
    return [drawn, *(rich([run(each, isSubtle=True)], spacing="Small") for each in (HELD_ABOVE, entry.hint) if each)]


def _input(entry: Entry, kind: Kind, element: str, value: str) -> Element:
    label = inert(entry.label + (OPTIONAL if entry.optional else ""))
    drawn: Element = {"type": element, "id": f"{kind}:{entry.id}", "label": label}
    return drawn | ({"value": value} if value else {})


def _is_empty_without(drawn: Element) -> bool:
    """Whether it is an input that holds nothing where nothing is put into it."""
    return drawn["type"].startswith("Input.") and not drawn["id"].startswith("another:")


def _picker(entry: Entry, platform: str) -> Element:
    held = text_of(entry)
    shown = object_id(held, platform)
    kind: Kind = "another" if held and not shown else "person"
    return _input(entry, kind, "Input.ChoiceSet", shown) | {"choices": [], "choices.data": dict(PEOPLE)}


def _text_input(entry: Entry) -> Element:
    text = text_of(entry)
    drawn = _input(entry, "text", "Input.Text", text)
    if entry.widget == "email" and not any(c.isspace() for c in text):
        return drawn | {"style": "Email"}
    # An input of one line would lose line ends.
    return drawn | ({"isMultiline": True} if entry.widget == "paragraph" or "\n" in text else {})


def _choices(entry: Entry, kind: Literal["one", "many"]) -> list[Element]:
    """The choices, below what says in full what cannot stand in them."""
    titles = [_title(option) for option in entry.options]
    compact = kind == "one" and (len(titles) > EXPANDED or any(map(is_markdown, titles)))
    apart = any(len(option.help) > LONG_HELP for option in entry.options) or (
        not compact and any(map(is_markdown, titles))
    )
    above: list[Element] = []
    if apart:
        above = [rich([run(entry.label, weight="Bolder")])]
        for n, option in enumerate(entry.options, 1):
            above += [rich([run(piece)], spacing="Small") for piece in pieces(f"{n} · {option.label}")]
            above += [rich([run(piece, isSubtle=True)], spacing="None") for piece in pieces(option.help)]
        titles = [f"{n} · {_bare(option.label)}" for n, option in enumerate(entry.options, 1)]
    choices = [
        {"title": inert(title), "value": _written(option.id)}
        for title, option in zip(titles, entry.options, strict=True)
    ]
    if not choices:
        return above
    chosen = (entry.initial,) if isinstance(entry.initial, str) else entry.initial
    value = ",".join(_written(option.id) for option in entry.options if option.id in chosen)
    style = "compact" if compact else "expanded"
    drawn = _input(entry, kind, "Input.ChoiceSet", value) | {"style": style, "wrap": True, "choices": choices}
    return [*above, drawn | ({"isMultiSelect": True} if kind == "many" else {})]


def _title(option: Option) -> str:
    """The label, and its help beside it, in one line."""
    return " ".join((f"{option.label} – {option.help}" if option.help.strip() else option.label).split())


def _bare(label: str) -> str:
    """The label without signs that some client may read as markdown; it is said in full above."""
    return " ".join(re.sub(r"[\\`*_\[\]<>~|{}&]|://|www\.", " ", label).split())


def text_of(entry: Entry) -> str:
    """The text that it holds at first."""
    return entry.initial if isinstance(entry.initial, str) else "\n".join(entry.initial)


def _written(option_id: str) -> str:
    """The id as a value: without a comma, which parts several of them."""
    return option_id.replace("%", "%25").replace(",", "%2C")


def object_id(person: str, platform: str) -> str:
    """How Teams knows them; "" for a person of another platform, who cannot be preselected."""
    if not platform:
        return person
    return person.removeprefix(f"{platform}:") if person.startswith(f"{platform}:") else ""


def is_day(text: str) -> bool:
    """Whether it is a day as Adaptive Cards write one."""
    try:
        return ISO_DAY.fullmatch(text) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False


# ── reading back ─────────────────────────────────────────────────────────────────────────────────────────────


def given(held: Mapping[str, Any], asked: Sequence[str], platform: str) -> dict[str, str | list[str]]:
    """What the entries hold, by their ids: the inverse of drawing them. Raises Unreadable.

    `held` are the values by the ids of the inputs, `asked` the ids of all inputs of the card: what is left empty is "",
    or [] where several may be chosen, and where it holds still what it could not show.
    """
    read: dict[str, str | list[str]] = {}
    for name in dict.fromkeys((*asked, *held)):
        kind, _, entry = name.partition(":")
        if entry in read:
            raise Unreadable("Two values came for one input; nothing was done.")
        value = _value(kind, held.get(name), platform)
        read[entry] = value or [] if kind in STAYS else value
    return read


def _value(kind: str, value: Any, platform: str) -> str | list[str]:
    value = "" if value is None else value
    if not isinstance(value, str):
        raise Unreadable("An input came with something else than text; nothing was done.")
    match kind:
        case "text" | "new":
            return value.replace("\r\n", "\n").replace("\r", "\n")
        case "date":
            if value and not is_day(value):
                raise Unreadable("A date came that is none; nothing was done.")
            return value
        case "one":
            return _read(value)
        case "many":
            return [_read(each) for each in value.split(",") if each]
        case "person" | "another":
            return _person(value, platform)
        case _:
            raise Unreadable("Something came for an input that no card has; nothing was done.")


def _read(value: str) -> str:
    return value.replace("%2C", ",").replace("%25", "%")


def _person(value: str, platform: str) -> str:
    if not value or not platform:
        return value
    if not OBJECT_ID.fullmatch(value.lower()):
        raise Unreadable("Somebody was picked who has no id that Teams gives; nothing was done.")
    return f"{platform}:{value.lower()}"
