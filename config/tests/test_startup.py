"""`manage.py serve` prepares everything itself, starts light, and says in one sentence why it cannot."""

import http.client
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection

from config.tests.copies import database_copy

pytestmark = pytest.mark.one_lane

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ["openai", "mcp", "numpy", "httpx2", "prometheus_client", "drf_spectacular"]


def environment(folder: Path, **settings: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "ENV_FILE": os.devnull,
        "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
        **settings,
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def served(folder: Path, port: int, **settings: str) -> Iterator[str]:
    """A running `serve`, and what it printed up to its last line of announcement."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve"],
        cwd=ROOT,
        env=environment(folder, PORT=str(port), **settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    watchdog = threading.Timer(60, process.kill)
    watchdog.start()
    try:
        assert process.stdout
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("Stop it"):
                break
        yield "".join(lines)
    finally:
        process.terminate()
        process.communicate()
        watchdog.cancel()


def get(port: int, path: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path)
    return connection.getresponse()


def test_a_first_start_makes_a_user_and_a_link_that_signs_in_once(tmp_path: Path) -> None:
    port = free_port()
    with served(tmp_path, port) as printed:
        assert f"Tasklore is running at http://localhost:{port}/" in printed
        assert "Assistant: built-in" in printed
        assert get(port, "/health").status == 200
        assert get(port, "/health/ready").status == 200
        found = re.search(rf"http://localhost:{port}(/accounts/link/\S+)", printed)
        assert found
        first = get(port, found[1])
        assert (first.status, first.headers["Location"]) == (302, "/")
        assert "sessionid=" in str(first.headers)
        assert get(port, found[1]).status == 410


def test_a_second_start_keeps_the_data_and_prints_a_new_link(tmp_path: Path) -> None:
    with served(tmp_path, free_port()) as printed:
        first = re.search(r"/accounts/link/\S+", printed)
    with served(tmp_path, free_port()) as printed:
        second = re.search(r"/accounts/link/\S+", printed)
    assert first
    assert second
    fields = "'username', 'is_superuser'"
    question = f"from accounts.models import User; print(User.objects.values_list({fields}))"
    shown = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", question],
        cwd=ROOT, env=environment(tmp_path), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert shown.stdout.strip() == "<QuerySet [('me', True)]>"


@pytest.fixture
def migrated(django_db_setup: None, tmp_path: Path) -> None:
    """The database of `environment` is migrated already, and has no rows."""
    if connection.vendor == "sqlite":
        with database_copy("db", tmp_path):
            pass


@pytest.mark.usefixtures("migrated")
def test_it_names_the_model_and_not_the_key(tmp_path: Path) -> None:
    model = {
        "OPENAI_BASE_URL": "http://user:pw@127.0.0.1:1/v1",
        "OPENAI_MODEL": "small",
        "OPENAI_API_KEY": "k3y-k3y",
    }
    with served(tmp_path, free_port(), **model) as printed:
        assert "Assistant: small at 127.0.0.1:1\n" in printed
        assert "k3y" not in printed
        assert "pw" not in printed


def refused(folder: Path, **settings: str) -> str:
    finished = subprocess.run(
        [sys.executable, "manage.py", "serve"],
        cwd=ROOT,
        env=environment(folder, **settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode == 1
    assert len(finished.stderr.splitlines()) == 1, finished.stderr
    return finished.stderr


@pytest.mark.usefixtures("migrated")
def test_it_warns_when_others_can_reach_a_local_server(tmp_path: Path) -> None:
    with served(tmp_path, free_port(), HOST="0.0.0.0", ALLOWED_HOSTS="127.0.0.1") as printed:
        assert "Others can reach it, over plain HTTP" in printed
        assert "Tasklore is running at http://127.0.0.1:" in printed


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert f"port {port} on 127.0.0.1 is taken" in refused(tmp_path, PORT=str(port))


def test_a_second_process_is_refused_without_redis(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "uvicorn", "config.asgi:application", "--workers", "2"]
    several = subprocess.run(
        [*command, "--port", str(free_port())],
        cwd=ROOT, env=environment(tmp_path), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    sentence = "Tasklore cannot start: another process serves this database already"
    assert several.stderr.count(sentence) == 1
    with served(tmp_path, free_port()):
        assert refused(tmp_path, PORT=str(free_port())).startswith(
            f"{sentence}, and more than one needs Redis"
        )


def test_an_unusable_database_is_one_sentence(tmp_path: Path) -> None:
    missing = f"sqlite:///{tmp_path}/no/such/folder/db.sqlite3"
    sentence = refused(tmp_path, PORT=str(free_port()), DATABASE_URL=missing)
    assert "the database cannot be used" in sentence


PRODUCTION = {"DEBUG": "0", "SECRET_KEY": "k" * 60, "ALLOWED_HOSTS": "tasks.example.com"}


def get_by_proxy(port: int, path: str) -> tuple[http.client.HTTPResponse, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Host": "tasks.example.com", "X-Forwarded-Proto": "https"}
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    return response, response.read().decode()


@pytest.mark.usefixtures("migrated")
def test_production_serves_behind_https_and_hides_the_link(tmp_path: Path) -> None:
    with served(tmp_path, free_port(), **PRODUCTION) as printed:
        assert "https://tasks.example.com/accounts/link/" in printed
    with served(tmp_path, port := free_port(), **PRODUCTION) as printed:
        assert "/accounts/link/" not in printed
        assert "manage.py signin_link" in printed
        assert get(port, "/health").status == 200
        assert get(port, "/accounts/login/").status == 400, "a host name that is not ours"
        page, body = get_by_proxy(port, "/accounts/login/")
        assert page.status == 200
        assert "max-age=31536000" in page.headers["Strict-Transport-Security"]
        assert "; Secure" in page.headers["Set-Cookie"]
        stylesheet = re.search(r'href="(/static/css/base\.[0-9a-f]+\.css)"', body)
        assert stylesheet
        file, _ = get_by_proxy(port, stylesheet[1])
        assert file.status == 200
        assert "immutable" in file.headers["Cache-Control"]
        missing, body = get_by_proxy(port, "/no/such/page")
        assert missing.status == 404
        assert "There is nothing here that you can see." in body


def test_heavy_packages_wait_for_their_first_use(tmp_path: Path) -> None:
    program = f"""
import sys, config.asgi
from django.urls import get_resolver
def walk(patterns):
    for pattern in patterns:
        walk(getattr(pattern, "url_patterns", []))
walk(get_resolver().url_patterns)
print([name for name in {HEAVY} if name in sys.modules])
"""
    finished = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT, env=environment(tmp_path), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert finished.stdout.strip() == "[]"
