"""The clock of the demonstration: real time plus an offset, moved on by working days and kept in a file."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.calendars import Calendar
from bot.errors import ConfigError

START_OF_DAY, END_OF_DAY = time(9), time(17)
MORNING = time(10)


def real_time() -> datetime:
    """The time of this computer."""
    return datetime.now(UTC)


class DemoClock:
    """Tells the time of the demonstration, in one zone. Safe to be used from several threads."""

    def __init__(self, path: Path, zone: str = "Europe/London", *, real: Callable[[], datetime] = real_time) -> None:
        """Go on from the offset kept at `path`, or from real time. Raises ConfigError for a broken file."""
        self._path = path
        self._zone = ZoneInfo(zone)
        self._real = real
        self._lock = threading.Lock()
        self._offset = self._read()

    def now(self) -> datetime:
        """The time of the demonstration, aware, in its zone."""
        with self._lock:
            return (self._real() + self._offset).astimezone(self._zone)

    def move_on(self, working_days: int, calendar: Calendar) -> datetime:
        """Go to the n-th working day from today, at the same hour, or at 10:00 outside working time."""
        now = self.now()
        hour = now.time() if START_OF_DAY <= now.time() < END_OF_DAY else MORNING
        then = datetime.combine(calendar.add(now.date(), working_days), hour, self._zone)
        with self._lock:
            self._offset = then.astimezone(UTC) - self._real()
            self._keep()
        return then

    def _read(self) -> timedelta:
        try:
            text = self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return timedelta()
        try:
            return timedelta(seconds=float(json.loads(text)["offset_seconds"]))
        except (ValueError, KeyError, TypeError, OverflowError) as error:
            raise ConfigError(
                f"{self._path} does not hold a demonstration's clock. Delete it to start at today's date."
            ) from error

    def _keep(self) -> None:
        new = self._path.with_name(self._path.name + ".new")
        new.write_text(json.dumps({"offset_seconds": self._offset.total_seconds()}), encoding="utf-8")
        os.replace(new, self._path)
