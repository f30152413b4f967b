"""Slack: how the bot hears and says something there. HTTP where Slack calls us, Socket Mode where we connect to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute

from bot.chat.pace import Pace
from bot.chat.slack.app import Ears, Listeners
from bot.chat.slack.calling import Slack, web_client
from bot.chat.slack.home import Homes
from bot.chat.slack.pages import Pages
from bot.chat.slack.people import Profiles
from bot.chat.slack.reading import Reader
from bot.chat.slack.sending import CHANNEL_ID, ROOM_ID, SlackChat, Workspace, sign_in
from bot.chat.slack.socket import Socket
from bot.chat.slack.web import route
from bot.chat.turns import Turns
from bot.config import SLACK, SlackAccess
from bot.errors import ConfigError, DeliveryError, Refused, Shut
from bot.hearing import COMMANDS, PRESSES
from bot.messages import Message
from bot.metrics import Metrics
from bot.ports import Heard, Person
from bot.precedence import Precedence
from bot.wiring.arrivals import Arrivals, Served, beside
from bot.wiring.parts import Parts
from bot.wiring.platforms import Hear
from bot.words import load as load_words

T = TypeVar("T")

BOT_TOKEN, APP_TOKEN = "ESCALATION_BOT_SLACK_BOT_TOKEN", "ESCALATION_BOT_SLACK_APP_TOKEN"
API_URL = "ESCALATION_BOT_SLACK_API_URL"


class InSlack:
    """A workspace. Raises ConfigError where it cannot be got into."""

    people: tuple[Person, ...] = ()

    def __init__(self, access: SlackAccess, metrics: Metrics, precedence: Precedence, pace: Pace | None = None) -> None:
        self._access, self._metrics, self._words = access, metrics, load_words("en-GB")
        self._slack = self._as(access.bot_token)
        self._workspace = self._signed_in()
        if access.socket_mode:
            self._check_socket_mode()
        self._turns = Turns(self._words("error.away"), precedence)
        self.chat = SlackChat(self._slack, self._workspace, pace=pace)

    def _as(self, token: SecretStr) -> Slack:
        client = web_client(
            token.get_secret_value(), self._access.api_url, proxy=self._access.proxy(self._access.api_url)
        )
        return Slack(client, self._words, limited=self._metrics.limited)

    # ── may it come in? ──────────────────────────────────────────────────────────────────────────────────

    def _signed_in(self) -> Workspace:
        workspace = self._asked(BOT_TOKEN, lambda: sign_in(self._slack, self._access.channels))
        if self._access.team not in {"", workspace.team}:
            raise ConfigError(
                f"{BOT_TOKEN} belongs to the workspace {workspace.team}, and ESCALATION_BOT_SLACK_TEAM is "
                f"{self._access.team}. Enter the token that the app has there."
            )
        return workspace

    def _check_socket_mode(self) -> None:
        errand = self._as(self._access.app_token).errand()
        self._asked(APP_TOKEN, lambda: errand.do("apps.connections.open"))

    def _asked(self, setting: str, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except (Refused, Shut) as refused:
            raise ConfigError(f"Slack does not take {setting}: {refused}") from refused
        except DeliveryError as away:
            elsewhere = "" if self._access.api_url == SLACK else f" Is {API_URL} right?"
            says = f"{self._access.api_url} was asked, in vain: {away}{elsewhere} Start again in a while."
            raise ConfigError(says) from away

    def _check_channels(self, parts: Parts) -> None:
        for policy in (version.policy for version in parts.policies.versions()):
            if not self.has_channel(policy.channel):
                raise ConfigError(
                    f"The policy {policy.id} posts in the channel “{policy.channel}”, and it is not known which that "
                    f"is in Slack. Add its id to ESCALATION_BOT_SLACK_CHANNELS, like {policy.channel}=C0123456789; "
                    "Slack shows it at the end of “View channel details”."
                )

    # ── the platform ─────────────────────────────────────────────────────────────────────────────────────

    @property
    def place(self) -> str:
        return self._workspace.person("")

    def check_host(self, host: str) -> None:
        """Any will do: what does not come from Slack is refused."""

    def reached(self, address: object) -> str:
        if self._access.socket_mode:
            return f"Listening to the Slack workspace {self._workspace.team} through Socket Mode"
        return f"Listening to the Slack workspace {self._workspace.team} at http://{address}"

    @property
    def profiles(self) -> Profiles:
        return Profiles(self._slack, self._workspace)

    def has_channel(self, name: str) -> bool:
        return CHANNEL_ID.fullmatch(self._workspace.channels.get(name, name)) is not None

    def has_said(self, message: str) -> bool:
        return ROOM_ID.fullmatch(message.partition("/")[0]) is not None

    def app(self, parts: Parts, hear: Hear) -> Starlette:
        self._check_channels(parts)
        arrivals = Arrivals(parts, hear, self.profiles, self._workspace.platform)
        return arrivals.app(self.served(parts, arrivals))

    def served(self, parts: Parts, arrivals: Arrivals) -> Served:
        """What is to be served for Slack."""
        self.arrivals = arrivals
        reader = Reader(self._workspace, frozenset(COMMANDS))
        self.homes = homes = Homes(self._slack, self._workspace, parts.assistant.home)
        arrivals.heard(homes.changed)
        self.chat.store = parts.database
        pages = Pages(self._slack, self._workspace, lambda pressed: self._page(parts, pressed), arrivals.hear)
        ears = Ears(arrivals.hear, arrivals.thread_of, arrivals.changed, homes.opened, self.chat.opened, pages.open)
        bolt = Listeners(reader, ears, self._turns, self._words, frozenset(PRESSES)).app(self._access.api_url)
        told = self._metrics.acknowledged
        socket = Socket(bolt, self._access.app_token.get_secret_value(), self._access.api_url, told, self._access.proxy)
        if self._access.socket_mode:
            self._metrics.connected(socket.is_connected)

        routes: list[BaseRoute] = []
        if not self._access.socket_mode:
            routes.append(route(bolt, self._access.signing_secret.get_secret_value(), told))
        return Served(routes, lambda: self._running(socket, homes, pages))

    def _page(self, parts: Parts, pressed: Heard) -> Message | None:
        page = parts.assistant.page(pressed)
        return self.chat.as_here(page) if page is not None else None

    @asynccontextmanager
    async def _running(self, socket: Socket, homes: Homes, pages: Pages) -> AsyncIterator[None]:
        async with beside(homes):
            if self._access.socket_mode:
                await socket.start()
            try:
                yield
            finally:
                await socket.stop()
                await run_in_threadpool(pages.stop)

    def close(self) -> None:
        """Nothing is held open."""
