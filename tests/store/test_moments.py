"""How a time is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Column, DateTime, Integer, MetaData, Table, create_engine, select

from bot.store.moments import Moment

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
METADATA = MetaData()
KEPT = Table("kept", METADATA, Column("number", Integer, primary_key=True), Column("at", Moment))
AS_TEXT = Table("kept", MetaData(), Column("number", Integer, primary_key=True), Column("at", DateTime))
"""The same, as SQLAlchemy reads and writes it."""


@pytest.mark.parametrize(
    "moment", [NOON, NOON + timedelta(microseconds=1), NOON.astimezone(timezone(timedelta(hours=-5))), None]
)
def test_on_sqlite_a_time_stands_as_sqlalchemy_would_write_it_and_comes_back_in_utc(moment: datetime | None) -> None:
    engine = create_engine("sqlite://")
    METADATA.create_all(engine)
    with engine.begin() as connection:
        connection.execute(KEPT.insert(), {"at": moment})
        connection.execute(AS_TEXT.insert(), {"at": moment and moment.astimezone(UTC).replace(tzinfo=None)})
        ours, theirs = connection.exec_driver_sql("SELECT at FROM kept ORDER BY number").scalars()
        assert ours == theirs
        back = connection.scalars(select(KEPT.c.at)).all()
        assert back == [moment, moment]
        assert [each.tzinfo for each in back if each] == ([UTC, UTC] if moment else [])
    engine.dispose()
