"""Slack's side of hearing: one Bolt app, whose listeners are the same over HTTP and through Socket Mode.

A listener reads what it is told, has it heard in one transaction, and only then acknowledges. In between there is no
call of Slack's, no file and no network, and nothing is asked of Slack to know who a request is for.

Nor is there to open a page: that is done beside it, and what was pressed is asked in the direct messages if it fails.
What stands in a page is gone when it is closed, by a slip or by another app; so it is opened only where somebody wants
it, and what is wrong with what they gave there is said without closing it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.bodies import Unreadable, optional, part, text
from bot.chat.slack import manifest
from bot.chat.slack.people import profile
from bot.chat.slack.reading import Reader, Stranger, Told, check, errors
from bot.chat.slack.sending import Workspace
from bot.chat.turns import Turns
from bot.errors import NotAllowed, Unavailable
from bot.metrics import Request
from bot.ports import Answered, Heard, Person, Pressed
from bot.words import Words

log = structlog.get_logger()


Acknowledged = Callable[[Request, float], None]
"""Is told what kind of thing Slack told, and how many seconds it waited for the answer."""


@dataclass(frozen=True)
class Ears:
    """What becomes of what is told. Each is called when its turn has come, and may raise Unavailable."""

    hear: Callable[[Heard], Answered | None]
    """The answer; None where it is kept, to be heard later."""
    thread_of: Callable[[str], str]
    """The escalation in whose thread a message stands, by its id; "" if there is none."""
    changed: Callable[[Person], None] = lambda _: None
    """Somebody's profile is now this, as Slack tells; it may tell so late."""
    opened_home: Callable[[str], None] = lambda _: None
    """Somebody looks at the App Home."""
    direct: Callable[[str], str] = lambda _: ""
    """Their direct messages with the bot; "" where these have not been opened yet."""
    open_page: Callable[[str, Heard], None] = lambda *_: None
    """Somebody has pressed a button that opens a page, with this trigger. Returns at once."""


@dataclass(frozen=True)
class Listeners:
    """What Bolt calls. `actions` are the buttons that there are."""

    reader: Reader
    ears: Ears
    turns: Turns
    words: Words
    actions: frozenset[str]
    as_of: dict[str, int] = field(default_factory=dict)
    """Person -> the moment of the newest that this process was told of their profile."""

    def app(self, base_url: str) -> AsyncApp:
        """The Bolt app. Whoever brings it a request has verified that it is Slack's."""
        app = AsyncApp(
            name=__name__,  # without one, Bolt looks through the whole program for it
            logger=silent(),
            process_before_response=True,
            authorize=_authorized(self.reader.workspace),
            client=AsyncWebClient(base_url=base_url, logger=silent()),
            request_verification_enabled=False,
            raise_error_for_unhandled_request=True,
            attaching_function_token_enabled=False,
            attaching_conversation_kwargs_enabled=False,
        )
        app.error(failed)
        # They are asked in this order: what comes most is first.
        app.event("message")(self.message)
        app.action(_one_of(self.actions, rest=":.*"))(self.press)
        app.command(_one_of(map(manifest.command, self.reader.commands)))(self.command)
        app.view(manifest.PAGE)(self.page)
        app.shortcut(manifest.RAISE)(self.shortcut)
        app.shortcut(manifest.UPDATE)(self.shortcut)
        app.event("app_mention")(self.message)
        app.event("app_home_opened")(self.home)
        app.event("user_change")(self.person)
        return app

    # ── listeners ────────────────────────────────────────────────────────────────────────────────────────

    async def command(self, body: dict[str, Any], ack: AsyncAck) -> None:
        """Answered to this person only, in their direct messages; elsewhere a line says so."""
        here = optional(body, "channel_id") == self.ears.direct(self.reader.workspace.person(text(body, "user_id")))
        try:
            await self._heard(self.reader.command(body))
        except Unavailable as away:  # Slack tells no command twice, so the person is told
            await ack(text=str(away))
        else:
            await ack(text="" if here else self.words("slack.goes_on", bot=f"<@{self.reader.workspace.bot}>"))

    async def press(self, body: dict[str, Any], ack: AsyncAck) -> None:
        told = self.reader.press(body)
        if isinstance(told.heard.what, Pressed) and told.heard.what.action == "page":
            self.ears.open_page(text(body, "trigger_id"), told.heard)
        else:
            await self._heard(told)
        await ack()

    async def page(self, body: dict[str, Any], ack: AsyncAck) -> None:
        """It is closed, unless something is wrong; then everything that was given stays in it."""
        try:
            answered = await self._heard(self.reader.page(body))
            problems = answered.problems if answered is not None else {}
        except Unavailable as away:
            problems = {"": str(away)}
        if problems:
            await ack(response_action="errors", errors=errors(body, problems))
        else:
            await ack()

    async def shortcut(self, body: dict[str, Any], ack: AsyncAck) -> None:
        await self._heard(self.reader.shortcut(body))
        await ack()

    async def message(self, body: dict[str, Any], ack: AsyncAck) -> None:
        told = self.reader.message(body)
        if told is not None:
            await self._heard(told)
        await ack()

    async def home(self, body: dict[str, Any], ack: AsyncAck) -> None:
        if optional(body, "event", "tab") != "messages":
            person = self.reader.workspace.person(text(body, "event", "user"))
            await self.turns.take(lambda: self.ears.opened_home(person))
        await ack()

    async def person(self, body: dict[str, Any], ack: AsyncAck) -> None:
        """What was not taken is told again later, and may be past by then; and another process may have heard what is
        newer. So `changed` does not believe that somebody is there who has left."""
        changed = profile(part(part(body, "event"), "user"), self.reader.workspace)
        at = body.get("event_time")
        if not isinstance(at, int) or at >= self.as_of.get(changed.id, 0):
            await self.turns.take(lambda: self.ears.changed(changed))
            self.as_of[changed.id] = at if isinstance(at, int) else 0
        await ack()

    async def _heard(self, told: Told) -> Answered | None:
        return await self.turns.take(lambda: self._hear(told))

    def _hear(self, told: Told) -> Answered | None:
        reference = self.ears.thread_of(told.root) if told.root else ""
        if reference:
            return self.ears.hear(replace(told.heard, thread=reference))
        return self.ears.hear(self.reader.outside(told.heard) if told.root else told.heard)


def _one_of(names: Iterable[str], rest: str = "") -> re.Pattern[str]:
    return re.compile(rf"\A(?:{'|'.join(map(re.escape, sorted(names)))}){rest}\Z", re.DOTALL)


def _authorized(here: Workspace) -> Callable[..., Awaitable[AuthorizeResult]]:
    """Known from the start. Nobody but our own workspace is answered."""

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        if team_id != here.team and not enterprise_id:
            raise Stranger("Another workspace told something; nothing was done.")
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=here.team, bot_user_id=here.bot)

    return authorize


async def answered(app: AsyncApp, request: AsyncBoltRequest) -> BoltResponse:
    """What the app answers. Whatever happens, it is an answer."""
    try:
        check(request.body)
        return await app.async_dispatch(request)
    except Exception as error:  # the outer edge of what was told
        return await failed(error, request.body)


async def failed(error: Exception, body: Any) -> BoltResponse:
    """A clear status, and what kind of thing it was in the log: none of its content."""
    status = STATUS.get(type(error), 500)
    level = logging.ERROR if status == 500 else logging.WARNING
    log.log(level, "Slack told something that was not taken", status=status, error=type(error).__name__, **_kind(body))
    return BoltResponse(status=status, body="", headers={**(AGAIN if status in {500, 503} else NOT_AGAIN)})


STATUS: Mapping[type[Exception], int] = {
    Unreadable: 400,
    Stranger: 403,
    NotAllowed: 403,
    BoltUnhandledRequestError: 404,
    Unavailable: 503,
}
AGAIN: Mapping[str, str] = {}
NOT_AGAIN: Mapping[str, str] = {"x-slack-no-retry": "1"}
NAMES = re.compile(r"[a-z_]{1,40}")


def _kind(body: Any) -> dict[str, str]:
    """What may be logged of it: words of Slack's own."""
    if not isinstance(body, Mapping):
        return {}
    event = body.get("event")
    kinds = {"told": body.get("type"), "of": event.get("type") if isinstance(event, Mapping) else None}
    return {name: kind for name, kind in kinds.items() if isinstance(kind, str) and NAMES.fullmatch(kind)}


def silent() -> logging.Logger:
    """For Slack's own libraries, which log what they are told and what they tell."""
    logger = logging.getLogger(f"{__name__}.silent")
    logger.setLevel(logging.CRITICAL + 1)
    return logger
