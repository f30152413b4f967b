"""What a platform tells, as it comes: nothing of it is trusted to be as the platform would tell it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.errors import EscalationBotError

Body = Mapping[str, Any]


class Unreadable(EscalationBotError):
    """No platform, and no message of ours, would have sent this: nothing was done."""


def part(body: Body, name: str) -> Body:
    """What stands there; {} if nothing does. Raises Unreadable if it is something else."""
    found = body.get(name) or {}
    if not isinstance(found, Mapping):
        raise Unreadable(f"What was sent has a {name!r} that cannot be read; nothing was done.")
    return found


def optional(body: Body, *names: str) -> str:
    """The text that stands there; "" if none does."""
    for name in names[:-1]:
        body = part(body, name)
    found = body.get(names[-1])
    return found if isinstance(found, str) else ""


def text(body: Body, *names: str) -> str:
    """The text that stands there. Raises Unreadable where there is none."""
    if found := optional(body, *names):
        return found
    raise Unreadable(f"What was sent has no {'.'.join(names)!r}; nothing was done.")
