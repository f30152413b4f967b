"""Who somebody is in Teams: asked where the bot is, and of nobody else's organisation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import httpx
import pytest

from bot.chat.teams.people import Profiles
from bot.errors import Refused, TryLater
from bot.ports import Person
from tests.talking import World
from tests.teams import TeamsFake, broken, limited, refused, slow
from tests.teams.office import WORDS, Office, Proof, workplace
from tests.teams.tenants import TENANT

Workplace = tuple[TeamsFake, World, httpx.Client, Proof]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    with workplace(tmp_path_factory.mktemp("people")) as made:
        yield made


@pytest.fixture
def office(place: Workplace) -> Office:
    office = Office(*place)
    office.teams.calls.clear()
    office.teams.faults.waiting.clear()
    return office


def joins(office: Office) -> None:
    """They become a member of the team."""
    office.teams.team("Escalations").members.add(office.user)


def writes(office: Office) -> None:
    """Teams has told of their chat with the bot."""
    office.is_told(office.person, office.teams.personal(office.user).id)


def expected(office: Office, **more: object) -> Person:
    email = office.member.email
    told = {"id": office.person, "name": office.member.name, "email": email, "email_verified": bool(email)}
    return Person(**{"role": "", "agency": "", **told, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize("known", [joins, writes])
def test_who_is_in_a_team_or_has_written_is_known_by_their_id(office: Office, known: object) -> None:
    known(office)  # type: ignore[operator]
    assert office.profiles.look_up(office.person) == expected(office)
    assert office.calls("member") == 1
    assert office.calls("create") == 0


def test_for_whom_the_bot_is_installed_is_known_though_they_are_in_no_team_and_have_never_written(
    office: Office,
) -> None:
    assert office.profiles.look_up(office.person) == expected(office)
    assert office.teams.said(office.user) == []


def test_who_is_nowhere_that_the_bot_is_cannot_be_found_and_that_is_no_leaving(office: Office) -> None:
    office.member.has_app = False
    writes(office)
    with pytest.raises(Refused, match="I do not find this person in Teams"):
        office.profiles.look_up(office.person)


def test_who_has_removed_the_bot_and_is_in_a_team_is_known_all_the_same(office: Office) -> None:
    writes(office)
    joins(office)
    office.member.has_app = False
    assert office.profiles.look_up(office.person) == expected(office)


def test_whom_neither_their_own_chat_nor_any_team_knows_any_more_has_left(office: Office) -> None:
    writes(office)
    joins(office)
    office.member.deleted = True
    assert office.profiles.look_up(office.person) == Person(office.person, "", "", "", "", left=True)


def test_nobody_is_taken_for_gone_while_teams_does_not_answer(office: Office) -> None:
    writes(office)
    office.member.deleted = True
    for fault in (broken(503), broken(500), limited(3), refused(403, "BotNotInConversationRoster")):
        office.teams.fail("member", fault)
        with pytest.raises((TryLater, Refused)):
            office.profiles.look_up(office.person)
    office.teams.fail("member", refused(404, "MemberNotFoundInConversation"), limited(3))
    with pytest.raises(TryLater):
        office.profiles.look_up(office.person)


@pytest.mark.parametrize(("role", "principal"), [("guest", ""), ("user", "g_example.org#EXT#@example.com")])
def test_a_guest_is_one_and_the_name_they_sign_in_with_is_no_mailbox(office: Office, role: str, principal: str) -> None:
    office.member.role = role  # type: ignore[assignment]
    office.member.principal, office.member.email = principal, ""
    joins(office)
    assert office.profiles.look_up(office.person) == expected(office, guest=True, email="")


def test_whose_mailbox_teams_does_not_tell_may_have_that_of_the_name_with_which_they_sign_in(office: Office) -> None:
    office.member.email = ""
    joins(office)
    found = office.profiles.look_up(office.person)
    assert (found.email, found.email_verified) == (f"person{office.number}@example.org", False)


@pytest.mark.parametrize("alias", [False, True])
def test_somebody_is_found_by_their_mailbox_among_many(office: Office, alias: bool) -> None:
    joins(office)
    team = office.teams.team("Escalations")
    team.members |= {office.teams.person(f"Crowd {n} Example", f"crowd{n}@example.org") for n in range(550)}
    late = office.teams.person("Zoe Example", "zoe@example.org")
    team.members.add(late)
    if alias:
        office.teams.who(late).principal = "z.example@example.org"
    assert office.profiles.look_up("Zoe@Example.org").id == f"teams:{TENANT}:{late}"
    office.teams.who(late).deleted = True


def test_a_mailbox_that_nobody_has_there_is_nobody_s(office: Office) -> None:
    joins(office)
    with pytest.raises(Refused) as refusal:
        office.profiles.look_up("nobody@example.org")
    assert str(refusal.value) == WORDS("teams.unknown_mailbox")


def test_whoever_is_of_another_tenant_is_nobody_to_talk_with(office: Office) -> None:
    joins(office)
    office.member.tenant = "7e4a2c10-5b3d-4f66-9a01-000000000002"
    for wanted in (office.person, office.member.email):
        with pytest.raises(Refused, match="belongs to another organisation’s Teams"):
            office.profiles.look_up(wanted)


@pytest.mark.parametrize("person", ["console:asha", "slack:T1:U1", f"teams:{TENANT}:28", "teams:other:x", ""])
def test_whoever_is_no_person_of_the_tenant_is_not_asked_for(office: Office, person: str) -> None:
    with pytest.raises(Refused, match="not in this organisation’s Teams"):
        office.profiles.look_up(person)
    assert office.teams.calls == []


def test_an_id_that_answers_for_somebody_else_is_not_believed(office: Office) -> None:
    joins(office)
    other = office.teams.who("Administrator")

    def answers(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"id": "29:1", "aadObjectId": other.id, "name": other.name})

    with httpx.Client(transport=httpx.MockTransport(answers)) as office.http, pytest.raises(Refused):
        office.profiles.look_up(office.person)


# ── in many teams ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def teams(office: Office) -> Iterator[list[str]]:
    """Of which Teams has told, beside the policy's; by their ids, in the order in which they are asked."""
    told = [office.teams.new_team(f"Team {office.number}/{n}") for n in range(12)]
    for team in told:
        office.is_told(team, team, team=team)
    yield sorted(told)
    for team in told:
        office.references.drop(team)


def asked(office: Office) -> Counter[str]:
    return Counter(call.place for call in office.teams.calls if call.operation == "member")


def until_it_is_known(profiles: Profiles, person: str) -> tuple[int, Person | str]:
    """After how many attempts in vain, and what."""
    for attempt in range(100):
        try:
            return attempt, profiles.look_up(person)
        except TryLater:
            continue
        except Refused as refusal:
            return attempt, str(refusal)
    raise AssertionError("It never comes to an end.")


def in_a_hurry(office: Office, *delayed: str) -> Profiles:
    """There is no time left once one of these teams has answered."""
    for team in delayed:
        office.teams.fail("member", slow(0.2, done=False), place=team)
    return Profiles(office.connector(errand_seconds=0.15), office.tenant, office.references)


def test_a_team_is_asked_once_however_many_of_its_channels_are_known(office: Office, teams: list[str]) -> None:
    office.member.has_app = False
    more = [office.teams.channel(f"{office.number}/{n}", teams[3]) for n in range(8)]
    for channel in more:
        office.is_told(channel, channel, team=teams[3])
    with pytest.raises(Refused):
        office.profiles.look_up(office.person)
    assert asked(office) == dict.fromkeys([office.room, *teams], 1)
    for channel in more:
        office.references.drop(channel)


def test_the_channel_of_a_policy_stands_for_its_team(office: Office) -> None:
    team = office.teams.room(office.room).team
    office.is_told(office.room, office.room, team=team)
    office.is_told(team, team, team=team)
    joins(office)
    office.teams.team(team).members.discard(office.user)
    office.member.has_app = False
    with pytest.raises(Refused):
        office.profiles.look_up(office.person)
    assert asked(office) == {office.room: 1}
    for told in (office.room, team):
        office.references.drop(told)


@pytest.mark.parametrize("member", [True, False])
def test_whoever_is_in_one_of_more_teams_than_there_is_time_for_is_found_and_whoever_is_in_none_is_not(
    office: Office, teams: list[str], member: bool
) -> None:
    office.member.has_app = False
    if member:
        office.teams.team(teams[-1]).members.add(office.user)
    vain, found = until_it_is_known(in_a_hurry(office, teams[2], teams[7]), office.person)
    assert found == (expected(office) if member else WORDS("teams.not_found"))
    assert vain >= 2
    assert asked(office) == dict.fromkeys([office.room, *teams], 1)


def test_somebody_is_looked_for_from_the_beginning_when_it_has_come_to_an_end(office: Office, teams: list[str]) -> None:
    office.member.has_app = False
    profiles = in_a_hurry(office, teams[5])
    assert until_it_is_known(profiles, office.person)[1] == WORDS("teams.not_found")
    office.teams.team(teams[1]).members.add(office.user)
    assert until_it_is_known(profiles, office.person)[1] == expected(office)


def test_what_has_answered_is_not_asked_again_where_teams_asks_to_wait(office: Office, teams: list[str]) -> None:
    office.member.has_app = False
    office.teams.fail("member", limited(3), place=teams[4])
    profiles = office.profiles
    with pytest.raises(TryLater) as waits:
        profiles.look_up(office.person)
    assert waits.value.after is not None
    assert waits.value.after.total_seconds() == 3
    with pytest.raises(Refused):
        profiles.look_up(office.person)
    assert asked(office) == {**dict.fromkeys([office.room, *teams], 1), teams[4]: 2}


def test_whose_mailbox_is_not_found_while_there_is_time_is_somebody_elsewhere(office: Office, teams: list[str]) -> None:
    profiles = in_a_hurry(office, office.room)
    assert until_it_is_known(profiles, "nobody@elsewhere.example")[1] == WORDS("teams.unknown_mailbox")
    assert asked(office) == {office.room: 1}
