"""A policy with one thing otherwise: for each key of each part of it, one variation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from bot.policy import Policy


def variations(policies: list[Policy]) -> Iterator[tuple[str, Policy, Policy]]:
    """("Stage.label", a policy, the same with another label at one stage), for each key that the policies have.

    "Stage.duties gone" is the same with one entry fewer, "Within.soft gone" without that part.
    """
    seen: set[str] = set()
    for policy in policies:
        for place, varied in _varied(policy, Policy, "", seen):
            yield place, policy, varied


def single_parts(model: type[BaseModel]) -> set[str]:
    """Keys under which one part stands, which is varied by its own keys; and those that choose which part it is."""
    return {
        key
        for key, info in model.model_fields.items()
        if len(_words(info.annotation)) == 1 or any(_is_part(one) for one in _each(info.annotation))
    }


def _varied(value: Any, annotation: Any, at: str, seen: set[str]) -> Iterator[tuple[str, Any]]:
    if isinstance(value, BaseModel):
        for key, info in type(value).model_fields.items():
            here = f"{type(value).__name__}.{key}"
            for place, new in _varied(getattr(value, key), info.annotation, here, seen):
                yield place, value.model_copy(update={key: new})
        yield from _once(f"{at} gone", seen, None) if type(None) in _each(annotation) else ()
    elif isinstance(value, list | tuple):
        for n, one in enumerate(value):
            for place, new in _varied(one, annotation, at, seen):
                yield place, type(value)([*value[:n], new, *value[n + 1 :]])
        yield from _once(f"{at} gone", seen, type(value)(value[1:])) if value else ()
    elif (new := _another(value, _words(annotation))) is not None:
        yield from _once(at, seen, new)


def _once(place: str, seen: set[str], value: Any) -> Iterator[tuple[str, Any]]:
    if place not in seen:
        seen.add(place)
        yield place, value


def _another(value: Any, words: tuple[Any, ...]) -> Any:
    """Another value of the same kind; None, if there is none, or nothing stands there."""
    match value:
        case _ if len(words) == 1 or (not value and not isinstance(value, bool)):
            return None
        case bool():
            return not value
        case str() if value in words:
            return words[-1] if value != words[-1] else words[0]
        case str():
            return f"Changed {value}"
        case int():
            return value + 1
        case date():
            return value + timedelta(days=1)
    return None


def _words(annotation: Any) -> tuple[Any, ...]:
    """The words that a key chooses from; none, if it does not."""
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return next((found for one in get_args(annotation) if (found := _words(one))), ())


def _each(annotation: Any) -> Iterator[Any]:
    """What may stand there, of several; what is in a list is not meant."""
    yield annotation
    for one in get_args(annotation) if get_origin(annotation) not in (list, tuple, Literal) else ():
        yield from _each(one)


def _is_part(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
