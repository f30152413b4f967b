"""Whoever is not known yet is looked up, and heard then: in order, once, whatever is away meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

import pytest

from bot.errors import Away, EscalationBotError, Refused, Shut, TryLater
from bot.newcomers import PATIENCE, PAUSE, Newcomers
from bot.ports import Answered, Command, Heard, Person, Pressed, Transaction, Typed
from bot.roster import Roster
from tests.flows.contexts import ASHA, REFERENCE, escalation
from tests.talking import World

NEW, ZOE = "slack:T1:U1", "slack:T1:U2"
AWAY = Away("The platform is away.", timedelta(seconds=7))


@dataclass
class Register:
    """What the platform says of people; whom it does not know, it refuses."""

    known: dict[str, Person | EscalationBotError] = field(
        default_factory=lambda: {
            NEW: Person(NEW, "Nora Newcomer", "Nurse", "", "nora@example.org"),
            ZOE: Person(ZOE, "Zoe Zealous", "Team Manager", "", "zoe@example.org"),
        }
    )
    asked: list[str] = field(default_factory=list)
    once: list[EscalationBotError] = field(default_factory=list)
    """What goes wrong at the next looks."""
    seconds: float = 0.0
    """What its clock shows."""

    def look_up(self, person: str) -> Person:
        self.asked.append(person)
        if self.once:
            raise self.once.pop()
        found = self.known.get(person, Refused("Nobody knows them."))
        if isinstance(found, EscalationBotError):
            raise found
        return found


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path, quick=True)
    yield world
    world.close()


@pytest.fixture
def register() -> Register:
    return Register()


@pytest.fixture
def newcomers(world: World, register: Register) -> Newcomers:
    return door(world, register)


def door(world: World, register: Register, teams: Mapping[str, str] = MappingProxyType({})) -> Newcomers:
    hear, changed = world.parts.assistant.hear, roster_of(world, teams).changed
    return Newcomers(
        world.parts.database, register, hear, "slack:T1", changed=changed, teams=teams, clock=lambda: register.seconds
    )


def roster_of(world: World, teams: Mapping[str, str] = MappingProxyType({})) -> Roster:
    a = world.parts.assistant
    return Roster(world.parts.database, a.policies, a.calendars, a.words, a.now, teams=teams)


def found(world: World, person: str) -> Person | None:
    with world.parts.database.look() as tx:
        return tx.person(person)


def heard_of(world: World, person: str) -> str:
    world.parts.carrier.carry_all()
    return world.sees(person)


def kept(world: World) -> list[str]:
    with world.parts.database.look() as tx:
        return [heard.event for heard in tx.unheard()]


def test_whoever_is_known_is_heard_at_once(world: World, newcomers: Newcomers, register: Register) -> None:
    assert newcomers.hear(Heard("1", ASHA, Command("help"))) is not None
    assert (register.asked, kept(world)) == ([], [])


def test_whoever_speaks_for_the_first_time_is_looked_up_and_heard_then(
    world: World, newcomers: Newcomers, register: Register
) -> None:
    assert newcomers.hear(Heard("1", NEW, Command("escalate"))) is None
    assert newcomers.hear(Heard("1", NEW, Command("escalate"))) is None
    assert (register.asked, kept(world)) == ([], ["1"])
    assert newcomers.let_in() is None
    assert "immediate danger" in heard_of(world, NEW)
    assert (register.asked, kept(world)) == ([NEW], [])
    with world.parts.database.look() as tx:
        assert tx.person(NEW) == register.known[NEW]
    answered = newcomers.hear(Heard("1", NEW, Command("escalate")))
    assert answered is not None
    assert answered.again


def test_while_the_platform_is_away_all_is_kept_in_order_and_others_are_heard(
    world: World, newcomers: Newcomers, register: Register
) -> None:
    nora, register.known[NEW] = register.known[NEW], AWAY
    for event, what in (("1", Command("escalate")), ("2", Typed("no"))):
        assert newcomers.hear(Heard(event, NEW, what)) is None
    assert newcomers.hear(Heard("3", ZOE, Command("help"))) is None
    assert newcomers.let_in() == AWAY.after
    assert kept(world) == ["1", "2"]
    assert "What I can do" in heard_of(world, ZOE)
    register.known[NEW] = nora
    assert newcomers.let_in() is None
    assert "Which partnership’s policy applies?" in heard_of(world, NEW)


def test_a_look_that_fails_holds_up_all_that_the_same_person_did_afterwards(
    world: World, newcomers: Newcomers, register: Register
) -> None:
    for event, what in (("1", Command("escalate")), ("2", Typed("no"))):
        newcomers.hear(Heard(event, NEW, what))
    register.once = [AWAY]
    assert newcomers.let_in() == AWAY.after
    assert kept(world) == ["1", "2"]
    newcomers.let_in()
    assert "Which partnership’s policy applies?" in heard_of(world, NEW)


@pytest.mark.parametrize("waits_for", ["what they did", "what was told of them"])
def test_somebody_who_has_to_wait_keeps_nobody_else_waiting(
    world: World, newcomers: Newcomers, register: Register, waits_for: str
) -> None:
    nora, register.known[NEW] = register.known[NEW], AWAY
    if waits_for == "what they did":
        newcomers.hear(Heard("1", NEW, Command("escalate")))
    else:
        newcomers.look_again(NEW)
    assert newcomers.let_in(due_only=True) == timedelta(seconds=7)
    register.seconds += 3
    newcomers.hear(Heard("2", ZOE, Command("help")))
    newcomers.hear(Heard("3", NEW, Typed("no")))
    register.asked.clear()
    newcomers.let_in(due_only=True)
    assert register.asked.count(ZOE) == 1
    assert "What I can do" in heard_of(world, ZOE)
    assert register.asked.count(NEW) == (0 if waits_for == "what they did" else 1), "That they did something is news."
    register.known[NEW] = nora
    register.seconds += 7
    assert newcomers.let_in(due_only=True) is None
    assert kept(world) == []


def test_what_somebody_does_meanwhile_is_heard_after_what_they_did_before(world: World, newcomers: Newcomers) -> None:
    newcomers.hear(Heard("1", ASHA, asked_to_whom(world)))
    assert newcomers.hear(Heard("2", ASHA, Typed("I am on leave."))) is None
    newcomers.let_in()
    with world.parts.database.look() as tx:
        talk = tx.conversation(ASHA)
    assert talk is None, "Both questions are answered, in their order."
    assert newcomers.hear(Heard("3", ASHA, Command("help"))) is not None


def test_also_what_they_do_at_the_very_moment_at_which_the_last_of_it_was_heard(
    world: World, newcomers: Newcomers, monkeypatch: pytest.MonkeyPatch
) -> None:
    newcomers.hear(Heard("1", NEW, Command("escalate")))
    newcomers.let_in()
    database, typing = world.parts.database, threading.Thread(target=lambda: newcomers.hear(Heard("2", NEW, PICKS_ZOE)))
    looks, looked = 0, database.look

    @contextmanager
    def look() -> Iterator[Transaction]:
        nonlocal looks
        with looked() as tx:
            if threading.current_thread() is not typing:
                looks += 1
                if looks == 2:  # the last one: what is kept is seen, and then they do something
                    tx.unheard = _then(tx.unheard, typing)  # type: ignore[method-assign]
            yield tx

    monkeypatch.setattr(database, "look", look)
    newcomers.let_in()
    typing.join()
    assert newcomers.hear(Heard("3", NEW, Typed("no"))) is None
    assert kept(world) == ["2", "3"]


PICKS_ZOE = Pressed("answer", "", {"person": ZOE})


def _then(unheard: Callable[[], list[Heard]], typing: threading.Thread) -> Callable[[], list[Heard]]:
    def seen() -> list[Heard]:
        found = unheard()
        typing.start()
        typing.join(0.2)
        return found

    return seen


def test_what_was_kept_is_heard_by_another_process(world: World, newcomers: Newcomers, register: Register) -> None:
    newcomers.hear(Heard("1", NEW, Command("escalate")))
    world.restart()
    assert door(world, register).let_in() is None
    assert "immediate danger" in heard_of(world, NEW)


def test_what_cannot_be_taken_at_the_moment_stays(world: World, register: Register) -> None:
    def away(heard: Heard) -> Answered:
        with world.parts.database.look() as tx:
            if tx.speaker(heard.person) is not None:
                raise TryLater("The store is away.")
        return world.parts.assistant.hear(heard)

    newcomers = Newcomers(world.parts.database, register, away, "slack:T1", clock=lambda: 0.0)
    newcomers.hear(Heard("1", NEW, Command("escalate")))
    assert newcomers.let_in() == PAUSE
    assert kept(world) == ["1"]


def asked_to_whom(world: World) -> Pressed:
    """Asha is asked to whom she passes it; she picks Zoe, whom nobody knows yet."""
    world.has(escalation("herefordshire"))
    world.types(ASHA, f"/pass {REFERENCE}")
    return Pressed("answer", "", {"person": ZOE, "name": ""}, world.chat.at(ASHA)[-1].key)


def test_whoever_is_picked_for_the_first_time_is_looked_up(world: World, newcomers: Newcomers) -> None:
    assert newcomers.hear(Heard("1", ASHA, asked_to_whom(world))) is None
    newcomers.let_in()
    assert "Zoe Zealous, Team Manager, zoe@example.org" in heard_of(world, ASHA)


def test_somebody_whom_the_platform_does_not_know_cannot_be_picked(
    world: World, newcomers: Newcomers, register: Register
) -> None:
    del register.known[ZOE]
    newcomers.hear(Heard("1", ASHA, asked_to_whom(world)))
    assert newcomers.let_in() is None
    assert "That person cannot be reached here" in heard_of(world, ASHA)
    assert kept(world) == []


def test_whoever_is_mentioned_is_called_by_their_name(world: World, newcomers: Newcomers) -> None:
    asked_to_whom(world)
    newcomers.hear(Heard("1", ASHA, Typed(ZOE)))
    newcomers.let_in()
    assert "Zoe Zealous" in heard_of(world, ASHA)
    assert ZOE not in heard_of(world, ASHA)


def test_whoever_is_mentioned_and_cannot_be_looked_up_is_not_left_out_of_what_was_typed(
    world: World, register: Register
) -> None:
    del register.known[ZOE]
    heard: list[Heard] = []

    def hear(each: Heard) -> Answered:
        heard.append(each)
        return Answered(())

    newcomers = Newcomers(world.parts.database, register, hear, "slack:T1")
    newcomers.hear(Heard("1", ASHA, Typed(f"I spoke with {ZOE} on Monday.")))
    newcomers.let_in()
    assert [each.what for each in heard] == [Typed("I spoke with @U2 on Monday.")]


MAILBOX = "zoe@example.org"


@pytest.mark.parametrize(
    ("what", "asked"),
    [
        (Typed("Zoe Zealous, Team Manager, Example Trust, Zoe@example.org"), [MAILBOX]),
        (Pressed("answer", given={"person": "", "name": "Zoe", "email": " zoe@example.org "}), [MAILBOX]),
        (Pressed("fill", given={"whom|person": "", "whom|name": "Zoe", "whom|email": MAILBOX}, message="c/1"), []),
        (Pressed("answer", given={"person": ASHA, "email": MAILBOX}), []),
        (Pressed("answer", given={"person": [], "email": MAILBOX}), [MAILBOX]),
        (Pressed("answer", given={"email": MAILBOX}), []),
        (Typed(MAILBOX), []),
        (Typed(f"I wrote to {MAILBOX}, and to nell@example.org."), []),
        (Typed(f"I wrote to {MAILBOX}, twice. " + "And called them. " * 40), []),
    ],
    ids=[
        "typed", "in the inputs", "on a page that has moved on", "somebody is picked", "nobody can be shown",
        "nobody could be picked",
        "only a mailbox", "several mailboxes", "a long text",
    ],
)  # fmt: skip
def test_whose_details_are_given_is_looked_up_by_the_mailbox(
    world: World, newcomers: Newcomers, register: Register, what: Typed | Pressed, asked: list[str]
) -> None:
    register.known[MAILBOX] = register.known[ZOE]
    asked_to_whom(world)
    newcomers.hear(Heard("1", ASHA, what))
    newcomers.let_in()
    assert register.asked == asked
    if asked:
        assert "Zoe Zealous" in heard_of(world, ASHA)
        assert "who can be reached in this chat" in heard_of(world, ASHA)


def test_whose_mailbox_is_of_nobody_on_the_platform_is_taken_as_given_and_not_asked_after_again(
    world: World, newcomers: Newcomers, register: Register
) -> None:
    asked_to_whom(world)
    for number in range(2):
        newcomers.hear(Heard(f"{number}", ASHA, Typed("Nell Nursery, Manager, Fictional Nursery, nell@example.org")))
        newcomers.let_in()
        assert "Nell Nursery" in heard_of(world, ASHA)
    assert register.asked == ["nell@example.org"]


def test_whoever_is_in_the_directory_is_known_by_their_mailbox(
    world: World, newcomers: Newcomers, register: Register
) -> None:
    nora = register.known[NEW]
    assert isinstance(nora, Person)
    world.parts.know((nora,))
    assert newcomers.hear(Heard("1", ASHA, Typed("Nora Newcomer, NORA@example.org"))) is not None
    assert register.asked == []


def test_whoever_cannot_be_looked_up_is_told_and_not_heard(
    world: World, newcomers: Newcomers, register: Register
) -> None:
    del register.known[NEW]
    newcomers.hear(Heard("1", NEW, Command("escalate")))
    newcomers.let_in()
    newcomers.let_in()
    assert kept(world) == []
    assert heard_of(world, NEW) == "Nobody knows them."
    assert len(world.chat.at(NEW)) == 1


@pytest.mark.parametrize("known_here", [True, False], ids=["while it ran", "while it did not"])
def test_whoever_has_left_is_not_heard_until_their_platform_says_that_they_are_back(
    world: World, newcomers: Newcomers, register: Register, known_here: bool
) -> None:
    nora = register.known[NEW]
    assert isinstance(nora, Person)
    world.parts.know((nora,))
    if known_here:
        newcomers.hear(Heard("0", NEW, Command("help")))
    before = heard_of(world, NEW)
    world.parts.know((replace(nora, left=True),))
    register.known[NEW] = replace(nora, left=True)
    newcomers.hear(Heard("1", NEW, Command("escalate")))
    newcomers.let_in()
    assert (heard_of(world, NEW), kept(world)) == (before, [])
    register.known[NEW] = nora
    newcomers.hear(Heard("2", NEW, Command("escalate")))
    newcomers.let_in()
    assert "immediate danger" in heard_of(world, NEW)


def test_whoever_is_back_is_heard_also_where_another_process_has_kept_what_they_did(
    world: World, newcomers: Newcomers, register: Register
) -> None:
    nora = register.known[NEW]
    assert isinstance(nora, Person)
    world.parts.know((nora, replace(nora, id=ZOE)))
    other = door(world, register)
    other.hear(Heard("0", ZOE, Pressed("answer", "", {"person": NEW}, "")))  # by which it knows them
    world.parts.know((replace(nora, left=True),))
    newcomers.hear(Heard("1", NEW, Command("escalate")))
    other.let_in()
    assert (found(world, NEW), kept(world)) == (nora, [])
    assert "immediate danger" in heard_of(world, NEW)


def test_what_is_told_that_gives_nobody_more_is_believed_and_all_else_is_asked(
    world: World, register: Register
) -> None:
    nora = register.known[NEW]
    assert isinstance(nora, Person)
    newcomers, roster = door(world, register), roster_of(world)
    moved = replace(nora, email="nora@before.example.org")
    for before, told in ((replace(nora, left=True), nora), (replace(nora, guest=True), nora), (nora, moved)):
        world.parts.know((before,))
        assert not roster.told(told)
        assert found(world, NEW) == before
    world.parts.know((nora,))
    for told in (replace(nora, name="Nora Married"), replace(nora, guest=True), replace(nora, left=True)):
        assert roster.told(told)
        assert found(world, NEW) == told
    assert roster.told(register.known[ZOE]), "Nothing is noted of people who have nothing to do with the bot."  # type: ignore[arg-type]
    assert found(world, ZOE) is None
    register.once = [AWAY]
    newcomers.look_again(NEW)
    assert newcomers.let_in() == AWAY.after
    assert found(world, NEW) == replace(nora, left=True)
    assert newcomers.let_in() is None
    assert found(world, NEW) == nora
    register.known[NEW] = Refused("Nobody knows them.")
    newcomers.look_again(NEW)
    assert newcomers.let_in() is None
    register.asked.clear()
    assert newcomers.let_in() is None
    assert (register.asked, found(world, NEW)) == ([], nora)


def test_whoever_comes_is_in_the_team_that_the_settings_say(world: World, register: Register) -> None:
    newcomers = door(world, register, {NEW: "herefordshire"})
    for person in (NEW, ZOE):
        newcomers.hear(Heard(person, person, Command("escalate")))
    newcomers.let_in()
    with world.parts.database.look() as tx:
        teams = [tx.person(each).partnership for each in (NEW, ZOE)]  # type: ignore[union-attr]
    assert teams == ["herefordshire", ""]


@pytest.mark.parametrize(
    ("trouble", "told"),
    [(Shut("A permission is lacking."), True), (TryLater("It asks to wait."), True), (Away("It is away."), False)],
    ids=lambda value: type(value).__name__,
)
def test_whoever_has_to_wait_until_the_bot_may_look_people_up_is_told_so_once(
    world: World, register: Register, trouble: TryLater, told: bool
) -> None:
    """While the platform is away nothing could be said there."""
    mend: list[str] = []
    newcomers = Newcomers(
        world.parts.database, register, world.parts.assistant.hear, "slack:T1",
        clock=lambda: register.seconds, waits="I have kept what you wrote.", shut=mend.append,
    )  # fmt: skip
    register.known[NEW] = trouble
    newcomers.hear(Heard("1", NEW, Command("escalate")))
    for _ in range(2):
        newcomers.let_in()
        assert "kept what you wrote" not in heard_of(world, NEW)
        register.seconds += PATIENCE / 2
    for _ in range(2):
        newcomers.let_in()
    assert heard_of(world, NEW) == ("I have kept what you wrote." if told else "(nothing)")
    assert kept(world) == ["1"]
    assert set(mend) == ({"A permission is lacking."} if isinstance(trouble, Shut) else set())


# ── where there is another platform ──────────────────────────────────────────────────────────────────────────


@dataclass
class OneOfTwo(Register):
    """Slack's part of it answers; Teams does not, while it is away."""

    away: bool = True
    slack_is_away: bool = False

    def look_up(self, person: str) -> Person:
        if self.slack_is_away and "@" not in person:
            raise AWAY
        if self.away and ("@" in person or person.startswith("teams:")):
            raise AWAY
        return super().look_up(person)


def between(world: World, register: Register) -> Newcomers:
    return Newcomers(
        world.parts.database, register, world.parts.assistant.hear, "slack:T1", "teams:t", "console",
        clock=lambda: register.seconds, waits="I have kept what you wrote.",
    )  # fmt: skip


@pytest.mark.parametrize("own", ["answers", "is away"])
def test_while_another_platform_is_away_whoever_is_given_by_mailbox_is_soon_taken_as_given(
    world: World, own: str
) -> None:
    register = OneOfTwo(slack_is_away=own == "is away")
    register.known[ASHA] = Person(ASHA, "Asha Example", "", "", "")
    newcomers = between(world, register)
    asked_to_whom(world)
    newcomers.hear(Heard("1", ASHA, Typed("Nell Nursery, Manager, Fictional Nursery, nell@example.org")))
    newcomers.hear(Heard("2", ASHA, Command("help")))
    for _ in range(2):
        newcomers.let_in()
        assert kept(world) == ["1", "2"]
        register.seconds += PATIENCE / 2
    newcomers.let_in()
    assert (kept(world) == []) is (own == "answers")
    assert ("Nell Nursery" in heard_of(world, ASHA)) is (own == "answers")
    assert "kept what you wrote" not in heard_of(world, ASHA)


def test_whoever_has_to_wait_because_another_platform_is_away_is_told_so_once(world: World) -> None:
    register = OneOfTwo()
    before = Person("teams:t:u1", "Nora Newcomer", "Nurse", "", "nora@example.org", email_verified=True)
    world.parts.know((before,))
    register.known[NEW] = replace(before, id=NEW)
    newcomers = between(world, register)
    newcomers.hear(Heard("1", NEW, Command("escalate")))
    for _ in range(5):
        newcomers.let_in()
        register.seconds += PATIENCE / 2
    assert heard_of(world, NEW) == "I have kept what you wrote."
    assert len(world.chat.at(NEW)) == 1
    register.away, register.known["teams:t:u1"] = False, before
    newcomers.let_in()
    assert kept(world) == []
    with world.parts.database.look() as tx:
        assert len(tx.accounts("teams:t:u1")) == 2


def test_in_its_own_thread_whoever_has_waited_while_another_was_looked_up_is_heard_at_once(
    world: World, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.newcomers.LOOKS_EVERY", timedelta(hours=1))
    another, newcomers = door(world, register), door(world, register)
    another.hear(Heard("1", NEW, Command("escalate")))
    another.hear(Heard("2", ZOE, Command("help")))
    register.once = [TryLater("In a moment.", timedelta(seconds=1))]
    at_once = register.look_up

    def look_up(person: str) -> Person:
        register.seconds += 2
        return at_once(person)

    monkeypatch.setattr(register, "look_up", look_up)
    newcomers.start()
    while kept(world):
        pass
    newcomers.stop()
    assert "immediate danger" in heard_of(world, NEW)


def test_in_its_own_thread_whoever_comes_while_others_have_to_wait_is_heard_at_once(
    world: World, newcomers: Newcomers, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    hour = timedelta(hours=1)
    monkeypatch.setattr("bot.newcomers.LOOKS_EVERY", hour)
    register.known[NEW] = TryLater("The platform is away.", hour)
    newcomers.start()
    newcomers.hear(Heard("1", NEW, Command("escalate")))
    while not register.asked:
        pass
    newcomers.hear(Heard("2", ZOE, Command("help")))
    while "2" in kept(world):
        pass
    newcomers.stop()
    assert "What I can do" in heard_of(world, ZOE)
    assert kept(world) == ["1"]


def test_in_its_own_thread_it_hears_as_soon_as_it_can_and_stops(
    world: World, newcomers: Newcomers, register: Register
) -> None:
    newcomers.start()
    newcomers.hear(Heard("1", NEW, Command("escalate")))
    while kept(world):
        pass
    newcomers.stop()
    assert "immediate danger" in heard_of(world, NEW)
