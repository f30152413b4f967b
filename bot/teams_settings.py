"""Settings of Microsoft Teams: which bot it is, in which tenant, and with which proof. `config` reads them with all
others."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode

from bot.errors import ConfigError
from bot.login_settings import LOGIN, ProofKind, chosen_proof, given, name
from bot.setting_kinds import Secret, check_web_address

SECRET = {"teams_secret"}
OPENID = "https://login.botframework.com/v1/.well-known/openidconfiguration"
"""Where Microsoft says with which keys it signs what it tells bots."""
SERVICE = "https://smba.trafficmanager.net/"
"""What the addresses begin with at which Teams takes what bots say."""
ANY_REGION = "/teams"
RESOURCES = {
    "login.botframework.azure.us": "https://api.botframework.us",
    "login.botframework.azure.cn": "https://api.botframework.azure.cn",
}
"""What tokens for the connector are for, in national clouds, by the host of OPENID there."""
RESOURCE = "https://api.botframework.com"
UNPROVED = "DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS"
"""With this, Microsoft's library for Teams believes whoever calls."""

GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
CHANNEL = re.compile(r"19:[^\s,;/=]+@thread\.(?:tacv2|skype)")


def _read_channels(typed: object) -> object:
    """ "example-escalations=19:…@thread.tacv2,…", as a policy calls a channel and as Teams does."""
    if not isinstance(typed, str):
        return typed
    pairs = [each.rpartition("=") for each in typed.split(",") if each.strip()]
    for called, _, channel in pairs:
        if not called.strip() or not CHANNEL.fullmatch(channel.strip()):
            raise ValueError(
                "It has to be what a policy calls its channel, and the id of that channel in Teams, several separated "
                "by commas, like example-escalations=19:0123abcd@thread.tacv2. “Get link to channel” in Teams holds "
                "it, with %3a for : and %40 for @."
            )
    return {called.strip().removeprefix("#"): channel.strip() for called, _, channel in pairs}


def _read_service_urls(typed: object) -> object:
    if not isinstance(typed, str):
        return typed
    urls = tuple(each.strip() for each in typed.split(",") if each.strip())
    if not urls:
        raise ValueError(f"It has to be an address, several separated by commas, like {SERVICE}.")
    for url in urls:
        check_web_address(url, SERVICE)
    return tuple(f"{_of_all_regions(url.rstrip('/'))}/" for url in urls)


def _of_all_regions(url: str) -> str:
    """Microsoft writes them with an end that each region has another of."""
    return url.removesuffix(ANY_REGION) if urlsplit(url).path == ANY_REGION else url


@dataclass(frozen=True)
class TeamsAccess:
    """The bot in one tenant. `channels` are the ids of those that a policy calls by a name."""

    app: str
    tenant: str
    channels: Mapping[str, str]
    proof: ProofKind
    value: str | Path | SecretStr
    authority: str = LOGIN
    openid_metadata: str = OPENID
    service_urls: tuple[str, ...] = (SERVICE,)

    @property
    def resource(self) -> str:
        """What tokens for the connector of Teams are for."""
        return RESOURCES.get(urlsplit(self.openid_metadata).hostname or "", RESOURCE)


class TeamsSettings(BaseSettings):
    """Those that begin with TEAMS."""

    teams_app_id: str = ""
    """The id of the bot's app in Microsoft Entra. Empty: no Teams."""
    teams_tenant: str = ""
    """The id of the tenant. Nobody of another one is heard."""
    teams_channels: Annotated[Mapping[str, str], NoDecode, BeforeValidator(_read_channels)] = {}
    """What policies call their channels -> the ids of those channels in Teams."""
    teams_managed_identity: str = ""
    """“system”, or the client id of one of several."""
    teams_token_file: Path | None = None
    teams_certificate: Path | None = None
    teams_secret: Secret = SecretStr("")
    teams_authority: str = LOGIN
    """Where the bot logs in, which is elsewhere in a national cloud."""
    teams_openid_metadata: str = OPENID
    """Where it is said with which keys what Teams tells is signed, which is elsewhere in a national cloud."""
    teams_service_urls: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_read_service_urls)] = (SERVICE,)
    """What the addresses begin with at which Teams takes what the bot says; others are not believed."""

    @field_validator("teams_app_id", "teams_tenant")
    @classmethod
    def _guid(cls, typed: str) -> str:
        if typed and not GUID.fullmatch(typed.strip().lower()):
            raise ValueError("It has to be an id like 00000000-1111-2222-3333-444444444444.")
        return typed.strip().lower()

    @field_validator("teams_managed_identity")
    @classmethod
    def _identity(cls, typed: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9-]*", typed):
            raise ValueError("It has to be “system”, or the client id of a managed identity.")
        return typed

    @field_validator("teams_authority", "teams_openid_metadata")
    @classmethod
    def _of_microsoft(cls, url: str) -> str:
        check_web_address(url, LOGIN)
        return url.rstrip("/")

    @field_validator("teams_token_file", "teams_certificate", mode="before")
    @classmethod
    def _no_such_file(cls, typed: object) -> object:
        return None if typed == "" else typed

    @property
    def teams_access(self) -> TeamsAccess | None:
        """Teams, where it is set. Raises ConfigError where something is missing, or anybody would be believed."""
        there = given(self, "teams_")
        if not there:
            return None
        for field, where in (
            ("teams_app_id", "“Application (client) ID”"),
            ("teams_tenant", "“Directory (tenant) ID”"),
        ):
            if not getattr(self, field):
                raise ConfigError(
                    f"{name(there[0])} is set, but {name(field)} is not. Copy the {where} from the page “Overview” of "
                    "the app in Microsoft Entra. Without Teams, remove its settings."
                )
        if os.environ.get(UNPROVED, "").strip().lower() not in {"", "0", "false", "no", "off"}:
            raise ConfigError(
                f"{UNPROVED} is set: anybody could speak to the bot in anybody’s name. Remove it; the bot starts only "
                "where whoever calls it has to prove that it is Teams."
            )
        proof, value = chosen_proof(self, "teams_", ())
        return TeamsAccess(
            self.teams_app_id,
            self.teams_tenant,
            self.teams_channels,
            proof,
            value,
            self.teams_authority,
            self.teams_openid_metadata,
            self.teams_service_urls,
        )
