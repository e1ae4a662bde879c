"""A short run of benchmarks/faults.py, whose servers, databases and faults are real and its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.timeout(300)
def test_nothing_is_lost_when_servers_are_killed() -> None:
    faults = ["kills", "disk-full"] if connection.vendor == "sqlite" else ["kills"]
    options = ["--databases", connection.vendor, "--kills", "2", "--turns", "2", "--lease", "2", "--patient"]
    finished = subprocess.run(
        [sys.executable, "benchmarks/faults.py", *faults, *options],
        cwd=ROOT,
        env={name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert finished.stdout.count("| nothing |") == len(faults)
