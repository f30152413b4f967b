"""Logging in at Microsoft: four proofs of who the bot is, and a sentence for each thing that is wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from bot.entra import Certificate, Federated, ManagedIdentity, Secret, rights
from bot.entra.tokens import LOGIN
from bot.errors import Away, Shut
from tests.mail.certificates import make
from tests.mail.exchange import Exchange, Fault
from tests.mail.graphs import LETTER, fails, graph, sender

NOW = datetime.now(UTC)


@cache
def certified(until: datetime = NOW + timedelta(days=1)) -> tuple[bytes, x509.Certificate]:
    """A file with key and certificate, as Microsoft Entra takes them."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Escalation Bot")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=9))
        .not_valid_after(until)
        .sign(key, SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem + made.public_bytes(Encoding.PEM), made


def test_a_certificate_proves_who_the_bot_is_and_is_read_again_once_it_was_not_taken(
    exchange: Exchange, client: httpx.Client, tmp_path: Path
) -> None:
    file = tmp_path / "bot.pem"
    file.write_bytes(certified(NOW + timedelta(days=2))[0])
    exchange.certificate = certified()[1]
    mailer = sender(graph(exchange, client, Certificate(file)))
    assert "does not know the certificate" in str(fails(mailer))
    file.write_bytes(certified()[0])
    mailer.send(LETTER)
    assert len(exchange.arrived) == 1


def encrypted() -> bytes:
    key = rsa.generate_private_key(65537, 2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"hush"))


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (lambda: encrypted() + certified()[1].public_bytes(Encoding.PEM), "no password"),
        (lambda: make("bot.example").pem, "an RSA key"),
        (lambda: certified()[0].split(b"-----BEGIN CERT")[0] + make("bot.example").pem, "not that of the private key"),
        (lambda: b"-----BEGIN PRIVATE KEY-----", "both as PEM"),
    ],
)
def test_a_file_that_nobody_could_log_in_with_is_refused_when_it_is_read(
    tmp_path: Path, made: Callable[[], bytes], why: str
) -> None:
    file = tmp_path / "bot.pem"
    file.write_bytes(made())
    with pytest.raises(ValueError, match=why):
        Certificate(file).expires()


def test_a_certificate_that_has_expired_is_told_before_microsoft_is_asked(
    exchange: Exchange, client: httpx.Client, tmp_path: Path
) -> None:
    file = tmp_path / "bot.pem"
    file.write_bytes(certified(NOW - timedelta(days=1))[0])
    mailer = sender(graph(exchange, client, Certificate(file)))
    assert "certificate with which I log in at Microsoft has expired" in str(fails(mailer))
    assert "token" not in exchange.asked
    file.write_bytes(certified()[0])
    exchange.certificate = certified()[1]
    mailer.send(LETTER)


def test_a_token_in_a_file_is_read_again_each_time_that_one_is_needed(
    exchange: Exchange, client: httpx.Client, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    file.write_text("first\n")
    mailer = sender(graph(exchange, client, Federated(file)))
    exchange.federated = "first"
    mailer.send(LETTER)
    file.write_text("second\n")
    exchange.federated = "second"
    exchange.revoke()
    mailer.send(LETTER)
    exchange.federated = "third"
    exchange.revoke()
    assert "compare issuer, subject and audience" in str(fails(mailer))


@pytest.mark.parametrize("name", ["", "id-1"])
def test_the_identity_of_the_computer_is_enough(
    exchange: Exchange, client: httpx.Client, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{exchange.base_url}/identity")
    monkeypatch.setenv("IDENTITY_HEADER", "header-1")
    exchange.identity = "header-1"
    sender(graph(exchange, client, ManagedIdentity(name))).send(LETTER)
    assert exchange.asked == ["identity", "sendMail"]
    exchange.identity = "another"
    exchange.revoke()
    assert "has no managed identity that Microsoft accepts" in str(
        fails(sender(graph(exchange, client, ManagedIdentity(name))))
    )


@pytest.mark.parametrize("proof", [Certificate, Federated])
def test_a_file_that_is_not_there_or_holds_something_else_is_told(
    exchange: Exchange, client: httpx.Client, tmp_path: Path, proof: type[Certificate | Federated]
) -> None:
    file = tmp_path / "proof"
    assert "cannot be read" in str(fails(sender(graph(exchange, client, proof(file)))))
    file.write_text("no such thing")
    assert type(fails(sender(graph(exchange, client, proof(file))))) is Shut


def test_a_secret_that_is_wrong_is_told_and_tried_again_once_it_is_right(
    exchange: Exchange, client: httpx.Client
) -> None:
    exchange.secret = "another"
    mailer = sender(graph(exchange, client, Secret("hush")))
    assert "has to enter its value, not its id" in str(fails(mailer))
    exchange.secret = "hush"
    mailer.send(LETTER)
    assert "hush" not in repr(Secret("hush"))


@pytest.mark.parametrize("code", [*LOGIN, 999])
def test_each_reason_of_microsofts_for_no_token_is_a_sentence_of_ours(
    exchange: Exchange, client: httpx.Client, code: int
) -> None:
    exchange.login_error = code
    error = fails(sender(graph(exchange, client)))
    assert type(error) is Shut
    assert ("AADSTS999" in str(error)) == (code == 999)


def test_a_tenant_that_there_is_not_is_told_and_a_login_that_speaks_nonsense_is_asked_later(
    exchange: Exchange, client: httpx.Client
) -> None:
    exchange.fails("discovery", Fault(400, "invalid_tenant"))
    assert "does not know the tenant" in str(fails(sender(graph(exchange, client))))
    exchange.fails("token", Fault(200))
    assert type(fails(sender(graph(exchange, client)))) is Away


def test_rights_are_read_from_a_token_that_has_any(exchange: Exchange, client: httpx.Client) -> None:
    assert rights(graph(exchange, client).tokens.token()) == {"Mail.ReadWrite", "Mail.Send"}
    assert rights("opaque") == rights("a.bm9uc2Vuc2U.c") == frozenset()
