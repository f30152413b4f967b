"""Somebody at the console's page, in a real browser, with the real bot behind it.

Set SHOTS to a folder to have pictures taken on the way.
"""

from __future__ import annotations

import json
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import uvicorn
from playwright.sync_api import Locator, Page, expect

from bot.config import SHIPPED, Settings
from bot.serving import listen
from bot.wiring.demonstration import demo

SHOTS = os.environ.get("SHOTS", "")
BEGIN = datetime(2026, 3, 2, 10, 0, tzinfo=ZoneInfo("Europe/London"))


@contextmanager
def running(place: Path, policies: Path = SHIPPED) -> Iterator[str]:
    """The demonstration as `make demo` runs it, on Monday 2 March 2026 at ten o'clock; gives its address."""
    folder = place / "demo"
    folder.mkdir()
    offset = (BEGIN - datetime.now(UTC)).total_seconds()
    (folder / "clock.json").write_text(json.dumps({"offset_seconds": offset}))
    shown = demo(Settings(demo_data=folder, policies=policies))
    shown.worker.start()
    listener = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(shown.app, log_level="error", timeout_graceful_shutdown=60))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        shown.app.state.end_streams()
        server.should_exit = True
        thread.join()
        shown.close()


class Visitor:
    """Somebody at the page: what they press and fill in, as a person would."""

    def __init__(self, page: Page, shots: str = "") -> None:
        self.page = page
        self.album = shots
        self.shots = 0

    def looks_at(self, platform: str) -> None:
        """See everything as Slack, or as Teams would show it."""
        switch = self.page.get_by_role("group", name="Looks like").get_by_role("button", name=platform)
        switch.click()
        expect(switch).to_have_attribute("aria-pressed", "true")

    def says(self, text: str) -> None:
        self.page.get_by_label("Message to Escalation Bot").fill(text)
        self.page.keyboard.press("Enter")

    def presses(self, label: str, then: str) -> None:
        """Press the button of that name in the newest message, and wait until the newest says `then`, as it did not."""
        assert not self.newest().get_by_text(then).count(), f"“{then}” stands there before {label!r} is pressed."
        # What Teams would not show in full is said by the button when one points at it.
        named = self.newest().get_by_role("button", name=label, exact=True)
        named.or_(self.newest().get_by_title(label, exact=True)).click()
        self.sees(then)

    def sees(self, text: str) -> None:
        expect(self.newest().get_by_text(text).first).to_be_visible()

    def newest(self) -> Locator:
        """The newest message; a locator looks it up anew each time, so it waits for the next one."""
        return self.page.locator("#messages article").last

    def fills(self, label: str, text: str) -> None:
        self.newest().get_by_label(label).fill(text)

    def picks(self, person: str) -> None:
        self.newest().get_by_label("Pick somebody here").select_option(f"console:{person}")

    def becomes(self, name: str) -> None:
        self.page.get_by_role("button", name=re.compile(f"^{name}")).click()
        expect(self.page.locator("#people [aria-pressed=true], #people [aria-current]")).to_contain_text(name)

    def goes_to(self, place: str) -> None:
        self.page.locator("#places").get_by_role("button", name=re.compile(place)).click()

    def shot(self, name: str) -> None:
        if SHOTS:
            self.shots += 1
            self.page.screenshot(path=f"{SHOTS}/{self.album}{self.shots:02}-{name}.png")


class OnAPhone(Visitor):
    """The same in a window of 360 by 740 points; after each step all of it fits, and the newest message is in view."""

    def says(self, text: str) -> None:
        super().says(text)
        self.page.evaluate("document.activeElement.blur()")

    def sees(self, text: str) -> None:
        super().sees(text)
        self.fits()

    def fits(self, pane: str = "#messages-scroll") -> None:
        assert self.page.evaluate("document.documentElement.scrollWidth") <= 360
        assert self.page.locator(pane).evaluate("(pane) => pane.scrollWidth") <= 360
        # A message that is taller than the screen is shown from its beginning.
        self.page.wait_for_function(
            """(pane) => {
                const shown = document.querySelector(pane).getBoundingClientRect();
                const newest = [...document.querySelectorAll(`${pane} article`)].pop().getBoundingClientRect();
                const begins = newest.top >= shown.top - 1 && newest.top < shown.bottom;
                return begins && (newest.bottom <= shown.bottom + 1 || newest.height > shown.height);
            }""",
            arg=pane,
        )
