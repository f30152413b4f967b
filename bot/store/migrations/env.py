"""Run by Alembic when `Database.migrate` brings the tables up to date, on the connection that it was given.

The transaction is the caller's: if one step fails, all tables are as before, on both databases. A step that
rebuilds a table in a batch on SQLite must make that table's triggers again (see `history` in 0001).
"""

from alembic import context

from bot.store.tables import metadata


def ours(name: str | None, kind: str, _parents: object) -> bool:
    """Whether it is compared with our tables. Other tables in the same database, a job engine's, are left alone."""
    return kind != "table" or name in metadata.tables


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    include_name=ours,
)
context.run_migrations()
