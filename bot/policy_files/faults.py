"""What pydantic says of a wrong policy -> sentences for the person who writes policy files.

Rule 1: each sentence says what was found, what is expected, and what to do; no word of Python or pydantic.
Rule 2: an unknown word is answered with the nearest known one, a missing key with what it is for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bot.fields import Kind
from bot.policy import AnyLimit, Policy, keys_of
from bot.policy_files.reading import Fault, Place, Tree
from bot.policy_files.what_for import WHAT_FOR


def nearest(word: str, known: Iterable[str], what: str = "Known here") -> str:
    """The remedy for an unknown word: the nearest known one and all of them, as sentences."""
    known = list(known)
    close = get_close_matches(word.casefold(), [name.casefold() for name in known], n=1, cutoff=0.55)
    meant = next((f"Did you mean “{name}”? " for name in known if close and name.casefold() == close[0]), "")
    return f"{meant}{what}: {', '.join(known) or 'none'}."


def found(value: Any, source: str = "") -> str:
    """What stands in the file, as people say it; `source` is how it is written there."""
    match value:
        case None:
            return "nothing"
        case bool():
            return f"“{source or str(value).lower()}” (yes or no)"
        case int() | float():
            return f"the number {source or value}"
        case str():
            return f"the text “{value[:60]}{'…' if len(value) > 60 else ''}”"
        case list():
            return "a list"
        case _:
            return "a group of keys"


def shape_faults(tree: Tree) -> Iterator[Fault]:
    """Everything in which the data is not a policy, looking at each part alone."""
    try:
        Policy.model_validate(tree.data)
    except ValidationError as wrong:
        for error in wrong.errors(include_url=False):
            path, model, value = _place(error["loc"], tree.data)
            yield tree.fault(path, _sentence(error, path, model, value, tree.sources.get(path, "")))


def model_of(annotation: Any, data: Any) -> type[BaseModel] | None:
    """The model that `data` is meant to be; of several, the one whose `rule` or `kind` it names."""
    if get_origin(annotation) is Annotated:
        return model_of(get_args(annotation)[0], data)
    if get_origin(annotation) in (Union, UnionType):
        models = [model for one in get_args(annotation) if (model := model_of(one, data))]
        if len(models) == 1:
            return models[0]
        chosen = (data.get("rule"), data.get("kind")) if isinstance(data, dict) else ()
        return next((model for model in models if _tag(model) in chosen), None)
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _tag(model: type[BaseModel]) -> Any:
    chosen_by = model.model_fields.get("rule") or model.model_fields.get("kind")
    return get_args(chosen_by.annotation)[0] if chosen_by else None


def _place(loc: tuple[int | str, ...], data: Any) -> tuple[Place, type[BaseModel] | None, Any]:
    """pydantic's place of an error -> the path in the file, the model of the part around it, the value there.

    pydantic names the chosen rule or kind as a step of its own, which no file has; such steps are left out.
    """
    annotation: Any = Policy
    around: type[BaseModel] | None = None
    path: list[str | int] = []
    for place, step in enumerate(loc):
        last = place == len(loc) - 1
        if isinstance(data, str) and not last:
            data = {"kind": data}  # `answer: line` is short for this
        if isinstance(data, list) and isinstance(step, int):
            items = get_args(annotation)
            annotation, data = (items[0] if items else None), data[step]
        elif isinstance(data, dict) and isinstance(step, str):
            around = model_of(annotation, data)
            info = keys_of(around).get(step) if around else None
            if step not in data and not (last and info):
                continue
            annotation, data = (info.annotation if info else None), data.get(step)
        else:
            continue
        path.append(step)
    return tuple(path), around, data


def _sentence(error: ErrorDetails, path: Place, model: type[BaseModel] | None, value: Any, source: str) -> str:
    key = str(path[-1]) if path else ""
    about = error.get("ctx", {})
    held = found(value, source)
    match error["type"]:
        case "missing":
            return f"the key “{key}” is missing. It says {_meaning(model, key)}."
        case "extra_forbidden":
            return f"there is no key “{key}” here. {nearest(key, keys_of(model) if model else ())}"
        case "literal_error":
            known = re.findall(r"'([^']*)'", str(about["expected"]))
            return f"found {held}, which is not known here. {nearest(str(value), known)}"
        case "union_tag_invalid":
            known = re.findall(r"'([^']*)'", str(about["expected_tags"]))
            chosen_by = about["discriminator"].strip("'")
            return f"there is no {chosen_by} “{about['tag']}”. {nearest(str(about['tag']), known)}"
        case "union_tag_not_found":
            chosen_by = about["discriminator"].strip("'")
            known = [_tag(one) for one in _choices(chosen_by)]
            return f"the key “{chosen_by}” is missing. It says {WHAT_FOR[chosen_by]}: {', '.join(known)}."
        case "string_type":
            return f"found {held}, but a text is expected. {_as_text(value, source)}"
        case "bool_type":
            return f"found {held}, but true or false is expected. {_as_bool(value)}"
        case "int_type" | "int_from_float":
            return f"found {held}, but a whole number is expected. {_as_number(value)}"
        case "list_type" | "tuple_type":
            return f"found {held}, but a list is expected. Write each entry on its own line after a dash."
        case "model_type" | "dict_type" | "model_attributes_type":
            return f"found {held}, but keys are expected. Write each on its own line below, indented."
        case "greater_than_equal":
            return f"found {held}, but it must be {about['ge']} or more. Change the number."
        case "less_than_equal":
            return f"found {held}, but it must be {about['le']} or less. Change the number."
        case "string_too_short":
            return "the text is empty. Write the words, or remove the key if it may be left out."
        case "string_too_long":
            return f"the text has {len(str(value))} characters, but at most {about['max_length']} fit. Shorten it."
        case "too_short":
            held, least = about["actual_length"], about["min_length"]
            return f"the list has {held} entries, but needs at least {least}. Add what is missing."
        case "string_pattern_mismatch":
            return f"found {held}. {_pattern(str(about['pattern']))}"
        case kind if kind.startswith("date"):
            return f"found {held}, which is not a day. Write it like 2026-03-27, with the figures of the keyboard."
        case _:
            return f"{held} cannot be used here. policies/README.md says what this key takes."


def _choices(chosen_by: str) -> tuple[type[BaseModel], ...]:
    """The models among which the key `rule` or `kind` chooses."""
    return get_args(get_args(AnyLimit if chosen_by == "rule" else Kind)[0])


def _meaning(model: type[BaseModel] | None, key: str) -> str:
    for part in model.__mro__ if model else ():
        if (name := f"{part.__name__}.{key}") in WHAT_FOR:
            return WHAT_FOR[name]
    return WHAT_FOR.get(key, "something that cannot be left out; policies/README.md explains it")


def _as_bool(value: Any) -> str:
    word = str(value).strip().casefold()
    if word in ("yes", "y", "on", "true", "1"):
        return "Write true, without quotes."
    if word in ("no", "n", "off", "false", "0"):
        return "Write false, without quotes."
    return "Write true or false, without quotes."


def _as_number(value: Any) -> str:
    plain = unicodedata.normalize("NFKC", value).strip() if isinstance(value, str) else ""
    if plain.isdecimal():
        figures = "".join(str(unicodedata.decimal(c)) for c in plain)
        return f"Write it without quotes, in the figures of the keyboard: {figures}."
    return "Write figures without quotes."


def _as_text(value: Any, source: str) -> str:
    if isinstance(value, list | dict):
        return "Write one text; put quotes around it if it has a colon or begins with a dash or a bracket."
    if value is None:
        return "Write the words after the colon, or remove the key if it may be left out."
    return f'Put it in quotes: "{source or value}".'


def _pattern(pattern: str) -> str:
    if ".docx" in pattern:
        return "The name of a Word file beside the policy file is expected, such as our-form.docx, without a folder."
    if ":" in pattern:
        return 'A time of day is expected, in quotes and with 24 hours, for example "17:00".'
    if pattern.endswith("]+$"):
        return "Use only small letters, digits, - and _: no spaces, and no # in front."
    joined = "digits, - and _" if "-]" in pattern else "digits and _"
    return f"Use only small letters, {joined}, and begin with a letter or a digit."
