"""What the doctor says of Teams, asked over real HTTP: each thing that can be wrong once, and no guess."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pydantic import SecretStr

from bot.cli import main
from bot.config import SHIPPED
from bot.doctor.beside import Beside
from bot.doctor.findings import Finding
from bot.doctor.microsoft_teams import Asked, teams
from bot.policies import Policies
from bot.policy_files import load
from bot.ports import Reference
from bot.teams_settings import TeamsAccess
from bot.wiring.tenant import Reached
from bot.words import load as load_words
from tests.mail.certificates import authority, make, serving, trusting
from tests.talking import World
from tests.teams import TeamsFake, broken
from tests.teams.login import SECRET
from tests.teams.tenants import TENANT

WORDS = load_words()
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CHANNEL = "Teams, channel sefton-escalations"
NOBODY = f"teams:{TENANT}:99999999-9999-4999-8999-999999999999"


@dataclass
class Deployment:
    """A tenant in which all is well until a test changes something."""

    fake: TeamsFake
    world: World
    policies: Policies
    access: dict[str, Any] = field(default_factory=dict)
    asked: dict[str, Any] = field(default_factory=dict)

    def person(self, name: str) -> str:
        return f"teams:{TENANT}:{self.fake.id_of(name)}"

    def told(self, place: str) -> None:
        bot, now = f"28:{self.fake.app}", datetime.now(UTC)
        with self.world.parts.database.transaction() as tx:
            tx.keep_reference(Reference(place, place, self.fake.service_url, TENANT, bot, now))

    def found(self) -> dict[str, Finding]:
        fake = self.fake
        access = TeamsAccess(
            fake.app, fake.tenant, {"sefton-escalations": fake.room("escalations").id}, "secret", SecretStr(SECRET),
            fake.authority, fake.metadata_url, fake.service_urls,
        )  # fmt: skip
        asked = Asked(self.world.parts.database, self.policies, (self.person("Olive"),))
        reached = Reached(replace(access, **self.access), WORDS, trusted=trusting())
        found = [*teams(reached, replace(asked, **self.asked), datetime.now(UTC))]
        assert len({each.about for each in found}) == len(found)
        assert SECRET not in str(found)
        return {each.about: each for each in found}


@pytest.fixture(scope="module")
def policies() -> Policies:
    return Policies.of_these([load(SHIPPED / "sefton.yml")])


@pytest.fixture(scope="module")
def tenant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TeamsFake, World]]:
    folder = tmp_path_factory.mktemp("doctor")
    world = World(folder, quick=True)
    with TeamsFake(secure=serving(folder, make("127.0.0.1", authority()))) as fake:
        fake.person("Olive Example", "olive@example.org")
        fake.new_team("Escalations", "Olive")
        fake.channel("escalations", "Escalations")
        yield fake, world
    world.close()


@pytest.fixture
def deployment(tenant: tuple[TeamsFake, World], policies: Policies, monkeypatch: pytest.MonkeyPatch) -> Deployment:
    fake, world = tenant
    monkeypatch.setattr(fake.team("Escalations"), "has_app", True)
    monkeypatch.setattr(fake.login, "token", fake.login.token)  # what a test puts there does not stay
    fake.faults.waiting.clear()
    deployment = Deployment(fake, world, policies)
    deployment.told(fake.room("escalations").id)
    return deployment


def test_where_all_is_well_that_is_said_and_what_nobody_can_tell(deployment: Deployment) -> None:
    found = deployment.found()
    assert {about: each.state for about, each in found.items()} == {
        "Teams, login": "ok", "Teams, keys": "ok", CHANNEL: "ok", "Teams, administrators": "ok",
        "Teams, partnership teams": "ok", "Teams, told of": "ok", "Teams, app": "unknown",
    }  # fmt: skip
    assert "1 channel and" in found["Teams, told of"].says
    assert "Teams has not told yet" in found["Teams, app"].says
    assert "has to show 1.0.0" in found["Teams, app"].remedy
    assert not [post for post in deployment.fake.tenants.posts.values() if post.bot]


@pytest.mark.parametrize(
    ("versions", "state", "says"),
    [
        (("1.0.0",), "ok", "1 of 1 people have version 1.0.0 of the app, which is this bot’s."),
        (("0.9.0", "1.0.0"), "ok", "1 of 2 people have version 1.0.0 of the app, which is this bot’s. The others had"),
        (
            ("0.8.0", "0.9.0"),
            "wrong",
            "Nobody of whom Teams has told it has version 1.0.0 of the app yet, but 0.8.0 an",
        ),
    ],
)
def test_which_version_of_the_app_people_have_is_what_teams_has_told_last(
    deployment: Deployment, versions: tuple[str, ...], state: str, says: str
) -> None:
    told = [
        Reference(f"teams:{TENANT}:{n}", f"a:{n}", "", TENANT, f"28:{deployment.fake.app}", NOON, version=version)
        for n, version in enumerate(versions)
    ]
    elsewhere = replace(told[0], place=f"teams:{TENANT}:other", bot="28:other", version="0.1.0")
    with deployment.world.parts.database.transaction() as tx:
        for each in (*told, elsewhere):
            tx.keep_reference(each)
    found = deployment.found()["Teams, app"]
    assert found.state == state
    assert found.says.startswith(says)
    assert "teams-package" in found.remedy or state == "ok"
    with deployment.world.parts.database.transaction() as tx:
        for each in (*told, elsewhere):
            tx.drop_reference(each.place)


def access(**changed: Any) -> Callable[[Deployment], Any]:
    return lambda d: d.access.update(changed)


def asked(**changed: Any) -> Callable[[Deployment], Any]:
    return lambda d: d.asked.update(changed)


def team(**attributes: Any) -> Callable[[Deployment], Any]:
    def change(deployment: Deployment) -> None:
        for name, value in attributes.items():
            setattr(deployment.fake.team("Escalations"), name, value)

    return change


WRONG: dict[str, tuple[Callable[[Deployment], Any], str, str]] = {
    "a secret that is none": (access(value=SecretStr("other")), "Teams, login", "does not accept the secret"),
    "an app that is none": (access(app=TENANT), "Teams, login", "does not know the app"),
    "another tenant": (
        lambda d: setattr(d.fake.login, "token", lambda *_, **__: d.fake.login.keys.sign(tid="other")), "Teams, login",
        "The bot logs in to the tenant other, and ESCALATION_BOT_TEAMS_TENANT is",
    ),
    "keys that are elsewhere": (
        lambda d: d.access.update(openid_metadata=f"{d.fake.authority}/nowhere"), "Teams, keys", "could not be fetched",
    ),
    "no id of the channel": (access(channels={}), CHANNEL, "not known which channel"),
    "no such channel": (
        access(channels={"sefton-escalations": "19:none@thread.tacv2"}), CHANNEL, "cannot find this channel",
    ),
    "not in the team": (team(has_app=False), CHANNEL, "not in the team of this channel"),
    "an administrator of another tenant": (
        asked(administrators=("teams:other:1",)), "Teams, administrators", "nobody of this tenant",
    ),
    "an administrator who is nobody": (
        asked(administrators=(NOBODY,)), "Teams, administrators", "does not know this person"
    ),
    "a team of no policy": (
        lambda d: d.asked.update(teams={d.person("Olive"): "elsewhere"}), "Teams, partnership teams",
        "There is no policy elsewhere.",
    ),
    "nobody known in a team": (
        asked(teams={NOBODY: "sefton"}), "Teams, partnership teams", "does not know this person"
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_told_with_what_to_do(deployment: Deployment, what: str) -> None:
    begin, about, says = WRONG[what]
    begin(deployment)
    finding = deployment.found()[about]
    assert finding.state == "wrong"
    assert says in finding.says
    assert finding.remedy or finding.says.count(". ")


def test_what_teams_does_not_answer_is_not_known_and_all_else_is_told(deployment: Deployment) -> None:
    deployment.fake.fail("members", broken(503), place=deployment.fake.room("escalations").id)
    found = deployment.found()
    assert found[CHANNEL].state == "unknown"
    assert found["Teams, administrators"].state == "ok"


def test_where_teams_has_told_nothing_it_is_said_what_to_look_at(deployment: Deployment) -> None:
    with deployment.world.parts.database.transaction() as tx:
        tx.drop_reference(deployment.fake.room("escalations").id)
    deployment.asked["administrators"] = ()
    found = deployment.found()
    assert (found["Teams, told of"].state, found["Teams, administrators"].state) == ("unknown", "unknown")
    assert "/teams/messages" in found["Teams, told of"].remedy


def test_without_a_database_what_needs_none_is_told(deployment: Deployment) -> None:
    deployment.asked["store"] = None
    assert [*deployment.found()] == ["Teams, login", "Teams, keys"]


def test_what_is_on_the_other_platform_is_not_missing_here(deployment: Deployment) -> None:
    beside = Beside.of("slack:", {"sefton-escalations": "C0123456789"}, ["slack:T1:U1"])
    deployment.asked.update(beside=beside, administrators=beside.of_here(["slack:T1:U1"]))
    found = deployment.found()
    assert CHANNEL not in found
    assert found["Teams, administrators"] == Finding(
        "Teams, administrators", "ok", "Whoever looks after the bot is told in Slack."
    )


def test_the_command_asks_teams_with_what_is_set(tmp_path: Path) -> None:
    names = {
        "data": str(tmp_path), "operations_address": "", "teams_app_id": TENANT, "teams_tenant": TENANT,
        "teams_certificate": str(tmp_path / "none.pem"),
    }  # fmt: skip
    (tmp_path / "none.pem").write_text("nothing")
    given = {f"ESCALATION_BOT_{name.upper()}": value for name, value in names.items()}
    done = CliRunner(env=given).invoke(main, ["doctor"], catch_exceptions=False)
    assert "wrong    Teams, login:" in done.output
    assert "ESCALATION_BOT_TEAMS_CERTIFICATE" in done.output
    assert "Letters are put into" in done.output
