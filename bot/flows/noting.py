"""Noting what happened: acknowledged, replied or not, a lead consulted, a meeting, a call, filed on the record.

The other side is usually not in this chat, so everything works from one side: the raiser notes what they did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.escalation import Status
from bot.fields import Answer, Day, Line, Paragraph
from bot.flows.context import Asking, Context, ask, choose
from bot.flows.conversation import Question
from bot.flows.moved_on import it_moved_on, moved_on
from bot.messages import Points

DAY, LINE, TEXT = Day(), Line(), Paragraph()
NOTES: Mapping[str, Mapping[str, Answer]] = {
    "acknowledged": {"on": DAY, "who": LINE},
    "replied": {"on": DAY, "who": LINE, "text": TEXT},
    "no_reply": {"on": DAY},
    "consulted": {"on": DAY, "who": LINE},
    "informed": {"on": DAY, "who": LINE},
    "meeting": {"on": DAY, "who": LINE, "text": TEXT},
    "call": {"on": DAY, "who": LINE, "text": TEXT},
    "filed": {"on": DAY, "agency": LINE},
}
"""What can be noted, and what is asked about each."""


AFTERWARDS = ("filed", "meeting", "call")
"""What can still be noted when it has ended."""


@dataclass(frozen=True)
class Note:
    """One thing that happened. `details` holds on (ISO date) and, by kind, who, text, agency."""

    reference: str
    what: str
    details: Mapping[str, str]


def note(c: Context) -> Asking:
    """Returns Note or NothingToDo."""
    if moved_on(c):
        return it_moved_on(c)
    ended = c.escalation.status is not Status.OPEN
    offered = {what: c.words(f"note.{what}") for what in (AFTERWARDS if ended else NOTES)}
    heading = c.words("note.title", reference=c.escalation.reference)
    duties = c.policy_of(c.escalation).stage(c.escalation.stage).to_do
    before = (Points(tuple(duties)),) if duties else ()
    what = yield from choose("what", c.words("note.ask"), offered, before=before, heading=heading, private=False)
    details: dict[str, Any] = {}
    for name, kind in NOTES[what].items():
        question = Question(
            f"{what}.{name}",
            c.words(f"note.{what}_{name}"),
            kind,
            heading=c.words(f"note.{what}"),
            prefill=_proposed(c, what, name),
            private=name in {"text"},
        )
        details[name] = yield from ask(question)
    return Note(c.escalation.reference, what, details)


def _proposed(c: Context, what: str, name: str) -> str | None:
    """Today; the person recorded for the other side; one's own agency."""
    if name == "on":
        return None if what == "no_reply" else c.today.isoformat()
    if name == "who" and what in {"acknowledged", "replied", "call"}:
        return c.escalation.person(c.escalation.stage, "challenged").get("name") or None
    return c.escalation.raiser_agency if name == "agency" else None
