"""The package is what Teams takes, and says exactly what the code does: no more, no less, both ways."""

from __future__ import annotations

import hashlib
import io
import json
import re
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft4Validator

from bot.chat.teams import manifest
from bot.cli import main
from bot.hearing import ABOUT_ONE, COMMANDS
from bot.words import load as load_words
from tests.flows.contexts import POLICIES

SCHEMA = Path(__file__).parent.parent / "data" / "teams-manifest.schema.json"
SOURCE = Path(manifest.__file__).parent
BOT = "0b1e2f3a-1111-4222-8333-444455556666"
ORGANISATION = ("--organisation", "Example Council", "--website", "https://www.example.org/escalation-bot")
VERSIONS = {
    "1.0.0": "f391114d8b1b0a82763a2e1430b2e8dca6cb8098117083964cacdbc28a2de9c6",
}
"""Each version of the app, and the SHA-256 of what it says (but for who it belongs to)."""


def whole(**changed: Any) -> Any:
    maintainer = manifest.Maintainer("Example Council", *["https://www.example.org"] * 3)
    return json.loads(json.dumps({**manifest.manifest(BOT, maintainer, load_words()), **changed}))


def packed(folder: Path, *options: str) -> Result:
    given = ["teams-package", "--bot", BOT, *ORGANISATION, "--out", str(folder / "app.zip"), *options]
    return CliRunner().invoke(main, given)


def listed(scope: str) -> list[str]:
    [found] = [each for each in whole()["bots"][0]["commandLists"] if each["scopes"] == [scope]]
    return [command["title"] for command in found["commands"]]


def pixels(content: bytes) -> tuple[int, int, int, list[bytes]]:
    """Width, height, bytes a pixel and the pixels of a PNG file in which no row is written as a difference."""
    width, height, depth, kind = struct.unpack(">IIBB", content[16:26])
    assert depth == 8
    wide = {2: 3, 6: 4}[kind]
    length = int.from_bytes(content[33:37], "big")
    raw = zlib.decompress(content[41 : 41 + length])
    rows = [raw[at : at + width * wide + 1] for at in range(0, len(raw), width * wide + 1)]
    assert {row[0] for row in rows} == {0}
    return width, height, wide, [row[at : at + wide] for row in rows for at in range(1, len(row), wide)]


def test_teams_would_take_it() -> None:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    assert [error.message for error in Draft4Validator(schema).iter_errors(whole())] == []
    assert whole()["$schema"].endswith(f"/v{whole()['manifestVersion']}/MicrosoftTeams.schema.json")


@pytest.mark.parametrize(
    "wrong", [{"name": {"short": "x" * 31, "full": "x"}}, {"id": "bot"}, {"icons": {}}, {"surprise": 1}]
)
def test_the_schema_finds_what_teams_would_refuse(wrong: Any) -> None:
    assert list(Draft4Validator(json.loads(SCHEMA.read_text("utf-8"))).iter_errors(whole(**wrong)))


@pytest.mark.parametrize("scope", ["personal", "team"])
def test_every_command_is_a_start_word_and_says_what_help_says_of_it(scope: str) -> None:
    words = load_words()
    [found] = [each for each in whole()["bots"][0]["commandLists"] if each["scopes"] == [scope]]
    said = {title: words(f"help.{title.replace(' ', '_')}").partition(": ")[2] for title in listed(scope)}
    assert {each["title"]: each["description"] for each in found["commands"]} == said
    assert {title.replace(" ", "-") for title in said} <= {*COMMANDS}
    assert "help" in said


def test_in_a_team_only_what_is_about_the_escalation_of_a_thread_is_suggested() -> None:
    assert {*listed("team")} - {*ABOUT_ONE} == {"help"}


def test_every_way_in_that_is_about_no_escalation_yet_is_suggested_in_the_chat_of_ones_own() -> None:
    assert {*COMMANDS} - {*ABOUT_ONE} <= {title.replace(" ", "-") for title in listed("personal")}


def test_the_menu_of_a_message_has_the_one_command_that_the_code_knows() -> None:
    [extension] = whole()["composeExtensions"]
    [command] = extension["commands"]
    assert command["id"] == manifest.UPDATE
    assert (command["type"], command["context"], command["fetchTask"]) == ("action", ["message"], True)


def test_the_bot_of_the_settings_is_the_one_that_is_called_everywhere() -> None:
    called = whole()
    assert {called["id"], called["bots"][0]["botId"], called["composeExtensions"][0]["botId"]} == {BOT}


def test_no_right_to_read_what_people_say_to_each_other_is_asked_for() -> None:
    assert {"authorization", "webApplicationInfo", "staticTabs", "devicePermissions"} & {*whole()} == set()
    assert whole()["validDomains"] == []


def test_the_icons_are_as_large_and_as_white_as_teams_wants_them() -> None:
    width, height, wide, _ = pixels((SOURCE / "icons" / "colour.png").read_bytes())
    assert (width, height, wide) == (192, 192, 3)
    width, height, wide, found = pixels((SOURCE / "icons" / "outline.png").read_bytes())
    assert (width, height, wide) == (32, 32, 4)
    assert {pixel[:3] for pixel in found} == {b"\xff\xff\xff"}
    assert {0, 255} <= {pixel[3] for pixel in found}


def test_what_the_package_says_changes_with_its_version_only() -> None:
    said = json.dumps({**whole(), "version": "", "developer": {}}, sort_keys=True)
    digests = {**VERSIONS, whole()["version"]: hashlib.sha256(said.encode()).hexdigest()}
    assert digests == VERSIONS, "Teams takes no changed app under its old version: give manifest.yml another one."


def test_the_package_is_the_same_bytes_each_time_and_holds_what_is_uploaded(tmp_path: Path) -> None:
    assert packed(tmp_path).output == f"{tmp_path / 'app.zip'}\n"
    first = (tmp_path / "app.zip").read_bytes()
    (tmp_path / "app.zip").unlink()
    assert packed(tmp_path).exit_code == packed(tmp_path).exit_code == 0
    assert (tmp_path / "app.zip").read_bytes() == first
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert archive.testzip() is None
        assert {each.date_time[0] for each in archive.infolist()} == {1980}, "the time at which it was made"
        assert sorted(archive.namelist()) == ["color.png", "manifest.json", "outline.png"]
        found = json.loads(archive.read("manifest.json"))
        assert archive.read("outline.png") == (SOURCE / "icons" / "outline.png").read_bytes()
    assert set(found["icons"].values()) == {"color.png", "outline.png"}
    assert found["developer"]["privacyUrl"] == "https://www.example.org/escalation-bot"
    assert found["bots"] == whole()["bots"]


def test_without_an_id_it_is_the_bot_of_the_settings(tmp_path: Path) -> None:
    given = {f"ESCALATION_BOT_TEAMS_{name}": BOT for name in ("APP_ID", "TENANT", "SECRET")}
    file = tmp_path / "app.zip"
    done = CliRunner(env=given).invoke(main, ["teams-package", *ORGANISATION, "--out", str(file)])
    assert done.exit_code == 0
    with zipfile.ZipFile(file) as archive:
        assert json.loads(archive.read("manifest.json"))["bots"][0]["botId"] == BOT


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--bot", "escalation-bot"], r"'escalation-bot' is not an id like .* “Microsoft App ID”"),
        (["--app", "7"], "'7' is not an id like"),
        (["--website", "http://www.example.org"], "https addresses only.*'http://www.example.org' is none"),
        (["--terms", "https://"], "https addresses only"),
        (["--organisation", "x" * 33], "at most 32 characters.* has 33. Please shorten it"),
        (["--bot", ""], "Set ESCALATION_BOT_TEAMS_APP_ID, or name the bot’s app id with --bot"),
    ],
)
def test_what_is_missing_or_wrong_is_said_and_nothing_is_written(
    options: list[str], sentence: str, tmp_path: Path
) -> None:
    ended = packed(tmp_path, *options)
    assert ended.exit_code == 1
    assert re.search(sentence, ended.output)
    assert list(tmp_path.iterdir()) == []


def test_another_file_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "app.zip").write_bytes(b"something else")
    assert "is there already, and is another one" in packed(tmp_path).output
    assert (tmp_path / "app.zip").read_bytes() == b"something else"


README = (SOURCE.parent.parent.parent / "README.md").read_text("utf-8")


def test_the_readme_gives_every_shipped_policy_its_channel() -> None:
    given = re.findall(r"TEAMS_CHANNELS=(\S+)$", README, re.MULTILINE)
    named = {policy.channel for policy in POLICIES.values()}
    assert [{pair.partition("=")[0] for pair in each.split(",")} for each in given] == [named]


def test_the_readme_explains_every_permission_and_scope_of_the_package_and_no_other() -> None:
    rows = re.findall(r"^\| the app in Teams \| (.*?) \|", README, re.MULTILINE)
    explained = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert sorted(explained) == sorted([*whole()["permissions"], *whole()["bots"][0]["scopes"]])
