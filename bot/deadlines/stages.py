"""When each stage of a ladder is due, as it went and as it is forecast to go on; and the clocks within a stage."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from bot.calendars import Calendar
from bot.deadlines.asked import Asked, ends_it, moment_of
from bot.deadlines.closures import warnings_of
from bot.deadlines.counted import Counted
from bot.deadlines.course import ClockDue, Course, Deadline
from bot.deadlines.limits import counted
from bot.deadlines.telling import sentence, unsure
from bot.policy import AnyLimit, NoClock, Policy, StageClock

REACHED = "The stage has been reached in the sense of the policy, which sets no day by which it ends."


def deadline(policy: Policy, stage_id: str, course: Course, calendar: Calendar) -> Deadline:
    """When this stage of the ladder is due; see `timetable`. KeyError if the ladder has no such stage."""
    return _walked(policy, course, calendar)[stage_id][1]


def owed(policy: Policy, stage_id: str, course: Course, calendar: Calendar) -> Deadline:
    """What is owed while an escalation stands at this stage: its own limit.

    Where limits say by when a stage is to be reached (`limit_means: reach`), one that is counted from before the stage
    has done its work once the stage is entered; the next stage's is owed then. One counted from entering it still ends
    it. Of several the earliest is owed, and a shorter date for this child always.
    """
    own = deadline(policy, stage_id, course, calendar)
    if policy.clock.limit_means != "reach":
        return own
    after = policy.after(stage_id)
    following = deadline(policy, after.id, course, calendar) if after and not ends_it(policy, after.limit) else None
    sooner = course.sooner.get(stage_id)
    if sooner is not None:
        own = replace(own, soft=None, due=sooner, soft_at=None, due_at=None)
    elif not ends_it(policy, policy.stage(stage_id).limit):
        own = replace(own, soft=None, due=None, soft_at=None, due_at=None, waits_for="", warnings=(), rule=REACHED)
    both = [one for one in (own, following) if one is not None and one.due is not None]
    return min(both, key=lambda one: one.due or date.max, default=following or own)


def timetable(policy: Policy, course: Course, calendar: Calendar) -> list[Deadline]:
    """When each stage of the ladder is due, lowest first.

    `policy` is as it holds for this escalation (`Policy.taken`). A stage not yet entered is forecast to begin when the
    one before it is due, as if optional ones were not used. The first begins on `concern` where nothing else is said;
    another that was passed over (only a later one is entered) has no beginning.
    """
    return [one for _, one in _walked(policy, course, calendar).values()]


def clocks(policy: Policy, stage_id: str, course: Course, calendar: Calendar) -> list[ClockDue]:
    """When each clock within this stage is due, in the policy's order; [] where it has none. KeyError as `deadline`."""
    asked, stage = _walked(policy, course, calendar)[stage_id]
    return [_clock(replace(asked, clock=clock), clock, stage) for clock in asked.stage.clocks]


def _walked(policy: Policy, course: Course, calendar: Calendar) -> dict[str, tuple[Asked, Deadline]]:
    walked: dict[str, tuple[Asked, Deadline]] = {}
    below: Deadline | None = None
    for stage in policy.ladder:
        made = {name: one for name, (_, one) in walked.items()}
        asked = _asked(Asked(policy, stage, course, calendar, entry=None, before=made), below)
        one = _deadline(asked, below)
        walked[stage.id] = asked, one
        if not (one.forecast and stage.optional):
            below = one
    return walked


def _asked(asked: Asked, below: Deadline | None) -> Asked:
    """With the day on which the stage begins, and the moment where it is known."""
    course, stage, ladder = asked.course, asked.stage, asked.policy.ladder
    reached = next((each for each in ladder[ladder.index(stage) :] if each.id in course.entered), None)
    first = course.concern if below is None else None
    if reached is None:
        entry, at = (first, None) if below is None else (below.due, below.due_at)
    else:
        entry, at = course.entered.get(stage.id, None if stage.optional else first), None
        at = moment_of(stage.id, course, asked.zone)
    return replace(asked, entry=entry, entry_at=at, reached=reached)


def _deadline(asked: Asked, below: Deadline | None) -> Deadline:
    found, stage = counted(asked), asked.stage
    provisional = _provisional(asked, found, below)
    made = Deadline(
        stage=stage.id,
        label=stage.label,
        soft=found.soft.day if found.soft else None,
        due=found.due.day if found.due else None,
        behind=found.behind,
        provisional=provisional,
        rule=_rule(asked, found, provisional),
        entered=asked.entry,
        forecast=asked.reached is None,
        soft_at=found.soft.at if found.soft else None,
        due_at=found.due.at if found.due else None,
        any_day=_any_day(found),
        counted_from=found.since,
        waits_for=found.waits_for,
        shorter=found.shorter,
        optional=bool(stage.optional),
        printed=_printed(stage.limit),
    )
    return replace(made, warnings=warnings_of(asked.policy, made, asked.calendar))


def _clock(asked: Asked, clock: StageClock, stage: Deadline) -> ClockDue:
    found = counted(asked)
    provisional = _provisional(asked, found, stage)
    made = ClockDue(
        stage=stage.stage,
        clock=clock.id,
        label=clock.label,
        owner=clock.owner,
        done_by=clock.done_by,
        soft=found.soft.day if found.soft else None,
        due=found.due.day if found.due else None,
        provisional=provisional,
        rule=_rule(asked, found, provisional),
        forecast=stage.forecast,
        behind=found.behind,
        done_on=asked.course.done.get(asked.key),
        soft_at=found.soft.at if found.soft else None,
        due_at=found.due.at if found.due else None,
        any_day=_any_day(found),
        counted_from=found.since,
        waits_for=found.waits_for,
        shorter=found.shorter,
        printed=_printed(clock.limit),
    )
    return replace(made, warnings=warnings_of(asked.policy, made, asked.calendar))


def _any_day(found: Counted) -> bool:
    end = found.due or found.soft
    return end is not None and end.any_day


def _printed(limit: AnyLimit) -> str:
    return limit.words if isinstance(limit, NoClock) and limit.printed else ""


def _provisional(asked: Asked, found: Counted, below: Deadline | None) -> bool:
    """Whether a bank holiday not yet known may move a date: one of this stage, or the one it is forecast from."""
    unsure_entry = asked.reached is None and below is not None and below.provisional and found.since == asked.entry
    return bool(found.due or found.soft) and (unsure_entry or not all(map(asked.calendar.is_sure, found.used)))


def _rule(asked: Asked, found: Counted, provisional: bool) -> str:
    optional = asked.stage.optional if asked.reached is None and asked.clock is None else ""
    parts = [
        found.rule,
        sentence(f"This stage is optional: “{optional}”") if optional else "",
        unsure(asked.calendar) if provisional else "",
    ]
    return " ".join(part for part in parts if part)
