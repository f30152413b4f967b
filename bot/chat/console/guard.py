"""Keeps the console to this computer and to its own page.

Other web pages that are open in the same browser can send requests to loopback addresses, and a name under
their control can be made to lead here. So the host that was asked for has to be a loopback one, whatever
changes something has to come from the console's own page, and that page runs nothing but its own files.
"""

from __future__ import annotations

import ipaddress
import secrets
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.errors import ConfigError

LONGEST_BODY = 2_000_000
TOKEN_HEADER = "x-console-token"  # noqa: S105 - the name of a header, not a token
SAFE_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script';"
        " trusted-types console#renderer adaptivecards#markdownPassthroughPolicy"
        " adaptivecards#restoreContentsPolicy adaptivecards#deprecatedExportedFunctionPolicy"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


def is_loopback(host: str) -> bool:
    """Whether a host name or address, without port, can only mean this computer."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_loopback(host: str) -> None:
    """Raises ConfigError unless `host` is a loopback address."""
    if not is_loopback(host):
        raise ConfigError(
            f"The demonstration may only listen on this computer, and “{host}” can be reached from others."
            " Use 127.0.0.1 (or ::1, or localhost)."
        )


class Guard:
    """ASGI middleware: refuses what does not come from this computer's own page, and adds safe headers."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SAFE_HEADERS.items():
                    headers[name] = value
            await send(message)

        problem = self._problem(scope["method"], Headers(scope=scope))
        if problem:
            status, sentence = problem
            await JSONResponse({"problem": sentence}, status)(scope, receive, send_safely)
        else:
            await self._app(scope, receive, send_safely)

    def _problem(self, method: str, headers: Headers) -> tuple[int, str] | None:
        host = headers.get("host", "")
        if not is_loopback(urlsplit(f"//{host}").hostname or ""):
            return 403, "The console answers only to addresses of this computer, such as http://127.0.0.1."
        origin = headers.get("origin")
        if origin is not None and origin.lower() not in {f"http://{host.lower()}", f"https://{host.lower()}"}:
            return 403, "This request came from another page. Please use the console's own page."
        if method in {"GET", "HEAD"}:
            return None
        if not secrets.compare_digest(headers.get(TOKEN_HEADER, "").encode(), self._token.encode()):
            return 403, "This page is from before the console was restarted. Please load it again."
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return 415, "The console takes JSON only."
        length = headers.get("content-length", "")
        if not length.isdecimal() or int(length) > LONGEST_BODY:
            return 413, "That is longer than the console takes at once. Please shorten it."
        return None
