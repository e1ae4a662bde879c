"""Is the process alive, and is it ready for requests?"""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from config.errors import problem


@require_safe
async def health(request: HttpRequest) -> JsonResponse:
    """Liveness: the process answers. It asks neither the database nor the session."""
    return JsonResponse({"status": "ok"})


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Readiness: the database answers and has every migration; 503 while it does not."""
    try:
        missing = _missing_migrations()
    except DatabaseError:
        _check_pool()
        return problem(503, "unavailable", "The database does not answer.")
    if missing:
        return problem(
            503, "unavailable", f"{missing} database migrations are not applied: run manage.py migrate."
        )
    return JsonResponse({"status": "ready", "database": connection.vendor})


def _missing_migrations() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _check_pool() -> None:
    # After a restart of the server the pool hands out dead connections and backs off until it is checked.
    pool = getattr(connection, "pool", None)
    if pool is not None:
        pool.check()
