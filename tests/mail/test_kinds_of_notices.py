"""What comes into the bot's mailbox about a letter, as Exchange Online and others write it: which of it says that the
letter was not delivered, and of which it is sure that a mail server has said so.

All of it was written for this file, by what Microsoft and RFC 3464, 3461, 6522 and 6533 say of such notices.
"""

from __future__ import annotations

import base64
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest
from structlog.testing import capture_logs

from bot.mail.graph import GraphDrafts
from bot.mail.graph.heads import MOST, heads_of
from bot.words import load
from tests.mail.exchange import Exchange
from tests.mail.graphs import ENVELOPE, LETTER, graph, http, small

TO = "admin.sbu@herefordshire.gov.uk"
MARK = f"X-Escalation-Bot-Letter: {ENVELOPE.marks(LETTER.key)[0]}"
SENT_AS = "<message-1@exchange.example>"
"""The Message-ID of the first letter, as our Exchange gives it."""
OUTLOOK = "Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.org>"
OWN = f"""From: {OUTLOOK}
X-MS-Exchange-Message-Is-Ndr:
X-MS-Exchange-Organization-AuthAs: Internal
Auto-Submitted: auto-replied
In-Reply-To: {SENT_AS}
References: {SENT_AS}"""
"""Above a report of the mailbox's own Exchange."""
POSTFIX = """Return-Path: <>
From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
Auto-Submitted: auto-replied
Authentication-Results: spf=none (sender IP is 192.0.2.7) smtp.helo=mx.example.net; dkim=none (message not signed);
 dmarc=none action=none header.from=mx.example.net; compauth=pass reason=130"""
"""Above a report of another mail server."""
FAILED = f"""Reporting-MTA: dns;LO4P123MB0001.GBRP123.PROD.OUTLOOK.COM
Received-From-MTA: dns;LO4P123MB0002.GBRP123.PROD.OUTLOOK.COM
Arrival-Date: Fri, 27 Mar 2026 10:00:00 +0000

Final-Recipient: rfc822;{TO}
Action: failed
Status: 5.1.10
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup
X-Display-Name: {TO}
"""
OF_OURS = f"""Received: from LO4P123MB0001.GBRP123.PROD.OUTLOOK.COM by LO4P123MB0002
Message-ID: {SENT_AS}
From: <bot@example.org>
Subject: Report to HSCP: E-4KX-7PW
{MARK}
"""
SAID = "Content-Type: text/html; charset=utf-8\n\n<p>Your message to admin.sbu couldn't be delivered.</p>\n"
BACK = f"Content-Type: text/rfc822-headers\n\n{OF_OURS}"


def report(
    above: str = OWN,
    status: str = FAILED,
    back: str = BACK,
    *,
    kind: str = "message/delivery-status",
    subject: str = "Undeliverable: Report to HSCP",
    said: str = SAID,
) -> str:
    """As mail servers write it: what people read, what machines read, and what came back."""
    parts = [said, f"Content-Type: {kind}\n\n{status}", *([back] if back else [])]
    whole = "".join(f"--r\n{part}\n" for part in parts)
    head = f"{above}\nSubject: {subject}\nMIME-Version: 1.0\n"
    kept = 'Content-Type: multipart/report; report-type="delivery-status";\n\tboundary="r"\n\n'
    return f"{head}{kept}{whole}--r--\n".replace("\n", "\r\n")


def of(**changed: str) -> str:
    """The status, with other lines in it; without those that are empty."""
    lines = {line.partition(":")[0]: line for line in FAILED.splitlines() if line}
    for name, value in changed.items():
        key = name.replace("_", "-")
        lines[key] = f"{key}:{value}" if value else ""
    mta = [lines.pop(name) for name in ("Reporting-MTA", "Received-From-MTA", "Arrival-Date")]
    return "\n".join([*mta, "", *filter(None, lines.values()), ""])


@dataclass(frozen=True)
class Came:
    """Something that came. `report`: whether Exchange files it as a report that something was not delivered."""

    written: str
    report: bool = True
    sender: str = "microsoftexchange329e71ec88ae4615bbc36ab6ce41109e@example.org"


WHOLE = f"Content-Type: message/rfc822\n\n{OF_OURS}\nPlease find the report attached.\n"
IN_UTF8 = FAILED.replace("rfc822;", "utf-8;")

SURE = {
    "Exchange's own, with the heads that came back": report(),
    "with the whole letter": report(back=WHOLE),
    "of which people read what is in Welsh": report(
        subject="=?utf-8?B?TmkgZWxsaWQgZGFuZm9uOiDigJMgSFNDUA==?=",
        said="Content-Type: text/html; charset=utf-8\nContent-Language: cy\n\n<p>Ni ellid danfon eich neges.</p>\n",
    ),
    "without what came back, of which only the Message-ID is known": report(back=""),
    "another mail server's": report(POSTFIX, back=WHOLE),
    "with every head folded, in other capitals": report(
        POSTFIX,
        f"Reporting-mta: DNS; example.net\n\nFinal-recipient: RFC822;\n {TO.upper()}\nACTION: Failed\nSTATUS: 5.1.1\n",
    ),
    "handed on by a relay, to another address": report(
        POSTFIX, of(Original_Recipient=f"rfc822;{TO}", Final_Recipient="rfc822;box-7@store.example.net")
    ),
    "that names no recipient": report(POSTFIX, of(Final_Recipient="", X_Display_Name="")),
    "given up after days of trying": report(status=of(Status="4.4.7", Diagnostic_Code="smtp;550 4.4.7 QUEUE.Expired")),
    "with its reason beside the word": report(POSTFIX, of(Action="failed (mailbox disabled)")),
    "of several, one not reached": report(
        status=f"{FAILED}\nFinal-Recipient: rfc822;other@example.org\nAction: delivered\nStatus: 2.1.5\n"
    ),
    "in letters of any language": report(POSTFIX, IN_UTF8, kind="message/global-delivery-status"),
    "in letters of any language, encoded": report(
        POSTFIX,
        base64.encodebytes(IN_UTF8.encode()).decode(),
        kind="message/global-delivery-status\nContent-Transfer-Encoding: base64",
    ),
    "with the heads encoded": report(
        back=f"Content-Type: text/rfc822-headers\nContent-Transfer-Encoding: base64\n\n"
        f"{base64.encodebytes(OF_OURS.encode()).decode()}"
    ),
    "a hosted mailbox's, with a head of its own": report(f"X-Failed-Recipients: {TO}\n{POSTFIX}", back=WHOLE),
}

KNOWN_BY_ID = BACK.replace(MARK, "X-Other: 1")
DOUBTED = {
    "made up by whoever got an answer to it, and so the Message-ID": report(POSTFIX, back=KNOWN_BY_ID),
    "made up so, with a mark that is none": report(POSTFIX, back=BACK.replace(MARK, f"{MARK[:30]}{'0' * 40}")),
    "made up so, with the sender that is Exchange's": report(OWN.replace("Internal", "Anonymous"), back=""),
    "made up so, as if it came from inside": report(f"{OWN}\nX-MS-Exchange-Organization-AuthAs: Anonymous", back=""),
    "sent from inside, by somebody": report(OWN.replace(OUTLOOK, "Kit <kit@example.org>"), back=""),
    "of Exchange's own, about a letter with our Message-ID to nobody knows whom": report(
        status=of(Final_Recipient=""), back=""
    ),
    "from somebody's mailbox": report(POSTFIX.replace("MAILER-DAEMON@mx", "kit@mail")),
    "under a name that looks like a mail server's": report(
        POSTFIX.replace("MAILER-DAEMON@mx.example.net", '"postmaster@example.net" <kit@evil.example>')
    ),
    "which would be answered to somebody": report(POSTFIX.replace("<>", "<kit@evil.example>")),
    "whose sender was found to be another": report(POSTFIX.replace("dmarc=none", "dmarc=fail")),
    "whose sender could be anybody": report(POSTFIX.replace("compauth=pass", "compauth=fail")),
}

JOURNALED = f"Content-Type: message/rfc822\n\n{OF_OURS}\nPlease find the report attached.\n"
JOURNAL = f"""From: {OUTLOOK}
X-MS-Journal-Report:
X-MS-Exchange-Organization-AuthAs: Internal
Message-ID: <journal-1@example.org>
Content-Type: multipart/mixed; boundary=j

--j
Content-Type: text/plain

Sender: bot@example.org
Message-Id: {SENT_AS}
Recipient: {TO}
--j
{JOURNALED}
--j--
"""
ABSENT = f"""From: {TO}
Subject: Automatic reply: Report to HSCP
Auto-Submitted: auto-generated
X-Auto-Response-Suppress: All
In-Reply-To: {SENT_AS}
Return-Path: <>

I am away until Monday. Action: failed
"""
OTHERS = {
    "a delay, after which it is tried on": Came(report(status=of(Action="delayed", Status="4.4.1"))),
    "a delay, filed as something else": Came(
        report(POSTFIX, of(Action="delayed", Status="4.0.0")), False, "postmaster@x"
    ),
    "a delay, in letters of any language": Came(
        report(POSTFIX, IN_UTF8.replace("failed", "delayed"), kind="message/global-delivery-status")
    ),
    "handed on to a server that reports nothing": Came(report(status=of(Action="relayed", Status="2.1.9"))),
    "spread to the members of a list": Came(report(status=of(Action="expanded", Status="2.1.5"))),
    "a delivery receipt": Came(report(status=of(Action="delivered", Status="2.1.5")), False, "postmaster@example.net"),
    "an absence note": Came(ABSENT.replace("\n", "\r\n"), False, TO),
    "an absence note of a shared mailbox called so": Came(
        ABSENT.replace("\n", "\r\n"), False, "postmaster@example.net"
    ),
    "a read receipt": Came(
        report(
            POSTFIX,
            f"Final-Recipient: rfc822;{TO}\nDisposition: manual-action/MDN-sent-manually; deleted\n"
            f"Original-Message-ID: {SENT_AS}\n",
            back="",
            kind="message/disposition-notification",
        ),
        False,
        "postmaster@example.net",
    ),
    "a copy for the journal": Came(JOURNAL.replace("\n", "\r\n"), False),
    "a copy for the journal that could not be kept": Came(
        report(
            OWN.replace(SENT_AS, "<journal-1@example.org>"),
            of(Final_Recipient="rfc822;journal@archive.example"),
            back=f"Content-Type: message/rfc822\n\n{JOURNAL}",
        )
    ),
    "a report about somebody else's letter": Came(
        report(OWN.replace("message-1", "message-9"), back=BACK.replace("message-1", "message-9").replace(MARK, "X: 1"))
    ),
}


@pytest.fixture
def mailer(exchange: Exchange, client: httpx.Client) -> GraphDrafts:
    """Two letters have left."""
    mailer = GraphDrafts(graph(exchange, client), ENVELOPE, load())
    mailer.send(LETTER)
    mailer.send(small(2))
    return mailer


def look(exchange: Exchange, mailer: GraphDrafts, came: Came) -> dict[str, bool]:
    """Which letters came back, and whether that is sure, for the recipient to whom they were sent."""
    exchange.notice(came.written, sender=came.sender, report=came.report)
    keys = [LETTER.key, small(2).key]
    found = mailer.came_back(exchange.now - timedelta(days=14), lambda: keys)
    return {key: each.reached_not(TO) for key, each in found.items()}


@pytest.mark.parametrize("what", SURE)
def test_a_report_that_a_mail_server_wrote_is_believed(exchange: Exchange, mailer: GraphDrafts, what: str) -> None:
    assert heads_of(SURE[what].encode()).failed
    assert look(exchange, mailer, Came(SURE[what])) == {LETTER.key: True}


@pytest.mark.parametrize("what", DOUBTED)
def test_a_report_that_others_may_have_written_is_a_doubt(exchange: Exchange, mailer: GraphDrafts, what: str) -> None:
    assert look(exchange, mailer, Came(DOUBTED[what])) == {LETTER.key: False}


@pytest.mark.parametrize("what", OTHERS)
def test_what_says_nothing_of_a_letter_that_failed_is_passed_over(
    exchange: Exchange, mailer: GraphDrafts, what: str
) -> None:
    assert look(exchange, mailer, OTHERS[what]) == {}


# ── how much of one is read ──────────────────────────────────────────────────────────────────────────────────


@dataclass
class Counted(httpx.SyncByteStream):
    """What is taken off the line, piece by piece."""

    stream: httpx.SyncByteStream
    taken: list[int]

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.stream:
            self.taken.append(len(piece))
            yield piece

    def close(self) -> None:
        self.stream.close()


class Counting(httpx.HTTPTransport):
    """Counts what is taken of each answer."""

    def __init__(self, trusted: ssl.SSLContext) -> None:
        super().__init__(verify=trusted)
        self.taken: dict[str, list[int]] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = super().handle_request(request)
        assert isinstance(answer.stream, httpx.SyncByteStream)
        taken = self.taken.setdefault(request.url.path.rpartition("/")[2], [])
        return httpx.Response(answer.status_code, headers=answer.headers, stream=Counted(answer.stream, taken))


def test_of_what_is_longer_only_the_beginning_is_taken_which_says_all_that_counts(
    exchange: Exchange, trusted: ssl.SSLContext
) -> None:
    counting = Counting(trusted)
    long = report(back=f"{WHOLE}{'Kit Marker ' * 300_000}")
    with http(trusted, transport=counting) as client, capture_logs() as logs:
        mailer = GraphDrafts(graph(exchange, client), ENVELOPE, load())
        mailer.send(LETTER)
        assert look(exchange, mailer, Came(long)) == {LETTER.key: True}
    assert MOST < sum(counting.taken["$value"]) < len(long) / 2
    (told,) = [each for each in logs if each["event"] == "only the beginning of an answer was read"]
    assert told == {"event": told["event"], "log_level": "warning", "step": "read", "bytes": MOST}
