"""Whether Slack would take what it is given: blocks by the schema of its own types, and the limits beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator, ValidationError
from jsonschema.validators import extend

from tests.slack.workspace import Json, SlackError

SCHEMA = Path(__file__).parent.parent / "data" / "blockkit.schema.json"
MESSAGE_BLOCKS, VIEW_BLOCKS = 50, 100
TEXT = 4000
"""Slack cuts texts of messages off at 40 000 characters, and takes 4000 in an update."""
METADATA, VIEW, BYTES = 8000, 250_000, 24_000
WORDS = {"text", "action_id", "value", "initial_value"}
"""Where anything may stand, as long as it is not too long."""


@cache
def _schema() -> Json:
    loaded: Json = json.loads(SCHEMA.read_text("utf-8"))
    return loaded


@cache
def _names() -> dict[str, str]:
    """Type of a block -> its name in the schema."""
    blocks = {name: body for name, body in _schema()["definitions"].items() if name.endswith("Block")}
    return {body["properties"]["type"]["const"]: name for name, body in blocks.items() if "properties" in body}


@cache
def _validator(name: str) -> Draft7Validator:
    made: Draft7Validator = _checking()({"$ref": f"#/definitions/{name}", "definitions": _schema()["definitions"]})
    return made


@cache
def _checking() -> Any:
    """As the schema says it, but nothing is compared with what is of another type: that was most of the work."""
    of_any = Draft7Validator.VALIDATORS["anyOf"]

    def any_of(validator: Any, kinds: list[Json], given: Any, schema: Json) -> Iterator[ValidationError]:
        said = given.get("type") if isinstance(given, dict) else None
        likely = [kind for kind in kinds if said is None or _type_of(kind.get("$ref", "")) in {None, said}]
        yield from of_any(validator, likely or kinds, given, schema)

    return extend(Draft7Validator, {"anyOf": any_of})  # type: ignore[no-untyped-call]


@cache
def _type_of(reference: str) -> str | None:
    """The one type that this part of the schema takes; None where it takes several, or says nothing of it."""
    body = _schema()["definitions"].get(reference.rpartition("/")[2], {})
    kind = body.get("properties", {}).get("type", {}).get("const")
    return kind if isinstance(kind, str) else None


def check_text(text: str, blocks: list[Json]) -> None:
    """Also a message of blocks needs its text: it is what notifications and screen readers say."""
    if not text.strip():
        raise SlackError("no_text")
    if len(text) > TEXT:
        raise SlackError("msg_too_long")


def check_length(blocks: list[Json]) -> None:
    """Of a message. Nowhere documented; so much was seen to be taken."""
    if len(json.dumps(blocks, ensure_ascii=False, separators=(",", ":")).encode()) > BYTES:
        raise SlackError("msg_blocks_too_long")


def check_blocks(blocks: list[Json], users: set[str], most: int = MESSAGE_BLOCKS) -> None:
    if wrong := [*_faults(blocks, users, most)]:
        raise SlackError("invalid_blocks", response_metadata={"messages": [f"[ERROR] {each}" for each in wrong]})


def _faults(blocks: list[Json], users: set[str], most: int) -> Iterator[str]:
    if len(blocks) > most:
        yield f"no more than {most} items allowed [json-pointer:/blocks]"
    for n, block in enumerate(blocks):
        name = _names().get(block.get("type", ""))
        if name is None:
            yield f"unsupported type [json-pointer:/blocks/{n}]"
            continue
        yield from (f"{fault[0]} [json-pointer:/blocks/{n}{fault[1]}]" for fault in _block_faults(name, block))
    elements = [element for block in blocks for element in elements_of(block)]
    for kind, ids in [("block_id", blocks), ("action_id", elements)]:
        given = [each[kind] for each in ids if each.get(kind)]
        if len(given) > len(set(given)):
            yield f"{kind} is not unique"
    mailboxes = [
        each["initial_value"] for each in elements if each["type"] == "email_text_input" and "initial_value" in each
    ]
    if any(re.fullmatch(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", each, re.ASCII) is None for each in mailboxes):
        yield "initial value must be a valid email format"  # issue 1580 of slackapi/node-slack-sdk
    if unknown := {each["initial_user"] for each in elements if "initial_user" in each} - users:
        yield f"invalid initial_user: {len(unknown)}"


def schema_faults(blocks: list[Json]) -> list[str]:
    """What the schema alone has against them, whatever else is limited."""
    found = ((n, fault) for n, block in enumerate(blocks) for fault in _block_faults(_names()[block["type"]], block))
    return [f"{n}: {what} {where}" for n, (what, where) in found]


def _block_faults(name: str, block: Json) -> tuple[tuple[str, str], ...]:
    """Most blocks differ in their id and their words only, so only how long these are is looked up."""
    given = block.get("block_id", "x")
    if not isinstance(given, str) or not 0 < len(given) <= 255:
        return (("maxLength", "$.block_id"),)
    return _faults_of(name, json.dumps(_outline({**block, "block_id": "x"})))


def _outline(given: Any) -> Any:
    """The same with other words, as long as the schema may take them to be."""
    if isinstance(given, list):
        return [_outline(each) for each in given]
    if not isinstance(given, dict):
        return given
    return {
        name: "x" * _as_long_as(len(each)) if name in WORDS and isinstance(each, str) else _outline(each)
        for name, each in given.items()
    }


def _as_long_as(length: int) -> int:
    """Of all lengths between which the schema makes no difference, the longest."""
    return next((limit for limit in _limits() if limit >= length), _limits()[-1] + 1)


@cache
def _limits() -> tuple[int, ...]:
    found = {0}

    def look(at: Any) -> None:
        if isinstance(at, dict):
            found.update(at[name] - less for name, less in (("maxLength", 0), ("minLength", 1)) if name in at)
            for each in at.values():
                look(each)
        if isinstance(at, list):
            for each in at:
                look(each)

    look(_schema())
    return tuple(sorted(found))


@lru_cache(maxsize=10_000)
def _faults_of(name: str, block: str) -> tuple[tuple[str, str], ...]:
    return tuple((str(error.validator), error.json_path) for error in _validator(name).iter_errors(json.loads(block)))


def elements_of(block: Json) -> list[Json]:
    """Everything in it that can be pressed or filled in."""
    match block.get("type"):
        case "input":
            return [block["element"]] if "element" in block else []
        case "actions":
            return list(block.get("elements", ()))
        case "section" if "accessory" in block:
            return [block["accessory"]]
    return []


def check_metadata(metadata: Json) -> None:
    kind, payload = metadata.get("event_type"), metadata.get("event_payload")
    if not isinstance(kind, str) or not kind or not isinstance(payload, dict):
        raise SlackError("invalid_metadata_format")
    if len(json.dumps(metadata)) > METADATA:
        raise SlackError("metadata_too_large")


def check_view(view: Json, users: set[str]) -> None:
    if len(json.dumps(view)) > VIEW:
        raise SlackError("view_too_large")
    wrong = [*_view_faults(view)]
    if wrong:
        raise SlackError("invalid_arguments", response_metadata={"messages": [f"[ERROR] {each}" for each in wrong]})
    check_blocks(view["blocks"], users, VIEW_BLOCKS)


def _view_faults(view: Json) -> Iterator[str]:
    if view.get("type") not in {"modal", "home"} or not isinstance(view.get("blocks"), list):
        yield "a view has a type, modal or home, and blocks"
        return
    if len(view.get("private_metadata", "")) > 3000:
        yield "private_metadata is longer than 3000"
    for name in ("callback_id", "external_id"):
        if len(view.get(name, "")) > 255:
            yield f"{name} is longer than 255"
    if view["type"] == "home":
        return
    for name in ("title", "submit", "close"):
        text = view.get(name)
        if text is None and name != "title":
            continue
        if not isinstance(text, dict) or text.get("type") != "plain_text" or not 0 < len(text.get("text", "")) <= 24:
            yield f"{name} is plain_text of 1 to 24 characters"
    if "submit" not in view and any(block.get("type") == "input" for block in view["blocks"]):
        yield "submit is missing, and there are inputs"
