"""Mail as it is set: what is missing is named before anything begins, and what is not needed is not loaded."""

from __future__ import annotations

import logging
import shutil
import sys
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot import config
from bot.config import SHIPPED, Settings
from bot.errors import ConfigError, TryLater
from bot.login_settings import PROOFS
from bot.mail.folder import MailFolder
from bot.mail.graph import GraphDrafts, GraphSender
from bot.mail.letters import name_of
from bot.mail.smtp import SmtpMailer
from bot.mail_settings import GraphAccess, SmtpAccess
from bot.policies import Policies
from bot.policy_files import load_folder
from bot.store import Keyring, open_database
from bot.wiring import DATABASE, KEYRING
from bot.wiring.mail import check_policies, envelope, mailer, reached, returns_to
from bot.wiring.parts import build_on
from tests.mail.certificates import authority
from tests.mail.graphs import LETTER
from tests.own_policies import BY_POST, SOUND
from tests.talking import ChatFake, MailFake, empty

MINE = {"SENDER": "bot@council.example.org"}
SMTP = MINE | {"MAIL": "smtp", "MAIL_SMTP_SERVER": "mail.example.org:587"}
GRAPH = MINE | {"MAIL": "graph", "MAIL_GRAPH_TENANT": "t-1", "MAIL_GRAPH_CLIENT": "c-1"}
SECRET = {"MAIL_GRAPH_SECRET": "hush"}
PASSWORD = {"MAIL_SMTP_USER": "bot", "MAIL_SMTP_PASSWORD": "hush"}
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def read(monkeypatch: pytest.MonkeyPatch, given: dict[str, str]) -> Settings:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"ESCALATION_BOT_{name.upper()}", raising=False)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    for name, value in given.items():
        monkeypatch.setenv(f"ESCALATION_BOT_{name}", value)
    return config.read()


MISSING: dict[str, tuple[dict[str, str], str]] = {
    "sender": ({**SMTP, "SENDER": ""}, "Set ESCALATION_BOT_SENDER to the address that letters are sent from."),
    "server": (MINE | {"MAIL": "smtp"}, "Set ESCALATION_BOT_MAIL_SMTP_SERVER"),
    "password": (SMTP | {"MAIL_SMTP_USER": "bot"}, "Set ESCALATION_BOT_MAIL_SMTP_PASSWORD too"),
    "other letters": (
        SMTP | PASSWORD | {"MAIL_SMTP_PASSWORD": "hush£"},
        "ESCALATION_BOT_MAIL_SMTP_PASSWORD has a letter or sign that cannot be said",
    ),
    "user": (SMTP | {"MAIL_SMTP_PASSWORD": "hush"}, "Set ESCALATION_BOT_MAIL_SMTP_USER too"),
    "authority": (
        SMTP | {"MAIL_CA_FILE": "/no/such.pem"},
        "There is no file /no/such.pem: ESCALATION_BOT_MAIL_CA_FILE",
    ),
    "proof": (GRAPH, "Set one of ESCALATION_BOT_MAIL_GRAPH_MANAGED_IDENTITY, ESCALATION_BOT_MAIL_GRAPH_TOKEN_FILE"),
    "tenant": (GRAPH | SECRET | {"MAIL_GRAPH_TENANT": ""}, "Set ESCALATION_BOT_MAIL_GRAPH_TENANT: it stands"),
    "client": (GRAPH | SECRET | {"MAIL_GRAPH_CLIENT": ""}, "Set ESCALATION_BOT_MAIL_GRAPH_CLIENT: it stands"),
    "file": (
        GRAPH | {"MAIL_GRAPH_TOKEN_FILE": "/no/such"},
        "There is no file /no/such: ESCALATION_BOT_MAIL_GRAPH_TOKEN",
    ),
    "kind": (SECRET, "ESCALATION_BOT_MAIL_GRAPH_SECRET is set, but ESCALATION_BOT_MAIL is folder. Set ESCALATION_BOT_"),
    "other kind": (SMTP | SECRET, "Set ESCALATION_BOT_MAIL=graph, or remove ESCALATION_BOT_MAIL_GRAPH_SECRET."),
}


@pytest.mark.parametrize("what", MISSING)
def test_what_is_missing_or_too_much_stops_the_start_with_its_name(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    given, says = MISSING[what]
    with pytest.raises(ConfigError) as wrong:
        read(monkeypatch, given)
    assert says in str(wrong.value)
    assert "hush" not in str(wrong.value)


WRONG: dict[str, tuple[str, str]] = {
    "MAIL": ("pigeon", "Input should be 'folder', 'smtp' or 'graph'"),
    "SENDER": ("The Bot <bot@example.org>", "one e-mail address"),
    "MAIL_HEADER": ("Bcc: thief@example.org", "begins with X-"),
    "MAIL_SUBJECT_PREFIX": ("a\nBcc: thief@example.org", "should match pattern"),
    "MAIL_SMTP_SERVER": ("mail.example.org", "a host and a port"),
    "MAIL_SMTP_TLS": ("no", "'starttls' or 'implicit'"),
    "MAIL_GRAPH_URL": ("http://graph.example.org", "begin with https://"),
    "MAIL_GRAPH_LOGIN_URL": ("login.example.org", "begin with https://"),
    "MAIL_GRAPH_OUTSIDE": ("somebody", "one e-mail address"),
    "MAIL_GRAPH_SEND_ONLY": ("perhaps", "valid boolean"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_setting_is_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    value, says = WRONG[name]
    with pytest.raises(ConfigError) as wrong:
        read(monkeypatch, {name: value})
    assert str(wrong.value).startswith(f"A setting is wrong. ESCALATION_BOT_{name} is ")
    assert says in str(wrong.value)


def test_passwords_are_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for given in (SMTP | PASSWORD, GRAPH | SECRET):
        settings = read(monkeypatch, given)
        assert "hush" not in f"{settings!r} {settings} {settings.mail_access!r}"


@pytest.mark.parametrize(
    ("server", "tls", "implicit"),
    [("a.example:587", "", False), ("a.example:465", "", True), ("a.example:25", "implicit", True)],
)
def test_port_465_is_encrypted_from_the_first_byte(
    monkeypatch: pytest.MonkeyPatch, server: str, tls: str, implicit: bool
) -> None:
    access = read(monkeypatch, SMTP | {"MAIL_SMTP_SERVER": server, "MAIL_SMTP_TLS": tls}).mail_access
    assert isinstance(access, SmtpAccess)
    assert access.implicit is implicit


def test_the_best_proof_that_is_set_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = authority().write(tmp_path / "bot.pem")
    values = dict(zip(PROOFS, ("system", str(file), str(file), "hush"), strict=True))
    given = {f"MAIL_GRAPH_{proof.upper()}": value for proof, value in values.items()}
    for proof in PROOFS:
        access = read(monkeypatch, GRAPH | given).mail_access
        assert isinstance(access, GraphAccess)
        assert access.proof == proof
        del given[f"MAIL_GRAPH_{proof.upper()}"]


# ── transports ───────────────────────────────────────────────────────────────────────────────────────────────


def test_letters_go_into_a_folder_unless_something_else_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = MINE | {"DATA": str(tmp_path), "MAIL_SUBJECT_PREFIX": "[secure]", "MAIL_HEADER": "X-Encrypt: yes"}
    with ExitStack() as stack:
        made = mailer(read(monkeypatch, given), stack, lambda: NOW)
    assert isinstance(made, MailFolder)
    made.send(LETTER)
    (file,) = (tmp_path / "mailbox").glob("*.eml")
    assert b"Subject: [secure] Report to HSCP: E-4KX-7PW\r\n" in file.read_bytes()
    assert b"X-Encrypt: yes\r\n" in file.read_bytes()


def test_letters_are_known_by_marks_that_only_who_has_the_keyring_can_make(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = read(monkeypatch, MINE | {"DATA": str(tmp_path)})
    assert envelope(settings).marks(LETTER.key) == (), "of a deployment that has sent none yet"
    Keyring.open_or_make(settings.keyring)
    marks = envelope(settings).marks
    assert len({*marks(LETTER.key), *marks("another"), name_of(LETTER.key)}) == 3


def test_what_microsoft_needs_is_loaded_only_for_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "msal", None)
    with ExitStack() as stack:
        assert isinstance(mailer(read(monkeypatch, SMTP | PASSWORD), stack, lambda: NOW), SmtpMailer)
        settings = read(monkeypatch, GRAPH | SECRET)
        assert isinstance(mailer(settings, stack, lambda: NOW), GraphDrafts), "at its first letter, not before"
        only = read(monkeypatch, GRAPH | SECRET | {"MAIL_GRAPH_SEND_ONLY": "true"})
        assert isinstance(mailer(only, stack, lambda: NOW), GraphSender)


def test_libraries_that_would_log_addresses_and_tokens_are_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    access = read(monkeypatch, GRAPH | SECRET).mail_access
    assert isinstance(access, GraphAccess)
    with ExitStack() as stack:
        graph = reached(read(monkeypatch, GRAPH | SECRET), access, stack)
    assert "hush" not in repr(graph)
    assert not any(logging.getLogger(name).isEnabledFor(logging.CRITICAL) for name in ("httpx", "httpcore", "msal"))


@pytest.mark.parametrize("name", ["MAIL_CA_FILE", "MAIL_GRAPH_CERTIFICATE"])
def test_a_file_that_holds_something_else_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    file = tmp_path / "other.pem"
    file.write_text("no such thing")
    given = GRAPH | (SECRET if name == "MAIL_CA_FILE" else {}) | {name: str(file)}
    with ExitStack() as stack, pytest.raises(ConfigError, match=f"cannot be used.*ESCALATION_BOT_{name}"):
        mailer(read(monkeypatch, given), stack, lambda: NOW)


def test_a_mail_server_that_is_not_there_stops_no_start(monkeypatch: pytest.MonkeyPatch) -> None:
    with ExitStack() as stack:
        made = mailer(read(monkeypatch, SMTP | {"MAIL_SMTP_SERVER": "127.0.0.1:1"}), stack, lambda: NOW)
    assert isinstance(made, SmtpMailer)
    with pytest.raises(TryLater):
        made.check()


# ── real mail takes a policy that says where to, and real people ─────────────────────────────────────────────


RETURNS: list[tuple[dict[str, str], str]] = [
    ({}, ""),
    (SMTP, "bot@council.example.org"),
    (GRAPH | SECRET, ""),
    (GRAPH | SECRET | {"MAIL_GRAPH_SEND_ONLY": "true"}, "bot@council.example.org"),
]


@pytest.mark.parametrize(("given", "mailbox"), RETURNS)
def test_people_are_told_where_a_letter_comes_back_to_where_the_bot_cannot_look(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], mailbox: str
) -> None:
    assert returns_to(read(monkeypatch, given)) == mailbox


@pytest.fixture
def policies(tmp_path: Path) -> Policies:
    (tmp_path / "calendars").symlink_to(SHIPPED / "calendars")
    (tmp_path / "listed.yml").write_text(f"mail_domains: [example.org]\n{SOUND}".replace("id: example", "id: listed"))
    (tmp_path / "own.yml").write_text(SOUND.replace("id: example", "id: own"))
    (tmp_path / "silent.yml").write_text(BY_POST.replace("id: example", "id: silent"))
    return load_folder(tmp_path)


def test_real_mail_starts_also_with_a_policy_that_does_not_say_where_letters_may_go_but_not_without_people(
    monkeypatch: pytest.MonkeyPatch, policies: Policies
) -> None:
    slack = {"SLACK_BOT_TOKEN": "xoxb-hush", "SLACK_APP_TOKEN": "xapp-hush"}
    check_policies(read(monkeypatch, {}), policies, date(2026, 3, 2))
    with capture_logs() as logged:
        check_policies(read(monkeypatch, SMTP | slack), policies, date(2026, 3, 2))
    assert [(each["log_level"], each["policy"]) for each in logged] == [("warning", "silent")]
    with pytest.raises(ConfigError, match="only the invented people of the console"):
        check_policies(read(monkeypatch, SMTP), policies, date(2026, 3, 2))


def test_letters_of_a_bot_with_real_mail_keep_to_what_its_policies_allow(tmp_path: Path, policies: Policies) -> None:
    for name in (DATABASE, KEYRING):
        shutil.copy(empty() / name, tmp_path / name)
    database = open_database(f"sqlite:///{tmp_path / DATABASE}", tmp_path / KEYRING)
    parts = build_on(
        database, policies=tmp_path, chat=ChatFake(), mailer=MailFake(), now=lambda: NOW, real_mail=True,
    )  # fmt: skip
    database.close()
    for each in (parts.assistant.policies, parts.carrier.policies):
        assert [each[name].mail_domains for name in policies] == [["example.org"], ["example.org"], []]
