"""Whenever the bot is stopped and started again, a conversation goes on as if nothing had happened."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.config import SHIPPED
from bot.messages import Message, words_of
from bot.ports import Answered, Delivery, Heard, Store, Transaction, Typed
from bot.store.opening import open_database
from tests.dialogues.script import Script
from tests.scenes import DIALOGUES
from tests.talking import World, buttons_of, entries_of

NAMES = sorted(path.stem for path in SHIPPED.glob("*.yml"))
"""Each policy has a dialogue of its name that goes from /escalate to closed."""
STOPPED, PEEKED = NAMES[::2], NAMES[1::2]
"""Of half of them the bot is really stopped after every message; under the others a new one is only asked each time."""
EXAMPLES = max(2, settings().max_examples // 25)
"""Each plays a whole dialogue."""


class Interrupted(World):
    """A world in which the bot is stopped after the given messages; True: before anything of it was delivered."""

    def __init__(self, folder: Path, stops: Mapping[int, bool]) -> None:
        super().__init__(folder, quick=True)
        self.stops = stops
        self.heard = 0

    def hear(self, heard: Heard) -> Answered:
        answered = self.parts.assistant.hear(heard)
        self.heard += 1
        before_delivery = self.stops.get(self.heard)
        if before_delivery is True:
            self.restart()
        self.parts.carrier.carry_all()
        if before_delivery is False:
            self.restart()
        return answered


@dataclass(frozen=True)
class Ending:
    """Everything that a dialogue leads to, without the ids that are drawn by lot."""

    said: tuple[tuple[str, str], ...]
    letters: tuple[str, ...]
    record: str
    history: tuple[str, ...]
    messages: int


def ending(world: Interrupted) -> Ending:
    with world.parts.database.transaction() as tx:
        (escalation,) = tx.escalations()
        history = tx.history(escalation.reference)
        approvals = tx.approvals(escalation.reference)

    def plain(text: object) -> str:
        return re.sub(r"[0-9a-f]{32}", "ID", str(text).replace(escalation.reference, "REF"))

    return Ending(
        tuple((said.place, plain(words_of(said.message))) for said in world.chat.said.values()),
        tuple(
            plain((letter.key, letter.to, letter.subject, letter.body, len(letter.attachments)))
            for letter in world.mail.letters.values()
        ),
        plain((replace(escalation, version=0), approvals)),
        tuple(plain(entry) for entry in history),
        world.heard,
    )


def played(name: str, stops: Mapping[int, bool]) -> Ending:
    with tempfile.TemporaryDirectory() as folder:
        world = Interrupted(Path(folder), stops)
        try:
            Script(DIALOGUES / f"{name}.txt", world).play()
            return ending(world)
        finally:
            world.close()


@cache
def undisturbed(name: str) -> Ending:
    return played(name, {})


@pytest.mark.parametrize("place", range(len(STOPPED)), ids=STOPPED)
def test_a_dialogue_ends_the_same_when_the_bot_is_stopped_after_every_message(place: int) -> None:
    """By turns before and after anything of it was delivered."""
    wanted = undisturbed(STOPPED[place])
    assert wanted.messages > 30
    stops = {number: (number + place) % 2 > 0 for number in range(1, wanted.messages + 1)}
    assert played(STOPPED[place], stops) == wanted


def test_a_dialogue_ends_the_same_wherever_the_bot_was_stopped() -> None:
    wanted = undisturbed("sefton")

    @settings(max_examples=EXAMPLES)
    @given(st.dictionaries(st.integers(1, wanted.messages), st.booleans(), min_size=4, max_size=8))
    def wherever(stops: Mapping[int, bool]) -> None:
        assert played("sefton", stops) == wanted

    wherever()


# ── the next question is in the database, not in the bot ─────────────────────────────────────────────────────


class Undone(BaseException):
    """Leaves a transaction by an error that no edge catches, so that nothing of it is saved."""


@dataclass
class Peeking:
    """A store of ours around a real one: says what would be said, and saves nothing."""

    store: Store
    said: list[Delivery] = field(default_factory=list)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        with self.store.transaction() as tx:
            yield _Peeking(tx, self.said)
            raise Undone

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


class _Peeking:
    def __init__(self, tx: Transaction, said: list[Delivery]) -> None:
        self._tx, self._said = tx, said

    def add_deliveries(self, deliveries: Sequence[Delivery]) -> None:
        self._said.extend(deliveries)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)


class Watched(World):
    """After every message a bot that has just been started is asked what it would ask."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, quick=True)
        self.compared = 0

    def hear(self, heard: Heard) -> Answered:
        answered = super().hear(heard)
        with self.parts.database.transaction() as tx:
            conversation = tx.conversation(heard.person)
        if conversation is not None:
            shown = self.chat.said[conversation.seed["shown in"]]
            assert shown.key == conversation.message
            self.compare(shown.message, self.asked_by_a_new_bot(heard.person))
        return answered

    def asked_by_a_new_bot(self, person: str) -> Message:
        database = open_database(self.database_url, self.folder / "keyring.json")
        try:
            peeking = Peeking(database)
            assistant = replace(self.parts.assistant, store=peeking)
            with pytest.raises(Undone):
                assistant.hear(Heard("peek", person, Typed("help")))
            return next(each.message for each in reversed(peeking.said) if each.message and each.kind == "direct")
        finally:
            database.close()

    def compare(self, shown: Message, again: Message) -> None:
        if {button.action for button in buttons_of(shown)} & {"confirm", "erase"}:
            return  # Help at "Is that right?" asks the question itself again, so there is nothing to compare.
        assert again.summary == shown.summary
        assert entries_of(again) == entries_of(shown)
        assert buttons_of(again) == buttons_of(shown)
        self.compared += 1


@pytest.mark.parametrize("name", PEEKED)
def test_after_every_message_a_new_bot_on_the_same_database_asks_the_same(name: str, tmp_path: Path) -> None:
    world = Watched(tmp_path)
    try:
        Script(DIALOGUES / f"{name}.txt", world).play()
        assert world.compared > 25
    finally:
        world.close()
