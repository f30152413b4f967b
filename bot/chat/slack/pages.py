"""Pages: modals in which several questions are answered at once, or one answer is changed.

A page is never the only place. What is asked stands in the direct messages all the while, and is gone on with there
where a page does not open, is closed or is lost: what was taken of it stands there too.

Rule 1: a press opens its page within three seconds or never. So the page opens with a line that asks to wait, and gets
its questions afterwards. The press itself changes nothing, so that it is acknowledged before.
Rule 2: nothing that somebody gave stands in a page's metadata or ids, only in its inputs.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event

import structlog

from bot.chat.block_kit import blocks
from bot.chat.block_kit_text import plain, section
from bot.chat.slack.calling import Answer, Gone, Slack, Used
from bot.chat.slack.manifest import PAGE
from bot.chat.slack.sending import Workspace
from bot.errors import DeliveryError, EscalationBotError, TryLater, Unavailable
from bot.messages import Message, Words
from bot.ports import Heard, Pressed

log = structlog.get_logger()

BLOCKS = 100
"""Slack refuses a page with more."""
AT_ONCE = 8
"""So many pages are opened at the same time; whoever has to wait too long is asked in the direct messages."""
TRIES, PAUSE = 3, 1.0

Make = Callable[[Heard], Message | None]
"""The page that a press asks for; None where what it stood under has moved on."""


class Pages:
    """Opens pages, in threads of its own. What could not be shown is heard as a press, and goes on in the messages."""

    def __init__(self, slack: Slack, workspace: Workspace, make: Make, hear: Callable[[Heard], object]) -> None:
        self._slack, self._workspace, self._make, self._hear = slack, workspace, make, hear
        self._threads = ThreadPoolExecutor(AT_ONCE, "pages")
        self._stopping = Event()

    def open(self, trigger: str, heard: Heard) -> None:
        """Somebody has pressed a button that asks for a page. Raises Unavailable while it stops."""
        try:
            self._threads.submit(self._at_the_edge, trigger, heard)
        except RuntimeError as stopped:
            raise Unavailable(self._slack.words("error.away")) from stopped

    def stop(self) -> None:
        """Those that are being opened are finished."""
        self._stopping.set()
        self._threads.shutdown()

    # ── in a thread of its own ───────────────────────────────────────────────────────────────────────────

    def _at_the_edge(self, trigger: str, heard: Heard) -> None:
        try:
            self._open(trigger, heard)
        except Exception as error:  # the outer edge of the thread: nothing was changed, and the button is still there
            log.error("a page was not opened", error=type(error).__name__)

    def _open(self, trigger: str, heard: Heard) -> None:
        try:
            opening = self._saying("slack.page_opening")
            view = self._slack.errand().do("views.open", trigger_id=trigger, view=opening)["view"]["id"]
        except Used:  # Slack told it twice, and the first time has opened it
            return
        except DeliveryError as error:
            log.warning("a page was not opened", error=type(error).__name__)
            self._hear(heard)
            return
        if not self._filled(view, heard):
            self._hear(heard)

    def _filled(self, view: str, heard: Heard) -> bool:
        """Whether the questions are on the page now, or it has been closed again."""
        try:
            self._update(view, self._page(heard))
        except Gone:
            return True
        except (EscalationBotError, ValueError) as error:
            log.warning("a page was not filled", error=type(error).__name__)
            return False
        return True

    def _update(self, view: str, page: Answer) -> None:
        """Done twice, it comes to the same."""
        for left in reversed(range(TRIES)):
            try:
                self._slack.errand().do("views.update", view_id=view, view=page)
                return
            except TryLater as later:
                if not left or self._stopping.wait(later.after.total_seconds() if later.after else PAUSE):
                    raise

    # ── how it looks ─────────────────────────────────────────────────────────────────────────────────────

    def _page(self, heard: Heard) -> Answer:
        message = self._make(heard)
        if message is None:
            self._hear(heard)
            return self._saying("slack.page_over")
        closing = Words(self._slack.words("slack.page_closing"), "quiet")
        whole = replace(message, parts=(*message.parts, closing))
        drawn = blocks(whole, platform=self._workspace.platform, most=BLOCKS)
        submit = plain(self._slack.words("slack.page_submit"))
        shown_by = heard.what.message if isinstance(heard.what, Pressed) else ""
        return {**self._modal(drawn), "submit": submit, "private_metadata": shown_by}

    def _saying(self, name: str) -> Answer:
        return self._modal(section(self._slack.words(name)))

    def _modal(self, drawn: list[Answer]) -> Answer:
        words = self._slack.words
        title, close = plain(words("slack.page_title")), plain(words("slack.page_close"))
        return {"type": "modal", "callback_id": PAGE, "title": title, "close": close, "blocks": drawn}
