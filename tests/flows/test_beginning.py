"""What a reminder’s buttons begin: as near to the end as can be, and at the stage at which they were shown only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.escalation import Conversation, Status
from bot.flows.beginning import is_begun, value, value_read
from bot.flows.moved_on import NothingToDo
from bot.flows.noting import Note
from bot.flows.update import WordsSaid
from tests.flows.contexts import ASHA, REFERENCE, context, escalation
from tests.flows.held import held
from tests.flows.test_nudges_words import KINDS, told
from tests.scenes import Play, scene
from tests.talking import buttons_of

SHORT = {"note", "say", "agree"}
"""What settles something by noting it. Moving on, a form and the end take what they take."""


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.name} {kind.now[:10]}")
def test_what_only_has_to_be_noted_takes_three_answers_at_most(kind: object) -> None:
    message = told(kind.about, kind.now, kind.reader, kind.name, **kind.more)  # type: ignore[attr-defined]
    values = [value_read(each.value) for each in buttons_of(message) if each.action == "start"]
    for flow, reference, seed in values:
        if flow in SHORT and (seed.get("chosen") or flow == "agree"):
            decision, asked = held(flow, context(kind.about, seed=seed), {})  # type: ignore[attr-defined]
            assert reference == REFERENCE
            assert not isinstance(decision, NothingToDo)
            assert len(asked) <= 3, list(asked)


def test_a_value_says_which_conversation_at_which_stage_and_what_is_chosen() -> None:
    said = value("note", REFERENCE, chosen="replied", stage="stage-2")
    assert said == f"note {REFERENCE} chosen=replied from=stage-2"
    assert value_read(said) == ("note", REFERENCE, {"chosen": "replied", "from": "stage-2"})
    assert value_read("escalate") == ("escalate", "", {})
    assert value_read(f"note {REFERENCE} reference=E-2ZZ-2ZZ approval=x") == ("note", REFERENCE, {})


def test_what_was_chosen_by_the_button_is_not_asked_again() -> None:
    about = escalation("herefordshire")
    decision, asked = held("note", context(about, seed={"chosen": "replied"}), {})
    assert isinstance(decision, Note)
    assert (decision.what, list(asked)) == ("replied", ["replied.on", "replied.who", "replied.text"])
    decision, asked = held("say", context(about, seed={"chosen": "yes"}), {})
    assert isinstance(decision, WordsSaid)
    assert (bool(decision.said), list(asked)) == (True, ["said_to", "said_how", "said_on"])


@pytest.mark.parametrize(
    ("stage", "status", "seed", "words"),
    [
        (2, Status.OPEN, {"chosen": "replied", "from": "stage-1"}, "move.moved_on"),
        (1, Status.CLOSED, {"chosen": "replied", "from": "stage-1"}, "note.not_now"),
        (1, Status.OPEN, {"chosen": "partnership_acknowledged"}, "note.not_now"),
    ],
)
def test_a_button_that_was_overtaken_asks_nothing_and_changes_nothing(
    stage: int, status: Status, seed: dict[str, str], words: str
) -> None:
    decision, asked = held("note", context(escalation("herefordshire", stage, status), seed=seed), {})
    assert isinstance(decision, NothingToDo)
    assert (decision.words, asked) == (words, {})


@pytest.mark.parametrize(
    ("draft", "seed", "begun"),
    [
        ({}, {}, True),
        ({"from": "stage-1"}, {}, True),
        ({"chosen": "filed"}, {"chosen": "replied"}, False),
        ({"chosen": "replied", "from": "stage-2"}, {"chosen": "replied", "from": "stage-2"}, True),
        ({"from": "stage-2"}, {"from": "stage-2"}, True),
        # Begun at a stage that has been left, or a button of one.
        ({"chosen": "replied", "from": "stage-1"}, {"chosen": "replied", "from": "stage-2"}, False),
        ({"from": "stage-2"}, {"from": "stage-1"}, False),
    ],
)
def test_a_draft_of_the_same_is_gone_on_with(draft: dict[str, str], seed: dict[str, str], begun: bool) -> None:
    about = escalation("herefordshire", 2)
    begun_before = Conversation("d", ASHA, "note", about.reference, seed=draft)
    assert is_begun(begun_before, "note", about, seed) is begun
    assert not is_begun(replace(begun_before, flow="say"), "note", about, seed)
    assert not is_begun(replace(begun_before, about="E-2ZZ-2ZZ"), "note", about, seed)


# ── pressed ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Play]:
    """The morning on which Asha is reminded that nothing was heard of the other side."""
    played = scene("raised", tmp_path)
    played.do("… the days pass until Wednesday 4 March, 09:30 …")
    yield played
    played.world.close()


def test_a_draft_of_something_else_stays_while_another_thing_is_noted(play: Play) -> None:
    play.do("""
Asha: /note
Asha: There was a telephone call
Asha [They replied]
  | is kept
  | When did they reply?
Asha: today
Asha: Grace Madeup
Asha: They will look again.
  | Noted for REF.
Asha: resume
  | When was it?
""")


def test_pressing_what_was_overtaken_leaves_the_open_question_open(play: Play) -> None:
    with play.world.parts.database.transaction() as tx:
        about = tx.escalations()[-1]
        tx.save_escalation(replace(about, stage="stage-2", entered={**about.entered, "stage-2": about.concern}))
    play.do("""
Asha: /update
Asha [They have not replied]
  | What has happened since the last update?
""")
    said = [each.message.summary for each in play.world.chat.at(ASHA)]
    assert any("has moved on meanwhile: it is at Stage 2" in summary for summary in said[-3:])
