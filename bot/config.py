"""Settings: the only reader of the environment. Each is named ESCALATION_BOT_… there, or DATABASE_URL.

Rule: what may hold a password is never shown, neither in a message nor in a log.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AliasChoices, BeforeValidator, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

import bot
from bot.errors import ConfigError

SHIPPED = Path(bot.__file__).resolve().parent.parent / "policies"
"""The policies that come with the program."""

PREFIX = "ESCALATION_BOT_"
ALSO_CALLED = {"database_url": "DATABASE_URL"}
"""Names that hosts give by themselves. Where both are there, the one with our prefix counts."""

SECRET = {"database_url", "heartbeat_url"}


@dataclass(frozen=True)
class Address:
    """Where something listens. Port 0 takes any that is free."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def _read_address(typed: object) -> object:
    if not isinstance(typed, str):
        return typed
    host, colon, port = typed.strip().rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    if not colon or not bare or (":" in bare and host == bare) or not port.isdecimal() or int(port) > 65535:
        raise ValueError("It has to be a host and a port, like 127.0.0.1:9090 or [::1]:9090.")
    return Address(bare, int(port))


def _read_optional_address(typed: object) -> object:
    return None if typed == "" else _read_address(typed)


def _read_administrators(typed: object) -> object:
    if not isinstance(typed, str):
        return typed
    ids = tuple(dict.fromkeys(each.strip() for each in typed.split(",") if each.strip()))
    if wrong := [each for each in ids if not re.fullmatch(r"[a-z][a-z0-9-]*:\S+", each)]:
        raise ValueError(
            f"{wrong[0]!r} is not the id of a person. Write the platform and its id, "
            "several separated by commas, like console:iris,console:dele."
        )
    return ids


class Settings(BaseSettings):
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
    heartbeat_url: str = Field(default="", repr=False)
    """An address elsewhere that is called while all is well, so that somebody notices when it is not. A secret."""
    web_address: Annotated[Address, NoDecode, BeforeValidator(_read_address)] = Address("127.0.0.1", 8080)
    """Where people reach the bot."""
    operations_address: Annotated[Address | None, NoDecode, BeforeValidator(_read_optional_address)] = Address(
        "127.0.0.1", 9090
    )
    """Where it is asked how it does: /healthz, /readyz, /metrics. None: nowhere."""
    demo_data: Path = Path("demo-data")
    """Where the demonstration keeps what was said and done, so that it goes on after a restart."""
    demo_host: str = "127.0.0.1"
    demo_port: int = Field(default=8765, ge=0, le=65535)
    sender: str = "escalation-bot@example.org"
    """The address that letters are sent from."""
    log_level: str = Field(default="warning", pattern="^(debug|info|warning|error)$")

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        known = re.fullmatch(r"sqlite:///\S.*|postgres(?:ql)?(?:\+psycopg)?://(\S+)", url)
        if known is None:
            raise ValueError("It has to be like sqlite:///data/escalations.db or postgresql://user:password@host/name.")
        return f"postgresql://{known[1]}" if known[1] else url

    @field_validator("heartbeat_url")
    @classmethod
    def _private_address(cls, url: str) -> str:
        parts = urlsplit(url)
        if url and not (parts.scheme == "https" and parts.hostname):
            raise ValueError("It has to begin with https:// and name a host.")
        return url


def read() -> Settings:
    """The settings, or ConfigError that names each wrong one."""
    try:
        return Settings()
    except ValidationError as error:
        # A default that is made of a wrong setting is no fault of its own.
        wrong = " ".join(_sentence(e, os.environ) for e in error.errors() if e["type"] != "default_factory_not_called")
        raise ConfigError(f"A setting is wrong. {wrong} Please correct or remove it.") from None


def _sentence(wrong: ErrorDetails, environment: Mapping[str, str]) -> str:
    field = str(wrong["loc"][0]).lower().removeprefix(PREFIX.lower())
    value = "not one that can be used" if field in SECRET else repr(wrong["input"])
    why = str(wrong["msg"]).removeprefix("Value error, ").removesuffix(".")
    return f"{_name(field, environment)} is {value}: {why}."


def _name(field: str, environment: Mapping[str, Any]) -> str:
    """What the setting is called where it was set."""
    ours = f"{PREFIX}{field.upper()}"
    return ours if ours in environment else ALSO_CALLED.get(field, ours)
