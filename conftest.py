"""The cast: Alice owns, Charlie must see nothing; and doors to act through."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client, TransactionTestCase

from accounts.models import User
from tasks.changes import Origin
from tasks.models import Door, Project
from tasks.operations import create_project, ensure_inbox

# Begun last, one of them would keep a single process busy at the end.
LONG = (
    "test_tool_parity", "test_route_matrix", "test_keyboard", "test_axe", "test_story", "test_startup",
    "test_fuzz", "test_faults", "test_bad_bodies", "test_turn_server", "test_task_pages", "test_migrations",
    "test_mcp_clients",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: LONG.index(item.path.stem) if item.path.stem in LONG else len(LONG))


def pytest_collection_finish() -> None:
    # What is loaded by now stays: each collection of garbage would look through all of it.
    gc.collect()
    gc.freeze()


def empty_tables(case: Any) -> None:
    """Instead of Django's flush, which truncates every table and makes all permissions anew: most of the time
    of many a test. Foreign keys are checked at the end of the transaction, so the order does not matter."""
    kept = {"django_content_type", "auth_permission", "django_site"}
    quote = connection.ops.quote_name
    tables = [
        quote(name)
        for name in connection.introspection.django_table_names(only_existing=True, include_views=False)
        if name not in kept
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        some = [f"SELECT {number} WHERE EXISTS (SELECT 1 FROM {name})" for number, name in enumerate(tables)]
        cursor.execute(" UNION ALL ".join(some))
        for (number,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {tables[number]}")


TransactionTestCase._fixture_teardown = empty_tables  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def no_embedder_of_another_test() -> None:
    """What makes vectors in the background may ask for one while a test gives its settings back: what it then
    gets, and leaves behind, asks a server that is gone."""
    embeddings = sys.modules.get("memory.embeddings")
    if embeddings is None or not embeddings.embedder.cache_info().currsize:
        return
    if isinstance(embeddings.embedder(), embeddings.StaticEmbedder) == bool(settings.OPENAI_EMBEDDING_MODEL):
        embeddings.embedder.cache_clear()


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
