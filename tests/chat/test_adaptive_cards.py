"""Adaptive Cards against their schema, for any message; and whatever comes back, read or refused."""

from __future__ import annotations

import json
from contextlib import suppress
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.chat.adaptive_cards import Card, cards, pressed, size
from bot.chat.adaptive_cards_inputs import text_of
from bot.chat.adaptive_cards_text import is_markdown
from bot.chat.bodies import Unreadable
from bot.chat.splitting import split
from bot.errors import Refused
from bot.messages import (
    Button,
    Buttons,
    Divider,
    Entry,
    Facts,
    Heading,
    Link,
    Links,
    Message,
    Option,
    Part,
    Points,
    Words,
)
from bot.ports import Pressed
from tests.chat.any_message import LONG, messages, squeezed, text_seen
from tests.chat.reading_cards import presses, told, visible
from tests.teams.checks import faults_of, walk
from tests.teams.reading import buttons, inputs

TENANT = "11111111-2222-4333-8444-555555555555"
SOMEBODY = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
OTHER = "bbbbbbbb-cccc-4ddd-8eee-ffffffffffff"
PLATFORM = f"teams:{TENANT}"
GO = Buttons((Button("Continue", "answer", "4", "primary"), Button("Back", "back", "4")))
HOSTILE = (
    "*bold* **very** _it_ __under__ ~~struck~~ `code` ```\nfence\n``` [click](https://evil.example) ![x](y) <b>b</b> "
    "&amp; &#42; | a | b |\n# not a heading\n- no list\n1. no list\n> no quote\n    no code\n\\* \\ <at>Asha</at>"
)


def asking(*parts: Part) -> Message:
    return Message("A message", (*parts, GO))


def elements(drawn: list[Card], kind: str) -> list[dict[str, Any]]:
    return [each for each in walk(drawn) if each["type"] == kind]


# ── any message ──────────────────────────────────────────────────────────────────────────────────────────────


@given(messages())
@example(Message("s", (Heading("2. " + HOSTILE), Words(HOSTILE, "quote"), Entry("a", HOSTILE, "line", HOSTILE), GO)))
@example(Message("s", (Words("A paragraph.\n\n" * 3000), Entry("a", "L", "paragraph", LONG[:9000]), GO)))
def test_any_message_is_small_valid_cards_with_every_word_no_markdown_and_unique_ids(message: Message) -> None:
    try:
        drawn = cards(message, key="c1.4")
    except Refused:  # dozens of long choices
        return
    assert [fault for card in drawn for fault in faults_of(card)] == []
    assert max(map(size, drawn)) < 25_000
    assert {card["version"] for card in drawn} == {"1.5"}
    assert not [each["text"] for each in elements(drawn, "TextBlock") if is_markdown(each["text"])]
    said = squeezed("".join(visible(drawn)))
    for part in message.parts:
        pieces = [piece for text in text_seen(part) for _, piece in split(text, 2500)]
        assert [piece for piece in pieces if squeezed(piece) not in said] == []
    named = [each["id"] for each in walk(drawn) if "id" in each]
    assert len(named) == len(set(named))
    assert {each.card for each in inputs(drawn)} <= {len(drawn) - 1}
    # What an input is too short for stands above it, and is held still until something else is typed.
    expected = {
        part.id: []
        if f"new:{part.id}" in named
        else list(part.initial)
        if part.widget == "checkboxes"
        else text_of(part)
        for part in message.parts
        if isinstance(part, Entry)
    }
    pressed_ones = [each for part in message.parts if isinstance(part, Buttons) for each in part.buttons]
    sent = presses(drawn)
    assert [(each.action, each.value, each.message) for each in sent] == [
        (button.action, button.value, "c1.4") for button in pressed_ones
    ]
    assert all(each.given == expected for each in sent)


# ── text ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "part",
    [
        Heading(HOSTILE[:140]),
        *(Words(HOSTILE, tone) for tone in ("plain", "strong", "quiet", "warning", "quote")),
        Facts(((HOSTILE, HOSTILE),)),
        Points((HOSTILE,), (True,)),
        Links((Link(HOSTILE, "javascript:alert(1)", HOSTILE),)),
        Entry("a", "Which?", "radio", "", (Option("x", HOSTILE, HOSTILE),), hint=HOSTILE),
        Entry("a", "Which?", "checkboxes", (), (Option("x", HOSTILE), Option("y", "1. First"))),
    ],
    ids=lambda part: type(part).__name__ + getattr(part, "tone", getattr(part, "widget", "")),
)
def test_what_somebody_typed_never_becomes_markup_and_is_read_as_it_was_typed(part: Part) -> None:
    drawn = cards(asking(part))
    assert squeezed(HOSTILE[:140]) in squeezed("".join(visible(drawn)))
    # Text blocks are read as markdown, and the choices that stand below each other are such.
    titles = [
        choice["title"]
        for each in elements(drawn, "Input.ChoiceSet")
        if each["style"] == "expanded"
        for choice in each["choices"]
    ]
    assert not [
        text for text in (*titles, *(each["text"] for each in elements(drawn, "TextBlock"))) if is_markdown(text)
    ]
    assert "javascript:" not in json.dumps(drawn)


def test_no_client_puts_a_date_of_its_own_in_the_place_of_what_was_typed() -> None:
    typed = "{{DATE(2017-02-14T06:00:00Z, SHORT)}} and {{TIME(2017-02-14T06:00:00Z)}}"
    drawn = cards(asking(Words(typed), Words(typed, "quote"), Entry("a", typed, "line")))
    assert visible(drawn).count(typed) == 3
    assert not [name for name in ("{{DATE(", "{{TIME(") if name in json.dumps(drawn, ensure_ascii=False)]


def test_a_heading_is_announced_as_one_also_with_a_number_before_it() -> None:
    (drawn,) = cards(Message("s", (Heading("2. The disagreement"),)))
    (heading,) = drawn["body"]
    assert (heading["type"], heading["style"]) == ("TextBlock", "heading")
    assert heading["text"].endswith("2. The disagreement")
    assert not is_markdown(heading["text"])


def test_a_warning_and_a_checklist_say_in_words_what_they_mean() -> None:
    said = "".join(visible(cards(asking(Words("Near.", "warning"), Points(("Call", "Write"), (True, False))))))
    assert "Important: Near." in said
    assert "Done: Call" in said
    assert "To do: Write" in said


def test_text_to_copy_stands_apart_and_keeps_its_line_ends() -> None:
    text = "Dear colleague,\n\nI disagree.\n  Yours"
    (drawn,) = cards(Message("s", (Words(text, "quote"),)))
    (box,) = drawn["body"]
    assert box["type"] == "Container"
    assert box["items"] == [
        {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, "fontType": "Monospace"}]}
    ]


def test_what_stands_for_a_card_says_what_it_is_and_nothing_that_was_typed() -> None:
    drawn = cards(Message("Question 4 of 13", (Words("Kit Marker. " * 3000), Entry("a", "Kit", "line", "Kit"), GO)))
    assert [card["fallbackText"] for card in drawn] == [
        f"Question 4 of 13 (part {n} of {len(drawn)})" for n in range(1, len(drawn) + 1)
    ]
    assert {card["speak"] == card["fallbackText"] for card in drawn} == {True}


def test_a_line_stands_between_two_things_and_nowhere_else() -> None:
    (drawn,) = cards(Message("s", (Divider(), Words("One."), Divider(), Words(""), Words("Two."), Divider())))
    assert [each.get("separator", False) for each in drawn["body"]] == [False, True]


def test_a_link_leads_to_its_address_and_is_plain_words_where_there_is_none() -> None:
    (drawn,) = cards(Message("s", (Links((Link("E-4KX", "https://chat.example/1", ": Stage 1"), Link("E-5KX", ""))),)))
    first, second = (each["inlines"] for each in drawn["body"])
    assert first[1]["selectAction"] == {"type": "Action.OpenUrl", "url": "https://chat.example/1"}
    assert [run["text"] for run in first] == ["• ", "E-4KX", ": Stage 1"]
    assert "selectAction" not in json.dumps(second)


# ── several cards ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_long_message_is_parted_between_paragraphs_with_all_inputs_and_buttons_in_the_last_card() -> None:
    text = "One paragraph. It goes on.\n\n" * 1000
    drawn = cards(asking(Words(text), *(Entry(f"e{n}", "A label of some length. " * 9, "line") for n in range(20))))
    assert len(drawn) > 2
    assert max(map(size, drawn)) < 25_000
    ends = ["".join(visible([card])).rstrip()[-12:] for card in drawn[:-1]]
    assert set(ends) == {" It goes on."}
    where = [each.card for each in inputs(drawn)] + [each.card for each in buttons(drawn)]
    assert where == [len(drawn) - 1] * 22


def test_cards_of_many_small_things_are_full_and_not_too_long() -> None:
    drawn = cards(Message("s", (Facts(tuple((f"Question {n}", "An answer") for n in range(300))),)))
    assert len(drawn) > 2
    assert all(22_000 < size(card) < 25_000 for card in drawn[:-1])


def test_a_text_too_long_for_its_input_stands_above_and_is_lost_by_no_press() -> None:
    text = LONG[:30_000]
    drawn = cards(asking(Entry("story", "What happened?", "paragraph", text), Entry("a", "A", "line", "kept")))
    assert len(drawn) == 4
    assert squeezed(text) in squeezed("".join(visible(drawn)))
    assert max(map(size, drawn)) < 25_000
    assert "stands above" in "".join(visible(drawn[-1:]))
    assert {json.dumps(each.given) for each in presses(drawn)} == {'{"story": [], "a": "kept"}'}
    assert presses(drawn, {"new:story": "Anew."})[0].given == {"story": "Anew.", "a": "kept"}


def test_inputs_that_do_not_fit_into_one_card_are_refused_with_a_sentence() -> None:
    with pytest.raises(Refused, match=r"Its inputs do not fit into one card\. It has to be asked in several\."):
        cards(asking(*(Entry(f"e{n}", "A label of some length. " * 9, "line") for n in range(60))))


def test_a_list_with_a_button_at_each_of_hundreds_is_parted_where_one_begins() -> None:
    parts = [part for n in range(120) for part in (Words(f"Number {n}."), Buttons((Button("Show", "show", str(n)),)))]
    drawn = cards(Message("s", tuple(parts)))
    assert [each.value for each in presses(drawn)] == [str(n) for n in range(120)]


def test_two_inputs_or_buttons_of_one_message_have_different_ids() -> None:
    with pytest.raises(ValueError, match="the same id: a"):
        cards(asking(Entry("a", "A", "line"), Entry("a", "B", "date")))
    with pytest.raises(ValueError, match="the same id: answer:4"):
        cards(asking(GO))


# ── inputs and buttons ───────────────────────────────────────────────────────────────────────────────────────

CHOICES = (Option("a,b", "Both"), Option("50%2C", "A percentage"), Option("c", "Neither"))
WIDGETS = [
    (Entry("x", "L", "line", "Held"), "Input.Text", "Other", "Other"),
    (Entry("x", "L", "paragraph", "Held\nhere"), "Input.Text", "One\r\ntwo\rthree", "One\ntwo\nthree"),
    (Entry("x", "L", "email", "a@b.example"), "Input.Text", "c@d.example", "c@d.example"),
    (Entry("x", "L", "date", "2026-03-02"), "Input.Date", "2026-03-05", "2026-03-05"),
    (Entry("x", "L", "date", "last Tuesday"), "Input.Text", "2026-03-05", "2026-03-05"),
    (Entry("x", "L", "radio", "a,b", CHOICES), "Input.ChoiceSet", "50%252C", "50%2C"),
    (Entry("x", "L", "checkboxes", ("a,b", "50%2C"), CHOICES), "Input.ChoiceSet", "a%2Cb,c", ["a,b", "c"]),
    (Entry("x", "L", "person", f"{PLATFORM}:{SOMEBODY}"), "Input.ChoiceSet", OTHER.upper(), f"{PLATFORM}:{OTHER}"),
]


@pytest.mark.parametrize(("entry", "kind", "sent", "read"), WIDGETS, ids=lambda one: getattr(one, "widget", ""))
def test_every_widget_gives_what_it_holds_what_is_put_into_it_and_nothing(
    entry: Entry, kind: str, sent: str, read: str | list[str]
) -> None:
    drawn = cards(asking(entry), platform=PLATFORM)
    (element,) = (each.element for each in inputs(drawn))
    assert (element["type"], element["label"]) == (kind, "L")
    held = list(entry.initial) if entry.widget == "checkboxes" else entry.initial
    assert presses(drawn, platform=PLATFORM)[0].given == {"x": held}
    assert presses(drawn, {element["id"]: sent}, PLATFORM)[0].given == {"x": read}
    assert presses(drawn, {element["id"]: ""}, PLATFORM)[0].given == {"x": [] if isinstance(held, list) else ""}


def test_an_input_that_clients_leave_out_when_it_is_empty_is_given_as_empty() -> None:
    drawn = cards(asking(*(Entry(f"e{n}", "L", "line", "held") for n in range(2)), WIDGETS[6][0]))
    told_ = {**buttons(drawn)[0].element["data"], "text:e1": "still here"}
    assert pressed(told_).given == {"e0": "", "e1": "still here", "x": []}


def test_a_person_is_picked_from_the_organisation_and_one_of_another_platform_is_not_preselected() -> None:
    drawn = cards(asking(Entry("who", "Who?", "person", "slack:T1:U1")), platform=PLATFORM)
    (picker,) = elements(drawn, "Input.ChoiceSet")
    assert picker["choices.data"] == {"type": "Data.Query", "dataset": "graph.microsoft.com/users"}
    assert "value" not in picker
    assert presses(drawn, platform=PLATFORM)[0].given == {"who": []}, "Left as it was, they are still held."
    assert presses(drawn, {picker["id"]: OTHER}, PLATFORM)[0].given == {"who": f"{PLATFORM}:{OTHER}"}
    needed = Message("s", (Entry("who", "Who?", "person", "slack:T1:U1"), Buttons((Button("Done", "fill"),))))
    assert "isRequired" not in json.dumps(cards(needed, platform=PLATFORM))


def test_few_choices_stand_below_each_other_and_many_or_numbered_ones_open() -> None:
    options = tuple(Option(f"o{n}", f"Choice {n}") for n in range(12))
    numbered = (Option("a", "1) Is a child in danger?"), Option("b", "2) What happened?"))
    entries = [Entry(f"e{n}", "L", "radio", "", of) for n, of in enumerate((options[:3], options, numbered))]
    drawn = cards(asking(*entries))
    assert [each["style"] for each in elements(drawn, "Input.ChoiceSet")] == ["expanded", "compact", "compact"]
    assert visible(drawn).count("1) Is a child in danger?") == 1


def test_help_stands_beside_its_choice_or_in_full_above_all_of_them() -> None:
    short = Entry("a", "Which?", "radio", "", (Option("x", "One", "The first"), Option("y", "Two")))
    drawn = cards(asking(short))
    assert [each["title"] for each in elements(drawn, "Input.ChoiceSet")[0]["choices"]] == ["One – The first", "Two"]
    long = Entry("a", "Which?", "radio", "", (Option("x", "One", "The first, " * 20), Option("y", "Two")))
    drawn = cards(asking(long))
    assert visible(drawn)[:4] == ["Which?", "1 · One", "The first, " * 20, "2 · Two"]
    assert [each["title"] for each in elements(drawn, "Input.ChoiceSet")[0]["choices"]] == ["1 · One", "2 · Two"]


def test_what_may_be_left_empty_says_so_and_only_a_button_that_needs_all_waits_for_the_rest() -> None:
    asked = (Entry("a", "A", "line"), Entry("b", "B", "line", optional=True))
    (page,) = cards(Message("s", (*asked, Buttons((Button("Done", "fill"),)))))
    assert [(each.label, "isRequired" in each.element) for each in inputs([page])] == [
        ("A", True),
        ("B (optional)", False),
    ]
    assert "isRequired" not in json.dumps(cards(asking(*asked)))


def test_buttons_stand_in_rows_that_a_phone_shows_and_long_labels_in_full_above() -> None:
    labels = ["Form 2", "Form 1: When the other side has answered", "Form 1: When it is not resolved in time"]
    rest = Buttons((Button("Back", "back"), Button("Help", "help")))
    drawn = cards(Message("s", (Buttons(tuple(Button(label, "do", label) for label in labels)), rest)))
    rows = [[each["title"] for each in row["actions"]] for row in elements(drawn, "ActionSet")]
    assert all(sum(len(title) + 4 for title in row) <= 34 for row in rows)
    # A number that is typed instead is that of the choice among all of them.
    assert visible(drawn)[:2] == [f"2 · {labels[1]}", f"3 · {labels[2]}"]
    assert rows == [["1 · Form 2"], ["2 · Form 1: When the other…"], ["3 · Form 1: When it is not…"], ["Back", "Help"]]


def test_a_press_tells_an_action_and_ids_only() -> None:
    drawn = cards(asking(Entry("name", "Kit’s name", "line", "Kit Marker")), key="c1.4")
    assert [each.element["verb"] for each in buttons(drawn)] == ["answer", "back"]
    assert buttons(drawn)[0].element["data"] == {
        "action": "answer", "value": "4", "key": "c1.4", "asked": ["text:name"],
    }  # fmt: skip


# ── what comes back ──────────────────────────────────────────────────────────────────────────────────────────


def sent_by_teams() -> dict[str, Any]:
    everything = [(entry, f"e{n}") for n, (entry, *_) in enumerate(WIDGETS)]
    entries = [Entry(name, e.label, e.widget, e.initial, e.options) for e, name in everything]
    drawn = cards(asking(*entries), platform=PLATFORM, key="c1.4")
    return deepcopy(told(drawn, buttons(drawn)[0]))


@pytest.mark.parametrize(
    "broken",
    [
        {"verb": "approve"},
        {"verb": None},
        {"data": None},
        {"data": []},
        {"data": {}},
        {"data.action": ""},
        {"data.action": 1},
        {"data.action": ["answer"]},
        {"data.action": "answer\x00"},
        {"data.value": {"of": 1}},
        {"data.value": "x" * 3000},
        {"data.key": "\ud800"},
        {"data.asked": "text:e0"},
        {"data.asked": [1]},
        {"data.asked": ["toggle:e0"]},
        {"data.text:e0": 5},
        {"data.text:e0": True},
        {"data.text:e0": {"a": "b"}},
        {"data.date:e0": "2026-03-02"},
        {"data.nothing:of ours": "x"},
        {"data.date:e3": "02/03/2026"},
        {"data.date:e3": "2026-02-30"},
        {"data.date:e3": "\uff12\uff10\uff12\uff16-03-02"},
        {"data.many:e6": ["a", "b"]},
        {"data.person:e7": "somebody"},
        {"data.person:e7": f"{SOMEBODY},{TENANT}"},
    ],
    ids=str,
)
def test_what_no_card_of_ours_sends_is_refused_and_says_that_nothing_was_done(broken: dict[str, Any]) -> None:
    sent = sent_by_teams()
    assert pressed(sent, platform=PLATFORM).action == "answer"
    ((place, value),) = broken.items()
    inside, _, name = place.partition(".")
    (sent[inside] if name else sent)[name or place] = value
    with pytest.raises(Unreadable, match="nothing was done"):
        pressed(sent, platform=PLATFORM)


TEXT = st.text("ab:,%\x00\ud800", max_size=4)
ANYTHING = st.none() | st.booleans() | st.integers() | TEXT | st.lists(TEXT, max_size=2)
NAMES = st.sampled_from(["verb", "data", "action", "value", "key", "asked", "text:a", "many:b", "x"])


@given(st.dictionaries(NAMES, ANYTHING | st.dictionaries(NAMES, ANYTHING, max_size=4), max_size=4))
def test_whatever_comes_is_read_or_refused(sent: dict[str, Any]) -> None:
    with suppress(Unreadable):
        assert isinstance(pressed(sent), Pressed)


@pytest.mark.parametrize("sent", [None, "answer", [], 1])
def test_a_press_is_an_object(sent: Any) -> None:
    with pytest.raises(Unreadable):
        pressed(sent)
