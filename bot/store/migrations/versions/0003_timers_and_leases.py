"""Timers and snoozes; deliveries know their place, their stream and who has them."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TEXTS = ("place", "stream", "first", "made")
MOMENTS = ("written", "handed")
AT_ONCE = sa.literal(datetime(1970, 1, 1, tzinfo=UTC), sa.DateTime(timezone=True))
DELIVERY = sa.table(
    "deliveries",
    *(sa.column(name) for name in ("kind", "key", "destination", "under", "state", "next_try", "due", *TEXTS)),
)


def upgrade() -> None:
    op.drop_index("ix_deliveries_waiting", "deliveries")
    # Old rows need a value for the new columns; the program always gives one, so no default stays behind.
    with op.batch_alter_table("deliveries") as batch:
        for name in TEXTS:
            batch.add_column(sa.Column(name, sa.Text, nullable=False, server_default=""))
        batch.add_column(sa.Column("about", sa.JSON, nullable=False, server_default="{}"))
        batch.add_column(sa.Column("doubtful", sa.Boolean, nullable=False, server_default=sa.false()))
        for name in MOMENTS:
            batch.add_column(sa.Column(name, sa.DateTime(timezone=True)))
        batch.add_column(sa.Column("due", sa.DateTime(timezone=True)))
    _place_old_deliveries()
    waiting = sa.update(DELIVERY).where(DELIVERY.c.state == "waiting")
    op.execute(waiting.values(due=sa.func.coalesce(DELIVERY.c.next_try, AT_ONCE)))
    with op.batch_alter_table("deliveries") as batch:
        for name in (*TEXTS, "about", "doubtful"):
            batch.alter_column(name, server_default=None)
        for name in ("next_try", "lease_until"):
            batch.drop_column(name)
    _partial("ix_deliveries_due", "deliveries", ["due", "number"], "due IS NOT NULL")
    _partial("ix_deliveries_stream", "deliveries", ["stream", "number"], "state IN ('waiting', 'sending')")
    _partial("ix_deliveries_troubled", "deliveries", ["number"], "state IN ('dead', 'held')")
    _partial("ix_deliveries_first", "deliveries", ["first", "number"], "first <> ''")
    op.create_index("ix_deliveries_reference", "deliveries", ["reference"])
    op.create_table(
        "timers",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_look", sa.DateTime(timezone=True), nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("about", sa.Text, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("fired", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("key", name="pk_timers"),
    )
    op.create_index("ix_timers_owner", "timers", ["owner"])
    _partial("ix_timers_armed", "timers", ["next_look", "key"], "state = 'armed'")
    _partial("ix_timers_put_off", "timers", ["next_look"], "state = 'armed' AND due < next_look")
    op.create_table(
        "snoozes",
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("reference", "person", name="pk_snoozes"),
    )
    op.create_table(
        "limited_places",
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("place", name="pk_limited_places"),
    )


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def _place_old_deliveries() -> None:
    """Where what was written before goes, and what it has to wait for: as `writing.add` gives it today.

    An edit changes a direct message or one of a thread; its place and stream are that one's.
    """
    row, changed = DELIVERY, DELIVERY.alias("changed")

    def of_changed(column: str) -> sa.ScalarSelect[str]:
        return sa.select(changed.c[column]).where(changed.c.key == row.c.destination).scalar_subquery()

    directs: dict[str, Any] = {"place": row.c.destination, "stream": sa.literal("direct/") + row.c.destination}
    threads: dict[str, Any] = {
        "place": row.c.destination,
        "stream": sa.case((row.c.under == "", row.c.key), else_=row.c.under),
        "first": row.c.under,
    }
    letters: dict[str, Any] = {"place": sa.literal("mail"), "stream": row.c.key}
    edits: dict[str, Any] = {
        "place": sa.func.coalesce(of_changed("place"), ""),
        "stream": sa.func.coalesce(of_changed("stream"), row.c.destination),
        "first": row.c.destination,
    }
    for kind, values in {"direct": directs, "thread": threads, "letter": letters, "edit": edits}.items():
        op.execute(sa.update(row).where(row.c.kind == kind).values(values))
