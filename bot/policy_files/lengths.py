"""Whether chat platforms and the paper can show what a policy file says.

Long texts are split, and long options are numbered and said in full, so that no word is lost. What is named here cannot
be split: ids, words on one line, and lists that are longer than a platform takes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.policy_files.outline import Outline
from bot.policy_files.parts import Part
from bot.policy_files.reading import Fault, Place, Tree

LONGEST_TEXT = 8000
"""Characters of one text: with what stands around it, the most that fits into one card of Microsoft Teams (25 KB)."""
LINES: dict[tuple[str, ...], int] = {
    ("name",): 120,
    ("version",): 40,
    ("partnership", "name"): 120,
    ("partnership", "short"): 40,
    ("partnership", "team"): 100,
    ("vocabulary", "stage"): 40,
    ("vocabulary", "escalation"): 60,
    ("vocabulary", "concern_date"): 120,
    ("vocabulary", "decision_date"): 120,
    ("stages", "label"): 60,
    ("ladders", "label"): 150,
    ("routes", "label"): 150,
    ("boundaries", "label"): 150,
    ("stages", "clocks", "label"): 150,
    ("forms", "title"): 100,
    ("forms", "moments", "label"): 100,
    ("retention", "classification"): 100,
}
"""Characters of what stands on one line: in headings (150 on Slack), on buttons (75), in the subject of a mail."""
LISTS: dict[tuple[str, ...], int] = {
    ("stages",): 50,
    ("ladders",): 100,
    ("routes",): 100,
    ("boundaries",): 100,
    ("reasons",): 100,
    ("priorities", "of"): 100,
    ("stages", "branches"): 100,
}
"""Entries of what is offered as one list: 100 on Slack."""
OPTIONS, OPTION_ID, INPUTS, COLUMNS = 100, 75, 40, 10
"""Boxes of one list, characters of what a box is stored as, inputs of one message (50 parts on Slack), and columns of a
table on paper."""


def length_faults(outline: Outline) -> Iterator[Fault]:
    """Everything that is too long or too many to be shown."""
    yield from _texts(outline.tree, outline.tree.data, ())
    for _, fields in outline.form_parts():
        for field in fields:
            for part in (field, *field.parts("also")):
                yield from _answer(outline.tree, part.part("answer"))


def _texts(tree: Tree, value: Any, path: Place) -> Iterator[Fault]:
    keys = tuple(step for step in path if isinstance(step, str))
    if isinstance(value, str):
        most = LINES.get(keys, LONGEST_TEXT)
        if len(value) > most:
            text = f"the text has {len(value)} characters, but at most {most} fit. "
            remedy = "Divide it into several texts." if most == LONGEST_TEXT else "Shorten it."
            yield tree.fault(path, text + remedy)
        elif keys in LINES and "\n" in value.strip():
            yield tree.fault(path, "the text stands on one line, but has several. Write it as one.")
    elif isinstance(value, dict):
        for key, below in value.items():
            yield from _texts(tree, below, (*path, key))
    elif isinstance(value, list):
        if len(value) > LISTS.get(keys, len(value)):
            text = f"the list has {len(value)} entries, but at most {LISTS[keys]} can be offered. Remove some."
            yield tree.fault(path, text)
        for place, below in enumerate(value):
            yield from _texts(tree, below, (*path, place))


def _answer(tree: Tree, answer: Part) -> Iterator[Fault]:
    options, columns = answer.parts("options"), answer.parts("columns")
    for key, listed, most in (("options", options, OPTIONS), ("of", answer.parts("of"), INPUTS)):
        if len(listed) > most:
            text = f"the list has {len(listed)} boxes, but at most {most} can be offered. Remove some."
            yield tree.fault((*answer.path, key), text)
    inputs = sum(bool(option.data.get("qualifiers")) + (option.data.get("note") is True) for option in options)
    if inputs > INPUTS - OPTIONS // 10:
        text = f"with their qualifiers and notes the boxes need {inputs} more inputs than one message has room for."
        yield tree.fault((*answer.path, "options"), f"{text} Remove some of them.")
    if len(columns) > COLUMNS:
        text = f"the table has {len(columns)} columns, but at most {COLUMNS} fit on a page. Remove some."
        yield tree.fault((*answer.path, "columns"), text)
    for one in (*options, *answer.parts("of"), *columns):
        named = [((*one.path, "id"), one.text("id")), *one.texts("qualifiers")]
        for path, name in named:
            if len(name) > OPTION_ID:
                text = f"it has {len(name)} characters, but at most {OPTION_ID} can be stored. Shorten it."
                yield tree.fault(path, text)
