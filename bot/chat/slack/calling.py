"""Calls of Slack's Web API: each ends in time, and whatever goes wrong becomes an error of ours.

Rule 1: nothing is tried again here; that is the deliveries' business.
Rule 2: neither what was sent nor what came back is logged or quoted, but the method and the code of an error.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPException
from ssl import create_default_context
from typing import Any
from urllib.error import URLError

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

from bot.chat.slack.refusals import AWAY, BROKEN, FIXED, GONE, LIMITED, SCOPE, SHUT, USED, sentence
from bot.errors import Away, DeliveryError, Refused, Shut, TryLater, Unclear
from bot.words import Words

log = structlog.get_logger()

Answer = dict[str, Any]
Headers = Mapping[str, str]
"""By their names in small letters."""

SLACK = "https://slack.com/api/"
CALL_SECONDS, ERRAND_SECONDS = 5, 5
"""How long Slack may be silent within a call (while connecting, agreeing on a key, answering), and after how long an
errand begins no further call: together no more than `ports.ANSWERS_WITHIN`."""
WAIT = timedelta(seconds=30)
"""Where Slack asks to wait and does not say how long."""
SHUT_FOR = timedelta(minutes=1)
"""Where a person has to mend something before Slack does anything, it need not be asked more often."""
CODE = re.compile(r"[a-z0-9_]{1,60}")


class Gone(Refused):
    """The message or page that was to be changed, or the thread that was to be written in, is not there any more."""


class Used(Refused):
    """What allows this once has been used: it has been done."""


class Fixed(Refused):
    """The message that was to be changed is there, and Slack does not let it be changed."""


class LacksScope(Shut):
    """The token does not allow this; other things it may allow."""


class Broken(Unclear):
    """A fault of Slack's own."""


def web_client(token: str, base_url: str = SLACK, *, seconds: float = CALL_SECONDS, proxy: str = "") -> WebClient:
    """Slack's own client, that tries nothing twice and says nothing in any log."""
    silent = logging.getLogger(f"{__name__}.silent")
    silent.setLevel(logging.CRITICAL + 1)
    # Whom this computer trusts is read once, and not for every call.
    trusted = create_default_context() if base_url.startswith("https:") else None
    client = WebClient(
        token, base_url, timeout=seconds, ssl=trusted, retry_handlers=[], logger=silent  # type: ignore[arg-type]
    )  # fmt: skip
    client.proxy = proxy or None  # it takes that of the environment for every address
    return client


@dataclass(frozen=True)
class Slack:
    """The workspace, as the bot's token reaches it."""

    client: WebClient
    words: Words
    errand_seconds: float = ERRAND_SECONDS
    limited: Callable[[str], None] = lambda _: None
    """Is told each method that Slack asked to wait with."""

    def errand(self) -> Errand:
        return Errand(self.client, self.words, time.monotonic() + self.errand_seconds, self.limited)


@dataclass(frozen=True)
class Errand:
    """A few calls that belong together, and end in time together."""

    client: WebClient
    words: Words
    until: float
    limited: Callable[[str], None] = lambda _: None

    def ask(self, method: str, **args: Any) -> Answer:
        """A call that changes nothing, or nothing more when it is made again. Raises TryLater or Refused."""
        return self.look(method, **args)[0]

    def look(self, method: str, **args: Any) -> tuple[Answer, Headers]:
        """The same, with the headers of the answer."""
        try:
            return self._call(method, params=args)
        except Broken as broken:  # so it answers nobody
            raise Away(str(broken)) from broken
        except Unclear as unclear:
            raise TryLater(str(unclear)) from unclear

    def do(self, method: str, **args: Any) -> Answer:
        """A call that says or changes something. Raises TryLater, Unclear where it may have been done, or Refused."""
        return self._call(method, json=args)[0]

    def _call(self, method: str, **given: Any) -> tuple[Answer, Headers]:
        if time.monotonic() > self.until:
            raise TryLater(self.words("slack.slow"))
        try:
            answer = self.client.api_call(method, **given)
        except SlackApiError as error:
            raise self._sorted(method, error.response) from None
        except URLError as error:  # connecting or sending: Slack has not had all of it
            raise self._troubled(method, error, Away(self.words("slack.away"))) from None
        except (OSError, HTTPException, SlackClientError, ValueError) as error:
            raise self._troubled(method, error, Unclear(self.words("slack.silent"))) from None
        if not isinstance(answer.data, dict):
            raise Broken(self.words("slack.broken"))
        return answer.data, _headers(answer)

    def _troubled(self, method: str, error: Exception, ours: DeliveryError) -> DeliveryError:
        log.warning("Slack did not answer", method=method, error=type(error).__name__)
        return ours

    def _sorted(self, method: str, response: SlackResponse) -> DeliveryError:
        answer = response.data if isinstance(response.data, dict) else {}
        said = str(answer.get("error", ""))
        code = said if CODE.fullmatch(said) else ""
        log.warning("Slack refused", method=method, status=response.status_code, error=code)
        if response.status_code == 429 or code in LIMITED:
            self.limited(method)
            return TryLater(self.words("slack.limited"), _after(response))
        if response.status_code >= 500 or code in BROKEN or (response.status_code == 200 and not code):
            return Broken(self.words("slack.broken"))
        if not code or code in AWAY:
            return Away(self.words("slack.away")) if code else TryLater(self.words("slack.away"))
        return _refusal(code, sentence(self.words, code, str(answer.get("needed", ""))))


def _refusal(code: str, text: str) -> DeliveryError:
    if code == SCOPE:
        return LacksScope(text, SHUT_FOR)
    if code in SHUT:
        return Shut(text, SHUT_FOR)
    if code in GONE:
        return Gone(text)
    if code in USED:
        return Used(text)
    return Fixed(text) if code in FIXED else Refused(text)


def _after(response: SlackResponse) -> timedelta:
    told = _headers(response).get("retry-after", "")
    return timedelta(seconds=int(told)) if told.isdecimal() else WAIT


def _headers(response: SlackResponse) -> Headers:
    each = ((name.lower(), value) for name, value in response.headers.items())
    return {name: str(value[0] if isinstance(value, list) else value) for name, value in each}
