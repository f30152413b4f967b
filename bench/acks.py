"""How soon what Slack tells is acknowledged, beside Bolt apps that do nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from bench.databases import Databases
from bench.load import Waited, send
from bench.served import Served, app, bot
from bench.slack import WebApi, command, person, press
from bot.people import Person
from bot.store import open_database
from bot.store.tables import conversations

Load = tuple[int, int]
"""So many requests of each kind, and how many are in flight at a time."""
ShownIn = Callable[[Sequence[int]], Sequence[str]]
"""The keys of the messages in which people, by their numbers, are asked something."""
WARM_UP: Load = 10, 1
BARE = {
    "Bolt that only acks": "only_acks",
    "the same, by default": "by_default",
    "the same, for several workspaces": "for_several",
}
BOTS = {"bot that only hears": "serve --web-only", "bot": "serve"}


@dataclass(frozen=True)
class Acked:
    """For each request: `cpu` is seconds of processor time of the process, `calls` are those of Slack's Web API."""

    what: str
    in_flight: int
    waited: Waited
    cpu: float
    calls: float


@dataclass(frozen=True)
class Measured:
    """One process: seconds until its first answer, MB after all that it was told."""

    started: float
    memory: float
    acked: Sequence[Acked]


def measured_app(name: str, api: WebApi, loads: Sequence[Load]) -> Measured:
    with app(name, api.url) as served:
        return _measured(served, api, loads, lambda people: [""] * len(people))


def measured_bot(words: str, databases: Databases, api: WebApi, loads: Sequence[Load]) -> Measured:
    """On a database of its own, which is there already, with everybody in it."""
    url = databases.make()
    with _knowing(url, databases.keyring, sum(load[0] for load in (WARM_UP, *loads))) as shown_in:
        databases.count_rows(url)
        with bot(words, databases.folder / f"{os.urandom(4).hex()}", url, databases.keyring, api.url) as served:
            found = _measured(served, api, loads, shown_in)
    databases.drop(url)
    return found


@contextmanager
def _knowing(url: str, keyring: Path, people: int) -> Iterator[ShownIn]:
    with closing(open_database(url, keyring)) as database:
        with database.transaction() as tx:
            for number in range(people):
                tx.keep_person(Person(person(number), f"Teacher {number}", "teacher", "Example School", ""))

        def shown_in(numbers: Sequence[int]) -> Sequence[str]:
            with database.reading() as connection:
                rows = connection.execute(select(conversations.c.person, conversations.c.message))
                keys: Mapping[str, str] = {row.person: row.message for row in rows}
            return [keys[person(number)] for number in numbers]

        yield shown_in


def _measured(served: Served, api: WebApi, loads: Sequence[Load], shown_in: ShownIn) -> Measured:
    """Each person types /escalate, and then answers the first question."""
    acked, first = list[Acked](), 0
    for requests, in_flight in (WARM_UP, *loads):
        people = range(first, first + requests)
        acked.append(_told("/escalate", served, api, [command(number) for number in people], in_flight))
        pressed = [press(number, key) for number, key in zip(people, shown_in(people), strict=True)]
        acked.append(_told("an answered question", served, api, pressed, in_flight))
        first += requests
    return Measured(served.started, served.memory, acked[2:])


def _told(what: str, served: Served, api: WebApi, requests: Sequence[bytes], in_flight: int) -> Acked:
    calls, cpu = api.calls(), served.cpu
    waited = send(served.port, requests, in_flight)
    cpu, calls = served.cpu - cpu, api.calls() - calls
    return Acked(what, in_flight, waited, cpu / len(requests), calls / len(requests))
