"""Whether what a policy file says can be meant: days that rise, forms that are sent, texts that are not blank.

Works on the plain data and passes over what has the wrong shape, so that all faults are found at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from bot.policy_files.parts import Part
from bot.policy_files.reading import Fault, Place, Tree

MOST_ROWS = 100
"""Rows of a printed table; more cannot be meant, and would only make a long paper."""

SIDES = {"raising_manager": "raising", "challenged_manager": "challenged"}
"""Whose signature each prefill belongs to."""


def sense_faults(tree: Tree, today: date | None) -> Iterator[Fault]:
    """Everything that cannot be meant. Without `today` no day is called too late."""
    policy = Part((), tree.data)
    stages = policy.parts("stages")
    ladder = [stage.text("id") for stage in stages if not stage.data.get("before_clock")]
    yield from _blanks(tree, tree.data, ())
    yield from _days_of_checking(tree, policy.part("provenance"), today)
    yield from _limits(tree, stages)
    yield from _skips(tree, policy.part("skips"), ladder)
    for form in policy.parts("forms"):
        yield from _sending(tree, form)
        for section in form.parts("sections"):
            for field in section.parts("fields"):
                yield from _field(tree, field)


def _blanks(tree: Tree, value: Any, path: Place) -> Iterator[Fault]:
    if isinstance(value, str):
        # What is invisible is as good as blank: no-break and zero-width spaces too.
        if value and not any(c.isprintable() and not c.isspace() for c in value):
            text = "the text has only blanks. Write the words, or remove the key if it may be left out."
            yield tree.fault(path, text)
        elif value == "" and path[-1:] == ("label",):
            yield tree.fault(path, "the label is empty. Write the words as they are printed.")
    elif isinstance(value, dict):
        for key, below in value.items():
            yield from _blanks(tree, below, (*path, key))
    elif isinstance(value, list):
        for place, below in enumerate(value):
            yield from _blanks(tree, below, (*path, place))


def _days_of_checking(tree: Tree, provenance: Part, today: date | None) -> Iterator[Fault]:
    # Not made_on: a file must not become wrong because a computer's clock is.
    try:
        day = date.fromisoformat(provenance.text("checked_on"))
    except ValueError:
        return
    if today and day > today:
        text = f"{day} is still to come: today is {today}. Write the day on which it was done."
        yield tree.fault((*provenance.path, "checked_on"), text)


def _limits(tree: Tree, stages: list[Part]) -> Iterator[Fault]:
    """Within a stage a target is not beyond its limit; up the ladder the days from the first day never fall."""
    before: tuple[str, int] | None = None
    for stage in stages:
        limit = stage.part("limit")
        for less, more in (("soft_days", "days"), ("further", "total")):
            low, high = limit.number(less), limit.number(more)
            if low is not None and high is not None and low > high:
                text = f"{less} is {low}, but {more} is only {high}. Check both against the policy."
                yield tree.fault((*limit.path, less), text)
        key = {"cumulative": "days", "further_and_total": "total"}.get(limit.text("rule"), "")
        days = limit.number(key)
        if days is None or stage.data.get("before_clock") is True:
            continue
        if before and days < before[1]:
            text = f"{key} is {days}, but {before[0]} before it has {before[1]} already. Check both against the policy."
            yield tree.fault((*limit.path, key), text)
        before = (stage.text("label") or stage.text("id"), days)


def _skips(tree: Tree, skips: Part, ladder: list[str]) -> Iterator[Fault]:
    named = skips.texts("to")
    if skips.text("allowed") == "to_stages" and not skips.data.get("to"):
        text = "to_stages is allowed, but “to” names no stage. Name the stages, or write next_only."
        yield tree.fault((*skips.path, "allowed"), text)
    elif named and skips.text("allowed") in ("", "next_only"):
        text = "stages are named, but no stage may be left out. Write allowed: to_stages, or remove “to”."
        yield tree.fault((*skips.path, "to"), text)
    yield from _twice(tree, named)
    for path, stage in named:
        if ladder[:1] == [stage]:
            text = f"{stage} is the first stage, where every escalation begins. Remove it from this list."
            yield tree.fault(path, text)


def _twice(tree: Tree, named: list[tuple[Place, str]]) -> Iterator[Fault]:
    seen: set[str] = set()
    for path, stage in named:
        if stage in seen:
            yield tree.fault(path, f"{stage} stands in this list twice. Remove one of them.")
        seen.add(stage)


def _sending(tree: Tree, form: Part) -> Iterator[Fault]:
    moments = form.parts("moments")
    for moment in moments:
        if moment.data.get("send") is True and moment.text("who") == "partnership":
            text = "the partnership fills this part on paper, so completing it cannot send the form. Remove “send”."
            yield tree.fault((*moment.path, "send"), text)
        for trigger in (moment.part("opens"), moment.part("due")):
            yield from _twice(tree, trigger.texts("stages"))
    if moments and not any(moment.data.get("send") for moment in moments):
        text = "no moment of this form sends it, so nobody would get it. Write send: true at the moment that does."
        yield tree.fault((*form.path, "moments"), text)


def _field(tree: Tree, field: Part) -> Iterator[Fault]:
    for part in (field, *field.parts("also")):
        answer, kind = part.part("answer"), part.kind()
        if kind == "professional" and isinstance(answer.data.get("parts"), list):
            there = [name for _, name in answer.texts("parts")]
            needed = answer.texts("needed") if "needed" in answer.data else [((*answer.path, "parts"), "name")]
            for path, name in needed:
                if name not in there:
                    text = f"{name} is needed, but is not among the “parts” that are asked. Add it there, or remove it."
                    yield tree.fault(path, text)
        yield from _numbers(tree, answer, kind)
    side, belongs = field.part("answer").text("side"), SIDES.get(field.text("prefill"))
    if side and belongs and field.kind() == "attestation" and side != belongs:
        text = f"{field.text('prefill')} signs for the {belongs} side, but the answer says side: {side}. Change one."
        yield tree.fault((*field.path, "prefill"), text)


def _numbers(tree: Tree, answer: Part, kind: str) -> Iterator[Fault]:
    """How many are asked for at least, and how many rows are printed."""
    most = {"least": len(answer.parts("options")) if kind == "many" else MOST_ROWS, "printed": MOST_ROWS}
    for key, fit in most.items():
        number = answer.number(key)
        if number is not None and not 0 <= number <= fit:
            yield tree.fault((*answer.path, key), f"{key} is {number}, but must be from 0 to {fit}. Change the number.")
