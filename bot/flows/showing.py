"""A question, as a message: where one is, what is asked, what was wrong, the inputs, and the buttons."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from bot.escalation import Conversation
from bot.fields import Answer, Paragraph, Rows
from bot.flows import paging
from bot.flows.conversation import pending_of
from bot.flows.holding import entries_of, whole
from bot.flows.questions import Question, Step, Walk
from bot.messages import Button, Buttons, Divider, Entry, Facts, Heading, Message, Option, Part, Words
from bot.words import Words as Catalogue

SHOWN_AT_MOST = 600
"""Characters of one answer on the review card; editing shows all of it."""
OPTION_AT_MOST = 75
"""Characters of one choice below it, where all of them stand above: every platform takes so many whole."""


def question_message(
    conversation: Conversation, way: Walk, words: Catalogue, *, note: str = "", together: bool = False
) -> Message:
    """The present question. `note` is said first: that an answer was taken, or that help was asked for.

    `together`: it can be answered on one page with those that follow.
    """
    question = way.question
    if question is None:
        raise LookupError("A conversation that has ended has no question to show.")
    pending = pending_of(conversation, question)
    place = words("asking.position", n=way.position, total=max(way.total, way.position))
    heading = question.heading or words(f"flow.{conversation.flow}")
    summary = f"{place}: {heading}"
    parts: list[Part] = [Heading(heading)]
    parts.append(Words(place, "quiet"))
    if note:
        parts.append(Words(note, "quiet"))
    if pending.get("cancelling"):
        return Message(words("asking.cancelling"), (*parts, *_cancelling(words)))
    parts.extend(question.before)
    if question.is_review:
        parts.extend(_review(way.path, words, question.heading))
    if problem := pending.get("problem"):
        parts.append(Words(problem, "warning"))
    if "doubt" in pending:
        parts.extend(_doubt(question, pending, words))
        return Message(summary, tuple(parts))
    entries = _entries(question, conversation, pending)
    how = words("asking.review_how") if question.is_review else question.kind.how
    parts.extend(_asked(question, entries, how, pending))
    parts.extend(_buttons(conversation, way, question, words, entries, together=together))
    return Message(summary, tuple(parts))


def page_message(
    conversation: Conversation, questions: Sequence[Question], words: Catalogue, given: Mapping[str, Any]
) -> Message:
    """Several questions at once, without buttons. `given` stands unsent in the inputs of the first."""
    first = questions[0]
    heading = first.heading or words(f"flow.{conversation.flow}")
    parts: list[Part] = [Heading(heading), *first.before]
    for question in questions:
        pending = pending_of(conversation, question)
        if question is first and any(given.values()):
            pending = {**pending, "given": whole(question, conversation, pending, given)}
        parts += [Divider()] if question is not first else []
        inputs = partial(paging.inputs, question.kind)
        entries = paging.named(question, entries_of(question, conversation, pending, inputs))
        parts.extend(_asked(question, entries, "", pending))
    parts.append(Words(words("asking.page_kept"), "quiet"))
    return Message(words("asking.page"), tuple(parts))


def _entries(question: Question, conversation: Conversation, pending: Mapping[str, Any]) -> tuple[Entry, ...]:
    """Its inputs; a list of its choices where one was chosen on a page, and is not taken yet."""
    entries = entries_of(question, conversation, pending)
    if entries or question.is_review or not isinstance(pending.get("given"), Mapping):
        return entries
    return entries_of(question, conversation, pending, partial(paging.inputs, question.kind))


def _asked(question: Question, entries: tuple[Entry, ...], how: str, pending: Mapping[str, Any]) -> tuple[Part, ...]:
    """What is asked, with help, and its inputs."""
    only = len(entries) == 1 and entries[0].id.endswith("answer") and len(question.label) <= 1000
    label: list[Part] = [] if only else [Words(question.label, "strong")]
    if only:
        entries = (replace(entries[0], label=question.label),)
    help_words = (Words(text, "quiet") for text in (question.help, question.hint, how) if text)
    return (*label, *help_words, *_unread(pending, entries), *entries)


def _unread(pending: Mapping[str, Any], entries: tuple[Entry, ...]) -> list[Part]:
    """Text that could not be read and that no input holds is shown again, so that it can be copied."""
    given = pending.get("given")
    if "problem" not in pending or not isinstance(given, str) or not given:
        return []
    held = " ".join(entry.initial for entry in entries if isinstance(entry.initial, str))
    return [] if all(piece.strip() in held for piece in re.split(r"[,;\n]", given)) else [Words(given, "quote")]


def _cancelling(words: Catalogue) -> tuple[Part, ...]:
    buttons = (
        Button(words("asking.carry_on"), "carry on", style="primary"),
        Button(words("asking.save"), "save"),
        Button(words("asking.erase"), "erase", style="danger"),
    )
    return Words(words("asking.cancelling"), "warning"), Buttons(buttons)


def _doubt(question: Question, pending: Mapping[str, Any], words: Catalogue) -> tuple[Part, ...]:
    return (
        Words(question.label, "strong"),
        Words(words("asking.doubt", shown=pending["shown"], because=pending["doubt"])),
        Buttons(
            (
                Button(words("asking.doubt_yes"), "confirm", style="primary"),
                Button(words("asking.doubt_no"), "another"),
            )
        ),
    )


def _review(path: tuple[Step, ...], words: Catalogue, heading: str) -> list[Part]:
    """Every answer under its heading, and a way to change any one of them; `heading` stands above already."""
    parts: list[Part] = []
    rows: list[tuple[str, str]] = []
    for place, step in enumerate(path, 1):
        if step.question.heading != heading and rows:
            parts.append(Facts(tuple(rows)))
            rows = []
        if step.question.heading != heading:
            heading = step.question.heading
            if heading:
                parts.append(Words(heading, "strong"))
        rows.append((f"{place}) {step.question.label.rstrip(': ')}", shown(step, words)))
    if rows:
        parts.append(Facts(tuple(rows)))
    options = tuple(
        Option(step.question.name, _beginning(f"{place}) {step.question.label}")) for place, step in enumerate(path, 1)
    )
    if options:
        parts.append(Entry("which", words("asking.which"), "radio", "", options, optional=True))
        in_window = Button(words("asking.edit_page"), "page")
        parts.append(Buttons((Button(words("asking.edit"), "edit"), in_window)))
        parts.append(Divider())
    return parts


def _beginning(text: str) -> str:
    """The beginning of what stands in full above: no platform has to say it once more beside its choices."""
    return text if len(text) <= OPTION_AT_MOST else text[: OPTION_AT_MOST - 1].rsplit(" ", 1)[0] + "…"


def shown(step: Step, words: Catalogue) -> str:
    """One answer for the review card, shortened if it is very long."""
    if step.value is None:
        return words("asking.skipped")
    text = step.question.kind.show(step.value)
    if len(text) > SHOWN_AT_MOST:
        return words("asking.shortened", start=text[:SHOWN_AT_MOST], length=f"{len(text):,}")
    return text


def _buttons(
    conversation: Conversation,
    way: Walk,
    question: Question,
    words: Catalogue,
    entries: tuple[Entry, ...],
    *,
    together: bool,
) -> tuple[Buttons, ...]:
    in_list = bool(entries) and not question.kind.entries()
    direct = [] if in_list else list(question.kind.buttons())
    if entries:
        direct.insert(0, Button(question.go, "answer", style="primary"))
    if together:
        direct.append(Button(words("asking.page"), "page"))
    if isinstance(question.kind, Rows) and question.kind.has_room(entries[:: len(question.kind.columns)]):
        direct.append(Button(words("asking.more"), "more"))
    editing = question.name in conversation.answers
    if (editing or question.prefill is not None) and not entries and not question.is_review:
        value = conversation.answers[question.name].get("value") if editing else question.prefill
        if value is not None:
            direct.append(Button(_short(words("asking.keep", value=question.kind.show(value)), words), "keep"))
    elif editing and not question.is_review and "given" in pending_of(conversation, question):
        direct.append(Button(words("asking.keep_it"), "keep"))
    way_buttons = [Button(words("asking.back"), "back")] if way.path else []
    if question.optional:
        way_buttons.append(Button(words("asking.skip"), "skip"))
    way_buttons += [
        Button(words("asking.save"), "save"),
        Button(words("asking.help"), "help"),
        Button(words("asking.cancel"), "cancel"),
    ]
    return (Buttons(tuple(direct)), Buttons(tuple(way_buttons))) if direct else (Buttons(tuple(way_buttons)),)


def _short(label: str, words: Catalogue) -> str:
    return label if len(label) <= 75 else words("asking.keep_it")


def answered_message(step: Step, words: Catalogue) -> Message:
    """What a question becomes once it is answered: a tick and its label, without the answer."""
    name = "asking.was_skipped" if step.value is None else "asking.was_answered"
    return Message(words("asking.was_asked"), (Words(words(name, label=step.question.label), "quiet"),))


def help_note(question: Question, words: Catalogue) -> str:
    """What Help says about this question."""
    typed = words("asking.help_long") if isinstance(question.kind, Paragraph) else ""
    return " ".join(text for text in (words("asking.help_text"), typed, kind_help(question.kind, words)) if text)


def kind_help(kind: Answer, words: Catalogue) -> str:
    name = f"asking.help_{kind.model_dump().get('kind', '')}"
    return words(name) if name in words.sentences else ""
