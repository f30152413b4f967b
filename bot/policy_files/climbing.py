"""Whether the ladders can be climbed: each stage can be reached, and each choice is one."""

from __future__ import annotations

from collections.abc import Iterator

from bot.policy_files.outline import Outline, is_before
from bot.policy_files.parts import Part
from bot.policy_files.reading import Fault

BEFORE_HAS_NONE = ("limits", "branches", "clocks", "optional", "no_reply")
"""Keys that mean nothing at a stage before the clock, where no escalation stands."""


def climbing_faults(outline: Outline) -> Iterator[Fault]:
    """Everything about stages and ladders, apart from their days, that cannot be meant."""
    yield from _ladders(outline)
    yield from _priorities(outline)
    for place, stage in enumerate(outline.stages):
        yield from _branches(outline, stage)
        if is_before(stage):
            yield from _before(outline, place, stage)
    yield from _skips(outline, outline.policy.part("skips"))


def _ladders(outline: Outline) -> Iterator[Fault]:
    tree, ladders = outline.tree, outline.policy.parts("ladders")
    if outline.stages and not outline.climbed:
        text = "every stage is before_clock, so an escalation can stand nowhere. Add a stage without it."
        yield tree.fault(("stages",), text)
    if outline.policy.text("ladder_question") and len(ladders) < 2:
        text = "it asks which ladder applies, but there are not several. Add “ladders”, or remove it."
        yield tree.fault(("ladder_question",), text)
    for stage in outline.stages if ladders else ():
        if not is_before(stage) and not any(stage in ladder for ladder in outline.ladders):
            text = "it stands in none of the ladders, so it can never be reached. Add it to one, or remove it."
            yield tree.fault((*stage.path, "id"), text)
    before = [stage.text("id") for stage in outline.stages if is_before(stage)]
    for ladder in ladders:
        for path, name in ladder.texts("stages"):
            if name in before:
                text = f"{name} has before_clock: true, so it comes before every ladder. Remove it from this list."
                yield tree.fault(path, text)
    for place, stages in enumerate(outline.ladders):
        if stages and all(stage.data.get("optional") for stage in stages):
            path = ("ladders", place, "stages") if ladders else ("stages",)
            text = "every stage is optional, so no escalation would have a stage. Remove “optional” at one of them."
            yield tree.fault(path, text)


def _priorities(outline: Outline) -> Iterator[Fault]:
    for stage in outline.stages:
        if stage.data.get("limits") and "priorities" not in outline.policy.data:
            text = "limits by priority are given, but the policy has no priorities. Add “priorities”, or remove them."
            yield outline.tree.fault((*stage.path, "limits"), text)


def _branches(outline: Outline, stage: Part) -> Iterator[Fault]:
    tree, branches = outline.tree, stage.parts("branches")
    asked = bool(stage.text("branch_question"))
    if asked and not branches:
        text = "a question is asked, but there are no branches to choose from. Add “branches”, or remove it."
        yield tree.fault((*stage.path, "branch_question"), text)
    elif branches and not asked:
        text = "it does not say how people are asked which branch applies. Add the key “branch_question”."
        yield tree.fault((*stage.path, "branches"), text)
    if len(branches) == 1:
        text = "there is one branch only, so there is nothing to choose. Add another, or write it as the stage."
        yield tree.fault((*stage.path, "branches"), text)


def _before(outline: Outline, place: int, stage: Part) -> Iterator[Fault]:
    tree = outline.tree
    rule = stage.part("limit").text("rule")
    if rule and rule != "no_clock":
        text = f"the stage has before_clock: true, so {rule} would never be counted. Write rule: no_clock."
        yield tree.fault((*stage.path, "limit", "rule"), text)
    for key in BEFORE_HAS_NONE:
        if stage.data.get(key):
            text = "the stage has before_clock: true, so no escalation stands at it and this is never used. Remove it."
            yield tree.fault((*stage.path, key), text)
    if any(not is_before(other) for other in outline.stages[:place]):
        text = "the stage comes before the clock, but stands after one that does not. Move it to the top of the list."
        yield tree.fault((*stage.path, "before_clock"), text)


def _skips(outline: Outline, skips: Part) -> Iterator[Fault]:
    tree, named = outline.tree, skips.texts("to")
    if skips.text("allowed") == "to_stages" and not skips.data.get("to"):
        text = "to_stages is allowed, but “to” names no stage. Name the stages, or write next_only."
        yield tree.fault((*skips.path, "allowed"), text)
    elif named and skips.text("allowed") in ("", "silent", "next_only"):
        text = "stages are named, but they are only used with to_stages. Write allowed: to_stages, or remove “to”."
        yield tree.fault((*skips.path, "to"), text)
    if skips.text("allowed") == "silent" and skips.text("words"):
        text = "the policy has a sentence about it, so it is not silent. Write next_only or to_stages."
        yield tree.fault((*skips.path, "allowed"), text)
    for path, stage in named:
        standing = [ladder for ladder in outline.ladders if stage in [one.text("id") for one in ladder]]
        if standing and all(ladder[0].text("id") == stage for ladder in standing):
            text = f"{stage} is the first stage, where every escalation begins. Remove it from this list."
            yield tree.fault(path, text)
