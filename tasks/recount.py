"""The counters of `tasks.tally`, counted again from the tasks: to fill them, and to find and mend drift."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from accounts.statements import among, key_of, list_of
from tasks.models import Task, TaskTally

Figure = TaskTally.Figure


class Drift(NamedTuple):
    """A counter that was wrong, and by how much it was too low."""

    project_id: Any
    figure: int
    bucket: int
    missing: int


@transaction.atomic
def recount(projects: Iterable[UUID] | None = None) -> list[Drift]:
    """Counts the tasks of these projects, or of all, and corrects the counters; answers with what was wrong.

    Safe beside writers: tasks and counters are read in one statement, so that they belong together, and what
    writers add meanwhile adds up.
    """
    wanted = None if projects is None else [key_of(pk) for pk in projects]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Two at once would both correct the same. Nothing else ever waits for this lock.
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('tasks_tasktally'))")
            cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(_correction(some=wanted is not None), {"projects": list_of(wanted or [])})
        return [Drift(*row) for row in cursor.fetchall()]


def _correction(*, some: bool) -> str:
    of_some = f"AND project_id {among('%(projects)s')}" if some else ""
    return f"""
        WITH counted(project_id, figure, bucket, assignee_id, n) AS ({_counted(of_some)})
        INSERT INTO tasks_tasktally (project_id, figure, bucket, assignee_id, count)
        SELECT project_id, figure, bucket, assignee_id, SUM(n) FROM (
            SELECT * FROM counted
            UNION ALL
            SELECT project_id, figure, bucket, assignee_id, -count FROM tasks_tasktally WHERE 1 = 1 {of_some}
        ) AS every_count
        GROUP BY project_id, figure, bucket, assignee_id HAVING SUM(n) <> 0
        RETURNING project_id, figure, bucket, count
    """


def _counted(of_some: str) -> str:
    is_open = "status IN ('todo', 'in_progress')"
    hours = " UNION ALL ".join(
        f"""
        SELECT project_id, {figure:d} AS figure, {_hour(column)} AS bucket, COUNT(*) AS n
        FROM tasks_task WHERE deleted_at IS NULL AND {column} IS NOT NULL AND {condition} {of_some}
        GROUP BY project_id, {_hour(column)}
        """
        for figure, column, condition in [
            (Figure.DUE_HOUR, "due_at", is_open),
            (Figure.DONE_HOUR, "completed_at", "1 = 1"),
            (Figure.MADE_HOUR, "created_at", "1 = 1"),
            (Figure.AGE_HOUR, "created_at", is_open),
        ]
    )
    nobody = "CAST(NULL AS uuid)" if connection.vendor == "postgresql" else "NULL"
    return f"""
        SELECT project_id, {Figure.STATE:d}, {_state()}, {nobody}, COUNT(*)
        FROM tasks_task WHERE deleted_at IS NULL {of_some} GROUP BY project_id, status, priority
        UNION ALL
        SELECT project_id, {Figure.ASSIGNEE:d}, 0, assignee_id, COUNT(*)
        FROM tasks_task WHERE deleted_at IS NULL AND {is_open} {of_some} GROUP BY project_id, assignee_id
        UNION ALL
        SELECT project_id, {Figure.DUE_DATE:d}, {_ordinal("due_date")}, {nobody}, COUNT(*)
        FROM tasks_task WHERE deleted_at IS NULL AND due_date IS NOT NULL AND {is_open} {of_some}
        GROUP BY project_id, due_date
        UNION ALL
        SELECT project_id, figure - days.day, CASE days.day WHEN 1 THEN bucket / 24 ELSE bucket END,
            {nobody}, SUM(n)
        FROM ({hours}) AS hourly CROSS JOIN (SELECT 0 AS day UNION ALL SELECT 1) AS days
        GROUP BY project_id, figure - days.day, CASE days.day WHEN 1 THEN bucket / 24 ELSE bucket END
    """


def _state() -> str:
    statuses, priorities = list(Task.Status), list(Task.Priority)
    status = " ".join(f"WHEN '{name}' THEN {n * len(priorities)}" for n, name in enumerate(statuses))
    priority = " ".join(f"WHEN '{name}' THEN {n}" for n, name in enumerate(priorities))
    return f"CASE status {status} END + CASE priority {priority} END"


def _ordinal(day: str) -> str:
    if connection.vendor == "postgresql":
        return f"({day} - DATE '0001-01-01' + 1)"
    return f"CAST(julianday({day}) - 1721424.5 AS INTEGER)"


def _hour(instant: str) -> str:
    if connection.vendor == "postgresql":
        # Day 719163 is the first of 1970.
        return f"CAST(FLOOR(EXTRACT(EPOCH FROM {instant}) / 3600) AS integer) + 719163 * 24"
    # By the text: strftime rounds the last microseconds of an hour into the next one.
    return f"({_ordinal(f'substr({instant}, 1, 10)')} * 24 + CAST(substr({instant}, 12, 2) AS INTEGER))"
