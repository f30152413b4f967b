"""Whoever is not Teams is answered 401, and nothing has changed; what Teams has signed is heard."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.teams import Json, Keys, TeamsFake
from tests.teams.bot import TeamsWorld
from tests.teams.tenants import BOT_APP, Post
from tests.teams.tokens import ISSUER

DAY = 24 * 3600
WEB = httpx.Client(trust_env=False, timeout=60)

Token = Callable[[TeamsFake], str | None]


@pytest.fixture(scope="module", autouse=True)
def _closed() -> Iterator[None]:
    yield
    WEB.close()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TeamsWorld]:
    world = TeamsWorld(tmp_path_factory.mktemp("tokens"))
    world.types(world.person("Asha"), "/escalate")
    yield world
    world.close()


def activities(teams: TeamsFake) -> dict[str, Json]:
    """One of each kind of thing that Teams tells."""
    asha, room = teams.who("Asha"), teams.personal("Asha")
    typed = Post(teams.tenants.new_id(), room.id, asha.account, "/escalate")
    button = {"type": "Action.Execute", "verb": "yes", "data": {"action": "yes", "value": "", "key": "c/1"}}
    team = teams.tenants.rooms[teams.team().id]
    return {
        "message": teams.inbound.message(asha, room, typed, ""),
        "press": teams.inbound.invoke(asha, room, "", "adaptiveCard/action", {"action": button, "trigger": "manual"}),
        "extension": teams.inbound.invoke(asha, team, "1", "composeExtension/fetchTask", {"commandId": "x"}),
        "installation": teams.inbound.update(asha, team, "installationUpdate", action="add"),
        "renamed": teams.inbound.update(asha, team, "conversationUpdate", data={"eventType": "teamRenamed"}),
    }  # fmt: skip


def posts(world: TeamsWorld, activity: Json, token: str | None, **headers: str) -> httpx.Response:
    told = {"Content-Type": "application/json", **({} if token is None else {"Authorization": f"Bearer {token}"})}
    return WEB.post(world.teams.inbound.messaging_url, content=json.dumps(activity), headers=told | headers)


def unsigned(teams: TeamsFake) -> str:
    claims = {"aud": BOT_APP, "iss": ISSUER, "serviceurl": teams.service_url, "exp": int(time.time()) + 600}
    return jwt.encode(claims, "", algorithm="none", headers={"kid": teams.keys.ids[0]})


def signed_with_the_public_key(teams: TeamsFake) -> str:
    """As if what everybody knows were a secret."""
    public = teams.keys.private().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    claims = {"aud": BOT_APP, "iss": ISSUER, "serviceurl": teams.service_url, "exp": int(time.time()) + 600}
    told = ".".join(_part(each) for each in ({"alg": "HS256", "kid": teams.keys.ids[0]}, claims))
    return f"{told}.{_encoded(hmac.new(public, told.encode(), hashlib.sha256).digest())}"


def changed_afterwards(teams: TeamsFake) -> str:
    head, _, signature = teams.inbound.token(aud="another").split(".")
    claims = {"aud": BOT_APP, "iss": ISSUER, "serviceurl": teams.service_url, "exp": int(time.time()) + 600}
    return f"{head}.{_part(claims)}.{signature}"


def _part(given: Json) -> str:
    return _encoded(json.dumps(given).encode())


def _encoded(given: bytes) -> str:
    return base64.urlsafe_b64encode(given).rstrip(b"=").decode()


def forged(teams: TeamsFake, **claims: Any) -> str:
    """Signed with a key of the same name that Microsoft does not have."""
    return Keys("forged").sign(**{"aud": BOT_APP, "iss": ISSUER, "serviceurl": teams.service_url, **claims})


BAD: dict[str, Token] = {
    "none": lambda _: None,
    "an empty one": lambda _: ".",
    "garbage": lambda _: "x.y.z",
    "a very long one": lambda _: "x" * 100_000,
    "another key of the same name": lambda teams: forged(teams),
    "a key that nobody has": lambda teams: forged(teams, key="key-9"),
    "no signature": unsigned,
    "signed with the public key": signed_with_the_public_key,
    "changed afterwards": changed_afterwards,
    "for another bot": lambda teams: teams.inbound.token(aud="00000000-0000-0000-0000-000000000000"),
    "for nobody": lambda teams: teams.inbound.token(aud=None),
    "of another issuer": lambda teams: teams.inbound.token(iss="https://sts.windows.net/common/"),
    "too old": lambda teams: teams.inbound.token(exp=int(time.time()) - DAY, nbf=0, iat=0),
    "not good yet": lambda teams: teams.inbound.token(nbf=int(time.time()) + DAY),
    "that ends never": lambda teams: teams.inbound.token(exp=None),
    "for another address": lambda teams: teams.inbound.token(serviceurl="https://smba.trafficmanager.net/amer/"),
    "for an address that is not of Teams": lambda teams: teams.inbound.token(serviceurl="https://teams.example.com/"),
    "for no address": lambda teams: teams.inbound.token(serviceurl=None),
    "the bot's own": lambda teams: teams.login.token(),
    "the bot's own, for itself": lambda teams: teams.login.token(audience=BOT_APP, serviceurl=teams.service_url),
}


@pytest.mark.parametrize("token", BAD.values(), ids=BAD)
def test_without_a_good_token_nothing_is_done(world: TeamsWorld, token: Token) -> None:
    before, calls = world.stored(), len(world.teams.calls)
    for activity in activities(world.teams).values():
        answer = posts(world, activity, token(world.teams))
        assert answer.status_code == 401
        assert "Asha" not in answer.text
    world.carried()
    assert world.stored() == before
    assert {called.operation for called in world.teams.calls[calls:]} <= {"keys"}


@pytest.mark.parametrize("address", ["https://teams.example.com/", "https://smba.trafficmanager.net/emea/", "", None])
def test_a_good_token_is_good_for_the_address_that_it_names_only(world: TeamsWorld, address: str | None) -> None:
    """Or the bot would send its own token, and what it says, to whoever asks for it."""
    before = world.stored()
    for activity in activities(world.teams).values():
        answer = posts(world, activity | {"serviceUrl": address}, world.teams.inbound.token())
        assert answer.status_code == 401
    assert world.stored() == before


def test_a_good_token_is_heard(world: TeamsWorld) -> None:
    before = len(world.teams.said("Asha"))
    asked = activities(world.teams)["message"]
    assert posts(world, asked, world.teams.inbound.token()).status_code == 200
    world.carried()
    assert len(world.teams.said("Asha")) > before
    stored = world.stored()
    assert posts(world, asked, world.teams.inbound.token()).status_code == 200  # told again, heard once
    world.carried()
    assert world.stored() == stored


def test_keys_that_microsoft_renews_are_taken_and_old_ones_are_not(world: TeamsWorld) -> None:
    old = world.teams.inbound.token()
    world.teams.keys.rotate()
    world.restart()
    assert posts(world, activities(world.teams)["message"], old).status_code == 401
    assert posts(world, activities(world.teams)["message"], world.teams.inbound.token()).status_code == 200


@pytest.mark.parametrize("body", ["", "[]", "null", "1", "{", '"text"', "\x00", "{}", '{"type": 1}'])
def test_what_cannot_be_read_is_refused_and_changes_nothing(world: TeamsWorld, body: str) -> None:
    before = world.stored()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {world.teams.inbound.token()}"}
    answer = WEB.post(world.teams.inbound.messaging_url, content=body.encode(), headers=headers)
    assert answer.status_code in {400, 401}
    assert world.stored() == before
