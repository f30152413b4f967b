"""Working days: which days count, and the counting of them.

Rule 1: bank holidays are data, `policies/calendars/*.json`, so that no library upgrade moves a date.
Rule 2: a calendar says until when it is sure; one-off holidays after that are proclaimed when they are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bot.errors import ConfigError

ONE_DAY = timedelta(days=1)
SATURDAY = 5
KEYS = ("name", "code", "source", "sure_from", "sure_to", "closed")


@dataclass(frozen=True)
class Calendar:
    """The working days of one place: Monday to Friday, except the days in `closed` (date -> its name)."""

    code: str
    name: str
    closed: Mapping[date, str] = field(hash=False)
    sure_from: date
    sure_to: date
    """First and last day of which it is known whether they are bank holidays."""
    source: str

    def is_working(self, day: date) -> bool:
        return day.weekday() < SATURDAY and day not in self.closed

    def add(self, day: date, n: int) -> date:
        """The n-th working day after `day`, itself never counted; before it if n < 0; `day` if n is 0.

        So the working day 1 of a concern on a Saturday is Monday, as it is for one on the Friday before.
        """
        step = ONE_DAY if n > 0 else -ONE_DAY
        left = abs(n)
        while left:
            day += step
            if self.is_working(day):
                left -= 1
        return day

    def count(self, start: date, end: date) -> int:
        """Working days after `start` up to and including `end`; below zero when `end` comes first.

        The inverse of `add`: count(day, add(day, n)) == n.
        """
        step = ONE_DAY if end > start else -ONE_DAY
        sign = 1 if end > start else -1
        day, found = start, 0
        while day != end:
            day += step
            found += sign * self.is_working(day)
        return found

    def is_sure(self, day: date) -> bool:
        """Whether it is known if this day is a bank holiday."""
        return self.sure_from <= day <= self.sure_to


def load_folder(path: Path) -> dict[str, Calendar]:
    """Every calendar of a folder by its file's name without ending, as policies name it: england-and-wales.

    Raises ConfigError naming the file, the key and the remedy.
    """
    files = sorted(path.glob("*.json"))
    if not files:
        raise ConfigError(
            f"{path}: this folder holds no calendar (*.json). Copy policies/calendars of the release there."
        )
    return {file.stem: load(file) for file in files}


def load(path: Path) -> Calendar:
    """The calendar in this JSON file. Raises ConfigError naming the file, the key and the remedy."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_no_key_twice)
    except OSError as problem:
        raise ConfigError(f"{path}: it cannot be read ({problem.strerror}). Check its name and permissions.") from None
    except (ValueError, RecursionError) as problem:
        raise ConfigError(f"{path}: this is not a JSON file ({problem}). Mend the file at that place.") from None
    if not isinstance(data, dict):
        raise ConfigError(f"{path}: the file must hold one object with the keys {', '.join(KEYS)}.")
    for key in data.keys() - set(KEYS):
        raise ConfigError(f"{path}: {key}: this key is not known. Use only {', '.join(KEYS)}.")
    sure_from = _day(path, "sure_from", data.get("sure_from"))
    sure_to = _day(path, "sure_to", data.get("sure_to"))
    if sure_to < sure_from:
        raise ConfigError(f"{path}: sure_to: {sure_to} is before sure_from, {sure_from}. Give the last sure day.")
    return Calendar(
        code=_words(path, "code", data.get("code")),
        name=_words(path, "name", data.get("name")),
        closed=_closed(path, data.get("closed"), sure_from, sure_to),
        sure_from=sure_from,
        sure_to=sure_to,
        source=_words(path, "source", data.get("source")),
    )


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"{key} is there twice")
        found[key] = value
    return found


def _words(path: Path, key: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ConfigError(f"{path}: {key}: a text is needed here. Write it between quotation marks.")
    return value


def _day(path: Path, key: str, value: object) -> date:
    # fromisoformat also reads 20260403 and 2026-W14-5, which nobody should have to.
    if isinstance(value, str) and len(value) == len("2026-04-03") and "W" not in value:
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise ConfigError(f"{path}: {key}: {value!r} is not a date. Write it like 2026-04-03.")


def _closed(path: Path, value: object, sure_from: date, sure_to: date) -> Mapping[date, str]:
    if not isinstance(value, dict):
        raise ConfigError(f'{path}: closed: an object is needed here, like {{"2026-04-03": "Good Friday"}}.')
    closed = {_day(path, f"closed.{k}", k): _words(path, f"closed.{k}", name) for k, name in value.items()}
    for day in closed:
        if not sure_from <= day <= sure_to:
            raise ConfigError(f"{path}: closed.{day}: this is not between sure_from and sure_to. Correct one of them.")
    return closed
