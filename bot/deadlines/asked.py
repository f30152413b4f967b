"""What a limit is counted with: one stage, or one clock within it, at one point of one escalation's course."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.calendars import Calendar
from bot.dates import in_words
from bot.deadlines.course import Course, Deadline
from bot.policy import AnyLimit, Cumulative, Policy, Stage, StageClock, Within

MEANS = {
    "conclude": "Resolve it or move on by {end}.",
    "reach": "This stage is to be reached by {end}.",
    "respond": "A response is owed by {end}.",
}
"""What the limit of a stage asks for, by the policy's `limit_means`."""
CLOCK_MEANS = "It is to be done by {end}."
DAY_ENDS, HOUR_ENDS = "the end of the day it is due", "the hour it is due"


@dataclass(frozen=True)
class Asked:
    """`policy` is as it holds for the escalation. `reached` is the lowest stage entered from this one on.

    `entry` is the day the stage began, or is forecast to begin where nothing is `reached`; `entry_at` the moment.
    `before` are the deadlines of the stages below.
    """

    policy: Policy
    stage: Stage
    course: Course
    calendar: Calendar
    entry: date | None
    entry_at: datetime | None = None
    reached: Stage | None = None
    before: Mapping[str, Deadline] = field(default_factory=dict)
    clock: StageClock | None = None

    @property
    def limit(self) -> AnyLimit:
        return self.clock.limit if self.clock else self.stage.limit

    @property
    def key(self) -> str:
        """Under which dates that people set for it are kept."""
        return f"{self.stage.id}/{self.clock.id}" if self.clock else self.stage.id

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.policy.clock.zone)

    @property
    def concern(self) -> date:
        return self.course.concern

    @property
    def agreed(self) -> date | None:
        return self.course.agreed.get(self.key)

    @property
    def sooner(self) -> date | None:
        """The shorter date set for this child; none counts for a stage that was passed over."""
        passed_over = self.entry is None and self.reached is not None
        return None if passed_over else self.course.sooner.get(self.key)

    @property
    def printed(self) -> str:
        return f"“{self.limit.words}”:"

    @property
    def no_date(self) -> str:
        """Said where nothing can be counted, unless people set a date themselves."""
        return "" if self.sooner else ", so no date is given"

    def means(self, end: str = DAY_ENDS) -> str:
        meant: str = self.policy.clock.limit_means
        if meant == "reach" and ends_it(self.policy, self.limit):
            meant = "conclude"
        return (CLOCK_MEANS if self.clock else MEANS[meant]).format(end=end)

    @property
    def why_concern(self) -> str:
        return self.policy.vocabulary.concern_date

    @property
    def since_concern(self) -> str:
        return f"{in_words(self.concern)} ({self.why_concern})"

    @property
    def why_entry(self) -> str:
        return f"when {self.stage.label} {'began' if self.reached else 'is forecast to begin'}"

    def since(self, entry: date) -> str:
        return f"{in_words(entry)} ({self.why_entry})"


def moment_of(stage_id: str, course: Course, zone: ZoneInfo) -> datetime | None:
    """The moment at which a stage was entered, in the policy's zone; None where it is not that of the day entered."""
    at = course.entered_at.get(stage_id)
    here = at.astimezone(zone) if at else None
    return here if here and here.date() == course.entered.get(stage_id) else None


def ends_it(policy: Policy, limit: AnyLimit) -> bool:
    """Whether a limit is counted from entering its own stage, so that it can only say by when the stage ends."""
    if isinstance(limit, Within):
        of_clock = limit.since == "clock" and policy.clock.anchor == "stage_entry"
        return limit.since == "stage_entry" or of_clock
    return not isinstance(limit, Cumulative)
