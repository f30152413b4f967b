"""The benchmarks run: their figures are for whoever asks for them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_the_benchmarks_that_start_no_bot_run() -> None:
    """The others are run by the script for continuous integration."""
    root = Path(__file__).parent.parent
    run = [sys.executable, "-W", "ignore", "-m", "bench"]
    env = os.environ | {"QUICK": "1", "WHAT": "message documents mail"}
    done = subprocess.run(run, cwd=root, env=env, capture_output=True, text=True, check=False, timeout=500)
    assert done.returncode == 0, done.stderr[-2000:]
    tables = [line for line in done.stdout.splitlines() if line.startswith("|")]
    assert len(tables) == 13 + 13 + 5
