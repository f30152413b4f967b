"""Settings: the only reader of the environment. Each is named ESCALATION_BOT_… there."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

import bot
from bot.errors import ConfigError

SHIPPED = Path(bot.__file__).resolve().parent.parent / "policies"
"""The policies that come with the program."""


class Settings(BaseSettings):
    """Read once at the start. Folders are made where they are missing."""

    model_config = SettingsConfigDict(env_prefix="ESCALATION_BOT_", extra="ignore")

    policies: Path = SHIPPED
    """The folder of policy files, with the folder calendars in it."""
    demo_data: Path = Path("demo-data")
    """Where the demonstration keeps what was said and done, so that it goes on after a restart."""
    demo_host: str = "127.0.0.1"
    demo_port: int = Field(default=8765, ge=0, le=65535)
    sender: str = "escalation-bot@example.org"
    """The address that letters are sent from."""
    log_level: str = Field(default="warning", pattern="^(debug|info|warning|error)$")


def read() -> Settings:
    """The settings, or ConfigError that names each wrong one."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = [f"ESCALATION_BOT_{str(e['loc'][0]).upper()} is {e['input']!r}: {e['msg']}." for e in error.errors()]
        raise ConfigError("A setting is wrong. " + " ".join(wrong) + " Please correct or remove it.") from None
