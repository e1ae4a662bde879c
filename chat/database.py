"""The one place where async code reaches the database: a small thread pool, a connection per unit of work.

A pool's connection is given back after each unit. A file's is kept by its thread: opening one costs more than
most units do.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

import structlog
from django.db import connections, reset_queries

logger = structlog.get_logger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 4
_pool = ThreadPoolExecutor(THREADS, thread_name_prefix="database")
_ahead = ThreadPoolExecutor(1, thread_name_prefix="database-ahead")


async def in_database(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Runs a sync unit of database work in a thread, and gives its connection back before returning.

    A unit that has begun is always waited for, even when the caller is cancelled: what it commits
    must be known to have happened.
    """
    return await _run(_pool, function, *args, **kwargs)


async def ahead_in_database(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The same in a thread of its own, for short units that hundreds of others must not hold up: a lease that
    is renewed late is another worker's."""
    return await _run(_ahead, function, *args, **kwargs)


async def _run(pool: ThreadPoolExecutor, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    context = contextvars.copy_context()

    def unit() -> T:
        try:
            return context.run(function, *args, **kwargs)
        finally:
            _give_back()
            reset_queries()

    future = asyncio.get_running_loop().run_in_executor(pool, unit)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        await asyncio.wait({future})
        # Taken note of here, or the event loop would complain of a failure that nobody fetched.
        if (failure := future.exception()) is not None:
            logger.warning("unit_failed_after_cancel", exc_info=failure)
        raise


def _give_back() -> None:
    for connection in connections.all(initialized_only=True):
        if connection.vendor != "sqlite" or connection.errors_occurred or connection.in_atomic_block:
            connection.close()
