"""The fake is never more lenient than Slack: each refusal once, signatures, trigger ids, retries, websockets."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

import aiohttp
import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier

from tests.slack import Ack, SlackFake, dropped, limited
from tests.slack.fake import SUBSCRIBED
from tests.slack.workspace import SCOPES, Json, Token


@pytest.fixture(scope="module")
def moment() -> list[float]:
    return [1_772_445_600.0]


@pytest.fixture(scope="module")
def slack(moment: list[float]) -> Iterator[SlackFake]:
    with SlackFake(lambda: moment[0], subscribed=SUBSCRIBED | {"message.channels"}) as fake:
        fake.person("Asha Example", "asha@example.org")
        fake.person("Gone Example", "gone@example.org")
        fake.deactivates("Gone")
        fake.channel("open-channel", "Asha")
        fake.channel("elsewhere", "Asha", with_bot=False)
        fake.channel("secret", "Asha", with_bot=False, private=True)
        fake.channel("archived", "Asha")
        fake.workspace.named("archived").archived = True
        yield fake


def client(slack: SlackFake, token: str = "") -> WebClient:
    made = WebClient(token or slack.bot_token, base_url=slack.base_url, retry_handlers=[])
    made.proxy = None
    return made


def text(said: str) -> Json:
    return {"type": "section", "text": {"type": "plain_text", "text": said}}


def button(name: str) -> Json:
    return {"type": "button", "action_id": name, "text": {"type": "plain_text", "text": name}}


def entry(name: str) -> Json:
    element = {"type": "plain_text_input", "action_id": name}
    return {"type": "input", "block_id": name, "label": {"type": "plain_text", "text": name}, "element": element}


def row(*buttons: Json) -> Json:
    return {"type": "actions", "elements": list(buttons)}


def modal(*blocks: Json, title: str = "Title", **more: Any) -> Json:
    return {"type": "modal", "title": {"type": "plain_text", "text": title}, "blocks": list(blocks), **more}


# ── what is refused ──────────────────────────────────────────────────────────────────────────────────────────


def call(slack: SlackFake, method: str, token: str = "", **args: Any) -> Any:
    return client(slack, token).api_call(method, json=args)


def post(slack: SlackFake, channel: str = "open-channel", **more: Any) -> Any:
    return call(slack, "chat.postMessage", **({"channel": slack.room(channel).id, "text": "Hello"} | more))


def here(slack: SlackFake, **more: Any) -> Json:
    return {"channel": slack.room("open-channel").id, "text": "Hello", **more}


def typed(slack: SlackFake) -> Json:
    slack.types("Asha", "Hello", "open-channel")
    said = slack.workspace.in_room(slack.room("open-channel").id)[-1]
    return here(slack, ts=said.ts)


def trigger(slack: SlackFake, *, modal: bool = False) -> str:
    return slack.views.new_trigger(slack.id_of("Asha"), modal=modal)


Args = Json | Callable[[SlackFake], Json]
SAY, CHANGE, OPEN = "chat.postMessage", "chat.update", "views.open"
REFUSED: dict[str, tuple[str, str, Args]] = {
    "another token": ("invalid_auth", "auth.test", {"token": "xoxb-other"}),
    "the wrong kind of token": ("not_allowed_token_type", "auth.test", lambda s: {"token": s.app_token}),
    "no such method": ("unknown_method", "chat.sing", {}),
    "no such channel": ("channel_not_found", SAY, lambda s: here(s, channel="C0")),
    "a channel by its name": ("channel_not_found", SAY, lambda s: here(s, channel="#open-channel")),
    "a channel without the bot": ("not_in_channel", SAY, lambda s: here(s, channel=s.room("elsewhere").id)),
    "a secret channel": ("channel_not_found", SAY, lambda s: here(s, channel=s.room("secret").id)),
    "an archived channel": ("is_archived", SAY, lambda s: here(s, channel=s.room("archived").id)),
    "blocks without a text": ("no_text", SAY, lambda s: here(s, text="", blocks=[text("Hello")])),
    "a long text": ("msg_too_long", SAY, lambda s: here(s, text="x" * 4001)),
    "too many blocks": ("invalid_blocks", SAY, lambda s: here(s, blocks=[text("Hello")] * 51)),
    "a long section": ("invalid_blocks", SAY, lambda s: here(s, blocks=[text("x" * 3001)])),
    "an unknown block": ("invalid_blocks", SAY, lambda s: here(s, blocks=[{"type": "poster"}])),
    "the same action twice": ("invalid_blocks", SAY, lambda s: here(s, blocks=[row(button("a"), button("a"))])),
    "the same block twice": ("invalid_blocks", SAY, lambda s: here(s, blocks=[entry("a"), entry("a")])),
    "metadata without a payload": ("invalid_metadata_format", SAY, lambda s: here(s, metadata={"event_type": "a"})),
    "another's message": ("cant_update_message", CHANGE, typed),
    "a message that is not there": ("message_not_found", CHANGE, lambda s: here(s, ts="1.0")),
    "a thread that is not there": ("thread_not_found", "conversations.replies", lambda s: here(s, ts="1.0")),
    "history of another channel": (
        "not_in_channel", "conversations.history", lambda s: here(s, channel=s.room("elsewhere").id)
    ),
    "somebody who was deactivated": ("user_disabled", "conversations.open", lambda s: {"users": s.id_of("Gone")}),
    "somebody who was never there": ("user_not_found", "conversations.open", {"users": "U0"}),
    "the bot itself": ("cannot_dm_bot", "conversations.open", lambda s: {"users": s.workspace.bot.id}),
    "a mailbox of who was deactivated": (
        "users_not_found", "users.lookupByEmail", {"email": "gone@example.org"}
    ),
    "a trigger that never was": ("invalid_arguments", OPEN, {"trigger_id": "x", "view": modal()}),
    "inputs without a submit": (
        "invalid_arguments", OPEN, lambda s: {"trigger_id": trigger(s), "view": modal(entry("a"))}
    ),
    "a long title": ("invalid_arguments", OPEN, lambda s: {"trigger_id": trigger(s), "view": modal(title="x" * 25)}),
    "a view that is not there": ("not_found", "views.update", {"view_id": "V0", "view": modal()}),
}  # fmt: skip


def given(slack: SlackFake, args: Args) -> Json:
    return args if isinstance(args, dict) else args(slack)


def error_of(slack: SlackFake, method: str, **args: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        call(slack, method, **args)
    return str(caught.value.response["error"])


@pytest.mark.parametrize("what", REFUSED)
def test_what_slack_would_refuse_is_refused(slack: SlackFake, what: str) -> None:
    expected, method, args = REFUSED[what]
    assert error_of(slack, method, **given(slack, args)) == expected


@pytest.mark.parametrize("trouble", ["token_revoked", "account_inactive"])
def test_a_token_that_was_taken_away_does_nothing(slack: SlackFake, trouble: str) -> None:
    slack.workspace.tokens["xoxb-taken"] = Token("bot", set(SCOPES), trouble)
    assert error_of(slack, SAY, token="xoxb-taken", **here(slack)) == trouble


@pytest.mark.parametrize(
    ("scope", "method", "args"),
    [
        ("chat:write", SAY, here),
        ("im:write", "conversations.open", lambda s: {"users": s.id_of("Asha")}),
        ("channels:history", "conversations.history", here),
        ("im:history", "conversations.history", lambda s: {"channel": s.direct("Asha")}),
        ("users:read", "users.list", {}),
    ],
)
def test_a_method_needs_its_scope(slack: SlackFake, scope: str, method: str, args: Args) -> None:
    slack.workspace.tokens["xoxb-less"] = Token("bot", set(SCOPES) - {scope})
    with pytest.raises(SlackApiError) as caught:
        call(slack, method, token="xoxb-less", **given(slack, args))
    answer = caught.value.response
    assert (answer["error"], answer["needed"]) == ("missing_scope", scope)
    assert set(answer["provided"].split(",")) == set(SCOPES) - {scope}


# ── where Slack is silent ────────────────────────────────────────────────────────────────────────────────────


def test_a_reply_to_what_was_deleted_stands_in_the_channel_and_one_under_a_stone_in_its_thread(
    slack: SlackFake,
) -> None:
    alone, answered = post(slack)["ts"], post(slack)["ts"]
    post(slack, thread_ts=answered)
    room = slack.room("open-channel").id
    for ts in (alone, answered):
        slack.deletes(slack.workspace.posts[room, ts])
    assert "thread_ts" not in post(slack, thread_ts=alone)["message"]
    assert post(slack, thread_ts=answered)["message"]["thread_ts"] == answered
    assert slack.workspace.posts[room, answered].tombstone


def test_metadata_is_told_only_to_who_asks_for_all_of_it(slack: SlackFake) -> None:
    ts = post(slack, metadata={"event_type": "said", "event_payload": {"key": "k"}})["ts"]
    room = slack.room("open-channel").id
    for wanted, payload in ((True, {"key": "k"}), (False, {})):
        found = client(slack).conversations_replies(channel=room, ts=ts, include_all_metadata=wanted)
        assert found["messages"][0]["metadata"]["event_payload"] == payload


# ── modals ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_trigger_opens_one_modal_within_three_seconds(slack: SlackFake, moment: list[float]) -> None:
    used, late = trigger(slack), trigger(slack)
    call(slack, OPEN, trigger_id=used, view=modal())
    assert error_of(slack, OPEN, trigger_id=used, view=modal()) == "exchanged_trigger_id"
    moment[0] += 3.5
    assert error_of(slack, OPEN, trigger_id=late, view=modal()) == "expired_trigger_id"
    slack.closes("Asha")


def test_a_modal_that_has_changed_is_not_changed_by_who_has_not_seen_that(slack: SlackFake) -> None:
    view = call(slack, OPEN, trigger_id=trigger(slack), view=modal(external_id="mine"))["view"]
    call(slack, "views.update", external_id="mine", view=modal(external_id="mine"), hash=view["hash"])
    assert error_of(slack, "views.update", view_id=view["id"], view=modal(), hash=view["hash"]) == "hash_conflict"
    slack.closes("Asha")


def test_three_modals_lie_upon_each_other_at_most(slack: SlackFake) -> None:
    call(slack, OPEN, trigger_id=trigger(slack), view=modal())
    for _ in range(2):
        call(slack, "views.push", trigger_id=trigger(slack, modal=True), view=modal())
    assert error_of(slack, "views.push", trigger_id=trigger(slack, modal=True), view=modal()) == "push_limit_reached"
    for _ in range(3):
        slack.closes("Asha")


def test_an_input_keeps_what_was_typed_only_while_it_is_the_same_input(slack: SlackFake) -> None:
    room, app = slack.direct("Asha"), App(200)
    said = call(slack, SAY, channel=room, text="?", blocks=[entry("a"), row(button("Go"))])
    slack.fills("Asha", {"a": "typed"})

    def change_and_press() -> Ack:
        for name in ("a", "b"):
            call(slack, CHANGE, channel=room, ts=said["ts"], text="?", blocks=[entry(name), row(button("Go"))])
            slack.presses("Asha", "Go")
        return Ack(())

    told(slack, app, change_and_press)
    pressed = [payload for kind, payload, _ in slack.inbound.acks if kind == "interactive"][-2:]
    assert [payload["state"]["values"] for payload in pressed] == [
        {"a": {"a": {"type": "plain_text_input", "value": "typed"}}},
        {"b": {"b": {"type": "plain_text_input", "value": None}}},
    ]


# ── what the app is told ─────────────────────────────────────────────────────────────────────────────────────


class App(HTTPServer):
    """An app that answers with what it was told to, one status after the other, the last one for ever."""

    def __init__(self, *statuses: int, headers: dict[str, str] | None = None) -> None:
        self.statuses, self.headers = list(statuses), headers or {}
        self.heard: list[tuple[dict[str, str], str]] = []
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: App
    log_message: ClassVar[Any] = lambda *_: None

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
        status = self.server.statuses.pop(0) if len(self.server.statuses) > 1 else self.server.statuses[0]
        self.send_response(status)
        for name, value in {**self.server.headers, "Content-Length": "0"}.items():
            self.send_header(name, value)
        self.end_headers()


def told(slack: SlackFake, app: App, tell: Callable[[], Ack]) -> Ack:
    threading.Thread(target=app.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    slack.inbound.request_url = f"http://127.0.0.1:{app.server_port}/slack/events"
    try:
        return tell()
    finally:
        slack.inbound.request_url = ""
        app.shutdown()
        app.server_close()


def test_what_the_app_is_told_is_signed(slack: SlackFake) -> None:
    app = App(200)
    assert told(slack, app, lambda: slack.types("Asha", "/escalate now")).ok
    headers, body = app.heard[0]
    assert SignatureVerifier(slack.signing_secret).is_valid_request(body, headers)
    assert not SignatureVerifier("another secret").is_valid_request(body, headers)
    assert not SignatureVerifier(slack.signing_secret).is_valid_request(body, slack.inbound.signed(body, at=1_000_000))


def test_an_event_is_told_again_until_it_is_taken(slack: SlackFake) -> None:
    app = App(500, 500, 200)
    ack = told(slack, app, lambda: slack.types("Asha", "Hello"))
    assert ack.tries == ("500", "500", "200")
    assert [headers.get("x-slack-retry-num") for headers, _ in app.heard] == [None, "1", "2"]
    assert {headers.get("x-slack-retry-reason") for headers, _ in app.heard[1:]} == {"http_error"}
    assert len({json.loads(body)["event_id"] for _, body in app.heard}) == 1


@pytest.mark.parametrize(
    ("app", "tell", "tries"),
    [
        (App(500, headers={"X-Slack-No-Retry": "1"}), lambda s: s.types("Asha", "Hello"), 1),
        (App(500), lambda s: s.types("Asha", "Hello"), 4),
        (App(500), lambda s: s.types("Asha", "/escalate"), 1),
    ],
    ids=["not wanted again", "given up", "a command"],
)
def test_an_event_is_told_four_times_at_most_and_a_command_once(
    slack: SlackFake, app: App, tell: Callable[[SlackFake], Ack], tries: int
) -> None:
    assert told(slack, app, lambda: tell(slack)).tries == ("500",) * tries


def test_a_mention_is_told_twice(slack: SlackFake) -> None:
    app = App(200)
    told(slack, app, lambda: slack.types("Asha", "@Escalation Bot help", "open-channel"))
    events = [json.loads(body)["event"] for _, body in app.heard]
    assert [event["type"] for event in events] == ["message", "app_mention"]
    assert len({event["ts"] for event in events}) == 1


def test_the_app_hears_its_own_messages(slack: SlackFake) -> None:
    app = App(200)

    def say() -> Ack:
        post(slack)
        slack.settle()
        return Ack(())

    told(slack, app, say)
    assert json.loads(app.heard[0][1])["event"]["bot_id"]


def test_a_response_url_is_good_five_times(slack: SlackFake) -> None:
    url = slack.new_response_url(slack.direct("Asha"), slack.id_of("Asha"))

    async def use() -> list[int]:
        async with aiohttp.ClientSession() as session:
            return [(await session.post(url, json={"text": "Hello"})).status for _ in range(6)]

    assert slack.run(use()) == [200] * 5 + [404]
    assert slack.whispered("Asha")[-5:] == ["Hello"] * 5


# ── Socket Mode ──────────────────────────────────────────────────────────────────────────────────────────────


def test_each_thing_is_told_through_one_of_the_websockets_and_again_where_one_breaks(slack: SlackFake) -> None:
    heard: list[tuple[str, int]] = []

    async def listen(name: str, *, answers: bool = True) -> None:
        address = client(slack, slack.app_token).apps_connections_open(app_token=slack.app_token)["url"]
        async with aiohttp.ClientSession() as session, session.ws_connect(address) as socket:
            async for message in socket:
                told = json.loads(message.data)
                if told["type"] in {"hello", "disconnect"}:
                    continue
                heard.append((name, told["retry_attempt"]))
                if not answers:
                    return
                await socket.send_json({"envelope_id": told["envelope_id"]})

    slack.inbound.socket_mode = True
    tasks = [threading.Thread(target=asyncio.run, args=(listen("first", answers=False),))]
    tasks[0].start()
    assert slack.run(_until(lambda: len(slack.sockets.open) == 1))
    tasks.append(threading.Thread(target=asyncio.run, args=(listen("second"),)))
    tasks[1].start()
    assert slack.run(_until(lambda: len(slack.sockets.open) == 2))
    acks = [slack.types("Asha", "Hello") for _ in range(2)]
    slack.disconnects()
    for task in tasks:
        task.join()
    slack.inbound.socket_mode = False
    assert all(ack.ok for ack in acks)
    assert ("connection_lost", "200") in {ack.tries for ack in acks}
    assert sorted(heard) == [("first", 0), ("second", 0), ("second", 1)]


async def _until(holds: Callable[[], bool]) -> bool:
    async with asyncio.timeout(120):
        while not holds():  # noqa: ASYNC110 - it is another thread's doing
            await asyncio.sleep(0.005)
    return True


# ── faults ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_fault_meets_one_call_of_its_method_and_channel(slack: SlackFake) -> None:
    room = slack.room("open-channel").id
    slack.fail("chat.postMessage", limited(7), dropped(done=True), place=room)
    post(slack, channel=slack.direct("Asha"))
    with pytest.raises(SlackApiError) as caught:
        post(slack)
    assert (caught.value.response.status_code, caught.value.response.headers["Retry-After"]) == (429, "7")
    with pytest.raises(ConnectionError):
        post(slack, text="Done all the same")
    assert slack.workspace.in_room(room)[-1].text == "Done all the same"
    post(slack)
