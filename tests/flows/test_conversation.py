"""How a conversation is held: replayed from answers by name, and nothing that was given is lost."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.escalation import Conversation
from bot.fields import Choice, Choices, Column, Day, Line, Many, Paragraph, Professional, Reading, Rows, YesNo
from bot.flows.conversation import Act, Turn, act_of_typed, turn
from bot.flows.questions import LONGEST_WAY, Question, Walk, is_answered, walk

READING = Reading(date(2026, 3, 27))
WAYS = Choice(options=(Choices(id="road", label="By road"), Choices(id="rail", label="By rail")))
PARTY = Rows(columns=(Column(id="name", label="Name", needed=True), Column(id="age", label="Age", needed=True)))


def journey() -> Generator[Question, Any, Any]:
    """A conversation of our own, with every kind of turn in it."""
    way = yield Question("way", "How do you travel?", WAYS, private=False)
    if way == "road":
        yield Question("car", "Which car?", Line())
    else:
        yield Question("train", "Which train?", Line(), optional=True)
        yield Question("seat", "Which seat?", Line())
    on = yield Question("on", "On which day?", Day(expect="any"))
    party = yield Question("party", "Who comes along?", PARTY, optional=True)
    why = yield Question("why", "Why?", Paragraph(), prefill="To see the sea.")
    yield Question("sure", "All right?", YesNo(), is_review=True)
    return {"way": way, "on": on, "party": party, "why": why}


def conversation(**answers: Any) -> Conversation:
    """Answers by name; None is one that was skipped."""
    stored = {name: {"skipped": True} if value is None else {"value": value} for name, value in answers.items()}
    return Conversation("c1", "console:asha", "journey", answers=stored)


ROAD = conversation(way="road", car="The red one", on="2026-03-02", party=[], why="A holiday.")


def act(state: Conversation, doing: Act) -> Turn:
    return turn(state, journey, doing, READING)


def typed(state: Conversation, text: str) -> Conversation:
    return act(state, act_of_typed(text, state)).conversation


def pressed(state: Conversation, action: str, value: str = "", **given: Any) -> Conversation:
    return act(state, Act(action, value, given)).conversation


def asked(state: Conversation) -> str:
    question = walk(journey, state.answers, state.editing).question
    return question.name if question else ""


def way_of(state: Conversation) -> list[str]:
    return [step.question.name for step in walk(journey, state.answers, state.editing).path]


# ── going on ─────────────────────────────────────────────────────────────────────────────────────────────


def test_answers_lead_from_question_to_question_to_the_decision() -> None:
    state = conversation()
    for text, following in [
        ("by road", "car"), ("The red one", "on"), ("2/3/2026", "party"), ("skip", "why"), ("A holiday.", "sure"),
    ]:  # fmt: skip
        state = typed(state, text)
        assert asked(state) == following
    end = walk(journey, typed(state, "yes").answers)
    assert end.question is None
    assert end.decision == {"way": "road", "on": "2026-03-02", "party": None, "why": "A holiday."}


def test_answers_are_kept_by_name_in_whatever_order_they_are_stored() -> None:
    shuffled = dict(reversed([*ROAD.answers.items(), ("unheard-of", {"value": 1})]))
    assert asked(replace(ROAD, answers=shuffled)) == "sure"


def test_replaying_changes_nothing() -> None:
    before = dict(ROAD.answers)
    first, second = walk(journey, ROAD.answers), walk(journey, ROAD.answers)
    assert (first.path, first.question, first.total) == (second.path, second.question, second.total)
    assert ROAD.answers == before


def test_a_skipped_question_reaches_the_flow_as_none() -> None:
    steps = walk(journey, conversation(way="rail", train=None, seat="A1").answers).path
    assert [step.value for step in steps] == ["rail", None, "A1"]


def test_an_act_after_the_end_changes_nothing() -> None:
    ended = conversation(way="road", car="Red", on="2026-03-02", party=None, why="x", sure=True)
    assert act(ended, Act("answer", "more")).conversation == ended


# ── where one is ─────────────────────────────────────────────────────────────────────────────────────────


def place(state: Conversation) -> tuple[int, int]:
    way = walk(journey, state.answers, state.editing)
    return way.position, way.total


def test_the_place_and_the_whole_are_counted() -> None:
    assert place(conversation()) == (1, 6)
    assert place(conversation(way="road")) == (2, 6)
    assert place(conversation(way="rail")) == (2, 7)
    assert place(ROAD) == (6, 6)
    ended = conversation(way="road", car="x", on="2026-03-02", party=[], why="x", sure=True)
    assert walk(journey, ended.answers).total == 6


def test_opening_an_earlier_question_again_counts_the_answers_behind_it_as_they_are() -> None:
    rail = conversation(way="rail", train=None, seat="A1", on="2026-03-02", party=None, why="x")
    assert place(replace(rail, editing="way")) == (1, 7)
    assert place(replace(rail, editing="seat")) == (3, 7)


def test_a_flow_that_runs_in_a_circle_is_stopped_and_named() -> None:
    def circle() -> Generator[Question, Any, Any]:
        while True:
            yield Question("again", "Again?", YesNo())

    assert walk(circle, {}).total == LONGEST_WAY
    with pytest.raises(RuntimeError, match=f"more than {LONGEST_WAY} questions.*'again'"):
        walk(circle, {"again": {"value": True}})


# ── back ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_back_leads_step_by_step_to_the_first_question_and_keeps_every_answer() -> None:
    state, seen = ROAD, []
    for _ in range(5):
        state = pressed(state, "back")
        seen.append(asked(state))
    assert seen == ["why", "party", "on", "car", "way"]
    assert state.answers == ROAD.answers


def test_at_the_first_question_there_is_nothing_to_go_back_to() -> None:
    state = pressed(conversation(), "back")
    assert asked(state) == "way"
    assert "first question" in state.pending["problem"]


def test_after_a_changed_answer_the_conversation_goes_on_where_it_was() -> None:
    state = typed(pressed(pressed(ROAD, "back"), "back"), "Kit, 9")
    assert asked(state) == "sure"
    assert state.answers["party"] == {"value": [{"name": "Kit", "age": "9"}]}


# ── skip, keep, more ─────────────────────────────────────────────────────────────────────────────────────


def test_what_is_needed_cannot_be_skipped() -> None:
    state = typed(conversation(way="road"), "skip")
    assert asked(state) == "car"
    assert "cannot be skipped" in state.pending["problem"]


def test_a_needed_question_that_could_be_skipped_before_is_asked_again() -> None:
    assert asked(conversation(way="road", car=None)) == "car"


def test_keeping_leaves_an_answer_as_it_is() -> None:
    state = pressed(replace(ROAD, editing="on"), "keep")
    assert (asked(state), state.answers) == ("sure", ROAD.answers)


def test_keeping_takes_the_proposal_and_nothing_takes_it_without() -> None:
    before = conversation(way="road", car="Red", on="2026-03-02", party=None)
    assert asked(before) == "why"
    assert pressed(before, "keep").answers["why"] == {"value": "To see the sea."}


def test_there_is_nothing_to_keep_where_nothing_was_given_or_proposed() -> None:
    state = pressed(conversation(way="road"), "keep")
    assert asked(state) == "car"
    assert "nothing to keep" in state.pending["problem"]


ALONG = conversation(way="road", car="Red", on="2026-03-02")


def test_more_takes_the_rows_so_far_and_stays() -> None:
    state = pressed(ALONG, "more", **{"1.name": "Kit", "1.age": "9", "2.name": "", "2.age": ""})
    assert asked(state) == "party"
    state = pressed(state, "more", **{"1.name": "Kit", "1.age": "9", "2.name": "Sam", "2.age": "8"})
    assert asked(state) == "party"
    assert [row["name"] for row in state.answers["party"]["value"]] == ["Kit", "Sam"]
    assert asked(pressed(state, "keep")) == "why"


def test_more_that_is_typed_is_not_a_row() -> None:
    state = pressed(ALONG, "more", **{"1.name": "Kit", "1.age": "9"})
    again = typed(state, "more")
    assert asked(again) == "party"
    assert again.answers == state.answers
    assert "problem" not in again.pending


def test_typing_more_where_there_are_no_rows_is_an_answer() -> None:
    assert typed(conversation(way="road"), "more").answers["car"] == {"value": "more"}


# ── edit ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("which", ["2", "car", "which CAR", "Which"])
def test_an_answer_is_opened_again_by_its_number_its_name_or_the_start_of_its_label(which: str) -> None:
    assert asked(typed(ROAD, f"edit {which}")) == "car"
    assert asked(typed(ROAD, f"Change {which}.")) == "car"
    assert asked(pressed(ROAD, "edit", which=which)) == "car"


def test_what_cannot_be_opened_is_said_back() -> None:
    assert "“9”" in typed(ROAD, "edit 9").pending["problem"]
    assert "No answer was chosen" in pressed(ROAD, "edit").pending["problem"]
    assert asked(typed(ROAD, "edit 9")) == "sure"


@pytest.mark.parametrize("text", ["Change the plan, so that she is seen weekly.", "Edit nothing until we have met."])
def test_an_answer_that_begins_like_an_order_is_an_answer(text: str) -> None:
    why = conversation(way="road", car="Red", on="2026-03-02", party=None)
    assert typed(why, text).answers["why"] == {"value": text}


def test_a_row_for_which_the_table_has_no_room_is_refused_and_the_others_stay() -> None:
    two = Rows(columns=(Column(id="name", label="Name"),), most=2)

    def table() -> Generator[Question, Any, Any]:
        yield Question("q", "Who?", two)
        yield Question("sure", "All right?", YesNo())

    def types(state: Conversation, text: str) -> Conversation:
        return turn(state, table, act_of_typed(text, state), READING).conversation

    full = turn(conversation(), table, Act("more", "", {"1.name": "Kit", "2.name": "Sam"}), READING).conversation
    again = types(full, "Jo")
    assert "room for 2 rows here, and 3 were given" in again.pending["problem"]
    assert again.answers["q"] == {"value": [{"name": "Kit"}, {"name": "Sam"}]}


# ── another way ──────────────────────────────────────────────────────────────────────────────────────────


def test_answers_off_the_way_are_kept_and_count_again_when_it_leads_back() -> None:
    rail = pressed(replace(ROAD, editing="way"), "answer", "rail")
    assert (asked(rail), way_of(rail)) == ("train", ["way"])
    assert rail.answers["car"] == {"value": "The red one"}
    back = pressed(replace(rail, editing="way"), "answer", "road")
    assert asked(back) == "sure"
    assert back.answers == ROAD.answers


@pytest.mark.parametrize("stored", [7, ["road"], {"id": "road"}, "bicycle", None, "", True])
def test_a_stored_choice_that_is_none_any_more_is_asked_again(stored: Any) -> None:
    assert asked(replace(ROAD, answers={**ROAD.answers, "way": {"value": stored}})) == "way"


@pytest.mark.parametrize(
    ("kind", "stored"),
    [
        (Day(), "last week"), (Day(), 7), (Day(), None),
        (Line(), {"answer": "x"}), (Line(), ["x"]), (Paragraph(), 7),
        (YesNo(), "no"), (YesNo(), {}), (YesNo(), None),
        (PARTY, "Kit"), (PARTY, ["Kit"]), (PARTY, {"name": "Kit"}),
        (Many(options=WAYS.options), ["road"]), (Many(options=WAYS.options), "road"),
        (Many(options=WAYS.options), [{"option": "bicycle", "qualifiers": [], "note": ""}]),
        (Professional(), "Sam"), (Professional(), ["Sam"]),
    ],
    ids=repr,
)  # fmt: skip
def test_a_stored_answer_of_another_shape_is_asked_again(kind: Any, stored: Any) -> None:
    question = Question("q", "Q?", kind)
    assert is_answered(question, {"q": {"value": kind.example()}})
    assert not is_answered(question, {"q": {"value": stored}})


@pytest.mark.parametrize("stored", [{}, {"given": "x"}])
def test_a_stored_answer_without_a_value_is_asked_again(stored: dict[str, Any]) -> None:
    assert not is_answered(Question("q", "Q?", Line()), {"q": stored})


# ── doubt ────────────────────────────────────────────────────────────────────────────────────────────────

WHEN = conversation(way="road", car="Red")


def test_a_doubtful_answer_is_taken_after_a_yes() -> None:
    doubtful = typed(WHEN, "2 March")
    assert asked(doubtful) == "on"
    assert "no year" in doubtful.pending["doubt"]
    assert "on" not in doubtful.answers
    for yes in (typed(doubtful, "Yes."), pressed(doubtful, "confirm")):
        assert yes.answers["on"] == {"value": "2026-03-02"}
        assert yes.pending == {}


def test_after_a_no_the_question_stands_as_it_was_and_holds_what_was_typed() -> None:
    doubtful = typed(WHEN, "2 March")
    for no in (typed(doubtful, "no"), pressed(doubtful, "another")):
        assert asked(no) == "on"
        assert (no.answers, no.pending) == (WHEN.answers, {"name": "on", "given": "2 March"})


def test_another_date_settles_a_doubt_too() -> None:
    assert typed(typed(WHEN, "2 March"), "3/3/2026").answers["on"] == {"value": "2026-03-03"}


def test_there_is_nothing_to_confirm_without_a_doubt() -> None:
    assert pressed(WHEN, "confirm") == WHEN


def test_yes_and_no_are_answers_where_nothing_is_in_doubt() -> None:
    assert typed(ROAD, "no").answers["sure"] == {"value": False}


# ── what could not be taken ──────────────────────────────────────────────────────────────────────────────


def test_what_cannot_be_taken_is_kept_with_the_reason() -> None:
    state = typed(WHEN, "some day")
    assert asked(state) == "on"
    assert state.pending["given"] == "some day"
    assert "some day" in state.pending["problem"]
    rows = pressed(ALONG, "answer", **{"1.name": "Kit", "1.age": ""})
    assert rows.pending["given"] == {"1.name": "Kit", "1.age": ""}


def test_the_next_answer_clears_what_was_wrong() -> None:
    assert typed(typed(WHEN, "some day"), "2/3/2026").pending == {}


HALF = {"1.name": "Kit", "1.age": ""}


@pytest.mark.parametrize("action", ["save", "help"])
def test_what_stands_in_the_inputs_is_kept_when_somebody_saves_or_asks_for_help(action: str) -> None:
    result = act(ALONG, Act(action, given=HALF))
    assert result.outcome == {"save": "saved", "help": "help"}[action]
    assert result.conversation.pending["given"] == HALF
    assert result.conversation.answers == ALONG.answers


def test_what_stands_in_the_inputs_is_kept_when_somebody_cancels_and_then_carries_on() -> None:
    asking = pressed(ALONG, "cancel", **HALF)
    assert pressed(asking, "carry on").pending.get("given") == HALF


@pytest.mark.parametrize("word", ["help", "save", "skip"])
def test_what_was_refused_is_kept_through_a_typed_word(word: str) -> None:
    assert typed(typed(WHEN, "some day"), word).pending.get("given") == "some day"


@pytest.mark.parametrize("action", ["edit", "keep", "skip"])
def test_a_press_that_leads_nowhere_keeps_what_stands_in_the_inputs(action: str) -> None:
    state = pressed(conversation(way="road"), action, answer="The half-typed car")
    assert state.pending["problem"]
    assert state.pending.get("given") == {"answer": "The half-typed car"}


# ── saving and ending ────────────────────────────────────────────────────────────────────────────────────


def test_cancelling_is_asked_about_first_and_erases_only_then() -> None:
    asking = typed(ROAD, "cancel")
    assert asking.pending["cancelling"]
    assert asking.answers == ROAD.answers
    for yes in (act_of_typed("yes", asking), act_of_typed("Erase", asking), Act("erase")):
        assert act(asking, yes).outcome == "cancelled"


def test_carrying_on_after_all_changes_nothing() -> None:
    asking = typed(ROAD, "stop")
    assert pressed(asking, "carry on") == ROAD


@pytest.mark.parametrize("word", ["no", "No.", "n", "carry on"])
def test_a_typed_no_to_erasing_is_no_answer_to_the_question_behind_it(word: str) -> None:
    for state in (ROAD, conversation(way="road"), ALONG):
        assert typed(typed(state, "cancel"), word) == state


def test_nothing_is_erased_without_having_been_asked() -> None:
    assert act(ROAD, Act("erase")).outcome == "go on"
    assert act(ROAD, Act("erase")).conversation == ROAD


# ── typed words ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("Back", "back"), ("SKIP.", "skip"), ("save for later", "save"), ("later", "save"), ("help!", "help"),
        ("?", "help"), (" cancel ", "cancel"), ("stop", "cancel"), ("keep", "keep"), ("yes", "answer"),
        ("Back to front", "answer"), ("", "answer"), ("Please help her", "answer"),
    ],
)  # fmt: skip
def test_a_word_that_names_a_button_presses_it(text: str, action: str) -> None:
    doing = act_of_typed(text, ROAD)
    assert (doing.action, doing.typed) == (action, True)


def test_an_unknown_act_changes_nothing() -> None:
    assert act(ROAD, Act("dance")).conversation == ROAD


def test_only_a_typed_answer_to_a_private_question_is_to_be_deleted() -> None:
    car = conversation(way="road")
    assert act(car, act_of_typed("The red one", car)).typed_private
    assert act(WHEN, act_of_typed("some day", WHEN)).typed_private
    assert act(WHEN, act_of_typed("2 March", WHEN)).typed_private
    assert not act(car, Act("answer", given={"answer": "The red one"})).typed_private
    assert not act(conversation(), act_of_typed("by road", conversation())).typed_private


ACTS = st.builds(
    Act,
    st.sampled_from(
        ["answer", "more", "confirm", "another", "keep", "skip", "back", "edit", "save", "help", "cancel", "carry on"]
    ),
    st.sampled_from(["", "road", "rail", "yes", "no", "2", "2/3/2026", "2 March", "text", "Kit, 9", "edit 1"]),
    st.sampled_from([{}, {"answer": "x"}, {"which": "1"}, {"1.name": "Kit", "1.age": "9"}]),
)


@given(st.lists(ACTS, max_size=25))
def test_whatever_is_done_no_answer_is_ever_lost(acts: list[Act]) -> None:
    state = conversation()
    for doing in acts:
        before = state
        state = act(state, doing).conversation
        assert set(before.answers) <= set(state.answers)
        way = walk(journey, state.answers, state.editing)
        assert isinstance(way, Walk)
        assert way.position <= way.total + 1
