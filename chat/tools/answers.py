"""What tools answer with: small objects, the same whichever tool names a task."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tasks.changes import Snapshot
from tasks.models import Task

# One word for a person where the row has two columns, or an id.
_WORDS = {
    "due_date": "due", "due_at": "due", "project_id": "project", "parent_id": "parent",
    "assignee_id": "assignee", "recurrence": "repeat",
}  # fmt: skip
_HIDDEN = {"number", "completed_at", "deleted_at"}


def brief(task: Task, now: datetime) -> dict[str, Any]:
    """A task in a list; empty fields are left out. Times are local to `now`'s zone."""
    found = {"task": task.ref, "title": task.title, "status": task.status, "priority": task.priority}
    optional = {
        "due": task.due_text(now.tzinfo),  # type: ignore[arg-type]
        "labels": task.labels,
        "repeat": task.recurrence,
        "overdue": task.is_overdue(now),
    }
    return found | {name: value for name, value in optional.items() if value}


def changed(task: Task, before: Snapshot, after: Snapshot, now: datetime) -> dict[str, Any]:
    """A task, and the names of the fields that differ between two snapshots of it."""
    names = {_WORDS.get(name, name) for name in after if before.get(name) != after[name]} - _HIDDEN
    answer = brief(task, now) | {"project": task.project.key, "changed": sorted(names)}
    if "assignee" in names:
        answer["assignee"] = task.assignee.get_username() if task.assignee else ""
    if "parent" in names:
        answer["parent"] = task.parent.ref if task.parent else ""
    return answer


def detailed(task: Task, now: datetime) -> dict[str, Any]:
    more = {
        "project": task.project.key,
        "description": task.description,
        "assignee": task.assignee.get_username() if task.assignee else "",
        "parent": task.parent.ref if task.parent else "",
        "blocked_by": [blocker.ref for blocker in task.blocked_by.select_related("project")],
        "subtasks": _refs(task.subtasks.filter(deleted_at=None).select_related("project")),
    }
    return brief(task, now) | {name: value for name, value in more.items() if value}


def _refs(tasks: Iterable[Task]) -> list[str]:
    return [task.ref for task in tasks]
