"""The store: escalations, conversations, history and deliveries, on SQLite or PostgreSQL.

Rule 1: one transaction at a time writes, on both databases, so both behave alike.
Rule 2: whatever could identify a child is sealed before it reaches a table, and opened after it has left one.
"""

from bot.store.copying import copy, take_back
from bot.store.database import Database
from bot.store.explaining import unexplained_records
from bot.store.history import verify
from bot.store.opening import check_keyring_belongs, open_database, open_existing
from bot.store.sealing import Keyring

__all__ = [
    "Database",
    "Keyring",
    "check_keyring_belongs",
    "copy",
    "open_database",
    "open_existing",
    "take_back",
    "unexplained_records",
    "verify",
]
