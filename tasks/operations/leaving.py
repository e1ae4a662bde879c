"""What becomes of open tasks when somebody sees their project no longer."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from accounts.rows import update
from tasks.access import people_of
from tasks.changes import Origin, record_change, snapshot
from tasks.models import Project, Task

if TYPE_CHECKING:
    from accounts.models import User


def take_from_strangers(*, actor: User, origin: Origin, projects: Collection[Project]) -> int:
    """Leaves open tasks of these projects to nobody where their assignee does not see the project.

    Returns how many; whoever did a task stays named. The caller has checked access, in a transaction.
    """
    # Of no call: undoing that would give the tasks back to who sees them no longer.
    origin = Origin(origin.door, client=origin.client)
    count = 0
    for project in projects:
        people = people_of(project).values("pk")
        theirs = Task.objects.open().filter(project=project, assignee__isnull=False)
        for task in theirs.exclude(assignee__in=people).select_for_update(of=("self",)):
            task.project = project
            before = snapshot(task, blocked_by=[])
            task.assignee = None
            update(task, "assignee", "updated_at")
            after = snapshot(task, blocked_by=[])
            record_change(actor=actor, origin=origin, verb="update", row=task, before=before, after=after)
            count += 1
    return count
