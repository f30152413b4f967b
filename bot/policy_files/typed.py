"""What is typed while a policy file is started -> a value, or InvalidAnswer with a sentence that says what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from bot.errors import InvalidAnswer
from bot.fields import clean
from bot.policy_files.lengths import LINES, LONGEST_TEXT


def line(*keys: str) -> Callable[[str], str]:
    """One line of words, as long as may stand under these keys."""
    most = LINES.get(keys, LONGEST_TEXT)

    def read(typed: str) -> str:
        text = " ".join(clean(typed).split())
        if not any(c.isprintable() and not c.isspace() for c in text):
            raise InvalidAnswer("Nothing was given. Please type the words.")
        if len(text) > most:
            raise InvalidAnswer(f"That is {len(text)} characters long, but at most {most} fit. Please shorten it.")
        return text

    return read


def number(least: int, most: int) -> Callable[[str], int]:
    def read(typed: str) -> int:
        text = typed.strip()
        if not re.fullmatch("[0-9]{1,6}", text) or not least <= int(text) <= most:
            raise InvalidAnswer(f"“{text[:40]}” is not a whole number from {least} to {most}. Please type one.")
        return int(text)

    return read


def one_of(options: Mapping[str, str]) -> Callable[[str], str]:
    """One of several, by its number or its words."""

    def read(typed: str) -> str:
        text = " ".join(typed.casefold().split())
        for n, (key, words) in enumerate(options.items(), 1):
            if text in (str(n), key.casefold(), words.casefold()):
                return key
        raise InvalidAnswer(f"“{text[:40]}” is none of these. Please type a number from 1 to {len(options)}.")

    return read


def yes_no(typed: str) -> bool:
    text = typed.strip().casefold()
    if text in ("yes", "y"):
        return True
    if text in ("no", "n"):
        return False
    raise InvalidAnswer(f"“{text[:40]}” is neither yes nor no. Please type one of them.")


def an_id(is_free: Callable[[str], None]) -> Callable[[str], str]:
    def read(typed: str) -> str:
        text = typed.strip()
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,59}", text):
            raise InvalidAnswer(
                f"“{text[:60]}” cannot be used. Please type at most 60 small letters, digits and dashes,"
                " beginning with a letter or a digit."
            )
        is_free(text)
        return text

    return read


def channel_name(typed: str) -> str:
    text = typed.strip().removeprefix("#")
    if not re.fullmatch(r"[a-z0-9_-]{1,80}", text):
        raise InvalidAnswer(
            f"“{text[:80]}” cannot be the name of a channel. Please type at most 80 small letters, digits and dashes."
        )
    return text


def new_label(taken: Sequence[str]) -> Callable[[str], str]:
    def read(typed: str) -> str:
        text = line("stages", "label")(typed)
        if text.casefold() in [label.casefold() for label in taken]:
            raise InvalidAnswer(f"“{text}” is a stage already. Please give this one another name.")
        return text

    return read


def slug(text: str, otherwise: str = "policy") -> str:
    """Words as an id: “Stage 1” is stage-1."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:50].strip("-") or otherwise
