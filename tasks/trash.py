"""The trash: what has lain in it long enough is deleted for good, in small transactions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from tasks.models import Project, Task

BATCH = 500


@dataclass(slots=True)
class Purged:
    """How many rows went, or would go."""

    projects: int = 0
    tasks: int = 0


def in_trash_before(moment: datetime) -> Purged:
    """What `purge` would delete: tasks on their own, and projects with all their tasks."""
    projects = Project.objects.filter(deleted_at__lt=moment)
    alone = Task.objects.filter(deleted_at__lt=moment).exclude(project__in=projects)
    return Purged(projects.count(), alone.count() + Task.objects.filter(project__in=projects).count())


def purge(moment: datetime, *, batch: int = BATCH) -> Purged:
    """Deletes for good what was in the trash before `moment`, `batch` tasks at a time.

    A project goes with its tasks, memory and conversations. What was changed in a project that stays is
    still told by its change records.
    """
    purged = Purged()
    for project_id in list(Project.objects.filter(deleted_at__lt=moment).values_list("pk", flat=True)):
        purged.tasks += _delete_tasks(lambda pk=project_id: Task.objects.filter(project=pk), batch)  # type: ignore[misc]
        purged.projects += _delete_project(project_id, moment)
    purged.tasks += _delete_tasks(lambda: Task.objects.filter(deleted_at__lt=moment), batch)
    return purged


def _delete_tasks(chosen: Callable[[], QuerySet[Task]], batch: int) -> int:
    return sum(_in_batches(chosen, batch))


def _in_batches(chosen: Callable[[], QuerySet[Task]], batch: int) -> Iterator[int]:
    while True:
        with transaction.atomic():
            # Locked, so that what somebody is taking out of the trash is waited for and then left alone.
            ids: list[Any] = list(chosen().select_for_update().values_list("pk", flat=True)[:batch])
            if not ids:
                return
            Task.objects.filter(pk__in=ids).delete()
        yield len(ids)


@transaction.atomic
def _delete_project(pk: UUID, moment: datetime) -> int:
    project = Project.objects.select_for_update().filter(pk=pk, deleted_at__lt=moment).first()
    if project is None:
        return 0
    project.delete()
    return 1
