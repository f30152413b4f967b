"""The policies and calendars: whether they can be read, and for how long dates can be counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from bot import policy_files
from bot.calendars import Calendar, load_folder
from bot.doctor.findings import Finding, ok, wrong
from bot.errors import ConfigError, PolicyError
from bot.policies import Policies
from bot.policy_files.counting import A_YEAR

POLICIES, CALENDARS = "policies", "calendars"


def read(folder: Path, found: list[Finding]) -> tuple[Policies, Mapping[str, Calendar]] | None:
    """All of them, and in `found` whether something is wrong with them; None where they cannot be used."""
    try:
        calendars = load_folder(folder / "calendars")
    except ConfigError as error:
        found.append(wrong(CALENDARS, str(error)))
        return None
    try:
        policies = policy_files.load_folder(folder)
    except PolicyError as error:
        first, *more = error.faults
        others = f" There are {len(more)} more." if more else ""
        found.append(wrong(POLICIES, f"{first}{others}", "escalation-bot check lists every fault."))
        return None
    found.append(ok(POLICIES, f"{len(policies.versions())} in {folder} can be read: {', '.join(policies)}."))
    return policies, calendars


def horizon(policies: Policies, calendars: Mapping[str, Calendar], today: date) -> Iterator[Finding]:
    """An escalation that begins today has to be counted to its end."""
    used: dict[str, list[str]] = {}
    for policy_id, policy in policies.items():
        used.setdefault(policy.clock.calendar, []).append(policy_id)
    for name, ids in sorted(used.items()):
        sure_to = calendars[name].sure_to
        about = f"{CALENDARS}, {name}"
        says = f"Bank holidays are known until {sure_to.day} {sure_to:%B %Y}, for {', '.join(ids)}"
        if sure_to < today + A_YEAR:
            remedy = f"Add the newer ones to the calendar {name}.json, and move its sure_to."
            yield wrong(about, f"{says}: dates after that may be wrong, and that is less than a year away.", remedy)
        else:
            yield ok(about, f"{says}.")
