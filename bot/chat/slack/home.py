"""App Homes: a page of each person's own, made from the record as it stands.

Nothing is owed by it: Slack tells the bot whenever somebody opens theirs, and it is made anew then. So that it does not
grow old before somebody's eyes, those that were opened lately are looked at again after whatever was heard.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from time import monotonic

import structlog

from bot.chat.block_kit import blocks
from bot.chat.slack.calling import Answer, Slack
from bot.chat.slack.sending import Workspace
from bot.errors import EscalationBotError, TryLater
from bot.messages import Message

log = structlog.get_logger()

BLOCKS = 100
"""Slack refuses a page with more."""
LATELY = 600.0
"""So many seconds after it was opened, somebody may still look at it."""
PAUSE, LONGER = 1.0, 4
"""Seconds between two looks: what is heard in between is shown together. After a look that took long it is so many
times longer: hearing people comes before showing them pages."""
TRIES = 3

Make = Callable[[str, bool], Message]
"""The page of a person; and whether they are looking just now, which is noted."""


class Homes:
    """Shows pages, in a thread of its own."""

    def __init__(self, slack: Slack, workspace: Workspace, make: Make) -> None:
        self._slack, self._workspace, self._make = slack, workspace, make
        self._opened: SimpleQueue[tuple[str, int]] = SimpleQueue()
        """Person, and how often it was tried in vain to show them their page."""
        self._lately: dict[str, tuple[float, str]] = {}
        """Person -> when they opened it, and what it showed last."""
        self._looking = threading.Lock()
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._changed = False
        self._asked_to_wait = 0.0
        """Seconds, by what Slack said at this look."""
        self._thread = threading.Thread(target=self._keep_at, name="homes", daemon=True)

    def opened(self, person: str) -> None:
        """Somebody looks at theirs."""
        self._opened.put((person, 0))
        self._wake.set()

    def changed(self) -> None:
        """Something was heard: pages may show what is past."""
        if self._lately:
            self._changed = True
            self._wake.set()

    def look(self) -> float:
        """Show every page that is to be shown now. Returns how many seconds Slack asks to wait with others."""
        with self._looking:
            self._asked_to_wait = 0.0
            self._look()
            return self._asked_to_wait

    def _look(self) -> None:
        changed, self._changed = self._changed, False
        fresh: dict[str, int] = {}
        while True:
            try:
                person, tries = self._opened.get_nowait()
            except Empty:
                break
            fresh[person] = tries
        for person, tries in fresh.items():
            self._show(person, tries, looked=True)
        since = monotonic() - LATELY
        self._lately = {person: (at, shown) for person, (at, shown) in self._lately.items() if at > since}
        for person in [person for person in self._lately if changed and person not in fresh]:
            self._show(person, 0, looked=False)

    # ── in a thread of its own ───────────────────────────────────────────────────────────────────────────

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def _keep_at(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait()
            self._wake.clear()
            began, asked = monotonic(), 0.0
            try:
                asked = self.look()
            except Exception as error:  # the outer edge of the thread: a page is shown when it is opened again
                log.error("an App Home was not shown", error=type(error).__name__)
            self._stopping.wait(max(PAUSE, LONGER * (monotonic() - began), asked))

    def _show(self, person: str, tries: int, *, looked: bool) -> None:
        at, before = self._lately.get(person, (0.0, ""))
        try:
            view = self._view(self._make(person, looked))
            shown = hashlib.sha256(json.dumps(view, sort_keys=True).encode()).hexdigest()
            if looked or shown != before:
                self._publish(person, view)
            self._lately[person] = (monotonic() if looked else at, shown)
        except TryLater as later:
            self._asked_to_wait = max(self._asked_to_wait, later.after.total_seconds() if later.after else 0.0)
            if looked and tries + 1 < TRIES:
                self._opened.put((person, tries + 1))
                self._wake.set()
        except (EscalationBotError, ValueError) as error:  # one page that cannot be drawn keeps no other back
            log.warning("an App Home was not shown", error=type(error).__name__)

    def _view(self, message: Message) -> Answer:
        return {"type": "home", "blocks": blocks(message, platform=self._workspace.platform, most=BLOCKS)}

    def _publish(self, person: str, view: Answer) -> None:
        user = person.removeprefix(self._workspace.person(""))
        self._slack.errand().do("views.publish", user_id=user, view=view)
