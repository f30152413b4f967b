"""Calls of Microsoft Graph: each ends in time, and whatever goes wrong becomes an error of ours.

Rule 1: nothing is tried again here but with a new token, which nothing was done without.
Rule 2: neither what was sent nor what came back is logged or quoted, but the step and the code of an error.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

import httpx
import structlog

from bot.entra import Tokens, after, rights
from bot.errors import Away, DeliveryError, Refused, Shut, TryLater, Unclear
from bot.mail.graph.refusals import BUSY, GONE, OF_US, sentence_of
from bot.words import Words

log = structlog.get_logger()

Answer = dict[str, Any]

AT_ONCE = 4
"""So many calls Microsoft takes at a time for one mailbox."""
ERRAND_SECONDS = 7.0
READ_SECONDS = 6.0
CALL_SECONDS = httpx.Timeout(READ_SECONDS, connect=2, write=4)
"""After how long an errand begins no further call, and how long one may take: together, or with a login instead of a
call, no more than `ports.ANSWERS_WITHIN`."""
ERROR_BYTES = 64 * 1024
"""So much is read of what is said of an error, where an answer is read no further than that."""
CODE = re.compile(r"[A-Za-z_.]{1,80}")


class Gone(Refused):
    """What was to be sent or changed is not in the mailbox any more."""


class Unaddressed(Refused):
    """One of the addresses is not taken, or there is none."""


class Denied(Shut):
    """The bot may not use this mailbox, or not in this way."""


class Broken(Unclear):
    """A fault of Microsoft's own."""


@dataclass(frozen=True)
class Graph:
    """Microsoft Graph, as the bot reaches one mailbox with it. `limited` is told where it asks to wait."""

    base_url: str
    mailbox: str
    tokens: Tokens
    http: httpx.Client
    words: Words
    limited: Callable[[str], None] = lambda _: None
    errand_seconds: float = ERRAND_SECONDS
    slots: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(AT_ONCE))

    def errand(self, mailbox: str = "") -> Errand:
        """With the mailbox, or with another one."""
        until = time.monotonic() + self.errand_seconds
        return Errand(self, mailbox or self.mailbox, until)


@dataclass(frozen=True)
class Errand:
    """A few calls that belong together, and end in time together."""

    graph: Graph
    mailbox: str
    until: float

    @property
    def root(self) -> str:
        return f"{self.graph.base_url.rstrip('/')}/v1.0/users/{quote(self.mailbox, safe='@')}"

    def ask(self, step: str, method: str, path: str, **given: Any) -> Answer:
        """A call that sends nothing. Raises TryLater, Away, Shut, Gone or Refused."""
        return self.look(step, method, path, **given)[0]

    def look(self, step: str, method: str, path: str, **given: Any) -> tuple[Answer, datetime]:
        """The same, and what time it is there."""
        try:
            answer = self._answer(step, method, f"{self.root}{path}", **given)
        except Unclear as unclear:
            raise _nothing_sent(unclear) from None
        try:
            found = answer.json() if answer.content else {}
        except ValueError:
            raise TryLater(self.graph.words("graph.broken")) from None
        return (found if isinstance(found, dict) else {}), _time(answer)

    def read(self, step: str, path: str, most: int) -> bytes:
        """The content of something as it is, but of its beginning only so many bytes. Raises what `ask` does."""
        try:
            return self._answer(step, "GET", f"{self.root}{path}", most=most).content
        except Unclear as unclear:
            raise _nothing_sent(unclear) from None

    def send(self, path: str, **given: Any) -> httpx.Headers:
        """The call with which a letter leaves. Raises what `ask` does, and Unclear where it may have left."""
        return self._answer("send", "POST", f"{self.root}{path}", **given).headers

    def upload(self, url: str, chunk: bytes, begin: int, of: int) -> None:
        """A part of a file, to an address that Graph gave for it; that address is its own proof."""
        place = {"Content-Range": f"bytes {begin}-{begin + len(chunk) - 1}/{of}"}
        try:
            self._sorted("upload", self._call("upload", "PUT", url, content=chunk, headers=place), "")
        except Unclear as unclear:
            raise _nothing_sent(unclear) from None

    # ── one call ─────────────────────────────────────────────────────────────────────────────────────────

    def _answer(self, step: str, method: str, url: str, **given: Any) -> httpx.Response:
        token = self.graph.tokens.token()
        answer = self._call(step, method, url, headers=_headers(token), **given)
        if answer.status_code == httpx.codes.UNAUTHORIZED and time.monotonic() < self.until:
            self.graph.tokens.forget()
            token = self.graph.tokens.token()
            answer = self._call(step, method, url, headers=_headers(token), **given)
        return self._sorted(step, answer, token)

    def _call(self, step: str, method: str, url: str, *, most: int = 0, **given: Any) -> httpx.Response:
        """With `most`, no more than so many bytes of the answer are taken."""
        words, left = self.graph.words, self.until - time.monotonic()
        if left <= 0 or not self.graph.slots.acquire(timeout=left):
            raise TryLater(words("graph.slow"))
        try:
            if most:
                return self._beginning(step, method, url, most, **given)
            return self.graph.http.request(method, url, timeout=CALL_SECONDS, **given)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as error:
            log.warning("Graph could not be reached", step=step, error=type(error).__name__)
            raise Away(words("graph.away")) from None
        except httpx.HTTPError as error:  # it has had some of it, or all
            log.warning("Graph did not answer", step=step, error=type(error).__name__)
            raise Unclear(words("graph.silent")) from None
        finally:
            self.graph.slots.release()

    def _beginning(
        self, step: str, method: str, url: str, most: int, headers: dict[str, str], **given: Any
    ) -> httpx.Response:
        """What is behind it is not taken off the line; nor does it come packed, which would hide how long it is."""
        plain, content = {**headers, "Accept-Encoding": "identity"}, bytearray()
        with self.graph.http.stream(method, url, timeout=CALL_SECONDS, headers=plain, **given) as answer:
            most = most if answer.is_success else ERROR_BYTES
            for chunk in answer.iter_raw():
                content += chunk
                if len(content) > most:
                    log.warning("only the beginning of an answer was read", step=step, bytes=most)
                    break
                if time.monotonic() > self.until + READ_SECONDS:
                    raise httpx.ReadTimeout("It comes too slowly.", request=answer.request)
        kept = {name: answer.headers[name] for name in ("date", "retry-after") if name in answer.headers}
        return httpx.Response(answer.status_code, headers=kept, content=bytes(content[:most]))

    def _sorted(self, step: str, answer: httpx.Response, token: str) -> httpx.Response:
        if answer.is_success:
            return answer
        words, status, wait = self.graph.words, answer.status_code, after(answer)
        code, said = _error(answer)
        log.warning("Graph refused", step=step, status=status, error=code)
        if status == httpx.codes.TOO_MANY_REQUESTS or (status == httpx.codes.SERVICE_UNAVAILABLE and wait):
            self.graph.limited(f"mail {step}")
            raise TryLater(words("graph.limited"), wait)
        if status >= 500 or status == httpx.codes.REQUEST_TIMEOUT:
            raise Broken(words("graph.broken"), wait)
        if code in BUSY:  # where it does not say for how long, nothing is given up because of it
            raise TryLater(words("graph.limited"), wait) if wait else Away(words("graph.limited"))
        needed = "Mail.Send" if step == "send" else "Mail.ReadWrite"
        raise self._refusal(code, status, said, has_right=needed in rights(token))

    def _refusal(self, code: str, status: int, said: str, *, has_right: bool) -> DeliveryError:
        words = self.graph.words
        if code in GONE:
            return Gone(words("graph.gone"))
        name = sentence_of(code, status, said, has_right=has_right)
        if not name:
            return Refused(words("graph.other", code=code or status))
        if name in {"graph.outside", "graph.denied"}:
            return Denied(words(name, mailbox=self.mailbox))
        if name == "graph.recipients":
            return Unaddressed(words(name))
        return (Shut if name in OF_US else Refused)(words(name, mailbox=self.mailbox))


def _nothing_sent(unclear: Unclear) -> TryLater:
    """Of a call that sends nothing: whoever answers so, answers nobody, unless it says for how long."""
    kind = Away if isinstance(unclear, Broken) and unclear.after is None else TryLater
    return kind(str(unclear), unclear.after)


def _headers(token: str) -> dict[str, str]:
    """With ids that stay the same when something is moved, and words as text, as they were written."""
    prefer = 'IdType="ImmutableId", outlook.body-content-type="text"'
    return {"Authorization": f"Bearer {token}", "Prefer": prefer}


def _error(answer: httpx.Response) -> tuple[str, str]:
    """Code and words of an error; the words only to be looked at."""
    try:
        error = answer.json()["error"]
        code, said = str(error["code"]), str(error.get("message", ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        return "", ""
    return (code if CODE.fullmatch(code) else ""), said


def _time(answer: httpx.Response) -> datetime:
    try:
        return parsedate_to_datetime(answer.headers["date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return datetime.now(UTC)


def changed_within(span: timedelta, at: str, now: datetime) -> bool:
    """Whether something that was changed `at` is that new; not where that cannot be read."""
    try:
        return now - datetime.fromisoformat(at.replace("Z", "+00:00")) < span
    except ValueError:
        return False
