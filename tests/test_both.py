"""One bot on Slack and on Teams: people who are on both are one person, and what is said goes where they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette

from bot.chat.console.people import PEOPLE
from bot.chat.pace import Pace
from bot.chat.teams.ids import person_of
from bot.errors import Away, ConfigError, Refused, Shut, TryLater
from bot.messages import Message
from bot.metrics import Metrics
from bot.ports import Account, Due, Person
from bot.precedence import Precedence
from bot.store import verify
from bot.teams_settings import TeamsAccess
from bot.wiring import Parts
from bot.wiring.addressed import Addressed, on
from bot.wiring.arrivals import Arrivals, Served
from bot.wiring.both import Both, Chats, Registers
from bot.wiring.live import check_teams
from bot.wiring.teams import InTeams
from tests.abroad import Running
from tests.flows.contexts import escalation
from tests.mail.certificates import authority, make, serving, trusting
from tests.slack.bot import SlackWorld
from tests.talking import ChatFake, World
from tests.teams import TeamsFake
from tests.teams.login import SECRET

REFERENCE = "E-4KX-7PW"
CHANNEL = "herefordshire-escalations"


# ── where each thing goes ────────────────────────────────────────────────────────────────────────────────────


class Room:
    """One platform, whose ids begin as its name says."""

    people: tuple[Person, ...] = ()

    def __init__(self, name: str, *channels: str) -> None:
        self.place, self.channels, self.chat = f"{name}:t:", channels, RoomChat(name)
        self.profiles, self.known, self.closed = self, dict[str, Person | Exception](), False

    def look_up(self, person: str) -> Person:
        found = self.known.get(person, Refused(f"Nobody in {self.place} is {person}."))
        if isinstance(found, Exception):
            raise found
        return found

    def has_channel(self, name: str) -> bool:
        return name in self.channels

    def has_said(self, message: str) -> bool:
        return message.startswith(self.place)

    def check_host(self, host: str) -> None: ...

    def reached(self, address: object) -> str:
        return f"{self.place}{address}"

    def app(self, parts: Parts, hear: object) -> Starlette:
        raise AssertionError("Both of them are served in one application.")

    def served(self, parts: Parts, arrivals: Arrivals) -> Served:
        raise AssertionError("Nobody comes here.")

    def close(self) -> None:
        self.closed = True


class RoomChat(ChatFake):
    def __init__(self, name: str) -> None:
        super().__init__()
        self.name, self.calls = name, list[str]()
        self.finds: dict[str, str] = {}
        self.refuses = ""
        self.trouble: TryLater | None = None

    def direct(self, key: str, person: str, message: Message) -> str:
        if self.refuses:
            raise Refused(self.refuses)
        if self.trouble:
            raise self.trouble
        self.calls.append(f"direct {person}")
        return f"{self.name}:t:{key}"

    def thread(self, key: str, channel: str, under: str, message: Message) -> str:
        self.calls.append(f"thread {channel} {under}".strip())
        return f"{self.name}:t:{key}"

    def edit(self, key: str, message_id: str, message: Message) -> str:
        self.calls.append(f"edit {message_id}")
        return message_id

    def find(self, due: Due) -> str:
        self.calls.append(f"find {due.to}")
        return self.finds.get(due.to, "")

    def link(self, channel: str, message_id: str) -> str:
        return f"{self.name}/{message_id}"


SLACK_ID, TEAMS_ID = "slack:t:U1", "teams:t:u1"
SAID = Message("Hello", ())


@pytest.fixture
def rooms() -> tuple[Room, Room]:
    return Room("slack", "in-slack", "in-both"), Room("teams", "in-teams", "in-both")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path, quick=True)
    with world.parts.database.transaction() as tx:
        tx.keep_person(Person(SLACK_ID, "Nora", "", "", "nora@example.org"))
        for each in (SLACK_ID, TEAMS_ID):
            tx.keep_account(Account(each, SLACK_ID, "nora@example.org", world.moment))
    yield world
    world.close()


@pytest.fixture
def chats(world: World, rooms: tuple[Room, Room]) -> Addressed:
    """She has spoken in Teams last."""
    with world.parts.database.transaction() as tx:
        tx.speaks(TEAMS_ID)
    return Addressed(Chats(*rooms), world.parts.database, ("slack:t:", "teams:t:"))


def test_each_message_goes_where_its_person_or_channel_is_and_a_thread_on_where_it_began(
    rooms: tuple[Room, Room],
) -> None:
    slack, teams = rooms
    chats = Chats(*rooms)
    chats.direct("1", SLACK_ID, SAID)
    chats.direct("2", TEAMS_ID, SAID)
    chats.thread("3", "in-teams", "", SAID)
    chats.thread("4", "in-teams", "slack:t:9", SAID)
    chats.edit("5", "teams:t:9", SAID)
    chats.thread("6", "in-slack", "", SAID)
    assert chats.link("in-slack", "teams:t:9") == "teams/teams:t:9"
    assert slack.chat.calls == [f"direct {SLACK_ID}", "thread in-teams slack:t:9", "thread in-slack"]
    assert teams.chat.calls == [f"direct {TEAMS_ID}", "thread in-teams", "edit teams:t:9"]


def test_somebody_is_told_where_they_spoke_last_and_looked_for_wherever_they_are(
    rooms: tuple[Room, Room], chats: Addressed
) -> None:
    slack, teams = rooms
    chats.direct("1", SLACK_ID, SAID)
    assert (slack.chat.calls, teams.chat.calls) == ([], [f"direct {TEAMS_ID}"])
    teams.chat.finds[TEAMS_ID] = "teams:t:7"
    slack.chat.calls.clear()
    assert chats.find(Due("1", "direct", SLACK_ID)) == "teams:t:7"
    teams.chat.finds.clear()
    assert chats.find(Due("1", "direct", SLACK_ID)) == ""
    assert slack.chat.calls == [f"find {SLACK_ID}"]
    slack.chat.finds["in-slack"] = "slack:t:8"
    assert chats.find(Due("2", "thread", "in-slack")) == "slack:t:8"
    chats.find(Due("3", "thread", "in-slack", first_receipt="teams:t:1"))
    chats.find(Due("4", "edit", "1", first_receipt="teams:t:2"))
    assert teams.chat.calls[-2:] == ["find in-slack", "find 1"]


def test_somebody_who_cannot_be_told_on_one_platform_is_told_on_the_other(
    rooms: tuple[Room, Room], chats: Addressed
) -> None:
    slack, teams = rooms
    teams.chat.refuses = "They have removed the bot in Teams."
    assert chats.direct("1", SLACK_ID, SAID) == "slack:t:1"
    slack.chat.refuses = "Their account in Slack is closed."
    with pytest.raises(Refused, match="removed the bot in Teams"):
        chats.direct("2", SLACK_ID, SAID)


def test_somebody_is_told_on_the_other_where_one_lets_the_bot_do_nothing_until_somebody_mends_that(
    rooms: tuple[Room, Room], chats: Addressed
) -> None:
    slack, teams = rooms
    teams.chat.trouble = Shut("Teams does not accept the token.")
    assert chats.direct("1", SLACK_ID, SAID) == "slack:t:1"
    slack.chat.refuses = "Their account in Slack is closed."
    with pytest.raises(Shut, match="token"):
        chats.direct("2", SLACK_ID, SAID)
    slack.chat.refuses, slack.chat.trouble = "", TryLater("Slack has much to do.")
    with pytest.raises(TryLater, match="much to do"):
        chats.direct("3", SLACK_ID, SAID)
    slack.chat.trouble, teams.chat.trouble = None, Away("Teams is away for a moment.")
    with pytest.raises(Away, match="a moment"):
        chats.direct("4", SLACK_ID, SAID)


def test_an_id_is_asked_of_its_platform_and_a_mailbox_of_both_before_anybody_is_called_a_stranger(
    rooms: tuple[Room, Room],
) -> None:
    slack, teams = rooms
    nora, registers = Person(TEAMS_ID, "Nora", "", "", "nora@example.org"), Registers(*rooms)
    teams.known = {TEAMS_ID: nora, "nora@example.org": nora}
    assert registers.look_up(TEAMS_ID) == registers.look_up("nora@example.org") == nora
    with pytest.raises(Refused, match=r"Nobody in slack:t: is zoe@example\.org"):
        registers.look_up("zoe@example.org")
    with pytest.raises(Refused, match="Nobody in slack:t: is slack:t:U9"):
        registers.look_up("slack:t:U9")
    slack.known["nora@example.org"] = TryLater("Slack is away.")
    assert registers.look_up("nora@example.org") == nora
    teams.known["zoe@example.org"] = TryLater("Teams is away.")
    with pytest.raises(TryLater):
        registers.look_up("zoe@example.org")


@pytest.mark.parametrize(
    ("channels", "sentence"),
    [
        ([[], []], "it is not known which that is in Slack or in Teams. Add its id to ESCALATION_BOT_SLACK_CHANNELS"),
        (
            [[CHANNEL], [CHANNEL]],
            f"“{CHANNEL}” of the policy herefordshire stands in ESCALATION_BOT_SLACK",
        ),
    ],
    ids=["on none", "on both"],
)
def test_a_channel_has_to_be_on_one_of_them(world: World, channels: list[list[str]], sentence: str) -> None:
    both = Both(Room("slack", *channels[0]), Room("teams", *channels[1]))
    with pytest.raises(ConfigError, match=sentence):
        both.app(world.parts, world.parts.assistant.hear)


def test_both_are_told_of_and_closed(world: World, rooms: tuple[Room, Room]) -> None:
    both = Both(*rooms)
    assert both.reached("127.0.0.1:8080") == "slack:t:127.0.0.1:8080; teams:t:127.0.0.1:8080"
    check_teams({SLACK_ID: "herefordshire", TEAMS_ID: "herefordshire"}, world.parts.policies, both.place)
    with pytest.raises(ConfigError, match="begin with 'slack:t:' or 'teams:t:'"):
        check_teams({"console:asha": "herefordshire"}, world.parts.policies, both.place)
    both.close()
    assert [room.closed for room in rooms] == [True, True]


def test_whether_people_are_there_is_asked_of_each_platform_by_itself_as_the_other_may_be_away(
    world: World, rooms: tuple[Room, Room]
) -> None:
    world.has(replace(escalation("herefordshire"), raiser=SLACK_ID))
    arrivals = Arrivals(world.parts, world.parts.assistant.hear, Registers(*rooms), "slack:t", "teams:t")
    assert [each.concerned() for each in arrivals.whereabouts] == [[SLACK_ID], [TEAMS_ID]]


# ── the real ones, in a Slack and a Teams of our own ─────────────────────────────────────────────────────────


class TwoPlaces(SlackWorld):
    """The channels are in Slack; Ben, Cerys and Dele are in Teams too."""

    def __init__(self, folder: Path) -> None:
        secure = serving(folder, make("127.0.0.1", authority()))
        self.teams = TeamsFake(clock=lambda: self.moment.timestamp(), secure=secure)
        self.teams.start()
        self.teams.inbound.ack_within = 30
        those = [each for each in PEOPLE if each.id.removeprefix("console:") in {"ben", "cerys", "dele"}]
        for each in those:
            self.teams.person(each.name, each.email)
        self.teams.new_team("Managers", *(each.name for each in those))
        super().__init__(folder)

    def _open(self) -> Parts:
        parts = super()._open()
        teams = self.teams
        self.running.stop()
        access = TeamsAccess(
            teams.app, teams.tenant, {}, "secret", SecretStr(SECRET), teams.authority, teams.metadata_url,
            teams.service_urls,
        )  # fmt: skip
        half = InTeams(access, Metrics(), Precedence(), Pace(at_once=10_000), trusting())
        self.both = Both(self.platform, half)
        parts = on(self.both, parts)
        self.running = Running(self.both.app(parts, parts.assistant.hear))
        self.slack.inbound.request_url = self.running.url
        teams.inbound.messaging_url = self.running.url.replace("/slack/events", "/teams/messages")
        return parts

    def _stop(self) -> None:
        self.running.stop()
        self.both.close()

    def close(self) -> None:
        super().close()
        self.teams.stop()

    def carried(self) -> None:
        super().carried()
        self.teams.settle()

    def in_teams(self, name: str, what: str) -> str:
        """They type this to the bot in Teams, or press it there."""
        user = self.teams.id_of(name)
        ack = self.teams.presses(user, what[1:-1]) if what.startswith("[") else self.teams.types(user, what)
        assert ack.ok
        self.carried()
        return self.teams.sees(user)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoPlaces]:
    two = TwoPlaces(tmp_path_factory.mktemp("two"))
    two.raised(REFERENCE)
    yield two
    two.close()


def test_what_was_raised_in_slack_is_approved_in_teams_by_the_same_person(two: TwoPlaces) -> None:
    asha, ben = two.person("Asha"), two.person("Ben")
    two.types(asha, f"/move {REFERENCE}")
    two.types(asha, "The team manager keeps to the decision.")
    two.presses(asha, "Continue", {"Pick somebody": "Dele"})
    for label in ("Skip", "Skip", "Ask for approval"):
        two.presses(asha, label)
    assert "may it move to Stage 2?" in two.channel(CHANNEL)
    assert REFERENCE in two.in_teams("Ben", "my escalations")
    in_slack = two.sees(ben)
    assert "Thank you" in two.in_teams("Ben", "[Approve]")
    assert two.sees(ben) == in_slack, "Ben is answered where he has spoken."
    assert "Approved by Ben Sample" in two.channel(CHANNEL)
    with two.parts.database.look() as tx:
        [approval] = tx.approvals(REFERENCE)
        [approved] = [entry for entry in tx.history(REFERENCE) if entry.what == "moved"]
        linked = [dict(entry.details) for entry in tx.history("")]
    in_teams = person_of(two.teams.tenant, two.teams.id_of("Ben"))
    assert (approval.answer, approval.answered_by) == ("approved", ben)
    assert (approved.by, approved.details["account"]) == (ben, in_teams)
    assert linked == [{"person": ben, "account": in_teams, "mailbox": "ben.sample@millbrook.example.org"}]
    assert verify(two.parts.database) == []
    two.types(ben, "/my-escalations")
    assert two.sees(ben) != in_slack


def test_a_question_that_was_asked_in_teams_is_brought_up_to_date_there(two: TwoPlaces) -> None:
    two.in_teams("Cerys", "/escalate")
    asked = two.teams.last("Cerys")
    assert "[No]" in two.teams.read(asked)
    two.in_teams("Cerys", "[No]")
    assert "[No]" not in two.teams.read(asked)
    assert two.parts.database.troubled() == []


def test_somebody_who_is_given_in_slack_by_name_and_mailbox_is_found_and_told_in_teams(two: TwoPlaces) -> None:
    two.teams.person("Tara Tutor", "tara@example.org")
    two.teams.new_team("Tutors", "Tara")
    two.teams.installs("Tara", "Tutors")
    asha = two.person("Asha")
    two.types(asha, f"/pass {REFERENCE}")
    two.types(asha, "Tara Tutor, Head, tara@example.org")
    assert "who can be reached in this chat" in two.sees(asha)
    two.types(asha, "I am on leave.")
    assert f"{REFERENCE}" in two.teams.sees(two.teams.id_of("Tara"))


# ── who is picked ────────────────────────────────────────────────────────────────────────────────────────────


PICK = "Pick somebody here"


def ask_for_a_deputy(two: TwoPlaces, where: Literal["in Slack", "in Teams"]) -> None:
    """Ben is asked who answers for him."""
    ben = two.person("Ben")
    with two.parts.database.transaction() as tx:
        if (open_one := tx.conversation(ben)) is not None:
            tx.drop_conversation(open_one.id)
    if where == "in Slack":
        two.types(ben, "/deputy")
        two.presses(ben, "Name somebody else")
    else:
        two.in_teams("Ben", "/deputy")
        two.in_teams("Ben", "[Name somebody else]")


def test_whoever_is_picked_stays_picked_on_the_platform_on_which_they_were_not_known_first(two: TwoPlaces) -> None:
    two.in_teams("Cerys", "help")
    ask_for_a_deputy(two, "in Teams")
    assert two.teams.presses(two.teams.id_of("Ben"), "Help", {PICK: "Cerys"}).ok
    two.carried()
    assert f"'value': '{two.teams.id_of('Cerys')}'" in str(two.teams.last("Ben").cards)
    assert "Shall Cerys Specimen answer for you" in two.in_teams("Ben", "[Continue]")

    two.teams.person("Nia Novak", "nia@example.org")
    two.teams.new_team("Novices", "Nia")
    two.in_teams("Nia", "help")
    two.slack.person("Nia Novak", "nia@example.org")
    two.types(two.person("Nia"), "help")
    with two.parts.database.look() as tx:
        assert len(tx.accounts(person_of(two.teams.tenant, two.teams.id_of("Nia")))) == 2
    ask_for_a_deputy(two, "in Slack")
    ben = two.person("Ben")
    two.presses(ben, "Help", {PICK: "Nia"})
    assert f"'initial_user': '{two.slack.id_of('Nia')}'" in str(two.slack.last("Ben").blocks)
    two.presses(ben, "Continue")
    assert "Shall Nia Novak answer for you" in two.sees(ben)


def test_whoever_has_no_account_where_they_were_to_be_shown_is_named_and_stays_picked(two: TwoPlaces) -> None:
    ask_for_a_deputy(two, "in Slack")
    ben = two.person("Ben")
    two.presses(ben, "Save for later", {PICK: "Grace"})
    two.in_teams("Ben", "resume")
    (grace,) = [each.name for each in PEOPLE if each.name.startswith("Grace")]
    says = f"{grace} is chosen. Nobody is shown here because they have no account in Teams."
    assert says in two.teams.read(two.teams.last("Ben"))
    assert says in two.in_teams("Ben", "[Help]")
    assert f"Shall {grace} answer for you" in two.in_teams("Ben", "[Continue]")
