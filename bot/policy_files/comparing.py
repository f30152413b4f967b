"""Everything in which two policies differ, whatever keys they have: no key is named here, so that none is missed.

Parts of a list belong together by their id, or by what names them; the questions of a form wherever they stand in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from pydantic import BaseModel

from bot.policy import (
    Boundary,
    Closure,
    Contact,
    Form,
    Limit,
    People,
    Policy,
    PriorityLimit,
    SectorRole,
    SinglePoint,
    Source,
    Trigger,
)

NAMED_BY: dict[type[BaseModel], Callable[[Any], str]] = {
    Boundary: lambda one: one.label if one.kind == "other" else one.kind,
    Closure: lambda one: str(one.name),
    Contact: lambda one: str(one.name),
    PriorityLimit: lambda one: str(one.priority),
    SectorRole: lambda one: str(one.sector),
    SinglePoint: lambda one: " ".join((one.agency, *one.stages)).casefold(),
    Source: lambda one: str(one.title),
}
"""What tells the entries of a list apart that have no id."""

WHOLE = (Limit, Trigger, People)
"""Parts that are told as a whole: one sentence says what they were and what they are."""


@dataclass(frozen=True)
class Difference:
    """One thing that differs. `around` are the parts that it stands in, outermost first, as they are now.

    `old` or `new` is None where there was, or is, none. `order`: the same entries stand in another order.
    """

    around: tuple[BaseModel, ...]
    key: str
    old: Any
    new: Any
    what: Literal["changed", "added", "removed", "order"] = "changed"
    place: tuple[str, ...] = ()
    """Keys and ids that lead to it."""


def differences(old: Policy, new: Policy) -> list[Difference]:
    """Every difference, in the order of the file."""
    return list(_in_model(old, new, (), ()))


def _in_model(
    old: BaseModel, new: BaseModel, around: tuple[BaseModel, ...], place: tuple[str, ...]
) -> Iterator[Difference]:
    if isinstance(old, Form) and isinstance(new, Form):
        yield from _in_fields(old, new, around, place)
        old, new = _without_fields(old), _without_fields(new)
    for key in type(new).model_fields:
        before, after = getattr(old, key), getattr(new, key)
        if before != after:
            yield from _between(before, after, (*around, new), key, (*place, key))


def _between(
    old: Any, new: Any, around: tuple[BaseModel, ...], key: str, place: tuple[str, ...]
) -> Iterator[Difference]:
    if isinstance(old, list | tuple) and isinstance(new, list | tuple):
        yield from _in_list(old, new, around, key, place)
    elif isinstance(new, BaseModel) and type(old) is type(new) and not isinstance(new, WHOLE):
        yield from _in_model(old, new, around, place)
    else:
        yield Difference(around, key, old, new, "changed", place)


def _in_list(
    old: Sequence[Any], new: Sequence[Any], around: tuple[BaseModel, ...], key: str, place: tuple[str, ...]
) -> Iterator[Difference]:
    if not any(isinstance(one, BaseModel) for one in (*old, *new)):
        yield from _in_texts(old, new, around, key, place)
        return
    before, after = _named(old, new)
    for name in [name for name in before if name not in after]:
        yield Difference(around, key, before[name], None, "removed", (*place, name))
    for name, one in after.items():
        if name not in before:
            yield Difference(around, key, None, one, "added", (*place, name))
        elif before[name] != one:
            yield from _between(before[name], one, around, key, (*place, name))
    left, right = [name for name in before if name in after], [name for name in after if name in before]
    if left != right:
        yield Difference(around, key, [before[one] for one in left], [after[one] for one in right], "order", place)


def _named(old: Sequence[Any], new: Sequence[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Both lists by what tells their entries apart; by their places, where that does not."""
    found = []
    for listed in (old, new):
        names = [_name(one) for one in listed]
        if len(set(names)) < len(names) or "" in names:
            return {str(n): one for n, one in enumerate(old, 1)}, {str(n): one for n, one in enumerate(new, 1)}
        found.append(dict(zip(names, listed, strict=True)))
    return found[0], found[1]


def _name(one: Any) -> str:
    return NAMED_BY[type(one)](one) if type(one) in NAMED_BY else str(getattr(one, "id", ""))


def _in_texts(
    old: Sequence[Any], new: Sequence[Any], around: tuple[BaseModel, ...], key: str, place: tuple[str, ...]
) -> Iterator[Difference]:
    if sorted(map(str, old)) == sorted(map(str, new)):
        yield Difference(around, key, list(old), list(new), "order", place)
        return
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, come = ([], []) if tag == "equal" else (list(old[a:b]), list(new[c:d]))
        for before, after in zip(gone, come, strict=False):
            yield Difference(around, key, before, after, "changed", place)
        for before in gone[len(come) :]:
            yield Difference(around, key, before, None, "removed", place)
        for after in come[len(gone) :]:
            yield Difference(around, key, None, after, "added", place)


# ── the questions of a form, wherever they stand in it ───────────────────────────────────────────────────────


def _in_fields(old: Form, new: Form, around: tuple[BaseModel, ...], place: tuple[str, ...]) -> Iterator[Difference]:
    """Questions by their ids. One that has moved to another section is told so, and not as gone and new."""
    before = {field.id: (section, field) for section, field in old.fields()}
    after = {field.id: (section, field) for section, field in new.fields()}
    here = (*around, new)
    for name in [name for name in before if name not in after]:
        yield Difference(here, "fields", before[name][1], None, "removed", (*place, "fields", name))
    for name, (section, field) in after.items():
        at = (*place, "fields", name)
        if name not in before:
            yield Difference(here, "fields", None, field, "added", at)
            continue
        if before[name][0].id != section.id:
            was, now = (each.heading or each.id for each in (before[name][0], section))
            yield Difference((*here, field), "section", was, now, "changed", at)
        yield from _in_model(before[name][1], field, here, at)
    left, right = [name for name in before if name in after], [name for name in after if name in before]
    if left != right:
        yield Difference(
            here, "fields", [before[one][1] for one in left], [after[one][1] for one in right], "order", place
        )


def _without_fields(form: Form) -> Form:
    return form.model_copy(update={"sections": [one.model_copy(update={"fields": []}) for one in form.sections]})


def in_another_language(found: list[Difference], main: list[Difference]) -> list[Difference]:
    """What differs in one language only. What is told already in the policy's own is left out."""
    told = {(one.place, one.what, str(one.old), str(one.new)) for one in main}
    places = {(one.place, one.what) for one in main}
    return [
        one
        for one in found
        if (one.place, one.what, str(one.old), str(one.new)) not in told
        and not ((one.place, one.what) in places and _is_told_by_its_place(one))
    ]


def _is_told_by_its_place(one: Difference) -> bool:
    """A part that has come or gone, or another order, is the same in every language."""
    return one.what == "order" or (one.what != "changed" and isinstance(one.new or one.old, BaseModel))
