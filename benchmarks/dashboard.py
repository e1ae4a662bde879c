"""What the figures of a dashboard cost, and what counting costs a write, in the database of DATABASE_URL.

    DATABASE_URL=… .venv/bin/python manage.py migrate
    DATABASE_URL=… .venv/bin/python manage.py seed_demo --tasks 1000000
    DATABASE_URL=… .venv/bin/python benchmarks/dashboard.py [--user me] [--runs 200]

In the process: the figures alone, and whole requests by Django's test client, with the session, the
middleware and the templates. What is kept for a second is dropped before each. `grouping` is the way
without counters: one query that aggregates the tasks for the five figures of `figures`, and no more. The
writes are taken back. CPU is what a request takes of this process and of PostgreSQL's together, on average;
on a busy machine it and `fastest` say most.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

ZONES = ("UTC", "Europe/Zurich", "America/Los_Angeles", "Asia/Kolkata")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures the dashboard.")
    parser.add_argument("--user", default="me")
    parser.add_argument("--runs", type=int, default=200)
    asked = parser.parse_args()

    import django

    django.setup()
    from django.db import connection, transaction
    from django.test import Client
    from django.utils import timezone

    from accounts.models import User
    from tasks.changes import snapshot
    from tasks.dashboard import _RECENT, dashboard, figures
    from tasks.models import Project, Task, TaskTally
    from tasks.tally import task_count

    actor = User.objects.get(username=asked.user)
    projects = list(Project.objects.visible_to(actor))
    ids = [project.pk for project in projects]
    tasks, rows = (model.objects.filter(project__in=ids).count() for model in (Task, TaskTally))
    print(f"{connection.vendor}: {tasks:,} tasks in {len(ids)} projects, {rows:,} rows of counters\n")
    print("| | CPU, ms | fastest, ms | p50, ms | p95, ms |\n| --- | --- | --- | --- | --- |")
    backend = backend_of(connection)

    def show(name: str, act: Callable[[], object], runs: int = asked.runs) -> None:
        for _ in range(5):
            act()
        used = cpu_of(backend)
        taken = sorted(timed(act) for _ in range(runs))
        cpu = (cpu_of(backend) - used) * 1000 / runs
        p50, p95 = statistics.median(taken), taken[int(runs * 0.95)]
        print(f"| {name} | {cpu:.2f} | {taken[0]:.2f} | {p50:.2f} | {p95:.2f} |", flush=True)

    def request(client: Client, path: str) -> None:
        _RECENT.clear()
        assert client.get(path).status_code == 200

    def fresh(**ask: Any) -> None:
        _RECENT.clear()
        dashboard(**ask)

    client = Client(headers={"Host": "localhost"})
    client.force_login(actor)
    for zone in ZONES:
        ask: dict[str, Any] = {
            "actor": actor,
            "project": None,
            "now": timezone.now().astimezone(ZoneInfo(zone)),
        }
        show(f"dashboard, 14 days, {zone}", partial(fresh, **ask))
        show(f"dashboard, 90 days, {zone}", partial(fresh, **ask, days=90))
        User.objects.filter(pk=actor.pk).update(timezone=zone)
        for days, path in product((14, 90), ("/dashboard/", "/api/dashboard/")):
            show(f"GET {path}?days={days}, {zone}", partial(request, client, f"{path}?days={days}"))
    User.objects.filter(pk=actor.pk).update(timezone=actor.timezone)
    show("figures, UTC", lambda: figures(actor=actor, project=None, now=timezone.now()))
    now = timezone.now()
    show("dashboard, one project", lambda: fresh(actor=actor, project=projects[0], now=now))
    show("task_count", lambda: task_count(ids, ["todo"]))
    show("grouping", lambda: grouping(actor, now), runs=10)

    task = Task.objects.filter(project__in=ids, status="todo", deleted_at=None).first()
    assert task is not None
    before = snapshot(task)
    after = {**before, "status": "done", "completed_at": now.isoformat()}
    with transaction.atomic():
        for name, old, new in [("create", {}, before), ("complete", before, after)]:
            show(f"counting one {name}", partial(count, old, new, task.created_at), runs=2000)
        transaction.set_rollback(True)


def count(before: Any, after: Any, created_at: datetime) -> None:
    from accounts.rows import write
    from tasks import tally

    counting = tally.count_change(before, after, created_at)
    assert counting is not None
    tally.fold_if_due(pk for (pk,) in write(counting))


def grouping(actor: Any, now: datetime) -> dict[str, int]:
    from django.db.models import Count, Q

    from tasks.models import Task

    today = now.date()
    is_open = Q(status__in=("todo", "in_progress"))
    week = today + timedelta(days=6)
    return (
        Task.objects.visible_to(actor)
        .kept()
        .aggregate(
            open=Count("pk", filter=is_open),
            overdue=Count("pk", filter=is_open & (Q(due_date__lt=today) | Q(due_at__lt=now))),
            due_today=Count("pk", filter=is_open & (Q(due_date=today) | Q(due_at__date=today))),
            due_this_week=Count("pk", filter=is_open & (Q(due_date__range=(today, week)))),
            done=Count("pk", filter=Q(completed_at__gte=now - timedelta(days=7))),
        )
    )


def backend_of(connection: Any) -> psutil.Process | None:
    """The process of PostgreSQL that answers this one, where it is on the same machine."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        try:
            return psutil.Process(cursor.fetchone()[0])
        except psutil.Error:
            return None


def cpu_of(backend: psutil.Process | None) -> float:
    """Seconds of CPU that this process and the database's have used."""
    times = backend.cpu_times() if backend else None
    return time.process_time() + (times.user + times.system if times else 0)


def timed(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main()
