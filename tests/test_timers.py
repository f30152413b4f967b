"""When timers come: hours in which people may be reminded, and rules that recur, across holidays and clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from bot.calendars import Calendar, load
from bot.config import SHIPPED
from bot.timers import Hours, Timer, next_weekly

LONDON, AUCKLAND, VANCOUVER = ZoneInfo("Europe/London"), ZoneInfo("Pacific/Auckland"), ZoneInfo("America/Vancouver")
ENGLAND = load(SHIPPED / "calendars" / "england-and-wales.json")
NO_HOLIDAYS = Calendar("xx", "No holidays", {}, date(2000, 1, 1), date(2100, 1, 1), "made up")
NINE_TO_FIVE = Hours(time(9), time(17), LONDON, ENGLAND)


def at(text: str, zone: ZoneInfo = LONDON) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


# ── hours ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("moment", "then"),
    [
        ("2026-11-25 09:00", "2026-11-25 09:00"),
        ("2026-11-25 16:59:59", "2026-11-25 16:59:59"),
        ("2026-11-25 17:00", "2026-11-26 09:00"),
        ("2026-11-25 08:59:59", "2026-11-25 09:00"),
        ("2026-11-25 00:00", "2026-11-25 09:00"),
        ("2026-11-27 18:00", "2026-11-30 09:00"),  # Friday evening
        ("2026-11-28 12:00", "2026-11-30 09:00"),  # Saturday noon
        ("2026-11-29 08:00", "2026-11-30 09:00"),  # Sunday morning
        ("2026-12-24 17:30", "2026-12-29 09:00"),  # the Monday is a substitute for Boxing Day
        ("2026-12-31 17:00", "2027-01-04 09:00"),
        ("2026-04-02 17:00", "2026-04-07 09:00"),  # Easter
        ("2026-05-04 10:00", "2026-05-05 09:00"),  # a bank holiday, in the middle of the day
        ("2026-03-27 20:00", "2026-03-30 09:00"),  # the clocks go forward between
        ("2026-10-25 01:30", "2026-10-26 09:00"),  # the hour that comes twice
    ],
)
def test_people_are_reminded_at_once_or_when_the_next_working_day_opens(moment: str, then: str) -> None:
    assert NINE_TO_FIVE.next_open(at(moment)) == at(then)
    assert NINE_TO_FIVE.are_open(at(moment)) == (moment == then)
    assert NINE_TO_FIVE.are_open(at(then))


def test_hours_are_those_of_the_zone_whatever_zone_the_moment_is_given_in() -> None:
    summer, winter = datetime(2026, 7, 1, 8, tzinfo=UTC), datetime(2026, 12, 1, 8, tzinfo=UTC)
    assert NINE_TO_FIVE.are_open(summer)
    assert NINE_TO_FIVE.next_open(winter) == datetime(2026, 12, 1, 9, tzinfo=UTC)
    sunday_here = datetime(2026, 11, 29, 21, tzinfo=UTC)
    assert Hours(time(9), time(17), AUCKLAND, NO_HOLIDAYS).are_open(sunday_here)


def test_the_opening_of_a_day_follows_the_clock_of_the_zone() -> None:
    assert NINE_TO_FIVE.on(date(2026, 3, 27)) == datetime(2026, 3, 27, 9, tzinfo=UTC)
    assert NINE_TO_FIVE.on(date(2026, 3, 30)) == datetime(2026, 3, 30, 8, tzinfo=UTC)
    assert NINE_TO_FIVE.on(date(2026, 3, 30)).date() == date(2026, 3, 30)


def test_hours_that_are_never_open_are_refused() -> None:
    with pytest.raises(ValueError, match="never open"):
        Hours(time(17), time(17), LONDON, ENGLAND)


def test_a_timer_says_in_which_zone_it_is_due() -> None:
    naive = at("2026-11-25 09:00").replace(tzinfo=None)
    with pytest.raises(ValueError, match="in which zone"):
        Timer("digest/herefordshire", "digest", naive, "digest")


# ── rules that recur ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("rule", "after", "then"),
    [
        ("monday 09:00", "2026-11-23 08:59:59", "2026-11-23 09:00"),
        ("monday 09:00", "2026-11-23 09:00", "2026-11-30 09:00"),
        ("monday 09:00", "2026-11-25 12:00", "2026-11-30 09:00"),
        ("wednesday 15:30", "2026-11-25 15:00", "2026-11-25 15:30"),
        # The Monday is a bank holiday, so it comes on the Tuesday.
        ("monday 09:00", "2026-05-01 12:00", "2026-05-05 09:00"),
        ("monday 09:00", "2026-05-04 09:00", "2026-05-05 09:00"),
        ("monday 09:00", "2026-05-05 08:59", "2026-05-05 09:00"),
        ("monday 09:00", "2026-05-05 09:00", "2026-05-11 09:00"),
        # Good Friday and Easter Monday: Friday's comes on the Tuesday, in the next week.
        ("friday 09:00", "2026-04-03 10:00", "2026-04-07 09:00"),
        ("friday 09:00", "2026-04-06 10:00", "2026-04-07 09:00"),
        ("friday 09:00", "2026-04-07 09:00", "2026-04-10 09:00"),
        # Christmas Day, the weekend and Boxing Day's substitute.
        ("friday 09:00", "2026-12-18 09:00", "2026-12-29 09:00"),
        ("friday 09:00", "2026-12-29 09:00", "2027-01-04 09:00"),  # New Year's Day is a Friday
        ("friday 09:00", "2027-01-04 09:00", "2027-01-08 09:00"),
        ("sunday 09:00", "2026-11-23 09:00", "2026-11-30 09:00"),
    ],
)
def test_a_rule_comes_on_its_day_or_the_next_working_day(rule: str, after: str, then: str) -> None:
    assert next_weekly(rule, LONDON, ENGLAND, at(after)) == at(then)


@pytest.mark.parametrize(
    ("zone", "first"),
    [
        (LONDON, "2026-03-23 09:00"),  # forward on the 29th
        (LONDON, "2026-10-19 09:00"),  # back on the 25th
        (AUCKLAND, "2026-03-30 09:00"),  # back on the 5th of April
        (AUCKLAND, "2026-09-21 09:00"),  # forward on the 27th
    ],
)
def test_a_rule_keeps_its_hour_when_the_clocks_change(zone: ZoneInfo, first: str) -> None:
    here = at(first, zone)
    following = next_weekly("monday 09:00", zone, NO_HOLIDAYS, here)
    assert (following.weekday(), following.time()) == (0, time(9))
    gone_by = following.astimezone(UTC) - here.astimezone(UTC)
    assert abs(gone_by - timedelta(days=7)) == timedelta(hours=1)


@pytest.mark.parametrize(("weekday", "rule"), [(0, "monday 09:00"), (3, "thursday 06:00"), (4, "friday 20:00")])
def test_over_years_it_comes_once_for_each_week_and_asking_at_any_moment_gives_the_next(
    weekday: int, rule: str
) -> None:
    days = [day for n in range(800) if (day := date(2025, 12, 1) + timedelta(days=n)).weekday() == weekday]
    working = [day if ENGLAND.is_working(day) else ENGLAND.add(day, 1) for day in days]
    came = [at(f"{day} {rule.split()[1]}") for day in working]
    assert working != days
    for before, then in pairwise(came):
        asked = before.astimezone(UTC)
        while asked < then:
            assert next_weekly(rule, LONDON, ENGLAND, asked) == then
            asked += timedelta(hours=23)


def test_weeks_without_a_working_day_are_not_made_up_for_with_several_at_once() -> None:
    closed = {date(2026, 12, 21) + timedelta(days=n): "Closed" for n in range(14)}
    shut = Calendar("xx", "Shut", closed, date(2026, 1, 1), date(2027, 12, 31), "made up")
    reopened = at("2027-01-04 09:00")
    assert next_weekly("monday 09:00", LONDON, shut, at("2026-12-14 09:00")) == reopened
    assert next_weekly("monday 09:00", LONDON, shut, at("2026-12-28 12:00")) == reopened
    assert next_weekly("monday 09:00", LONDON, shut, reopened) == at("2027-01-11 09:00")


def test_the_day_is_that_of_the_zone_where_another_day_has_begun_elsewhere() -> None:
    closed = {date(2026, 12, 25) + timedelta(days=n): "Closed" for n in range(6)}
    shut = Calendar("xx", "Shut", closed, date(2026, 1, 1), date(2027, 12, 31), "made up")
    thursday_there = datetime(2027, 1, 1, 3, 30, tzinfo=UTC)
    assert next_weekly("friday 20:00", VANCOUVER, shut, thursday_there) == at("2026-12-31 20:00", VANCOUVER)


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("monday 01:30", "clocks change"),
        ("monday 02:00", "clocks change"),
        ("mon 09:00", "no weekday"),
        ("09:00", "no weekday"),
        ("monday", "isoformat"),
    ],
)
def test_a_rule_that_could_come_twice_or_never_is_refused(rule: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        next_weekly(rule, LONDON, ENGLAND, at("2026-11-25 09:00"))
