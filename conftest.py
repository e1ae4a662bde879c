"""The cast: Alice owns, Charlie must see nothing; and doors to act through."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from accounts.models import User
from tasks.changes import Origin
from tasks.models import Door, Project
from tasks.operations import create_project, ensure_inbox


def make_user(name: str) -> User:
    return User.objects.create_user(username=name, password=f"{name}-password", timezone="Europe/Zurich")


@pytest.fixture
def alice(db: None) -> User:
    return make_user("alice")


@pytest.fixture
def charlie(db: None) -> User:
    return make_user("charlie")


@pytest.fixture
def origin() -> Origin:
    return Origin(Door.API)


@pytest.fixture
def inbox(alice: User) -> Project:
    return ensure_inbox(alice)


@pytest.fixture
def web(alice: User, origin: Origin) -> Project:
    return create_project(actor=alice, origin=origin, key="WEB", name="Website")


@pytest.fixture
def as_alice(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


@pytest.fixture
def as_charlie(charlie: User) -> Client:
    client = Client()
    client.force_login(charlie)
    return client


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server that REDIS_URL names, or one of this machine's, on a socket of its own."""
    if os.environ.get("REDIS_URL"):
        yield os.environ["REDIS_URL"]
        return
    beside = Path(sys.executable).with_name("redis-server")
    program = str(beside) if beside.exists() else shutil.which("redis-server")
    if program is None:
        pytest.skip("there is no redis-server on this machine")
    folder = tmp_path_factory.mktemp("redis")
    address = folder / "socket"
    command = [program, "--port", "0", "--unixsocket", str(address), "--save", "", "--dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        next(line for line in server.stdout if "eady to accept connections" in line)
        drain = threading.Thread(target=server.stdout.read, daemon=True)
        drain.start()
        yield f"unix://{address}"
        server.terminate()
        drain.join()
