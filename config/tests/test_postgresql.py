"""PostgreSQL that restarts, goes away, falls silent or is slow: what callers see, and that it passes."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from time import monotonic
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from django.db import connection, transaction

from accounts.models import User
from accounts.statements import fetch
from chat.tests.person import Person
from chat.tests.serving import PATIENCE, Server, serving
from config.postgresql.base import DatabaseWrapper
from config.tests.line import Line, line_to

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL"),
]
LIST = "/api/conversations/"


@pytest.fixture
def line(transactional_db: None) -> Iterator[Line]:
    connection.ensure_connection()
    known = connection.connection.info
    unix = known.host.startswith("/")
    with line_to(f"{known.host}/.s.PGSQL.{known.port}" if unix else (known.host, known.port)) as line:
        yield line


@contextmanager
def served(line: Line, alice: User, **environment: str) -> Iterator[Server]:
    known = connection.connection.info
    user = quote(known.user, safe="") + (f":{quote(known.password, safe='')}" if known.password else "")
    url = f"postgresql://{user}@127.0.0.1:{line.port}/{known.dbname}"
    person = Person(alice)
    assert person.conversation
    with serving(person, {"DATABASE_URL": url, **environment}) as server:
        yield server


def statuses(server: Server, count: int) -> list[int]:
    return [server.ask("GET", LIST)[0] for _ in range(count)]


def fill_pool(server: Server) -> None:
    """Has the server open several connections."""
    with ThreadPoolExecutor(8) as callers:
        assert set(callers.map(lambda _: server.ask("GET", LIST)[0], range(40))) == {200}


def becomes(server: Server, path: str, status: int) -> Any:
    """The first answer with that status."""
    deadline = monotonic() + PATIENCE
    while True:
        found, body = server.ask("GET", path)
        if found == status:
            return body
        assert monotonic() < deadline, f"{path} answers {found}, not {status}"


def test_a_restarted_server_costs_at_most_one_request(line: Line, alice: User) -> None:
    with served(line, alice) as server:
        fill_pool(server)
        line.drop()
        assert sorted(statuses(server, 20))[:-1] == [200] * 19


def test_a_compiled_statement_checks_a_doubted_connection(alice: User) -> None:
    assert fetch("SELECT 1", ()) == [(1,)]
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
    # As another thread has it that finds its own connection dead.
    DatabaseWrapper.doubted_at = monotonic()
    assert fetch("SELECT 1", ()) == [(1,)]


def test_a_doubt_in_the_middle_of_a_transaction_waits_for_its_end(alice: User) -> None:
    with transaction.atomic():
        User.objects.filter(pk=alice.pk).update(first_name="Alice")
        # As another thread has it that finds its own connection dead.
        DatabaseWrapper.doubted_at = monotonic()
    assert connection.get_autocommit()
    assert User.objects.get(pk=alice.pk).first_name == "Alice"


def test_a_server_that_was_away_is_found_again(line: Line, alice: User) -> None:
    with served(line, alice, DATABASE_POOL="3") as server:
        fill_pool(server)
        line.cut()
        status, body = server.ask("GET", LIST)
        assert (status, body["code"]) == (503, "unavailable")
        answer = server.open("GET", "/health/ready")
        assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
        assert b'"database": ["The database does not answer."]' in answer.read()
        assert server.ask("GET", "/health") == (200, {"status": "ok"})
        line.restore()
        becomes(server, LIST, 200)
        assert statuses(server, 10) == [200] * 10
        assert becomes(server, "/health/ready/", 200)["database"] == "postgresql"


def test_a_silent_server_does_not_hang_the_probe(line: Line, alice: User) -> None:
    with served(line, alice) as server:
        assert server.ask("GET", "/health/ready")[0] == 200
        assert server.ask("GET", LIST)[0] == 200
        line.silence()
        # On a connection that was at work a moment ago, and is trusted.
        waiting = server.begin("GET", LIST)
        for _ in range(2):
            assert server.ask("GET", "/health/ready")[0] == 503
            assert server.ask("GET", "/health")[0] == 200
        assert waiting.getresponse().status == 503
        line.speak()
        becomes(server, "/health/ready", 200)


@pytest.mark.parametrize(
    ("limit", "sentence"),
    [("STATEMENT", "took the database too long"), ("LOCK", "Somebody else is changing the same thing")],
)
def test_what_waits_too_long_is_ended(line: Line, alice: User, limit: str, sentence: str) -> None:
    with served(line, alice, **{f"DATABASE_{limit}_TIMEOUT": "0.2"}) as server, connection.cursor() as cursor:
        path = LIST + server.ask("GET", LIST)[1]["results"][0]["id"] + "/"
        cursor.execute("BEGIN")
        cursor.execute("SELECT * FROM chat_conversation FOR UPDATE")
        status, body = server.ask("PATCH", path, {"title": "Renamed"})
        assert (status, body["code"]) == (503, "unavailable")
        assert sentence in body["detail"]
        cursor.execute("ROLLBACK")
        assert server.ask("PATCH", path, {"title": "Renamed"})[0] == 200


def setting(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {name}")
        (value,) = cursor.fetchone()
        return str(value)


@pytest.mark.parametrize("atomic", [True, False])
def test_a_migration_may_take_as_long_as_it_needs(atomic: bool) -> None:
    usual = setting("statement_timeout"), setting("lock_timeout")
    assert usual == ("30s", "10s")
    with connection.schema_editor(atomic=atomic):
        assert (setting("statement_timeout"), setting("lock_timeout")) == ("0", "10s")
    assert (setting("statement_timeout"), setting("lock_timeout")) == usual
