"""Settings: the only reader of the environment. Each is named ESCALATION_BOT_… there, or DATABASE_URL.

Rule: what may hold a password is never shown, neither in a message nor in a log.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]

from pydantic import AliasChoices, BeforeValidator, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import NoDecode, SettingsConfigDict

import bot
from bot.errors import ConfigError
from bot.mail_settings import SECRET as SECRET_OF_MAIL
from bot.mail_settings import MailSettings
from bot.setting_kinds import PREFIX, Secret, check_web_address, read_address, read_optional_address
from bot.setting_kinds import Address as Address
from bot.teams_settings import SECRET as SECRET_OF_TEAMS
from bot.teams_settings import TeamsSettings

SHIPPED = Path(bot.__file__).resolve().parent.parent / "policies"
"""The policies that come with the program."""

DOMAIN = re.compile(r"(?:[a-z0-9-]{1,63}\.)+[a-z]{2,63}")
ANYBODYS = frozenset(
    {
        "aol.com", "btinternet.com", "gmail.com", "googlemail.com", "hotmail.co.uk", "hotmail.com", "icloud.com",
        "live.co.uk", "live.com", "me.com", "outlook.com", "proton.me", "protonmail.com", "sky.com", "talktalk.net",
        "virginmedia.com", "yahoo.co.uk", "yahoo.com",
    }
)  # fmt: skip
"""Where people have private mailboxes; the best known."""

ALSO_CALLED = {"database_url": "DATABASE_URL"}
"""Names that hosts give by themselves. Where both are there, the one with our prefix counts."""

SECRET = {
    "database_url", "heartbeat_url", "slack_bot_token", "slack_signing_secret", "slack_app_token",
    "slack_configuration_token", *SECRET_OF_MAIL, *SECRET_OF_TEAMS,
}  # fmt: skip

ALIKE = 0.85
"""From 0, nothing in common, to 1, the same: a name that is so like another one is a slip."""

SLACK = "https://slack.com/api/"


PERSON = re.compile(r"[a-z][a-z0-9-]*:\S+")
"""The id of a person: their platform, and what they are called there."""


def _read_administrators(typed: object) -> object:
    if not isinstance(typed, str):
        return typed
    ids = tuple(dict.fromkeys(each.strip() for each in typed.split(",") if each.strip()))
    if wrong := [each for each in ids if not PERSON.fullmatch(each)]:
        raise ValueError(
            f"{wrong[0]!r} is not the id of a person. Write the platform and its id, "
            "several separated by commas, like slack:T0123456789:U0123456789."
        )
    return ids


def _read_domains(typed: object) -> object:
    if not isinstance(typed, str):
        return typed
    domains = tuple(dict.fromkeys(each.strip().lower() for each in typed.split(",") if each.strip()))
    for domain in domains:
        if not DOMAIN.fullmatch(domain):
            raise ValueError(f"{domain!r} is not what stands behind the @ of a mailbox, like school.example.org.")
        if domain in ANYBODYS:
            raise ValueError(f"Anybody can have a mailbox at {domain}, so no child’s name may go there.")
    return domains


def _read_teams(typed: object) -> object:
    """ "example=slack:T0123456789:U0123456789,…", a policy and a person of its partnership's team -> by person."""
    if not isinstance(typed, str):
        return typed
    teams: dict[str, str] = {}
    for each in filter(None, (pair.strip() for pair in typed.split(","))):
        policy, _, person = (part.strip() for part in each.partition("="))
        if not policy or not PERSON.fullmatch(person):
            raise ValueError(
                f"{each!r} is not a policy and the id of a person. Write both, several separated by commas, like "
                "example=slack:T0123456789:U0123456789."
            )
        if teams.setdefault(person, policy) != policy:
            raise ValueError(f"{person} is in the teams of {teams[person]} and {policy}, and can be in one only.")
    return teams


def _read_channels(typed: object) -> object:
    """ "example-escalations=C0123456789,…", as a policy calls a channel and as Slack does."""
    if not isinstance(typed, str):
        return typed
    pairs = [each.rpartition("=") for each in typed.split(",") if each.strip()]
    for name, _, channel in pairs:
        if not name.strip() or not re.fullmatch(r"[CG][A-Z0-9]{6,}", channel.strip()):
            raise ValueError(
                "It has to be what a policy calls its channel, and the id of that channel in Slack, several separated "
                "by commas, like example-escalations=C0123456789."
            )
    return {name.strip().removeprefix("#"): channel.strip() for name, _, channel in pairs}


def proxy_of(url: str) -> str:
    """The proxy through which HTTPS_PROXY, HTTP_PROXY and NO_PROXY lead to an address; "" where it is reached directly.

    Raises ConfigError where it is one that cannot be used.
    """
    parts = urlsplit(url)
    secure = parts.scheme in {"https", "wss"}
    if not parts.hostname or proxy_bypass_environment(parts.netloc.rpartition("@")[2]):
        return ""
    given = getproxies_environment().get("https" if secure else "http", "")
    proxy = given if "://" in given or not given else f"http://{given}"
    try:
        usable = not proxy or (urlsplit(proxy).scheme == "http" and urlsplit(proxy).port is not None)
    except ValueError:
        usable = False
    if not usable:
        name = "HTTPS_PROXY" if secure else "HTTP_PROXY"
        raise ConfigError(
            f"{name} names a proxy that cannot be used. It has to begin with http:// and name a host and a port, like "
            f"http://proxy.example.org:3128. Correct it, or add {parts.hostname} to NO_PROXY."
        )
    return proxy


@dataclass(frozen=True)
class SlackAccess:
    """How Slack is reached. Slack calls us, with requests that are signed with the secret; or, where there is none, we
    connect to it with the app's token: Socket Mode."""

    bot_token: SecretStr
    signing_secret: SecretStr
    app_token: SecretStr
    team: str
    api_url: str
    channels: Mapping[str, str]
    proxy: Callable[[str], str] = proxy_of
    """Through which proxy an address is reached."""

    @property
    def socket_mode(self) -> bool:
        return not self.signing_secret.get_secret_value()


class Settings(MailSettings, TeamsSettings):
    """Read once at the start. Folders are made where they are missing."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", populate_by_name=True)

    policies: Path = SHIPPED
    """The folder of policy files, with the folder calendars in it."""
    data: Path = Path("data")
    """Where everything is kept that no other setting puts elsewhere."""
    database_url: str = Field(
        default_factory=lambda given: f"sqlite:///{given['data'] / 'escalations.db'}",
        validation_alias=AliasChoices("ESCALATION_BOT_DATABASE_URL", "DATABASE_URL"),
        repr=False,
    )
    """A SQLite file, or PostgreSQL. It may hold a password."""
    keyring: Path = Field(default_factory=lambda given: given["data"] / "keyring.json")
    """The file of keys, without which nothing in the database can be read."""
    administrators: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_read_administrators)] = ()
    """Person ids of those who are told when something is wrong with the bot itself."""
    partnership_teams: Annotated[Mapping[str, str], NoDecode, BeforeValidator(_read_teams)] = {}
    """Person id -> id of the policy in whose partnership's team they are."""
    agency_domains: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_read_domains)] = ()
    """To mailboxes at these, beside each policy's own domains, people get what they are sent themselves."""
    heartbeat_url: str = Field(default="", repr=False)
    """An address elsewhere that is called while all is well, so that somebody notices when it is not. A secret."""
    deliveries_at_once: int = Field(default=16, ge=1, le=64)
    """So many a replica on PostgreSQL carries out at a time."""
    web_address: Annotated[Address, NoDecode, BeforeValidator(read_address)] = Address("127.0.0.1", 8080)
    """Where people reach the bot."""
    operations_address: Annotated[Address | None, NoDecode, BeforeValidator(read_optional_address)] = Address(
        "127.0.0.1", 9090
    )
    """Where it is asked how it does: /healthz, /readyz, /metrics. None: nowhere."""
    slack_bot_token: Secret = SecretStr("")
    """The token with which the bot does all that it does in Slack. Empty: no Slack."""
    slack_signing_secret: Secret = SecretStr("")
    """What Slack signs its requests with, where it calls us."""
    slack_app_token: Secret = SecretStr("")
    """The token with which we connect to Slack, where it does not."""
    slack_configuration_token: Secret = SecretStr("")
    """A token with which `doctor` compares the app in Slack with manifest.yml. It is good for twelve hours."""
    slack_team: str = Field(default="", pattern="^(T[A-Z0-9]{2,})?$")
    """The workspace, where the bot is to start in no other."""
    slack_api_url: str = SLACK
    """Slack's Web API, which is elsewhere for governments and tests."""
    slack_channels: Annotated[Mapping[str, str], NoDecode, BeforeValidator(_read_channels)] = {}
    """What policies call their channels -> the ids of those channels in Slack."""
    demo_data: Path = Path("demo-data")
    """Where the demonstration keeps what was said and done, so that it goes on after a restart."""
    demo_host: str = "127.0.0.1"
    demo_port: int = Field(default=8765, ge=0, le=65535)
    log_level: str = Field(default="warning", pattern="^(debug|info|warning|error)$")

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        known = re.fullmatch(r"sqlite:///\S.*|postgres(?:ql)?(?:\+psycopg)?://(\S+)", url)
        if known is None:
            raise ValueError("It has to be like sqlite:///data/escalations.db or postgresql://user:password@host/name.")
        return f"postgresql://{known[1]}" if known[1] else url

    @field_validator("slack_bot_token", "slack_app_token")
    @classmethod
    def _token(cls, token: SecretStr, field: ValidationInfo) -> SecretStr:
        begins = "xoxb-" if field.field_name == "slack_bot_token" else "xapp-"
        if token.get_secret_value() and not token.get_secret_value().startswith(begins):
            raise ValueError(f"It has to begin with {begins}.")
        return token

    @field_validator("slack_api_url")
    @classmethod
    def _web_api(cls, url: str) -> str:
        check_web_address(url, SLACK)
        return f"{url.rstrip('/')}/"

    @property
    def slack(self) -> SlackAccess | None:
        """Slack, where it is set. Raises ConfigError where something is missing."""
        names = ("bot_token", "signing_secret", "app_token", "team", "channels")
        given = {name: getattr(self, f"slack_{name}") for name in names}
        there = [name for name, value in given.items() if len(value)]
        if not there:
            return None
        if "bot_token" not in there:
            raise ConfigError(
                f"{_slack(there[0])} is set, but {_slack('bot_token')} is not. Copy the “Bot User OAuth Token” "
                "(xoxb-…) from “OAuth & Permissions” of the app in Slack. Without Slack, remove its settings."
            )
        if not {"signing_secret", "app_token"} & {*there}:
            raise ConfigError(
                f"{_slack('bot_token')} is set, but the bot could not hear. Set {_slack('app_token')}, the app-level "
                f"token (xapp-…) for Socket Mode; or {_slack('signing_secret')}, where Slack calls an address of "
                "yours. Both stand under “Basic Information” of the app in Slack."
            )
        proxy_of(self.slack_api_url)
        return SlackAccess(**given, api_url=self.slack_api_url)

    @field_validator("heartbeat_url")
    @classmethod
    def _private_address(cls, url: str) -> str:
        parts = urlsplit(url)
        if url and not (parts.scheme == "https" and parts.hostname):
            raise ValueError("It has to begin with https:// and name a host.")
        return url


def read() -> Settings:
    """The settings, or ConfigError that names each wrong one."""
    _refuse_misspelt(os.environ)
    try:
        settings = Settings()
    except ValidationError as error:
        # A default that is made of a wrong setting is no fault of its own.
        wrong = " ".join(_sentence(e, os.environ) for e in error.errors() if e["type"] != "default_factory_not_called")
        raise ConfigError(f"A setting is wrong. {wrong} Please correct or remove it.") from None
    _ = (
        settings.slack,
        settings.teams_access,
        settings.mail_access,
    )  # what is missing of them is told before anything begins
    return settings


def _refuse_misspelt(environment: Mapping[str, str]) -> None:
    """A name that is nearly that of a setting. Others are left alone: hosts set names of their own, like
    ESCALATION_BOT_SERVICE_HOST."""
    known = {name.upper() for name in Settings.model_fields}
    given = {name.removeprefix(PREFIX): name for name in environment if name.startswith(PREFIX)}
    for name in sorted(given.keys() - known):
        meant = [each for each in known if sorted(each) == sorted(name)] or get_close_matches(name, known, 1, ALIKE)
        if meant:
            raise ConfigError(
                f"{given[name]} is set, and there is no setting of that name. Is {PREFIX}{meant[0]} meant? Please "
                "correct or remove it."
            )


def _slack(name: str) -> str:
    return f"{PREFIX}SLACK_{name.upper()}"


def _sentence(wrong: ErrorDetails, environment: Mapping[str, str]) -> str:
    field = str(wrong["loc"][0]).lower().removeprefix(PREFIX.lower())
    value = "not one that can be used" if field in SECRET else repr(wrong["input"])
    why = str(wrong["msg"]).removeprefix("Value error, ").removesuffix(".")
    return f"{_name(field, environment)} is {value}: {why}."


def _name(field: str, environment: Mapping[str, Any]) -> str:
    """What the setting is called where it was set."""
    ours = f"{PREFIX}{field.upper()}"
    return ours if ours in environment else ALSO_CALLED.get(field, ours)
