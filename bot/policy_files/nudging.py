"""Whether people can be reminded as a policy file says: by day, and within hours that are open at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import time

from bot.policy import HOUR, Digest, Nudges, keys_of
from bot.policy_files.outline import Outline
from bot.policy_files.parts import Part
from bot.policy_files.reading import Fault

NUDGED = (time(7), time(20))
POSTED = (time(6), time(20))
"""The hours outside which nobody is reminded, and no digest is posted: in the night, whatever the clocks do."""


def nudging_faults(outline: Outline) -> Iterator[Fault]:
    """Every hour that cannot be meant."""
    nudges, digest = outline.policy.part("nudges"), outline.policy.part("digest")
    opens, closes = _hour(nudges, Nudges, "from"), _hour(nudges, Nudges, "until")
    for key in ("from", "until"):
        yield from _in_the_night(outline, nudges, key, NUDGED, "nobody is reminded in the night")
    yield from _in_the_night(outline, digest, "at", POSTED, "no digest is posted in the night")
    if opens and closes and opens >= closes:
        key, other = ("until", "from") if "until" in nudges.data else ("from", "until")
        text = (
            f"people are reminded from {opens:%H:%M} until {closes:%H:%M}, so never. Write “from” as the earlier hour"
        )
        left_out = "" if other in nudges.data else f"; without “{other}” it is {_default(Nudges, other)}"
        yield outline.tree.fault((*nudges.path, key), f"{text}{left_out}.")


def _in_the_night(outline: Outline, part: Part, key: str, day: tuple[time, time], why: str) -> Iterator[Fault]:
    hour = _hour(part, Digest if key == "at" else Nudges, key)
    if hour and not day[0] <= hour <= day[1]:
        text = f"found {hour:%H:%M}, but {why}. Write an hour from {day[0]:%H:%M} to {day[1]:%H:%M}, in quotes."
        yield outline.tree.fault((*part.path, key), text)


def _hour(part: Part, model: type[Nudges | Digest], key: str) -> time | None:
    """The hour that stands there, or the one that holds without it; None, if it has another shape."""
    hour = part.text(key) if key in part.data else _default(model, key)
    return time.fromisoformat(hour) if re.fullmatch(HOUR, hour, re.ASCII) else None


def _default(model: type[Nudges | Digest], key: str) -> str:
    return str(keys_of(model)[key].default)
