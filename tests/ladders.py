"""Invented ladders for counting dates: a policy with one stage a limit, a limit of any allowance, days as written."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import bot
from bot.calendars import load_folder
from bot.deadlines import Course, Deadline, deadline
from bot.policy import Policy

CALENDARS = load_folder(Path(bot.__file__).parent.parent / "policies" / "calendars")
ENGLAND, SCOTLAND = CALENDARS["england-and-wales"], CALENDARS["scotland"]

LONDON = ZoneInfo("Europe/London")
CONCERN = date(2026, 2, 2)
"""A day that no limit here is counted from, unless a test says so."""
PLAIN = {"rule": "per_stage", "words": "Within 5 working days", "days": 5}


def within(unit: str, amount: int = 0, since: str = "stage_entry", **more: Any) -> dict[str, Any]:
    allow = {"amount": amount, "unit": unit}
    return {"rule": "within", "words": "As it is printed", "allow": allow, "since": since, **more}


def policy_of(
    word: str, limits: list[dict[str, Any]], *, more: dict[int, dict[str, Any]] | None = None, **clock: Any
) -> Policy:
    """A policy with one stage a limit, after a pre-escalation that no clock counts; `more` by the stage's number."""
    people = {"role": "Manager"}
    stages: list[dict[str, Any]] = [
        {
            "id": f"{word.lower()}-{n}",
            "label": f"{word} {n}",
            "title": f"Managers of rank {n}",
            "raising": people,
            "challenged": people,
            "limit": limit,
            **(more or {}).get(n, {}),
        }
        for n, limit in enumerate(limits, 1)
    ]
    before = {
        **stages[0],
        "optional": "",
        "clocks": [],
        "id": "pre-escalation",
        "label": "Pre-escalation",
        "before_clock": True,
    }
    before["limit"] = {"rule": "no_clock", "words": "no limit is printed"}
    return Policy.model_validate(
        {
            "id": "test",
            "version": "1",
            "name": "A policy for tests",
            "partnership": {"name": "A partnership", "short": "AP", "team": "AP team"},
            "provenance": {
                "snapshot_notice": "Not the policy.",
                "sources": [{"title": "Invented"}],
                "made_on": date(2026, 1, 1),
            },
            "vocabulary": {"stage": word},
            "clock": {"anchor": "initial_concern", "calendar": "england-and-wales", **clock},
            "danger": {"children_services": "Children’s services"},
            "advice": {"ownership": ["You still own it."]},
            "channel": "escalations",
            "stages": [before, *stages],
        }
    )


def day(text: str) -> date:
    """ "2 Mar" of 2026; with a year for other years."""
    number, month, *year = text.split()
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    return date(int(year[0]) if year else 2026, months.index(month) + 1, int(number))


def days(texts: str) -> list[date]:
    return [day(text.strip()) for text in texts.split(",")]


def at(text: str) -> datetime:
    """ "2 Mar 14:30" in London."""
    words, clock = text.rsplit(" ", 1)
    return datetime.combine(day(words), time.fromisoformat(clock), LONDON)


def ladder(limit: dict[str, Any], anchor: str = "initial_concern", **clock: Any) -> Policy:
    """Three stages, of which the second has the limit."""
    return policy_of("Stage", [PLAIN, limit, PLAIN], anchor=anchor, **clock)


def course(since: str, start: date, moment: datetime | None = None) -> Course:
    """One in which this anchor is that day, or moment, and every other anchor another day."""
    entered = {"stage-1": start - timedelta(days=9), "stage-2": start - timedelta(days=5)}
    if since == "raised":
        entered = {"stage-1": start, "stage-2": start + timedelta(days=5)}
    if since in {"stage_entry", "previous_step"}:
        entered["stage-2"] = start
    moments = {} if moment is None else dict.fromkeys(entered, moment)
    days = {since: start} if since in {"initial_concern", "decision_received"} else {}
    notices = {"stage-2": start} if since == "notice_sent" else {}
    return Course(start if since == "clock" else CONCERN, entered, {}, {}, moments, days, notices)


def found(limit: dict[str, Any], start: str, since: str = "stage_entry") -> Deadline:
    """The second stage's deadline where it was entered (or whatever `since` is) on a day, or at a moment of it."""
    moment = at(start) if ":" in start else None
    when = moment.date() if moment else day(start)
    anchor = "raised" if since == "initial_concern" else "initial_concern"
    return deadline(ladder(limit, anchor), "stage-2", course(since, when, moment), ENGLAND)
