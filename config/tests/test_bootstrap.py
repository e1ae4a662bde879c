"""`make run` and `make test` say in one sentence why the environment cannot be made."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.one_lane

ROOT = Path(__file__).resolve().parents[2]
NAMES = ["python", "python3", "python3.11", "python3.12", "python3.13", "python3.14"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "scripts").mkdir(parents=True)
    shutil.copy(ROOT / "scripts/bootstrap", folder / "scripts/bootstrap")
    (folder / "requirements.txt").write_text("Django==0\n")
    return folder


def put(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def bootstrap(project: Path, python: str) -> subprocess.CompletedProcess[str]:
    """Run it on a machine where every Python answers as the shell script `python` does."""
    programs = project.parent / "bin"
    for name in NAMES:
        put(programs / name, python)
    environment = {"PATH": f"{programs}:{os.defpath}"}
    command = ["sh", "scripts/bootstrap", "requirements.txt"]
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)


def test_an_old_python_is_named(project: Path) -> None:
    finished = bootstrap(project, '[ "$1" = --version ] && echo "Python 3.9.2" && exit; exit 1')
    assert finished.returncode == 1
    assert finished.stderr.count("\n") == 1
    assert "needs Python 3.11 or newer, and found Python 3.9.2" in finished.stderr
    assert not (project / ".venv").exists()


def test_a_python_without_venv_is_told_the_remedy(project: Path) -> None:
    finished = bootstrap(project, 'case "$2" in *ensurepip*) exit 1;; esac')
    assert (finished.returncode, finished.stderr.count("\n")) == (1, 1)
    assert "apt install python3-venv" in finished.stderr


PIP_FAILS = """
[ "$2" = venv ] || exit 0
mkdir -p .venv/bin
printf '#!/bin/sh\\n[ "$1" = -c ] || { echo "%s"; exit 1; }\\n' "{message}" >.venv/bin/python
chmod +x .venv/bin/python
"""


def test_no_network_is_recognised_and_leaves_nothing_half_done(project: Path) -> None:
    message = "NewConnectionError: Temporary failure in name resolution"
    finished = bootstrap(project, PIP_FAILS.replace("{message}", message))
    assert (finished.returncode, finished.stderr.count("\n")) == (1, 1)
    assert "Is there a network?" in finished.stderr
    assert not list((project / ".venv").glob(".installed*"))


def test_another_failure_of_pip_is_quoted(project: Path) -> None:
    finished = bootstrap(project, PIP_FAILS.replace("{message}", "ERROR: No space left on device"))
    assert finished.returncode == 1
    assert "No space left on device" in finished.stderr


def test_packages_are_installed_once_and_again_when_the_list_changes(project: Path) -> None:
    put(project / ".venv/bin/python", '[ "$1" = -c ] || echo "$@" >>installs')
    for _ in range(2):
        assert bootstrap(project, "exit 1").returncode == 0
    assert (project / "installs").read_text().count("-m pip install") == 1
    (project / "requirements.txt").write_text("Django==1\n")
    assert bootstrap(project, "exit 1").returncode == 0
    assert (project / "installs").read_text().count("-m pip install") == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write to any folder")
def test_a_read_only_folder_is_named(project: Path) -> None:
    project.chmod(0o555)
    try:
        finished = bootstrap(project, "exit 0")
    finally:
        project.chmod(0o755)
    assert (finished.returncode, finished.stderr.count("\n")) == (1, 1)
    assert "is not writable" in finished.stderr
