"""The history explains the record: played again from its first line, it gives the same record.

What a decision changed stands, with its value afterwards, in the line of history that explains it, under `RECORD`.
Free text is left out: it stands in the line itself, or in the document that was made of it.

Rule: which line may change which part of the record is said here, in one table. A change that no line explains is a
defect, and the tests look for one after every dialogue.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from bot.escalation import Entry, Escalation

Record = Mapping[str, Any]
"""The parts of an escalation that follow from its history, by name, as JSON."""
RECORD = "record"

ALL = frozenset({
    "policy", "policy_version", "language", "raiser", "raiser_agency", "challenged_agency", "subject", "ladder",
    "branches", "priority", "stage", "concern", "opened", "days", "entered", "entered_at", "agreed", "sooner", "status",
    "resolved_on", "resolved_at", "thread", "sent", "people", "kept", "notices", "clocks_met",
})  # fmt: skip
ENTERING = frozenset({"stage", "entered", "entered_at", "agreed", "sooner", "branches", "days", "people"})
"""What changes with every stage that is entered."""
CLOCKS = frozenset({"clocks_met"})

EXPLAINS: Mapping[str, frozenset[str]] = {
    "raised": ALL,
    "moved": ENTERING,
    "words said": CLOCKS,
    "acknowledged": CLOCKS,
    "replied": CLOCKS,
    "consulted": CLOCKS,
    "informed": CLOCKS,
    "meeting": CLOCKS,
    "written up": CLOCKS,
    "date agreed": frozenset({"agreed"}),
    "agreed date dropped": frozenset({"agreed"}),
    "date corrected": frozenset({"concern", "days", "entered", "entered_at", "agreed", "sooner", "clocks_met"}),
    "date made sooner": frozenset({"sooner"}),
    "shorter date taken back": frozenset({"sooner"}),
    "priority changed": frozenset({"priority"}),
    "people changed": frozenset({"people"}),
    "report kept": frozenset({"kept"}),
    "report confirmed": frozenset({"kept", "sent", "notices"}),
    "report not delivered": frozenset({"sent", "notices"}),
    "report posted": frozenset({"sent", "notices"}),
    "report came back": frozenset({"sent", "notices", "status"}),
    "delivery begun again": frozenset({"sent", "notices"}),
    "resolved": frozenset({"status", "resolved_on", "resolved_at"}),
    "closed": frozenset({"status"}),
    "withdrawn": frozenset({"status"}),
    "reopened": frozenset({"status", "sent", "kept", "resolved_on", "resolved_at"}),
    "passed on": frozenset({"raiser"}),
}
"""Which line of history may change which parts; every other line changes none."""


def recorded(escalation: Escalation) -> Record:
    """The record as it stands, in the parts that its history explains."""
    return {
        "policy": escalation.policy,
        "policy_version": escalation.policy_version,
        "language": escalation.language,
        "raiser": escalation.raiser,
        "raiser_agency": escalation.raiser_agency,
        "challenged_agency": escalation.challenged_agency,
        "subject": escalation.subject,
        "ladder": escalation.ladder,
        "branches": dict(escalation.branches),
        "priority": escalation.priority,
        "stage": escalation.stage,
        "concern": escalation.concern.isoformat(),
        "opened": _moment(escalation.opened),
        "days": _days(escalation.days),
        "entered": _days(escalation.entered),
        "entered_at": {stage: _moment(at) for stage, at in escalation.entered_at.items()},
        "agreed": _days(escalation.agreed),
        "sooner": _days(escalation.sooner),
        "status": escalation.status.value,
        "resolved_on": escalation.resolved_on.isoformat() if escalation.resolved_on else "",
        "resolved_at": escalation.resolved_at,
        "thread": escalation.thread,
        "sent": dict(escalation.sent),
        "people": _people(escalation),
        "kept": list(escalation.fields.get("kept") or ()),
        "notices": dict(escalation.fields.get("notices") or {}),
        "clocks_met": dict(escalation.fields.get("clocks_met") or {}),
    }


def _people(escalation: Escalation) -> dict[str, str]:
    """Who acts, by stage and side, by id; "" for somebody who is not here, whose name was typed."""
    named = ((name, who) for name, who in escalation.fields.items() if name.startswith("people.") and who)
    return {name.removeprefix("people."): who.get("person", "") for name, who in named}


def _days(days: Mapping[str, date]) -> dict[str, str]:
    return {name: on.isoformat() for name, on in days.items()}


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def explained(before: Escalation | None, after: Escalation, entries: Sequence[Entry]) -> list[Entry]:
    """The lines of one decision, each with what it explains of the change from `before`, None where it is new.

    What none of them explains stands with the last, so that nothing is missing when it is played again.
    """
    was: Record = recorded(before) if before else {}
    changes = {part: value for part, value in recorded(after).items() if part not in was or was[part] != value}
    lines = list(entries)
    if changes and not lines:
        raise ValueError(f"{after.reference} was changed ({', '.join(changes)}), and no line of history says so.")
    for place, entry in enumerate(lines):
        last = place == len(lines) - 1
        own = {part: value for part, value in changes.items() if last or part in EXPLAINS.get(entry.what, ())}
        changes = {part: value for part, value in changes.items() if part not in own}
        if own:
            lines[place] = replace(entry, details={**entry.details, RECORD: own})
    return lines


def replayed(history: Sequence[Entry]) -> Record:
    """The record that the history of one escalation comes to."""
    record: dict[str, Any] = {}
    for entry in history:
        record.update(entry.details.get(RECORD) or {})
    return record


def unexplained(history: Sequence[Entry]) -> list[str]:
    """Every change that stands with a line which does not explain it."""
    return [
        f"{entry.what}: {part}"
        for entry in history
        for part in entry.details.get(RECORD) or ()
        if part not in EXPLAINS.get(entry.what, ())
    ]


def is_explained(escalation: Escalation, history: Sequence[Entry]) -> bool:
    """Whether the record is what its history says.

    One that was begun before histories said how records begin cannot be told, and is not called wrong.
    """
    begun = [entry for entry in history if entry.what == "raised"]
    if begun and RECORD not in begun[0].details:
        return True
    return replayed(history) == recorded(escalation)
