"""Working days: the shipped calendars against other sources, the counting against a slow second way."""

import json
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import govuk_bank_holidays.bank_holidays
import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bot
from bot.calendars import Calendar, load, load_folder
from bot.errors import ConfigError

FOLDER = Path(bot.__file__).parent.parent / "policies" / "calendars"
CALENDARS = load_folder(FOLDER)
ENGLAND, SCOTLAND = CALENDARS["england-and-wales"], CALENDARS["scotland"]
GUERNSEY, JERSEY = CALENDARS["guernsey"], CALENDARS["jersey"]
WORLD_CUP = date(2026, 6, 15)
"""A bank holiday of Scotland, proclaimed in February 2026."""

# The day, then the 2nd, 3rd, 6th, 8th, 11th, 13th and 20th working day after it.
AFTER = (2, 3, 6, 8, 11, 13, 20)
VECTORS = [
    (ENGLAND, "2026-03-03", "03-05 03-06 03-11 03-13 03-18 03-20 03-31"),
    (ENGLAND, "2026-04-02", "04-08 04-09 04-14 04-16 04-21 04-23 05-05"),
    (ENGLAND, "2026-04-03", "04-08 04-09 04-14 04-16 04-21 04-23 05-05"),
    (ENGLAND, "2026-12-17", "12-21 12-22 12-29 12-31 01-06 01-08 01-19"),
    (ENGLAND, "2026-12-23", "12-29 12-30 01-05 01-07 01-12 01-14 01-25"),
    (ENGLAND, "2026-12-26", "12-30 12-31 01-06 01-08 01-13 01-15 01-26"),
    (ENGLAND, "2027-12-23", "12-29 12-30 01-05 01-07 01-12 01-14 01-25"),
    (ENGLAND, "2025-05-01", "05-06 05-07 05-12 05-14 05-19 05-21 06-02"),
    (GUERNSEY, "2025-05-01", "05-06 05-07 05-13 05-15 05-20 05-22 06-03"),
    (GUERNSEY, "2026-05-05", "05-07 05-08 05-13 05-15 05-20 05-22 06-03"),
    (JERSEY, "2028-05-03", "05-05 05-08 05-12 05-16 05-19 05-23 06-02"),
    (SCOTLAND, "2026-06-11", "06-16 06-17 06-22 06-24 06-29 07-01 07-10"),
]

ENGLISH_CLOSURES = {
    2024: "01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26",
    2025: "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26",
    2026: "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28",
    2027: "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28",
    2028: "01-03 04-14 04-17 05-01 05-29 08-28 12-25 12-26",
}
ISLAND_EXTRAS = {
    GUERNSEY.code: {"2024-05-09", "2024-07-16", "2025-05-09", "2028-05-09"},
    JERSEY.code: {"2024-05-09", "2024-07-15", "2025-05-09", "2028-05-09"},
}

DAYS = st.dates(date(2024, 1, 1), date(2028, 6, 30))
PLACES = st.sampled_from(sorted(CALENDARS.values(), key=lambda calendar: calendar.code))


def english() -> set[date]:
    return {date.fromisoformat(f"{year}-{day}") for year, days in ENGLISH_CLOSURES.items() for day in days.split()}


def weekdays(days: Mapping[date, str] | set[date]) -> set[date]:
    return {day for day in days if day.weekday() < 5}


# ── the data ─────────────────────────────────────────────────────────────────────────────────────────────


def test_six_calendars_ship_and_each_names_its_place_and_source() -> None:
    assert {name: calendar.code for name, calendar in CALENDARS.items()} == {
        "england-and-wales": "GB-EAW",
        "scotland": "GB-SCT",
        "northern-ireland": "GB-NIR",
        "guernsey": "GG",
        "jersey": "JE",
        "isle-of-man": "IM",
    }
    assert all(len(calendar.source) > 40 for calendar in CALENDARS.values())


def test_england_and_wales_closes_on_the_published_days() -> None:
    assert set(ENGLAND.closed) == english()


@pytest.mark.parametrize("island", [GUERNSEY, JERSEY], ids=lambda island: island.name)
def test_an_island_closes_on_liberation_day_with_no_day_in_lieu(island: Calendar) -> None:
    extra = {date.fromisoformat(day) for day in ISLAND_EXTRAS[island.code]}
    assert set(island.closed) == english() | extra


@pytest.mark.parametrize("place", ["guernsey", "jersey", "isle-of-man"])
def test_an_island_calendar_says_that_it_has_to_be_confirmed(place: str) -> None:
    assert "Confirm" in CALENDARS[place].source


@pytest.mark.parametrize(
    ("place", "country", "part"),
    [
        # Without a subdivision the package leaves out Easter Monday and the summer bank holiday.
        ("england-and-wales", "GB", "ENG"),
        ("england-and-wales", "GB", "WLS"),
        ("scotland", "GB", "SCT"),
        ("northern-ireland", "GB", "NIR"),
        ("guernsey", "GG", None),
        ("jersey", "JE", None),
        ("isle-of-man", "IM", None),
    ],
)
def test_the_holidays_package_has_the_same_weekdays(place: str, country: str, part: str | None) -> None:
    theirs = holidays.country_holidays(country, subdiv=part, years=range(2024, 2029), language="en_GB")
    assert weekdays(set(theirs)) == set(CALENDARS[place].closed)


@pytest.mark.parametrize("place", ["england-and-wales", "scotland", "northern-ireland"])
def test_the_government_list_has_the_same_days_but_for_the_world_cup(place: str) -> None:
    # The bundled list only: without the argument it asks the network. It ends before the World Cup day.
    lists = govuk_bank_holidays.bank_holidays.BankHolidays(use_cached_holidays=True)
    theirs = {entry["date"] for entry in lists.get_holidays(division=place)}
    expected = set(CALENDARS[place].closed) - ({WORLD_CUP} if place == "scotland" else set())
    assert weekdays({day for day in theirs if day.year >= 2024}) == expected


def test_scotland_has_the_world_cup_day_and_works_on_easter_monday() -> None:
    assert not SCOTLAND.is_working(WORLD_CUP)
    assert SCOTLAND.is_working(date(2026, 4, 6))
    assert ENGLAND.is_working(WORLD_CUP)


# ── counting ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("calendar", "start", "expected"), VECTORS, ids=lambda value: getattr(value, "code", str(value)[:10])
)
def test_the_golden_dates(calendar: Calendar, start: str, expected: str) -> None:
    day = date.fromisoformat(start)
    found = [calendar.add(day, n) for n in AFTER]
    assert " ".join(f"{one:%m-%d}" for one in found) == expected
    assert all(one - day < timedelta(days=60) for one in found)
    assert [calendar.count(day, one) for one in found] == list(AFTER)


def test_a_day_beyond_the_published_list_is_never_sure() -> None:
    late = ENGLAND.add(date(2028, 12, 20), 6)
    assert late > ENGLAND.sure_to
    assert not ENGLAND.is_sure(late)
    assert ENGLAND.is_sure(date(2028, 12, 26))
    assert not ENGLAND.is_sure(date(2023, 12, 31))


def test_counting_back_reaches_earlier_working_days() -> None:
    assert ENGLAND.add(date(2026, 4, 7), -1) == date(2026, 4, 2)
    assert ENGLAND.count(date(2026, 4, 7), date(2026, 4, 2)) == -1


def test_no_days_are_between_a_day_and_itself() -> None:
    assert ENGLAND.count(date(2026, 3, 2), date(2026, 3, 2)) == 0
    assert ENGLAND.add(date(2026, 3, 7), 0) == date(2026, 3, 7)


@given(PLACES, DAYS, st.integers(-60, 60))
def test_count_undoes_add(calendar: Calendar, day: date, n: int) -> None:
    assert calendar.count(day, calendar.add(day, n)) == n


@given(PLACES, DAYS, st.integers(1, 60))
def test_what_is_added_ends_on_a_working_day(calendar: Calendar, day: date, n: int) -> None:
    assert calendar.is_working(calendar.add(day, n))


@given(PLACES, DAYS, st.integers(0, 10), st.integers(0, 60), st.integers(0, 10))
def test_a_later_day_or_more_days_never_end_earlier(
    calendar: Calendar, day: date, later: int, n: int, more: int
) -> None:
    assert calendar.add(day, n) <= calendar.add(day + timedelta(days=later), n + more)


@given(PLACES, DAYS, st.integers(1, 60))
def test_a_second_way_of_counting_agrees(calendar: Calendar, day: date, n: int) -> None:
    every_day = [day + timedelta(days=k) for k in range(1, 200)]
    working = [one for one in every_day if f"{one:%a}" not in {"Sat", "Sun"} and calendar.closed.get(one) is None]
    assert calendar.add(day, n) == working[n - 1]
    assert calendar.count(day, day + timedelta(days=n)) == len([one for one in working if (one - day).days <= n])


# ── faulty files ─────────────────────────────────────────────────────────────────────────────────────────

GOOD: dict[str, Any] = {
    "code": "XX",
    "name": "Nowhere",
    "source": "Invented for a test",
    "sure_from": "2026-01-01",
    "sure_to": "2026-12-31",
    "closed": {"2026-12-25": "Christmas Day"},
}


def written(folder: Path, text: str) -> Path:
    file = folder / "nowhere.json"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_good_file_is_read(tmp_path: Path) -> None:
    calendar = load(written(tmp_path, json.dumps(GOOD)))
    assert calendar.closed == {date(2026, 12, 25): "Christmas Day"}
    assert (calendar.code, calendar.sure_to) == ("XX", date(2026, 12, 31))


@pytest.mark.parametrize(
    ("change", "key", "remedy"),
    [
        ({"code": ""}, "code", "quotation marks"),
        ({"name": None}, "name", "quotation marks"),
        ({"source": 7}, "source", "quotation marks"),
        ({"sure_to": "31/12/2026"}, "sure_to", "like 2026-04-03"),
        ({"sure_to": "2026-W01-1"}, "sure_to", "like 2026-04-03"),
        ({"sure_from": None}, "sure_from", "like 2026-04-03"),
        ({"sure_to": "2025-12-31"}, "sure_to", "last sure day"),
        ({"closed": ["2026-12-25"]}, "closed", "Good Friday"),
        ({"closed": {"25 Dec": "Christmas Day"}}, "closed.25 Dec", "like 2026-04-03"),
        ({"closed": {"2026-02-30": "Nothing"}}, "closed.2026-02-30", "like 2026-04-03"),
        ({"closed": {"2026-12-25": ""}}, "closed.2026-12-25", "quotation marks"),
        ({"closed": {"2027-01-01": "New Year"}}, "closed.2027-01-01", "Correct one"),
        ({"holidays": {}}, "holidays", "Use only"),
    ],
)
def test_a_fault_is_told_with_file_key_and_remedy(
    tmp_path: Path, change: dict[str, Any], key: str, remedy: str
) -> None:
    with pytest.raises(ConfigError) as error:
        load(written(tmp_path, json.dumps(GOOD | change)))
    assert str(error.value).startswith(f"{tmp_path / 'nowhere.json'}: {key}: ")
    assert remedy in str(error.value)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("{", "Mend the file"),
        ("[]", "one object"),
        ('{"name": "a", "name": "b"}', "name is there twice"),
        ("[" * 100_000, "Mend the file"),
    ],
)
def test_a_file_that_is_no_calendar_is_told(tmp_path: Path, text: str, remedy: str) -> None:
    with pytest.raises(ConfigError, match=remedy):
        load(written(tmp_path, text))


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    (tmp_path / "nowhere.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="not a JSON file"):
        load(tmp_path / "nowhere.json")


def test_a_missing_file_or_empty_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "gone.json")
    with pytest.raises(ConfigError, match="Copy policies/calendars of the release there"):
        load_folder(tmp_path)
    with pytest.raises(ConfigError, match="Copy policies/calendars of the release there"):
        load_folder(tmp_path / "gone")
