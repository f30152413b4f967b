"""Processes of the bot as an operator runs them: side by side on one file, and stopped by signals without a word."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx

from bot.config import SHIPPED
from tests.test_cli import PROGRAM, call, environment

SOON = 120
NEVER_ENDS = """
from threading import Event
from bot.serving import until_told_to_stop
with until_told_to_stop(ends_within=0.05) as stop:
    print("http://127.0.0.1:1", flush=True)
    stop.wait()
    Event().wait()
"""
SOUND = Path(__file__).parent / "data" / "sound-policy.yml"


class Process:
    """The program, and where it says that it can be reached."""

    def __init__(self, *arguments: str, program: str | Path = PROGRAM, **settings: str) -> None:
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        self.running = subprocess.Popen([program, *arguments], env=environment(**settings), **pipes)

    def address(self, says: str) -> str:
        """From the next line that it prints, which has to say this."""
        assert self.running.stdout is not None
        assert self.running.stderr is not None
        line = self.running.stdout.readline()
        found = re.search(r"http://[\d.]+:\d+", line)
        if not found or says not in line:
            raise AssertionError(line or self.running.stderr.read())
        return found[0]

    def stop(self, by: signal.Signals) -> tuple[int, str]:
        self.running.send_signal(by)
        _, errors = self.running.communicate(timeout=SOON)
        return self.running.returncode, errors

    def kill(self) -> None:
        self.running.kill()
        self.running.communicate()


def within(seconds: float, happens: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while not (now := happens()) and time.monotonic() < until:
        time.sleep(0.05)
    return now


def test_one_process_hears_and_another_carries_out_on_one_file_and_both_stop_when_told(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED / "calendars", tmp_path / "policies" / "calendars")
    shutil.copy(SOUND, tmp_path / "policies")
    anywhere = {"web_address": "127.0.0.1:0", "operations_address": "127.0.0.1:0"}
    settings = anywhere | {"data": str(tmp_path / "data"), "policies": str(tmp_path / "policies")}
    assert call("migrate", **settings).exit_code == 0
    with ExitStack() as stack, httpx.Client(trust_env=False, timeout=SOON) as client:
        web, worker = Process("serve", "--web-only", **settings), Process("work", **settings)
        for process in (web, worker):
            stack.callback(process.kill)
        watched = [web.address("How it does"), worker.address("How it does")]
        page = web.address("Open ")
        assert [client.get(f"{address}/readyz").text for address in watched] == ["Ready.\n"] * 2
        token = re.search(r'console-token" content="([^"]+)"', client.get(page).text)
        assert token
        heard = {"event": "one", "person": "console:asha", "what": {"kind": "command", "word": "help"}}
        answer = client.post(f"{page}/hear", json=heard, headers={"x-console-token": token[1]})
        assert len(answer.json()["deliveries"]) == 1

        def answered() -> bool:
            said = client.get(f"{page}/state?person=console:asha").json()["direct"]
            return any(each["author"] == "" for each in said)

        assert within(SOON, answered)
        assert 'ticks_total{outcome="done"} 0.0' in client.get(f"{watched[0]}/metrics").text  # only the worker ticks
        assert worker.stop(signal.SIGTERM) == (0, "")
        assert web.stop(signal.SIGINT) == (0, "")


def test_told_to_stop_it_ends_also_where_what_it_has_in_hand_never_does() -> None:
    """As while the database takes what it is asked and says nothing."""
    process = Process("-c", NEVER_ENDS, program=sys.executable)
    process.address("")
    ended, says = process.stop(signal.SIGTERM)
    assert ended == 1
    assert "So it ends now." in says
