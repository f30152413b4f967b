"""Mail: where letters may go, the mail server or Microsoft 365, which mailboxes the bot may use; and a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from typing import TYPE_CHECKING

from bot.config import Settings
from bot.doctor.findings import Finding, listed, ok, unknown, wrong
from bot.doctor.login import certificate
from bot.errors import ConfigError, DeliveryError, Shut, TryLater
from bot.mail_settings import GraphAccess, SmtpAccess
from bot.policies import Policies
from bot.ports import Letter, Mailer
from bot.wiring import mail as wiring

if TYPE_CHECKING:  # its libraries are loaded where they are needed only
    from bot.mail.graph import Graph

DOMAINS, SERVER, LOGIN, RIGHTS = "mail, domains", "mail, server", "mail, login", "mail, rights"
RETURNED, COPIES = "mail, returned letters", "mail, own copies"
MAILBOX, OTHERS, CERTIFICATE, TEST = "mail, mailbox", "mail, other mailboxes", "mail, certificate", "mail, test"
LIMIT = (
    "Limit the app to its mailbox with RBAC for Applications in Exchange Online, and take back in Microsoft Entra what "
    "was consented to for the whole tenant; the README says how."
)
ASSIGN = (
    "Assign it in Exchange Online for the one mailbox, as “Application Mail.Send” and “Application Mail.ReadWrite”; "
    "the README says how. Do not consent to it for the whole tenant."
)
BY_HAND = "Ask Exchange: Test-ServicePrincipalAuthorization with the app and that mailbox; the README says how."
NOTHING = {
    "message": {"subject": "Nothing", "body": {"contentType": "text", "content": ""}, "toRecipients": []},
    "saveToSentItems": False,
}
"""What cannot be sent, since it is to nobody: whoever may not use the mailbox is refused before that is seen."""
AGAIN = "See whether this computer can reach it, then ask again."
ANY = {"$top": "1", "$select": "id"}


def mail(
    settings: Settings,
    access: SmtpAccess | GraphAccess,
    policies: Policies | None,
    now: Callable[[], datetime],
    *,
    send_test: bool,
) -> Iterator[Finding]:
    """Everything about real mail that can be seen from here. A letter is sent only if that was asked for."""
    with ExitStack() as stack:
        try:
            mailer = wiring.mailer(settings, stack, now)
        except ConfigError as error:
            yield wrong(LOGIN, str(error))
            return
        yield from _domains(policies, settings.agency_domains, now()) if policies else ()
        match access:
            case SmtpAccess():
                yield _server(settings, access, now)
                yield _read_by_hand(settings.sender)
            case GraphAccess():
                yield from _graph(wiring.reached(settings, access, stack), access, now())
        if send_test:
            yield _test(mailer, settings.sender, now(), looks=isinstance(access, GraphAccess) and not access.send_only)


def _domains(policies: Policies, agencies: tuple[str, ...], now: datetime) -> Iterator[Finding]:
    real = policies.for_real_mail()
    for policy_id in policies.current(now.date()):
        if domains := real.letters_to(policy_id):
            yield ok(DOMAINS, f"Letters of {policy_id} may go to {listed(list(domains))}.")
        else:
            says = f"The policy {policy_id} does not say where letters may go, so none of it would go to anybody else."
            yield unknown(DOMAINS, says, "Add mail_domains to its file, if it is used here.")
    if agencies:
        yield ok(COPIES, f"What people are sent themselves may also go to {listed(list(agencies))}.")
    else:
        says = "What people are sent themselves goes to the domains of their policy only, so to few agencies or none."
        yield unknown(COPIES, says, "Set ESCALATION_BOT_AGENCY_DOMAINS to the domains of the agencies that take part.")


def _failed(about: str, error: DeliveryError) -> Finding:
    """What the bot would tell a person; where nobody could be asked, nothing is known."""
    if isinstance(error, TryLater) and not isinstance(error, Shut):
        return unknown(about, str(error), AGAIN)
    return wrong(about, str(error))


def _server(settings: Settings, access: SmtpAccess, now: Callable[[], datetime]) -> Finding:
    try:
        wiring.smtp(settings, access, now).check()
    except DeliveryError as error:
        return _failed(SERVER, error)
    login = ", and takes the name and the password" if access.user else ""
    return ok(SERVER, f"{access.server} encrypts, can prove who it is{login}.")


# ── Microsoft 365 ────────────────────────────────────────────────────────────────────────────────────────────


def _graph(graph: Graph, access: GraphAccess, now: datetime) -> Iterator[Finding]:
    from bot.entra import rights

    yield from certificate(CERTIFICATE, wiring.proof_of(access), now)
    try:
        token = graph.tokens.token()
    except DeliveryError as error:
        yield _failed(LOGIN, error)
        return
    yield ok(LOGIN, f"Microsoft lets the bot log in, with its {access.proof.replace('_', ' ')}.")
    own = _own(graph, access)
    yield from _rights(rights(token), access, reads=own.state == "ok" and not access.send_only)
    yield own
    yield _returned(graph, access, now)
    yield _others(graph, access)


def _rights(there: frozenset[str], access: GraphAccess, *, reads: bool) -> Iterator[Finding]:
    """Those of the whole tenant. Rights for single mailboxes are not seen in a token; `reads`: it has that for its own
    all the same."""
    needed = {"Mail.Send"} if access.send_only else {"Mail.Send", "Mail.ReadWrite"}
    missing = needed - there if there else set[str]()
    if missing == {"Mail.ReadWrite"} and reads:
        yield wrong(
            RIGHTS, f"The app has {listed(sorted(there))} for the whole tenant, not for its mailbox only.", LIMIT
        )
    elif missing:
        yield wrong(RIGHTS, f"The app lacks {listed(sorted(missing))}.", ASSIGN)
    elif more := sorted(there - needed):
        yield wrong(RIGHTS, f"The app also has {listed(more)}, which the bot does not need.", LIMIT)
    elif there:
        yield ok(RIGHTS, "The app has exactly the rights that it needs.")


def _own(graph: Graph, access: GraphAccess) -> Finding:
    from bot.mail.graph.calling import Denied

    try:
        graph.errand().ask("look up", "GET", "/messages", params=ANY)
    except Denied as denied:
        if access.send_only:
            return ok(MAILBOX, f"The bot may not read {graph.mailbox}, as it should be where it only sends.")
        return wrong(MAILBOX, str(denied))
    except DeliveryError as error:
        return _failed(MAILBOX, error)
    if access.send_only:
        remedy = "Take that right away, or remove ESCALATION_BOT_MAIL_GRAPH_SEND_ONLY."
        return wrong(MAILBOX, f"The bot may also read {graph.mailbox}, which it does not need to only send.", remedy)
    return ok(MAILBOX, f"The bot may use {graph.mailbox}.")


def _returned(graph: Graph, access: GraphAccess, now: datetime) -> Finding:
    if access.send_only:
        return _read_by_hand(graph.mailbox)
    from bot.mail.graph.notices import Notices
    from bot.mail.letters import unmarked

    try:
        Notices(graph, unmarked).letters(now, list)
    except DeliveryError as error:
        return unknown(RETURNED, f"It is not known whether the bot sees what comes back. {error}", AGAIN)
    return ok(RETURNED, "The bot sees when a letter could not be delivered and comes back.")


def _read_by_hand(mailbox: str) -> Finding:
    says = f"A letter that could not be delivered comes back to {mailbox}, and the bot may not look there."
    return unknown(
        RETURNED, says, "Let somebody look into that mailbox every day, and tell whoever leads the escalation."
    )


def _others(graph: Graph, access: GraphAccess) -> Finding:

    if not access.outside:
        remedy = "Name somebody’s mailbox in ESCALATION_BOT_MAIL_GRAPH_OUTSIDE: it is tried whether the bot may use it."
        return unknown(OTHERS, "It was not tried whether the bot could use other mailboxes too.", remedy)
    try:
        reads, sends = not access.send_only and _may_read(graph, access.outside), _may_send(graph, access.outside)
    except DeliveryError as error:
        return unknown(OTHERS, str(error), f"Name another mailbox, then ask again. Or by hand: {BY_HAND}")
    if reads:
        return wrong(
            OTHERS, f"The bot may use {access.outside} too, and so perhaps every mailbox of the tenant.", LIMIT
        )
    if sends:
        says = f"The bot may send as {access.outside} too, and so perhaps as every mailbox of the tenant."
        return wrong(OTHERS, says, LIMIT)
    return ok(OTHERS, f"The bot may not use {access.outside}, as it should be.")


def _may_read(graph: Graph, mailbox: str) -> bool:
    from bot.mail.graph.calling import Denied

    try:
        graph.errand(mailbox).ask("look up", "GET", "/messages", params=ANY)
    except Denied:
        return False
    return True


def _may_send(graph: Graph, mailbox: str) -> bool:
    """Without sending: a letter to nobody is refused as such only to whoever may send from there."""
    from bot.mail.graph.calling import Denied, Unaddressed

    try:
        graph.errand(mailbox).send("/sendMail", json=NOTHING)
    except Denied:
        return False
    except Unaddressed:
        return True
    return True


# ── a test ───────────────────────────────────────────────────────────────────────────────────────────────────


def _test(mailer: Mailer, sender: str, now: datetime, *, looks: bool) -> Finding:
    letter = Letter(
        f"test/{now.isoformat()}",
        (sender,),
        "Escalation Bot: a test",
        "This letter was sent by “escalation-bot doctor --send-test”. Nobody has to do anything.",
        (),
        domains=(sender.rpartition("@")[2],),
    )
    try:
        receipt = mailer.send(letter)
        found = mailer.find(letter.key) if looks else receipt
    except DeliveryError as error:
        return _failed(TEST, error)
    if not found:
        return wrong(TEST, f"A letter was sent to {sender} and cannot be found in its mailbox.", "Please report this.")
    return ok(
        TEST, f"A letter is on its way to {sender} ({receipt}). Look whether it arrives, and how it is encrypted."
    )
