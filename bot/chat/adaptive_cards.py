"""Draw a message as Adaptive Cards for Microsoft Teams, and read back what a person pressed and put into its inputs.

Rule 1: no markdown anywhere. Text goes where nothing typed becomes markup.
Rule 2: no word is lost. What is longer than a card may be is said in several, parted at paragraph or word ends.
Rule 3: everything that is needed to answer stands in the last card, as a press sends the inputs of its own card only.

Version 1.5: newer ones are not drawn by every client of Teams.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, assert_never

from bot.chat.adaptive_cards_inputs import emptied_elements, entry_elements, given, object_id, text_of
from bot.chat.adaptive_cards_text import (
    Element,
    fact_elements,
    heading,
    inert,
    link_elements,
    point_elements,
    rich,
    run,
    word_elements,
)
from bot.chat.bodies import Unreadable
from bot.chat.splitting import first_words, length
from bot.errors import Refused
from bot.messages import Button, Buttons, Divider, Entry, Facts, Heading, Links, Message, Part, Points, Words
from bot.ports import Pressed

__all__ = ["BYTES", "REFRESH", "Card", "cards", "pressed", "size"]

Card = dict[str, Any]

BYTES = 24_000
"""So long is a card at most, as UTF-16. Some ways into Teams refuse one of 28 KB, and this leaves room around it."""
BUTTONS_A_ROW = 6
"""Teams hides the seventh."""
BUTTON_LABEL = 30
ROW, AROUND_A_LABEL = 34, 4
"""In letters, as many as a phone of 320 pixels shows; around each label is as much room as these take."""
STYLES = {"primary": "positive", "danger": "destructive"}
REFRESH = "refresh"
"""What a card says that asks how it stands, without anybody having pressed anything."""
TOLD, ACCOUNT, REFRESHED = "29:", "8:orgid:", 60
"""How Teams calls somebody towards a bot, by which they are to be named; and by their Entra object id, which no page of
Microsoft's speaks of here, for those of whom the other is not told. So many can be named in a card."""
ALL_NEEDED = {"answer", "fill"}
"""These buttons only make sense once every input that is needed has been filled in."""
LONGEST_OWN = 2000
"""No button carries more in what it says of itself."""
LONG_TEXT = 200
"""A shorter text is left in its input, whatever else does not fit."""


def cards(message: Message, *, platform: str = "", key: str = "") -> list[Card]:
    """Adaptive Cards for a message, in the order in which they are read: one, or several where one would be too long.

    `platform` is "teams:<tenant>" where person ids are "teams:<tenant>:<object id>": Teams is then given the object id,
    and a person of another platform is not preselected. `key` is the delivery's: every press tells it. Raises Refused
    for a message whose inputs do not fit into a card, and ValueError when two inputs or two buttons of it have the same
    id.
    """
    _check_ids(message)
    refresh = _refresh(message, platform, key)
    room = BYTES - size(_card(message, [], 99, 99) | refresh)
    above: frozenset[str] = frozenset()
    drawn = _drawn(message, platform, key, above)
    while size(drawn[(first := _first(drawn, "Input.")) :]) > room and first < len(drawn):
        above |= {_longest_text(message, above)}
        drawn = _drawn(message, platform, key, above)
    if first == len(drawn) and size(drawn[_first(drawn, "ActionSet") :]) <= room:
        first = _first(drawn, "ActionSet")
    bodies: list[list[Element]] = [[]]
    left = room
    for part in filter(None, [*([element] for element in drawn[:first]), drawn[first:]]):
        taken = size(part)
        if bodies[-1] and taken > left:
            bodies.append([])
            left = room
        bodies[-1] += part
        left -= taken
    drawn_cards = [_card(message, body, n, len(bodies)) for n, body in enumerate(bodies, 1)]
    drawn_cards[-1] |= refresh
    return drawn_cards


def _first(drawn: Sequence[Element], kind: str) -> int:
    """Where the first element of a kind stands; behind the last one, if there is none."""
    return next((n for n, element in enumerate(drawn) if element["type"].startswith(kind)), len(drawn))


def _longest_text(message: Message, besides: frozenset[str]) -> str:
    """The id of the entry that holds the longest text; Refused if none holds a long one."""
    held = [(length(text_of(part)), part.id) for part in message.parts if isinstance(part, Entry) and not part.options]
    longest, name = max(((long, name) for long, name in held if name not in besides), default=(0, ""))
    if longest < LONG_TEXT:
        raise Refused("Its inputs do not fit into one card. It has to be asked in several.")
    return name


def pressed(value: Mapping[str, Any], *, platform: str = "") -> Pressed:
    """What was pressed, and what the inputs hold: from `value.action` of an invoke, or the `value` of a submit.

    Raises Unreadable for whatever no card of ours would have sent. `platform` is as in `cards`.
    """
    data = value.get("data") if isinstance(value, Mapping) and "verb" in value else value
    if not isinstance(data, Mapping):
        raise Unreadable("A press came without what its button carries; nothing was done.")
    action, about, key = (_own(data, name) for name in ("action", "value", "key"))
    if not action or value.get("verb", action) != action:
        raise Unreadable("A press came that does not say of which button; nothing was done.")
    asked = data.get("asked", [])
    if not isinstance(asked, list) or not all(isinstance(name, str) for name in asked):
        raise Unreadable("A press came that does not say which inputs stand beside it; nothing was done.")
    held = {name: each for name, each in data.items() if isinstance(name, str) and ":" in name}
    return Pressed(action, about, given(held, asked, platform), key)


def size(drawn: Any) -> int:
    """In bytes, as Teams counts: JSON as UTF-16."""
    return 2 * length(json.dumps(drawn, ensure_ascii=False, separators=(",", ":")))


def _own(data: Mapping[str, Any], name: str) -> str:
    found = data.get(name, "")
    if not isinstance(found, str) or len(found) > LONGEST_OWN or not found.isprintable():
        raise Unreadable(f"A press came with a {name} that no button has; nothing was done.")
    return found


def _check_ids(message: Message) -> None:
    ids = [part.id for part in message.parts if isinstance(part, Entry)]
    ids += [
        f"{each.action}:{each.value}" for part in message.parts if isinstance(part, Buttons) for each in part.buttons
    ]
    if twice := sorted({name for name in ids if ids.count(name) > 1}):
        names = ", ".join(twice)
        raise ValueError(f"Two inputs or buttons of one message have the same id: {names}. Give each its own.")


def _drawn(message: Message, platform: str, key: str, above: frozenset[str]) -> list[Element]:
    """All elements in order. `above` are the entries whose text stands above all inputs, to be copied from there."""
    actions = {each.action for part in message.parts if isinstance(part, Buttons) for each in part.buttons}
    needed = bool(actions) and actions <= ALL_NEEDED
    drawn: list[Element] = []
    separated = False
    for part in _with_texts(message.parts, above):
        if isinstance(part, Divider):
            separated = True
            continue
        elements = _part(part, platform, needed, above)
        if separated and elements and drawn:
            elements[0] |= {"separator": True, "spacing": "Large"}
        separated = separated and not elements
        drawn += elements
    asked = [element["id"] for element in drawn if element["type"].startswith("Input.")]
    for element in drawn:
        for action in element.get("actions", ()):
            action["data"] |= {"key": key} | ({"asked": asked} if asked else {})
    return drawn


def _with_texts(parts: Sequence[Part], above: frozenset[str]) -> tuple[Part, ...]:
    first = next((n for n, part in enumerate(parts) if isinstance(part, Entry)), len(parts))
    held = [part for part in parts if isinstance(part, Entry) and part.id in above]
    texts = [words for entry in held for words in (Words(entry.label, "strong"), Words(text_of(entry), "quote"))]
    return (*parts[:first], *texts, *parts[first:])


def _part(part: Part, platform: str, needed: bool, above: frozenset[str]) -> list[Element]:
    match part:
        case Heading(text):
            return heading(text)
        case Words(text, tone):
            return word_elements(text, tone)
        case Facts(rows):
            return fact_elements(rows)
        case Points(items, done):
            return point_elements(items, done)
        case Links(links):
            return link_elements(links)
        case Divider():
            return []
        case Entry():
            return emptied_elements(part) if part.id in above else entry_elements(part, platform, needed)
        case Buttons(buttons):
            return _buttons(buttons)
        case _:
            assert_never(part)


def _buttons(buttons: Sequence[Button]) -> list[Element]:
    """Rows that fit on a narrow screen, as Teams cuts off what does not; above them in full what is too long."""
    long = [button for button in buttons if length(button.label) > BUTTON_LABEL]
    # Numbered as choices are that may be typed instead: by their place among all of them.
    titles = {button: f"{n} · {button.label}" for n, button in enumerate(buttons, 1)} if len(long) > 1 else {}
    drawn = [rich([run(titles.get(button, button.label))], spacing="Small") for button in long]
    rows: list[list[Element]] = [[]]
    room = ROW
    for button in buttons:
        title = first_words(titles.get(button, button.label), BUTTON_LABEL)
        taken = length(title) + AROUND_A_LABEL
        if rows[-1] and (taken > room or len(rows[-1]) == BUTTONS_A_ROW):
            rows.append([])
            room = ROW
        rows[-1].append(_button(button, title))
        room -= taken
    return drawn + [
        {"type": "ActionSet", "actions": row} | ({"spacing": "Small"} if n else {}) for n, row in enumerate(rows) if row
    ]


def _button(button: Button, title: str) -> Element:
    drawn: Element = {
        "type": "Action.Execute",
        "title": inert(title),
        "verb": button.action,
        "data": {"action": button.action, "value": button.value},
    }
    drawn |= {"tooltip": inert(button.label)} if title != button.label else {}
    return drawn | ({"style": STYLES[button.style]} if button.style in STYLES else {})


def _refresh(message: Message, platform: str, key: str) -> Card:
    """Whoever is asked is shown what stands there when they look: their Teams asks for it by itself."""
    asked = [called for person in message.asks if (called := _called(person, platform))][:REFRESHED]
    about = next((each.value for part in message.parts if isinstance(part, Buttons) for each in part.buttons), "")
    if not (asked and platform and about):
        return {}
    data = {"action": REFRESH, "value": about, "key": key}
    action = {"type": "Action.Execute", "title": REFRESH, "verb": REFRESH, "data": data}
    return {"refresh": {"action": action, "userIds": asked}}


def _called(person: str, platform: str) -> str:
    if person.startswith(TOLD):
        return person
    found = object_id(person, platform)
    return f"{ACCOUNT}{found}" if found else ""


def _card(message: Message, body: Sequence[Element], n: int, of: int) -> Card:
    # Only the summary, in which nothing stands that somebody typed: nobody knows where clients show this.
    said = message.summary + (f" (part {n} of {of})" if of > 1 else "")
    return {"type": "AdaptiveCard", "version": "1.5", "speak": said, "fallbackText": said, "body": list(body)}
