"""What somebody did as JSON and back, so that it can be sealed until it is heard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from bot.ports import Command, Heard, Pressed, Typed

KINDS: Mapping[str, type[Command | Typed | Pressed]] = {kind.__name__: kind for kind in (Command, Typed, Pressed)}


def to_json(heard: Heard) -> dict[str, Any]:
    """As plain dicts, lists and text."""
    return {**asdict(heard), "kind": type(heard.what).__name__}


def from_json(stored: Mapping[str, Any]) -> Heard:
    """What `to_json` was given."""
    what = KINDS[stored["kind"]](**stored["what"])
    return Heard(stored["event"], stored["person"], what, stored["thread"])
