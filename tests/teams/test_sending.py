"""Saying things in Teams, through the real carrier and over real HTTP: nothing lost, whatever goes wrong on the way."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from structlog.testing import capture_logs

from bot.chat.pace import Pace
from bot.chat.teams.sending import TeamsChat
from bot.delivery import WAITS
from bot.errors import Away, TryLater
from bot.messages import Button, Buttons, Entry, Message, Words
from bot.ports import Delivery
from tests.talking import World
from tests.teams import TeamsFake, broken, dropped, limited, refused, slow
from tests.teams.checks import walk
from tests.teams.faults import Fault
from tests.teams.office import CHANNEL, CONTENT, WORDS, Office, Proof, long, message, workplace
from tests.teams.tenants import TENANT, Post

Workplace = tuple[TeamsFake, World, httpx.Client, Proof]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    with workplace(tmp_path_factory.mktemp("teams")) as made:
        yield made


@pytest.fixture
def office(place: Workplace) -> Office:
    teams = place[0]
    office = Office(*place)
    teams.calls.clear()
    teams.faults.waiting.clear()
    teams.region = "emea"
    office.is_told("teams:whoever", "a:whoever")
    return office


# ── whatever goes wrong ──────────────────────────────────────────────────────────────────────────────────────

NOT_DONE: dict[str, Fault] = {
    "limited": limited(7),
    "limited, for nobody knows how long": limited(None),
    "away": broken(503),
    "a gateway’s fault": broken(502),
    "a fault": broken(500),
    "busy": refused(412, "PreconditionFailed"),
    "cut off": dropped(done=False),
}
DONE: dict[str, Fault] = {
    "a fault": broken(500, done=True),
    "a gateway’s silence": broken(504, done=True),
    "cut off": dropped(done=True),
    "answered too late": slow(1),
}
KINDS = {"direct": "say", "root": "say", "reply": "say", "edit": "change"}


def goes_wrong(office: Office, kind: str, fault: Fault) -> Delivery:
    """Say something, of which the first attempt meets this fault, until it is said."""
    wanted = {"direct": office.direct, "root": office.begin, "reply": office.reply, "edit": office.edit}[kind]()
    if kind in {"reply", "edit"}:
        office.say(office.begin())
    if fault.what == "slow":
        office.chat = office.opened(seconds=0.5)
    office.teams.fail(KINDS[kind], fault)  # type: ignore[arg-type]
    office.say(wanted)
    office.teams.settle()
    assert office.due(kind).state == "waiting"
    office.chat = office.opened()
    while office.due(kind).state == "waiting":
        office.later(hours=5)
    return wanted


@pytest.mark.parametrize(
    ("kind", "fault"), [*(("direct", fault) for fault in NOT_DONE), *((kind, "away") for kind in KINDS)]
)
def test_what_was_not_done_is_said_later_and_once(office: Office, kind: str, fault: str) -> None:
    goes_wrong(office, kind, NOT_DONE[fault])
    assert office.due(kind).state == "done"
    assert office.showing(f"{kind}!") == [office.at(kind)]


@pytest.mark.parametrize(
    ("kind", "fault"), [*(("reply", fault) for fault in DONE), *((kind, "cut off") for kind in KINDS)]
)
def test_what_may_have_been_said_is_said_again_as_nobody_can_look_and_a_change_is_one_all_the_same(
    office: Office, kind: str, fault: str
) -> None:
    goes_wrong(office, kind, DONE[fault])
    assert office.due(kind).state == "done"
    assert len(office.showing(f"{kind}!")) == (1 if kind == "edit" else 2)
    assert office.showing(f"{kind}!")[-1] is office.at(kind)


def test_who_asks_to_wait_is_not_called_before_and_keeps_no_other_place_waiting(office: Office) -> None:
    office.teams.fail("say", limited(70), place=office.room)
    office.say(office.begin())
    office.later(seconds=69)
    assert office.calls("say") == 1
    assert office.limits == ["teams post"]
    office.say(office.direct())
    assert office.due("direct").state == "done"
    office.later(seconds=1)
    assert office.due("root").state == "done"


def test_where_teams_cannot_be_reached_nothing_was_done_and_nothing_is_given_up(office: Office) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        office.chat = office.opened(url=f"http://127.0.0.1:{closed.getsockname()[1]}/emea/")
        office.say(office.begin())
        for _ in WAITS:
            office.later(hours=5)
    due = office.due("root")
    assert (due.state, due.doubtful) == ("waiting", False)
    office.chat = office.opened()
    office.later(seconds=600)
    assert len(office.showing("root!")) == 1


def test_while_teams_answers_nobody_nothing_is_given_up(office: Office) -> None:
    office.teams.fail("say", *(broken(503) for _ in range(9)))
    office.say(office.begin())
    for _ in WAITS:
        office.later(hours=5)
    assert office.due("root").state == "waiting"
    office.teams.faults.waiting.clear()
    office.later(seconds=600)
    assert len(office.showing("root!")) == 1


def test_what_is_said_in_one_channel_keeps_its_pace_and_its_order_and_delays_no_other(office: Office) -> None:
    office.chat = office.opened(pace=Pace(4, timedelta(seconds=1), clock=lambda: office.world.moment.timestamp()))
    replies = [office.reply(f"reply {number}") for number in range(9)]
    office.say(office.begin(), *replies, office.direct())
    done = [number for number in range(9) if office.due(f"reply {number}").state == "done"]
    assert done == [0, 1, 2]
    assert office.due("direct").state == "done"
    for _ in range(6):
        office.later(seconds=1)
    said = [office.at(f"reply {number}").id for number in range(9)]
    assert said == sorted(said)
    assert office.limits == []


def test_all_that_saying_one_thing_takes_ends_in_time_together(office: Office) -> None:
    office.is_told(office.person, "a:1-of-long-ago")
    office.chat = TeamsChat(office.connector(errand_seconds=0.1), office.tenant, office.references)
    office.teams.fail("say", slow(0.15))
    with pytest.raises(TryLater, match="took too long"):
        office.chat.direct("key", office.person, message("late"))
    assert [call.operation for call in office.teams.calls] == ["say"]


def test_no_further_call_is_begun_when_an_errand_takes_too_long(office: Office) -> None:
    with pytest.raises(TryLater, match="took too long"):
        office.connector(errand_seconds=-1).errand().say("post", office.room, "activities", body={})
    assert office.teams.calls == []


# ── to whom, and where ───────────────────────────────────────────────────────────────────────────────────────


def test_somebody_of_whom_teams_has_told_nothing_gets_a_chat_once_and_is_reached_there_from_then_on(
    office: Office,
) -> None:
    office.say(office.direct("first"), office.direct("second"))
    office.chat = office.opened()
    office.say(office.direct("third"))
    assert (office.calls("create"), office.calls("say")) == (1, 3)
    assert [office.teams.read(post).partition("!")[0] for post in office.teams.said(office.user)] == [
        "first",
        "second",
        "third",
    ]
    kept = office.references.at(office.person)
    assert kept is not None
    assert kept.conversation == office.teams.personal(office.user).id


def test_to_ask_for_a_chat_says_nothing_and_is_asked_where_teams_has_told_last(office: Office) -> None:
    office.teams.moves("uk")
    office.chat = office.opened(url=f"{office.teams.base_url}/emea/")
    office.is_told("teams:whoever", "a:whoever")
    office.teams.fail("create", dropped(done=True))
    office.say(office.direct())
    assert not office.due("direct").doubtful
    office.later(hours=1)
    assert office.due("direct").state == "done"
    assert office.calls("create") == 2


def test_a_chat_that_teams_does_not_know_any_more_is_made_anew(office: Office) -> None:
    office.is_told(office.person, "a:1-of-long-ago")
    office.say(office.direct())
    assert office.at("direct").room == office.teams.personal(office.user).id


def test_what_was_told_to_another_bot_is_not_believed(office: Office) -> None:
    told = office.is_told(office.person, "a:1-of-another-bot")
    office.references.keep(replace(told, bot="28:another"))
    office.say(office.direct())
    assert (office.calls("create"), office.calls("say")) == (1, 1)


def test_where_teams_has_moved_an_organisation_it_is_reached_there_once_anybody_has_written(office: Office) -> None:
    office.say(office.begin(), office.direct())
    office.is_told(office.room, office.room)
    office.teams.moves("uk")
    office.say(office.reply(), office.direct("waits"))
    for _ in WAITS:
        office.later(hours=5)
    assert [office.due(key).state for key in ("reply", "waits")] == ["waiting", "waiting"]
    office.is_told("teams:somebody", "a:somebody")
    office.later(seconds=600)
    office.say(office.edit("changed", "direct"))
    assert [office.reads(key)[-1].partition("!")[0] for key in ("reply", "waits", "direct")] == [
        "reply",
        "waits",
        "changed",
    ]


@pytest.mark.parametrize(
    ("delivery", "said"),
    [
        (Delivery("x", "direct", "slack:T1:U1", message("x")), "This person is not in this organisation’s Teams."),
        (Delivery("x", "direct", f"teams:{TENANT}x:{'0' * 8}", message("x")), "This person is not in this"),
        (Delivery("x", "thread", "no-such-channel", message("x")), "The channel “no-such-channel” has no Teams"),
        (
            Delivery("x", "direct", f"teams:{TENANT}:00000000-0000-4000-8000-000000000000", message("x")),
            "Teams does not know this person in this organisation.",
        ),
        (
            Delivery("x", "thread", "19:nowhere@thread.tacv2", message("x")),
            "I cannot find this channel in Teams. Whoever runs this bot has to check its id",
        ),
    ],
    ids=["of another platform", "of another tenant", "no id", "nobody", "no channel"],
)
def test_nothing_is_said_to_what_is_no_person_or_no_known_channel(
    office: Office, delivery: Delivery, said: str
) -> None:
    office.say(replace(delivery, key=office.key("x")))
    assert office.reason("x").startswith(said)


# ── refused ──────────────────────────────────────────────────────────────────────────────────────────────────


def refuse(office: Office, what: str) -> None:
    match what:
        case "removed from the team":
            office.teams.tenants.rooms[office.room].private = True  # as it is for a bot
        case "not installed":
            office.member.has_app = False
        case "blocked":
            office.member.blocked = True
        case "left":
            office.member.deleted = True
        case code:
            status = {"MessageSizeTooBig": 413, "BadSyntax": 400, "NewCode": 409}.get(code, 403)
            office.teams.fail("say", refused(status, code))


@pytest.mark.parametrize(
    ("kind", "what", "said"),
    [
        ("root", "removed from the team", "I am not in the team of this channel in Teams. An owner of the team has to"),
        ("root", "ConversationBlockedByUser", "This channel does not let me write in it. An owner of the team has to"),
        ("root", "NotEnoughPermissions", "Teams does not allow me to do this. An administrator of Teams has to."),
        ("root", "SomethingForbidden", "Teams does not allow me to do this. An administrator of Teams has to."),
        ("root", "MessageSizeTooBig", "The message is longer than Teams takes."),
        ("root", "BadSyntax", "Teams cannot show this message. Please tell whoever runs this bot."),
        ("root", "NewCode", "Teams refused it (NewCode). Please tell whoever runs this bot."),
        (
            "direct",
            "not installed",
            "I am not installed for this person in Teams. They have to add me there under Apps",
        ),
        ("direct", "left", "Teams lets nothing of mine through to this person, because they have blocked or removed"),
        (
            "direct",
            "blocked",
            "Teams lets nothing of mine through to this person, because they have blocked or removed",
        ),
        ("direct", "BotDisabledByAdmin", "I have been blocked in Teams for this place. An administrator of Teams has"),
    ],
)
def test_a_refusal_is_given_up_at_once_with_a_sentence_for_who_can_mend_it(
    office: Office, kind: str, what: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    office.say(office.direct("before"))
    refuse(office, what)
    caplog.set_level(logging.DEBUG, logger="bot")
    with capture_logs() as logs:
        office.say(office.begin() if kind == "root" else office.direct())
    assert office.reason(kind).startswith(said)
    assert office.showing(f"{kind}!") == []
    for secret in (CONTENT, office.proof.token(), "a summary"):
        assert secret not in str(logs) + caplog.text + office.reason(kind)


def test_who_has_no_chat_yet_and_for_whom_the_bot_is_not_installed_is_told_of_and_reached_when_that_is_mended(
    office: Office,
) -> None:
    office.member.has_app = False
    office.say(office.direct())
    assert office.reason("direct") == WORDS("teams.not_installed")
    office.member.has_app = True
    with office.world.parts.database.transaction() as tx:
        tx.again(office.key("direct"))
    office.carrier.carry_all()
    assert office.showing("direct!") == [office.at("direct")]


@pytest.mark.parametrize("said", [f"BadSyntax: {CONTENT}", CONTENT])
def test_what_teams_says_beside_its_codes_is_neither_kept_nor_logged(office: Office, said: str) -> None:
    """It may repeat what it was given."""
    office.teams.fail("say", refused(409, said))
    with capture_logs() as logs:
        office.say(office.direct())
    kept = office.reason("direct") + str(logs)
    assert "409" in kept
    assert [secret for secret in (CONTENT, "Kit") if secret in kept] == []


def test_a_token_that_is_not_taken_any_more_is_fetched_anew_and_nobody_notices(office: Office) -> None:
    office.proof.kept, before = "worn out", office.proof.forgotten
    office.say(office.direct())
    assert office.proof.forgotten == before + 1
    assert office.showing("direct!") == [office.at("direct")]


def test_while_the_bot_is_not_registered_nothing_is_given_up_and_all_is_said_once_that_is_mended(
    office: Office,
) -> None:
    office.say(office.begin())
    office.teams.fail("*", *(refused(401, "BotNotRegistered") for _ in range(99)))
    office.say(office.reply("first"), office.reply("second"), office.direct())
    for _ in WAITS:
        office.later(hours=5)
    assert [office.due(key).state for key in ("first", "second", "direct")] == ["waiting"] * 3
    office.teams.faults.waiting.clear()
    office.later(seconds=600)
    office.later()
    assert int(office.at("first").id) < int(office.at("second").id)
    assert all(len(office.showing(f"{key}!")) == 1 for key in ("first", "second", "direct"))
    told = [office.teams.read(post) for post in office.teams.said("Administrator")]
    assert WORDS("teams.not_registered") in told[-1]
    assert len(set(told)) == len(told)  # once a day


# ── only to Teams ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/", "https://evil.example/teams/"])
def test_an_address_that_the_settings_do_not_know_gets_neither_token_nor_message(office: Office, address: str) -> None:
    office.is_told(office.person, office.teams.personal(office.user).id, address)
    office.say(office.direct())
    assert office.showing("direct!") == [office.at("direct")]


def test_no_redirection_is_followed(office: Office) -> None:
    seen: list[str] = []

    def redirected(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.host)
        return httpx.Response(307, headers={"Location": "https://evil.example/"})

    with httpx.Client(transport=httpx.MockTransport(redirected), follow_redirects=True) as office.http:
        office.chat = office.opened()
        office.say(office.begin())
    assert seen == ["127.0.0.1"]
    assert office.reason("root") == WORDS("teams.other", code="307")


# ── in several ───────────────────────────────────────────────────────────────────────────────────────────────


def told(office: Office) -> list[str]:
    """All that the bot has said to the person."""
    return [office.teams.read(post) for post in office.teams.said(office.user)]


@pytest.mark.parametrize(
    ("before", "fault"), [(0, None), (0, limited(3)), (1, dropped(done=False)), (1, limited(3)), (2, broken(503))]
)
def test_what_needs_several_cards_is_said_in_several_messages_and_each_of_them_once(
    office: Office, before: int, fault: Fault | None
) -> None:
    if fault is not None:
        office.teams.fail("say", *(slow(0) for _ in range(before)), fault)
    office.say(replace(office.direct(), message=long()))
    office.chat = office.opened()
    office.later(hours=1)
    assert office.due("direct").state == "done"
    said = "\n".join(told(office))
    assert len(told(office)) > 2
    assert [said.count(f"long {number}: ") for number in range(30)] == [1] * 30
    assert said.index("long 0: ") < said.index("long 29: ") < said.index("[Continue]")
    assert office.at("direct") is office.teams.last(office.user)


def test_of_what_was_said_in_several_messages_only_the_one_in_doubt_is_said_again(office: Office) -> None:
    office.teams.fail("say", slow(0), dropped(done=True))
    office.say(replace(office.direct(), message=long()))
    whole = len(told(office))
    office.chat = office.opened()
    office.later(hours=1)
    counts = ["\n".join(told(office)).count(f"long {number}: ") for number in range(30)]
    assert whole == 2
    assert counts[0] == counts[-1] == 1
    assert set(counts) == {1, 2}


def test_what_stood_in_several_messages_is_gone_when_it_is_changed(office: Office) -> None:
    office.say(replace(office.direct(), message=long()))
    parts = len(told(office)) - 1
    for key in ("first", "second"):
        office.chat = office.opened()
        office.say(office.edit(key, "direct"))
        assert told(office) == [f"{key}! {CONTENT}"]
    assert office.calls("delete") == parts


def test_a_change_into_what_needs_several_is_said_anew_and_what_stood_there_is_gone(office: Office) -> None:
    office.say(office.direct(), replace(office.edit(of="direct"), message=long()))
    assert "\n".join(told(office)).count("long 0: ") == 1
    assert office.showing("direct!") == []
    office.chat = office.opened()
    office.say(office.edit("settled", "direct"))
    assert told(office) == [f"settled! {CONTENT}"]


def test_a_thread_that_begins_with_several_messages_is_one_thread(office: Office) -> None:
    office.say(replace(office.begin(), message=long("root")), office.reply(), office.edit())
    assert office.at("reply").root == office.at("root").thread
    assert [office.teams.read(post) for post in office.showing("edit!")] == [f"edit! {CONTENT}"]


# ── deleted ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_reply_to_a_thread_that_was_deleted_stands_in_the_channel_and_says_why(office: Office) -> None:
    office.say(office.begin())
    office.deletes(office.at("root"))
    office.say(office.reply("first"))
    office.chat = office.opened()
    office.say(office.reply("second"))
    first, second = office.at("first"), office.at("second")
    assert (first.root, second.root) == ("", first.id)
    assert office.reads("first") == [WORDS("teams.thread_gone"), f"first! {CONTENT}"]
    assert office.reads("second") == [f"second! {CONTENT}"]


def test_a_thread_whose_first_message_was_deleted_after_replies_goes_on(office: Office) -> None:
    office.say(office.begin(), office.reply("first"))
    root = office.at("root")
    office.deletes(root)
    office.say(office.reply("second"))
    assert office.at("second").root == root.id


@pytest.mark.parametrize("of", ["root", "direct"])
def test_a_change_of_what_was_deleted_is_said_anew_and_changed_from_then_on(office: Office, of: str) -> None:
    office.say(office.begin(), office.direct())
    office.deletes(office.at(of))
    office.say(office.edit("first", of))
    assert office.reads("first") == [WORDS("teams.message_gone"), f"first! {CONTENT}"]
    office.chat = office.opened()
    office.say(office.edit("second", of))
    assert office.showing("first!") == []
    assert office.at("second") is office.at("first")
    assert office.at("first").room == (office.room if of == "root" else office.teams.personal(office.user).id)


def test_a_reminder_that_was_deleted_is_said_anew_in_its_thread_and_changed_there_from_then_on(office: Office) -> None:
    office.say(office.begin(), office.reply("reminder"), office.reply())
    office.deletes(office.at("reminder"))
    office.say(office.edit("first", "reminder"))
    assert office.at("first").root == office.at("root").id
    office.chat = office.opened()
    office.say(office.edit("second", "reminder"))
    assert office.at("second") is office.at("first")
    assert len(office.teams.thread(office.room, office.at("root").id)) == 3


def test_a_reminder_whose_thread_is_gone_too_is_said_anew_in_the_channel(office: Office) -> None:
    office.say(office.begin(), office.reply("reminder"))
    office.deletes(office.at("reminder"))
    office.deletes(office.at("root"))
    office.say(office.edit("first", "reminder"))
    office.chat = office.opened()
    office.say(office.edit("second", "reminder"), office.reply())
    assert office.at("second") is office.at("first")
    assert office.at("first").root == ""
    assert office.at("reply").root == office.at("first").id


def test_what_teams_does_not_let_be_changed_is_said_anew_and_its_thread_goes_on(office: Office) -> None:
    office.say(office.begin())
    office.teams.fail("change", refused(403, "NotEnoughPermissions"))
    office.say(office.edit("first"), office.reply())
    assert office.reads("first") == [WORDS("teams.message_fixed"), f"first! {CONTENT}"]
    assert office.at("reply").root == office.at("root").id
    office.chat = office.opened()
    office.say(office.edit("second"))
    assert office.at("second") is office.at("first")


def test_a_reply_with_which_a_thread_goes_on_is_never_overwritten_by_the_thread_s_face(office: Office) -> None:
    office.say(office.begin())
    office.deletes(office.at("root"))
    office.say(office.reply("first"), office.edit("face"))
    assert office.reads("first")[-1] == f"first! {CONTENT}"
    assert office.reads("face")[-1] == f"face! {CONTENT}"
    office.say(office.edit("put right", "first"))
    assert office.reads("put right") == [f"put right! {CONTENT}"]
    assert office.at("put right") is office.at("first")


def test_the_thread_goes_on_under_a_face_that_was_said_anew(office: Office) -> None:
    office.say(office.begin())
    office.deletes(office.at("root"))
    office.say(office.edit(), office.reply())
    assert office.at("reply").root == office.at("edit").id


# ── what is sent ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_message_is_a_card_whose_buttons_carry_the_key_and_a_notification_shows_its_summary(office: Office) -> None:
    person = Entry("who", "Who leads it?", "person", initial=office.person)
    buttons = Buttons((Button("Continue", "answer", "opaque"),))
    office.say(replace(office.direct(), message=Message("You are asked something", (person, buttons))))
    post: Post = office.at("direct")
    assert post.summary == "You are asked something"
    (button,) = [each for each in walk(post.cards[0]) if each["type"] == "Action.Execute"]
    assert button["data"].items() >= {"action": "answer", "value": "opaque", "key": office.key("direct")}.items()
    (picker,) = [each for each in walk(post.cards[0]) if each["type"] == "Input.ChoiceSet"]
    assert picker["value"] == office.user


def test_half_of_a_character_keeps_nothing_back(office: Office) -> None:
    office.say(replace(office.direct(), message=Message("Asked", (Words("Half \ud83d a pair"),))))
    assert office.reads("direct") == ["Half ? a pair"]


def test_what_is_not_to_be_drawn_is_given_up_with_a_sentence(office: Office) -> None:
    twice = (Entry("same", "One", "line"), Entry("same", "Another", "line"))
    office.say(replace(office.direct(), message=Message("Asked", twice)))
    assert office.reason("direct") == WORDS("teams.not_taken")
    assert office.calls("say") == 0


def test_a_message_of_a_channel_has_an_address_and_a_private_one_has_none(office: Office) -> None:
    office.say(office.begin(), office.reply(), office.direct())
    root, reply = office.at("root"), office.at("reply")
    channel = office.room.replace(":", "%3A").replace("@", "%40")
    assert office.chat.link(CHANNEL, office.due("reply").receipt) == (
        f"https://teams.microsoft.com/l/message/{channel}/{reply.id}?tenantId={TENANT}&parentMessageId={root.id}"
    )
    assert office.chat.link(CHANNEL, office.due("root").receipt).endswith(
        f"/{root.id}?tenantId={TENANT}&parentMessageId={root.id}"
    )
    assert office.chat.link("", office.due("direct").receipt) == ""


def test_a_question_that_changes_nothing_says_whether_anybody_is_answered(office: Office) -> None:
    errand = office.connector().errand()
    office.teams.fail("member", broken(500), dropped(done=True), broken(503))
    with pytest.raises(Away):
        errand.ask("member", office.room, "members", office.user)
    with pytest.raises(TryLater) as silent:
        errand.ask("member", office.room, "members", office.user)
    assert type(silent.value) is TryLater
    with pytest.raises(Away):
        errand.ask("member", office.room, "members", office.user)
