"""What a setting can be, beside a text and a number: an address, a secret, an address in the web."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator, SecretStr

PREFIX = "ESCALATION_BOT_"


@dataclass(frozen=True)
class Address:
    """Where something listens. Port 0 takes any that is free."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def read_address(typed: object) -> object:
    if not isinstance(typed, str):
        return typed
    host, colon, port = typed.strip().rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    if not colon or not bare or (":" in bare and host == bare) or not port.isdecimal() or int(port) > 65535:
        raise ValueError("It has to be a host and a port, like 127.0.0.1:9090 or [::1]:9090.")
    return Address(bare, int(port))


def read_optional_address(typed: object) -> object:
    return None if typed == "" else read_address(typed)


def read_secret(typed: object) -> object:
    return typed.strip() if isinstance(typed, str) else typed


Secret = Annotated[SecretStr, BeforeValidator(read_secret)]


def check_web_address(url: str, like: str) -> None:
    """Encrypted, unless it is on this computer. Raises ValueError."""
    parts = urlsplit(url)
    here = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost", "::1"}
    if not parts.hostname or not (parts.scheme == "https" or here):
        raise ValueError(f"It has to begin with https:// and name a host, like {like}.")
