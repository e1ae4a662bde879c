"""Every verb on projects and tasks: check access, validate, write the row and its change, together.

Those that change a row take the `version` (its `updated_at`) that the actor has seen, and raise Stale when
the row is another by now; without one they change it as it is.
"""

from __future__ import annotations

from tasks.operations.fields import Due, TaskFields
from tasks.operations.projects import (
    ProjectFields,
    create_project,
    delete_project,
    ensure_inbox,
    free_key,
    restore_project,
    update_project,
)
from tasks.operations.tasks import (
    Completed,
    add_task,
    complete_task,
    delete_task,
    reopen_task,
    restore_task,
    update_task,
)

__all__ = [
    "Completed",
    "Due",
    "ProjectFields",
    "TaskFields",
    "add_task",
    "complete_task",
    "create_project",
    "delete_project",
    "delete_task",
    "ensure_inbox",
    "free_key",
    "reopen_task",
    "restore_project",
    "restore_task",
    "update_project",
    "update_task",
]
