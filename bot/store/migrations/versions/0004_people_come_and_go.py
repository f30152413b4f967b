"""What cannot be heard yet, who has left, and the escalation that a message in a channel belongs to."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("people") as batch:
        batch.add_column(sa.Column("gone", sa.Boolean, nullable=False, server_default=sa.false()))
    # The program always gives a value, so no default stays behind.
    with op.batch_alter_table("people") as batch:
        batch.alter_column("gone", server_default=None)
    op.create_table(
        "unheard",
        sa.Column("number", sa.Integer, nullable=False, autoincrement=True),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("sealed_heard", sa.LargeBinary, nullable=False),
        sa.Column("written", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_unheard"),
        sa.UniqueConstraint("event", name="uq_unheard_event"),
    )
    threads = sa.text("kind = 'thread'")
    op.create_index("ix_deliveries_receipt", "deliveries", ["receipt"], sqlite_where=threads, postgresql_where=threads)
