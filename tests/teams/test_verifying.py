"""Microsoft's keys: looked for seldom, believed while Microsoft is away, and only those that sign for Teams."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import httpx
import pytest

from bot.chat.teams.verifying import Keys, Unproved, Verifier
from bot.errors import Unavailable
from tests.teams.tenants import BOT_APP, Json
from tests.teams.tokens import ISSUER
from tests.teams.tokens import Keys as Microsoft

ADDRESS = "https://connector.example/emea"


class Away(httpx.BaseTransport):
    """Where Microsoft's keys are; `calls` are those that it answered, or did not."""

    def __init__(self, microsoft: Microsoft) -> None:
        self.microsoft, self.calls, self.is_away = microsoft, list[str](), False
        self.change: Callable[[Json], Json] = lambda key: key

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.calls.append(request.url.path)
        if self.is_away:
            return httpx.Response(503)
        if request.url.path.endswith("/keys"):
            return httpx.Response(200, json={"keys": [self.change(each) for each in self.microsoft.jwks()["keys"]]})
        return httpx.Response(200, json=self.microsoft.metadata("https://login.example"))


@pytest.fixture
def microsoft() -> Microsoft:
    return Microsoft("verifying")


@pytest.fixture
def there(microsoft: Microsoft) -> Away:
    return Away(microsoft)


def verifier(there: Away, looks_every: float = 10) -> Verifier:
    http = httpx.Client(transport=there)
    keys = Keys("https://login.example/metadata", http, looks_every=timedelta(seconds=looks_every))
    return Verifier(keys, BOT_APP, lambda address: address if address == ADDRESS else "")


def bearer(microsoft: Microsoft, **claims: Any) -> str:
    return f"Bearer {microsoft.sign(**{'aud': BOT_APP, 'iss': ISSUER, 'serviceurl': ADDRESS, **claims})}"


def done(work: Coroutine[Any, Any, str]) -> str:
    return asyncio.run(work)


def test_keys_are_looked_for_once_however_many_tokens_name_one_that_there_is_not(
    microsoft: Microsoft, there: Away
) -> None:
    checks = verifier(there)

    async def everybody_comes() -> list[str | BaseException]:
        forged = [bearer(microsoft, key=f"key-{n}") for n in range(7, 10)]
        good = [bearer(microsoft)] * 5
        return await asyncio.gather(*map(checks.verified, [*forged, *good, *forged]), return_exceptions=True)

    came = asyncio.run(everybody_comes())
    assert [str(each) for each in came if not isinstance(each, Unproved)] == [ADDRESS] * 5
    assert there.calls == ["/metadata", "/v1/.well-known/keys"]


def test_a_new_key_is_found_and_an_old_one_is_still_good_while_microsoft_is_away(
    microsoft: Microsoft, there: Away
) -> None:
    checks, old = verifier(there, looks_every=0), bearer(microsoft)
    assert [done(checks.verified(old)) for _ in range(3)] == [ADDRESS] * 3
    assert len(there.calls) == 2
    microsoft.rotate()
    there.is_away = True
    with pytest.raises(Unproved):
        done(checks.verified(bearer(microsoft)))
    assert done(checks.verified(old)) == ADDRESS
    there.is_away = False
    assert done(checks.verified(bearer(microsoft))) == ADDRESS


def test_nobody_is_refused_because_microsoft_is_away(microsoft: Microsoft, there: Away) -> None:
    there.is_away = True
    with pytest.raises(Unavailable):
        done(verifier(there).verified(bearer(microsoft)))


@pytest.mark.parametrize(
    ("endorsed", "good"), [(["msteams", "skype"], True), (["directline"], False), ([], False), (None, True)]
)
def test_a_key_that_signs_for_other_places_only_is_not_believed(
    microsoft: Microsoft, there: Away, endorsed: list[str] | None, good: bool
) -> None:
    there.change = lambda key: key | {"endorsements": endorsed}
    if good:
        assert done(verifier(there).verified(bearer(microsoft))) == ADDRESS
    else:
        with pytest.raises(Unproved):
            done(verifier(there).verified(bearer(microsoft)))


@pytest.mark.parametrize("keys", [{}, {"keys": None}, {"keys": [{"kid": "key-1", "kty": "RSA", "n": "?", "e": 1}]}])
def test_keys_that_cannot_be_read_are_none(
    microsoft: Microsoft, there: Away, monkeypatch: pytest.MonkeyPatch, keys: Json
) -> None:
    monkeypatch.setattr(microsoft, "jwks", lambda: keys)
    with pytest.raises(Unavailable):
        done(verifier(there).verified(bearer(microsoft)))


def test_clocks_may_differ_a_little(microsoft: Microsoft, there: Away) -> None:
    now = int(time.time())
    assert done(verifier(there).verified(bearer(microsoft, exp=now - 60, nbf=now - 3600))) == ADDRESS
    with pytest.raises(Unproved):
        done(verifier(there).verified(bearer(microsoft, exp=now - 600)))
