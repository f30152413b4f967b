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

from bot.chat.adaptive_cards_inputs import Unreadable, entry_elements, given, object_id
from bot.chat.adaptive_cards_text import (
    Element,
    fact_elements,
    heading,
    inert,
    link_elements,
    point_elements,
    word_elements,
)
from bot.chat.splitting import length
from bot.errors import Refused
from bot.messages import Button, Buttons, Divider, Entry, Facts, Heading, Links, Message, Part, Points, Words
from bot.ports import Pressed

__all__ = ["BYTES", "REFRESH", "Card", "Unreadable", "cards", "pressed", "size"]

Card = dict[str, Any]

BYTES = 24_000
"""So long is a card at most, as UTF-16. Some ways into Teams refuse one of 28 KB, and this leaves room around it."""
BUTTONS_A_ROW = 6
"""Teams hides the seventh."""
STYLES = {"primary": "positive", "danger": "destructive"}
REFRESH = "refresh"
"""What a card says that asks how it stands, without anybody having pressed anything."""
ACCOUNT, REFRESHED = "8:orgid:", 60
"""How Teams calls somebody by their Entra object id; so many can be named in a card."""
ALL_NEEDED = {"answer", "fill"}
"""These buttons only make sense once every input that is needed has been filled in."""
HELD_ABOVE = "What was given so far is too long to be changed in here. It stands above, and can be copied from there."


def cards(message: Message, *, platform: str = "", key: str = "") -> list[Card]:
    """Adaptive Cards for a message, in the order in which they are read: one, or several where one would be too long.

    `platform` is "teams:<tenant>" where person ids are "teams:<tenant>:<object id>": Teams is then given the object id,
    and a person of another platform is not preselected. `key` is the delivery's: every press tells it. Raises Refused
    for a message whose inputs do not fit into a card, and ValueError when two inputs or two buttons of it have the same
    id.
    """
    _check_ids(message)
    drawn = _drawn(message, platform, key)
    rest = next((n for n, element in enumerate(drawn) if element["type"].startswith("Input.")), len(drawn))
    if rest == len(drawn):
        rest = next((n for n, element in enumerate(drawn) if element["type"] == "ActionSet"), len(drawn))
    refresh = _refresh(message, platform, key)
    room = BYTES - size(_card(message, [], 99, 99) | refresh)
    if size(drawn[rest:]) > room:
        raise Refused("Its inputs do not fit into one card. It has to be asked in several.")
    bodies: list[list[Element]] = [[]]
    for part in [*([element] for element in drawn[:rest]), drawn[rest:]]:
        if bodies[-1] and size([*bodies[-1], *part]) > room:
            bodies.append([])
        bodies[-1] += part
    drawn_cards = [_card(message, body, n, len(bodies)) for n, body in enumerate(bodies, 1)]
    drawn_cards[-1] |= refresh
    return drawn_cards


def pressed(value: Mapping[str, Any], *, platform: str = "") -> Pressed:
    """What was pressed, and what the inputs hold: from `value.action` of an invoke, or the `value` of a submit.

    Raises Unreadable for whatever no card of ours would have sent. `platform` is as in `cards`.
    """
    data = value.get("data") if "verb" in value else value
    if not isinstance(data, Mapping):
        raise Unreadable("A press came without what its button carries; nothing was done.")
    action, about, key = (_own(data, name) for name in ("action", "value", "key"))
    if not action or value.get("verb", action) != action:
        raise Unreadable("A press came that does not say of which button; nothing was done.")
    asked = data.get("asked", [])
    if not isinstance(asked, list) or not all(isinstance(name, str) for name in asked):
        raise Unreadable("A press came that does not say which inputs stand beside it; nothing was done.")
    held = {name: each for name, each in data.items() if ":" in name}
    return Pressed(action, about, given(held, asked, platform), key)


def size(drawn: Any) -> int:
    """In bytes, as Teams counts: JSON as UTF-16."""
    return 2 * length(json.dumps(drawn, ensure_ascii=False, separators=(",", ":")))


def _own(data: Mapping[str, Any], name: str) -> str:
    found = data.get(name, "")
    if not isinstance(found, str):
        raise Unreadable(f"A press came with a {name} that is no text; nothing was done.")
    return found


def _check_ids(message: Message) -> None:
    ids = [part.id for part in message.parts if isinstance(part, Entry)]
    ids += [
        f"{each.action}:{each.value}" for part in message.parts if isinstance(part, Buttons) for each in part.buttons
    ]
    if twice := sorted({name for name in ids if ids.count(name) > 1}):
        names = ", ".join(twice)
        raise ValueError(f"Two inputs or buttons of one message have the same id: {names}. Give each its own.")


def _drawn(message: Message, platform: str, key: str) -> list[Element]:
    actions = {each.action for part in message.parts if isinstance(part, Buttons) for each in part.buttons}
    needed = bool(actions) and actions <= ALL_NEEDED
    drawn: list[Element] = []
    separated = False
    for part in message.parts:
        if isinstance(part, Divider):
            separated = True
            continue
        elements = _part(part, platform, needed)
        if separated and elements and drawn:
            elements[0] |= {"separator": True, "spacing": "Large"}
        separated = separated and not elements
        drawn += elements
    asked = [element["id"] for element in drawn if element["type"].startswith("Input.")]
    for element in drawn:
        for action in element.get("actions", ()):
            action["data"] |= {"key": key} | ({"asked": asked} if asked else {})
    return drawn


def _part(part: Part, platform: str, needed: bool) -> list[Element]:
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
            return entry_elements(part, platform, needed)
        case Buttons(buttons):
            return _buttons(buttons)
        case _:
            assert_never(part)


def _buttons(buttons: Sequence[Button]) -> list[Element]:
    rows = [buttons[n : n + BUTTONS_A_ROW] for n in range(0, len(buttons), BUTTONS_A_ROW)]
    return [{"type": "ActionSet", "actions": [_button(button) for button in row]} for row in rows]


def _button(button: Button) -> Element:
    drawn: Element = {
        "type": "Action.Execute",
        "title": inert(button.label),
        "verb": button.action,
        "data": {"action": button.action, "value": button.value},
    }
    return drawn | ({"style": STYLES[button.style]} if button.style in STYLES else {})


def _refresh(message: Message, platform: str, key: str) -> Card:
    """Whoever is asked is shown what stands there when they look: their Teams asks for it by itself."""
    asked = [id for person in message.asks if (id := object_id(person, platform))][:REFRESHED]
    about = next((each.value for part in message.parts if isinstance(part, Buttons) for each in part.buttons), "")
    if not (asked and platform and about):
        return {}
    data = {"action": REFRESH, "value": about, "key": key}
    action = {"type": "Action.Execute", "title": REFRESH, "verb": REFRESH, "data": data}
    return {"refresh": {"action": action, "userIds": [f"{ACCOUNT}{each}" for each in asked]}}


def _card(message: Message, body: Sequence[Element], n: int, of: int) -> Card:
    # Only the summary, in which nothing stands that somebody typed: nobody knows where clients show this.
    said = message.summary + (f" (part {n} of {of})" if of > 1 else "")
    return {"type": "AdaptiveCard", "version": "1.5", "speak": said, "fallbackText": said, "body": list(body)}
