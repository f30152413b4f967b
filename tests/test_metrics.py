"""What the operator can watch is right, names nobody, and says so when the database is away."""

from __future__ import annotations

import re
from datetime import datetime

import pytest

from bot.chat.console.people import PEOPLE
from bot.errors import StoreError
from bot.metrics import Figures, Lateness, Metrics
from bot.policies import Policies
from tests.scenes import Play


@pytest.fixture
def play(asked: Play) -> Play:
    return asked


@pytest.fixture
def metrics(play: Play) -> Metrics:
    metrics, parts = Metrics(), play.world.parts

    def now() -> datetime:
        return play.world.moment

    metrics.watch(lambda: parts.database.figures(now()), Lateness(parts.policies, parts.calendars, now))
    return metrics


def test_open_escalations_are_counted_by_how_their_stage_stands(play: Play, metrics: Metrics) -> None:
    def shown() -> dict[str, float]:
        names = ("on_time", "soft_passed", "due_today", "late", "no_date", "unknown")
        found = {name: metrics.read("open_escalations", lateness=name) for name in names}
        return {name: number for name, number in found.items() if number}

    assert shown() == {"soft_passed": 1.0}
    play.do("1 working day later")
    assert shown() == {"due_today": 1.0}
    play.do("1 working day later")
    assert shown() == {"late": 1.0}


def test_an_escalation_whose_policy_is_not_there_is_counted_all_the_same(play: Play) -> None:
    nowhere = Lateness(Policies.of_these([]), play.world.parts.calendars, lambda: play.world.moment)
    assert {name: number for name, number in nowhere([play.escalation()]).items() if number} == {"unknown": 1}


def test_what_one_process_counts_is_shown_beside_what_the_store_knows(metrics: Metrics) -> None:
    assert (metrics.read("ticks_total", outcome="done"), metrics.read("audit_breaches")) == (0, 0)
    metrics.ticked()
    metrics.ticked(failed=True)
    metrics.audited(3)
    metrics.carried("letter", "done")
    assert metrics.read("attempts_total", kind="letter", state="done") == 1
    assert metrics.read("ticks_total", outcome="done") == 1
    assert metrics.read("ticks_total", outcome="failed") == 1
    assert metrics.read("audit_breaches") == 3
    assert metrics.read("database_up") == 1
    assert metrics.read("deliveries", state="waiting") == 0
    assert metrics.read("timers_overdue") is not None


def test_no_figure_tells_who_or_what_it_is_about(play: Play, metrics: Metrics) -> None:
    text = metrics.text().decode()
    assert "escalation_bot_open_escalations{" in text
    assert set(re.findall(r"(\w+)=", text)) == {"outcome", "state", "lateness"}
    telling = [play.escalation().reference, "herefordshire", "Marker"]
    telling += [part for person in PEOPLE for part in (person.id, *person.name.split(), person.agency)]
    assert [each for each in telling if each.lower() in text.lower()] == []


def test_while_the_database_is_away_the_rest_is_shown_and_that_is_said() -> None:
    def away() -> Figures:
        raise StoreError("The database cannot be reached.")

    metrics = Metrics()
    metrics.watch(away, lambda _: {})
    metrics.ticked(failed=True)
    assert metrics.read("database_up") == 0
    assert metrics.read("deliveries", state="waiting") is None
    assert b"escalation_bot_ticks_total" in metrics.text()


def test_how_long_a_platform_waited_and_what_it_limited_is_counted_and_whether_it_is_connected() -> None:
    metrics, stands = Metrics(), True
    metrics.acknowledged("press", 0.004)
    metrics.acknowledged("press", 2.5)
    metrics.limited("chat.postMessage")
    metrics.connected(lambda: stands)
    assert metrics.read("acknowledgement_seconds_bucket", request="press", le="0.005") == 1
    assert metrics.read("acknowledgement_seconds_bucket", request="press", le="2.0") == 1
    assert metrics.read("acknowledgement_seconds_count", request="press") == 2
    assert metrics.read("limited_total", method="chat.postMessage") == 1
    assert metrics.read("connected") == 1
    stands = False
    assert metrics.read("connected") == 0
