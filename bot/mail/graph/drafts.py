"""Letters through drafts in the bot's own mailbox: what became of each can always be looked up.

A letter becomes a draft that carries its name as a property, gets its files, is found by its name, and only then is
sent. So whatever is interrupted, the mailbox knows: there is no draft, there is one that was not sent, or it was sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import structlog

from bot.errors import DeliveryError, Refused, TryLater, Unclear
from bot.mail.graph.calling import Answer, Errand, Gone, Graph, changed_within
from bot.mail.graph.notices import Notices
from bot.mail.graph.writing import (
    IN_ONE_CALL,
    MEGABYTE,
    MOST,
    check_size,
    draft,
    file,
    has_body_of,
    is_as_written,
    large_file,
    looked_for,
)
from bot.mail.letters import Addressed, Envelope, addressed, name_of
from bot.ports import Attachment, Letter, Returned
from bot.words import Words

log = structlog.get_logger()

CHUNK = 4 * MEGABYTE - 4 * MEGABYTE % (320 * 1024)
"""Microsoft takes up to 4 MB of a file at a time."""
OVERHEAD = 64 * 1024
"""A mailbox counts a little more for a file than it has."""
SHOWS = timedelta(minutes=1)
"""A letter that is being sent may be in no folder for so long, where nobody could find it."""
SETTLES = timedelta(minutes=5)
"""A letter that is being sent may still look like a draft for so long."""


class _Changed(Refused):
    """The draft is not as it was written."""


class GraphDrafts:
    """Fulfils `ports.Mailer` and `ports.Mailbox`. It needs Mail.ReadWrite and Mail.Send, for its own mailbox only."""

    def __init__(self, graph: Graph, envelope: Envelope, words: Words) -> None:
        self._graph = graph
        self._notices = Notices(graph, envelope.marks)
        self._envelope = envelope
        self._words = words

    def send(self, letter: Letter) -> str:
        """Send it, and return its Message-ID; a letter that was sent is left as it is."""
        ready = addressed(letter, self._envelope, self._words)
        check_size(ready, MOST, self._words)
        errand = self._graph.errand()
        there, now = self._look(errand, ready.name)
        if there and not _sent(there) and (letter.made_anew or self._was_edited(errand, there[0], ready, now)):
            for old in there:
                _remove(errand, old)
            there = []
        if not there:
            errand.ask("draft", "POST", "/messages", json=draft(ready))
            # It is sent only if it can be found by its name: otherwise nobody could tell afterwards.
            there = self._look(errand, ready.name)[0]
        if sent := _sent(there):
            return _receipt(sent)
        if not there:
            raise TryLater(self._words("graph.not_seen"))
        found = there[0]
        try:
            self._complete(errand, found, ready)
            self._leave(errand, found)
        except _Changed:  # somebody has touched it, who is told to look at it
            raise
        except (Refused, TryLater) as error:
            if isinstance(error, Refused) or (letter.made_anew and not isinstance(error, Unclear)):
                self._tidy(errand, there)
            raise
        self._tidy(errand, there[1:])
        return _receipt(found)

    def find(self, key: str) -> str:
        """Its Message-ID if it was sent; "" if it was not."""
        there, now = self._look(self._graph.errand(), name_of(key))
        if sent := _sent(there):
            return _receipt(sent)
        if any(changed_within(SETTLES, str(each.get("lastModifiedDateTime", "")), now) for each in there):
            raise TryLater(self._words("graph.settling"))
        return ""

    def came_back(self, since: datetime, letters: Callable[[], Iterable[str]]) -> dict[str, Returned]:
        """As `ports.Mailbox` says."""
        return self._notices.letters(since, letters)

    def clear(self, key: str) -> None:
        """Remove its drafts, if it was not sent and none of them can be on its way."""
        errand = self._graph.errand()
        there, now = self._look(errand, name_of(key))
        if _sent(there):
            there = [each for each in there if each.get("isDraft") is not False]
        for each in there:
            if changed_within(SETTLES, str(each.get("lastModifiedDateTime", "")), now):
                raise TryLater(self._words("graph.settling"))
            _remove(errand, each)

    # ── steps ────────────────────────────────────────────────────────────────────────────────────────────

    def _look(self, errand: Errand, name: str) -> tuple[list[Answer], datetime]:
        """Every message of this name, the oldest first."""
        answer, now = errand.look("look up", "GET", "/messages", params=looked_for(name))
        found = [each for each in answer.get("value") or () if isinstance(each, dict)]
        return sorted(found, key=lambda each: str(each.get("createdDateTime", ""))), now

    def _leave(self, errand: Errand, found: Answer) -> None:
        try:
            errand.send(f"/messages/{found['id']}/send")
        except Unclear as unclear:
            raise Unclear(str(unclear), max(unclear.after or SHOWS, SHOWS)) from None
        except Gone as gone:  # it was sent by an attempt of which we know nothing, or somebody has removed it
            raise Unclear(str(gone), SHOWS) from None

    def _tidy(self, errand: Errand, drafts: list[Answer]) -> None:
        """What will not be sent does not stay there; that it could not be removed changes nothing else."""
        try:
            for each in drafts:
                _remove(errand, each)
        except DeliveryError as error:
            log.warning("a draft that will not be sent is still in the mailbox", error=type(error).__name__)

    def _was_edited(self, errand: Errand, found: Answer, letter: Addressed, now: datetime) -> bool:
        """Whether somebody has changed the words or a file of a draft: then it is made anew, as it was confirmed.

        Raises TryLater where that has just been done: they may have sent it too. Who gets it is looked at later.
        """
        if not is_as_written(found, letter):
            return False
        wanted = {attachment.name: attachment for attachment in letter.attachments}
        files = [each for each in self._files(errand, found) if each["name"] in wanted]
        same = has_body_of(found, letter)
        if same and all(self._is_same(errand, found, each, wanted[each["name"]].content) for each in files):
            return False
        if changed_within(SETTLES, str(found.get("lastModifiedDateTime", "")), now):
            raise TryLater(self._words("graph.settling"))
        log.warning("a draft that somebody has edited is made anew", letter=letter.name)
        return True

    def _is_same(self, errand: Errand, found: Answer, file: Answer, content: bytes) -> bool:
        """By its content; of a large one, which would take long to read, by its size."""
        if len(content) > IN_ONE_CALL:
            return len(content) <= int(file["size"]) <= len(content) + len(content) // 50 + OVERHEAD
        here = f"/messages/{found['id']}/attachments/{quote(str(file['id']))}/$value"
        return errand.read("file", here, len(content) + 1) == content

    def _files(self, errand: Errand, found: Answer) -> list[Answer]:
        here = f"/messages/{found['id']}/attachments"
        answer = errand.ask("files", "GET", here, params={"$select": "id,name,size"})
        return [each for each in answer.get("value") or () if isinstance(each, dict)]

    def _complete(self, errand: Errand, found: Answer, letter: Addressed) -> None:
        """Add the files that it lacks. Raises Refused where somebody has changed it: it was confirmed as it was."""
        here = f"/messages/{found['id']}/attachments"
        sizes = {str(each["name"]): int(each["size"]) for each in self._files(errand, found)}
        wanted = {attachment.name: attachment for attachment in letter.attachments}
        changed = [name for name in sizes if name not in wanted or sizes[name] < len(wanted[name].content)]
        if changed or not is_as_written(found, letter):
            raise _Changed(self._words("graph.changed", mailbox=self._graph.mailbox))
        for attachment in letter.attachments:
            if attachment.name not in sizes:
                self._attach(errand, here, attachment)

    def _attach(self, errand: Errand, here: str, attachment: Attachment) -> None:
        if len(attachment.content) <= IN_ONE_CALL:
            errand.ask("attach", "POST", here, json=file(attachment))
            return
        session = errand.ask("attach", "POST", f"{here}/createUploadSession", json=large_file(attachment))
        url, content = str(session.get("uploadUrl", "")), attachment.content
        if not url.startswith("https://"):
            raise TryLater(self._words("graph.broken"))
        for begin in range(0, len(content), CHUNK):
            errand.upload(url, content[begin : begin + CHUNK], begin, len(content))


def _remove(errand: Errand, draft: Answer) -> None:
    """For good, and not into what is deleted there."""
    with suppress(Gone):
        errand.ask("remove", "POST", f"/messages/{draft['id']}/permanentDelete")


def _sent(there: list[Answer]) -> Answer | None:
    return next((each for each in there if each.get("isDraft") is False), None)


def _receipt(message: Any) -> str:
    return str(message.get("internetMessageId") or message["id"])
