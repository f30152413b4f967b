"""Settings: what is wrong is named, with what to do; what may hold a password is never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import config
from bot.config import Address, Settings
from bot.errors import ConfigError

NAMES = ("DATABASE_URL", *(f"ESCALATION_BOT_{name.upper()}" for name in Settings.model_fields))


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def test_everything_is_kept_in_the_folder_data_if_nothing_is_set() -> None:
    settings = config.read()
    assert settings.database_url == "sqlite:///data/escalations.db"
    assert settings.keyring == Path("data/keyring.json")
    assert (settings.administrators, settings.heartbeat_url) == ((), "")
    assert str(settings.operations_address) == "127.0.0.1:9090"


def test_one_setting_moves_all_that_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESCALATION_BOT_DATA", "/srv/bot")
    assert config.read().database_url == "sqlite:////srv/bot/escalations.db"
    assert config.read().keyring == Path("/srv/bot/keyring.json")


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("sqlite:////srv/bot/own.db", "sqlite:////srv/bot/own.db"),
        (
            "postgresql://bot:hush@host:5432/name?sslmode=require",
            "postgresql://bot:hush@host:5432/name?sslmode=require",
        ),
        # What hosts hand out.
        ("postgres://bot:hush@host/name", "postgresql://bot:hush@host/name"),
        ("postgresql+psycopg://host/name", "postgresql://host/name"),
    ],
)
def test_the_address_of_the_database_is_read_as_hosts_give_it(
    monkeypatch: pytest.MonkeyPatch, given: str, used: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", given)
    assert config.read().database_url == used


def test_the_name_with_our_prefix_counts_where_both_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/name")
    monkeypatch.setenv("ESCALATION_BOT_DATABASE_URL", "sqlite:///own.db")
    assert config.read().database_url == "sqlite:///own.db"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("DATABASE_URL", "mysql://bot:hush@host/name", "like sqlite:///data/escalations.db or postgresql://"),
        ("DATABASE_URL", "postgresql+psycopg2://bot:hush@host/name", "like sqlite:///data/escalations.db"),
        ("DATABASE_URL", "", "like sqlite:///data/escalations.db"),
        ("ESCALATION_BOT_DATABASE_URL", "bot:hush@host", "like sqlite:///data/escalations.db"),
        ("ESCALATION_BOT_HEARTBEAT_URL", "http://beats.example/hush", "begin with https://"),
        ("ESCALATION_BOT_HEARTBEAT_URL", "https:///hush", "name a host"),
        ("ESCALATION_BOT_ADMINISTRATORS", "console:iris, Dele", "commas, like slack:T0123456789:U01234"),
        ("ESCALATION_BOT_PARTNERSHIP_TEAMS", "slack:T1:U1", "'slack:T1:U1' is not a policy and the id of a person."),
        ("ESCALATION_BOT_PARTNERSHIP_TEAMS", "sefton=Iris", "like example=slack:T0123456789:U0123456789"),
        ("ESCALATION_BOT_PARTNERSHIP_TEAMS", "a=console:iris,b=console:iris", "in the teams of a and b, and can be in"),
        ("ESCALATION_BOT_AGENCY_DOMAINS", "a@school.example.org", "stands behind the @ of a mailbox, like school.exa"),
        ("ESCALATION_BOT_AGENCY_DOMAINS", "nhs.net, Gmail.com", "Anybody can have a mailbox at gmail.com"),
        ("ESCALATION_BOT_OPERATIONS_ADDRESS", "9090", "a host and a port, like 127.0.0.1:9090"),
        ("ESCALATION_BOT_OPERATIONS_ADDRESS", "127.0.0.1:70000", "a host and a port"),
        ("ESCALATION_BOT_OPERATIONS_ADDRESS", "::1", "a host and a port, like 127.0.0.1:9090 or [::1]:9090"),
        ("ESCALATION_BOT_WEB_ADDRESS", "", "a host and a port"),
        ("ESCALATION_BOT_SLACK_BOT_TOKEN", "xapp-hush", "begin with xoxb-"),
        ("ESCALATION_BOT_SLACK_APP_TOKEN", "xoxb-hush", "begin with xapp-"),
        ("ESCALATION_BOT_SLACK_TEAM", "example", "String should match pattern"),
        ("ESCALATION_BOT_SLACK_API_URL", "http://slack.example.org/api/", "begin with https://"),
        ("ESCALATION_BOT_SLACK_CHANNELS", "example-escalations=#general", "like example-escalations=C0123456789"),
        ("ESCALATION_BOT_SLACK_CHANNELS", "C0123456789", "the id of that channel in Slack"),
    ],
)
def test_a_wrong_setting_is_named_with_what_to_do_and_without_a_password(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as wrong:
        config.read()
    said = str(wrong.value)
    assert said.startswith(f"A setting is wrong. {name} is ")
    assert said.endswith(". Please correct or remove it.")
    assert says in said
    assert "KEYRING" not in said  # whose default is made of others, and which nobody set
    assert "hush" not in said


def test_settings_that_are_shown_hide_what_may_hold_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://bot:hush@host/name")
    monkeypatch.setenv("ESCALATION_BOT_HEARTBEAT_URL", "https://beats.example/hush")
    assert "hush" not in f"{config.read()!r} {config.read()}"


SLACK = {"BOT_TOKEN": "xoxb-hush", "APP_TOKEN": "xapp-hush", "SIGNING_SECRET": "hush"}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["APP_TOKEN"], "ESCALATION_BOT_SLACK_APP_TOKEN is set, but ESCALATION_BOT_SLACK_BOT_TOKEN is not. Copy"),
        (["SIGNING_SECRET"], "ESCALATION_BOT_SLACK_SIGNING_SECRET is set, but ESCALATION_BOT_SLACK_BOT_TOKEN is not."),
        (["BOT_TOKEN"], "Set ESCALATION_BOT_SLACK_APP_TOKEN, the app-level token (xapp-…) for Socket Mode; or"),
    ],
)
def test_what_is_missing_of_slack_is_named_with_where_to_find_it(
    monkeypatch: pytest.MonkeyPatch, given: list[str], says: str
) -> None:
    for name in given:
        monkeypatch.setenv(f"ESCALATION_BOT_SLACK_{name}", SLACK[name])
    with pytest.raises(ConfigError) as wrong:
        config.read()
    assert says in str(wrong.value)
    assert "hush" not in str(wrong.value)


def test_slack_calls_us_where_there_is_a_secret_to_know_it_by(monkeypatch: pytest.MonkeyPatch) -> None:
    assert config.read().slack is None
    monkeypatch.setenv("ESCALATION_BOT_SLACK_BOT_TOKEN", " xoxb-hush\n")
    monkeypatch.setenv("ESCALATION_BOT_SLACK_APP_TOKEN", SLACK["APP_TOKEN"])
    monkeypatch.setenv("ESCALATION_BOT_SLACK_CHANNELS", "#example-escalations = C0123456789, other=G0123456")
    connected = config.read().slack
    monkeypatch.setenv("ESCALATION_BOT_SLACK_SIGNING_SECRET", SLACK["SIGNING_SECRET"])
    called = config.read().slack
    assert connected is not None
    assert called is not None
    assert (connected.socket_mode, called.socket_mode) == (True, False)
    assert connected.bot_token.get_secret_value() == "xoxb-hush"
    assert connected.channels == {"example-escalations": "C0123456789", "other": "G0123456"}
    assert connected.api_url == "https://slack.com/api/"
    assert "hush" not in f"{config.read()!r} {called!r}"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ESCALATION_BOT_SLACK_BOT_TOKN", "ESCALATION_BOT_SLACK_BOT_TOKEN"),
        ("ESCALATION_BOT_MIAL", "ESCALATION_BOT_MAIL"),
    ],
)
def test_a_setting_whose_name_is_misspelt_is_not_left_out(
    typed: str, meant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(typed, "xoxb-secret")
    with pytest.raises(ConfigError, match=f"Is {meant} meant") as wrong:
        config.read()
    assert "secret" not in str(wrong.value)


def test_names_that_a_host_gives_by_itself_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SERVICE_HOST", "SERVICE_PORT", "PORT", "PORT_8080_TCP", "PORT_8080_TCP_ADDR", "PORT_8080_TCP_PROTO"):
        monkeypatch.setenv(f"ESCALATION_BOT_{name}", "10.0.0.1")
    config.read()


def test_administrators_are_named_by_their_ids_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESCALATION_BOT_ADMINISTRATORS", " console:iris,console:dele ,,console:iris")
    assert config.read().administrators == ("console:iris", "console:dele")


def test_a_partnerships_team_is_named_person_by_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESCALATION_BOT_PARTNERSHIP_TEAMS", " a = slack:T1:U1,a=slack:T1:U2 , b=slack:T1:U3,")
    assert config.read().partnership_teams == {"slack:T1:U1": "a", "slack:T1:U2": "a", "slack:T1:U3": "b"}


def test_an_address_to_listen_on_is_a_host_and_a_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESCALATION_BOT_WEB_ADDRESS", "[::1]:80")
    monkeypatch.setenv("ESCALATION_BOT_OPERATIONS_ADDRESS", "")
    settings = config.read()
    assert (settings.web_address, str(settings.web_address)) == (Address("::1", 80), "[::1]:80")
    assert settings.operations_address is None
