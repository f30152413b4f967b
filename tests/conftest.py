"""Settings for the whole test run: Hypothesis profiles, and skips that count as failures on request."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import structlog
from hypothesis import settings

from tests import compiled
from tests.databases import PostgreSQL, running_postgresql

if TYPE_CHECKING:
    from tests.scenes import Play

compiled.share()

# "default" tries the same examples every time, so that a change is judged by the change alone;
# "night" looks for new ones. Choose with HYPOTHESIS_PROFILE=night.
settings.register_profile("default", derandomize=True, max_examples=50, deadline=None)
settings.register_profile("night", max_examples=5000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

# What tests write goes to memory where there is plenty: waiting for a disk to have each of many thousand small
# transactions safely is a third of the time, and nothing here has to outlive the machine. Set TMPDIR to choose.
IN_MEMORY, ROOM = Path("/dev/shm"), 4_000_000_000  # noqa: S108 - pytest makes folders of its own in it
if "TMPDIR" not in os.environ and os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free > ROOM:
    os.environ["TMPDIR"] = str(IN_MEMORY)
    tempfile.tempdir = None  # asked for anew

# Those that take longest begin first, or one worker would be at them alone when the other has nothing left to do.
LONGEST_FIRST = (
    "test_kills.py",
    "test_every_branch.py",
    "test_resume_property.py",
    "test_privacy.py",
    "test_console_browser.py",
    "test_apart.py",
    "test_dialogues.py",
    "test_journey_browser.py",
    "test_decisions.py",
    "test_every_turn.py",
    "test_assistant.py",
    "test_journey_signing_browser.py",
    "test_cli.py",
    "test_bench.py",
    "test_serving.py",
    "test_procrastinate.py",
    "test_embedded.py",
    "test_time_travel.py",
)


def pytest_collection_finish() -> None:
    """What is there before the first test stays to the end, and is not looked through for garbage again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: places.get(item.path.name, len(LONGEST_FIRST)))


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """A test that starts logging, as the commands do, leaves it as it was for the next one."""
    yield
    structlog.reset_defaults()


# NO_SKIPS=1: a test that did not run has not passed.
NO_SKIPS = os.environ.get("NO_SKIPS") == "1"


def fail_if_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    # An expected failure is also reported as "skipped", but it did run; it alone has wasxfail.
    if NO_SKIPS and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid}: {reason} (NO_SKIPS=1 makes a skip a failure)"


# tryfirst makes these the outermost wrappers: they see the report after every plugin has had its say.
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    fail_if_skipped(report)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    fail_if_skipped(report)
    return report


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    with running_postgresql() as server:
        yield server


@pytest.fixture
def raised(tmp_path: Path) -> Iterator[Play]:
    """Asha has raised an escalation under the policy of Herefordshire, on Monday 2 March 2026, 10:00. Stage 1 is due on
    Thursday 5 March, and aimed for on Tuesday. Ben is named for it, and Cerys answers for him; Grace is opposite."""
    yield from _scene("raised", tmp_path)


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Play]:
    """… and on Wednesday 4 March has asked Ben or Cerys whether it may move to Stage 2, where the form is due."""
    yield from _scene("asked", tmp_path)


def _scene(name: str, folder: Path) -> Iterator[Play]:
    from tests.scenes import scene  # only where one is played: it brings the whole bot with it

    play = scene(name, folder)
    yield play
    play.world.close()
