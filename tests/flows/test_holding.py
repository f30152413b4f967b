"""What an input holds and cannot show stays held, until something else is given."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from datetime import date
from typing import Any

import pytest

from bot.escalation import Conversation
from bot.fields import Attestation, Paragraph, Professional, Reading
from bot.flows.conversation import Act, turn
from bot.flows.paging import fill, is_kept
from bot.flows.questions import Question
from bot.flows.showing import page_message
from bot.messages import Entry
from bot.words import load as load_words

GRACE = {"name": "Grace Known", "role": "Head", "agency": "School", "email": "grace@example.org", "person": "slack:T:G"}
SAM = {"name": "Sam Known", "role": "Nurse", "agency": "Trust", "email": "sam@example.org", "person": "slack:T:S"}
READING = Reading(date(2026, 3, 27), people={each["person"]: each for each in (GRACE, SAM)})
NOTHING = {"name": "", "role": "", "agency": "", "email": ""}
LEFT: Mapping[str, str | Sequence[str]] = {"person": [], **NOTHING}
"""What comes from inputs that show nobody, and that nobody has touched."""
WHO = Question("who", "Who?", Professional(pick=True))
SIGNS = Question("signs", "Who signs?", Attestation(side="raising"), optional=True)


def flow() -> Generator[Question, Any, Any]:
    return [(yield WHO), (yield SIGNS)]


def picked(**given: Any) -> Conversation:
    """Somebody picked Grace elsewhere, and pressed Save."""
    before = {"person": GRACE["person"], **NOTHING, **given}
    return turn(Conversation("c1", "slack:T:A", "deputy"), flow, Act("save", given=before), READING).conversation


def answered(state: Conversation, **given: Any) -> Any:
    after = turn(state, flow, Act("answer", given={**LEFT, **given}), READING).conversation
    return after.answers.get("who", {}).get("value", after.pending)


def test_left_as_it_was_it_is_the_answer() -> None:
    assert answered(picked()) == GRACE
    assert answered(Conversation("c1", "slack:T:A", "deputy", answers={"who": {"value": SAM}}, editing="who")) == SAM


@pytest.mark.parametrize("action", ["help", "back", "cancel", "save", "page"])
def test_left_as_it_was_it_is_kept_whatever_is_pressed(action: str) -> None:
    after = turn(picked(), flow, Act(action, given=LEFT), READING).conversation
    assert after.pending["given"]["person"] == GRACE["person"]
    assert answered(after) == GRACE


@pytest.mark.parametrize(
    ("given", "person"),
    [
        ({"agency": "Another School"}, GRACE["person"]),
        ({"person": SAM["person"]}, SAM["person"]),
        ({"name": "Sam Known"}, SAM["person"]),
        ({"email": "SAM@example.org"}, SAM["person"]),
        ({"name": "Zoe Stranger", "email": "zoe@example.org"}, ""),
        ({"name": "Grace", "email": "grace@home.example"}, ""),
    ],
)
def test_whoever_picks_or_names_somebody_else_means_them(given: Mapping[str, str], person: str) -> None:
    assert answered(picked(), **given)["person"] == person


def test_a_name_that_stands_beside_it_already_is_nobody_else() -> None:
    assert answered(picked(name="Grace Known"), name="Grace Known ") == GRACE


def test_on_a_page_it_is_the_same() -> None:
    page = {f"who|{name}": held for name, held in LEFT.items()}
    done = fill(picked(), flow, page, "p", READING)
    assert (done.conversation.answers["who"], dict(done.problems)) == ({"value": GRACE}, {})
    assert is_kept(done.conversation, flow, page, READING)
    assert is_kept(picked(), flow, page, READING)
    named = fill(picked(), flow, {**page, "who|name": "Zoe Stranger"}, "p", READING)
    assert named.conversation.answers["who"]["value"]["person"] == ""


def test_a_page_holds_whom_the_message_held_that_it_stands_for() -> None:
    message = page_message(picked(), (WHO,), load_words(), {**LEFT, "agency": "Another School"})
    held = {part.id: part.initial for part in message.parts if isinstance(part, Entry)}
    assert held == {
        f"who|{name}": text for name, text in {**NOTHING, "person": GRACE["person"], "agency": "Another School"}.items()
    }


def test_whoever_signs_stays_held_too() -> None:
    state = Conversation("c1", "slack:T:A", "report", answers={"who": {"value": SAM}})
    block = {"how": "in_chat", "name": "", "role": "", "agency": "", "date": "", "because": ""}
    kept = turn(state, flow, Act("help", given={**block, "person": GRACE["person"]}), READING).conversation
    signed = turn(kept, flow, Act("answer", given={**block, "person": []}), READING).conversation.answers["signs"]
    assert (signed["value"]["person"], signed["value"]["name"]) == (GRACE["person"], "Grace Known")


def test_a_text_that_is_too_long_for_its_input_is_the_answer_until_another_is_typed() -> None:
    def story() -> Generator[Question, Any, Any]:
        return (yield Question("why", "Why?", Paragraph()))

    text = "It is so. " * 2000 + "Truly."
    kept = turn(
        Conversation("c1", "slack:T:A", "report"), story, Act("save", given={"answer": text}), READING
    ).conversation
    for given, answer in (([], text), ("Anew.", "Anew.")):
        after = turn(kept, story, Act("answer", given={"answer": given}), READING).conversation
        assert after.answers["why"] == {"value": answer}
