"""The command line as a person meets it: the real program in a process of its own.

Where only the sentences differ, the same commands are called in this process, because a start takes a second.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.config import SHIPPED
from tests.scenes import scene

PROGRAM = Path(sys.executable).parent / "escalation-bot"
SOUND = Path(__file__).parent / "data" / "sound-policy.yml"
CALENDARS = SHIPPED / "calendars"


def environment(**settings: str) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("ESCALATION_BOT_", "DATABASE_"))}
    return (
        ours | {"PYTHONWARNINGS": "error"} | {f"ESCALATION_BOT_{name.upper()}": text for name, text in settings.items()}
    )


def run(*arguments: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """The program with these arguments, to its end. Nothing it does may show a traceback."""
    done = subprocess.run(
        [PROGRAM, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
        env=environment(**settings),
        check=False,
    )
    assert "Traceback" not in done.stderr + done.stdout
    return done


def refused(*arguments: str | Path, **settings: str) -> str:
    """What the program says on refusing: nothing on standard output, a sentence on standard error."""
    done = run(*arguments, **settings)
    assert done.returncode != 0
    assert done.stdout == ""
    return done.stderr


def call(*arguments: str | Path, **settings: str) -> Result:
    """The same in this process. An error that is not one of ours, which would be a traceback, is raised."""
    env = {f"ESCALATION_BOT_{name.upper()}": text for name, text in settings.items()}
    return CliRunner(env=env).invoke(main, [str(each) for each in arguments], catch_exceptions=False)


def refused_here(*arguments: str | Path, **settings: str) -> str:
    done = call(*arguments, **settings)
    assert done.exit_code != 0
    assert done.stdout == ""
    return done.stderr


# ── check ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_shipped_policies_are_sound_and_are_summed_up() -> None:
    done = run("check", "--today", "2026-03-02")
    assert (done.returncode, done.stderr) == (0, "")
    for name in ("Herefordshire", "Sefton", "Trafford", "Islands"):
        assert name in done.stdout
    assert "Limit as printed: Within 1-3 working days of initial concern" in done.stdout
    assert "at the latest 3 working days after the day of the initial concern" in done.stdout


def test_a_calendar_that_ends_soon_is_told_of_every_policy_that_names_it() -> None:
    said = call("check", "--today", "2028-06-01")
    assert said.exit_code == 1
    assert said.stderr.count("are known only until 26/12/2028") == len(list(SHIPPED.glob("*.yml")))


def test_only_the_files_that_are_named_are_checked() -> None:
    done = call("check", SHIPPED / "sefton.yml", "--today", "2026-03-02")
    assert done.exit_code == 0
    assert "Sefton" in done.stdout
    assert "Herefordshire" not in done.stdout


def test_every_fault_of_every_file_is_listed_with_its_line(tmp_path: Path) -> None:
    sound = SOUND.read_text("utf-8")
    one, two, three = tmp_path / "one.yml", tmp_path / "two.yml", tmp_path / "three.yml"
    one.write_text(sound.replace('version: "1"', "version: 1").replace("days: 3}", "days: soon}"), "utf-8")
    two.write_text("id: [not closed\n", "utf-8")
    three.write_text(sound.replace("channel:", "chanel:"), "utf-8")
    done = call("check", "--today", "2026-03-02", one, two, three, SHIPPED / "sefton.yml")
    assert done.exit_code == 1
    faults = done.stderr.splitlines()
    assert all(re.match(rf"{re.escape(str(tmp_path))}/(one|two|three)\.yml:\d+: ", line) for line in faults[:-1])
    for file, at_least in (("one", 2), ("two", 1), ("three", 2)):
        assert sum(f"/{file}.yml:" in line for line in faults) >= at_least
    assert "found the number 1, but a text is expected" in done.stderr
    assert "Did you mean “channel”?" in done.stderr
    assert faults[-1] == f"{len(faults) - 1} faults found."
    # What is sound is summed up all the same.
    assert "Sefton" in done.stdout


def test_one_fault_is_counted_as_one(tmp_path: Path) -> None:
    path = tmp_path / "one.yml"
    path.write_text(SOUND.read_text("utf-8").replace('version: "1"', "version: 1"), "utf-8")
    assert call("check", path, "--today", "2026-03-02").stderr.splitlines()[-1] == "1 fault found."


def two_versions(folder: Path) -> tuple[Path, Path]:
    old, new = folder / "example-1.yml", folder / "example.yml"
    old.write_bytes(SOUND.read_bytes())
    text = SOUND.read_text("utf-8").replace('version: "1"', 'version: "2"\neffective_from: 2026-04-01')
    new.write_text(text.replace("days: 3}", "days: 5}"), "utf-8")
    return old, new


@pytest.mark.parametrize("old", ["example-1.yml", "1"])
def test_what_has_changed_is_told_of_two_files_or_of_a_file_and_a_version(tmp_path: Path, old: str) -> None:
    file, new = two_versions(tmp_path)
    done = call("check", "--diff", file if old.endswith(".yml") else old, new)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "Example Policy (example)",
        "What has changed from version 1 to version 2:",
        "",
        "The policy: the first day on which escalations are begun under it: was nothing, is 01/04/2026.",
        "Stage 1: the limit: was at the latest 3 working days after entering the stage;"
        " is at the latest 5 working days after entering the stage.",
    ]


@pytest.mark.parametrize(
    ("named", "says"),
    [
        (["1"], "--diff needs two"),
        (["1", "2"], "Neither 1 nor 2 is a policy file."),
        (["7", "example.yml"], "no version '7' of example. Versions that are there: 1."),
        (["2", "example.yml"], "no version '2' of example. Versions that are there: 1."),
        (["none.yml", "example.yml"], "there is no such file"),
        (["wrong.yml", "example.yml"], "wrong.yml:2: version: found the number 1, but a text is expected."),
    ],
)
def test_what_cannot_be_compared_is_said(tmp_path: Path, named: list[str], says: str) -> None:
    two_versions(tmp_path)
    other = tmp_path / "elsewhere"
    other.mkdir()
    (other / "wrong.yml").write_text(SOUND.read_text("utf-8").replace('version: "1"', "version: 1"), "utf-8")
    files = {name: tmp_path / name for name in ("example.yml", "none.yml")} | {"wrong.yml": other / "wrong.yml"}
    assert says in refused_here("check", "--diff", *(files.get(name, name) for name in named))


@pytest.mark.parametrize("what", ["missing", "folder", "binary", "empty"])
def test_a_file_that_is_no_policy_is_named_with_what_is_wrong(tmp_path: Path, what: str) -> None:
    path = tmp_path / "some.yml"
    if what == "folder":
        path.mkdir()
    elif what == "binary":
        path.write_bytes(bytes(range(256)))
    elif what == "empty":
        path.touch()
    done = call("check", path)
    assert done.exit_code == 1
    assert str(path) in done.stderr


# ── dates ────────────────────────────────────────────────────────────────────────────────────────────────────


def dates_of(policy: str, concern: str, *more: str) -> list[dict[str, Any]]:
    today = () if "--today" in more else ("--today", concern)
    done = call("dates", policy, "--concern", concern, *today, "--json", *more)
    assert (done.exit_code, done.stderr) == (0, "")
    made: list[dict[str, Any]] = json.loads(done.stdout)
    return made


@pytest.mark.parametrize(
    ("policy", "due"),
    [
        ("herefordshire", ["2026-03-05", "2026-03-12", "2026-03-19", "2026-03-30"]),
        ("sefton", ["2026-03-04", "2026-03-06", "2026-03-10", "2026-03-17"]),
        ("trafford", ["2026-03-16", "2026-03-30", "2026-04-15", "2026-04-29"]),
        ("islands", [None, None, None, None]),
    ],
)
def test_the_dates_of_each_shipped_policy(policy: str, due: list[str | None]) -> None:
    stages = dates_of(policy, "2026-03-02")
    assert [stage["due"] for stage in stages] == due[: len(stages)]
    assert len(stages) >= 3
    assert all(stage["behind"] == 0 and not stage["provisional"] for stage in stages)


def test_the_program_gives_the_dates_to_other_programs() -> None:
    done = run("dates", "herefordshire", "--concern", "2026-03-02", "--today", "2026-03-02", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert [stage["due"] for stage in json.loads(done.stdout)] == [
        "2026-03-05",
        "2026-03-12",
        "2026-03-19",
        "2026-03-30",
    ]


def test_the_dates_as_text_are_said_with_their_weekdays_and_the_policys_own_words() -> None:
    done = call("dates", "herefordshire", "--concern", "2 March 2026", "--today", "2026-03-04")
    assert (done.exit_code, done.stderr) == (0, "")
    for line in (
        "Date of initial concern: Monday 2 March 2026 (2 working days ago)",
        "Today: Wednesday 4 March 2026",
        "  Aim for:   Tuesday 3 March 2026",
        "  Due:       Thursday 5 March 2026",
        "  Due:       Thursday 12 March 2026",
        "  Due:       Thursday 19 March 2026",
        "  Due:       Monday 30 March 2026",
    ):
        assert line in done.stdout.splitlines()
    assert "“Within 1-3 working days of initial concern”" in done.stdout


def test_a_policy_without_days_has_no_dates_in_text_either() -> None:
    done = call("dates", "Islands", "--concern", "2026-03-02", "--today", "2026-03-04")
    assert done.exit_code == 0
    assert set(re.findall(r"Due: +(.*)", done.stdout)) == {"no date"}


def test_a_late_move_in_sefton_is_flagged_as_behind() -> None:
    entered = ["--entered", "1=2026-03-02", "--entered", "2=2026-03-04", "--entered", "Step 3=2026-03-11"]
    stages = dates_of("sefton", "2026-03-02", *entered, "--today", "2026-03-11")
    assert [stage["behind"] for stage in stages[:3]] == [0, 0, 1]
    assert stages[2]["due"] == "2026-03-13"
    done = call("dates", "sefton", "--concern", "2026-03-02", "--today", "2026-03-11", *entered)
    assert "1 working day behind the overall plan" in done.stdout


@pytest.mark.parametrize("entered", [[], ["--entered", "stage-1=2026-04-01"]])
def test_a_date_agreed_in_trafford_beyond_the_limit_is_refused_with_the_last_day_that_is_allowed(
    entered: list[str],
) -> None:
    late = ["--today", "2026-04-01", *entered, "--agreed", "stage-1=2026-04-20"]
    said = refused_here("dates", "trafford", "--concern", "2026-04-01", *late)
    assert "--agreed: Monday 20 April 2026 is too late" in said
    assert "to Friday 17 April 2026" in said
    stages = dates_of("trafford", "2026-04-01", *entered, "--agreed", "stage-1=2026-04-17")
    assert stages[0]["due"] == "2026-04-17"
    stages = dates_of("trafford", "2026-04-01", *entered, "--agreed", "stage-1=2026-04-09")
    assert stages[0]["due"] == "2026-04-09"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["kent", "--concern", "2026-03-02"], "There is no policy 'kent'. There are: "),
        (["missing.yml", "--concern", "2026-03-02"], "missing.yml"),
        (["herefordshire"], "--concern"),
        (["herefordshire", "--concern", "soonish"], "--concern: "),
        (["herefordshire", "--concern", "2026-02-30"], "--concern: "),
        (["herefordshire", "--concern", "02/03"], "--concern: "),
        (["herefordshire", "--concern", "Monday"], "If it does, please type 20"),
        (["herefordshire", "--concern", ""], "--concern: "),
        (["herefordshire", "--concern", "2026-03-02", "--entered", "stage-9=2026-03-02"], "is not a stage of"),
        (["herefordshire", "--concern", "2026-03-02", "--entered", "stage-1"], "is not STAGE=DATE"),
        (["herefordshire", "--concern", "2026-03-02", "--entered", "stage-1=later"], "later"),
        (["herefordshire", "--concern", "2026-03-02", "--today", "x"], "--today: "),
        (["herefordshire", "--concern", "9999-12-31"], "9999-12-31"),
    ],
)
def test_what_cannot_be_read_is_answered_with_a_sentence(arguments: list[str], says: str) -> None:
    assert says in refused_here("dates", *arguments)


def test_the_program_says_what_it_cannot_read_and_stops() -> None:
    assert "is not a date I can read" in refused("dates", "herefordshire", "--concern", "soonish")


def test_a_policy_file_of_ones_own_can_be_counted(tmp_path: Path) -> None:
    (tmp_path / "own.yml").write_bytes(SOUND.read_bytes())
    shutil.copytree(CALENDARS, tmp_path / "calendars")
    day = "2026-03-02"
    done = call("dates", tmp_path / "own.yml", "--concern", day, "--today", day, policies=str(tmp_path))
    assert (done.exit_code, done.stderr) == (0, "")
    assert "Due:" in done.stdout


# ── verify ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def played(tmp_path: Path) -> Path:
    """The data of a bot that has been talked with."""
    scene("asked", tmp_path).world.close()
    return tmp_path


def tamper(folder: Path, how: str) -> None:
    """As somebody does it who has the file and its own tools; what stands in the way is taken away first."""
    connection = sqlite3.connect(folder / "escalations.db")
    triggers = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
    for trigger in triggers:
        connection.execute(f'DROP TRIGGER "{trigger}"')
    connection.execute(how)
    connection.commit()
    connection.close()


def test_the_database_of_the_settings_is_verified_if_no_folder_is_named(played: Path) -> None:
    assert call("verify", data=str(played)).exit_code == 0
    tamper(played, "DELETE FROM history WHERE number = 3")
    url = f"sqlite:///{played / 'escalations.db'}"
    assert "cut off" in refused_here("verify", database_url=url, keyring=str(played / "keyring.json"))


# ── migrate ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_tables_and_the_keyring_are_made_once(tmp_path: Path) -> None:
    first, again = (call("migrate", data=str(tmp_path / "data")) for _ in range(2))
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert f"A keyring was made: {tmp_path / 'data' / 'keyring.json'}. Keep a copy of it" in first.stdout
    assert "keyring" not in again.stdout
    assert "are those of this version." in again.stdout
    assert call("verify", data=str(tmp_path / "data")).exit_code == 0


def test_a_command_for_a_database_that_was_never_made_says_how_to_make_it(tmp_path: Path) -> None:
    assert "Make it with `escalation-bot migrate`" in refused_here("verify", data=str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_history_that_nobody_touched_is_whole(played: Path) -> None:
    done = call("verify", "--data", played)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == (
        "The history is whole: no entry was changed, none is missing, and every record is what it says.\n"
    )


@pytest.mark.parametrize(
    ("tampering", "says"),
    [
        ("UPDATE history SET by = 'console:grace' WHERE number = 2", "was changed after it was written."),
        ("UPDATE history SET what = 'approved' WHERE number = 1", "was changed after it was written."),
        ("DELETE FROM history WHERE number = 2", "Entry 2 of the history is missing."),
        ("DELETE FROM history WHERE number = 3", "the end was cut off."),
        ("DELETE FROM history", "the end was cut off."),
        ("DELETE FROM meta", "The end mark of the history is missing"),
    ],
)
def test_tampering_with_the_history_is_found(played: Path, tampering: str, says: str) -> None:
    tamper(played, tampering)
    assert says in refused_here("verify", "--data", played)


@pytest.mark.parametrize("change", ["stage = 'stage-3'", "concern = '2026-01-05'", "raiser = 'console:grace'"])
def test_a_record_that_was_changed_behind_the_back_of_its_history_is_found_by_its_reference(
    played: Path, change: str
) -> None:
    tamper(played, f"UPDATE escalations SET {change}")  # noqa: S608 - our own text
    said = refused_here("verify", "--data", played)
    assert re.search(r"^E-...-...: the record is not what its history says\.", said)
    assert "stage" not in said


def test_a_folder_without_a_database_is_named(tmp_path: Path) -> None:
    said = refused_here("verify", "--data", tmp_path)
    assert f"There is no database {tmp_path / 'escalations.db'}. Make it with `escalation-bot migrate`" in said
    assert "a demonstration's folder with --data" in said
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_and_a_missing_keyring_are_told_in_sentences(played: Path) -> None:
    (played / "keyring.json").rename(played / "elsewhere.json")
    assert "The keyring file" in refused_here("verify", "--data", played)
    (played / "elsewhere.json").rename(played / "keyring.json")
    for each in played.glob("escalations.db*"):
        each.unlink()
    (played / "escalations.db").write_bytes(b"this is no database, but long enough to be looked at\n" * 100)
    assert refused_here("verify", "--data", played).startswith("Error: The database could not do what was asked")


# ── demo ─────────────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def running(*arguments: str, **settings: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The demonstration, and the one line that it printed."""
    process = subprocess.Popen(
        [PROGRAM, "demo", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(**settings),
    )
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        line = process.stdout.readline()
        if not line:
            raise AssertionError(process.stderr.read())
        yield process, line
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def page(address: str) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(address, timeout=120) as answer:
        assert answer.status == 200
        return str(answer.read().decode("utf-8"))


def stops_quietly(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=120) == ("", "")
    assert process.returncode in {0, 130, -signal.SIGINT}


def test_the_demonstration_prints_its_address_answers_there_and_stops_quietly(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running("--host", "::1", "--port", "0", demo_data=str(data)) as (process, line):
        found = re.fullmatch(r"Open (http://\S+:\d+) in your browser \(Ctrl\+C stops the demonstration\)\n", line)
        assert found
        assert "<title>" in page(found[1])
        assert (data / "escalations.db").is_file()
        stops_quietly(process)


def test_a_port_that_is_taken_is_passed_over(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with running("--port", str(port), demo_data=str(tmp_path / "data")) as (process, line):
            shown = re.search(r"http://127.0.0.1:(\d+) in your browser", line)
            assert shown
            assert int(shown[1]) != port
            assert "<title>" in page(f"http://127.0.0.1:{shown[1]}")
            stops_quietly(process)


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])  # noqa: S104 - it is refused
def test_the_demonstration_is_for_this_computer_only(tmp_path: Path, host: str) -> None:
    said = refused_here("demo", "--host", host, "--port", "0", demo_data=str(tmp_path / "data"))
    assert "The demonstration may only listen on this computer" in said
    assert not (tmp_path / "data").exists()


def test_a_refused_start_forgets_nothing(tmp_path: Path) -> None:
    (tmp_path / "console.db").write_bytes(b"")
    (tmp_path / "escalations.db").write_bytes(b"")
    refused_here("demo", "--fresh", "--host", "0.0.0.0", demo_data=str(tmp_path))  # noqa: S104 - it is refused
    assert (tmp_path / "console.db").exists()


@pytest.mark.parametrize("port", ["70000"])
def test_a_port_that_cannot_be_is_refused_with_a_sentence(tmp_path: Path, port: str) -> None:
    said = refused_here("demo", "--port", port, demo_data=str(tmp_path / "data"))
    assert port in said


def test_fresh_does_not_remove_a_folder_that_holds_something_else(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine", "utf-8")
    said = refused_here("demo", "--fresh", "--port", "0", demo_data=str(tmp_path))
    assert "does not hold a demonstration, so nothing was removed" in said
    assert (tmp_path / "letter.txt").read_text("utf-8") == "mine"


# ── settings ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("setting", "value"),
    [("demo_port", "http"), ("demo_port", "70000"), ("log_level", "loud")],
)
def test_a_wrong_setting_is_named_with_its_value(setting: str, value: str) -> None:
    said = refused_here("check", **{setting: value})
    assert f"ESCALATION_BOT_{setting.upper()}" in said
    assert value in said
    assert "Please correct or remove it." in said


def test_all_wrong_settings_are_named_at_once() -> None:
    said = refused_here("check", demo_port="http", log_level="loud")
    assert "ESCALATION_BOT_DEMO_PORT" in said
    assert "ESCALATION_BOT_LOG_LEVEL" in said


def test_a_folder_of_policies_that_is_not_there_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere"
    assert str(missing) in refused_here("dates", "herefordshire", "--concern", "2026-03-02", policies=str(missing))
    assert str(missing) in refused_here("check", policies=str(missing))


def test_help_and_version_are_there() -> None:
    assert call("--version").exit_code == 0
    said = call("--help").stdout
    for command in ("check", "copy", "dates", "demo", "migrate", "new-policy", "serve", "verify", "work"):
        assert command in said
