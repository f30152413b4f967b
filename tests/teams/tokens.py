"""Keys with which tokens are signed: those that Teams sends to the bot, and those that the bot logs in with.

They are served as Microsoft serves its own: metadata, and beside it the set of keys.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

Json = dict[str, Any]

METADATA = "/v1/.well-known/openidconfiguration"
ISSUER = "https://api.botframework.com"
"""Who signs what Teams sends, and whom the bot's own tokens are for."""
HOUR = 3600


@cache
def _made(name: str) -> rsa.RSAPrivateKey:
    """Making one takes longer than most tests, so a process has one of each name."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Keys:
    """A set of keys; the first of them signs. Another set never holds the same."""

    name: str = "bot framework"
    ids: list[str] = field(default_factory=lambda: ["key-1"])

    def sign(self, *, key: str = "", algorithm: str = "RS256", **claims: Any) -> str:
        """A token that says so; whole seconds, good for an hour unless `exp` says otherwise."""
        now, name = int(time.time()), key or self.ids[0]
        told = {"iat": now, "nbf": now, "exp": now + HOUR} | claims
        return jwt.encode(told, self.private(name), algorithm, headers={"kid": name, "x5t": name})

    def private(self, name: str = "") -> rsa.RSAPrivateKey:
        return _made(f"{self.name}/{name or self.ids[0]}")

    def claims(self, token: str, audience: str) -> Json:
        """What a token says. Raises jwt.PyJWTError where it is none of ours, for somebody else, or too old."""
        name = jwt.get_unverified_header(token).get("kid")
        if name not in self.ids:
            raise jwt.InvalidKeyError("Nobody has this key.")
        claims: Json = jwt.decode(token, self.private(name).public_key(), ["RS256"], audience=audience)
        return claims

    def rotate(self) -> None:
        """Another key signs from now on; the old one is not taken any more."""
        self.ids = [f"key-{int(self.ids[0].rpartition('-')[2]) + 1}"]

    # ── as they are served ───────────────────────────────────────────────────────────────────────────────

    def metadata(self, base: str) -> Json:
        """`base` is the address of the server, without the path."""
        return {
            "issuer": ISSUER,
            "authorization_endpoint": "https://invalid.botframework.com",
            "jwks_uri": f"{base}/v1/.well-known/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        }

    def jwks(self) -> Json:
        return {"keys": [self._shown(name) for name in self.ids]}

    def _shown(self, name: str) -> Json:
        shown: Json = json.loads(RSAAlgorithm.to_jwk(self.private(name).public_key()))
        return shown | {"use": "sig", "kid": name, "x5t": name, "alg": "RS256", "endorsements": ["msteams"]}
