"""The cursor of compiled statements: Django's without the layers that a known statement does not need."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any, Self

from django.db import connections

__all__ = ["LeanCursor", "statement_cursor", "vendor"]


@cache
def vendor() -> str:
    """`sqlite` or `postgresql`: a process has one kind of database."""
    return str(connections["default"].vendor)


def statement_cursor() -> Any:
    """A cursor for SQL with `%s`, to be used in a `with`; Django's own where queries are watched."""
    database: Any = connections["default"]
    watched = database.queries_logged or database.execute_wrappers
    if vendor() != "postgresql":
        return database.cursor() if watched else LeanCursor(database)
    from accounts.prepared import PreparedCursor

    # As Django's own cursor does: a connection that a thread kept may have died with the server.
    database.close_if_health_check_failed()
    database.ensure_connection()
    cursor = PreparedCursor(database.connection)
    return database._prepare_cursor(cursor) if watched else LeanCursor(database, cursor)


class LeanCursor:
    """Raises what Django's cursor raises, and leaves a failed transaction marked as it does."""

    __slots__ = ("_cursor", "_database", "_is_given")

    def __init__(self, database: Any, cursor: Any = None) -> None:
        self._database = database
        self._cursor = cursor
        self._is_given = cursor is not None

    def execute(self, sql: str, params: Sequence[Any]) -> None:
        database = self._database
        if not self._is_given:
            database.ensure_connection()
        database.validate_no_broken_transaction()
        with database.wrap_database_errors:
            if not self._is_given:
                self._cursor = database.connection.execute(_question_marks(sql), params)
            else:
                self._cursor.execute(sql, params)

    def fetchall(self) -> list[tuple[Any, ...]]:
        with self._database.wrap_database_errors:
            rows: list[tuple[Any, ...]] = self._cursor.fetchall()
            return rows

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        if self._cursor is not None:
            with self._database.wrap_database_errors:
                self._cursor.close()


@lru_cache(maxsize=1024)
def _question_marks(sql: str) -> str:
    return sql.replace("%%", "\0").replace("%s", "?").replace("\0", "%")
