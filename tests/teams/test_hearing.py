"""What people do in Teams is heard once, where they did it, and answered with what stands there now."""

from __future__ import annotations

import asyncio
import logging
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import dotenv
import pytest
import structlog
from sqlalchemy import select

import bot
from bot import decisions
from bot.chat.teams import library
from bot.chat.teams.app import Ears, Listeners, Turn
from bot.chat.teams.comings import Comings
from bot.chat.teams.manifest import UPDATE
from bot.chat.teams.reading import Reader
from bot.chat.teams.tenant import Tenant
from bot.chat.turns import Turns
from bot.decisions import keep
from bot.errors import StoreError
from bot.escalation import Approval, Conversation
from bot.flows.move import AskApproval
from bot.flows.staging import Entering
from bot.ports import Account, Answered, Reference
from bot.precedence import Precedence
from bot.store.tables import heard
from bot.teams_settings import TeamsAccess
from bot.words import load
from tests.teams.bot import TEAM, TeamsWorld
from tests.teams.inbound import Ack
from tests.teams.office import long
from tests.teams.tenants import BOT_APP, TENANT, Json, Post

REFERENCE = "E-4KX-7PW"
ANOTHER = "E-6KX-7PW"
CHILD = "Kit Marker"
ROOT = Path(bot.__file__).parent.parent
IMPORTED = re.compile(r"^(?:from|import) (bot[\w.]*)(?: import ([\w, ]*))?", re.MULTILINE)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TeamsWorld]:
    world = TeamsWorld(tmp_path_factory.mktemp("teams"))
    world.raised(REFERENCE)
    world.raised(ANOTHER)
    yield world
    world.close()


@pytest.fixture(autouse=True)
def nobody_is_talking(world: TeamsWorld) -> None:
    """Each test begins with nobody in a conversation."""
    for name in ("Asha", "Ben", "Cerys", "Grace"):
        with world.parts.database.transaction() as tx:
            if (open_one := tx.conversation(world.person(name))) is not None:
                tx.drop_conversation(open_one.id)


def events(world: TeamsWorld) -> list[str]:
    with world.parts.database.reading() as connection:
        return list(connection.scalars(select(heard.c.event).order_by(heard.c.number)))


def tells(world: TeamsWorld, activity: Json) -> Ack:
    """Teams tells it once."""
    return world.teams.run(world.teams.inbound.attempt(activity, world.teams.inbound.token()))


def typed(world: TeamsWorld, name: str, text: str) -> Json:
    who, room = world.teams.who(name), world.teams.personal(name)
    return world.teams.inbound.message(who, room, Post(world.teams.tenants.new_id(), room.id, who.account, text), "")


def pressing(world: TeamsWorld, name: str, post: Post, label: str, **held: str) -> Json:
    """A press of the button with this label, as Teams tells it."""
    (action,) = [each for card in post.cards for each in _actions(card) if each["title"] == label]
    room = world.teams.tenants.rooms[post.room]
    data = {**action["data"], **held}
    value = {"action": {"type": action["type"], "verb": action["verb"], "data": data}, "trigger": "manual"}
    root = post.thread if room.kind == "channel" else ""
    who = world.teams.who(name)
    return world.teams.inbound.invoke(who, room, root, "adaptiveCard/action", value, replyToId=post.id)


def _actions(at: Any) -> Iterator[Json]:
    if isinstance(at, dict):
        yield from at.get("actions", ())
    for each in at.values() if isinstance(at, dict) else at if isinstance(at, list) else ():
        yield from _actions(each)


# ── once ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_teams_tells_again_is_heard_once_and_answered_the_same(world: TeamsWorld) -> None:
    world.types(world.person("Asha"), "/escalate new")
    shown, before = world.teams.last("Asha"), events(world)
    press = pressing(world, "Asha", shown, "No")
    first = tells(world, press)
    world.carried()
    again = tells(world, press)
    assert first.body["type"] == "application/vnd.microsoft.card.adaptive"
    assert again.body == first.body
    assert len(events(world)) == len(before) + 1
    said = typed(world, "Asha", "Herefordshire")
    assert [tells(world, said).tries for _ in range(2)] == [("200",), ("200",)]
    assert len(events(world)) == len(before) + 2


def test_the_answer_to_a_press_is_what_everybody_is_shown_afterwards(world: TeamsWorld) -> None:
    world.types(world.person("Asha"), "/escalate new")
    shown = world.teams.last("Asha")
    ack = tells(world, pressing(world, "Asha", shown, "No"))
    assert "Is a child in immediate danger" in str(ack.body["value"])
    world.carried()
    assert shown.edited == 1
    assert shown.cards == [ack.body["value"]]


def test_a_press_on_what_has_moved_on_changes_nothing_and_says_where_it_goes_on(world: TeamsWorld) -> None:
    world.types(world.person("Asha"), "/escalate new")
    shown = world.teams.last("Asha")
    late = pressing(world, "Asha", shown, "No")
    world.presses(world.person("Asha"), "No")
    ack = tells(world, late)
    world.carried()
    assert ack.body == _said("I go on below.")
    assert "That was an earlier question" in world.sees(world.person("Asha"))


def test_what_does_not_fit_into_one_card_any_more_is_said_below(world: TeamsWorld) -> None:
    world.types(world.person("Asha"), "/escalate new")
    press = pressing(world, "Asha", world.teams.last("Asha"), "No")
    ears = Ears(lambda _: Answered(("k",)), lambda _: "", lambda *_: ("k", long()))
    words = load()
    comings = Comings(world.parts.database, Tenant(TENANT, BOT_APP), words, lambda: world.moment)
    turns = Turns("", Precedence())
    listeners = Listeners(Reader(TENANT, BOT_APP, frozenset()), ears, comings, turns, words)
    assert asyncio.run(listeners.hear(Turn(press, "press"))) == _said("I go on below.")


def _said(text: str) -> Json:
    return {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": text}


def _in_window(text: str) -> Json:
    return {"task": {"type": "message", "value": text}}


# ── in threads ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def asked(world: TeamsWorld) -> tuple[Post, Approval]:
    """Asha has asked Ben, who has written to the bot, and Cerys in the thread."""
    asha, ben, cerys = (world.person(name) for name in ("Asha", "Ben", "Cerys"))
    world.types(ben, "help")
    with world.parts.database.transaction() as tx:
        found = tx.escalation(REFERENCE)
        assert found is not None
        if found.stage != "stage-1":
            tx.save_escalation(replace(found, stage="stage-1"))
        c = world.context(tx, Conversation("", asha, "move", REFERENCE))
        wanted = AskApproval(REFERENCE, "stage-2", "No answer.", (ben, cerys), Entering())
        done = decisions.ask_approval(c, wanted, f"asked{len(tx.approvals(REFERENCE))}", world.moment)
        keep(tx, c, done)
        tx.add_deliveries(done.deliveries)
    world.carried()
    root = world.root(REFERENCE)
    posts = [each for each in world.teams.thread(root.room, root.id) if "[Approve]" in world.teams.read(each)]
    with world.parts.database.look() as tx:
        return posts[-1], tx.approvals(REFERENCE)[-1]


def test_whoever_is_asked_sees_how_it_stands_and_nobody_else_is_shown_more(
    world: TeamsWorld, asked: tuple[Post, Approval]
) -> None:
    post, approval = asked
    asks = post.cards[-1]["refresh"]
    ben = world.teams.who("Ben").account
    assert asks["userIds"] == [ben, f"8:orgid:{world.teams.id_of('Cerys')}"], "He has written, and she has not."
    before = world.stored()
    ack = world.teams.looks("Ben", post)
    assert ack.body["value"] == post.cards[-1]
    grace = pressing(world, "Grace", post, "Approve")
    grace["value"] = {"action": asks["action"], "trigger": "automatic"}
    assert tells(world, grace).body["value"] == post.cards[-1]  # what she sees there anyway
    elsewhere = {**grace, "replyToId": "1772445600001"}
    assert list(_actions(tells(world, elsewhere).body["value"])) == []
    assert REFERENCE not in str(tells(world, elsewhere).body)
    assert world.stored() == before  # to look changes nothing
    with linked(world, "Grace", "Ben"):  # and so is whoever is the same person, known here under another id
        again = tells(world, {**grace, "id": "f:again"})
        assert again.body["value"]["refresh"]["userIds"][-1] == f"8:orgid:{world.teams.id_of('Grace')}"
    with world.parts.database.transaction() as tx:
        tx.keep_approval(replace(approval, answer="declined", answered_by=world.person("Cerys")))
    answered = world.teams.looks("Ben", post)
    assert "it was declined" in str(answered.body["value"])
    assert "Approve" not in str(answered.body["value"])


@contextmanager
def linked(world: TeamsWorld, name: str, person: str) -> Iterator[None]:
    """For a while they are the same."""
    account, who = world.person(name), world.person(person)
    with world.parts.database.transaction() as tx:
        for each in (account, who):
            tx.keep_account(Account(each, who, "ben@example.org", world.moment))
    yield
    with world.parts.database.transaction() as tx:
        for each in (account, who):
            tx.drop_account(each)


def test_a_manager_approves_in_the_thread_and_everybody_sees_it_there(
    world: TeamsWorld, asked: tuple[Post, Approval]
) -> None:
    post, _ = asked
    refused = tells(world, pressing(world, "Grace", post, "Approve"))
    assert refused.body == _said("I answer you, and nobody else, in our own chat.")
    ack = tells(world, pressing(world, "Ben", post, "Approve"))
    assert list(_actions(ack.body["value"])) == []
    world.carried()
    assert post.cards == [ack.body["value"]]
    assert "Thank you" in world.sees(world.person("Ben"))


def test_a_start_word_in_a_thread_is_about_that_escalation_and_answered_in_private(world: TeamsWorld) -> None:
    root = world.root(REFERENCE)
    before = [post.id for post in world.teams.thread(root.room, root.id) if post.bot]
    world.types(world.person("Asha"), "note", thread=REFERENCE)
    with world.parts.database.look() as tx:
        talk = tx.conversation(world.person("Asha"))
    assert talk is not None
    assert (talk.flow, talk.about) == ("note", REFERENCE)
    assert [post.id for post in world.teams.thread(root.room, root.id) if post.bot] == before


def test_what_people_say_to_each_other_and_change_afterwards_is_not_heard(world: TeamsWorld) -> None:
    root, before = world.root(REFERENCE), events(world)
    assert world.teams.types("Asha", "help", root.room, root.id).tries == ()
    said = typed(world, "Asha", "escalate")
    for kind in ("messageUpdate", "messageDelete", "messageReaction"):
        assert tells(world, said | {"type": kind}).tries == ("200",)
    assert events(world) == before


def test_the_action_on_a_post_goes_on_in_private_and_says_so(world: TeamsWorld) -> None:
    ack = world.teams.uses("Asha", UPDATE, world.root(REFERENCE))
    assert ack.body == _in_window("I answer you, and nobody else, in our own chat.")
    world.carried()
    assert REFERENCE in world.sees(world.person("Asha"))
    assert "[Note what happened]" in world.sees(world.person("Asha"))


# ── pages ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_several_questions_are_one_card_and_what_is_wrong_in_it_is_asked_again_in_its_stead(world: TeamsWorld) -> None:
    asha = world.person("Asha")
    world.types(asha, f"/report {REFERENCE}")
    post = world.teams.last("Asha")
    world.presses(asha, "Answer several at once", {"1.1 Name": CHILD})
    assert CHILD in str(post.seen_by(world.teams.id_of("Asha")))
    assert CHILD not in str(post.cards)
    world.presses(asha, "Back to the one question")
    assert "[Answer several at once]" in world.teams.read(post, "Asha")
    world.presses(asha, "Answer several at once")
    world.presses(asha, "Continue", {"1.1 Name": CHILD, "1.2 D.O.B": "2099-06-14", "1.4 Unique": "12345"})
    assert "1.2 D.O.B" in world.sees(asha)
    assert "2099" in world.sees(asha)
    with world.parts.database.look() as tx:
        talk = tx.conversation(asha)
    assert talk is not None
    assert [answer.get("value") for answer in talk.answers.values()] == [CHILD, "12345"]


def test_what_was_given_on_a_page_is_kept_when_somebody_goes_back_to_the_one_question(world: TeamsWorld) -> None:
    asha, id_, number = world.person("Asha"), world.teams.id_of("Asha"), "1.4 Unique"
    world.types(asha, f"/report {REFERENCE}")
    post = world.teams.last("Asha")
    world.presses(asha, "Answer several at once")
    world.presses(asha, "Back to the one question", {"1.1 Name": CHILD, number: "12345"})
    assert CHILD in world.teams.read(post, "Asha")
    for press in ("Help", "Answer several at once"):
        world.presses(asha, press)
    assert all(given in str(world.teams.last("Asha").seen_by(id_)) for given in (CHILD, "12345"))
    world.presses(asha, "Back to the one question")
    world.presses(asha, "Save for later")
    world.types(asha, "resume")
    world.presses(asha, "Answer several at once")
    page = str(world.teams.last("Asha").seen_by(id_))
    assert all(given in page for given in (CHILD, "12345"))
    with world.parts.database.look() as tx:
        talk = tx.conversation(asha)
    assert talk is not None
    assert talk.answers == {}, "Nothing of it was sent."


def test_an_answer_of_the_review_that_was_changed_on_its_page_is_open_when_somebody_goes_back(
    world: TeamsWorld,
) -> None:
    asha, id_, name = world.person("Asha"), world.teams.id_of("Asha"), "report-to-hscp.child-name"

    def answer() -> Any:
        with world.parts.database.look() as tx:
            talk = tx.conversation(asha)
        assert talk is not None
        return talk.answers[name]["value"]

    world.types(asha, f"/report {REFERENCE}")
    world.at_review(asha, **{"child-name": "Kit"})
    for press, then in (("Keep the answer as it is", "Kit"), ("Continue", CHILD)):
        world.presses(asha, "Change it in a window", {"Which answer": "1)"})
        world.presses(asha, "Back to the one question", {"1.1 Name": CHILD})
        assert "It is not taken yet" in world.sees(asha)
        assert CHILD in str(world.teams.last("Asha").seen_by(id_))
        assert answer() == "Kit"
        world.presses(asha, press)
        assert answer() == then
        assert "Which answer would you like to change?" in world.sees(asha)
    world.presses(asha, "Change it in a window", {"Which answer": "1)"})
    world.presses(asha, "Back to the one question")
    assert "Which answer would you like to change?" in world.sees(asha)


# ── who, and when it cannot be taken ─────────────────────────────────────────────────────────────────────────


def test_somebody_of_another_tenant_is_not_heard(world: TeamsWorld) -> None:
    before = world.stored()
    said = typed(world, "Asha", f"It is about {CHILD}.")
    said["channelData"]["tenant"]["id"] = "00000000-5b3d-4f66-9a01-000000000002"
    with structlog.testing.capture_logs() as logs:
        assert tells(world, said).tries == ("403",)
    assert "Stranger" in str(logs)
    assert "Kit" not in str(logs)
    assert world.stored() == before


def test_a_guest_of_the_tenant_is_heard(world: TeamsWorld) -> None:
    said = typed(world, "Asha", "help")
    said["from"] |= {"userRole": "guest", "role": "user"}
    assert tells(world, said).tries == ("200",)
    world.carried()
    assert "What I can do" in world.sees(world.person("Asha"))


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"from": {"tenantId": "00000000-5b3d-4f66-9a01-000000000002"}}, "teams.stranger"),
        ({"from": {"userRole": "anonymous"}}, "teams.stranger"),
        ({"from": {"aadObjectId": ""}}, "teams.stranger"),
        ({"conversation": {"id": "a/b"}}, "teams.unreadable"),
        ({"value": [CHILD]}, "teams.unreadable"),
    ],
    ids=["of another tenant", "nobody knows who", "without an account", "from nowhere", "nonsense"],
)
def test_whoever_presses_what_is_not_taken_is_told_so_as_teams_shows_it(
    world: TeamsWorld, changed: Json, says: str
) -> None:
    world.types(world.person("Asha"), "/escalate new")
    press, before = pressing(world, "Asha", world.teams.last("Asha"), "No", **{"text:answer": CHILD}), world.stored()
    looks = {**press, "value": {**press["value"], "trigger": "automatic"}}
    extension = {**press, "name": "composeExtension/fetchTask", "value": {"commandId": UPDATE}}
    said = load()(says)
    with structlog.testing.capture_logs() as logs:
        for activity, answer in ((press, _said(said)), (looks, _said(said)), (extension, _in_window(said))):
            changes = {
                name: {**activity[name], **change} if isinstance(change, dict) else change
                for name, change in changed.items()
            }
            ack = tells(world, {**activity, **changes})
            assert (ack.tries, ack.body) == (("200",), answer)
    assert "Kit" not in str(logs)
    assert "was not taken" in str(logs)
    assert world.stored() == before


def test_while_the_store_is_away_whoever_pressed_is_told_so_and_teams_tells_the_rest_again(
    world: TeamsWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.types(world.person("Asha"), "/escalate new")
    press, said = pressing(world, "Asha", world.teams.last("Asha"), "No"), typed(world, "Asha", "No")

    def is_away(*_: object, **__: object) -> None:
        raise StoreError("It is away.")

    with monkeypatch.context() as away:
        away.setattr(type(world.parts.database), "transaction", is_away)
        assert "I cannot take anything at the moment" in tells(world, press).body["value"]
        assert tells(world, said).tries == ("503",)
        assert {ack.tries for ack in world.teams.installs("Grace")} == {("503",) * 3}
    assert tells(world, press).body["type"] == "application/vnd.microsoft.card.adaptive"


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
    """All that any library logs, at any level."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.WARNING, "sqlalchemy")  # test_privacy listens to it
    return lambda: caplog.text


def test_nothing_is_logged_of_what_somebody_says_also_where_it_goes_wrong(
    world: TeamsWorld, logged: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> None:
        raise ValueError(CHILD)

    with structlog.testing.capture_logs() as logs:
        world.types(world.person("Asha"), f"/escalate new {CHILD}")
        world.presses(world.person("Asha"), "No")
        world.types(world.person("Asha"), CHILD)
        with monkeypatch.context() as broken:
            broken.setattr(Reader, "message", breaks)
            assert tells(world, typed(world, "Asha", f"It is about {CHILD}.")).tries == ("500",)
    assert "ValueError" in str(logs)
    assert [name for name in CHILD.split() if name in logged() + str(logs)] == []


def test_what_is_longer_than_anything_that_teams_sends_is_not_read(world: TeamsWorld) -> None:
    token = world.teams.inbound.token()
    told = [world.teams.run(world.teams.inbound.attempt(each, token)) for each in ("{" * 1_000_001, "{" * 999_999)]
    assert [ack.tries for ack in told] == [("413",), ("400",)]


# ── where the bot is let in ──────────────────────────────────────────────────────────────────────────────────


def references(world: TeamsWorld) -> dict[str, Reference]:
    with world.parts.database.look() as tx:
        return {each.place: each for each in tx.references_to("")}


def test_whoever_adds_the_bot_is_greeted_once_and_reached_until_they_remove_it(world: TeamsWorld) -> None:
    new = world.teams.person("Nadia Example", "nadia@example.org")
    for ack in world.teams.installs(new):
        world.told(ack)
    assert len(world.teams.said(new)) == 1
    assert "Write “escalate” to begin" in world.teams.sees(new)
    assert "[Raise an escalation]" in world.teams.sees(new)
    told = references(world)[world.person("Nadia")]
    assert (told.conversation, told.bot) == (world.teams.personal(new).id, f"28:{BOT_APP}")
    for ack in world.teams.removes(new):
        world.told(ack)
    assert world.person("Nadia") not in references(world)


def test_what_teams_calls_somebody_and_which_version_of_the_app_they_have_is_known_as_it_was_told_last(
    world: TeamsWorld,
) -> None:
    new = world.teams.person("Vera Example", "vera@example.org")
    for ack in world.teams.installs(new):
        world.told(ack)
    said, account = len(world.teams.said(new)), world.teams.who(new).account

    def told() -> tuple[str, str]:
        found = references(world)[world.person("Vera")]
        return found.account, found.version

    assert told() == (account, "1.0.0")
    who, chat = world.teams.who(new), world.teams.personal(new)
    for version, known in (("1.1.0", "1.1.0"), ("", "1.1.0"), ("<b>", "1.1.0")):
        upgraded = world.teams.inbound.update(who, chat, "installationUpdate", action="upgrade")
        upgraded["channelData"]["app"] = {"version": version}
        assert tells(world, upgraded).ok
        world.carried()
        assert told() == (account, known)
    assert len(world.teams.said(new)) == said, "Nobody is greeted because of an upgrade."


def test_when_microsoft_moves_the_organisation_everybody_is_reached_at_the_new_address(world: TeamsWorld) -> None:
    for name in ("Asha", "Ben"):
        world.types(world.person(name), "help")
    opened = replace(references(world)[world.person("Asha")], place=f"teams:{TENANT}:opened")
    with world.parts.database.transaction() as tx:  # the bot keeps the address at which it has opened a chat so
        tx.keep_reference(replace(opened, service_url=opened.service_url.rstrip("/")))
    before, region = references(world), world.teams.region
    world.teams.moves("uk")
    world.types(world.person("Asha"), "help")
    after = references(world)
    assert {each.service_url for each in after.values()} == {world.teams.service_url}
    assert after.keys() == before.keys()
    world.teams.moves(region)
    world.types(world.person("Asha"), "help")
    with world.parts.database.transaction() as tx:
        tx.drop_reference(opened.place)


@pytest.fixture
def administrator(world: TeamsWorld, monkeypatch: pytest.MonkeyPatch) -> str:
    ida = world.teams.person("Ida Administrator", "ida@example.org")
    told = (f"teams:{TENANT}:{ida}",)
    monkeypatch.setattr(type(world.parts.assistant), "administrators", told, raising=False)
    object.__setattr__(world.parts.assistant, "administrators", told)
    return ida


def test_whoever_looks_after_the_bot_learns_when_a_channel_or_a_team_is_lost(
    world: TeamsWorld, administrator: str
) -> None:
    team = world.teams.new_team("Another team", "Asha")
    for ack in world.teams.installs("Asha", team):
        world.told(ack)
    assert team in references(world)
    world.told(world.teams.renames("Asha", team, "Its new name"))
    assert team in references(world)
    assert world.teams.said(administrator) == []
    for ack in world.teams.removes("Asha", team):
        world.told(ack)
    assert team not in references(world)
    assert "removed from the team “Its new name”" in world.teams.sees(administrator)
    assert len(world.teams.said(administrator)) == 1
    world.told(world.teams.deletes_channel("Asha", "sefton-escalations"))
    assert "call “sefton-escalations” was deleted" in world.teams.sees(administrator)


class Changing(TeamsWorld):
    """What its settings say of channels can be changed while it runs."""

    @property
    def access(self) -> TeamsAccess:
        self.named = {**super().access.channels}
        return replace(super().access, channels=self.named)


def test_so_they_do_where_threads_stand_in_a_channel_that_the_settings_do_not_name_any_more(tmp_path: Path) -> None:
    world = Changing(tmp_path)
    try:
        ida = world.teams.person("Ida Administrator", "ida@example.org")
        object.__setattr__(world.parts.assistant, "administrators", (world.person(ida),))
        world.raised(REFERENCE)
        for name in ("herefordshire-escalations", "sefton-escalations"):
            world.named[name] = world.teams.channel(f"new-{name}", TEAM)
        world.told(world.teams.deletes_channel("Asha", "sefton-escalations"))
        assert world.teams.said(ida) == []
        world.told(world.teams.deletes_channel("Asha", "herefordshire-escalations"))
        assert "“herefordshire-escalations” was deleted in Teams. The threads" in world.teams.sees(ida)
        assert len(world.teams.said(ida)) == 1
    finally:
        world.close()


def happens(world: TeamsWorld, event: str, channel: Json, **more: Any) -> None:
    """Something of this channel, as Teams tells a bot that is in its team."""
    team = world.teams.team(TEAM).id
    data = {"eventType": event, "channel": channel, "team": {"id": team, "name": TEAM}}
    activity = world.teams.inbound.update(
        world.teams.who("Asha"), world.teams.tenants.rooms[channel["id"]], "conversationUpdate", data=data, **more
    )
    assert tells(world, activity).ok
    world.carried()


def test_a_channel_stands_for_its_team_only_where_it_is_told_that_its_members_are_the_same(world: TeamsWorld) -> None:
    room, team = world.teams.room("herefordshire-escalations").id, world.teams.team(TEAM).id
    for ack in world.teams.installs("Asha", TEAM):
        world.told(ack)
    world.told(world.teams.types("Asha", "@Escalation Bot help", "herefordshire-escalations"))
    assert references(world)[team].team == team
    assert references(world)[room].team == "", "What Teams tells of messages says nothing of the kind of channel."
    assert references(world)[world.person("Asha")].team == ""
    for told, known in ({"type": "standard"}, team), ({}, team), ({"type": "shared"}, ""), ({}, ""):
        happens(world, "channelRestored", {"id": room, **told})
        assert references(world)[room].team == known
    happens(world, "channelRestored", {"id": team, "name": "General"})
    assert references(world)[team].team == team


@pytest.mark.parametrize("told", [{"type": "shared"}, {"type": "private"}, {}], ids=["shared", "private", "untold"])
def test_where_the_bot_may_not_be_in_one_channel_any_more_it_is_still_in_the_team(
    world: TeamsWorld, administrator: str, told: Json
) -> None:
    team, bot = world.teams.team(TEAM).id, [{"id": f"28:{BOT_APP}"}]
    room = {"id": world.teams.room("trafford-escalations").id, "name": "Trafford", **told}
    happens(world, "channelMemberAdded", room, membersAdded=bot)
    assert room["id"] in references(world)
    happens(world, "channelMemberRemoved", room, membersRemoved=bot)
    assert room["id"] not in references(world)
    assert team in references(world)
    assert "not be in the channel “trafford-escalations”" in world.teams.sees(administrator)
    assert "removed from the team" not in world.teams.sees(administrator)
    said = len(world.teams.said(administrator))
    happens(world, "channelMemberRemoved", room | {"id": world.teams.channel(f"{told}", TEAM)}, membersRemoved=bot)
    assert len(world.teams.said(administrator)) == said, "Nothing stands there."


# ── Microsoft's library ──────────────────────────────────────────────────────────────────────────────────────


def test_neither_the_environment_nor_a_file_changes_what_the_library_does(
    world: TeamsWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / ".env"
    file.write_text("CLIENT_ID=another\nCLOUD=China\nESCALATION_BOT_SENDER=another@example.org\n")
    for name in library.READ:
        monkeypatch.setenv(name, "1")

    async def token() -> str:
        return ""

    async def take() -> None:
        """Nothing comes."""

    with library._undisturbed():
        dotenv.load_dotenv(file)
        assert not {"CLIENT_ID", "ESCALATION_BOT_SENDER"} & {*os.environ}
    made = library.library(BOT_APP, TENANT, token, NoDoor(), take)
    assert type(made.credentials).__name__ == "TokenCredentials"
    assert (made.id, made.cloud.login_endpoint) == (BOT_APP, "https://login.microsoftonline.com")
    assert made.options.dangerously_allow_unauthenticated_requests is False
    assert {os.environ[name] for name in library.READ} == {"1"}
    assert "ESCALATION_BOT_SENDER" not in os.environ


class NoDoor:
    def register_route(self, method: object, path: str, handler: object) -> None: ...

    def serve_static(self, path: str, directory: str) -> None: ...

    async def start(self, port: int) -> None: ...

    async def stop(self) -> None: ...


def test_the_library_is_told_nothing_that_anybody_typed_or_chose(world: TeamsWorld) -> None:
    world.types(world.person("Asha"), "/escalate new")
    told = [
        typed(world, "Asha", CHILD),
        pressing(world, "Asha", world.teams.last("Asha"), "No", **{"text:answer": CHILD}),
        world.teams.inbound.update(world.teams.who("Asha"), world.teams.personal("Asha"), "conversationUpdate"),
    ]
    assert "Kit" in str(told)
    assert not [word for word in ("Kit", "Asha", "answer") if word in str([library.outline(each) for each in told])]


def test_nothing_of_microsofts_is_loaded_where_teams_is_not_set() -> None:
    others = loaded_by("bot.cli", "bot.serving", "bot.doctor", "bot.wiring", "bot.wiring.slack", "bot.wiring.console")
    assert others & {"bot.chat.teams.library", "bot.wiring.teams"} == set()
    assert "bot.chat.teams.library" in loaded_by("bot.wiring.teams")
    users = [
        path.name for path in ROOT.glob("bot/**/*.py") if re.search(r"(from|import) microsoft_teams", path.read_text())
    ]
    assert users == ["library.py"]


def loaded_by(*starts: str) -> set[str]:
    """Every module of ours that is loaded with these, and not only when something of theirs is called."""
    found, open_ones = set[str](), [*starts]
    while open_ones:
        if (name := open_ones.pop()) in found:
            continue
        file = ROOT / name.replace(".", "/")
        path = file.with_suffix(".py") if file.with_suffix(".py").exists() else file / "__init__.py"
        if path.exists():
            found.add(name)
            for module, names in IMPORTED.findall(path.read_text("utf-8")):
                open_ones += [module, *(f"{module}.{each.strip()}" for each in names.split(","))]
            open_ones += [name.rpartition(".")[0]] if "." in name else []
    return found
