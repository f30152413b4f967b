"""What a UK practitioner typed, turned into a date, or into a question back.

Rule 1: one pattern must fit the whole text, or it is refused: a wrong date is worse than none.
Rule 2: whatever was assumed is said and confirmed (`Doubtful`): a year, a month, which Monday.
Rule 3: days come before months, and a year of two digits is 20yy.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Literal

from bot.calendars import Calendar
from bot.errors import Doubtful, InvalidAnswer

Expect = Literal["past", "birth", "future", "any"]
"""Where the day may lie: up to today; a child's birth; from today on; or either way."""

LONGEST = 60
"""Characters; longer texts are refused before any pattern sees them."""
LONG_AGO = 2
"""Years after which a past event is confirmed."""
TOO_LONG_AGO = 100
"""Years after which a past event is refused: a slip such as 1826 or 0026."""
OLDEST_CHILD = 25
"""Years of age: young people with care plans or leaving care included."""
FAR_AHEAD = 400
"""Days after which a planned day is refused."""

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

# "not sure" and "?" are not here: they are no answer, and are asked again.
UNKNOWN_PHRASES = frozenset(
    {
        "unknown", "not known", "not yet known", "n/a", "na", "n.a", "not applicable", "not available",
        "n/k", "nk", "don't know", "dont know", "do not know", "i don't know", "i dont know", "i do not know",
    }
)  # fmt: skip

_WEEKDAY = (
    r"(?P<weekday>mon(?:day)?|tue(?:s(?:day)?)?|wed(?:s|nesday)?|thu(?:rs?(?:day)?)?"
    r"|fri(?:day)?|sat(?:urday)?|sun(?:day)?)\.?"
)
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4}|'?\d{2})"
_GAP = r"(?:\s*[-/., ]\s*)?"
_HOUR = r"(?:[01]?\d|2[0-3])"

_BIRTH_PREFIX = re.compile(r"(?:d\.?o\.?b\.?|date of birth|born(?: on)?\b)\s*[:-]?\s*")
_TIME_OF_DAY = re.compile(
    rf"[\s,]+(?:(?:at )?{_HOUR}(?::[0-5]\d(?::[0-5]\d)?|(?:[.:][0-5]\d)? ?[ap]\.?m\.?)"
    rf"|at {_HOUR}[.:][0-5]\d|at (?:noon|midday)|(?:in the )?(?:morning|afternoon|evening))$"
)
_WEEKDAY_FIRST = re.compile(rf"(?:on )?{_WEEKDAY},? (?P<rest>.*\d.*)")
_WEEKDAY_LAST = re.compile(rf"(?P<rest>.*\d.*?)(?:,? | ?\(){_WEEKDAY}\)?")
_WEEKDAY_ONLY = re.compile(rf"(?:on )?(?P<which>last |this |next )?{_WEEKDAY}")
_DAY_ONLY = re.compile(r"(?:on )?(?:the )?(?P<day>\d{1,2})(?:st|nd|rd|th)")
_WHOLE = tuple(
    re.compile(f"(?:on )?(?:the )?{pattern}")
    for pattern in (
        r"(?P<year>\d{4})(?P<sep>[-/.])(?P<month>\d{1,2})(?P=sep)(?P<day>\d{1,2})",
        rf"(?P<day>\d{{1,2}})(?: ?(?P<sep>[-/.]) ?| )(?P<month>\d{{1,2}})(?(sep) ?(?P=sep) ?| ){_YEAR}",
        r"(?P<day>\d{1,2}) ?[-/.] ?(?P<month>\d{1,2})",
        rf"{_DAY}{_GAP}(?:of )?{_MONTH}(?:{_GAP}{_YEAR})?",
        rf"{_MONTH}{_GAP}{_DAY}(?:(?:,|,? | ?[-/.] ?){_YEAR})?",
    )
)
_NUMBER = r"(?:[1-9]\d?|a|one|two|three|four|five|six|seven|eight|nine|ten)"
_SURE_PHRASE = re.compile(
    rf"today|yesterday|last night|(?:the )?day before yesterday|{_NUMBER} days? ago"
    rf"|tomorrow|(?:the )?day after tomorrow|in {_NUMBER} days?"
)
_ROUGH_PHRASE = re.compile(rf"{_NUMBER} weeks? ago|a fortnight ago|in {_NUMBER} weeks?|in a fortnight")


def is_unknown(text: str) -> bool:
    """Whether the text says that the date is not known: n/a, not known, unknown and their like."""
    if len(text) > LONGEST:
        return False
    return _folded(text).replace("’", "'") in UNKNOWN_PHRASES


def read_date(typed: str, *, today: date, expect: Expect) -> date:
    """The one day that the text means.

    `today` is the present day where the practitioner is. Raises Doubtful, with the day as YYYY-MM-DD, when
    something was assumed, and InvalidAnswer for everything else; never another exception, whatever is typed.
    """
    if len(typed) > LONGEST:
        raise InvalidAnswer(f"That is {len(typed)} characters, which is more than a date. {_how(today, expect)}")
    text = _folded(typed)
    if not text:
        raise InvalidAnswer(f"No date was given. {_how(today, expect)}")
    if is_unknown(text):
        raise InvalidAnswer(f"“{_shown(typed)}” gives no day, and one is needed. {_how(today, expect)}")
    reader = _Reader(_shown(typed), today, expect)
    day = reader.read(text)
    reader.check(day)
    if reader.assumed:
        raise Doubtful(day.isoformat(), ", and ".join(reader.assumed))
    return day


def in_words(day: date) -> str:
    """Tuesday 3 March 2026: no other order of day and month can be read into it."""
    return f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"


def echo(day: date, today: date, calendar: Calendar | None) -> str:
    """The day in words and how far away it is: "Tuesday 3 March 2026 (10 working days ago)".

    In working days where the calendar is sure of both ends; else in days, or in years from two years on.
    """
    return f"{in_words(day)} ({_distance(day, today, calendar)})"


def _distance(day: date, today: date, calendar: Calendar | None) -> str:
    if day == today:
        return "today"
    first, last = min(day, today), max(day, today)
    sure = calendar is not None and calendar.is_sure(first) and calendar.is_sure(last)
    working = calendar.count(first, last) if calendar and sure else 0
    years = last.year - first.year - ((last.month, last.day) < (first.month, first.day))
    if working:
        length = f"{working} working {'day' if working == 1 else 'days'}"
    elif years >= LONG_AGO:
        length = f"{years} years"
    else:
        days = (last - first).days
        length = f"{days} {'day' if days == 1 else 'days'}"
    return f"{length} ago" if day < today else f"in {length}"


def _folded(text: str) -> str:
    """Small letters, ASCII digits, single spaces; nothing invisible, and no full stop at the end."""
    out = []
    for c in unicodedata.normalize("NFKC", text).lower():
        decimal = unicodedata.decimal(c, None)
        if decimal is not None:
            out.append(str(int(decimal)))
        elif unicodedata.category(c) == "Pd" or c == "\u2212":
            out.append("-")
        elif c == "\u2215":
            out.append("/")
        elif c in "\u2018\u2019":
            out.append("'")
        elif unicodedata.category(c) != "Cf":
            out.append(c)
    return " ".join("".join(out).split()).rstrip(".,;! ")


def _shown(typed: str) -> str:
    """The text as it can be said back: one line, nothing invisible."""
    return "".join(c if c.isprintable() else " " for c in typed).strip()


def _how(today: date, expect: Expect) -> str:
    if expect == "birth":
        return f"Please type day, month and year of the child’s birth, like 27/03/{today.year - 10}."
    return f"Please type day, month and year, like {today.day:02}/{today.month:02}/{today.year}."


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _years_before(day: date, years: int) -> date:
    return _date(day.year - years, day.month, day.day) or date(day.year - years, 2, 28)


class _Reader:
    """Reads one folded text; `assumed` collects what the person must confirm."""

    def __init__(self, shown: str, today: date, expect: Expect) -> None:
        self.shown, self.today, self.expect = shown, today, expect
        self.assumed: list[str] = []
        self.short_year = False

    def refused(self, why: str) -> InvalidAnswer:
        return InvalidAnswer(f"“{self.shown}” {why} {_how(self.today, self.expect)}")

    def read(self, text: str) -> date:
        if prefix := _BIRTH_PREFIX.match(text):
            text = text[prefix.end() :]
        text = _TIME_OF_DAY.sub("", text)
        if len(text) > LONGEST:  # compatibility characters can unfold into many
            raise self.refused("is not a date I can read.")
        if sure := _SURE_PHRASE.fullmatch(text) or _ROUGH_PHRASE.fullmatch(text):
            return self._relative(sure.group())
        if only := _WEEKDAY_ONLY.fullmatch(text):
            return self._weekday(only["which"] or "", _number_of(only["weekday"], WEEKDAYS))
        if named := _WEEKDAY_FIRST.fullmatch(text) or _WEEKDAY_LAST.fullmatch(text):
            day = self._explicit(named["rest"])
            weekday = _number_of(named["weekday"], WEEKDAYS)
            if weekday != day.weekday():
                told = in_words(day).partition(" ")
                self.assumed.append(f"{told[2]} is a {told[0]} and not a {WEEKDAYS[weekday]}, and the date was taken")
            return day
        return self._explicit(text)

    def _relative(self, phrase: str) -> date:
        """Only phrases of a closed list come here: in others the library finds dates that nobody meant."""
        if self.expect == "birth":
            raise self.refused("is not a whole date of birth.")
        import dateparser  # 0.3 s to import, and most people pick or type a date

        found = dateparser.parse(
            phrase,
            languages=["en"],
            settings={
                "DATE_ORDER": "DMY",
                "PREFER_DATES_FROM": "past",
                "REQUIRE_PARTS": ["day", "month"],
                "RELATIVE_BASE": datetime.combine(self.today, time(12)),
                "RETURN_AS_TIMEZONE_AWARE": False,
                "PARSERS": ["relative-time"],
            },
        )
        if found is None:
            raise self.refused("is not a date I can read.")
        if _ROUGH_PHRASE.fullmatch(phrase):
            self.assumed.append("weeks were given and not a day")
        return found.date()

    def _weekday(self, which: str, weekday: int) -> date:
        if self.expect == "birth":
            raise self.refused("is not a whole date of birth.")
        ahead = self.expect == "future" or (which == "next " and self.expect == "any")
        if (which == "next " and not ahead) or (which == "last " and ahead):
            raise self.refused(f"is a day {'still to come' if which == 'next ' else 'in the past'}.")
        # Never today: nobody calls today by its weekday.
        away = (weekday - self.today.weekday()) % 7 or 7
        taken = f"the {'next' if ahead else 'last'} {WEEKDAYS[weekday]} was taken"
        self.assumed.append(f"only a weekday was given, and {taken}")
        return self.today + timedelta(days=away if ahead else away - 7 or -7)

    def _explicit(self, text: str) -> date:
        for pattern in _WHOLE:
            if found := pattern.fullmatch(text):
                word = found["month"]
                month = int(word) if word.isdigit() else _number_of(word, MONTHS) + 1
                return self._day(int(found["day"]), month, found.groupdict().get("year"))
        if found := _DAY_ONLY.fullmatch(text):
            if self.expect == "birth":
                raise self.refused("has no month and no year.")
            self.assumed.append("no month was given")
            months = [divmod(self.today.year * 12 + self.today.month - 1 + k, 12) for k in range(-3, 4)]
            return self._likeliest(_date(year, month + 1, int(found["day"])) for year, month in months)
        raise self.refused("is not a date I can read.")

    def _day(self, day: int, month: int, year: str | None) -> date:
        if month > 12:
            raise self.refused(f"has {month} where the month belongs; the day comes first, then the month.")
        if year is None:
            if self.expect == "birth":
                raise self.refused("has no year.")
            self.assumed.append("no year was given")
            return self._likeliest(_date(self.today.year + k, month, day) for k in range(-8, 9))
        self.short_year = len(year) < 4
        found = _date(2000 + int(year[-2:]) if self.short_year else int(year), month, day)
        if found is None:
            raise self.refused("is not a day of the calendar.")
        return found

    def _likeliest(self, days: Iterable[date | None]) -> date:
        """Of the days that it may be, the one nearest to today on the side where it may lie."""
        possible = [day for day in days if day]
        if self.expect == "future":
            fitting = [day for day in possible if day >= self.today]
        elif self.expect == "past":
            fitting = [day for day in possible if day <= self.today]
        else:
            fitting = possible
        if not fitting:
            raise self.refused("is not a day of the calendar.")
        return min(fitting, key=lambda day: abs(day - self.today))

    def check(self, day: date) -> None:
        """Refuse a day out of all bounds, and ask about one that is long ago."""
        read_as = f"is read as {in_words(day)},"
        if self.expect in {"past", "birth"} and day > self.today:
            four = " A year of two digits is read as 20yy; if that is wrong, type all four." if self.short_year else ""
            raise self.refused(f"{read_as} which is still to come; a day up to today is needed.{four}")
        if self.expect == "birth":
            if day <= _years_before(self.today, OLDEST_CHILD + 1):
                raise self.refused(f"{read_as} more than {OLDEST_CHILD} years ago; a child’s birth is asked for.")
            return
        if self.expect == "future" and day < self.today:
            raise self.refused(f"{read_as} which is past; a day from today on is needed.")
        if (day - self.today).days > FAR_AHEAD:
            raise self.refused(f"{read_as} more than {FAR_AHEAD} days from now. Is the year right?")
        if day < _years_before(self.today, TOO_LONG_AGO):
            raise self.refused(f"{read_as} more than {TOO_LONG_AGO} years ago. Is the year right?")
        if day < _years_before(self.today, LONG_AGO):
            self.assumed.append(
                f"{'it' if self.assumed else 'that is what it says, although it'} is more than two years ago"
            )


def _number_of(word: str, names: tuple[str, ...]) -> int:
    """The place of the name that begins with the word's first three letters."""
    return next(n for n, name in enumerate(names) if name.lower().startswith(word[:3]))
