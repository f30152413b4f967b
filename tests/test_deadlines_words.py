"""When something is due, as people read it: a day, an hour, a target, words only, or what it waits for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from bot.deadlines import Course, clocks, deadline
from bot.flows.context import due_in_words
from bot.words import load
from tests.flows.contexts import ASHA, context, escalation
from tests.ladders import CONCERN, ENGLAND, PLAIN, at, day, policy_of, within

WORDS = load()
BEGUN = Course(day("2 Mar"), {"stage-1": day("2 Mar")}, entered_at={"stage-1": at("2 Mar 14:30")})
DAYS, HOURS = {"amount": 1, "unit": "working_days"}, {"amount": 24, "unit": "hours"}
NO_CLOCK = {"rule": "no_clock", "words": "No limit is printed."}


def said(limit: dict[str, Any], today: date | None = None, now: datetime | None = None, given: Course = BEGUN) -> str:
    return due_in_words(deadline(policy_of("Stage", [limit]), "stage-1", given, ENGLAND), WORDS, today, now)


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (PLAIN, "by the end of Monday 9 March 2026"),
        (within("hours", 48), "by 14:30 on Wednesday 4 March 2026"),
        (within("days", 7), "by the end of Monday 9 March 2026"),
        (within("immediately"), "by the end of Monday 2 March 2026"),
        (
            within("working_days", 2, soft=DAYS),
            "aim for Tuesday 3 March 2026; at the latest by the end of Wednesday 4 March 2026",
        ),
        (
            within("hours", 48, soft=HOURS),
            "aim for 14:30 on Tuesday 3 March 2026; at the latest by 14:30 on Wednesday 4 March 2026",
        ),
        (within("working_days", 2, where_possible=True), "where possible by the end of Wednesday 4 March 2026"),
        (within("hours", 4, where_possible=True), "where possible by 18:30 on Monday 2 March 2026"),
        (NO_CLOCK, "The policy states no limit in days. Move on as soon as the child needs it."),
        (
            {"rule": "no_clock", "words": "As soon as possible.", "printed": True},
            "“As soon as possible”. The policy gives no number of days.",
        ),
        (within("hours", 4, "notice_sent"), "No date yet: nothing is counted until the notice is sent."),
    ],
)
def test_each_kind_of_limit_is_said_in_its_own_way(limit: dict[str, Any], words: str) -> None:
    assert said(limit) == words


def test_hours_that_end_with_a_day_are_said_as_its_end() -> None:
    assert said(within("hours", 48), given=replace(BEGUN, entered_at={})) == "by the end of Tuesday 3 March 2026"


@pytest.mark.parametrize(
    ("limit", "now", "words"),
    [
        (within("hours", 48), "4 Mar 14:30", "by 14:30 on Wednesday 4 March 2026"),
        (within("hours", 48), "4 Mar 14:31", "overdue since 14:30 on Wednesday 4 March 2026"),
        (within("hours", 48, soft=HOURS), "3 Mar 14:31", "by 14:30 on Wednesday 4 March 2026"),
        (within("working_days", 2), "4 Mar 23:59", "by the end of Wednesday 4 March 2026"),
        (within("working_days", 2), "5 Mar 00:00", "overdue since the end of Wednesday 4 March 2026"),
        (
            within("working_days", 2, where_possible=True),
            "5 Mar 09:00",
            "where possible by the end of Wednesday 4 March 2026, which has passed."
            " Please move on as soon as the child needs it.",
        ),
    ],
)
def test_what_is_over_is_said_plainly_once_its_moment_has_passed(limit: dict[str, Any], now: str, words: str) -> None:
    assert said(limit, at(now).date(), at(now)) == words


def test_a_stage_that_was_left_out_is_not_said_to_have_no_limit() -> None:
    over = Course(CONCERN, {"stage-2": day("2 Mar")})
    policy = policy_of("Stage", [PLAIN, PLAIN, PLAIN], more={1: {"optional": "if need be"}})
    assert due_in_words(deadline(policy, "stage-1", over, ENGLAND), WORDS) == (
        "The escalation went on without this stage."
    )


def test_a_clock_within_a_stage_is_said_as_a_stage_is() -> None:
    clock = {"id": "reply", "label": "Reply", "owner": "challenged", "done_by": "replied", "limit": within("hours", 4)}
    policy = policy_of("Stage", [PLAIN], more={1: {"clocks": [clock]}})
    found = clocks(policy, "stage-1", BEGUN, ENGLAND)
    assert [due_in_words(one, WORDS) for one in found] == ["by 18:30 on Monday 2 March 2026"]


def test_a_conversation_knows_the_moment_the_clocks_and_the_closures() -> None:
    closure = {"name": "School holidays", "first": day("2 Mar"), "last": day("6 Mar")}
    clock = {"id": "reply", "label": "Reply", "owner": "challenged", "done_by": "replied", "limit": within("hours", 4)}
    policy = policy_of("Stage", [within("hours", 48)], more={1: {"clocks": [clock]}}, closures=[closure])
    about = replace(
        escalation("herefordshire"),
        policy="test",
        policy_version="1",
        raiser=ASHA,
        stage="stage-1",
        entered=BEGUN.entered,
        entered_at=BEGUN.entered_at,
    )
    c = context(about, today=day("4 Mar"), now=at("4 Mar 15:30"), policies={"test": policy})
    assert c.due_of(about) == "overdue since 14:30 on Wednesday 4 March 2026"
    assert c.progress_of(about) == "1 hour after its time"
    assert [one.due_at for one in c.clocks_of(about)] == [at("2 Mar 18:30")]
    assert [warning.partition(":")[0] for warning in c.warnings_of(about)] == [
        "Wednesday 4 March 2026 falls into this closure"
    ]
