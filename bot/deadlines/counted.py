"""What a limit comes to, and the shorter date that people may set instead."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from bot.dates import in_words
from bot.deadlines.asked import Asked
from bot.deadlines.spans import End
from bot.deadlines.telling import said
from bot.policy import NoClock


@dataclass(frozen=True)
class Counted:
    """`used` is every date of the computation that a bank holiday could move. `since` is the day it runs from."""

    rule: str
    used: tuple[date, ...] = ()
    soft: End | None = None
    due: End | None = None
    behind: int = 0
    since: date | None = None
    waits_for: str = ""
    shorter: bool = False


def with_sooner(asked: Asked, counted: Counted) -> Counted:
    """The shorter date that was set for this child, where it is one; the limit stays the latest."""
    day = asked.sooner
    if day is None:
        return counted
    limit, chosen = counted.due, in_words(day)
    if limit and End(day).over(asked.zone) >= limit.over(asked.zone):
        words = f"{chosen} was set for this child, but this is the latest that the policy allows."
        return replace(counted, rule=f"{counted.rule} {words}" if day != limit.day else counted.rule)
    latest = f"; the policy’s latest is {said(limit)}" if limit else ""
    shorter = "date" if isinstance(asked.limit, NoClock) else "shorter date"
    any_day = bool(limit and limit.any_day)
    soft = counted.soft if counted.soft and counted.soft.over(asked.zone) < End(day).over(asked.zone) else None
    return replace(
        counted,
        rule=f"{counted.rule} A {shorter} was set for this child: {chosen}{latest}.",
        used=(*counted.used, day),
        soft=soft,
        due=End(day, any_day=any_day),
        shorter=True,
    )
