"""Which channels are of one team, so that whoever is looked for is looked for once in each."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("conversation_references") as batch:
        batch.add_column(sa.Column("team", sa.Text, nullable=False, server_default=""))
    # The program always gives a value, so no default stays behind.
    with op.batch_alter_table("conversation_references") as batch:
        batch.alter_column("team", server_default=None)
