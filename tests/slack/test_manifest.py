"""manifest.yml is what Slack takes, and says exactly what the code does: no more, no less, both ways."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft7Validator
from ruamel.yaml import YAML

import bot
from bot.chat.slack import manifest
from bot.cli import main
from bot.errors import ConfigError
from bot.hearing import ABOUT_ONE, COMMANDS
from bot.words import load as load_words
from tests.flows.contexts import POLICIES

SCHEMA = Path(__file__).parent.parent / "data" / "slack-manifest.schema.json"
SOURCE = Path(bot.__file__).parent
KEPT_BY_SLACK = {
    "active", "apps", "archive", "away", "call", "collapse", "commands", "debug", "dm", "dnd", "expand", "feed",
    "feedback", "help", "invite", "join", "keys", "kick", "leave", "me", "msg", "mute", "open", "part", "prefs",
    "remind", "remove", "rename", "search", "send", "shortcuts", "shrug", "star", "status", "topic", "who",
}  # fmt: skip
"""Commands of Slack's own, and words that it was seen to refuse."""

HISTORY, READ = {"channels:history", "groups:history", "im:history"}, {"channels:read", "groups:read"}
NEEDS: Mapping[str, set[str]] = {
    "apps.connections.open": set(),  # with the app-level token
    "apps.manifest.export": set(),  # with a configuration token
    "auth.test": set(),
    "bots.info": {"users:read"},
    "chat.delete": {"chat:write"},  # of its own messages
    "chat.postMessage": {"chat:write"},
    "chat.update": {"chat:write"},
    "conversations.history": HISTORY,
    "conversations.info": READ,
    "conversations.open": {"im:write"},  # of one person
    "conversations.replies": HISTORY,
    "users.info": {"users:read", "users:read.email"},  # with the mailbox
    "users.lookupByEmail": {"users:read.email"},
    "views.open": set(),
    "views.publish": set(),
    "views.update": set(),
}
"""The scopes that the bot's token needs for a method, where it is called for channels and one person's messages only.
From docs.slack.dev/reference/methods."""
EVENTS: Mapping[str, set[str]] = {
    "app_home_opened": set(),
    "app_mention": {"app_mentions:read"},
    "message.im": {"im:history"},
    "user_change": {"users:read"},
}
"""The scopes that an event needs. From docs.slack.dev/reference/events."""
FAMILIES = "apps|auth|bots|chat|conversations|files|reactions|team|usergroups|users|views"


def app() -> Any:
    return manifest.manifest()


def over_http() -> Any:
    return YAML(typ="safe").load(manifest.for_http("https://bot.example.org"))


def nodes(mentioning: str) -> Iterator[ast.AST]:
    """Of all modules in which that is mentioned."""
    for path in SOURCE.rglob("*.py"):
        source = path.read_text("utf-8")
        if re.search(mentioning, source):
            yield from ast.walk(ast.parse(source))


def called() -> Iterator[str]:
    """Every method of Slack's Web API that is named in the source, as text or as a call of Slack's client."""
    for node in nodes(rf"\b({FAMILIES})[._][a-z]"):
        match node:
            case ast.Constant(value=str(text)) if re.fullmatch(rf"({FAMILIES})(\.[a-z][A-Za-z]*)+", text):
                yield text
            case ast.Attribute(attr=name) if re.fullmatch(rf"({FAMILIES})_[a-z]+[A-Z]?[A-Za-z]*", name):
                yield name.replace("_", ".")


def listened_to(what: str) -> set[str]:
    """The events, or the shortcuts, for which the app has a listener; those that have a name, by their names."""
    found = set()
    for node in nodes(r"slack_bolt"):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name("app"), attr=name), args=[given]) if name == what:
                found.add(str(given.value) if isinstance(given, ast.Constant) else _named(given))
    return found


def _named(node: ast.expr) -> str:
    assert isinstance(node, ast.Attribute), "The name of a listener stands in bot.chat.slack.manifest."
    return str(getattr(manifest, node.attr))


@pytest.mark.parametrize("variant", [app, over_http], ids=["Socket Mode", "HTTP"])
def test_slack_would_take_it(variant: Any) -> None:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    assert [error.message for error in Draft7Validator(schema).iter_errors(variant())] == []


def test_every_start_word_is_a_command_with_the_same_description_and_there_is_no_other() -> None:
    words = load_words("en-GB")
    described = {each["command"]: each["description"] for each in app()["features"]["slash_commands"]}
    said = {word: words(f"help.{word.replace('-', '_')}").partition(": ")[2] for word in COMMANDS}
    assert described == {manifest.command(word): text for word, text in said.items()}
    assert [manifest.start_word(command) for command in described] == list(COMMANDS)


def test_no_command_has_a_name_that_slack_refuses() -> None:
    names = [each["command"].removeprefix("/") for each in app()["features"]["slash_commands"]]
    assert [name for name in names if not re.fullmatch(r"[a-z][a-z-]{0,30}", name)] == []
    assert set(names) & KEPT_BY_SLACK == set()
    assert len(names) == len(set(names))


def test_commands_about_one_escalation_say_that_they_take_its_reference() -> None:
    hinted = {each["command"] for each in app()["features"]["slash_commands"] if each.get("usage_hint")}
    assert hinted == {manifest.command(word) for word in ABOUT_ONE}


def test_typed_text_reaches_the_bot_as_it_was_typed() -> None:
    assert {each["should_escape"] for each in app()["features"]["slash_commands"]} == {False}


def test_exactly_the_scopes_are_asked_for_that_methods_events_and_commands_need() -> None:
    methods = set(called())
    assert methods - NEEDS.keys() == set()
    needed = set().union(*(NEEDS[method] for method in methods), *EVENTS.values(), {"commands"})
    assert sorted(app()["oauth_config"]["scopes"]["bot"]) == sorted(needed)
    assert app()["oauth_config"]["scopes"].keys() == {"bot"}


def test_slack_tells_of_what_is_listened_to_and_of_nothing_else() -> None:
    told = app()["settings"]["event_subscriptions"]["bot_events"]
    assert set(told) == EVENTS.keys()
    assert listened_to("event") == {event.partition(".")[0] for event in told}


def test_every_shortcut_is_listened_to_and_fits_into_the_menu() -> None:
    shortcuts = {each["callback_id"]: each for each in app()["features"]["shortcuts"]}
    assert listened_to("shortcut") == shortcuts.keys()
    assert {name: each["type"] for name, each in shortcuts.items()} == {
        manifest.RAISE: "global", manifest.UPDATE: "message"
    }  # fmt: skip


def test_people_can_write_to_the_bot_and_the_token_does_not_expire() -> None:
    home = app()["features"]["app_home"]
    assert home == {
        "home_tab_enabled": True, "messages_tab_enabled": True, "messages_tab_read_only_enabled": False
    }  # fmt: skip
    settings = app()["settings"]
    assert settings["interactivity"]["is_enabled"]
    assert settings["socket_mode_enabled"]
    assert not settings["token_rotation_enabled"]
    assert not settings["org_deploy_enabled"]


def test_over_http_slack_calls_one_address_for_everything_and_all_else_is_the_same() -> None:
    changed, url = over_http(), f"https://bot.example.org{manifest.EVENTS_PATH}"
    settings = changed["settings"]
    urls = [each.pop("url") for each in changed["features"]["slash_commands"]]
    urls += [settings["event_subscriptions"].pop("request_url"), settings["interactivity"].pop("request_url")]
    assert urls == [url] * (len(COMMANDS) + 2)
    assert settings["socket_mode_enabled"] is False
    settings["socket_mode_enabled"] = True
    assert changed == app()


@pytest.mark.parametrize("address", ["http://bot.example.org", "bot.example.org", "https://", "https://a.org/?b=c"])
def test_an_address_that_slack_could_not_call_is_refused(address: str) -> None:
    with pytest.raises(ConfigError, match="https addresses only"):
        manifest.for_http(address)


def test_it_is_printed_to_be_pasted() -> None:
    assert CliRunner().invoke(main, ["slack-manifest"]).output == manifest.text()
    printed = CliRunner().invoke(main, ["slack-manifest", "--url", "https://bot.example.org/bot/"]).output
    assert printed.count(f"https://bot.example.org/bot{manifest.EVENTS_PATH}") == len(COMMANDS) + 2


README = (SOURCE.parent / "README.md").read_text("utf-8")


def test_the_readme_gives_every_shipped_policy_its_channel() -> None:
    given = re.findall(r"SLACK_CHANNELS=(\S+)$", README, re.MULTILINE)
    named = {policy.channel for policy in POLICIES.values()}
    assert [{pair.partition("=")[0] for pair in each.split(",")} for each in given] == [named]


def test_the_readme_explains_every_scope_and_no_other() -> None:
    rows = README.split("| scope | why |")[1].split("\n\n")[0]
    explained = [scope for row in rows.splitlines() for scope in re.findall(r"`([a-z_.:]+)`", row.split(" | ")[0])]
    assert sorted(explained) == sorted(app()["oauth_config"]["scopes"]["bot"])
