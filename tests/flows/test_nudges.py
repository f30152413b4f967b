"""When people are reminded of what: golden moments by hand, under every kind of limit, across holidays and clocks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.escalation import Escalation
from bot.flows import nudges
from tests.flows.contexts import context, escalation

LONDON = ZoneInfo("Europe/London")


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


def planned(about: Escalation, now: str) -> dict[str, str]:
    """What is planned at this moment: by nudge, when, as somebody there reads the clock."""
    timers = nudges.plan(context(about), about, moment(now))
    return {timer.about: f"{timer.due.astimezone(LONDON):%Y-%m-%d %H:%M}" for timer in timers}


def test_an_escalation_plans_each_thing_that_is_owed_once_at_its_next_moment() -> None:
    about = replace(escalation("herefordshire", 2), entered={"stage-1": date(2026, 3, 3), "stage-2": date(2026, 3, 5)})
    assert planned(about, "2026-03-09T10:00") == {
        "limit/stage-2": "2026-03-11 09:00",
        "no_reply/stage-2": "2026-03-11 09:00",
        "form/report-to-hscp/all/entry": "2026-03-10 09:00",
        "file/stage-2": "2026-03-12 09:00",
    }
