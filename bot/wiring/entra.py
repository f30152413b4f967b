"""The login at Microsoft Entra, as the settings say it: for letters and for chat."""

from __future__ import annotations

import logging
import ssl
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from bot.config import proxy_of
from bot.errors import ConfigError
from bot.login_settings import OWN, ProofKind

if TYPE_CHECKING:  # loaded where it is used only
    import httpx

    from bot.entra import Proof

TALKATIVE = ("httpx", "httpcore", "msal", "microsoft_teams")
"""What they would log holds addresses, tokens, and what people say."""


def silence() -> None:
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def proof_of(kind: ProofKind, value: str | Path | SecretStr, certificate_setting: str) -> Proof:
    """Raises ConfigError where a certificate cannot be used."""
    from bot.entra import Certificate, Federated, ManagedIdentity, Secret

    match kind, value:
        case "managed_identity", str(name):
            return ManagedIdentity("" if name == OWN else name)
        case "token_file", Path() as file:
            return Federated(file)
        case "certificate", Path() as file:
            proof = Certificate(file)
            try:
                proof.expires()
            except (OSError, ValueError):
                raise ConfigError(
                    f"{file} cannot be used: it has to hold an RSA private key without a password and its certificate, "
                    f"both as PEM, and the bot has to be allowed to read it. It stands in {certificate_setting}."
                ) from None
            return proof
        case "secret", SecretStr() as secret:
            return Secret(secret.get_secret_value())
    raise AssertionError(kind)


def login_over(proof: Proof, login_url: str, trusted: ssl.SSLContext, stack: ExitStack) -> httpx.Client:
    """What a login goes over. The identity of the computer is asked for on the computer itself, through no proxy."""
    import httpx

    from bot.entra import ManagedIdentity

    proxy = "" if isinstance(proof, ManagedIdentity) else proxy_of(login_url)
    return stack.enter_context(httpx.Client(verify=trusted, proxy=proxy or None, trust_env=False))
