"""Nudges: who is to be reminded of what and when, decided from the record, and the words of it.

Rule 1: pure. A timer says when to look; what is said then is decided then, so nothing is said of a stage that was left.
Rule 2: after a time in which nobody looked, each thing is said once, as it stands now.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from bot.escalation import Escalation
from bot.flows.context import Context
from bot.flows.nudges.nudge import Kind, Nudge
from bot.flows.nudges.owed import at, owed
from bot.flows.nudges.reading import late_by, readers
from bot.flows.nudges.telling import message
from bot.messages import Message
from bot.timers import Timer

__all__ = [
    "Kind", "Nudge", "at", "come_by", "late_by", "message", "next_about_words", "owed", "plan", "readers",
    "rearmed", "said", "shown", "timers_of", "to_say",
]  # fmt: skip


class Wanted(Protocol):
    """What is known of a delivery whose words are made when it is carried out."""

    @property
    def kind(self) -> str: ...
    @property
    def about(self) -> Mapping[str, Any]: ...


def plan(c: Context, escalation: Escalation, now: datetime) -> list[Timer]:
    """Every nudge that the record owes, each at its next moment strictly after now."""
    return timers_of(escalation, owed(at(c, escalation, now), escalation), now)


def timers_of(escalation: Escalation, nudges: Sequence[Nudge], now: datetime) -> list[Timer]:
    """For each of these that has a moment ahead."""
    reference = escalation.reference
    ahead = {nudge.name: nudge.schedule.after(now) for nudge in nudges}
    return [Timer(f"nudge/{reference}/{name}", "nudge", due, reference, name) for name, due in ahead.items() if due]


def rearmed(
    before: Sequence[Timer], planned: Sequence[Timer], still_owed: Collection[str], now: datetime
) -> list[Timer]:
    """What is to be armed for an escalation: what is planned, but one whose moment has come and that has not fired
    stays as it is while its nudge is still owed. Timers of other kinds are left alone."""
    others = [timer for timer in before if timer.kind != "nudge"]
    come = {timer.key: timer for timer in before if timer.kind == "nudge" and timer.due <= now}
    kept = {key: timer for key, timer in come.items() if timer.about in still_owed}
    return [*others, *kept.values(), *(timer for timer in planned if timer.key not in kept)]


def to_say(c: Context, escalation: Escalation, timers: Sequence[Timer], now: datetime) -> list[Nudge]:
    """Which of these timers, whose moments have come, have something to say now: each thing once."""
    due = {timer.about: timer.due for timer in timers if timer.kind == "nudge"}
    nudges = owed(at(c, escalation, now), escalation)
    return _besides_targets([each for each in nudges if each.name in due and each.schedule.last(due[each.name], now)])


def come_by(c: Context, escalation: Escalation, now: datetime) -> list[Nudge]:
    """Everything that is owed and has been said, or was to be, by now: for whoever wanted to be reminded later."""
    return _besides_targets([each for each in owed(at(c, escalation, now), escalation) if each.schedule.has_begun(now)])


def _besides_targets(told: Sequence[Nudge]) -> list[Nudge]:
    """Where the limit itself is told of, its target is past."""
    limited = {each.about for each in told if each.kind == "limit"}
    return [each for each in told if each.kind != "target" or each.about not in limited]


def said(c: Context, escalation: Escalation, due: Wanted) -> Message | None:
    """The words of a delivery of ours, as the record stands at this moment; None where they are not wanted any more.

    An edit is wanted wherever the message stands, also where its reader would not be told anew.
    """
    if c.now is None:
        raise LookupError("What is said depends on the moment.")
    now, reader = c.now, str(due.about.get("reader") or "")
    c = at(c, escalation, now)
    nudges = [each for each in owed(c, escalation) if each.name in due.about["nudges"]]
    if due.kind == "edit":
        return message(c, escalation, nudges, reader, changed=True)
    nudges = [each for each in nudges if each.schedule.has_begun(now)]
    if reader:
        nudges = list(readers(c, escalation, nudges).get(reader, ()))
    return message(c, escalation, nudges, reader)


def shown(c: Context, escalation: Escalation) -> dict[str, str]:
    """By nudge: the date that it shows and that may be changed."""
    return {nudge.name: nudge.shown for nudge in owed(c, escalation)}


def next_about_words(c: Context, escalation: Escalation, now: datetime) -> datetime | None:
    """When the raiser is next asked whether the words that make it unmistakable were said; None: never."""
    about = (each for each in owed(at(c, escalation, now), escalation) if each.is_about_words)
    come = [moment for each in about if (moment := each.schedule.after(now))]
    quiet = c.snoozes.get(escalation.raiser, now)
    return max(min(come), quiet) if come else None
