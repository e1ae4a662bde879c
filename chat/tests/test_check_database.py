"""`manage.py check_database`: what an operator is told, and one sentence when the database cannot be used."""

from __future__ import annotations

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder


def check() -> dict[str, str]:
    """Name → finding."""
    out = StringIO()
    call_command("check_database", stdout=out)
    return {
        name: rest.strip() for name, _, rest in (line.partition(":") for line in out.getvalue().splitlines())
    }


def run(url: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "ENV_FILE": os.devnull, "DATABASE_URL": url}
    return subprocess.run(
        [sys.executable, "manage.py", "check_database"],
        cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.django_db
def test_what_it_says_of_a_database_that_is_well() -> None:
    found = check()
    assert found["Latency"].endswith("ms (median of 20)")
    assert found["Pending migrations"] == "none"
    assert found["Search"]
    if connection.vendor == "sqlite":
        assert found["Address"] == str(connection.settings_dict["NAME"])
        assert (found["Journal mode"], found["Quick check"]) == ("wal", "ok")
        assert found["Size"].endswith(" MB")
    else:
        assert found["Address"].endswith("/" + connection.settings_dict["NAME"])
        assert found["Server"].startswith("PostgreSQL ")
        assert found["Time limits"] == "statements 30s, locks 10s"
        assert found["pgvector"].endswith("; vectors are scored in numpy")
        assert "of at most 10 connections" in found["Pool"]


@pytest.mark.django_db
def test_it_names_the_migrations_that_are_missing() -> None:
    MigrationRecorder.Migration.objects.filter(app="memory", name="0002_search").delete()
    assert check()["Pending migrations"] == "memory.0002_search; run manage.py migrate"


def test_a_server_that_is_not_there_is_one_sentence_without_the_password() -> None:
    finished = run("postgresql://joe:pa55word@127.0.0.1:9/tasks")
    assert finished.returncode == 1
    (line,) = finished.stderr.splitlines()
    assert line.startswith("CommandError: The database at postgresql://joe@127.0.0.1:9/tasks cannot be used:")
    assert "refused" in line
    assert "pa55word" not in finished.stdout + finished.stderr


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "tasks.sqlite3").write_text("This is not a database. " * 10)
    finished = run(f"sqlite:///{tmp_path}/tasks.sqlite3")
    assert finished.returncode == 1
    (line,) = finished.stderr.splitlines()
    assert f"{tmp_path}/tasks.sqlite3 cannot be used: file is not a database" in line
