"""How tasks hang together: a task below another, a task that waits for another."""

from __future__ import annotations

from uuid import UUID

from tasks.models import Task


def is_below(task: Task, other: Task) -> bool:
    """Whether `task` is `other`, or somewhere below it."""
    seen: set[UUID | None] = set()
    pk: UUID | None = task.pk
    while pk is not None and pk not in seen:
        if pk == other.pk:
            return True
        seen.add(pk)
        pk = Task.objects.filter(pk=pk).values_list("parent_id", flat=True).first()
    # A chain that bites its own tail: nothing may hang on it.
    return pk is not None


def waits_for(task: Task, other: Task) -> bool:
    """Whether `task` is `other`, or is blocked by it, directly or through others."""
    seen: set[UUID] = set()
    waiting = [task.pk]
    while waiting:
        if other.pk in waiting:
            return True
        seen.update(waiting)
        links = Task.blocked_by.through.objects.filter(from_task_id__in=waiting)
        waiting = [pk for pk in links.values_list("to_task_id", flat=True) if pk not in seen]
    return False
