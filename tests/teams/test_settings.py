"""Settings of Teams: what is missing or wrong is named, with where to find it; nobody can switch the proof off."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import config
from bot.config import Settings
from bot.errors import ConfigError
from bot.teams_settings import UNPROVED, TeamsAccess

APP, TENANT = "aaaaaaaa-1111-2222-3333-444444444444", "bbbbbbbb-1111-2222-3333-444444444444"
CHANNEL = "19:0123abcd@thread.tacv2"
WHOLE = {"APP_ID": APP, "TENANT": TENANT, "SECRET": "hush"}


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"ESCALATION_BOT_{name.upper()}", raising=False)


def read(monkeypatch: pytest.MonkeyPatch, **given: str) -> TeamsAccess | None:
    for name, value in given.items():
        monkeypatch.setenv(f"ESCALATION_BOT_TEAMS_{name}", value)
    return config.read().teams_access


def test_without_its_settings_there_is_no_teams(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch) is None


def test_the_proof_that_is_to_be_preferred_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "bot.pem"
    file.write_text("")
    access = read(monkeypatch, **WHOLE, CERTIFICATE=str(file), CHANNELS=f"#example-escalations={CHANNEL}")
    assert access is not None
    assert (access.app, access.tenant) == (APP, TENANT)
    assert (access.proof, access.value) == ("certificate", file)
    assert access.channels == {"example-escalations": CHANNEL}
    assert access.resource == "https://api.botframework.com"
    again = read(monkeypatch, MANAGED_IDENTITY="system")
    assert again is not None
    assert again.proof == "managed_identity"


def test_tokens_are_for_the_connector_of_the_same_cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    where = "https://login.botframework.azure.us/v1/.well-known/openidconfiguration"
    access = read(
        monkeypatch, **WHOLE, OPENID_METADATA=where, SERVICE_URLS="https://one.example,https://two.example/x/"
    )
    assert access is not None
    assert access.resource == "https://api.botframework.us"
    assert access.service_urls == ("https://one.example/", "https://two.example/x/")


def test_an_address_of_teams_as_microsoft_writes_it_is_believed_for_every_region(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    urls = "https://one.example/teams, https://two.example/teams/, https://three.example/x/teams"
    access = read(monkeypatch, **WHOLE, SERVICE_URLS=urls)
    assert access is not None
    assert access.service_urls == ("https://one.example/", "https://two.example/", "https://three.example/x/teams/")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"APP_ID": APP}, "_TEAMS_TENANT is not. Copy the “Directory"),
        ({"TENANT": TENANT}, "_TEAMS_APP_ID is not. Copy the “Application"),
        ({"SERVICE_URLS": "https://one.example"}, "_TEAMS_APP_ID is not"),
        ({"APP_ID": APP, "TENANT": TENANT}, "Set one of ESCALATION_BOT_TEAMS_MANAGED_IDENTITY"),
        ({**WHOLE, "TENANT": "contoso.example"}, "like 00000000-"),
        ({**WHOLE, "CHANNELS": "example=C0123456789"}, "“Get link to channel”"),
        ({**WHOLE, "TOKEN_FILE": "nowhere/token"}, "ESCALATION_BOT_TEAMS_TOKEN_FILE has to name one"),
        ({**WHOLE, "OPENID_METADATA": "http://keys.example"}, "begin with https://"),
        ({**WHOLE, "SERVICE_URLS": "smba.example"}, "begin with https://"),
    ],
)
def test_what_is_missing_or_wrong_is_named_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], says: str
) -> None:
    with pytest.raises(ConfigError) as raised:
        read(monkeypatch, **given)
    assert says in str(raised.value)
    assert "hush" not in str(raised.value)


@pytest.mark.parametrize("value", ["1", "true", "Yes"])
def test_the_bot_does_not_start_where_anybody_would_be_believed(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(UNPROVED, value)
    with pytest.raises(ConfigError, match="in anybody’s name"):
        read(monkeypatch, **WHOLE)
