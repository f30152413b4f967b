"""What does not come from Slack, or cannot be understood, is refused; nothing changes, and none of it is logged."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
import structlog
from structlog.testing import capture_logs

from bot.chat.slack.web import LONGEST_BODY
from tests.slack.bot import SlackWorld
from tests.slack.inbound import FORM, JSON
from tests.slack.workspace import SIGNING_SECRET, Json

CONTENT = "Kit Marker"
Headers = dict[str, str]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SlackWorld]:
    structlog.reset_defaults()  # a command may have asked for errors only
    world = SlackWorld(tmp_path_factory.mktemp("refused"))
    yield world
    world.close()


def command(world: SlackWorld, **changed: Any) -> str:
    room = {"id": world.slack.direct("Asha"), "name": "directmessage"}
    told = world.slack.inbound.command(
        world.slack.id_of("Asha"), room, "/why", CONTENT, "trigger-1", "https://a.example"
    )
    return urlencode(told | changed)


def payload(**changed: Any) -> str:
    told = {
        "type": "block_actions", "team": {"id": "T00000001"}, "user": {"id": "U00000002", "team_id": "T00000001"},
        "trigger_id": "trigger-2", "container": {"type": "message", "message_ts": "1.0"}, "state": {"values": {}},
        "actions": [{"type": "button", "action_id": "start:escalate", "block_id": "b", "action_ts": "2.0"}],
    }  # fmt: skip
    return urlencode({"payload": json.dumps(told | changed)})


def page(**changed: Any) -> str:
    """What is given on a page."""
    held = {"b": {"entry:1::name|answer": {"type": "plain_text_input", "value": CONTENT}}}
    view = {
        "type": "modal",
        "id": "V1",
        "hash": "1.0",
        "callback_id": "page",
        "private_metadata": "c/1/1",
        "state": {"values": held},
    }
    told = {
        "type": "view_submission", "team": {"id": "T00000001"}, "user": {"id": "U00000002", "team_id": "T00000001"},
        "trigger_id": "trigger-4", "view": view | changed,
    }  # fmt: skip
    return urlencode({"payload": json.dumps(told)})


def event(world: SlackWorld, **changed: Any) -> str:
    said = {"type": "message", "channel_type": "im", "channel": "D1", "user": "U00000002", "ts": "3.0", "text": CONTENT}
    return json.dumps(world.slack.inbound.event(said | changed))


def signed(world: SlackWorld, body: str | bytes, content: str = FORM, at: float | None = None) -> Headers:
    if isinstance(body, str):
        return world.slack.inbound.signed(body, content, at)
    moment = str(int(time.time()))
    signature = hmac.new(SIGNING_SECRET.encode(), f"v0:{moment}:".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": moment, "X-Slack-Signature": f"v0={signature}", "Content-Type": content}


def asked(
    world: SlackWorld, body: str | bytes | Iterator[bytes], headers: Headers, method: str = "POST"
) -> httpx.Response:
    """Slack's answer; nothing has changed, and the log does not hold what was said."""
    before, content = world.counts(), body.encode() if isinstance(body, str) else body
    with capture_logs() as logs:
        answer = httpx.request(method, world.running.url, content=content, headers=headers, trust_env=False)
    assert world.counts() == before
    assert answer.text == "" or CONTENT not in answer.text
    assert CONTENT not in f"{logs}"
    assert "Marker" not in f"{logs}"
    if answer.status_code not in {200, 405}:
        assert {log["status"] for log in logs} == {answer.status_code}
    return answer


def without(headers: Headers, *names: str) -> Headers:
    return {name: value for name, value in headers.items() if name not in names}


FORGED = {
    "another secret": lambda w, b: {**signed(w, b), "X-Slack-Signature": "v0=" + "0" * 64},
    "no signature": lambda w, b: without(signed(w, b), "X-Slack-Signature"),
    "no time": lambda w, b: without(signed(w, b), "X-Slack-Request-Timestamp"),
    "six minutes ago": lambda w, b: signed(w, b, at=time.time() - 360),
    "in six minutes": lambda w, b: signed(w, b, at=time.time() + 360),
    "a time that is none": lambda w, b: {**signed(w, b), "X-Slack-Request-Timestamp": "now"},
    "another time than was signed": lambda w, b: {
        **signed(w, b, at=time.time() - 360), "X-Slack-Request-Timestamp": str(int(time.time()))
    },
    "another body than was signed": lambda w, b: signed(w, b + "&text=more"),
}  # fmt: skip


@pytest.mark.parametrize("forged", FORGED)
def test_what_slack_has_not_signed_just_now_is_not_read(world: SlackWorld, forged: str) -> None:
    body = command(world)
    assert asked(world, body, FORGED[forged](world, body)).status_code == 401


def test_what_is_not_believed_may_be_told_again_once_the_clock_or_the_secret_is_right(world: SlackWorld) -> None:
    """Slack does so after a minute and after five, unless it is told not to; else what somebody typed would be lost."""
    body = event(world, text="help")
    refused = asked(world, body, signed(world, body, JSON, at=time.time() - 360))
    assert refused.status_code == 401
    assert "x-slack-no-retry" not in refused.headers


def test_what_is_not_signed_is_refused_before_it_is_read(world: SlackWorld) -> None:
    assert asked(world, "{" * 100, {"Content-Type": JSON}).status_code == 401


NESTED = "[" * 100_000
MALFORMED: dict[str, tuple[str | bytes, str]] = {
    "no JSON": ('{"type": "event_callback", ', JSON),
    "a list": (f'["{CONTENT}"]', JSON),
    "a list too deep to be read": (NESTED, JSON),
    "a payload that is no JSON": (urlencode({"payload": "{"}), FORM),
    "a payload that is a list": (urlencode({"payload": f'["{CONTENT}"]'}), FORM),
    "a press of nothing": (payload(actions=[]), FORM),
    "a press of two things": (payload(actions=[{"action_id": "start:escalate"}] * 2), FORM),
    "a press without a trigger": (payload(trigger_id=""), FORM),
    "a press with inputs that are none": (payload(state={"values": {"b": CONTENT}}), FORM),
    "a press with a state that is none": (payload(state=[CONTENT]), FORM),
    "a page that shows nothing": (page(private_metadata=""), FORM),
    "a page of no kind": (page(type=""), FORM),
    "a page in no state": (page(hash=""), FORM),
    "a page with inputs that are none": (page(state={"values": {"b": CONTENT}}), FORM),
    "a press by nobody": (payload(user={"team_id": "T00000001"}), FORM),
}


@pytest.mark.parametrize("what", MALFORMED)
def test_what_slack_would_not_send_is_refused(world: SlackWorld, what: str) -> None:
    body, content = MALFORMED[what]
    answer = asked(world, body, signed(world, body, content))
    assert answer.status_code == 400
    assert answer.headers["x-slack-no-retry"] == "1"


def test_text_that_is_not_utf_8_is_refused(world: SlackWorld) -> None:
    body = b"command=%2Fwhy&text=\xff"
    assert asked(world, body, signed(world, body)).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        payload(actions=[{"type": "button", "action_id": f"publish:{CONTENT}"}]),
        payload(actions=[{"type": "button", "action_id": "restart:escalate"}]),
        payload(actions=[{"type": "users_select", "action_id": "entry:1::person"}]),
        urlencode({"payload": json.dumps({"type": "shortcut", "callback_id": CONTENT, "team": {"id": "T00000001"}})}),
        urlencode(
            {
                "payload": json.dumps(
                    {
                        "type": "view_submission",
                        "view": {"type": "modal", "callback_id": CONTENT},
                        "team": {"id": "T00000001"},
                    }
                )
            }
        ),
        urlencode({"command": "/sing", "text": CONTENT, "team_id": "T00000001"}),
        urlencode({"command": "/why-not", "text": CONTENT, "team_id": "T00000001"}),
        json.dumps({"type": "event_callback", "team_id": "T00000001", "event": {"type": "reaction_added"}}),
    ],
)
def test_what_the_bot_does_not_know_is_refused(world: SlackWorld, body: str) -> None:
    assert asked(world, body, signed(world, body, JSON if body.startswith("{") else FORM)).status_code == 404


def test_another_workspace_is_not_answered(world: SlackWorld) -> None:
    theirs: Json = {"user": {"id": "U00000002", "team_id": "T00000009"}}
    for body in (command(world, team_id="T00000009"), payload(**theirs)):
        assert asked(world, body, signed(world, body)).status_code == 403
    of_theirs = page().replace("T00000001", "T00000009")
    assert asked(world, of_theirs, signed(world, of_theirs)).status_code == 403
    for changed in ({"user_team": "T00000009"}, {"team": "T00000009"}):
        body = event(world, **changed)
        assert asked(world, body, signed(world, body, JSON)).status_code == 403


@pytest.mark.parametrize("in_pieces", [False, True], ids=["as it says", "as it turns out"])
def test_what_is_too_long_is_refused(world: SlackWorld, in_pieces: bool) -> None:
    body = b"a" * (LONGEST_BODY + 1)
    assert asked(world, iter([body]) if in_pieces else body, {"Content-Type": FORM}).status_code == 413


def test_only_what_slack_sends_can_be_sent_there(world: SlackWorld) -> None:
    assert asked(world, "", {}, "GET").status_code == 405


def test_slack_is_answered_when_it_asks_whether_somebody_is_there(world: SlackWorld) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "one-two-three"})
    assert asked(world, body, signed(world, body, JSON)).json() == {"challenge": "one-two-three"}


ONCE_MORE: dict[str, Callable[[SlackWorld], tuple[str, str]]] = {
    "a command": lambda world: (command(world, trigger_id="trigger-3", channel_id="C99999999"), FORM),
    "a message": lambda world: (event(world, channel=world.slack.direct("Asha"), text="help"), JSON),
    "a press": lambda _: (payload(trigger_id="trigger-5"), FORM),
    "a page": lambda _: (page(), FORM),
    "a look at App Home": lambda world: (
        json.dumps(world.slack.inbound.event({"type": "app_home_opened", "user": "U00000002", "tab": "home"})), JSON
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", ONCE_MORE)
def test_the_same_body_once_more_is_answered_alike_and_changes_nothing(world: SlackWorld, what: str) -> None:
    body, content = ONCE_MORE[what](world)
    headers = signed(world, body, content)
    first = httpx.post(world.running.url, content=body, headers=headers, trust_env=False)
    world.carried()
    seen, said = world.sees(world.person("Asha")), len(world.slack.workspace.posts)
    again = asked(world, body, headers)
    assert (first.status_code, first.text) == (again.status_code, again.text)
    assert first.status_code == 200
    world.carried()
    assert (world.sees(world.person("Asha")), len(world.slack.workspace.posts)) == (seen, said)
