"""Letters through the organisation's mail server (SMTP): encrypted, or not at all.

Rule 1: nothing is said to a server before the connection is encrypted and its certificate has been verified.
Rule 2: all recipients of a letter or none: whoever would be refused is asked for before any word of the letter is said.
Rule 3: once the whole letter is handed over and no answer comes, nobody knows: a person looks, and nothing is repeated.
"""

from __future__ import annotations

import re
import smtplib
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from bot.errors import Away, CannotTell, DeliveryError, Refused, Shut, TryLater, Unclear
from bot.mail.letters import WRITTEN, Addressed, Envelope, addressed, as_mail, message_id, which
from bot.ports import Letter
from bot.words import Words

log = structlog.get_logger()

ASK_SECONDS, ANSWER_SECONDS = 9.0, 9.0
"""How long it may take until the letter is handed over, and then until it is answered: together less than
`ports.ANSWERS_WITHIN`."""
END = b"\r\n.\r\n"

ENHANCED = re.compile(rb"\b5\.\d{1,3}\.\d{1,3}\b")
EXACT: Mapping[str, str] = {
    "5.1.1": "mail.unknown_mailbox",
    "5.1.2": "mail.unknown_mailbox",
    "5.1.10": "mail.unknown_mailbox",
    "5.2.1": "mail.unknown_mailbox",
    "5.2.2": "mail.full",
    "5.2.3": "mail.too_large",
    "5.3.4": "mail.too_large",
    "5.1.7": "mail.sender",
    "5.1.8": "mail.sender",
}
"""What the exact codes of mail servers mean (RFC 3463); those that begin with 5.7 are about what is allowed."""
PLAIN: Mapping[int, str] = {530: "mail.login_needed", 534: "mail.login", 535: "mail.login", 552: "mail.too_large"}
OF_US = frozenset({"mail.login", "mail.login_needed", "mail.sender"})
"""Whatever the letter is, none leaves until whoever runs the bot, or the server, has mended that."""
OF_RECIPIENTS: Mapping[int, str] = {
    550: "mail.unknown_mailbox",
    551: "mail.unknown_mailbox",
    552: "mail.full",
    553: "mail.unknown_mailbox",
}


@dataclass(frozen=True)
class Server:
    """The mail server. `implicit`: encrypted from the first byte, instead of by STARTTLS."""

    host: str
    port: int
    tls: ssl.SSLContext
    implicit: bool = False
    user: str = ""
    password: str = field(default="", repr=False)
    ask_seconds: float = ASK_SECONDS
    answer_seconds: float = ANSWER_SECONDS


class _Timed(smtplib.SMTP):
    """A session that ends in time, and knows whether all of a letter was handed over.

    It says our domain: to look up the name of this computer may take long.
    """

    def __init__(self, server: Server, domain: str, **more: Any) -> None:
        self.handed_over = False
        self._until = time.monotonic() + server.ask_seconds
        self._answer_seconds = server.answer_seconds
        super().__init__(server.host, server.port, local_hostname=domain, timeout=server.ask_seconds, **more)

    def send(self, s: Any) -> None:
        self._limit()
        super().send(s)
        if isinstance(s, bytes) and s.endswith(END):
            self.handed_over = True
            self._until = time.monotonic() + self._answer_seconds

    def getreply(self) -> tuple[int, bytes]:
        self._limit()
        return super().getreply()

    def _limit(self) -> None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        if self.sock is not None:
            self.sock.settimeout(left)


class _Implicit(_Timed, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""


class SmtpMailer:
    """Fulfils `ports.Mailer`."""

    def __init__(self, server: Server, envelope: Envelope, words: Words, clock: Callable[[], datetime]) -> None:
        self._server = server
        self._envelope = envelope
        self._words = words
        self._clock = clock

    def send(self, letter: Letter) -> str:
        """Hand it over, and return its Message-ID."""
        ready = addressed(letter, self._envelope, self._words)
        content = as_mail(ready, self._clock()).as_bytes(policy=WRITTEN)
        with self._session() as session:
            self._address(session, ready, len(content))
            code, said = session.data(content)
            if code != 250:
                raise smtplib.SMTPDataError(code, said)
        return ready.message_id

    def find(self, key: str) -> str:
        """A mail server cannot be asked; the message id is the same for each attempt, so somebody can look for it."""
        raise CannotTell(self._words("mail.look_in_log", id=message_id(key, self._envelope.sender)))

    def check(self) -> None:
        """Connect, encrypt and log in, and send nothing. Raises what `send` would."""
        with self._session() as session:
            session.noop()

    # ── the conversation with the server ─────────────────────────────────────────────────────────────────

    @contextmanager
    def _session(self) -> Iterator[_Timed]:
        """A session that may be used; whatever goes wrong in it becomes an error of ours."""
        session: _Timed | None = None
        try:
            session = _connected(self._server, self._envelope.sender.rpartition("@")[2])
            self._begin(session)
            yield session
            _leave(session)
        except OSError as error:  # all of smtplib's errors are
            raise self._sorted(error, handed_over=session is not None and session.handed_over) from None
        finally:
            if session is not None:
                session.close()

    def _begin(self, session: _Timed) -> None:
        server = self._server
        _expect(session.ehlo(), 250)
        if not server.implicit:
            if not session.has_extn("starttls"):
                raise Shut(self._words("mail.no_encryption"))
            _expect(session.starttls(context=server.tls), 220)
            _expect(session.ehlo(), 250)
        if server.user:
            if not session.has_extn("auth"):
                raise Shut(self._words("mail.no_login"))
            session.login(server.user, server.password)

    def _address(self, session: _Timed, letter: Addressed, size: int) -> None:
        options = [f"size={size}"] if session.has_extn("size") else []
        code, said = session.mail(letter.sender, options)
        if code != 250:
            raise smtplib.SMTPSenderRefused(code, said, letter.sender)
        answers = [session.rcpt(to) for to in letter.to]
        refused = [number for number, (code, _) in enumerate(answers, 1) if code >= 500]
        if refused:
            code, said = answers[refused[0] - 1]
            log.warning("mail refused", step="recipient", status=code)
            who = which(refused, len(answers), self._words)
            name, shown = _meaning(code, said, OF_RECIPIENTS.get(code, ""))
            raise Refused(self._words("mail.refused_for", which=who, why=self._words(name, code=shown)))
        if later := [answer for answer in answers if answer[0] not in {250, 251, 252}]:
            raise smtplib.SMTPResponseException(*later[0])

    # ── what went wrong ──────────────────────────────────────────────────────────────────────────────────

    def _sorted(self, error: OSError, *, handed_over: bool) -> DeliveryError:
        # Once it is handed over, only a code that was read as its answer is one.
        readable = smtplib.SMTPDataError if handed_over else smtplib.SMTPResponseException
        if isinstance(error, readable):
            code, said = error.smtp_code, error.smtp_error
            log.warning("mail refused", step=type(error).__name__, status=code)
            if 400 <= code < 500:
                return TryLater(self._words("mail.later", code=code))
            if 500 <= code < 600:
                return self._refusal(error, code, said if isinstance(said, bytes) else said.encode())
        log.warning("mail server did not answer", error=type(error).__name__, handed_over=handed_over)
        if handed_over:
            return Unclear(self._words("mail.silent"))
        if isinstance(error, ssl.SSLCertVerificationError):
            return Shut(self._words("mail.certificate", why=error.verify_message.rstrip(".")))
        if isinstance(error, smtplib.SMTPNotSupportedError) or type(error) is smtplib.SMTPException:
            return Shut(self._words("mail.no_login"))
        return Away(self._words("mail.away"))

    def _refusal(self, error: OSError, code: int, said: bytes) -> DeliveryError:
        """Of the letter, or, before a word of it was said, of us."""
        default = PLAIN.get(code, "mail.sender") if isinstance(error, smtplib.SMTPSenderRefused) else ""
        name, shown = _meaning(code, said, default)
        of_us = name in OF_US or not isinstance(error, smtplib.SMTPDataError | smtplib.SMTPSenderRefused)
        return (Shut if of_us else Refused)(self._words(name, code=shown))


def _meaning(code: int, said: bytes, default: str) -> tuple[str, str]:
    """The name of the sentence, and the code to show. What the server writes beside it may hold an address, and is not
    repeated."""
    found = ENHANCED.search(said)
    exact = found[0].decode() if found else ""
    allowed = "mail.not_allowed" if exact.startswith("5.7.") and code not in PLAIN else ""
    return EXACT.get(exact) or allowed or default or PLAIN.get(code) or "mail.other", f"{code} {exact}".strip()


def _connected(server: Server, domain: str) -> _Timed:
    return _Implicit(server, domain, context=server.tls) if server.implicit else _Timed(server, domain)


def _expect(answer: tuple[int, bytes], code: int) -> None:
    if answer[0] != code:
        raise smtplib.SMTPResponseException(*answer)


def _leave(session: _Timed) -> None:
    """Politely; the letter has been taken, whatever comes of this."""
    try:
        session.quit()
    except OSError:
        log.debug("mail server did not say goodbye")
