"""Settings of mail: how letters leave, and with which proof of who the bot is. `config` reads them with all others."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode

from bot.errors import ConfigError, InvalidAnswer
from bot.fields import read_email
from bot.login_settings import LOGIN, ProofKind, chosen_proof, given, name
from bot.setting_kinds import Address, Secret, check_web_address, read_optional_address

NOBODY = "escalation-bot@example.org"
GRAPH = "https://graph.microsoft.com"
SECRET = {"mail_smtp_password", "mail_graph_secret"}

Header = tuple[str, str]


def _read_header(typed: object) -> object:
    if not isinstance(typed, str):
        return typed
    if not typed:
        return None
    found = re.fullmatch(r"([Xx]-[A-Za-z0-9-]{1,60}): ?([ -~]{1,200})", typed)
    if found is None:
        raise ValueError(
            "It has to be the name of a header that begins with X-, a colon and its value, like X-Encrypt: yes."
        )
    return found[1], found[2].strip()


@dataclass(frozen=True)
class SmtpAccess:
    """A mail server. `implicit`: encrypted from the first byte."""

    server: Address
    implicit: bool
    user: str
    password: SecretStr


@dataclass(frozen=True)
class GraphAccess:
    """A mailbox of Microsoft 365. `outside`: one that the bot must not be able to use."""

    tenant: str
    client: str
    proof: ProofKind
    value: str | Path | SecretStr
    send_only: bool
    login_url: str
    url: str
    outside: str


class MailSettings(BaseSettings):
    """Those that begin with MAIL, and who letters come from."""

    sender: str = NOBODY
    """The address that letters are sent from; with Microsoft 365 the mailbox."""
    mail: Literal["folder", "smtp", "graph"] = "folder"
    """How letters leave: into a folder on this computer, through a mail server, or through Microsoft 365."""
    mail_subject_prefix: str = Field(default="", max_length=40, pattern=r"^[ -~]*$")
    """What begins each subject, where that makes the mail system encrypt."""
    mail_header: Annotated[Header | None, NoDecode, BeforeValidator(_read_header)] = None
    """A header of each letter, where that makes the mail system encrypt."""
    mail_ca_file: Path | None = None
    """Certificates of an authority of one's own, which is believed beside those that this computer knows."""
    mail_smtp_server: Annotated[Address | None, NoDecode, BeforeValidator(read_optional_address)] = None
    mail_smtp_tls: Literal["", "starttls", "implicit"] = ""
    """Empty: implicit at port 465, else STARTTLS."""
    mail_smtp_user: str = ""
    mail_smtp_password: Secret = SecretStr("")
    mail_graph_tenant: str = Field(default="", pattern=r"^[A-Za-z0-9.-]*$")
    mail_graph_client: str = Field(default="", pattern=r"^[A-Za-z0-9-]*$")
    """The app's id."""
    mail_graph_managed_identity: str = Field(default="", pattern=r"^[A-Za-z0-9-]*$")
    """“system”, or the client id of one of several."""
    mail_graph_token_file: Path | None = None
    mail_graph_certificate: Path | None = None
    mail_graph_secret: Secret = SecretStr("")
    mail_graph_send_only: bool = False
    """With the right to send and no other."""
    mail_graph_login_url: str = LOGIN
    mail_graph_url: str = GRAPH
    mail_graph_outside: str = ""
    """A mailbox that the bot must not be able to use, for `doctor` to try."""

    @field_validator("sender", "mail_graph_outside")
    @classmethod
    def _mailbox(cls, address: str) -> str:
        try:
            return read_email(address) if address else ""
        except InvalidAnswer:
            raise ValueError("It has to be one e-mail address, like bot@example.org.") from None

    @field_validator("mail_graph_login_url", "mail_graph_url")
    @classmethod
    def _web(cls, url: str) -> str:
        check_web_address(url, GRAPH)
        return url.rstrip("/")

    @field_validator("mail_ca_file", "mail_graph_token_file", "mail_graph_certificate", mode="before")
    @classmethod
    def _no_file(cls, typed: object) -> object:
        return None if typed == "" else typed

    @property
    def mail_access(self) -> SmtpAccess | GraphAccess | None:
        """How real mail leaves; None for the folder. Raises ConfigError where something is missing or too much."""
        for kind in ("smtp", "graph"):
            if self.mail != kind and (there := given(self, f"mail_{kind}_")):
                raise ConfigError(
                    f"{name(there[0])} is set, but {name('mail')} is {self.mail}. Set {name('mail')}={kind}, or "
                    f"remove {name(there[0])}."
                )
        if self.mail == "folder":
            return None
        if self.sender in {"", NOBODY}:
            raise ConfigError(f"Set {name('sender')} to the address that letters are sent from.")
        if self.mail_ca_file and not self.mail_ca_file.is_file():
            raise ConfigError(f"There is no file {self.mail_ca_file}: {name('mail_ca_file')} has to name one.")
        return self._smtp() if self.mail == "smtp" else self._graph()

    def _smtp(self) -> SmtpAccess:
        server, password = self.mail_smtp_server, self.mail_smtp_password
        if server is None:
            raise ConfigError(
                f"Set {name('mail_smtp_server')} to the mail server and its port, like mail.example.org:587."
            )
        if bool(self.mail_smtp_user) != bool(len(password)):
            missing = "mail_smtp_password" if self.mail_smtp_user else "mail_smtp_user"
            raise ConfigError(f"Set {name(missing)} too: to log in at the mail server takes a name and a password.")
        for setting, value in (
            ("mail_smtp_user", self.mail_smtp_user),
            ("mail_smtp_password", password.get_secret_value()),
        ):
            if not value.isascii():
                raise ConfigError(
                    f"{name(setting)} has a letter or sign that cannot be said to a mail server at login. Take another "
                    "one, of English letters, digits and the signs of an English keyboard but £ and €."
                )
        implicit = self.mail_smtp_tls == "implicit" or (self.mail_smtp_tls == "" and server.port == 465)
        return SmtpAccess(server, implicit, self.mail_smtp_user, password)

    def _graph(self) -> GraphAccess:
        proof, value = chosen_proof(self, "mail_graph_", ("mail_graph_tenant", "mail_graph_client"))
        return GraphAccess(
            self.mail_graph_tenant,
            self.mail_graph_client,
            proof,
            value,
            self.mail_graph_send_only,
            self.mail_graph_login_url,
            self.mail_graph_url,
            self.mail_graph_outside,
        )
