"""Stopping the console while pages are open: quick, and without a word on the terminal."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.chat.fake_bot import running_console


def test_a_server_in_a_thread_stops_at_once_though_a_page_is_open(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with httpx.Client(trust_env=False, timeout=120) as client, running_console(tmp_path) as console:
        stream = client.send(client.build_request("GET", f"{console.address}/events"), stream=True)
        lines = stream.iter_lines()  # kept: the connection is closed when nobody reads it any more
        assert next(lines) == "event: changed"
    # The server would have waited for a stream that does not end, and then said so.
    assert capfd.readouterr().err == ""


def test_control_and_c_stop_the_demonstration_quickly_though_a_page_is_open(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from bot.cli import main; main()", "demo", "--port", "0"]
    env = {**os.environ, "ESCALATION_BOT_DEMO_DATA": str(tmp_path / "demo"), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env) as running:
        assert running.stdout is not None
        said = running.stdout.readline()
        address = re.search(r"http://\S+", said)
        assert address, said
        with httpx.stream("GET", f"{address[0]}/events", trust_env=False, timeout=120) as stream:
            lines = stream.iter_lines()
            assert next(lines) == "event: changed"
            running.send_signal(signal.SIGINT)
            _, errors = running.communicate(timeout=120)
    assert "Traceback" not in errors
    assert "Cancel" not in errors
