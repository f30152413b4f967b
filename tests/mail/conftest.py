"""A Microsoft 365 of our own for the tests of a file, as good as new for each of them."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import httpx
import pytest

from tests.mail.certificates import authority, make, serving, trusting
from tests.mail.exchange import Exchange, Served
from tests.mail.graphs import http


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, ssl.SSLContext]]:
    folder = tmp_path_factory.mktemp("exchange")
    there = Served(Exchange(), serving(folder, make("127.0.0.1", authority())))
    yield there, trusting()
    there.stop()


@pytest.fixture
def exchange(served: tuple[Served, ssl.SSLContext]) -> Exchange:
    # Another one: whatever a test before has left unanswered goes on in its own.
    served[0].exchange = Exchange(base_url=served[0].exchange.base_url)
    return served[0].exchange


@pytest.fixture
def trusted(served: tuple[Served, ssl.SSLContext]) -> ssl.SSLContext:
    return served[1]


@pytest.fixture
def client(served: tuple[Served, ssl.SSLContext]) -> Iterator[httpx.Client]:
    with http(served[1]) as client:
        yield client
