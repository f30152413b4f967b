"""The doctor tells the truth about mail: the server or the login, which mailboxes may be used, and a test letter."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pydantic import SecretStr

from bot.cli import main
from bot.config import SHIPPED, Settings
from bot.doctor import machine
from bot.doctor.mail import mail
from bot.policies import Policies
from bot.policy_files import load_folder
from bot.setting_kinds import Address
from tests.mail.certificates import authority, authority_file, make
from tests.mail.exchange import Exchange, Fault
from tests.mail.test_graph_login import certified
from tests.mail.test_smtp import Post, free_port, running
from tests.own_policies import BY_POST, SOUND

NOW = datetime.now(UTC)
HEAD = "head@example.org"


def settings(folder: Path, exchange: Exchange | None = None, **more: Any) -> Settings:
    given: dict[str, Any] = {"sender": "bot@example.org", "data": folder, "mail_ca_file": authority_file()}
    if exchange is not None:
        given |= {
            "mail": "graph",
            "mail_graph_tenant": "tenant-1",
            "mail_graph_client": "app-1",
            "mail_graph_secret": SecretStr("hush"),
            "mail_graph_login_url": exchange.base_url,
            "mail_graph_url": exchange.base_url,
            "mail_graph_outside": HEAD,
        }
    return Settings(**{**given, **more})


def found(given: Settings, policies: Policies | None = None, *, send_test: bool = False) -> dict[str, tuple[str, str]]:
    access = given.mail_access
    assert access is not None
    told = list(mail(given, access, policies, lambda: NOW, send_test=send_test))
    assert "hush" not in str(told)
    assert all(each.remedy or each.state != "unknown" for each in told)
    return {each.about.removeprefix("mail, "): (each.state, each.says) for each in told}


def states(told: dict[str, tuple[str, str]]) -> dict[str, str]:
    return {about: state for about, (state, _) in told.items()}


# ── Microsoft 365 ────────────────────────────────────────────────────────────────────────────────────────────


def test_where_all_is_well_that_is_said_and_nothing_is_sent(exchange: Exchange, tmp_path: Path) -> None:
    told = found(settings(tmp_path, exchange))
    assert states(told) == dict.fromkeys(("login", "rights", "mailbox", "returned letters", "other mailboxes"), "ok")
    assert told["other mailboxes"][1] == f"The bot may not use {HEAD}, as it should be."
    assert not {"draft", "send"} & {*exchange.asked}
    assert exchange.arrived == []


@pytest.mark.parametrize("only", [False, True])
def test_a_letter_to_the_bot_itself_is_sent_only_when_it_is_asked_for(
    exchange: Exchange, tmp_path: Path, only: bool
) -> None:
    state, says = found(settings(tmp_path, exchange, mail_graph_send_only=only), send_test=True)["test"]
    assert state == "ok"
    assert says.startswith("A letter is on its way to bot@example.org")
    (arrived,) = exchange.arrived
    assert [each["emailAddress"]["address"] for each in arrived["toRecipients"]] == ["bot@example.org"]


def test_a_test_that_cannot_be_sent_or_not_be_found_is_told(exchange: Exchange, tmp_path: Path) -> None:
    exchange.fails("send", Fault(403, "ErrorSendAsDenied"))
    assert found(settings(tmp_path, exchange), send_test=True)["test"][0] == "wrong"


def test_other_mailboxes_that_the_bot_may_use_are_told_or_that_it_was_not_tried(
    exchange: Exchange, tmp_path: Path
) -> None:
    exchange.scope = set(exchange.mailboxes)
    state, says = found(settings(tmp_path, exchange))["other mailboxes"]
    assert (state, "perhaps every mailbox of the tenant" in says) == ("wrong", True)
    assert found(settings(tmp_path, exchange, mail_graph_outside=""))["other mailboxes"][0] == "unknown"
    assert found(settings(tmp_path, exchange, mail_graph_outside="no@example.org"))["other mailboxes"][0] == "unknown"


def test_a_mailbox_of_its_own_that_the_bot_may_not_use_is_told(exchange: Exchange, tmp_path: Path) -> None:
    exchange.scope = set()
    told = found(settings(tmp_path, exchange))
    assert (told["mailbox"][0], "outside of what I may use" in told["mailbox"][1]) == ("wrong", True)


@pytest.mark.parametrize(
    ("roles", "only", "state", "says"),
    [
        (["Mail.Send"], False, "wrong", "lacks Mail.ReadWrite"),
        (["Mail.Send", "Mail.ReadWrite", "User.Read.All"], False, "wrong", "also has User.Read.All"),
        (["Mail.Send", "Mail.ReadWrite"], True, "wrong", "also has Mail.ReadWrite"),
        (["Mail.Send"], True, "ok", "exactly"),
    ],
)
def test_rights_that_are_missing_or_too_many_are_told(
    exchange: Exchange, tmp_path: Path, roles: list[str], only: bool, state: str, says: str
) -> None:
    exchange.roles = roles
    told = found(settings(tmp_path, exchange, mail_graph_send_only=only))
    assert (told["rights"][0], says in told["rights"][1]) == (state, True)
    if only:
        assert told["mailbox"][0] == state, "whoever only sends need not read"
        assert told["other mailboxes"][0] == "ok"


@pytest.mark.parametrize("only", [False, True])
def test_the_right_to_send_for_the_whole_tenant_is_found_without_sending_anything(
    exchange: Exchange, tmp_path: Path, only: bool
) -> None:
    exchange.roles, exchange.scoped, exchange.tenant_wide = ["Mail.Send"], set() if only else {"Mail.ReadWrite"}, True
    told = found(settings(tmp_path, exchange, mail_graph_send_only=only))
    assert told["other mailboxes"] == (
        "wrong", f"The bot may send as {HEAD} too, and so perhaps as every mailbox of the tenant.",
    )  # fmt: skip
    if not only:
        assert told["rights"] == ("wrong", "The app has Mail.Send for the whole tenant, not for its mailbox only.")
        assert told["mailbox"][0] == "ok"
    assert exchange.arrived == []


def test_whether_other_mailboxes_could_send_is_told_to_be_unknown_where_the_answer_says_neither(
    exchange: Exchange, tmp_path: Path
) -> None:
    exchange.fails("sendMail", Fault(400, "ErrorOfANewKind"))
    assert found(settings(tmp_path, exchange, mail_graph_send_only=True))["other mailboxes"][0] == "unknown"


def test_rights_for_single_mailboxes_stand_in_no_token(exchange: Exchange, tmp_path: Path) -> None:
    exchange.roles = []
    assert "rights" not in found(settings(tmp_path, exchange))


def test_a_login_that_is_wrong_or_away_is_told_and_no_more_is_asked(exchange: Exchange, tmp_path: Path) -> None:
    exchange.login_error = 7000222
    told = found(settings(tmp_path, exchange))
    assert states(told) == {"login": "wrong"}
    assert "secret with which I log in at Microsoft has expired" in told["login"][1]
    exchange.fails("token", Fault(503))
    assert states(found(settings(tmp_path, exchange))) == {"login": "unknown"}


def test_a_certificate_that_expires_soon_is_told(exchange: Exchange, tmp_path: Path) -> None:
    file = tmp_path / "bot.pem"
    file.write_bytes(certified()[0])
    exchange.certificate = certified()[1]
    given = {"mail_graph_secret": SecretStr(""), "mail_graph_certificate": file}
    told = found(settings(tmp_path, exchange, **given))
    assert states(told) | {"certificate": "wrong"} == states(told)
    file.write_text("no such thing")
    assert states(found(settings(tmp_path, exchange, **given))) == {"login": "wrong"}


# ── a mail server ────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def served(folder: Path, post: Post) -> Iterator[dict[str, Any]]:
    with running(folder, post, certificate=make("127.0.0.1", authority())) as server:
        yield {
            "mail": "smtp",
            "mail_smtp_server": Address("127.0.0.1", server.port),
            "mail_smtp_user": "bot",
            "mail_smtp_password": SecretStr("hush"),
        }


def test_a_mail_server_is_tried_without_sending_and_with_a_test_if_that_is_asked_for(tmp_path: Path) -> None:
    post, returned = Post(), {"returned letters": "unknown"}
    with served(tmp_path, post) as given:
        told = found(settings(tmp_path, **given))
        assert (states(told), post.letters) == ({"server": "ok", **returned}, [])
        assert "comes back to bot@example.org, and the bot may not look there" in told["returned letters"][1]
        assert states(found(settings(tmp_path, **given), send_test=True)) == {"server": "ok", "test": "ok", **returned}
        assert post.to == [["bot@example.org"]]
        wrong = given | {"mail_smtp_password": SecretStr("other")}
        assert states(found(settings(tmp_path, **wrong))) == {"server": "wrong", **returned}
    away: dict[str, Any] = {"mail": "smtp", "mail_smtp_server": Address("127.0.0.1", free_port())}
    assert states(found(settings(tmp_path, **away), send_test=True)) == {
        "server": "unknown", "test": "unknown", **returned,
    }  # fmt: skip


# ── policies, and the command ────────────────────────────────────────────────────────────────────────────────


def test_a_policy_that_does_not_say_where_letters_may_go_is_told(exchange: Exchange, tmp_path: Path) -> None:
    (tmp_path / "calendars").symlink_to(SHIPPED / "calendars")
    (tmp_path / "one.yml").write_text(f"mail_domains: [example.org, trust.example.org]\n{SOUND}")
    told = found(settings(tmp_path, exchange), load_folder(tmp_path))
    assert told["domains"] == ("ok", "Letters of example may go to example.org and trust.example.org.")
    (tmp_path / "one.yml").write_text(SOUND)
    told = found(settings(tmp_path, exchange), load_folder(tmp_path))
    assert told["domains"] == ("ok", "Letters of example may go to example.org.")
    (tmp_path / "one.yml").write_text(BY_POST)
    assert found(settings(tmp_path, exchange), load_folder(tmp_path))["domains"][0] == "unknown"
    assert told["own copies"][0] == "unknown"
    agencies = {"agency_domains": ("school.example.org",)}
    told = found(settings(tmp_path, exchange, **agencies), load_folder(tmp_path))
    assert told["own copies"] == ("ok", "What people are sent themselves may also go to school.example.org.")


def test_the_command_sends_a_test_only_with_its_option(
    exchange: Exchange, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = settings(tmp_path, exchange)
    names = [name for name in Settings.model_fields if name.startswith("mail")] + ["sender", "data"]
    for name in names:
        value = getattr(given, name)
        text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        monkeypatch.setenv(f"ESCALATION_BOT_{name.upper()}", text if value is not None else "")
    monkeypatch.setenv("ESCALATION_BOT_OPERATIONS_ADDRESS", "")
    monkeypatch.setenv("ESCALATION_BOT_POLICIES", str(tmp_path / "none"))
    plain = CliRunner().invoke(main, ["doctor"], catch_exceptions=False)
    assert "ok       mail, login: Microsoft lets the bot log in, with its secret." in plain.output
    assert exchange.arrived == []
    with_test = CliRunner().invoke(main, ["doctor", "--send-test"], catch_exceptions=False)
    assert "ok       mail, test: A letter is on its way" in with_test.output
    assert len(exchange.arrived) == 1


@pytest.mark.parametrize(("for_real", "said"), [(False, ["ok"]), (True, ["ok", "unknown"])])
def test_real_letters_that_are_put_into_a_folder_are_not_called_well(
    tmp_path: Path, for_real: bool, said: list[str]
) -> None:
    assert [each.state for each in machine.mailbox(tmp_path, for_real=for_real)] == said
