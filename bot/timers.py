"""When something is to be looked at again: timers, the hours in which people are nudged, and recurring rules.

Rule 1: pure. Moments, zones and calendars arrive as arguments.
Rule 2: a timer says when to look. What is said then is decided then, from the record.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True)
class Timer:
    """Something that is to be looked at, at the aware moment `due`. One for each key.

    `owner` is whose timers are replaced together: the escalation's reference, "person/<id>" for drafts, "digest".
    `about` says what of it: "limit/stage-2", a conversation's id, a policy's id, a person's id; never content.
    `rule` is "" for once, or such as "monday 09:00" in `zone`.
    """

    key: str
    kind: Literal["nudge", "snoozed", "draft", "digest"]
    due: datetime
    owner: str
    about: str = ""
    rule: str = ""
    zone: str = ""
