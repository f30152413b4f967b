"""Draw a message as Slack's Block Kit, and read back what a person pressed and put into its inputs.

Rule 1: no mrkdwn anywhere. Text goes into plain_text or rich_text, where nothing typed becomes markup.
Rule 2: no word is lost. What is longer than Slack allows is split at paragraph or word ends, never cut.
Rule 3: lengths are counted in UTF-16 units, as browsers do; Slack does not say how it counts, and this is
the strictest way.

Limits: docs.slack.dev/reference/block-kit, as in the types of @slack/types 3.2.0.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from typing import assert_never

from bot.chat.block_kit_inputs import emptied_blocks, entry_blocks, given
from bot.chat.block_kit_text import (
    Block,
    fact_blocks,
    heading,
    link_blocks,
    merged,
    plain,
    point_blocks,
    section,
    slack_id,
    word_blocks,
)
from bot.chat.splitting import first_words, length
from bot.errors import Refused
from bot.messages import Button, Buttons, Divider, Entry, Facts, Heading, Links, Message, Part, Points, Words

__all__ = ["BLOCKS", "Block", "blocks", "given", "pressed", "shown_by"]

BLOCKS = 50
"""Slack refuses a message with more blocks."""
BUTTON_LABEL, BUTTONS_A_ROW = 75, 25


def blocks(
    message: Message, *, platform: str = "", key: str = "", most: int = BLOCKS, emptied: Collection[str] = ()
) -> list[Block]:
    """Slack's blocks for a message, in order, at most so many: paragraphs share blocks where they must.

    `platform` is "slack:T012…" where person ids are "slack:T012…:U012…": Slack is then given "U012…", and a person of
    another platform is not preselected. `key` is the delivery's: every press tells it. `emptied` are the entries whose
    text is not shown: left empty, they hold it still. Raises PolicyError for an id of the policy that Slack cannot
    carry, Refused for a message that needs more blocks than Slack takes, such as one with dozens of inputs, and
    ValueError when two inputs or two buttons of one message have the same id.
    """
    mark = _mark(message)
    drawn = [block for part in message.parts for block in _part(part, mark, platform, emptied)]
    ids = [element["action_id"] for block in drawn for element in _elements(block)]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        names = ", ".join(twice)
        raise ValueError(f"Two inputs or buttons of one message have the same id: {names}. Give each its own.")
    if len(drawn) > most:
        drawn = merged(drawn)
    if len(drawn) > most:
        raise Refused(
            f"It has {len(drawn)} parts, and one message can have {most} at most. It has to be said in several."
        )
    if key:
        for number, block in enumerate(drawn):
            if block["type"] == "actions":
                block["block_id"] = slack_id(f"{number}:{key}")
    return drawn


def pressed(action_id: str) -> tuple[str, str]:
    """(action, value) of a pressed button, from its action_id."""
    action, _, value = action_id.partition(":")
    return action, value


def shown_by(block_id: str) -> str:
    """The key of the delivery that showed a pressed button, from the id of its block; "" if it does not say."""
    return block_id.partition(":")[2]


def _part(part: Part, mark: str, platform: str, emptied: Collection[str]) -> list[Block]:
    match part:
        case Heading(text):
            return heading(text)
        case Words(text, tone):
            return word_blocks(text, tone)
        case Facts(rows):
            return fact_blocks(rows)
        case Points(items, done):
            return point_blocks(items, done)
        case Links(links):
            return link_blocks(links)
        case Divider():
            return [{"type": "divider"}]
        case Entry():
            return emptied_blocks(part, mark) if part.id in emptied else entry_blocks(part, mark, platform)
        case Buttons(buttons):
            return _buttons(buttons)
        case _:
            assert_never(part)


def _buttons(buttons: Sequence[Button]) -> list[Block]:
    above = [b for button in buttons if length(button.label) > BUTTON_LABEL for b in section(button.label)]
    rows = [buttons[n : n + BUTTONS_A_ROW] for n in range(0, len(buttons), BUTTONS_A_ROW)]
    return above + [{"type": "actions", "elements": [_button(button) for button in row]} for row in rows]


def _button(button: Button) -> Block:
    drawn: Block = {
        "type": "button",
        "text": plain(first_words(button.label, BUTTON_LABEL)),
        "action_id": slack_id(f"{button.action}:{button.value}"),
    }
    if button.value:
        drawn["value"] = button.value
    if button.style != "plain":
        drawn["style"] = button.style
    return drawn


def _mark(message: Message) -> str:
    """Eight letters that change with what is asked; every input's block_id begins with them.

    Slack keeps what was typed in an edited message where the block_id stays the same. With this it is kept
    while the same question is asked again, and it does not stand in the next question's input.
    """
    asked: list[object] = [message.summary]
    asked += [part for part in message.parts if isinstance(part, Heading | Entry)]
    return hashlib.blake2b(repr(asked).encode("utf-8", "replace"), digest_size=4).hexdigest()


def _elements(block: Block) -> list[Block]:
    """The inputs and buttons of a block: what has an action_id."""
    if block["type"] == "input":
        return [block["element"]]
    return list(block["elements"]) if block["type"] == "actions" else []
