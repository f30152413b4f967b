"""A question as a message: where one is, what is asked, what was wrong, what stands in the inputs, and the buttons."""

from __future__ import annotations

from collections.abc import Generator
from datetime import date
from typing import Any

import pytest

from bot.escalation import Conversation
from bot.fields import (
    Answer,
    Attestation,
    Choice,
    Choices,
    Column,
    Day,
    Email,
    Line,
    Many,
    Paragraph,
    Professional,
    Reading,
    Rows,
    YesNo,
)
from bot.flows.conversation import Act, act_of_typed, turn
from bot.flows.questions import Flow, Question, Step, walk
from bot.flows.showing import SHOWN_AT_MOST, answered_message, help_note, question_message
from bot.messages import Button, Buttons, Entry, Facts, Heading, Message, Words, words_of
from bot.words import load

WORDS = load()
READING = Reading(date(2026, 3, 27))
PLACES = Choice(options=tuple(Choices(id=f"place-{n}", label=f"Place {n}") for n in range(1, 9)))
BOXES = Many(options=(Choices(id="a", label="First"), Choices(id="b", label="Second")), least=1)
ROWS = Rows(columns=(Column(id="action", label="Action", needed=True), Column(id="date", label="Date", answer="date")))


def one(kind: Answer, **more: Any) -> Flow:
    """A conversation of one question, with a short one before it."""

    def flow() -> Generator[Question, Any, Any]:
        yield Question("before", "Before?", YesNo())
        yield Question("q", "What is it?", kind, **more)

    return flow


def state(flow_name: str = "escalate", pending: dict[str, Any] | None = None, **answers: Any) -> Conversation:
    stored = {name: {"value": value} for name, value in {"before": True, **answers}.items()}
    return Conversation("c1", "console:asha", flow_name, answers=stored, pending=pending or {})


def drawn(flow: Flow, conversation: Conversation, note: str = "") -> Message:
    way = walk(flow, conversation.answers, conversation.editing)
    return question_message(conversation, way, WORDS, note=note)


def shown(kind: Answer, *, pending: dict[str, Any] | None = None, **more: Any) -> Message:
    return drawn(one(kind, **more), state(pending=pending))


def after(kind: Answer, given: str | dict[str, Any], **more: Any) -> Message:
    """The message after something was given, typed or in the inputs."""
    flow, before = one(kind, **more), state()
    act = act_of_typed(given, before) if isinstance(given, str) else Act("answer", given=given)
    return drawn(flow, turn(before, flow, act, READING).conversation)


def entries(message: Message) -> dict[str, Entry]:
    return {part.id: part for part in message.parts if isinstance(part, Entry)}


def labels(message: Message) -> list[list[str]]:
    return [[button.label for button in part.buttons] for part in message.parts if isinstance(part, Buttons)]


def button(message: Message, label: str) -> Button:
    buttons = [each for part in message.parts if isinstance(part, Buttons) for each in part.buttons]
    return next(each for each in buttons if each.label == label)


def tones(message: Message) -> dict[str, str]:
    return {part.text: part.tone for part in message.parts if isinstance(part, Words)}


# ── the question ─────────────────────────────────────────────────────────────────────────────────────────


def test_it_says_where_one_is_above_what_is_asked() -> None:
    message = shown(Line(), heading="The disagreement", help="Help of the form.", hint="Our help.")
    assert message.parts[:2] == (Heading("The disagreement"), Words("Question 2 of 2", "quiet"))
    assert message.summary.startswith("Question 2 of 2")
    assert entries(message)["answer"].label == "What is it?"
    assert (tones(message)["Help of the form."], tones(message)["Our help."]) == ("quiet", "quiet")


def test_without_a_heading_of_its_own_it_bears_that_of_its_conversation() -> None:
    assert shown(Line()).parts[0] == Heading("Raise an escalation")


def test_what_stands_before_a_question_is_shown_above_it() -> None:
    message = shown(YesNo(), before=(Words("Call 999.", "warning"),))
    texts = [part.text for part in message.parts if isinstance(part, Words)]
    assert texts.index("Call 999.") < texts.index("What is it?")


def test_a_note_is_said_first() -> None:
    assert drawn(one(Line()), state(), note="Welcome back.").parts[2] == Words("Welcome back.", "quiet")


def test_a_label_that_is_too_long_for_an_input_stands_above_it() -> None:
    label = "Why? " * 300

    def flow() -> Generator[Question, Any, Any]:
        yield Question("q", label, Line())

    message = drawn(flow, state())
    assert tones(message)[label] == "strong"
    assert entries(message)["answer"].label == "Your answer"


def test_a_question_with_several_inputs_has_its_label_above_them() -> None:
    message = shown(Professional())
    assert tones(message)["What is it?"] == "strong"
    assert list(entries(message)) == ["name", "role", "agency", "email"]


def test_how_a_kind_is_typed_is_said_where_it_is_not_plain() -> None:
    assert "type yes or no" in words_of(shown(YesNo()))


# ── the buttons ──────────────────────────────────────────────────────────────────────────────────────────

ALWAYS = ["Save for later", "Help", "Cancel"]


def test_every_question_can_be_left_for_later_and_the_first_has_no_way_back() -> None:
    def first() -> Generator[Question, Any, Any]:
        yield Question("q", "What?", Line(), optional=True)

    assert labels(drawn(first, Conversation("c1", "console:asha", "update"))) == [["Continue"], ["Skip", *ALWAYS]]
    assert labels(shown(Line())) == [["Continue"], ["Back", *ALWAYS]]
    assert labels(shown(Line(), optional=True)) == [["Continue"], ["Back", "Skip", *ALWAYS]]


def test_what_is_answered_at_one_press_has_no_button_to_continue() -> None:
    assert labels(shown(YesNo()))[0] == ["Yes", "No"]
    assert labels(shown(Day(unknown_ok=True)))[0] == ["Continue", "Not known"]
    assert labels(shown(ROWS))[0] == ["Continue", "Add another row"]
    assert button(shown(Line(), go="Send"), "Send") == Button("Send", "answer", style="primary")


def test_a_proposal_without_an_input_can_be_kept_at_one_press() -> None:
    assert labels(shown(YesNo(), prefill=False))[0] == ["Yes", "No", "Keep: No"]
    editing = Conversation("c1", "console:asha", "update", answers=state(q=True).answers, editing="q")
    assert labels(drawn(one(YesNo()), editing))[0] == ["Yes", "No", "Keep: Yes"]


def test_a_long_answer_is_kept_with_a_short_button() -> None:
    options = tuple(Choices(id=f"o{n}", label=f"{n} " + "x" * 70) for n in range(3))
    assert labels(shown(Choice(options=options), prefill="o1"))[0][-1] == "Keep the answer as it is"


def test_no_button_carries_an_answer() -> None:
    for kind in (Line(), Paragraph(), Day(), ROWS, Professional(), Attestation(side="raising")):
        message = shown(kind, prefill=kind.example())
        buttons = [each for part in message.parts if isinstance(part, Buttons) for each in part.buttons]
        assert {each.value for each in buttons} == {""}


# ── what the inputs hold ─────────────────────────────────────────────────────────────────────────────────


def test_inputs_hold_the_proposal_until_there_is_an_answer() -> None:
    assert entries(shown(Line(), prefill="Proposal"))["answer"].initial == "Proposal"
    editing = Conversation("c1", "console:asha", "update", answers=state(q="Answer").answers, editing="q")
    assert entries(drawn(one(Line(), prefill="Proposal"), editing))["answer"].initial == "Answer"


def test_a_stored_answer_that_no_longer_fits_is_not_put_into_the_inputs() -> None:
    assert entries(drawn(one(Day()), state(q="last week")))["answer"].initial == ""


def test_what_could_not_be_taken_still_stands_there_with_the_reason() -> None:
    message = after(Email(), "grace at example")
    assert entries(message)["answer"].initial == "grace at example"
    (problem,) = [text for text, tone in tones(message).items() if tone == "warning"]
    assert "“grace at example”" in problem


def test_inputs_that_could_not_be_taken_stand_there_each_with_its_own() -> None:
    given = {"name": "Grace", "role": "", "agency": "County", "email": "nowhere"}
    assert {name: e.initial for name, e in entries(after(Professional(), given)).items()} == given


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (Professional(needed=("name", "role", "agency")), "Grace Madeup, Team Manager"),
        (ROWS, "Call a meeting, at the next full moon"),
        (Rows(columns=(Column(id="a", label="A"), Column(id="b", label="B", needed=True))), "Only one part"),
        (BOXES, "First, and the one with the long name"),
        (PLACES, "The ninth place"),
        (Day(), "a day in the spring, when the meeting was"),
        (Attestation(side="raising"), "She will sign it on Monday"),
    ],
    ids=lambda value: getattr(value, "kind", None),
)
def test_what_was_typed_and_could_not_be_taken_is_never_typed_twice(kind: Answer, typed: str) -> None:
    shown = words_of(after(kind, typed))
    assert [piece for piece in typed.split(", ") if piece not in shown] == []


def test_an_input_that_was_emptied_stays_empty() -> None:
    emptied = after(Professional(), {"name": "Grace", "role": "", "email": "nowhere"}, prefill={"role": "Old role"})
    assert entries(emptied)["role"].initial == ""


@pytest.mark.parametrize("typed", ["some day", "2026-13-45", "2026-02-30", "aaaa-bb-cc", "31/02/2026"])
def test_a_date_picker_never_holds_what_is_no_date(typed: str) -> None:
    held = entries(after(Day(), typed))["answer"].initial
    assert isinstance(held, str)
    assert held == "" or date.fromisoformat(held)


def test_a_date_that_can_be_shown_is_kept_though_it_was_refused() -> None:
    assert entries(after(Day(), {"answer": "2027-01-01"}))["answer"].initial == "2027-01-01"


def test_ticks_and_choices_that_are_none_are_not_held() -> None:
    assert entries(after(BOXES, {"answer": []}))["answer"].initial == ()
    assert entries(after(PLACES, {"answer": "nowhere"}))["answer"].initial == ""
    # One that names no input of this question, from a message that was shown before.
    elsewhere = shown(PLACES, pending={"name": "q", "given": {"which": "x"}, "problem": "No."})
    assert entries(elsewhere)["answer"].initial == ""


def test_what_was_given_for_another_question_is_not_shown_here() -> None:
    message = shown(Line(), pending={"name": "before", "given": "Not for you", "problem": "No."})
    assert "Not for you" not in words_of(message)
    assert entries(message)["answer"].initial == ""


# ── a doubt, and cancelling ──────────────────────────────────────────────────────────────────────────────


def test_a_doubt_says_how_it_was_read_and_why_and_offers_both_ways() -> None:
    message = after(Day(), "2 March")
    said = words_of(message)
    assert "I read this as Monday 2 March 2026" in said
    assert "because no year was given. Is that right?" in said
    assert labels(message) == [["Yes, that is right", "No, pick another"]]
    assert entries(message) == {}


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (ROWS, {"1.action": "Call a meeting", "1.date": "2 March"}),
        (ROWS, "Call a meeting, 2 March"),
        (Attestation(side="raising"), {"how": "on_paper", "name": "Grace Madeup", "date": "2 March"}),
    ],
    ids=["row", "typed row", "signature"],
)
def test_a_doubt_about_a_date_among_other_answers_shows_all_of_them(kind: Answer, given: Any) -> None:
    said = words_of(after(kind, given))
    assert "Monday 2 March 2026" in said
    assert "Call a meeting" in said or "Grace Madeup" in said


def test_cancelling_asks_before_anything_is_erased() -> None:
    message = shown(Line(), pending={"name": "q", "cancelling": True})
    assert labels(message) == [["Carry on", "Save for later", "Erase these answers"]]
    assert button(message, "Erase these answers") == Button("Erase these answers", "erase", style="danger")
    assert "cannot be brought back" in message.summary


# ── the review ───────────────────────────────────────────────────────────────────────────────────────────


def review() -> Generator[Question, Any, Any]:
    yield Question("child", "Name of the child:", Line(), heading="The child")
    yield Question("born", "Date of birth", Day(expect="birth"), heading="The child")
    yield Question("why", "Why?", Paragraph(), heading="The disagreement", optional=True)
    yield Question("sure", "All right?", YesNo(), is_review=True, heading="Review")


def reviewed(why: str | None) -> Message:
    answers: dict[str, Any] = {
        "child": {"value": "Kit Marker"},
        "born": {"value": "2015-06-12"},
        "why": {"skipped": True} if why is None else {"value": why},
    }
    return drawn(review, Conversation("c1", "console:asha", "report", answers=answers))


def test_the_review_shows_every_answer_under_its_heading() -> None:
    message = reviewed(None)
    assert [part.rows for part in message.parts if isinstance(part, Facts)] == [
        (("1) Name of the child", "Kit Marker"), ("2) Date of birth", "Friday 12 June 2015")),
        (("3) Why?", "(skipped)"),),
    ]  # fmt: skip
    assert [text for text, tone in tones(message).items() if tone == "strong"][:2] == ["The child", "The disagreement"]


def test_a_heading_is_not_said_again_where_it_stands_above_the_review() -> None:
    def review() -> Generator[Question, Any, Any]:
        yield Question("why", "Why?", Line(), heading="To Stage 2")
        yield Question("review", "Is everything right?", BOXES, is_review=True, heading="To Stage 2")

    message = drawn(review, Conversation("c1", "console:asha", "move", answers={"why": {"value": "No reply."}}))
    assert words_of(message).count("To Stage 2") == 1


def test_the_review_changes_any_one_answer() -> None:
    message = reviewed(None)
    assert [option.id for option in entries(message)["which"].options] == ["child", "born", "why"]
    assert entries(message)["which"].optional
    assert ["Change this answer", "Change it in a window"] in labels(message)
    assert button(message, "Change this answer").action == "edit"


def test_what_can_be_changed_is_said_in_full_once_and_so_short_below_that_no_platform_repeats_it() -> None:
    label = "Have you already talked with your counterpart in the other agency to try to resolve it?"

    def review() -> Generator[Question, Any, Any]:
        yield Question("talked", label, YesNo())
        yield Question("review", "Is everything right?", BOXES, is_review=True)

    message = drawn(review, Conversation("c1", "console:asha", "report", answers={"talked": {"value": True}}))
    (option,) = entries(message)["which"].options
    assert option.label == "1) Have you already talked with your counterpart in the other agency to…"
    assert words_of(message).count(label) == 1


def test_a_very_long_answer_is_shortened_in_the_review_and_says_so() -> None:
    said = words_of(reviewed("x" * 30_000))
    assert "x" * SHOWN_AT_MOST in said
    assert "x" * (SHOWN_AT_MOST + 1) not in said
    assert "30,000 characters" in said


def test_the_line_for_notifications_carries_no_answer() -> None:
    assert "Kit" not in reviewed("Kit was seen.").summary


# ── afterwards, and help ─────────────────────────────────────────────────────────────────────────────────


def test_an_answered_question_becomes_its_label_without_the_answer() -> None:
    question = Question("q", "Name of the child", Line())
    taken, skipped = (answered_message(Step(question, value), WORDS) for value in ("Kit Marker", None))
    assert words_of(taken) == "Answered: Name of the child"
    assert "child" not in taken.summary
    assert words_of(skipped) == "Skipped: Name of the child"


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Paragraph(), "nothing is cut off"), (Day(), "27/03/2026"), (ROWS, "one row a line"),
        (Professional(), "separated by commas"), (BOXES, "numbers of the boxes"),
        (Attestation(side="raising"), "never stops"), (Line(), "Back returns"), (YesNo(), "Save for later"),
    ],
    ids=lambda value: getattr(value, "kind", None),
)  # fmt: skip
def test_help_says_how_this_kind_is_answered(kind: Answer, said: str) -> None:
    assert said in help_note(Question("q", "What?", kind), WORDS)


def test_a_conversation_that_has_ended_has_nothing_to_show() -> None:
    with pytest.raises(LookupError, match="ended"):
        drawn(one(Line()), state(q="x"))


@pytest.mark.parametrize(("rows", "offered"), [([], True), ([{"action": "Call", "date": ""}], False)])
def test_another_row_is_offered_only_while_the_table_has_room_for_it(rows: list[Any], offered: bool) -> None:
    message = shown(ROWS.model_copy(update={"most": 2}), prefill=rows)
    assert ("[Add another row]" in words_of(message)) is offered
