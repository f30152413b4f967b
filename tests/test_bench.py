"""The benchmarks run: their figures are for whoever asks for them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_every_benchmark_runs() -> None:
    root = Path(__file__).parent.parent
    run = [sys.executable, "-W", "ignore", "-m", "bench"]
    env = os.environ | {"QUICK": "1", "WHAT": "acks message documents mail idle due"}
    done = subprocess.run(run, cwd=root, env=env, capture_output=True, text=True, check=False, timeout=500)
    assert done.returncode == 0, done.stderr[-2000:]
    tables = [line for line in done.stdout.splitlines() if line.startswith("|")]
    assert any("Procrastinate on PostgreSQL × 2" in line for line in tables)
    assert len(tables) == 5 + 3 + 3 + 12 + 13 + 5 + 2 + 4
