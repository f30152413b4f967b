"""The three invented policies of `data/policies`, and everything that stands in them.

Nothing of them exists: partnerships, people, addresses and words are made up. Other tests take the folder as it is:
`World(…, policies=FOLDER)`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from bot.policy_files import load_folder

FOLDER = Path(__file__).parent / "data" / "policies"
CALENDARS = FOLDER / "calendars"
NAMES = ("alderwick", "llanfair", "northmoor")
ALL = load_folder(FOLDER)
ALDERWICK, LLANFAIR, NORTHMOOR = (ALL[name] for name in NAMES)


def parts(value: Any) -> Iterator[BaseModel]:
    """Every part of a policy, itself included."""
    match value:
        case BaseModel():
            yield value
            for name in type(value).model_fields:
                yield from parts(getattr(value, name))
        case list() | tuple():
            for one in value:
                yield from parts(one)


@cache
def every(kind: Any) -> tuple[Any, ...]:
    """Every part of this kind in the three policies."""
    return tuple(part for policy in ALL.values() for part in parts(policy) if isinstance(part, kind))


def said(key: str, kind: type[BaseModel] = BaseModel) -> set[Any]:
    """Every value that stands under a key, where it is one word or number."""
    values = [getattr(part, key, None) for part in every(kind) if key in part.model_fields_set]
    return {value for value in values if isinstance(value, str | int | bool)}


def words_of(annotation: Any) -> set[Any]:
    """The words that may stand for a `Literal`."""
    return set(get_args(annotation))
