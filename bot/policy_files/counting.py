"""Whether days can be counted as a policy file says: calendars reach far enough, limits have a start and rise."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.calendars import load as load_calendar
from bot.errors import ConfigError
from bot.policy_files.faults import nearest
from bot.policy_files.outline import Outline, is_before, limits_of
from bot.policy_files.parts import Part
from bot.policy_files.reading import Fault

A_YEAR = timedelta(days=365)
"""So long ahead a calendar must be sure, because an escalation that begins today has to be counted to its end."""

HOURS = {"hours": 1, "days": 24, "weeks": 168}
ONE_DAY_ONLY = ("same_working_day", "immediately")


class Length(NamedTuple):
    """How long something is, as far as it can be compared: in hours, or in working days."""

    in_working_days: bool
    n: int


def counting_faults(outline: Outline, calendars: Path, today: date | None) -> Iterator[Fault]:
    """Everything about time that cannot be meant. Without `today` no calendar is too short."""
    yield from _calendar(outline, calendars, today)
    yield from _clock(outline)
    for stage in outline.stages:
        if not is_before(stage):
            yield from _limits(outline, stage)
    for ladder in outline.ladders:
        for priority in ("", *(one.text("id") for one in outline.policy.part("priorities").parts("of"))):
            yield from _rising(outline, ladder, priority)


def _calendar(outline: Outline, calendars: Path, today: date | None) -> Iterator[Fault]:
    tree, clock = outline.tree, outline.policy.part("clock")
    name, path = clock.text("calendar"), (*clock.path, "calendar")
    there = sorted(file.stem for file in calendars.glob("*.json"))
    if name and name not in there:
        remedy = nearest(name, there, f"Calendars in {calendars}")
        yield tree.fault(path, f"there is no calendar “{name}”. {remedy}")
    elif name and today:
        try:
            sure_to = load_calendar(calendars / f"{name}.json").sure_to
        except ConfigError as error:
            yield tree.fault(path, f"this calendar cannot be used: {error}")
            return
        if sure_to < today + A_YEAR:
            text = (
                f"the bank holidays of {name} are known only until {sure_to:%d/%m/%Y}, less than a year from today, so"
                f" dates would be wrong. Add the newer ones to {calendars / f'{name}.json'}, and move its sure_to."
            )
            yield tree.fault(path, text)


def _clock(outline: Outline) -> Iterator[Fault]:
    tree, clock = outline.tree, outline.policy.part("clock")
    if zone := clock.text("zone"):
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            text = f"there is no time zone “{zone}”. Write one such as Europe/London."
            yield tree.fault((*clock.path, "zone"), text)
    for closure in clock.parts("closures"):
        first, last = closure.day("first"), closure.day("last")
        if first and last and last < first:
            text = f"it ends on {last}, before it begins on {first}. Correct one of them."
            yield tree.fault((*closure.path, "last"), text)


def _limits(outline: Outline, stage: Part) -> Iterator[Fault]:
    tree = outline.tree
    anew = outline.policy.part("clock").text("anchor") == "stage_entry"
    for limit in limits_of(stage):
        rule = limit.text("rule")
        if anew and rule in ("cumulative", "further_and_total"):
            text = f"{rule} counts from one first day, but the clock's anchor, stage_entry, is another at each stage."
            yield tree.fault((*limit.path, "rule"), f"{text} Write per_stage, or another anchor.")
        for less, more in (("soft_days", "days"), ("further", "total")):
            low, high = limit.number(less), limit.number(more)
            if low is not None and high is not None and low > high:
                text = f"{less} is {low}, but {more} is only {high}. Check both against the policy."
                yield tree.fault((*limit.path, less), text)
        if rule == "within":
            yield from _within(outline, limit)
            yield from _start(outline, stage, limit)


def _within(outline: Outline, limit: Part) -> Iterator[Fault]:
    tree = outline.tree
    allow, soft, as_well = (limit.part(key) for key in ("allow", "soft", "as_well"))
    for part in (allow, soft, as_well):
        yield from _amount(outline, part)
    if as_well.text("unit") and as_well.text("unit") == allow.text("unit"):
        unit = allow.text("unit").replace("_", " ")
        text = f"both figures are in {unit}, so they cannot be a pair. Change a unit, or remove “as_well”."
        yield tree.fault((*as_well.path, "unit"), text)
    if "wins" in limit.data and not as_well.data:
        text = "it says which of two figures counts, but there is only one. Add “as_well”, or remove “wins”."
        yield tree.fault((*limit.path, "wins"), text)
    if _is_longer(soft, allow):
        text = "the target is later than the limit itself. Check both against the policy."
        yield tree.fault(soft.path, text)


def _amount(outline: Outline, allowance: Part) -> Iterator[Fault]:
    unit, amount = allowance.text("unit"), allowance.data.get("amount")
    if unit in ONE_DAY_ONLY and amount:
        text = f"{unit} needs no amount. Remove it, or write another unit."
        yield outline.tree.fault((*allowance.path, "amount"), text)
    elif unit and unit not in ONE_DAY_ONLY and amount in (None, 0):
        text = f"it does not say how many {unit.replace('_', ' ')}. Write amount: and the number."
        yield outline.tree.fault((*allowance.path, "unit"), text)


def _start(outline: Outline, stage: Part, limit: Part) -> Iterator[Fault]:
    """The day or moment that a limit runs from must come, and come before it."""
    tree, since, step = outline.tree, limit.text("since"), limit.text("step")
    if step and since != "previous_step":
        text = "a step is named, but the limit does not run from it. Write since: previous_step, or remove “step”."
        yield tree.fault((*limit.path, "step"), text)
    elif step:
        yield from _step(outline, stage, limit, step)
    elif since == "previous_step" and stage.text("id") in outline.firsts and _first_of_stage(stage, limit):
        text = "nothing comes before the first stage. Name a “step”, or write another day, for example raised."
        yield tree.fault((*limit.path, "since"), text)
    if since == "notice_sent" and not _notice_before(outline, stage):
        text = "no form is sent at this stage or before it, so the day would never be known. Write another day, or"
        yield tree.fault((*limit.path, "since"), f"{text} let a form be sent here.")


def _first_of_stage(stage: Part, limit: Part) -> bool:
    """Whether no clock of the stage stands before this limit."""
    clocks = [clock.part("limit").path for clock in stage.parts("clocks")]
    return limit.path not in clocks[1:]


def _step(outline: Outline, stage: Part, limit: Part, step: str) -> Iterator[Fault]:
    tree, path = outline.tree, (*limit.path, "step")
    clocks = {clock.text("id"): clock for clock in stage.parts("clocks")}
    own = next((name for name, clock in clocks.items() if clock.part("limit").path == limit.path), "")
    if step in clocks:
        way, name = [own], step
        while name in clocks and name not in way:
            way.append(name)
            name = clocks[name].part("limit").text("step")
        if own and name == own:
            text = "following “step” from here leads back here, so nothing would ever be due. Change one of them."
            yield tree.fault(path, text)
    elif step in outline.ids:
        standing = [[one.text("id") for one in ladder] for ladder in outline.ladders if stage in ladder]
        here = stage.text("id")
        if not all(step in ids and ids.index(step) < ids.index(here) for ids in standing):
            everywhere = " in every ladder" if len(standing) > 1 else ""
            text = f"{step} does not come before this stage{everywhere}, so its end would not be known. Name another."
            yield tree.fault(path, text)


def _notice_before(outline: Outline, stage: Part) -> bool:
    """Whether some form is sent, or can be, by the time that an escalation stands at this stage."""
    here = stage.text("id")
    moments = [moment for form in outline.policy.parts("forms") for moment in form.parts("moments")]
    return any(moment.data.get("send") is True and _comes_by(moment, here, outline.below(here)) for moment in moments)


def _comes_by(moment: Part, here: str, below: set[str]) -> bool:
    triggers = [trigger for trigger in (moment.part("due"), moment.part("opens")) if trigger.data]
    for trigger in triggers:
        named = {name for _, name in trigger.texts("stages")} | {trigger.text("from_stage")}
        reached = {"entering": below | {here}, "leaving": below}.get(trigger.text("on"), set())
        if reached and (trigger.data.get("every") is True or named & reached):
            return True
    return not triggers


def _rising(outline: Outline, ladder: list[Part], priority: str) -> Iterator[Fault]:
    """Up a ladder the limits that run from its first day never fall."""
    before: dict[bool, tuple[str, int]] = {}
    for stage in ladder:
        least: dict[bool, int] = {}
        for limit in _effective(stage, priority):
            path, length = _from_first_day(outline, limit)
            if length is None:
                continue
            known = before.get(length.in_working_days)
            if known and length.n < known[1]:
                key = path[-1]
                shown = limit.data[key] if key in limit.data else limit.part("allow").data.get("amount")
                text = f"{key} is {shown}, but {known[0]} before it has {_shown(length, known[1])} already."
                yield outline.tree.fault(path, f"{text} Check both against the policy, and the order of the stages.")
            least[length.in_working_days] = min(length.n, least.get(length.in_working_days, length.n))
        for kind, n in least.items():
            before[kind] = (stage.text("label") or stage.text("id"), n)


def _effective(stage: Part, priority: str) -> list[Part]:
    """The limits of which one holds: those of the branches, or the stage's own under the priority."""
    if branches := stage.parts("branches"):
        return [branch.part("limit") for branch in branches]
    chosen = [one.part("limit") for one in stage.parts("limits") if priority and one.text("priority") == priority]
    return chosen[:1] or [stage.part("limit")]


def _from_first_day(outline: Outline, limit: Part) -> tuple[tuple[str | int, ...], Length | None]:
    """(where its figure stands, how long it is) of a limit that runs from the policy's first day."""
    key = {"cumulative": "days", "further_and_total": "total"}.get(limit.text("rule"), "")
    if key:
        days = limit.number(key)
        return (*limit.path, key), None if days is None else Length(True, days)
    anchor = outline.policy.part("clock").text("anchor")
    from_first = limit.text("since") in ("clock", anchor) and anchor != "stage_entry"
    if limit.text("rule") != "within" or not from_first:
        return limit.path, None
    return (*limit.path, "allow", "amount"), _length(limit.part("allow"))


def _length(allowance: Part) -> Length | None:
    unit, amount = allowance.text("unit"), allowance.number("amount")
    if unit == "working_days" and amount:
        return Length(True, amount)
    return Length(False, amount * HOURS[unit]) if unit in HOURS and amount else None


def _shown(length: Length, n: int) -> str:
    return str(n) if length.in_working_days else f"{n} hours"


def _is_longer(soft: Part, allow: Part) -> bool:
    """Whether the target is later than the limit on any ordinary day, whichever units they have."""
    if not soft.text("unit") or not allow.text("unit") or soft.text("unit") in ONE_DAY_ONLY:
        return False
    if allow.text("unit") in ONE_DAY_ONLY:
        return True
    less, more = _length(soft), _length(allow)
    if less is None or more is None:
        return False
    if less.in_working_days == more.in_working_days:
        return less.n > more.n
    if less.in_working_days:  # at the quickest: no weekend but those that cannot be avoided
        return (less.n + 2 * ((less.n - 1) // 5)) * 24 > more.n
    return less.n > (more.n + 2 * -(-more.n // 5)) * 24
