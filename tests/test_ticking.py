"""The tick: what is due is looked at once, together, within the hours; and what cannot be looked at stops nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.dialogues.script import coming
from tests.talking import LONDON, hours_between

# ── how these tests let time pass ────────────────────────────────────────────────────────────────────────────


def test_a_world_that_passes_looks_every_hour_of_the_day_and_ends_at_the_moment_asked_for() -> None:
    start, end = (datetime(2026, 3, day, hour, 30, tzinfo=LONDON) for day, hour in ((28, 16), (30, 9)))
    passed = list(hours_between(start, end))
    assert passed[0] == start + timedelta(minutes=30)
    assert passed[-1] == end
    assert [at for at in passed if at.date() == start.date()] == [
        datetime(2026, 3, 28, hour, tzinfo=LONDON) for hour in range(17, 22)
    ]
    # The clocks go forward in that night.
    assert [at.astimezone(UTC).hour for at in passed if at.date() == end.date()][:2] == [23, 5]


def test_a_dialogue_names_the_next_such_day() -> None:
    now = datetime(2026, 12, 23, 15, tzinfo=LONDON)
    assert coming("Wednesday 23 December, 15:01", now) == datetime(2026, 12, 23, 15, 1, tzinfo=LONDON)
    assert coming("Monday 4 January, 09:30", now) == datetime(2027, 1, 4, 9, 30, tzinfo=LONDON)
    with pytest.raises(ValueError, match="04 January 2027 is a Monday"):
        coming("Sunday 4 January, 09:30", now)
