"""What differs between manifest.yml and the app as Slack has it.

How it is called and described is its owner's to choose; what it can do, and where Slack calls, is compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.chat.slack.manifest import EVENTS_PATH, manifest

Manifest = Mapping[str, Any]

SWITCHES = (
    ("features", "app_home", "home_tab_enabled"),
    ("features", "app_home", "messages_tab_enabled"),
    ("features", "app_home", "messages_tab_read_only_enabled"),
    ("settings", "interactivity", "is_enabled"),
    ("settings", "org_deploy_enabled"),
    ("settings", "token_rotation_enabled"),
)
LISTS = (
    ("command", ("features", "slash_commands"), "command"),
    ("shortcut", ("features", "shortcuts"), "callback_id"),
    ("scope", ("oauth_config", "scopes", "bot"), ""),
    ("user scope", ("oauth_config", "scopes", "user"), ""),
    ("event", ("settings", "event_subscriptions", "bot_events"), ""),
)


def differences(there: Manifest, *, socket_mode: bool) -> list[str]:
    """Each as a few words; none where the app is as it should be."""
    ours = manifest()
    return [*_lists(ours, there), *_switches(ours, there), *_ways(there, socket_mode)]


def _lists(ours: Manifest, there: Manifest) -> Iterator[str]:
    for what, path, key in LISTS:
        wanted, found = _names(_at(ours, path), key), _names(_at(there, path), key)
        yield from (f"the {what} {name} is missing" for name in wanted if name not in found)
        yield from (f"the {what} {name} is not the bot’s" for name in found if name not in wanted)


def _names(items: Any, key: str) -> list[str]:
    return [each[key] if key else each for each in items or ()]


def _switches(ours: Manifest, there: Manifest) -> Iterator[str]:
    for path in SWITCHES:
        wanted = bool(_at(ours, path))
        if bool(_at(there, path)) != wanted:
            yield f"{path[-1]} has to be {str(wanted).lower()}"


def _ways(there: Manifest, socket_mode: bool) -> Iterator[str]:
    """How the app is told of things. Over Socket Mode no address counts."""
    if bool(_at(there, ("settings", "socket_mode_enabled"))) != socket_mode:
        yield f"socket_mode_enabled has to be {str(socket_mode).lower()}"
    if socket_mode:
        return
    urls = [each.get("url") for each in _at(there, ("features", "slash_commands")) or ()]
    urls += [_at(there, ("settings", part, "request_url")) for part in ("event_subscriptions", "interactivity")]
    if len(set(urls)) > 1:
        yield "not everything is sent to the same address"
    elif not str(urls[0]).endswith(EVENTS_PATH):
        yield f"the address does not end with {EVENTS_PATH}"


def _at(whole: Manifest, path: Sequence[str]) -> Any:
    found: Any = whole
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found
