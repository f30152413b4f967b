"""In which hours people may be told what can wait: a policy's own, or those at home where there is none yet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from zoneinfo import ZoneInfo

from bot.calendars import Calendar
from bot.policy import Policy
from bot.policy.nudges import Nudges
from bot.timers import Hours

HOME, HOME_CALENDAR = "Europe/London", "england-and-wales"
"""Where days are counted as long as no policy says so."""
USUAL = Nudges()
"""As long as no policy says when people are nudged."""


def hours(policy: Policy | None, calendars: Mapping[str, Calendar]) -> Hours:
    """When people may be nudged under this policy; None: before it is known which."""
    nudges = policy.nudges if policy else USUAL
    zone = policy.clock.zone if policy else HOME
    calendar = calendars.get(policy.clock.calendar if policy else HOME_CALENDAR) or next(iter(calendars.values()))
    return Hours(time.fromisoformat(nudges.opens), time.fromisoformat(nudges.closes), ZoneInfo(zone), calendar)
