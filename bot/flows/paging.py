"""Several questions at once: which ones stand on one page, and what is taken of what was given there.

Rule 1: a question stands on a page only where it is asked, in these words, whatever is answered before it on the page.
So the flow is led on with an answer that nobody has given, and as soon as it looks at that, the page ends.
Rule 2: what can be taken is taken, and what cannot is kept until its question is asked again. Nothing is given twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from bot.errors import Doubtful, InvalidAnswer
from bot.escalation import Conversation
from bot.fields import Answer, Computed, Day, Reading, Rows
from bot.flows.conversation import PAGE, UNREAD, chosen, pending_of, reading_of, unread_of
from bot.flows.holding import Values, entries_of, whole
from bot.flows.questions import GO, LONGEST_WAY, Flow, Question, Step, Walk, is_answered, walk
from bot.messages import Entry, Option

MOST = 6
"""Questions on one page. With their words and inputs they fit into every platform's."""
BETWEEN = "|"
"""Between a question's name and an input's, in the id of an input on a page."""


# ── which ────────────────────────────────────────────────────────────────────────────────────────────────────


def page(flow: Flow, conversation: Conversation, which: str = "", way: Walk | None = None) -> tuple[Question, ...]:
    """The present question and those that can be asked with it, or at a review the answered one that is meant.

    () where there is nothing that can be asked so; one question only where none follows that can. `way` is how far the
    answers lead, where that is known already.
    """
    way = way or walk(flow, conversation.answers, conversation.editing)
    if way.question is None:
        return ()
    if way.question.is_review:
        name = chosen(way, which)
        return tuple(step.question for step in way.path if step.question.name == name and _has_inputs(step.question))
    if not _has_inputs(way.question):
        return ()
    if conversation.editing:
        return (way.question,)
    return (way.question, *_following(flow, way, conversation.answers))


def _following(flow: Flow, way: Walk, answers: Mapping[str, Any]) -> Iterator[Question]:
    """Those after the present one that are asked whatever it is answered, as far as they belong together with it."""
    left = MOST - 1
    for question in _ahead(flow, way, answers):
        if not left or not _belongs(question, way.question):
            return
        if not is_answered(question, answers):
            left -= 1
            yield question


def _ahead(flow: Flow, way: Walk, answers: Mapping[str, Any]) -> Iterator[Question]:
    generator = flow()
    try:
        next(generator)
        for step in way.path:
            generator.send(step.value)
        question = generator.send(_NOT_YET)
        for _ in range(LONGEST_WAY):
            yield question
            known = is_answered(question, answers)
            question = generator.send(answers[question.name].get("value") if known else _NOT_YET)
    except Exception:  # the flow has looked at an answer that is not there, or has ended
        return


def _has_inputs(question: Question) -> bool:
    asked_alone = isinstance(question.kind, Rows | Computed) or question.go != GO
    return not asked_alone and bool(inputs(question.kind))


def _belongs(question: Question, present: Question | None) -> bool:
    together = present is not None and question.heading == present.heading
    return together and not question.is_review and not question.before and _has_inputs(question)


class _Looked(Exception):
    """The flow has looked at an answer that nobody has given yet."""


class _NotYet:
    """An answer that nobody has given yet. It can be put somewhere, and not be looked at."""

    __slots__ = ()

    def __getattribute__(self, _: str) -> Any:
        raise _Looked


def _look(*_: object) -> Any:
    raise _Looked


LOOKS = (
    "bool", "eq", "ne", "lt", "le", "gt", "ge", "hash", "str", "repr", "format", "iter", "len", "getitem", "contains",
    "add", "radd", "sub", "rsub", "or", "ror", "and", "rand", "call", "int", "index", "float", "bytes", "fspath",
)  # fmt: skip
for _name in LOOKS:
    setattr(_NotYet, f"__{_name}__", _look)
_NOT_YET = _NotYet()


# ── inputs ───────────────────────────────────────────────────────────────────────────────────────────────────


def named(question: Question, entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Its inputs as they are on a page: with ids of their own. They may be left empty where it may be skipped, and
    where its answer may be one that can only be typed."""
    blank_ok = question.optional or (isinstance(question.kind, Day) and question.kind.unknown_ok)
    return tuple(
        replace(each, id=f"{question.name}{BETWEEN}{each.id}", optional=each.optional or blank_ok) for each in entries
    )


def inputs(kind: Answer, value: Any = None) -> tuple[Entry, ...]:
    """What is answered with buttons when it is asked alone is a list of choices on a page."""
    direct = [each for each in kind.buttons() if each.action == "answer"]
    if not direct or kind.entries():
        return kind.entries(value)
    shown = kind.show(value) if value is not None else ""
    chosen_one = next((each.value for each in direct if each.label == shown), "")
    return (Entry("answer", "Your choice", "radio", chosen_one, tuple(Option(b.value, b.label) for b in direct)),)


def by_question(given: Values) -> dict[str, dict[str, str | Sequence[str]]]:
    """What was given on a page, by the names of its questions."""
    found: dict[str, dict[str, str | Sequence[str]]] = {}
    for name, value in given.items():
        question, between, entry = name.rpartition(BETWEEN)
        if between:
            found.setdefault(question, {})[entry] = value
    return found


# ── what was not sent ──────────────────────────────────────────────────────────────────────────────────────────


def put_aside(conversation: Conversation, flow: Flow, present: Question, given: Values) -> tuple[Conversation, Values]:
    """What was given on a page that is left without sending it: it is kept until its questions are asked, or another
    page with them. One that is answered is not asked again by itself, so it is opened. Returned beside it is what was
    given to the present question."""
    known, unread = _known(flow, conversation), dict(unread_of(conversation))
    own: Values = {}
    opened: Mapping[str, Any] = {}
    for name, held in by_question(given).items():
        values = _changed(conversation, known[name], held) if name in known else held
        if values is None:
            continue
        if name == present.name:
            own = values
        elif name in known and name in conversation.answers and not opened:
            opened = {"name": name, "given": values}
        elif any(values.values()):
            unread[name] = values
        else:
            unread.pop(name, None)
    pending = opened or {name: held for name, held in conversation.pending.items() if name != UNREAD}
    after = replace(conversation, pending={**pending, **({UNREAD: unread} if unread else {})})
    return (replace(after, editing=opened["name"]) if opened else after), own


def _changed(conversation: Conversation, question: Question, given: Values) -> Values | None:
    """What was given to a question of a page; None where it is what stood there before."""
    pending = pending_of(conversation, question)
    values = whole(question, conversation, pending, given)
    shown = entries_of(question, conversation, pending, partial(inputs, question.kind))
    return None if values == {each.id: _as_given(each.initial) for each in shown} else values


def _as_given(initial: str | tuple[str, ...]) -> str | list[str]:
    return initial if isinstance(initial, str) else list(initial)


# ── what was given ───────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Filled:
    """The conversation as it is now; what was taken, and what of it is said back; what is wrong, by question."""

    conversation: Conversation
    taken: tuple[Step, ...]
    echoes: tuple[str, ...]
    problems: Mapping[str, str]


def fill(conversation: Conversation, flow: Flow, given: Values, page_id: str, reading: Reading) -> Filled:
    """Take what was given on the page with this id."""
    answers, left, problems = dict(conversation.answers), dict(unread_of(conversation)), dict[str, str]()
    doubts: dict[str, Mapping[str, Any]] = {}
    known = _known(flow, conversation)
    for name, held in by_question(given).items():
        question = known.get(name)
        if question is None:
            left[name] = held
            continue
        left.pop(name, None)
        values = whole(question, conversation, pending_of(conversation, question), held)
        if not any(values.values()) and not question.optional and name not in conversation.answers:
            continue  # it is asked in its turn
        try:
            answers[name] = _read(question, values, reading)
        except Doubtful as doubt:
            left[name], doubts[name] = values, _doubt(question, doubt, reading)
        except InvalidAnswer as invalid:
            left[name], problems[name] = values, str(invalid)
    calm = replace(conversation, answers=answers, editing="", pending={})
    new = [name for name in known if answers.get(name) != conversation.answers.get(name)]
    taken = tuple(Step(known[name], answers[name].get("value")) for name in new)
    said = (each.question.kind.echo(each.value, reading_of(each.question, reading)) for each in taken if each.value)
    after = _asking_first(calm, flow, left, doubts, problems, page_id)
    return Filled(after, taken, tuple(filter(None, said)), problems)


def _known(flow: Flow, conversation: Conversation) -> dict[str, Question]:
    """All that can have stood on a page that is still before the person, by name, in order."""
    way = walk(flow, conversation.answers, conversation.editing)
    present = [way.question] if way.question else []
    questions = [*(step.question for step in way.path), *present, *_ahead(flow, way, conversation.answers)]
    return {question.name: question for question in questions}


def _read(question: Question, values: Values, reading: Reading) -> dict[str, Any]:
    if question.optional and not any(values.values()):
        return {"skipped": True}
    return {"value": question.kind.read(dict(values), reading_of(question, reading))}


def _doubt(question: Question, doubt: Doubtful, reading: Reading) -> Mapping[str, Any]:
    shown = question.kind.echo(doubt.value, reading_of(question, reading)) or question.kind.show(doubt.value)
    return {"value": doubt.value, "shown": shown, "doubt": doubt.because}


def _asking_first(
    conversation: Conversation,
    flow: Flow,
    left: dict[str, Any],
    doubts: Mapping[str, Mapping[str, Any]],
    problems: Mapping[str, str],
    page_id: str,
) -> Conversation:
    """Ask again what could not be taken: the first of it now, and the others in their turn."""
    wrong = [name for name in left if name in doubts or name in problems]
    # An answer that is there, and was to be changed, is asked only while it is edited.
    edited = next((name for name in wrong if name in conversation.answers), "")
    asked = replace(conversation, editing=edited)
    question = walk(flow, asked.answers, asked.editing).question
    name = question.name if question else ""
    pending: dict[str, Any] = {}
    if name in left:
        problem = {"problem": problems[name]} if name in problems else {}
        pending = {"name": name, "given": left.pop(name), **doubts.get(name, {}), **problem}
    if left:
        pending[UNREAD] = left
    if problems:
        pending[PAGE] = {"id": page_id, "problems": dict(problems)}
    return replace(asked, pending=pending)


def still_before_them(conversation: Conversation, page_id: str) -> bool:
    """Whether this page shows what is asked now, or has just been handed back because of what is wrong in it."""
    return page_id in {conversation.message, (conversation.pending.get(PAGE) or {}).get("id")}


def is_kept(conversation: Conversation, flow: Flow, given: Values, reading: Reading) -> bool:
    """Whether everything that was given is in the conversation already."""
    known = _known(flow, conversation)
    return all(
        _is_kept(conversation, name, known.get(name), values, reading) for name, values in by_question(given).items()
    )


def _is_kept(
    conversation: Conversation, name: str, question: Question | None, values: Values, reading: Reading
) -> bool:
    if question is not None:
        values = whole(question, conversation, pending_of(conversation, question), values)
    if values in _held_back(conversation, name):
        return True
    return question is not None and _is_answer(conversation, question, values, reading)


def _held_back(conversation: Conversation, name: str) -> list[Any]:
    pending = conversation.pending
    own = [pending["given"]] if pending.get("name") == name and "given" in pending else []
    return [*own, *([unread_of(conversation)[name]] if name in unread_of(conversation) else [])]


def _is_answer(conversation: Conversation, question: Question, values: Values, reading: Reading) -> bool:
    try:
        return _read(question, values, reading) == conversation.answers.get(question.name)
    except InvalidAnswer:
        return False
