"""Bots and apps as an operator starts them: each a process of its own, which listens over HTTP."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench.slack import API, CHANNEL, SECRET, TOKEN
from bot.config import SHIPPED
from bot.policy_files import load_folder

PATIENCE = 30
"""Seconds within which it has to answer at all."""
PROGRAM = "import sys; sys.modules['rich'] = None; from bot.cli import main; main()"
"""Without what structlog loads where it is there, and is here because of the tests only."""
ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Served:
    """`started` is how many seconds passed from its start to its first answer."""

    port: int
    started: float
    _process: int

    @property
    def memory(self) -> float:
        """What it has in memory now, in MB."""
        pages = Path(f"/proc/{self._process}/statm").read_text("ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE") / 1_000_000

    @property
    def cpu(self) -> float:
        """Seconds of processor time since its start."""
        return cpu_of(self._process)


def cpu_of(process: int) -> float:
    """Seconds of processor time since its start; 0 where it has ended."""
    try:
        state = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(state[11]) + int(state[12])) / os.sysconf("SC_CLK_TCK")


def app(name: str, api: str) -> AbstractContextManager[Served]:
    """One of `bench.bare`."""
    port = _free_port()
    return _started(["-m", "bench.bare", name, str(port)], port, {API: api})


def bot(words: str, folder: Path, url: str, keyring: Path, api: str) -> AbstractContextManager[Served]:
    """`escalation-bot`, told these words, with all policies that are shipped, on a database whose tables are made."""
    port = _free_port()
    channels = {version.policy.channel for version in load_folder(SHIPPED).versions()}
    settings = {
        "DATABASE_URL": url,
        "ESCALATION_BOT_DATA": str(folder),
        "ESCALATION_BOT_KEYRING": str(keyring),
        "ESCALATION_BOT_WEB_ADDRESS": f"127.0.0.1:{port}",
        "ESCALATION_BOT_OPERATIONS_ADDRESS": f"127.0.0.1:{_free_port()}",
        "ESCALATION_BOT_SLACK_BOT_TOKEN": TOKEN,
        "ESCALATION_BOT_SLACK_SIGNING_SECRET": SECRET,
        "ESCALATION_BOT_SLACK_CHANNELS": ",".join(f"{channel}={CHANNEL}" for channel in channels),
        "ESCALATION_BOT_SLACK_API_URL": api,
    }
    return _started(["-c", PROGRAM, *words.split()], port, settings)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@contextmanager
def _started(arguments: list[str], port: int, env: Mapping[str, str]) -> Iterator[Served]:
    began = time.perf_counter()
    started = [sys.executable, *arguments]
    with subprocess.Popen(started, cwd=ROOT, env={**os.environ, **env}, stdout=subprocess.DEVNULL) as process:
        try:
            _answers(process, port)
            yield Served(port, time.perf_counter() - began, process.pid)
        finally:
            process.terminate()


def _answers(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < until:
        try:
            httpx.get(f"http://127.0.0.1:{port}/")
        except httpx.TransportError:
            time.sleep(0.005)
        else:
            return
    raise RuntimeError("It did not start.")
