"""Whoever is picked to sign a form can sign it, recorded at a stage or not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.contexts import ASHA, escalation
from tests.talking import World

DELE = "console:dele"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, now="2026-03-27T10:00")
    with made.parts.database.transaction() as tx:
        tx.add_escalation(escalation("islands", 3))
    yield made
    made.close()


def send_the_form_with_a_signature_of(world: World, person: str) -> None:
    """Fill in what is needed; `person` is to confirm the first signature in chat."""
    world.types(ASHA, "/report")
    for _ in range(20):
        seen = world.sees(ASHA)
        if "[Send it now]" in seen:
            world.presses(ASHA, "Send it now")
            return
        if "Signature of challenger manager" in seen:
            fresh = {"how": "in_chat", "person": person, "name": "", "role": "", "agency": ""}
            world.presses(ASHA, "Continue", fresh)
        elif "Signature of challenged" in seen:
            world.presses(ASHA, "Continue", {"how": "not_yet"})
        elif "[Skip]" in seen:
            world.presses(ASHA, "Skip")
        else:
            world.presses(ASHA, "Continue", {"answer": "An example"})
    raise AssertionError(world.sees(ASHA))


def test_somebody_who_is_recorded_at_no_stage_confirms_what_they_were_asked_to_confirm(world: World) -> None:
    send_the_form_with_a_signature_of(world, DELE)
    assert "asks you to confirm" in world.sees(DELE)
    world.presses(DELE, "I confirm it")
    assert "cannot find" not in world.sees(DELE)
    assert "Dele Pretend has confirmed" in world.sees(ASHA)


def test_somebody_who_is_recorded_at_no_stage_may_decline_with_a_reason(world: World) -> None:
    send_the_form_with_a_signature_of(world, DELE)
    world.presses(DELE, "I decline")
    assert "cannot find" not in world.sees(DELE)
    world.types(DELE, "I have not read it.")
    assert "Dele Pretend has declined" in world.sees(ASHA)
    assert "has been told your reason" in world.sees(DELE)
