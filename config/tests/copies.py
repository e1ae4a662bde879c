"""Empty, migrated databases for the servers that tests start: copies of the run's own.

Migrating an empty one takes a start three times as long as all the rest of it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from django.db import connection
from psycopg import sql

__all__ = ["address", "database_copy"]

_CREATE = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
_DROP = sql.SQL("DROP DATABASE {} WITH (FORCE)")


@contextmanager
def database_copy(name: str, folder: Path, *, original: str = "") -> Iterator[str]:
    """The address of a copy of the test database, or of an earlier copy of that name in the same folder.

    The test database must be at rest, and no event loop may run in this thread: Django would hide its own
    connection, which PostgreSQL waits for. A copy is dropped at the end.
    """
    if connection.vendor == "sqlite":
        source = folder / f"{original}.sqlite3" if original else connection.settings_dict["NAME"]
        copy = folder / f"{name}.sqlite3"
        with closing(sqlite3.connect(source)) as rows, closing(sqlite3.connect(copy)) as target:
            rows.backup(target)
        yield f"sqlite:///{copy}"
        return
    if not original:
        _leave()
    with psycopg.connect(address("postgres"), autocommit=True) as admin:
        source_name = original or connection.settings_dict["NAME"]
        admin.execute(_CREATE.format(sql.Identifier(name), sql.Identifier(source_name)))
    yield address(name)
    with psycopg.connect(address("postgres"), autocommit=True) as admin:
        admin.execute(_DROP.format(sql.Identifier(name)))


def address(name: str | None = None) -> str:
    """The URL of the test database, or of another one beside it."""
    known = connection.settings_dict
    name = name or known["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    user = quote(known["USER"] or "", safe="")
    password = f":{quote(known['PASSWORD'], safe='')}" if known["PASSWORD"] else ""
    host, port = known["HOST"] or "", known["PORT"] or ""
    if host.startswith("/") or not host:
        return f"postgresql://{user}{password}@/{name}?host={host}"
    return f"postgresql://{user}{password}@{host}:{port or 5432}/{name}"


def _leave() -> None:
    # PostgreSQL copies a database only while nobody is connected to it.
    wrapper: Any = connection
    wrapper.close()
    wrapper.close_pool()
    with psycopg.connect(address("postgres"), autocommit=True) as admin:
        name = connection.settings_dict["NAME"]
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
