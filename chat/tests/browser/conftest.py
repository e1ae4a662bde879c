"""The real thing: the server as a process on a database of its own, a model server, and Chromium."""

from __future__ import annotations

import os
import re
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest
from django.conf import settings
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from config.tests.copies import database_copy

# Playwright keeps an event loop in the main thread, which Django's ORM would refuse to work beside.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

# The server, the browser and the other tests share two cores: what will come may take more than five seconds.
expect.set_options(timeout=30_000)

SWITCHES = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
LINK = re.compile(r"http://\S+/accounts/link/\S+")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, closed before another module's tests run in this process and want an event loop."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=os.environ["TASKLORE_CHROMIUM"], args=SWITCHES)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, sign_in_link: str) -> Iterator[Page]:
    """A page in Zurich; a script error or a blocked resource fails the test.

    It is closed before its server, which it may be asking something at that moment.
    """
    context = browser.new_context(viewport={"width": 1280, "height": 800}, timezone_id="Europe/Zurich")
    opened, errors = context.new_page(), []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda message: errors.append(message.text) if is_fault(message) else None)
    yield opened
    context.close()
    assert errors == []


def is_fault(message: ConsoleMessage) -> bool:
    """Chromium also logs every 4xx answer, and some of those are what a test asks for; htmx logs what it was
    asking for when the page was left."""
    expected = ("the server responded with a status of 4", "htmx:afterRequest", "htmx:send")
    return message.type == "error" and not any(each in message.text for each in expected)


@pytest.fixture(scope="session", autouse=True)
def template(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A migrated database without rows, and the folder of it; made before a browser runs a loop here."""
    name, folder = f"tasklore_browser_{secrets.token_hex(4)}", tmp_path_factory.mktemp("databases")
    with database_copy(name, folder):
        yield name, folder


@pytest.fixture
def database_url(template: tuple[str, Path]) -> Iterator[str]:
    """A copy of it, of the kind that this run tests on."""
    name, folder = template
    with database_copy(f"{name}_{secrets.token_hex(4)}", folder, original=name) as url:
        yield url


class Server:
    """`manage.py serve` as a process; `sign_in_link` is what it printed."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self.log = log
        self._output: IO[bytes] = log.open("wb")
        command = [sys.executable, "manage.py", "serve"]
        self._process = subprocess.Popen(
            command, env=environment, cwd=settings.BASE_DIR, stdout=self._output, stderr=subprocess.STDOUT
        )

    def wait(self) -> str:
        while self._process.poll() is None:
            if match := LINK.search(self.log.read_text(errors="replace")):
                return match[0]
            _pause()
        raise AssertionError(self.log.read_text(errors="replace"))

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(30)
        self._output.close()


@pytest.fixture
def model_settings() -> dict[str, str]:
    """The environment that names a model; the built-in assistant answers without one."""
    return {}


@pytest.fixture
def mails(tmp_path: Path) -> Path:
    """Where the mails lie of a server that has the environment of `mail_settings`."""
    return tmp_path / "mails"


@pytest.fixture
def sign_in_link(database_url: str, model_settings: dict[str, str], tmp_path: Path) -> Iterator[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "LLM_"))}
    environment = {
        **kept,
        "DATABASE_URL": database_url,
        "PORT": str(free_port()),
        "ENV_FILE": os.devnull,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        **model_settings,
    }
    server = Server(environment, tmp_path / "server.log")
    try:
        yield server.wait()
    finally:
        server.stop()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _pause() -> None:
    # Another process's log is watched: there is nothing to wait on but the clock.
    import time

    time.sleep(0.05)
