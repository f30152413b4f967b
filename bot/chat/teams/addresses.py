"""Where Teams is reached: what the bot says goes there with its token, so to nobody else.

Teams tells with everything where it wants the answer. What is not one of the addresses of the settings is not believed,
whoever has told it and wherever it was kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

PUBLIC = "https://smba.trafficmanager.net/"
EVERYWHERE = "teams"
"""Under each of Microsoft's, also in national clouds: takes what is for any region."""
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class Addresses:
    """`begin` is what an address has to begin with, the one that is tried where nothing was told first."""

    begin: Sequence[str] = (PUBLIC,)

    @property
    def first(self) -> str:
        """Where nothing was told of a person or a channel."""
        begin = self.begin[0].rstrip("/")
        return begin if urlsplit(begin).path else f"{begin}/{EVERYWHERE}"

    def believed(self, address: str) -> str:
        """The address, to be gone on with by "/v3/…"; "" where nothing may be sent there."""
        try:
            told = urlsplit(address)
            known = any(_within(told, urlsplit(each)) for each in self.begin)
        except ValueError:  # no port can be read in it
            return ""
        return address.rstrip("/") if known and _is_plain(told) else ""


def _is_plain(told: SplitResult) -> bool:
    """Encrypted, unless it stays on this computer; and nothing in it that could be read as another host or path."""
    encrypted = told.scheme == "https" or (told.scheme == "http" and told.hostname in LOOPBACK)
    odd = told.username is not None or told.query or told.fragment or any(sign in told.path for sign in "\\%")
    return encrypted and not odd and ".." not in told.path.split("/")


def _within(told: SplitResult, known: SplitResult) -> bool:
    same = (told.scheme, told.hostname, told.port) == (known.scheme, known.hostname, known.port)
    return same and f"{told.path.rstrip('/')}/".startswith(f"{known.path.rstrip('/')}/")
