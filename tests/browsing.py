"""The real Chromium of the tests, and how long they wait in it: long, so that only what never happens fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 30_000
"""Milliseconds for anything that has to happen in a page."""
needs_chromium = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs /usr/bin/chromium (apt-get install chromium)"),
    pytest.mark.timeout(600),  # the longest takes a tenth of it
]

expect.set_options(timeout=PATIENCE)


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS, timeout=4 * PATIENCE)
        yield browser
        browser.close()


@contextmanager
def window(browser: Browser, **asked: Any) -> Iterator[BrowserContext]:
    """A window of its own, closed at the end also when something failed in it."""
    made = browser.new_context(**{"viewport": {"width": 1280, "height": 850}, "service_workers": "block"} | asked)
    made.set_default_timeout(PATIENCE)
    try:
        yield made
    finally:
        made.close()


def phone(browser: Browser) -> Any:
    """A window as wide as a small phone's, which is touched."""
    return window(browser, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
