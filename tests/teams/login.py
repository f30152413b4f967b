"""The login: Microsoft Entra, where the bot gets the tokens with which it calls the connector and Graph."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.teams.tenants import BOT_APP, TENANT, Json
from tests.teams.tokens import HOUR, Keys

SECRET = "made-up-secret"


@dataclass
class Login:
    """`given` counts the tokens that were given away."""

    keys: Keys
    application: str = BOT_APP
    secret: str = SECRET
    tenants: set[str] = field(default_factory=lambda: {TENANT, "botframework.com"})
    given: int = 0

    def discovery(self, base: str, tenant: str) -> Json:
        return {
            "issuer": f"{base}/{tenant}/v2.0",
            "authorization_endpoint": f"{base}/{tenant}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/{tenant}/oauth2/v2.0/token",
            "jwks_uri": f"{base}/{tenant}/discovery/v2.0/keys",
        }

    def answer(self, tenant: str, given: dict[str, str]) -> tuple[int, Json]:
        if tenant not in self.tenants:
            return _wrong("invalid_request", 90002, "Tenant not found.")
        if given.get("client_id") != self.application:
            return _wrong("unauthorized_client", 700016, "Application was not found in the directory.")
        if given.get("grant_type") != "client_credentials" or given.get("client_secret") != self.secret:
            return _wrong("invalid_client", 7000215, "Invalid client secret provided.")
        asked = given.get("scope", "").split()
        wanted = [scope.removesuffix("/.default") for scope in asked if scope.endswith("/.default")]
        if not wanted:
            return _wrong("invalid_scope", 70011, "The scope is not valid.")
        return 200, {"token_type": "Bearer", "expires_in": HOUR, "access_token": self.token(tenant, wanted[0])}

    def token(self, tenant: str = TENANT, audience: str = "https://api.botframework.com", **claims: Any) -> str:
        """A token of the bot's own."""
        self.given += 1
        issuer = f"https://sts.windows.net/{tenant}/"
        return self.keys.sign(**{"aud": audience, "iss": issuer, "appid": self.application, "tid": tenant, **claims})


def _wrong(error: str, code: int, text: str) -> tuple[int, Json]:
    return 401 if error == "invalid_client" else 400, {
        "error": error, "error_codes": [code], "error_description": f"AADSTS{code}: {text}",
    }  # fmt: skip
