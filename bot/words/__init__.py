"""Every sentence the bot says: one catalogue a language, looked up by name.

What a partnership says is in its policy file and is quoted from there; this is only what the bot says itself.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from functools import cache
from importlib import resources

from ruamel.yaml import YAML

from bot.errors import ConfigError


class Words:
    """One language's sentences."""

    def __init__(self, language: str, sentences: Mapping[str, str]) -> None:
        self.language = language
        self.sentences = sentences
        self._whole = {name: text for name, text in sentences.items() if "{" not in text and "}" not in text}
        """Those with nothing to fill in, which are said most."""

    def __call__(self, name: str, /, **values: object) -> str:
        """The sentence of this name with its values filled in. A missing name or value is our own defect: KeyError."""
        return self._whole.get(name) or self.sentences[name].format(**values)

    def values(self, name: str) -> set[str]:
        """The names of the values that a sentence needs."""
        return {part for _, part, _, _ in string.Formatter().parse(self.sentences[name]) if part}


@cache
def load(language: str = "en-GB") -> Words:
    """The catalogue of a language; ConfigError if it is not shipped."""
    file = resources.files(__package__).joinpath(f"{language}.yml")
    if not file.is_file():
        raise ConfigError(f"There are no words for the language {language!r}. Add bot/words/{language}.yml.")
    return Words(language, dict(_flat("", YAML(typ="safe").load(file.read_text("utf-8")))))


def _flat(prefix: str, tree: Mapping[str, object]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in tree.items():
        if isinstance(value, Mapping):
            found.extend(_flat(f"{prefix}{name}.", value))
        else:
            found.append((prefix + name, str(value).rstrip("\n")))
    return found
