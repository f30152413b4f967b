"""The app as Microsoft Teams is told of it: manifest.yml filled in, and the package to be uploaded.

Rule: the same settings make the same bytes.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

from ruamel.yaml import YAML

from bot.chat.teams.ids import GUID
from bot.errors import ConfigError
from bot.words import Words

UPDATE = "update_escalation"
"""The message extension's command of a message."""
NAME_AT_MOST = 32
"""So long may the name of whoever answers for the app be."""
ICONS: Mapping[str, str] = {"color.png": "colour.png", "outline.png": "outline.png"}
"""What the package calls them -> the files here, each drawn from the SVG file beside it."""
LONG_AGO = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Maintainer:
    """Whose bot it is, as everybody sees who adds it. Raises ConfigError where Teams would not take that."""

    name: str
    website: str
    privacy: str
    terms: str

    def __post_init__(self) -> None:
        if not 0 < len(self.name) <= NAME_AT_MOST:
            raise ConfigError(
                f"Teams wants the name of an organisation in at most {NAME_AT_MOST} characters; {self.name!r} has "
                f"{len(self.name)}. Please shorten it."
            )
        for url in (self.website, self.privacy, self.terms):
            parts = urlsplit(url)
            if parts.scheme != "https" or not parts.hostname or " " in url:
                raise ConfigError(f"Teams takes https addresses only, like https://www.example.org; {url!r} is none.")


@cache
def template() -> Mapping[str, Any]:
    """manifest.yml. Not to be changed."""
    text = resources.files(__package__).joinpath("manifest.yml").read_text("utf-8")
    read: Mapping[str, Any] = YAML(typ="safe").load(text)
    return read


def manifest(bot: str, maintainer: Maintainer, words: Words, app: str = "") -> dict[str, Any]:
    """The whole manifest, of the bot with this app id in Microsoft Entra.

    `app` is the id of the app in Teams, the bot's own where it is "". Raises ConfigError.
    """
    whole = dict(template())
    bot, app = _guid(bot), _guid(app or bot)
    whole["id"] = app
    whole["developer"] = {
        "name": maintainer.name, "websiteUrl": maintainer.website,
        "privacyUrl": maintainer.privacy, "termsOfUseUrl": maintainer.terms,
    }  # fmt: skip
    whole["bots"] = [{"botId": bot, **each, "commandLists": _described(each, words)} for each in whole["bots"]]
    whole["composeExtensions"] = [{"botId": bot, **each} for each in whole["composeExtensions"]]
    return whole


def package(whole: Mapping[str, Any]) -> bytes:
    """The zip file that is uploaded. Nothing in it is compressed, since that may differ between computers."""
    files = {"manifest.json": f"{json.dumps(whole, indent=2, ensure_ascii=False)}\n".encode()}
    files |= {name: resources.files(__package__).joinpath("icons", file).read_bytes() for name, file in ICONS.items()}
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, LONG_AGO)
            info.create_system, info.external_attr = 3, 0o644 << 16
            archive.writestr(info, content)
    return made.getvalue()


def _described(bot: Mapping[str, Any], words: Words) -> list[dict[str, Any]]:
    return [
        {**each, "commands": [_command(title, words) for title in each["commands"]]} for each in bot["commandLists"]
    ]


def _command(title: str, words: Words) -> dict[str, str]:
    """A start word, with what `help` says of it."""
    said = words(f"help.{re.sub('[ -]', '_', title)}")
    return {"title": title, "description": said.partition(": ")[2]}


def _guid(typed: str) -> str:
    found = typed.strip().strip("{}").lower()
    if not GUID.fullmatch(found):
        raise ConfigError(
            f"{typed!r} is not an id like 00000000-0000-0000-0000-000000000000. The bot’s stands as “Microsoft App ID” "
            "under “Configuration” of the Azure Bot."
        )
    return found
