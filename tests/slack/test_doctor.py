"""What the doctor says of Slack, asked over real HTTP: each thing that can be wrong once, and no guess."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from bot.chat.slack import manifest
from bot.chat.slack.calling import Slack, web_client
from bot.cli import main
from bot.config import SHIPPED
from bot.doctor.beside import Beside
from bot.doctor.findings import Finding
from bot.doctor.slack import Access, slack
from bot.policies import Policies
from bot.policy_files import load
from bot.words import load as load_words
from tests.slack import SlackFake, refused
from tests.slack.workspace import CONFIGURATION_TOKEN, Workspace

WORDS = load_words()
CHANNEL = "Slack, channel sefton-escalations"


@dataclass
class Deployment:
    """A workspace in which all is well until a test changes something."""

    fake: SlackFake
    policies: Policies
    room: str
    settings: dict[str, Any] = field(default_factory=dict)
    drift: timedelta = timedelta()

    @property
    def workspace(self) -> Workspace:
        return self.fake.workspace

    def as_(self, token: str) -> Slack:
        return Slack(web_client(token, self.fake.base_url), WORDS)

    def administrator(self, name: str = "Olive Example") -> str:
        return f"slack:{self.fake.team}:{self.fake.person(name)}"

    def deactivated(self) -> str:
        person = self.administrator("Una Example")
        self.workspace.members[person.rpartition(":")[2]].deleted = True
        return person

    def found(self) -> dict[str, Finding]:
        fake = self.fake
        access = Access(
            self.as_(fake.bot_token), {policy.channel: self.room for policy in self.policies.values()},
            app=self.as_(fake.app_token), configuration=self.as_(CONFIGURATION_TOKEN),
            administrators=(self.administrator(),),
        )  # fmt: skip
        access = replace(access, **self.settings)
        found = [*slack(access, self.policies, datetime.now(UTC) + self.drift)]
        assert len({each.about for each in found}) == len(found)
        return {each.about: each for each in found}


@pytest.fixture(scope="module")
def policies() -> Policies:
    return Policies.of_these([load(SHIPPED / "sefton.yml")])


@pytest.fixture
def deployment(policies: Policies) -> Iterator[Deployment]:
    with SlackFake() as fake:
        fake.workspace.manifest = copy.deepcopy(dict(manifest.manifest()))
        yield Deployment(fake, policies, fake.channel("escalations"))


def test_where_all_is_well_that_is_said(deployment: Deployment) -> None:
    found = deployment.found()
    assert [str(each) for each in found.values() if each.state != "ok"] == []
    assert {"Slack, token", "Slack, scopes", "clock", CHANNEL, "Slack, Socket Mode", "Slack, app"} <= found.keys()


def app(change: Callable[[dict[str, Any]], Any]) -> Callable[[Deployment], Any]:
    return lambda d: change(d.workspace.manifest)


def token(trouble: str) -> Callable[[Deployment], Any]:
    def change(deployment: Deployment) -> None:
        deployment.workspace.tokens[deployment.fake.bot_token].trouble = trouble

    return change


def bot_scopes(change: Callable[[set[str]], Any]) -> Callable[[Deployment], Any]:
    return lambda d: change(d.workspace.tokens[d.fake.bot_token].scopes)


def room(**attributes: Any) -> Callable[[Deployment], Any]:
    def change(deployment: Deployment) -> None:
        for name, value in attributes.items():
            setattr(deployment.workspace.rooms[deployment.room], name, value)

    return change


WRONG: dict[str, tuple[Callable[[Deployment], Any], str, str]] = {
    "a revoked token": (token("token_revoked"), "Slack, token", "removed from this Slack workspace"),
    "the token of an organisation": (
        lambda d: setattr(d.workspace, "org_wide", True), "Slack, token", "for a whole organisation"
    ),
    "the token of another workspace": (
        lambda d: d.settings.update(team="T00000002"), "Slack, token", "ESCALATION_BOT_SLACK_TEAM is T00000002"
    ),
    "a scope is missing": (bot_scopes(lambda s: s.discard("im:write")), "Slack, scopes", "The token lacks im:write."),
    "a scope too many": (bot_scopes(lambda s: s.add("files:read")), "Slack, scopes", "also allows files:read"),
    "a clock that is late": (lambda d: setattr(d, "drift", timedelta(minutes=-4)), "clock", "minutes apart"),
    "no id of the channel": (lambda d: d.settings.update(channels={}), CHANNEL, "not known which channel"),
    "no such channel": (
        lambda d: d.settings.update(channels={"sefton-escalations": "C99999999"}), CHANNEL, "cannot see"
    ),
    "not in the channel": (room(members=set()), CHANNEL, "not in it"),
    "an archived channel": (room(archived=True), CHANNEL, "archived"),
    "a team of no policy": (
        lambda d: d.settings.update(teams={d.administrator("Tam Example"): "elsewhere"}), "Slack, partnership teams",
        "There is no policy elsewhere.",
    ),
    "nobody known in a team": (
        lambda d: d.settings.update(teams={"slack:T00000001:U99999999": "sefton"}), "Slack, partnership teams",
        "does not know this person",
    ),
    "somebody of another workspace in a team": (
        lambda d: d.settings.update(teams={"slack:T9:U1": "sefton"}), "Slack, partnership teams",
        "not in this Slack workspace",
    ),
    "somebody in a team who has left": (
        lambda d: d.settings.update(teams={d.deactivated(): "sefton"}), "Slack, partnership teams", "is closed",
    ),
    "an administrator of another workspace": (
        lambda d: d.settings.update(administrators=("slack:T9:U1",)), "Slack, administrators",
        "nobody of this workspace",
    ),
    "an administrator who is nobody": (
        lambda d: d.settings.update(administrators=("slack:T00000001:U99999999",)), "Slack, administrators",
        "does not know this person",
    ),
    "an administrator who has left": (
        lambda d: (d.settings.update(administrators=(d.administrator("Lou Example"),)), d.fake.deactivates("Lou")),
        "Slack, administrators", "is deactivated, and cannot be told anything",
    ),
    "Socket Mode switched off": (
        lambda d: setattr(d.workspace, "socket_mode", False), "Slack, Socket Mode", "forbidden_team"
    ),
    "an app token that is none": (
        lambda d: d.settings.update(app=d.as_("xapp-other")), "Slack, Socket Mode", "does not accept my token"
    ),
    "a command is missing": (
        app(lambda m: m["features"]["slash_commands"].pop()), "Slack, app",
        "the command /escalation-help is missing",
    ),
    "a command too many": (
        app(lambda m: m["features"]["slash_commands"].append({"command": "/old"})), "Slack, app",
        "the command /old is not the bot’s",
    ),
    "a shortcut with another id": (
        app(lambda m: m["features"]["shortcuts"][0].update(callback_id="other")), "Slack, app",
        "the shortcut raise_escalation is missing",
    ),
    "an event is missing": (
        app(lambda m: m["settings"]["event_subscriptions"]["bot_events"].remove("message.im")), "Slack, app",
        "the event message.im is missing",
    ),
    "a token that expires": (
        app(lambda m: m["settings"].update(token_rotation_enabled=True)), "Slack, app",
        "token_rotation_enabled has to be false",
    ),
    "nobody may write": (
        app(lambda m: m["features"]["app_home"].update(messages_tab_read_only_enabled=True)), "Slack, app",
        "messages_tab_read_only_enabled has to be false",
    ),
    "HTTP where Socket Mode is meant": (
        app(lambda m: m["settings"].update(socket_mode_enabled=False)), "Slack, app",
        "socket_mode_enabled has to be true",
    ),
    "addresses that are missing": (
        lambda d: (d.settings.update(app=None), d.workspace.manifest["settings"].update(socket_mode_enabled=False)),
        "Slack, app", "the address does not end with /slack/events",
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


def test_each_line_that_is_not_fine_has_a_remedy(deployment: Deployment) -> None:
    deployment.fake.fail("auth.test", refused("fatal_error"))
    for finding in deployment.found().values():
        assert finding.remedy or finding.state == "ok", finding


def test_what_slack_does_not_answer_is_not_known_and_all_else_is_told(deployment: Deployment) -> None:
    deployment.fake.fail("conversations.info", refused("internal_error"), place=deployment.room)
    found = deployment.found()
    unknown = [about for about, each in found.items() if each.state == "unknown"]
    assert len(unknown) == 1
    assert unknown[0].startswith("Slack, channel")
    assert found["Slack, app"].state == "ok"
    deployment.fake.fail("auth.test", refused("fatal_error"))
    assert [(each.about, each.state) for each in deployment.found().values()] == [("Slack, token", "unknown")]


def test_without_a_configuration_token_it_is_said_that_the_app_was_not_compared(deployment: Deployment) -> None:
    deployment.settings["configuration"] = None
    finding = deployment.found()["Slack, app"]
    assert finding.state == "unknown"
    assert "ESCALATION_BOT_SLACK_CONFIGURATION_TOKEN" in finding.remedy


def test_where_nobody_looks_after_the_bot_that_is_not_called_well(deployment: Deployment) -> None:
    deployment.settings["administrators"] = ()
    finding = deployment.found()["Slack, administrators"]
    assert finding.state == "unknown"
    assert "like slack:T00000001:U0123456789" in finding.remedy


def test_how_many_are_in_each_partnerships_team_is_said(deployment: Deployment) -> None:
    assert "Nobody in Slack is in a partnership’s team" in deployment.found()["Slack, partnership teams"].says
    deployment.settings["teams"] = {deployment.administrator(f"{name} Example"): "sefton" for name in ("Tam", "Una")}
    assert (
        "Everybody in a partnership’s team is there: sefton 2." in deployment.found()["Slack, partnership teams"].says
    )


def test_what_is_in_teams_is_not_missing_in_slack(deployment: Deployment) -> None:
    people = ["teams:t:olive"]
    beside = Beside.of("teams:", {"sefton-escalations": "19:a@thread.tacv2"}, people)
    deployment.settings.update(beside=beside, administrators=beside.of_here(people), channels={})
    found = deployment.found()
    assert CHANNEL not in found
    assert found["Slack, administrators"].says == "Whoever looks after the bot is told in Teams."


def test_a_channel_that_others_read_too_is_told(deployment: Deployment) -> None:
    room(shared=True)(deployment)
    assert "another organisation, whose people read it too" in deployment.found()[CHANNEL].says


def test_an_app_over_http_is_as_it_should_be_where_slack_calls_one_address(deployment: Deployment) -> None:
    deployment.workspace.manifest = YAML(typ="safe").load(manifest.for_http("https://bot.example.org"))
    deployment.settings["app"] = None
    assert deployment.found()["Slack, app"].state == "ok"
    deployment.workspace.manifest["features"]["slash_commands"][3]["url"] = "https://other.example.org/slack/events"
    assert "not everything is sent to the same address" in deployment.found()["Slack, app"].says


def test_the_command_asks_slack_with_what_is_set_and_tells_no_token(deployment: Deployment, tmp_path: Path) -> None:
    names = {
        "data": str(tmp_path), "operations_address": "", "slack_api_url": deployment.fake.base_url,
        "slack_bot_token": deployment.fake.bot_token, "slack_app_token": deployment.fake.app_token,
        "slack_configuration_token": CONFIGURATION_TOKEN, "slack_team": deployment.fake.team,
        "slack_channels": f"sefton-escalations={deployment.room}",
    }  # fmt: skip
    given = {f"ESCALATION_BOT_{name.upper()}": value for name, value in names.items()}
    done = CliRunner(env=given).invoke(main, ["doctor"], catch_exceptions=False)
    states = {line.split(": ")[0].split(maxsplit=1)[1]: line.split()[0] for line in done.output.splitlines()[:-1]}
    assert states[CHANNEL] == states["Slack, app"] == states["Slack, Socket Mode"] == "ok"
    assert states["Slack, channel trafford-escalations"] == "wrong"
    assert done.exit_code == 1
    assert "made-up" not in done.output
    assert {call.method for call in deployment.fake.calls} == {
        "auth.test", "conversations.info", "apps.connections.open", "bots.info", "apps.manifest.export"
    }  # fmt: skip
