"""The day or moment that a limit runs from, or what it waits for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, assert_never

from bot.deadlines.asked import Asked, moment_of
from bot.deadlines.spans import Start
from bot.policy import Policy, Stage, Within

Named = Literal["initial_concern", "raised", "decision_received"]

DAYS: Mapping[Named, str] = {
    "initial_concern": "the day of the initial concern",
    "raised": "the day on which it was raised",
    "decision_received": "the day on which the decision was received",
}
WHY: Mapping[Named, str] = {
    "initial_concern": "the day of the initial concern",
    "raised": "when it was raised",
    "decision_received": "when the decision was received",
}
NOT_RECORDED: Mapping[Named, str] = {name: f"{day} is recorded" for name, day in DAYS.items()}


@dataclass(frozen=True)
class Waits:
    """The day is not known yet. `until` completes "nothing is counted until …", `said` the sentence of the rule."""

    until: str
    said: str


def start_of(asked: Asked, limit: Within) -> Start | Waits:
    """From when the limit runs. The policy's own anchor may itself be the entering of each stage."""
    since = limit.since
    if since == "clock":
        if asked.policy.clock.anchor != "stage_entry":
            return _concern(asked)
        since = "stage_entry"
    match since:
        case "initial_concern" | "raised" | "decision_received":
            return _named(asked, since)
        case "stage_entry":
            return _entry(asked)
        case "previous_step":
            return _previous(asked, limit.step)
        case "notice_sent":
            return _notice(asked)
        case _:
            assert_never(since)


def _concern(asked: Asked) -> Start:
    raised = _raised(asked) if asked.policy.clock.anchor == "raised" else None
    same = raised is not None and raised.day == asked.concern
    return Start(asked.concern, raised.at if raised and same else None, asked.why_concern)


def _named(asked: Asked, name: Named) -> Start | Waits:
    given = asked.course.days.get(name)
    if given is None and asked.policy.clock.anchor == name:
        return _concern(asked)
    if name == "raised":
        raised = _raised(asked)
        return raised if given in {None, raised.day} else Start(given, None, WHY[name])
    if given is None:
        return Waits(NOT_RECORDED[name], f"counted from {DAYS[name]}, which is not recorded yet")
    return Start(given, None, WHY[name])


def _raised(asked: Asked) -> Start:
    """An escalation is raised by entering its first stage; before that, it is forecast to be on the clock's day."""
    first = next((stage.id for stage in asked.policy.ladder if stage.id in asked.course.entered), None)
    if first is None:
        return Start(asked.concern, None, "when it is forecast to be raised", forecast=True)
    return Start(asked.course.entered[first], moment_of(first, asked.course, asked.zone), WHY["raised"])


def _entry(asked: Asked) -> Start | Waits:
    if asked.entry is None:
        return not_begun_yet(asked)
    return Start(asked.entry, asked.entry_at, asked.why_entry, forecast=asked.reached is None)


def not_begun_yet(asked: Asked) -> Waits:
    """The stage has no day on which it begins."""
    why = "it is not known when it begins"
    if asked.reached:
        why = f"the escalation went on to {asked.reached.label} without it"
    return Waits(f"{asked.stage.label} begins", f"counted from the day {asked.stage.label} begins, but {why}")


def _notice(asked: Asked) -> Start | Waits:
    """The day on which whoever has to act was sent the stage's notice; where it has none of its own, the one of the
    last stage before. How papers are read there is said in `bot.notices`."""
    stages = [asked.stage, *([] if _has_own_notice(asked) else reversed(_before(asked)))]
    for stage in stages:
        if day := asked.course.noticed(stage.id, _has_to_act(asked)):
            return Start(day, None, f"when the notice of {stage.label} was sent")
    return _not_yet("the notice is sent")


def _has_to_act(asked: Asked) -> str:
    """Whose receipt starts the clock: those whom it binds, or whom the raiser is to reach at this stage."""
    if asked.clock and asked.clock.owner != "raising":
        return asked.clock.owner
    return "partnership" if asked.stage.kind == "partnership" else "challenged"


def _before(asked: Asked) -> list[Stage]:
    ladder = asked.policy.ladder
    return ladder[: next((place for place, stage in enumerate(ladder) if stage.id == asked.stage.id), 0)]


def _has_own_notice(asked: Asked) -> bool:
    """Whether a form that is kept for each stage is sent on entering this one."""
    own = (form for form in asked.policy.forms if form.one_per == "stage")
    due = (moment.due for form in own for moment in form.moments if moment.send and moment.due)
    ladder = [stage.id for stage in asked.policy.ladder]
    return any(trigger.on == "entering" and asked.stage.id in trigger.among(ladder) for trigger in due)


def _not_yet(until: str) -> Waits:
    return Waits(until, f"counted from the day on which {until}, which has not happened yet")


# ── the step before ──────────────────────────────────────────────────────────────────────────────────────


def _previous(asked: Asked, step: str | None) -> Start | Waits:
    if step is None:
        return _clock_or_stage_before(asked)
    stage_id, slash, clock_id = step.partition("/")
    if slash:
        return _clock_done(asked, stage_id, clock_id)
    if step in {clock.id for clock in asked.stage.clocks}:
        return _clock_done(asked, asked.stage.id, step)
    stage = _on_ladder(asked.policy, step)
    return _ended(asked, stage) if stage else _elsewhere(step)


def _clock_or_stage_before(asked: Asked) -> Start | Waits:
    if asked.clock:
        ids = [clock.id for clock in asked.stage.clocks]
        place = ids.index(asked.clock.id)
        if place:
            return _clock_done(asked, asked.stage.id, ids[place - 1])
    before = _stage_before(asked)
    return _ended(asked, before) if before else _entry(asked)


def _stage_before(asked: Asked) -> Stage | None:
    """The stage below that was entered, or is always entered."""
    ladder = asked.policy.ladder
    below = ladder[: ladder.index(asked.stage)]
    return next((each for each in reversed(below) if not each.optional or each.id in asked.course.entered), None)


def _on_ladder(policy: Policy, stage_id: str) -> Stage | None:
    return next((stage for stage in policy.ladder if stage.id == stage_id), None)


def _clock_done(asked: Asked, stage_id: str, clock_id: str) -> Start | Waits:
    stage = _on_ladder(asked.policy, stage_id)
    clock = next((each for each in stage.clocks if each.id == clock_id), None) if stage else None
    if clock is None:
        return _elsewhere(f"{stage_id}/{clock_id}")
    day = asked.course.done.get(f"{stage_id}/{clock_id}")
    if day is None:
        return _not_yet(f"this is done: “{clock.label}”")
    return Start(day, None, f"when this was done: “{clock.label}”")


def _ended(asked: Asked, stage: Stage) -> Start | Waits:
    """A stage ends when a later one is entered; one still to end is forecast to do so when it is due."""
    course = asked.course
    later = [each.id for each in asked.policy.above(stage.id) if each.id in course.entered]
    if later:
        day = min(course.entered[each] for each in later)
        moments = (moment_of(each, course, asked.zone) for each in later if course.entered[each] == day)
        return Start(day, next((at for at in moments if at), None), f"when {stage.label} ended")
    deadline = asked.before.get(stage.id)
    if deadline is None or deadline.due is None:
        return _not_yet(f"{stage.label} ends")
    return Start(deadline.due, deadline.due_at, f"when {stage.label} is forecast to end", forecast=True)


def _elsewhere(step: str) -> Waits:
    """A step of another ladder, or none: `check` finds the second."""
    return Waits(f"“{step}” is over", f"counted from the end of “{step}”, which is no step of this escalation")
