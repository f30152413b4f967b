"""One act in a conversation: what somebody pressed or typed, and the conversation as it is then.

Rule: nothing that was given before is lost by it, whatever it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.errors import Doubtful, InvalidAnswer
from bot.escalation import Conversation
from bot.fields import Reading, Rows
from bot.flows.holding import whole
from bot.flows.questions import Flow, Question, Walk, walk
from bot.messages import Given

UNREAD, PAGE = "unread", "page"
"""Kept in what is pending: what `unread_of` says; and which page still stands before the person, with what is wrong."""


@dataclass(frozen=True)
class Act:
    """What the person did: pressed a button, or typed. `typed` is whether it stands in the chat's history."""

    action: str
    value: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)
    typed: bool = False
    text: str = ""
    """The whole of what was typed, where `value` is a part of it."""


@dataclass(frozen=True)
class Turn:
    """What came of it: the conversation as it is now, and what is to happen with it."""

    conversation: Conversation
    outcome: str = "go on"
    """go on, saved, cancelled, help, one at a time."""
    typed_private: bool = False
    echo: str = ""
    """What was understood, said back at once."""


ERASE, CARRY_ON = {"yes", "y", "erase", "erase these answers"}, {"no", "n", "carry on"}
SAVE = {"save", "save for later", "later"}
RIGHT, ANOTHER = {"yes", "y", "that is right", "yes, that is right"}, {"no", "n", "no, pick another"}
TYPED_ACTIONS = {
    "back": "back", "skip": "skip", "save": "save", "save for later": "save", "later": "save", "help": "help",
    "remind me later": "save", "?": "help", "cancel": "cancel", "stop": "cancel", "keep": "keep", "add": "more",
    "more": "more",
}  # fmt: skip


def act_of_typed(text: str, conversation: Conversation) -> Act:
    """Typed words that name a button press it; everything else is an answer."""
    word = " ".join(text.casefold().split()).rstrip(".!")
    if conversation.pending.get("cancelling"):
        # Nothing typed now is an answer to the question behind: it is asked again whether to erase.
        action = "erase" if word in ERASE else "carry on" if word in CARRY_ON else "save" if word in SAVE else "cancel"
    elif "doubt" in conversation.pending:
        action = "confirm" if word in RIGHT else "another" if word in ANOTHER else ""
    else:
        action = "edit" if word.startswith(("edit ", "change ")) else ""
    if action == "edit":
        return Act(action, word.split(maxsplit=1)[1], typed=True, text=text)
    return Act(action or TYPED_ACTIONS.get(word, "answer"), text, typed=True)


def turn(conversation: Conversation, flow: Flow, act: Act, reading: Reading, way: Walk | None = None) -> Turn:
    """One act in a conversation. Nothing that was given before is lost by it, whatever it is. `way` is how far the
    answers lead, where that is known already."""
    way = way or walk(flow, conversation.answers, conversation.editing)
    question = way.question
    if question is None:
        return Turn(conversation)
    act = _meant(act, way, question) if act.typed else _whole(act, conversation, question)
    calm = _calm(conversation, question)
    held = _held(calm, question, act, conversation.pending)
    match act.action:
        case "answer" | "more":
            adding = conversation.pending if conversation.pending.get("adding") and act.typed else {}
            return _answer(calm, question, act, reading_of(question, reading), adding)
        case "confirm" if "doubt" in conversation.pending:
            value = conversation.pending["value"]
            echo = question.kind.echo(value, reading_of(question, reading))
            return Turn(_store(calm, question, {"value": value}), echo=echo)
        case "keep":
            return Turn(_keep(held, question))
        case "skip":
            return Turn(_skip(held, question))
        case "back":
            return Turn(_back(held, way))
        case "edit":
            return Turn(_edit(held, way, question, act))
        case "save":
            return Turn(held, "saved")
        case "help":
            return Turn(held, "help")
        case "page":
            # No page can be shown here: the questions are asked one at a time, an answer of the review is opened.
            return Turn(_edit(held, way, question, act)) if question.is_review else Turn(held, "one at a time")
        case "cancel":
            return Turn(replace(held, pending={**held.pending, "name": question.name, "cancelling": True}))
        case "erase" if conversation.pending.get("cancelling"):
            return Turn(calm, "cancelled")
        case "another":
            return Turn(_held(calm, question, act, conversation.pending))
        case _:
            # "carry on", or a button of another question: the same question, as it stood.
            return Turn(held)


def _whole(act: Act, conversation: Conversation, question: Question) -> Act:
    return replace(act, given=whole(question, conversation, pending_of(conversation, question), act.given))


def _meant(act: Act, way: Walk, question: Question) -> Act:
    """Typed words that look like an order are one only where it can be carried out; else they are an answer."""
    if act.action == "more" and isinstance(question.kind, Rows):
        return replace(act, action="carry on")
    if question.is_review and act.action == "answer":
        return _meant_at_review(act, question)
    if act.action == "edit":
        wanted = question.is_review or chosen(way, act.value)
        return act if wanted else replace(act, action="answer", value=act.text or act.value)
    return act


def _meant_at_review(act: Act, question: Question) -> Act:
    """What is typed at a review opens an answer by its number; only the whole words of a button do what it says."""
    word = " ".join(act.value.casefold().split()).rstrip(".")
    if word in {button.label.casefold() for button in question.kind.buttons()}:
        return act
    return replace(act, action="edit", value="" if word in {"edit", "change"} else act.value)


def _answer(
    conversation: Conversation, question: Question, act: Act, reading: Reading, adding: Mapping[str, Any]
) -> Turn:
    """Read what was given. `adding`: a row that is typed after "Add another row" comes to those given before."""
    given: Given = dict(act.given) if act.given and not act.value else act.value
    private = act.typed and question.private
    before = conversation.answers.get(question.name, {}).get("value") or [] if adding else []
    flag = {"adding": True} if adding else {}
    try:
        if adding and isinstance(question.kind, Rows):
            question.kind.check_room([*before, *question.kind.rows_given(given)])
        value = question.kind.read(given, reading)
    except Doubtful as doubt:
        guessed = [*before, *doubt.value] if adding else doubt.value
        shown = question.kind.echo(guessed, reading) or question.kind.show(guessed)
        doubtful = {"given": given, "value": guessed, "shown": shown, "doubt": doubt.because}
        return Turn(waiting(conversation, question, **doubtful, **flag), typed_private=private)
    except InvalidAnswer as invalid:
        return Turn(waiting(conversation, question, given=given, problem=str(invalid), **flag), typed_private=private)
    value = [*before, *value] if adding else value
    after = _store(conversation, question, {"value": value})
    if act.action == "more" and isinstance(question.kind, Rows):
        after = replace(waiting(after, question, adding=True), editing=question.name)
    return Turn(after, typed_private=private, echo=question.kind.echo(value, reading))


def reading_of(question: Question, reading: Reading) -> Reading:
    """How the answer to this question is read: a date in whose working days."""
    return replace(reading, calendar=question.calendar) if question.calendar else reading


def _store(conversation: Conversation, question: Question, answer: Mapping[str, Any]) -> Conversation:
    answers = {**conversation.answers, question.name: dict(answer)}
    unread = {name: given for name, given in unread_of(conversation).items() if name != question.name}
    calm = _calm(conversation, question)
    pending = {name: held for name, held in calm.pending.items() if name != UNREAD}
    return replace(calm, answers=answers, editing="", pending=pending | ({UNREAD: unread} if unread else {}))


def unread_of(conversation: Conversation) -> Mapping[str, Any]:
    """What was given together and could not be taken, by the name of its question, until that is asked again."""
    unread: Mapping[str, Any] = conversation.pending.get(UNREAD) or {}
    return unread


def pending_of(conversation: Conversation, question: Question) -> Mapping[str, Any]:
    """What is pending about this question."""
    if conversation.pending.get("name") == question.name:
        return conversation.pending
    given = unread_of(conversation).get(question.name)
    return {"name": question.name, "given": given} if given else {}


def waiting(conversation: Conversation, question: Question, **pending: Any) -> Conversation:
    """This is pending about this question now; what was given to others with it, and not taken, is kept."""
    return replace(conversation, pending={"name": question.name, **pending, **_kept(conversation)})


def _kept(conversation: Conversation) -> dict[str, Any]:
    return {UNREAD: unread_of(conversation)} if unread_of(conversation) else {}


def _calm(conversation: Conversation, question: Question) -> Conversation:
    """Nothing pending about this question; what stands unsent in the inputs of another one is kept."""
    others = conversation.pending.get("name") not in {None, question.name}
    held = {name: held for name, held in conversation.pending.items() if name != PAGE}
    return replace(conversation, pending=held if others else _kept(conversation))


def _keep(conversation: Conversation, question: Question) -> Conversation:
    """Leave an answer that is being edited as it is, or take the proposal."""
    if question.name in conversation.answers:
        return replace(_calm(conversation, question), editing="")
    if question.prefill is not None:
        return _store(conversation, question, {"value": question.prefill})
    return _problem(conversation, question, "There is nothing to keep here yet. Please give an answer.")


def _skip(conversation: Conversation, question: Question) -> Conversation:
    if question.optional:
        return _store(conversation, question, {"skipped": True})
    problem = "This one is needed, so it cannot be skipped. You can save for later instead."
    return _problem(conversation, question, problem)


def _back(conversation: Conversation, way: Walk) -> Conversation:
    if not way.path:
        return _problem(conversation, way.question, "This is the first question; there is nothing to go back to.")
    return replace(conversation, editing=way.path[-1].question.name)


def _edit(conversation: Conversation, way: Walk, question: Question, act: Act) -> Conversation:
    """Open one answered question again."""
    which = str(act.given.get("which") or act.value)
    if name := chosen(way, which):
        return replace(_calm(conversation, question), editing=name)
    said = f"“{which}” is not one of the answers." if which else "No answer was chosen."
    return _problem(conversation, question, f"{said} Please choose the one to change, by its number.")


def chosen(way: Walk, which: str) -> str:
    """The answered question meant by its name, its number in the review, or the start of its label; "" if none is."""
    wanted = which.casefold().strip()
    for place, step in enumerate(way.path, 1):
        if wanted in {step.question.name.casefold(), str(place)}:
            return step.question.name
    starts = (step.question.name for step in way.path if step.question.label.casefold().startswith(wanted))
    return next(starts, "") if wanted else ""


def _held(conversation: Conversation, question: Question, act: Act, before: Mapping[str, Any]) -> Conversation:
    """What stands in the inputs, or was refused, is kept for when they go on, whatever else they press first."""
    given = dict(act.given) if any(act.given.values()) else None
    if given is None and before.get("name") == question.name:
        given = before.get("given")
    if not given:
        return conversation
    flag = {"adding": True} if before.get("adding") and before.get("name") == question.name else {}
    return waiting(conversation, question, given=given, **flag)


def _problem(conversation: Conversation, question: Question | None, problem: str) -> Conversation:
    if question is None:
        return conversation
    own = {name: held for name, held in pending_of(conversation, question).items() if name not in {"name", PAGE}}
    return waiting(conversation, question, **{**own, "problem": problem})
