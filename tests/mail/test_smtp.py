"""A real mail server with encryption and login: a letter is sent, tried later or refused, or nobody knows."""

from __future__ import annotations

import socket
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
import structlog
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from bot.errors import Away, CannotTell, DeliveryError, Refused, Shut, TryLater, Unclear
from bot.mail import letters
from bot.mail.smtp import Server, SmtpMailer
from bot.ports import Attachment, Letter
from bot.words import load
from tests.mail.certificates import NOW, authority, make, serving, trusting

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
TYPED = "kit.marker"
REPORT = Attachment("report-to-hscp-E-4KX-7PW.docx", "application/vnd.example", bytes(range(256)) * 9)
LETTER = Letter(
    "E-4KX-7PW/letter/1",
    (f"{TYPED}@example.org", "lead@example.org", "team@trust.example.org"),
    "Report to HSCP: E-4KX-7PW",
    "Please find the report attached.\n.\nThe bot",
    (REPORT,),
    domains=("example.org", "trust.example.org"),
)
ENVELOPE = letters.Envelope("bot@example.org", "[secure]", ("X-Encrypt", "yes"))


@dataclass
class Post:
    """What a mail server of ours does and has: answers to give instead of its own, by command and argument."""

    answers: dict[str, str] = field(default_factory=dict)
    letters: list[EmailMessage] = field(default_factory=list)
    to: list[list[str]] = field(default_factory=list)
    cut: str = ""
    """Where it goes away: "DATA" before the letter, "taken" when it has it, "lost" when it was handed over in vain."""

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        envelope.mail_from = address
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        answer = self.answers.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.cut in {"", "taken"} and not self.answers.get("DATA"):
            parsed = message_from_bytes(envelope.original_content or b"", policy=default)
            assert isinstance(parsed, EmailMessage)
            self.letters.append(parsed)
            self.to.append(list(envelope.rcpt_tos))
        if self.cut and server.transport is not None:
            server.transport.abort()  # type: ignore[attr-defined]
        return self.answers.get("DATA", "250 OK")


def log_in(server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: LoginPassword) -> AuthResult:
    return AuthResult(success=given.login == b"bot" and given.password == b"hush", handled=False)


@contextmanager
def running(folder: Path, post: Post, **more: Any) -> Iterator[Server]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        context = serving(folder, more.pop("certificate", None) or make("127.0.0.1", authority()))
        implicit = more.pop("implicit", False)
        given: dict[str, Any] = (
            {"ssl_context": context} if implicit else {"tls_context": context, "require_starttls": True}
        )
        given |= {"authenticator": log_in, "auth_required": True, "auth_require_tls": not implicit}
        controller = Controller(post, "127.0.0.1", 0, ready_timeout=20, **given | more)
        controller.port = free_port()
        controller.start()
        try:
            yield Server("127.0.0.1", controller.port, trusting(), implicit, "bot", "hush", 5, 5)
        finally:
            controller.stop()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def mailer(server: Server) -> SmtpMailer:
    return SmtpMailer(server, ENVELOPE, load(), lambda: NOON)


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def server(tmp_path: Path, post: Post) -> Iterator[Server]:
    with running(tmp_path, post) as there:
        yield there


def fails(server: Server, letter: Letter = LETTER) -> DeliveryError:
    """What sending it raises, which says nothing that was typed, also not in a log."""
    with structlog.testing.capture_logs() as logs, pytest.raises(DeliveryError) as raised:
        mailer(server).send(letter)
    assert not any(word in f"{raised.value} {logs}" for word in (TYPED, "4KX", "hush"))
    assert str(raised.value).rstrip()[-1] in ".)"
    return raised.value


# ── sent ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_letter_arrives_whole_at_each_recipient_with_what_the_deployment_puts_on_it(
    server: Server, post: Post
) -> None:
    receipt = mailer(server).send(LETTER)
    (arrived,), (to,) = post.letters, post.to
    body = arrived.get_body(("plain",))
    assert body is not None
    (attachment,) = arrived.iter_attachments()
    assert to == list(LETTER.to)
    assert (arrived["Subject"], arrived["X-Encrypt"]) == ("[secure] Report to HSCP: E-4KX-7PW", "yes")
    assert (arrived["Message-ID"], arrived["Date"].datetime) == (receipt, NOON)
    assert body.get_content().replace("\r\n", "\n").strip() == LETTER.body
    assert (attachment.get_filename(), attachment.get_content()) == (REPORT.name, REPORT.content)


def test_a_connection_may_be_encrypted_from_the_first_byte(tmp_path: Path, post: Post) -> None:
    with running(tmp_path, post, implicit=True) as server:
        mailer(server).send(LETTER)
    assert len(post.letters) == 1


def test_the_message_id_is_the_same_for_the_same_letter_and_tells_nothing(server: Server, post: Post) -> None:
    first, again = mailer(server).send(LETTER), mailer(server).send(replace(LETTER, body="Other words"))
    other = mailer(server).send(replace(LETTER, key="E-4KX-7PW/letter/2"))
    assert first == again != other
    assert "4KX" not in first
    with pytest.raises(CannotTell, match=first):
        mailer(server).find(LETTER.key)


def test_a_check_logs_in_and_sends_nothing(server: Server, post: Post) -> None:
    mailer(server).check()
    assert post.letters == []
    with pytest.raises(Shut, match="does not accept my name and password"):
        mailer(replace(server, password="other")).check()


# ── refused, or tried later ──────────────────────────────────────────────────────────────────────────────────

FIRST, SECOND, THIRD = LETTER.to
ANSWERS: dict[str, tuple[dict[str, str], type[DeliveryError], str]] = {
    "no mailbox": (
        {SECOND: "550 5.1.1 <x>: no such user"},
        Refused,
        "recipient 2 of 3. There is no such mailbox (550 5.1",
    ),
    "several": (
        {FIRST: "550 no", THIRD: "552 5.2.2 full"},
        Refused,
        "recipient 1, 3 of 3. There is no such mailbox (550)",
    ),
    "full": ({THIRD: "552 5.2.2 over quota"}, Refused, "recipient 3 of 3. The mailbox is full (552 5.2.2)."),
    "refused and later": (
        {FIRST: "450 later", SECOND: "550 no"},
        Refused,
        "recipient 2 of 3. There is no such mailbox",
    ),
    "relay": (
        {FIRST: "554 5.7.1 no relaying"},
        Refused,
        "recipient 1 of 3. The mail server does not allow it (554 5.7.1)",
    ),
    "grey": ({SECOND: "450 4.2.0 greylisted"}, TryLater, "The mail server asked me to try later (450)."),
    "sender": ({"MAIL": "550 you are not that"}, Shut, "does not let me send from my address (550)"),
    "sender, later": ({"MAIL": "451 4.3.0 later"}, TryLater, "try later (451)"),
    "content": ({"DATA": "554 5.6.0 we do not like it"}, Refused, "The mail server refused it (554 5.6.0)."),
    "too large": ({"DATA": "552 5.3.4 too big"}, Refused, "larger than the mail server takes (552 5.3.4)"),
    "busy after all": ({"DATA": "421 4.3.2 shutting down"}, TryLater, "try later (421)"),
    "too long": ({"DATA": "554 " + "x" * 9000}, Unclear, "did not say whether it has taken"),
    "strange": ({"DATA": "999 what?"}, Unclear, "did not say whether it has taken"),
}


@pytest.mark.parametrize("what", ANSWERS)
def test_what_the_server_answers_is_told_by_its_meaning_and_nothing_arrives_anywhere(
    server: Server, post: Post, what: str
) -> None:
    post.answers, kind, says = ANSWERS[what]
    error = fails(server)
    assert type(error) is kind
    assert says in str(error)
    assert post.letters == []


def test_one_recipient_is_not_counted(server: Server, post: Post) -> None:
    post.answers = {FIRST: "550 5.1.1 unknown"}
    error = fails(server, replace(LETTER, to=(FIRST,)))
    assert str(error).startswith("The mail server refused its recipient. There is no such mailbox")


def test_a_letter_that_is_larger_than_the_server_takes_is_refused_before_it_is_said(tmp_path: Path, post: Post) -> None:
    with running(tmp_path, post, data_size_limit=2000) as server:
        assert "larger than the mail server takes" in str(fails(server))


ADDRESSES: dict[str, tuple[Letter, str]] = {
    "elsewhere": (
        replace(LETTER, to=(FIRST, "kit.marker@example.com")),
        "at example.org, trust.example.org, and recipient 2",
    ),
    "below": (replace(LETTER, to=("a@mail.example.org",)), "and its recipient is elsewhere"),
    "looks alike": (replace(LETTER, to=("a@evilexample.org",)), "and its recipient is elsewhere"),
    "no list": (replace(LETTER, domains=()), "does not say to which domains letters may go"),
    "two in one": (replace(LETTER, to=("a@example.org,kit.marker@example.com",)), "is not an e-mail address"),
    "header": (replace(LETTER, subject="a\r\nBcc: kit.marker@example.com"), "line break"),
    "nobody": (replace(LETTER, to=()), "names nobody"),
}


@pytest.mark.parametrize("what", ADDRESSES)
def test_who_may_not_get_it_is_refused_before_anything_leaves(tmp_path: Path, what: str) -> None:
    letter, says = ADDRESSES[what]
    nowhere = Server("127.0.0.1", free_port(), trusting())
    error = fails(nowhere, letter)
    assert isinstance(error, Refused)
    assert says in str(error)


def test_domains_are_compared_whatever_their_letters_and_each_recipient_gets_it_once(
    server: Server, post: Post
) -> None:
    mailer(server).send(replace(LETTER, to=("a@EXAMPLE.org", "a@EXAMPLE.org")))
    assert post.to == [["a@EXAMPLE.org"]]


# ── encrypted, or not at all ─────────────────────────────────────────────────────────────────────────────────


def test_nothing_is_said_to_a_server_that_does_not_encrypt(tmp_path: Path, post: Post) -> None:
    plain = {"tls_context": None, "require_starttls": False, "auth_require_tls": False}
    with running(tmp_path, post, **plain) as server:
        error = fails(server)
    assert (type(error), post.letters) == (Shut, [])
    assert "offers no encryption" in str(error)


CERTIFICATES: dict[str, tuple[Callable[[], Any], str]] = {
    "by nobody": (lambda: make("127.0.0.1"), "self-signed certificate"),
    "another’s": (lambda: make("mail.example.org", authority()), "IP address mismatch"),
    "expired": (lambda: make("127.0.0.1", authority(), NOW - timedelta(days=1)), "certificate has expired"),
}


@pytest.mark.parametrize("what", CERTIFICATES)
@pytest.mark.parametrize("implicit", [False, True])
def test_a_certificate_that_cannot_be_trusted_ends_it(tmp_path: Path, post: Post, what: str, implicit: bool) -> None:
    certificate, why = CERTIFICATES[what]
    with running(tmp_path, post, certificate=certificate(), implicit=implicit) as server:
        error = fails(server)
    assert (type(error), post.letters) == (Shut, [])
    assert why.lower().replace("-", " ") in str(error).lower().replace("-", " ")


def test_a_server_that_wants_a_login_or_offers_none_is_told_apart(tmp_path: Path, post: Post) -> None:
    with running(tmp_path, post) as server:
        assert "wants me to log in (530" in str(fails(replace(server, user="")))
    with running(
        tmp_path, post, authenticator=None, auth_required=False, auth_exclude_mechanism=["LOGIN", "PLAIN"]
    ) as server:
        assert "offers no way to log in" in str(fails(server))


# ── the connection is lost ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("cut", "arrived"), [("taken", 1), ("lost", 0)])
def test_where_the_connection_is_lost_after_the_letter_nobody_knows(
    server: Server, post: Post, cut: str, arrived: int
) -> None:
    post.cut = cut
    assert type(fails(server)) is Unclear
    assert len(post.letters) == arrived


@contextmanager
def speaking(lines: list[bytes], *, hear: int = 4096) -> Iterator[Server]:
    """A server that says these lines, one after each thing it hears, and then goes away or is silent."""
    listener = socket.create_server(("127.0.0.1", 0))

    def speak() -> None:
        connection, _ = listener.accept()
        with connection:
            for line in lines:
                connection.sendall(line)
                if not connection.recv(hear):
                    return

    thread = threading.Thread(target=speak)
    thread.start()
    try:
        yield Server("127.0.0.1", listener.getsockname()[1], trusting(), ask_seconds=0.3)
    finally:
        listener.close()
        thread.join()


@pytest.mark.parametrize(
    "lines", [[], [b"220 here\r\n"], [b"220 here\r\n", b"250-x\r\n250 STARTTLS\r\n"], [b"hello\r\n"]]
)
def test_a_server_that_goes_away_before_the_letter_is_tried_later(lines: list[bytes]) -> None:
    with speaking(lines) as server:
        assert type(fails(server)) is Away


def test_a_server_that_is_not_there_or_silent_is_tried_later(tmp_path: Path) -> None:
    assert type(fails(Server("127.0.0.1", free_port(), trusting()))) is Away
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        assert type(fails(Server("127.0.0.1", port, trusting(), ask_seconds=0.1))) is Away
