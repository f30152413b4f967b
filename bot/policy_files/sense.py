"""Whether what a policy file says can be meant: its parts fit together, and nothing is impossible.

Works on the plain data and passes over what has the wrong shape, so that all faults are found at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from bot.policy_files.climbing import climbing_faults
from bot.policy_files.counting import counting_faults
from bot.policy_files.form_fields import field_faults
from bot.policy_files.lengths import length_faults
from bot.policy_files.nudging import nudging_faults
from bot.policy_files.outline import Outline, once
from bot.policy_files.parts import Part
from bot.policy_files.reading import Fault, Place, Tree
from bot.policy_files.references import reference_faults
from bot.policy_files.sending import email_faults, sending_faults

DAYS = {"effective_from", "made_on", "checked_on", "first", "last"}
"""Keys that hold a day."""


def sense_faults(tree: Tree, calendars: Path, today: date | None) -> list[Fault]:
    """Everything that cannot be meant. `calendars` is the folder of the calendar files.

    Without `today` no day is called too late, and no calendar too short. A name that is not there is told once, with
    all its lines: after one change of an id it stands in many.
    """
    told: dict[str, list[Fault]] = {}
    for fault in _sense_faults(Outline.of(tree), calendars, today):
        once_told = fault.text if fault.text.startswith("there is no ") else f"{fault.path} {fault.text}"
        told.setdefault(once_told, []).append(fault)
    return [_with_lines(faults) for faults in told.values()]


def _with_lines(faults: list[Fault]) -> Fault:
    first, *others = sorted(faults, key=lambda fault: fault.line)
    if lines := sorted({other.line for other in others} - {first.line}):
        also = f" It stands in line{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines))} too."
        return first._replace(text=first.text + also)
    return first


def _sense_faults(outline: Outline, calendars: Path, today: date | None) -> Iterator[Fault]:
    tree, policy = outline.tree, outline.policy
    yield from _blanks(tree, tree.data, ())
    yield from _days(tree, tree.data, ())
    yield from _days_of_checking(tree, policy, today)
    yield from reference_faults(outline)
    yield from climbing_faults(outline)
    yield from counting_faults(outline, calendars, today)
    yield from field_faults(outline)
    yield from sending_faults(outline)
    yield from length_faults(outline)
    yield from nudging_faults(outline)
    yield from _boundaries(tree, policy)
    yield from _directory(tree, policy)


def _blanks(tree: Tree, value: Any, path: Place) -> Iterator[Fault]:
    if isinstance(value, str):
        # What is invisible is as good as blank: no-break and zero-width spaces too.
        if value and not any(c.isprintable() and not c.isspace() for c in value):
            text = "the text has only blanks. Write the words, or remove the key if it may be left out."
            yield tree.fault(path, text)
        elif value == "" and path[-1:] == ("label",):
            yield tree.fault(path, "the label is empty. Write the words as they are printed.")
    elif isinstance(value, dict):
        for key, below in value.items():
            yield from _blanks(tree, below, (*path, key))
    elif isinstance(value, list):
        for place, below in enumerate(value):
            yield from _blanks(tree, below, (*path, place))


def _days(tree: Tree, value: Any, path: Place) -> Iterator[Fault]:
    """Days are written in one way only: 86400 and 2026-03-27T00:00:00 would be taken for days as well."""
    if isinstance(value, dict):
        for key, below in value.items():
            yield from _days(tree, below, (*path, key))
    elif isinstance(value, list):
        for place, below in enumerate(value):
            yield from _days(tree, below, (*path, place))
    elif path[-1] in DAYS and _is_taken_for_a_day(value):
        text = f"found “{tree.sources.get(path, value)}” where a day is expected. Write it like 2026-03-27."
        yield tree.fault(path, text)


def _is_taken_for_a_day(value: Any) -> bool:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value % 86400 == 0
    return isinstance(value, str) and bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}[T _]0.*|[\d.]+", value))


def _days_of_checking(tree: Tree, policy: Part, today: date | None) -> Iterator[Fault]:
    # Not made_on: a file must not become wrong because a computer's clock is.
    for part in (policy.part("provenance"), *policy.parts("directory")):
        day = part.day("checked_on")
        if today and day and day > today:
            text = f"{day} is still to come: today is {today}. Write the day on which it was done."
            yield tree.fault((*part.path, "checked_on"), text)


def _boundaries(tree: Tree, policy: Part) -> Iterator[Fault]:
    boundaries = policy.parts("boundaries")
    yield from once(tree, [one for one in boundaries if one.text("kind") != "other"], "boundary", "kind")
    yield from once(tree, boundaries, "boundary", "label")
    within = policy.part("scope").text("within_agency")
    for boundary in boundaries:
        may_go_on = boundary.data.get("may_go_on") is not False
        if boundary.text("kind") == "other" and not boundary.data.get("label"):
            text = "it does not say how this matter is offered. Add the key “label”."
            yield tree.fault((*boundary.path, "kind"), text)
        elif boundary.text("kind") == "same_agency" and within == "not_allowed" and may_go_on:
            text = "scope forbids escalating within one agency, but here it is allowed. Write may_go_on: false."
            yield tree.fault((*boundary.path, "kind"), text)
        elif boundary.text("kind") == "same_agency" and within == "allowed" and not may_go_on:
            text = "scope allows escalating within one agency, but here it may not. Change one of them."
            yield tree.fault((*boundary.path, "may_go_on"), text)


def _directory(tree: Tree, policy: Part) -> Iterator[Fault]:
    first: dict[tuple[str, str], int] = {}
    for point in policy.parts("directory"):
        yield from email_faults(tree, point)
        if not (point.text("email") or point.text("phone")):
            yield tree.fault(point.path, "nobody can be reached: it has no email and no phone. Give one of them.")
        agency = " ".join(point.text("agency").casefold().split())
        for stage in [name for _, name in point.texts("stages")] or [""]:
            at = f"at {stage}" if stage else "at every stage"
            if agency and (agency, stage) in first:
                text = f"line {first[agency, stage]} says already how this agency is reached {at}. Keep one of them."
                yield tree.fault((*point.path, "agency"), text)
            first.setdefault((agency, stage), tree.line((*point.path, "agency")))
