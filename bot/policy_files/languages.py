"""A policy file in several languages -> one tree for each, before anything else looks at it.

Rule 1: any text that people read may be written once for each language: {en-GB: "…", cy: "…"}. Ids, names of rules,
addresses and numbers are written once.
Rule 2: what is missing in a language is said in the policy's own. That is a fault for `check` only: nobody has to wait
for a translator.
Rule 3: a text written once, where others are written in several, is meant to be the same in all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from bot.policy import Language, Policy, keys_of
from bot.policy_files.faults import found, model_of, nearest
from bot.policy_files.reading import Fault, Place, Tree

CODES: tuple[str, ...] = get_args(Language)
OWN: str = Policy.model_fields["language"].default
ONCE = {"version", "calendar", "zone", "email", "phone", "number", "agency", "rule", "kind"}
"""Texts that are no words, or are compared with what people write; and what says which keys stand beside it."""


def in_each_language(tree: Tree) -> tuple[dict[str, Tree], list[Fault], list[Fault]]:
    """(a tree for each language, the policy's own first; faults; texts that are missing in a language)."""
    own, languages = _languages(tree)
    texts = list(_texts(tree.data, ()))
    faults, missing = list(_list_faults(tree, own, texts)), list[Fault]()
    for path, text in texts:
        wrong = list(_wrong(tree, path, text, own, languages))
        faults += wrong
        if not wrong:
            missing += _missing(tree, path, text, languages)
    return {language: _in(tree, language, own) for language in languages}, faults, missing


def _languages(tree: Tree) -> tuple[str, list[str]]:
    """The policy's own language, and all of them with it first. What has another shape is passed over here."""
    data = tree.data if isinstance(tree.data, dict) else {}
    own = data["language"] if data.get("language") in CODES else OWN
    return own, list(dict.fromkeys([own, *(one for one in _listed(tree) if one in CODES)]))


def _listed(tree: Tree) -> list[Any]:
    listed = tree.data.get("languages") if isinstance(tree.data, dict) else None
    return listed if isinstance(listed, list) else []


def _list_faults(tree: Tree, own: str, texts: Sequence[tuple[Place, dict[str, Any]]]) -> Iterator[Fault]:
    """What is wrong with the list of languages, or that there is none."""
    listed = _listed(tree)
    if texts and not listed:
        codes = ", ".join(dict.fromkeys((own, *(code for _, text in texts for code in text if code in CODES))))
        says = "this text is given by language, but the policy does not say which languages it has."
        yield tree.fault(texts[0][0], f"{says} Write languages: [{codes}] at the top, or one text without {own}: here.")
    if listed and own not in listed:
        text = f"{own} is the policy's own language, but is not among these. Add it, or change the key “language”."
        yield tree.fault(("languages",), text)
    for place, one in enumerate(listed):
        if one in CODES and one in listed[:place]:
            yield tree.fault(("languages", place), f"{one} stands in this list twice. Remove one of them.")


def _texts(value: Any, path: Place) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Every text that is written in several languages, and where."""
    if isinstance(value, dict):
        if _in_several(value):
            yield path, value
            return
        for key, below in value.items():
            yield from _texts(below, (*path, key))
    elif isinstance(value, list):
        for place, below in enumerate(value):
            yield from _texts(below, (*path, place))


def _in_several(value: Any) -> bool:
    return isinstance(value, dict) and any(key in CODES for key in value)


def _wrong(tree: Tree, path: Place, texts: dict[str, Any], own: str, languages: list[str]) -> Iterator[Fault]:
    if not _is_words(path, tree.data):
        key = next((step for step in reversed(path) if isinstance(step, str)), "")
        yield tree.fault(path, f"“{key}” is the same in every language. Write it once, without {own}: and the others.")
        return
    for code, words in texts.items():
        here = (*path, code)
        if code not in CODES:
            yield tree.fault(here, f"there is no language “{code}”. {nearest(code, CODES)}")
        elif code not in languages and _listed(tree):
            text = f"{code} is not among the “languages” of this policy. Add it there, or remove it here."
            yield tree.fault(here, text)
        elif not isinstance(words, str):
            said = found(words, tree.sources.get(here, ""))
            yield tree.fault(here, f"found {said}, but a text in {code} is expected. Write the words in quotes.")
    if own not in texts:
        yield tree.fault(path, f"{own} is missing, which is the policy's own language. Add its text.")


def _missing(tree: Tree, path: Place, texts: dict[str, Any], languages: list[str]) -> Iterator[Fault]:
    for language in languages:
        if language not in texts:
            yield tree.fault(path, f"{language} is missing, so this is said in {languages[0]}. Add its text here.")


def _in(tree: Tree, language: str, own: str) -> Tree:
    """The tree in one language. A text of it knows the line on which it stands in that language."""
    said = replace(tree, lines=dict(tree.lines), sources=dict(tree.sources))
    said.data = _said(tree.data, (), said, language, own)
    if language != own and isinstance(said.data, dict):
        said.data["language"] = language
    return said


def _said(value: Any, path: Place, said: Tree, language: str, own: str) -> Any:
    if _in_several(value):
        chosen = next((code for code in (language, own) if code in value), next(iter(value)))
        said.lines[path] = said.line((*path, chosen))
        if (*path, chosen) in said.sources:
            said.sources[path] = said.sources[(*path, chosen)]
        return value[chosen]
    if isinstance(value, dict):
        return {key: _said(below, (*path, key), said, language, own) for key, below in value.items()}
    if isinstance(value, list):
        return [_said(below, (*path, place), said, language, own) for place, below in enumerate(value)]
    return value


def _is_words(path: Place, data: Any) -> bool:
    """Whether a text that people read stands here. What is not known here is: whoever looks at shapes says it."""
    annotation: Any = Policy
    for step in path:
        if isinstance(step, int):
            annotation = next((one for one in _each(annotation) if get_origin(one) in (list, tuple)), None)
            annotation = get_args(annotation)[0] if annotation else None
            data = data[step]
        else:
            model = model_of(annotation, data)
            info = keys_of(model).get(step) if model else None
            if step in ONCE or (info and _has_pattern(info.metadata)):
                return False
            if info is None:
                return True
            annotation, data = info.annotation, data[step]
    return any(one is str for one in _each(annotation))


def _each(annotation: Any) -> Iterator[Any]:
    """What may stand here, of several; nothing for a name, which has a pattern."""
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        if not _has_pattern(inside[1:]):
            yield from _each(inside[0])
    elif origin in (Union, UnionType):
        for one in inside:
            yield from _each(one)
    else:
        yield annotation


def _has_pattern(metadata: Iterable[Any]) -> bool:
    return any(getattr(one, "pattern", None) or _has_pattern(getattr(one, "metadata", ())) for one in metadata)
