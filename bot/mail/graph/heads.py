"""What stands in the heads of a notice: which letter it is about, whether that was delivered, and who says so.

Rule 1: anybody may have written it, and so that it cannot be read, or takes long: it is read for a moment only.
Rule 2: what a letter answers was delivered: of the one that is attached, its mark and its Message-ID count only.
Rule 3: subjects and sentences are not read: they are in any language, and anybody can write them.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.feedparser import BytesFeedParser
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import Compat32

import structlog

from bot.mail.graph.writing import HEADER, MEGABYTE

log = structlog.get_logger()

NAMES = 5
"""So many letters, by mark or Message-ID, a notice is believed to be about at most."""
MOMENT, CHUNK, LONGEST = 1.0, 4096, 16384
"""So many seconds one notice is read, between parts of so many bytes; and so much of one line of a head."""
MOST = MEGABYTE
"""So many bytes of one are read at most. A report begins with what it says; at its end stands what came back, which may
be as long as the letter was, or as anybody has made it."""
MAILBOX = re.compile(r"[^\s;,<>]+@[^\s;,<>]+")
MESSAGE_ID = re.compile(r"<[^<>\s']{3,250}>")
OWN = "microsoftexchange329e71ec88ae4615bbc36ab6ce41109e@"
"""What the sender of Exchange's own reports begins with, in every organisation; nobody else may send from there."""
SERVERS = (OWN, "postmaster@", "mailer-daemon@")
"""What the senders of reports begin with."""
INSIDE = "X-MS-Exchange-Organization-AuthAs"
"""Exchange writes it, and takes away what comes from elsewhere with a head of such a name."""
REFUTED = re.compile(r"\b(spf|dkim|dmarc|compauth)=fail\b")
"""What a mail server notes of a sender who is another one than is said."""
BLANK = re.compile(rb"\r?\n[ \t]*\r?\n")
STATUS = frozenset({"message/delivery-status", "message/global-delivery-status"})
ORIGINALS = frozenset({"message/rfc822", "message/global", "message/global-headers", "text/rfc822-headers"})


@dataclass(frozen=True)
class Notice:
    """What the heads of a notice say."""

    marks: tuple[str, ...]
    message_ids: tuple[str, ...]
    failed: bool | None
    """None where they say neither that it failed nor that it did not."""
    recipients: frozenset[str] = frozenset()
    """The mailboxes that it did not reach, in small letters; none where they do not say."""
    is_sound: bool = False
    """Whether nothing speaks against a mail server's having written it: it says so, wants no answer, and whatever was
    checked of its sender is true."""
    is_own: bool = False
    """Whether the mailbox's own Exchange has written it, which nobody outside can make up."""


def heads_of(written: bytes) -> Notice:
    """What stands in the heads of a notice, of its report, and of the letter that is attached to it.

    What that letter answers was delivered: of its own head, its mark and its Message-ID count only.
    """
    message = _read(written[:MOST])
    marks: list[str] = []
    ids: list[str] = []
    actions: list[str] = []
    recipients = _mailboxes(_all(message, "X-Failed-Recipients"))
    for part in _parts(message):
        for block in _blocks(part):
            said = [action.split()[0] for action in _all(block, "Action") if action]
            actions += said
            if "failed" in said:
                recipients += _mailboxes(_all(block, "Original-Recipient") + _all(block, "Final-Recipient"))
        for head in _originals(part):
            marks += _all(head, HEADER)
            ids += _ids(head, "Message-ID")
    failed = "X-Failed-Recipients" in message
    says = failed or "failed" in actions if failed or actions else None
    ids = ids or _ids(message, "In-Reply-To") or _ids(message, "References")[-1:]
    names = tuple(dict.fromkeys(marks))[:NAMES], tuple(dict.fromkeys(ids))[:NAMES]
    return Notice(*names, says, frozenset(recipients), _is_sound(message), _is_own(message))


def _is_sound(message: Message) -> bool:
    senders = _mailboxes(_all(message, "From"))
    if not senders or not all(each.startswith(SERVERS) for each in senders):
        return False
    if any(_mailboxes([path]) for path in _all(message, "Return-Path")):  # a report goes back to nobody (RFC 3464)
        return False
    return not any(REFUTED.search(each) for each in _all(message, "Authentication-Results"))


def _is_own(message: Message) -> bool:
    senders = _mailboxes(_all(message, "From"))
    return bool(senders) and all(each.startswith(OWN) for each in senders) and _all(message, INSIDE) == ["internal"]


class _Brief(Compat32):
    """What would take long to be taken apart is cut off; nothing that is looked for is so long."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:LONGEST]


def _read(written: bytes) -> Message:
    """As far as a moment goes: what is written so that it takes long is read no further."""
    parser, until = BytesFeedParser(policy=_Brief()), time.monotonic() + MOMENT
    for begin in range(0, len(written), CHUNK):
        parser.feed(written[begin : begin + CHUNK])
        if time.monotonic() > until:
            log.warning("a notice takes too long to be read")
            break
    return parser.close()


def _parts(message: Message) -> Iterator[Message]:
    """It and its parts, but not those of a letter that is one of them."""
    left = [message]
    while left:
        part = left.pop(0)
        yield part
        if part.get_content_maintype() == "multipart":
            left += _within(part)


def _within(part: Message) -> list[Message]:
    content = part.get_payload()
    return [each for each in content if isinstance(each, Message)] if isinstance(content, list) else []


def _blocks(part: Message) -> list[Message]:
    """Of a report: one of its own, and one for each recipient; also of one in letters of any language, or encoded, of
    which the library knows one block, or none."""
    if part.get_content_type() not in STATUS:
        return []
    found = _within(part)
    rest = (text for block in found if isinstance(text := block.get_payload(), str) and text.strip())
    return found + [_head(block) for text in rest for block in BLANK.split(_decoded(text, part))]


def _decoded(text: str, part: Message) -> bytes:
    whole = Message()
    whole.set_payload(text)
    whole["Content-Transfer-Encoding"] = str(part.get("Content-Transfer-Encoding", ""))
    content = whole.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _head(text: bytes) -> Message:
    return BytesHeaderParser(policy=_Brief()).parsebytes(text.lstrip())


def _originals(part: Message) -> list[Message]:
    """The letter that it attaches; also one of which the heads only are there, as text."""
    if part.get_content_type() not in ORIGINALS:
        return []
    if part.get_content_maintype() == "message":
        return _within(part)
    content = part.get_payload(decode=True)
    return [_head(content if isinstance(content, bytes) else b"")]


def _all(head: Message, name: str) -> list[str]:
    return [str(value).strip().lower() for value in head.get_all(name, [])]


def _mailboxes(values: list[str]) -> list[str]:
    return [found for value in values for found in MAILBOX.findall(value)]


def _ids(head: Message, name: str) -> list[str]:
    return [found for value in head.get_all(name, []) for found in MESSAGE_ID.findall(str(value))]
