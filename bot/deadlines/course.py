"""What the dates of one escalation follow from, and what they come to: the course, the deadline, the clock within."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, Protocol

Standing = Literal["on time", "soft passed", "due today", "late", "no date"]


@dataclass(frozen=True)
class Course:
    """Everything about one escalation that its dates follow from; days by stage id, unless it says otherwise.

    `concern` is the day that the policy's clock runs from. `entered_at` are moments, for limits in hours. `days` are
    other anchors by name ("decision_received"). `notices` are the days on which a stage's form was sent; where the
    two were sent it on different days, by "<stage>/challenged" and "<stage>/partnership". `done` are the days on which
    clocks within a stage were met, by "<stage>/<clock>". A date agreed, or a shorter one, for a
    clock stands in `agreed` and `sooner` under the same name.
    """

    concern: date
    entered: Mapping[str, date] = field(default_factory=dict)
    agreed: Mapping[str, date] = field(default_factory=dict)
    sooner: Mapping[str, date] = field(default_factory=dict)
    entered_at: Mapping[str, datetime] = field(default_factory=dict)
    days: Mapping[str, date] = field(default_factory=dict)
    notices: Mapping[str, date] = field(default_factory=dict)
    done: Mapping[str, date] = field(default_factory=dict)

    def noticed(self, stage: str, receiver: str) -> date | None:
        """The day on which they were sent the stage's form; None where they were not, or it came back."""
        return self.notices.get(f"{stage}/{receiver}", self.notices.get(stage))


class Dated(Protocol):
    """Whatever has a target and a last day; what each part means is said at `Deadline`."""

    @property
    def soft(self) -> date | None: ...
    @property
    def soft_at(self) -> datetime | None: ...
    @property
    def due(self) -> date | None: ...
    @property
    def due_at(self) -> datetime | None: ...
    @property
    def any_day(self) -> bool: ...
    @property
    def counted_from(self) -> date | None: ...


@dataclass(frozen=True)
class Deadline:
    """When one stage is due.

    `soft` is a target, which nudges and is no breach; `due` is the last day. `due` is None where the policy sets a
    target only, and both are where no date can be told: there is no clock, or the day it is counted from is not
    known. `behind` is by how many working days the running total had passed when the stage began. `provisional`: a
    bank holiday not yet known may move a date. `rule` is the computation in words. `entered` is the day the stage
    began, or, if `forecast`, the day it would begin if the stage before it took all its time.
    """

    stage: str
    label: str
    soft: date | None
    due: date | None
    behind: int
    provisional: bool
    rule: str
    entered: date | None
    forecast: bool
    soft_at: datetime | None = None
    due_at: datetime | None = None
    """The moment, in the policy's zone, where the limit is in hours; `due` is the day on which or with which it ends:
    24 hours from the first minute of Monday end at 00:00 on Tuesday, and the day is Monday."""
    any_day: bool = False
    """Whether the due day is meant as it falls, working day or not: limits in hours, calendar days and weeks."""
    counted_from: date | None = None
    """The day from which the limit runs; None where there is no clock or the day is not known."""
    waits_for: str = ""
    """What has to happen before anything is counted: "the notice is sent"; "" where nothing has."""
    shorter: bool = False
    """Whether `due` is the shorter date that was set for this child."""
    optional: bool = False
    """Whether the policy leaves it open if the stage is entered at all; forecasts for others do as if it were not."""
    printed: str = ""
    """The policy's words where it prints words only, such as "without delay", and no number."""
    warnings: tuple[str, ...] = ()
    """A sentence for each local closure that the last day, or every working day until it, falls into."""

    @property
    def passed_over(self) -> bool:
        """Whether the escalation went on to a later stage without this one."""
        return self.entered is None and not self.forecast


@dataclass(frozen=True)
class ClockDue:
    """When one clock within a stage is due. What it shares with `Deadline` means the same.

    `owner`: "raising", "challenged" or "partnership". `done_by` is what has to be noted for it to be done, and
    `done_on` the day on which it was.
    """

    stage: str
    clock: str
    label: str
    owner: str
    done_by: str
    soft: date | None
    due: date | None
    provisional: bool
    rule: str
    forecast: bool
    behind: int = 0
    done_on: date | None = None
    soft_at: datetime | None = None
    due_at: datetime | None = None
    any_day: bool = False
    counted_from: date | None = None
    waits_for: str = ""
    shorter: bool = False
    printed: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Its name in `Course.done`, `agreed` and `sooner`."""
        return f"{self.stage}/{self.clock}"
