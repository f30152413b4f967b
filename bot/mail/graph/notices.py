"""Notices in the bot's mailbox that a letter of its own could not be delivered (non-delivery reports).

Rule 1: only such notices are asked for; of each, only heads are read: which letter it was, and that it failed.
Rule 2: a letter is known by its mark, which nobody can make up, or by its Message-ID; never by what anybody wrote.
Rule 3: whatever one notice holds, every other is read; and no look asks for more, or takes longer, than it may.
Rule 4: what is not sure is told as a doubt. Sure is a report against which nothing speaks, about the mark of a letter;
or about its Message-ID, which stands in every answer to it, where the mailbox's own Exchange has written it and names
whom the letter did not reach.

What is left to whoever wants to make one up: the mark stands in the head of the letter, so its recipients, and whoever
runs their mail, could write a report that is believed. README, "What does not arrive", says what would come of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

import structlog

from bot.errors import DeliveryError, Refused
from bot.mail.graph.calling import Answer, Graph
from bot.mail.graph.heads import MOST as MOST_OF_ONE
from bot.mail.graph.heads import heads_of
from bot.mail.graph.writing import PROPERTY
from bot.mail.letters import Marks, name_of
from bot.ports import Returned

log = structlog.get_logger()

REPORTS = "singleValueExtendedProperties/Any(ep: ep/id eq 'String 0x001A' and ep/value eq 'REPORT.IPM.Note.NDR')"
"""Exchange's own, and what it has recognised as the report of another mail server."""
SENDERS = " or ".join(f"startswith(from/emailAddress/address,'{each}@')" for each in ("postmaster", "mailer-daemon"))
"""What is written by other mail servers, and was not recognised; or by anybody who says so."""
PAGE, PAGES = 100, 20
"""So many are listed at a time, and so often at most."""
AT_ONCE = 20
"""So many new notices are read at a time; the others wait for the next."""
CALLS, SECONDS, FAILURES = 100, 20.0, 3
"""So many calls a look makes at most; after so long, and so many that failed, it begins no other: timers and people
wait meanwhile."""
KEPT, MOST = timedelta(days=14), 1000
"""For so long a notice waits for its letter to be known as sent, and so many do at most."""


@dataclass(frozen=True)
class About:
    """Which letter a notice is about, by its mark or by the name that it has in the mailbox."""

    marks: frozenset[str]
    names: frozenset[str]
    recipients: frozenset[str]
    sure_by_mark: bool
    sure_by_name: bool
    until: datetime

    def letters(self, known: Known) -> dict[str, Returned]:
        """Their keys, and what it says of each."""
        by_mark = [known.marks[each] for each in self.marks if each in known.marks]
        if by_mark:
            return dict.fromkeys(by_mark, Returned(self.sure_by_mark, self.recipients))
        by_name = (known.names[each] for each in self.names if each in known.names)
        return dict.fromkeys(by_name, Returned(self.sure_by_name, self.recipients))


class Known:
    """The letters that were sent, by what they are known by."""

    def __init__(self, letters: Iterable[str], marks: Marks) -> None:
        keys = list(letters)
        self.names = {name_of(key): key for key in keys}
        self.marks = {mark: key for key in keys for mark in marks(key)}


class _Enough(Exception):
    """This look has asked for as much as it may."""


@dataclass
class _Looking:
    """One look, and what is left of what it may ask for."""

    since: datetime
    known: Callable[[], Known]
    calls: int = field(default_factory=lambda: CALLS)
    until: float = field(default_factory=lambda: time.monotonic() + SECONDS)
    failures: int = FAILURES

    def take(self) -> None:
        if self.calls <= 0 or time.monotonic() > self.until:
            raise _Enough
        self.calls -= 1


@dataclass
class Notices:
    """Those of one mailbox. Which were read is remembered, so that each is read once by each process."""

    graph: Graph
    marks: Marks
    _read: set[str] = field(default_factory=set)
    _failed: dict[str, int] = field(default_factory=dict)
    """How often each could not be read that is tried again."""
    _waiting: dict[str, About] = field(default_factory=dict)
    """Those whose letter is not known as sent, by their ids."""

    def letters(self, since: datetime, letters: Callable[[], Iterable[str]]) -> dict[str, Returned]:
        """As `ports.Mailbox` says."""
        known = cache(lambda: Known(letters(), self.marks))
        try:
            self._look(_Looking(since, known))
        except _Enough:
            log.info("the mailbox holds more notices than are read at a time")
        self._waiting = {notice: about for notice, about in self._waiting.items() if about.until > since}
        return self._known(known()) if self._waiting else {}

    def _known(self, known: Known) -> dict[str, Returned]:
        found: dict[str, Returned] = {}
        for notice, about in list(self._waiting.items()):
            if letters := about.letters(known):
                del self._waiting[notice]
                found |= {key: returned.and_also(found.get(key)) for key, returned in letters.items()}
        return found

    # ── reading them ─────────────────────────────────────────────────────────────────────────────────────

    def _look(self, look: _Looking) -> None:
        reports = self._list(look, REPORTS)
        tried = self._read_new(look, reports, AT_ONCE, is_report=True)
        try:
            others = self._list(look, f"({SENDERS})")
        except DeliveryError as error:  # not every mailbox can be searched so; reports are what counts
            log.warning("notices of other mail servers cannot be searched for", error=type(error).__name__)
        else:
            known = set(reports)
            others = [each for each in others if each not in known]
            self._read_new(look, others, AT_ONCE - tried, is_report=False)

    def _read_new(self, look: _Looking, notices: list[str], most: int, *, is_report: bool) -> int:
        """Read some of those that were not read before. Returns how many were tried."""
        new = [each for each in notices if each not in self._read]
        some = sorted(new, key=lambda each: self._failed.get(each, 0))[:most]
        look.failures = FAILURES  # what cannot be read of one kind keeps none of the other back
        for notice in some:
            if look.failures <= 0:
                break
            self._try(look, notice, is_report=is_report)
        return len(some)

    def _list(self, look: _Looking, which: str) -> list[str]:
        """Ids of all that may be notices since then."""
        at = look.since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        asked = {"$filter": f"receivedDateTime ge {at} and {which}", "$select": "id", "$top": str(PAGE)}
        found: list[str] = []
        for page in range(PAGES):
            look.take()
            place = {"$skip": str(page * PAGE)}
            answer = self.graph.errand().ask("notices", "GET", "/mailFolders/inbox/messages", params=asked | place)
            there = [str(each["id"]) for each in answer.get("value") or ()]
            found += there
            if len(there) < PAGE:
                break
        return list(dict.fromkeys(found))

    def _try(self, look: _Looking, notice: str, *, is_report: bool) -> None:
        """Each on its own: one that cannot be read keeps no other back, and gives way to them the next time."""
        try:
            about = self._about(look, notice, is_report=is_report)
        except Refused:  # somebody has removed it meanwhile
            about = None
        except DeliveryError as error:
            log.warning("a notice could not be read yet", error=type(error).__name__)
            self._failed[notice] = self._failed.get(notice, 0) + 1
            look.failures -= 1
            return
        if about:
            self._waiting[notice] = about
            for oldest in list(self._waiting)[:-MOST]:
                del self._waiting[oldest]
        self._failed.pop(notice, None)
        self._read.add(notice)

    def _about(self, look: _Looking, notice: str, *, is_report: bool) -> About | None:
        """Which letters it may be about; None where it does not tell of a failure, or of none that could be ours."""
        look.take()
        written = self.graph.errand().read("read", f"/messages/{notice}/$value", MOST_OF_ONE)
        try:
            read = heads_of(written)
        except Exception as error:  # the outer edge of what anybody may write
            log.warning("a notice could not be understood", error=type(error).__name__)
            return None
        if not (is_report if read.failed is None else read.failed):
            return None
        marks, ids = frozenset(read.marks), read.message_ids
        if marks and marks & look.known().marks.keys():
            ids = ()
        names = frozenset(name for each in ids for name in self._sent_as(look, each))
        if not marks and not names:
            return None
        sure = is_report and read.is_sound
        by_name = sure and read.is_own and bool(read.recipients)
        return About(marks, names, read.recipients, sure, by_name, look.since + KEPT)

    def _sent_as(self, look: _Looking, message_id: str) -> Iterator[str]:
        """Names of what was sent from this mailbox with this Message-ID."""
        look.take()
        asked = {
            "$filter": f"internetMessageId eq '{message_id}'",
            "$select": "id",
            "$expand": f"singleValueExtendedProperties($filter=id eq '{PROPERTY}')",
            "$top": "5",
        }
        try:
            answer = self.graph.errand().ask("look up", "GET", "/messages", params=asked)
        except Refused as error:  # what somebody has written is not one
            log.warning("a letter of a notice cannot be looked up", error=type(error).__name__)
            return
        for found in answer.get("value") or ():
            yield from _properties(found)


def _properties(found: Answer) -> Iterator[str]:
    for each in found.get("singleValueExtendedProperties") or ():
        yield str(each.get("value", ""))
