"""The catalogue and the code agree: every sentence that is said exists, is said somewhere, and gets its values."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

import bot
from bot.auditing import Breach
from bot.errors import ConfigError
from bot.escalation import Approval, Status
from bot.flows import FLOWS
from bot.flows.noting import BY_AGENCY, NOTES
from bot.flows.resolve import OUTCOMES
from bot.flows.routing import KINDS, WHOM
from bot.hearing import ABOUT_ONE, COMMANDS
from bot.policy import Anchor, Language, Subject
from bot.ports import Delivery
from bot.words import Words, load

WORDS = load()
FILES = sorted(Path(bot.__file__).parent.rglob("*.py"))

REASONS = [
    "ended", "not_resolved", "judged_by", "form_due", "form_refused", "to_post", "on_its_way", "not_filed",
    "clock_open", "not_told", "at_the_top", "no_manager", "manager_not_here", "asked", "declined", "asked_go_on",
    "declined_go_on",
]  # fmt: skip
ANSWERS = [answer for answer in get_args(get_type_hints(Approval)["answer"]) if answer]
JUDGES = ["raising_manager", "both_managers", "partnership"]
KINDS_WITH_HELP = ["date", "dates", "rows", "professional", "many", "attestation"]
MADE_UP = {
    "flow.{}": FLOWS,
    "status.{}": [status.value for status in Status],
    "act.{}": ABOUT_ONE,
    "approval.{}": ANSWERS,
    "approval.was_{}": ANSWERS,
    "help.{}": [word.replace("-", "_") for word in COMMANDS],
    "given_up.{}": [*get_args(get_type_hints(Delivery)["kind"]), "administrator", "digest", "file"],
    "held.{}": ["direct", "thread", "letter", "administrator", "digest", "file"],
    "left.not_answered_{}": get_args(get_type_hints(Approval)["kind"]),
    "asking.help_{}": KINDS_WITH_HELP,
    "route.{}": KINDS,
    "route.{}_where": KINDS,
    "subject.{}": [whom for those in WHOM.values() for whom in those],
    "move.agreed_by_{}": ["manager", "safeguarding_lead", "partnership"],
    "escalate.disagreement_{}": get_args(Subject),
    "escalate.anchor_{}": get_args(Anchor),
    "language.{}": get_args(Language),
    "escalate.{}": ["tried", "not_tried"],
    "note.{}": NOTES,
    "note.{}_{}": [f"{what}_{name}" for what, asked in NOTES.items() for name in asked],
    "note.{}_side": [*BY_AGENCY, "filed"],
    "note.{}_which": ["posted", "returned"],
    "returned.{}": ["by_mail", "by_post"],
    "note.silence_{}": ["permits", "demands"],
    "note.whom_{}": get_args(Subject),
    "audit.{}": get_args(Breach),
    "tick.record_{}": get_args(Subject),
    "letters.due_{}": ["conclude", "reach", "respond"],
    "letters.after_{}": ["call", "meeting"],
    "letters.copy_{}": ["call", "meeting"],
    "nudge.ask_{}": ["raising", "challenged", "partnership"],
    "nudge.title_{}{}": ["late", "part_late", "today", "part_today"],
    "nudge.limit_{}": ["ahead", "today", "passed"],
    "nudge.target_{}": ["ahead", "today", "passed"],
    "why.{}": REASONS,
    "why.list_{}": ["moving", "closing"],
    "why.free_{}": ["moving", "closing"],
    "{}.reason": ["pass", "withdraw", "reopen"],
    "file.in_{}": ["slack", "teams"],
    "escalate.how_{}": ["in_person", "phone", "video", "email", "letter"],
    "resolve.{}": ["how_resolved", "lessons", "actions", "debrief", "confirm", "judged_partnership"],
    "resolve.judge_{}": JUDGES,
    "received.duty_{}": ["thank", "reasons", "offer", "record"],
    "resolve.not_yet_{}": JUDGES,
    "resolve.judged_{}": ["raising", "challenged"],
    "resolve.outcome_{}": OUTCOMES,
    "resolve.outcome_{}_text": OUTCOMES,
}
"""Names that the code puts together, and what may stand in them."""


@dataclass(frozen=True)
class Use:
    """One place at which a sentence is asked for by name; `values` is None where they cannot be told from the code."""

    where: str
    names: tuple[str, ...]
    values: frozenset[str] | None


@cache
def nodes() -> list[tuple[Path, ast.AST]]:
    """Every part of every file of the program."""
    return [(path, node) for path in FILES for node in ast.walk(ast.parse(path.read_text("utf-8")))]


def pattern(text: ast.JoinedStr) -> str:
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in text.values)


def filled_in(made: str, text: str) -> str:
    """One of the names that can be put together; two parts in a row are given as one text."""
    return made.replace("{}_{}", "{}").replace("{}{}", "{}").replace("{}", text)


def names_in(node: ast.expr) -> tuple[str, ...]:
    """The names that an expression can come to; () where it is a variable, whose names are found as texts."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return (node.value,)
    if isinstance(node, ast.IfExp):
        return names_in(node.body) + names_in(node.orelse)
    if isinstance(node, ast.JoinedStr):
        made = pattern(node)
        return tuple(filled_in(made, each) for each in MADE_UP.get(made, [])) or (made,)
    return ()


def called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def given(keywords: Iterable[ast.keyword], *more: str) -> frozenset[str] | None:
    names = [keyword.arg for keyword in keywords]
    return None if None in names else frozenset([*(name for name in names if name), *more])


@cache
def uses() -> tuple[Use, ...]:
    return tuple(_uses())


def _uses() -> Iterator[Use]:
    for path, node in nodes():
        if not isinstance(node, ast.Call):
            continue
        where = f"{path.name}:{node.lineno}"
        match called(node), node.args:
            case "words" | "say_words", [name, *_]:
                yield Use(where, names_in(name), given(node.keywords))
            case "thread_note" | "say_in_thread", [_, _, name]:
                yield Use(where, names_in(name), given(node.keywords, "reference"))
            case "NothingToDo", [name, ast.Dict(keys=keys)]:
                values = frozenset(key.value for key in keys if isinstance(key, ast.Constant))
                yield Use(where, names_in(name), values)  # type: ignore[arg-type]


def texts() -> Iterator[str]:
    """Every text in the code, and every name that the code puts together."""
    for _, node in nodes():
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield from names_in(node)


def test_the_code_is_looked_through() -> None:
    assert len([use for use in uses() if use.names]) > 150


def test_every_sentence_that_is_asked_for_by_name_exists() -> None:
    assert [f"{use.where}: {name}" for use in uses() for name in use.names if name not in WORDS.sentences] == []


def test_every_sentence_is_said_somewhere() -> None:
    assert sorted(set(WORDS.sentences) - set(texts())) == []


def test_every_name_that_can_be_put_together_exists() -> None:
    made = [filled_in(key, each) for key, parts in MADE_UP.items() for each in parts]
    assert [name for name in made if name not in WORDS.sentences] == []


def test_every_sentence_gets_the_values_that_it_needs_and_no_other() -> None:
    wrong = []
    for use in uses():
        for name in use.names:
            if use.values is None or name not in WORDS.sentences:
                continue
            # A name that is put together stands for several sentences, which need not all take every value.
            missing, idle = WORDS.values(name) - use.values, use.values - WORDS.values(name)
            if missing or (idle and len(use.names) == 1):
                wrong.append(f"{use.where}: {name} needs {sorted(WORDS.values(name))}, gets {sorted(use.values)}")
    assert wrong == []


def test_values_are_plain_names() -> None:
    fields = [field for text in WORDS.sentences.values() for field in string.Formatter().parse(text)]
    assert {name for _, name, _, _ in fields if name and not re.fullmatch("[a-z]+", name)} == set()
    assert {(spec, conversion) for _, name, spec, conversion in fields if name} == {("", None)}


# ── what channels get to read ────────────────────────────────────────────────────────────────────────────

CHANNEL_FUNCTIONS = {
    "face", "facts", "_due", "ticks", "_at_this_stage", "_clocks", "_filed",
    "why_button", "due_in_words", "_date_in_words", "_without_date", "end_in_words", "_moment_in_words",
    "act_buttons", "approval_post", "approval_outcome", "_title", "line", "_of_limit", "_owed", "_printed",
}  # fmt: skip
"""What makes the messages of channels and threads, besides the notes in a thread."""
FOR_CHANNELS = {
    "reference",
    "stage",
    "present",
    "name",
    "names",
    "day",
    "hour",
    "due",
    "soft",
    "n",
    "days",
    "limit",
    "event",
    "clock",
    "owed",
    "title",
    "owner",
    "record",
}
"""Reference, stage, owner and due date, and who may or did answer; no agency, reason or answer.

A `limit` is as the policy prints it, and so are a `clock` and the `title` of a form; what is `owed` is a stage or a
clock; an `owner` is somebody whom the platform knows, or a role of the policy; a `record` is ours; an `event`, what a
limit waits for, is made of the policy's words and ours.
"""


def sentences_of_channels() -> set[str]:
    found: set[str] = set()
    functions = set()
    for _, node in nodes():
        if isinstance(node, ast.FunctionDef) and node.name in CHANNEL_FUNCTIONS:
            functions.add(node.name)
            calls = [call for call in ast.walk(node) if isinstance(call, ast.Call) and called(call) == "words"]
            found.update(name for call in calls if call.args for name in names_in(call.args[0]))
        if isinstance(node, ast.Call) and called(node) in {"thread_note", "say_in_thread"}:
            found.update(names_in(node.args[2]))
    assert functions == CHANNEL_FUNCTIONS
    return found


def test_no_sentence_for_a_channel_has_room_for_content() -> None:
    too_much = {name: sorted(WORDS.values(name) - FOR_CHANNELS) for name in sentences_of_channels()}
    assert {name: values for name, values in too_much.items() if values} == {}


def test_no_sentence_for_a_channel_asks_for_content() -> None:
    asking = re.compile(r"\b(type|tell me|describe|write|explain|what|why|who)\b", re.IGNORECASE)
    found = {name: WORDS.sentences[name] for name in sentences_of_channels() if asking.search(WORDS.sentences[name])}
    assert found == {
        "face.private": "Please write nothing here that could identify a child.",
        # A button: what happened is asked privately.
        "act.note": "Note what happened",
    }


# ── the catalogue itself ─────────────────────────────────────────────────────────────────────────────────


def test_every_sentence_is_tidy() -> None:
    """Without spaces around it or twice, and with typographic quotation marks, which are for reading."""
    untidy = re.compile(r"^\s|\s$|^$|  |['\"]")
    assert {name: text for name, text in WORDS.sentences.items() if untidy.search(text)} == {}


def test_values_are_filled_in_and_never_read_as_names_of_others() -> None:
    words = Words("xx", {"a": "{reference} is at {stage}."})
    assert words("a", reference="{stage}", stage="Stage 1") == "{stage} is at Stage 1."
    assert words.values("a") == {"reference", "stage"}


@pytest.mark.parametrize(("name", "values"), [("b", {}), ("a", {})])
def test_a_missing_sentence_or_value_is_a_defect(name: str, values: dict[str, str]) -> None:
    with pytest.raises(KeyError):
        Words("xx", {"a": "{reference}"})(name, **values)


def test_a_language_that_is_not_shipped_says_what_to_add() -> None:
    with pytest.raises(ConfigError, match=r"'cy'.*bot/words/cy\.yml"):
        load("cy")
