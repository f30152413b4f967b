"""Microsoft's library for Teams, and all that is done so that it does what it is asked, and nothing else.

By itself it would read a file .env wherever the bot is started, take its settings from the environment, listen at every
address, keep state, fetch keys while everybody waits, and log what people say. Here it is told only what kind of thing
has happened in which conversation: it says whether that is what Teams sends, calls whoever hears it, and writes the
answer.

Rule: nothing else imports it; and this is imported where Teams is configured only.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, cast

from bot.chat.bodies import Body, optional, part
from bot.errors import ConfigError

if TYPE_CHECKING:
    from microsoft_teams.apps import App
    from microsoft_teams.apps.http import HttpServerAdapter

READ = (
    "CLIENT_ID", "CLIENT_SECRET", "TENANT_ID", "MANAGED_IDENTITY_CLIENT_ID", "SERVICE_URL", "CLOUD", "OAUTH_URL",
    "PORT", "DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS",
)  # fmt: skip
"""What it would read in the environment: names that mean something else to others."""
NO_FILE = "PYTHON_DOTENV_DISABLED"
PATH = "/teams/messages"
TALKATIVE = "microsoft_teams"

Token = Callable[[], Awaitable[str]]
Take = Callable[[], Awaitable[Any]]


def check_installed() -> None:
    """Raises ConfigError where it is not."""
    try:
        there = find_spec("microsoft_teams.apps") is not None
    except ImportError:
        there = False
    if not there:
        raise ConfigError(
            "Teams is set, and what it needs is not installed. Run: .venv/bin/pip install -e '.[teams]'. "
            "Without Teams, remove its settings."
        )


def load() -> None:
    """It takes seconds, so that a start does it before people are heard."""
    with _undisturbed():
        import microsoft_teams.apps  # noqa: F401 - it is loaded


def library(app: str, tenant: str, token: Token, adapter: HttpServerAdapter, take: Take) -> App:
    """The library's app, which calls `take` for whatever `adapter` brings it."""
    logging.getLogger(TALKATIVE).setLevel(logging.CRITICAL + 1)
    with _undisturbed():
        from microsoft_teams.api import ApiClientSettings
        from microsoft_teams.api.auth.cloud_environment import PUBLIC
        from microsoft_teams.apps import App

        async def a_token(*_: object) -> str:
            return await token()

        async def taken(_: object) -> Any:
            return await take()

        made = App(
            client_id=app,
            tenant_id=tenant,
            token=a_token,
            http_server_adapter=adapter,
            messaging_endpoint=PATH,
            cloud=PUBLIC,
            service_url="https://invalid.example/",
            api_client_settings=ApiClientSettings(oauth_url="https://invalid.example/"),
            state=False,
            fetch_user_token=False,
            dangerously_allow_unauthenticated_requests=False,
            telemetry={"agent365": False},
        )
        made.use(taken)
    return made


async def begin(made: App, verified: Callable[[str], None]) -> None:
    """From now on it takes what the adapter brings. `verified` raises for a token that was not verified before: the
    library's own look at it would fetch keys while everybody waits, and believe tokens that say of no address."""
    with _undisturbed():
        await made.initialize()
    server = cast(Any, made.server)
    if server._token_validator is None:
        raise AssertionError("Microsoft's library would believe nobody, or anybody.")
    server._token_validator = _Verified(verified)


class _Verified:
    def __init__(self, verified: Callable[[str], None]) -> None:
        self._verified = verified

    async def validate_token(self, raw_token: str, service_url: str | None = None) -> dict[str, Any]:
        self._verified(raw_token)
        return {}


def outline(activity: Body) -> dict[str, object]:
    """All that the library is told: nothing that anybody has typed or chosen."""
    conversation = part(activity, "conversation")
    told: dict[str, object] = {
        "type": optional(activity, "type"),
        "id": optional(activity, "id"),
        "channelId": optional(activity, "channelId"),
        "serviceUrl": optional(activity, "serviceUrl"),
        "from": {"id": optional(activity, "from", "id")},
        "recipient": {"id": optional(activity, "recipient", "id")},
        "conversation": {name: optional(conversation, name) for name in ("id", "conversationType", "tenantId")},
    }
    match told["type"]:
        case "message":
            told["text"] = ""
        case "invoke":
            told |= {"name": optional(activity, "name"), "value": _value(optional(activity, "name"))}
        case "installationUpdate":
            told["action"] = "remove" if optional(activity, "action").startswith("remove") else "add"
    return told


def _value(name: str) -> dict[str, object]:
    if name == "adaptiveCard/action":
        return {"action": {"type": "Action.Execute", "verb": "", "data": {}}}
    return {"commandContext": "message", "commandId": ""}


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Neither the environment nor a file .env changes what the library does, nor does the library change these."""
    before = dict(os.environ)
    for name in READ:
        os.environ.pop(name, None)
    os.environ[NO_FILE] = "1"
    try:
        with warnings.catch_warnings():
            from microsoft_teams.common.experimental import ExperimentalWarning

            warnings.simplefilter("ignore", ExperimentalWarning)
            warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"microsoft_teams\.")
            yield
    finally:
        for name in {*os.environ} - {*before}:
            del os.environ[name]
        os.environ.update(before)
