"""What is longer than Slack takes in one message, said in several. No word is cut.

Slack refuses a message whose blocks are too long together (msg_blocks_too_long), and says nowhere how long that is. By
what others have measured, it begins at some 24 500 bytes of JSON where most of it is rich text; issues 2509 and 2867 of
slackapi/bolt-js tell of it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

from bot.chat.block_kit import Block
from bot.chat.splitting import length
from bot.messages import Entry, Message

BYTES = 20_000
LONG = 200
"""A shorter text is left in its input, whatever else does not fit."""
ESCAPED = {"&": 4, "<": 3, ">": 3}
"""How much longer they become: Slack keeps "&amp;"."""


def in_several(drawn: Sequence[Block], most: int = BYTES) -> list[list[Block]]:
    """The same blocks in the same order, in as few messages as they need.

    The first input and all that follows it stay together, as they are sent together; so the last message may be too
    long all the same.
    """
    if size(drawn) <= most:
        return [list(drawn)]
    first = next((n for n, block in enumerate(drawn) if block["type"] == "input"), len(drawn))
    messages: list[list[Block]] = [[]]
    for part in [[block] for block in drawn[:first]] + [list(drawn[first:])]:
        if messages[-1] and size([*messages[-1], *part]) > most:
            messages.append([])
        messages[-1] += part
    return messages


def longest_text(message: Message, besides: Collection[str] = ()) -> str:
    """The id of the entry that holds the longest text; "" where none holds a long one."""
    held = [
        (length(part.initial), part.id)
        for part in message.parts
        if isinstance(part, Entry) and isinstance(part.initial, str) and not part.options and part.widget != "person"
    ]
    return max(((long, name) for long, name in held if long >= LONG and name not in besides), default=(0, ""))[1]


def size(drawn: Sequence[Block]) -> int:
    """In bytes, as Slack may count it."""
    written = json.dumps(drawn, ensure_ascii=False, separators=(",", ":"))
    return len(written.encode("utf-8", "replace")) + sum(written.count(sign) * more for sign, more in ESCAPED.items())
