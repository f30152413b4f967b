"""What the README says of running the bot is what there is: commands, settings, figures."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import click
import pytest

from bot.cli import main
from bot.config import ALSO_CALLED, Settings
from bot.deadlines import Standing
from bot.metrics import UNKNOWN, Figures, Metrics, Request
from bot.ports import DeliveryKind
from bot.setting_kinds import PREFIX

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
REAL = README.split("## Run it for real")[1].split("\n## ")[0]
OF_ALL = click.Context(main)
COMMANDS = sorted(set(re.findall(r"^    escalation-bot (.+?)(?:  +#.*)?$", README, re.MULTILINE)))


def command_of(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that the line calls, and what follows it."""
    command: click.Command = main
    while isinstance(command, click.Group) and words and (called := command.get_command(OF_ALL, words[0])):
        command = called
        words.pop(0)
    return command, words


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_line_of_the_readme_can_be_given(line: str) -> None:
    command, rest = command_of(line.split())
    assert command is not main
    assert rest == [] or not isinstance(command, click.Group)
    known = {option for each in command.params for option in each.opts} | {"--help"}
    assert {word.strip("[]") for word in rest if word.startswith(("--", "[--"))} <= known


def test_every_command_stands_in_the_readme() -> None:
    missing = [name for name in main.list_commands(OF_ALL) if not re.search(rf"(escalation-bot|make) {name}\b", README)]
    assert missing == []


def test_every_setting_is_explained_and_no_other() -> None:
    rows = re.findall(r"^\| (`(?:ESCALATION_BOT_|DATABASE_URL).*?) \|", REAL, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    there = {ALSO_CALLED.get(name, f"{PREFIX}{name.upper()}") for name in Settings.model_fields}
    assert named == there
    mentioned = set(re.findall(rf"\b{PREFIX}[A-Z_]+", README))
    assert mentioned - there == {f"{PREFIX}DATABASE_URL"}


def test_every_figure_is_explained_with_its_labels_and_no_other() -> None:
    metrics = Metrics()
    figures = Figures({"waiting": 0, "sending": 0, "dead": 0, "held": 0}, 0.0, 0, ())
    for kind in get_args(DeliveryKind):
        metrics.carried(kind, "done")
    for request in get_args(Request):
        metrics.acknowledged(request, 0)
    metrics.limited("chat.postMessage")
    metrics.connected(lambda: True)
    standings = (*get_args(Standing), UNKNOWN)
    metrics.watch(lambda: figures, lambda _: dict.fromkeys(standings, 0))
    shown = [
        (re.sub(r"_(bucket|sum|count)$", "", name), label, value)
        for name, labels in re.findall(r"^(\w+?)(?:{(.*)})? ", metrics.text().decode(), re.MULTILINE)
        for label, value in re.findall(r"(\w+)=\"(\w+)\"", labels) or [("", "")]
    ]
    rows = dict(re.findall(r"^\| `(escalation_bot_\w+)` \| (.*?) \|", REAL, re.MULTILINE))
    assert {name for name, _, _ in shown if not name.endswith("_created")} == set(rows)
    for name, label, value in shown:
        if not name.endswith("_created"):
            assert f"`{label}`" in rows[name] or not label
            assert value in rows[name]


def test_every_picture_is_there_small_and_told_in_words() -> None:
    pictures = re.findall(r"!\[(.*?)\]\((.*?)\)", README)
    assert [path for words, path in pictures if len(words) < 20] == []
    sizes = {path: (Path(__file__).parent.parent / path).stat().st_size for _, path in pictures}
    assert {path: size for path, size in sizes.items() if size > 100_000} == {}
    shown = {Path(path).name for path in sizes}
    assert {each.name for each in (Path(__file__).parent.parent / "docs").glob("*.*g")} - shown == set()
