"""Calls of Teams’ connector, the Bot Framework’s: each ends in time, and whatever goes wrong becomes an error of ours.

Rule 1: nothing is tried again here but with a new token, which nothing was done without.
Rule 2: neither what was sent nor what came back is logged or quoted, but the step and the code of an error.
Rule 3: the bot's token goes to the addresses of `addresses` and nowhere else, and no redirection is followed.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Protocol
from urllib.parse import quote

import httpx
import structlog

from bot.chat.teams.addresses import Addresses
from bot.chat.teams.ids import UNDER, is_channel
from bot.chat.teams.refusals import (
    BUSY,
    ELSEWHERE,
    FIXED,
    GONE,
    LIMITED,
    NOBODY,
    SHUT,
    UNKNOWN,
    sentence_of,
)
from bot.errors import Away, DeliveryError, Refused, Shut, TryLater, Unclear
from bot.words import Words

log = structlog.get_logger()

Answer = dict[str, Any]

ERRAND_SECONDS = 7.0
CALL_SECONDS = httpx.Timeout(6, connect=2, write=4)
"""After how long an errand begins no further call, and how long one may take: together, or with a login instead of a
call, no more than `ports.ANSWERS_WITHIN`."""
WAIT = timedelta(seconds=30)
"""Where Teams asks to wait and does not say how long."""
BUSY_FOR = timedelta(seconds=2)
"""Where something else was just being done in the same place."""
SHUT_FOR = timedelta(minutes=1)
"""Where a person has to mend something before Teams does anything, it need not be asked more often."""
CODE = re.compile(r"[A-Za-z_.]{1,60}")
NOT_REACHED = httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.ProxyError


class Gone(Refused):
    """The message that was to be changed, or under which something was to be said, is not there any more."""


class Unknown(Refused):
    """There is no such channel or chat, or not any more."""


class Nobody(Refused):
    """Whoever was asked for does not belong there."""


class Fixed(Refused):
    """The message that was to be changed is there, and Teams does not let it be changed."""


class Broken(Unclear):
    """A fault of Teams’ own."""


class Over(TryLater):
    """There was no time left for this call, which was not made."""


class Tokens(Protocol):
    """The bot's proof of who it is, for the connector."""

    def token(self) -> str:
        """Raises TryLater, or Shut with what whoever runs the bot has to mend."""

    def forget(self) -> None:
        """The token is not taken any more; the next one is new."""


@dataclass(frozen=True)
class Connector:
    """Teams, as the bot reaches it. `limited` is told what Teams asked to wait with; `newest` tells the address that
    Teams has told last, where it moves an organisation to another region."""

    http: httpx.Client
    tokens: Tokens
    addresses: Addresses
    words: Words
    limited: Callable[[str], None] = lambda _: None
    newest: Callable[[], str] = lambda: ""
    errand_seconds: float = ERRAND_SECONDS
    call_seconds: httpx.Timeout = field(default_factory=lambda: CALL_SECONDS)

    def errand(self, address: str = "") -> Errand:
        """At this address; where that is not believed, or none was told, at that of the settings."""
        return Errand(self, self.believed(address), time.monotonic() + self.errand_seconds)

    def believed(self, address: str) -> str:
        """What was kept may be older than the settings."""
        believed = self.addresses.believed(address) if address else ""
        if address and not believed:
            log.warning("an address of Teams that was kept is not believed any more")
        believed = believed or self.addresses.believed(self.addresses.first)
        if not believed:
            raise Shut(self.words("teams.no_address"), SHUT_FOR)
        return believed


@dataclass(frozen=True)
class Errand:
    """A few calls that belong together, and end in time together."""

    connector: Connector
    address: str
    until: float

    def towards(self, address: str) -> Errand:
        """The rest of it, at another address."""
        return replace(self, address=self.connector.believed(address))

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self.until

    def ask(self, step: str, *path: str, **params: Any) -> Answer:
        """A call that changes nothing. Raises TryLater, Away, Shut or Refused."""
        return self._harmless(step, "GET", path, params=params)

    def begin(self, step: str, *path: str, body: Answer) -> Answer:
        """A call for something that is there once, however often it is begun, and that tells nobody. Raises the
        same."""
        return self._harmless(step, "POST", path, **_sent(body))

    def say(self, step: str, *path: str, body: Answer) -> Answer:
        """Something new. Raises what `ask` does, and Unclear where it may have been done."""
        return self._answer(step, "POST", path, **_sent(body))

    def change(self, step: str, *path: str, body: Answer) -> Answer:
        """Done twice, it comes to the same. Raises the same."""
        return self._answer(step, "PUT", path, **_sent(body))

    def remove(self, step: str, *path: str) -> None:
        """Raises the same."""
        self._answer(step, "DELETE", path)

    def _harmless(self, step: str, method: str, path: tuple[str, ...], **given: Any) -> Answer:
        try:
            return self._answer(step, method, path, **given)
        except Broken as broken:  # so it answers nobody, unless it says for how long
            raise (TryLater if broken.after else Away)(str(broken), broken.after) from None
        except Unclear as unclear:
            raise TryLater(str(unclear), unclear.after) from None

    # ── one call ─────────────────────────────────────────────────────────────────────────────────────────

    def _answer(self, step: str, method: str, path: tuple[str, ...], **given: Any) -> Answer:
        token = self.connector.tokens.token()
        answer = self._call(step, method, path, token, given)
        if answer.status_code == httpx.codes.UNAUTHORIZED and not self.is_over:
            self.connector.tokens.forget()
            answer = self._call(step, method, path, self.connector.tokens.token(), given)
        if not answer.is_success and (moved := self._moved(answer)):
            return replace(self, address=moved)._answer(step, method, path, **given)
        if not answer.is_success:
            raise self._sorted(step, answer, path)
        try:
            found = answer.json() if answer.content else {}
        except ValueError:
            raise Broken(self.connector.words("teams.broken")) from None
        return found if isinstance(found, dict) else {}

    def _call(self, step: str, method: str, path: tuple[str, ...], token: str, given: dict[str, Any]) -> httpx.Response:
        words = self.connector.words
        if self.is_over:
            raise Over(words("teams.slow"))
        url = "/".join((self.address, "v3", "conversations", *(quote(each, safe=":;=@") for each in path)))
        try:
            return self.connector.http.request(
                method, url, headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
                timeout=self.connector.call_seconds, follow_redirects=False, **given,
            )  # fmt: skip
        except NOT_REACHED as error:
            log.warning("Teams could not be reached", step=step, error=type(error).__name__)
            raise Away(words("teams.away")) from None
        except httpx.HTTPError as error:  # it has had some of it, or all
            log.warning("Teams did not answer", step=step, error=type(error).__name__)
            raise Unclear(words("teams.silent")) from None

    def _moved(self, answer: httpx.Response) -> str:
        """The address at which to ask instead of this one, if there is another: here nothing was done."""
        newest = self.connector.addresses.believed(self.connector.newest()) if _code(answer) == ELSEWHERE else ""
        return newest if newest != self.address else ""

    def _sorted(self, step: str, answer: httpx.Response, path: tuple[str, ...]) -> DeliveryError:
        words, status, code, wait = self.connector.words, answer.status_code, _code(answer), _after(answer)
        log.warning("Teams refused", step=step, status=status, error=code)
        if status == httpx.codes.TOO_MANY_REQUESTS or code in LIMITED:
            self.connector.limited(f"teams {step}")
            return TryLater(words("teams.limited"), wait or WAIT)
        if code in BUSY or status == httpx.codes.PRECONDITION_FAILED:
            return TryLater(words("teams.busy"), wait or BUSY_FOR)
        if status == httpx.codes.SERVICE_UNAVAILABLE:  # where it does not say for how long, it answers nobody
            return TryLater(words("teams.away"), wait) if wait else Away(words("teams.away"))
        if status >= 500 or status == httpx.codes.REQUEST_TIMEOUT:
            return Broken(words("teams.broken"), wait)
        return self._refusal(code, status, path)

    def _refusal(self, code: str, status: int, path: tuple[str, ...]) -> DeliveryError:
        words, room = self.connector.words, path[0] if path else ""
        if code in NOBODY or (status == 400 and not path):  # a chat with somebody who is not there
            return Nobody(words("teams.unknown_person"))
        about_message = "activities" in path[:-1] or UNDER in room
        if code in GONE or (status == 404 and code not in UNKNOWN and about_message):
            return Gone(words("teams.gone"))
        name = sentence_of(code, status, in_channel=is_channel(room.partition(UNDER)[0]))
        if not name:
            return Refused(words("teams.other", code=code or status))
        kind = Unknown if name in {"teams.no_channel", "teams.no_chat"} else Fixed if code in FIXED else Refused
        return Shut(words(name), SHUT_FOR) if name in SHUT else kind(words(name))


def _sent(body: Answer) -> dict[str, bytes]:
    """Half of a character, as somebody may have pasted it, is none that can be sent."""
    return {"content": json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")}


def _code(answer: httpx.Response) -> str:
    """A part of what it says that can hold nothing of what was sent; "" if there is none. A subcode tells more."""
    try:
        told = answer.json()
        error = told.get("error") or told
        found = told.get("subCode") or error.get("subCode") or error.get("code")
    except (ValueError, AttributeError):
        return ""
    return found if isinstance(found, str) and CODE.fullmatch(found) else ""


def _after(answer: httpx.Response) -> timedelta | None:
    told = answer.headers.get("retry-after", "")
    return timedelta(seconds=int(told)) if told.isdecimal() else None
