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
def database_copy(name: str, folder: Path) -> Iterator[str]:
    """The address of a copy of the test database, which must be at rest; on PostgreSQL dropped at the end."""
    if connection.vendor == "sqlite":
        copy = folder / f"{name}.sqlite3"
        original = sqlite3.connect(connection.settings_dict["NAME"])
        with closing(original), closing(sqlite3.connect(copy)) as target:
            original.backup(target)
        yield f"sqlite:///{copy}"
        return
    _make(name)
    yield address(name)
    _drop(name)


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


def _make(name: str) -> None:
    # PostgreSQL copies a database only while nobody is connected to it.
    wrapper: Any = connection
    wrapper.close()
    wrapper.close_pool()
    original = connection.settings_dict["NAME"]
    with psycopg.connect(address("postgres"), autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [original])
        admin.execute(_CREATE.format(sql.Identifier(name), sql.Identifier(original)))


def _drop(name: str) -> None:
    with psycopg.connect(address("postgres"), autocommit=True) as admin:
        admin.execute(_DROP.format(sql.Identifier(name)))
