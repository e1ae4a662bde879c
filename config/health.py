"""Is the process alive, and is it ready for requests?"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import cache
from time import perf_counter
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from config.errors import problem

if TYPE_CHECKING:
    from redis import Redis

ANSWER_SECONDS = 2.0

T = TypeVar("T")


class NotReady(Exception):
    """A dependency cannot be used; the text is a sentence that names it."""


class Probe(Generic[T]):
    """A check that callers wait for no longer than `ANSWER_SECONDS`, in a thread of its own.

    There is never more than one thread: what hangs is waited for, and not asked again.
    """

    def __init__(self, check: Callable[[], T], silent: str) -> None:
        self._check = check
        self._silent = silent
        self._lock = threading.Lock()
        self._running: Future[T] | None = None

    async def ask(self) -> T:
        """What the check returned. Raises NotReady."""
        waiting = asyncio.shield(asyncio.wrap_future(self._begun()))
        try:
            return await asyncio.wait_for(waiting, ANSWER_SECONDS)
        except TimeoutError:
            raise NotReady(self._silent) from None

    def _begun(self) -> Future[T]:
        with self._lock:
            if self._running is None or self._running.done():
                self._running = Future()
                threading.Thread(target=self._run, args=(self._running,), daemon=True).start()
            return self._running

    def _run(self, result: Future[T]) -> None:
        try:
            result.set_result(self._check())
        except Exception as error:
            result.set_exception(error)


@require_safe
async def health(request: HttpRequest) -> JsonResponse:
    """Liveness: the process answers. It asks neither the database nor the session."""
    return JsonResponse({"status": "ok"})


@require_safe
async def ready(request: HttpRequest) -> JsonResponse:
    """Readiness: the database answers and has every migration, and Redis answers where it is used."""
    states = await asyncio.gather(_database_state(), _redis_state(), return_exceptions=True)
    found, wrong = {}, {}
    for name, state in zip(("database", "redis"), states, strict=True):
        if isinstance(state, NotReady):
            wrong[name] = [str(state)]
        elif isinstance(state, BaseException):
            raise state
        else:
            found[name] = state["status"]
    if wrong:
        sentences = " ".join(sentence for (sentence,) in wrong.values())
        return problem(503, "unavailable", sentences, errors=wrong)
    return JsonResponse({"status": "ready", **found})


@require_safe
async def redis_health(request: HttpRequest) -> JsonResponse:
    """Redis alone, with how long it took to answer."""
    try:
        return JsonResponse(await _redis_state())
    except NotReady as error:
        return problem(503, "unavailable", str(error))


async def _database_state() -> dict[str, Any]:
    return {"status": await database.ask()}


async def _redis_state() -> dict[str, Any]:
    if not settings.REDIS_URL:
        return {"status": "not_configured"}
    return {"status": "ok", "latency_ms": round(await redis.ask() * 1000, 2)}


def _check_database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        check_migrations()
    except DatabaseError:
        _check_pool()
        raise NotReady("The database does not answer.") from None
    finally:
        connection.close()
    return connection.vendor


@cache
def check_migrations() -> None:
    """Raises NotReady while a migration is missing; once none is, it is not asked again."""
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if missing:
        plural = "s" * (missing > 1)
        raise NotReady(f"The database lacks {missing} migration{plural}: run manage.py migrate.")


def _check_pool() -> None:
    pool = getattr(connection, "pool", None)
    if pool is not None:
        pool.check()


def _check_redis() -> float:
    from redis import RedisError

    started = perf_counter()
    try:
        _redis_client(settings.REDIS_URL).ping()
    except RedisError:
        raise NotReady("Redis does not answer.") from None
    return perf_counter() - started


@cache
def _redis_client(url: str) -> Redis:
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    # One new try, for a connection that has gone stale.
    return Redis.from_url(
        url,
        socket_timeout=1,
        socket_connect_timeout=1,
        retry=Retry(NoBackoff(), 1),
        single_connection_client=True,
    )


database = Probe(_check_database, "The database does not answer.")
redis = Probe(_check_redis, "Redis does not answer.")
