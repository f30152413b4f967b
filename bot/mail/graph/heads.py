"""What stands in the heads of a notice: which letter it is about, and whether that was delivered.

Rule 1: anybody may have written it, and so that it cannot be read, or takes long: it is read for a moment only.
Rule 2: what a letter answers was delivered: of the one that is attached, its mark and its Message-ID count only.
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
MAILBOX = re.compile(r"[^\s;,<>]+@[^\s;,<>]+")
MESSAGE_ID = re.compile(r"<[^<>\s']{3,250}>")
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


def heads_of(written: bytes) -> Notice:
    """What stands in the heads of a notice, of its report, and of the letter that is attached to it.

    What that letter answers was delivered: of its own head, its mark and its Message-ID count only.
    """
    message = _read(written[:MEGABYTE])
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
    return Notice(tuple(dict.fromkeys(marks))[:NAMES], tuple(dict.fromkeys(ids))[:NAMES], says, frozenset(recipients))


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
    """Of a report: one of its own, and one for each recipient."""
    return (
        _within(part)
        if part.get_content_type() in {"message/delivery-status", "message/global-delivery-status"}
        else []
    )


def _originals(part: Message) -> list[Message]:
    """The letter that it attaches; also one of which the heads only are there, as text."""
    if part.get_content_type() not in ORIGINALS:
        return []
    if part.get_content_maintype() == "message":
        return _within(part)
    content = part.get_payload(decode=True)
    return [BytesHeaderParser(policy=_Brief()).parsebytes(content if isinstance(content, bytes) else b"")]


def _all(head: Message, name: str) -> list[str]:
    return [str(value).strip().lower() for value in head.get_all(name, [])]


def _mailboxes(values: list[str]) -> list[str]:
    return [found for value in values for found in MAILBOX.findall(value)]


def _ids(head: Message, name: str) -> list[str]:
    return [found for value in head.get_all(name, []) for found in MESSAGE_ID.findall(str(value))]
