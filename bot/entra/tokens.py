"""Tokens of Microsoft Entra, through msal: which proof the bot has of who it is, and what is wrong with it.

Rule 1: msal is loaded when the first token is needed, and never where nothing of Microsoft's is used.
Rule 2: nothing of a token, a secret or of what Microsoft writes beside its codes is logged or quoted.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import structlog

from bot.errors import Away, DeliveryError, Shut, TryLater
from bot.words import Words

log = structlog.get_logger()

LOGIN_SECONDS = httpx.Timeout(2, connect=1.5)
"""How long a call may take; to log in takes two at most."""
PATIENCE_SECONDS = 2.0
"""So long somebody waits while another gets a token."""
WAIT = timedelta(seconds=30)
"""Where Microsoft asks to wait and does not say how long."""

CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.+?-----END [A-Z ]*PRIVATE KEY-----", re.DOTALL)


# ── proofs, the one that is to be preferred first ────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class ManagedIdentity:
    """Azure vouches for the computer that the bot runs on: nothing is kept, and nothing expires. `client` names the
    identity where the computer has several."""

    client: str = ""


@dataclass(frozen=True)
class Federated:
    """Another issuer vouches for the bot, as Kubernetes does: with a token in a file, which it renews by itself."""

    token_file: Path


@dataclass(frozen=True)
class Certificate:
    """A file with a private key and its certificate (PEM)."""

    file: Path

    def expires(self) -> datetime:
        """Raises ValueError where the file holds no certificate, and OSError where it cannot be read."""
        from cryptography.x509 import load_pem_x509_certificate

        return load_pem_x509_certificate(self.pem()[1].encode()).not_valid_after_utc

    def pem(self) -> tuple[str, str]:
        """Raises ValueError where it is nothing that the bot could log in with, and OSError where it cannot be read."""
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
        from cryptography.x509 import load_pem_x509_certificate

        text = self.file.read_text("ascii")
        key, certificate = PRIVATE_KEY.search(text), CERTIFICATE.search(text)
        if key is None or certificate is None:
            raise ValueError("It has to hold a private key and its certificate, both as PEM.")
        try:
            private = load_pem_private_key(key[0].encode(), None)
        except (TypeError, UnsupportedAlgorithm):
            raise ValueError("The private key must have no password.") from None
        if not isinstance(private, RSAPrivateKey):
            raise ValueError("The private key has to be an RSA key, since Microsoft takes no other.")
        if load_pem_x509_certificate(certificate[0].encode()).public_key() != private.public_key():
            raise ValueError("The certificate is not that of the private key.")
        return key[0], certificate[0]


@dataclass(frozen=True)
class Secret:
    """A password that somebody copied from Microsoft Entra."""

    value: str = field(repr=False)


Proof = ManagedIdentity | Federated | Certificate | Secret


@dataclass(frozen=True)
class Application:
    """The bot as Microsoft Entra knows it. `authority` is where it logs in, which is elsewhere for governments."""

    tenant: str
    client: str
    proof: Proof
    authority: str = "https://login.microsoftonline.com"


# ── what is wrong with them ──────────────────────────────────────────────────────────────────────────────────

LOGIN: Mapping[int, str] = {
    7000215: "entra.secret",
    7000218: "entra.secret",
    7000222: "entra.secret_expired",
    700027: "entra.certificate",
    1000502: "entra.certificate_expired",
    700016: "entra.application",
    7000229: "entra.application",
    90002: "entra.tenant",
    900023: "entra.tenant",
    70021: "entra.federated",
    700211: "entra.federated",
    700212: "entra.federated",
    700213: "entra.federated",
    700024: "entra.federated_expired",
    53003: "entra.not_allowed",
    530003: "entra.not_allowed",
    500011: "entra.no_service",
}
"""What the numbers behind AADSTS mean."""


class Tokens:
    """A token that is good for some time is kept, in memory only."""

    def __init__(
        self,
        application: Application,
        resource: str,
        http: httpx.Client,
        words: Words,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`resource` is what the tokens are for: the address of Graph, or of the connector of Teams. `http` is what
        everything goes over."""
        self._application = application
        self._resource = resource.rstrip("/")
        self._wire = _Wire(http, words)
        self._words = words
        self._clock = clock
        self._lock = threading.Lock()
        self._obtain: Callable[[], Mapping[str, Any]] | None = None

    def token(self) -> str:
        """Raises TryLater, or Shut with what whoever runs the bot has to mend."""
        if not self._lock.acquire(timeout=PATIENCE_SECONDS):
            raise TryLater(self._words("entra.slow"))
        try:
            return self._token()
        except DeliveryError:
            self._obtain = None  # what is put right is read again
            raise
        finally:
            self._lock.release()

    def forget(self) -> None:
        """The token is not taken any more; the next one is new."""
        with self._lock:
            self._obtain = None

    # ── through msal ─────────────────────────────────────────────────────────────────────────────────────

    def _token(self) -> str:
        try:
            self._obtain = self._obtain or self._client()
            answer = self._obtain()
        except (OSError, ValueError) as error:
            raise self._troubled(error) from None
        token = answer.get("access_token")
        if not isinstance(token, str) or not token:
            raise self._refused(answer)
        return token

    def _client(self) -> Callable[[], Mapping[str, Any]]:
        import msal

        application = self._application
        if isinstance(application.proof, ManagedIdentity):
            name = application.proof.client
            identity = (
                msal.UserAssignedManagedIdentity(client_id=name) if name else msal.SystemAssignedManagedIdentity()
            )
            managed = msal.ManagedIdentityClient(identity, http_client=self._wire)
            return lambda: _mapping(managed.acquire_token_for_client(resource=self._resource))
        client = msal.ConfidentialClientApplication(
            application.client,
            client_credential=self._credential(application.proof),
            authority=f"{application.authority.rstrip('/')}/{application.tenant}",
            instance_discovery=False,  # the authority is a setting; nobody else is asked whether there is one
            http_client=self._wire,
        )
        return lambda: _mapping(client.acquire_token_for_client([f"{self._resource}/.default"]))

    def _credential(self, proof: Federated | Certificate | Secret) -> Any:
        match proof:
            case Secret():
                return proof.value
            case Federated():
                return {"client_assertion": lambda: proof.token_file.read_text("ascii").strip()}
            case Certificate():
                expires = proof.expires()
                if expires < self._clock():
                    raise Shut(self._words("entra.certificate_expired"))
                key, certificate = proof.pem()
                return {"private_key": key, "public_certificate": certificate}

    def _troubled(self, error: Exception) -> DeliveryError:
        log.warning("Microsoft login failed", error=type(error).__name__)
        if isinstance(error, json.JSONDecodeError):
            return Away(self._words("entra.away"))
        match self._application.proof:
            case ManagedIdentity():
                return Shut(self._words("entra.managed_identity"))
            case Certificate() if isinstance(error, OSError):
                return Shut(self._words("entra.no_file"))
            case Federated() if isinstance(error, OSError):
                return Shut(self._words("entra.no_file"))
            case _:
                return Shut(self._words("entra.tenant"))

    def _refused(self, answer: Mapping[str, Any]) -> DeliveryError:
        codes = [code for code in answer.get("error_codes") or () if isinstance(code, int)]
        log.warning("Microsoft login refused", codes=codes)
        if answer.get("error") in {"temporarily_unavailable", "server_error"}:
            return Away(self._words("entra.away"))
        if isinstance(self._application.proof, ManagedIdentity):
            return Shut(self._words("entra.managed_identity"))
        for code in codes:
            if code in LOGIN:
                return Shut(self._words(LOGIN[code]))
        shown = f"AADSTS{codes[0]}" if codes else "?"
        return Shut(self._words("entra.login", code=shown))


class _Wire:
    """What msal calls over: its errors are ours."""

    def __init__(self, http: httpx.Client, words: Words) -> None:
        self._http = http
        self._words = words

    def get(self, url: str, *, params: Any = None, headers: Any = None, **_: object) -> httpx.Response:
        return self._call("GET", url, params=params, headers=headers)

    def post(
        self, url: str, *, params: Any = None, data: Any = None, headers: Any = None, **_: object
    ) -> httpx.Response:
        # msal signs as bytes, of which httpx would make b'…'.
        given = {name: each.decode() if isinstance(each, bytes) else each for name, each in (data or {}).items()}
        return self._call("POST", url, params=params, data=given, headers=headers)

    def close(self) -> None:
        """It is not msal's."""

    def _call(self, method: str, url: str, **given: Any) -> httpx.Response:
        try:
            answer = self._http.request(method, url, timeout=LOGIN_SECONDS, **given)
        except httpx.HTTPError as error:
            log.warning("Microsoft login did not answer", error=type(error).__name__)
            raise Away(self._words("entra.away")) from None
        if answer.status_code == httpx.codes.TOO_MANY_REQUESTS or answer.status_code >= 500:
            log.warning("Microsoft login refused", status=answer.status_code)
            kind = TryLater if answer.status_code == httpx.codes.TOO_MANY_REQUESTS else Away
            raise kind(self._words("entra.away"), after(answer))
        return answer


def after(answer: httpx.Response) -> timedelta | None:
    """How long it asks to wait, where it does."""
    told = answer.headers.get("retry-after", "")
    if told.isdecimal():
        return timedelta(seconds=int(told))
    return WAIT if answer.status_code == httpx.codes.TOO_MANY_REQUESTS else None


def _mapping(answer: object) -> Mapping[str, Any]:
    return answer if isinstance(answer, Mapping) else {}


def rights(token: str) -> frozenset[str]:
    """The rights that Entra put into a token. Those that Exchange gives for single mailboxes stand in none."""
    roles = _claims(token).get("roles")
    return frozenset(str(role) for role in roles) if isinstance(roles, list) else frozenset()


def tenant_of(token: str) -> str:
    """The id of the tenant that a token is of; "" if it does not say."""
    return str(_claims(token).get("tid") or "").lower()


def _claims(token: str) -> Mapping[str, Any]:
    """What a token says of itself, without looking whether it is good."""
    try:
        middle = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    except (IndexError, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}
