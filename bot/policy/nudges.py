"""When people are reminded of what they owe, and when the partnership's channel gets its weekly digest.

Rule 1: days are working days of the policy's calendar, hours are those of the clock's zone; 0 days means never.
Rule 2: a reminder changes no date. What is owed, by whom and by when, the limits say.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from bot.policy.parts import Part

HOUR = r"^([01]\d|2[0-3]):[0-5]\d$"
Hour = Annotated[str, Field(pattern=HOUR)]
"""HH:MM, with 24 hours. Which hours are allowed, `policy_files/nudging` says."""
NudgeDays = Annotated[int, Field(ge=0, le=60)]
"""After (or before) so many working days; 0 is never."""
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday"]


class Nudges(Part):
    """When people are reminded: on working days between these hours only. On a last day itself they always are.

    What is still open after these days is reminded of again after as many; after two weeks, once a week at most.
    """

    opens: Hour = Field(default="09:00", alias="from")
    """`from` in the file, which is a word of Python."""
    closes: Hour = Field(default="17:00", alias="until")
    before_days: NudgeDays = 1
    """So long before a last day or a target its owner is reminded."""
    late_every_days: NudgeDays = 1
    """Once it is late: again after so many."""
    words_days: NudgeDays = 1
    """Nobody has noted that the words were said which make it unmistakable."""
    no_date_days: NudgeDays = 2
    """No date was agreed yet, or none was set at a stage for which the policy has none."""
    no_reply_days: NudgeDays = 2
    """No reply was noted since the words were said."""
    form_days: NudgeDays = 1
    """A form is due and was not sent."""
    acknowledged_days: NudgeDays = 5
    """The form was sent, and the partnership has not acknowledged it."""
    file_days: NudgeDays = 5
    """It is to be filed on the child's record, at a stage or when it has ended, and nobody has noted that it was."""
    draft_days: NudgeDays = 1
    """A conversation was put aside, or left in the middle."""


class Digest(Part):
    """When the weekly digest is posted in the channel; where that day is no working day, on the next one."""

    day: Weekday = "monday"
    at: Hour = "09:00"

    @property
    def rule(self) -> str:
        """As timers that recur are kept: monday 09:00."""
        return f"{self.day} {self.at}"
