"""How a platform calls somebody towards the bot, and which version of the bot's app they have."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

NEW = ("account", "version")


def upgrade() -> None:
    with op.batch_alter_table("conversation_references") as batch:
        for name in NEW:
            batch.add_column(sa.Column(name, sa.Text, nullable=False, server_default=""))
    # The program always gives a value, so no default stays behind.
    with op.batch_alter_table("conversation_references") as batch:
        for name in NEW:
            batch.alter_column(name, server_default=None)
