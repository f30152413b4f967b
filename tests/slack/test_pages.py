"""Pages in Slack: several questions at once, or one answer changed; and nothing depends on a page's being there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine, select, text

from bot.chat.slack import pages
from bot.escalation import Conversation
from bot.store.tables import heard
from tests.slack.bot import SlackWorld
from tests.slack.faults import broken, refused
from tests.slack.reading import inputs, text_of
from tests.slack.views import TRIGGER_SECONDS, View
from tests.slack.workspace import Json

REFERENCE = "E-4KX-7PW"
ALL = {"1.1 Name": "Kit Marker", "1.2 D.O.B": "2019-06-14", "1.3 Child": "1 Marker Lane", "1.4 Unique": "12345"}
SEVERAL, IN_WINDOW = "Answer several at once", "Change it in a window"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SlackWorld]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pages, "PAUSE", 0.01)
        world = SlackWorld(tmp_path_factory.mktemp("pages"))
        world.raised(REFERENCE)
        yield world
        world.close()


@pytest.fixture(autouse=True)
def asked(world: SlackWorld) -> None:
    """Each test begins with the first question of a form before Asha, and no modal."""
    world.slack.views.stacks.clear()
    with world.parts.database.transaction() as tx:
        open_one = tx.conversation(asha(world))
        if open_one is not None:
            tx.drop_conversation(open_one.id)
    world.types(asha(world), "/report")
    assert "1.1 Name of child" in sees(world)


def asha(world: SlackWorld) -> str:
    return world.person("Asha")


def sees(world: SlackWorld) -> str:
    return world.sees(asha(world))


def talk(world: SlackWorld) -> Conversation:
    with world.parts.database.look() as tx:
        found = tx.conversation(asha(world))
    assert found is not None
    return found


def given(world: SlackWorld) -> list[Any]:
    return [answer.get("value") for answer in talk(world).answers.values()]


def becomes(world: SlackWorld, holds: Callable[[], bool]) -> None:
    async def until() -> None:
        async with asyncio.timeout(120):
            while not holds():  # noqa: ASYNC110 - it is another thread's doing
                await asyncio.sleep(0.005)

    world.slack.run(until())


def shown(world: SlackWorld) -> View:
    """The page that stands before her."""
    found = world.slack.modal("Asha")
    assert found is not None
    return found


def opens(world: SlackWorld, label: str = SEVERAL, filled: Json | None = None) -> View:
    """Press it; the page that stands before her then."""
    assert world.slack.presses("Asha", label, filled).ok
    becomes(world, lambda: (view := world.slack.modal("Asha")) is not None and "submit" in view.body)
    return shown(world)


def hands_in(world: SlackWorld, filled: Json | None = None) -> None:
    world.presses(asha(world), "Continue", filled)


# ── several questions ────────────────────────────────────────────────────────────────────────────────────────


def test_several_questions_are_answered_at_once(world: SlackWorld) -> None:
    view = opens(world)
    assert [each.label for each in inputs(view.body["blocks"])] == [
        "1.1 Name of child/young person:", "1.2 D.O.B:", "1.3 Child’s Address:", "1.4 Unique child reference number"
    ]  # fmt: skip
    hands_in(world, ALL)
    assert world.slack.modal("Asha") is None
    assert given(world) == ["Kit Marker", "2019-06-14", "1 Marker Lane", "12345"]
    assert "Question 5 of" in sees(world)
    ticked = world.slack.workspace.in_room(world.slack.direct("Asha"))[-2]
    assert "Answered: 1.3 Child’s Address:" in text_of(ticked.blocks)
    assert "Marker" not in text_of(ticked.blocks) + sees(world)


def test_what_stands_unsent_in_the_message_stands_on_the_page(world: SlackWorld) -> None:
    view = opens(world, filled={"1.1 Name": "Kit Marker"})
    assert inputs(view.body["blocks"])[0].element["initial_value"] == "Kit Marker"
    assert given(world) == []


def test_nothing_that_was_given_stands_in_metadata_or_ids(world: SlackWorld) -> None:
    opens(world, filled={"1.1 Name": "Kit Marker"})
    hands_in(world, ALL | {"1.2 D.O.B": "2099-06-14"})
    view = shown(world)
    ids = [each.place for each in inputs(view.body["blocks"])]
    assert "Marker" not in f"{view.body['private_metadata']} {view.body['callback_id']} {ids}"
    assert "Marker" not in world.everything_public()
    with world.parts.database.reading() as connection:
        assert "Marker" not in f"{connection.execute(select(heard.c.event)).all()}"


def test_what_is_wrong_is_said_on_the_page_and_stands_in_the_messages_too(world: SlackWorld) -> None:
    opens(world)
    hands_in(world, ALL | {"1.2 D.O.B": "2099-06-14"})
    view = shown(world)
    (wrong,) = view.errors.values()
    assert "14 June 2099" in wrong or "14/06/2099" in wrong
    assert given(world) == ["Kit Marker", "1 Marker Lane", "12345"]
    assert wrong in sees(world)
    hands_in(world, {"1.2 D.O.B": "2019-06-14", "1.4 Unique": "54321"})
    assert world.slack.modal("Asha") is None
    assert sorted(given(world)) == ["1 Marker Lane", "2019-06-14", "54321", "Kit Marker"]
    assert "Question 5 of" in sees(world)


def test_a_page_that_is_closed_loses_nothing_that_was_handed_in(world: SlackWorld) -> None:
    opens(world)
    hands_in(world, ALL | {"1.2 D.O.B": "2099-06-14"})
    world.slack.closes("Asha")
    world.presses(asha(world), "Continue", {"1.2 D.O.B": "2019-06-14"})
    assert sorted(given(world)) == ["1 Marker Lane", "12345", "2019-06-14", "Kit Marker"]


# ── at the review ────────────────────────────────────────────────────────────────────────────────────────────


def at_review(world: SlackWorld, **answers: str) -> None:
    world.at_review(asha(world), **answers)


LONG = "\n\n".join(f"Paragraph {number}: " + "a word " * 90 + "." for number in range(12))


def test_an_answer_is_changed_in_a_window_also_one_over_the_limits_of_an_input(world: SlackWorld) -> None:
    at_review(world, **{"child-address": LONG})
    view = opens(world, IN_WINDOW, {"Which answer": "3)"})
    assert len(inputs(view.body["blocks"])) > 2
    hands_in(world)
    assert talk(world).answers["report-to-hscp.child-address"] == {"value": LONG}
    opens(world, IN_WINDOW, {"Which answer": "2)"})
    hands_in(world, {"1.2 D.O.B": "2018-05-04"})
    assert talk(world).answers["report-to-hscp.date-of-birth"] == {"value": "2018-05-04"}
    assert "Which answer would you like to change?" in sees(world)


def test_an_answer_in_several_inputs_is_made_shorter_in_a_window_by_emptying_all_but_one(world: SlackWorld) -> None:
    """Slack sends no window in which an input is empty that has to be filled in."""
    at_review(world, **{"child-address": LONG})
    view = opens(world, IN_WINDOW, {"Which answer": "3)"})
    first, *more = (each.label for each in inputs(view.body["blocks"]))
    hands_in(world, {first: "1 Marker Lane"} | dict.fromkeys(more, ""))
    assert talk(world).answers["report-to-hscp.child-address"] == {"value": "1 Marker Lane"}


def test_an_answer_that_is_too_long_for_its_message_is_kept_where_nothing_else_is_typed(world: SlackWorld) -> None:
    text, name = f"{LONG}\n\n" * 3 + "Truly.", "report-to-hscp.child-address"
    at_review(world, **{"child-address": text})
    world.types(asha(world), "edit 3")
    for pressed in ("Help", "Continue"):
        assert "Paragraph 1:" not in sees(world)
        assert "too long to be shown here" in sees(world)
        world.presses(asha(world), pressed)
        assert talk(world).answers[name] == {"value": text}
    assert "Which answer would you like to change?" in sees(world)


def test_a_change_that_is_wrong_is_said_there_and_the_answer_stays_as_it_was(world: SlackWorld) -> None:
    at_review(world, **{"date-of-birth": "2018-05-04"})
    opens(world, IN_WINDOW, {"Which answer": "2)"})
    hands_in(world, {"1.2 D.O.B": "2099-06-14"})
    view = shown(world)
    assert view.errors
    assert talk(world).answers["report-to-hscp.date-of-birth"] == {"value": "2018-05-04"}
    assert next(iter(view.errors.values())) in sees(world)
    world.slack.closes("Asha")
    world.presses(asha(world), "Continue", {"1.2 D.O.B": "2019-06-14"})
    assert talk(world).answers["report-to-hscp.date-of-birth"] == {"value": "2019-06-14"}


def test_a_window_says_what_is_taken_and_what_is_lost_and_one_that_is_closed_changes_nothing(world: SlackWorld) -> None:
    at_review(world, **{"date-of-birth": "2018-05-04"})
    before = talk(world)
    view = opens(world, IN_WINDOW, {"Which answer": "2)"})
    assert "taken when you press Continue" in text_of(view.body["blocks"])
    assert "what you gave in it is lost" in text_of(view.body["blocks"])
    world.slack.closes("Asha")
    assert talk(world) == before


def test_where_no_answer_was_chosen_nothing_opens_and_it_is_said(world: SlackWorld) -> None:
    at_review(world)
    assert world.slack.presses("Asha", IN_WINDOW).ok
    becomes(world, lambda: "problem" in talk(world).pending)
    world.carried()
    assert "No answer was chosen." in sees(world)


# ── once ─────────────────────────────────────────────────────────────────────────────────────────────────────


def events(world: SlackWorld) -> int:
    return world.counts()["heard"]


def last(world: SlackWorld, kind: str) -> Json:
    """The last thing of this kind that Slack told."""
    return next(payload for _, payload, _ in reversed(world.slack.inbound.acks) if payload.get("type") == kind)


def again(world: SlackWorld, **changed: Any) -> Any:
    """What Slack is answered when it tells the last submission once more."""
    told = {**last(world, "view_submission"), **changed}
    ack = world.slack.run(world.slack.inbound.tell("interactive", told))
    assert ack.ok
    world.carried()
    return ack.body


@pytest.mark.parametrize("changed", [{}, {"trigger_id": "another"}], ids=["told again", "pressed again"])
def test_a_page_that_is_handed_in_twice_is_taken_once(world: SlackWorld, changed: Json) -> None:
    opens(world)
    hands_in(world, ALL)
    before, shown = talk(world), sees(world)
    assert not again(world, **changed)
    assert talk(world) == before
    assert sees(world) == shown


def test_what_is_wrong_is_said_again_where_the_answer_was_lost(world: SlackWorld) -> None:
    opens(world)
    hands_in(world, ALL | {"1.2 D.O.B": "2099-06-14"})
    view = shown(world)
    before = talk(world)
    assert again(world) == {"response_action": "errors", "errors": view.errors}
    assert talk(world) == before


def test_a_page_whose_questions_have_moved_on_changes_nothing_and_keeps_what_stands_in_it(world: SlackWorld) -> None:
    opens(world)
    world.types(asha(world), "Another Name")
    hands_in(world, ALL)
    view = shown(world)
    assert "have moved on" in next(iter(view.errors.values()))
    assert given(world) == ["Another Name"]
    assert "That was an earlier question" in sees(world)
    assert "have moved on" in f"{again(world)}"


def test_a_button_that_is_told_twice_opens_one_page(world: SlackWorld) -> None:
    opens(world)
    told = last(world, "block_actions")
    before, shown, calls = events(world), sees(world), len(world.slack.calls)
    assert world.slack.run(world.slack.inbound.tell("interactive", told)).ok
    becomes(world, lambda: len(world.slack.calls) > calls)
    world.slack.settle()
    world.carried()
    assert (events(world), sees(world)) == (before, shown)


# ── where it does not come to be ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("method", "faults"),
    [
        ("views.open", [broken()]),
        ("views.update", [broken(), broken(), broken()]),
        ("views.update", [refused("view_too_large")]),
    ],
)
def test_where_no_page_can_be_shown_the_questions_are_asked_in_the_messages(
    world: SlackWorld, method: str, faults: list[Any]
) -> None:
    world.slack.fail(method, *faults)
    assert world.slack.presses("Asha", SEVERAL, {"1.1 Name": "Kit Marker"}).ok
    becomes(world, lambda: talk(world).turn > 1)
    world.carried()
    assert "The window could not be opened" in sees(world)
    assert "Kit Marker" in sees(world), "What stood in the input still does."
    if (view := world.slack.modal("Asha")) is not None:
        assert "close this window and go on in our direct messages" in text_of(view.body["blocks"])
        world.slack.closes("Asha")
    hands_in(world)
    assert given(world) == ["Kit Marker"]


def test_a_trigger_that_is_too_old_opens_nothing_and_the_question_is_asked_in_the_messages(world: SlackWorld) -> None:
    opens(world)
    world.slack.views.stacks.clear()
    told = {**last(world, "block_actions"), "trigger_id": world.slack.views.new_trigger(world.slack.id_of("Asha"))}
    world.moment += timedelta(seconds=TRIGGER_SECONDS + 1)
    assert world.slack.run(world.slack.inbound.tell("interactive", told)).ok
    becomes(world, lambda: talk(world).turn > 1)
    world.carried()
    assert world.slack.modal("Asha") is None
    assert "The window could not be opened" in sees(world)
    hands_in(world, {"1.1 Name": "Kit Marker"})
    assert given(world) == ["Kit Marker"]


def test_a_page_that_is_closed_before_its_questions_come_is_left_alone(world: SlackWorld) -> None:
    world.slack.fail("views.update", refused("not_found"))
    before, calls = events(world), len(world.slack.calls)
    assert world.slack.presses("Asha", SEVERAL).ok
    becomes(world, lambda: any(call.method == "views.update" for call in world.slack.calls[calls:]))
    world.slack.settle()
    assert events(world) == before


def test_a_button_of_an_earlier_question_opens_no_questions(world: SlackWorld) -> None:
    opens(world)
    told = {**last(world, "block_actions"), "trigger_id": world.slack.views.new_trigger(world.slack.id_of("Asha"))}
    world.types(asha(world), "Kit Marker")
    world.slack.views.stacks.clear()
    assert world.slack.run(world.slack.inbound.tell("interactive", told)).ok
    becomes(world, lambda: "earlier question" in repr(world.slack.modal("Asha")))
    world.slack.settle()
    world.carried()
    assert "That was an earlier question" in sees(world)
    assert given(world) == ["Kit Marker"]


def test_while_the_bot_takes_nothing_a_page_keeps_what_stands_in_it(world: SlackWorld) -> None:
    opens(world)
    with of_another_version(world):
        assert world.slack.presses("Asha", "Continue", ALL).ok
        assert "it again in a few minutes" in next(iter(shown(world).errors.values()))
    assert given(world) == []
    hands_in(world, ALL)
    assert given(world) != []


@contextmanager
def of_another_version(world: SlackWorld) -> Iterator[None]:
    """Meanwhile nothing is written to these tables."""
    engine = create_engine(world.database_url)
    become = text("UPDATE alembic_version SET version_num = :revision")
    try:
        with engine.begin() as connection:
            before = connection.scalar(text("SELECT version_num FROM alembic_version"))
            connection.execute(become, {"revision": "9999"})
        yield
        with engine.begin() as connection:
            connection.execute(become, {"revision": before})
    finally:
        engine.dispose()
