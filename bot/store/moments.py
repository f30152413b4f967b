"""How a time is kept: as a moment, the same on both databases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DontWrapMixin
from sqlalchemy.types import TypeDecorator

from bot.errors import StoreError


class NaiveTime(StoreError, DontWrapMixin):
    """A time without a time zone was to be stored: nobody could say when it was."""


class Moment(TypeDecorator[datetime]):
    """A moment, kept in UTC and given back in UTC; a time without a zone is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.utcoffset() is None:
            raise NaiveTime(f"The time {value.isoformat()} has no time zone, so it was not stored; give it one.")
        value = value.astimezone(UTC)
        # SQLite has no zones: it keeps the UTC figures, whose text sorts as the moments do.
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        if not isinstance(value, datetime):
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
