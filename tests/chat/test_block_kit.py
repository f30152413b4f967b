"""Block Kit against a schema of Slack's own types, for any message."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.chat import block_kit
from bot.chat.block_kit_inputs import INPUT, INPUT_PART
from bot.chat.block_kit_text import merged, word_blocks
from bot.chat.splitting import length, split
from bot.errors import PolicyError, Refused
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
    Tone,
    Words,
)
from tests.chat.any_message import LONG, LONG_TEXT, PARTS, TONES, messages, squeezed, text_seen
from tests.chat.reading_blocks import state_of, visible
from tests.slack.checks import schema_faults


@given(messages())
@example(Message("s", (Entry("a", "L", "paragraph", LONG[:30_000]),)))
def test_any_message_is_valid_block_kit_with_every_word_and_unique_ids(message: Message) -> None:
    drawn = block_kit.blocks(message)
    assert schema_faults(drawn) == []
    said = squeezed("".join(visible(drawn)))
    for part in message.parts:
        for text in text_seen(part):
            # The parts of a split input have their labels between them.
            parted = isinstance(part, Entry) and length(text) > INPUT
            pieces = split(text, INPUT_PART) if parted else [("", text)]
            assert [piece for _, piece in pieces if squeezed(piece) not in said] == []
    ids = [element["action_id"] for block in drawn for element in block_kit._elements(block)]
    assert len(ids) == len(set(ids))
    named = [block["block_id"] for block in drawn if "block_id" in block]
    assert len(named) == len(set(named))


@given(st.lists(PARTS, min_size=20, max_size=70), st.integers(0, 3))
def test_many_parts_share_blocks_and_lose_no_word_or_are_refused(parts: list[Part], inputs: int) -> None:
    message = Message("s", (*parts, *(Entry(f"e{n}", "Label", "line") for n in range(inputs))))
    with suppress(Refused):
        drawn = block_kit.blocks(message)
        assert len(drawn) <= block_kit.BLOCKS
        assert schema_faults(drawn) == []
        said = squeezed("".join(visible(drawn)))
        assert [text for part in parts for text in text_seen(part) if squeezed(text) not in said] == []


@given(st.lists(st.tuples(LONG_TEXT, st.sampled_from(TONES)), min_size=1, max_size=12))
def test_merged_blocks_say_the_same_words_in_the_same_order(paragraphs: list[tuple[str, Tone]]) -> None:
    drawn = [block for text, tone in paragraphs for block in word_blocks(text, tone)]
    fewer = merged(drawn)
    assert len(fewer) <= len(drawn)
    assert schema_faults(fewer) == []
    assert squeezed("".join(visible(fewer))) == squeezed("".join(visible(drawn)))


def test_a_hundred_short_paragraphs_fit_into_one_message() -> None:
    words = [Words(f"Paragraph {n}.", TONES[(0, 1, 3)[n % 3]]) for n in range(100)]
    drawn = block_kit.blocks(Message("s", tuple(words)))
    assert len(drawn) == 1
    assert schema_faults(drawn) == []
    text = "".join(run["text"] for run in drawn[0]["elements"][0]["elements"])
    assert text.startswith("Paragraph 0.\n\nParagraph 1.\n\nImportant: Paragraph 2.\n\n")


def test_a_message_that_slack_would_not_take_is_refused_with_a_sentence() -> None:
    inputs = tuple(Entry(f"e{n}", f"Label {n}", "line") for n in range(60))
    with pytest.raises(Refused, match="It has 60 parts, and one message can have 50 at most"):
        block_kit.blocks(Message("s", inputs))
    assert len(block_kit.blocks(Message("s", inputs[:50]))) == 50


@given(messages())
def test_no_text_is_sent_as_markup(message: Message) -> None:
    assert '"type": "mrkdwn"' not in json.dumps(block_kit.blocks(message))


def test_a_review_of_forty_answers_and_a_checklist_fits_into_one_message() -> None:
    facts = tuple((f"Question {n}", "An answer of some length. " * (n % 30)) for n in range(40))
    message = Message("s", (Heading("Review"), Facts(facts), Points(("a", "b"), (True, False)), Divider()))
    drawn = block_kit.blocks(message)
    assert schema_faults(drawn) == []
    assert len(drawn) <= 12


def test_a_link_is_drawn_with_its_address_and_as_plain_words_where_there_is_none() -> None:
    links = Links((Link("E-4KX-7PW", "https://chat.example/1", ": Stage 1"), Link("E-5KX-7PW", "")))
    (drawn,) = block_kit.blocks(Message("s", (links,)))
    assert [point["elements"] for point in drawn["elements"][0]["elements"]] == [
        [
            {"type": "link", "url": "https://chat.example/1", "text": "E-4KX-7PW"},
            {"type": "text", "text": ": Stage 1"},
        ],
        [{"type": "text", "text": "E-5KX-7PW"}],
    ]


@given(messages())
def test_what_entries_hold_at_first_is_read_back_unchanged(message: Message) -> None:
    expected = {
        part.id: list(part.initial) if part.widget == "checkboxes" else part.initial
        for part in message.parts
        if isinstance(part, Entry)
    }
    assert block_kit.given(state_of(block_kit.blocks(message))) == expected


@given(LONG_TEXT, st.integers(40, 200))
def test_a_split_text_is_joined_again_character_for_character(text: str, limit: int) -> None:
    pieces = split(text, limit)
    assert "".join(gap + piece for gap, piece in pieces) == text
    assert all(0 < length(piece) <= limit for _, piece in pieces)


def test_thirty_thousand_characters_with_emoji_are_asked_in_parts_and_come_back_whole() -> None:
    text = LONG[:30_000]
    drawn = block_kit.blocks(Message("s", (Entry("story", "What happened?", "paragraph", text),)))
    assert len(drawn) == 13
    assert drawn[0]["label"]["text"] == "What happened? (part 1 of 13)"
    assert all(length(block["element"]["initial_value"]) <= 2500 for block in drawn)
    assert block_kit.given(state_of(drawn)) == {"story": text}


def test_parts_stay_apart_when_the_platform_trims_what_is_typed() -> None:
    text = ("A line that says something.\n\n" * 200).strip()
    state = state_of(block_kit.blocks(Message("s", (Entry("story", "Story", "paragraph", text),))))
    for actions in state.values():
        for held in actions.values():
            held["value"] = held["value"].strip()
    assert block_kit.given(state) == {"story": text}


def test_a_long_text_is_parted_between_paragraphs() -> None:
    text = ("One paragraph. It goes on.\n" * 90 + "\n") * 3
    drawn = block_kit.blocks(Message("s", (Words(text),)))
    assert [block["text"]["text"].endswith("It goes on.") for block in drawn[:-1]] == [True, True]


def test_a_family_emoji_is_not_parted() -> None:
    pieces = split("👩‍👩‍👧‍👦" * 40, 100)
    assert all(piece.startswith("👩") and piece.endswith("👦") for _, piece in pieces)


def test_a_warning_and_a_checklist_say_in_words_what_they_mean() -> None:
    message = Message("s", (Words("The limit is near.", "warning"), Points(("Call", "Write"), (True, False))))
    said = "".join(visible(block_kit.blocks(message)))
    assert "Important: The limit is near." in said
    assert "Done: " in said
    assert "To do: " in said


def test_an_option_longer_than_slack_allows_is_said_in_full_above_and_numbered() -> None:
    label = "The decision was made without the information that the school had given at the meeting in March"
    drawn = block_kit.blocks(
        Message("s", (Entry("why", "Why?", "radio", "a", (Option("a", label), Option("b", "Other"))),))
    )
    assert f"1 · {label}" in "".join(visible(drawn[0]))
    options = drawn[1]["element"]["options"]
    assert options[0]["text"]["text"].startswith("1 · The decision was made")
    assert options[0]["text"]["text"].endswith("…")
    assert options[1]["text"]["text"] == "2 · Other"
    assert drawn[1]["element"]["initial_option"] == options[0]


def test_many_choices_become_a_list_and_many_boxes_become_two_inputs() -> None:
    options = tuple(Option(f"o{n}", f"Choice {n}") for n in range(12))
    drawn = block_kit.blocks(
        Message(
            "s",
            (
                Entry("one", "One", "radio", "o11", options),
                Entry("any", "Any", "checkboxes", ("o2", "o11"), options),
            ),
        )
    )
    assert [block["element"]["type"] for block in drawn] == ["static_select", "checkboxes", "checkboxes"]
    assert block_kit.given(state_of(drawn)) == {"one": "o11", "any": ["o2", "o11"]}


def test_over_a_hundred_choices_are_grouped() -> None:
    options = tuple(Option(f"o{n}", f"Choice {n}") for n in range(230))
    drawn = block_kit.blocks(Message("s", (Entry("one", "One", "radio", "o229", options),)))
    assert schema_faults(drawn) == []
    assert [group["label"]["text"] for group in drawn[0]["element"]["option_groups"]] == [
        "1 to 100",
        "101 to 200",
        "201 to 230",
    ]


def test_empty_inputs_are_given_as_empty() -> None:
    message = Message(
        "s",
        (
            Entry("line", "L", "line"),
            Entry("mail", "L", "email"),
            Entry("day", "L", "date"),
            Entry("who", "L", "person"),
            Entry("one", "L", "radio", options=(Option("a", "A"),)),
            Entry("any", "L", "checkboxes", options=(Option("a", "A"),)),
        ),
    )
    expected = {"line": "", "mail": "", "day": "", "who": "", "one": "", "any": []}
    assert block_kit.given(state_of(block_kit.blocks(message))) == expected


def test_a_person_is_named_to_slack_without_the_platform_and_comes_back_with_it() -> None:
    drawn = block_kit.blocks(Message("s", (Entry("who", "Who?", "person", "slack:U012"),)), platform="slack")
    assert drawn[0]["element"]["initial_user"] == "U012"
    assert block_kit.given(state_of(drawn), platform="slack") == {"who": "slack:U012"}
    elsewhere = block_kit.blocks(Message("s", (Entry("who", "Who?", "person", "console:asha"),)), platform="slack")
    assert "initial_user" not in elsewhere[0]["element"]
    assert block_kit.given(state_of(elsewhere), platform="slack") == {"who": []}, "Left as it was, they are still held."
    elsewhere[0]["element"]["initial_user"] = "U012"
    assert block_kit.given(state_of(elsewhere), platform="slack") == {"who": "slack:U012"}


def test_what_may_be_left_empty_to_be_kept_or_is_one_part_of_several_has_not_to_be_filled_in() -> None:
    """Slack would not send a window in which it is empty."""
    options = tuple(Option(f"o{n}", f"Option {n}") for n in range(12))
    message = Message("s", (Entry("who", "Who?", "person", "teams:a"), Entry("any", "Any", "checkboxes", (), options)))
    drawn = block_kit.blocks(message, platform="slack")
    assert [block["optional"] for block in drawn] == [True, True, True]


def test_a_pressed_button_gives_its_action_and_value_back() -> None:
    drawn = block_kit.blocks(
        Message("s", (Buttons((Button("Yes", "answer", "E-4KX-7PW/3:1"), Button("Back", "back"))),))
    )
    yes, back = drawn[0]["elements"]
    assert block_kit.pressed(yes["action_id"]) == ("answer", "E-4KX-7PW/3:1")
    assert yes["value"] == "E-4KX-7PW/3:1"
    assert block_kit.pressed(back["action_id"]) == ("back", "")


def test_the_next_question_does_not_inherit_what_was_typed_for_the_last_one() -> None:
    def block_id(heading: str) -> Any:
        return block_kit.blocks(Message("s", (Heading(heading), Entry("answer", "Your answer", "line"))))[1]["block_id"]

    assert block_id("Question 1 of 2") == block_id("Question 1 of 2")
    assert block_id("Question 1 of 2") != block_id("Question 2 of 2")


def test_an_option_id_that_slack_cannot_carry_is_reported_to_the_policy_author() -> None:
    with pytest.raises(PolicyError, match="Slack takes 1 to 75"):
        block_kit.blocks(Message("s", (Entry("one", "One", "radio", options=(Option("x" * 76, "A"),)),)))


def test_two_inputs_with_one_id_are_refused() -> None:
    with pytest.raises(ValueError, match="same id"):
        block_kit.blocks(Message("s", (Entry("a", "A", "line"), Entry("a", "B", "line"))))
