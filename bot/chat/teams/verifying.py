"""Whether a request is from Teams: each carries a token that Microsoft has signed for this bot.

Rule 1: nothing of a request is believed, nor read further than that, before its token is. A token that says where the
request came from is good for that place only.
Rule 2: Microsoft's keys are fetched in a thread of their own, and seldom, however many tokens name a key that there is
not.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Any

import httpx
import jwt
import structlog
from jwt.algorithms import RSAAlgorithm

from bot.errors import EscalationBotError, Unavailable

log = structlog.get_logger()

ALGORITHM = "RS256"
SKEW = timedelta(minutes=5)
"""So much clocks may differ."""
FRESH = timedelta(hours=24)
"""So long Microsoft's keys are believed without looking again."""
LOOKS_EVERY = timedelta(seconds=10)
"""A key that is not known is looked for no more often."""
LONGEST_TOKEN = 20_000
SECONDS = httpx.Timeout(5, connect=2)
CHANNEL = "msteams"
"""What Teams is called among all the places that Microsoft tells bots of."""


class Unproved(EscalationBotError):
    """Whoever calls has not proved to be Teams: nothing was done."""


@dataclass(frozen=True)
class Known:
    """What Microsoft says of its tokens: who signs them, and with which keys."""

    issuer: str
    keys: Mapping[str, Any]


class Keys:
    """Microsoft's keys, from the address of its metadata. For use in one event loop."""

    def __init__(self, metadata: str, http: httpx.Client, *, looks_every: timedelta = LOOKS_EVERY) -> None:
        self._metadata, self._http, self._every = metadata, http, looks_every.total_seconds()
        self._known: Known | None = None
        self._good_until = self._look_again = float("-inf")
        self._looking = asyncio.Lock()

    async def known(self, key: str) -> Known:
        """With this key among them, if there is such a one. Raises Unavailable where it cannot be asked."""
        if not self._is_there(key):
            async with self._looking:
                if not self._is_there(key) and monotonic() >= self._look_again:
                    await self._look()
        if self._known is None:
            raise Unavailable("Microsoft's keys could not be fetched; nothing was taken.")
        return self._known

    def _is_there(self, key: str) -> bool:
        return self._known is not None and key in self._known.keys and monotonic() < self._good_until

    async def _look(self) -> None:
        self._look_again = monotonic() + self._every
        try:
            self._known = await asyncio.to_thread(self._fetched)
            self._good_until = monotonic() + FRESH.total_seconds()
        except (httpx.HTTPError, ValueError, KeyError, TypeError, jwt.PyJWTError) as error:
            # Those that are known already stay good: only Microsoft could have taken one back.
            log.error("Microsoft's keys could not be fetched", error=type(error).__name__)

    def _fetched(self) -> Known:
        metadata = self._asked(self._metadata)
        found = self._asked(metadata["jwks_uri"])
        keys = {each["kid"]: RSAAlgorithm.from_jwk(json.dumps(each)) for each in found["keys"] if _is_ours(each)}
        return Known(metadata["issuer"], keys)

    def _asked(self, url: str) -> Any:
        answer = self._http.get(url, timeout=SECONDS)
        answer.raise_for_status()
        return answer.json()


def _is_ours(key: Mapping[str, Any]) -> bool:
    """A key that signs for Teams, and not for other places only."""
    endorsed = key.get("endorsements")
    return key.get("kty") == "RSA" and (endorsed is None or CHANNEL in endorsed)


@dataclass(frozen=True)
class Verifier:
    """Knows for which bot a token has to be, and which addresses are of Teams: `believed` says "" of all others."""

    keys: Keys
    app: str
    believed: Callable[[str], str]

    async def verified(self, authorization: str) -> str:
        """The address that a request came from, as its token says. Raises Unproved, or Unavailable where nobody can
        tell now."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not 0 < len(token) <= LONGEST_TOKEN:
            raise Unproved("It carries no token.")
        try:
            header = jwt.get_unverified_header(token)
            key = header.get("kid")
            if header.get("alg") != ALGORITHM or not isinstance(key, str):
                raise Unproved("Its token is not signed as Microsoft does.")
            known = await self.keys.known(key)
            if key not in known.keys:
                raise Unproved("Its token is signed with a key that Microsoft does not have.")
            return self._address(self._claims(token, known, key))
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
            raise Unproved(f"Its token is not good ({type(error).__name__}).") from None

    def _claims(self, token: str, known: Known, key: str) -> Mapping[str, Any]:
        claims: Mapping[str, Any] = jwt.decode(
            token,
            known.keys[key],
            algorithms=[ALGORITHM],
            audience=self.app,
            issuer=known.issuer,
            leeway=SKEW,
            options={"require": ["exp", "iss", "aud"]},
        )
        return claims

    def _address(self, claims: Mapping[str, Any]) -> str:
        address = claims.get("serviceurl") or claims.get("serviceUrl")
        if not isinstance(address, str) or not self.believed(address):
            raise Unproved("Its token is for an address that is not of Teams.")
        return address.rstrip("/")
