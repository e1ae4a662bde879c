"""Archives of the whole database: one file with the data, and a manifest that says what it is.

SQLite is copied through its backup API, while the server runs; PostgreSQL by pg_dump and back by psql, in one
transaction.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection, connections
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

FORMAT = 1
MANIFEST = "manifest.json"
CHUNK = 1024 * 1024


class ArchiveError(Exception):
    """Nothing was written or restored; the text is a sentence on why and what to do."""


@dataclass(frozen=True, slots=True)
class Manifest:
    format: int
    engine: str
    made_at: str
    migrations: list[str]
    file: str
    sha256: str
    size: int


def back_up(path: Path, now: datetime) -> Manifest:
    """Writes an archive of the database to `path`, or replaces it there when whole. Raises ArchiveError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".backup-") as folder:
        name = "database.sqlite3" if connection.vendor == "sqlite" else "database.dump"
        copy = Path(folder) / name
        (_copy_sqlite if connection.vendor == "sqlite" else _dump)(copy)
        manifest = Manifest(
            FORMAT, connection.vendor, now.isoformat(), _applied(), name, _digest(copy), copy.stat().st_size
        )
        described = Path(folder) / MANIFEST
        described.write_text(json.dumps(asdict(manifest), indent=1))
        whole = Path(folder) / "archive"
        # For the owner alone: it holds everybody's words.
        with os.fdopen(os.open(whole, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as raw:
            with tarfile.open(fileobj=raw, mode="w:gz", compresslevel=6) as archive:
                archive.add(described, MANIFEST)
                archive.add(copy, name)
            raw.flush()
            os.fsync(raw.fileno())
        with opened(whole):
            pass
        whole.replace(path)
    return manifest


def restore(path: Path) -> Manifest:
    """Puts the archive in the place of all that the database holds. Raises ArchiveError, changing nothing."""
    with opened(path) as (manifest, copy):
        if manifest.engine != connection.vendor:
            raise ArchiveError(
                f"This archive is of {manifest.engine}, and DATABASE_URL names {connection.vendor}."
            )
        unknown = set(manifest.migrations) - _known()
        if unknown:
            raise ArchiveError(
                f"It was made by a newer Tasklore (it has {sorted(unknown)[0]}): update first."
            )
        (_fill_sqlite if connection.vendor == "sqlite" else _load)(copy)
    return manifest


@contextmanager
def opened(path: Path) -> Iterator[tuple[Manifest, Path]]:
    """What an archive says, and its data as a file for the length of the block. Raises ArchiveError."""
    with tempfile.TemporaryDirectory(prefix="tasklore-archive-") as folder:
        try:
            with tarfile.open(path, mode="r:gz") as archive:
                archive.extractall(folder, filter="data")
            manifest = Manifest(**json.loads((Path(folder) / MANIFEST).read_text()))
        except FileNotFoundError:
            raise ArchiveError(f"There is no archive at {path}, or it has no manifest.") from None
        except (OSError, EOFError, tarfile.TarError, ValueError, TypeError, KeyError) as error:
            raise ArchiveError(f"{path} is no archive of Tasklore, or a damaged one ({error}).") from None
        copy = Path(folder) / Path(manifest.file).name
        if manifest.format != FORMAT or not copy.is_file() or _digest(copy) != manifest.sha256:
            raise ArchiveError(f"{path} is damaged: its data is not what its manifest describes.")
        _check(manifest.engine, copy)
        yield manifest, copy


def rows_at_stake() -> int:
    """How many users there are in the database; none in one that is empty."""
    with connection.cursor() as cursor:
        if "accounts_user" not in connection.introspection.table_names(cursor):
            return 0
        cursor.execute("SELECT COUNT(*) FROM accounts_user")
        return int(cursor.fetchone()[0])


# --- SQLite -------------------------------------------------------------------------------------------


def _copy_sqlite(target: Path) -> None:
    source = sqlite3.connect(connection.settings_dict["NAME"])
    with closing(source), closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
        # A copy of its own: without the journal beside it that the live file has.
        copy.execute("PRAGMA journal_mode=DELETE")


def _fill_sqlite(source: Path) -> None:
    connections.close_all()
    target = sqlite3.connect(connection.settings_dict["NAME"], timeout=20)
    try:
        with closing(target), closing(sqlite3.connect(source)) as copy:
            copy.backup(target)
            target.execute("PRAGMA journal_mode=WAL")
    except sqlite3.OperationalError as error:
        raise ArchiveError(f"The database is in use ({error}); stop the server first.") from None


def _check(engine: str, copy: Path) -> None:
    if engine != "sqlite":
        if copy.read_bytes()[:5] != b"PGDMP":
            raise ArchiveError("Its data is no dump of PostgreSQL.")
        return
    try:
        with closing(sqlite3.connect(copy)) as database:
            (state,) = database.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        state = str(error)
    if state != "ok":
        raise ArchiveError(f"Its database is damaged ({state}).")


# --- PostgreSQL ---------------------------------------------------------------------------------------


def _dump(target: Path) -> None:
    _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}")


def _load(source: Path) -> None:
    connections.close_all()
    script = source.with_suffix(".sql")
    _run("pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(source), connects=False)
    emptied = source.with_name("empty.sql")
    with connection.cursor() as cursor:
        names = [sql.Identifier(name) for name in connection.introspection.table_names(cursor)]
        dropping = sql.SQL("DROP TABLE IF EXISTS {} CASCADE;\n").format(sql.SQL(", ").join(names))
        emptied.write_text(dropping.as_string(cursor.connection) if names else "")
    connections.close_all()
    options = [
        "--quiet",
        "--no-psqlrc",
        "--single-transaction",
        "--set=ON_ERROR_STOP=1",
        "--output=/dev/null",
    ]
    _run("psql", *options, f"--file={emptied}", f"--file={script}")


def _run(program: str, *arguments: str, connects: bool = True) -> None:
    known: dict[str, Any] = connection.settings_dict
    options = {"host": known["HOST"], "port": known["PORT"]}
    options = known["OPTIONS"] | {name: value for name, value in options.items() if value}
    named = {
        "host": "PGHOST",
        "port": "PGPORT",
        "sslmode": "PGSSLMODE",
        "channel_binding": "PGCHANNELBINDING",
    }
    # In the environment, not among the arguments, which everybody on the machine can read.
    given = {"PGUSER": known["USER"], "PGPASSWORD": known["PASSWORD"], "PGDATABASE": known["NAME"]}
    given |= {variable: options.get(name) for name, variable in named.items()}
    environment = {**os.environ, **{name: str(value) for name, value in given.items() if value}}
    try:
        done = subprocess.run(
            [_found(program), *arguments],
            env=environment if connects else None,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        raise ArchiveError(f"{program} does not run ({error}).") from None
    if done.returncode:
        reason = next(iter(done.stderr.strip().splitlines()), "it does not say why")
        raise ArchiveError(f"{program} failed: {reason}")


def _found(program: str) -> str:
    """The program, at least as new as the server where there are several."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        version = int(cursor.fetchone()[0]) // 10_000
    connections.close_all()
    folders = [*os.get_exec_path(), *sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")))]
    for path in filter(None, (shutil.which(program, path=folder) for folder in folders)):
        if _version_of(path) >= version:
            return path
    raise ArchiveError(
        f"{program} of PostgreSQL {version} or newer is missing: install postgresql-client-{version}."
    )


def _version_of(path: str) -> int:
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    numbers = [word.partition(".")[0] for word in said.split() if word[:1].isdecimal()]
    return int(numbers[0]) if numbers and numbers[0].isdecimal() else 0


# --- Both ---------------------------------------------------------------------------------------------


def _applied() -> list[str]:
    return sorted(f"{app}.{name}" for app, name in MigrationLoader(connection).applied_migrations)


def _known() -> set[str]:
    return {f"{app}.{name}" for app, name in MigrationLoader(None, ignore_no_migrations=True).disk_migrations}


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            digest.update(piece)
    return digest.hexdigest()
