"""Whether a limit counts what its printed words say: a note for whoever compares the file with the paper.

Only a note, never a fault: words can be read in more than one way, and a person decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.policy import Agreed, Allowance, AnyLimit, Cumulative, FurtherAndTotal, NoClock, PerStage, Within
from bot.policy_files.in_words import listed

TO_NINETEEN = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
)
NUMBERS = {word: n for n, word in enumerate(TO_NINETEEN.split(), 1)}
TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
ONES = "|".join([*NUMBERS][:9])
NUMBER = rf"(?:\d+|(?:{'|'.join(TENS)})(?:[- ](?:{ONES})\b|(?![- ](?:{ONES})\b))|{'|'.join(NUMBERS)})"
UNIT = r"(?:days?|hours?|weeks?|months?|diwrnod|diwrnodau|niwrnod|awr|oriau|wythnos|wythnosau)"
BETWEEN = r"(?:(?:further|more|additional|full|clear|consecutive|working|business|school|calendar)[ -]){0,3}"
TIMES = re.compile(
    rf"\b(?:(?P<first>{NUMBER})\s*(?:-|–|to|or|and)\s*)?(?P<last>{NUMBER})\)?[ -]?"
    rf"(?:{BETWEEN}{UNIT}\b|in (?:all|total)\b|altogether\b)"
)
A_UNIT = re.compile(rf"\b(?:a|an)[ -]{BETWEEN}{UNIT}\b")


def notes(limit: AnyLimit, language: str) -> Iterator[str]:
    """What its words and its numbers do not have in common."""
    words, counted = " ".join(limit.words.casefold().split()), _counted(limit)
    timed = _times(words)
    said = timed or [_value(each) for each in re.findall(rf"\b{NUMBER}\b", words)]
    named = {*said, *(_value(each) for each in re.findall(rf"\b{NUMBER}\b", words))}
    meant = {m for each in counted for m in _equal(*each)}
    missing = [n for n, unit in counted if not _equal(n, unit) & named]
    if said and (missing or not meant.issuperset(timed)):
        figures = _shown([n for n, _ in counted])
        yield f"the words say {_shown(said)}, the file counts {figures or 'nothing'}."
    elif missing and language == "en-GB":  # in another language a number may be a word that is not known here
        yield f"the words say no number, the file counts {_shown(missing)}."
    yield from _other_days(words, {unit for _, unit in counted})


def _other_days(words: str, units: set[str]) -> Iterator[str]:
    says_working, says_calendar = "working" in words, "calendar day" in words
    if says_calendar and not says_working and units == {"working_days"}:
        yield "the words say calendar days, the file counts working days."
    if says_working and not says_calendar and "days" in units and "working_days" not in units:
        yield "the words say working days, the file counts calendar days."


def _times(words: str) -> list[int]:
    """Every figure that stands before days, hours or weeks; both of a range."""
    found = [each for match in TIMES.finditer(words) for each in match.group("first", "last") if each]
    said = [_value(each) for each in found]
    return list(dict.fromkeys([*said, *([1] if A_UNIT.search(words) else [])]))


def _value(text: str) -> int:
    if text.isdigit():
        return int(text)
    tens, _, ones = text.replace("-", " ").partition(" ")
    return (TENS.get(tens) or NUMBERS[tens]) + NUMBERS.get(ones, 0)


def _counted(limit: AnyLimit) -> list[tuple[int, str]]:
    """Every figure of the limit, with its unit."""
    match limit:
        case Cumulative(days=days, soft_days=soft) | PerStage(days=days, soft_days=soft):
            return [(n, "working_days") for n in (soft, days) if n]
        case FurtherAndTotal(further=further, total=total):
            return [(further, "working_days"), (total, "working_days")]
        case Agreed(cap=cap):
            return [(cap, "working_days")]
        case Within(allow=allow, soft=soft_allow, as_well=as_well):
            allowances: list[Allowance | None] = [soft_allow, allow, as_well]
            return [(each.amount, each.unit) for each in allowances if each and each.amount]
        case NoClock():
            return []


def _equal(n: int, unit: str) -> set[int]:
    """The figures as which it may be printed: 2 weeks as 14 days or 10 working days."""
    match unit:
        case "weeks":
            return {n, 7 * n, 5 * n}
        case "hours":
            return {n, *([n // 24] if n % 24 == 0 else [])}
        case "days":
            return {n, *([n // 7] if n % 7 == 0 else [])}
        case _:
            return {n, *([n // 5] if n % 5 == 0 else [])}


def _shown(figures: list[int]) -> str:
    return listed([str(n) for n in figures])
