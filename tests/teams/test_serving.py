"""`serve` in Teams: it starts where its settings let it in, says why not, and then hears and answers by itself."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot import wiring
from bot.config import SHIPPED, Settings
from bot.errors import ConfigError
from bot.store.opening import open_database
from bot.wiring.mail import trusting
from tests.abroad import Running
from tests.mail.certificates import authority, authority_file, make, serving
from tests.slack.test_serving import SOON, SOUND, within
from tests.teams.fake import TeamsFake
from tests.teams.login import SECRET

CHANNEL = "example-escalations"


@pytest.fixture(scope="module")
def teams(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TeamsFake]:
    with TeamsFake(secure=serving(tmp_path_factory.mktemp("login"), make("127.0.0.1", authority()))) as fake:
        fake.person("Asha Example", "asha@example.org")
        fake.new_team("Escalations", "Asha")
        fake.channel(CHANNEL)
        yield fake


@pytest.fixture
def settings(teams: TeamsFake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority_file()))
    trusting.cache_clear()
    shutil.copytree(SHIPPED / "calendars", tmp_path / "policies" / "calendars")
    shutil.copy(SOUND, tmp_path / "policies")
    made = Settings(
        data=tmp_path,
        policies=tmp_path / "policies",
        database_url=f"sqlite:///{tmp_path / 'escalations.db'}",
        teams_app_id=teams.app,
        teams_tenant=teams.tenant,
        teams_secret=SecretStr(SECRET),
        teams_authority=teams.authority,
        teams_openid_metadata=teams.metadata_url,
        teams_service_urls=tuple(teams.service_urls),
        teams_channels={CHANNEL: teams.room(CHANNEL).id},
    )
    database = open_database(made.database_url, made.keyring)
    database.migrate()
    database.close()
    yield made
    trusting.cache_clear()


def test_it_hears_and_answers_by_itself(settings: Settings, teams: TeamsFake) -> None:
    bot = wiring.live(settings)
    running = Running(bot.app)
    try:
        bot.worker.start()
        assert bot.reached("127.0.0.1:8080").endswith(f"{teams.tenant} at http://127.0.0.1:8080/teams/messages")
        teams.inbound.messaging_url = running.url.replace("/slack/events", "/teams/messages")
        assert teams.types("Asha", "/escalate").ok  # nobody knows her yet
        assert within(SOON, lambda: "immediate danger" in teams.sees("Asha"))
        assert teams.presses("Asha", "No").ok
        assert within(SOON, lambda: "Question 2 of" in teams.sees("Asha"))
    finally:
        bot.worker.stop()
        running.stop()
        bot.close()


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"teams_secret": SecretStr("wrong")}, "Microsoft does not let the bot log in for Teams: "),
        ({"teams_channels": {}}, "Add its id to ESCALATION_BOT_TEAMS_CHANNELS, like example-escalations=19:"),
    ],
)
def test_what_keeps_it_out_is_said_at_the_start_with_what_to_do(
    settings: Settings, changed: dict[str, Any], says: str
) -> None:
    with pytest.raises(ConfigError) as raised:
        wiring.live(settings.model_copy(update=changed))
    assert says in str(raised.value)
