"""The real server, as a process of its own on a test's database, for what one process cannot show."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings

from chat.tests.person import Person
from config.tests.copies import address

TOKEN = "t" * 32
PATIENCE = 20.0


class Server:
    """A running server, and one signed-in caller of it."""

    def __init__(self, process: subprocess.Popen[str], port: int, session: str) -> None:
        self.process = process
        self.port = port
        self._headers = {
            "Cookie": f"sessionid={session}; csrftoken={TOKEN}",
            "X-CSRFToken": TOKEN,
            "Content-Type": "application/json",
        }

    def ask(self, verb: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """The status and the JSON of an answer."""
        answer = self.open(verb, path, body, **headers)
        return answer.status, orjson.loads(answer.read())

    def open(self, verb: str, path: str, body: Any = None, **headers: str) -> http.client.HTTPResponse:
        """An answer whose body is still to be read."""
        return self.begin(verb, path, body, **headers).getresponse()

    def begin(self, verb: str, path: str, body: Any = None, **headers: str) -> http.client.HTTPConnection:
        """A request that is sent, and whose answer nobody has waited for."""
        caller = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        sent = None if body is None else orjson.dumps(body)
        caller.request(verb, path, sent, {**self._headers, **headers})
        return caller

    def end(self, by: signal.Signals = signal.SIGTERM) -> None:
        self.process.send_signal(by)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def serving(person: Person, environment: Mapping[str, str]) -> Iterator[Server]:
    """The server with these settings, on this test's database, until the end of the block."""
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        port = chosen.getsockname()[1]
    known = {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        "ENV_FILE": os.devnull,
        "DATABASE_URL": address(),
        "SECRET_KEY": settings.SECRET_KEY,
        "PORT": str(port),
        "LOG_LEVEL": "WARNING",
    }
    command = [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), "serve"]
    # Read from its beginning, the standard output says when it listens.
    with subprocess.Popen(
        command, env={**known, **environment}, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert any("is running" in line for line in process.stdout), "the server did not start"
        server = Server(process, port, person.client.cookies["sessionid"].value)
        try:
            yield server
        finally:
            server.end()
