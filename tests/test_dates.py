"""Typed dates: a table of what practitioners type, and any text at all."""

import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import bot
from bot.calendars import load
from bot.dates import LONGEST, Expect, echo, in_words, is_unknown, read_date
from bot.errors import Doubtful, InvalidAnswer

TODAY = date(2026, 3, 17)
"""A Tuesday."""
CALENDAR = load(Path(bot.__file__).parent.parent / "policies" / "calendars" / "england-and-wales.json")
OK, ASK, REFUSE = "OK", "ASK", "REFUSE"

# What was typed, what becomes of it, and the day.
PAST = [
    ("3/4/26", REFUSE, ""),
    ("03/04/2026", REFUSE, ""),
    ("03 04 2026", REFUSE, ""),
    ("030426", REFUSE, ""),
    ("2026-03-04", OK, "2026-03-04"),
    ("04/03", ASK, "2026-03-04"),
    ("03/13/2026", REFUSE, ""),
    ("31/02/2026", REFUSE, ""),
    ("29/02/2024", ASK, "2024-02-29"),
    ("32/01/2026", REFUSE, ""),
    ("00/01/2026", REFUSE, ""),
    ("9 May", ASK, "2025-05-09"),
    ("May 9", ASK, "2025-05-09"),
    ("9 may 12", ASK, "2012-05-09"),
    ("9/5/12", ASK, "2012-05-09"),
    ("1/1/68", REFUSE, ""),
    ("2/3/09", ASK, "2009-03-02"),
    ("today", OK, "2026-03-17"),
    ("yesterday", OK, "2026-03-16"),
    ("yday", REFUSE, ""),
    ("last night", OK, "2026-03-16"),
    ("the day before yesterday", OK, "2026-03-15"),
    ("tomorrow", REFUSE, ""),
    ("tomorrow week", REFUSE, ""),
    ("a week today", REFUSE, ""),
    ("a week ago today", REFUSE, ""),
    ("Monday week", REFUSE, ""),
    ("monday", ASK, "2026-03-16"),
    ("tuesday", ASK, "2026-03-10"),
    ("last monday", ASK, "2026-03-16"),
    ("last Tuesday", ASK, "2026-03-10"),
    ("this monday", ASK, "2026-03-16"),
    ("next monday", REFUSE, ""),
    ("on Monday", ASK, "2026-03-16"),
    ("Monday 9th March", ASK, "2026-03-09"),
    ("Tuesday 9th March", ASK, "2026-03-09"),
    ("Mon 9/3", ASK, "2026-03-09"),
    ("Monday 16", REFUSE, ""),
    ("the 9th", ASK, "2026-03-09"),
    ("9th", ASK, "2026-03-09"),
    ("12", REFUSE, ""),
    ("12th", ASK, "2026-03-12"),
    ("2019", REFUSE, ""),
    ("March 2026", REFUSE, ""),
    ("March", REFUSE, ""),
    ("may", REFUSE, ""),
    ("sat", ASK, "2026-03-14"),
    ("now", REFUSE, ""),
    ("n/a", REFUSE, ""),
    ("not sure", REFUSE, ""),
    ("?", REFUSE, ""),
    ("2 days ago", OK, "2026-03-15"),
    ("a couple of days ago", REFUSE, ""),
    ("2 working days ago", REFUSE, ""),
    ("3 weeks ago", ASK, "2026-02-24"),
    ("3 weeks ago on Monday", REFUSE, ""),
    ("last week", REFUSE, ""),
    ("last month", REFUSE, ""),
    ("last year", REFUSE, ""),
    ("Easter Monday", REFUSE, ""),
    ("Christmas Day", REFUSE, ""),
    ("3rd March 2026 at 2pm", OK, "2026-03-03"),
    ("2pm", REFUSE, ""),
    ("3/4/26 or 4/4/26", REFUSE, ""),
    ("3 March 2026, rang again on 5 March", REFUSE, ""),
    ("7", REFUSE, ""),
    ("about 6", REFUSE, ""),
    ("3rd of March 2026", OK, "2026-03-03"),
    ("3-Mar-26", OK, "2026-03-03"),
    ("3Mar26", OK, "2026-03-03"),
    ("3 sept 2025", OK, "2025-09-03"),
    ("3 Febuary 2026", REFUSE, ""),
    ("31 April 2026", REFUSE, ""),
    ("20260303", REFUSE, ""),
    ("1772496000", REFUSE, ""),
    ("3/3/2026 (Tuesday)", OK, "2026-03-03"),
    ("week commencing 2 March", REFUSE, ""),
    ("2/3/2206", REFUSE, ""),
    ("2/3/0026", REFUSE, ""),
    ("2/3/1826", REFUSE, ""),
    ("3 mawrth 2026", REFUSE, ""),
    ("a", REFUSE, ""),
    ("April", REFUSE, ""),
    ("fortnight ago", REFUSE, ""),
    ("a fortnight ago", ASK, "2026-03-03"),
    ("29/2", ASK, "2024-02-29"),
    ("１２/０３/２０２６", OK, "2026-03-12"),  # noqa: RUF001, full-width digits are what is tested
    ("١٢/٠٣/٢٠٢٦", OK, "2026-03-12"),
    ("2026-06-03T23:30:00Z", REFUSE, ""),
]
BIRTH = [
    ("DOB 3/4/2015", OK, "2015-04-03"),
    ("born 3 April 2015", OK, "2015-04-03"),
    ("D.O.B.: 3/4/15", OK, "2015-04-03"),
    ("date of birth 3 Apr 2015", OK, "2015-04-03"),
    ("Friday 3 April 2015", OK, "2015-04-03"),
    ("Monday 3 April 2015", ASK, "2015-04-03"),
    ("17/03/2026", OK, "2026-03-17"),
    ("18/03/2026", REFUSE, ""),
    ("18/3/2000", OK, "2000-03-18"),
    ("17/3/2000", REFUSE, ""),
    ("3/4/98", REFUSE, ""),
    ("3 April", REFUSE, ""),
    ("3/4", REFUSE, ""),
    ("3rd", REFUSE, ""),
    ("monday", REFUSE, ""),
    ("yesterday", REFUSE, ""),
    ("2 weeks ago", REFUSE, ""),
    ("2015", REFUSE, ""),
    ("n/a", REFUSE, ""),
]
FUTURE = [
    ("17/03/2026", OK, "2026-03-17"),
    ("16/03/2026", REFUSE, ""),
    ("3/4/26", OK, "2026-04-03"),
    ("today", OK, "2026-03-17"),
    ("tomorrow", OK, "2026-03-18"),
    ("the day after tomorrow", OK, "2026-03-19"),
    ("in 3 days", OK, "2026-03-20"),
    ("in two weeks", ASK, "2026-03-31"),
    ("in a fortnight", ASK, "2026-03-31"),
    ("yesterday", REFUSE, ""),
    ("9 May", ASK, "2026-05-09"),
    ("4 March", ASK, "2027-03-04"),
    ("the 9th", ASK, "2026-04-09"),
    ("monday", ASK, "2026-03-23"),
    ("tuesday", ASK, "2026-03-24"),
    ("next monday", ASK, "2026-03-23"),
    ("last monday", REFUSE, ""),
    ("21/04/2027", OK, "2027-04-21"),
    ("22/04/2027", REFUSE, ""),
]
ANY = [
    ("3/4/26", OK, "2026-04-03"),
    ("3/3/26", OK, "2026-03-03"),
    ("yesterday", OK, "2026-03-16"),
    ("tomorrow", OK, "2026-03-18"),
    ("9 May", ASK, "2026-05-09"),
    ("3 January", ASK, "2026-01-03"),
    ("the 9th", ASK, "2026-03-09"),
    ("the 19th", ASK, "2026-03-19"),
    ("monday", ASK, "2026-03-16"),
    ("next monday", ASK, "2026-03-23"),
    ("16/3/2024", ASK, "2024-03-16"),
    ("17/3/2024", OK, "2024-03-17"),
    ("22/04/2027", REFUSE, ""),
    ("2/3/1826", REFUSE, ""),
]
# Beyond the table: other ways to write what is certain, and near misses.
MORE = [
    ("3.3.2026", OK, "2026-03-03"),
    ("3 / 3 / 2026", OK, "2026-03-03"),
    ("3–3–2026", OK, "2026-03-03"),
    ("03\u00a0March\u00a02026", OK, "2026-03-03"),
    ("\u200e3/3/2026\u200f", OK, "2026-03-03"),
    ("3 March ’26", OK, "2026-03-03"),
    ("3 March, 2026.", OK, "2026-03-03"),
    ("March 3rd, 2026", OK, "2026-03-03"),
    ("on the 3rd of March 2026", OK, "2026-03-03"),
    ("Tues, 3 Mar 2026, 14:30", OK, "2026-03-03"),
    ("3/3/26 at 2.30pm", OK, "2026-03-03"),
    ("yesterday afternoon", OK, "2026-03-16"),
    ("Yesterday at 10:15", OK, "2026-03-16"),
    ("2026/03/03", OK, "2026-03-03"),
    ("2026-03-03", OK, "2026-03-03"),
    ("two days ago", OK, "2026-03-15"),
    ("16 March 2024", ASK, "2024-03-16"),
    ("17 March 2024", OK, "2024-03-17"),
    ("Monday the 16th", ASK, "2026-03-16"),
    ("Monday the 9th", ASK, "2026-03-09"),
    ("the 31st", ASK, "2026-01-31"),
    ("17th", ASK, "2026-03-17"),
    ("Wednesday 3 March 2026", ASK, "2026-03-03"),
    ("3/3-2026", REFUSE, ""),
    ("3/3/202", REFUSE, ""),
    ("3/3/20261", REFUSE, ""),
    ("33rd", REFUSE, ""),
    ("30 Feb", REFUSE, ""),
    ("about 3 March 2026", REFUSE, ""),
    ("3 March 2026?", REFUSE, ""),
    ("Tuesday 3/3/2026 Tuesday", REFUSE, ""),
    ("not before 3/3/2026", REFUSE, ""),
    ("2 days ago 3 days ago", REFUSE, ""),
    ("3/3/2026\n4/3/2026", REFUSE, ""),
    ("", REFUSE, ""),
    ("   ", REFUSE, ""),
    ("0", REFUSE, ""),
    ("1/1/0000", REFUSE, ""),
    ("\ud83d", REFUSE, ""),
]


def outcome(typed: str, expect: Expect, today: date = TODAY) -> tuple[str, str]:
    try:
        return OK, read_date(typed, today=today, expect=expect).isoformat()
    except Doubtful as doubt:
        return ASK, doubt.value
    except InvalidAnswer:
        return REFUSE, ""


def refusal(typed: str, expect: Expect = "past") -> str:
    with pytest.raises(InvalidAnswer) as refused:
        read_date(typed, today=TODAY, expect=expect)
    assert not isinstance(refused.value, Doubtful)
    return str(refused.value)


def doubt(typed: str, expect: Expect = "past") -> str:
    with pytest.raises(Doubtful) as asked:
        read_date(typed, today=TODAY, expect=expect)
    return asked.value.because


def test_the_table_of_typed_dates_is_whole() -> None:
    assert len(PAST) == 91 - 2  # two rows are dates of birth, and stand with those


@pytest.mark.parametrize(("typed", "then", "day"), PAST)
def test_a_past_event_as_practitioners_type_it(typed: str, then: str, day: str) -> None:
    assert outcome(typed, "past") == (then, day)


@pytest.mark.parametrize(("typed", "then", "day"), BIRTH)
def test_a_date_of_birth_needs_its_year_and_a_child_s_age(typed: str, then: str, day: str) -> None:
    assert outcome(typed, "birth") == (then, day)


@pytest.mark.parametrize(("typed", "then", "day"), FUTURE)
def test_a_meeting_lies_between_today_and_400_days_from_now(typed: str, then: str, day: str) -> None:
    assert outcome(typed, "future") == (then, day)


@pytest.mark.parametrize(("typed", "then", "day"), ANY)
def test_a_day_may_lie_either_way(typed: str, then: str, day: str) -> None:
    assert outcome(typed, "any") == (then, day)


@pytest.mark.parametrize(("typed", "then", "day"), MORE)
def test_other_spellings_are_read_and_near_misses_refused(typed: str, then: str, day: str) -> None:
    assert outcome(typed, "past") == (then, day)


# ── what is said ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("typed", "because"),
    [
        ("9 May", "no year was given"),
        ("the 9th", "no month was given"),
        ("monday", "only a weekday was given, and the last Monday was taken"),
        ("3 weeks ago", "weeks were given and not a day"),
        ("Wednesday 3 March 2026", "3 March 2026 is a Tuesday and not a Wednesday, and the date was taken"),
        ("9 May 2012", "that is what it says, although it is more than two years ago"),
        ("29/2", "no year was given, and it is more than two years ago"),
    ],
)
def test_a_doubt_says_what_was_assumed(typed: str, because: str) -> None:
    assert doubt(typed) == because


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("3/4/26", "“3/4/26” is read as Friday 3 April 2026, which is still to come"),
        ("1/1/68", "A year of two digits is read as 20yy"),
        ("03/13/2026", "has 13 where the month belongs; the day comes first"),
        ("31/04/2026", "is not a day of the calendar"),
        ("2/3/1826", "more than 100 years ago. Is the year right?"),
        ("soon", "“soon” is not a date I can read. Please type day, month and year, like 17/03/2026."),
        ("n/a", "“n/a” gives no day, and one is needed"),
        ("", "No date was given"),
        ("x" * 500, "That is 500 characters"),
    ],
)
def test_a_refusal_says_what_is_wrong_and_what_to_type(typed: str, words: str) -> None:
    assert words in refusal(typed)
    assert "Please type day, month and year" in refusal(typed)


def test_a_date_of_birth_without_a_year_is_told_to_give_one() -> None:
    assert refusal("3 April", "birth").startswith(
        "“3 April” has no year. Please type day, month and year of the child’s"
    )
    assert "more than 25 years ago" in refusal("3/4/1998", "birth")


def test_a_refusal_can_be_sent_on_whatever_was_typed() -> None:
    assert refusal("3\ud83d\x00\n4").encode("utf-8").isascii() is False
    assert "\x00" not in refusal("3\ud83d\x00\n4")


@pytest.mark.parametrize(
    "text", ["n/a", "N/A.", "not known", "Not  Known", "unknown", "UNKNOWN", "don’t know", "\uff4e/a"]
)
def test_not_known_is_understood_without_reading_a_date(text: str) -> None:
    assert is_unknown(text)


@pytest.mark.parametrize("text", ["", "not sure", "?", "no", "3/3/2026", "unknown " * 50, "not known, maybe 3/3/2026"])
def test_other_texts_are_not_not_known(text: str) -> None:
    assert not is_unknown(text)


def test_a_day_in_words_has_weekday_and_month_by_name() -> None:
    assert in_words(date(2026, 3, 3)) == "Tuesday 3 March 2026"
    assert in_words(date(2024, 2, 29)) == "Thursday 29 February 2024"


@pytest.mark.parametrize(
    ("day", "distance"),
    [
        ("2026-03-03", "10 working days ago"),
        ("2026-03-16", "1 working day ago"),
        ("2026-03-17", "today"),
        ("2026-03-18", "in 1 working day"),
        ("2026-03-20", "in 3 working days"),
        ("2026-03-14", "2 working days ago"),
        ("2015-04-03", "10 years ago"),
        ("2023-12-29", "2 years ago"),
        ("2028-12-27", "in 2 years"),
    ],
)
def test_an_echo_says_how_far_away_the_day_is(day: str, distance: str) -> None:
    assert echo(date.fromisoformat(day), TODAY, CALENDAR).endswith(f" 20{day[2:4]} ({distance})")


def test_an_echo_counts_all_days_where_no_working_day_or_calendar_is() -> None:
    saturday, sunday = date(2026, 3, 14), date(2026, 3, 15)
    assert echo(saturday, sunday, CALENDAR) == "Saturday 14 March 2026 (1 day ago)"
    assert echo(sunday, saturday, CALENDAR) == "Sunday 15 March 2026 (in 1 day)"
    assert echo(date(2026, 3, 3), TODAY, None) == "Tuesday 3 March 2026 (14 days ago)"


# ── any text at all ──────────────────────────────────────────────────────────────────────────────────────

EXPECTATIONS: st.SearchStrategy[Expect] = st.sampled_from(("past", "birth", "future", "any"))
PIECES = """
1 2 3 9 12 13 29 31 32 0 00 26 98 2026 0026 9999 st nd rd th / - . , : ( ) of the on at last next this ago in a
days weeks day week fortnight today tomorrow yesterday mon tuesday sunday jan feb may sept december dob born pm 2pm
’ ½ ② ٣ \uff13 \u200f \u2212 İ ß ﷺ
"""
SOME = st.lists(st.sampled_from(PIECES.split()), max_size=12)
TODAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))


@given(st.text() | SOME.map(" ".join) | SOME.map("".join), EXPECTATIONS, TODAYS)
@example("ﷺ" * 60, "past", TODAY)
@example("29/2", "past", date(2099, 12, 31))
@example("29 feb", "birth", date(2024, 2, 29))
def test_any_text_gives_a_day_a_doubt_or_a_refusal(typed: str, expect: Expect, today: date) -> None:
    then, day = outcome(typed, expect, today)
    if then == REFUSE:
        return
    found = date.fromisoformat(day)
    if expect in {"past", "birth"}:
        assert found <= today
    if expect == "future":
        assert found >= today
    assert found <= today + timedelta(days=400)


@given(TODAYS, st.integers(0, 600))
def test_a_day_in_full_is_read_back_as_itself(today: date, before: int) -> None:
    day = today - timedelta(days=before)
    assert outcome(in_words(day), "past", today) == (OK, day.isoformat())
    assert outcome(f"{day:%d/%m/%y}", "past", today) == (
        OK if day.year >= 2000 else REFUSE,
        day.isoformat() if day.year >= 2000 else "",
    )
    assert outcome(day.isoformat(), "any", today) == (OK, day.isoformat())


@given(TODAYS, st.integers(1, 99))
def test_days_ago_are_counted_on_the_calendar(today: date, n: int) -> None:
    assert outcome(f"{n} days ago", "past", today) == (OK, (today - timedelta(days=n)).isoformat())
    assert outcome(f"in {n} days", "future", today) == (OK, (today + timedelta(days=n)).isoformat())


def test_hard_texts_are_answered_at_once() -> None:
    begun = time.perf_counter()
    for typed in (
        "1" * LONGEST,
        "mon " * 15,
        " 2pm" * 15,
        "the " * 15,
        "3 March " * 7,
        "x" * 1_000_000,
        "-" * LONGEST,
    ):
        assert outcome(typed, "past") == (REFUSE, "")
    assert time.perf_counter() - begun < 0.5


def test_reading_a_written_date_does_not_load_the_parser_library() -> None:
    program = (
        "import sys; from datetime import date; from bot.dates import read_date;"
        "read_date('3/3/2026', today=date(2026, 3, 17), expect='past'); sys.exit('dateparser' in sys.modules)"
    )
    assert (
        subprocess.run([sys.executable, "-c", program], check=False, cwd=Path(bot.__file__).parent.parent).returncode
        == 0
    )
