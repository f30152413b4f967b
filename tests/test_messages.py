"""A message as plain text says everything that a reader of it sees, in order."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

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
    Points,
    Words,
    words_of,
)


def said(*parts: object) -> list[str]:
    return words_of(Message("Summary", parts)).split("\n")  # type: ignore[arg-type]


def test_headings_and_words_are_read_in_order_whatever_their_tone() -> None:
    assert said(Heading("First of all"), Words("Call 999", "warning"), Words("Then", "quiet")) == [
        "First of all", "Call 999", "Then",
    ]  # fmt: skip


def test_facts_are_labelled() -> None:
    assert said(Facts((("Stage", "Stage 2"), ("Due", "Friday")))) == ["Stage: Stage 2", "Due: Friday"]


def test_points_are_a_list_and_a_checklist_says_what_is_done() -> None:
    assert said(Points(("one", "two"))) == ["- one", "- two"]
    assert said(Points(("one", "two"), (True, False))) == ["[x] one", "[ ] two"]


def test_links_are_a_list_of_the_words_without_the_addresses() -> None:
    links = Links((Link("E-4KX-7PW", "https://chat.example/1", ": Stage 1"), Link("E-5KX-7PW", "")))
    assert said(links) == ["- E-4KX-7PW: Stage 1", "- E-5KX-7PW"]


def test_a_checklist_without_a_mark_for_each_point_is_a_defect() -> None:
    with pytest.raises(ValueError, match="zip"):
        said(Points(("one", "two"), (True,)))


def test_an_input_is_read_with_its_options_its_hint_and_what_it_holds() -> None:
    options = (Option("a", "First"), Option("b", "Second"))
    assert said(Entry("answer", "Which?", "checkboxes", ("b",), options, "Tick any")) == [
        "Which?", "( ) First", "( ) Second", "Tick any", "b",
    ]  # fmt: skip
    assert said(Entry("answer", "Name", "line", "Sam")) == ["Name", "Sam"]
    assert said(Entry("answer", "Name", "line")) == ["Name"]


def test_buttons_stand_in_brackets_and_a_divider_is_an_empty_line() -> None:
    assert said(Words("a"), Divider(), Buttons((Button("Yes", "answer", "yes"), Button("No", "answer", "no")))) == [
        "a", "", "[Yes] [No]",
    ]  # fmt: skip


def test_the_value_behind_a_button_is_not_read() -> None:
    assert "secret" not in words_of(Message("", (Buttons((Button("Go", "start", "secret"),)),)))


def test_a_message_does_not_change_once_it_is_made() -> None:
    message = Message("Summary", (Words("a"),))
    with pytest.raises(FrozenInstanceError):
        message.summary = "other"  # type: ignore[misc]
    assert message == Message("Summary", (Words("a"),))
    assert hash(message) == hash(Message("Summary", (Words("a"),)))
