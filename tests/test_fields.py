"""Each kind of answer: what it asks with, what it takes, what it refuses, and how it is shown again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from bot.errors import Doubtful, InvalidAnswer
from bot.fields import (
    UNKNOWN,
    Answer,
    Attestation,
    Choice,
    Choices,
    Column,
    Computed,
    Day,
    Days,
    Duration,
    Email,
    Kind,
    Line,
    Many,
    Paragraph,
    Professional,
    Reading,
    Rows,
    YesIfAll,
    YesNo,
    YesNoEach,
    clean,
)

TODAY = date(2026, 3, 27)
PEOPLE = {
    "console:ben": {
        "name": "Ben Sample", "role": "Head of Year", "agency": "Millbrook School", "email": "ben@example.org",
        "person": "console:ben",
    },
    "console:erin": {
        "name": "Erin Invented", "role": "Head Teacher", "agency": "Millbrook School", "email": "erin@example.org",
        "person": "console:erin",
    },
}  # fmt: skip
READING = Reading(TODAY, people=PEOPLE)
LONG = "Long answers are never cut off. " * 938  # 30,016 characters

LEVELS = (
    Choices(id="early", label="Early help"),
    Choices(id="child-in-need", label="Child in Need Plan", qualifiers=("progress", "dissent")),
    Choices(id="other", label="Other:", note=True),
)
NUMBERED = tuple(Choices(id=str(n), label=f"Level {n}") for n in (3, 2, 1))
"""Boxes whose ids are numbers, and not their places in the list."""
STAGES = tuple(Choices(id=f"stage-{n}", label=f"Stage {n}") for n in range(1, 9))
BOTH = (Choices(id="outcome", label="An outcome has been agreed"), Choices(id="debrief", label="A debrief took place"))
ACTIONS = (
    Column(id="action", label="Action(s):", needed=True),
    Column(id="by_whom", label="By whom:"),
    Column(id="date", label="Date completed:", answer="date"),
)

KINDS: dict[str, Answer] = {
    "line": Line(),
    "paragraph": Paragraph(),
    "email": Email(),
    "date in the past": Day(),
    "date of birth": Day(expect="birth"),
    "date that may be unknown": Day(unknown_ok=True),
    "dates": Days(),
    "yes or no": YesNo(),
    "choice by buttons": Choice(options=LEVELS),
    "choice from a list": Choice(options=STAGES),
    "choice of numbers": Choice(options=NUMBERED),
    "many": Many(options=LEVELS),
    "many, at least one": Many(options=LEVELS, least=1),
    "many numbers": Many(options=NUMBERED),
    "professional": Professional(needed=("name", "role", "agency", "email")),
    "professional to pick": Professional(pick=True),
    "name and address": Professional(parts=("name", "email"), needed=("name", "email")),
    "rows": Rows(columns=ACTIONS),
    "rows, at least one": Rows(columns=(Column(id="name", label="Name"),), least=1),
    "rows, two at most": Rows(columns=(Column(id="name", label="Name"),), most=2),
    "yes if all": YesIfAll(of=BOTH),
    "yes or no to each": YesNoEach(of=BOTH),
    "yes or no to some": YesNoEach(of=BOTH, blank_ok=True),
    "duration": Duration(),
    "computed": Computed(),
    "attestation": Attestation(side="raising"),
}
every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


def held(kind: Answer, value: Any) -> dict[str, str | Sequence[str]]:
    """What the inputs give back when nobody touches them."""
    return {entry.id: entry.initial for entry in kind.entries(value)}


def taken(kind: Answer, given: str | Mapping[str, str | Sequence[str]]) -> Any:
    """The stored answer, after a yes to what was assumed."""
    try:
        return kind.read(given, READING)
    except Doubtful as doubt:
        return doubt.value


def outcome(kind: Answer, given: Any) -> tuple[Any, str]:
    """(the stored answer, and what had to be assumed), or (None, why it was refused)."""
    try:
        return kind.read(given, READING), ""
    except Doubtful as doubt:
        return doubt.value, doubt.because
    except InvalidAnswer as invalid:
        return None, str(invalid)


def refusal(kind: Answer, given: str | Mapping[str, str | Sequence[str]]) -> str:
    with pytest.raises(InvalidAnswer) as caught:
        kind.read(given, READING)
    assert not isinstance(caught.value, Doubtful)
    return str(caught.value)


# ── all kinds ────────────────────────────────────────────────────────────────────────────────────────────


def names_of_kinds() -> Iterator[str]:
    for known in Answer.__subclasses__():
        if known.__module__.startswith("bot.fields"):
            yield known.model_fields["kind"].default


def test_every_kind_is_tried_here() -> None:
    assert {kind.model_dump()["kind"] for kind in KINDS.values()} == set(names_of_kinds())


class Holder(BaseModel):
    answer: Kind


def test_a_policy_chooses_a_kind_by_its_name_alone() -> None:
    assert Holder.model_validate({"answer": "line"}).answer == Line()
    assert Holder.model_validate({"answer": {"kind": "date", "expect": "birth"}}).answer == Day(expect="birth")
    with pytest.raises(ValidationError):
        Holder.model_validate({"answer": {"kind": "line", "lenght": 3}})


@every_kind
def test_the_example_can_be_shown_and_is_what_its_inputs_give_back(kind: Answer) -> None:
    example = kind.example()
    assert json.loads(json.dumps(example)) == example
    assert kind.show(example).strip()
    if kind.entries(example):
        assert taken(kind, held(kind, example)) == example


@every_kind
def test_there_is_always_something_to_press_or_to_fill_in(kind: Answer) -> None:
    entries, buttons = kind.entries(), kind.buttons()
    assert bool(entries or buttons) is not isinstance(kind, Computed)
    assert len({entry.id for entry in entries}) == len(entries)
    assert all(entry.label.strip() for entry in entries)
    assert all(button.label.strip() and len(button.label) <= 75 for button in buttons)


@every_kind
def test_every_button_answers_at_one_press(kind: Answer) -> None:
    pressed = [kind.read(button.value, READING) for button in kind.buttons()]
    assert [kind.show(value) for value in pressed] == [button.label for button in kind.buttons()]


@every_kind
def test_thirty_thousand_characters_are_taken_whole_or_refused_in_a_sentence(kind: Answer) -> None:
    text = LONG.strip()
    value, said = outcome(kind, text)
    if said:
        assert said.endswith((".", "?"))
        assert len(said) < 1000
    else:
        assert text in kind.show(value)


def test_a_paragraph_and_a_cell_of_a_table_take_thirty_thousand_characters() -> None:
    text = LONG.strip()
    views = Rows(columns=(Column(id="agency", label="Agency"), Column(id="view", label="View", answer="paragraph")))
    assert Paragraph().read(text, READING) == Paragraph().read({"answer": text}, READING) == text
    assert views.read({"1.agency": "Police", "1.view": text}, READING) == [{"agency": "Police", "view": text}]


SIGNS = st.characters() | st.sampled_from("\n\r\t,;.:@|<>-/0123456789²٣Ⅳ\x00\x0b\x85\u2028\ufffe\U0001f469\u200d")
WORDS = st.sampled_from(
    [
        "yes", "no", "none", "n/a", "today", "yesterday", "last Tuesday", "27/03/2026", "27 March", "03/2026",
        "12/06/2015", "1", "2", "9", "early", "Child in Need Plan", "Stage 3", "ben@example.org", "console:ben",
        "in_chat", "on_paper", "declined", "not_yet", "Sam Example, Manager, Agency, sam@example.org", "and", "0",
    ]
)  # fmt: skip
TEXTS = WORDS | st.text(SIGNS, max_size=40) | st.lists(WORDS, max_size=4).map(", ".join) | st.just("7" * 5000)


def names_of_inputs() -> list[str]:
    return sorted({entry.id for kind in KINDS.values() for entry in kind.entries(kind.example())})


NAMES = st.sampled_from(names_of_inputs()) | st.text(SIGNS, max_size=8) | st.sampled_from(["²", "².name", "9" * 5000])
MAPPINGS = st.dictionaries(NAMES, TEXTS | st.lists(TEXTS, max_size=3), max_size=8)


@every_kind
@given(given=TEXTS | MAPPINGS)
@example(given="0,BEN@EXAMPLE.ORG")
def test_whatever_is_given_becomes_an_answer_or_a_sentence(kind: Answer, given: Any) -> None:
    value, said = outcome(kind, given)
    if value is None:
        assert said.strip()
        return
    assert json.loads(json.dumps(value)) == value
    assert isinstance(kind.show(value), str)
    if kind.entries(value) and value != UNKNOWN:
        assert taken(kind, held(kind, value)) == value
    if isinstance(value, dict) and value.get("person"):
        # Whoever is shown is whoever gets access.
        assert value["name"] == PEOPLE[value["person"]]["name"]


@every_kind
def test_what_is_typed_into_inputs_is_an_answer_of_the_same_shape_as_what_is_pressed(kind: Answer) -> None:
    example = kind.example()
    for button in kind.buttons():
        assert type(kind.read(button.label, READING)) is type(kind.read(button.value, READING))
    if kind.entries(example):
        assert type(taken(kind, held(kind, example))) is type(example)


# ── clean ────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_line_end_becomes_the_same() -> None:
    assert clean("a\r\nb\rc\x85d\u2028e\u2029f\ng") == "a\nb\nc\nd\ne\nf\ng"


def test_what_cannot_be_printed_is_replaced_and_not_dropped() -> None:
    assert clean("a\x00b\x1bc\ud800d\ufffee\U0001fffff\ufdd0g") == "a\ufffdb\ufffdc\ufffdd\ufffde\ufffdf\ufffdg"


def test_what_can_be_read_is_kept() -> None:
    text = "Zoë’s\tplan – 3 × weekly 👩‍👩‍👧‍👦 <@U1> *no markup* &amp;"
    assert clean(f"  {text}\n") == text


@given(st.text(SIGNS))
def test_clean_text_stays_as_it_is_and_can_be_stored(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert cleaned.encode("utf-8").decode("utf-8") == cleaned
    assert "\r" not in cleaned
    assert "\x00" not in cleaned


# ── texts ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_line_is_one_line() -> None:
    assert Line().read("  Millbrook\n Example\tSchool ", READING) == "Millbrook Example School"


def test_a_line_that_is_too_long_is_told_how_long_it_is() -> None:
    assert Line().read("x" * 500, READING) == "x" * 500
    assert "501" in refusal(Line(), "x" * 501)
    assert "500" in refusal(Line(), "x" * 501)


def test_a_paragraph_keeps_its_line_breaks_and_says_its_limit() -> None:
    assert Paragraph().read({"answer": " one\r\n\r\ntwo "}, READING) == "one\n\ntwo"
    assert Paragraph().read("x" * 90_000, READING) == "x" * 90_000
    assert "90,001" in refusal(Paragraph(), "x" * 90_001)


@pytest.mark.parametrize("kind", [Line(), Paragraph()], ids=["line", "paragraph"])
@pytest.mark.parametrize("given", ["", "  \n ", {}, {"answer": ""}], ids=repr)
def test_no_text_is_no_answer(kind: Answer, given: Any) -> None:
    assert "Nothing was given" in refusal(kind, given)


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("grace.madeup@example.org", "grace.madeup@example.org"),
        (" <grace@example.org> ", "grace@example.org"),
        ("<mailto:grace@example.org|grace@example.org>", "grace@example.org"),
        ("o'neil+dsl@sch.example.gov.uk", "o'neil+dsl@sch.example.gov.uk"),
    ],
)
def test_an_address_is_read_as_people_and_platforms_write_it(typed: str, address: str) -> None:
    assert Email().read(typed, READING) == Email().read({"answer": typed}, READING) == address


ELSEWHERE = ["g%evil.example@example.org", "evil.example!g@example.org", "=?utf-8?q?g=40evil.example=3e?=@example.org"]
"""A mail server may pass these on to another domain than the one behind the @."""


@pytest.mark.parametrize(
    "typed",
    [
        "grace",
        "grace@example",
        "a@b@example.org",
        "g@example.org, h@example.org",
        "Grace <g@example.org> x",
        *ELSEWHERE,
    ],
)
def test_what_is_no_single_address_is_said_back(typed: str) -> None:
    assert typed in refusal(Email(), typed)


# ── dates ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_date_is_stored_as_a_date_picker_gives_it_and_shown_in_words() -> None:
    assert Day().read({"answer": "2026-03-03"}, READING) == Day().read("3 March 2026", READING) == "2026-03-03"
    assert Day().show("2026-03-03") == "Tuesday 3 March 2026"


def test_a_date_that_had_to_be_guessed_is_asked_about() -> None:
    with pytest.raises(Doubtful) as doubt:
        Day().read("3 March", READING)
    assert doubt.value.value == "2026-03-03"
    assert "no year was given" in doubt.value.because


def test_not_known_is_taken_only_where_the_form_can_take_it() -> None:
    kind = Day(unknown_ok=True)
    assert kind.read("not known", READING) == kind.read({"answer": "n/a"}, READING) == UNKNOWN
    assert kind.show(UNKNOWN) == "Not known"
    assert held(kind, UNKNOWN) == {"answer": ""}
    assert "cannot be taken" in refusal(Day(), "not known")


@pytest.mark.parametrize("typed", ["31/02/2026", "next spring", "03/27/2026"])
def test_an_unreadable_date_is_said_back(typed: str) -> None:
    assert typed in refusal(Day(), typed)
    assert typed in refusal(Days(), typed)


def test_several_dates_come_one_a_line_or_with_commas() -> None:
    expected = ["2026-03-02", "2026-03-04"]
    assert Days().read("2/3/2026\n4/3/2026", READING) == expected
    assert Days().read("2/3/2026; 4 March 2026", READING) == expected
    assert Days().read("March 2, 2026, March 4, 2026", READING) == expected
    assert Days().read({"answer": "02/03/2026\r\n04/03/2026"}, READING) == expected
    assert Days().show(expected) == "Monday 2 March 2026\nWednesday 4 March 2026"


def test_of_several_dates_only_the_doubtful_ones_are_asked_about_and_all_are_kept() -> None:
    with pytest.raises(Doubtful) as doubt:
        Days().read("2/3/2026\n4 March", READING)
    assert doubt.value.value == ["2026-03-02", "2026-03-04"]
    assert doubt.value.because.startswith("“4 March”: ")
    with pytest.raises(Doubtful) as alone:
        Days().read("4 March", READING)
    assert alone.value.because == "no year was given"


def test_no_date_among_several_is_refused() -> None:
    assert "No date was given" in refusal(Days(), " ; \n")


# ── yes and no, and choices ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("typed", "value"), [("Yes", True), ("y", True), ("Yep!", True), ("NO.", False), ("n", False)])
def test_yes_and_no_may_be_typed(typed: str, value: bool) -> None:
    assert YesNo().read(typed, READING) is value


def test_neither_yes_nor_no_is_said_back() -> None:
    assert "“perhaps”" in refusal(YesNo(), "perhaps")
    assert [YesNo().show(value) for value in (True, False)] == ["Yes", "No"]


@pytest.mark.parametrize("typed", ["other", "Other:", "OTHER", "3", "oth"])
def test_a_choice_is_named_by_its_number_its_words_or_their_start(typed: str) -> None:
    assert Choice(options=LEVELS).read(typed, READING) == "other"
    assert Choice(options=LEVELS).read({"answer": typed}, READING) == "other"


def test_a_start_that_several_choices_share_names_none_of_them() -> None:
    said = refusal(Choice(options=STAGES), "stage")
    assert "“stage”" in said
    assert "1 Stage 1; 2 Stage 2" in said
    assert "Nothing was chosen" in refusal(Choice(options=STAGES), "")
    sentences = (Choices(id="a", label="First."), Choices(id="b", label="Second."))
    assert refusal(Many(options=sentences), "third").endswith("by number: 1 First.; 2 Second.")


def test_few_short_choices_are_buttons_and_others_a_list() -> None:
    few, several = Choice(options=LEVELS), Choice(options=STAGES)
    long = Choice(options=(Choices(id="a", label="x" * 76), Choices(id="b", label="B")))
    assert [button.label for button in few.buttons()] == ["Early help", "Child in Need Plan", "Other:"]
    assert not few.entries()
    assert not several.buttons()
    assert "button" not in several.how, "it is a list"
    assert not long.buttons()
    assert [option.label for entry in several.entries() for option in entry.options] == [s.label for s in STAGES]


def test_the_id_of_a_choice_is_never_taken_for_a_place_in_the_list() -> None:
    kind = Choice(options=NUMBERED)
    assert [kind.read(button.value, READING) for button in kind.buttons()] == ["3", "2", "1"]
    assert [tick["option"] for tick in Many(options=NUMBERED).read({"answer": ["3"]}, READING)] == ["3"]


@pytest.mark.parametrize("typed", ["²", "9" * 5000, "٣", "Ⅳ"], ids=["squared", "long", "arabic", "roman"])
def test_a_number_that_is_none_is_refused_as_any_other_text(typed: str) -> None:
    for kind in (Choice(options=NUMBERED[:1]), Many(options=NUMBERED[:1]), YesIfAll(of=BOTH)):
        with pytest.raises(InvalidAnswer):
            kind.read(typed, READING)


def test_ticks_are_kept_in_printed_order_with_what_stands_beside_them() -> None:
    ticked = Many(options=LEVELS).read(
        {"answer": ["other", "early"], "qualifiers.child-in-need": ["dissent"], "note.other": " Court "}, READING
    )
    assert ticked == [
        {"option": "early", "qualifiers": [], "note": ""},
        {"option": "child-in-need", "qualifiers": ["dissent"], "note": ""},
        {"option": "other", "qualifiers": [], "note": "Court"},
    ]
    assert Many(options=LEVELS).show(ticked) == "Early help\nChild in Need Plan – dissent\nOther: – Court"


def test_ticks_may_be_typed_by_number_or_by_words() -> None:
    kind = Many(options=LEVELS)
    for typed in ("1, 3", "1 and 3", "early help; other", "Early help\nOther:"):
        assert [tick["option"] for tick in kind.read(typed, READING)] == ["early", "other"]
    assert kind.read("none", READING) == []
    assert kind.show([]) == "None ticked"
    assert "“4”" in refusal(kind, "1, 4")


@pytest.mark.parametrize("label", ["Referral, or enquiry (level of need, progress)", "Plan and review; dissent"])
def test_a_box_may_be_named_by_its_whole_label_even_one_with_commas(label: str) -> None:
    kind = Many(options=(Choices(id="long", label=label), Choices(id="other", label="Other")))
    assert [tick["option"] for tick in kind.read(label, READING)] == ["long"]


def test_where_a_tick_is_needed_none_is_refused_and_the_boxes_are_named() -> None:
    assert "Early help; Child in Need Plan; Other:" in refusal(Many(options=LEVELS, least=1), {"answer": []})


def test_one_printed_yes_needs_all_of_its_parts() -> None:
    kind = YesIfAll(of=BOTH)
    assert kind.read("yes", READING) == {"outcome": True, "debrief": True}
    assert kind.read("no", READING) == kind.read({"answer": []}, READING) == {"outcome": False, "debrief": False}
    partly = kind.read({"answer": ["outcome"]}, READING)
    assert kind.show(partly) == "No (An outcome has been agreed yes; A debrief took place no)"
    assert kind.met(kind.example())


# ── people ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_professional_is_typed_with_commas_and_shown_the_same_way() -> None:
    kind = Professional(needed=("name", "role", "agency", "email"))
    typed = "Grace Madeup, Team Manager, Example County, grace@example.org"
    value = kind.read(typed, READING)
    assert value == {
        "name": "Grace Madeup", "role": "Team Manager", "agency": "Example County", "email": "grace@example.org",
    }  # fmt: skip
    assert kind.show(value) == typed


def test_an_address_is_recognised_wherever_it_stands() -> None:
    assert Professional().read("Grace Madeup, grace@example.org", READING) == {
        "name": "Grace Madeup", "role": "", "agency": "", "email": "grace@example.org",
    }  # fmt: skip


def test_what_is_missing_of_a_professional_is_named() -> None:
    kind = Professional(needed=("name", "role", "agency"))
    assert "The agency is missing" in refusal(kind, "Grace Madeup, Team Manager")
    assert "The name and the role are missing. Please fill" in refusal(kind, {"agency": "Example County"})
    assert "5 parts" in refusal(Professional(), "a, b, c, d, e")
    assert "“nowhere”" in refusal(Professional(), {"name": "Grace", "email": "nowhere"})


def test_whoever_is_picked_fills_what_was_left_blank() -> None:
    kind = Professional(needed=("name", "email"), pick=True)
    assert kind.read({"person": "console:ben"}, READING) == PEOPLE["console:ben"]
    assert kind.read({"person": "console:ben", "role": "Mentor"}, READING)["role"] == "Mentor"
    assert kind.read({"person": "", "name": "Sam", "email": "s@example.org"}, READING)["person"] == ""


PICK = Professional(pick=True)


@pytest.mark.parametrize(
    "typed",
    [
        "Ben Sample", "ben sample", "Ben Sample, Head of Year", "Ben Sample, Head of Year, Millbrook School",
        "Ben Sample, , millbrook school", "Ben Sample, ben@example.org", "BEN@example.org", "Ben, Ben@Example.org",
        {"name": "Ben Sample"}, {"name": "Ben Sample", "email": "ben@example.org", "person": ""},
    ],
    ids=str,
)  # fmt: skip
def test_whoever_is_typed_and_is_in_the_directory_is_that_person(typed: Any) -> None:
    value = PICK.read(typed, READING)
    assert (value["person"], value["name"]) == ("console:ben", "Ben Sample")
    assert value["email"].casefold() == "ben@example.org"
    assert value["agency"].casefold() == "millbrook school"
    assert PICK.echo(value, READING).endswith("who can be reached in this chat")


@pytest.mark.parametrize(
    "given",
    [
        "Nora Newcomer, Nurse, Example Trust, nora@example.org",
        {"person": "", "name": "Nora", "role": "Nurse", "agency": "Example Trust", "email": "nora@example.org"},
    ],
    ids=["typed", "in the inputs"],
)
def test_what_is_given_of_somebody_counts_where_the_platform_does_not_know_it(given: Any) -> None:
    """Slack knows nobody's agency, so that nobody could be named by name and mailbox where one is needed."""
    nora = {"name": "Nora Newcomer", "role": "Lecturer", "agency": "", "email": "nora@example.org", "person": "U1"}
    kind = Professional(needed=("name", "agency"), pick=True)
    assert kind.read(given, Reading(TODAY, people={"U1": nora})) == nora | {"role": "Nurse", "agency": "Example Trust"}


@pytest.mark.parametrize(
    "typed",
    [
        "Ben Sample, Head of Year, Another School", "Ben Sample, ben@another.example.org", "Ben",
        "Head of Year", "Grace Madeup, Team Manager, Millbrook School",
    ],
)  # fmt: skip
def test_a_namesake_elsewhere_is_somebody_else_and_it_is_said_that_they_are_not_here(typed: str) -> None:
    value = PICK.read(typed, READING)
    assert value["person"] == ""
    assert value["name"] == typed.split(",")[0]
    assert PICK.echo(value, READING).endswith("who is not in this chat")


def test_of_two_people_of_the_same_name_nobody_is_guessed() -> None:
    twins = {**PEOPLE, "console:ben-2": {**PEOPLE["console:ben"], "email": "ben2@example.org"}}
    assert PICK.read("Ben Sample", Reading(TODAY, people=twins))["person"] == ""
    assert PICK.read("Ben Sample, ben2@example.org", Reading(TODAY, people=twins))["person"] == "console:ben-2"


def test_the_address_of_somebody_here_beside_another_name_never_gives_them_that_name() -> None:
    """Else one person would be shown, and another get access."""
    value = PICK.read("Grace Madeup, Team Manager, Example County, ben@example.org", READING)
    assert (value["name"], value["person"]) in {("Ben Sample", "console:ben"), ("Grace Madeup", "")}


def test_nobody_is_adopted_where_nobody_can_be_picked() -> None:
    assert "person" not in Professional().read("Ben Sample", READING)
    assert Professional().echo(Professional().read("Ben Sample", READING), READING) == ""


def test_a_part_of_a_professional_has_at_most_a_hundred_and_twenty_characters() -> None:
    assert Professional().read("x" * 120, READING)["name"] == "x" * 120
    assert "120" in refusal(Professional(), "x" * 121)
    assert "role" in refusal(PICK, {"name": "Sam", "role": "x" * 121})


PICKED = [Professional(pick=True), Attestation(side="raising")]


@pytest.mark.parametrize("kind", PICKED, ids=lambda kind: kind.kind)
def test_picking_somebody_else_never_leaves_the_first_persons_name_beside_their_id(kind: Answer) -> None:
    before = kind.read({"how": "in_chat", "person": "console:ben"}, READING)
    after = kind.read({**held(kind, before), "person": "console:erin"}, READING)
    assert (after["person"], after["name"], after["role"]) == ("console:erin", "Erin Invented", "Head Teacher")


@pytest.mark.parametrize("kind", PICKED, ids=lambda kind: kind.kind)
def test_somebody_who_is_not_here_cannot_be_picked(kind: Answer) -> None:
    refusal(kind, {"how": "in_chat", "person": "console:nobody", "name": "No Body"})


# ── tables ───────────────────────────────────────────────────────────────────────────────────────────────

ROW = {"action": "Call a meeting", "by_whom": "Grace Madeup", "date": "2026-03-20"}


def test_rows_are_typed_one_a_line_and_the_last_cell_may_hold_commas() -> None:
    assert Rows(columns=ACTIONS).read("Call a meeting, Grace Madeup, 20/03/2026\n\nnone", READING) == [ROW]
    views = Rows(columns=(Column(id="agency", label="Agency"), Column(id="view", label="View")))
    assert views.read("Police, wait, and see", READING) == [{"agency": "Police", "view": "wait, and see"}]


def test_there_is_always_room_for_one_row_more_and_empty_rows_are_dropped() -> None:
    kind = Rows(columns=ACTIONS)
    shown = held(kind, [ROW])
    assert shown == {
        "1.action": "Call a meeting", "1.by_whom": "Grace Madeup", "1.date": "2026-03-20",
        "2.action": "", "2.by_whom": "", "2.date": "",
    }  # fmt: skip
    assert kind.read({**shown, "3.action": "Write it down"}, READING) == [
        ROW,
        {"action": "Write it down", "by_whom": "", "date": ""},
    ]


def test_a_row_without_what_it_needs_is_named_by_its_number() -> None:
    said = refusal(Rows(columns=ACTIONS), {"1.action": "Call", "2.by_whom": "Grace"})
    assert said.startswith("Row 2: “Action(s):” is missing")
    assert "at least 2" in refusal(Rows(columns=ACTIONS, least=2), {"1.action": "Call"})


def test_rows_are_shown_with_dates_in_words() -> None:
    kind = Rows(columns=ACTIONS)
    assert kind.show([ROW, ROW]) == "\n".join(["Call a meeting, Grace Madeup, Friday 20 March 2026"] * 2)
    assert kind.show([]) == "None"


def test_a_guessed_date_in_a_row_is_asked_about_and_the_rows_are_kept_whole() -> None:
    with pytest.raises(Doubtful) as doubt:
        Rows(columns=ACTIONS).read({f"1.{cell}": text for cell, text in {**ROW, "date": "20 March"}.items()}, READING)
    assert doubt.value.value == [ROW]


@pytest.mark.timeout(60)
def test_a_huge_row_number_does_not_stop_the_bot() -> None:
    with pytest.raises(InvalidAnswer):
        Rows(columns=ACTIONS, least=1).read({"99999999999.other": "x"}, READING)


def test_a_table_with_a_fixed_number_of_rows_takes_no_more_and_says_so() -> None:
    kind = Rows(columns=(Column(id="name", label="Name"),), most=2)
    two = kind.read("Ben Sample\nErin Invented", READING)
    assert list(held(kind, two)) == ["1.name", "2.name"], "there is no input for a third"
    assert kind.fits(two)
    assert not kind.fits([*two, {"name": "Hugh Imaginary"}])
    said = refusal(kind, {"1.name": "Ben", "2.name": "Erin", "3.name": "Hugh"})
    assert said == (
        "The form has room for 2 rows here, and 3 were given. Please leave out what matters least, or put two into one "
        "row."
    )


# ── lengths of time ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("typed", "amount", "unit", "shown"),
    [
        ("3 weeks", 3, "weeks", "3 weeks"),
        ("10 Working Days.", 10, "working_days", "10 working days"),
        ("48 hours", 48, "hours", "48 hours"),
        ("48hrs", 48, "hours", "48 hours"),
        ("a week", 1, "weeks", "1 week"),
        ("Two months", 2, "months", "2 months"),
        ("1 working day", 1, "working_days", "1 working day"),
        ("60 calendar days", 60, "days", "60 days"),
        ("0 days", 0, "days", "0 days"),
    ],
)
def test_a_length_of_time_is_a_number_and_a_unit(typed: str, amount: int, unit: str, shown: str) -> None:
    value = Duration().read(typed, READING)
    assert value == {"amount": amount, "unit": unit}
    assert Duration().fits(value)
    assert Duration().show(value) == shown
    assert Duration().read(shown, READING) == value


@pytest.mark.parametrize("typed", ["about two months", "3", "weeks", "1.5 hours", "2 to 3 weeks", "3 terms", "-2 days"])
def test_a_length_of_time_that_is_not_exact_is_asked_again(typed: str) -> None:
    said = refusal(Duration(), typed)
    assert said.startswith(f"“{typed}” is not one clear length of time.")
    assert "3 weeks, 10 working days or 48 hours" in said


@pytest.mark.parametrize("value", [None, "3 weeks", {"amount": "3", "unit": "weeks"}, {"amount": 3, "unit": "terms"}])
def test_what_is_stored_as_a_length_of_time_has_a_number_and_a_known_unit(value: Any) -> None:
    assert not Duration().fits(value)


# ── statements, and what is worked out ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("given", [{"each.outcome": "no", "each.debrief": "yes"}, "no, yes", "No\nYes", "n y"])
def test_no_to_a_statement_is_an_answer(given: Any) -> None:
    kind = YesNoEach(of=BOTH)
    value = kind.read(given, READING)
    assert value == {"outcome": False, "debrief": True}
    assert kind.show(value) == "An outcome has been agreed: No\nA debrief took place: Yes"


def test_all_statements_may_be_answered_with_one_word() -> None:
    assert YesNoEach(of=BOTH).read("all no", READING) == {"outcome": False, "debrief": False}


def test_a_statement_without_an_answer_is_named_and_asked_again() -> None:
    assert refusal(YesNoEach(of=BOTH), {"each.debrief": "no"}).endswith("Still open: An outcome has been agreed")
    assert "there are 2 statements" in refusal(YesNoEach(of=BOTH), "yes")


def test_a_statement_may_stay_open_where_the_form_can_take_it_and_is_then_neither_yes_nor_no() -> None:
    kind = YesNoEach(of=BOTH, blank_ok=True)
    value = kind.read({"each.debrief": "no"}, READING)
    assert value == {"debrief": False}
    assert kind.show(value) == "An outcome has been agreed: not answered\nA debrief took place: No"
    assert kind.fits(value)
    assert not YesNoEach(of=BOTH).fits(value)


def test_what_is_worked_out_is_never_asked_for() -> None:
    assert "nothing to answer" in refusal(Computed(), "3 weeks")


# ── signatures ───────────────────────────────────────────────────────────────────────────────────────────

SIGNATURE = Attestation(side="challenged")
BLANK = dict.fromkeys(("name", "role", "agency", "date", "person", "because", "confirmed"), "")


def test_a_manager_who_is_picked_is_asked_in_chat() -> None:
    value = SIGNATURE.read({"how": "in_chat", "person": "console:ben"}, READING)
    assert (value["how"], value["person"], value["confirmed"]) == ("in_chat", "console:ben", "")
    assert SIGNATURE.show(value) == "Asked to confirm in chat: Ben Sample, Head of Year, Millbrook School"
    confirmed = {**value, "confirmed": "2026-03-27T14:05+00:00"}
    assert SIGNATURE.show(confirmed).startswith("Confirmed in chat by Ben Sample, Friday 27 March 2026 at 14:05")


def test_a_signature_on_paper_has_a_name_and_a_date() -> None:
    given = {"how": "on_paper", "name": "Grace Madeup", "date": "2026-03-20"}
    assert SIGNATURE.show(SIGNATURE.read(given, READING)) == "Signed on paper, Friday 20 March 2026: Grace Madeup"
    assert "name" in refusal(SIGNATURE, {**given, "name": ""})
    assert "date" in refusal(SIGNATURE, {**given, "date": ""})


def test_a_guessed_date_of_a_signature_is_asked_about_and_the_signature_is_kept_whole() -> None:
    with pytest.raises(Doubtful) as doubt:
        SIGNATURE.read({"how": "on_paper", "name": "Grace Madeup", "date": "20 March"}, READING)
    assert doubt.value.value == {**BLANK, "how": "on_paper", "name": "Grace Madeup", "date": "2026-03-20"}


def test_declining_needs_a_name_and_a_reason_and_says_that_nothing_is_stopped() -> None:
    given = {"how": "declined", "name": "Grace Madeup", "because": "On leave"}
    assert SIGNATURE.read(given, READING) == {**BLANK, **given}
    assert "does not stop the escalation" in refusal(SIGNATURE, {**given, "because": ""})


def test_a_signature_may_be_left_blank_for_now() -> None:
    assert SIGNATURE.read("not yet", READING) == {**BLANK, "how": "not_yet"}
    assert SIGNATURE.show({**BLANK, "how": "not_yet"}) == "Not signed yet"
    assert SIGNATURE.signature({}) == ""


@pytest.mark.parametrize("typed", ["perhaps", ""])
def test_another_way_to_sign_is_refused_and_the_ways_are_named(typed: str) -> None:
    said = refusal(SIGNATURE, typed)
    assert re.search("1 Ask them .*; 2 Signed on paper.*; 3 They decline.*; 4 Not yet", said)
