"""Any allowance from any day: by hand, and against a second computation that shares no code with ours."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.deadlines import Course, Deadline, deadline, standing
from tests.ladders import CONCERN, ENGLAND, LONDON, at, course, day, found, ladder, within

ANCHORS = ["clock", "initial_concern", "decision_received", "raised", "stage_entry", "previous_step", "notice_sent"]
HAVE_A_MOMENT = {"raised", "stage_entry", "previous_step"}
UNITS = ["working_days", "days", "weeks", "hours", "same_working_day", "immediately"]


# ── by hand ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("unit", "amount", "start", "due"),
    [
        ("working_days", 2, "2 Mar", "4 Mar"),
        ("working_days", 2, "6 Mar", "10 Mar"),  # over a weekend
        ("working_days", 2, "7 Mar", "10 Mar"),  # from a Saturday
        ("working_days", 2, "27 Mar", "31 Mar"),  # the clocks go forward
        ("working_days", 2, "1 Apr", "7 Apr"),  # over Easter
        ("working_days", 1, "3 Apr", "7 Apr"),  # from Good Friday
        ("working_days", 1, "1 May", "5 May"),  # over the bank holiday of 4 May
        ("working_days", 3, "23 Dec", "30 Dec"),  # Boxing Day is made up for on Monday
        ("days", 7, "2 Mar", "9 Mar"),
        ("days", 3, "2 Apr", "5 Apr"),  # Easter Sunday
        ("days", 10, "22 Dec 2025", "1 Jan"),
        ("days", 2, "28 Feb", "2 Mar"),
        ("weeks", 1, "30 Mar", "6 Apr"),  # Easter Monday
        ("weeks", 2, "20 Apr", "4 May"),
        ("weeks", 4, "1 Mar", "29 Mar"),
        ("same_working_day", 0, "2 Mar", "2 Mar"),
        ("same_working_day", 0, "7 Mar", "9 Mar"),
        ("same_working_day", 0, "3 Apr", "7 Apr"),
        ("same_working_day", 0, "4 May", "5 May"),
        ("immediately", 0, "2 Mar", "2 Mar"),
        ("immediately", 0, "25 Dec", "29 Dec"),
    ],
)
@pytest.mark.parametrize("since", ANCHORS)
def test_a_limit_in_days_ends_with_its_last_day_whatever_it_is_counted_from(
    since: str, unit: str, amount: int, start: str, due: str
) -> None:
    one = found(within(unit, amount, since), start, since)
    assert (one.due, one.due_at, one.counted_from) == (day(due), None, day(start))


@pytest.mark.parametrize(
    ("hours", "start", "end"),
    [
        (48, "2 Mar 14:30", "4 Mar 14:30"),
        (24, "6 Mar 16:45", "7 Mar 16:45"),  # a Saturday
        (48, "2 Apr 09:00", "4 Apr 09:00"),  # Good Friday is counted
        (24, "28 Mar 14:30", "29 Mar 15:30"),  # the clocks go forward in between
        (48, "27 Mar 16:00", "29 Mar 17:00"),
        (4, "29 Mar 00:30", "29 Mar 05:30"),
        (24, "24 Oct 14:30", "25 Oct 13:30"),  # and back
        (72, "24 Dec 10:00", "27 Dec 10:00"),
    ],
)
@pytest.mark.parametrize("since", sorted(HAVE_A_MOMENT))
def test_hours_run_through_nights_weekends_and_the_change_of_the_clocks(
    since: str, hours: int, start: str, end: str
) -> None:
    one = found(within("hours", hours, since), start, since)
    assert one.due_at == at(end)
    assert (one.due, one.counted_from) == (at(end).date(), at(start).date())
    assert f"{hours} hours counted from {start[-5:]} on " in one.rule


@pytest.mark.parametrize(
    ("hours", "start", "due", "end"),
    [
        (48, "2 Mar", "3 Mar", "4 Mar 00:00"),
        (24, "6 Mar", "6 Mar", "7 Mar 00:00"),
        (4, "2 Mar", "2 Mar", "2 Mar 04:00"),
        (24, "29 Mar", "30 Mar", "30 Mar 01:00"),  # that day has 23 hours
        (24, "25 Oct", "25 Oct", "25 Oct 23:00"),  # and that one 25
    ],
)
@pytest.mark.parametrize("since", ANCHORS)
def test_where_only_the_day_is_known_hours_run_from_its_first_minute(
    since: str, hours: int, start: str, due: str, end: str
) -> None:
    one = found(within("hours", hours, since), start, since)
    assert (one.due, one.due_at) == (day(due), at(end))
    assert f"{hours} hours counted from the first minute of " in one.rule
    assert "because the hour is not known; nights, weekends and bank holidays are counted." in one.rule


def test_hours_that_end_with_a_day_are_owed_by_its_end_and_seconds_are_not_given_away() -> None:
    assert found(within("hours", 48), "2 Mar").rule.endswith("Resolve it or move on by the end of the day it is due.")
    assert found(within("hours", 5), "2 Mar").rule.endswith("Resolve it or move on by the hour it is due.")
    begun = Course(
        CONCERN, {"stage-2": day("2 Mar")}, entered_at={"stage-2": at("2 Mar 14:30") + timedelta(seconds=45)}
    )
    assert deadline(ladder(within("hours", 4)), "stage-2", begun, ENGLAND).due_at == at("2 Mar 18:30")


def test_a_moment_that_is_not_of_the_day_entered_is_left_aside() -> None:
    corrected = Course(CONCERN, {"stage-2": day("2 Mar")}, entered_at={"stage-2": at("3 Mar 14:30")})
    assert deadline(ladder(within("hours", 4)), "stage-2", corrected, ENGLAND).due_at == at("2 Mar 04:00")


def test_the_day_of_a_moment_is_the_one_where_the_policy_is() -> None:
    late_evening = datetime.fromisoformat("2026-06-01T23:30:00+00:00")
    entered = Course(CONCERN, {"stage-2": day("2 Jun")}, entered_at={"stage-2": late_evening})
    one = deadline(ladder(within("hours", 24)), "stage-2", entered, ENGLAND)
    assert (one.due, one.due_at) == (day("3 Jun"), at("3 Jun 00:30"))


# ── against a second computation ────────────────────────────────────────────────────────────────────────────

CLOSED = holidays.country_holidays("GB", subdiv="ENG", years=range(2025, 2029))
FORWARD, BACK = datetime.fromisoformat("2026-03-29T01:00"), datetime.fromisoformat("2026-10-25T01:00")
"""In UTC: British Summer Time lasts from the one to the other."""
STARTS = [day(text) for text in ("2 Mar", "6 Mar", "28 Mar", "29 Mar", "2 Apr", "3 Apr", "1 May", "4 May", "24 Dec")]


def by_hand(unit: str, amount: int, start: date, time: str | None) -> tuple[date, str]:
    """The last day, and the hour that it ends at, by counting one day or one hour after the other."""
    one, closed = timedelta(days=1), {*CLOSED}
    last = start
    if unit == "hours":
        utc = datetime.fromisoformat(f"{start} {time or '00:00'}") - summer(start, time)
        for _ in range(amount):
            utc += timedelta(hours=1)
        wall = utc + timedelta(hours=FORWARD <= utc < BACK)
        return (wall.date() - one if f"{wall:%H:%M}" == "00:00" else wall.date()), f"{wall:%H:%M}"
    if unit == "working_days":
        while amount:
            last += one
            amount -= f"{last:%a}" not in {"Sat", "Sun"} and last not in closed
        return last, ""
    if unit in {"days", "weeks"}:
        for _ in range(amount * (7 if unit == "weeks" else 1)):
            last += one
        return last, ""
    while f"{last:%a}" in {"Sat", "Sun"} or last in closed:
        last += one
    return last, ""


def summer(start: date, time: str | None) -> timedelta:
    begins = start > FORWARD.date() or (start == FORWARD.date() and (time or "00:00") > "01:00")
    return timedelta(hours=begins and start < BACK.date())


@pytest.mark.parametrize("since", ANCHORS)
@pytest.mark.parametrize("unit", UNITS)
def test_a_second_computation_comes_to_the_same_date(unit: str, since: str) -> None:
    amounts = [1, 2, 5, 24, 48] if unit not in {"same_working_day", "immediately"} else [0]
    time = "16:40" if since in HAVE_A_MOMENT else None
    for start in STARTS:
        for amount in amounts:
            policy = ladder(within(unit, amount, since), "raised" if since == "initial_concern" else "initial_concern")
            moment = datetime.fromisoformat(f"{start} {time}").replace(tzinfo=LONDON) if time else None
            one = deadline(policy, "stage-2", course(since, start, moment), ENGLAND)
            ends_at = f"{one.due_at:%H:%M}" if one.due_at else ""
            assert (one.due, ends_at) == by_hand(unit, amount, start, time), (start, amount)


# ── for any limit and any day ───────────────────────────────────────────────────────────────────────────────

ALLOWANCES = st.one_of(
    st.builds(lambda unit, n: {"unit": unit, "amount": n}, st.sampled_from(UNITS[:4]), st.integers(1, 60)),
    st.sampled_from([{"unit": unit} for unit in UNITS[4:]]),
)
STARTED = st.builds(datetime.combine, st.dates(date(2024, 1, 1), date(2028, 12, 31)), st.times(), st.just(LONDON))


def of(allow: dict[str, Any], moment: datetime, known: bool, **more: Any) -> Deadline:
    limit = {**within("hours", 1, **more), "allow": allow}
    given = course("stage_entry", moment.date(), moment if known else None)
    return deadline(ladder(limit), "stage-2", given, ENGLAND)


def over(one: Deadline) -> datetime:
    """The moment at which it ends, in UTC, so that times of two days can be compared."""
    assert one.due is not None
    end = one.due_at or datetime.combine(one.due + timedelta(days=1), datetime.min.time(), LONDON)
    return end.astimezone(ZoneInfo("UTC"))


@given(ALLOWANCES, STARTED, st.booleans())
def test_nothing_is_due_before_it_is_counted_and_no_date_is_sure_beyond_the_calendar(
    allow: dict[str, Any], moment: datetime, known: bool
) -> None:
    one = of(allow, moment, known)
    assert one.due is not None
    assert one.due >= moment.date()
    assert one.any_day or ENGLAND.is_working(one.due)
    assert one.rule.endswith(".")
    if not one.any_day:
        sure = ENGLAND.is_sure(moment.date()) and ENGLAND.is_sure(one.due)
        assert one.provisional == (not sure) == ("Provisional" in one.rule)
    else:
        assert not one.provisional


@given(ALLOWANCES, ALLOWANCES, STARTED, st.booleans())
def test_the_earlier_of_a_pair_is_the_first_of_both_and_the_later_the_last(
    allow: dict[str, Any], other: dict[str, Any], moment: datetime, known: bool
) -> None:
    each = [over(of(one, moment, known)) for one in (allow, other)]
    assert over(of(allow, moment, known, as_well=other, wins="earlier")) == min(each)
    assert over(of(allow, moment, known, as_well=other, wins="later")) == max(each)
    assert over(of(allow, moment, known, as_well=other)) == each[0]
    assert over(of(allow, moment, known, as_well=other, wins="as_well")) == each[1]


@given(ALLOWANCES, STARTED, st.integers(0, 40))
def test_lateness_by_the_moment_is_never_milder_than_by_the_day(
    allow: dict[str, Any], moment: datetime, later: int
) -> None:
    one = of(allow, moment, known=True)
    now = moment + timedelta(days=later)
    by_day, by_moment = standing(one, now.date(), ENGLAND), standing(one, now.date(), ENGLAND, now)
    assert by_moment == "late" or by_day == by_moment
    assert (by_moment == "late") == (now.astimezone(ZoneInfo("UTC")) > over(one)) or one.due_at is None
