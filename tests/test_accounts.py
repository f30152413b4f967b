"""Whoever is on two platforms with one work mailbox is one person: never by what is typed, and rather two than one too
many."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

import pytest
from sqlalchemy import create_engine, delete

from bot.accounts import addresses, comes
from bot.errors import Refused, TryLater
from bot.escalation import Entry
from bot.messages import Message
from bot.newcomers import Newcomers
from bot.people import Directory
from bot.ports import Command, Delivery, Heard, Person, Pressed, Typed
from bot.roster import Roster
from bot.store import tables, verify
from bot.teams import enrol
from bot.whereabouts import Whereabouts
from tests.flows.contexts import ASHA, BEN, REFERENCE, escalation
from tests.talking import World
from tests.test_newcomers import Register

TENANT = "teams:00000000-0000-0000-0000-00000000000a"
NORA, OTHER = "slack:T1:U1", "slack:T1:U2"
NORA_IN_TEAMS, OTHER_IN_TEAMS = (f"{TENANT}:11111111-1111-1111-1111-11111111111{n}" for n in (1, 2))
MAILBOX = "nora@example.org"
SLACK_NORA = Person(NORA, "Nora Newcomer", "Nurse", "", MAILBOX, email_verified=True)
TEAMS_NORA = Person(NORA_IN_TEAMS, "Newcomer, Nora", "", "", "Nora@Example.org", email_verified=True)


class Room(World):
    """A bot to which people of two platforms speak."""

    teams: Mapping[str, str] = MappingProxyType({})
    number = 0
    begun: Mapping[str, int] = MappingProxyType({})
    """How long each history was when this test began."""

    def empty(self) -> None:
        """Nobody of either platform is known."""
        engine = create_engine(self.database_url)
        with engine.begin() as connection:
            for table in (tables.accounts, tables.conversations, tables.unheard):
                connection.execute(delete(table))
            connection.execute(delete(tables.people).where(tables.people.c.id.not_like("console:%")))
        engine.dispose()
        self.chat.said.clear()
        self.teams = {}
        self.parts = replace(self.parts, assistant=replace(self.parts.assistant, administrators=()))
        with self.parts.database.look() as tx:
            self.begun = {reference: len(tx.history(reference)) for reference in ("", REFERENCE)}

    def opens(self, *people: Person, served: tuple[str, ...] = ("slack:T1", TENANT, "console")) -> None:
        self.register = Register({each.id: each for each in people})
        self.served = tuple(f"{each}:" for each in served)
        self.parts = replace(self.parts, assistant=replace(self.parts.assistant, served=self.served))
        a = self.parts.assistant
        self.roster = Roster(
            self.parts.database, a.policies, a.calendars, a.words, a.now, a.administrators, self.teams, self.served
        )
        self.newcomers = Newcomers(
            self.parts.database, self.register, a.hear, *served,
            changed=self.roster.changed, teams=self.teams, now=a.now,
        )  # fmt: skip

    def says(self, account: str, what: str | Pressed) -> str:
        """All that was said to this person since, wherever: it is the id in the directory under which it is kept."""
        self.number += 1
        said = Typed(what) if isinstance(what, str) else what
        command = Command(what.removeprefix("/")) if isinstance(what, str) and what.startswith("/") else said
        self.newcomers.hear(Heard(f"{self.number}", account, command))
        self.newcomers.let_in()
        self.parts.carrier.carry_all()
        with self.parts.database.look() as tx:
            speaker = tx.speaker(account)
        return self.sees(speaker.id if speaker else account)

    def here(self) -> list[str]:
        with self.parts.database.look() as tx:
            return [each.id for each in tx.people() if not each.id.startswith("console:")]

    def noted(self, reference: str = "") -> list[Entry]:
        with self.parts.database.look() as tx:
            return tx.history(reference)[self.begun[reference] :]

    def address(self, person: str) -> str:
        with self.parts.database.look() as tx:
            return addresses(tx, person, self.served)[0]


@pytest.fixture(scope="module")
def one_room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    room = Room(tmp_path_factory.mktemp("accounts"), quick=True)
    room.has(escalation("herefordshire"))
    yield room
    room.close()


@pytest.fixture
def room(one_room: Room) -> Room:
    one_room.empty()
    return one_room


def test_whoever_has_the_same_mailbox_on_both_platforms_is_one_person_who_goes_on_where_they_are(room: Room) -> None:
    room.opens(SLACK_NORA, TEAMS_NORA)
    assert "immediate danger" in room.says(NORA, "/escalate")
    assert "Which partnership’s policy applies?" in room.says(NORA_IN_TEAMS, "no")
    assert room.here() == [NORA]
    assert room.address(NORA) == NORA_IN_TEAMS
    [linked] = room.noted()
    assert (linked.what, linked.by) == ("linked", "bot")
    assert linked.details == {"person": NORA, "account": NORA_IN_TEAMS, "mailbox": MAILBOX}
    room.says(NORA, "back")
    assert room.address(NORA) == NORA
    assert verify(room.parts.database) == []


def test_whoever_was_known_first_in_teams_stays_who_they_are_there(room: Room) -> None:
    room.opens(SLACK_NORA, TEAMS_NORA)
    room.says(NORA_IN_TEAMS, "/help")
    room.says(NORA, "/help")
    assert room.here() == [NORA_IN_TEAMS]


@pytest.mark.parametrize(
    "people",
    [
        [SLACK_NORA, replace(TEAMS_NORA, guest=True)],
        [replace(SLACK_NORA, guest=True), TEAMS_NORA],
        [SLACK_NORA, replace(TEAMS_NORA, email="nora@example.com")],
        [replace(SLACK_NORA, email=""), replace(TEAMS_NORA, email="")],
        [SLACK_NORA, replace(TEAMS_NORA, email_verified=False)],
        [replace(SLACK_NORA, email_verified=False), TEAMS_NORA],
        [SLACK_NORA, replace(SLACK_NORA, id=OTHER)],
        [SLACK_NORA, replace(SLACK_NORA, id=OTHER), TEAMS_NORA],
        [replace(TEAMS_NORA, id=OTHER_IN_TEAMS), TEAMS_NORA, SLACK_NORA],
    ],
    ids=[
        "a guest in Teams", "a guest in Slack", "another mailbox", "no mailbox", "a mailbox that Teams does not know",
        "a mailbox that Slack does not know", "two of one platform", "two in Slack", "two in Teams",
    ],
)  # fmt: skip
def test_whose_mailbox_does_not_make_sure_who_they_are_is_linked_with_nobody(room: Room, people: list[Person]) -> None:
    room.opens(*people)
    for each in people:
        room.says(each.id, "/help")
    assert sorted(room.here()) == sorted(each.id for each in people)
    assert room.noted() == []


@pytest.mark.parametrize("now", [replace(TEAMS_NORA, email="married@example.org"), Refused("They are nowhere.")])
def test_whoever_has_got_the_mailbox_of_somebody_else_is_not_taken_for_them(room: Room, now: Person | Refused) -> None:
    room.opens(replace(SLACK_NORA, name="Nora Newstarter"), TEAMS_NORA)
    for said in ("/escalate", "no", "save"):
        room.says(NORA_IN_TEAMS, said)
    room.register.known[NORA_IN_TEAMS] = now
    assert "Which partnership’s policy applies?" not in room.says(NORA, "/resume")
    assert sorted(room.here()) == sorted([NORA, NORA_IN_TEAMS])
    assert room.noted() == []


@pytest.mark.parametrize(
    ("now", "who"),
    [
        (TEAMS_NORA, NORA_IN_TEAMS),
        (replace(TEAMS_NORA, left=True), NORA),
        (replace(TEAMS_NORA, guest=True), NORA),
        (replace(TEAMS_NORA, email="married@example.org"), NORA),
        (replace(TEAMS_NORA, email=""), NORA),
        (replace(TEAMS_NORA, email_verified=False), NORA),
        (None, NORA),
    ],
    ids=[
        "it is theirs",
        "they have left",
        "they are a guest",
        "another",
        "none",
        "not known to be theirs",
        "not found",
    ],
)
def test_whoever_is_known_with_the_mailbox_is_asked_after_before_anybody_is_linked_with_them(
    room: Room, now: Person | None, who: str
) -> None:
    with room.parts.database.transaction() as tx:
        tx.keep_person(TEAMS_NORA)
        assert comes(tx, SLACK_NORA, {}, room.moment, {}, "") == [NORA_IN_TEAMS]
        assert tx.speaker(NORA) is None
        assert comes(tx, SLACK_NORA, {}, room.moment, {NORA_IN_TEAMS: now}, "") == []
        assert tx.speaker(NORA).id == who  # type: ignore[union-attr]


def test_it_waits_until_it_can_be_asked_whether_somebody_still_has_their_mailbox(room: Room) -> None:
    room.opens(SLACK_NORA, TEAMS_NORA)
    room.says(NORA_IN_TEAMS, "/help")
    room.register.known[NORA_IN_TEAMS] = TryLater("Teams is away.")
    before = room.sees(NORA_IN_TEAMS)
    assert room.says(NORA, "/escalate") == "(nothing)"
    assert room.here() == [NORA_IN_TEAMS]
    room.register.known[NORA_IN_TEAMS] = TEAMS_NORA
    room.newcomers.let_in()
    room.parts.carrier.carry_all()
    assert "immediate danger" in room.sees(NORA_IN_TEAMS).removeprefix(before)
    assert room.here() == [NORA_IN_TEAMS]


def test_what_names_somebody_waits_as_well_until_it_is_known_who_they_are(room: Room) -> None:
    room.opens(SLACK_NORA)
    room.says(NORA, "/help")
    room.register.known |= {NORA: TryLater("Slack is away."), "n@example.org": TEAMS_NORA}
    room.types(ASHA, f"/pass {REFERENCE}")
    for _ in range(2):
        room.says(ASHA, "Nora, Nurse, n@example.org")
    assert room.here() == [NORA]
    room.register.known[NORA] = SLACK_NORA
    room.newcomers.let_in()
    assert room.here() == [NORA]
    assert [entry.what for entry in room.noted()] == ["linked"]


def test_whoever_comes_later_with_the_mailbox_of_somebody_who_is_linked_is_somebody_else(room: Room) -> None:
    later = replace(TEAMS_NORA, id=OTHER_IN_TEAMS)
    room.opens(SLACK_NORA, TEAMS_NORA, later)
    for each in (NORA, NORA_IN_TEAMS, OTHER_IN_TEAMS):
        room.says(each, "/help")
    assert sorted(room.here()) == sorted([NORA, OTHER_IN_TEAMS])
    room.roster.changed(replace(SLACK_NORA, email="married@example.org"))
    room.says(NORA_IN_TEAMS, "/escalate")
    assert sorted(room.here()) == sorted([NORA, OTHER_IN_TEAMS]), "The link stays what it was."


def test_a_mailbox_by_which_somebody_was_linked_links_nobody_else_on_that_platform(room: Room) -> None:
    successor = replace(SLACK_NORA, id=OTHER)
    room.opens(SLACK_NORA, TEAMS_NORA, successor, replace(TEAMS_NORA, id=OTHER_IN_TEAMS))
    for each in (NORA, NORA_IN_TEAMS):
        room.says(each, "/help")
    room.roster.changed(replace(SLACK_NORA, email="married@example.org"))
    for each in (OTHER, OTHER_IN_TEAMS):
        room.says(each, "/help")
    assert sorted(room.here()) == sorted([NORA, OTHER, OTHER_IN_TEAMS])


def test_two_people_who_are_known_already_stay_two_whatever_mailboxes_they_have_later(room: Room) -> None:
    apart = replace(TEAMS_NORA, email="n.newcomer@example.org")
    room.opens(SLACK_NORA, apart)
    room.says(NORA, "/help")
    room.says(NORA_IN_TEAMS, "/help")
    room.roster.changed(TEAMS_NORA)
    room.says(NORA_IN_TEAMS, "/escalate")
    assert sorted(room.here()) == sorted([NORA, NORA_IN_TEAMS])


def test_a_mailbox_that_is_typed_links_nobody(room: Room) -> None:
    room.opens(replace(SLACK_NORA, email=""), TEAMS_NORA)
    room.says(NORA, "/escalate")
    room.says(NORA, MAILBOX)
    room.says(NORA_IN_TEAMS, "/help")
    assert sorted(room.here()) == sorted([NORA, NORA_IN_TEAMS])


def test_somebody_whose_account_on_one_platform_is_closed_is_still_there_on_the_other(room: Room) -> None:
    room.opens(SLACK_NORA, TEAMS_NORA)
    room.says(NORA_IN_TEAMS, "/help")
    said = room.says(NORA, "/help")
    closed = replace(TEAMS_NORA, left=True)
    room.roster.changed(closed)
    room.register.known[NORA_IN_TEAMS] = closed
    assert room.here() == [NORA_IN_TEAMS]
    assert room.address(NORA_IN_TEAMS) == NORA
    room.says(NORA_IN_TEAMS, "/escalate")
    assert room.sees(NORA_IN_TEAMS) == said, "Nothing is heard from an account that is closed."
    assert "immediate danger" in room.says(NORA, "/escalate")
    room.roster.changed(replace(SLACK_NORA, left=True))
    assert room.here() == []
    room.register.known[NORA_IN_TEAMS] = TEAMS_NORA
    assert "immediate danger" in room.says(NORA_IN_TEAMS, "/help")
    assert room.here() == [NORA_IN_TEAMS]
    assert [entry.what for entry in room.noted()] == ["linked", "account gone", "account gone", "account back"]


def test_the_other_account_tells_who_somebody_is_only_where_the_first_is_gone(room: Room) -> None:
    room.opens(SLACK_NORA, TEAMS_NORA)
    room.says(NORA, "/help")
    room.says(NORA_IN_TEAMS, "/help")
    renamed = replace(TEAMS_NORA, name="Nora Married", email="married@example.org")
    for left, expected in ((False, MAILBOX), (True, "married@example.org")):
        room.roster.changed(replace(SLACK_NORA, left=left))
        room.roster.changed(renamed)
        with room.parts.database.look() as tx:
            assert tx.person(NORA).email == expected  # type: ignore[union-attr]


@pytest.mark.parametrize("profile", [SLACK_NORA, TEAMS_NORA], ids=["where they were known first", "elsewhere"])
def test_whoever_becomes_a_guest_is_linked_no_longer(room: Room, profile: Person) -> None:
    room.opens(SLACK_NORA, TEAMS_NORA)
    room.says(NORA, "/help")
    room.says(NORA_IN_TEAMS, "/help")
    guest = replace(profile, guest=True)
    room.roster.changed(guest)
    room.register.known[profile.id] = guest
    room.says(NORA_IN_TEAMS, "/help")
    assert sorted(room.here()) == sorted([NORA, NORA_IN_TEAMS])
    assert [entry.what for entry in room.noted()] == ["linked", "link ended"]
    with room.parts.database.look() as tx:
        assert tx.accounts() == []


# ── a platform that is not served any more ───────────────────────────────────────────────────────────────────

SPARE_NORA = replace(SLACK_NORA, id="slack:T0:U9")
"""As she was known in a spare workspace, in which the bot was tried."""


@pytest.mark.parametrize("before", [SPARE_NORA, TEAMS_NORA], ids=["a spare workspace", "Teams"])
def test_whoever_was_known_only_where_the_bot_is_no_more_is_linked_with_nobody_and_answered(
    room: Room, before: Person
) -> None:
    room.parts.know((before,))
    room.opens(SLACK_NORA, served=("slack:T1",))
    assert "immediate danger" in room.says(NORA, "/escalate")
    assert sorted(room.here()) == sorted([NORA, before.id])
    assert (room.address(NORA), room.noted()) == (NORA, [])


def test_nor_does_who_they_were_there_part_who_they_are_on_the_platforms_that_are_served(room: Room) -> None:
    room.parts.know((SPARE_NORA,))
    room.opens(SLACK_NORA, TEAMS_NORA)
    for account in (NORA, NORA_IN_TEAMS):
        room.says(account, "/help")
    assert sorted(room.here()) == sorted([NORA, SPARE_NORA.id])
    assert [dict(entry.details) for entry in room.noted()] == [
        {"person": NORA, "account": NORA_IN_TEAMS, "mailbox": MAILBOX}
    ]


def test_whose_details_are_given_is_who_can_be_reached(room: Room) -> None:
    room.parts.know((SPARE_NORA,))
    room.opens(SLACK_NORA, served=("slack:T1", "console"))
    room.register.known[MAILBOX] = SLACK_NORA
    room.types(ASHA, f"/pass {REFERENCE}")
    room.says(ASHA, "Nora Newcomer, Nurse, nora@example.org")
    with room.parts.database.look() as tx:
        talk = tx.conversation(ASHA)
    assert talk is not None
    assert NORA in str(talk.answers)
    assert SPARE_NORA.id not in str(talk.answers)


def test_whoever_is_linked_is_there_as_long_as_they_are_on_a_platform_that_is_served(room: Room) -> None:
    """They were known in Teams first, and speak there last; then Teams is taken away, and comes again."""
    room.opens(SLACK_NORA, TEAMS_NORA)
    for account in (NORA_IN_TEAMS, NORA, NORA_IN_TEAMS):
        room.says(account, "/help")
    assert room.address(NORA_IN_TEAMS) == NORA_IN_TEAMS
    room.opens(SLACK_NORA, served=("slack:T1",))
    assert room.address(NORA_IN_TEAMS) == NORA
    room.roster.changed(replace(SLACK_NORA, name="Nora Married"))
    with room.parts.database.look() as tx:
        assert tx.person(NORA_IN_TEAMS).name == "Nora Married"  # type: ignore[union-attr]
    room.roster.changed(replace(SLACK_NORA, left=True))
    assert room.here() == []
    room.opens(SLACK_NORA, TEAMS_NORA)
    assert "immediate danger" in room.says(NORA_IN_TEAMS, "/escalate")
    assert room.here() == [NORA_IN_TEAMS]


def test_whoever_cannot_be_reached_is_found_by_nothing_but_their_id() -> None:
    here = {each.id: each for each in (SLACK_NORA, SPARE_NORA)} | {OTHER: replace(SLACK_NORA, id=OTHER, left=True)}
    people = Directory(here.get, lambda: [SLACK_NORA])
    assert list(people) == [NORA]
    assert people[SPARE_NORA.id] == SPARE_NORA
    assert OTHER not in people
    assert "" not in people


# ── as which of them somebody is named ───────────────────────────────────────────────────────────────────────


def test_whoever_is_picked_by_the_other_id_is_the_same_person(room: Room) -> None:
    room.opens(SLACK_NORA, TEAMS_NORA)
    room.says(NORA, "/help")
    room.types(ASHA, f"/pass {REFERENCE}")
    room.says(ASHA, Pressed("answer", "", {"person": NORA_IN_TEAMS, "name": ""}, room.chat.at(ASHA)[-1].key))
    with room.parts.database.look() as tx:
        talk = tx.conversation(ASHA)
    assert talk is not None
    assert NORA in str(talk.answers)
    assert NORA_IN_TEAMS not in str(talk.answers)


def test_what_somebody_did_under_the_other_id_stands_so_in_the_history_of_the_escalation(room: Room) -> None:
    ben = next(each for each in room.known() if each.id == BEN)
    in_teams = replace(TEAMS_NORA, name="Ben", email=ben.email)
    room.opens(in_teams, replace(ben, email_verified=True))
    room.says(NORA_IN_TEAMS, f"/snooze {REFERENCE}")
    room.says(NORA_IN_TEAMS, "/my-escalations")
    [looked] = [entry for entry in room.noted(REFERENCE) if entry.what == "viewed"]
    assert (looked.by, dict(looked.details)) == (BEN, {"account": NORA_IN_TEAMS})
    room.says(BEN, "/my-escalations")
    assert "account" not in room.noted(REFERENCE)[-1].details


def test_whoever_is_named_in_the_settings_by_the_other_id_is_in_the_team(room: Room) -> None:
    room.teams = {NORA_IN_TEAMS: "herefordshire"}
    room.opens(SLACK_NORA, TEAMS_NORA)
    for account in (NORA, NORA_IN_TEAMS):
        room.says(account, "/help")
    for _ in range(2):
        with room.parts.database.look() as tx:
            assert tx.person(NORA).partnership == "herefordshire"  # type: ignore[union-attr]
        enrol(room.parts.database, room.teams)
    enrol(room.parts.database, {})
    with room.parts.database.look() as tx:
        assert tx.person(NORA).partnership == ""  # type: ignore[union-attr]


@pytest.mark.parametrize("named", [NORA, NORA_IN_TEAMS])
@pytest.mark.parametrize("speaks", [NORA, NORA_IN_TEAMS])
def test_an_administrator_is_one_whichever_of_their_ids_the_settings_name(room: Room, named: str, speaks: str) -> None:
    room.parts = replace(room.parts, assistant=replace(room.parts.assistant, administrators=(named,)))
    room.opens(SLACK_NORA, TEAMS_NORA, replace(SLACK_NORA, id=OTHER, email="other@example.org"))
    for account in (NORA, NORA_IN_TEAMS):
        room.says(account, "/help")
    with room.parts.database.transaction() as tx:
        tx.add_deliveries([Delivery(key := f"d-{named}-{speaks}", "direct", BEN, Message("Hello", ()))])
        tx.give_up(key, "They are away.", room.moment, held=True, lease=None)
    assert "I cannot find" in room.says(OTHER, Pressed("arrived", key))
    assert "it will not be sent again" in room.says(speaks, Pressed("arrived", key))


def test_it_is_asked_after_each_of_somebodys_accounts(room: Room) -> None:
    room.opens(SLACK_NORA, TEAMS_NORA)
    for account in (NORA, NORA_IN_TEAMS):
        room.says(account, "/help")
    room.register.asked.clear()
    whereabouts = Whereabouts(
        room.parts.database, room.register, room.roster.changed, room.newcomers.meet, "slack:T1", TENANT,
        always=[NORA], pace=timedelta(),
    )  # fmt: skip
    whereabouts.look()
    assert room.register.asked == [NORA, NORA_IN_TEAMS]
