"""Whether Teams would take what it is given: cards by the schema of Adaptive Cards 1.5, and the rules beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft6Validator

from tests.teams.tenants import Json, TeamsError

SCHEMA = Path(__file__).parent.parent / "data" / "adaptive-card-1.5.schema.json"
CARD = "application/vnd.microsoft.card.adaptive"
CARD_BYTES, MESSAGE_BYTES = 25 * 1024, 80 * 1024
"""As UTF-16. Teams takes more; less is safe everywhere."""
ACTIONS = 6
"""What Teams shows of them; more are cut off."""
REFRESHED = 60
"""So many people can be named to whom a card shows how it stands by itself."""
PICKER = {"type": "Data.Query", "dataset": "graph.microsoft.com/users"}
"""How Teams' own people picker is asked for; no version of the schema knows it."""
FREE = {"text", "title", "label", "value", "id", "placeholder", "errorMessage", "altText", "fallbackText", "speak",
        "verb"}  # fmt: skip
"""Where any words may stand."""


def check_activity(activity: Json) -> list[Json]:
    """Its cards. Raises TeamsError for what Teams would not show."""
    if activity.get("type") != "message":
        raise TeamsError(400, "BadSyntax", "Only messages can be said.")
    attachments = activity.get("attachments") or []
    if any(each.get("contentType") != CARD for each in attachments):
        raise TeamsError(400, "BadSyntax", "Unknown attachment type")
    if not attachments and not str(activity.get("text") or "").strip():
        raise TeamsError(400, "BadSyntax", "Activity resulted into no content.")
    if attachments and not str(activity.get("summary") or "").strip():
        raise TeamsError(400, "BadSyntax", "A message of cards has a summary, or notifications say only “Sent a card”.")
    cards = [each.get("content") for each in attachments]
    if wrong := [fault for card in cards for fault in faults_of(card)]:
        raise TeamsError(400, "BadSyntax", "; ".join(wrong))
    if size(activity) > MESSAGE_BYTES or any(size(card) > CARD_BYTES for card in cards):
        raise TeamsError(413, "MessageSizeTooBig", "Message size too large.")
    return cards


def size(given: object) -> int:
    return len(json.dumps(given, ensure_ascii=False, separators=(",", ":")).encode("utf-16-le"))


def faults_of(card: Any) -> list[str]:
    """Everything that is wrong with a card, for whoever drew it."""
    if not isinstance(card, dict) or card.get("type") != "AdaptiveCard":
        return ["a card has the type AdaptiveCard"]
    return [*_frame_faults(card), *(fault for element in _outside(card) for fault in _schema_faults(element))]


def _frame_faults(card: Json) -> Iterator[str]:
    if card.get("version") not in {"1.0", "1.1", "1.2", "1.3", "1.4", "1.5"}:
        yield f"version is {card.get('version')!r}"
    if not str(card.get("fallbackText", "")).strip():
        yield "fallbackText is missing"
    yield from _faults("AdaptiveCard", json.dumps(_outline(_frame(card))))
    asked = (card.get("refresh") or {}).get("userIds") or []
    if len(asked) > REFRESHED or not all(re.fullmatch(r"29:\S+|8:orgid:[0-9a-f-]{36}", each) for each in asked):
        yield f"refresh names at most {REFRESHED} people, as Teams calls them"
    if len(card.get("actions") or []) > ACTIONS:
        yield f"more than {ACTIONS} actions"
    yield from (f"an ActionSet has more than {ACTIONS}" for each in walk(card) if len(_set(each)) > ACTIONS)
    ids = [each["id"] for each in walk(card) if each.get("id")]
    yield from (f"id is not unique: {id}" for id in sorted({id for id in ids if ids.count(id) > 1}))
    for each in walk(card):
        if str(each.get("type", "")).startswith("Input.") and not each.get("id"):
            yield f"an {each['type']} has no id"
        if each.get("choices.data") not in (None, PICKER):
            yield "choices.data is not the people picker"


def _set(element: Json) -> list[Json]:
    return list(element.get("actions") or []) if element.get("type") == "ActionSet" else []


def _frame(card: Json) -> Json:
    """The card without what is looked at by itself; what Teams alone knows stands under `msteams`."""
    return {name: [] if name in {"body", "actions"} else each for name, each in card.items() if name != "msteams"}


def _outside(card: Json) -> list[Json]:
    return [*(card.get("body") or []), *(card.get("actions") or [])]


def walk(at: Any) -> Iterator[Json]:
    """Everything in it that has a type, itself included; not what buttons carry."""
    if isinstance(at, dict):
        if "type" in at:
            yield at
        for name, each in at.items():
            if name not in {"data", "msteams", "choices.data"}:
                yield from walk(each)
    if isinstance(at, list):
        for each in at:
            yield from walk(each)


# ── the schema ───────────────────────────────────────────────────────────────────────────────────────────────


@cache
def _schema() -> Json:
    loaded: Json = json.loads(SCHEMA.read_text("utf-8"))
    return loaded


@cache
def _validator(name: str) -> Draft6Validator:
    return Draft6Validator({"$ref": f"#/definitions/{name}", "definitions": _schema()["definitions"]})


def _schema_faults(element: Any) -> tuple[str, ...]:
    """Most elements differ in their words only, which the schema does not limit."""
    name = element.get("type") if isinstance(element, dict) else None
    if name not in _schema()["definitions"]:
        return (f"there is no element {name!r}",)
    return _faults(str(name), json.dumps(_outline(element)))


@lru_cache(maxsize=10_000)
def _faults(name: str, element: str) -> tuple[str, ...]:
    return tuple(
        f"{name}: {error.validator} at {error.json_path}" for error in _validator(name).iter_errors(json.loads(element))
    )


def _outline(given: Any) -> Any:
    if isinstance(given, list):
        return [_outline(each) for each in given]
    if not isinstance(given, dict):
        return given
    return {
        name: "x" if name in FREE and isinstance(each, str) else {} if name == "data" else _outline(each)
        for name, each in given.items()
        if name != "choices.data" or each != PICKER
    }
