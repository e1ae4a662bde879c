"""Without Redis the events of a turn stay in the process that runs it: then there may be one process only."""

from __future__ import annotations

import fcntl
import time
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import OperationalError, connection

PATIENCE_SECONDS = 3.0
LOCK = 0x7461736B6C6F7265


class SecondWorker(Exception):
    """Another process serves this database; the text is a sentence that names the remedy."""


@cache
def hold_alone() -> bool:
    """Holds the database for this process, as long as it lives; true when nobody else can be serving it.

    False where others may: with Redis, and where it cannot be told, behind a server that pools connections
    itself. Waits a moment for a process that is about to leave. Raises SecondWorker and DatabaseError.
    """
    if settings.REDIS_URL or not (connection.vendor == "sqlite" or settings.DATABASE_POOL):
        return False
    until = time.monotonic() + PATIENCE_SECONDS
    hold = _hold_file if connection.vendor == "sqlite" else _hold_advisory_lock
    while (held := hold()) is None:
        if time.monotonic() > until:
            raise SecondWorker(
                "another process serves this database already, and more than one needs Redis: set REDIS_URL."
            )
        time.sleep(0.1)
    _kept.append(held)
    return True


_kept: list[Any] = []


def _hold_file() -> Any:
    # Beside the database: whoever shares the one, shares the other.
    path = Path(f"{connection.settings_dict['NAME']}-worker")
    try:
        file = path.open("ab")
    except OSError as error:
        raise OperationalError(f"{path}: {error.strerror}") from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def _hold_advisory_lock() -> Any:
    import psycopg

    # A connection of its own: it goes with the process, and the lock with it.
    known = {name: value for name, value in connection.get_connection_params().items() if name != "pool"}
    for ours in ("context", "cursor_factory", "prepare_threshold"):
        known.pop(ours, None)
    with connection.wrap_database_errors:
        held = psycopg.connect(**known, autocommit=True)
        (taken,) = held.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone() or (False,)
    if taken:
        return held
    held.close()
    return None
