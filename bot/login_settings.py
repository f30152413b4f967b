"""How the bot may prove who it is to Microsoft: the same four ways for letters and for chat, each with settings of its
own. `mail_settings` and `teams_settings` use it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import SecretStr
from pydantic_settings import BaseSettings

from bot.errors import ConfigError
from bot.setting_kinds import PREFIX

LOGIN = "https://login.microsoftonline.com"
OWN = "system"
"""The managed identity of a computer that has one only."""

ProofKind = Literal["managed_identity", "token_file", "certificate", "secret"]
PROOFS: tuple[ProofKind, ...] = ("managed_identity", "token_file", "certificate", "secret")
"""The way that is to be preferred first; the first that is set counts."""


def name(field: str) -> str:
    """What the setting is called in the environment."""
    return f"{PREFIX}{field.upper()}"


def given(settings: BaseSettings, begins: str) -> list[str]:
    """Those that begin so and differ from what they are if nobody sets them."""
    fields = type(settings).model_fields
    return [field for field in fields if field.startswith(begins) and getattr(settings, field) != fields[field].default]


def chosen_proof(
    settings: BaseSettings, begins: str, needed: Sequence[str]
) -> tuple[ProofKind, str | Path | SecretStr]:
    """The first that is set, and what it is. `needed` are the settings that all but a managed identity need.

    Raises ConfigError where none is set, or something of it is missing.
    """
    there = [proof for proof in PROOFS if given(settings, f"{begins}{proof}")]
    if not there:
        names = ", ".join(name(f"{begins}{proof}") for proof in PROOFS)
        raise ConfigError(f"Set one of {names}: the first of them that you can have is the best.")
    proof = there[0]
    value = getattr(settings, f"{begins}{proof}")
    for field in () if proof == "managed_identity" else needed:
        if not getattr(settings, field):
            raise ConfigError(f"Set {name(field)}: it stands on the page “Overview” of the app in Microsoft Entra.")
    if isinstance(value, Path) and not value.is_file():
        raise ConfigError(f"There is no file {value}: {name(f'{begins}{proof}')} has to name one.")
    return proof, value
