"""What the checks ask of a policy's plain data again and again: its stages and ladders, and what ids there are.

Works on data whose shape may be wrong, and passes over what is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.policy_files.faults import nearest
from bot.policy_files.parts import Part
from bot.policy_files.reading import Fault, Place, Tree


@dataclass(frozen=True)
class Outline:
    """A policy as its stages stand in it. `ladders` are the ways up, each lowest first; one, if none are named."""

    tree: Tree
    policy: Part
    stages: list[Part]
    ladders: list[list[Part]]

    @classmethod
    def of(cls, tree: Tree) -> Outline:
        policy = Part((), tree.data)
        stages = policy.parts("stages")
        climbed = {stage.text("id"): stage for stage in stages if not is_before(stage)}
        named = [
            [climbed[name] for _, name in ladder.texts("stages") if name in climbed]
            for ladder in policy.parts("ladders")
        ]
        return cls(tree, policy, stages, named or [list(climbed.values())])

    @property
    def ids(self) -> list[str]:
        return [stage.text("id") for stage in self.stages]

    @property
    def climbed(self) -> list[str]:
        """Ids of the stages that an escalation can stand at."""
        return [stage.text("id") for stage in self.stages if not is_before(stage)]

    @property
    def firsts(self) -> set[str]:
        """Ids of the stages at which some ladder begins."""
        return {ladder[0].text("id") for ladder in self.ladders if ladder}

    @property
    def left(self) -> set[str]:
        """Ids of the stages after which another comes in some ladder."""
        return {stage.text("id") for ladder in self.ladders for stage in ladder[:-1]}

    def below(self, stage: str) -> set[str]:
        """Ids of the stages that stand before this one in some ladder."""
        found: set[str] = set()
        for ladder in self.ladders:
            ids = [one.text("id") for one in ladder]
            found |= set(ids[: ids.index(stage)]) if stage in ids else set()
        return found

    def form_parts(self) -> Iterator[tuple[Part, list[Part]]]:
        """Each form with all its fields."""
        for form in self.policy.parts("forms"):
            yield form, [field for section in form.parts("sections") for field in section.parts("fields")]


def is_before(stage: Part) -> bool:
    return stage.data.get("before_clock") is True


def limits_of(stage: Part) -> Iterator[Part]:
    """Every limit that stands in a stage, those of its clocks last."""
    yield stage.part("limit")
    for key in ("limits", "branches", "clocks"):
        for one in stage.parts(key):
            yield one.part("limit")


def once(tree: Tree, parts: Iterable[Part], noun: str, key: str = "id") -> Iterator[Fault]:
    """No two of them may have the same id (or name)."""
    first: dict[str, int] = {}
    for part in parts:
        if name := part.text(key):
            path = (*part.path, key)
            if name in first:
                text = f"the {noun} in line {first[name]} has the {key} “{name}” too. Give one of them another {key}."
                yield tree.fault(path, text)
            first.setdefault(name, tree.line(path))


def twice(tree: Tree, named: list[tuple[Place, str]]) -> Iterator[Fault]:
    """No entry of a list may stand in it again."""
    seen: set[str] = set()
    for path, name in named:
        if name in seen:
            yield tree.fault(path, f"{name} stands in this list twice. Remove one of them.")
        seen.add(name)


def known(tree: Tree, path: Place, name: str, there: list[str], noun: str) -> Iterator[Fault]:
    """What is named must be there."""
    if name not in there:
        yield tree.fault(path, f"there is no {noun} “{name}”. {nearest(name, [one for one in there if one])}")


def all_known(tree: Tree, named: list[tuple[Place, str]], there: list[str], noun: str) -> Iterator[Fault]:
    """Everything in a list must be there, and stand in the list once."""
    for path, name in named:
        yield from known(tree, path, name, there, noun)
    yield from twice(tree, named)
