"""Several questions on one page: which ones, what they hold, and what becomes of what was given there."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from bot.chat.block_kit import blocks
from bot.escalation import Conversation
from bot.fields import Choices, Column, Day, Email, Line, Many, Paragraph, Professional, Reading, Rows, YesNo
from bot.flows import FLOWS
from bot.flows.conversation import Act, act_of_typed, turn
from bot.flows.paging import MOST, Filled, fill, inputs, is_kept, named, page, put_aside, still_before_them
from bot.flows.questions import Flow, Question, walk
from bot.flows.showing import page_message, question_message
from bot.messages import Buttons, Entry, Message, Words
from bot.words import load as load_words
from tests.flows.contexts import INVENTED, POLICIES, context, escalation, only, taken
from tests.slack.checks import schema_faults

WORDS = load_words()
READING = Reading(date(2026, 3, 27))
HEADING = "About the child"
Answers = Generator[Question, Any, Any]

NAME = Question("name", "Initials", Line(), heading=HEADING)
BORN = Question("born", "Date of birth", Day(expect="birth"), heading=HEADING)
WHO = Question("who", "Who?", Professional(), heading=HEADING)
SCHOOL = Question("school", "School", Line(), heading=HEADING, optional=True, prefill="Fictional School")
KNOWN = Question("known", "Is a social worker involved?", YesNo(), heading=HEADING)
WHY = Question("why", "Why?", Paragraph(), heading="Why")
SURE = Question("sure", "Send it?", YesNo(), heading="Review", is_review=True)


def form() -> Answers:
    """A form's section, a question that stands alone, and a review. Nothing is looked at before the end."""
    name = yield NAME
    born = yield BORN
    school = yield SCHOOL
    known = yield KNOWN
    why = yield WHY
    sure = yield SURE
    return [name, born, school, known, why, sure]


def state(editing: str = "", **answers: Any) -> Conversation:
    stored = {name: {"value": value} for name, value in answers.items()}
    return Conversation("c1", "console:asha", "report", answers=stored, editing=editing, message="c/c1/1")


def names(flow: Flow, conversation: Conversation, which: str = "") -> list[str]:
    return [question.name for question in page(flow, conversation, which)]


# ── which ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_present_question_stands_with_those_of_its_section_that_follow_and_are_not_answered() -> None:
    assert names(form, state()) == ["name", "born", "school", "known"]
    assert names(form, state(name="KM", school="Another")) == ["born", "known"]
    assert names(form, state(name="KM", born="2019-01-02", school="Another", known=True)) == ["why"]


def asked_after(use: Callable[[Any], Any], first: Question = NAME) -> Flow:
    def flow() -> Answers:
        answer = yield first
        use(answer)
        yield KNOWN
        return answer

    return flow


LOOKS: Mapping[str, Callable[[Any], Any]] = {
    "whether there is any": lambda answer: answer or "nothing",
    "whether it is this": lambda answer: answer == "KM",
    "whether this is it": lambda answer: answer == "KM",
    "whether it is among these": lambda answer: answer in {"KM"},
    "what it says": lambda answer: f"Born when, {answer}?",
    "what it says with more": lambda answer: "Born when, " + answer,
    "its parts": lambda answer: [*answer],
    "what it can do": lambda answer: answer.upper(),
    "what it is": lambda answer: isinstance(answer, str),
    "what it is joined to": lambda answer: ", ".join([answer]),
    "what it leads to": lambda answer: {"KM": 1}.get(answer),
    "how it is in order": lambda answer: sorted([answer, "KM"]),
}


@pytest.mark.parametrize("look", LOOKS)
def test_what_depends_on_an_answer_does_not_stand_on_the_page_with_it(look: str) -> None:
    assert names(asked_after(LOOKS[look]), state()) == ["name"]
    assert names(asked_after(lambda answer: [answer]), state()) == ["name", "known"]


def test_what_depends_on_a_part_of_an_answer_does_not_stand_on_the_page_with_it() -> None:
    assert names(asked_after(lambda answer: date.fromisoformat(answer), BORN), state()) == ["born"]
    assert names(asked_after(lambda answer: answer["name"], WHO), state()) == ["who"]
    assert names(asked_after(lambda answer: {**answer}, WHO), state()) == ["who"]


@pytest.mark.parametrize(
    "alone",
    [
        Question("rows", "What was done", Rows(columns=(Column(id="what", label="What"),)), heading=HEADING),
        Question("other", "Under another heading", Line(), heading="Other"),
        Question("told", "Read this first", Line(), heading=HEADING, before=(Words("This."),)),
        Question("agreed", "Do you agree?", Line(), heading=HEADING, go="I agree"),
        Question("review", "Send it?", YesNo(), heading=HEADING, is_review=True),
    ],
    ids=lambda question: question.name,
)
def test_what_has_to_be_asked_alone_ends_the_page(alone: Question) -> None:
    def flow() -> Answers:
        yield NAME
        yield alone
        yield BORN

    assert names(flow, state()) == ["name"]
    assert len(page(flow, state(name="KM"))) <= 1 or alone.before


def test_a_page_is_not_too_long() -> None:
    def flow() -> Answers:
        for n in range(20):
            yield Question(f"q{n}", "What?", Line())

    assert len(page(flow, state())) == MOST


def test_at_a_review_the_answer_that_is_chosen_stands_there() -> None:
    all_given = state(name="KM", born="2019-01-02", school="S", known=True, why="Because.")
    assert names(form, all_given, "known") == ["known"]
    assert names(form, all_given) == names(form, all_given, "nothing") == []


# ── how it looks ─────────────────────────────────────────────────────────────────────────────────────────────


def shown(conversation: Conversation, which: str = "", **given: str) -> dict[str, Entry]:
    message = page_message(conversation, page(form, conversation, which), WORDS, given)
    return {part.id: part for part in message.parts if isinstance(part, Entry)}


def test_each_question_has_its_inputs_with_proposals_and_what_has_buttons_alone_has_a_list() -> None:
    found = shown(state())
    assert {name: (entry.label, entry.widget, entry.optional) for name, entry in found.items()} == {
        "name|answer": ("Initials", "line", False),
        "born|answer": ("Date of birth", "date", False),
        "school|answer": ("School", "line", True),
        "known|answer": ("Is a social worker involved?", "radio", False),
    }
    assert found["school|answer"].initial == "Fictional School"
    assert [option.id for option in found["known|answer"].options] == ["yes", "no"]


def test_what_stands_unsent_in_the_message_stands_on_the_page() -> None:
    assert shown(state(), answer="KM")["name|answer"].initial == "KM"


def test_an_answer_that_is_to_be_changed_stands_there() -> None:
    all_given = state(name="KM", born="2019-01-02", school="S", known=False, why="Because.")
    assert shown(all_given, "known")["known|answer"].initial == "no"
    assert shown(all_given, "why")["why|answer"].initial == "Because."


def test_a_page_is_offered_where_there_is_more_than_one_question() -> None:
    def buttons(together: bool) -> str:
        way = walk(form, {})
        return repr(question_message(state(), way, WORDS, together=together))

    assert "Answer several at once" in buttons(True)
    assert "Answer several at once" not in buttons(False)


# ── what was given ───────────────────────────────────────────────────────────────────────────────────────────


GIVEN = {"name|answer": "KM", "born|answer": "2019-01-02", "school|answer": "", "known|answer": "yes"}


def filled(conversation: Conversation, flow: Flow = form, **changed: str) -> Filled:
    given = GIVEN | {f"{name}|answer": value for name, value in changed.items()}
    return fill(conversation, flow, given, "c/c1/1", READING)


def asked(conversation: Conversation) -> str:
    question = walk(form, conversation.answers, conversation.editing).question
    return question.name if question else ""


def says(conversation: Conversation) -> Message:
    return question_message(conversation, walk(form, conversation.answers, conversation.editing), WORDS)


def test_all_of_it_is_taken_and_the_next_question_follows() -> None:
    done = filled(state())
    assert {name: answer.get("value") for name, answer in done.conversation.answers.items()} == {
        "name": "KM", "born": "2019-01-02", "school": None, "known": True
    }  # fmt: skip
    assert (asked(done.conversation), dict(done.problems), dict(done.conversation.pending)) == ("why", {}, {})
    assert [step.question.name for step in done.taken] == ["name", "born", "school", "known"]


def test_what_cannot_be_taken_is_said_and_all_else_is_taken() -> None:
    done = filled(state(), born="31/31/2019", known="perhaps")
    assert done.problems.keys() == {"born", "known"}
    assert done.conversation.answers.keys() == {"name", "school"}
    assert asked(done.conversation) == "born"
    assert "31/31/2019" in repr(says(done.conversation))


def test_what_was_wrong_beside_it_is_kept_until_it_is_asked_again_whatever_is_done_meanwhile() -> None:
    both = (
        Question("to", "To whom?", Email(), heading=HEADING),
        Question("copy", "Who else?", Email(), heading=HEADING),
    )

    def flow() -> Answers:
        yield both[0]
        yield both[1]
        yield WHY

    done = fill(state(), flow, {"to|answer": "ben at example", "copy|answer": "grace at example"}, "p", READING)
    talk = done.conversation
    for act in (Act("help"), Act("cancel"), Act("carry on"), act_of_typed("ben@example.org", talk)):
        talk = turn(talk, flow, act, READING).conversation
    way = walk(flow, talk.answers)
    assert way.question == both[1]
    assert "grace at example" in repr(question_message(talk, way, WORDS))
    talk = turn(talk, flow, act_of_typed("grace@example.org", talk), READING).conversation
    assert dict(talk.pending) == {}


def test_what_is_left_empty_and_is_needed_is_asked_in_its_turn() -> None:
    done = filled(state(), name="", born="")
    assert (asked(done.conversation), dict(done.problems)) == ("name", {})
    assert done.conversation.answers.keys() == {"school", "known"}
    emptied = fill(state(name="KM"), form, {"name|answer": ""}, "p", READING)
    assert emptied.problems.keys() == {"name"}


def test_a_date_that_may_be_unknown_may_be_left_empty() -> None:
    def flow() -> Answers:
        yield Question("born", "Date of birth", Day(expect="birth", unknown_ok=True))

    message = page_message(state(), page(flow, state()), WORDS, {})
    assert [part.optional for part in message.parts if isinstance(part, Entry)] == [True]


def test_a_date_is_said_back_and_what_was_assumed_is_asked_about() -> None:
    def flow() -> Answers:
        yield Question("seen", "When was the child seen?", Day())
        yield NAME

    said = fill(state(), flow, {"seen|answer": "2026-03-24", "name|answer": "KM"}, "p", READING)
    assert said.echoes == ("Tuesday 24 March 2026 (3 days ago)",)
    assumed = fill(state(), flow, {"seen|answer": "24 March", "name|answer": "KM"}, "p", READING)
    assert (walk(flow, assumed.conversation.answers).question, dict(assumed.problems)) == (page(flow, state())[0], {})
    shows = question_message(assumed.conversation, walk(flow, assumed.conversation.answers), WORDS)
    assert "Is that right?" in repr(shows)
    confirmed = turn(assumed.conversation, flow, Act("confirm"), READING).conversation
    assert walk(flow, confirmed.answers).question is None


def test_a_page_that_was_handed_back_is_still_before_them_until_they_do_something_else() -> None:
    wrong = filled(state(), born="31/31/2019").conversation
    assert still_before_them(wrong, "c/c1/1")
    right = filled(wrong, school="Another School")
    assert (asked(right.conversation), dict(right.problems)) == ("why", {})
    assert right.conversation.answers["school"] == {"value": "Another School"}
    for act in (Act("help"), Act("skip"), Act("edit"), act_of_typed("2 February 2019", wrong)):
        after = turn(wrong, form, act, READING).conversation
        assert not still_before_them(Conversation(**{**vars(after), "message": "c/c1/2"}), "c/c1/1"), act


def test_an_answer_that_is_changed_at_the_review_is_changed_and_a_wrong_one_is_asked_again() -> None:
    all_given = state(name="KM", born="2019-01-02", school="S", known=True, why="Because.")
    changed = fill(all_given, form, {"born|answer": "2019-02-03"}, "p", READING).conversation
    assert (changed.answers["born"], asked(changed)) == ({"value": "2019-02-03"}, "sure")
    wrong = fill(all_given, form, {"born|answer": "31/31/2019"}, "p", READING).conversation
    assert (wrong.answers["born"], asked(wrong)) == ({"value": "2019-01-02"}, "born")
    assert "31/31/2019" in repr(says(wrong))


def test_what_was_given_on_a_page_that_is_left_stands_there_again_and_where_it_is_asked_alone() -> None:
    given = {"name|answer": "", "born|answer": "", "school|answer": "Another School", "known|answer": "yes"}
    talk, own = put_aside(state(), form, NAME, given)
    assert (dict(own), dict(talk.pending)) == (
        {},
        {"unread": {"school": {"answer": "Another School"}, "known": {"answer": "yes"}}},
    )
    message = page_message(talk, page(form, talk), WORDS, {})
    held = {part.id: part.initial for part in message.parts if isinstance(part, Entry)}
    assert held == given
    alone = turn(
        replace(talk, answers={"name": {"value": "KM"}, "born": {"value": "2019-01-02"}}), form, Act("help"), READING
    )
    assert "Another School" in repr(says(alone.conversation))
    emptied, _ = put_aside(talk, form, NAME, {**given, "school|answer": ""})
    assert dict(emptied.pending)["unread"].keys() == {"known"}


def test_an_answer_that_was_changed_on_a_page_that_is_left_is_open_with_what_was_given() -> None:
    at_review = state(name="KM", born="2019-01-02", school="S", known=True, why="Because.")
    for same in ({"born|answer": "2019-01-02"}, {}):
        assert put_aside(at_review, form, SURE, same) == (at_review, {})
    for given in ("2019-02-03", "31/31/2019", ""):
        left, own = put_aside(at_review, form, SURE, {"born|answer": given})
        assert (asked(left), own, left.answers) == ("born", {}, at_review.answers)
        (held,) = (part for part in says(left).parts if isinstance(part, Entry))
        assert held.initial == ("" if given == "31/31/2019" else given)
        assert asked(turn(left, form, Act("keep"), READING).conversation) == "sure"
    left, _ = put_aside(at_review, form, SURE, {"born|answer": "2019-02-03"})
    kept = turn(left, form, Act("keep"), READING).conversation
    assert (kept.answers, dict(kept.pending)) == (at_review.answers, {})


def test_a_choice_that_was_made_on_a_page_that_is_left_is_shown_where_it_is_asked_alone() -> None:
    at_review = state(name="KM", born="2019-01-02", school="S", known=True, why="Because.")
    left, _ = put_aside(at_review, form, SURE, {"known|answer": "no"})
    (held,) = (part for part in says(left).parts if isinstance(part, Entry))
    assert (held.widget, held.initial) == ("radio", "no")
    (_, *ways) = (each.label for part in says(left).parts if isinstance(part, Buttons) for each in part.buttons)
    assert ways[0] == "Keep the answer as it is"
    pressed = turn(left, form, Act("answer", given={"answer": "no"}), READING).conversation
    assert (pressed.answers["known"], asked(pressed)) == ({"value": False}, "sure")


def test_whether_all_of_it_is_there_already_is_known() -> None:
    after = filled(state()).conversation
    assert is_kept(after, form, GIVEN, READING)
    assert not is_kept(after, form, {**GIVEN, "name|answer": "KN"}, READING)
    assert not is_kept(state(), form, GIVEN, READING)
    assert not is_kept(after, form, {"gone|answer": "KM"}, READING)
    wrong = {**GIVEN, "born|answer": "31/31/2019", "known|answer": "perhaps"}
    assert is_kept(fill(state(), form, wrong, "p", READING).conversation, form, wrong, READING)


def test_boxes_and_what_stands_beside_them_are_read_together() -> None:
    many = Many(options=(Choices(id="a", label="A", note=True), Choices(id="b", label="B")))

    def flow() -> Answers:
        yield NAME
        yield Question("boxes", "Which?", many)

    given = {"name|answer": "KM", "boxes|answer": ["a", "b"], "boxes|note.a": "Indeed."}
    done = fill(state(), flow, given, "p", READING).conversation
    assert [(tick["option"], tick["note"]) for tick in done.answers["boxes"]["value"]] == [("a", "Indeed."), ("b", "")]


# ── every form ───────────────────────────────────────────────────────────────────────────────────────────────


def example(questions: tuple[Question, ...]) -> dict[str, Any]:
    """What the inputs of a page hold where every question is answered with its example."""
    shown = [
        entry for question in questions for entry in named(question, inputs(question.kind, question.kind.example()))
    ]
    return {entry.id: entry.initial if isinstance(entry.initial, str) else list(entry.initial) for entry in shown}


def on_pages(flow: Flow, reading: Reading) -> tuple[Conversation, list[int]]:
    """Everything is answered, several at once wherever this can be; and how many questions each page had."""
    conversation, sizes = state(), list[int]()
    while (question := walk(flow, conversation.answers, conversation.editing).question) is not None:
        together = page(flow, conversation)
        if len(together) > 1:
            message = page_message(conversation, together, WORDS, {})
            assert schema_faults(blocks(message, most=100)) == []
            conversation = fill(conversation, flow, example(together), "p", reading).conversation
            sizes.append(len(together))
        else:
            one = {question.name: {"value": question.kind.example()}}
            conversation = replace(conversation, answers={**conversation.answers, **one})
        if "doubt" in conversation.pending:
            conversation = turn(conversation, flow, Act("confirm"), reading).conversation
        assert "problem" not in conversation.pending
    return conversation, sizes


@pytest.mark.parametrize("name", ["report", "escalate"])
@pytest.mark.parametrize("policy", [*POLICIES, *INVENTED])
def test_what_is_answered_on_pages_comes_to_the_same_as_one_question_at_a_time(policy: str, name: str) -> None:
    about = None if name == "escalate" else escalation(policy, 2 if len(taken(policy).ladder) > 1 else 1)
    c = context(about, **only(policy))
    flow = lambda: FLOWS[name](c)  # noqa: E731 - as the shell makes one
    paged, sizes = on_pages(flow, c.reading())
    alone: dict[str, Any] = {}
    while (question := walk(flow, alone).question) is not None:
        alone[question.name] = {"value": question.kind.example()}
    assert paged.answers.keys() == alone.keys()
    assert name != "report" or not taken(policy).forms or max(sizes) > 1
