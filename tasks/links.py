"""How tasks hang together: a task below another, a task that waits for another.

One query each, however long the chain: an import may hang thousands of tasks on each other.
"""

from __future__ import annotations

from accounts.statements import fetch, key_of
from tasks.models import Task

# UNION, not UNION ALL: it ends where a chain bites its own tail.
_ABOVE = """
    WITH RECURSIVE above(id) AS (
        SELECT parent_id FROM tasks_task WHERE id = %s
        UNION SELECT t.parent_id FROM tasks_task t JOIN above ON t.id = above.id
    )
    SELECT EXISTS (SELECT 1 FROM above WHERE id = %s) OR NOT EXISTS (SELECT 1 FROM above WHERE id IS NULL)"""
_AWAITED = """
    WITH RECURSIVE awaited(id) AS (
        SELECT to_task_id FROM tasks_task_blocked_by WHERE from_task_id = %s
        UNION SELECT b.to_task_id FROM tasks_task_blocked_by b JOIN awaited ON b.from_task_id = awaited.id
    )
    SELECT EXISTS (SELECT 1 FROM awaited WHERE id = %s)"""


def is_below(task: Task, other: Task) -> bool:
    """Whether `task`, which is stored, is `other` or somewhere below it.

    So is one in a chain that bites its own tail: nothing may hang on it.
    """
    return task.pk == other.pk or _holds(_ABOVE, task, other)


def waits_for(task: Task, other: Task) -> bool:
    """Whether `task` is `other`, or is blocked by it, directly or through others."""
    return task.pk == other.pk or _holds(_AWAITED, task, other)


def _holds(sql: str, task: Task, other: Task) -> bool:
    (found,) = fetch(sql, [key_of(task.pk), key_of(other.pk)])[0]
    return bool(found)
