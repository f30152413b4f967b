"""Where Slack calls over HTTP: one address for everything. Nothing is read before it is known to be Slack's."""

from __future__ import annotations

from collections.abc import Mapping
from time import monotonic

import structlog
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from bot.chat.slack.app import AGAIN, NOT_AGAIN, Acknowledged, answered
from bot.chat.slack.manifest import EVENTS_PATH
from bot.chat.slack.reading import kind_of

log = structlog.get_logger()

LONGEST_BODY = 2_000_000
"""Longer than anything that Slack sends: a message of fifty full inputs, written as a form, has a third of it."""


def route(app: AsyncApp, signing_secret: str, acknowledged: Acknowledged) -> Route:
    """Takes requests that are signed with the secret and not older than five minutes."""
    verifier = SignatureVerifier(signing_secret)

    async def take(request: Request) -> Response:
        began = monotonic()
        body = await _body(request)
        if body is None:
            return _refused(413, "longer than anything that Slack sends", NOT_AGAIN)
        if not _is_signed(verifier, request, body):
            # It may be our clock, or a secret that was changed: what is told again once that is right is not lost.
            return _refused(401, "not signed by Slack, or too long ago", AGAIN)
        try:
            read = AsyncBoltRequest(body=body.decode(), headers=dict(request.headers))
        except (AttributeError, LookupError, RecursionError, TypeError, ValueError):
            return _refused(400, "not what Slack sends", NOT_AGAIN)
        answer = await answered(app, read)
        acknowledged(kind_of(read.body), monotonic() - began)
        return Response(answer.body, answer.status, answer.first_headers_without_set_cookie())

    return Route(EVENTS_PATH, take, methods=["POST"])


async def _body(request: Request) -> bytes | None:
    """The whole of it; None where it is too long."""
    told = request.headers.get("content-length", "0")
    if not told.isdecimal() or int(told) > LONGEST_BODY:
        return None
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > LONGEST_BODY:
                return None
    except ClientDisconnect:
        return b""
    return bytes(body)


def _is_signed(verifier: SignatureVerifier, request: Request, body: bytes) -> bool:
    try:
        return verifier.is_valid_request(body, dict(request.headers))
    except (TypeError, ValueError):  # a time or a signature that is none; text that is not UTF-8
        return False


def _refused(status: int, why: str, whether_again: Mapping[str, str]) -> Response:
    log.warning("a request was refused", status=status, why=why)
    return Response(status_code=status, headers=whether_again)
