"""Counters of tasks, kept by every change in its own transaction, so that no figure has to scan tasks.

A counter is the sum of the rows of its cell: project, figure, bucket and assignee. Buckets of days and hours
are in UTC and count from the year 1: `date.toordinal()`, and 24 times that plus the hour.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection, transaction

from accounts.rows import Write, write
from accounts.statements import among, fetch, key_of, list_of
from tasks.models import Task, TaskTally

if TYPE_CHECKING:
    from tasks.changes import Snapshot

Figure = TaskTally.Figure
Cell = tuple[str, int, int, str | None]

STATUSES, PRIORITIES = list(Task.Status), list(Task.Priority)
STATES = {state: n for n, state in enumerate(product(STATUSES, PRIORITIES))}
COUNTED = (
    "project_id", "status", "priority", "assignee_id", "due_date", "due_at", "completed_at", "deleted_at",
)  # fmt: skip
FOLD_EVERY = 1024


def count_change(
    before: Snapshot, after: Snapshot, created_at: datetime, *, told: bool = False
) -> Write | None:
    """What moves a task's counters from one snapshot of it to another; an empty one is no task.

    To be written in the transaction that writes the task, with `told` by `write_told`; `fold_if_due` takes
    what it returns.
    """
    if before and all(before[name] == after[name] for name in COUNTED):
        return None
    difference = Counter(_cells(after, created_at))
    difference.subtract(_cells(before, created_at))
    moved = {cell: count for cell, count in difference.items() if count}
    return _inserting(list(moved.items()), told=told) if moved else None


def task_count(
    project_ids: Iterable[UUID],
    statuses: Collection[str] = STATUSES,
    priorities: Collection[str] = PRIORITIES,
) -> int:
    """How many tasks out of the trash these projects hold, with one of these statuses and priorities.

    For the total of a list: it reads counters, however many tasks there are. The caller answers for the
    projects being visible to whoever asks.
    """
    with connection.cursor() as cursor:
        params = [list_of(map(key_of, project_ids)), list_of(states_of(statuses, priorities))]
        cursor.execute(total_of(among()), params)
        return int(cursor.fetchone()[0])


def last_count() -> int:
    """A number that grows with every change of a counter that is committed, here or elsewhere.

    On PostgreSQL a transaction may commit after one that drew a higher number: so it does not tell of a
    change at once, and what relies on it must not do so for long.
    """
    return int(fetch("SELECT COALESCE(MAX(id), 0) FROM tasks_tasktally", ())[0][0])


def states_of(statuses: Collection[str], priorities: Collection[str]) -> list[int]:
    """The buckets of the figure STATE with one of these statuses and priorities."""
    return [n for (status, priority), n in STATES.items() if status in statuses and priority in priorities]


def total_of(projects: str) -> str:
    """SQL that counts the tasks of projects: `projects` is a condition on `project_id`, and the one parameter
    after its own is a `list_of(states_of(…))`."""
    return (
        "SELECT COALESCE(SUM(count), 0) AS total FROM tasks_tasktally "
        f"WHERE project_id {projects} AND figure = {Figure.STATE:d} AND bucket {among()}"
    )


def hour_of(instant: datetime) -> int:
    """The bucket of the hour that `instant` lies in; a day's is that divided by 24."""
    utc = instant.astimezone(UTC)
    return utc.toordinal() * 24 + utc.hour


def fold_if_due(ids: Iterable[int]) -> None:
    """After counters were written, with the ids that this returned.

    Whoever draws the number folds what has gathered: decided without a query, and by one writer alone. The
    window is twice as long, for those that had not committed the last time.
    """
    drawn = next((pk for pk in ids if pk % FOLD_EVERY == 0), None)
    if drawn is not None:
        fold(after=drawn - 2 * FOLD_EVERY)


@transaction.atomic
def fold(*, after: int) -> None:
    """Replaces the rows of each cell that has a row with an id beyond `after` by one with their sum.

    Rows that another transaction folds right now are left to it: each is folded once.
    """
    locked = "FOR UPDATE OF t SKIP LOCKED" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.id, t.project_id, t.figure, t.bucket, t.assignee_id, t.count FROM tasks_tasktally t "
            "JOIN (SELECT DISTINCT project_id, figure, bucket FROM tasks_tasktally WHERE id > %s) touched "
            "ON t.project_id = touched.project_id AND t.figure = touched.figure "
            f"AND t.bucket = touched.bucket {locked}",
            [after],
        )
        rows = cursor.fetchall()
        sums: Counter[Any] = Counter()
        ids: dict[Any, list[int]] = {}
        for pk, *cell, count in rows:
            sums[tuple(cell)] += count
            ids.setdefault(tuple(cell), []).append(pk)
        folded = {cell: n for cell, n in sums.items() if len(ids[cell]) > 1 or n == 0}
        gone = [pk for cell in folded for pk in ids[cell]]
        cursor.execute(f"DELETE FROM tasks_tasktally WHERE id {among()}", [list_of(gone)])
    kept = [(cell, n) for cell, n in folded.items() if n]
    for start in range(0, len(kept), 500):
        write(_inserting(kept[start : start + 500]))


def _cells(task: Snapshot, created_at: datetime) -> Iterator[Cell]:
    if not task or task["deleted_at"] is not None:
        return
    project = task["project_id"]
    yield project, Figure.STATE, STATES[task["status"], task["priority"]], None
    yield from _hourly(project, Figure.MADE_DAY, created_at)
    if task["completed_at"]:
        yield from _hourly(project, Figure.DONE_DAY, datetime.fromisoformat(task["completed_at"]))
    if task["status"] not in Task.OPEN:
        return
    yield project, Figure.ASSIGNEE, 0, task["assignee_id"]
    yield from _hourly(project, Figure.AGE_DAY, created_at)
    if task["due_date"]:
        yield project, Figure.DUE_DATE, date.fromisoformat(task["due_date"]).toordinal(), None
    if task["due_at"]:
        yield from _hourly(project, Figure.DUE_DAY, datetime.fromisoformat(task["due_at"]))


def _hourly(project: str, daily: Figure, instant: datetime) -> Iterator[Cell]:
    hour = hour_of(instant)
    yield project, daily, hour // 24, None
    yield project, daily + 1, hour, None


def _inserting(cells: Sequence[tuple[Any, int]], *, told: bool = False) -> Write:
    params = [
        value
        for (project, figure, bucket, assignee), count in cells
        for value in (key_of(project), int(figure), bucket, key_of(assignee), count)
    ]
    return Write(_insertion(len(cells), told), params, returns=True)


@cache
def _insertion(rows: int, told: bool) -> str:
    head = "INSERT INTO tasks_tasktally (project_id, figure, bucket, assignee_id, count)"
    if not told:
        return f"{head} VALUES {', '.join(['(%s, %s, %s, %s, %s)'] * rows)} RETURNING id"
    values = ", ".join(["(%s, %s, %s, %s::uuid, %s)"] * rows)
    return f"{head} SELECT cells.* FROM first, (VALUES {values}) AS cells RETURNING id"
