"""Every widget, and every message of every flow, is the same on every platform: nothing is missing on one of them.

Here the likely way through each conversation is looked at. All other ways are in tests/flows/test_every_branch.py, and
what is said beside questions in the dialogues; both ask `tests.chat.meaning` the same.
"""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from bot.flows import FLOWS
from bot.messages import Button, Buttons, Divider, Entry, Link, Links, Message, Option, Part, Widget, Words
from tests.chat.fake_bot import QUESTION
from tests.chat.meaning import PLATFORMS, assert_the_same_everywhere, differences
from tests.flows.contexts import POLICIES
from tests.flows.test_every_branch import held, making, shown, worlds

every_platform = pytest.mark.parametrize("platform", sorted(PLATFORMS))

LINKS = Links((Link("E-4KX-7PW", "https://chat.example/1", ": Stage 1"), Link("E-5KX-7PW", "", ": closed")))
EVERYTHING = replace(QUESTION, parts=(*QUESTION.parts[:-1], LINKS, QUESTION.parts[-1]))
"""Every part and every widget."""
OPTIONS = (Option("a", "One", "The first"), Option("b", "Two"), Option("c", "Three of *these*"))
HELD: dict[str, str | tuple[str, ...]] = {
    "line": "Kit *Marker*", "paragraph": "One line.\n\n- Another.", "email": "a_b@c.example", "date": "2026-03-02",
    "radio": "b", "checkboxes": ("a", "c"), "person": "console:grace",
}  # fmt: skip


def test_everything_that_there_is_is_looked_at() -> None:
    assert {type(part) for part in EVERYTHING.parts} == {*get_args(Part)}
    widgets = {part.widget for part in EVERYTHING.parts if isinstance(part, Entry)}
    assert widgets == {*HELD} == {*get_args(Widget)}


@every_platform
def test_every_part_is_said_and_every_input_can_be_filled_in(platform: str) -> None:
    assert differences(EVERYTHING, platform) == []


@every_platform
@pytest.mark.parametrize("optional", [False, True])
@pytest.mark.parametrize("widget", get_args(Widget))
def test_every_widget_shows_its_words_and_what_it_holds(platform: str, widget: Widget, optional: bool) -> None:
    options = OPTIONS if widget in {"radio", "checkboxes"} else ()
    nothing = () if widget == "checkboxes" else ""
    buttons = Buttons((Button("Continue", "answer", style="primary"), Button("Back", "back")))
    for initial in (nothing, HELD[widget]):
        entry = Entry("x", "What is it?", widget, initial, options, "As on the form.", optional)
        assert differences(Message("s", (Words("First."), entry, buttons)), platform) == []


@every_platform
def test_what_is_missing_somewhere_is_noticed(platform: str) -> None:
    for place, part in enumerate(EVERYTHING.parts):
        less = replace(EVERYTHING, parts=(*EVERYTHING.parts[:place], *EVERYTHING.parts[place + 1 :]))
        found = differences(EVERYTHING, platform, PLATFORMS[platform](less))
        assert bool(found) is not isinstance(part, Divider), part


@every_platform
def test_what_is_said_in_another_order_is_noticed(platform: str) -> None:
    first, second, *more = EVERYTHING.parts
    turned = replace(EVERYTHING, parts=(second, first, *more))
    assert differences(EVERYTHING, platform, PLATFORMS[platform](turned))


@pytest.mark.parametrize("flow", sorted(FLOWS))
def test_every_question_of_every_conversation_is_the_same_everywhere(flow: str) -> None:
    for policy in sorted(POLICIES):
        _, world = next(worlds(flow, policy))
        way = held(making(flow, world), {})
        for place in range(len(way.steps)):
            for answered in (False, True):
                assert_the_same_everywhere(shown(flow, way, place, answered=answered))
