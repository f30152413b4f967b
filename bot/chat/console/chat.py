"""What was said in the console, kept in an SQLite file of its own: a restart shows the same.

It plays the platform's server: of escalations it knows only the reference that begins a delivery's key.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.chat.adaptive_cards import Card, cards
from bot.chat.block_kit import Block, blocks
from bot.errors import Refused
from bot.escalation import REFERENCE
from bot.messages import Message, without
from bot.ports import Due

TABLES = (
    """create table if not exists said (
    id integer primary key autoincrement,
    place text not null,           -- "direct:<person id>" or "channel:<name>"
    under integer,                 -- id of the thread's first message; null elsewhere
    author text not null,          -- person id; "" is the bot
    first_key text not null unique,-- key of the delivery, or event id, that said it
    key text not null,             -- key of the delivery that it shows now
    at text not null,
    summary text not null,
    text text not null,            -- what a person typed; "" for the bot
    blocks text not null,          -- JSON, as Slack would show it; "[]" for people
    version integer not null default 1,
    cards text not null default '[]' -- JSON, as Teams would show it; "[]" for people
)""",
    "create table if not exists edits (key text primary key, message integer not null)",
)


@dataclass(frozen=True)
class Said:
    """One message as the page shows it. `version` grows with each edit."""

    id: int
    place: str
    under: int | None
    author: str
    key: str
    at: datetime
    summary: str
    text: str
    blocks: list[Block]
    """As Slack would show it."""
    cards: list[Card]
    """As Teams would; none if it was said before the console kept them, or is more than Teams takes."""
    version: int


def direct_place(person: str) -> str:
    """The place of a person's direct messages with the bot."""
    return f"direct:{person}"


def channel_place(channel: str) -> str:
    return f"channel:{channel}"


def _drawn(key: str, message: Message) -> tuple[str, str]:
    """As Slack would show it, and as Teams would: both are kept, so that the same can be looked at in either.

    The console opens no windows; what is asked in one can be answered in the messages as well.
    """
    shown = without(message, "page")
    return json.dumps(blocks(shown)), json.dumps(_cards(key, shown))


def _cards(key: str, message: Message) -> list[Card]:
    with suppress(Refused):
        return cards(message, key=key)
    return []


def local_time() -> datetime:
    """The time of this computer, aware."""
    return datetime.now(UTC).astimezone()


def _said(row: tuple[Any, ...]) -> Said:
    message_id, place, under, author, key, at, summary, text, drawn, on_cards, version = row
    when = datetime.fromisoformat(at)
    both = json.loads(drawn), json.loads(on_cards)
    return Said(message_id, place, under, author, key, when, summary, text, *both, version)


class ConsoleChat:
    """The chat platform of the demonstration: ports.Chat, and what the page needs. Safe in several threads.

    A key that is said twice is said once, and the first message's id is returned again.
    """

    def __init__(self, path: Path, *, clock: Callable[[], datetime] = local_time) -> None:
        self._lock = threading.RLock()
        self._clock = clock
        self._listeners: list[Callable[[], None]] = []
        # For its owner only: here all that people typed stands as they typed it.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        with self._changing() as db:
            for table in TABLES:
                db.execute(table)
            if "cards" not in {name for _, name, *_ in db.execute("pragma table_info(said)")}:
                # It was made before the console knew Teams.
                db.execute("alter table said add column cards text not null default '[]'")

    def close(self) -> None:
        with self._lock:
            self._db.close()

    # ── ports.Chat ───────────────────────────────────────────────────────────────────────────────────────

    def direct(self, key: str, person: str, message: Message) -> str:
        """Say something to one person. Returns the message's id."""
        return self._say(key, direct_place(person), None, message)

    def thread(self, key: str, channel: str, under: str, message: Message) -> str:
        """Post in a channel; `under` is the id of the thread's first message, "" to begin one."""
        if under:
            root = self._message(under)
            if root.place != channel_place(channel):
                raise Refused(f"Message {under} is not in the channel {channel}, so nothing can be said under it.")
        return self._say(key, channel_place(channel), int(under) if under else None, message)

    def edit(self, key: str, message_id: str, message: Message) -> str:
        """Change a message said before; the same key changes it once only."""
        with self._changing() as db:
            old = self._message(message_id)
            new = db.execute("insert or ignore into edits values (?, ?)", (key, old.id)).rowcount
            if new:
                db.execute(
                    "update said set key = ?, summary = ?, blocks = ?, cards = ?, version = version + 1 where id = ?",
                    (key, message.summary, *_drawn(key, message), old.id),
                )
        return message_id

    def find(self, due: Due) -> str:
        """The id of the message that this delivery said or changed; "" if it never arrived here."""
        return self.id_of(due.key)

    def id_of(self, key: str) -> str:
        """The id of the message that a delivery with this key said or changed; "" if there is none."""
        with self._lock:
            row = self._db.execute(
                "select id from said where first_key = ? union select message from edits where key = ?",
                (key, key),
            ).fetchone()
        return str(row[0]) if row else ""

    def link(self, channel: str, message_id: str) -> str:
        """Where the page shows the message. Cards take whole addresses only; the page follows just its end."""
        return f"https://console.invalid/#message-{message_id}"

    # ── for the wiring and the page ──────────────────────────────────────────────────────────────────────

    @staticmethod
    def reference_of(key: str) -> str:
        """The escalation's reference, which begins the keys of its thread: "E-4KX-7PW/3/1" -> "E-4KX-7PW"."""
        reference, _, _ = key.partition("/")
        return reference if REFERENCE.fullmatch(reference) else ""

    def reference_of_thread(self, root: str) -> str:
        """The reference of the thread that begins with this message; "" if there is no such thread."""
        with self._lock:
            row = self._db.execute("select first_key from said where id = ? and under is null", (root,)).fetchone()
        return self.reference_of(str(row[0])) if row else ""

    def type(self, event: str, person: str, text: str, root: str = "") -> str:
        """Show what a person typed, to the bot or, with `root`, in a thread. The same event is shown once."""
        place, under = (self._message(root).place, int(root)) if root else (direct_place(person), None)
        return self._insert(event, place, under, person, "", text, ("[]", "[]"))

    def delete(self, message_id: str, person: str) -> None:
        """Take back what a person typed, as platforms let people do. Raises Refused for anybody else's."""
        with self._changing() as db:
            gone = db.execute("delete from said where id = ? and author = ?", (message_id, person)).rowcount
        if not gone:
            raise Refused("Only the person who typed a message can delete it.")

    def said(self, place: str) -> list[Said]:
        """Everything said in a place, oldest first."""
        with self._lock:
            rows = self._db.execute(
                "select id, place, under, author, key, at, summary, text, blocks, cards, version"
                " from said where place = ? order by id",
                (place,),
            ).fetchall()
        return [_said(row) for row in rows]

    def latest(self) -> dict[str, int]:
        """Place -> id of the last thing that the bot said there."""
        with self._lock:
            rows = self._db.execute("select place, max(id) from said where author = '' group by place").fetchall()
        return dict(rows)

    def changes_elsewhere(self) -> int:
        """Another number whenever another process has changed something here."""
        with self._lock:
            return int(self._db.execute("pragma data_version").fetchone()[0])

    def listen(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Call `changed` after every change, in whichever thread made it. Returns how to stop it."""
        with self._lock:
            self._listeners.append(changed)

        def stop() -> None:
            with self._lock:
                self._listeners.remove(changed)

        return stop

    def _say(self, key: str, place: str, under: int | None, message: Message) -> str:
        return self._insert(key, place, under, "", message.summary, "", _drawn(key, message))

    def _insert(
        self, key: str, place: str, under: int | None, author: str, summary: str, text: str, drawn: tuple[str, str]
    ) -> str:
        with self._changing() as db:
            db.execute(
                "insert or ignore into said (place, under, author, first_key, key, at, summary, text, blocks, cards)"
                " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (place, under, author, key, key, self._clock().isoformat(), summary, text, *drawn),
            )
            row = db.execute("select id from said where first_key = ?", (key,)).fetchone()
        return str(row[0])

    def _message(self, message_id: str) -> Said:
        with self._lock:
            row = self._db.execute("select place from said where id = ?", (message_id,)).fetchone()
        found = [said for said in self.said(str(row[0])) if str(said.id) == message_id] if row else []
        if not found:
            raise Refused(f"There is no message {message_id} in the console; it may have been deleted.")
        return found[0]

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """One change, saved whole; then everybody who listens is told, outside the lock."""
        with self._lock:
            self._db.execute("begin immediate")
            try:
                yield self._db
            except BaseException:
                self._db.execute("rollback")
                raise
            self._db.execute("commit")
            listeners = tuple(self._listeners)
        for changed in listeners:
            changed()
