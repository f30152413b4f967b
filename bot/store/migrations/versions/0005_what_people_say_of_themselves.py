"""Who is a guest, what people said of themselves, and what of it is proposed to them in a conversation."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("people") as batch:
        batch.add_column(sa.Column("guest", sa.Boolean, nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("sealed_own", sa.LargeBinary, nullable=True))
    # The program always gives a value, so no default stays behind.
    with op.batch_alter_table("people") as batch:
        batch.alter_column("guest", server_default=None)
    with op.batch_alter_table("conversations") as batch:
        batch.add_column(sa.Column("sealed_proposed", sa.LargeBinary, nullable=True))
