"""What hearing one message does, and does not do: again, too late, at once, by somebody else, with a fault inside."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import structlog

from bot.errors import Conflict, NotAllowed, StoreError
from bot.messages import Words, words_of
from bot.ports import Answered, Command, Heard, Person, Pressed, Store, Transaction, Typed
from tests.scenes import Play, scene
from tests.talking import Said, World, button_of, buttons_of, entries_of, has_button

ASHA, BEN, CERYS, DELE = "console:asha", "console:ben", "console:cerys", "console:dele"
ERIN, FARID, GRACE, IRIS = "console:erin", "console:farid", "console:grace", "console:iris"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path, quick=True)
    yield world
    world.close()


# ── looking on ───────────────────────────────────────────────────────────────────────────────────────────────


def everything_kept(world: World) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables, apart from when deliveries were tried."""
    world.parts.carrier.carry_all()
    connection = sqlite3.connect(world.folder / "escalations.db")
    try:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {table: connection.execute(f'SELECT * FROM "{table}"').fetchall() for table in sorted(tables)}  # noqa: S608
    finally:
        connection.close()


def shown(world: World) -> dict[str, Said]:
    return dict(world.chat.said)


def answers(world: World, person: str = ASHA) -> dict[str, Any]:
    """The answers of the conversation that the person is in; {} if they are in none."""
    with world.parts.database.transaction() as tx:
        conversation = tx.conversation(person)
        return dict(conversation.answers) if conversation else {}


def question(world: World, person: str = ASHA) -> str:
    """What is asked now: the label of the one input, or of several inputs or buttons."""
    message = world.last(person)
    labels = [part.text for part in message.parts if isinstance(part, Words) and part.tone == "strong"]
    labels += [entry.label for entry in entries_of(message) if entry.id == "answer"]
    return labels[-1] if labels else ""


def pressing(world: World, who: str, label: str, event: str, **given: str) -> Heard:
    said = world.shows_button(who, label)
    button = button_of(said.message, label)
    held = {entry.id: entry.initial for entry in entries_of(said.message)} | given
    return Heard(event, who, Pressed(button.action, button.value, held, said.key))


# ── the same event again ─────────────────────────────────────────────────────────────────────────────────────


def heard_twice(world: World, heard: Heard) -> None:
    first = world.hear(heard)
    before, stood = everything_kept(world), shown(world)
    second = world.hear(heard)
    assert second == Answered(first.deliveries, again=True)
    assert everything_kept(world) == before
    assert shown(world) == stood


def test_a_command_heard_twice_is_answered_once(world: World) -> None:
    heard_twice(world, Heard("again", ASHA, Command("escalate")))


def test_an_answer_heard_twice_is_taken_once(raised: Play) -> None:
    raised.do("Asha: /update")
    heard_twice(raised.world, Heard("again", ASHA, Typed("The managers met.")))
    assert raised.told().count("updated") == 1


def test_a_press_heard_twice_counts_once(raised: Play) -> None:
    raised.do("Asha: /update")
    heard_twice(raised.world, pressing(raised.world, ASHA, "Continue", "again", answer="The managers met."))
    assert raised.told().count("updated") == 1


def test_an_approval_heard_twice_moves_the_escalation_once(asked: Play) -> None:
    heard_twice(asked.world, pressing(asked.world, BEN, "Approve", "again"))
    assert asked.escalation().stage == "stage-2"
    assert asked.told().count("moved") == 1


def test_a_refusal_heard_twice_is_said_once(raised: Play) -> None:
    heard_twice(raised.world, Heard("again", GRACE, Command("move", raised.world.reference())))


def test_an_event_heard_before_a_restart_is_known_after_it(raised: Play) -> None:
    raised.do("Asha: /update")
    heard = Heard("again", ASHA, Typed("The managers met."))
    first = raised.world.hear(heard)
    raised.world.restart()
    assert raised.world.hear(heard) == Answered(first.deliveries, again=True)
    assert raised.told().count("updated") == 1


# ── who may ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("what", [Command("escalate"), Typed("hello"), Pressed("start", "escalate")])
def test_an_unknown_person_is_refused_politely(world: World, what: Command | Typed | Pressed) -> None:
    before = everything_kept(world)
    with pytest.raises(NotAllowed, match=r"I do not know you yet\. Please ask whoever runs this bot to add you\."):
        world.hear(Heard("stranger-1", "console:nobody", what))
    assert everything_kept(world) == before


def test_whoever_becomes_known_while_they_are_refused_is_not_told_that_nobody_knows_them(world: World) -> None:
    event = Heard("e", "console:new", Command("escalate"))
    store = world.parts.database
    known = replace(store_person(store), id="console:new")

    @dataclass
    class Late:
        times: int = 0

        def transaction(self) -> Any:
            self.times += 1
            if self.times == 2:
                world.parts.know((known,))
            return store.transaction()

    late: Any = Late()
    assistant = replace(world.parts.assistant, store=late)
    with pytest.raises(NotAllowed):
        assistant.hear(event)
    world.parts.know((known,))
    assert not world.parts.assistant.hear(event).again


def store_person(store: Store) -> Person:
    with store.look() as tx:
        found = tx.person(ASHA)
    assert found is not None
    return found


@pytest.mark.parametrize("flow", ["update", "move", "jump", "report", "resolve", "say"])
def test_whoever_is_not_part_of_it_is_refused_as_if_it_did_not_exist(raised: Play, flow: str) -> None:
    raised.world.types(IRIS, f"/{flow} {raised.world.reference()}")
    to_a_stranger = raised.world.last(IRIS)
    raised.world.types(IRIS, f"/{flow} E-2ZZ-2ZZ")
    assert raised.world.last(IRIS) == to_a_stranger
    raised.world.types(ASHA, f"/{flow} E-2ZZ-2ZZ")
    assert raised.world.last(ASHA) == to_a_stranger


def test_a_start_button_pressed_by_somebody_else_is_refused_the_same_way(raised: Play) -> None:
    raised.world.presses(IRIS, "Move stage")
    to_a_stranger = raised.world.last(IRIS)
    raised.world.hear(Heard("guess", IRIS, Pressed("start", "move E-2ZZ-2ZZ")))
    assert raised.world.last(IRIS) == to_a_stranger


def test_who_is_named_sees_it_but_does_not_lead_it(raised: Play) -> None:
    before = raised.escalation()
    raised.world.types(BEN, f"/resolve {before.reference}")
    assert "is led by the person who raised it" in raised.world.sees(BEN)
    raised.do("""
Ben: my escalations
  | REF
Iris: my escalations
  ! REF
  | You have no escalations
""")
    assert raised.escalation() == before


def test_nobody_resumes_or_erases_the_draft_of_another(raised: Play) -> None:
    raised.do("Asha: /update")
    raised.world.presses(ASHA, "Save for later", {"answer": "The managers met about Kit Marker."})
    draft = button_of(raised.world.last(ASHA), "Resume").value
    for action in ("resume", "discard", "erase draft"):
        raised.world.hear(Heard(f"steal-{action}", GRACE, Pressed(action, draft)))
        assert "That draft has been finished or erased already." in raised.world.sees(GRACE)
        assert "Kit" not in raised.world.sees(GRACE)
    raised.do("""
Asha: resume
  | The managers met about Kit Marker.
""")


def test_one_conversation_is_not_answered_by_another_person(raised: Play) -> None:
    raised.do("Asha: /update")
    asked = raised.world.shows_button(ASHA, "Continue")
    raised.world.hear(Heard("other", GRACE, Pressed("answer", "", {"answer": "Closed."}, asked.key)))
    assert "updated" not in raised.told()
    assert question(raised.world) == "What has happened since the last update?"


# ── questions that have moved on ─────────────────────────────────────────────────────────────────────────────


def test_a_press_on_a_question_that_moved_on_shows_the_present_one_and_changes_nothing(world: World) -> None:
    world.types(ASHA, "/escalate")
    first = world.shows_button(ASHA, "No")
    world.presses(ASHA, "No")
    world.types(ASHA, "Herefordshire")
    given, asked = answers(world), question(world)
    world.presses(ASHA, "Yes", among=first)
    assert "That was an earlier question. Here is the present one; nothing was changed." in world.sees(ASHA)
    assert answers(world) == given
    assert question(world) == asked


def test_the_present_question_is_the_last_message_and_the_only_one_with_inputs(world: World) -> None:
    world.types(ASHA, "/escalate")
    first = world.shows_button(ASHA, "No")
    for step in ("No", "Herefordshire", "1", "help", "back", "2"):
        world.types(ASHA, step)
    world.presses(ASHA, "Yes", among=first)
    *earlier, last = world.chat.at(ASHA)
    assert has_button(last.message, "Save for later")
    assert [each.key for each in earlier if entries_of(each.message) or has_button(each.message, "Help")] == []


def test_a_press_on_a_conversation_that_has_ended_says_so_and_offers_nothing_that_would_begin_it_again(
    raised: Play,
) -> None:
    raised.do("Asha: /update")
    over = raised.world.shows_button(ASHA, "Continue")
    raised.do("""
Asha: The managers met.
  | is kept
""")
    raised.world.presses(ASHA, "Continue", {"answer": "And once more."}, among=over)
    assert "That question has been dealt with already" in raised.world.sees(ASHA)
    assert not has_button(raised.world.last(ASHA), "Raise an escalation")
    assert raised.told().count("updated") == 1


def test_a_press_on_a_question_put_aside_does_not_answer_the_open_one(raised: Play) -> None:
    raised.do("Asha: /update")
    raised.world.presses(ASHA, "Continue", {"answer": ""})
    update = raised.world.shows_button(ASHA, "Continue")
    raised.do("Asha: /move")
    raised.world.presses(ASHA, "Continue", {"answer": "The managers met."}, among=update)
    assert question(raised.world) == "Why is it not resolved at Stage 1?"
    assert answers(raised.world) == {}


# ── putting aside, drafts, resuming ──────────────────────────────────────────────────────────────────────────


def test_starting_another_conversation_puts_the_open_one_aside_and_nothing_is_lost(raised: Play) -> None:
    raised.do("""
Asha: /move
Asha: They keep to the decision.
""")
    given, asked = answers(raised.world), question(raised.world)
    raised.do("""
Asha: /update
  | What you had begun before (Move to the next stage) is kept.
Asha: The managers met.
  | is kept
Asha: resume
  | Welcome back.
""")
    assert answers(raised.world) == given
    assert question(raised.world) == asked


def test_a_conversation_begun_from_the_thread_puts_the_open_one_aside_too(raised: Play) -> None:
    raised.do("""
Asha: /move
Asha: They keep to the decision.
""")
    given = answers(raised.world)
    raised.world.presses(ASHA, "Resolve", among=raised.world.chat.at("#herefordshire-escalations")[0])
    assert question(raised.world) == "When was it resolved?"
    raised.do("""
Asha: cancel
Asha: yes
Asha: resume
""")
    assert answers(raised.world) == given


def test_what_stood_in_the_inputs_when_it_was_put_aside_by_hand_stands_there_again(raised: Play) -> None:
    raised.do("Asha: /update")
    raised.world.presses(ASHA, "Save for later", {"answer": "Half a sentence about"})
    raised.world.restart()
    raised.do("Asha: resume")
    assert [entry.initial for entry in entries_of(raised.world.last(ASHA))] == ["Half a sentence about"]


@pytest.mark.parametrize("button", ["Help", "Save for later", "Cancel"])
def test_inputs_survive_help_saving_and_thinking_better_of_cancelling(raised: Play, button: str) -> None:
    raised.do("Asha: /move")
    raised.world.presses(ASHA, button, {"answer": "Half a sentence about"})
    if button == "Save for later":
        raised.world.presses(ASHA, "Resume")
    elif button == "Cancel":
        raised.world.presses(ASHA, "Carry on")
    assert [entry.initial for entry in entries_of(raised.world.last(ASHA))] == ["Half a sentence about"]


@pytest.mark.parametrize("typed", ["help", "save", "cancel"])
def test_a_typed_word_loses_nothing_of_what_could_not_be_taken(raised: Play, typed: str) -> None:
    """A typed message does not bring the inputs with it, so what they held has to be known already."""
    raised.do("Asha: /move\nAsha: It cannot wait.")
    raised.world.presses(ASHA, "Continue", {"name": "", "role": "Head of Year"})
    raised.world.types(ASHA, typed)
    if typed == "save":
        raised.world.types(ASHA, "resume")
    elif typed == "cancel":
        raised.world.presses(ASHA, "Carry on")
    held = {entry.id: entry.initial for entry in entries_of(raised.world.last(ASHA))}
    assert held["role"] == "Head of Year"


def test_a_restart_keeps_the_question_and_what_was_given_and_could_not_be_taken(raised: Play) -> None:
    raised.do("""
Asha: /resolve
Asha: 31/02/2026
""")
    before = question(raised.world)
    raised.world.restart()
    raised.world.types(ASHA, "help")
    assert question(raised.world) == before == "When was it resolved?"
    raised.do("""
Asha: 2 March 2026
  | How did it end?
""")


def test_resuming_after_a_restart_gives_the_same_question(raised: Play) -> None:
    raised.do("""
Asha: /move
Asha: They keep to the decision.
""")
    asked = raised.world.last(ASHA)
    raised.do("Asha [Save for later]")
    raised.world.restart()
    raised.do("Asha [Resume]")
    again = raised.world.last(ASHA)
    assert again.summary == asked.summary
    assert entries_of(again) == entries_of(asked)
    assert buttons_of(again) == buttons_of(asked)


def test_drafts_are_offered_when_another_escalation_is_begun(world: World) -> None:
    play = Play(world)
    play.do("""
Asha: /escalate
Asha [No]
Asha: Herefordshire
Asha [No, it is none of these]
Asha [About a particular child]
Asha [Save for later]
Asha: /escalate
  | You have answers waiting
  | If a child is in immediate danger, call 999 now
  | Raise an escalation, last worked on Monday 2 March 2026. Answers so far: 4
Asha [Resume]
  | Have you already talked
""")


def test_drafts_are_offered_when_the_person_comes_back(raised: Play) -> None:
    raised.do("Asha: /update")
    raised.world.presses(ASHA, "Save for later", {"answer": "Half"})
    raised.do("""
Asha: hello, it is me again
  | I help you to raise and follow an escalation
  | Progress update REF, last worked on Monday 2 March 2026
Asha: my escalations
  | Progress update REF
Asha [Resume]
  | Half
""")


def test_a_new_escalation_can_be_begun_beside_a_draft(world: World) -> None:
    play = Play(world)
    play.do("""
Asha: /escalate
Asha [No]
Asha: Herefordshire
Asha [No, it is none of these]
Asha: /escalate
Asha [Start a new escalation]
  | Is a child in immediate danger?
  | What you had begun before (Raise an escalation) is kept.
Asha: cancel
Asha: yes
Asha: resume
  | What or whom is this about?
""")


def test_an_erased_draft_is_gone(raised: Play) -> None:
    raised.do("Asha: /update")
    raised.world.presses(ASHA, "Save for later", {"answer": "Half"})
    raised.do("""
Asha: my escalations
Asha [Erase it]
  | Shall I erase the answers given in this conversation? They cannot be brought back.
Asha [Keep it, and go on]
  | Half
Asha [Save for later]
Asha: my escalations
Asha [Erase it]
Asha [Erase these answers]
  | Erased: Progress update.
Asha: resume
  | You have nothing waiting to be resumed.
""")
    old = next(each for each in raised.world.chat.at(ASHA) if has_button(each.message, "Erase it"))
    raised.world.presses(ASHA, "Erase it", among=old)
    assert "That draft has been finished or erased already." in raised.world.sees(ASHA)


def test_erasing_the_open_conversation_takes_its_question_away_too(raised: Play) -> None:
    raised.do("""
Asha: /move
Asha: They keep to the decision about Kit Marker.
Asha [Back]
""")
    open_question = raised.world.chat.at(ASHA)[-1].key
    draft = open_question.split("/")[1]
    raised.world.hear(Heard("erase?", ASHA, Pressed("discard", draft)))
    assert "Kit Marker" in words_of(raised.world.chat.said[open_question].message)
    raised.do("Asha [Erase these answers]")
    assert "Erased: Move to the next stage." in raised.world.sees(ASHA)
    left = raised.world.chat.said[open_question].message
    assert "Kit Marker" not in words_of(left)
    assert buttons_of(left) == []


def test_starting_what_was_begun_already_goes_on_with_it_and_begins_nothing_beside_it(raised: Play) -> None:
    raised.do("""
Asha: /move
Asha: The reason at Stage 1.
Asha [Save for later]
Asha: /update
Asha: /move
  | Welcome back.
  | On your side: who acts at this stage?
""")
    assert answers(raised.world) == {"reason": {"value": "The reason at Stage 1."}}
    with raised.world.parts.database.transaction() as tx:
        # The update had no answers yet, so it is not kept.
        assert tx.drafts(ASHA) == []


def test_resume_means_the_draft_that_was_put_aside_last(raised: Play) -> None:
    raised.do("""
Asha: /move
Asha: The reason at Stage 1.
Asha: /resolve
Asha [Continue]
Asha [It was agreed]
Asha: /update
Asha: resume
  | How was it resolved?
Asha: resume
  | What you had begun before (Resolve) is kept.
  | On your side: who acts at this stage?
""")


def test_an_approval_while_the_raiser_is_inside_move_ends_that_and_moves_it_only_once(asked: Play) -> None:
    """A reason and people for Stage 2 are never taken for a move to Stage 3."""
    asked.do("""
Ben [Decline]
Ben: Not yet.
Asha: /move
Asha [Ask again]
Asha: The first reason.
Asha fills in
    Pick somebody = Dele
Asha [Continue]
Asha [Skip]
Asha [Skip]
Asha [Ask for approval]
1 working day later
Asha: /move
Asha [Ask again]
Asha: A reason at Stage 1.
Cerys [Approve]
""")
    asked.world.presses(ASHA, "Continue", {"person": ERIN})
    said = "\n".join(words_of(each.message) for each in asked.world.chat.at(ASHA))
    assert f"{asked.world.reference()} has moved on meanwhile: it is at Stage 2" in said
    assert "What this was for is no longer needed; nothing was changed." in said
    assert answers(asked.world) == {}
    moved = asked.escalation()
    assert moved.stage == "stage-2"
    assert asked.history()[-1].details["reason"] == "The first reason."
    assert moved.person("stage-2", "raising")["person"] == DELE
    assert asked.told().count("moved") == 1
    asked.do("""
Asha: resume
  | You have nothing waiting to be resumed.
Asha: /move
  | Why is it not resolved at Stage 2?
""")


@pytest.mark.parametrize("how", ["typed", "pressed"])
def test_the_last_yes_to_a_move_does_not_count_once_it_has_moved_on(raised: Play, how: str) -> None:
    """Approved while the raiser looks at the review: what was pressed is not a yes to anything else."""
    raised.do("2 working days later")
    raised.do(ASKING)
    raised.do("""
1 working day later
Asha: /move
Asha [Go on without approval]
Asha: Two days of silence.
  | Is everything right?
Ben [Approve]
""")
    if how == "typed":
        raised.do("Asha: Move to Stage 2")
    else:
        raised.do("Asha [Move to Stage 2]")
    raised.do("  | REF has moved on meanwhile: it is at Stage 2")
    assert raised.told().count("moved") == 1
    assert [each.answer for each in raised.approvals()] == ["approved"]


ASKING = """
Asha: /move
Asha: The managers keep to it.
Asha fills in
    Pick somebody = Dele
Asha [Continue]
Asha [Skip]
Asha [Skip]
Asha [Ask for approval]
"""


def test_a_question_that_the_world_changed_is_not_answered_by_what_was_meant_for_the_one_shown(asked: Play) -> None:
    """Going on is offered; then the manager declines, so that the same press would mean something else."""
    asked.do("""
Ben [Decline]
Ben: Not yet.
Asha: /move
  | What would you like to do?
""")
    shown_question = asked.world.chat.at(ASHA)[-1]
    (old,) = asked.approvals()
    with asked.world.parts.database.transaction() as tx:
        tx.keep_approval(replace(old, answer="withdrawn"))
    asked.world.presses(ASHA, "Wait", among=shown_question)
    assert "Something has changed since this was asked, so nothing was taken." in asked.world.sees(ASHA)
    assert question(asked.world) == "Why is it not resolved at Stage 1?"
    assert answers(asked.world) == {}


def test_a_draft_of_a_move_that_has_happened_since_ends_when_it_is_resumed(asked: Play) -> None:
    asked.do("""
Ben [Decline]
Ben: Not yet.
Asha: /move
Asha [Ask again]
Asha: The reason at Stage 1.
Asha [Save for later]
""")
    with asked.world.parts.database.transaction() as tx:
        now = tx.escalations()[-1]
        tx.save_escalation(replace(now, stage="stage-2", entered={**now.entered, "stage-2": now.entered["stage-1"]}))
    asked.do("""
Asha: resume
  | REF has moved on meanwhile: it is at Stage 2
Asha: /move
  | Why is it not resolved at Stage 2?
""")
    assert "The reason at Stage 1." not in str(answers(asked.world))


# ── the question in place ────────────────────────────────────────────────────────────────────────────────────


def test_a_press_that_asks_the_same_again_changes_the_message_where_it_stands(raised: Play) -> None:
    raised.do("Asha: /update")
    count = len(raised.world.chat.at(ASHA))
    raised.world.presses(ASHA, "Continue", {"answer": ""})
    raised.world.presses(ASHA, "Help", {"answer": "Half"})
    assert len(raised.world.chat.at(ASHA)) == count
    assert [entry.initial for entry in entries_of(raised.world.last(ASHA))] == ["Half"]
    assert "Long answers are fine" in raised.world.sees(ASHA)


def test_after_a_change_in_place_only_what_stands_there_now_is_the_question(raised: Play) -> None:
    """The same message, pressed as it looked before: what it holds was shown differently since."""
    raised.do("Asha: /update")
    before = raised.world.chat.at(ASHA)[-1]
    raised.world.presses(ASHA, "Continue", {"answer": ""})
    now = raised.world.chat.at(ASHA)[-1]
    assert now.key != before.key
    raised.world.presses(ASHA, "Continue", {"answer": "Sent before the change was seen."}, among=before)
    assert "has changed since, so what you gave is not taken yet. It stands below" in raised.world.sees(ASHA)
    assert [entry.initial for entry in entries_of(raised.world.last(ASHA))] == ["Sent before the change was seen."]
    assert "updated" not in raised.told()
    raised.world.presses(ASHA, "Continue", {"answer": "The managers met."})
    assert raised.told()[-1] == "updated"


def test_once_it_was_answered_what_was_changed_in_place_is_settled_where_it_stands(raised: Play) -> None:
    raised.do("Asha: /move")
    raised.world.presses(ASHA, "Continue", {"answer": ""})
    place = next(key for key, said in raised.world.chat.said.items() if said is raised.world.chat.at(ASHA)[-1])
    raised.world.presses(ASHA, "Continue", {"answer": "They keep to it."})
    assert "Answered: Why is it not resolved at Stage 1?" in words_of(raised.world.chat.said[place].message)
    assert entries_of(raised.world.chat.said[place].message) == []


# ── a review ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("typed", ["yes", "ask", "Ask", "ok", "move"])
def test_at_a_review_only_the_whole_words_of_the_button_confirm(raised: Play, typed: str) -> None:
    raised.do(ASKING.replace("Asha [Ask for approval]\n", ""))
    raised.world.types(ASHA, typed)
    assert "Please choose the one to change, by its number." in raised.world.sees(ASHA)
    assert "asked for approval" not in raised.told()
    raised.do("Asha: Ask for approval.")
    assert raised.told()[-1] == "asked for approval"


def test_a_number_at_a_review_opens_that_answer_and_confirms_nothing(raised: Play) -> None:
    raised.do(ASKING.replace("Asha [Ask for approval]\n", ""))
    raised.do("""
Asha: 1
  | Why is it not resolved at Stage 1?
Asha: Another reason.
  | Is everything right?
""")
    assert "asked for approval" not in raised.told()
    assert answers(raised.world)["reason"] == {"value": "Another reason."}


# ── two of one person ────────────────────────────────────────────────────────────────────────────────────────


def test_two_escalations_of_one_person_never_mix(raised: Play) -> None:
    first = raised.world.reference()
    raised.do(SECOND)
    second = raised.world.reference()
    raised.world.types(ASHA, f"/move {first}")
    raised.do("Asha: The reason of the first.")
    raised.world.types(ASHA, f"/move {second}")
    assert "What you had begun before (Move to the next stage) is kept." in raised.world.sees(ASHA)
    raised.do("Asha: The reason of the second.")
    raised.world.types(ASHA, f"/move {first}")
    assert answers(raised.world)["reason"] == {"value": "The reason of the first."}
    raised.world.types(ASHA, f"/update {second}")
    raised.do("Asha: Only the second.")
    raised.world.types(ASHA, f"/move {second}")
    assert answers(raised.world)["reason"] == {"value": "The reason of the second."}
    with raised.world.parts.database.transaction() as tx:
        one, other = tx.escalation(first), tx.escalation(second)
        told = {reference: [each.what for each in tx.history(reference)] for reference in (first, second)}
    assert one is not None
    assert other is not None
    assert not one.fields.get("updates")
    assert [each["text"] for each in other.fields["updates"]] == ["Only the second."]
    assert ("updated" in told[first], "updated" in told[second]) == (False, True)


# ── refused, and on record ───────────────────────────────────────────────────────────────────────────────────


def test_a_refusal_is_said_once_changes_nothing_and_stands_in_the_history(raised: Play) -> None:
    raised.do("Ben: /escalate\nBen [No]")
    before, given = raised.escalation(), answers(raised.world, BEN)
    answered = raised.world.types(BEN, f"/resolve {before.reference}")
    (key,) = answered.deliveries
    assert re.fullmatch("no/[0-9a-f]{12}", key)
    assert "is led by the person who raised it" in raised.world.sees(BEN)
    assert raised.escalation() == before
    assert answers(raised.world, BEN) == given
    entry = raised.history()[-1]
    assert (entry.what, entry.by, entry.details) == ("refused", BEN, {"what": "resolve"})


def test_what_a_refused_stranger_typed_stands_nowhere(raised: Play) -> None:
    raised.world.types(IRIS, f"@bot update {raised.world.reference()} about Kit Marker", raised.world.reference())
    assert "I cannot find an escalation" in raised.world.sees(IRIS)
    entry = raised.history()[-1]
    assert (entry.what, entry.by, entry.details) == ("refused", IRIS, {"what": "typed"})


def test_a_guess_at_a_reference_that_is_none_stands_in_no_history(raised: Play) -> None:
    before = raised.history()
    raised.world.types(IRIS, "/move E-2ZZ-2ZZ")
    assert raised.history() == before


def test_a_refused_press_on_a_request_is_on_record_too(asked: Play) -> None:
    asked.do("Grace [Approve]")
    entry = asked.history()[-1]
    assert (entry.what, entry.by, entry.details) == ("refused", GRACE, {"what": "approve"})
    assert [each.answer for each in asked.approvals()] == [""]


def test_looking_at_an_escalation_is_on_record_and_only_for_whoever_saw_it(raised: Play) -> None:
    raised.do("Ben: my escalations\nIris: my escalations\nAsha: my escalations")
    assert [(each.what, each.by) for each in raised.history()[-2:]] == [("viewed", BEN), ("viewed", ASHA)]
    assert IRIS not in {each.by for each in raised.history()}


# ── in a thread ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("typed", ["update", "Update", "@bot update", "@Escalation Bot, update", "bot: update please"])
def test_a_start_word_in_a_thread_acts_on_that_threads_escalation(tmp_path: Path, typed: str) -> None:
    play = scene("raised", tmp_path)
    try:
        first = play.world.reference()
        play.do(SECOND)
        assert play.world.reference() != first
        play.world.types(ASHA, typed, thread=first)
        assert question(play.world) == "What has happened since the last update?"
        play.do("Asha: The managers met.")
        assert f"The update for {first} is kept." in play.world.sees(ASHA)
    finally:
        play.world.close()


SECOND = """
Asha: /escalate
Asha [No]
Asha: Sefton
Asha [No, it is none of these]
Asha [About a particular child]
Asha: yes
Asha: Asked twice.
Asha: Farid Fictional, Social Worker, Example County Children's Social Care
Asha: 27/02/2026
Asha: There is no plan.
Asha: An assessment.
Asha [Continue]
Asha [Skip]
Asha [Continue]
Asha [Not yet, please remind me]
Asha: 02/03/2026
Asha fills in
    Pick somebody = Ben
Asha [Continue]
Asha [Skip]
Asha [Skip]
Asha [Start the escalation]
"""


def test_more_words_behind_a_reference_do_not_hide_it(raised: Play) -> None:
    raised.do(f"Asha: /update {raised.world.reference()} the managers met")
    assert question(raised.world) == "What has happened since the last update?"


def test_a_command_in_a_thread_acts_on_that_threads_escalation(raised: Play) -> None:
    first = raised.world.reference()
    raised.do(SECOND)
    raised.world.hear(Heard("in-thread", ASHA, Command("update"), first))
    raised.do("Asha: The managers met.")
    assert f"The update for {first} is kept." in raised.world.sees(ASHA)


def test_outside_a_thread_it_is_asked_which_of_several_is_meant(raised: Play) -> None:
    first = raised.world.reference()
    raised.do(SECOND)
    raised.world.types(ASHA, "/update")
    assert "Which escalation is it about?" in raised.world.sees(ASHA)
    said = raised.world.chat.at(ASHA)[-1]
    button = next(button for button in buttons_of(said.message) if first in button.value)
    raised.world.hear(Heard("this-one", ASHA, Pressed(button.action, button.value, {}, said.key)))
    raised.do("Asha: The managers met.")
    assert f"The update for {first} is kept." in raised.world.sees(ASHA)


@pytest.mark.parametrize(
    "chatter", ["Thank you all", "I think Kit should move soon", "yes", "", "   ", "No", "E-2ZZ-2ZZ", "@bot", "1"]
)
def test_whatever_else_the_bot_is_told_in_a_thread_is_no_answer_and_shows_in_private_what_can_be_done(
    raised: Play, chatter: str
) -> None:
    raised.do("Asha: /update")
    before, stood = answers(raised.world), raised.world.channel("herefordshire-escalations")
    raised.world.types(ASHA, chatter, thread=raised.world.reference())
    assert "[Note what happened]" in raised.world.sees(ASHA)
    assert (answers(raised.world), raised.world.channel("herefordshire-escalations")) == (before, stood)


def test_a_start_word_of_a_stranger_in_a_thread_is_refused_privately(raised: Play) -> None:
    stood = raised.world.channel("herefordshire-escalations")
    raised.world.types(IRIS, "move", thread=raised.world.reference())
    assert "I cannot find an escalation with that reference that you are part of." in raised.world.sees(IRIS)
    assert raised.world.channel("herefordshire-escalations") == stood


# ── immediate danger ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("how", ["typed", "pressed"])
def test_immediate_danger_leaves_nothing_recorded(world: World, how: str) -> None:
    before = everything_kept(world)
    world.types(ASHA, "/escalate")
    if how == "typed":
        world.types(ASHA, "Yes")
    else:
        world.presses(ASHA, "Yes")
    assert "Call 999" in world.sees(ASHA)
    assert "Nothing of this has been recorded here." in world.sees(ASHA)
    after = everything_kept(world)
    changed = {table for table in after if after[table] != before[table]}
    # What was heard is known by its id, and what was said by its key, so that nothing is done twice; and, of anybody,
    # the minute in which somebody was last heard.
    assert changed <= {"heard", "deliveries", "meta", "sqlite_sequence"}


@pytest.mark.parametrize("how", ["typed", "pressed"])
def test_the_raw_database_does_not_hold_that_there_was_danger(world: World, how: str) -> None:
    world.types(ASHA, "/escalate")
    if how == "typed":
        world.types(ASHA, "Yes")
    else:
        world.presses(ASHA, "Yes")
    world.restart()
    raw = b"".join(path.read_bytes() for path in world.folder.iterdir() if path.name.startswith("escalations.db"))
    assert b"console:asha" in raw
    for trace in (b"in_danger", b"danger", b"Danger", b"Call 999", b"CallForHelp"):
        assert trace not in raw


def test_other_answers_wait_while_the_child_is_made_safe_and_the_danger_is_not_among_them(world: World) -> None:
    play = Play(world)
    play.do("""
Asha: /escalate
Asha [No]
Asha: Herefordshire
Asha [No, it is none of these]
Asha [About a particular child]
Asha [Back]
Asha [Back]
Asha [Back]
Asha [Back]
Asha: Yes
  | Call 999
""")
    with world.parts.database.transaction() as tx:
        (draft,) = tx.drafts(ASHA)
        assert tx.conversation(ASHA) is None
    assert draft.saved
    assert set(draft.answers) == {"partnership", "route", "subject"}
    play.do("""
Asha [The child is safe now, go on]
  | Is a child in immediate danger?
Asha [No]
  | Have you already talked
""")


def test_danger_is_told_whom_to_call_even_when_a_draft_is_waiting(world: World) -> None:
    Play(world).do("""
Asha: /escalate
Asha [No]
Asha: Herefordshire
Asha [No, it is none of these]
Asha [Save for later]
Asha: /escalate
Asha [Start a new escalation]
Asha [Yes]
  | Call 999
Asha: resume
  | What or whom is this about?
""")


# ── at once, and with faults ─────────────────────────────────────────────────────────────────────────────────


def at_once(*acts: Callable[[], object]) -> None:
    """All at the same moment, each in a thread of its own; what one raises is raised here."""
    barrier = threading.Barrier(len(acts))
    faults: list[BaseException] = []

    def run(act: Callable[[], object]) -> None:
        try:
            barrier.wait(timeout=120)
            act()
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=300)
    if faults:
        raise faults[0]


def test_two_people_who_approve_at_once_move_it_exactly_once(asked: Play) -> None:
    world = asked.world
    assistant = world.parts.assistant
    both = [pressing(world, who, "Approve", f"at-once-{who}") for who in (BEN, CERYS)]
    at_once(*(lambda heard=heard: assistant.hear(heard) for heard in both))
    world.parts.carrier.carry_all()
    assert asked.told().count("moved") == 1
    assert asked.escalation().stage == "stage-2"
    said = [world.sees(BEN), world.sees(CERYS)]
    assert sum("Thank you." in text for text in said) == 1
    assert sum("has been answered already: it was approved. Nothing was changed." in text for text in said) == 1
    assert world.channel("herefordshire-escalations").count("has moved to Stage 2.") == 1


def test_one_event_that_arrives_twice_at_once_is_taken_once(asked: Play) -> None:
    heard = pressing(asked.world, BEN, "Approve", "twice-at-once")
    answered: list[Answered] = []
    act = lambda: answered.append(asked.world.parts.assistant.hear(heard))  # noqa: E731
    at_once(act, act, act)
    assert {each.deliveries for each in answered} == {answered[0].deliveries}
    assert sorted(each.again for each in answered) == [False, True, True]
    assert asked.told().count("moved") == 1


@dataclass
class Troubled:
    """A store of ours around the real one: the named step of its next transactions raises what it is given."""

    store: Store
    step: str
    faults: list[Exception]
    tried: list[str] = field(default_factory=list)

    @contextmanager
    def _transaction(self) -> Iterator[Transaction]:
        with self.store.transaction() as tx:
            yield _Troubled(tx, self)

    def transaction(self) -> AbstractContextManager[Transaction]:
        return self._transaction()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


class _Troubled:
    def __init__(self, tx: Transaction, trouble: Troubled) -> None:
        self._tx, self._trouble = tx, trouble

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._tx, name)
        if name != self._trouble.step:
            return real

        def step(*args: Any, **more: Any) -> Any:
            # First the real step: what it wrote has to be undone as well.
            self._trouble.tried.append(name)
            done = real(*args, **more)
            if self._trouble.faults:
                raise self._trouble.faults.pop(0)
            return done

        return step


def trouble(world: World, step: str, *faults: Exception) -> Troubled:
    store = Troubled(world.parts.database, step, list(faults))
    world.parts = replace(world.parts, assistant=replace(world.parts.assistant, store=store))
    return store


def test_a_conflict_is_heard_again_and_nobody_notices(raised: Play) -> None:
    raised.do("Asha: /update")
    store = trouble(raised.world, "save_escalation", Conflict("somebody was faster"), Conflict("and again"))
    raised.do("""
Asha: The managers met.
  | The update for REF is kept.
""")
    assert len(store.tried) == 3
    assert raised.told().count("updated") == 1
    assert [entry.details["text"] for entry in raised.history() if entry.what == "updated"] == ["The managers met."]


def test_a_conflict_that_does_not_end_is_told_to_the_person_in_the_end(raised: Play) -> None:
    raised.do("Asha: /update")
    trouble(raised.world, "save_escalation", *(Conflict("somebody was faster") for _ in range(50)))
    raised.do("""
Asha: The managers met.
  | Something went wrong on my side, and your last message was not taken.
""")
    assert "updated" not in raised.told()


STEPS = ["save_escalation", "add_history", "add_deliveries", "drop_conversation", "remember", "person"]


@pytest.mark.parametrize("step", STEPS)
def test_an_unexpected_fault_is_told_calmly_and_nothing_given_before_is_lost(raised: Play, step: str) -> None:
    raised.do("""
Asha: /resolve
Asha [Continue]
Asha [It was agreed]
Asha: The directors met.
Asha: A strategy discussion.
Asha [Skip]
Asha [Skip]
Asha fills in
    Has an outcome = An outcome has been agreed
Asha [Continue]
""")
    given, before = answers(raised.world), raised.escalation()
    store = trouble(raised.world, step, ValueError("Kit Marker, 14 Nowhere Lane"))
    with structlog.testing.capture_logs() as logs:
        raised.world.presses(ASHA, "Resolve the escalation")
    assert store.faults == []
    assert re.search(
        r"Something went wrong on my side, and your last message was not taken\. "
        r"Everything you gave before it is kept\. .* the code [0-9a-f]{12}\.",
        raised.world.sees(ASHA),
    )
    assert "Kit" not in raised.world.sees(ASHA)
    assert answers(raised.world) == given
    assert raised.escalation() == before
    assert "resolved" not in raised.told()
    # The code leads to the line in the log, which names the kind of fault and nothing of what was said.
    code = re.findall(r"[0-9a-f]{12}", raised.world.sees(ASHA))[-1]
    (line,) = [line for line in logs if line["log_level"] == "error"]
    assert line["event"] == "message failed"
    assert code in str(line)
    assert "ValueError" in str(line)
    assert "Kit" not in str(logs)
    assert "Nowhere" not in str(logs)
    # And trying again works.
    raised.do("""
Asha [Resolve the escalation]
  | REF is closed
""")


def test_a_fault_of_the_store_is_told_calmly_too(raised: Play) -> None:
    raised.do("Asha: /update")
    trouble(raised.world, "add_history", StoreError("The end mark of the history is missing."))
    with structlog.testing.capture_logs() as logs:
        raised.world.types(ASHA, "The managers met about Kit Marker.")
    assert "Something went wrong on my side, and your last message was not taken." in raised.world.sees(ASHA)
    assert "StoreError" in str(logs)
    assert "Kit" not in str(logs)


def test_an_event_that_failed_is_answered_the_same_way_when_it_comes_again(raised: Play) -> None:
    raised.do("Asha: /update")
    trouble(raised.world, "add_history", ValueError("broken"))
    heard = Heard("fails-once", ASHA, Typed("The managers met."))
    first = raised.world.hear(heard)
    assert raised.world.hear(heard) == Answered(first.deliveries, again=True)
    assert "updated" not in raised.told()
