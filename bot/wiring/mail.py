"""How letters leave: into a folder, through a mail server, or through Microsoft 365. One line for each."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from bot.config import Settings, proxy_of
from bot.errors import ConfigError
from bot.mail.folder import MailFolder
from bot.mail.letters import Envelope, Marks, unmarked
from bot.mail_settings import GraphAccess, SmtpAccess
from bot.policies import Policies
from bot.ports import Mailer
from bot.store import Keyring
from bot.wiring import entra
from bot.wiring.entra import login_over, silence
from bot.wiring.platforms import MAILBOX
from bot.words import load as load_words

if TYPE_CHECKING:  # what a transport needs is loaded where it is used only
    from bot.entra import Proof
    from bot.mail.graph import Graph
    from bot.mail.smtp import SmtpMailer

log = structlog.get_logger()
Limited = Callable[[str], None]


def envelope(settings: Settings) -> Envelope:
    return Envelope(settings.sender, settings.mail_subject_prefix, settings.mail_header, _marks(settings.keyring))


def _marks(keyring: Path) -> Marks:
    """Of those letters that come back to where the bot may look; where there is no keyring yet, nothing was sent."""
    try:
        ring = Keyring.open(keyring)
    except ConfigError:
        return unmarked
    return lambda key: ring.marks(f"letter {key}".encode())


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


def returns_to(settings: Settings) -> str:
    """The mailbox to which a letter comes back, where the bot cannot look into it; "" where it can, or none leaves."""
    match settings.mail_access:
        case None | GraphAccess(send_only=False):
            return ""
        case _:
            return settings.sender


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

    from bot.entra import Application, Tokens
    from bot.mail.graph import Graph

    silence()
    words, proof = load_words("en-GB"), proof_of(access)
    trusted = trusting(settings.mail_ca_file)
    login = login_over(proof, access.login_url, trusted, stack)
    http = stack.enter_context(httpx.Client(verify=trusted, proxy=proxy_of(access.url) or None, trust_env=False))
    tokens = Tokens(Application(access.tenant, access.client, proof, access.login_url), access.url, login, words)
    return Graph(access.url, settings.sender, tokens, http, words, limited)


def proof_of(access: GraphAccess) -> Proof:
    return entra.proof_of(access.proof, access.value, "ESCALATION_BOT_MAIL_GRAPH_CERTIFICATE")


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
    """Raises ConfigError where real mail is set, and nobody real would send it.

    A policy that does not say where letters may go stops nothing: none of its own leave, whoever would send one is
    told, and here it is logged.
    """
    if settings.mail_access is None:
        return
    if settings.slack is None and settings.teams_access is None:
        raise ConfigError(
            f"ESCALATION_BOT_MAIL is {settings.mail}, but only the invented people of the console would send letters. "
            "Connect Slack or Teams first, or remove ESCALATION_BOT_MAIL; escalation-bot doctor --send-test tries mail "
            "alone."
        )
    for policy_id in policies.current(day):
        if not policies.for_real_mail().letters_to(policy_id):
            log.warning("a policy does not say where letters may go, so none go to anybody else", policy=policy_id)
