"""Where a proxy stands between the bot and Slack, all calls and the connection go through it."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import wiring
from bot.config import Settings, proxy_of, read
from bot.errors import ConfigError
from tests.abroad import Running
from tests.slack.fake import SlackFake
from tests.slack.proxies import HOST, LINK, Behind
from tests.slack.test_serving import SOON, settings, slack, within

__all__ = ["settings", "slack"]  # fixtures
NOWHERE = "http://127.0.0.1:1"


@pytest.fixture(autouse=True)
def no_other(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    yield
    urllib.request.install_opener(None)  # it remembers the proxies of this test


def test_calls_and_the_connection_go_through_the_proxy_with_its_password(
    slack: SlackFake, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    behind = Behind(slack, tmp_path, user="bot:hush")
    monkeypatch.setenv("HTTPS_PROXY", behind.url)
    monkeypatch.setenv("SSL_CERT_FILE", str(behind.certificate))
    live = wiring.live(settings.model_copy(update={"slack_api_url": behind.base_url}))
    running = Running(live.app)
    slack.inbound.socket_mode, slack.inbound.ack_within = True, SOON
    live.worker.start()
    try:
        assert slack.types("Asha", "/escalate").ok
        assert within(SOON, lambda: "Question 1 of" in slack.sees("Asha"))
        assert live.metrics.read("connected") == 1
        assert set(behind.asked) == {f"CONNECT {HOST}:443", f"CONNECT {LINK}:443"}
    finally:
        slack.inbound.socket_mode = False
        running.stop()
        live.worker.stop()
        live.close()
        behind.close()


def test_what_is_excepted_is_reached_directly(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", NOWHERE)
    with pytest.raises(ConfigError, match="was asked, in vain"):
        wiring.live(settings)
    monkeypatch.setenv("NO_PROXY", "example.org,127.0.0.1")
    wiring.live(settings).close()


PROXY = "http://proxy.example.org:3128"


@pytest.mark.parametrize(
    ("environment", "url", "proxy"),
    [
        ({}, "https://slack.com/api/", ""),
        ({"HTTPS_PROXY": PROXY}, "https://slack.com/api/", PROXY),
        ({"https_proxy": PROXY}, "wss://wss-primary.slack.com/link/?ticket=1", PROXY),
        ({"HTTPS_PROXY": "proxy.example.org:3128"}, "https://slack.com/api/", PROXY),
        ({"HTTPS_PROXY": "http://bot:hush@proxy:80"}, "https://slack.com/api/", "http://bot:hush@proxy:80"),
        ({"HTTP_PROXY": PROXY}, "https://slack.com/api/", ""),
        ({"HTTP_PROXY": PROXY}, "http://slack.test/api/", PROXY),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "slack.com"}, "wss://wss-primary.slack.com/link/", ""),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": ".slack-gov.com, localhost"}, "https://slack.com/api/", PROXY),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "*"}, "https://slack.com/api/", ""),
        ({"HTTPS_PROXY": "socks5://proxy:1080", "NO_PROXY": "slack.com"}, "https://slack.com/api/", ""),
    ],
)
def test_which_proxy_leads_to_an_address(
    environment: dict[str, str], url: str, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert proxy_of(url) == proxy


@pytest.mark.parametrize("wrong", ["socks5://bot:hush@proxy:1080", "https://bot:hush@proxy:3128", "http://hush:x"])
def test_a_proxy_that_cannot_be_used_stops_the_start(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", wrong)
    monkeypatch.setenv("ESCALATION_BOT_SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("ESCALATION_BOT_SLACK_APP_TOKEN", "xapp-1")
    with pytest.raises(ConfigError) as refused:
        read()
    assert str(refused.value).startswith("HTTPS_PROXY names a proxy that cannot be used. It has to begin with http://")
    assert "add slack.com to NO_PROXY" in str(refused.value)
    assert "hush" not in str(refused.value)
