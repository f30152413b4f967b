"""Time: from when, in which calendar and how long. The counting is in `deadlines`."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from bot.policy.parts import Days, Id, Part, Text

Anchor = Literal["initial_concern", "raised", "decision_received", "stage_entry"]
"""The day that a policy's clock runs from."""
Since = Literal[
    "clock", "initial_concern", "raised", "decision_received", "stage_entry", "previous_step", "notice_sent"
]
"""The day or moment that one limit runs from; `clock` is the policy's own anchor."""
StepId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*)?$", max_length=121)]
"""A stage, a clock of the same stage, or "<stage>/<clock>"."""
Unit = Literal["working_days", "days", "weeks", "hours", "same_working_day", "immediately"]


class Limit(Part):
    """What every kind of limit carries."""

    words: Text
    """The limit as it is printed, verbatim; or our words where nothing is printed."""
    or_sooner: bool = False
    """ "Or sooner if the child needs it": a shorter date is asked for whenever the stage is entered."""


class Cumulative(Limit):
    """So many working days from the policy's anchor, whenever the stage was entered (Herefordshire)."""

    rule: Literal["cumulative"]
    days: Days
    soft_days: Days | None = None
    """The first figure of a range such as 1-3: a target that nudges and is not a breach."""


class FurtherAndTotal(Limit):
    """The earlier of "further n" from entering the stage and a running total from the anchor (Sefton)."""

    rule: Literal["further_and_total"]
    further: Days
    total: Days


class Agreed(Limit):
    """A date that the parties agree, at most `cap` working days from entering the stage (Trafford)."""

    rule: Literal["agreed"]
    cap: Days


class PerStage(Limit):
    """So many working days from entering the stage."""

    rule: Literal["per_stage"]
    days: Days
    soft_days: Days | None = None


class NoClock(Limit):
    """The policy states no limit in days, or words only ("without delay"); the age is shown instead (Islands)."""

    rule: Literal["no_clock"]
    printed: bool = False
    """Whether `words` are the policy's own, such as "without delay": they are then said wherever a date would be."""


class Allowance(Part):
    """So long: 2 working days, 48 hours, 1 week, the same working day, at once."""

    amount: int = Field(default=0, ge=0, le=1000)
    """How many; 0 for `same_working_day` and `immediately`, which need none."""
    unit: Unit


class Within(Limit):
    """Any allowance from any day or moment: "within 48 hours (two working days) of the decision".

    Hours run through nights, weekends and bank holidays; where only the day is known, from its first minute. A limit
    of the same working day, or at once, ends with the day it runs from, or with the next working day if that is none.
    """

    rule: Literal["within"]
    allow: Allowance
    since: Since = "stage_entry"
    step: StepId | None = None
    """With `previous_step`: the stage or clock whose end is meant; without it the one before. A clock of another stage
    is named with its stage: "stage-1/reply"."""
    soft: Allowance | None = None
    """The first figure of a range, counted from the same moment."""
    as_well: Allowance | None = None
    """The second figure of a pair that is printed as equal: "48 hours (two working days)"."""
    wins: Literal["allow", "as_well", "earlier", "later"] = "allow"
    """Which figure of the pair counts where the two differ."""
    where_possible: bool = False
    """A target only ("where possible"): it nudges, and passing it is no breach."""


AnyLimit = Annotated[Cumulative | FurtherAndTotal | Agreed | PerStage | NoClock | Within, Field(discriminator="rule")]


class Closure(Part):
    """Days on which part of the area is closed although they are working days: a school holiday.

    The clock goes on; whoever is given a date that falls into it is warned.
    """

    name: Text
    first: date = Field(strict=False)
    last: date = Field(strict=False)


class Clock(Part):
    """From when, in which calendar and until which hour the days are counted."""

    anchor: Anchor
    calendar: Text
    """A file of `policies/calendars/` without its ending, for example england-and-wales."""
    zone: Text = "Europe/London"
    day_ends_at: str = Field(default="17:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    """A due date is due by this hour of the day; it is never late before that day is over. `check` says it."""
    limit_means: Literal["conclude", "reach", "respond"] = "conclude"
    approval_wait_days: Days = 2
    """Where a stage has no due date: after so many working days of silence the raiser may go on."""
    closures: list[Closure] = []


class StageClock(Part):
    """One of several clocks of a stage, with an owner of its own: acknowledge, reply, meet, write up."""

    id: Id
    label: Text
    """What is owed, in the policy's words: "Acknowledge the challenge in writing"."""
    owner: Literal["raising", "challenged", "partnership"]
    done_by: Literal["words_said", "acknowledged", "replied", "meeting", "written_up", "consulted", "informed"]
    """What has to be noted for it to be done."""
    limit: AnyLimit


class Priority(Part):
    """One answer to "how urgent is it": limits may depend on it ("24 hours if risk of harm")."""

    id: Id
    label: Text
    words: str = ""
    """When it applies, in the policy's words."""


class Priorities(Part):
    """How the policy asks how urgent a matter is."""

    question: Text
    agreed: bool = False
    """Whether both sides agree it: then it is asked who agreed."""
    of: list[Priority] = Field(min_length=2)
    """The first is assumed until somebody says otherwise."""


class PriorityLimit(Part):
    """The limit of a stage under one priority, instead of its own."""

    priority: Id
    limit: AnyLimit
