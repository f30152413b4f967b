"""The fake is as strict as Teams, and what it tells bots is what Microsoft documents."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.teams import Ack, Json, Keys, TeamsFake, broken, dropped, limited, refused, slow
from tests.teams.checks import CARD_BYTES, faults_of
from tests.teams.login import SECRET
from tests.teams.tenants import BOT_APP, TENANT
from tests.teams.tokens import ISSUER

WEB = httpx.Client(trust_env=False, timeout=60)


@pytest.fixture(scope="module", autouse=True)
def _closed() -> Iterator[None]:
    yield
    WEB.close()


@pytest.fixture(scope="module")
def server() -> Iterator[TeamsFake]:
    with TeamsFake() as fake:
        yield fake


@pytest.fixture
def teams(server: TeamsFake) -> TeamsFake:
    """As good as new, at the same address."""
    server.tenants.__init__(server.tenants.clock)  # type: ignore[misc]
    server.faults.waiting.clear()
    server.calls.clear()
    server.inbound.acks.clear()
    server.region, server.inbound.messaging_url = "emea", ""
    server.person("Asha Example", "asha@example.org")
    server.person("Ben Imaginary", "ben@example.org")
    server.new_team("Escalations", "Asha", "Ben")
    return server


class Calls:
    """A bot that calls the connector."""

    def __init__(self, teams: TeamsFake, token: str = "") -> None:
        self._teams, self._token = teams, token or teams.login.token()

    def __call__(self, method: str, path: str, body: Json | None = None, **params: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token != "none" else {}
        url = f"{self._teams.service_url}v3{path}"
        return WEB.request(method, url, json=body, headers=headers, params=params)

    def said(self, conversation: str, body: Json) -> str:
        answer = self("POST", f"/conversations/{conversation}/activities", body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def begins(self, person: str) -> httpx.Response:
        told = {"tenant": {"id": TENANT}}
        return self("POST", "/conversations", {"members": [{"id": person}], "tenantId": TENANT, "channelData": told})


@pytest.fixture
def calls(teams: TeamsFake) -> Calls:
    return Calls(teams)


def card(*body: Json, **more: Any) -> Json:
    shown = list(body) or [{"type": "TextBlock", "text": "Good morning"}]
    return {"type": "AdaptiveCard", "version": "1.5", "fallbackText": "Good morning", "body": shown, **more}


def message(*cards: Json, **more: Any) -> Json:
    attachments = [
        {"contentType": "application/vnd.microsoft.card.adaptive", "content": each} for each in cards or [card()]
    ]
    return {"type": "message", "summary": "Good morning", "attachments": attachments, **more}


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


BUTTON = {"type": "Action.Execute", "title": "Send", "verb": "send", "data": {"action": "send"}}
NAME = {"type": "Input.Text", "id": "name", "label": "Name", "maxLength": 10}


# ── the connector ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_chat_is_begun_once_and_said_in_and_changed(teams: TeamsFake, calls: Calls) -> None:
    chat = calls.begins(teams.id_of("Asha")).json()["id"]
    assert chat == calls.begins(teams.who("Asha").account).json()["id"]
    said = calls.said(chat, message())
    assert teams.sees("Asha") == "Good morning"
    later = message(card({"type": "TextBlock", "text": "Good evening"}))
    assert calls("PUT", f"/conversations/{chat}/activities/{said}", later).json() == {"id": said}
    assert teams.sees("Asha") == "Good evening"
    assert calls("DELETE", f"/conversations/{chat}/activities/{said}").status_code == 200
    assert teams.sees("Asha") == "(nothing)"


def test_a_reply_stands_in_its_thread(teams: TeamsFake, calls: Calls) -> None:
    channel = teams.channel("hscp")
    begun = {"isGroup": True, "channelData": {"channel": {"id": channel}}, "activity": message()}
    root = calls("POST", "/conversations", begun).json()
    assert root["id"] == f"{channel};messageid={root['activityId']}"
    reply = calls.said(root["id"], message())
    other = calls.said(channel, message())
    assert [post.id for post in teams.thread("hscp", root["activityId"])] == [root["activityId"], reply]
    assert [post.id for post in teams.thread("hscp", other)] == [other]
    nowhere = f"/conversations/{channel};messageid=1/activities"
    assert code(calls("POST", nowhere, message())) == (404, "ConversationNotFound")


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({}, 201),
        ({"audience": "https://graph.microsoft.com"}, 401),
        ({"exp": 1}, 401),
        ({"appid": "another"}, 401),
        (None, 401),
    ],
    ids=["good", "for another service", "too old", "another bot", "none"],
)
def test_only_the_bot_itself_may_call(teams: TeamsFake, claims: dict[str, Any] | None, status: int) -> None:
    token = "none" if claims is None else teams.login.token(**claims)
    assert Calls(teams, token).begins(teams.id_of("Asha")).status_code == status
    forged = Keys("forged").sign(aud=ISSUER, appid=BOT_APP)
    assert Calls(teams, forged).begins(teams.id_of("Asha")).status_code == 401


def test_whoever_blocked_or_removed_the_bot_or_left_is_not_reached(teams: TeamsFake, calls: Calls) -> None:
    chat = calls.begins(teams.id_of("Asha")).json()["id"]
    say = f"/conversations/{chat}/activities"
    teams.blocks("Asha")
    assert code(calls("POST", say, message())) == (403, "ConversationBlockedByUser")
    teams.installs("Asha")
    calls.said(chat, message())
    teams.removes("Asha")
    assert code(calls("POST", say, message())) == (403, "BotNotInConversationRoster")
    assert code(calls.begins(teams.id_of("Asha"))) == (403, "ForbiddenOperationException")
    teams.who("Asha").deleted = True
    assert code(calls.begins(teams.id_of("Asha"))) == (404, "UserNotFound")
    teams.removes("Ben", "Escalations")
    team = teams.team().id
    assert code(calls("POST", f"/conversations/{team}/activities", message())) == (403, "BotNotInConversationRoster")
    assert code(calls("GET", f"/teams/{team}")) == (403, "BotNotInConversationRoster")


def test_what_is_not_there_is_not_found(teams: TeamsFake, calls: Calls) -> None:
    chat = calls.begins(teams.id_of("Asha")).json()["id"]
    assert code(calls("POST", "/conversations/19:none@thread.tacv2/activities", message()))[0] == 404
    assert code(calls("PUT", f"/conversations/{chat}/activities/1", message())) == (
        404,
        "ActivityNotFoundInConversation",
    )
    ben = teams.id_of("Ben")
    assert code(calls("GET", f"/conversations/{chat}/members/{ben}")) == (404, "MemberNotFoundInConversation")
    assert code(calls.begins("29:nobody")) == (400, "BadSyntax")


def test_the_roster_says_who_somebody_is_in_pages(teams: TeamsFake, calls: Calls) -> None:
    team = teams.team().id
    teams.who("Ben").role = "guest"
    first = calls("GET", f"/conversations/{team}/pagedmembers", pageSize="1").json()
    more = calls("GET", f"/conversations/{team}/pagedmembers", continuationToken=first["continuationToken"]).json()
    everybody: list[Json] = first["members"] + more["members"]
    asha, ben = everybody
    assert (asha["aadObjectId"], asha["email"], asha["userRole"]) == (teams.id_of("Asha"), "asha@example.org", "user")
    assert (ben["userPrincipalName"], ben["userRole"], ben["tenantId"]) == ("ben@example.org", "guest", TENANT)
    assert "continuationToken" not in more
    assert calls("GET", f"/conversations/{team}/members/{teams.id_of('Ben')}").json() == ben
    teams.channel("hscp")
    assert [room["name"] for room in calls("GET", f"/teams/{team}/conversations").json()["conversations"]] == [
        "General", "hscp",
    ]  # fmt: skip


def test_what_goes_wrong_on_command_goes_wrong_once(teams: TeamsFake, calls: Calls) -> None:
    chat = calls.begins(teams.id_of("Asha")).json()["id"]
    say = f"/conversations/{chat}/activities"
    teams.fail("say", limited(7), broken(502, done=True), refused(412, "PreconditionFailed"), place=chat)
    limits = calls("POST", say, message())
    assert (limits.status_code, limits.headers["Retry-After"]) == (429, "7")
    assert calls("POST", say, message()).status_code == 502
    assert code(calls("POST", say, message())) == (412, "PreconditionFailed")
    assert len(teams.said("Asha")) == 1
    teams.fail("say", dropped(done=True), slow(0.01))
    with pytest.raises(httpx.RemoteProtocolError):
        calls("POST", say, message())
    calls.said(chat, message())
    assert len(teams.said("Asha")) == 3


def test_a_tenant_that_was_moved_is_not_reached_where_it_was(teams: TeamsFake, calls: Calls) -> None:
    before = teams.service_url
    teams.moves("amer")
    headers = {"Authorization": f"Bearer {teams.login.token()}"}
    refusal = WEB.post(f"{before}v3/conversations", json={}, headers=headers)
    assert code(refusal) == (403, "InvalidBotApiHost")
    assert calls.begins(teams.id_of("Asha")).status_code == 201


def test_the_login_gives_a_token_to_the_bot_alone(teams: TeamsFake) -> None:
    url = f"{teams.base_url}/{TENANT}/oauth2/v2.0/token"
    given = {
        "grant_type": "client_credentials", "client_id": BOT_APP, "client_secret": SECRET,
        "scope": f"{ISSUER}/.default",
    }  # fmt: skip
    token = WEB.post(url, data=given).json()["access_token"]
    assert Calls(teams, token).begins(teams.id_of("Asha")).status_code == 201
    refused = WEB.post(url, data=given | {"client_secret": "another"})
    assert (refused.status_code, refused.json()["error_codes"]) == (401, [7000215])


# ── cards ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "wrong",
    [
        card({"type": "TextBlock"}),
        card({"type": "TextBlock", "text": "a", "unheard": 1}),
        card({"type": "Unheard"}),
        card(NAME, NAME),
        card({"type": "Input.Text", "label": "Name"}),
        card(actions=[{**BUTTON, "style": "loud"}]),
        card(actions=[BUTTON] * 7),
        card(version="1.6"),
        card(fallbackText=""),
        card(unheard=1),
        card({"type": "Input.ChoiceSet", "id": "a", "choices": [], "choices.data": {"type": "Data.Query"}}),
        {"type": "AdaptiveCard"},
        [],
    ],
)
def test_a_card_that_teams_would_not_draw_is_refused(teams: TeamsFake, calls: Calls, wrong: Json) -> None:
    assert faults_of(card()) == []
    chat = calls.begins(teams.id_of("Asha")).json()["id"]
    assert code(calls("POST", f"/conversations/{chat}/activities", message(wrong))) == (400, "BadSyntax")
    assert teams.said("Asha") == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (message(summary=""), 400),
        ({"type": "message", "text": " "}, 400),
        ({"type": "typing"}, 400),
        (message(card({"type": "TextBlock", "text": "x" * (CARD_BYTES // 2)})), 413),
        (message(*[card({"type": "TextBlock", "text": "x" * (CARD_BYTES // 2 - 200)})] * 4), 413),
        (message(*[card({"type": "TextBlock", "text": "x" * (CARD_BYTES // 2 - 200)})] * 3), 201),
        ({"type": "message", "text": "Good morning"}, 201),
    ],
    ids=["no summary", "nothing", "no message", "a large card", "many large cards", "fewer large cards", "a text"],
)
def test_a_message_has_a_summary_and_is_not_too_large(teams: TeamsFake, calls: Calls, body: Json, status: int) -> None:
    chat = calls.begins(teams.id_of("Asha")).json()["id"]
    assert calls("POST", f"/conversations/{chat}/activities", body).status_code == status


# ── what bots are told ───────────────────────────────────────────────────────────────────────────────────────


class Heard:
    """A bot that answers what it is asked to, and otherwise takes everything."""

    def __init__(self, teams: TeamsFake) -> None:
        self.told: list[tuple[Json, str]] = []
        self.answers: list[tuple[int, Json]] = []
        teams.inbound.messaging_url = "http://bot.invalid/"
        teams.inbound.attempt = self.attempt  # type: ignore[method-assign,assignment]

    async def attempt(self, activity: Json, token: str) -> Ack:
        self.told.append((activity, token))
        status, body = self.answers.pop(0) if self.answers else (200, {})
        return Ack((str(status),), body)


@pytest.fixture
def heard(teams: TeamsFake) -> Iterator[Heard]:
    yield Heard(teams)
    del teams.inbound.attempt  # the class's own again


def test_whatever_it_tells_is_what_microsofts_own_models_take(teams: TeamsFake, calls: Calls, heard: Heard) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from microsoft_teams.api.activities import ActivityTypeAdapter

    channel = teams.channel("hscp")
    chat = calls.begins(teams.id_of("Asha")).json()["id"]
    root = calls.said(channel, message(card(NAME, actions=[BUTTON])))
    calls.said(chat, message(card(actions=[{"type": "Action.Submit", "title": "Tell", "data": {"action": "tell"}}])))
    teams.types("Asha", "help")
    teams.types("Asha", "help", "hscp")
    post = teams.tenants.in_room(channel)[
        -1
    ]  # of a bot's post their models do not know the documented type of its author
    teams.types("Asha", "@Escalation Bot help", "hscp", root)
    teams.presses("Asha", "Send", {"Name": "Ben"})
    teams.presses("Asha", "Tell")
    teams.uses("Asha", "update_escalation", post)
    teams.uses("Asha", "update_escalation", post, fetch=False)
    teams.installs("Asha")
    teams.installs("Asha", "Escalations")
    teams.renames("Asha", "Escalations", "Challenges")
    teams.renames_channel("Asha", "hscp", "partnership")
    teams.leaves("Ben", "Challenges")
    teams.joins("Ben", "Challenges")
    teams.deletes_channel("Asha", "partnership")
    teams.removes("Asha")
    teams.removes("Asha", "Challenges")
    kinds = [ActivityTypeAdapter.validate_python(activity).type for activity, _ in heard.told]
    assert kinds == [
        *["message"] * 2, "invoke", "message", "invoke", "invoke",
        *["conversationUpdate", "installationUpdate"] * 2, *["conversationUpdate"] * 5,
        "installationUpdate", "installationUpdate", "conversationUpdate",
    ]  # fmt: skip
    mentions, pressed = heard.told[1][0], heard.told[2][0]
    assert mentions["conversation"]["id"] == pressed["conversation"]["id"] == f"{channel};messageid={root}"
    assert mentions["text"] == "<at>Escalation Bot</at> help"
    assert pressed["value"]["action"]["data"] == {"action": "send", "name": "Ben"}
    assert {activity["from"]["aadObjectId"] for activity, _ in heard.told} == {teams.id_of("Asha"), teams.id_of("Ben")}
    for activity, token in heard.told:
        assert teams.keys.claims(token, BOT_APP)["serviceurl"] == activity["serviceUrl"]


def test_what_the_bot_does_not_take_is_told_again_but_a_press_is_not(
    teams: TeamsFake, calls: Calls, heard: Heard
) -> None:
    heard.answers = [(503, {}), (500, {})]
    assert teams.types("Asha", "help").tries == ("503", "500", "200")
    assert len({activity["id"] for activity, _ in heard.told}) == 1
    heard.answers = [(401, {})]
    assert teams.types("Asha", "help").tries == ("401",)
    chat = calls.begins(teams.id_of("Asha")).json()["id"]
    calls.said(chat, message(card(actions=[BUTTON])))
    heard.answers = [(503, {})]
    assert teams.presses("Asha", "Send").tries == ("503",)


def test_what_a_press_is_answered_with_stands_there_for_whoever_pressed_until_it_is_changed(
    teams: TeamsFake, calls: Calls, heard: Heard
) -> None:
    channel = teams.channel("hscp")
    root = calls.said(channel, message(card(NAME, actions=[BUTTON])))
    post = teams.tenants.posts[channel, root]
    done = card({"type": "TextBlock", "text": "Sent"})
    heard.answers = [(200, {"statusCode": 200, "type": "application/vnd.microsoft.card.adaptive", "value": done})]
    teams.presses("Asha", "Send", {"Name": "Ben"})
    assert (teams.read(post, "Asha"), teams.read(post, "Ben")) == ("Sent", "Name\n[Send]")
    with pytest.raises(AssertionError, match="Sent"):
        teams.presses("Asha", "Send", among=post)
    calls(
        "PUT", f"/conversations/{channel}/activities/{root}", message(card({"type": "TextBlock", "text": "All know"}))
    )
    assert teams.read(post, "Asha") == teams.read(post, "Ben") == "All know"
    heard.answers = [
        (200, {"statusCode": 200, "type": "application/vnd.microsoft.card.adaptive", "value": card(unheard=1)})
    ]
    calls.said(channel, message(card(actions=[BUTTON])))
    with pytest.raises(AssertionError, match="error instead of this card"):
        teams.presses("Asha", "Send")
    heard.answers = [
        (200, {}),
        (202, {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": "Yes"}),
    ]
    assert [teams.presses("Asha", "Send").ok for _ in range(2)] == [False, False], (
        "It needs an answer, and the status 200."
    )


def test_whoever_is_named_is_shown_how_it_stands_when_they_look(teams: TeamsFake, calls: Calls, heard: Heard) -> None:
    asks = {"type": "Action.Execute", "title": "refresh", "verb": "refresh", "data": {"action": "refresh"}}
    shown = card(NAME, refresh={"action": asks, "userIds": [f"8:orgid:{teams.id_of('Asha')}"]})
    channel = teams.channel("hscp")
    post = teams.tenants.posts[channel, calls.said(channel, message(shown))]
    stands = card({"type": "TextBlock", "text": "Answered"})
    heard.answers = [(200, {"statusCode": 200, "type": "application/vnd.microsoft.card.adaptive", "value": stands})]
    assert teams.looks("Ben", post) == Ack(())
    assert teams.looks("Asha", post).ok
    assert (teams.read(post, "Asha"), teams.read(post, "Ben")) == ("Answered", "Name")
    assert heard.told[-1][0]["value"] == {"action": asks, "trigger": "automatic"}
    assert faults_of(card(refresh={"action": asks, "userIds": [teams.id_of("Asha")]})) != []


def test_what_has_to_be_filled_in_is_not_sent_empty(teams: TeamsFake, calls: Calls, heard: Heard) -> None:
    many = {
        "type": "Input.ChoiceSet", "id": "kinds", "label": "Kinds", "isMultiSelect": True,
        "choices": [{"title": name, "value": name[0]} for name in ("Health", "Housing", "School")],
    }  # fmt: skip
    who = {
        "type": "Input.ChoiceSet", "id": "who", "label": "Manager", "choices": [],
        "choices.data": {"type": "Data.Query", "dataset": "graph.microsoft.com/users"},
    }  # fmt: skip
    day = {"type": "Input.Date", "id": "day", "label": "Day"}
    needed = {**NAME, "isRequired": True, "errorMessage": "Please give a name."}
    chat = calls.begins(teams.id_of("Asha")).json()["id"]
    calls.said(chat, message(card(needed, many, who, day, actions=[BUTTON])))
    with pytest.raises(AssertionError, match="while these are empty"):
        teams.presses("Asha", "Send")
    with pytest.raises(AssertionError, match="one line only"):
        teams.presses("Asha", "Send", {"Name": "a\nb"})
    with pytest.raises(AssertionError, match="does not hold so much"):
        teams.presses("Asha", "Send", {"Name": "a" * 11})
    teams.presses("Asha", "Send", {"Name": "Ben"})
    assert heard.told[-1][0]["value"]["action"]["data"] == {"action": "send", "name": "Ben", "day": ""}
    teams.presses("Asha", "Send", {"Kinds": "Health + School", "Manager": "Ben", "Day": "05/03/2026"})
    assert heard.told[-1][0]["value"]["action"]["data"] == {
        "action": "send", "name": "Ben", "kinds": "H,S", "who": teams.id_of("Ben"), "day": "2026-03-05",
    }  # fmt: skip


def test_many_people_do_things_at_once(teams: TeamsFake, calls: Calls) -> None:
    people = [teams.person(f"Person{n} Imaginary") for n in range(20)]

    def talk(person: str) -> str:
        return calls.said(calls.begins(person).json()["id"], message(card({"type": "TextBlock", "text": person})))

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(talk, people))) == 20
    assert [teams.sees(person) for person in people] == people
