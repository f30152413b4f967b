"""Who people are in Slack: looked up when they come, gone when they leave, with a page of their own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.chat.slack.calling import Slack, web_client
from bot.chat.slack.people import Profiles, foreign, profile
from bot.chat.slack.sending import Workspace
from bot.errors import Refused, TryLater
from bot.messages import Message, Words
from bot.ports import Account, Delivery, Person
from bot.store.tables import people
from bot.words import load
from tests.slack.bot import SlackWorld
from tests.slack.faults import broken, limited, refused

REFERENCE = "E-4KX-7PW"
CHANNEL = "herefordshire-escalations"
GUID = "00000000-0000-0000-0000-00000000000a"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SlackWorld]:
    world = SlackWorld(tmp_path_factory.mktemp("people"), "HTTP")
    world.raised(REFERENCE)
    yield world
    world.close()


def kept(world: SlackWorld, name: str) -> Person | None:
    with world.parts.database.look() as tx:
        return tx.person(world.person(name))


def asked(world: SlackWorld, method: str) -> int:
    return sum(call.method == method for call in world.slack.calls)


# ── who comes ────────────────────────────────────────────────────────────────────────────────────────────────


def test_whoever_writes_for_the_first_time_is_looked_up_once_and_heard(world: SlackWorld) -> None:
    user, before = world.slack.person("Nora Newcomer", "nora@example.org"), asked(world, "users.info")
    world.told(world.slack.types(user, "/escalate"))
    assert "immediate danger" in world.slack.sees(user)
    world.told(world.slack.presses(user, "No"))
    assert kept(world, "Nora") == Person(world.person("Nora"), "Nora Newcomer", "", "", "nora@example.org")
    assert asked(world, "users.info") == before + 1


def test_nothing_that_somebody_did_is_lost_while_slack_cannot_tell_who_they_are(world: SlackWorld) -> None:
    user = world.slack.person("Lena Latecomer", "lena@example.org")
    world.slack.fail("users.info", *[broken()] * 1000)
    assert world.slack.types(user, "/escalate").ok
    assert world.slack.types(user, "no").ok
    for _ in range(2):
        world.carried()
        assert world.slack.sees(user) == "(nothing)"
    world.slack.faults.waiting.clear()
    world.carried()
    assert "Which partnership’s policy applies?" in world.slack.sees(user)


def test_whoever_is_picked_in_slack_and_not_known_yet_is_looked_up(world: SlackWorld) -> None:
    world.slack.person("Zoe Zealous", "zoe@example.org")
    asha = world.person("Asha")
    world.types(asha, f"/pass {REFERENCE}")
    world.presses(asha, "Continue", {"Pick somebody": "Zoe"})
    assert "Zoe Zealous, zoe@example.org" in world.sees(asha)
    world.types(asha, "cancel")
    world.presses(asha, "Erase these answers")


def test_whose_name_and_mailbox_are_given_and_who_is_in_slack_is_that_person(world: SlackWorld) -> None:
    world.slack.person("Yusuf Yonder", "yusuf@example.org")
    asha = world.person("Asha")
    for who, says in (
        ("Nell, Head, nell@example.com", "Please pick somebody else who is in this chat"),
        (
            "Yusuf Yonder, Head, yusuf@example.org",
            "Yusuf Yonder, Head, yusuf@example.org, who can be reached in this chat",
        ),
    ):
        world.types(asha, f"/pass {REFERENCE}")
        world.types(asha, who)
        assert says in world.sees(asha)
        world.types(asha, "cancel")
        world.presses(asha, "Erase these answers")


def test_without_the_right_to_look_for_a_mailbox_what_is_given_is_taken_as_it_is(world: SlackWorld) -> None:
    asha = world.person("Asha")
    world.slack.fail("users.lookupByEmail", refused("missing_scope"))
    world.types(asha, f"/pass {REFERENCE}")
    world.types(asha, "Xenia, Head, xenia@example.org")
    assert "Xenia" in world.sees(asha)
    world.types(asha, "cancel")
    world.presses(asha, "Erase these answers")


@pytest.mark.parametrize(
    ("user", "error"),
    [("U00000001", Refused), ("U09", Refused), ("", Refused)],
    ids=["the bot", "nobody", "of another platform"],
)
def test_who_is_no_person_of_the_workspace_is_not_looked_up(
    world: SlackWorld, user: str, error: type[Exception]
) -> None:
    slack = Slack(web_client(world.slack.bot_token, world.slack.base_url), load())
    profiles = Profiles(slack, Workspace(world.slack.team))
    with pytest.raises(error):
        profiles.look_up(f"slack:{world.slack.team}:{user}" if user else "console:asha")
    world.slack.fail("users.info", broken())
    with pytest.raises(TryLater):
        profiles.look_up(world.person("Asha"))


GUEST = {"is_restricted": True}
ONE_CHANNEL_GUEST = {"is_restricted": True, "is_ultra_restricted": True}
HERE_AS_WELL = {"team_id": "T99", "enterprise_user": {"enterprise_id": "E1", "teams": ["T99", "T00000001"]}}
ELSEWHERE = {"team_id": "T99", "enterprise_user": {"enterprise_id": "E1", "teams": ["T99"]}}
CONNECTED = {"team_id": "T99", "is_stranger": True}
OF_NO_ORGANISATION = {"team_id": "T99"}


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({}, ""),
        (GUEST, ""),
        (ONE_CHANNEL_GUEST, ""),
        (HERE_AS_WELL, ""),
        (ELSEWHERE, "belongs to another workspace of the organisation"),
        (CONNECTED, "belongs to another organisation’s Slack"),
        (OF_NO_ORGANISATION, "belongs to another organisation’s Slack"),
        ({"id": "USLACKBOT"}, "an app in Slack and not a person"),
        ({"is_bot": True}, "an app in Slack and not a person"),
    ],
    ids=["member", "guest", "one channel", "two workspaces", "another one", "connected", "foreign", "Slackbot", "app"],
)
def test_the_people_of_one_workspace_are_talked_with_and_nobody_else(more: dict[str, Any], says: str) -> None:
    here = Workspace("T00000001")
    user = {"id": "W012A3CDE", "team_id": "T00000001", "profile": {"real_name": "Sam"}, **more}
    name = foreign(user, here)
    assert says in (load()(name) if name else "")
    found = profile(user, here)
    assert (found.left, found.guest) == (bool(says), more in (GUEST, ONE_CHANNEL_GUEST))
    assert found.id == f"slack:T00000001:{user['id']}"


@pytest.mark.parametrize(
    ("more", "verified"),
    [({"is_email_confirmed": True}, True), ({"is_email_confirmed": False}, False), ({}, False)],
)
def test_a_mailbox_is_theirs_where_slack_says_that_they_confirmed_it(more: dict[str, bool], verified: bool) -> None:
    user = {"id": "W012A3CDE", "team_id": "T00000001", "profile": {"email": "sam@example.org"}, **more}
    found = profile(user, Workspace("T00000001"))
    assert (found.email, found.email_verified) == ("sam@example.org", verified)


def test_whoever_belongs_to_another_workspace_is_told_so_and_not_heard(world: SlackWorld) -> None:
    user = world.slack.person("Eve Elsewhere", "eve@example.org")
    world.slack.workspace.members[user].more = dict(ELSEWHERE)
    world.told(world.slack.types(user, "/escalate"))
    assert "belongs to another workspace of the organisation" in world.slack.sees(user)
    assert kept(world, "Eve") is None


def test_a_guest_is_heard_and_answers_for_nobody_else(world: SlackWorld) -> None:
    user = world.slack.person("Gus Guest", "gus@example.org")
    world.slack.workspace.members[user].more = dict(GUEST)
    world.told(world.slack.types(user, "/escalate"))
    assert "immediate danger" in world.slack.sees(user)
    farid = world.person("Farid")
    world.types(farid, "/deputy")
    world.presses(farid, "Continue", {"Pick somebody": "Gus"})
    assert "Gus Guest is a guest in this chat" in world.sees(farid)
    world.presses(farid, "Continue", {"Pick somebody": "Hugh"})
    world.presses(farid, "Yes, they answer for me")
    assert "Farid Fictional has named you to answer for them." in world.sees(world.person("Hugh"))
    found = kept(world, "Farid")
    assert found is not None
    assert found.deputy == world.person("Hugh")


def test_an_app_cannot_be_picked(world: SlackWorld) -> None:
    asha = world.person("Asha")
    world.types(asha, "/deputy")
    world.presses(asha, "Continue", {"Pick somebody": "Escalation"})
    assert "they have left, are an app, or belong to somewhere else" in world.sees(asha)
    world.types(asha, "cancel")
    world.presses(asha, "Erase these answers")


# ── who is known from elsewhere ──────────────────────────────────────────────────────────────────────────────


def test_whoever_was_known_only_where_the_bot_is_no_more_is_answered_and_named_here(world: SlackWorld) -> None:
    user = world.slack.person("Mia Moved", "mia@example.org")
    world.parts.know((Person("slack:T0:U9", "Mia Aforetime", "", "", "mia@example.org"),))
    world.told(world.slack.types(user, "/escalate"))
    assert "immediate danger" in world.slack.sees(user)
    asha = world.person("Asha")
    world.types(asha, f"/pass {REFERENCE}")
    world.types(asha, "Mia, Head, mia@example.org")
    with world.parts.database.look() as tx:
        talk = tx.conversation(asha)
    assert talk is not None
    assert world.person("Mia") in str(talk.answers)
    world.types(asha, "cancel")
    world.presses(asha, "Erase these answers")
    assert world.parts.database.troubled() == []


def test_whoever_is_linked_with_where_the_bot_is_no_more_is_answered_here(world: SlackWorld) -> None:
    """They were known there first, and spoke there last."""
    there, user = f"teams:{GUID}:{GUID}", world.slack.person("Lou Linked", "lou@example.org")
    with world.parts.database.transaction() as tx:
        tx.keep_person(Person(there, "Lou Linked", "", "", "lou@example.org"))
        for each in (there, world.person("Lou")):
            tx.keep_account(Account(each, there, "lou@example.org", world.moment))
        tx.speaks(there)
        tx.add_deliveries([Delivery("d-lou", "direct", there, Message("Hello", (Words("Hello, Lou."),)))])
    world.carried()
    assert "Hello, Lou." in world.slack.sees(user)
    world.told(world.slack.types(user, "/escalate"))
    assert "immediate danger" in world.slack.sees(user)
    assert world.parts.database.troubled() == []
    world.told(world.slack.deactivates("Lou"))
    with world.parts.database.look() as tx:
        assert tx.person(there).left, "They can be reached nowhere."  # type: ignore[union-attr]


# ── who leaves ───────────────────────────────────────────────────────────────────────────────────────────────


def test_whose_account_is_closed_loses_access_and_their_deputy_acts(world: SlackWorld) -> None:
    world.told(world.slack.deactivates("Ben"))
    assert "Ben Sample acts in E-4KX-7PW no longer" in world.channel(CHANNEL)
    assert "you answer for them" in world.sees(world.person("Cerys"))
    left = kept(world, "Ben")
    assert left is not None
    assert left.left
    assert left.deputy == world.person("Cerys")
    world.told(world.slack.deactivates("Ben", deleted=False))
    back = kept(world, "Ben")
    assert back is not None
    assert not back.left


def test_what_slack_tells_late_brings_nobody_back_who_has_left(world: SlackWorld) -> None:
    """It tells again, to a process that knows nothing of it, what was so before Dele’s account was closed."""
    before = {"type": "user_change", "user": world.slack.methods.person(world.slack.id_of("Dele"), frozenset())}
    late = world.slack.inbound.event(before)
    late |= {"event_time": late["event_time"] - 60}
    world.told(world.slack.deactivates("Dele"))
    world.restart()
    world.told(world.slack.run(world.slack.inbound.tell("events_api", late)))
    dele = kept(world, "Dele")
    assert dele is not None
    assert dele.left
    world.told(world.slack.deactivates("Dele", deleted=False))
    back = kept(world, "Dele")
    assert back is not None
    assert not back.left


def test_whoever_left_and_came_back_while_nobody_was_told_is_known_again(world: SlackWorld) -> None:
    """Erin leaves, and it is found out by asking; they come back, and it is found out by what they do."""
    erin = world.slack.workspace.members[world.slack.id_of("Erin")]
    world.raised("E-5KX-7PW")
    with world.parts.database.transaction() as tx:
        escalation = tx.escalation("E-5KX-7PW")
        assert escalation is not None
        lead = {"name": "Erin Invented", "person": world.person("Erin")}
        tx.save_escalation(escalation.with_fields(**{"people.lead": lead}))
    [whereabouts] = world.platform.arrivals.whereabouts
    erin.deleted, whereabouts.pace = True, timedelta()
    whereabouts.look()
    world.carried()
    assert "Erin Invented acts in E-5KX-7PW no longer" in world.channel(CHANNEL)
    erin.deleted = False
    world.types(world.person("Erin"), "/escalation-help")
    assert "What I can do" in world.sees(world.person("Erin"))
    back = kept(world, "Erin")
    assert back is not None
    assert not back.left


def test_the_workspace_is_not_copied_into_the_directory(world: SlackWorld) -> None:
    user = world.slack.person("Some Stranger", "stranger@example.org")
    before = world.counts()
    assert world.slack.deactivates(user).ok
    assert world.counts() == before
    with world.parts.database.reading() as connection:
        assert "Some Stranger" not in set(connection.scalars(select(people.c.name)))


# ── App Home ─────────────────────────────────────────────────────────────────────────────────────────────────


def opens(world: SlackWorld, name: str) -> str:
    world.told(world.slack.opens_home(name))
    return world.slack.home(name)


def test_the_page_shows_what_i_lead_what_waits_for_me_and_drafts(world: SlackWorld) -> None:
    grace = world.person("Grace")
    world.types(grace, "/escalate new")
    world.presses(grace, "No")
    shown = opens(world, "Grace")
    assert "As of Monday 2 March 2026, 10:00." in shown
    assert "You are named in this escalation." in shown
    assert "[Resume] [Erase it]" in shown
    assert "[Move stage]" in opens(world, "Asha")
    assert REFERENCE not in opens(world, "Farid")
    world.told(world.slack.presses(world.slack.id_of("Asha"), "Name who answers for me"))
    assert "can see every escalation in which you are named" in world.sees(world.person("Asha"))


def test_that_somebody_looked_stands_in_the_history(world: SlackWorld) -> None:
    opens(world, "Cerys")
    with world.parts.database.look() as tx:
        last = tx.history(REFERENCE)[-1]
    assert (last.what, last.by) == ("viewed", world.person("Cerys"))


def test_the_page_follows_what_happens_while_somebody_may_look_at_it(world: SlackWorld) -> None:
    asha = world.person("Asha")
    before = opens(world, "Asha")
    published = asked(world, "views.publish")
    world.types(world.person("Grace"), "help")
    assert asked(world, "views.publish") == published, "Nothing has changed for Asha."
    world.types(asha, f"/note {REFERENCE}")
    world.presses(asha, "Continue")
    world.types(asha, "save")
    assert world.slack.home("Asha") != before
    assert "Resume" in world.slack.home("Asha")


def test_its_buttons_are_answered_in_private(world: SlackWorld) -> None:
    user = world.slack.person("Hanna Homely", "hanna@example.org")
    assert "[Raise an escalation]" in opens(world, "Hanna")
    world.told(world.slack.presses(user, "Raise an escalation"))
    assert "immediate danger" in world.slack.sees(user)


def test_a_page_that_slack_did_not_take_is_shown_again(world: SlackWorld) -> None:
    world.slack.fail("views.publish", broken(), limited(1))
    world.told(world.slack.opens_home("Dele"))
    world.platform.homes.look()
    world.platform.homes.look()
    assert "You have no escalations" in world.slack.home("Dele")


def test_no_page_shows_what_identifies_a_child(world: SlackWorld) -> None:
    asha = world.person("Asha")
    world.types(asha, f"/update {REFERENCE}")
    world.types(asha, "Kit Marker was seen.")
    assert "Kit Marker" not in opens(world, "Asha")
