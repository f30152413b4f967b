"""What an escalation takes from a richer policy; policy versions kept; who is in a partnership's team."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TEXTS = {"ladder": "", "priority": "", "language": "en-GB"}
MAPPINGS = ("entered_at", "sooner", "days", "branches")


def upgrade() -> None:
    # Old rows need a value for the new columns; the program always gives one, so no default stays behind.
    with op.batch_alter_table("escalations") as batch:
        for name, value in TEXTS.items():
            batch.add_column(sa.Column(name, sa.Text, nullable=False, server_default=value))
        for name in MAPPINGS:
            batch.add_column(sa.Column(name, sa.JSON, nullable=False, server_default="{}"))
    with op.batch_alter_table("people") as batch:
        batch.add_column(sa.Column("partnership", sa.Text, nullable=False, server_default=""))
    with op.batch_alter_table("escalations") as batch:
        for name in (*TEXTS, *MAPPINGS):
            batch.alter_column(name, server_default=None)
    with op.batch_alter_table("people") as batch:
        batch.alter_column("partnership", server_default=None)
    op.create_table(
        "policies",
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("kept", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("policy", "version", name="pk_policies"),
    )
