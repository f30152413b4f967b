"""Deliveries put straight into the store of a world, with a chat, a mailbox and a store that fail where told to."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from bot.delivery import Carrier
from bot.errors import Conflict, StoreError, TryLater
from bot.escalation import Escalation
from bot.messages import Message, Words, words_of
from bot.ports import Delivery, Due, Letter, Mailer, Store, Transaction
from bot.store.copying import copy
from bot.wiring import KEYRING
from tests.databases import PostgreSQL
from tests.scenes import Play, scene
from tests.talking import ChatFake, MailFake

ASHA, BEN, GRACE, IRIS = "console:asha", "console:ben", "console:grace", "console:iris"
CHANNEL = "herefordshire-escalations"


@dataclass
class Afterwards:
    """It is done, and then goes wrong."""

    error: BaseException


Fault = BaseException | Afterwards


@dataclass
class Trouble:
    """What goes wrong, by delivery key, one fault a try; every try and every question in order, and what was done."""

    faults: dict[str, list[Fault]] = field(default_factory=dict)
    deaf: list[Exception] = field(default_factory=list)
    """What goes wrong with the next questions whether something was done."""
    tried: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    @contextmanager
    def met(self, key: str) -> Iterator[None]:
        self.tried.append(key)
        fault = self.faults[key].pop(0) if self.faults.get(key) else None
        if isinstance(fault, BaseException):
            raise fault
        yield
        self.done.append(key)
        if isinstance(fault, Afterwards):
            raise fault.error

    def find(self, key: str) -> bool:
        self.asked.append(key)
        if self.deaf:
            raise self.deaf.pop(0)
        return key in self.done


class TroubledChat(ChatFake):
    """A chat that fails where it is told to."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__()
        self.trouble = trouble
        self.roots: dict[str, str] = {}

    def direct(self, key: str, person: str, message: Message) -> str:
        with self.trouble.met(key):
            super().direct(key, person, message)
        return f"id of {key}"

    def thread(self, key: str, channel: str, under: str, message: Message) -> str:
        with self.trouble.met(key):
            self.roots[key] = under
            super().thread(key, channel, under, message)
        return f"id of {key}"

    def edit(self, key: str, message_id: str, message: Message) -> str:
        with self.trouble.met(key):
            super().edit(key, message_id.removeprefix("id of "), message)
        return message_id

    def find(self, due: Due) -> str:
        return f"id of {due.key}" if self.trouble.find(due.key) else ""


class TroubledMail(MailFake):
    """A mailer that fails where it is told to."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__()
        self.trouble = trouble

    def send(self, letter: Letter) -> str:
        with self.trouble.met(letter.key):
            super().send(letter)
        return f"mailed {letter.key}"

    def find(self, key: str) -> str:
        return super().find(key) if self.trouble.find(key) else ""


class Post:
    """An escalation, and deliveries put straight into the store."""

    def __init__(self, play: Play) -> None:
        self.play, self.world = play, play.world
        self.trouble = Trouble()
        self.reference = self.world.reference()
        shown = self.world.chat.said
        self.chat, self.mail = TroubledChat(self.trouble), TroubledMail(self.trouble)
        self.chat.said = shown
        self.world.chat, self.world.mail = self.chat, self.mail
        self.plug()

    def plug(self, mailer: Mailer | None = None, **more: Any) -> None:
        carrier = replace(self.world.parts.carrier, chat=self.chat, mailer=mailer or self.mail, **more)
        self.world.parts = replace(self.world.parts, carrier=carrier)

    def look_after(self, *administrators: str) -> None:
        """These look after the bot."""
        assistant = replace(self.world.parts.assistant, administrators=administrators)
        self.world.parts = replace(self.world.parts, assistant=assistant)
        self.plug(administrators=administrators)

    @property
    def carrier(self) -> Carrier:
        return self.world.parts.carrier

    def put(self, *wanted: Delivery) -> None:
        with self.world.parts.database.transaction() as tx:
            tx.add_deliveries(wanted)

    def carry(self, after: timedelta = timedelta(0)) -> int:
        self.world.moment += after
        return self.carrier.carry_all()

    def fail(self, key: str, *faults: Fault) -> None:
        self.trouble.faults[key] = list(faults)

    def due(self, key: str) -> Due:
        with self.world.parts.database.look() as tx:
            found = tx.delivery(key)
        assert found is not None
        return found

    def given_up(self) -> dict[str, str]:
        return {trouble.key: trouble.reason for trouble in self.world.parts.database.troubled()}

    def said(self) -> list[str]:
        """What was done, in order, without what somebody was told because of trouble."""
        return [key for key in self.trouble.done if not is_telling(key)]

    def shows(self, key: str) -> str:
        return words_of(self.chat.said[key].message)

    # ── deliveries ───────────────────────────────────────────────────────────────────────────────────────

    def tell(self, key: str, person: str = BEN, not_before: datetime | None = None) -> Delivery:
        return Delivery(key, "direct", person, text(key), reference=self.reference, not_before=not_before)

    def root(self, key: str, channel: str = CHANNEL) -> Delivery:
        return Delivery(key, "thread", channel, text(key), "", self.reference)

    def reply(self, key: str, under: str) -> Delivery:
        return Delivery(key, "thread", CHANNEL, text(key), under, self.reference)

    def edit(self, key: str, of: str) -> Delivery:
        return Delivery(key, "edit", of, text(key), reference=self.reference)

    def nudge(self, key: str, person: str = BEN) -> Delivery:
        return Delivery(key, "direct", person, reference=self.reference, made="nudge", about={"nudges": [key]})


@contextmanager
def posting(name: str, folder: Path, server: PostgreSQL | None = None) -> Iterator[Post]:
    """What is put straight into the store of a scene: on a SQLite file, or on that server."""
    play, url = scene(name, folder), server and server.like(_there(name, server))
    if url:
        play.world.move(url)
    yield Post(play)
    play.world.close()
    if server and url:
        server.drop(url)


@cache
def _there(name: str, server: PostgreSQL) -> str:
    """A database that holds what the scene has come to."""
    url = server.make()
    with tempfile.TemporaryDirectory() as folder:
        play = scene(name, Path(folder))
        play.world.close()
        copy(play.world.database_url, url, Path(folder) / KEYRING, lambda _: None)
    return url


def text(said: str) -> Message:
    return Message(said, (Words(said),))


def is_telling(key: str) -> bool:
    """Whether somebody is told because of trouble."""
    return "/given-up/" in key


def busy(after: timedelta | None = None) -> TryLater:
    return TryLater("The platform is busy.", after)


@dataclass
class Overtaken:
    """A store of ours around the real one: somebody else was faster, so many times."""

    store: Store
    times: int

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        if not self.times:
            with self.store.transaction() as tx:
                yield tx
            return
        with self.store.transaction() as tx:
            yield _Overtaken(tx, self)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


class _Overtaken:
    def __init__(self, tx: Transaction, store: Overtaken) -> None:
        self._tx, self._store = tx, store

    def save_escalation(self, escalation: Escalation) -> None:
        self._store.times -= 1
        raise Conflict("somebody was faster")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)


@dataclass
class Forgetful:
    """A store of ours around the real one: a receipt is lost with the bot, or what is due cannot be read."""

    store: Store
    lost: int = 0
    only: str = ""
    away: list[Exception] = field(default_factory=list)
    asked: Callable[[], None] = lambda: None

    def lose(self, key: str) -> None:
        if self.lost and self.only in key:
            self.lost -= 1
            raise StoreError("The disk is full.")

    def done(self, key: str, *more: Any) -> None:
        self.lose(key)
        self.store.done(key, *more)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        with self.store.transaction() as tx:
            yield _Forgetful(tx, self)

    def claim(self, *args: Any, **more: Any) -> Any:
        self.asked()
        if self.away:
            raise self.away.pop(0)
        return self.store.claim(*args, **more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


class _Forgetful:
    def __init__(self, tx: Transaction, store: Forgetful) -> None:
        self._tx, self._store = tx, store

    def done(self, key: str, *more: Any) -> None:
        self._store.lose(key)
        self._tx.done(key, *more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)
