"""What a message means, and whether every platform says the same: its sentences in their order, its inputs and what
they hold, and its buttons."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from bot.chat import adaptive_cards, block_kit
from bot.chat.adaptive_cards_inputs import text_of
from bot.messages import Buttons, Divider, Entry, Facts, Heading, Links, Message, Part, Points, Words
from tests.chat import reading_blocks, reading_cards
from tests.chat.any_message import squeezed
from tests.teams.checks import faults_of

Held = str | list[str]


@dataclass(frozen=True)
class Drawn:
    """A message as somebody reads it who has only the platform to look at."""

    text: str
    """Every word in the order in which it is read, without the spaces between them."""
    held: tuple[tuple[str, Held], ...]
    """What the inputs hold, by their ids, in order."""
    options: tuple[tuple[str, tuple[str, ...]], ...]
    """What can be chosen, by the ids of the inputs in which it can."""
    buttons: tuple[tuple[str, str, str], ...]
    """Label, action and value."""


def on_slack(message: Message) -> Drawn:
    blocks = block_kit.blocks(message, key="c1.4")
    elements = [block["element"] for block in blocks if block["type"] == "input"]
    pressed = [each for block in blocks if block["type"] == "actions" for each in block["elements"]]
    options: dict[str, tuple[str, ...]] = {}
    for element in elements:
        name = element["action_id"].split(":", 3)[3]
        groups = element.get("option_groups") or [element]
        found = tuple(option["value"] for group in groups for option in group.get("options", ()))
        options[name] = (*options.get(name, ()), *found)
    return Drawn(
        squeezed("".join(reading_blocks.visible(blocks))),
        tuple(block_kit.given(reading_blocks.state_of(blocks)).items()),
        tuple((name, values) for name, values in options.items() if values),
        tuple((each["text"]["text"], *block_kit.pressed(each["action_id"])) for each in pressed),
    )


def on_teams(message: Message) -> Drawn:
    cards = adaptive_cards.cards(message, key="c1.4")
    sent = reading_cards.presses(cards)
    held = reading_cards.held(cards)
    assert all(each.given == held and each.message == "c1.4" for each in sent)
    text = squeezed("".join(reading_cards.visible(cards)))
    above = {
        entry.id: entry.initial
        for entry in message.parts
        if isinstance(entry, Entry)
        and entry.widget != "checkboxes"
        and held.get(entry.id) == []
        and squeezed(text_of(entry)) in text
    }
    return Drawn(
        text,
        tuple((name, _plain((held | above)[name])) for name in reading_cards.names(cards)),
        tuple(reading_cards.options(cards)),
        tuple(
            (label, each.action, each.value)
            for label, each in zip(reading_cards.labels(cards), sent, strict=True)
        ),
    )  # fmt: skip


PLATFORMS: dict[str, Callable[[Message], Drawn]] = {"Slack": on_slack, "Teams": on_teams}


KNOWN: set[Part] = set()
"""Parts of messages that were found to be the same on every platform."""


def assert_the_same_everywhere(message: Message) -> None:
    """Every platform says it, and takes what it is drawn as. Looked at are the parts that were not looked at before."""
    new = replace(message, parts=tuple(part for part in message.parts if part not in KNOWN))
    if not new.parts:
        return
    for name in PLATFORMS:
        assert differences(new, name) == []
    assert [fault for card in adaptive_cards.cards(new) for fault in faults_of(card)] == []
    KNOWN.update(new.parts)


def differences(message: Message, platform: str, drawn: Drawn | None = None) -> list[str]:
    """What is not said there, or otherwise than the message means it. `drawn` is what is said; else it is drawn."""
    return [*_differences(message, drawn or PLATFORMS[platform](message))]


def _differences(message: Message, drawn: Drawn) -> Iterator[str]:
    place = 0
    for part in message.parts:
        ends = [place]
        for sentence in filter(None, map(squeezed, sentences(part))):
            found = drawn.text.find(sentence, place)
            if found < 0:
                yield f"not said, or not in its place: {sentence}"
            ends.append(found + len(sentence))
        place = max(ends)
    entries = [part for part in message.parts if isinstance(part, Entry)]
    if drawn.held != (held := tuple((entry.id, _held(entry)) for entry in entries)):
        yield f"the inputs hold {drawn.held}, and not {held}"
    options = tuple((entry.id, tuple(option.id for option in entry.options)) for entry in entries if entry.options)
    if drawn.options != options:
        yield f"to be chosen is {drawn.options}, and not {options}"
    buttons = [each for part in message.parts if isinstance(part, Buttons) for each in part.buttons]
    if drawn.buttons != (meant := tuple((each.label, each.action, each.value) for each in buttons)):
        yield f"the buttons are {drawn.buttons}, and not {meant}"


def sentences(part: Part) -> Sequence[str]:
    """Everything that has to be said of it; the words of an input in any order, all others in theirs."""
    match part:
        case Heading(text):
            return [text]
        case Words(text, tone):
            return [f"Important: {text}" if tone == "warning" else text]
        case Facts(rows):
            return [f"{label}{'' if label[-1] in '?:' else ':'} {value.strip() or '–'}" for label, value in rows]
        case Points(items, done):
            marks = [("Done: " if tick else "To do: ") for tick in done] or [""] * len(items)
            return [mark + item for mark, item in zip(marks, items, strict=True)]
        case Links(links):
            return [link.text + link.after for link in links]
        case Divider():
            return []
        case Entry(label=label, hint=hint, options=options):
            return [label, hint, *(text for option in options for text in (option.label, option.help))]
        case Buttons(buttons):
            return [button.label for button in buttons]


def _held(entry: Entry) -> Held:
    return list(entry.initial) if entry.widget == "checkboxes" else text_of(entry)


def _plain(given: str | Sequence[str]) -> Held:
    return given if isinstance(given, str) else list(given)
