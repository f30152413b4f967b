"""A policy file's text -> plain data that knows its lines, and what is wrong with the YAML itself.

Rule 1: every value stands in the file where it is used, once: no key twice, no references, no special types.
Rule 2: nothing here knows what a policy is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, Event, NodeEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.policy_files.plain_words import in_plain_words

Place = tuple[str | int, ...]
"""Where a value stands: ("stages", 0, "limit", "days")."""

LARGEST, DEEPEST, MOST = 1_000_000, 30, 20_000
"""Bytes, levels and entries of a file; a whole policy has a thirtieth of them. More would only make us wait."""


class Fault(NamedTuple):
    """One thing that is wrong. `text` is what is wrong and the remedy, in whole sentences."""

    line: int
    path: Place
    text: str


@dataclass
class Tree:
    """What a file says as dicts, lists, texts, numbers, true/false and None, and the line of each part."""

    data: Any = None
    text: str = ""
    """The file as it is."""
    lines: dict[Place, int] = field(default_factory=dict)
    sources: dict[Place, str] = field(default_factory=dict)
    """The words in the file of each number, true or false: 1.10 is not the number 1.1 to who wrote it."""
    faults: list[Fault] = field(default_factory=list)

    def line(self, path: Place) -> int:
        """The line of the value, or of the nearest part around it that stands in the file."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def fault(self, path: Place, text: str) -> Fault:
        return Fault(self.line(path), path, text)

    def name(self, path: Place) -> str:
        """The path as people read it: parts of a list by their id, or by their place counted from 1."""
        names = []
        here = self.data
        for step in path:
            here = _inside(here, step)
            own = here.get("id") if isinstance(step, int) and isinstance(here, dict) else None
            by_place = str(step + 1) if isinstance(step, int) else step
            names.append(own if isinstance(own, str) and own else by_place)
        return ".".join(names)


def _inside(data: Any, step: str | int) -> Any:
    if isinstance(data, dict):
        return data.get(step)
    if isinstance(data, list) and isinstance(step, int) and step < len(data):
        return data[step]
    return None


def read_tree(path: Path) -> Tree:
    """Read a file. Where it is not YAML at all, the tree holds that one fault and `data` is None."""
    tree = Tree()
    text = _text_of(path, tree)
    return tree if tree.faults else tree_of(text)


def tree_of(text: str) -> Tree:
    """What a file with this text says."""
    tree = Tree(text=text)
    try:
        # Pure Python reads YAML 1.2, in which yes, no and 17:00 are words. The nodes are used, since they know
        # their lines; round-trip mode would know them too, but leaves marks inside folded texts.
        events = deque[Event]()
        tree.faults.extend(_forbidden(text, events))
        node = _composed(events) if not tree.faults else None
    except MarkedYAMLError as error:
        line, said = in_plain_words(error)
        tree.faults = [Fault(line, (), said)]
    except YAMLError as error:
        line = text.count("\n", 0, getattr(error, "position", 0)) + 1  # counted before `text` is our own words
        text = "there is a character that cannot stand in a YAML file. Remove it, or type the line again."
        tree.faults = [Fault(line, (), text)]
    else:
        if not tree.faults and node is None:
            text = "the file is empty. Copy one of the shipped policy files and change it."
            tree.faults = [Fault(1, (), text)]
        elif node is not None:
            tree.data = _plain(node, (), tree)
    return tree


def _text_of(path: Path, tree: Tree) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except FileNotFoundError:
        tree.faults.append(Fault(1, (), "there is no such file. Check the name and the folder."))
        return ""
    except OSError as error:
        text = f"the file cannot be read ({error.strerror}). Check that it is a file, and who may read it."
        tree.faults.append(Fault(1, (), text))
        return ""
    if len(content) > LARGEST:
        text = f"the file is larger than {LARGEST:,} bytes, which no policy is. Check that it is the right file."
        tree.faults.append(Fault(1, (), text))
        return ""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        text = "the file is not UTF-8 text. Save it again with the encoding UTF-8."
        tree.faults.append(Fault(line, (), text))
        return ""


def _forbidden(text: str, events: deque[Event]) -> Iterator[Fault]:
    """References and special types, which would hide where a value comes from; and what no policy can need.

    What was read is added to `events`.
    """
    depth = entries = 0
    for event in YAML(typ="safe", pure=True).parse(text):
        events.append(event)
        line = event.start_mark.line + 1
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        entries += isinstance(event, NodeEvent)
        if depth > DEEPEST:
            said = f"lists or keys are nested more than {DEEPEST} deep. Check the brackets and the indents."
            yield Fault(line, (), said)
            return
        if entries > MOST:
            said = f"the file has more than {MOST:,} entries, which no policy has. Check that it is the right file."
            yield Fault(line, (), said)
            return
        if isinstance(event, AliasEvent):
            said = f"*{event.anchor} refers to another place. Write the words out here instead."
            yield Fault(line, (), said)
        elif isinstance(event, NodeEvent) and event.anchor:
            said = f"&{event.anchor} is a mark for references, which policy files do not use. Remove it."
            yield Fault(line, (), said)
        elif isinstance(event, NodeEvent) and (tag := getattr(event, "tag", None)) is not None:
            said = f"{tag} is a special type, which policy files do not use. Remove it, or quote the text."
            yield Fault(line, (), said)


class _Again:
    """A parser for what was read already: reading is nearly all of the work, and is done once."""

    def __init__(self, events: deque[Event], loader: YAML) -> None:
        self._events = events

    def check_event(self, *kinds: type[Event]) -> bool:
        return bool(self._events) and (not kinds or isinstance(self._events[0], kinds))

    def peek_event(self) -> Event:
        return self._events[0]

    def get_event(self) -> Event:
        return self._events.popleft()


def _composed(events: deque[Event]) -> Node | None:
    yaml = YAML(typ="safe", pure=True)
    yaml.Parser = partial(_Again, events)
    composed: Node | None = yaml.composer.get_single_node()
    return composed


def _plain(node: Node, path: Place, tree: Tree) -> Any:
    tree.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, MappingNode):
        return _mapping(node, path, tree)
    if isinstance(node, SequenceNode):
        return [_plain(item, (*path, place), tree) for place, item in enumerate(node.value)]
    assert isinstance(node, ScalarNode)  # noqa: S101 - YAML has these three kinds of node
    value = _scalar(str(node.tag), str(node.value))
    if not isinstance(value, str):
        tree.sources[path] = str(node.value)
    return value


def _mapping(node: MappingNode, path: Place, tree: Tree) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, ScalarNode):
            text = "a key is a list or has keys itself. Put quotes around it if it is a text."
            tree.faults.append(Fault(line, path, text))
            continue
        key = str(key_node.value)
        here = (*path, key)
        if key in made:
            text = f"the key “{key}” stands here twice, first in line {tree.lines[here]}. Keep one of them."
            tree.faults.append(Fault(line, here, text))
            continue
        tree.lines[here] = line
        made[key] = _plain(value_node, here, tree)
    return made


def _scalar(tag: str, text: str) -> Any:
    """YAML's own types. A date stays text: whoever wants a date says so if there is no such day."""
    try:
        match tag.removeprefix("tag:yaml.org,2002:"):
            case "null":
                return None
            case "bool":
                return text.lower() == "true"
            case "int":
                return int(text.replace("_", ""), 0)
            case "float":
                return float(text.replace("_", ""))
    except ValueError:
        return text
    return text
