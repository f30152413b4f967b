"""How letters leave: into a folder, through a mail server, or through Microsoft 365. One line for each."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from bot.config import Settings, proxy_of
from bot.errors import ConfigError
from bot.mail.folder import MailFolder
from bot.mail.letters import Envelope
from bot.mail_settings import OWN, GraphAccess, SmtpAccess
from bot.policies import Policies
from bot.ports import Mailer
from bot.wiring.platforms import MAILBOX
from bot.words import load as load_words

if TYPE_CHECKING:  # what a transport needs is loaded where it is used only
    from bot.mail.graph import Graph
    from bot.mail.graph.tokens import Proof
    from bot.mail.smtp import SmtpMailer

TALKATIVE = ("httpx", "httpcore", "msal")
"""What they would log holds addresses and tokens."""

Limited = Callable[[str], None]


def envelope(settings: Settings) -> Envelope:
    return Envelope(settings.sender, settings.mail_subject_prefix, settings.mail_header)


def mailer(
    settings: Settings, stack: ExitStack, now: Callable[[], datetime], limited: Limited = lambda _: None
) -> Mailer:
    """As it is set. Raises ConfigError; nothing is asked of a server here. The `stack` closes what it opens."""
    access = settings.mail_access
    words = load_words("en-GB")
    match access:
        case None:
            return MailFolder(settings.data / MAILBOX, envelope(settings), words, now)
        case SmtpAccess():
            return smtp(settings, access, now)
        case GraphAccess():
            return graph(settings, access, stack, limited)


def smtp(settings: Settings, access: SmtpAccess, now: Callable[[], datetime]) -> SmtpMailer:
    from bot.mail.smtp import Server, SmtpMailer

    host, port = access.server.host, access.server.port
    server = Server(
        host, port, trusting(settings.mail_ca_file), access.implicit, access.user, access.password.get_secret_value()
    )
    return SmtpMailer(server, envelope(settings), load_words("en-GB"), now)


def graph(settings: Settings, access: GraphAccess, stack: ExitStack, limited: Limited) -> Mailer:
    from bot.mail.graph import GraphDrafts, GraphSender

    kind = GraphSender if access.send_only else GraphDrafts
    return kind(reached(settings, access, stack, limited), envelope(settings), load_words("en-GB"))


def reached(settings: Settings, access: GraphAccess, stack: ExitStack, limited: Limited = lambda _: None) -> Graph:
    """Microsoft Graph, as the bot reaches its mailbox with it."""
    import httpx

    from bot.mail.graph import Application, Graph, ManagedIdentity, Tokens

    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    words, proof = load_words("en-GB"), proof_of(access)
    trusted = trusting(settings.mail_ca_file)
    # The identity of the computer is asked for on the computer itself, never through a proxy.
    way = "" if isinstance(proof, ManagedIdentity) else proxy_of(access.login_url)
    http, login = (
        stack.enter_context(httpx.Client(verify=trusted, proxy=proxy or None, trust_env=False))
        for proxy in (proxy_of(access.url), way)
    )
    tokens = Tokens(Application(access.tenant, access.client, proof, access.login_url), access.url, login, words)
    return Graph(access.url, settings.sender, tokens, http, words, limited)


def proof_of(access: GraphAccess) -> Proof:
    from bot.mail.graph import Certificate, Federated, ManagedIdentity, Secret

    match access.proof, access.value:
        case "managed_identity", str(name):
            return ManagedIdentity("" if name == OWN else name)
        case "token_file", Path() as file:
            return Federated(file)
        case "certificate", Path() as file:
            proof = Certificate(file)
            try:
                proof.expires()
            except (OSError, ValueError):
                raise ConfigError(
                    f"{file} cannot be used: it has to hold an RSA private key without a password and its certificate, "
                    "both as PEM, and the bot has to be allowed to read it. It stands in "
                    "ESCALATION_BOT_MAIL_GRAPH_CERTIFICATE."
                ) from None
            return proof
        case "secret", SecretStr() as secret:
            return Secret(secret.get_secret_value())
    raise AssertionError(access.proof)


@cache
def trusting(ca_file: Path | None) -> ssl.SSLContext:
    """Believes the authorities that this computer knows, and this one."""
    context = ssl.create_default_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except (OSError, ssl.SSLError):
            raise ConfigError(
                f"{ca_file} cannot be used: it has to hold certificates as PEM. It stands in "
                "ESCALATION_BOT_MAIL_CA_FILE."
            ) from None
    return context


def check_policies(settings: Settings, policies: Policies, day: date) -> None:
    """Raises ConfigError where real mail is set, and nobody real would send it, or a policy does not say where to."""
    if settings.mail_access is None:
        return
    if settings.slack is None:
        raise ConfigError(
            f"ESCALATION_BOT_MAIL is {settings.mail}, but only the invented people of the console would send letters. "
            "Connect Slack first, or remove ESCALATION_BOT_MAIL; escalation-bot doctor --send-test tries mail alone."
        )
    for policy_id in policies.current(day):
        if not policies[policy_id].mail_domains:
            raise ConfigError(
                f"ESCALATION_BOT_MAIL is {settings.mail}, but the policy {policy_id} does not say where letters may "
                "go. Add the domains of the partnership and of the agencies to its file, like "
                "mail_domains: [council.example.org, trust.example.org]."
            )
