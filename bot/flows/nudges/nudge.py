"""One thing that is owed, and what of the record it follows from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Literal

from bot.deadlines import ClockDue, Deadline
from bot.escalation import Approval, Escalation, Status
from bot.flows.context import Context
from bot.flows.hours import hours
from bot.flows.nudges.schedule import Schedule, repeated
from bot.flows.reasons import Owner, latest_request, open_clocks, owner_of
from bot.forms_due import Filling
from bot.policy import Policy
from bot.timers import Hours

A_MONTH = 20
"""Working days. What has ended is reminded of for so long: somebody who has moved on is not asked about it for ever."""

Kind = Literal[
    "limit", "target", "answer", "free", "no_date", "waits", "words", "no_reply", "promised", "form", "acknowledged",
    "file",
]  # fmt: skip
"""In the order in which they are said. `free`: from when the raiser may go on without an answer; `promised`: by when
the other side said that it would reply."""


@dataclass(frozen=True)
class Nudge:
    """One thing that is owed. `about` says which: a stage, a clock ("stage-2/reply"), a part of a form; never content.

    `dated` is the limit that it comes from, `since` the day that caused it, `asked` the request, `filling` the form.
    """

    kind: Kind
    about: str
    schedule: Schedule
    owner: Owner
    dated: Deadline | ClockDue | None = None
    since: date | None = None
    asked: Approval | None = None
    filling: Filling | None = None

    @property
    def name(self) -> str:
        """As timers and deliveries know it: "limit/stage-2"."""
        return f"{self.kind}/{self.about}"

    @property
    def is_about_words(self) -> bool:
        """Whether it is dealt with by saying that this is an escalation."""
        return self.kind == "words" or (isinstance(self.dated, ClockDue) and self.dated.done_by == "words_said")

    def is_last(self, now: datetime) -> bool:
        """Whether nobody is reminded of it any more, although it is still owed."""
        return self.kind in {"acknowledged", "file"} and self.schedule.is_last(now)

    @property
    def shown(self) -> str:
        """The date that people read in it and that may be put right, to be compared; "" where it shows none."""
        match self.kind, self.dated:
            case "target", Deadline() | ClockDue() as dated:
                return f"{dated.soft} {dated.soft_at or ''}".strip()
            case "limit" | "no_date", Deadline() | ClockDue() as dated:
                return f"{dated.due} {dated.due_at or ''}".strip()
            case (("free" | "words" | "promised" | "form"), _):
                return str(self.since or "")
            case _:
                return ""


@dataclass(frozen=True)
class Looked:
    """The record, and what follows from it for several kinds."""

    c: Context
    escalation: Escalation

    @cached_property
    def policy(self) -> Policy:
        return self.c.policy_of(self.escalation)

    @cached_property
    def hours(self) -> Hours:
        return hours(self.policy, self.c.calendars)

    @cached_property
    def dated(self) -> list[Deadline | ClockDue]:
        """The stage's own limit, and every clock of it that is open."""
        return [self.c.deadline_of(self.escalation), *open_clocks(self.c, self.escalation)]

    @cached_property
    def entered(self) -> date:
        """The day on which the present stage began."""
        return self.escalation.entered.get(self.escalation.stage, self.raised)

    @cached_property
    def raised(self) -> date:
        return self.escalation.opened.astimezone(self.hours.zone).date()

    @cached_property
    def last_update(self) -> date:
        """The last day on which anybody noted that something had happened."""
        updates = self.escalation.fields.get("updates") or ()
        return max((date.fromisoformat(update["on"]) for update in updates), default=date.min)

    @cached_property
    def begun(self) -> date:
        """The day since which people are reminded of what is owed now, however old the dates of it are."""
        again = self.escalation.fields.get("reopened_on") or self.raised.isoformat()
        return max(self.raised, self.entered, date.fromisoformat(again), self.ended or self.raised)

    @cached_property
    def asked(self) -> Approval | None:
        return latest_request(self.c, self.policy, self.escalation)

    @cached_property
    def raiser(self) -> Owner:
        raiser = self.escalation.raiser
        if raiser in self.c.people:
            return Owner("raising", (raiser,), self.c.words("face.raiser"))
        return Owner("raising", (), self.c.words("nudge.whoever"))

    def owner_of(self, dated: Deadline | ClockDue) -> Owner:
        return owner_of(self.c, self.policy, self.escalation, dated)

    def about(self, dated: Deadline | ClockDue) -> str:
        """The present stage, also where the limit that it owes is the next one's; or the clock within it."""
        return dated.key if isinstance(dated, ClockDue) else self.escalation.stage

    @cached_property
    def ended(self) -> date | None:
        """The day on which it was noted that it has ended; None while it is open, or where that is not known."""
        escalation, noted = self.escalation, self.escalation.fields.get("resolution_noted_on")
        if escalation.status is Status.OPEN:
            return None
        return escalation.withdrawn_on or (date.fromisoformat(noted) if noted else escalation.resolved_on)

    def after(self, since: date, days: int, until: date | None = None) -> Schedule:
        return repeated(self.hours, since, days, self.begun, until)

    def for_a_month_after(self, since: date, days: int) -> Schedule:
        """The same, but for a month only once it has ended."""
        if self.ended is None:
            return self.after(since, days)
        return self.after(since, days, self.hours.calendar.add(max(since, self.ended), max(A_MONTH, days)))
