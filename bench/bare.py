"""Bolt apps that do nothing but acknowledge: what ours is measured beside. The first argument names one, the second the
port."""

from __future__ import annotations

import logging
import os
import sys
from typing import Any

import uvicorn
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.installation_store.models.bot import Bot
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.slack import API, BOT, PATH, SECRET, TEAM, TOKEN


class OneInstallation(AsyncInstallationStore):
    """Knows one workspace, in memory."""

    async def async_find_bot(self, **_: Any) -> Bot:
        return Bot(team_id=TEAM, bot_token=TOKEN, bot_id="B00000001", bot_user_id=BOT, installed_at=0.0)

    async def async_find_installation(self, **_: Any) -> None:
        """Nobody installed it for themselves."""


async def _known(**_: Any) -> AuthorizeResult:
    return AuthorizeResult(enterprise_id=None, team_id=TEAM, bot_user_id=BOT)


def only_acks() -> AsyncApp:
    """Set up as ours is."""
    return AsyncApp(signing_secret=SECRET, process_before_response=True, authorize=_known, client=_client())


def by_default() -> AsyncApp:
    """One token, and otherwise what Bolt does by itself."""
    return AsyncApp(signing_secret=SECRET, client=_client())


def for_several() -> AsyncApp:
    """An app that several workspaces may install, and otherwise what Bolt does by itself."""
    return AsyncApp(signing_secret=SECRET, installation_store=OneInstallation(), client=_client(token=None))


def _client(token: str | None = TOKEN) -> AsyncWebClient:
    return AsyncWebClient(token, os.environ[API])


APPS = {app.__name__: app for app in (only_acks, by_default, for_several)}


def served(app: AsyncApp) -> Starlette:
    async def nothing_but(ack: AsyncAck) -> None:
        await ack()

    app.command("/escalate")(nothing_but)
    app.action("answer:no")(nothing_but)
    handler = AsyncSlackRequestHandler(app)

    async def take(request: Request) -> Response:
        return await handler.handle(request)

    return Starlette(routes=[Route(PATH, take, methods=["POST"])])


if __name__ == "__main__":
    logging.disable()
    name, port = sys.argv[1:]
    uvicorn.run(served(APPS[name]()), host="127.0.0.1", port=int(port), log_level="error", access_log=False)
