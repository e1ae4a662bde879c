"""`manage.py check_database`: which database it is, whether it answers, how fast, and what it can do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from memory.search import describe

ROUND_TRIPS = 20
Finding = tuple[str, str]


class Command(BaseCommand):
    help = "Prints the database's address, version, latency, pool, pending migrations and abilities."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            _connect()
            for name, finding in _findings():
                self.stdout.write(f"{name + ':':<20} {finding}")
        except DatabaseError as error:
            reason = " ".join(str(error).split()) or "it does not say why"
            raise CommandError(f"The database at {_address()} cannot be used: {reason}") from None


def _connect() -> None:
    database: Any = connection
    if getattr(database, "pool", None):
        # The pool only says that it has no connection; one of its own says why there is none.
        with connection.wrap_database_errors:
            database.Database.connect(**database.get_connection_params()).close()
    connection.ensure_connection()


def _findings() -> Iterator[Finding]:
    yield "Address", _address()
    yield "Latency", f"{_latency() * 1000:.2f} ms (median of {ROUND_TRIPS})"
    yield from _sqlite() if connection.vendor == "sqlite" else _postgresql()
    yield "Search", describe()
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    names = ", ".join(f"{migration.app_label}.{migration.name}" for migration, _ in plan)
    yield "Pending migrations", f"{names}; run manage.py migrate" if plan else "none"


def _postgresql() -> Iterator[Finding]:
    (version,) = _row("SHOW server_version")
    yield "Server", f"PostgreSQL {version}"
    yield (
        "Time limits",
        "statements {}, locks {}".format(
            *(_row(f"SHOW {name}_timeout")[0] for name in ("statement", "lock"))
        ),
    )
    yield "Pool", _pool()
    (here,) = _row("SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database()")
    yield "Connections", f"{here} to this database; the server takes {_row('SHOW max_connections')[0]}"
    (vector,) = _row("SELECT MAX(extversion) FROM pg_extension WHERE extname = 'vector'")
    yield "pgvector", f"{vector or 'not installed'}; vectors are scored in numpy"


def _pool() -> str:
    pool = getattr(connection, "pool", None)
    if pool is None:
        return "none (DATABASE_POOL=0)"
    known = pool.get_stats()
    return (
        f"{known['pool_size']} of at most {known['pool_max']} connections in this process, "
        f"{known['pool_available']} available, {known.get('requests_waiting', 0)} waiting"
    )


def _sqlite() -> Iterator[Finding]:
    yield "Server", f"SQLite {_row('SELECT sqlite_version()')[0]}"
    yield "Journal mode", _row("PRAGMA journal_mode")[0]
    yield "Size", f"{_size() / 1024**2:.1f} MB"
    wrong = [line for (line,) in _rows("PRAGMA quick_check(1)") if line != "ok"]
    if wrong:
        raise DatabaseError(f"the file is damaged ({wrong[0]}); restore a backup.")
    yield "Quick check", "ok"


def _address() -> str:
    known = connection.settings_dict
    if connection.vendor == "sqlite":
        return str(known["NAME"])
    host = known["HOST"] or known["OPTIONS"].get("host") or "localhost"
    user = f"{known['USER']}@" if known["USER"] else ""
    return f"postgresql://{user}{host}:{known['PORT'] or 5432}/{known['NAME']}"


def _latency() -> float:
    taken = []
    for _ in range(ROUND_TRIPS):
        started = perf_counter()
        _row("SELECT 1")
        taken.append(perf_counter() - started)
    return median(taken)


def _size() -> int:
    # What was written last is in the file beside it.
    files = (Path(str(connection.settings_dict["NAME"]) + end) for end in ("", "-wal"))
    return sum(file.stat().st_size for file in files if file.exists())


def _row(question: str) -> tuple[Any, ...]:
    return _rows(question)[0]


def _rows(question: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return list(cursor.fetchall())
