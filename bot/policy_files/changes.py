"""What has changed between two versions of a policy, in plain English, for whoever has to approve it.

Rule: what matters most has a sentence of its own; for everything else the last sentence here serves, so that no change
is ever left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

from pydantic import BaseModel

from bot.fields import Answer
from bot.policies import Version
from bot.policy import Boundary, Form, FormField, Limit, Moment, Nudges, People, Policy, Recipient, Stage, Trigger
from bot.policy_files import in_words, summary_forms, summary_nudges, summary_stages
from bot.policy_files.comparing import Difference, differences, in_another_language
from bot.policy_files.in_words import LANGUAGES, quoted
from bot.policy_files.key_names import KEYS, PARTS, VALUES
from bot.policy_files.summary import MATTERS

Kind = TypeVar("Kind", bound=BaseModel)

OF_STAGES = ("to", "stages", "stage")
"""Keys that name stages."""
SAID_OF_FIELD = ("id", "label", "help", "answer", "needed", "only_for", "only_when", "prefill", "moment")
"""Keys of a question that the sentence about it says."""
CALLED = ("label", "name", "title", "heading")
"""Keys that say what a part is called."""


def changes(old: Version, new: Version) -> list[str]:
    """Lines of plain text: what has changed from one version to the other. Says so if nothing has."""
    before, after = old.policy, new.policy
    found = differences(before, after)
    lines = list(_heading(before, after))
    said = [line for one in found if one.place != ("version",) for line in _sentences(one, before, after)]
    for language in new.languages.keys() & old.languages.keys() - {after.language}:
        there = differences(old.languages[language], new.languages[language])
        only = in_another_language(there, found)
        said += [f"In {LANGUAGES[language]}: {line}" for one in only for line in _sentences(one, before, after)]
    said += [
        f"{name}: the file itself has changed. Compare both in Word."
        for name in sorted(old.templates.keys() & new.templates.keys())
        if old.templates[name] != new.templates[name]
    ]
    if not said:
        return [*lines, "", "Only the version has changed." if found else "Nothing that the file says has changed."]
    warnings = [] if before.version != after.version or old.digest == new.digest else [_same_version(after)]
    return [*lines, *warnings, "", *dict.fromkeys(said)]


def _heading(before: Policy, after: Policy) -> Iterator[str]:
    yield f"{after.name} ({after.id})"
    yield f"What has changed from version {before.version} to version {after.version}:"


def _same_version(policy: Policy) -> str:
    return (
        f"Warning: the version is {policy.version} in both, although something has changed. Give the new file another"
        " version, because every escalation keeps to the version under which it began."
    )


def _sentences(one: Difference, before: Policy, after: Policy) -> list[str]:
    """One difference as a sentence, or a few lines for a part that is new."""
    if one.key in OF_STAGES:
        one = replace(one, old=_labelled(one.old, before), new=_labelled(one.new, after))
    match one.what:
        case "added":
            return list(_added(one, after))
        case "removed":
            return [_removed(one, before)]
        case "order":
            return [f"{_where(one)}: {_key(one)}: the order was {_names(one.old)}; is {_names(one.new)}."]
        case "changed":
            return list(_changed(one, before, after))


def _labelled(value: Any, policy: Policy) -> Any:
    """Ids of stages as the labels of the stages."""
    names = in_words.stage_names(policy)
    if isinstance(value, list):
        return [_labelled(one, policy) for one in value]
    return names.get(value, value) if isinstance(value, str) else value


# ── what is new, and what is gone ────────────────────────────────────────────────────────────────────────────


def _added(one: Difference, policy: Policy) -> Iterator[str]:
    place = _where(one)
    match one.new:
        case Stage():
            yield f"{one.new.label} is new:"
            yield from list(summary_stages.stage(one.new, policy))[1:]
        case Form():
            yield f"{place}: the form {one.new.title} is new:"
            yield from list(summary_forms.form(one.new, policy))[1:]
        case FormField():
            yield f"{place} asks something new: {summary_forms.field(one.new, _form(one, policy))}."
            yield from _leaves(one.new)
        case Recipient():
            yield f"{place} goes to somebody new: {in_words.recipient(one.new, policy)}{_at(one.new, one)}."
        case BaseModel():
            yield f"{place}: {_key(one)}: {_name(one.new)} is new."
            yield from _leaves(one.new)
        case _:
            yield f"{place}: {_key(one)}: {_value(one.key, one.new)} is new."


def _leaves(part: BaseModel) -> Iterator[str]:
    """Everything that a new part says, one line each."""
    said = SAID_OF_FIELD if isinstance(part, FormField) else ("id", "label", "name", "title")
    for key in type(part).model_fields:
        value = getattr(part, key)
        if key in part.model_fields_set and key not in said and value not in ("", [], None):
            yield f"  {KEYS.get(key, key.replace('_', ' '))}: {_value(key, value)}"


def _at(recipient: Recipient, one: Difference) -> str:
    form = _around(one, Form)
    moments = [moment.label for moment in form.moments if moment.id in recipient.moments] if form else []
    return f" ({'; '.join(moments)})" if moments else ""


def _removed(one: Difference, policy: Policy) -> str:
    place = _where(one)
    match one.old:
        case Stage():
            return f"{one.old.label}{f' ({one.old.title})' if one.old.title else ''} is gone."
        case Form():
            return f"{place}: the form {one.old.title} is gone."
        case FormField():
            return f"{place} no longer asks {quoted(one.old.label)}."
        case Recipient():
            return f"{place} no longer goes to {in_words.recipient(one.old, policy)}."
        case BaseModel():
            return f"{place}: {_key(one)}: {_name(one.old)} is gone."
        case _:
            return f"{place}: {_key(one)}: {_value(one.key, one.old)} is gone."


# ── what is otherwise than it was ────────────────────────────────────────────────────────────────────────────


def _changed(one: Difference, before: Policy, after: Policy) -> Iterator[str]:
    part, place = one.around[-1], _where(one)
    match one.old, one.new:
        case Limit(), Limit():
            yield from _limit(one, before, after)
        case Trigger(), Trigger():
            yield from _both(one, in_words.trigger(one.old, before), in_words.trigger(one.new, after))
        case People(), People():
            yield from _both(one, in_words.people(one.old), in_words.people(one.new))
        case str(), str() if one.old and one.new and one.key in CALLED and type(part).__name__ not in PARTS:
            yield from _called(one)
        case bool(), bool() if isinstance(part, FormField) and one.key == "needed":
            yield f"{place} {'is needed now' if one.new else 'may be skipped now'}."
        case bool(), bool() if isinstance(part, Moment) and one.key == "send":
            yield f"{place}: the form is {'sent then now' if one.new else 'no longer sent then'}."
        case int(), int() if isinstance(part, Nudges):
            was, now = (summary_nudges.when(one.key, n) for n in (one.old, one.new))
            yield f"{place}, {summary_nudges.NUDGED[one.key][0]}: were {was}; are {now}."
        case str(), str() if isinstance(part, Policy) and one.key == "id":
            yield f"The id was {one.old}, is {one.new}: this is another policy, and not a version of the old one."
        case str(), str() if one.old and one.new and one.key not in VALUES:
            was, now = _differing(one.old, one.new)
            yield f"{place}: {_key(one)}: was {was}, is {now}."
        case _:
            yield f"{place}: {_key(one)}: was {_value(one.key, one.old)}, is {_value(one.key, one.new)}."


def _called(one: Difference) -> Iterator[str]:
    """A part has another label or name: it is told by its old one."""
    part = one.around[-1]
    was, now = _differing(one.old, one.new)
    place = "" if len(one.around) == 2 else f"{_where(one, outer=True)}: "
    if isinstance(part, Stage) and one.key == "label":
        yield f"{one.old} is called {one.new} now."
    elif isinstance(part, Policy):
        yield f"The policy is called {now} now; it was {was}."
    elif isinstance(part, FormField):
        yield f"{place}{was} is worded {now} now."
    else:
        yield f"{place}{was} is called {now} now."


def _both(one: Difference, was: str, now: str) -> Iterator[str]:
    """A part that is told as a whole; where both are said alike, that it is written otherwise."""
    if was == now:
        yield f"{_where(one)}: {_key(one)} is written otherwise, but means the same: {now}."
    else:
        yield f"{_where(one)}: {_key(one)}: was {was.rstrip('.')}; is {now.rstrip('.')}."


def _limit(one: Difference, before: Policy, after: Policy) -> Iterator[str]:
    stage = _around(one, Stage)
    place, was, now = _where(one), in_words.limit(one.old, before, stage), in_words.limit(one.new, after, stage)
    told = was != now
    if told:
        yield from _both(one, was, now)
    if one.old.words != one.new.words:
        told = True
        old, new = _differing(one.old.words, one.new.words)
        yield f"{place}: the limit’s words: were {old}, are {new}."
    if getattr(one.old, "printed", True) != getattr(one.new, "printed", True):
        told = True
        yield f"{place}: the limit’s words are {'printed in the policy' if _is_printed(one.new) else 'ours'} now."
    if not told:
        yield from _both(one, was.rstrip("."), now.rstrip("."))


def _is_printed(limit: Limit) -> bool:
    return bool(getattr(limit, "printed", True))


def _differing(old: str, new: str) -> tuple[str, str]:
    """Both texts in quotation marks; of long ones, the words where they differ."""
    before, after = old.split(), new.split()
    if max(len(before), len(after)) <= 20 or before == after:
        return (quoted(old), quoted(new)) if before != after else (f"“{old}”", f"“{new}”")
    start = next(n for n in range(len(before) + 1) if before[n : n + 1] != after[n : n + 1])
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    return _excerpt(before, start, end), _excerpt(after, start, end)


def _excerpt(words: list[str], start: int, end: int) -> str:
    first, last = max(start - 4, 0), min(len(words) - end + 4, len(words))
    said = quoted(" ".join(words[first:last]), 300)[1:-1]
    return f"“{'… ' if first else ''}{said}{' …' if last < len(words) else ''}”"


# ── names ────────────────────────────────────────────────────────────────────────────────────────────────────


def _around(one: Difference, kind: type[Kind]) -> Kind | None:
    return next((part for part in reversed(one.around) if isinstance(part, kind)), None)


def _form(one: Difference, policy: Policy) -> Form:
    return _around(one, Form) or policy.forms[0]


def _where(one: Difference, *, outer: bool = False) -> str:
    """The parts around it, by their names: Stage 2, “By telephone”."""
    around = one.around[:-1] if outer else one.around
    parts = [part for part in around if not isinstance(part, Policy | Answer)]
    return ", ".join(_name(part) for part in parts) or "The policy"


def _name(part: BaseModel) -> str:
    """What a part is called: its label, name or words; of those that are there once, what they are."""
    if type(part).__name__ in PARTS:
        return PARTS[type(part).__name__]
    if isinstance(part, Stage):
        return part.label
    if isinstance(part, Form):
        return f"The form {part.title}"
    if isinstance(part, Boundary):
        return part.label or MATTERS.get(part.kind, part.kind)
    for key in ("label", "heading", "name", "title", "agency", "sector", "words", "kind", "priority", "id"):
        if text := getattr(part, key, ""):
            return quoted(str(text), 80)
    return "one entry"


def _names(listed: list[Any]) -> str:
    return ", ".join(_name(one) if isinstance(one, BaseModel) else _value("", one) for one in listed)


def _key(one: Difference) -> str:
    owner = type(one.around[-1]).__name__
    return KEYS.get(f"{owner}.{one.key}") or KEYS.get(one.key) or one.key.replace("_", " ")


def _value(key: str, value: Any) -> str:
    """What stands under a key, as people say it."""
    match value:
        case None | "" | [] | ():
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case date():
            return f"{value:%d/%m/%Y}"
        case str() if key in VALUES and value in VALUES[key]:
            return VALUES[key][value]
        case str():
            return quoted(value)
        case Answer():
            return summary_forms.answer(value)
        case BaseModel():
            names = [name for name in type(value).model_fields if name in value.model_fields_set]
            return f"({', '.join(f'{name} {_value(name, getattr(value, name))}' for name in names)})"
        case list() | tuple():
            return "; ".join(_value(key, one) for one in value)
        case _:
            return str(value)
