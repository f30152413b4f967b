"""What was answered, in the words that stand on the paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.dates import MONTHS
from bot.fields import UNKNOWN, Answer, Attestation, Choices, Day, Days, Many, Rows, YesIfAll, YesNoEach
from bot.fields.statements import asking

TICKED, EMPTY_BOX = "☒", "☐"


def in_words(kind: Answer, value: Any, zone: ZoneInfo) -> str:
    """An answer as the form prints it; "" when there is none, or the boxes to tick."""
    match kind:
        case Many():
            return "\n".join(_box(option, value) for option in kind.options)
        case YesIfAll():
            return _yes_if_all(kind, value)
        case YesNoEach():
            return "\n".join(f"{asking(one.label)} {yes_or_no((value or {}).get(one.id))}" for one in kind.of)
        case Rows():
            return _lines(kind, value or ())
        case _ if value is None:
            return ""
        case Day():
            return "Not known" if value == UNKNOWN else day_in_words(value)
        case Days():
            return "\n".join(day_in_words(day) for day in value)
        case Attestation() if value.get("confirmed"):
            at = local_time(value["confirmed"], zone)
            return kind.show({**value, "confirmed": f"{day_in_words(at.date().isoformat())} at {at:%H:%M}"})
        case _:
            return kind.show(value)


def day_in_words(iso: str) -> str:
    """ "2026-03-03" -> "3 March 2026", as UK forms write it."""
    day = date.fromisoformat(iso)
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def local_time(iso: str, zone: ZoneInfo) -> datetime:
    at = datetime.fromisoformat(iso)
    return at.astimezone(zone) if at.tzinfo else at


def tick_of(option: Choices, value: Sequence[Mapping[str, Any]] | None) -> Mapping[str, Any] | None:
    return next((tick for tick in value or () if tick["option"] == option.id), None)


def aside(tick: Mapping[str, Any]) -> str:
    """What was said beside a tick: "agreement / dissent: in part"."""
    return ": ".join(filter(None, [" / ".join(tick.get("qualifiers", ())), tick.get("note", "")]))


def _box(option: Choices, value: Sequence[Mapping[str, Any]] | None) -> str:
    tick = tick_of(option, value)
    if tick is None:
        return f"{EMPTY_BOX} {option.label}"
    return " – ".join(filter(None, [f"{TICKED} {option.label}", aside(tick)]))


def _yes_if_all(kind: YesIfAll, value: Mapping[str, bool] | None) -> str:
    yes = value is not None and kind.met(value)
    no = value is not None and not yes
    lines = [f"{TICKED if yes else EMPTY_BOX}Yes", f"{TICKED if no else EMPTY_BOX}No"]
    if value is not None:
        lines += [f"{option.label}: {'yes' if value.get(option.id) else 'no'}" for option in kind.of]
    return "\n".join(lines)


def yes_or_no(yes: bool | None) -> str:
    """As forms print it, to be filled in by hand where there is no answer."""
    return "Y / N" if yes is None else "Y" if yes else "N"


def row_cell(kind: Rows, column_id: str, row: Mapping[str, str]) -> str:
    column = next(column for column in kind.columns if column.id == column_id)
    text = row.get(column_id, "")
    return day_in_words(text) if column.answer == "date" and text else text


def _lines(kind: Rows, given: Sequence[Mapping[str, str]]) -> str:
    """Rows of a table that the form prints as lines of one cell."""
    if kind.row_label:
        made = [f"{kind.row_label} {_slashed(kind, row)}" for row in given]
        return "\n".join(made + [kind.row_label] * (kind.printed - len(given)))
    if not given:
        return "\n" * (kind.printed - 1)
    made = [_sentence(kind, row) for row in given]
    return ("\n\n" if any("\n" in text for text in made) else "\n").join(made)


def _slashed(kind: Rows, row: Mapping[str, str]) -> str:
    """ "A / B / C": the places are what the label says, so an empty one between two keeps its place."""
    texts = [row_cell(kind, column.id, row) for column in kind.columns]
    while texts and not texts[-1]:
        texts.pop()
    return " / ".join(text or "–" for text in texts)


def _sentence(kind: Rows, row: Mapping[str, str]) -> str:
    """ "3 March 2026, Stage 2: what was said": a long text follows a colon."""
    said = ""
    for column in kind.columns:
        if text := row_cell(kind, column.id, row):
            said += (": " if column.answer == "paragraph" else ", ") * bool(said) + text
    return said
