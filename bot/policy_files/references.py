"""Whether every id stands in a policy once, and every id that is named is there; `sending` does this for forms."""

from __future__ import annotations

from collections.abc import Iterator

from bot.policy_files.outline import Outline, all_known, known, limits_of, once, twice
from bot.policy_files.parts import Part
from bot.policy_files.reading import Fault

LISTS = {
    "stages": "stage",
    "ladders": "ladder",
    "routes": "route",
    "reasons": "reason",
    "forms": "form",
    "record_duties": "record duty",
}
"""Lists of the policy whose entries have ids, and what one of them is called."""


def reference_faults(outline: Outline) -> Iterator[Fault]:
    """Ids twice, and names of stages, priorities and steps that are not there."""
    tree, policy = outline.tree, outline.policy
    for key, noun in LISTS.items():
        yield from once(tree, policy.parts(key), noun)
    yield from once(tree, policy.part("priorities").parts("of"), "priority")
    yield from once(tree, policy.part("clock").parts("closures"), "closure", "name")
    yield from once(tree, policy.parts("contacts"), "contact", "name")
    yield from twice(tree, policy.texts("subjects"))
    yield from twice(tree, policy.part("reporting").texts("measures"))
    yield from all_known(tree, policy.part("skips").texts("to"), outline.climbed, "stage")
    for part in (*policy.parts("routes"), *policy.parts("directory")):
        yield from all_known(tree, part.texts("stages"), outline.ids, "stage")
    for ladder in policy.parts("ladders"):
        yield from all_known(tree, ladder.texts("stages"), outline.ids, "stage")
    for stage in outline.stages:
        yield from _stage(outline, stage)


def _stage(outline: Outline, stage: Part) -> Iterator[Fault]:
    tree = outline.tree
    priorities = [one.text("id") for one in outline.policy.part("priorities").parts("of")]
    yield from once(tree, stage.parts("branches"), "branch")
    yield from once(tree, stage.parts("clocks"), "clock")
    yield from once(tree, stage.parts("limits"), "limit", "priority")
    for side in (*_sides(stage), *(side for branch in stage.parts("branches") for side in _sides(branch))):
        yield from once(tree, side.parts("by_sector"), "role", "sector")
    clocks = [clock.text("id") for clock in stage.parts("clocks")]
    for limit in stage.parts("limits"):
        if priorities and limit.text("priority"):
            yield from known(tree, (*limit.path, "priority"), limit.text("priority"), priorities, "priority")
    for limit in limits_of(stage):
        if step := limit.text("step"):
            yield from known(tree, (*limit.path, "step"), step, [*outline.ids, *clocks], "stage or clock")
    for clock in stage.parts("clocks"):
        if clock.text("id") in outline.ids:
            text = f"a stage has the id “{clock.text('id')}” too, so a “step” could mean either. Give it another id."
            yield tree.fault((*clock.path, "id"), text)


def _sides(part: Part) -> tuple[Part, Part]:
    return part.part("raising"), part.part("challenged")
