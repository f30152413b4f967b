"""The mailboxes in what somebody did, of people whose details they gave instead of picking them.

Whoever has that mailbox on the platform is looked up by it, so that nobody is taken for a stranger who is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.flows.paging import BETWEEN
from bot.ports import Heard, Pressed, Typed

MAILBOX = re.compile(r"[^\s,;<>@|]+@[^\s,;<>@|]+\.[^\s,;<>@|]+")
DETAILS, LONGEST_DETAILS = re.compile(r"[,;\n]"), 500
"""Somebody's details stand beside each other in one answer, which is short."""


def mailboxes(heard: Heard) -> Iterator[str]:
    """Those of people whose details are given: on their own, or in inputs beside one in which they could be picked."""
    match heard.what:
        case Pressed(given=given):
            for name, value in given.items():
                question, _, part = name.rpartition(BETWEEN)
                picked = given.get(f"{question}{BETWEEN}person" if question else "person")
                if (
                    part == "email"
                    and picked in ("", [])
                    and isinstance(value, str)
                    and MAILBOX.fullmatch(value.strip())
                ):
                    yield value.strip().casefold()
        case Typed(text=text) if len(text) <= LONGEST_DETAILS and DETAILS.search(text):
            if len(found := MAILBOX.findall(text)) == 1:
                yield found[0].casefold()
