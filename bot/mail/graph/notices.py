"""Notices in the bot's mailbox that a letter of its own could not be delivered (non-delivery reports).

Rule 1: only such notices are asked for; of each, only heads are read: which letter it was, and that it failed.
Rule 2: a letter is known by its name, which its headers carry, or by its Message-ID; never by what anybody wrote.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message

import structlog

from bot.errors import Refused
from bot.mail.graph.calling import Answer, Graph
from bot.mail.graph.writing import HEADER, MEGABYTE, PROPERTY
from bot.mail.letters import name_of

log = structlog.get_logger()

REPORTS = "singleValueExtendedProperties/Any(ep: ep/id eq 'String 0x001A' and ep/value eq 'REPORT.IPM.Note.NDR')"
"""Exchange's own, and what it has recognised as the report of another mail server."""
SENDERS = " or ".join(f"startswith(from/emailAddress/address,'{each}@')" for each in ("postmaster", "mailer-daemon"))
"""What is written by other mail servers, and was not recognised."""
PAGE, PAGES = 100, 20
"""So many are listed at a time, and so often at most."""
AT_ONCE = 20
"""So many new notices are read at a time; the others wait for the next."""
MESSAGE_ID = re.compile(r"<[^<>\s']{3,250}>")


@dataclass(frozen=True)
class Notice:
    """What the heads of a notice say."""

    names: frozenset[str]
    message_ids: tuple[str, ...]
    failed: bool | None
    """None where they say neither that it failed nor that it did not."""


@dataclass
class Notices:
    """Those of one mailbox. Which were read is remembered, so that each is read once by each process."""

    graph: Graph
    _read: set[str] = field(default_factory=set)

    def letters(self, since: datetime, letters: Callable[[], Iterable[str]]) -> list[str]:
        """The keys of the letters, among `letters`, that could not be delivered."""
        names: dict[str, None] = {}
        new = [each for each in self._there(since).items() if each[0] not in self._read][:AT_ONCE]
        for notice, is_report in new:
            names |= dict.fromkeys(self._names(notice, is_report=is_report))
        found: list[str] = []
        if names:
            keys = {name_of(key): key for key in letters()}
            found = [keys[name] for name in names if name in keys]
        self._read.update(notice for notice, _ in new)
        return found

    def _there(self, since: datetime) -> dict[str, bool]:
        """Ids of all that may be notices since then, each with whether it is a report of what failed."""
        reports = self._list(REPORTS, since)
        others: list[str] = []
        try:
            others = self._list(f"({SENDERS})", since)
        except Refused:  # not every mailbox can be searched so; reports are what counts
            log.warning("notices of other mail servers cannot be searched for")
        return dict.fromkeys(others, False) | dict.fromkeys(reports, True)

    def _list(self, which: str, since: datetime) -> list[str]:
        at = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        asked = {"$filter": f"receivedDateTime ge {at} and {which}", "$select": "id", "$top": str(PAGE)}
        found: list[str] = []
        for page in range(PAGES):
            place = {"$skip": str(page * PAGE)}
            answer = self.graph.errand().ask("notices", "GET", "/mailFolders/inbox/messages", params=asked | place)
            there = [str(each["id"]) for each in answer.get("value") or ()]
            found += there
            if len(there) < PAGE:
                break
        return found

    def _names(self, notice: str, *, is_report: bool) -> Iterable[str]:
        """Names of the letters that it is about; none where it does not tell of a failure."""
        errand = self.graph.errand()
        try:
            read = heads_of(errand.read("read", f"/messages/{notice}/$value"))
        except Refused:  # somebody has removed it meanwhile
            return ()
        if not (is_report if read.failed is None else read.failed):
            return ()
        return read.names or [name for each in read.message_ids for name in self._sent_as(each)]

    def _sent_as(self, message_id: str) -> Iterator[str]:
        """Names of what was sent from this mailbox with this Message-ID."""
        asked = {
            "$filter": f"internetMessageId eq '{message_id}'",
            "$select": "id",
            "$expand": f"singleValueExtendedProperties($filter=id eq '{PROPERTY}')",
            "$top": "5",
        }
        answer = self.graph.errand().ask("look up", "GET", "/messages", params=asked)
        for found in answer.get("value") or ():
            yield from _properties(found)


def _properties(found: Answer) -> Iterator[str]:
    for each in found.get("singleValueExtendedProperties") or ():
        yield str(each.get("value", ""))


def heads_of(written: bytes) -> Notice:
    """What stands in the heads of a notice, of its report, and of the letter that is attached to it."""
    names: set[str] = set()
    ids: list[str] = []
    actions: list[str] = []
    failed = False
    for head in _heads(message_from_bytes(written[:MEGABYTE])):
        names |= {str(value).strip() for value in head.get_all(HEADER, [])}
        failed |= "X-Failed-Recipients" in head
        actions += [str(value).strip().lower() for value in head.get_all("Action", [])]
        for name in ("In-Reply-To", "References", "Message-ID"):
            ids += [found for value in head.get_all(name, []) for found in MESSAGE_ID.findall(str(value))]
    says = failed or "failed" in actions if failed or actions else None
    return Notice(frozenset(names), tuple(dict.fromkeys(ids)), says)


def _heads(message: Message) -> Iterator[Message]:
    """Its own and those of each part; also of a letter of which the heads only are attached, as text."""
    for part in message.walk():
        yield part
        if part.get_content_type() == "text/rfc822-headers":
            content = part.get_payload(decode=True)
            yield message_from_bytes(content if isinstance(content, bytes) else b"")
