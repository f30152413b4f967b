"""Rows of the table `policies`: every version as its file was, and what is under way under which version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from bot.policies import Kept, Use
from bot.store import tables


def kept(connection: Connection) -> list[Kept]:
    """Every version that was ever kept."""
    rows = connection.execute(select(tables.policies))
    return [Kept(row.policy, row.version, row.content, row.digest) for row in rows]


def keep(connection: Connection, versions: Iterable[Kept], now: datetime) -> None:
    """Insert or update: safe in two steps, because nobody else writes meanwhile."""
    table = tables.policies
    for version in versions:
        values = {"content": version.content, "digest": version.digest, "kept": now}
        of_it = update(table).where(table.c.policy == version.policy, table.c.version == version.version)
        if connection.execute(of_it.values(values)).rowcount == 0:
            connection.execute(insert(table), {"policy": version.policy, "version": version.version, **values})


def used(connection: Connection) -> dict[tuple[str, str], Use]:
    """What was begun under which (policy, version). Conversations about an escalation are counted with it."""
    table, drafts = tables.escalations, tables.conversations
    rows = connection.execute(select(table.c.policy, table.c.policy_version))
    begun = Counter((row.policy, row.policy_version) for row in rows)
    rows = connection.execute(select(drafts.c.seed, drafts.c.policy_version).where(drafts.c.about == ""))
    # The name under which a draft keeps its policy: `flows/present_version`.
    under_way = Counter((row.seed["policy"], row.policy_version) for row in rows if row.seed.get("policy"))
    return {version: Use(begun[version], under_way[version]) for version in begun.keys() | under_way.keys()}
