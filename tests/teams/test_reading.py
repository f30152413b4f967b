"""What Teams tells of is read as what somebody did, and only where somebody of this tenant did it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from bot.chat.bodies import Unreadable
from bot.chat.teams.ids import person_of
from bot.chat.teams.reading import Reader, Stranger, check
from bot.hearing import COMMANDS
from bot.ports import Command, Heard, Pressed, Typed
from tests.teams.inbound import Inbound
from tests.teams.tenants import BOT_APP, TENANT, Json, Post, Tenants
from tests.teams.tokens import Keys

READER = Reader(TENANT, BOT_APP, frozenset(COMMANDS))
TENANTS = Tenants(time.time)
INBOUND = Inbound(TENANTS, Keys(), lambda: "https://connector.example/")
ASHA = TENANTS.add_member("Asha Example", "asha@example.org")
BEN = TENANTS.add_member("Ben Example", "ben@example.org")
TEAM = TENANTS.add_team("Escalations", {ASHA.id, BEN.id})
CHANNEL = TENANTS.add_channel(TEAM, "example-escalations")
OWN = TENANTS.personal(ASHA.id)
AT = "<at>Escalation Bot</at>"
MENTION = {"type": "mention", "text": AT, "mentioned": {"id": f"28:{BOT_APP}", "name": "Escalation Bot"}}
BUTTON: Json = {"type": "Action.Execute", "verb": "answer", "data": {"action": "answer", "value": "1", "key": "c/1"}}


def typed(text: str, **more: Any) -> Json:
    return INBOUND.message(ASHA, OWN, Post("170", OWN.id, ASHA.account, text), "", **more)


def in_channel(text: str, root: str = "", **more: Any) -> Json:
    return INBOUND.message(ASHA, CHANNEL, Post("170", CHANNEL.id, ASHA.account, text, root=root), "", **more)


def pressed(action: Json, **more: Any) -> Json:
    value = {"action": action, "trigger": more.pop("trigger", "manual")}
    return INBOUND.invoke(ASHA, OWN, "", "adaptiveCard/action", value, replyToId="160", **more)


def heard(activity: Json) -> Heard:
    check(activity)
    assert READER.kind(activity) == "message"
    return READER.message(activity).heard


def test_a_person_is_tenant_and_object_id_and_an_event_is_of_its_conversation() -> None:
    told = heard(typed("Good morning"))
    assert told.person == person_of(TENANT, ASHA.id)
    assert told.what == Typed("Good morning")
    other = TENANTS.personal(BEN.id)
    same_moment = INBOUND.message(BEN, other, Post("170", other.id, BEN.account, "Good morning"), "")
    assert heard(same_moment).event != told.event  # Teams counts the messages of each conversation anew
    assert heard(typed("Good morning")).event == told.event


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("escalate", Command("escalate")),
        ("Escalate", Command("escalate")),
        ("/escalate new", Command("escalate", "new")),
        ("my escalations", Command("my-escalations")),
        ("/My escalations", Command("my-escalations")),
        ("/my-escalations", Command("my-escalations")),
        ("/report E-4KX-7PW", Command("report", "E-4KX-7PW")),
        # It depends on what is being asked whether these are an answer.
        ("help", Typed("help")),
        ("received", Typed("received")),
        ("/nonsense", Typed("/nonsense")),
        ("escalate it", Typed("escalate it")),
    ],
)
def test_start_words_are_known_with_a_slash_and_without_one_where_nothing_else_can_be_meant(
    text: str, what: Command | Typed
) -> None:
    assert heard(typed(text)).what == what


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("2 &lt; 3 &amp;amp; 4 < 5", "2 &lt; 3 &amp;amp; 4 < 5"),
        ("one\r\n\r\ntwo\N{NO-BREAK SPACE}three", "one\n\ntwo three"),
        (f"{AT} show this", "show this"),
        (f"{AT}\N{NO-BREAK SPACE}help", "help"),
        (f"{AT} {AT} the <at> sign, and </at>", f"{AT} the <at> sign, and </at>"),
        ('<at id="0">Somebody</at> said so', '<at id="0">Somebody</at> said so'),
        ("<b>bold</b>", "<b>bold</b>"),
    ],
)
def test_text_is_as_it_was_typed(text: str, plain: str) -> None:
    assert heard(typed(text, entities=[MENTION])).what == Typed(plain)


@pytest.mark.parametrize(
    ("kind", "is_file"),
    [
        ("text/html", False),  # what was typed, as it looks
        ("image/*", True),
        ("application/vnd.microsoft.teams.file.download.info", True),
    ],
)
def test_files_that_came_with_words_are_known_to_have_come(kind: str, is_file: bool) -> None:
    told = typed("The minutes say it.", attachments=[{"contentType": kind, "content": "<p>The minutes say it.</p>"}])
    assert heard(told).what == Typed("The minutes say it.", files=is_file)


def test_what_teams_calls_markup_is_read_as_such() -> None:
    told = typed(f"{AT}&nbsp;a &lt; b &amp;amp; <at>Ben</at>", entities=[MENTION], textFormat="xml")
    assert heard(told).what == Typed("a < b &amp; Ben")


def test_somebody_who_is_mentioned_is_their_id_where_teams_tells_it() -> None:
    known = {"type": "mention", "text": "<at>Ben Example</at>", "mentioned": {"id": "29:1", "aadObjectId": BEN.id}}
    text = "<at>Ben Example</at> manages me"
    assert heard(typed(text, entities=[known])).what == Typed(f"{person_of(TENANT, BEN.id)} manages me")
    known["mentioned"] = {"id": "29:1"}
    assert heard(typed(text, entities=[known])).what == Typed("Ben Example manages me")


def test_in_a_channel_the_bot_hears_what_is_said_to_it_and_in_which_thread() -> None:
    assert READER.kind(in_channel("We talk with each other")) == ""
    begun = READER.message(in_channel(f"{AT} help", entities=[MENTION]))
    assert (begun.root, begun.heard.what) == (f"{CHANNEL.id}/170", Typed("help"))
    reply = READER.message(in_channel(f"{AT} escalate", root="150", entities=[MENTION]))
    assert (reply.root, reply.heard.what) == (f"{CHANNEL.id}/150", Typed("escalate"))
    assert READER.outside(reply.heard).what == Command("escalate")
    assert READER.outside(heard(in_channel(f"{AT} Kit was there", entities=[MENTION]))).what == Command("help")


@pytest.mark.parametrize(
    "changed",
    [
        {"type": "messageUpdate"},
        {"type": "messageDelete"},
        {"type": "messageReaction"},
        {"type": "typing"},
        {"type": "event"},
        {"channelId": "webchat"},
        {"channelId": "directline"},
        {"from": {"id": f"28:{BOT_APP}", "name": "Escalation Bot"}},
        {"from": {"id": "28:another", "aadObjectId": ASHA.id}},
        {"conversation": {"id": "19:abc@thread.v2", "conversationType": "groupChat", "tenantId": TENANT}},
        {"type": "invoke", "name": "signin/verifyState", "value": {"state": "1"}},
        {"type": "invoke", "name": "composeExtension/query", "value": {"commandId": "update_escalation"}},
        {"type": "invoke", "name": "composeExtension/fetchTask", "value": {"commandId": "another"}},
    ],
)
def test_what_nobody_said_to_the_bot_is_nothing_to_it(changed: Json) -> None:
    assert READER.kind(typed("Hello")) == "message"
    assert READER.kind(typed("Hello") | changed) == ""


ELSEWHERE = "00000000-5b3d-4f66-9a01-000000000002"


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told["channelData"]["tenant"].update(id=ELSEWHERE),
        lambda told: told["conversation"].update(tenantId=ELSEWHERE),
        lambda told: told["from"].update(tenantId=ELSEWHERE),
        lambda told: (told["conversation"].pop("tenantId"), told["channelData"].pop("tenant")),
        lambda told: told["from"].pop("aadObjectId"),
        lambda told: told["from"].update(aadObjectId="29:1abc"),
        lambda told: told["from"].update(userRole="anonymous"),
    ],
)
def test_nobody_of_another_tenant_and_nobody_without_an_account_is_heard(change: Callable[[Json], object]) -> None:
    for told, read in ((typed("Hello"), READER.message), (pressed(BUTTON), READER.press)):
        change(told)
        with pytest.raises(Stranger):
            read(told)


def test_a_press_says_what_was_pressed_with_what_and_on_which_message() -> None:
    held: Json = {"asked": ["text:answer", "person:who"], "text:answer": "Kit", "person:who": BEN.id.upper()}
    told = READER.press(pressed({**BUTTON, "data": BUTTON["data"] | held}, id="f:1"))
    given = {"answer": "Kit", "who": person_of(TENANT, BEN.id)}
    assert told.heard.what == Pressed("answer", "1", given, "c/1")
    assert told.at == f"{OWN.id}/160"
    assert told.heard.event.endswith("/f:1")
    sent = INBOUND.message(ASHA, OWN, Post("171", OWN.id, ASHA.account), "", value=BUTTON["data"], replyToId="160")
    assert heard(sent).what == Pressed("answer", "1", {}, "c/1")


def test_a_card_that_asks_how_it_stands_is_no_press() -> None:
    assert READER.kind(pressed(BUTTON)) == "press"
    assert READER.kind(pressed({**BUTTON, "verb": "refresh"})) == "refresh"
    assert READER.kind(pressed(BUTTON, trigger="automatic")) == "refresh"


@pytest.mark.parametrize(
    "changed",
    [
        {"conversation": "a:1"},
        {"conversation": {"id": "a/b", "conversationType": "personal", "tenantId": TENANT}},
        {"conversation": {"id": "19:no", "conversationType": "channel", "tenantId": TENANT}, "entities": [MENTION]},
        {"from": ["Asha"]},
        {"id": None},
        {"id": "a b"},
        {"id": "1/2"},
        {"entities": "mention"},
        {"channelData": "x"},
        {"value": {"action": 1, "key": "c/1"}},
        {"value": {"action": "answer", "key": []}},
        {"type": None},
    ],
)
def test_what_cannot_be_read_is_refused(changed: Json) -> None:
    def read(activity: Json) -> None:
        check(activity)
        assert READER.kind(activity) == "message"
        READER.message(activity)

    read(typed("Hello"))
    with pytest.raises(Unreadable):
        read(typed("Hello") | changed)
