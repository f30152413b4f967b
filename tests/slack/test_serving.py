"""`serve` in Slack: it starts where its settings let it in, says why not, and then hears and answers by itself."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot import wiring
from bot.config import SHIPPED, Settings
from bot.errors import ConfigError
from bot.store.opening import open_database
from tests.abroad import Running
from tests.slack.bot import MODES, Mode
from tests.slack.fake import SlackFake
from tests.slack.faults import broken

SOUND = Path(__file__).parent.parent / "data" / "sound-policy.yml"
SOON = 120
"""Seconds within which something has to have happened; on a busy machine it may take much of them."""
CHANNEL = "example-escalations"


@pytest.fixture(scope="module")
def slack() -> Iterator[SlackFake]:
    with SlackFake() as fake:
        fake.person("Asha Example", "asha@example.org")
        fake.channel(CHANNEL, "Asha")
        yield fake


@pytest.fixture
def settings(slack: SlackFake, tmp_path: Path) -> Settings:
    shutil.copytree(SHIPPED / "calendars", tmp_path / "policies" / "calendars")
    shutil.copy(SOUND, tmp_path / "policies")
    made = Settings(
        data=tmp_path,
        policies=tmp_path / "policies",
        database_url=f"sqlite:///{tmp_path / 'escalations.db'}",
        slack_bot_token=SecretStr(slack.bot_token),
        slack_app_token=SecretStr(slack.app_token),
        slack_api_url=slack.base_url,
        slack_channels={CHANNEL: slack.room(CHANNEL).id},
    )
    database = open_database(made.database_url, made.keyring)
    database.migrate()
    database.close()
    return made


def within(seconds: float, happens: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while not (now := happens()) and time.monotonic() < until:
        time.sleep(0.02)
    return now


@pytest.mark.parametrize("mode", MODES)
def test_it_hears_whoever_writes_and_answers(slack: SlackFake, settings: Settings, mode: Mode) -> None:
    if mode == "HTTP":
        settings = settings.model_copy(update={"slack_signing_secret": SecretStr(slack.signing_secret)})
    live = wiring.live(settings)
    running = Running(live.app)
    slack.inbound.request_url, slack.inbound.socket_mode = running.url, mode == "Socket Mode"
    slack.inbound.ack_within = SOON
    live.worker.start()
    before = len(slack.workspace.in_room(slack.direct("Asha")))
    assert mode in live.reached("127.0.0.1:80") or "http://127.0.0.1:80" in live.reached("127.0.0.1:80")
    assert slack.types("Asha", "/escalate").ok
    assert within(SOON, lambda: "Question 1 of" in slack.sees("Asha"))
    assert slack.presses("Asha", "No").ok
    assert within(SOON, lambda: "Question 2 of" in slack.sees("Asha"))
    request = "acknowledgement_seconds_count"
    assert live.metrics.read(request, request="command") == live.metrics.read(request, request="press") == 1
    assert live.metrics.read("connected") == (1 if mode == "Socket Mode" else None)
    slack.inbound.request_url, slack.inbound.socket_mode = "", False
    running.stop()
    live.worker.stop()
    live.close()
    assert len(slack.workspace.in_room(slack.direct("Asha"))) > before


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "another token": (
        {"slack_bot_token": SecretStr("xoxb-other")},
        "Slack does not take ESCALATION_BOT_SLACK_BOT_TOKEN: Slack does not accept my token.",
    ),
    "another app token": (
        {"slack_app_token": SecretStr("xapp-other")},
        "Slack does not take ESCALATION_BOT_SLACK_APP_TOKEN: Slack does not accept my token.",
    ),
    "another workspace": (
        {"slack_team": "T99"},
        "belongs to the workspace T00000001, and ESCALATION_BOT_SLACK_TEAM is",
    ),
    "a channel without an id": ({"slack_channels": {}}, f"ESCALATION_BOT_SLACK_CHANNELS, like {CHANNEL}=C0123456789"),
    "a team of no policy": (
        {"partnership_teams": {"slack:T00000001:U00000002": "elsewhere"}},
        "ESCALATION_BOT_PARTNERSHIP_TEAMS puts slack:T00000001:U00000002 into the team of the policy 'elsewhere', and "
        "there is none of that name.",
    ),
    "somebody of another workspace in a team": (
        {"partnership_teams": {"slack:T99:U00000002": "example"}},
        "ESCALATION_BOT_PARTNERSHIP_TEAMS names slack:T99:U00000002, and here the ids of people begin with "
        "'slack:T00000001:'.",
    ),
    "nobody there": ({"slack_api_url": "http://127.0.0.1:1/api/"}, "http://127.0.0.1:1/api/ was asked, in vain: Slack"),
    "nobody there, by name": ({"slack_api_url": "http://127.0.0.1:1/api/"}, "Is ESCALATION_BOT_SLACK_API_URL right?"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_it_does_not_start_where_it_could_not_work_and_says_which_setting_it_is(settings: Settings, what: str) -> None:
    changed, says = REFUSED[what]
    with pytest.raises(ConfigError) as wrong:
        wiring.live(settings.model_copy(update=changed))
    assert says in str(wrong.value)
    assert "xoxb" not in str(wrong.value)
    assert "xapp" not in str(wrong.value)


def test_it_is_told_apart_whether_slack_is_away_or_lets_nobody_in(slack: SlackFake, settings: Settings) -> None:
    slack.fail("auth.test", broken())
    with pytest.raises(ConfigError, match=r"was asked, in vain: .* Start again in a while\."):
        wiring.live(settings)


def test_a_command_of_the_operators_asks_nothing_of_slack(slack: SlackFake, settings: Settings) -> None:
    before = len(slack.calls)
    with wiring.opened(settings) as parts:
        assert parts.database.troubled() == []
    assert len(slack.calls) == before
