"""The app as Slack is told of it, in manifest.yml; and its variant for HTTP.

Rule: what the code goes by stands here once: names of commands, of shortcuts, and where Slack calls.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ruamel.yaml import YAML

import bot
from bot.errors import ConfigError

RENAMED: Mapping[str, str] = {"help": "escalation-help"}
"""Start words that have another name as a command. Slack refuses an app whole for one word that it keeps for itself."""
RAISE, UPDATE = "raise_escalation", "update_escalation"
"""The shortcuts' callback ids: one that is there everywhere, and one of a message."""
PAGE = "page"
"""The callback id of modals in which questions are answered."""
EVENTS_PATH = "/slack/events"
"""Where Slack calls over HTTP, for everything."""


def command(word: str) -> str:
    """What a start word is called as a command of Slack's."""
    return f"/{RENAMED.get(word, word)}"


def start_word(typed: str) -> str:
    """The start word of a command of Slack's."""
    name = typed.removeprefix("/")
    return next((word for word, renamed in RENAMED.items() if renamed == name), name)


def text() -> str:
    """manifest.yml. It stands at the top of the source; in an installed package, beside this module."""
    installed = Path(__file__).with_name("manifest.yml")
    path = installed if installed.exists() else Path(bot.__file__).parent.parent / "manifest.yml"
    return path.read_text("utf-8")


@cache
def manifest() -> Mapping[str, Any]:
    """The app over Socket Mode. Not to be changed."""
    read: Mapping[str, Any] = YAML(typ="safe").load(text())
    return read


def scopes() -> frozenset[str]:
    """What the bot's token has to allow."""
    return frozenset(manifest()["oauth_config"]["scopes"]["bot"])


def events() -> frozenset[str]:
    """What Slack tells the bot of."""
    return frozenset(manifest()["settings"]["event_subscriptions"]["bot_events"])


def for_http(address: str) -> str:
    """manifest.yml as it is where Slack calls this address. Raises ConfigError if Slack could not call it."""
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment:
        raise ConfigError(f"Slack calls https addresses only, like https://bot.example.org; {address!r} is none.")
    url = f"{address.rstrip('/')}{EVENTS_PATH}"
    yaml = YAML()
    yaml.width, yaml.preserve_quotes = 4096, True
    yaml.indent(mapping=2, sequence=4, offset=2)
    whole = yaml.load(text())
    for each in whole["features"]["slash_commands"]:
        each.insert(1, "url", url)
    settings = whole["settings"]
    settings["event_subscriptions"].insert(0, "request_url", url)
    settings["interactivity"]["request_url"] = url
    settings["socket_mode_enabled"] = False
    written = io.StringIO()
    yaml.dump(whole, written)
    return written.getvalue()
